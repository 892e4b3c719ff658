"""Signals of what is to come: measured series, where they lead, and the evidence for it."""

from __future__ import annotations

import os

from domain.errors import NotFound, WtError
from domain.playbooks.prediction import DAY, FEWEST_BEFORE, Point, Watch, drift, forecast
from infrastructure import series
from infrastructure.atomic import is_locked
from infrastructure.journal import LIMIT as JOURNAL_LIMIT
from infrastructure.journal import verified
from infrastructure.project import OWN
from infrastructure.regular_files import read_file, read_tail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any, TypeVar

    from domain.playbooks.metrics import Value
    from domain.playbooks.prediction import Drift, Prediction
    from infrastructure.operations import OperationFile
    from infrastructure.tracker_files import TrackerFile

    T = TypeVar("T")

DISK = Watch("disk_exhaustion", "disk_free", "disk", "B", DAY, "full", falls=True)
CACHE = Watch("cache_exhaustion", "cache_size", "cache", "B", DAY, "at its limit of {limit}")
READING = Watch("latency_exhaustion", "read_seconds", "reading", "s", 7 * DAY, "at {limit}")
JOURNAL = Watch("journal_exhaustion", "journal_size", "journal", "B", 30 * DAY, "at its limit of {limit}")
SNAPSHOTS = Watch("backups_exhaustion", "backups_size", "snapshots", "B", 30 * DAY, "fill the disk")
WATCHES = (DISK, CACHE, READING, JOURNAL, SNAPSHOTS)
NEWEST = 48  # points that a trend is drawn from
WINDOW = 7  # horizons back that they may come from
SLOW = 1.0  # seconds: what takes longer is slow (user guide, "Understanding Health Status")
TAIL = 1 << 22  # bytes of a journal that its growth is read from
LATELY = 20  # operations that are compared with those before them


