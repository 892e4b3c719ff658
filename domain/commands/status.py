"""Status of tasks: one, several, or a whole scope."""

from __future__ import annotations

from domain.commands.scopes import describe, in_scope
from domain.commands.table import Answer, Call, Slot, command
from domain.errors import Blocked, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.tracker import Found, Task, Tracker

WORDS = {"in_progress": "in progress"}


def spoken(status: str) -> str:
    return WORDS.get(status, status)


@command(
    "set_status",
    help="Set the status of one or more tasks, with the reason if there is one.",
    topic="status",
    phrases=(
        "mark task 5.3 complete",
        "start 2.1",
        "block 3.2 because the vendor is late",
        "defer 2.4",
        "reopen 1.2",
        "complete 2.3, 2.4 and 3.3",
        "cancel 4.1",
    ),
    slots=(Slot("items", "items", True), Slot("status", "status", True), Slot("reason", "text")),
    changes=True,
)
def set_status(tracker: Tracker, call: Call) -> Answer:
    status, reason = call.slots["status"], call.slots.get("reason")
    found = call.all_found(tracker)
    return _set(tracker, call, found, status, reason)


def _set(tracker: Tracker, call: Call, found: list[Found], status: str, reason: str | None) -> Answer:
    changed, warnings = tracker, []
    named = {item.item.uid for item in found}
    for item in found:
        if item.kind == "subtask":
            changed = _tick(changed, call, item, status)
        else:
            assert item.task is not None and item.phase is not None
            warnings += _doubts(tracker, call, item, status, named)
            changed = _one(changed, call, item.phase.number, item.task, status, reason)
    return Answer(_sentence(found, status, changed is tracker), changed, warnings=tuple(warnings))


def _one(tracker: Tracker, call: Call, phase: int, task: Task, status: str, reason: str | None) -> Tracker:
    if task.status == status and (reason is None or reason == task.status_reason):
        return tracker
    return tracker.with_task(phase, task.with_status(status, call.now, reason))


def _tick(tracker: Tracker, call: Call, found: Found, status: str) -> Tracker:
    from domain.commands.subtasks import ticked

    if status not in ("complete", "pending"):
        raise Refused(f"{found.id} is a subtask: it can only be checked or unchecked.")
    return ticked(tracker, call, found, status == "complete")


def _doubts(tracker: Tracker, call: Call, found: Found, status: str, named: set[str]) -> list[str]:
    """What speaks against completing: a warning, or with strict completion a refusal."""
    task = found.item
    if status != "complete" or task.status == "complete":
        return []
    missing = list(task.missing_proof)
    waiting = [id for id in tracker.open_dependencies(task) if (there := tracker.at(id)) and there.item.uid not in named]
    if waiting:
        missing.append(f"waits for {', '.join(waiting)}")
    if not missing:
        return []
    if call.settings.strict_completion:
        raise Blocked(f"Task {found.id} cannot be completed yet: {', '.join(missing)}.", hint="Settle these first.")
    return [f"Task {found.id}: {', '.join(missing)}."]


def _sentence(found: list[Found], status: str, unchanged: bool) -> str:
    ids = listed([item.id for item in found])
    if all(item.kind == "subtask" for item in found):
        noun, word = ("Subtask" if len(found) == 1 else "Subtasks"), ("checked" if status == "complete" else "unchecked")
    else:
        noun, word = ("Task" if len(found) == 1 else "Tasks"), f"marked {spoken(status)}"
    if unchanged:
        return f"{noun} {ids} {'is' if len(found) == 1 else 'are'} {word.removeprefix('marked ')} already."
    return f"{noun} {ids} {word}."


def listed(words: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _bulk_consent(tracker: Tracker, call: Call) -> str:
    count = len(in_scope(tracker, call.slots["scope"], call.slots.get("except", ())))
    return f"Setting {count} tasks ({describe(call.slots['scope'])}) to {spoken(call.slots['status'])} requires user approval."


@command(
    "bulk_set_status",
    help="Set the status of every task in a scope; a person must agree.",
    topic="status",
    phrases=("mark all tasks in phase 3 complete", "defer everything assigned to dana", "cancel all blocked tasks"),
    slots=(
        Slot("scope", "scope", True),
        Slot("status", "status", True),
        Slot("reason", "text"),
        Slot("except", "items"),
    ),
    changes=True,
    consent=_bulk_consent,
)
def bulk_set_status(tracker: Tracker, call: Call) -> Answer:
    """What is complete or cancelled stays as it is, unless the scope names that status or the tasks are reopened."""
    status, scope = call.slots["status"], call.slots["scope"]
    stays = () if status == "pending" or "status:" in scope else ("complete", "cancelled")
    found = [item for item in in_scope(tracker, scope, call.slots.get("except", ())) if item.item.status not in stays]
    if not any(item.item.status != status for item in found):
        return Answer(f"Nothing to change: no task of {describe(scope)} would become {spoken(status)}.", tracker)
    return _set(tracker, call, found, status, call.slots.get("reason"))
