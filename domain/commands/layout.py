"""Blocks that several answers show: a table of tasks, bars of progress."""

from __future__ import annotations

from domain.commands.table import Block
from domain.commands.wording import spoken
from domain.tracker import DEFAULT_PRIORITY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.commands.selection import Line
    from domain.tracker import Conflict, Tally


def bars(rows: Iterable[tuple[str, Tally]]) -> Block:
    """One bar a row; cancelled tasks are not counted, as in the percentage."""
    return Block(
        "bars",
        rows=tuple(
            (label, str(tally.complete), str(tally.counted), f"{tally.percent}% {spoken(tally.status)}")
            for label, tally in rows
        ),
    )


def task_table(found: list[Line]) -> Block:
    """One task a line; a column that would be empty is left out."""
    columns = {
        "Id": [line["id"] for line in found],
        "Task": [line["title"] for line in found],
        "Status": [spoken(line["status"]) for line in found],
        "Priority": [_unless_usual(line["priority"]) for line in found],
        "Assignee": [line["assignee"] or "" for line in found],
        "Due": [line["due"] or "" for line in found],
        "Labels": [", ".join(line["labels"]) for line in found],
        "Waits for": [_hindrance(line) for line in found],
    }
    return table({head: cells for head, cells in columns.items() if any(cells)})


def table(columns: dict[str, list[str]], title: str | None = None) -> Block:
    rows = tuple(zip(*columns.values(), strict=True))
    return Block("table", head=tuple(columns), rows=rows, title=title)


def _unless_usual(priority: str) -> str:
    return "" if priority == DEFAULT_PRIORITY else priority


def _hindrance(line: Line) -> str:
    waits, reason = line.get("waits_for") or [], line.get("reason")
    return "; ".join([*([", ".join(waits)] if waits else []), *([reason] if reason else [])])


def conflict_lines(found: Iterable[Conflict]) -> list[str]:
    """`title: ours Lay bricks, theirs Lay stones`, as it is shown with the item."""
    return [f"{row.field}: ours {conflict_side(row.ours)}, theirs {conflict_side(row.theirs)}" for row in found]


def conflict_side(value: object) -> str:
    """One side's value in a word or two."""
    if value is None:
        return "nothing"
    text = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
    return text if len(text) <= 60 else text[:59] + "…"
