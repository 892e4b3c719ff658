"""Watches operations and says how healthy they are: the last hundred of a day, by the thresholds of the guide."""

from __future__ import annotations

from time import time

from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import ClassVar

WINDOW = 100
DAY = 86_400.0
DEGRADED_BELOW, UNHEALTHY_BELOW, CRITICAL_BELOW = 0.9, 0.7, 0.5
ENOUGH_FOR_CRITICAL = 10
SLOW_MS = 1000
LUCK = 0.05  # a trend is one that chance alone would show less often than this


class HealthLevel(Record):
    """User guide, "Understanding Health Status": what a level means and what to do. `rank` grows with the trouble."""

    if TYPE_CHECKING:
        HEALTHY: ClassVar[HealthLevel]
        UNKNOWN: ClassVar[HealthLevel]
        DEGRADED: ClassVar[HealthLevel]
        UNHEALTHY: ClassVar[HealthLevel]
        CRITICAL: ClassVar[HealthLevel]

    name: str
    rank: int
    meaning: str
    action: str

    def __str__(self) -> str:
        return self.name


HealthLevel.HEALTHY = HealthLevel("HEALTHY", 0, "All systems normal", "None")
HealthLevel.UNKNOWN = HealthLevel("UNKNOWN", 1, "Nothing to judge by", "Run a command, then look again")
HealthLevel.DEGRADED = HealthLevel("DEGRADED", 2, "Some failures detected", "Monitor")
HealthLevel.UNHEALTHY = HealthLevel("UNHEALTHY", 3, "Circuit breaker may trip", "Investigate")
HealthLevel.CRITICAL = HealthLevel("CRITICAL", 4, "Operations may be blocked", "Immediate attention")


class Operation(Record):
    """One operation that was tried: when (seconds), how long it took, whether it went well. Refusals are none."""

    at: float
    duration_ms: float
    ok: bool


class Signal(Record):
    """One thing that speaks about health: success rate, latency, a probe, a circuit. A veto signals CRITICAL."""

    name: str
    level: HealthLevel
    reason: str


class Metrics(Record):
    """What the operations in the window say. Without any, `success_rate` is 1.0 and `operations` 0."""

    operations: int
    failures: int
    success_rate: float
    at_least: float  # the lower Wilson bound of the rate, one-sided, 95 %
    avg_latency_ms: float
    p95_latency_ms: float
    is_failing_more: bool

    @property
    def successes(self) -> int:
        return self.operations - self.failures

    @property
    def lines(self) -> tuple[str, ...]:
        """Every figure, and how much may be built on the rate."""
        return (
            f"Operations: {self.operations}",
            f"Failures: {self.failures}",
            f"Avg latency: {self.avg_latency_ms:.0f}ms",
            f"P95 latency: {self.p95_latency_ms:.0f}ms",
            f"Trend: {'failing more often' if self.is_failing_more else 'steady'}",
            f"Based on: {self.successes} of {self.operations} operations (at least {floored(self.at_least)}, 95% sure)",
        )


