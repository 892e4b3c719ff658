"""What was changed, by whom, and what of it can be taken back: the journal's entries as values."""

from __future__ import annotations

from domain.edits import BOOKKEEPING, apply, from_document, invert, stands
from domain.errors import Refused
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from domain.edits import Edit
    from domain.tracker import Tracker

    Document = dict[str, Any]  # plain JSON, as the journal keeps it

KINDS = ("commit", "undo", "redo", "external", "repair", "abandoned")


class Entry(Record):
    """One line of the journal: a commit, written before the file was replaced.

    `before` and `after` are digests of the file; `of` names the entries (by sequence) that an undo takes back, a redo
    brings back, or an abandonment declares never done.
    """

    seq: int
    at: str
    actor: str
    kind: str
    sentence: str
    before: str | None
    after: str | None
    edits: tuple[Edit, ...] = ()
    of: tuple[int, ...] = ()

    def to_document(self) -> Document:
        document = dict(self.values()) | {"edits": [edit.to_document() for edit in self.edits], "of": list(self.of)}
        return {key: value for key, value in document.items() if value not in (None, [])}


def entry_from(document: Document) -> Entry:
    """The entry of a journal line. Raises KeyError, TypeError for a line that is not one."""
    given = {"before": None, "after": None} | document
    edits = tuple(from_document(edit) for edit in given.pop("edits", ()))
    return Entry(edits=edits, of=tuple(given.pop("of", ())), **given)


def effective(entries: Iterable[Entry]) -> list[Entry]:
    """The entries that reached the file, in order: what was abandoned is left out, and the abandonments themselves."""
    rows = list(entries)
    never = {seq for entry in rows if entry.kind == "abandoned" for seq in entry.of}
    return [entry for entry in rows if entry.kind != "abandoned" and entry.seq not in never]


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
        else:
            done, undone = [*done, entry], []
    return done, undone


class Taken(Record):
    """A tracker after taking entries back (or bringing them back), and which they were."""

    tracker: Tracker
    entries: tuple[Entry, ...]


def undone(tracker: Tracker, entries: Sequence[Entry], count: int = 1) -> Taken:
    """The tracker without its last `count` changes. Raises Refused, naming the entry, when a later change is in the way."""
    return _moved(tracker, stacks(entries)[0], count, back=True)


def redone(tracker: Tracker, entries: Sequence[Entry], count: int = 1) -> Taken:
    """The tracker with the last `count` undone changes again. Raises Refused as `undone` does."""
    return _moved(tracker, stacks(entries)[1], count, back=False)


def _moved(tracker: Tracker, stack: list[Entry], count: int, *, back: bool) -> Taken:
    verb = "undo" if back else "redo"
    if not stack:
        raise Refused(f"There is nothing to {verb}.", hint="See what was changed with: history")
    if count > len(stack):
        raise Refused(f"There are only {len(stack)} changes to {verb}; nothing was changed.")
    taken = tuple(reversed(stack[-count:]))
    for entry in taken:
        edits = invert(entry.edits) if back else entry.edits
        tracker = _applied(tracker, edits, entry, verb)
    return Taken(tracker, taken)


def _applied(tracker: Tracker, edits: Sequence[Edit], entry: Entry, verb: str) -> Tracker:
    """The edits on the tracker, each only where it still finds what it left."""
    for edit in edits:
        try:
            if edit.field not in BOOKKEEPING and not stands(edit, tracker):
                raise KeyError(edit.uid)
            tracker = apply((edit,), tracker)
        except (KeyError, ValueError):
            raise Refused(
                f'Cannot {verb} "{entry.sentence}" ({entry.at[:16]}): a later change is in the way ({_what(edit, tracker)}).',
                hint="See what was changed since with: history",
            ) from None
    return tracker


def _what(edit: Edit, tracker: Tracker) -> str:
    found = tracker.find(edit.uid)
    name = found.id if found else "an item that is gone"
    return f"{edit.field} of {name}" if edit.field else name
