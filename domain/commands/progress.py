"""Progress: of the plan, of one phase, of every tracker."""

from __future__ import annotations

from domain.commands.layout import bars, task_table
from domain.commands.selection import lines
from domain.commands.table import Answer, Block, Call, Slot, command
from domain.commands.wording import counted, spoken
from domain.errors import WtError
from domain.tracker import Tally

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.tracker import Phase, Tracker


def _means_all(call: Call) -> bool:
    return bool(call.slots.get("all"))


def _means_one(call: Call) -> bool:
    return not _means_all(call)


@command(
    "show_progress",
    help="Show how far the plan, one phase, or every tracker has come.",
    topic="reading",
    phrases=(
        "show progress",
        "progress",
        "how far are we?",
        "how is phase 3 going?",
        "show the progress of phase 2",
        "show progress for all trackers",
    ),
    slots=(Slot("phase", "phase"), Slot("all", "flag")),
    files=_means_all,
    needs_tracker=_means_one,
)
def show_progress(tracker: Tracker, call: Call) -> Answer:
    if _means_all(call):
        return _of_all_trackers(call)
    if call.slots.get("phase") is not None:
        phase: Phase = call.one(tracker, "phase", "phase").item
        return _of_phase(phase)
    return _of_plan(tracker)


def _of_plan(tracker: Tracker) -> Answer:
    tallies = [phase.tally for phase in tracker.phases]
    total = sum(tallies, Tally())
    rows = [(f"Phase {p.number}: {p.title}", tally) for p, tally in zip(tracker.phases, tallies, strict=True)]
    return Answer(
        f"Overall progress: {total.percent}%",
        blocks=(bars(rows), _summary(total)),
        data={**figures(total), "phases": [phase_figures(p) for p in tracker.phases]},
        hint=None if tracker.phases else 'The plan is empty. Begin with a phase: add phase "Build".',
    )


def _of_phase(phase: Phase) -> Answer:
    tally = phase.tally
    return Answer(
        f"Phase {phase.number} progress: {tally.percent}%",
        blocks=(bars([(f"Phase {phase.number}: {phase.title}", tally)]), _summary(tally), task_table(lines([phase]))),
        data={**figures(tally), "phases": [phase_figures(phase)]},
    )


def _of_all_trackers(call: Call) -> Answer:
    """A tracker that cannot be read is told of, and does not hide the others."""
    tallies, unread = [], []
    for name in call.files.names():
        try:
            tracker = call.files.read(name).tracker
        except WtError as error:
            unread.append(error.message)
        else:
            tallies.append((name, tracker.title, tracker.tally))
    total = sum((tally for _, _, tally in tallies), Tally())
    return Answer(
        f"Overall progress: {total.percent}%",
        blocks=(bars([(title, tally) for _, title, tally in tallies]), _summary(total)),
        warnings=tuple(unread),
        data={**figures(total), "trackers": [{"path": n, "title": title, **figures(t)} for n, title, t in tallies]},
    )


def _summary(tally: Tally) -> Block:
    done = f"{tally.complete} of {counted(tally.total, 'task')} complete"
    left = [f"{n} {spoken(status)}" for status, n in tally.values() if n and status != "complete"]
    return Block("text", lines=(", ".join([done, *left]) + ".",))


def figures(tally: Tally) -> dict[str, object]:
    """`total` counts every task; `percent` leaves cancelled ones out."""
    return {"percent": tally.percent, "done": tally.complete, "total": tally.total, "statuses": dict(tally.values())}


def phase_figures(phase: Phase) -> dict[str, object]:
    tally = phase.tally
    return {
        "id": str(phase.number),
        "title": phase.title,
        "status": tally.status,
        "percent": tally.percent,
        "done": tally.complete,
        "total": tally.total,
    }
