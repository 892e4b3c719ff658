"""What self-healing remembers under `.ecw/state`: circuits, the retry budget, the log of failures and recoveries."""

from __future__ import annotations

import os

from domain.errors import NotFound, Unavailable, WtError
from infrastructure.atomic import Lock, Replacement, rotate
from infrastructure.json_text import dumps, loads
from infrastructure.project import OWN
from infrastructure.regular_files import append_quietly, read_file
from infrastructure.state_files import prepare, signature

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import TypeVar

    T = TypeVar("T")
    Document = Mapping[str, object]

LARGEST = 1 << 16  # bytes of one document; ours have a few hundred
LOCK_TIMEOUT = 5.0
LOG_LIMIT = 1 << 20  # bytes of one file of the log; two are kept
UNSAFE = '%/\\\0:*?"<>|'


def _state(root: str) -> str:
    """`.ecw/state`, made where it is missing. Raises OSError, also where no `.ecw` says that this is a project."""
    own = os.path.join(root, OWN)
    if not os.path.isdir(own):
        raise FileNotFoundError(2, "no such folder", own)
    prepare(root)
    return os.path.join(own, "state")


class HealingState:
    """Small documents by key, one file each, shared by every process of a project."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._folder = os.path.join(root, OWN, "state", "healing")

    def read(self, key: str) -> object:
        """The document; its text when that is not JSON, None when there is none. Raises Unavailable."""
        try:
            raw, _ = read_file(self._path(key), key, LARGEST)
        except NotFound:
            return None
        except Unavailable:
            if os.path.isfile(self._path(key)) and os.path.getsize(self._path(key)) > LARGEST:
                return ""  # none of ours grows so large
            raise
        text = raw.decode(errors="replace")
        try:
            found: object = loads(text)
        except ValueError:
            return text
        return found

    def update(self, key: str, change: Callable[[object], tuple[Document, T]]) -> T:
        """One transaction under the lock of this state. Raises OSError, Busy, Unavailable."""
        with self._lock():
            document, result = change(self.read(key))
            with Replacement(self._path(key), dumps(dict(document)).encode(), durable=False) as replacement:
                replacement.commit()
        return result

    def _lock(self) -> Lock:
        os.makedirs(os.path.join(_state(self._root), "healing"), mode=0o700, exist_ok=True)
        return Lock(f"{self._folder}.lock", timeout=LOCK_TIMEOUT, holder=f"process {os.getpid()}")

    def names(self) -> Iterable[str]:
        """The keys of all documents. Raises OSError."""
        try:
            entries = sorted(os.listdir(self._folder))
        except FileNotFoundError:
            return ()
        ours = [entry for entry in entries if entry.endswith(".json") and not entry.startswith(".")]
        return tuple(_key(entry.removesuffix(".json")) for entry in ours)

    def damaged(self) -> list[str]:
        """The names of files whose document cannot be read."""
        return [
            os.path.basename(self._path(key)) for key in self.names() if not isinstance(self._read_quietly(key), dict)
        ]

    def _read_quietly(self, key: str) -> object:
        try:
            return self.read(key)
        except WtError:
            return None

    def _path(self, key: str) -> str:
        name = "".join(f"%{ord(c):02x}" if c in UNSAFE else c for c in key)
        return os.path.join(self._folder, f"{name}.json")


def _key(name: str) -> str:
    first, *parts = name.split("%")
    return first + "".join(chr(int(part[:2], 16)) + part[2:] for part in parts)


class HealingLog:
    """`.ecw/state/healing.jsonl`: one JSON object a line, only added to; the oldest half goes when it grew large.

    `name` keeps another log beside it in the same way.
    """

    def __init__(self, root: str, *, name: str = "healing", limit: int = LOG_LIMIT) -> None:
        self._root = root
        self._name = name
        self._path = os.path.join(root, OWN, "state", f"{name}.jsonl")
        self._older = os.path.join(root, OWN, "state", f"{name}.1.jsonl")
        self._limit = limit

    def append(self, record: Document) -> None:
        """Raises OSError, Unavailable when it cannot be kept."""
        _state(self._root)
        if not append_quietly(self._path, dumps(dict(record))):
            raise Unavailable(f"{OWN}/state/{self._name}.jsonl cannot be written.")
        if os.stat(self._path).st_size > self._limit:
            with Lock(f"{self._path}.lock", timeout=LOCK_TIMEOUT, holder="rotation"):
                rotate(self._path, self._older, self._limit)

    def read(self) -> Iterable[object]:
        """Every record kept, oldest first; a line that cannot be read as its text."""
        return [record for _, record in records_of(self.contents())]

    def contents(self) -> bytes:
        """The bytes of all that is kept; nothing of a file that cannot be read."""
        return b"\n".join(self._bytes(path) for path in (self._older, self._path))

    def _bytes(self, path: str) -> bytes:
        try:
            return read_file(path, "the healing log", self._limit * 64)[0]
        except WtError:
            return b""

    def stamp(self) -> str:
        """Another whenever the log is another; blank while there is none."""
        return f"{_stamp(self._older)} {_stamp(self._path)}"


def _stamp(path: str) -> str:
    try:
        return signature(os.lstat(path))
    except OSError:
        return ""


def records_of(raw: bytes) -> list[tuple[str, object]]:
    """(line, what it says) of every line that is not blank; a line that cannot be read says its text."""
    return [(line, _record(line)) for line in raw.decode(errors="replace").split("\n") if line]


def _record(line: str) -> object:
    try:
        found: object = loads(line)
    except ValueError:
        return line
    return found
