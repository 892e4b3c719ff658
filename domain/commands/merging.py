"""Branches that come together: trackers merged, what a person has to decide shown and settled, git told to use wt."""

from __future__ import annotations

from domain.commands.changing import current, put
from domain.commands.layout import conflict_side
from domain.commands.table import Answer, Block, Call, Slot, command, told
from domain.commands.wording import counted, listed
from domain.edits import Edit, apply
from domain.errors import Refused
from domain.shape import to_document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.tracker import Conflict, Found, Tracker

SIDES = ("ours", "theirs")
TAKEN_OVER = ("title", "description", "overview", "status_reason", "priority", "assignee", "due", "estimate")
"""Fields whose other version can be put in place as it is."""


@command(
    "merge",
    help="Merge the trackers that git has left unmerged, item by item, and mark them as resolved.",
    topic="upkeep",
    phrases=("merge", "merge the trackers", "resolve the conflicts", "fix the merge conflict"),
    slots=(Slot("paths", "texts"),),
    files=True,
    needs_tracker=False,
)
def merge(_: Tracker | None, call: Call) -> Answer:
    return told(call.files.merge(list(call.slots.get("paths") or ())))


@command(
    "setup_git",
    help="Have git merge trackers item by item in this clone; check that it does, or take that out again.",
    topic="upkeep",
    phrases=("set up git", "install the merge driver", "check the merge driver", "remove the merge driver"),
    slots=(Slot("check", "flag"), Slot("remove", "flag")),
    files=True,
    needs_tracker=False,
)
def setup_git(_: Tracker | None, call: Call) -> Answer:
    step = "check" if call.slots.get("check") else "remove" if call.slots.get("remove") else "set up"
    return told(call.files.set_up_git(step))


# --- what a person has to decide --------------------------------------------------------------------------------------


@command(
    "conflicts",
    help="Show what two branches disagree about.",
    topic="upkeep",
    phrases=("conflicts", "show conflicts", "are there any conflicts?", "list the open conflicts"),
)
def conflicts(tracker: Tracker, call: Call) -> Answer:
    found = list(_all(tracker))
    if not found:
        return Answer("No two branches disagree about anything.", data={"conflicts": []})
    rows = tuple(disagreements(tracker))
    return Answer(
        f"{counted(len(found), 'conflict')} for a person to decide:",
        blocks=(Block("table", head=("Item", "Field", "Ours", "Theirs"), rows=rows),),
        hint=f"Keep what stands with: settle {found[0][0]}. Or say which: settle {found[0][0]} with theirs",
        data={"conflicts": [{"id": id, **to_document(row)} for id, row in found]},
    )


def disagreements(tracker: Tracker) -> Iterator[tuple[str, str, str, str]]:
    """(id, field, ours, theirs) of everything that two branches disagree about, as people read it."""
    for id, row in _all(tracker):
        yield id, row.field, conflict_side(row.ours), conflict_side(row.theirs)


def _all(tracker: Tracker) -> Iterator[tuple[str, Conflict]]:
    """(the id of the item it is about, the conflict), in the order of the plan."""
    yield from (("tracker", row) for row in tracker.conflicts)
    for phase in tracker.phases:
        yield from ((str(phase.number), row) for row in phase.conflicts)
        for index, rows in enumerate(phase.tasks.column("conflicts")):
            for row in rows:
                task = phase.tasks[index]
                box = next((s for s in task.subtasks if s.uid == row.item), None)
                yield f"{phase.number}.{task.number}" + (f".{box.number}" if box else ""), row


@command(
    "settle",
    help="Settle what two branches disagree about: as it stands, or as one of them has it.",
    topic="upkeep",
    phrases=("settle 2.1", "settle the conflicts of 2.1", "settle 2.1 with theirs", "keep our title of 2.1"),
    slots=(Slot("item", "item", True), Slot("side", "word"), Slot("field", "word")),
    changes=True,
)
def settle(tracker: Tracker, call: Call) -> Answer:
    found = call.one(tracker, "item", "tracker", "phase", "task", "subtask")
    field, side = call.slots.get("field"), call.slots.get("side")
    if side not in (None, *SIDES):
        raise Refused(f"{side} is not a side; nothing was changed.", hint="Say ours or theirs.")
    chosen = [row for row in _own(found) if field in (None, row.field)]
    if not chosen:
        what = f"the {field} of {_name(found)}" if field else _name(found)
        return Answer(f"No two branches disagree about {what}.", tracker)
    after = tracker
    for row in chosen if side else ():
        after = _taken_over(after, call, found, row, getattr(row, side or ""))
    how = {"ours": "as ours has it", "theirs": "as theirs has it", None: "as it stands"}[side]
    said = f"Settled {how}: {listed([row.field for row in chosen])} of {_name(found)}."
    return Answer(said, _without(after, call, found, chosen))


def _name(found: Found) -> str:
    return "the tracker" if found.kind == "tracker" else f"{found.kind} {found.id}"


def _own(found: Found) -> tuple[Conflict, ...]:
    """The conflicts about an item; those of its subtasks stand with a task, and are its own too."""
    if found.kind == "subtask":
        assert found.task is not None
        return tuple(row for row in found.task.conflicts if row.item == found.item.uid)
    rows: tuple[Conflict, ...] = found.item.conflicts
    return rows


def _taken_over(tracker: Tracker, call: Call, found: Found, row: Conflict, value: object) -> Tracker:
    """The tracker with one side's value in place. Raises Refused where that takes more than putting it there."""
    about = tracker.find(row.item) if row.item else tracker.find(found.item.uid)
    now = getattr(about.item, row.field, None) if about else None
    if about is None or now == value:
        return tracker
    if row.field == "status" and about.kind == "task":
        assert about.phase is not None
        task = current(tracker, about).with_status(str(value), call.now, None)
        return tracker.with_task(about.phase.number, task)
    if row.field not in TAKEN_OVER:
        said = f"The {row.field} of {_name(about)} cannot be put in place by settling; nothing was changed."
        raise Refused(said, hint=f"Change it as you would have it, then say: settle {found.id}")
    return apply((Edit("set", about.kind, about.item.uid, row.field, now, value),), tracker)


def _without(tracker: Tracker, call: Call, found: Found, settled: list[Conflict]) -> Tracker:
    if found.kind == "tracker":
        return tracker.replace(conflicts=_left(tracker.conflicts, settled))
    if found.kind == "phase":
        phase = next(phase for phase in tracker.phases if phase.uid == found.item.uid)
        return tracker.with_phase(phase.replace(conflicts=_left(phase.conflicts, settled)))
    return put(tracker, call, found, conflicts=_left(current(tracker, found).conflicts, settled))


def _left(rows: tuple[Conflict, ...], settled: list[Conflict]) -> tuple[Conflict, ...]:
    return tuple(row for row in rows if row not in settled)
