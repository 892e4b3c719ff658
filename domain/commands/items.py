"""One item shown: all of it, or the one thing that was asked about."""

from __future__ import annotations

from domain.commands.layout import bars, conflict_lines, task_table
from domain.commands.progress import figures, phase_figures
from domain.commands.selection import dependents, lines, located
from domain.commands.table import Answer, Block, Call, Slot, as_ref, command
from domain.commands.wording import counted, listed, sentence, spoken
from domain.shape import to_document
from domain.tracker import DEFAULT_PRIORITY, SETTLED, Rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from domain.tracker import Conflict, Evidence, Found, Phase, Task, Tracker

    Told = Callable[[Call, Task, tuple[str, ...]], str]
    Document = dict[str, Any]  # the item as plain JSON, with ids for uids
    Part = Callable[[Tracker, Task], tuple[str, list[str]]]


@command(
    "show_item",
    help="Show a task, subtask, phase, the tracker or a piece of evidence, or one thing about it.",
    topic="reading",
    phrases=(
        "show 5.3",
        "display task 2.1",
        "who has 3.1?",
        "is 3.2 still blocked?",
        "what is 6.2 waiting for?",
        "when is 5.1 due?",
        "show the evidence of 1.1",
        "show E1",
        "describe phase 3",
    ),
    slots=(Slot("item", "item", True), Slot("part", "word")),
)
def show_item(tracker: Tracker, call: Call) -> Answer:
    ref = as_ref(call.slots["item"])
    if ref.kind == "evidence":
        from domain.commands.evidence import evidence_at

        return _show_evidence(*evidence_at(tracker, ref))
    found = call.one(tracker, "item", "tracker", "phase", "task", "subtask")
    if found.kind == "task":
        return _show_task(tracker, call, found)
    return {"tracker": _show_tracker, "phase": _show_phase, "subtask": _show_subtask}[found.kind](found)


# --- a task ----------------------------------------------------------------------------------------------------------


def _show_task(tracker: Tracker, call: Call, found: Found) -> Answer:
    task: Task = found.item
    there = located(tracker, task.depends_on)
    waits = tuple(id for id, status in map(there.__getitem__, task.depends_on) if status not in SETTLED)
    item = _task_document(tracker, found, [there[uid][0] for uid in task.depends_on], waits)
    part = call.slots.get("part")
    if part in _ANSWERS:
        told = _ANSWERS[part](call, task, waits)
        blocks = _blocks(tracker, task, [part] if part in _PARTS else [])
        return Answer(sentence(f"task {found.id} {told}"), blocks=blocks, data={"item": item})
    blocks = (_fields_block(found, item), *_blocks(tracker, task, _PARTS))
    return Answer(f"{found.id} {task.title}", blocks=blocks, data={"item": item})


def _task_document(tracker: Tracker, found: Found, depends_on: list[str], waits: tuple[str, ...]) -> Document:
    task: Task = found.item
    needing = dependents(tracker.phases, (task.uid,))
    return {
        "kind": "task",
        "id": found.id,
        "phase": found.id.partition(".")[0],
        **to_document(task),
        "depends_on": depends_on,
        "waits_for": list(waits),
        "needed_by": [
            f"{phase.number}.{phase.tasks[index].number}"
            for phase in tracker.phases
            for index in needing.get(phase.uid, ())
        ],
    }


def _fields_block(found: Found, item: Document) -> Block:
    task: Task = found.item
    assert found.phase is not None
    rows = {
        "Status": spoken(task.status) + (f" ({task.status_reason})" if task.status_reason else ""),
        "Phase": f"{found.phase.number} {found.phase.title}",
        "Priority": task.priority or DEFAULT_PRIORITY,
        "Assignee": task.assignee or "",
        "Due": task.due or "",
        "Labels": ", ".join(task.labels),
        "Estimate": task.estimate or "",
        "Waits for": ", ".join(item["waits_for"]),
        "Needed by": ", ".join(item["needed_by"]),
        "Formerly": ", ".join(task.was),
        "Created": task.created_at[:10],
        "Completed": (task.completed_at or "")[:10],
        "Description": task.description or "",
    }
    return Block("table", rows=tuple((label, value) for label, value in rows.items() if value))


def _status(call: Call, task: Task, waits: tuple[str, ...]) -> str:
    if waits:
        return f"is {spoken(task.status)} and waits for {listed(waits)}"
    if task.status_reason:
        return f"is {spoken(task.status)}: {task.status_reason}"
    return f"is {spoken(task.status)}" + (" and ready" if task.status == "pending" else "")


def _due(call: Call, task: Task, waits: tuple[str, ...]) -> str:
    if task.due is None:
        return "has no due date"
    overdue = task.due < call.today and task.status not in SETTLED
    return f"{'was' if overdue else 'is'} due on {task.due}"


def _dependencies(call: Call, task: Task, waits: tuple[str, ...]) -> str:
    if not task.depends_on:
        return "depends on nothing"
    met = counted(len(task.depends_on), "dependency")
    return f"waits for {listed(waits)}" if waits else f"waits for nothing: {met} met"


def _checked(boxes: list[bool], noun: str, word: str) -> str:
    """`has 2 of 3 subtasks done`."""
    return f"has {sum(boxes)} of {counted(len(boxes), noun)} {word}" if boxes else f"has {counted(0, noun)}"


