"""What people are told of trouble while nobody asks, and what keeps that from becoming noise."""

from __future__ import annotations

from domain.playbooks.playbook import SEVERITIES
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from domain.playbooks.inquiries import Inquiry

SCHEMA = "wt.notice/1"
HOUR = 3600.0
MOST_AN_HOUR = 10  # that one channel is sent, whatever they are about
SENT, FAILED, HELD_BACK, UNTRUSTED = "sent", "failed", "held back", "not trusted"
CHANNELS = {
    "command": "the setting `notify_command`, with the notice in the variable WT_NOTICE; runs only when trusted",
    "webhook": "a POST of the notice to the setting `notify_webhook`, never to where it redirects; only when trusted",
    "desktop": "a line on the desktop by notify-send or osascript, with the setting `notify_desktop`",
}


class Notice(Record):
    """What people are told; `at` is in seconds since 1970, `answer` says how it is answered, if it is a question."""

    at: float
    severity: str
    symptom: str
    fingerprint: str
    playbook_id: str = ""
    inquiry: str = ""
    attempts: int = 0
    actions_tried: tuple[str, ...] = ()
    last_error: str = ""
    recommended_action: str = ""
    documentation: str = ""
    answer: str = ""

    @property
    def text(self) -> str:
        """In one line."""
        what = f"{self.playbook_id}: {self.symptom}" if self.playbook_id else self.symptom
        return " · ".join(filter(None, (f"{self.severity}: {what}", self.last_error, self.recommended_action)))

    def to_document(self) -> dict[str, Any]:
        """As it is logged and sent."""
        return {"schema": SCHEMA, **dict(self.values()), "actions_tried": list(self.actions_tried), "text": self.text}


def of_inquiry(inquiry: Inquiry) -> Notice:
    """What people are told of a question."""
    return Notice(
        inquiry.at,
        inquiry.severity,
        inquiry.symptom,
        inquiry.fingerprint,
        inquiry.playbook_id,
        inquiry.id,
        inquiry.attempts,
        inquiry.actions_tried,
        inquiry.last_error,
        inquiry.recommended_action,
        inquiry.documentation,
        "wt inbox",
    )


def is_grave_enough(notice: Notice, threshold: str) -> bool:
    return SEVERITIES.index(notice.severity) >= SEVERITIES.index(threshold)


def reason_to_hold_back(earlier: Iterable[Mapping[str, Any]], notice: Notice, channel: str, every: float) -> str | None:
    """Why a channel is not sent this now; `earlier` are the lines of the log, `every` is in seconds."""
    tried = [line for line in earlier if line.get("channel") == channel and line.get("result") in (SENT, FAILED)]
    if any(line.get("fingerprint") == notice.fingerprint for line in _within(tried, every, notice.at)):
        return f"told within the last {every:.0f} s"
    if len(_within(tried, HOUR, notice.at)) >= MOST_AN_HOUR:
        return f"{MOST_AN_HOUR} within the hour"
    return None


def _within(lines: Iterable[Mapping[str, Any]], seconds: float, now: float) -> Sequence[Mapping[str, Any]]:
    """Those of that time; what a clock that was ahead has written counts as now."""
    return [line for line in lines if isinstance(at := line.get("at"), (int, float)) and now - at < seconds]
