"""What the dashboard draws, as values: plans in figures, and documents of everything around them."""

from __future__ import annotations

from domain.dashboard.burn_up import burn_up
from domain.record import Record
from domain.tracker import Tally

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from domain.dashboard.burn_up import Point
    from domain.entries import Entry
    from domain.playbooks.outcomes import HealingOutcome
    from domain.tracker import Phase, Tracker

    Document = Mapping[str, Any]  # Any: plain values all through

SHOWN = 5  # tasks of a kind; the page shows sums, not lists


class PhaseRow(Record):
    number: int
    title: str
    tally: Tally


class TaskLine(Record):
    id: str
    title: str
    note: str


class Tasks(Record):
    """Tasks of one kind: how many, and the first few."""

    name: str
    count: int
    shown: tuple[TaskLine, ...]


class Plan(Record):
    """One tracker in figures. `problem` says why there are none, `notes` what must be said of those there are."""

    name: str
    title: str
    tally: Tally = Tally()
    phases: tuple[PhaseRow, ...] = ()
    curve: tuple[Point, ...] = ()
    now: tuple[Tasks, ...] = ()
    notes: tuple[str, ...] = ()
    problem: str = ""


class Board(Record):
    """Everything on the page. Documents are as the ports hand them on; `at` is the time it is drawn, in ISO 8601 UTC.

    A part that could not be read is None, and `troubles` say why.
    """

    project: str
    at: str
    seconds: float  # the same time since 1970
    plans: tuple[Plan, ...] = ()
    health: Document | None = None
    probes: Sequence[Document] | None = None
    signals: Mapping[str, float | None] = {}
    outcomes: Sequence[HealingOutcome] = ()
    playbooks: Sequence[Document] | None = None
    waiting: Sequence[Document] = ()  # rows of the inbox
    foreseen: Sequence[Document] | None = None
    prevented: Sequence[Document] = ()
    upkeep: Sequence[Document] = ()
    off: str | None = None  # why healing is off, if it is
    troubles: tuple[str, ...] = ()

    @property
    def tally(self) -> Tally:
        return sum((plan.tally for plan in self.plans), Tally())


def plan_of(name: str, tracker: Tracker, entries: Iterable[Entry], today: str, notes: Iterable[str] = ()) -> Plan:
    """A tracker in figures; `entries` are its history, the newest first; `today` is a date."""
    return Plan(
        name,
        tracker.title,
        tracker.tally,
        tuple(PhaseRow(phase.number, phase.title, phase.tally) for phase in tracker.phases),
        burn_up(tracker.tally, entries),
        (
            _tasks("In progress", _of_status(tracker, "in_progress", "assignee")),
            _tasks("Blocked", _of_status(tracker, "blocked", "status_reason")),
            _tasks("Overdue", _overdue(tracker, today)),
        ),
        tuple(notes),
    )


def unreadable(name: str, problem: str) -> Plan:
    """A tracker that nothing can be said of."""
    return Plan(name, name, problem=problem)


def _tasks(name: str, found: Sequence[tuple[Phase, int, str]]) -> Tasks:
    shown = tuple(_line(phase, index, note) for phase, index, note in found[:SHOWN])
    return Tasks(name, len(found), shown)


def _line(phase: Phase, index: int, note: str) -> TaskLine:
    task = phase.tasks[index]
    return TaskLine(f"{phase.number}.{task.number}", task.title, note)


def _of_status(tracker: Tracker, status: str, field: str) -> list[tuple[Phase, int, str]]:
    """By column: the tasks that are not shown need not be decoded."""
    return [
        (phase, index, str(note or ""))
        for phase in tracker.phases
        if getattr(phase.tally, status)
        for index, (each, note) in enumerate(
            zip(phase.tasks.column("status"), phase.tasks.column(field), strict=True),
        )
        if each == status
    ]


def _overdue(tracker: Tracker, today: str) -> list[tuple[Phase, int, str]]:
    late = [
        (due, phase, index)
        for phase in tracker.phases
        for index, (status, due) in enumerate(
            zip(phase.tasks.column("status"), phase.tasks.column("due"), strict=True),
        )
        if due and due < today and status not in ("complete", "cancelled")
    ]
    return [(phase, index, f"due {due}") for due, phase, index in sorted(late, key=lambda row: row[0])]
