"""What waits for a person, whoever asked it: one list, the most urgent first, answered by a short id."""

from __future__ import annotations

from itertools import pairwise

from domain.playbooks.conditions import ConditionError, parse
from domain.playbooks.inquiries import HEALING
from domain.playbooks.playbook import SEVERITIES
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from domain.playbooks.inquiries import Inquiry, Standing
    from domain.playbooks.metrics import Value

    Look = Callable[[Iterable[str]], Mapping[str, Value]]

SHORTEST_ID = 4
OPEN = "open"
CONSENT, DISPUTE, CONFLICT = "consent", "dispute", "conflict"  # kinds beside those of inquiries


class Waiting(Record):
    """One thing that waits. `at` and `until` are seconds since 1970; `answer` says how it is answered.

    `inquiry` is there when `wt approve` and `wt deny` answer it as such.
    """

    id: str
    kind: str
    what: str
    severity: str = "WARNING"
    state: str = OPEN
    at: float | None = None
    until: float | None = None
    details: tuple[str, ...] = ()
    answer: str = ""
    by: str = ""
    note: str = ""
    inquiry: Inquiry | None = None
    short: str = ""


def of_standing(standing: Standing, short: str) -> Waiting:
    """An inquiry as it is listed; `short` is the beginning of its id that names it."""
    inquiry = standing.inquiry
    return Waiting(
        inquiry.id,
        inquiry.kind,
        f"{inquiry.playbook_id}: {inquiry.symptom}" if inquiry.playbook_id else inquiry.symptom,
        inquiry.severity,
        standing.state,
        inquiry.at,
        inquiry.at + inquiry.ttl,
        tuple(_details(inquiry)),
        f"wt approve {short}, or wt deny {short}" if standing.state == OPEN else "",
        standing.by,
        standing.note,
        inquiry,
        short,
    )


def _details(inquiry: Inquiry) -> Iterable[str]:
    if inquiry.actions_tried:
        yield f"tried: {', '.join(inquiry.actions_tried)} ({inquiry.attempts} in all)"
    if inquiry.last_error:
        yield f"why: {inquiry.last_error}"
    if inquiry.context.get("escalated") and str(inquiry.context["escalated"]) not in inquiry.last_error:
        yield f"escalated: {inquiry.context['escalated']}"
    if inquiry.recommended_action:
        yield f"advice: {inquiry.recommended_action}"
    if inquiry.kind == HEALING:
        yield _meaning(inquiry)
    if inquiry.context.get("evidence"):
        yield f"evidence: {inquiry.context['evidence']}"
    yield from map(str, inquiry.context.get("diff", ()))
    if inquiry.documentation:
        yield f"more: {inquiry.documentation}"


def _meaning(inquiry: Inquiry) -> str:
    if inquiry.allows:
        return f"an approval lets wt do, once: {', '.join(inquiry.allows)} ({min(inquiry.risk, 'R2')})"
    return "an approval says that a person has put it right; wt looks whether it is so"


def in_order(rows: Iterable[Waiting]) -> list[Waiting]:
    """The most severe first, then what waits longest."""
    rank = {severity: place for place, severity in enumerate(reversed(SEVERITIES))}
    return sorted(rows, key=lambda row: (rank.get(row.severity, 0), row.at or 0.0, row.id))


def shortest(ids: Iterable[str]) -> dict[str, str]:
    """id -> the shortest beginning that names it and no other."""
    known = sorted(set(ids))
    sizes = dict.fromkeys(known, SHORTEST_ID)
    for one, next_one in pairwise(known):  # the ids that share most with one stand beside it
        needed = _shared(one, next_one) + 1
        sizes[one], sizes[next_one] = max(sizes[one], needed), max(sizes[next_one], needed)
    return {id: id[:size] for id, size in sizes.items()}


def _shared(one: str, other: str) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def meant(rows: Sequence[Waiting], said: str) -> list[Waiting]:
    """Those whose id begins so: one that is written out is that one alone."""
    exact = [row for row in rows if row.id == said]
    return exact or [row for row in rows if row.id.startswith(said)]


def is_still_there(inquiry: Inquiry, look: Look) -> bool | None:
    """Whether what an inquiry was asked about is still so; None when that cannot be known."""
    try:
        symptoms = [parse(text) for text in inquiry.symptom.split("; ")]
    except ConditionError:
        return None
    values = look(frozenset().union(*(symptom.metrics for symptom in symptoms)))
    answers = [symptom.holds(values) for symptom in symptoms]
    return True if True in answers else None if None in answers else False


def told(row: Waiting) -> dict[str, Any]:
    """As programs are told it."""
    plain = {name: value for name, value in row.values() if name != "inquiry"}
    inquiry = row.inquiry.to_document() if row.inquiry is not None else None
    return {**plain, "details": list(row.details), "inquiry": inquiry}


def state_in_words(row: Waiting) -> str:
    """What became of it."""
    said = {"used": "approved, and done", "settled": "settled", "expired": "expired"}.get(row.state, row.state)
    if row.state == "expired" and row.inquiry is not None:
        said += f", so this holds: {row.inquiry.safe_default}"
    return f"{said} ({row.by})" if row.by else said
