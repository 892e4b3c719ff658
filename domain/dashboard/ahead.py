"""What is to come: predictions with their evidence, what was prevented, and the upkeep that is due."""

from __future__ import annotations

from domain.commands.wording import counted
from domain.dashboard.markup import Html, element
from domain.dashboard.parts import GOOD, QUIET, WARNED, quiet, section, status, table
from domain.dashboard.times import minute
from domain.shape import iso_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from domain.dashboard.board import Board

    Document = Mapping[str, Any]  # Any: plain values all through

SHOWN = 5  # judgements, the newest


def ahead(board: Board) -> Html:
    foreseen = _foreseen(board.foreseen) if board.foreseen is not None else quiet("What is to come cannot be said.")
    return section("ahead", "Ahead", foreseen, *_prevented(board.prevented), *_upkeep(board.upkeep))


def _foreseen(rows: Sequence[Document]) -> Html:
    if not rows:
        return quiet("Too little was measured yet to foresee anything.")
    return element("ul", *map(_prediction, rows), class_="tasks")


def _prediction(row: Document) -> Html:
    word, level = ("near", WARNED) if row["near"] else ("far", GOOD) if row["seconds"] else ("no end in sight", GOOD)
    return element("li", element("span", status(word, level), class_="id"), element("span", str(row["line"])))


def _prevented(rows: Sequence[Document]) -> list[Html]:
    """Treatments before the fact, each judged by replaying the fact with it and without it."""
    if not rows:
        return []
    good = sum(bool(row["prevented"]) for row in rows)
    shown = [_judgement(row) for row in reversed(rows[-SHOWN:])]
    head = element("h3", f"Prevented: {good} of {counted(len(rows), 'treatment')} before the fact")
    return [
        head,
        table("Treatments before the fact, replayed", ("When (UTC)", "What would have come", "Verdict"), shown),
    ]


def _judgement(row: Document) -> tuple[str, ...]:
    verdict = status("prevented", GOOD) if row["prevented"] else status("not prevented", WARNED)
    return minute(iso_of(row["at"])), f"{row['fault']} ({row['playbook_id']})", verdict


def _upkeep(rows: Sequence[Document]) -> list[Html]:
    if not rows:
        return []
    return [element("h3", "Upkeep"), table("Upkeep", ("Upkeep", "Last done (UTC)", "Due"), map(_period, rows))]


def _period(row: Document) -> tuple[str, ...]:
    last = minute(iso_of(row["at"])) if row["at"] is not None else "never"
    return str(row["period"]), last, status("due", WARNED) if row["due"] else status("not due", QUIET)
