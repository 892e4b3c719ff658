"""What must hold in a tracker beyond its shape: rule id, severity, pure check; used by load, validate and doctor."""

from __future__ import annotations

from domain.letters import has_hidden
from domain.record import Record
from domain.tracker import SETTLED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from domain.tracker import Tracker

    Check = Callable[["Tracker", str], Iterator[tuple[str, str]]]


class Finding(Record):
    """One problem: `severity` is error or warning, `path` a JSON path, `line` counts from 1."""

    rule: str
    severity: str
    path: str
    message: str
    file: str | None = None
    line: int | None = None


class Checked(Record):
    """What a validation looked at, relative to the root, and what it found."""

    files: tuple[str, ...]
    findings: tuple[Finding, ...]


class Rule(Record):
    id: str
    severity: str
    meaning: str
    check: Check


RULES: list[Rule] = []


def rule(id: str, severity: str, meaning: str) -> Callable[[Check], Check]:
    def declare(check: Check) -> Check:
        RULES.append(Rule(id, severity, meaning, check))
        return check

    return declare


def findings(tracker: Tracker, today: str = "", *, severity: str | None = None) -> list[Finding]:
    """Every rule that the tracker breaks; `today` is an ISO date for the rules about time."""
    return [
        Finding(rule.id, rule.severity, path, message)
        for rule in RULES
        if severity in (None, rule.severity)
        for path, message in rule.check(tracker, today)
    ]


def _twice(values: Iterable[object]) -> set[object]:
    seen: set[object] = set()
    return {value for value in values if value in seen or seen.add(value)}  # type: ignore[func-returns-value]  # add returns None, which is the point


def _again(values: Sequence[object]) -> int:
    """Where the first value stands that stood before."""
    return next(at for at, value in enumerate(values) if value in values[:at])


def _path(phase: int, task: int | None = None, field: str = "") -> str:
    where = f"$.phases[{phase}]" + ("" if task is None else f".tasks[{task}]")
    return where + (f".{field}" if field else "")


@rule("number.duplicate", "error", "Two phases, two tasks of a phase or two subtasks of a task bear the same number.")
def _numbers_are_unique(tracker: Tracker, _: str) -> Iterator[tuple[str, str]]:
    if repeated := _twice(numbers := [phase.number for phase in tracker.phases]):
        yield _path(_again(numbers)), f"phase numbers used twice: {_listed(repeated)}"
    for i, phase in enumerate(tracker.phases):
        if repeated := _twice(numbers := phase.tasks.column("number")):
            yield _path(i, _again(numbers)), f"task numbers used twice in phase {phase.number}: {_listed(repeated)}"
        for j, subtasks in enumerate(phase.tasks.column("subtasks")):
            if subtasks and (repeated := _twice(subtask.number for subtask in subtasks)):
                yield _path(i, j), f"subtask numbers used twice: {_listed(repeated)}"


@rule("uid.duplicate", "error", "Two items share one uid, as after copying a line.")
def _uids_are_unique(tracker: Tracker, _: str) -> Iterator[tuple[str, str]]:
    uids: list[object] = [tracker.uid, *(phase.uid for phase in tracker.phases)]
    for phase in tracker.phases:
        uids += phase.tasks.column("uid")
        uids += [subtask.uid for subtasks in phase.tasks.column("subtasks") for subtask in subtasks]
    if twice := _twice(uids):
        places = [(path, uid) for path, uid in _places_of_uids(tracker) if uid in twice]
        for uid in sorted(map(str, twice)):
            yield [path for path, other in places if other == uid][1], f"two items share the uid {uid}"


def _places_of_uids(tracker: Tracker) -> Iterator[tuple[str, str]]:
    yield "$.uid", tracker.uid
    for i, phase in enumerate(tracker.phases):
        yield _path(i, field="uid"), phase.uid
        for j, (uid, subtasks) in enumerate(zip(*map(phase.tasks.column, ("uid", "subtasks")), strict=True)):
            yield _path(i, j, "uid"), uid
            yield from ((_path(i, j, "subtasks"), subtask.uid) for subtask in subtasks)


