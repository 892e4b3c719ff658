"""Deleting: items, a scope, or the tracker itself. Numbers stay used up; nothing keeps depending on what is gone."""

from __future__ import annotations

from domain.commands.changing import current, evidence_issued, put, subtasks_issued
from domain.commands.scopes import in_scope, in_words
from domain.commands.selection import dependents
from domain.commands.table import Answer, Call, Need, Slot, as_ref, command
from domain.commands.wording import counted, named, sentence
from domain.errors import Clarify, NotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.tracker import Found, Phase, Tracker

WARNINGS_SHOWN = 20


def _means_the_tracker(call: Call) -> bool:
    return any(as_ref(said).kind == "tracker" for said in call.slots.get("items") or ())


def _consent(tracker: Tracker, call: Call) -> Need | None:
    """A tracker, a scope, or a phase with tasks in it; tasks and subtasks named by id only where there are many."""
    if _means_the_tracker(call):
        return Need("delete_tracker", f'Deleting the tracker "{tracker.title}" requires user approval.')
    if call.slots.get("scope"):
        return _needed(_scope_in_words(tracker, call))
    found = call.all_found(tracker, "items", *KINDS)
    full = [item for item in found if item.kind == "phase" and len(item.item.tasks)]
    if full:
        tasks = sum(len(item.item.tasks) for item in full)
        return _needed(f"{named(full)} with {counted(tasks, 'task')}")
    return _needed(named(found)) if call.names_many(found) else None


def _needed(what: str) -> Need:
    return Need("delete_many", f"Deleting {what} requires user approval.")


KINDS = ("phase", "task", "subtask")


@command(
    "delete",
    help="Delete tasks, subtasks, phases or the tracker; more than named items needs a person to agree.",
    topic="tasks",
    phrases=(
        "delete 3.4",
        "remove task 6.5",
        "delete subtask 5.3.2",
        "delete 4.5 and 5.3",
        "delete phase 4",
        "delete every cancelled task",
        "remove all subtasks of 4.1",
        "delete this tracker",
    ),
    slots=(Slot("items", "items"), Slot("scope", "scope"), Slot("except", "items")),
    changes=True,
    files=_means_the_tracker,
    once=_means_the_tracker,
    consent=_consent,
    kept_from_subagents=True,
)
def delete(tracker: Tracker, call: Call) -> Answer:
    if _means_the_tracker(call):
        return _delete_tracker(tracker, call)
    found = _meant(tracker, call)
    if not found:
        return Answer("Nothing to delete: there is no such task.", tracker)
    changed, freed = without(tracker, call, found)
    what = _scope_in_words(tracker, call) if call.slots.get("scope") else named(found)
    return Answer(sentence(f"{what} deleted"), changed, warnings=_freed(freed))


def _meant(tracker: Tracker, call: Call) -> list[Found]:
    scope = call.slots.get("scope")
    if not scope and not call.slots.get("items"):
        raise Clarify("What should be deleted?", hint="Name it by its id: delete 3.4.")
    if not scope:
        return call.all_found(tracker, "items", *KINDS)
    if scope.startswith("subtasks:"):
        return _subtasks_of(tracker, scope.partition(":")[2])
    return in_scope(tracker, scope, call.all_found(tracker, "except", "phase", "task"))


def _subtasks_of(tracker: Tracker, id: str) -> list[Found]:
    there = tracker.at(id)
    if there is None or there.kind != "task":
        raise NotFound(f"There is no task {id}.", hint="Look with: list tasks.")
    return [
        there.replace(kind="subtask", id=f"{there.id}.{subtask.number}", item=subtask)
        for subtask in there.item.subtasks
    ]


def _scope_in_words(tracker: Tracker, call: Call) -> str:
    scope, count = call.slots["scope"], len(_meant(tracker, call))
    if scope.startswith("subtasks:"):
        return f"{counted(count, 'subtask')} of {scope.partition(':')[2]}"
    return in_words(scope, count)


def _delete_tracker(tracker: Tracker, call: Call) -> Answer:
    assert call.name is not None
    commit = call.files.delete(call.name)
    told = f'Tracker "{tracker.title}" deleted ({call.name}).'
    return Answer(told, warnings=commit.notes, changed_files=True, problems=commit.problems)


def _freed(ids: list[str]) -> tuple[str, ...]:
    told = [f"Task {id} no longer depends on what was deleted." for id in ids[:WARNINGS_SHOWN]]
    rest = len(ids) - len(told)
    return (*told, f"The same is true of {counted(rest, 'more task')}.") if rest else tuple(told)


# --- taking out ------------------------------------------------------------------------------------------------------


def without(tracker: Tracker, call: Call, found: list[Found]) -> tuple[Tracker, list[str]]:
    """The tracker without these, and the ids of the tasks that depended on one of them."""
    gone, gone_phases = _task_uids(found), {item.item.uid for item in found if item.kind == "phase"}
    thinner = {item.phase.uid for item in found if item.kind == "task" and item.phase is not None}
    changed = tracker
    for item in found:
        if item.kind == "subtask" and item.task is not None and item.task.uid not in gone:
            changed = _without_subtask(changed, call, item)
    kept = [phase for phase in changed.phases if phase.uid not in gone_phases]
    left = [_without_tasks(phase, gone) if phase.uid in thinner else phase for phase in kept]
    freed, ids = _freed_from(left, call, gone)
    return changed.replace(phases=freed, evidence_issued=_remembered(tracker)), ids


def _remembered(tracker: Tracker) -> int | None:
    """The evidence count must be written down before evidence goes, or its ids would be given again."""
    return evidence_issued(tracker) or tracker.evidence_issued


def _task_uids(found: list[Found]) -> set[str]:
    gone = {item.item.uid for item in found if item.kind == "task"}
    for item in found:
        if item.kind == "phase":
            gone.update(item.item.tasks.column("uid"))
    return gone


def _without_subtask(tracker: Tracker, call: Call, found: Found) -> Tracker:
    task = current(tracker, found)
    left = tuple(subtask for subtask in task.subtasks if subtask.uid != found.item.uid)
    return put(tracker, call, found, subtasks=left, subtasks_issued=subtasks_issued(task))


def _without_tasks(phase: Phase, gone: set[str]) -> Phase:
    kept = [index for index, uid in enumerate(phase.tasks.column("uid")) if uid not in gone]
    return phase.replace(tasks=phase.tasks.in_order(kept))


def _freed_from(phases: list[Phase], call: Call, gone: set[str]) -> tuple[tuple[Phase, ...], list[str]]:
    """These phases with no dependency on what is gone, and the ids of the tasks that had one."""
    freed, ids = [], []
    needing = dependents(phases, gone)
    for phase in phases:
        for index in needing.get(phase.uid, ()):
            task = phase.tasks[index]
            left = tuple(uid for uid in task.depends_on if uid not in gone)
            rows = phase.tasks.with_row(index, task.replace(depends_on=left, updated_at=call.now))
            phase = phase.replace(tasks=rows)  # the phase as it becomes
            ids.append(f"{phase.number}.{task.number}")
        freed.append(phase)
    return tuple(freed), ids
