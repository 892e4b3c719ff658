"""How a plan grew and was done: its history, walked back from what it is now."""

from __future__ import annotations

from domain.entries import effective
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from domain.edits import Edit
    from domain.entries import Entry
    from domain.tracker import Tally

    Row = Mapping[str, Any]  # Any: an item as it stands in the file

MOST = 240  # points of a curve: more than a chart has room for is not drawn


class Point(Record):
    """How many tasks there were at a time (ISO 8601 UTC), cancelled ones left out, and how many were complete."""

    at: str
    total: int
    done: int


def burn_up(tally: Tally, entries: Iterable[Entry]) -> tuple[Point, ...]:
    """The plan after each change that counts, oldest first; the last point is what `tally` says.

    `entries` are its history, the newest first.
    """
    total, done, points = tally.counted, tally.complete, list[Point]()
    for entry in effective(entries):
        more, more_done = _gained(entry)
        if not points or more or more_done:
            points.append(Point(entry.at, total, done))
        total, done = max(total - more, 0), max(done - more_done, 0)
    return _thinned(points[::-1])


def _gained(entry: Entry) -> tuple[int, int]:
    """How many tasks an entry added, and how many it completed."""
    changes = [change for edit in entry.edits for change in _changes(edit)]
    return sum(_counts(after) - _counts(before) for before, after in changes), sum(
        (after == "complete") - (before == "complete") for before, after in changes
    )


def _counts(status: str | None) -> bool:
    return status not in (None, "cancelled")


def _changes(edit: Edit) -> Iterator[tuple[str | None, str | None]]:
    """(status before, status after) of every task that an edit concerns; None where there is no task."""
    if edit.kind == "set" and edit.level == "task" and edit.field == "status":
        yield edit.before, edit.after
    elif edit.kind in ("add", "remove") and edit.row is not None:
        for status in _statuses(edit.level, edit.row):
            yield (None, status) if edit.kind == "add" else (status, None)


def _statuses(level: str, row: Row) -> Iterator[str]:
    if level == "task":
        yield row["status"]
    for below, children in (("phase", row.get("phases", ())), ("task", row.get("tasks", ()))):
        for child in children:
            yield from _statuses(below, child)


def _thinned(points: Sequence[Point]) -> tuple[Point, ...]:
    """The first, the last, and of those between as many as there is room for."""
    if len(points) <= MOST:
        return tuple(points)
    step = (len(points) - 1) / (MOST - 1)
    return tuple(points[round(index * step)] for index in range(MOST))
