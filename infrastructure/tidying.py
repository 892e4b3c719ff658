"""Keeping wt's own things small and quick, before anybody has to wait: nothing here is anybody's but wt's."""

from __future__ import annotations

import os
import sys

from domain.commands.wording import counted
from domain.errors import WtError
from infrastructure.atomic import place_private, remove_quietly
from infrastructure.backups import Backups
from infrastructure.project import OWN
from infrastructure.repair import Past
from infrastructure.series import BACKUPS
from infrastructure.state_files import Memory
from scripts.start import OURS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from infrastructure.tracker_reads import Seen
    from infrastructure.trackers import ProjectTrackers

PROGRAM = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
STATE = f"{OWN}/state"
ARCHIVE = f"{STATE}/archive"
ARCHIVED = 4  # packed files that are kept of each log
MONTH = 30 * 86_400.0
LOGS = {"operations.1.log": "operations", "series.1.jsonl": "series", "healing.1.jsonl": "healing"}
"""the older half of a log, which is only read -> what it is called when packed; the log of outcomes is none of them"""
DAMAGED = ".damaged"


class Tidying:
    """What could be tidied up, by name, and doing it."""

    def __init__(self, root: str, trackers: ProjectTrackers, clock: Callable[[], float]) -> None:
        self._root = root
        self._trackers = trackers
        self._clock = clock

    # --- logs ---------------------------------------------------------------------------------------------------------

    def resting_logs(self) -> Sequence[str]:
        """Older halves of logs that nobody has added to for a month."""
        return [f"{STATE}/{name}" for name in LOGS if self._age(f"{STATE}/{name}") > MONTH]

    def pack(self, names: Sequence[str], _: float) -> str:
        """Each into a file of its own in the archive; of each log the newest four are kept there."""
        import gzip

        os.makedirs(os.path.join(self._root, ARCHIVE), mode=0o700, exist_ok=True)
        freed = packed_away = 0
        for name in names:
            path = os.path.join(self._root, name)
            with open(path, "rb") as file:
                whole = file.read()
            packed = gzip.compress(whole, mtime=0)
            place = self._place(name)
            if (place_private(place, packed) or _holds(place, packed)) and remove_quietly(path):
                freed += len(whole) - len(packed)
                packed_away += 1
        self._bound()
        return f"{counted(packed_away, 'log')} packed away, {freed} bytes freed"

    def _place(self, name: str) -> str:
        """By the day of its last line: nothing is packed twice, and names sort by age."""
        from time import gmtime, strftime

        file = os.path.basename(name)
        day = strftime("%Y-%m-%d-%H%M%S", gmtime(os.stat(os.path.join(self._root, name)).st_mtime))
        return os.path.join(self._root, ARCHIVE, f"{LOGS[file]}.{day}.{file.rpartition('.')[2]}.gz")

    def _bound(self) -> None:
        folder = os.path.join(self._root, ARCHIVE)
        packed = sorted(os.listdir(folder))
        for log in LOGS.values():
            for name in [name for name in packed if name.startswith(f"{log}.")][:-ARCHIVED]:
                remove_quietly(os.path.join(folder, name))

    def _age(self, name: str) -> float:
        """In seconds, since it was last written; nothing for what is not there."""
        try:
            return self._clock() - os.lstat(os.path.join(self._root, name)).st_mtime
        except OSError:
            return 0.0

    # --- snapshots ----------------------------------------------------------------------------------------------------

    def spare_snapshots(self) -> Sequence[str]:
        """Snapshots that need not be kept any more."""
        return [
            os.path.relpath(snapshot.path, self._root)
            for uid in _names(os.path.join(self._root, BACKUPS))
            for snapshot in Backups(self._root, uid).beyond_retention(self._trackers.size_limit)
        ]

    def without_newest(self) -> Sequence[str]:
        """Trackers that have changed since their newest snapshot."""
        return [name for name in self._trackers.names() if self._due(name) is not None]

    def _due(self, name: str) -> tuple[Seen, Past, int] | None:
        """A sound tracker whose last change is journaled and in no snapshot, with the number of that change."""
        try:
            seen = self._trackers.open(name).read()
            past = Past(self._root, name, seen.tracker.uid, self._trackers.size_limit)
            last = past.journal.last()[0]
        except WtError:
            return None
        if seen.fault is not None or last is None or last.after != seen.state:
            return None
        kept = past.backups.all()
        return None if kept and kept[-1].seq >= last.seq else (seen, past, last.seq)

    def take_snapshots(self, names: Sequence[str], _: float) -> str:
        taken = [name for name in names if self._take(name)]
        return f"{counted(len(taken), 'snapshot')} taken"

    def _take(self, name: str) -> bool:
        with self._trackers.lock():
            found = self._due(name)
            if found is None:
                return False
            seen, past, number = found
            day = self._trackers.today
            past.backups.keep(number, day, seen.raw, limit=self._trackers.size_limit)
            memory = Memory(self._root, name)
            memory.remember(memory.recall().replace(snapshot=number, snapshot_day=day))
        return True

    # --- what is quicker next time ------------------------------------------------------------------------------------

    def uncompiled(self) -> Sequence[str]:
        """Modules of wt that Python has not compiled since they were installed, where it may keep what it compiles."""
        if sys.dont_write_bytecode or sys.pycache_prefix or not os.access(PROGRAM, os.W_OK):
            return []
        return [f"code:{name}" for name in _modules() if not _is_compiled(os.path.join(PROGRAM, name))]

    def compile(self, names: Sequence[str], _: float) -> str:
        """As Python does at the first import, which then need not."""
        import py_compile

        for name in names:
            py_compile.compile(os.path.join(PROGRAM, name.partition(":")[2]), doraise=False, quiet=2)
        return f"{counted(len(names), 'module')} compiled"

    # --- what was set aside -------------------------------------------------------------------------------------------

    def set_aside_long_ago(self) -> Sequence[str]:
        """Documents of wt's own state that healing set aside a month ago and nobody has looked at since."""
        folder = os.path.join(self._root, STATE)
        names = [
            os.path.relpath(os.path.join(above, name), self._root)
            for above, _, files in os.walk(folder)
            for name in files
            if name.endswith(DAMAGED)
        ]
        return sorted(name for name in names if self._age(name) > MONTH)


def _modules() -> list[str]:
    """The source files of wt itself, relative to where it is installed."""
    found = []
    for package in OURS:
        for folder, _, files in os.walk(os.path.join(PROGRAM, package)):
            found += [os.path.relpath(os.path.join(folder, name), PROGRAM) for name in files if name.endswith(".py")]
    return sorted(found)


def _is_compiled(path: str) -> bool:
    """By what Python itself compares: time and size of the source, in the head of the file (PEP 552)."""
    from importlib.util import MAGIC_NUMBER, cache_from_source

    stat = os.stat(path)
    stamp = (int(stat.st_mtime) & 0xFFFFFFFF).to_bytes(4, "little") + (stat.st_size & 0xFFFFFFFF).to_bytes(4, "little")
    try:
        with open(cache_from_source(path), "rb") as file:
            head = file.read(16)
    except OSError:
        return False
    by_content = head[4:8] != bytes(4)  # compiled by somebody who checks by digest: not ours to judge
    return head[:4] == MAGIC_NUMBER and (by_content or head[8:] == stamp)


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []


def _holds(path: str, data: bytes) -> bool:
    """Whether an earlier try, which was ended before it could take the log away, has put these very bytes there."""
    try:
        with open(path, "rb") as file:
            return file.read() == data
    except OSError:
        return False