class Foresight:
    """What the series of one project say. Each look measures the level anew; `keep` adds to the series."""

    def __init__(
        self,
        root: str,
        operations: OperationFile,
        stores: Callable[[], Iterable[TrackerFile]],
        *,
        clock: Callable[[], float],
        cache_limit: float,
        disk_free: Callable[[str], float] = series.disk_free,
    ) -> None:
        """`cache_limit` is in bytes."""
        self._root = root
        self._operations = operations
        self._stores = stores
        self._clock = clock
        self._cache_limit = cache_limit
        self._disk_free = disk_free
        self._file = series.SeriesFile(root, clock)
        self._measures: Mapping[str, Callable[[], Value]] = {
            "backups_size": self._backups_size,
            "journal_size": self._journal_size,
            "lock_held": self._lock_held,
            "latency_rising": self._latency_rising,
        }

    def keep(self) -> bool:
        """Measure, if the last measurement is old enough; whether that was done."""
        return self._file.keep(lambda: series.measured(self._root, self._stores()))

    def disk_free(self) -> float:
        """Bytes. Raises OSError."""
        return self._disk_free(self._root)

    # --- signals ------------------------------------------------------------------------------------------------------

    def value(self, metric: str) -> Value:
        """None for what is no signal of this room, or cannot be said yet. Raises OSError, WtError."""
        if metric in self._measures:
            return self._measures[metric]()
        prediction = self.prediction(metric)
        return None if prediction is None else prediction.signal

    def _backups_size(self) -> float:
        return series.backups_size(self._root)

    def _journal_size(self) -> float:
        return float(sum(os.stat(path).st_size for path in self._journals()))

    def _lock_held(self) -> float | None:
        return lock_held(self._root, self._clock())

    def _latency_rising(self) -> bool | None:
        return None if len(self._durations()) < FEWEST_BEFORE + LATELY else self.drift() is not None

    # --- predictions --------------------------------------------------------------------------------------------------

    def predictions(self) -> list[Prediction]:
        """Everything of which a trend can be judged; what is near stands first."""
        found = [each for watch in WATCHES if (each := self.prediction(watch.metric)) is not None]
        return sorted(found, key=lambda each: each.signal / each.watch.horizon)

    def prediction(self, metric: str) -> Prediction | None:
        """None while too little was measured. Raises OSError."""
        watch = next((watch for watch in WATCHES if watch.metric == metric), None)
        if watch is None:
            return None
        level, limit = self._now(watch)
        oldest = self._clock() - WINDOW * watch.horizon
        points = [point for point in self._points(watch) if point.at >= oldest]
        return forecast(watch, points[-NEWEST:], level, limit)

    def cached_at(self, moment: float) -> float:
        """Bytes in wt's own caches by the measurement that lies nearest; 0 when there is none."""
        points = self._file.points(CACHE.series)
        nearest = min(points, key=lambda point: abs(point.at - moment), default=None)
        return nearest.value if nearest is not None else 0.0

    def evidence(self, metric: str) -> Mapping[str, Any]:
        """What a signal of what is to come rests on, `line` in words among it; empty for every other signal."""
        try:
            found = self.drift() if metric == "latency_rising" else self.prediction(metric)
        except (WtError, OSError):
            return {}
        return found.to_document() if found is not None else {}

    def _now(self, watch: Watch) -> tuple[float, float]:
        """(level, limit) of a series."""
        if watch is DISK:
            return self._disk_free(self._root), 0.0
        if watch is CACHE:
            return series.cache_size(self._root), self._cache_limit
        if watch is READING:
            return series.read_seconds(self._stores()), SLOW
        if watch is JOURNAL:
            return max((float(os.stat(path).st_size) for path in self._journals()), default=0.0), float(JOURNAL_LIMIT)
        kept = series.backups_size(self._root)
        return kept, kept + self._disk_free(self._root)

    def _points(self, watch: Watch) -> Sequence[Point]:
        return self._of_journal() if watch is JOURNAL else self._file.points(watch.series)

    # --- where else series come from ----------------------------------------------------------------------------------

    def _journals(self) -> list[str]:
        folder = os.path.join(self._root, OWN, "journal")
        try:
            return [os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".jsonl")]
        except (FileNotFoundError, NotADirectoryError):
            return []

    def _of_journal(self) -> list[Point]:
        """How the largest journal has grown, by its own entries: nobody has to have measured that."""
        from domain.shape import seconds_of

        path = max(self._journals(), key=os.path.getsize, default=None)
        if path is None:
            return []
        lines, at = read_tail(path, TAIL)[0].split(b"\n"), os.path.getsize(path)
        ends = []
        for line in reversed(lines):
            ends.append((at, line))
            at -= len(line) + 1
        chosen = thinned([row for row in reversed(ends) if row[1].strip()])  # before they are read: that takes longer
        entries = [(end, entry) for end, line in chosen if (entry := verified(line)) is not None]
        return [Point(seconds_of(entry.at), float(end)) for end, entry in entries]

    def _durations(self) -> list[float]:
        now = self._clock()
        return [each.duration_ms / 1000 for each in self._operations.operations() if each.ok and each.at <= now]

    def drift(self) -> Drift | None:
        """Whether operations have left the course that was usual before."""
        durations = self._durations()
        return drift(durations[:-LATELY], durations[-LATELY:])


def thinned(rows: Sequence[T]) -> list[T]:
    """So many that a trend can be drawn from all of them, evenly; the newest is among them."""
    step = -(-len(rows) // NEWEST)
    return list(rows[::-1][::step][::-1]) if step else []


def lock_held(root: str, now: float) -> float | None:
    """For how many seconds another command has held the writers' lock; 0 when nobody does, None when that is not told.

    The holder leaves its name and the time in the file.
    """
    from domain.shape import is_time, seconds_of

    path = os.path.join(root, OWN, "lock")
    try:
        text = read_file(path, "the lock", 4096)[0].decode(errors="replace")
    except NotFound:
        return 0.0
    held = is_locked(path)
    if not held:
        return None if held is None else 0.0
    since = text.rpartition(" since ")[2].strip()
    return max(0.0, now - seconds_of(since)) if is_time(since) else None