@rule(
    "number.issued",
    "error",
    "A count of numbers given is lower than the highest number in use, so that it would be given again.",
)
def _issued_remembers_the_highest(tracker: Tracker, _: str) -> Iterator[tuple[str, str]]:
    if tracker.phases and max(phase.number for phase in tracker.phases) > tracker.phases_issued:
        yield "$.phases_issued", "phases_issued is lower than the highest phase number"
    for i, phase in enumerate(tracker.phases):
        if len(phase.tasks) and max(phase.tasks.column("number")) > phase.tasks_issued:
            yield (
                _path(i, field="tasks_issued"),
                f"tasks_issued of phase {phase.number} is lower than its highest task number",
            )
        for j, subtasks in enumerate(phase.tasks.column("subtasks")):
            if subtasks:
                issued = phase.tasks[j].subtasks_issued
                if issued is not None and max(s.number for s in subtasks) > issued:
                    yield _path(i, j, "subtasks_issued"), "subtasks_issued is lower than the highest subtask number"


@rule("evidence.id", "error", "Two pieces of evidence share one id, or the count of ids given is too low.")
def _evidence_ids_are_unique(tracker: Tracker, _: str) -> Iterator[tuple[str, str]]:
    ids = [piece.id for phase in tracker.phases for pieces in phase.tasks.column("evidence") for piece in pieces]
    for id in sorted(map(str, _twice(ids))):
        yield _last_with_evidence(tracker, id), f"two pieces of evidence share the id {id}"
    highest = max((int(id[1:]) for id in ids if id[:1] == "E" and id[1:].isdecimal() and len(id) < 12), default=0)
    if tracker.evidence_issued is not None and highest > tracker.evidence_issued:
        yield "$.evidence_issued", f"evidence_issued is lower than the highest evidence id E{highest}"


def _last_with_evidence(tracker: Tracker, id: str) -> str:
    places = [
        _path(i, j, "evidence")
        for i, phase in enumerate(tracker.phases)
        for j, pieces in enumerate(phase.tasks.column("evidence"))
        if any(piece.id == id for piece in pieces)
    ]
    return places[-1]


@rule("dependency.unknown", "error", "A task depends on a task that is not in the tracker.")
def _dependencies_exist(tracker: Tracker, _: str) -> Iterator[tuple[str, str]]:
    known: set[str] = set()
    for phase in tracker.phases:
        known.update(phase.tasks.column("uid"))
    for i, phase in enumerate(tracker.phases):
        for j, uids in enumerate(phase.tasks.column("depends_on")):
            for uid in uids:
                if uid not in known:
                    yield (
                        _path(i, j, "depends_on"),
                        f"task {phase.number}.{phase.tasks[j].number} depends on an unknown task ({uid})",
                    )


@rule("dependency.cycle", "error", "Tasks depend on each other in a circle, so that none can ever be ready.")
def _dependencies_have_no_cycle(tracker: Tracker, _: str) -> Iterator[tuple[str, str]]:
    if cycle := find_cycle(dependencies(tracker)):
        ids = tracker.ids_by_uid()
        path = next(path for path, uid in _places_of_uids(tracker) if uid == cycle[0])
        yield (
            path.replace(".uid", ".depends_on"),
            "tasks depend on each other in a circle: " + " -> ".join(ids.get(uid, uid) for uid in cycle),
        )


@rule("conflict.open", "warning", "Two branches disagreed about a field, and nobody has decided yet.")
def _conflicts_wait_for_a_person(tracker: Tracker, _: str) -> Iterator[tuple[str, str]]:
    for conflict in tracker.conflicts:
        yield "$.conflicts", f"the tracker: two branches disagree about {conflict.field}"
    for i, phase in enumerate(tracker.phases):
        for conflict in phase.conflicts:
            yield _path(i, field="conflicts"), f"phase {phase.number}: two branches disagree about {conflict.field}"
        for j, conflicts in enumerate(phase.tasks.column("conflicts")):
            for conflict in conflicts:
                name = f"task {phase.number}.{phase.tasks[j].number}"
                yield _path(i, j, "conflicts"), f"{name}: two branches disagree about {conflict.field}"


