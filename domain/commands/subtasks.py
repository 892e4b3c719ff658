"""Subtasks: the checklist of a task."""

from __future__ import annotations

from domain.commands import values
from domain.commands.changing import current, put, subtasks_issued
from domain.commands.table import Answer, Call, Slot, command
from domain.commands.wording import listed, named, sentence, verb
from domain.tracker import Subtask

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.tracker import Found, Tracker


@command(
    "add_subtask",
    help="Add one or more subtasks to a task.",
    topic="subtasks",
    phrases=(
        'add subtask to 5.3: "Write the test"',
        'add subtasks to 2.1: "Draft"; "Review"; "Publish"',
        'create a subtask "Call the vendor" under 3.2',
        "subtask 4.4: order the parts",
    ),
    slots=(Slot("parent", "task", True), Slot("titles", "texts", True)),
    changes=True,
)
def add_subtask(tracker: Tracker, call: Call) -> Answer:
    found = call.one(tracker, "parent", "task")
    task = current(tracker, found)
    first = subtasks_issued(task) + 1
    titles = [values.title(title) for title in call.slots["titles"]]
    added = tuple(Subtask(number, call.new_uid(), title, False) for number, title in enumerate(titles, first))
    changed = put(tracker, call, found, subtasks=(*task.subtasks, *added), subtasks_issued=first + len(added) - 1)
    ids = [f"{found.id}.{subtask.number}" for subtask in added]
    told = [f'{id} "{subtask.title}"' for id, subtask in zip(ids, added, strict=True)]
    return Answer(
        f"{verb(added, 'Subtask', 'Subtasks')} {listed(told)} added.",
        changed,
        warnings=(f"Task {found.id} is marked complete.",) if task.status == "complete" else (),
        data={"ids": ids},
    )


@command(
    "check",
    help="Check off subtasks.",
    topic="subtasks",
    phrases=("check 5.3.2", "tick 1.1.4", "check 4.1.1 and 4.1.2", "subtask 2.2.3 is done"),
    slots=(Slot("items", "items", True),),
    changes=True,
)
def check(tracker: Tracker, call: Call) -> Answer:
    return _check(tracker, call, done=True)


@command(
    "uncheck",
    help="Take the check off subtasks.",
    topic="subtasks",
    phrases=("uncheck 5.3.2", "untick 1.1.3", "uncheck 4.1.1 and 4.1.2"),
    slots=(Slot("items", "items", True),),
    changes=True,
)
def uncheck(tracker: Tracker, call: Call) -> Answer:
    return _check(tracker, call, done=False)


def _check(tracker: Tracker, call: Call, *, done: bool) -> Answer:
    found = call.all_found(tracker, "items", "subtask")
    changed = tracker
    for item in found:
        changed = ticked(changed, call, item, done)
    word = "checked" if done else "unchecked"
    if changed is tracker:
        return Answer(sentence(f"{named(found)} {verb(found, 'is', 'are')} {word} already"), tracker)
    return Answer(sentence(f"{named(found)} {word}"), changed, hint=_what_is_next(changed, found))


def ticked(tracker: Tracker, call: Call, found: Found, done: bool) -> Tracker:
    """The tracker with this subtask checked or unchecked; the same object when it was so already."""
    subtask = current(tracker, found).subtask(found.item.number)
    assert subtask is not None
    return put(tracker, call, found, subtasks=current(tracker, found).with_subtask(subtask.replace(done=done)).subtasks)


def _what_is_next(tracker: Tracker, found: list[Found]) -> str | None:
    """With the last box of its task ticked, the task itself may be done."""
    task = current(tracker, found[-1])
    if task.status in ("complete", "cancelled") or not all(subtask.done for subtask in task.subtasks):
        return None
    return f"Every subtask of {found[-1].id.rpartition('.')[0]} is checked: is the task complete?"
