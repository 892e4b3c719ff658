"""One task changed inside its tracker, and the numbers that are never given twice."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.commands.table import Call
    from domain.tracker import Found, Task, Tracker


def current(tracker: Tracker, found: Found) -> Task:
    """The task of a found task or subtask as this tracker holds it: an earlier step may have changed it."""
    assert found.phase is not None and found.task is not None
    task = tracker.task(found.phase.number, found.task.number)
    assert task is not None
    return task


def put(tracker: Tracker, call: Call, found: Found, **fields: object) -> Tracker:
    """The tracker with these fields of the task set; the same object when they were so already."""
    task = current(tracker, found)
    if all(getattr(task, field) == value for field, value in fields.items()):
        return tracker
    assert found.phase is not None
    return tracker.with_task(found.phase.number, task.replace(updated_at=call.now, **fields))


def subtasks_issued(task: Task) -> int:
    """The highest subtask number ever given in this task."""
    if task.subtasks_issued is not None:
        return task.subtasks_issued
    return max((subtask.number for subtask in task.subtasks), default=0)


def evidence_issued(tracker: Tracker) -> int:
    """The highest evidence number ever given in this tracker."""
    if tracker.evidence_issued is not None:
        return tracker.evidence_issued
    pieces = (piece for phase in tracker.phases for row in phase.tasks.column("evidence") for piece in row)
    return max((int(piece.id[1:]) for piece in pieces if piece.id[1:].isdecimal()), default=0)
