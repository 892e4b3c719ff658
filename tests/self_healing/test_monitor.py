"""Health by the thresholds of the guide, over a window of real operations."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.self_healing import HealthLevel, HealthMonitor, Signal
from domain.self_healing.monitor import Operation, floored, is_failing_more, percentile
from tests.self_healing.fakes import Clock


def seen(successes: int, failures: int, *, duration_ms: int = 10) -> HealthMonitor:
    """So many of each, mixed evenly: no trend."""
    monitor = HealthMonitor(clock=Clock())
    total = successes + failures
    for turn in range(total):
        failed = (turn + 1) * failures // total > turn * failures // total
        (monitor.record_failure if failed else monitor.record_success)(duration_ms=duration_ms)
    return monitor


def level(monitor: HealthMonitor) -> str:
    return monitor.get_health_status().overall.name


@pytest.mark.parametrize(
    ("successes", "failures", "expected"),
    [
        (1, 0, "HEALTHY"),
        (100, 0, "HEALTHY"),
        (9, 1, "HEALTHY"),  # 90 % is not below 90 %
        (90, 10, "HEALTHY"),
        (89, 11, "DEGRADED"),
        (8, 1, "DEGRADED"),
        (7, 3, "DEGRADED"),  # 70 % is not below 70 %
        (69, 31, "UNHEALTHY"),
        (2, 1, "UNHEALTHY"),
        (5, 5, "UNHEALTHY"),  # 50 % is not below 50 %
        (4, 5, "UNHEALTHY"),  # nine operations are too few to say CRITICAL
        (0, 9, "UNHEALTHY"),
        (4, 6, "CRITICAL"),
        (49, 51, "CRITICAL"),
        (0, 10, "CRITICAL"),
    ],
)
def test_the_success_rate_decides_at_90_70_and_50_percent(successes: int, failures: int, expected: str) -> None:
    assert level(seen(successes, failures)) == expected


@pytest.mark.parametrize(("duration_ms", "expected"), [(1000, "HEALTHY"), (1001, "DEGRADED")])
def test_operations_that_take_more_than_a_second_degrade(duration_ms: int, expected: str) -> None:
    assert level(seen(20, 0, duration_ms=duration_ms)) == expected


def test_one_slow_operation_in_twenty_is_within_the_percentile_and_two_are_not() -> None:
    monitor = seen(19, 0)
    monitor.record_success(duration_ms=5000)
    assert level(monitor) == "HEALTHY"
    monitor.record_success(duration_ms=5000)
    assert level(monitor) == "DEGRADED"


def test_failures_that_become_more_frequent_degrade() -> None:
    monitor = seen(90, 0)
    for turn in range(10):
        (monitor.record_failure if turn % 2 else monitor.record_success)(duration_ms=10)
    status = monitor.get_health_status()
    assert monitor.get_metrics().success_rate == 0.95
    assert (status.overall.name, status.reasons) == ("DEGRADED", ("failures are becoming more frequent",))


@pytest.mark.parametrize(("lately", "trend"), [(4, False), (5, True)])
def test_a_trend_is_what_chance_shows_less_than_once_in_twenty_times(lately: int, trend: bool) -> None:
    assert is_failing_more([True] * 50 + [False] * lately + [True] * (50 - lately)) is trend


def test_a_single_failure_that_is_over_is_no_trend() -> None:
    monitor = seen(30, 0)
    monitor.record_failure(duration_ms=10)
    assert level(monitor) == "HEALTHY"


@given(st.lists(st.booleans(), max_size=60))
def test_a_trend_needs_five_failures_and_more_of_them_lately(oks: list[bool]) -> None:
    half = len(oks) // 2
    if is_failing_more(oks):
        assert oks.count(False) >= 5
        assert oks[len(oks) - half :].count(False) > oks[:half].count(False)


@given(st.lists(st.booleans(), max_size=60))
def test_a_window_and_its_mirror_are_never_both_a_trend(oks: list[bool]) -> None:
    assert not (is_failing_more(oks) and is_failing_more(oks[::-1]))


@given(st.lists(st.integers(0, 10_000), min_size=1), st.integers(1, 100))
def test_a_percentile_is_a_value_that_this_share_does_not_exceed(values: list[int], percent: int) -> None:
    found = percentile(values, percent)
    assert found in values
    assert sum(value <= found for value in values) * 100 >= percent * len(values)
    assert sum(value < found for value in values) * 100 < percent * len(values)


def test_the_window_forgets_what_is_older_than_a_hundred_operations() -> None:
    monitor = seen(0, 50)
    for _ in range(100):
        monitor.record_success(duration_ms=10)
    assert monitor.get_metrics().failures == 0


def test_the_window_forgets_what_is_older_than_a_day() -> None:
    clock = Clock()
    monitor = HealthMonitor(clock=clock)
    monitor.record_failure(duration_ms=10)
    clock.now += 86_401
    assert level(monitor) == "UNKNOWN"


def test_operations_known_from_before_count() -> None:
    known = [Operation(1000.0, 10, False)] * 10
    assert level(HealthMonitor(known, clock=Clock())) == "CRITICAL"


def test_operations_from_a_clock_that_was_ahead_still_count() -> None:
    assert HealthMonitor([Operation(9e9, 10, True)], clock=Clock()).get_metrics().operations == 1


def test_a_duration_below_zero_is_none() -> None:
    monitor = HealthMonitor(clock=Clock())
    monitor.record_success(duration_ms=-500)
    assert monitor.get_metrics().avg_latency_ms == 0


def test_without_state_it_says_unknown_and_why() -> None:
    monitor = HealthMonitor(unknown_because="the log of operations cannot be read")
    assert monitor.get_health_status().lines() == (
        "Health: UNKNOWN (the log of operations cannot be read)",
        "  Action: Run a command, then look again",
    )
    assert f"{monitor.get_metrics().success_rate:.2%}" == "100.00%"


def test_a_further_signal_joins_and_the_worst_decides() -> None:
    veto = Signal("history-append-only", HealthLevel.CRITICAL, "two lines of history are gone")
    fine = Signal("disk", HealthLevel.HEALTHY, "half empty")
    status = seen(10, 0).get_health_status([fine, veto])
    assert (status.overall, status.reasons) == (HealthLevel.CRITICAL, ("two lines of history are gone",))


def test_a_healthy_line_is_the_one_the_guide_prints() -> None:
    assert seen(1, 0, duration_ms=50).get_health_status().lines() == ("Health: HEALTHY (100.0% success rate)",)


def test_verbose_says_what_the_guide_prints() -> None:
    assert seen(1, 0, duration_ms=50).get_health_status().lines(verbose=True) == (
        "Health: HEALTHY (100.0% success rate)",
        "  Operations: 1",
        "  Failures: 0",
        "  Avg latency: 50ms",
        "  P95 latency: 50ms",
        "  Trend: steady",
        "  Based on: 1 of 1 operations (at least 26.9%, 95% sure)",
    )


@pytest.mark.parametrize(
    ("successes", "failures", "action"), [(8, 2, "Monitor"), (6, 4, "Investigate"), (0, 10, "Immediate attention")]
)
def test_what_is_not_healthy_prints_its_action(successes: int, failures: int, action: str) -> None:
    lines = seen(successes, failures).get_health_status().lines()
    assert lines[1:] == (f"  Reason: {failures} of 10 operations failed", f"  Action: {action}")


def test_the_document_holds_plain_values() -> None:
    document = seen(3, 1).get_health_status().to_document()
    assert json.loads(json.dumps(document)) == document
    assert (document["status"], document["operations"], document["failures"], document["action"]) == (
        "DEGRADED",
        4,
        1,
        "Monitor",
    )


def test_a_bound_is_never_rounded_up() -> None:
    assert [floored(0.99999), floored(0.26987), floored(1.0), floored(0.0)] == ["99.9%", "26.9%", "100.0%", "0.0%"]
