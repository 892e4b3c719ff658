"""The write-ahead journal of one tracker: one line a commit, on disk before the file is replaced."""

from __future__ import annotations

import os

from domain.history import entry_from
from infrastructure.atomic import append_durably, read_tail
from infrastructure.json_text import dumps, loads
from infrastructure.digests import digest
from infrastructure.project import OWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.history import Entry

LIMIT = 1 << 30  # bytes; a journal is read whole only for undo, history and repair


class Journal:
    """`.ecw/journal/UID.jsonl`: each line ends in a checksum of itself; a torn or damaged line is passed over, never cut off."""

    def __init__(self, root: str, uid: str) -> None:
        self._path = os.path.join(root, OWN, "journal", f"{uid}.jsonl")

    @property
    def path(self) -> str:
        return self._path

    def append(self, entry: Entry) -> None:
        """Write one line and sync it. A torn last line is fenced off by a line break first. Raises OSError."""
        append_durably(self._path, signed(entry).encode())

    def last(self) -> Entry | None:
        """The newest readable entry, from the end of the file alone; None when there is none."""
        tail = 1 << 16
        while True:
            raw, whole = read_tail(self._path, tail)
            lines = raw.split(b"\n") if whole else raw.split(b"\n")[1:]
            for line in reversed(lines):
                entry = verified(line)
                if entry is not None:
                    return entry
            if whole:
                return None
            tail *= 8

    def entries(self) -> tuple[list[Entry], int]:
        """(every readable entry in order, how many lines are torn or damaged)."""
        raw, _ = read_tail(self._path, LIMIT)
        lines = [line for line in raw.split(b"\n") if line.strip()]
        found = [entry for line in lines if (entry := verified(line)) is not None]
        return found, len(lines) - len(found)


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
        if rest != f'{checksum(body)}"}}':
            return None
        return entry_from(loads(body + "}"))
    except (ValueError, KeyError, TypeError):
        return None
