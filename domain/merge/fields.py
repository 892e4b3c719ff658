"""Fields that both sides changed: a named, symmetric rule for each, and a record of what a person has to decide."""

from __future__ import annotations

from domain.merge.order import merged_order
from domain.record import Record
from domain.tracker import DEFAULT_PRIORITY, PRIORITIES, Evidence, Task

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeVar

    T = TypeVar("T")
    Rule = Callable[[str, Any, Any, Any, "Disputes"], Any]  # Any: the value of a field, whatever its type

ADVANCE = ("pending", "deferred", "in_progress", "blocked", "cancelled", "complete")
"""How far a status has come: of two, the one further to the right holds until a person decides."""

DELETED, CHANGED = "deleted", "changed"


class Dispute(Record):
    """One thing that both sides changed differently. `owner` keeps it; `item` is the subtask or row it is about."""

    owner: str
    field: str
    ours: Any
    theirs: Any
    item: str | None = None


class Disputes:
    """What the two sides of one item disagree about, and which of them was changed last."""

    def __init__(self, owner: str, item: str | None = None, changed_at: tuple[str, str] = ("", "")) -> None:
        self._owner = owner
        self._item = item
        self._changed_at = changed_at
        self.found: list[Dispute] = []

    def of_row(self, uid: str | None) -> Disputes:
        """The same for a row of one of the item's lists."""
        return Disputes(self._owner, uid or self._item, self._changed_at)

    def add(self, field: str, ours: object, theirs: object) -> None:
        self.found.append(Dispute(self._owner, field, ours, theirs, self._item))

    def later(self, ours: T, theirs: T) -> T:
        """The value of the side that was changed last; when both were at once, the greater by its text."""
        sides = zip(self._changed_at, (ours, theirs), strict=True)
        return max(sides, key=_time_then_text)[1]


def _time_then_text(side: tuple[str, object]) -> tuple[str, str]:
    return side[0], text_of(side[1])


def text_of(value: object) -> str:
    """What values are compared by where nothing better is known; nothing is the least."""
    return "" if value is None else repr(value)


def three_way(base: object, ours: T, theirs: T, both_changed: Callable[[], T]) -> T:
    """The version that is changed; `both_changed` is asked when both are, differently."""
    if ours == theirs or theirs == base:
        return ours
    return theirs if ours == base else both_changed()


def blended(base: Any, ours: Any, theirs: Any, disputes: Disputes, list_name: str | None = None) -> Any:
    """One item of two versions, field by field. A row of a list (a note, a criterion) disputes in its list's name."""
    blank = type(ours)._defaults

    def merged(field: str, mine: object, other: object) -> object:
        before = blank.get(field) if base is None else getattr(base, field)
        rule: Rule = RULES.get(field, _later)
        return three_way(before, mine, other, lambda: rule(list_name or field, before, mine, other, disputes))

    together = {field: merged(field, mine, getattr(theirs, field)) for field, mine in ours.values()}
    if isinstance(ours, Evidence):
        together["id"] = newest_name(ours.id, ours.was, theirs.id, theirs.was) or together["id"]
    if isinstance(ours, Task) and ours.status != theirs.status:
        together |= _of_the_status(together["status"], base, ours, theirs, disputes)
    return ours.replace(**together)


def newest_name(ours: T, ours_was: tuple[T, ...], theirs: T, theirs_was: tuple[T, ...]) -> T | None:
    """Of two names for one thing, the one whose side remembers the other as its former name, if only one does."""
    knows_ours, knows_theirs = ours in theirs_was, theirs in ours_was
    if ours == theirs or knows_ours == knows_theirs:
        return None
    return theirs if knows_ours else ours


def _of_the_status(
    status: object, base: Task | None, ours: Task, theirs: Task, disputes: Disputes
) -> dict[str, object]:
    """Reason and time of completion go with their status; a reason that is lost by that is kept as a dispute."""
    holds, other = (ours, theirs) if ours.status == status else (theirs, ours)
    disputed = any(dispute.field == "status_reason" for dispute in disputes.found)
    if not disputed and other.status_reason not in (base.status_reason if base else None, holds.status_reason):
        disputes.add("status_reason", ours.status_reason, theirs.status_reason)
    return {"status_reason": holds.status_reason, "completed_at": holds.completed_at}


# --- the rules: (field, base, ours, theirs, disputes) -> value; asked when both sides changed it, differently -----


def _later(field: str, _: object, ours: Any, theirs: Any, disputes: Disputes) -> Any:
    disputes.add(field, ours, theirs)
    return disputes.later(ours, theirs)


def _further(field: str, _: object, ours: str, theirs: str, disputes: Disputes) -> str:
    disputes.add(field, ours, theirs)
    return max(ours, theirs, key=ADVANCE.index)


def _higher(field: str, _: object, ours: str | None, theirs: str | None, disputes: Disputes) -> str | None:
    disputes.add(field, ours, theirs)
    return max(ours, theirs, key=_priority)


def _priority(word: str | None) -> tuple[int, bool]:
    return PRIORITIES.index(word or DEFAULT_PRIORITY), word is not None


def _sooner(field: str, _: object, ours: str | None, theirs: str | None, disputes: Disputes) -> str | None:
    disputes.add(field, ours, theirs)
    return min(date for date in (ours, theirs) if date is not None)


def _least(_: str, __: object, ours: Any, theirs: Any, ___: Disputes) -> Any:
    return min(value for value in (ours, theirs) if value is not None)


def _greatest(_: str, __: object, ours: Any, theirs: Any, ___: Disputes) -> Any:
    return max(value for value in (ours, theirs) if value is not None)