@rule("done.without-evidence", "warning", "A task is complete, and nothing proves it.")
def _done_has_evidence(tracker: Tracker, _: str) -> Iterator[tuple[str, str]]:
    for i, phase in enumerate(tracker.phases):
        rows = zip(phase.tasks.column("status"), phase.tasks.column("evidence"), strict=True)
        for j, (status, evidence) in enumerate(rows):
            if status == "complete" and not evidence:
                yield _path(i, j), f"task {phase.number}.{phase.tasks[j].number} is complete without evidence"


@rule("task.overdue", "warning", "A task that is neither complete nor cancelled is past its due date.")
def _nothing_is_overdue(tracker: Tracker, today: str) -> Iterator[tuple[str, str]]:
    for i, phase in enumerate(tracker.phases):
        rows = zip(phase.tasks.column("status"), phase.tasks.column("due"), strict=True)
        for j, (status, due) in enumerate(rows):
            if due and today and due < today and status not in SETTLED:
                yield _path(i, j, "due"), f"task {phase.number}.{phase.tasks[j].number} was due on {due}"


@rule(
    "text.invisible",
    "warning",
    "A title holds control, bidirectional or invisible characters, which can make it read as what it is not.",
)
def _titles_show_what_they_hold(tracker: Tracker, _: str) -> Iterator[tuple[str, str]]:
    for path, name, title in _titles(tracker):
        if has_hidden(title):
            yield path, f"the title of {name} holds control or invisible characters"


def _titles(tracker: Tracker) -> Iterator[tuple[str, str, str]]:
    """(path, what bears it, title) of everything that has one."""
    yield "$.title", "the tracker", tracker.title
    for i, phase in enumerate(tracker.phases):
        yield _path(i, field="title"), f"phase {phase.number}", phase.title
        rows = zip(*map(phase.tasks.column, ("number", "title", "subtasks")), strict=True)
        for j, (number, title, subtasks) in enumerate(rows):
            yield _path(i, j, "title"), f"task {phase.number}.{number}", title
            for subtask in subtasks:
                yield _path(i, j, "subtasks"), f"subtask {phase.number}.{number}.{subtask.number}", subtask.title


def _listed(values: Iterable[object]) -> str:
    return ", ".join(sorted(map(str, values)))


# --- dependencies as a graph ------------------------------------------------------------------------------------------


def dependencies(tracker: Tracker) -> dict[str, tuple[str, ...]]:
    """uid -> uids it depends on, of every task that depends on something."""
    found: dict[str, tuple[str, ...]] = {}
    for phase in tracker.phases:
        wanted = phase.tasks.column("depends_on")
        if any(wanted):
            uids = phase.tasks.column("uid")
            found.update((uid, tuple(on)) for uid, on in zip(uids, wanted, strict=True) if on)
    return found


def find_cycle(graph: dict[str, tuple[str, ...]]) -> list[str]:
    """A circle in the graph, its first node repeated at the end; empty if there is none. Iterative, so of any depth."""
    finished: set[str] = set()
    for start in graph:
        if start in finished:
            continue
        stack = [(start, iter(graph[start]))]
        path, on_path = [start], {start}
        while stack:
            node, below = stack[-1]
            step = next(below, None)
            if step is None:
                stack.pop()
                finished.add(node)
                on_path.discard(path.pop())
            elif step in on_path:
                return [*path[path.index(step) :], step]
            elif step not in finished:
                stack.append((step, iter(graph.get(step, ()))))
                path.append(step)
                on_path.add(step)
    return []
