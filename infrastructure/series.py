"""What is measured now and then, kept so that trends can be seen: `.ecw/state/series.jsonl`, bounded."""

from __future__ import annotations

import os
import time

from domain.errors import WtError
from domain.playbooks.prediction import Point
from infrastructure.caches import cached
from infrastructure.healing_state import HealingLog
from infrastructure.project import OWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from infrastructure.tracker_files import TrackerFile

    Row = tuple[float, dict[str, float]]

NAME = "series"
LIMIT = 1 << 17  # bytes of one file; two are kept: some months of one measurement an hour
SPACING = 300.0  # seconds between two measurements, at least
AHEAD = 60.0  # seconds that a measurement may lie ahead of the clock
BACKUPS = f"{OWN}/backups"


class SeriesFile:
    """Measurements, one line each: `{"at":1767603600,"disk_free":412000000,"cache_size":0,"read_seconds":0.004}`."""

    def __init__(self, root: str, clock: Callable[[], float]) -> None:
        self._own = os.path.join(root, OWN)
        self._clock = clock
        self._log = HealingLog(root, name=NAME, limit=LIMIT)
        self._known: tuple[str, list[Row]] | None = None

    def keep(self, measure: Callable[[], Mapping[str, float]]) -> bool:
        """Measure, if it is time to. False when the last one is too young or this one cannot be kept: nobody minds."""
        if not os.path.exists(os.path.join(self._own, ".gitignore")):
            return False  # a look is no reason to make a project of a folder
        now, known = self._clock(), self._rows()
        if known and now - known[-1][0] < SPACING:
            return False
        try:
            self._log.append({"at": round(now), **measure()})
        except (WtError, OSError):
            return False
        return True

    def points(self, name: str) -> Sequence[Point]:
        """One series, oldest first."""
        return [Point(at, row[name]) for at, row in self._rows() if name in row]

    def _rows(self) -> list[Row]:
        """What can be read; what a clock that was ahead has written is passed over."""
        stamp = self._log.stamp()
        if self._known is None or self._known[0] != stamp:
            rows = [row for line in self._log.read() if (row := _row(line)) is not None]
            self._known = stamp, sorted(rows, key=lambda row: row[0])
        latest = self._clock() + AHEAD
        return [row for row in self._known[1] if row[0] <= latest]


def _row(line: object) -> Row | None:
    if not isinstance(line, dict):
        return None
    numbers = {str(key): float(value) for key, value in line.items() if type(value) in (int, float) and value >= 0}
    at = numbers.pop("at", None)
    return None if at is None else (at, numbers)


def measured(root: str, stores: Iterable[TrackerFile]) -> dict[str, float]:
    """What a measurement holds. Raises OSError."""
    return {
        "disk_free": round(disk_free(root)),
        "cache_size": round(cache_size(root)),
        "backups_size": round(backups_size(root)),
        "read_seconds": round(read_seconds(stores), 6),
    }


def disk_free(root: str) -> float:
    """Bytes that are free where the project lies. Raises OSError."""
    found = os.statvfs(root)
    return float(found.f_bavail * found.f_frsize)


def cache_size(root: str) -> float:
    """Bytes in wt's own caches. Raises OSError."""
    return float(sum(size for _, size, _ in cached(root)))


def backups_size(root: str) -> float:
    """Bytes in all snapshots. Raises OSError."""
    total = 0
    for folder, _, files in os.walk(os.path.join(root, BACKUPS)):
        total += sum(os.lstat(os.path.join(folder, file)).st_size for file in files)
    return float(total)


def read_seconds(stores: Iterable[TrackerFile]) -> float:
    """How long it takes to read these trackers; one that cannot be read takes the time until that is known."""
    began = time.perf_counter()
    for store in stores:
        try:
            store.read()
        except WtError:
            continue
    return time.perf_counter() - began
