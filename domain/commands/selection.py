"""Picking tasks by a field without reading the rest of them: a selection is a list of phases that hold fewer tasks."""

from __future__ import annotations

from domain.tracker import DEFAULT_PRIORITY, PRIORITIES, SETTLED, STATUSES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from typing import Any, TypedDict

    from domain.tracker import Phase, Tracker

    Keep = Callable[[Any], object]  # Any: a value of whichever field is looked at

    class Line(TypedDict, total=False):
        """What a list shows of one task."""

        id: str
        title: str
        status: str
        priority: str
        assignee: str | None
        due: str | None
        labels: list[str]
        phase: str
        reason: str | None
        waits_for: list[str]


LAST_DAY = "9999-12-31"
UNSETTLED = tuple(status for status in STATUSES if status not in SETTLED)


def only(phases: Iterable[Phase], field: str, keep: Keep) -> list[Phase]:
    """These phases with only the tasks whose field is as wanted; a phase left without any is dropped."""
    kept: list[Phase] = []
    for phase in phases:
        kept += _with(phase, [index for index, value in enumerate(phase.tasks.column(field)) if keep(value)])
    return kept


def _with(phase: Phase, wanted: list[int]) -> tuple[Phase, ...]:
    """The phase with only these rows, unless that is none."""
    if not wanted:
        return ()
    return (phase if len(wanted) == len(phase.tasks) else phase.replace(tasks=phase.tasks.in_order(wanted)),)


def standing(phases: Iterable[Phase], statuses: tuple[str, ...]) -> list[Phase]:
    """What `only` would pick by these statuses, at less cost."""
    return [kept for phase in phases for kept in _with(phase, phase.tasks.having("status", statuses))]


def unsettled(phases: Iterable[Phase]) -> list[Phase]:
    """Neither complete nor cancelled."""
    return standing(phases, UNSETTLED)


def ready(tracker: Tracker, phases: Iterable[Phase]) -> list[Phase]:
    """Pending, with every dependency complete or cancelled."""
    pending = standing(phases, ("pending",))
    wanted = [phase.tasks.column("depends_on") for phase in pending]
    still_open = open_tasks(tracker, {uid for column in wanted for uids in column for uid in uids})
    if not still_open:
        return pending
    kept: list[Phase] = []
    for phase, column in zip(pending, wanted, strict=True):
        free = [index for index, uids in enumerate(column) if not uids or still_open.keys().isdisjoint(uids)]
        kept += _with(phase, free)
    return kept


def waiting(tracker: Tracker, phases: Iterable[Phase]) -> dict[str, list[str]]:
    """uid of a task -> ids of the unsettled tasks it depends on, of every unsettled task that waits."""
    dependent = only(unsettled(phases), "depends_on", bool)
    still_open = open_tasks(tracker, _depended_on(dependent))
    found = {}
    for phase in dependent:
        rows = zip(phase.tasks.column("uid"), phase.tasks.column("depends_on"), strict=True)
        for uid, depends_on in rows:
            if ids := [still_open[other] for other in depends_on if other in still_open]:
                found[uid] = ids
    return found


def _depended_on(phases: list[Phase]) -> set[str]:
    return {uid for phase in phases for uids in phase.tasks.column("depends_on") for uid in uids}


def open_tasks(tracker: Tracker, uids: Iterable[str]) -> dict[str, str]:
    """uid -> id of those of these tasks that are neither complete nor cancelled."""
    return {uid: id for uid, (id, status) in located(tracker, uids).items() if status not in SETTLED}


def located(tracker: Tracker, uids: Iterable[str]) -> dict[str, tuple[str, str]]:
    """uid -> (id, status) of these tasks; the search ends with the last of them."""
    found: dict[str, tuple[str, str]] = {}
    wanted = set(uids)
    for phase in tracker.phases:
        if len(found) == len(wanted):
            break
        if not _may_hold(phase, wanted):
            continue
        here = [index for index, uid in enumerate(phase.tasks.column("uid")) if uid in wanted]
        rows = phase.tasks.in_order(here)
        for uid, number, status in zip(rows.column("uid"), rows.column("number"), rows.column("status"), strict=True):
            found[uid] = f"{phase.number}.{number}", status
    return found


def _may_hold(phase: Phase, uids: Collection[str]) -> bool:
    """A cheap look, worth its time for a few uids only."""
    return len(uids) > 4 or any(phase.tasks.mentions(uid) for uid in uids)


def dependents(phases: Iterable[Phase], uids: Collection[str]) -> dict[str, list[int]]:
    """uid of a phase -> indices of its tasks that depend on one of these."""
    found = {}
    for phase in phases:
        if not _may_hold(phase, uids):
            continue
        rows = enumerate(phase.tasks.column("depends_on"))
        if here := [index for index, on in rows if on and any(uid in uids for uid in on)]:
            found[phase.uid] = here
    return found


SHOWN = ("number", "title", "status", "priority", "assignee", "due", "labels")


def lines(phases: Iterable[Phase]) -> list[Line]:
    """The tasks of a selection as a list shows them."""
    found: list[Line] = []
    for phase in phases:
        columns = [phase.tasks.column(field) for field in SHOWN]
        for number, title, status, priority, assignee, due, labels in zip(*columns, strict=True):
            found.append(
                {
                    "id": f"{phase.number}.{number}",
                    "title": title,
                    "status": status,
                    "priority": priority or DEFAULT_PRIORITY,
                    "assignee": assignee,
                    "due": due,
                    "labels": list(labels),
                    "phase": str(phase.number),
                }
            )
    return found


def most_urgent(phases: list[Phase], count: int) -> list[Line]:
    """The first tasks of a selection by priority, then due date, then the order of the plan."""
    ranked: dict[str, dict[int, list[int]]] = {priority: {} for priority in PRIORITIES}
    for at, phase in enumerate(phases):
        for index, priority in enumerate(phase.tasks.column("priority")):
            ranked[priority or DEFAULT_PRIORITY].setdefault(at, []).append(index)
    chosen: list[tuple[str, int, int]] = []
    for priority in reversed(PRIORITIES):
        if len(chosen) < count:
            chosen += _soonest(phases, ranked[priority])[: count - len(chosen)]
    shown = {at: _picked(phases[at], [index for _, where, index in chosen if where == at]) for _, at, _ in chosen}
    return [shown[at][index] for _, at, index in chosen]


def _soonest(phases: list[Phase], places: dict[int, list[int]]) -> list[tuple[str, int, int]]:
    """(due, phase, index) of these tasks, in that order; those without a date keep the order of the plan, last."""
    found = []
    for at, indices in places.items():
        dues = phases[at].tasks.in_order(indices).column("due")
        found += [(due or LAST_DAY, at, index) for due, index in zip(dues, indices, strict=True)]
    return sorted(found)


def _picked(phase: Phase, indices: list[int]) -> dict[int, Line]:
    return dict(zip(indices, lines([phase.replace(tasks=phase.tasks.in_order(indices))]), strict=True))
