"""The tracker: frozen values, their invariants, and what is derived from them (design, section 4)."""

from __future__ import annotations

from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any, Protocol

    class RowSource(Protocol):
        """Reads a task out of one line of text, whole or a field at a time."""

        def task(self, line: str) -> Task: ...
        def column(self, lines: list[str], field: str) -> list[Any]: ...
        def having(self, lines: list[str], field: str, words: tuple[str, ...]) -> list[int]: ...


SCHEMA_VERSION = 1
STATUSES = ("pending", "in_progress", "blocked", "complete", "deferred", "cancelled")
PRIORITIES = ("low", "medium", "high", "critical")
EVIDENCE_KINDS = ("command_output", "file_reference", "manual_note")
CHECK_KINDS = ("command", "file", "test", "commit")
SETTLED = ("complete", "cancelled")
DEFAULT_PRIORITY = "medium"


class Verified(Record):
    at: str
    by: str


class Evidence(Record):
    """Why a task may be called done. `id` is `E1`, `E2` …, unique in the tracker and never reused."""

    id: str
    kind: str
    content: str
    at: str
    by: str
    command: str | None = None
    exit_code: int | None = None
    commit: str | None = None
    sha256: str | None = None
    duration_ms: int | None = None
    uid: str | None = None
    verified: Verified | None = None
    was: tuple[str, ...] = ()


class Note(Record):
    at: str
    by: str
    text: str
    uid: str | None = None


class Criterion(Record):
    """An acceptance criterion of a task."""

    text: str
    met: bool
    uid: str | None = None


class Check(Record):
    """What completing a task runs to prove it: `value` is a command, a file, a test or a commit."""

    kind: str
    value: str


class Conflict(Record):
    """Two branches said different things and no rule decides: both are kept until a person does."""

    field: str
    ours: Any
    theirs: Any
    item: str | None = None
    at: str | None = None


class Subtask(Record):
    number: int
    uid: str
    title: str
    done: bool
    was: tuple[str, ...] = ()


