"""The journal's entries as values: what was changed, when and by whom."""

from __future__ import annotations

from domain.edits import Edit, from_document
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from domain.tracker import Tracker

    Document = dict[str, Any]  # plain JSON, as the journal keeps it

KINDS = ("commit", "undo", "redo", "restore", "merge", "external", "repair", "abandoned", "git")
SENTENCE_LIMIT = 500
IS_BACK = "the last saved state is back"  # how a commit says that it repaired the file first


class Deed(Record):
    """Who did what, when: what the journal is told of a commit besides its edits."""

    at: str
    actor: str
    sentence: str
    kind: str = "commit"
    of: tuple[int, ...] = ()
    edits: tuple[Edit, ...] | None = None  # None: not worked out yet
    consent: str | None = None  # how it was given, where it was needed


class Entry(Record):
    """One line of the journal: a commit, written before the file was replaced.

    `before` and `after` are digests of the file's canonical text, null where there is no file; `of` names the entries
    (by sequence) that an undo takes back, a redo brings back, or an abandonment declares never done; `consent` says how
    it was given to what needs it: "skipped", or by whom.
    """

    seq: int
    at: str
    actor: str
    kind: str
    sentence: str
    file: str
    before: str | None
    after: str | None
    edits: tuple[Edit, ...] = ()
    of: tuple[int, ...] = ()
    consent: str | None = None

    def to_document(self) -> Document:
        document = dict(self.values()) | {"edits": [edit.to_document() for edit in self.edits], "of": list(self.of)}
        return {key: value for key, value in document.items() if value not in (None, [])}


def entry_from(document: Document) -> Entry:
    """The entry of a journal line; what a later version adds is passed over. Raises KeyError, TypeError, ValueError."""
    given = {"before": None, "after": None} | {key: document[key] for key in Entry._fields if key in document}
    edits = tuple(from_document(edit) for edit in given.pop("edits", ()))
    return Entry(edits=edits, of=tuple(given.pop("of", ())), **given)


def entry_of(deed: Deed, seq: int, file: str, before: str | None, after: str | None) -> Entry:
    """The journal's entry of a deed."""
    said = " ".join(deed.sentence.split())[:SENTENCE_LIMIT]
    states = (file, before, after)
    return Entry(seq, deed.at, deed.actor, deed.kind, said, *states, deed.edits or (), deed.of, deed.consent)


def never_done(entry: Entry, seq: int, at: str, actor: str) -> Entry:
    """What the journal is told of an entry that did not reach the file."""
    return Entry(seq, at, actor, "abandoned", f"never done: {entry.sentence}", entry.file, None, None, (), (entry.seq,))


def beginning(tracker: Tracker, document: Document) -> tuple[Edit, ...]:
    """The edits of a journal's first entry: the tracker whole."""
    return (Edit("add", "tracker", tracker.uid, row=document),)


def effective(entries: Iterable[Entry]) -> list[Entry]:
    """The entries that reached the file, in order: what was abandoned is left out, and the abandonments themselves."""
    rows = list(entries)
    never = {seq for entry in rows if entry.kind == "abandoned" for seq in entry.of}
    return [entry for entry in rows if entry.kind != "abandoned" and entry.seq not in never]