# What a question about one thing is answered with, to follow "task 5.3".
_ANSWERS: dict[str, Told] = {
    "status": _status,
    "assignee": lambda call, task, waits: f"is assigned to {task.assignee or 'nobody'}",
    "due": _due,
    "priority": lambda call, task, waits: f"has {task.priority or DEFAULT_PRIORITY} priority",
    "labels": lambda call, task, waits: f"is labelled {listed(task.labels)}" if task.labels else "has no labels",
    "estimate": lambda call, task, waits: f"is estimated at {task.estimate}" if task.estimate else "has no estimate",
    "description": lambda call, task, waits: f"says: {task.description}" if task.description else "has no description",
    "dependencies": _dependencies,
    "subtasks": lambda call, task, waits: _checked([s.done for s in task.subtasks], "subtask", "done"),
    "criteria": lambda call, task, waits: _checked([c.met for c in task.criteria], "criterion", "met"),
    "evidence": lambda call, task, waits: f"has {counted(len(task.evidence), 'piece')} of evidence",
    "notes": lambda call, task, waits: f"has {counted(len(task.notes), 'note')}",
}


# --- parts of a task, line by line -----------------------------------------------------------------------------------


def _box(done: bool) -> str:
    return "[x]" if done else "[ ]"


def _dependency_lines(tracker: Tracker, task: Task) -> list[str]:
    there = [tracker.at(id) for id, _ in located(tracker, task.depends_on).values()]
    return [f"{found.id} {found.title} ({spoken(found.item.status)})" for found in there if found is not None]


def _evidence_line(piece: Evidence) -> str:
    seen = f" (verified by {piece.verified.by})" if piece.verified else " (not verified)"
    ran = f"{piece.command} -> exit {piece.exit_code}: " if piece.command else ""
    first, more, _ = piece.content.partition("\n")
    return f"{piece.id} {piece.kind.replace('_', ' ')}: {ran}{first}{' …' if more else ''}{seen}"


# A title, and the lines below it; nothing is shown of what a task has not.
_PARTS: dict[str, Part] = {
    "dependencies": lambda tracker, task: ("Depends on", _dependency_lines(tracker, task)),
    "subtasks": lambda tracker, task: ("Subtasks", [f"{_box(s.done)} {s.number}. {s.title}" for s in task.subtasks]),
    "criteria": lambda tracker, task: (
        "Acceptance criteria",
        [f"{_box(criterion.met)} {number}. {criterion.text}" for number, criterion in enumerate(task.criteria, 1)],
    ),
    "checks": lambda tracker, task: ("Checks before it is complete", [f"{c.kind}: {c.value}" for c in task.verify]),
    "evidence": lambda tracker, task: ("Evidence", [_evidence_line(piece) for piece in task.evidence]),
    "notes": lambda tracker, task: ("Notes", [f"{note.at[:10]} {note.by}: {note.text}" for note in task.notes]),
    "conflicts": lambda tracker, task: ("Two branches disagree (settle it)", conflict_lines(task.conflicts)),
}


def _blocks(tracker: Tracker, task: Task, parts: Iterable[str]) -> tuple[Block, ...]:
    made = [_PARTS[part](tracker, task) for part in parts]
    return tuple(Block("text", lines=tuple(lines), title=title) for title, lines in made if lines)


# --- anything else ---------------------------------------------------------------------------------------------------


def _show_subtask(found: Found) -> Answer:
    item = {"kind": "subtask", "id": found.id, "task": found.id.rpartition(".")[0], **to_document(found.item)}
    state = "checked" if found.item.done else "not checked"
    return Answer(f'Subtask {found.id} "{found.title}" is {state}.', data={"item": item})


def _disagreements(found: tuple[Conflict, ...]) -> tuple[Block, ...]:
    lines = tuple(conflict_lines(found))
    return (Block("text", lines=lines, title="Two branches disagree (settle it)"),) if lines else ()


def _show_phase(found: Found) -> Answer:
    phase: Phase = found.item
    tasks, tally = lines([phase]), phase.tally
    item = {"kind": "phase", **to_document(phase.replace(tasks=Rows())), **phase_figures(phase), "tasks": tasks}
    about = (Block("text", lines=(phase.description,)),) if phase.description else ()
    blocks = (
        *about,
        *_disagreements(phase.conflicts),
        bars([(f"Phase {phase.number}: {phase.title}", tally)]),
        *((task_table(tasks),) if tasks else ()),
    )
    return Answer(f"Phase {phase.number}: {phase.title}", blocks=blocks, data={"item": item})


def _show_tracker(found: Found) -> Answer:
    tracker: Tracker = found.item
    phases = [phase_figures(phase) for phase in tracker.phases]
    item = {
        "kind": "tracker",
        "id": "tracker",
        **to_document(tracker.replace(phases=())),
        **figures(tracker.tally),
        "phases": phases,
    }
    about = (Block("text", lines=(tracker.overview,)),) if tracker.overview else ()
    rows = [(f"Phase {phase.number}: {phase.title}", phase.tally) for phase in tracker.phases]
    return Answer(tracker.title, blocks=(*about, *_disagreements(tracker.conflicts), bars(rows)), data={"item": item})


def _show_evidence(found: Found, piece: Evidence) -> Answer:
    item = {"kind": "evidence", **to_document(piece), "task": found.id}
    return Answer(
        f"Evidence {piece.id} of task {found.id} {'is verified' if piece.verified else 'is not verified yet'}.",
        blocks=(Block("text", lines=(_evidence_line(piece), *piece.content.split("\n")[1:])),),
        data={"item": item},
        hint=None if piece.verified else f"Looked at it? verify {piece.id}",
    )
