"""The inbox: everything that waits for a person, and a person's answers to it."""

from __future__ import annotations

from domain.commands.consents import OUTCOMES
from domain.commands.table import Answer, Block, Call, Slot, command
from domain.commands.wording import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from domain.tracker import Tracker

    Row = Mapping[str, Any]  # Any: plain values

ANSWER = (Slot("inquiry", "text"), Slot("note", "text"))


@command(
    "show_inbox",
    help="Show everything that waits for a person: questions of healing, proposals, requests of consent, disputes.",
    topic="consent",
    phrases=("inbox", "show the inbox", "what is waiting for me?", "show the whole inbox"),
    slots=(Slot("all", "flag"),),
    needs_tracker=False,
)
def show_inbox(_: Tracker | None, call: Call) -> Answer:
    everything = bool(call.slots.get("all"))
    rows = call.inbox.rows(everything=everything)
    waiting = sum(row["state"] == "open" for row in rows)
    said = f"{counted(waiting, 'thing')} {'waits' if waiting == 1 else 'wait'} for a person:"
    return Answer(
        said if waiting else "Nothing waits for a person.",
        blocks=tuple(map(_block, rows)),
        data={"waiting": waiting, "inbox": rows},
    )


def _block(row: Row) -> Block:
    lines = [*row["details"]]
    if row["state"] != "open":
        lines = [f"{row['said']}{': ' if row['note'] else ''}{row['note']}"]
    elif row["until"]:
        lines.append(f"until {row['until']}, then: {row['default']}")
    if row["answer"]:
        lines.append(f"answer: {row['answer']}")
    return Block("text", lines=tuple(f"  {line}" for line in lines), title=_title(row))


def _title(row: Row) -> str:
    return "  ".join(filter(None, (row["short"], row["severity"], row["kind"], row["what"])))


@command(
    "approve_inquiry",
    help="Agree to what an inquiry asks, or say that it is put right; only a person at a terminal can.",
    topic="consent",
    phrases=("approve inquiry 3f2a", "approve the inquiry 3f2a now", "approve inquiry 3f2a: I looked at it"),
    slots=(*ANSWER, Slot("now", "flag")),
    files=True,
    needs_tracker=False,
    once=True,
    kept_from_subagents=True,
    counts=False,
)
def approve_inquiry(_: Tracker | None, call: Call) -> Answer:
    done = call.inbox.approve(call.slots.get("inquiry"), call.slots.get("note", ""), rehearsal=call.dry_run)
    answer = _settled(done)
    if not (call.slots.get("now") and done.get("playbook") and answer.changed_files) or call.dry_run:
        return answer
    from domain.commands.playbooks import healed

    acted = healed(call.playbooks.heal(done["playbook"], agreed=False))
    data = {**answer.data, "healing": acted.data}
    return acted.replace(message=f"{answer.message} {acted.message}", data=data, changed_files=True)


@command(
    "deny_inquiry",
    help="Say no to what an inquiry asks; it is not asked again while it stands.",
    topic="consent",
    phrases=("deny inquiry 3f2a", "reject inquiry 3f2a", "deny the inquiry 3f2a: not before the release"),
    slots=ANSWER,
    files=True,
    needs_tracker=False,
    once=True,
)
def deny_inquiry(_: Tracker | None, call: Call) -> Answer:
    return _settled(call.inbox.deny(call.slots.get("inquiry"), call.slots.get("note", ""), rehearsal=call.dry_run))


def _settled(done: Row) -> Answer:
    outcome = done["outcome"]
    return Answer(
        str(done["message"]),
        outcome=OUTCOMES.get(outcome),
        hint=done.get("hint"),
        changed_files=outcome not in OUTCOMES,
        data={name: value for name, value in done.items() if name not in ("outcome", "message", "hint")},
    )
