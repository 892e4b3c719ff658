"""The self-test: what can go wrong is done on purpose to throw-away projects, and healing is judged by it."""

from __future__ import annotations

from domain.commands.layout import table
from domain.commands.table import Answer, Block, Call, Slot, command
from domain.commands.wording import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from domain.tracker import Tracker

    Row = Mapping[str, Any]  # Any: plain values of several types


@command(
    "self_test",
    help="Do known faults to throw-away projects and judge the healing; exit 1 when a figure is not reached.",
    topic="reality",
    phrases=("run the self test", "self test", "run a fast self test"),
    slots=(Slot("fast", "flag"), Slot("only", "text"), Slot("seed", "number"), Slot("keep", "flag")),
    needs_tracker=False,
    once=True,
    counts=False,
)
def self_test(_: Tracker | None, call: Call) -> Answer:
    slots = call.slots
    only = tuple(word for word in slots.get("only", "").replace(",", " ").split() if word)
    if call.dry_run:
        return Answer("It would do faults to throw-away projects, and touch nothing here.")
    told = call.playbooks.selftest(
        only=only, fast=bool(slots.get("fast")), seed=slots.get("seed") or 0, keep=bool(slots.get("keep"))
    )
    return _answer(told)


def _answer(told: Row) -> Answer:
    figures, trials = told["figures"], told["trials"]
    bad = [row for row in trials if row["invalid"] or (not row["absent"] and not row["is_good"])]
    absent = [row for row in trials if row["absent"]]
    blocks = [_shares(figures["shares"])]
    blocks += [_list("Not as it should be", [f"{_place(row)}: {why(row)}" for row in bad])] if bad else []
    blocks += [_list("Not run", [f"{_place(row)}: {row['absent']}" for row in absent])] if absent else []
    where = f" Everything is kept in {told['folder']}." if told["folder"] else ""
    many = ", ".join(counted(figures[f"{noun}s"], noun) for noun in ("fault", "control", "trial"))
    return Answer(
        f"{many}: {_verdict(figures, bad)}{where}",
        blocks=tuple(blocks),
        data=told,
        outcome=None if figures["is_reached"] else "invalid",
        hint=None if figures["is_reached"] else "Look into one with: wt selftest --only ID --keep",
    )


def _verdict(figures: Row, bad: Sequence[Row]) -> str:
    middle = figures["seconds"]["median"]
    reached = "every figure is reached" if figures["is_reached"] else "not every figure is reached"
    time = f", {middle:.2f} s in the middle" if middle is not None else ""
    return f"{reached}, {len(bad)} not as they should be{time}."


def _shares(rows: Sequence[Row]) -> Block:
    return table(
        {
            "Figure": [str(row["name"]) for row in rows],
            "Measured": [str(row["text"]) for row in rows],
            "Wanted": [str(row["wanted"]) for row in rows],
            "Reached": [reached(row) for row in rows],
        }
    )


def reached(row: Row) -> str:
    """Whether a figure is what is wanted."""
    return "n/a" if not row["n"] else "yes" if row["is_reached"] else "no"


def _list(title: str, lines: Sequence[str]) -> Block:
    return Block("text", lines=tuple(lines), title=title)


def _place(row: Row) -> str:
    return f"{row['key']}, {row['position']} a command"


def why(row: Row) -> str:
    """Everything that speaks against a trial."""
    if row["invalid"]:
        return f"proves nothing, {row['invalid']}"
    said = [f"{row['disposition']} instead of {row['expected']}"] if row["disposition"] != row["expected"] else []
    said += ["not noticed"] if row["is_noticeable"] and not row["is_noticed"] else []
    said += [row["wrong"]] if row["wrong"] else []
    said += [f"lost: {each}" for each in row["lost"]]
    said += [f"uncalled for: {each}" for each in row["unneeded"]]
    said += ["not taken back"] if row["is_taken_back"] is False else []
    return "; ".join(said + ([] if row["is_at_rest"] else ["never at rest"]))
