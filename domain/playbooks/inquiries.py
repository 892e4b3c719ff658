"""What healing asks a person: an inquiry can be answered at any later command, and is never waited for."""

from __future__ import annotations

from hashlib import blake2b

from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

SCHEMA = "wt.inquiry/1"
HEALING = "healing"  # the kind of those that healing asks
DAY = 86_400.0
TIME_TO_LIVE = 7 * DAY
APPROVE, DENY = "approve", "deny"
ANSWERS: Mapping[str, Any] = {
    "type": "object",
    "properties": {"answer": {"enum": [APPROVE, DENY]}, "note": {"type": "string"}},
    "required": ["answer"],
}


class Inquiry(Record):
    """A question with all that is needed to answer it. `at` is in seconds since 1970, `ttl` in seconds.

    `allows` are the actions that an approval would set free, at the risk `risk`: without any there is nothing that wt
    could do, and the answer says that a person has done it. `safe_default` is what holds when nobody answers in time.
    `kind` says what becomes of an answer.
    """

    id: str
    at: float
    severity: str
    symptom: str
    fingerprint: str
    playbook_id: str = ""
    version: int = 0
    attempts: int = 0
    actions_tried: tuple[str, ...] = ()
    last_error: str = ""
    recommended_action: str = ""
    documentation: str = ""
    answer_schema: Mapping[str, Any] = ANSWERS
    ttl: float = TIME_TO_LIVE
    safe_default: str = DENY
    allows: tuple[str, ...] = ()
    risk: str = ""
    context: Mapping[str, Any] = {}
    kind: str = HEALING

    def to_document(self) -> dict[str, Any]:
        """The line that asks it."""
        lists = {"actions_tried": list(self.actions_tried), "allows": list(self.allows)}
        plain = dict(self.values()) | lists | {"answer_schema": dict(self.answer_schema), "context": dict(self.context)}
        return {"schema": SCHEMA, "event": "asked", **plain}


class Standing(Record):
    """What became of an inquiry: open, approved, denied, expired, used (acted upon), settled (needed no more)."""

    inquiry: Inquiry
    state: str
    by: str = ""
    note: str = ""
    answered_at: float | None = None


def mark_of(*told: str) -> str:
    """What tells one trouble from another: the same whenever the same is told."""
    return blake2b("\n".join(told).encode(), digest_size=6).hexdigest()


def answered(inquiry: Inquiry, answer: str, *, by: str, at: float, note: str = "") -> dict[str, Any]:
    """The line that answers it. Raises ValueError for an answer that it does not take."""
    if answer not in inquiry.answer_schema["properties"]["answer"]["enum"]:
        raise ValueError(f"{answer!r} is no answer to {inquiry.id}")
    return {"schema": SCHEMA, "event": "answered", "id": inquiry.id, "answer": answer, "by": by, "at": at, "note": note}


def used(inquiry: Inquiry, at: float) -> dict[str, Any]:
    """The line that says that an approval was acted upon: it is good for one treatment."""
    return {"schema": SCHEMA, "event": "used", "id": inquiry.id, "at": at}


def settled(inquiry: Inquiry, at: float) -> dict[str, Any]:
    """The line that says that the trouble is gone, so that nobody needs to answer any more."""
    return {"schema": SCHEMA, "event": "settled", "id": inquiry.id, "at": at}


def standings(lines: Iterable[object], now: float) -> list[Standing]:
    """Every inquiry with what became of it, oldest first; lines of another kind are passed over."""
    found: dict[str, Standing] = {}
    for line in lines:
        if not isinstance(line, dict) or line.get("schema") != SCHEMA:
            continue
        if line.get("event") == "asked":
            if (inquiry := _inquiry(line)) is not None:
                found.setdefault(inquiry.id, Standing(inquiry, "open"))  # asked once: another line of it says nothing
        elif (standing := found.get(str(line.get("id")))) is not None:
            found[standing.inquiry.id] = _after(standing, line)
    return [_aged(standing, now) for standing in found.values()]


def _inquiry(line: Mapping[str, Any]) -> Inquiry | None:
    try:
        fields = {name: line.get(name, HEALING) if name == "kind" else line[name] for name in Inquiry._fields}
        lists = {name: tuple(fields[name]) for name in ("actions_tried", "allows")}
        return Inquiry(**fields | lists | {"at": float(fields["at"]), "ttl": float(fields["ttl"])})
    except (KeyError, TypeError, ValueError):
        return None


def _after(standing: Standing, line: Mapping[str, Any]) -> Standing:
    if line.get("event") == "answered" and standing.state == "open":
        state = "approved" if line.get("answer") == APPROVE else "denied"
        at = line.get("at")
        when = float(at) if isinstance(at, (int, float)) else None
        return standing.replace(
            state=state, by=str(line.get("by", "")), note=str(line.get("note", "")), answered_at=when
        )
    if line.get("event") in ("used", "settled"):
        return standing.replace(state=str(line["event"]))
    return standing


def _aged(standing: Standing, now: float) -> Standing:
    """Nobody answered in time, or acted on the answer in time: the safe default holds."""
    if standing.state in ("open", "approved", "denied") and now > standing.inquiry.at + standing.inquiry.ttl:
        return standing.replace(state="expired")
    return standing
