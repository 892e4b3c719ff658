"""Status of tasks that a sentence names."""

from __future__ import annotations

from domain.commands import values
from domain.commands.changing import current
from domain.commands.table import Answer, Call, Need, Slot, command
from domain.commands.wording import counted, named, sentence, spoken, verb
from domain.errors import Blocked, Refused, WtError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from domain.commands.table import Proves, Word
    from domain.proof import Wanted
    from domain.tracker import Found, Task, Tracker

WARNINGS_SHOWN = 20


def _list_consent(tracker: Tracker, call: Call) -> Need | None:
    if call.settings.consent_above is None:
        return None
    found = call.all_found(tracker, "items", "task", "subtask")
    return status_need(named(found), call) if call.names_many(found) else None


def status_need(tasks: str, call: Call) -> Need:
    """What a person has to agree to before these tasks are changed."""
    said = call.slots["status"]
    status = said if isinstance(said, str) else said.means
    return Need("change_many", f"Setting {tasks} to {spoken(status)} requires user approval.")


def proving(find: Callable[[Tracker, Call], Sequence[Found]]) -> Proves:
    """The checks of what a call would complete. What cannot be found is told by the command itself."""

    def proves(tracker: Tracker, call: Call) -> tuple[Wanted, ...]:
        if getattr(call.slots["status"], "means", call.slots["status"]) != "complete":
            return ()
        try:
            found = find(tracker, call)
        except WtError:
            return ()
        if not _has_checks(found):
            return ()
        from domain.commands import proofs

        return proofs.all_wanted(proofs.to_complete(found))

    return proves


def _has_checks(found: Sequence[Found]) -> bool:
    return any(item.kind == "task" and item.item.verify for item in found)


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
    consent=_list_consent,
    proves=proving(lambda tracker, call: call.all_found(tracker, "items", "task", "subtask")),
)
def set_status(tracker: Tracker, call: Call) -> Answer:
    found = call.all_found(tracker, "items", "task", "subtask")
    return with_status(tracker, call, found, call.slots["status"], call.slots.get("reason"))


def with_status(
    tracker: Tracker, call: Call, found: Sequence[Found], said: str | Word, reason: str | None = None
) -> Answer:
    """Set the status of all of these; strict completion refuses all of them when one is not done yet."""
    status = values.status(said)
    if status == "complete" and _has_checks(found):
        return _proven(tracker, call, found, reason)
    return _changed(tracker, call, found, status, reason)


def _proven(tracker: Tracker, call: Call, found: Sequence[Found], reason: str | None) -> Answer:
    """Complete what has checks: they ran before, and hold or block it; what they said is kept as evidence."""
    from domain.commands import proofs

    completed = proofs.to_complete(found)
    if call.dry_run:
        answer = _changed(tracker, call, found, "complete", reason)
        return answer.replace(warnings=(*proofs.rehearsed(completed), *answer.warnings))
    proofs.must_hold(tracker, call, completed)
    kept = proofs.with_evidence(tracker, call, completed)
    again = [kept.find(item.item.uid) or item for item in found]
    answer = _changed(kept, call, again, "complete", reason)
    return answer.replace(blocks=proofs.told(call, [item.item for item in completed]))


def _changed(tracker: Tracker, call: Call, found: Sequence[Found], status: str, reason: str | None) -> Answer:
    doubts = _doubts(tracker, call, found) if status == "complete" else []
    if doubts and call.settings.strict_completion:
        raise _not_done(doubts)
    changed = tracker
    for item in found:
        changed = _one(changed, call, item, status, reason)
    warnings = _warnings(doubts)
    if changed is tracker:
        return Answer(_unchanged(found, status), changed, warnings=warnings)
    result = sentence(f"{named(found)} status updated to {spoken(status)}").rstrip(".")
    return Answer(_done(found, status), changed, warnings=warnings, result=result)


def _one(tracker: Tracker, call: Call, found: Found, status: str, reason: str | None) -> Tracker:
    if found.kind == "subtask":
        return _ticked(tracker, call, found, status)
    task = current(tracker, found)
    if task.status == status and (reason is None or reason == task.status_reason):
        return tracker
    assert found.phase is not None
    return tracker.with_task(found.phase.number, task.with_status(status, call.now, reason))


def _ticked(tracker: Tracker, call: Call, found: Found, status: str) -> Tracker:
    if status not in ("complete", "pending"):
        hint = f"Say it of its task, or: check {found.id}."
        raise Refused(f"{found.id} is a subtask: it can only be checked or unchecked.", hint=hint)
    from domain.commands.subtasks import ticked

    return ticked(tracker, call, found, status == "complete")


def _doubts(tracker: Tracker, call: Call, found: Sequence[Found]) -> list[tuple[str, str]]:
    """(id, what speaks against calling it done) of every task that is about to be completed."""
    tasks = [item for item in found if item.kind == "task" and item.item.status != "complete"]
    ticks = {item.item.uid for item in found if item.kind == "subtask"}
    waits = _waits(tracker, [item.item for item in tasks])
    doubts = []
    for item in tasks:
        task = item.item.replace(subtasks=tuple(s for s in item.item.subtasks if s.uid not in ticks))
        missing = list(task.missing_proof)
        if task.uid in waits:
            missing.append(f"waits for {', '.join(waits[task.uid])}")
        if missing:
            doubts.append((item.id, ", ".join(missing)))
    return doubts


def _waits(tracker: Tracker, tasks: list[Task]) -> dict[str, list[str]]:
    """uid -> ids of the open tasks it depends on; what is completed together does not wait for itself."""
    needed = {uid for task in tasks for uid in task.depends_on} - {task.uid for task in tasks}
    if not needed:
        return {}
    from domain.commands.selection import open_tasks

    still_open = open_tasks(tracker, needed)
    waits = {task.uid: [still_open[uid] for uid in task.depends_on if uid in still_open] for task in tasks}
    return {uid: ids for uid, ids in waits.items() if ids}


def _not_done(doubts: list[tuple[str, str]]) -> Blocked:
    if len(doubts) == 1:
        id, missing = doubts[0]
        return Blocked(f"Task {id} cannot be completed yet: {missing}.", hint="Settle this first.")
    told = "; ".join(f"{id} ({missing})" for id, missing in doubts[:WARNINGS_SHOWN])
    return Blocked(f"{counted(len(doubts), 'task')} cannot be completed yet: {told}.", hint="Settle these first.")


def _warnings(doubts: list[tuple[str, str]]) -> tuple[str, ...]:
    told = [f"Task {id}: {missing}." for id, missing in doubts[:WARNINGS_SHOWN]]
    rest = len(doubts) - len(told)
    return (*told, f"{counted(rest, 'more task')}: open points, too.") if rest else tuple(told)


def _done(found: Sequence[Found], status: str) -> str:
    if all(item.kind == "subtask" for item in found):
        return sentence(f"{named(found)} {'checked' if status == 'complete' else 'unchecked'}")
    return sentence(f"{named(found)} marked {spoken(status)}")


def _unchanged(found: Sequence[Found], status: str) -> str:
    return sentence(f"{named(found)} {verb(found, 'is', 'are')} {spoken(status)} already")
