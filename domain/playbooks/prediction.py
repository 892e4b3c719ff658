"""What can be foreseen of a measured series: its trend, what chance would show, and when it meets its limit."""

from __future__ import annotations

from math import erfc, sqrt

from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

HOUR, DAY = 3600.0, 86_400.0
FEWEST = 6  # measurements that say anything about a trend
SHARE_SEEN = 0.1  # of the horizon that the measurements must span
CHANCE = 0.05  # a trend is one that chance alone shows less often than this
MOST_EXACT = 30  # values for which the chance is counted, not approximated
NOT_FORESEEN = 3650 * DAY  # how a signal says that the limit is out of sight: conditions know no infinity
SMOOTHING = 0.2  # what the newest value weighs in a smoothed course (EWMA)
SIGMAS = 3.0
SLACK, ALARM = 0.5, 5.0  # of the CUSUM, in standard deviations: what is forgiven at each step, and when it rings
FEWEST_BEFORE, LATELY = 30, 20  # values that a usual course is drawn from, and that are judged by it


class Point(Record):
    """One measurement: when (seconds since 1970), and what was found."""

    at: float
    value: float


class Watch(Record):
    """What is watched: `metric` is the signal that foretells, `series` what is measured, in `unit` (B or s).

    It is over when the series comes down to its limit, where it `falls`, or up to it; `end` says so in words.
    `horizon` is how many seconds ahead somebody wants to know.
    """

    metric: str
    series: str
    words: str
    unit: str
    horizon: float
    end: str
    falls: bool = False


class Prediction(Record):
    """A series and where it goes. `seconds` are left until it meets its limit; None when that is not foreseen.

    `level` is what was found last, `per_second` the slope of its line, `span` the seconds that its `points` cover, `p`
    how often chance alone would show such a trend.
    """

    watch: Watch
    level: float
    limit: float
    per_second: float
    points: int
    span: float
    p: float
    seconds: float | None

    @property
    def is_near(self) -> bool:
        """Whether the end lies inside the horizon: further than that, the measurements carry no word."""
        return self.seconds is not None and self.seconds <= self.watch.horizon

    @property
    def signal(self) -> float:
        return NOT_FORESEEN if self.seconds is None else self.seconds

    @property
    def line(self) -> str:
        """The evidence: `disk: 412 MB free, -38 MB/h over 5 h (n 9, p 0.001): full in 11 h`."""
        unit, level = self.watch.unit, amount(self.level, self.watch.unit)
        rate = f"{'-' if self.per_second < 0 else '+'}{_rate(abs(self.per_second), unit)}"
        free = " free" if self.watch.falls else ""
        end = "no end in sight" if self.seconds is None else f"{self._end} in {spell(self.seconds)}"
        seen = f"over {spell(self.span)} (n {self.points}, p {max(self.p, 0.001):.3f})"
        return f"{self.watch.words}: {level}{free}, {rate} {seen}: {end}"

    @property
    def _end(self) -> str:
        return self.watch.end.format(limit=amount(self.limit, self.watch.unit))

    def to_document(self) -> dict[str, object]:
        """Plain values, for logs and pages."""
        names = ("level", "limit", "per_second", "points", "span", "p", "seconds")
        found = {name: getattr(self, name) for name in names}
        return {"metric": self.watch.metric, "series": self.watch.series, **found, "line": self.line}


def forecast(watch: Watch, points: Sequence[Point], level: float, limit: float) -> Prediction | None:
    """Where the points lead; None when they are too few or too close together to say anything.

    The rate comes from the points, the level is what was found just now: what was freed a moment ago counts at once.
    """
    span = points[-1].at - points[0].at if points else 0.0
    if len(points) < FEWEST or span < SHARE_SEEN * watch.horizon:
        return None
    slope, values = least_squares(points), [point.value for point in points]
    p = mann_kendall([-value for value in values] if watch.falls else values)
    is_trend = p < CHANCE and (slope < 0 if watch.falls else slope > 0)
    seconds = max(0.0, (limit - level) / slope) if is_trend else None
    return Prediction(watch, level, limit, slope, len(points), span, p, seconds)


# --- trends -----------------------------------------------------------------------------------------------------------


def least_squares(points: Sequence[Point]) -> float:
    """The slope, in units a second, of the line with the least squared distances; 0 for points of one moment."""
    count = len(points)
    middle = sum(point.at for point in points) / count
    mean = sum(point.value for point in points) / count
    spread = sum((point.at - middle) ** 2 for point in points)
    if not spread:
        return 0.0
    return sum((point.at - middle) * (point.value - mean) for point in points) / spread


