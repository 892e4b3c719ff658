"""What can be taken back of what was done, and what was done in words."""

from __future__ import annotations

from domain.edits import BOOKKEEPING, Edit, apply, invert, stands
from domain.entries import effective
from domain.errors import Refused
from domain.record import Record
from domain.rules import findings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from domain.entries import Entry
    from domain.tracker import Tracker


TAKEN_BACK = ("commit", "restore")  # by `undo`; what came from outside, a merge too, is not the user's last change
HINT = "See what was changed with: history"


def stacks(entries: Iterable[Entry]) -> tuple[list[Entry], list[Entry]]:
    """(what can be undone, what can be redone), the next one last.

    A new change after an undo ends what could be redone, as in every editor.
    """
    done: list[Entry] = []
    undone: list[Entry] = []
    for entry in effective(entries):
        if entry.kind == "undo":
            moved = [row for row in done if row.seq in entry.of]
            done = [row for row in done if row.seq not in entry.of]
            undone += reversed(moved)
        elif entry.kind == "redo":
            moved = [row for row in undone if row.seq in entry.of]
            undone = [row for row in undone if row.seq not in entry.of]
            done += reversed(moved)
        elif entry.before is None or entry.after is None:
            done, undone = [], []  # the tracker itself came or went
        elif entry.kind in TAKEN_BACK and entry.edits:
            done, undone = [*done, entry], []
    return done, undone


class Taken(Record):
    """A tracker after taking entries back (or bringing them back), and which they were."""

    tracker: Tracker
    entries: tuple[Entry, ...]


def undone(tracker: Tracker, entries: Sequence[Entry], count: int = 1) -> Taken:
    """The tracker without its last `count` changes. Raises Refused, naming the change that is in the way."""
    return _moved(tracker, entries, count, "undo")


def redone(tracker: Tracker, entries: Sequence[Entry], count: int = 1) -> Taken:
    """The tracker with the last `count` undone changes again. Raises Refused as `undone` does."""
    return _moved(tracker, entries, count, "redo")


def _moved(tracker: Tracker, entries: Sequence[Entry], count: int, verb: str) -> Taken:
    stack = stacks(entries)[verb == "redo"]
    if count < 1:
        raise Refused(f"{count} is not a number of changes; nothing was changed.")
    if not stack:
        raise Refused(f"There is nothing to {verb}.", hint=HINT)
    if count > len(stack):
        only = "is only 1 change" if len(stack) == 1 else f"are only {len(stack)} changes"
        raise Refused(f"There {only} to {verb}; nothing was changed.", hint=HINT)
    taken = tuple(reversed(stack[-count:]))
    for entry in taken:
        tracker = _Step(entry, verb, entries).on(tracker)
    return Taken(tracker, taken)


class _Step:
    """One entry taken back or brought back, edit by edit, each only where it still finds what it left."""

    def __init__(self, entry: Entry, verb: str, entries: Sequence[Entry]) -> None:
        self._entry = entry
        self._verb = verb
        self._entries = entries

    def on(self, tracker: Tracker) -> Tracker:
        edits = invert(self._entry.edits) if self._verb == "undo" else self._entry.edits
        for edit in edits:
            if edit.field in BOOKKEEPING:
                tracker = _moving_along(edit, tracker)
                continue
            try:
                if not stands(edit, tracker):
                    raise KeyError(edit.uid)
                tracker = apply((edit,), tracker)
            except (KeyError, ValueError, IndexError):
                raise self._refusal(edit, tracker) from None
        for finding in findings(tracker, severity="error"):
            gone = next((edit for edit in edits if edit.kind == "remove"), edits[0])
            raise self._refusal(gone, tracker, f": {finding.message}")
        return tracker

    def _refusal(self, edit: Edit, tracker: Tracker, why: str = "") -> Refused:
        said = f'Cannot {self._verb} "{self._entry.sentence}" ({when(self._entry.at)})'
        later = _in_the_way(edit, self._entry, self._entries)
        if later is not None:
            other = f'"{later.sentence}" by {later.actor} ({when(later.at)})'
            return Refused(f"{said}: a later change is in the way: {other}, {_what(edit, tracker)}{why}.", hint=HINT)
        return Refused(f"{said}: {_what(edit, tracker)} is not as it was left{why}.", hint=HINT)