class Task(Record):
    number: int
    uid: str
    title: str
    status: str
    created_at: str
    updated_at: str
    priority: str | None = None
    assignee: str | None = None
    labels: tuple[str, ...] = ()
    due: str | None = None
    estimate: str | None = None
    description: str | None = None
    notes: tuple[Note, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    depends_on: tuple[str, ...] = ()
    subtasks_issued: int | None = None
    subtasks: tuple[Subtask, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    verify: tuple[Check, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    status_reason: str | None = None
    was: tuple[str, ...] = ()
    started_at: str | None = None
    completed_at: str | None = None
    extensions: Mapping[str, Any] | None = None

    def with_status(self, status: str, at: str, reason: str | None = None) -> Task:
        """Set the status; starting and completing leave their times, reopening takes the completion back."""
        changed: dict[str, object] = {"status": status, "status_reason": reason, "updated_at": at}
        if status == "in_progress" and self.started_at is None:
            changed["started_at"] = at
        changed["completed_at"] = (self.completed_at or at) if status == "complete" else None
        return self.replace(**changed)

    def subtask(self, number: int) -> Subtask | None:
        return next((s for s in self.subtasks if s.number == number), None)

    def with_subtask(self, subtask: Subtask) -> Task:
        return self.replace(subtasks=tuple(subtask if s.uid == subtask.uid else s for s in self.subtasks))

    @property
    def missing_proof(self) -> tuple[str, ...]:
        """What speaks against calling this task done, in words (dependencies are judged by the tracker)."""
        open_subtasks = sum(not s.done for s in self.subtasks)
        unmet = sum(not c.met for c in self.criteria)
        rows = (
            (open_subtasks, f"{open_subtasks} open {'subtask' if open_subtasks == 1 else 'subtasks'}"),
            (unmet, f"{unmet} unmet {'criterion' if unmet == 1 else 'criteria'}"),
            (not self.evidence, "no evidence"),
        )
        return tuple(words for count, words in rows if count)


class Rows:
    """A phase's tasks: an immutable sequence in which a row may still be the line it was read from.

    A line is decoded when its task is asked for; `column` reads one field of every row without decoding the rest.
    """

    __slots__ = ("_load", "_mixed", "_rows", "_source", "_tally")

    def __init__(
        self,
        rows: Iterable[Task | str] = (),
        source: RowSource | None = None,
        *,
        load: Callable[[], list[Task | str]] | None = None,
    ) -> None:
        self._rows: list[Task | str] | None = None if load else list(rows)
        self._load = load
        self._source = source
        self._mixed = load is None  # whether some row may be a task already
        self._tally: Tally | None = None

    @property
    def raw(self) -> list[Task | str]:
        """The rows as they are kept: tasks, or lines not asked for yet."""
        if self._rows is None:
            assert self._load is not None
            self._rows = self._load()
        return self._rows

    def _decoded(self, index: int) -> Task:
        row = self.raw[index]
        if isinstance(row, str):
            assert self._source is not None
            row = self.raw[index] = self._source.task(row)  # a memo: the value is the same
            self._mixed = True
        return row

    def __len__(self) -> int:
        return len(self.raw)

    def __getitem__(self, index: int) -> Task:
        return self._decoded(index)

    def __iter__(self) -> Iterator[Task]:
        return (self._decoded(index) for index in range(len(self.raw)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Rows):
            return NotImplemented
        if len(self) != len(other):
            return False
        return all(
            a is b or (a == b if type(a) is type(b) else self[i] == other[i])
            for i, (a, b) in enumerate(zip(self.raw, other.raw, strict=True))
        )

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"Rows({list(self)!r})"

    def column(self, field: str) -> list[Any]:
        """One field of every row, in order."""
        rows = self.raw
        if self._source is None:
            return [getattr(row, field) for row in rows]
        if not self._mixed:
            return self._source.column(rows, field)  # type: ignore[arg-type]  # every row is a line still
        values = iter(self._source.column([row for row in rows if isinstance(row, str)], field))
        return [next(values) if isinstance(row, str) else getattr(row, field) for row in rows]

    def having(self, field: str, words: tuple[str, ...]) -> list[int]:
        """The indices of the rows in which this field is one of a few words."""
        if self._source is None or self._mixed:
            return [index for index, value in enumerate(self.column(field)) if value in words]
        return self._source.having(self.raw, field, words)  # type: ignore[arg-type]  # every row is a line still

    @property
    def text(self) -> str:
        """The rows as one text, a line each, empty where a row is no line any more."""
        return "\n".join(row if isinstance(row, str) else "" for row in self.raw)

    @property
    def decoded(self) -> frozenset[int]:
        """The rows that are no lines any more."""
        return frozenset(index for index, row in enumerate(self.raw) if not isinstance(row, str))

    def distinct(self, field: str) -> set[Any]:
        """Every value that this field has here, but for absent ones."""
        return set(self.column(field)) - {None}

    def mentions(self, uid: str) -> bool:
        """Whether a task here may bear this uid or depend on it; False is certain, and costs no decoding."""
        quoted = f'"{uid}"'
        return any(not isinstance(row, str) or quoted in row for row in self.raw)

    @property
    def tally(self) -> Tally:
        if self._tally is None:
            self._tally = Tally.of(self.column("status"))
        return self._tally

    def at_number(self, number: int) -> int | None:
        """The index of the task that bears this number."""
        guess = number - 1  # numbers are issued in order, so it nearly always sits there
        if 0 <= guess < len(self) and self[guess].number == number:
            return guess
        numbers = self.column("number")
        return numbers.index(number) if number in numbers else None

    def with_row(self, index: int, task: Task) -> Rows:
        rows = list(self.raw)
        rows[index] = task
        return Rows(rows, self._source)

    def with_added(self, task: Task, index: int | None = None) -> Rows:
        rows = list(self.raw)
        rows.insert(len(rows) if index is None else index, task)
        return Rows(rows, self._source)

    def without(self, index: int) -> Rows:
        rows = list(self.raw)
        del rows[index]
        return Rows(rows, self._source)

    def in_order(self, indices: Iterable[int]) -> Rows:
        rows = self.raw
        picked = Rows([rows[index] for index in indices], self._source)
        picked._mixed = self._mixed
        return picked


class Tally(Record):
    """How many tasks stand where. `percent` leaves cancelled tasks out and never rounds up to 100."""

    pending: int = 0
    in_progress: int = 0
    blocked: int = 0
    complete: int = 0
    deferred: int = 0
    cancelled: int = 0

    @classmethod
    def of(cls, statuses: list[str]) -> Tally:
        return cls(**{status: statuses.count(status) for status in STATUSES})

    def __add__(self, other: Tally) -> Tally:
        return Tally(**{status: getattr(self, status) + getattr(other, status) for status in STATUSES})

    @property
    def total(self) -> int:
        return sum(getattr(self, status) for status in STATUSES)

    @property
    def counted(self) -> int:
        return self.total - self.cancelled

    @property
    def percent(self) -> int:
        if not self.counted:
            return 100 if self.cancelled else 0
        return 100 * self.complete // self.counted

    @property
    def status(self) -> str:
        """The status of a phase, derived from its tasks."""
        if not self.total:
            return "pending"
        if not self.counted:
            return "cancelled"
        left = self.counted - self.complete
        if not left:
            return "complete"
        if self.in_progress:
            return "in_progress"
        if self.blocked == left:
            return "blocked"
        if self.deferred == left:
            return "deferred"
        return "in_progress" if self.complete else "pending"


class Phase(Record):
    """A numbered group of tasks; its status and progress are derived, never stored."""

    number: int
    uid: str
    title: str
    tasks_issued: int
    tasks: Rows
    description: str | None = None
    conflicts: tuple[Conflict, ...] = ()
    was: tuple[str, ...] = ()
    extensions: Mapping[str, Any] | None = None

    @property
    def tally(self) -> Tally:
        return self.tasks.tally

    def task(self, number: int) -> Task | None:
        index = self.tasks.at_number(number)
        return None if index is None else self.tasks[index]

    def with_task(self, task: Task) -> Phase:
        """Replace the task that bears this number."""
        index = self.tasks.at_number(task.number)
        if index is None:
            raise KeyError(task.number)
        return self.replace(tasks=self.tasks.with_row(index, task))

    def with_new_task(self, task: Task, index: int | None = None) -> Phase:
        issued = max(self.tasks_issued, task.number)
        return self.replace(tasks=self.tasks.with_added(task, index), tasks_issued=issued)

    def without_task(self, number: int) -> Phase:
        index = self.tasks.at_number(number)
        if index is None:
            raise KeyError(number)
        return self.replace(tasks=self.tasks.without(index))


class Tracker(Record):
    """One plan: phases of tasks. Numbers are never reused (`*_issued` remembers the highest) and never shift."""

    uid: str
    title: str
    created_at: str
    phases_issued: int
    phases: tuple[Phase, ...]
    initiative: int | None = None
    overview: str | None = None
    evidence_issued: int | None = None
    conflicts: tuple[Conflict, ...] = ()
    extensions: Mapping[str, Any] | None = None
    schema: str | None = None
    schema_version: int = SCHEMA_VERSION

    @property
    def tally(self) -> Tally:
        total = Tally()
        for phase in self.phases:
            total += phase.tally
        return total

    def phase(self, number: int) -> Phase | None:
        return next((phase for phase in self.phases if phase.number == number), None)

    def tasks(self) -> Iterator[tuple[Phase, Task]]:
        return ((phase, task) for phase in self.phases for task in phase.tasks)

    def task(self, phase_number: int, number: int) -> Task | None:
        phase = self.phase(phase_number)
        return phase.task(number) if phase else None

    def with_phase(self, phase: Phase) -> Tracker:
        return self.replace(phases=tuple(phase if p.uid == phase.uid else p for p in self.phases))

    def with_task(self, phase_number: int, task: Task) -> Tracker:
        phase = self.phase(phase_number)
        if phase is None:
            raise KeyError(phase_number)
        return self.with_phase(phase.with_task(task))

    def find(self, uid: str) -> Found | None:
        """Where the thing with this uid is now: the tracker itself, a phase, a task or a subtask."""
        if uid == self.uid:
            return Found("tracker", "tracker", self, None, None)
        for phase in self.phases:
            if phase.uid == uid:
                return Found("phase", str(phase.number), phase, phase, None)
            if phase.tasks.mentions(uid) and uid in (uids := phase.tasks.column("uid")):
                task = phase.tasks[uids.index(uid)]
                return Found("task", f"{phase.number}.{task.number}", task, phase, task)
        return self._find_subtask(uid)

    def _find_subtask(self, uid: str) -> Found | None:
        for phase, task in self.tasks():
            for subtask in task.subtasks:
                if subtask.uid == uid:
                    where = f"{phase.number}.{task.number}.{subtask.number}"
                    return Found("subtask", where, subtask, phase, task)
        return None

    def at(self, id: str) -> Found | None:
        """The item that answers to this id (`tracker`, `5`, `5.3`, `5.3.2`); one it bore before (`was`) comes last."""
        if id == "tracker":
            return Found("tracker", "tracker", self, None, None)
        parts = id.split(".")
        if not all(part.isdecimal() and part.isascii() and len(part) < 10 for part in parts) or len(parts) > 3:
            return None
        return self._at_numbers([int(part) for part in parts]) or self._formerly(id)

    def _at_numbers(self, numbers: list[int]) -> Found | None:
        phase = self.phase(numbers[0])
        if phase is None or len(numbers) == 1:
            return Found("phase", str(phase.number), phase, phase, None) if phase else None
        task = phase.task(numbers[1])
        if task is None or len(numbers) == 2:
            return Found("task", f"{phase.number}.{task.number}", task, phase, task) if task else None
        subtask = task.subtask(numbers[2])
        if subtask is None:
            return None
        return Found("subtask", f"{phase.number}.{task.number}.{subtask.number}", subtask, phase, task)

    def _formerly(self, id: str) -> Found | None:
        dots = id.count(".")
        for phase in self.phases:
            if not dots and id in phase.was:
                return Found("phase", str(phase.number), phase, phase, None)
            if dots == 1 and any(id in was for was in phase.tasks.column("was")):
                task = next(task for task in phase.tasks if id in task.was)
                return Found("task", f"{phase.number}.{task.number}", task, phase, task)
        if dots == 2:
            for phase, task in self.tasks():
                for subtask in task.subtasks:
                    if id in subtask.was:
                        return Found("subtask", f"{phase.number}.{task.number}.{subtask.number}", subtask, phase, task)
            return self._of_moved_task(id)
        return None

    def _of_moved_task(self, id: str) -> Found | None:
        """The subtask that bore this id by its task, before the task was moved."""
        task_id, _, number = id.rpartition(".")
        there = self.at(task_id)
        return None if there is None or there.id == task_id else self.at(f"{there.id}.{number}")

    def statuses_by_uid(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for phase in self.phases:
            found.update(zip(phase.tasks.column("uid"), phase.tasks.column("status"), strict=True))
        return found

    def ids_by_uid(self) -> dict[str, str]:
        """uid -> `5.3` of every task."""
        found: dict[str, str] = {}
        for phase in self.phases:
            numbers, uids = phase.tasks.column("number"), phase.tasks.column("uid")
            found.update((uid, f"{phase.number}.{number}") for uid, number in zip(uids, numbers, strict=True))
        return found


class Found(Record):
    """An item and where it is: `kind` in tracker phase task subtask, `id` as people write it."""

    kind: str
    id: str
    item: Any
    phase: Phase | None
    task: Task | None

    @property
    def title(self) -> str:
        title: str = self.item.title
        return title
