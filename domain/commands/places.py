"""Where items stand: moved under another parent, or put in another order. Order is free; numbers never change by it."""

from __future__ import annotations

from domain.commands.changing import current, put, subtasks_issued
from domain.commands.table import Answer, Call, Slot, command
from domain.commands.wording import counted, listed, named, sentence, verb
from domain.edits import child_uids, children, with_children
from domain.errors import Clarify, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.tracker import Found, Phase, Task, Tracker

    Parent = Tracker | Phase | Task
    Moved = tuple[Tracker, str]


@command(
    "move",
    help="Move tasks to another phase, or subtasks to another task; they get the next number there.",
    topic="tasks",
    phrases=(
        "move 3.4 to phase 5",
        "move task 2.5 to phase 3",
        "move 6.3 and 6.5 to phase 5",
        "move subtask 5.3.2 to 5.4",
        "1.5 belongs in phase 2",
    ),
    slots=(Slot("items", "items", True), Slot("to", "item", True)),
    changes=True,
)
def move(tracker: Tracker, call: Call) -> Answer:
    found, target = call.all_found(tracker, "items", "task", "subtask"), call.one(tracker, "to", "phase", "task")
    step = _step(found, target)
    changed, ids = tracker, []
    leaving = [item for item in found if _parent(tracker, item).uid != target.item.uid]
    for item in leaving:
        changed, id = step(changed, call, item, target)
        ids.append(id)
    where = f"{target.kind} {target.id}"
    if not leaving:
        return Answer(sentence(f"{named(found)} {verb(found, 'is', 'are')} in {where} already"), tracker)
    now = f"{verb(leaving, 'it is', 'they are')} now {listed(ids)}"
    return Answer(sentence(f"{named(leaving)} moved to {where}: {now}"), changed, data={"ids": ids})


def _step(found: list[Found], target: Found) -> Callable[[Tracker, Call, Found, Found], Moved]:
    """How items of this kind get to such a place. Raises Refused when they do not belong there."""
    kinds = {item.kind for item in found}
    if kinds == {"task"} and target.kind == "phase":
        return _task_to_phase
    if kinds == {"subtask"} and target.kind == "task":
        return _subtask_to_task
    raise Refused(
        f"{sentence(named(found))[:-1]} cannot be moved to {target.kind} {target.id}.",
        hint="A task moves to a phase (move 3.4 to phase 5), a subtask to a task (move 3.4.1 to 3.2).",
    )


def _task_to_phase(tracker: Tracker, call: Call, found: Found, target: Found) -> Moved:
    task = current(tracker, found)
    source, goal = tracker.phase(int(found.id.split(".")[0])), tracker.phase(target.item.number)
    assert source is not None and goal is not None
    number = goal.tasks_issued + 1
    moved = task.replace(number=number, was=(*task.was, found.id), updated_at=call.now)
    changed = tracker.with_phase(source.without_task(task.number)).with_phase(goal.with_new_task(moved))
    return changed, f"{goal.number}.{number}"


def _subtask_to_task(tracker: Tracker, call: Call, found: Found, target: Found) -> Moved:
    source, goal = current(tracker, found), current(tracker, target)
    subtask, number = found.item, subtasks_issued(goal) + 1
    moved = subtask.replace(number=number, was=(*subtask.was, found.id))
    left = tuple(other for other in source.subtasks if other.uid != subtask.uid)
    changed = put(tracker, call, found, subtasks=left, subtasks_issued=subtasks_issued(source))
    changed = put(changed, call, target, subtasks=(*goal.subtasks, moved), subtasks_issued=number)
    return changed, f"{target.id}.{number}"


def _parent(tracker: Tracker, found: Found) -> Parent:
    parent = {"phase": tracker, "task": found.phase, "subtask": found.task}[found.kind]
    assert parent is not None
    return parent


@command(
    "reorder",
    help="Put a phase, task or subtask before or after another, or at a place in the order.",
    topic="tasks",
    phrases=(
        "put 6.5 before 6.2",
        "move 2.5 after 2.1",
        "make 4.4 the first task of phase 4",
        "place 6.4 in position 2",
        "phase 5 should come before phase 4",
        "put subtask 5.3.2 before 5.3.1",
    ),
    slots=(
        Slot("item", "item", True),
        Slot("before", "item"),
        Slot("after", "item"),
        Slot("position", "value"),
    ),
    changes=True,
)
def reorder(tracker: Tracker, call: Call) -> Answer:
    found = call.one(tracker, "item", "phase", "task", "subtask")
    parent = _parent(tracker, found)
    uids = child_uids(parent)
    place, words = _place(tracker, call, found, uids)
    others = [uid for uid in uids if uid != found.item.uid]
    order = [*others[:place], found.item.uid, *others[place:]]
    what = f"{found.kind} {found.id}"
    if order == uids:
        return Answer(sentence(f"{what} is {words} already"), tracker)
    return Answer(sentence(f"{what} is now {words}"), _reordered(tracker, found, parent, uids, order))


def _place(tracker: Tracker, call: Call, found: Found, uids: list[str]) -> tuple[int, str]:
    """The index among the others, and where that is in words."""
    said = next((slot for slot in ("before", "after", "position") if call.slots.get(slot) is not None), None)
    if said is None:
        hint = f"Say before, after or first: put {found.id} first."
        raise Clarify(f"Where should {found.kind} {found.id} go?", hint=hint)
    if said == "position":
        return _position(call.slots["position"], uids)
    other = call.one(tracker, said, found.kind)
    if other.item.uid not in uids:
        raise Refused(
            f"{found.id} and {other.id} are not in the same {'task' if found.kind == 'subtask' else 'phase'}.",
            hint=f"Move it there first: move {found.id} to {other.id.rpartition('.')[0]}.",
        )
    others = [uid for uid in uids if uid != found.item.uid]
    if other.item.uid == found.item.uid:
        return uids.index(found.item.uid), "where it is"
    return others.index(other.item.uid) + (said == "after"), f"{said} {other.id}"


def _position(said: str | int, uids: list[str]) -> tuple[int, str]:
    last = len(uids)
    position = {"first": 1, "last": last}.get(str(said), said)
    if not isinstance(position, int) or not 1 <= position <= last:
        raise Refused(f"There is no position {said}.", hint=f"There are {counted(last, 'position')}: 1 is the first.")
    return position - 1, f"number {position} in the order" if position == said else f"{said} in the order"


def _reordered(tracker: Tracker, found: Found, parent: Parent, uids: list[str], order: list[str]) -> Tracker:
    rows = dict(zip(uids, children(parent), strict=True))
    made = with_children(parent, [rows[uid] for uid in order])
    if found.kind == "phase":
        phases: Tracker = made
        return phases
    if found.kind == "task":
        return tracker.with_phase(made)
    assert found.phase is not None
    return tracker.with_task(found.phase.number, made)
