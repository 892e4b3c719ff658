"""Scopes: the many tasks that one word speaks of (`all`, `phase:3+status:blocked`)."""

from __future__ import annotations

from domain.tracker import DEFAULT_PRIORITY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.commands.table import Ref
    from domain.tracker import Found, Task, Tracker

SAID = {
    "phase": "phase {}",
    "status": "{} tasks",
    "assignee": "tasks of {}",
    "label": "tasks labelled {}",
    "priority": "{} priority tasks",
    "subtasks": "subtasks of {}",
}


def describe(scope: str) -> str:
    """The scope in words."""
    if scope == "all":
        return "the whole tracker"
    parts = (part.partition(":") for part in scope.split("+"))
    return " + ".join(SAID[kind].format(value.replace("_", " ")) for kind, _, value in parts)


def in_scope(tracker: Tracker, scope: str, without: Sequence[Ref] = ()) -> list[Found]:
    """The tasks that a scope speaks of, in file order, except those named in `without`."""
    limits = [] if scope == "all" else [part.partition(":")[::2] for part in scope.split("+")]
    spared = {ref.uid for ref in without}
    found = []
    for phase, task in tracker.tasks():
        if task.uid not in spared and all(_within(phase.number, task, kind, value) for kind, value in limits):
            there = tracker.at(f"{phase.number}.{task.number}")
            assert there is not None
            found.append(there)
    return found


def _within(phase: int, task: Task, kind: str, value: str) -> bool:
    if kind == "phase":
        return str(phase) == value
    if kind == "label":
        return value in task.labels
    if kind == "priority":
        return (task.priority or DEFAULT_PRIORITY) == value
    return bool(getattr(task, kind) == value)
