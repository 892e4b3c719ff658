"""What was done: history, and taking changes back or bringing them back."""

from __future__ import annotations

from domain import history as past
from domain.commands.table import Answer, Block, Call, Slot, command
from domain.commands.wording import SPOKEN, counted
from domain.entries import effective

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from domain.entries import Entry
    from domain.history import Names, Taken
    from domain.tracker import Found, Task, Tracker

SHOWN = 20


@command(
    "history",
    help="Show what was changed, by whom and when, the newest first.",
    topic="upkeep",
    phrases=("history", "show the history of 2.1", "what did dana change?", "show the last 5 changes"),
    slots=(Slot("item", "item"), Slot("since", "date"), Slot("assignee", "person"), Slot("count", "number")),
)
def history(tracker: Tracker, call: Call) -> Answer:
    assert call.name is not None
    entries = call.files.history(call.name)
    names = past.Names(tracker, entries)
    found = call.one(tracker, "item", "tracker", "phase", "task", "subtask") if call.slots.get("item") else None
    wanted = _wanted(entries, call, found)
    most = call.slots.get("count") or SHOWN
    shown = wanted[:most]
    block = Block("table", rows=tuple(_row(entry, names) for entry in shown))
    more = len(wanted) > most and not call.slots.get("count")
    return Answer(
        _headline(len(wanted), len(shown), call, _named(found, entries)),
        blocks=(block,) if shown else (),
        hint=f"See more with: show the last {len(wanted)} changes" if more else None,
        data={"entries": [_document(entry, names) for entry in shown], "count": len(wanted)},
    )


def _wanted(entries: list[Entry], call: Call, found: Found | None) -> list[Entry]:
    since, who = call.slots.get("since"), call.slots.get("assignee")
    if found is not None and found.kind != "tracker":
        entries = past.about(entries, _uids(found))
    if since:
        entries = [entry for entry in entries if entry.at[:10] >= since]
    if who:
        entries = [entry for entry in entries if entry.actor.casefold() == who.casefold()]
    return entries


def _uids(found: Found) -> frozenset[str]:
    """Of an item and what stands below it now."""
    if found.kind == "phase":
        return frozenset([found.item.uid, *found.item.tasks.column("uid")])
    below = found.item.subtasks if found.kind == "task" else ()
    return frozenset([found.item.uid, *(subtask.uid for subtask in below)])


def _named(found: Found | None, entries: list[Entry]) -> str:
    """` of task 1.1 (complete by dana, 2026-01-05 09:00)`; nothing for the tracker."""
    if found is None or found.kind == "tracker":
        return ""
    named = f" of {found.kind} {found.id}"
    return f"{named} ({_standing(found.item, entries)})" if found.kind == "task" else named


def _standing(task: Task, entries: list[Entry]) -> str:
    """The status of a task, and who gave it that as far as it is known; `entries` are the newest first."""
    for entry in effective(entries):
        if any(edit.uid == task.uid and (edit.field, edit.after) == ("status", task.status) for edit in entry.edits):
            return f"{SPOKEN.get(task.status, task.status)} by {entry.actor}, {past.when(entry.at)}"
    return SPOKEN.get(task.status, task.status)


def _headline(count: int, shown: int, call: Call, of: str) -> str:
    by = f" by {call.slots['assignee']}" if call.slots.get("assignee") else ""
    since = f" since {call.slots['since']}" if call.slots.get("since") else ""
    what = f"{counted(count, 'change')}{of}{by}{since}"
    if not count:
        return f"{what[:1].upper()}{what[1:]}."
    part = f"; the last {shown}" if shown < count else ""
    return f"{what[:1].upper()}{what[1:]}{part}, the newest first:"


def _row(entry: Entry, names: Names) -> tuple[str, ...]:
    told = past.in_words(entry, names)
    consent = f"  (consent: {entry.consent})" if entry.consent else ""
    return past.when(entry.at), entry.actor, entry.sentence + (f"  ({told})" if told else "") + consent


def _document(entry: Entry, names: Names) -> dict[str, object]:
    return {
        "number": entry.seq or None,
        "at": entry.at,
        "actor": entry.actor,
        "kind": entry.kind,
        "sentence": entry.sentence,
        "before": entry.before,
        "after": entry.after,
        "undoes": list(entry.of),
        **({"consent": entry.consent} if entry.consent else {}),
        "edits": [{"item": names[edit.uid], **edit.to_document()} for edit in entry.edits],
    }


# --- taking back and bringing back ------------------------------------------------------------------------------------


@command(
    "undo",
    help="Take back the last changes.",
    topic="upkeep",
    phrases=("undo", "undo my last change", "undo the last 2 changes"),
    slots=(Slot("count", "number"),),
    changes=True,
)
def undo(tracker: Tracker, call: Call) -> Answer:
    return _taken(tracker, call, past.undone, "undo", "Undone")


@command(
    "redo",
    help="Bring back what was undone.",
    topic="upkeep",
    phrases=("redo", "undo the undo", "redo 2 changes"),
    slots=(Slot("count", "number"),),
    changes=True,
)
def redo(tracker: Tracker, call: Call) -> Answer:
    return _taken(tracker, call, past.redone, "redo", "Done again")


def _taken(
    tracker: Tracker, call: Call, move: Callable[[Tracker, Sequence[Entry], int], Taken], kind: str, said: str
) -> Answer:
    assert call.name is not None
    count = call.slots.get("count")
    entries = call.files.journal(call.name)
    taken = move(tracker, entries, 1 if count is None else count)
    names = past.Names(taken.tracker, entries)
    return Answer(
        _told(taken.entries, said),
        taken.tracker,
        blocks=(Block("text", lines=tuple(_line(entry, names) for entry in taken.entries)),),
        hint=_what_stays(entries, taken.entries, kind),
        data={"entries": [_document(entry, names) for entry in taken.entries]},
        kind=kind,
        of=tuple(entry.seq for entry in taken.entries),
    )


def _what_stays(entries: Sequence[Entry], taken: Sequence[Entry], kind: str) -> str | None:
    """Undo passes a merge over: taking it back would drop what the other side did."""
    first = min(entry.seq for entry in taken)
    merged = kind == "undo" and any(entry.kind == "merge" and entry.seq > first for entry in entries)
    return "The merge since then stays as it is." if merged else None


def _told(entries: Sequence[Entry], said: str) -> str:
    if len(entries) == 1:
        return f"{said}: {entries[0].sentence or 'the last change'}."
    return f"{said}: the last {counted(len(entries), 'change')}."


def _line(entry: Entry, names: Names) -> str:
    return "  ".join(filter(None, _row(entry, names)))