def _moving_along(edit: Edit, tracker: Tracker) -> Tracker:
    """Times go back only where nothing came since; counts never do, for a number is never given twice."""
    back = type(edit.after) is not type(edit.before) or (type(edit.after) is int and edit.after < edit.before)
    if (str(edit.field).endswith("_issued") and back) or not stands(edit, tracker):
        return tracker
    return apply((edit,), tracker)


def _in_the_way(edit: Edit, entry: Entry, entries: Sequence[Entry]) -> Entry | None:
    """The newest change after `entry` that touched what this edit is about."""
    for later in reversed(effective(entries)):
        if later.seq <= entry.seq:
            return None
        if any(_touches(other, edit) for other in later.edits if other.field not in BOOKKEEPING):
            return later
    return None


def _touches(other: Edit, edit: Edit) -> bool:
    if other.uid == edit.uid:
        return other.kind != "set" or edit.field in (None, other.field)
    if edit.kind == "remove" and isinstance(other.after, list) and edit.uid in other.after:
        return True
    return edit.uid in (other.parent, other.to) or (other.kind == "remove" and other.uid in (edit.parent, edit.to))


def _what(edit: Edit, tracker: Tracker) -> str:
    found = tracker.find(edit.uid)
    name = f"{found.kind} {found.id}".replace("tracker tracker", "the tracker") if found else "an item that is gone"
    return f"{edit.field} of {name}" if edit.field else name


def when(at: str) -> str:
    """`2026-01-05 09:00` of an ISO time."""
    return at[:16].replace("T", " ")


# --- history in words -------------------------------------------------------------------------------------------------


def about(entries: Iterable[Entry], uids: frozenset[str]) -> list[Entry]:
    """The entries that touched one of these items."""
    return [entry for entry in entries if any(_concerns(edit, uids) for edit in entry.edits)]


def _concerns(edit: Edit, uids: frozenset[str]) -> bool:
    return edit.uid in uids or (edit.parent in uids and edit.kind != "order") or edit.to in uids


class Names:
    """uid -> the id people know: as it is now or, for what is gone, as it was when it went."""

    def __init__(self, tracker: Tracker, entries: Iterable[Entry]) -> None:
        self._tracker = tracker
        self._known: dict[str, str] = {}
        self._rows = {edit.uid: edit for entry in entries for edit in entry.edits if edit.row is not None}

    def __getitem__(self, uid: str) -> str:
        if uid not in self._known:
            self._known[uid] = self._found(uid)
        return self._known[uid]

    def _found(self, uid: str) -> str:
        found = self._tracker.find(uid)
        if found is not None:
            return found.id
        edit = self._rows.get(uid)
        if edit is None or edit.row is None:
            return "?"
        number = str(edit.row.get("number", "tracker"))
        return number if edit.level in ("phase", "tracker") else f"{self[edit.parent or '']}.{number}"


def in_words(entry: Entry, names: Names, most: int = 3) -> str:
    """`5.3 status: pending → complete; 5.3 assignee: nobody → dana`: what an entry changed; the first `most`."""
    told = [_in_words(edit, names) for edit in entry.edits if edit.field not in BOOKKEEPING]
    rest = len(told) - most
    return "; ".join(told[:most]) + (f"; and {rest} more" if rest > 0 else "")


def _in_words(edit: Edit, names: Names) -> str:
    if edit.kind == "set":
        before, after = [edit.before, edit.after] if edit.field != "depends_on" else _ids(edit, names)
        return f"{names[edit.uid]} {edit.field}: {_said(before)} → {_said(after)}"
    if edit.kind in ("add", "remove"):
        title = edit.row["title"] if edit.row else ""
        return f"{names[edit.uid]} {'added' if edit.kind == 'add' else 'deleted'}: {_said(title)}"
    return f"{names[edit.uid]} {'moved' if edit.kind == 'move' else 'in another order'}"


def _ids(edit: Edit, names: Names) -> list[object]:
    """What a task depended on and depends on now, as ids."""
    return [
        [names[uid] for uid in uids] if isinstance(uids, (list, tuple)) else uids for uids in (edit.before, edit.after)
    ]


def _said(value: object) -> str:
    if value is None or value == []:
        return "nothing"
    if isinstance(value, list):
        return f"{len(value)} of them" if any(isinstance(row, dict) for row in value) else ", ".join(map(str, value))
    said = " ".join(str(value).split())
    return said if len(said) <= 60 else said[:59] + "…"
