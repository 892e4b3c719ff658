"""Consent: what waits for a person, what was approved, and a person's answers. Only people at a terminal answer."""

from __future__ import annotations

from domain.commands.layout import table
from domain.commands.operations import BY_NAME
from domain.commands.table import Answer, Block, Call, Slot, command
from domain.commands.wording import counted, sentence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from domain.tracker import Tracker

    Row = Mapping[str, Any]  # Any: plain values


@command(
    "show_consent",
    help="Show which requests wait for a person, and what was approved.",
    topic="consent",
    phrases=("show consent", "list consent", "which requests wait for consent?"),
    needs_tracker=False,
)
def show_consent(_: Tracker | None, call: Call) -> Answer:
    known = call.agreements.standing()
    pending, grants = known["pending"], known["grants"]
    said = counted(len(pending), "request") + (" waits" if len(pending) == 1 else " wait")
    blocks = [block for block in (_pending(pending), _grants(grants)) if block]
    warnings = (known["trouble"],) if known["trouble"] else ()
    told = f"{said} for a person; {counted(len(grants), 'approval')} in force"
    return Answer(sentence(told), blocks=tuple(blocks), warnings=warnings, data=known)


def _pending(rows: Sequence[Row]) -> Block | None:
    columns = {"Request": "id", "Command": "what", "Asked by": "by", "Until": "expires_at", "Session": "session"}
    return _table(rows, columns, "Waiting")


def _grants(rows: Sequence[Row]) -> Block | None:
    told = [
        {**row, "what": row.get("what") or BY_NAME[row["operation"]].noun, "tracker": row.get("tracker", "")}
        for row in rows
    ]
    columns = {"Approved": "what", "For": "scope", "Tracker": "tracker", "By": "by", "Until": "expires_at"}
    return _table(told, columns | {"Session": "session"}, "Approved")


def _table(rows: Sequence[Row], columns: Mapping[str, str], title: str) -> Block | None:
    if not rows:
        return None
    return table({head: [str(row[field]) for row in rows] for head, field in columns.items()}, title)


@command(
    "answer_consent",
    help="Answer what asks for consent: yes, no, or approve an operation as needed and stop it again.",
    topic="consent",
    phrases=(
        "you may create initiatives as needed",
        "stop creating initiatives",
        "yes",
        "approved",
        "no",
        "yes for this session",
    ),
    slots=(Slot("answer", "text", True),),
    files=True,
    needs_tracker=False,
    once=True,
    kept_from_subagents=True,
)
def answer_consent(_: Tracker | None, call: Call) -> Answer:
    return _settled(*call.agreements.answer(call.slots["answer"], rehearsal=call.dry_run))


@command(
    "grant_consent",
    help="Look at what waits for consent and answer it, at a terminal.",
    topic="consent",
    phrases=("grant consent", "give consent", "grant the consent"),
    slots=(Slot("request", "text"),),
    files=True,
    needs_tracker=False,
    once=True,
    kept_from_subagents=True,
)
def grant_consent(_: Tracker | None, call: Call) -> Answer:
    return _settled(*call.agreements.grant(call.slots.get("request"), rehearsal=call.dry_run))


@command(
    "revoke_consent",
    help="Take back everything that was approved.",
    topic="consent",
    phrases=("revoke consent", "revoke all consent", "take back all consent"),
    files=True,
    needs_tracker=False,
    once=True,
    kept_from_subagents=True,
)
def revoke_consent(_: Tracker | None, call: Call) -> Answer:
    return _settled(*call.agreements.revoke(rehearsal=call.dry_run))


OUTCOMES = {"nothing": "not_found", "unclear": "clarify", "unchanged": "unchanged"}


def _settled(outcome: str, message: str) -> Answer:
    return Answer(message, outcome=OUTCOMES.get(outcome), changed_files=outcome not in OUTCOMES)