def mann_kendall(values: Sequence[float]) -> float:
    """How often chance alone would order values at least as much upward as these (Mann 1945, Kendall 1975), one-sided.

    Counted where the values are few and all different; by the normal approximation, corrected for ties, otherwise.
    """
    count = len(values)
    score = sum(_sign(values[j] - values[i]) for i in range(count) for j in range(i + 1, count))
    if count <= MOST_EXACT and len(set(values)) == count:
        return _counted(score, count)
    groups = [sum(value == other for other in values) for value in set(values)]
    variance = (_weight(count) - sum(map(_weight, groups))) / 18
    if variance <= 0:
        return 1.0
    return erfc((score - _sign(score)) / sqrt(2 * variance)) / 2


def _weight(count: int) -> int:
    return count * (count - 1) * (2 * count + 5)


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


def _counted(score: int, count: int) -> float:
    """The share of all orders of `count` values whose score is at least this one, by their number of inversions."""
    ways = [1]
    for size in range(2, count + 1):
        longer = [0] * (len(ways) + size - 1)
        for inversions, each in enumerate(ways):
            for more in range(size):
                longer[inversions + more] += each
        ways = longer
    pairs = count * (count - 1) // 2
    return sum(ways[: (pairs - score) // 2 + 1]) / sum(ways)


# --- a course that leaves what was usual ------------------------------------------------------------------------------


class Drift(Record):
    """Values that have left their usual course: what was usual, what is now, how far the CUSUM came (alarm at 5)."""

    usual: float
    now: float
    count: int
    cusum: float

    @property
    def line(self) -> str:
        """The evidence, of values in seconds."""
        now, usual = amount(self.now, "s"), amount(self.usual, "s")
        return f"operations: {now} in place of {usual}, the last {self.count} (CUSUM {self.cusum:.1f} > {ALARM:g})"

    def to_document(self) -> dict[str, object]:
        return {"metric": "latency_rising", **dict(self.values()), "line": self.line}


def drift(before: Sequence[float], lately: Sequence[float]) -> Drift | None:
    """Whether the newer values lie higher than the older ones explain; None when not.

    Two control charts have to agree, so that neither one outlier nor a slow breath rings: the smoothed course stands
    beyond three standard deviations of itself (EWMA, Roberts 1959), and the sum of what exceeds the usual by more than
    half a deviation comes to five (one-sided CUSUM, Page 1954). A single value counts for three deviations at most.
    """
    if len(before) < FEWEST_BEFORE or not lately:
        return None
    usual = sum(before) / len(before)
    sigma = max(sqrt(sum((value - usual) ** 2 for value in before) / (len(before) - 1)), abs(usual) / 20)
    if not sigma:
        return None
    marks = [min((value - usual) / sigma, SIGMAS) for value in lately]
    smooth, reached = ewma(marks), cusum(marks)
    if smooth <= SIGMAS * sqrt(SMOOTHING / (2 - SMOOTHING)) or reached <= ALARM:
        return None
    return Drift(usual, sum(lately) / len(lately), len(lately), reached)


def ewma(marks: Sequence[float], weight: float = SMOOTHING) -> float:
    """The smoothed course at its end; it begins at 0."""
    smooth = 0.0
    for mark in marks:
        smooth += weight * (mark - smooth)
    return smooth


def cusum(marks: Sequence[float]) -> float:
    """What has added up by the end above the slack; it never falls below 0, so good times are not saved up."""
    reached = 0.0
    for mark in marks:
        reached = max(0.0, reached + mark - SLACK)
    return reached


# --- words ------------------------------------------------------------------------------------------------------------


def amount(value: float, unit: str) -> str:
    """`412 MB`, `1.2 GB`, `180 ms`."""
    if unit == "s":
        return f"{_short(value)} s" if value >= 1 else f"{_short(value * 1000)} ms"
    for name, size in (("GB", 1e9), ("MB", 1e6), ("KB", 1e3)):
        if value >= size:
            return f"{_short(value / size)} {name}"
    return f"{value:.0f} B"


def _rate(per_second: float, unit: str) -> str:
    """By the hour; what moves less than a unit an hour, by the day."""
    per_hour = per_second * HOUR
    is_fast = per_hour >= (1e3 if unit == "B" else 0.001)
    return f"{amount(per_hour, unit)}/h" if is_fast else f"{amount(per_second * DAY, unit)}/d"


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}".removesuffix(".0")


def spell(seconds: float) -> str:
    """A duration as people say it, by its largest unit: `40 s`, `11 h`, `5 d`."""
    for name, size in (("d", DAY), ("h", HOUR), ("min", 60.0)):
        if seconds >= size * (2 if name == "d" else 1):
            return f"{_short(seconds / size)} {name}"
    return f"{seconds:.0f} s"
