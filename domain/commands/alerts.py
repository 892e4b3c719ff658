"""Alerts from elsewhere: a reason to look at what they are about, and a question where nothing is made for it."""

from __future__ import annotations

from domain.commands.playbooks import healed, notified
from domain.commands.table import Answer, Block, Call, Slot, command
from domain.commands.wording import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from domain.tracker import Tracker

    Document = Mapping[str, Any]  # Any: plain values all through


@command(
    "take_alert",
    help="Take an alert as JSON: look at what it is about and heal it, or ask a person.",
    topic="playbooks",
    phrases=("heal the alert in alert.json", "heal alert alert.json", "heal the alerts in alert.json"),
    slots=(Slot("path", "text", True),),
    files=True,
    needs_tracker=False,
    once=True,
    counts=False,
)
def take_alert(_: Tracker | None, call: Call) -> Answer:
    done = call.playbooks.alerted(call.slots["path"], rehearsal=call.dry_run)
    lines = [_line(alert) for alert in done["alerts"]]
    told = f"{counted(len(lines), 'alert')} taken."
    if done["report"] is None:
        asked = any(alert["result"] == "for a person" for alert in done["alerts"])
        hint = "Answer it: wt inbox" if asked else None
        block = Block("text", lines=(*lines, *notified(done["notified"])))
        return Answer(told, blocks=(block,), data=dict(done), changed_files=asked, hint=hint)
    answer = healed(done["report"])
    blocks = (Block("text", lines=tuple(lines)), *answer.blocks)
    return answer.replace(message=f"{told} {answer.message}", blocks=blocks, data=dict(done))


def _line(alert: Document) -> str:
    about = f" ({', '.join(alert['playbooks'])})" if alert["playbooks"] else ""
    return f"· {alert['source']}: {alert['symptom']}: {alert['result']}{about}"
