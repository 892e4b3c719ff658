"""The Markdown page beside a tracker on disk: drawn from the JSON, never read back; what is not ours is kept."""

from __future__ import annotations

import os

from domain import view
from domain.errors import NotFound, Unavailable
from domain.record import Record
from infrastructure import state_files
from infrastructure.atomic import Replacement, make_folder
from infrastructure.codec import digest
from infrastructure.project import OWN
from infrastructure.regular_files import read_file, why
from infrastructure.state_files import Remembered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.tracker import Tracker
    from infrastructure.state_files import Signature
    from infrastructure.tracker_reads import Seen


class Drawn(Record):
    """What became of the page: its signature, what went wrong, what must be told."""

    signature: Signature = ""
    problem: str | None = None
    note: str | None = None


class Page:
    """The Markdown beside a tracker: derived, redrawn with every change, never read back as truth."""

    def __init__(self, root: str, name: str) -> None:
        self._root = root
        self.name = name.removesuffix(".json") + ".md"
        self._path = os.path.join(root, self.name)

    def _standing(self) -> tuple[bytes, Signature]:
        """The page as it stands; empty when there is none. Raises Unavailable when something else has its place."""
        try:
            raw, stat = read_file(self._path, self.name, 1 << 30)
        except NotFound:
            return b"", ""
        return raw, state_files.signature(stat)

    def text(self) -> str:
        """What stands there, whatever it is. Raises Unavailable."""
        return self._standing()[0].decode(errors="replace")

    def problem(self, seen: Seen) -> str | None:
        """How it departs from the tracker: missing, unreadable, out of date, edited by hand; None when it is right."""
        try:
            raw, found = self._standing()
        except Unavailable:
            return "unreadable"
        if not found:
            return "missing"
        if raw == view.page(seen.tracker, digest(seen.raw)).encode():
            return None
        return "edited by hand" if view.digest_of(raw.decode(errors="replace")) == digest(seen.raw) else "out of date"

    def redraw(self, before: Seen | None, after: Tracker, stamp: str, known: Remembered) -> Drawn:
        """Draw the page of `after`, whose file has the digest `stamp`: spliced into that of `before`, else whole.

        What stands there and is not ours is kept first; if that fails, it is left alone.
        """
        try:
            ours, note = self._to_replace(before, known, after, stamp)
            drawn = view.splice(ours, before.tracker, after, stamp) if before and ours is not None else None
            with Replacement(self._path, drawn or view.page(after, stamp).encode(), durable=False) as replacement:
                replacement.commit()
        except (OSError, Unavailable) as error:
            return Drawn(problem=f"the page {self.name} could not be drawn ({_cause(error)})")
        stat = replacement.stat()
        return Drawn(state_files.signature(stat) if stat else "", None, note)

    def _to_replace(
        self, before: Seen | None, known: Remembered, after: Tracker | None = None, stamp: str = ""
    ) -> tuple[bytes | None, str | None]:
        """(the page of `before`, if that stands there; a note, if what stands there was not ours and was kept)."""
        raw, found = self._standing()
        if found and found == known.page:
            return (raw if before and known.page_of == before.signature else None), None
        if before and raw == (page := view.page(before.tracker, digest(before.raw))).encode():
            return raw, None
        if not raw.strip():
            return None, None
        drawn = page if before else view.page(after, stamp) if after else None
        return None, self._keep(raw, drawn)

    def _keep(self, raw: bytes, drawn: str | None) -> str:
        """Somebody may have written into the page: keep their text and their edits, and say so. Raises OSError."""
        name = f"{os.path.basename(self.name)[:-3][:50]}-{digest(raw)[8:16]}"
        self._put(f"{name}.md", raw)
        said = f"{self.name} was not what wt drew; a copy is in {OWN}/kept/{name}.md"
        text = raw.decode(errors="replace")
        if drawn is None or view.digest_of(text) != view.digest_of(drawn):
            return said
        self._put(f"{name}.patch", _patch(drawn, text, self.name).encode())
        return f"{said}, the edits as a patch beside it; what can be read of them is taken over by: wt adopt"

    def _put(self, name: str, data: bytes) -> None:
        folder = os.path.join(self._root, OWN, "kept")
        make_folder(folder)
        with Replacement(os.path.join(folder, name), data) as copy:
            copy.commit()

    def delete(self, known: Remembered) -> Drawn:
        """Take the page away; what is not ours is kept first."""
        try:
            note = self._to_replace(None, known)[1]
            os.unlink(self._path)
        except FileNotFoundError:
            return Drawn()
        except (OSError, Unavailable) as error:
            return Drawn(problem=f"the page {self.name} could not be taken away ({_cause(error)})")
        return Drawn(note=note)


def _patch(drawn: str, edited: str, name: str) -> str:
    from difflib import unified_diff

    before, after = drawn.splitlines(keepends=True), edited.splitlines(keepends=True)
    rows = unified_diff(before, after, f"a/{name}", f"b/{name}")
    return "".join(row if row.endswith("\n") else f"{row}\n\\ No newline at end of file\n" for row in rows)


def _cause(error: OSError | Unavailable) -> str:
    return why(error) if isinstance(error, OSError) else error.message.rstrip(".")
