"""Tasks: added with what is known of them, and new titles for whatever has one."""

from __future__ import annotations

from domain.commands import values
from domain.commands.changing import put
from domain.commands.status import with_status
from domain.commands.table import Answer, Call, Slot, command
from domain.commands.wording import sentence
from domain.errors import Clarify, Refused
from domain.tracker import Found, Task

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.tracker import Phase, Tracker


@command(
    "add_task",
    help="Add a task to a phase.",
    topic="tasks",
    phrases=(
        "add task to phase 3: Write the guide",
        'create a task "Call the vendor" in phase 2',
        'add a high priority task "Fix the login" to phase 4 for dana, due 2026-01-30',
        'add task "Train the team" to phase 6, depends on 6.1',
        'new task in phase 5 labelled api: "Load test"',
        "phase 1 needs a task: Thank the interviewees",
    ),
    slots=(
        Slot("parent", "phase"),
        Slot("title", "text", True),
        Slot("status", "status"),
        Slot("priority", "priority"),
        Slot("assignee", "person"),
        Slot("due", "date"),
        Slot("labels", "texts"),
        Slot("estimate", "text"),
        Slot("depends_on", "items"),
    ),
    changes=True,
)
def add_task(tracker: Tracker, call: Call) -> Answer:
    phase = _phase(tracker, call)
    task = _task(tracker, call, phase.tasks_issued + 1)
    id = f"{phase.number}.{task.number}"
    twin = _twin(phase, task.title)
    changed = tracker.with_phase(phase.with_new_task(task))
    answer = Answer(f'Task {id} "{task.title}" added.', changed, warnings=twin, data={"ids": [id]})
    status = call.slots.get("status")
    return _begun(answer, call, Found("task", id, task, phase, task), status) if status else answer


def _phase(tracker: Tracker, call: Call) -> Phase:
    """The phase named, or the only one there is."""
    if call.slots.get("parent") is not None:
        phase = call.one(tracker, "parent", "phase").phase
        assert phase is not None
        return phase
    if not tracker.phases:
        raise Refused("This tracker has no phase yet.", hint='Add one first: add phase "Build".')
    if len(tracker.phases) > 1:
        raise Clarify(
            "In which phase?",
            hint="Name it: add task to phase 1: …",
            candidates=[(str(phase.number), phase.title) for phase in tracker.phases],
        )
    return tracker.phases[0]


def _task(tracker: Tracker, call: Call, number: int) -> Task:
    said = call.slots
    return Task(
        number,
        call.new_uid(),
        values.title(said["title"]),
        "pending",
        call.now,
        call.now,
        priority=values.priority(said["priority"]) if said.get("priority") else None,
        assignee=values.person(said["assignee"], call) if said.get("assignee") else None,
        labels=values.labels(said["labels"]) if said.get("labels") else (),
        due=values.date(said["due"]) if said.get("due") else None,
        estimate=values.text(said["estimate"]) if said.get("estimate") else None,
        depends_on=tuple(found.item.uid for found in call.all_found(tracker, "depends_on", "task")),
    )


def _twin(phase: Phase, title: str) -> tuple[str, ...]:
    """Adding a title twice is seldom meant."""
    titles = phase.tasks.column("title")
    if title not in titles:
        return ()
    number = phase.tasks.column("number")[titles.index(title)]
    return (f"Task {phase.number}.{number} has the same title.",)


def _begun(added: Answer, call: Call, found: Found, status: str) -> Answer:
    """A new task that is under way, or done, from the start."""
    assert added.tracker is not None
    started = with_status(added.tracker, call, [found], status)
    return added.replace(tracker=started.tracker, warnings=(*added.warnings, *started.warnings))


@command(
    "rename",
    help="Give a task, subtask, phase or the tracker a new title.",
    topic="tasks",
    phrases=(
        'rename 5.2 to "Pilot with support"',
        "rename phase 2 to Preparation",
        'rename the tracker to "Handbook 2026"',
        "change the title of 3.5 to Sunset the wiki",
        "rename subtask 5.3.2 to Ask the vendor",
    ),
    slots=(Slot("item", "item", True), Slot("title", "text", True)),
    changes=True,
)
def rename(tracker: Tracker, call: Call) -> Answer:
    found = call.one(tracker, "item", "tracker", "phase", "task", "subtask")
    title = values.title(call.slots["title"])
    what = "the tracker" if found.kind == "tracker" else f"{found.kind} {found.id}"
    if found.title == title:
        return Answer(sentence(f'{what} is called "{title}" already'), tracker)
    return Answer(sentence(f'{what} renamed to "{title}"'), _renamed(tracker, call, found, title))


def _renamed(tracker: Tracker, call: Call, found: Found, title: str) -> Tracker:
    if found.kind == "tracker":
        return tracker.replace(title=title)
    if found.kind == "phase":
        return tracker.with_phase(found.item.replace(title=title))
    if found.kind == "task":
        return put(tracker, call, found, title=title)
    assert found.task is not None
    return put(tracker, call, found, subtasks=found.task.with_subtask(found.item.replace(title=title)).subtasks)