def _first(_: str, __: object, ours: Any, theirs: Any, ___: Disputes) -> Any:
    """Of two records that nobody needs to choose between, the one that came first."""
    there = [value for value in (ours, theirs) if value is not None]
    return min(there, key=lambda value: (value.at or "", text_of(value)))


def _either(_: str, __: object, ours: bool, theirs: bool, ___: Disputes) -> bool:
    return ours or theirs


def _members(
    _: str, base: tuple[str, ...], ours: tuple[str, ...], theirs: tuple[str, ...], __: Disputes
) -> tuple[str, ...]:
    """A set: what either side added, without what either side removed."""
    added = {*ours, *theirs} - {*base}
    kept = added | ({*base} & {*ours} & {*theirs})
    return tuple(merged_order(base, ours, theirs, kept, lambda text: ("", text)))


# --- lists of rows, each known by its uid or, without one, by what it says ----------------------------------------

IDENTITY: Mapping[str, Callable[[Any], Any]] = {
    "notes": lambda note: note.uid or (note.at, note.by, note.text),
    "criteria": lambda criterion: criterion.uid or criterion.text,
    "evidence": lambda piece: piece.uid or (piece.kind, piece.content, piece.at, piece.by, text_of(piece.command)),
    "verify": lambda check: (check.kind, check.value),
    "conflicts": lambda conflict: conflict_identity(conflict),
}
SAID_BY = {"notes": "text", "criteria": "text", "evidence": "content"}


def conflict_identity(conflict: Any) -> tuple[str, ...]:
    """The same disagreement, whoever was "ours" and whenever it was found."""
    return (conflict.item or "", conflict.field, *sorted((text_of(conflict.ours), text_of(conflict.theirs))))


def _rows(
    field: str, base: tuple[Any, ...], ours: tuple[Any, ...], theirs: tuple[Any, ...], disputes: Disputes
) -> tuple[Any, ...]:
    old, one, two = (_by_identity(rows, IDENTITY[field]) for rows in (base, ours, theirs))
    rows = {key: _row(field, old.get(key), one.get(key), two.get(key), disputes) for key in {**one, **two}}
    kept = {key: row for key, row in rows.items() if row is not None}
    order = merged_order(old, one, two, kept, lambda key: (getattr(kept[key], "at", None) or "", repr(key)))
    return tuple(kept[key] for key in order)


def _by_identity(rows: tuple[Any, ...], identity: Callable[[Any], Any]) -> dict[tuple[Any, int], Any]:
    """Rows by (identity, how many of it came before): the same words may stand there twice."""
    found: dict[tuple[Any, int], Any] = {}
    for row in rows:
        name, count = identity(row), 0
        while (name, count) in found:
            count += 1
        found[name, count] = row
    return found


def _row(field: str, base: Any, ours: Any, theirs: Any, disputes: Disputes) -> Any:
    """A row of three versions; None when it is gone."""
    if ours is not None and theirs is not None:
        return three_way(base, ours, theirs, lambda: _changed_row(field, base, ours, theirs, disputes))
    one = theirs if ours is None else ours
    if base is None:
        return one
    if one == base or field not in SAID_BY:
        return None
    said, of_row = getattr(one, SAID_BY[field]), disputes.of_row(one.uid)
    of_row.add(field, None if ours is None else said, None if theirs is None else said)
    disputes.found += of_row.found
    return one


def _changed_row(field: str, base: Any, ours: Any, theirs: Any, disputes: Disputes) -> Any:
    if field == "conflicts":  # recorded by two merges: the same disagreement
        return _first(field, base, ours, theirs, disputes)
    of_row = disputes.of_row(getattr(ours, "uid", None))
    row = blended(base, ours, theirs, of_row, field)
    disputes.found += of_row.found
    return row


# --- extensions: any JSON, merged key by key ----------------------------------------------------------------------

_ABSENT = object()


def _mapping(field: str, base: Any, ours: Any, theirs: Any, disputes: Disputes) -> dict[str, Any] | None:
    old, one, two = (value if isinstance(value, dict) else {} for value in (base, ours, theirs))

    def merged(key: str) -> object:
        before, mine, other = (side.get(key, _ABSENT) for side in (old, one, two))
        return three_way(before, mine, other, lambda: _entry(f"{field}.{key}", before, mine, other, disputes))

    together = {key: merged(key) for key in {**one, **two}}
    kept = {key: value for key, value in together.items() if value is not _ABSENT}
    return {key: kept[key] for key in merged_order(old, one, two, kept, lambda key: ("", key))} or None


def _entry(field: str, base: object, ours: object, theirs: object, disputes: Disputes) -> object:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return _mapping(field, base, ours, theirs, disputes) or {}
    there = [value for value in (ours, theirs) if value is not _ABSENT]
    disputes.add(field, *(None if value is _ABSENT else value for value in (ours, theirs)))
    return there[0] if len(there) == 1 else disputes.later(ours, theirs)


RULES: Mapping[str, Rule] = {
    "number": _least,  # where an item stands is decided elsewhere
    "status": _further,
    "priority": _higher,
    "due": _sooner,
    "created_at": _least,
    "started_at": _least,
    "completed_at": _least,
    "at": _least,
    "id": _least,
    "updated_at": _greatest,
    "phases_issued": _greatest,
    "tasks_issued": _greatest,
    "subtasks_issued": _greatest,
    "evidence_issued": _greatest,
    "done": _either,
    "met": _either,
    "verified": _first,
    "labels": _members,
    "depends_on": _members,
    "was": _members,
    "extensions": _mapping,
    **dict.fromkeys(IDENTITY, _rows),
}
"""By the name of the field. Any other field is disputed, and the side that was changed last holds."""
