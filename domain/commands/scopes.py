"""Scopes: the many tasks that one word speaks of (`all`, `phase:3+status:blocked`)."""

from __future__ import annotations

from domain.commands.selection import only
from domain.commands.wording import counted, spoken
from domain.errors import Refused
from domain.tracker import DEFAULT_PRIORITY, Found

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.tracker import Phase, Tracker

BEFORE = {"status": "{}", "priority": "{} priority"}
AFTER = {"phase": "in phase {}", "assignee": "assigned to {}", "label": "labelled {}"}


def in_words(scope: str, count: int) -> str:
    """`4 blocked tasks in phase 3`."""
    if scope == "all":
        return f"{counted(count, 'task')} of the whole tracker"
    before = [BEFORE[kind].format(spoken(value)) for kind, value in _limits(scope) if kind in BEFORE]
    after = [AFTER[kind].format(value) for kind, value in _limits(scope) if kind in AFTER]
    return " ".join([counted(count, " ".join([*before, "task"])), *after])


def in_scope(tracker: Tracker, scope: str, without: Sequence[Found] = ()) -> list[Found]:
    """The tasks that a scope speaks of, in file order, except these tasks and those of these phases."""
    phases = list(tracker.phases)
    for kind, value in _limits(scope):
        phases = _limited(phases, kind, value)
    spared = {found.item.uid for found in without}
    if spared:
        phases = only([p for p in phases if p.uid not in spared], "uid", lambda uid: uid not in spared)
    return [
        Found("task", f"{phase.number}.{task.number}", task, phase, task) for phase in phases for task in phase.tasks
    ]


def _limits(scope: str) -> list[tuple[str, str]]:
    limits = [] if scope == "all" else [part.partition(":")[::2] for part in scope.split("+")]
    if unknown := [kind for kind, _ in limits if kind not in BEFORE | AFTER]:
        raise Refused(f"{unknown[0]!r} is not a scope.", hint=f"Scopes: all, {', '.join(BEFORE | AFTER)}.")
    return limits


def _limited(phases: list[Phase], kind: str, value: str) -> list[Phase]:
    if kind == "phase":
        return [phase for phase in phases if str(phase.number) == value]
    if kind == "label":
        return only(phases, "labels", lambda labels: value in labels)
    if kind == "priority":
        return only(phases, "priority", lambda priority: (priority or DEFAULT_PRIORITY) == value)
    return only(phases, kind, lambda there: there == value)
