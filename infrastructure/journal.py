"""The write-ahead journal of one tracker: one line a commit, on disk before the file is replaced."""

from __future__ import annotations

import os

from domain.entries import entry_from, never_done
from domain.errors import Unavailable
from infrastructure.atomic import append_durably, make_folder, sync_path
from infrastructure.codec import digest
from infrastructure.json_text import dumps, loads
from infrastructure.project import OWN
from infrastructure.regular_files import read_tail, why

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.entries import Entry

TAIL = 1 << 15  # bytes: most last lines are in it
LIMIT = 1 << 30  # bytes; a journal is read whole only for undo, history and repair


class Journal:
    """`.ecw/journal/UID.jsonl`, as far as it is about one file: a copy of a tracker bears the same uid.

    Each line ends in a checksum of itself; a torn or damaged line is passed over, never cut off.
    """

    def __init__(self, root: str, uid: str, file: str) -> None:
        self._root = root
        self._folder = os.path.join(root, OWN, "journal")
        self.path = os.path.join(self._folder, f"{uid}.jsonl")
        self.file = file

    def append(self, entries: Sequence[Entry]) -> None:
        """Write lines and sync them, in one go. Raises Unavailable: the last is disowned then, for it may be there."""
        data = "".join(map(signed, entries)).encode()
        try:
            if not os.path.lexists(self.path):
                make_folder(self._folder, 0o700)
                sync_path(self._folder, self._root)
            append_durably(self.path, data)
        except OSError as error:
            self.disown(entries[-1])
            raise Unavailable(f"The journal could not be written: {why(error)}. Nothing was changed.") from error

    def disown(self, entry: Entry) -> None:
        """Say of an entry that it was never done: whoever gave it was told so, and no repair may replay it.

        Where the disk takes no line, the next change says it.
        """
        try:
            append_durably(self.path, signed(never_done(entry, entry.seq + 1, entry.at, entry.actor)).encode())
        except OSError:
            return

    def last(self) -> tuple[Entry | None, int]:
        """(the newest entry of this file, the highest number given to any), read from the end. Raises Unavailable."""
        size = TAIL
        while True:
            raw, whole = self._tail(size)
            lines = raw.split(b"\n") if whole else raw.split(b"\n")[1:]
            found, highest = self._newest(lines)
            if found is not None or whole:
                return found, highest
            size *= 16

    def _newest(self, lines: list[bytes]) -> tuple[Entry | None, int]:
        highest = 0
        for line in reversed(lines):
            entry = verified(line)
            if entry is not None:
                highest = max(highest, entry.seq)
                if self._is_ours(entry):
                    return entry, highest
        return None, highest

    def entries(self) -> tuple[list[Entry], int]:
        """(every readable entry in order, how many lines are torn or damaged). Raises Unavailable."""
        lines = self.lines()
        found = [entry for line in lines if (entry := verified(line)) is not None]
        return [entry for entry in found if self._is_ours(entry)], len(lines) - len(found)

    def line_of(self, entry: Entry) -> int:
        """The line, from 1, on which an entry stands. Raises Unavailable."""
        lines = enumerate(self._tail(LIMIT)[0].split(b"\n"), 1)
        return next((number for number, line in lines if verified(line) == entry), 1)

    def lines(self) -> list[bytes]:
        """Every line that is not empty, readable or not. Raises Unavailable."""
        return [line for line in self._tail(LIMIT)[0].split(b"\n") if line.strip()]

    def _is_ours(self, entry: Entry) -> bool:
        """Written for this file, or for one that is no longer there: then this is its new name."""
        return entry.file == self.file or not os.path.lexists(os.path.join(self._root, entry.file))

    def _tail(self, size: int) -> tuple[bytes, bool]:
        try:
            return read_tail(self.path, size)
        except OSError as error:
            raise Unavailable(f"The journal cannot be read: {why(error)}.", hint="Look with: wt doctor") from error


def signed(entry: Entry) -> str:
    """The line of an entry: its JSON, the checksum of what stands before it as last key."""
    text = dumps(entry.to_document())[:-1]
    return f'{text},"sum":"{checksum(text)}"}}\n'


def checksum(text: str) -> str:
    return digest(text.encode())[-16:]


def verified(line: bytes) -> Entry | None:
    """The entry of a line, or None when it is torn, damaged or not ours."""
    try:
        text = line.decode()
        body, _, rest = text.rpartition(',"sum":"')
        if not body or rest != f'{checksum(body)}"}}':
            return None
        return entry_from(loads(body + "}"))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
