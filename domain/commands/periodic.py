"""Upkeep by the day, the week and the month, and what is foreseen: what is due, doing it, what it came to."""

from __future__ import annotations

from domain.commands.layout import table
from domain.commands.table import Answer, Block, Call, Slot, command
from domain.commands.wording import counted, listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from domain.tracker import Tracker

    Document = Mapping[str, Any]  # Any: plain values all through

PERIODS = ("daily", "weekly", "monthly")
DUE = "due"  # in place of a period: every one that is due
MARKS = {"done": "✓", "nothing": "·", "found": "?", "failed": "✗", "late": "✗"}


@command(
    "show_upkeep",
    help="Show what upkeep there is, when it was done last, and what is due.",
    topic="playbooks",
    phrases=("upkeep", "show the upkeep", "what upkeep is due?", "which upkeep is due?"),
    needs_tracker=False,
)
def show_upkeep(_: Tracker | None, call: Call) -> Answer:
    rows = call.playbooks.upkeep.overview()
    due = [row["period"] for row in rows if row["due"]]
    columns = {
        "Upkeep": [str(row["period"]) for row in rows],
        "Last done": [_when(call, row) for row in rows],
        "Due": ["yes" if row["due"] else "no" for row in rows],
        "Steps": [", ".join(step["step"] for step in row["steps"]) for row in rows],
    }
    said = f"Due: {listed(due)}." if due else "No upkeep is due."
    hint = f"Do it with: wt upkeep {due[0] if len(due) == 1 else DUE}" if due else None
    return Answer(said, blocks=(table(columns),), data={"periods": rows, "due": due}, hint=hint)


def _when(call: Call, row: Document) -> str:
    return call.playbooks.time(row["at"])[:16] if row["at"] is not None else "never"


@command(
    "do_upkeep",
    help="Do the upkeep of a day, a week or a month, or all that is due: heal, review, test, tidy up.",
    topic="playbooks",
    phrases=("upkeep daily", "do the daily upkeep", "run the weekly upkeep", "do the upkeep that is due"),
    slots=(Slot("period", "text", True), Slot("step", "text")),
    files=True,
    needs_tracker=False,
    once=True,
    counts=False,
)
def do_upkeep(_: Tracker | None, call: Call) -> Answer:
    upkeep, period, step = call.playbooks.upkeep, call.slots["period"], call.slots.get("step")
    periods = upkeep.due() if period == DUE else [period]
    if not periods:
        return Answer("No upkeep is due.", outcome="unchanged", data={"upkeep": []})
    if call.dry_run:
        return _planned([{"period": each, "steps": upkeep.steps(each, step)} for each in periods])
    return _done([upkeep.run(each, step) for each in periods])


def _planned(rows: Sequence[Document]) -> Answer:
    blocks = [
        Block("text", title=str(row["period"]), lines=tuple(f"{s['step']}: {s['meaning']}" for s in row["steps"]))
        for row in rows
    ]
    steps = sum(len(row["steps"]) for row in rows)
    return Answer(f"{counted(steps, 'step')} would be done.", blocks=tuple(blocks), data={"periods": list(rows)})


def _done(runs: Sequence[Document]) -> Answer:
    steps = [step for run in runs for step in run["steps"]]
    counts = {outcome: sum(step["outcome"] == outcome for step in steps) for outcome in MARKS}
    parts = [
        f"{count} {words}"
        for count, words in (
            (counts["done"], "did something"),
            (counts["found"], "found something to look at"),
            (counts["failed"], "failed"),
            (counts["late"], "not reached in time"),
        )
        if count
    ]
    what = listed([str(run["period"]) for run in runs])
    came_to = listed(parts) if parts else "nothing to do"
    said = f"{what[:1].upper()}{what[1:]} upkeep: {counted(len(steps), 'step')}, {came_to}."
    problems = tuple(str(run["problem"]) for run in runs if run["problem"])
    return Answer(
        said,
        blocks=tuple(_steps(run, len(runs) > 1) for run in runs),
        data={"upkeep": list(runs)},
        changed_files=bool(counts["done"]),
        outcome="invalid"
        if counts["failed"] or counts["late"]
        else None
        if counts["done"] or problems
        else "unchanged",
        hint="See what went wrong above; the rest was done." if counts["failed"] or counts["late"] else None,
        problems=problems,
    )


def _steps(run: Document, is_titled: bool) -> Block:
    lines = tuple(f"{MARKS[step['outcome']]} {step['step']}: {step['said']}" for step in run["steps"])
    return Block("text", lines=lines, title=str(run["period"]) if is_titled else None)


@command(
    "show_predictions",
    help="Show what is foreseen of the disk, the caches and other things that fill up, and what was prevented.",
    topic="playbooks",
    phrases=("show predictions", "what is foreseen?", "what was prevented?", "list the predictions"),
    needs_tracker=False,
)
def show_predictions(_: Tracker | None, call: Call) -> Answer:
    foreseen, prevented = call.playbooks.foreseen(), call.playbooks.prevented()
    near = [row for row in foreseen if row["near"]]
    blocks = [Block("text", lines=tuple(str(row["line"]) for row in foreseen))] if foreseen else []
    if prevented:
        lines = tuple(_judgement(call, row) for row in prevented)
        blocks.append(Block("text", lines=lines, title="Treated before the fact, by replay"))
    if not foreseen:
        said = "Too little was measured yet to foresee anything."
    else:
        said = f"{counted(len(near), 'end')} in sight:" if near else "No end is in sight of anything that is measured."
    return Answer(said, blocks=tuple(blocks), data={"foreseen": foreseen, "prevented": prevented})


def _judgement(call: Call, row: Document) -> str:
    verdict = "prevented" if row["prevented"] else "not prevented"
    return f"{call.playbooks.time(row['at'])[:16]} {row['playbook_id']} ({row['fault']}): {verdict}"