class HealthStatus(Record):
    """The worst of the signals, with all of them and the figures behind them."""

    overall: HealthLevel
    signals: tuple[Signal, ...]
    metrics: Metrics

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is not HEALTHY, worst first."""
        wrong = [signal for signal in self.signals if signal.level.rank > 0]
        return tuple(signal.reason for signal in sorted(wrong, key=lambda signal: -signal.level.rank))

    def lines(self, *, verbose: bool = False, details: Iterable[str] = ()) -> tuple[str, ...]:
        """As the guide prints it; when not HEALTHY with reasons and what to do. `details` join the verbose lines."""
        known = f"{self.metrics.success_rate:.1%} success rate" if self.metrics.operations else "; ".join(self.reasons)
        lines = [f"Health: {self.overall.name} ({known})"]
        if verbose:
            lines += [f"  {line}" for line in (*self.metrics.lines, *details)]
        if self.overall.rank > 0:
            lines += [f"  Reason: {reason}" for reason in self.reasons if reason not in lines[0]]
            lines.append(f"  Action: {self.overall.action}")
        return tuple(lines)

    def to_document(self) -> dict[str, object]:
        """As it stands under `health` in `--json`."""
        return {
            "status": self.overall.name,
            "meaning": self.overall.meaning,
            "action": self.overall.action,
            **dict(self.metrics.values()),
            "reasons": list(self.reasons),
            "signals": [{"name": s.name, "status": s.level.name, "reason": s.reason} for s in self.signals],
        }


class HealthMonitor:
    """
    Monitors system health using sliding window metrics.

    Reference: Kephart & Chess (2003), Section 3.1 "Monitor"

    The window holds the last `window` operations that are not older than `longest` seconds. `operations` are those
    known from before; without any it lives in memory. `unknown_because` says why none are known.
    """

    def __init__(
        self,
        operations: Iterable[Operation] = (),
        *,
        window: int = WINDOW,
        longest: float = DAY,
        clock: Callable[[], float] = time,
        unknown_because: str = "no operation was recorded yet",
    ) -> None:
        self._operations = list(operations)[-window:]
        self._window = window
        self._longest = longest
        self._clock = clock
        self._unknown_because = unknown_because

    def record_success(self, duration_ms: int) -> None:
        """Record successful operation with latency."""
        self._record(duration_ms, True)

    def record_failure(self, duration_ms: int) -> None:
        """Record failed operation with latency."""
        self._record(duration_ms, False)

    def _record(self, duration_ms: float, ok: bool) -> None:
        # A clock that was set back while the operation ran makes it take less than no time.
        self._operations.append(Operation(self._clock(), max(0, duration_ms), ok))
        del self._operations[: -self._window]

    def get_metrics(self) -> Metrics:
        """The figures of the window."""
        seen = self._seen()
        if not seen:
            return Metrics(0, 0, 1.0, 0.0, 0.0, 0.0, False)
        from domain.self_healing.knowledge import at_least

        failures = sum(not operation.ok for operation in seen)
        successes, durations = len(seen) - failures, [operation.duration_ms for operation in seen]
        return Metrics(
            len(seen),
            failures,
            successes / len(seen),
            at_least(successes, len(seen)),
            sum(durations) / len(seen),
            percentile(durations, 95),
            is_failing_more([operation.ok for operation in seen]),
        )

    def _seen(self) -> list[Operation]:
        oldest = self._clock() - self._longest
        return [operation for operation in self._operations if operation.at >= oldest]

    def get_health_status(self, signals: Iterable[Signal] = ()) -> HealthStatus:
        """
        Returns current health level based on:
        - Success rate (< 90% = DEGRADED, < 70% = UNHEALTHY)
        - P95 latency (> 1000ms = DEGRADED)
        - Failure trend (increasing = DEGRADED)

        Below 50 % of ten operations or more it is CRITICAL. Further `signals` (probes, circuits) join in: the worst
        decides.
        """
        metrics = self.get_metrics()
        heard = (*self._own(metrics), *signals)
        worst = max((signal.level for signal in heard), key=lambda level: level.rank)
        return HealthStatus(worst, heard, metrics)

    def _own(self, metrics: Metrics) -> tuple[Signal, ...]:
        if not metrics.operations:
            return (Signal("operations", HealthLevel.UNKNOWN, self._unknown_because),)
        return _of_rate(metrics), _of_latency(metrics), _of_trend(metrics)


def floored(share: float) -> str:
    """A lower bound in percent: rounded up it would promise too much."""
    return f"{share * 1000 // 1 / 10:.1f}%"


def _of_rate(metrics: Metrics) -> Signal:
    rate, level = metrics.success_rate, HealthLevel.HEALTHY
    if rate < CRITICAL_BELOW and metrics.operations >= ENOUGH_FOR_CRITICAL:
        level = HealthLevel.CRITICAL
    elif rate < UNHEALTHY_BELOW:
        level = HealthLevel.UNHEALTHY
    elif rate < DEGRADED_BELOW:
        level = HealthLevel.DEGRADED
    return Signal("success rate", level, f"{metrics.failures} of {metrics.operations} operations failed")


def _of_latency(metrics: Metrics) -> Signal:
    level = HealthLevel.DEGRADED if metrics.p95_latency_ms > SLOW_MS else HealthLevel.HEALTHY
    reason = f"95 % of operations take up to {metrics.p95_latency_ms:.0f} ms; {SLOW_MS} ms is the limit"
    return Signal("latency", level, reason)


def _of_trend(metrics: Metrics) -> Signal:
    if metrics.is_failing_more:
        return Signal("trend", HealthLevel.DEGRADED, "failures are becoming more frequent")
    return Signal("trend", HealthLevel.HEALTHY, "failures are not becoming more frequent")


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest of the values that this many percent of them do not exceed (nearest rank)."""
    rank = -(-len(values) * percent // 100)
    return sorted(values)[max(rank, 1) - 1]


def is_failing_more(oks: Sequence[bool]) -> bool:
    """Whether failures crowd in the newer half, more than chance explains (one-sided sign test, 5 %).

    Needs five failures at least, so one bad minute that is over does not make a trend.
    """
    half = len(oks) // 2
    newer, older = oks[len(oks) - half :].count(False), oks[:half].count(False)
    return _chance_of(newer, newer + older) < LUCK


def _chance_of(least: int, flips: int) -> float:
    """Of so many flips of a coin, at least that many heads."""
    from math import comb

    return sum(comb(flips, heads) for heads in range(least, flips + 1)) / 2.0**flips
