"""Lists of tasks: by their fields, what is left, what is stuck, and what holds certain words."""

from __future__ import annotations

from domain.commands.filters import by_status, filtered
from domain.commands.layout import task_table
from domain.commands.selection import lines, only, ready, unsettled, waiting
from domain.commands.table import Answer, Call, Slot, command
from domain.commands.wording import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.commands.selection import Line
    from domain.tracker import Phase, Task, Tracker


# --- list ------------------------------------------------------------------------------------------------------------


def _means_trackers(call: Call) -> bool:
    return call.slots.get("what") == "trackers"


def _means_tasks(call: Call) -> bool:
    return not _means_trackers(call)


@command(
    "list",
    help="List tasks by status, phase, person, label, priority or date; or phases, labels, people, trackers, evidence.",
    topic="reading",
    phrases=(
        "list tasks",
        "list everything lee owns",
        "what tasks are in progress?",
        "list the blocked tasks in phase 3",
        "tasks labelled api",
        "show the high priority tasks",
        "which tasks are overdue?",
        "what is due before 2026-02-01?",
        "which tasks are ready?",
        "list the phases",
        "list all evidence",
        "list the trackers",
    ),
    slots=(
        Slot("status", "status"),
        Slot("phase", "phase"),
        Slot("assignee", "person"),
        Slot("label", "text"),
        Slot("priority", "priority"),
        Slot("due", "date"),
        Slot("due_before", "date"),
        Slot("due_after", "date"),
        Slot("overdue", "flag"),
        Slot("blocked", "flag"),
        Slot("ready", "flag"),
        Slot("what", "word"),
    ),
    files=_means_trackers,
    needs_tracker=_means_tasks,
)
def list_tasks(tracker: Tracker, call: Call) -> Answer:
    if call.slots.get("what") not in (None, "tasks"):
        from domain.commands.inventories import inventory

        return inventory(tracker, call)
    phases, words = filtered(tracker, call)
    if call.slots.get("blocked"):
        return _tasks(_hindered(tracker, phases), [*words, "blocked or waiting"])
    if call.slots.get("ready"):
        return _tasks(lines(ready(tracker, phases)), [*words, "ready"])
    return _tasks(lines(phases), words)


def _tasks(found: list[Line], words: list[str]) -> Answer:
    which = f": {', '.join(words)}" if words else ""
    message = f"{counted(len(found), 'task')}{which}."
    blocks = (task_table(found),) if found else ()
    return Answer(message[0].upper() + message[1:], blocks=blocks, data={"items": found})


# --- remaining, blocked ----------------------------------------------------------------------------------------------


@command(
    "remaining",
    help="List what is left to do: everything neither complete nor cancelled.",
    topic="reading",
    phrases=(
        "what remains?",
        "what is left to do?",
        "what's outstanding in phase 2",
        "what does sam still have to do?",
    ),
    slots=(Slot("phase", "phase"), Slot("assignee", "person")),
)
def remaining(tracker: Tracker, call: Call) -> Answer:
    phases, words = filtered(tracker, call)
    left, asked = unsettled(phases), "".join(f" {word}" for word in words)
    if not left:
        return Answer(f"Nothing is left to do{asked}.", data={"items": []})
    found = lines(left)
    message = f"{counted(len(found), 'task')} left{asked}: {by_status(left)}."
    return Answer(message, blocks=(task_table(found),), data={"items": found})


@command(
    "blocked",
    help="List what is stuck, and by what: blocked tasks with their reason, and tasks that wait for others.",
    topic="reading",
    phrases=("what is blocked?", "show blocked items", "what's holding us up?", "is anything blocked in phase 4?"),
    slots=(Slot("phase", "phase"), Slot("assignee", "person")),
)
def blocked(tracker: Tracker, call: Call) -> Answer:
    phases, words = filtered(tracker, call)
    found, asked = _hindered(tracker, phases), "".join(f" {word}" for word in words)
    if not found:
        return Answer(f"Nothing is blocked{asked}.", data={"items": []})
    stuck = sum(line["status"] == "blocked" for line in found)
    message = f"{counted(stuck, 'task')} blocked{asked}, {len(found) - stuck} waiting for others."
    return Answer(message[0].upper() + message[1:], blocks=(task_table(found),), data={"items": found})


def _hindered(tracker: Tracker, phases: list[Phase]) -> list[Line]:
    """Blocked tasks first, then those that wait; each with its reason and the open tasks it depends on."""
    waits = waiting(tracker, phases)
    stuck = only(phases, "status", lambda status: status == "blocked")
    others = only(only(phases, "uid", lambda uid: uid in waits), "status", lambda status: status != "blocked")
    found = lines([*stuck, *others])
    uids = [uid for phase in [*stuck, *others] for uid in phase.tasks.column("uid")]
    reasons = [reason for phase in [*stuck, *others] for reason in phase.tasks.column("status_reason")]
    for line, uid, reason in zip(found, uids, reasons, strict=True):
        line["waits_for"] = waits.get(uid, [])
        line["reason"] = reason
    return found


# --- search ----------------------------------------------------------------------------------------------------------


@command(
    "search",
    help="Find tasks by words in their titles, descriptions, notes, subtasks, criteria, labels or evidence.",
    topic="reading",
    phrases=("search pilot", 'search for "style guide"', "find audit", "which tasks mention the vendor?"),
    slots=(Slot("query", "text", True),),
)
def search(tracker: Tracker, call: Call) -> Answer:
    query = " ".join(call.slots["query"].split())
    words = query.casefold().split()
    found = lines(_holding(tracker, [query.casefold()]) or _holding(tracker, words)) if words else []
    said = f'"{query}"'
    if not found:
        return Answer(f"Nothing mentions {said}.", data={"items": []}, hint="Try fewer or shorter words.")
    verb = "mentions" if len(found) == 1 else "mention"
    return Answer(f"{counted(len(found), 'task')} {verb} {said}.", blocks=(task_table(found),), data={"items": found})


def _holding(tracker: Tracker, words: list[str]) -> list[Phase]:
    """The tasks whose texts hold all of these words."""
    kept = []
    for phase in tracker.phases:
        wanted = [
            index
            for index, row in enumerate(phase.tasks.raw)
            if _may_hold(row, words) and _holds(phase.tasks[index], words)
        ]
        if wanted:
            kept.append(phase.replace(tasks=phase.tasks.in_order(wanted)))
    return kept


def _may_hold(row: Task | str, words: list[str]) -> bool:
    """A line is only decoded when the words stand somewhere in it (but JSON escapes quotes and backslashes)."""
    if not isinstance(row, str):
        return True
    line = row.casefold()
    return all(word in line for word in words if '"' not in word and "\\" not in word)


def _holds(task: Task, words: list[str]) -> bool:
    texts = [
        task.title,
        task.description or "",
        task.status_reason or "",
        task.assignee or "",
        *task.labels,
        *(note.text for note in task.notes),
        *(subtask.title for subtask in task.subtasks),
        *(criterion.text for criterion in task.criteria),
        *(f"{piece.id} {piece.content} {piece.command or ''}" for piece in task.evidence),
    ]
    whole = "\n".join(texts).casefold()
    return all(word in whole for word in words)
