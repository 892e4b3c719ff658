"""What is foreseen: only from enough points, only what chance would not show, and always with its evidence."""

from __future__ import annotations

import random
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.playbooks.prediction import (
    CHANCE,
    DAY,
    FEWEST,
    HOUR,
    NOT_FORESEEN,
    Point,
    Watch,
    amount,
    cusum,
    drift,
    ewma,
    forecast,
    least_squares,
    mann_kendall,
    spell,
)

DISK = Watch("disk_exhaustion", "disk_free", "disk", "B", DAY, "full", falls=True)
CACHE = Watch("cache_exhaustion", "cache_size", "cache", "B", DAY, "at its limit of {limit}")
values = st.floats(0, 1e12, allow_nan=False)


def every(step: float, *found: float) -> list[Point]:
    return [Point(step * number, value) for number, value in enumerate(found)]


def falling(count: int = 9, *, start: float = 602e6, per_hour: float = 38e6, step: float = 2250.0) -> list[Point]:
    return every(step, *(start - per_hour * step * number / HOUR for number in range(count)))


# --- trends -----------------------------------------------------------------------------------------------------------


def test_mann_kendall_counts_what_chance_shows() -> None:
    assert mann_kendall([1, 2, 3, 4]) == pytest.approx(1 / 24)
    assert mann_kendall([1, 2, 3, 4, 5]) == pytest.approx(1 / 120)
    assert mann_kendall([4, 3, 2, 1]) == pytest.approx(1.0)


def test_mann_kendall_agrees_with_all_orders_written_out() -> None:
    def score(order: tuple[int, ...]) -> int:
        return sum((b > a) - (b < a) for at, a in enumerate(order) for b in order[at + 1 :])

    orders = list(permutations(range(5)))
    for order in orders[::7]:
        share = sum(score(other) >= score(order) for other in orders) / len(orders)
        assert mann_kendall(order) == pytest.approx(share)


def test_the_approximation_of_mann_kendall_meets_the_count() -> None:
    order = random.Random(5).sample(range(28), 28)
    order.sort(key=lambda value: value + 18 * random.Random(value).random())
    counted, approximated = mann_kendall(order), mann_kendall([*order, order[-1]])
    assert approximated == pytest.approx(counted, abs=0.02)


@given(st.lists(values, min_size=2, max_size=40), st.floats(0.001, 1000), st.floats(-1e6, 1e6))
def test_a_trend_does_not_depend_on_units(found: list[float], scale: float, shift: float) -> None:
    whole = [float(round(value)) for value in found]
    assert mann_kendall([round(value) * 3 + 7 for value in whole]) == mann_kendall(whole)
    slope = least_squares(every(60, *whole))
    scaled = least_squares(every(60, *(value * scale + shift for value in whole)))
    assert scaled == pytest.approx(slope * scale, rel=1e-6, abs=1e-3 * scale)


@given(values, st.integers(2, 60))
def test_what_stays_the_same_has_no_trend(value: float, count: int) -> None:
    assert mann_kendall([value] * count) == 1.0
    assert least_squares(every(600, *[value] * count)) == pytest.approx(0.0, abs=1e-6 * max(value, 1.0))


@given(st.floats(-1e6, 1e6), st.floats(-1e9, 1e9), st.integers(2, 50))
def test_a_line_has_its_own_slope(slope: float, start: float, count: int) -> None:
    points = [Point(number * 300.0, start + slope * number * 300.0) for number in range(count)]
    assert least_squares(points) == pytest.approx(slope, rel=1e-4, abs=1e-3)


def test_points_of_one_moment_have_no_slope() -> None:
    assert least_squares([Point(5.0, 1.0), Point(5.0, 9.0)]) == 0.0


# --- forecasts --------------------------------------------------------------------------------------------------------


def test_a_disk_that_fills_is_told_with_its_evidence() -> None:
    found = forecast(DISK, falling(), 412e6, 0.0)
    assert found is not None and found.is_near
    assert found.line == "disk: 412 MB free, -38 MB/h over 5 h (n 9, p 0.001): full in 11 h"


def test_a_cache_that_grows_is_told_with_its_limit() -> None:
    points = every(HOUR, *(4e6 + 3e6 * number for number in range(8)))
    found = forecast(CACHE, points, 40e6, 64e6)
    assert found is not None
    assert found.line == "cache: 40 MB, +3 MB/h over 7 h (n 8, p 0.001): at its limit of 64 MB in 8 h"


@pytest.mark.parametrize("count", range(FEWEST))
def test_fewer_than_six_points_say_nothing(count: int) -> None:
    assert forecast(DISK, falling(count, step=6 * HOUR), 412e6, 0.0) is None


def test_points_that_span_less_than_a_tenth_of_the_horizon_say_nothing() -> None:
    assert forecast(DISK, falling(step=0.0125 * DAY - 1), 412e6, 0.0) is None
    assert forecast(DISK, falling(step=0.0125 * DAY), 412e6, 0.0) is not None


def test_what_moves_away_from_its_limit_never_meets_it() -> None:
    found = forecast(DISK, falling(per_hour=-38e6), 412e6, 0.0)
    assert found is not None and found.seconds is None and not found.is_near
    assert found.signal == NOT_FORESEEN
    assert found.line.endswith(": no end in sight")


def test_what_was_freed_a_moment_ago_counts_at_once() -> None:
    before, after = forecast(DISK, falling(), 380e6, 0.0), forecast(DISK, falling(), 1900e6, 0.0)
    assert before is not None and before.seconds == pytest.approx(10 * HOUR)
    assert after is not None and after.seconds == pytest.approx(50 * HOUR) and not after.is_near


def test_what_is_past_its_limit_is_over_now() -> None:
    points = every(HOUR, *(4e6 + 3e6 * number for number in range(8)))
    found = forecast(CACHE, points, 70e6, 64e6)
    assert found is not None and found.seconds == 0.0


@given(values, st.integers(FEWEST, 60), st.floats(0, 1e12))
def test_a_constant_series_predicts_nothing(value: float, count: int, level: float) -> None:
    for watch in (DISK, CACHE):
        found = forecast(watch, every(HOUR, *[value] * count), level, 1e15)
        assert found is not None and found.seconds is None


@given(st.floats(0.01, 1000), st.integers(FEWEST, 30))
def test_bytes_and_kilobytes_run_out_at_the_same_time(scale: float, count: int) -> None:
    points = falling(count, step=HOUR, start=5e9)
    plain = forecast(DISK, points, 400e6, 0.0)
    scaled = forecast(DISK, [Point(each.at, each.value * scale) for each in points], 400e6 * scale, 0.0)
    assert plain is not None and scaled is not None and plain.seconds is not None
    assert scaled.seconds == pytest.approx(plain.seconds, rel=1e-6)


def test_shuffled_noise_rarely_predicts_anything() -> None:
    """Of 600 series without a trend no more are taken for one than the level of the test allows, and some luck."""
    dice = random.Random(7)
    taken = 0
    for _ in range(600):
        found = forecast(DISK, every(HOUR, *(dice.gauss(1e9, 1e7) for _ in range(dice.randint(6, 40)))), 1e9, 0.0)
        taken += found is not None and found.seconds is not None
    assert 0 < taken <= 600 * CHANCE * 1.5


def test_a_trend_under_noise_is_found() -> None:
    dice = random.Random(3)
    points = [Point(point.at, point.value + dice.gauss(0, 2e6)) for point in falling(24, start=2e9, step=HOUR)]
    found = forecast(DISK, points, 1e9, 0.0)
    assert found is not None and found.seconds == pytest.approx(1e9 / 38e6 * HOUR, rel=0.02)


# --- what left its usual course ---------------------------------------------------------------------------------------


def test_a_step_is_seen_and_told() -> None:
    dice = random.Random(1)
    found = drift([dice.gauss(20, 2) for _ in range(60)], [dice.gauss(27, 2) for _ in range(20)])
    assert found is not None
    assert (found.usual, found.now) == (pytest.approx(20, abs=1), pytest.approx(27, abs=1))


def test_one_outlier_rings_nothing() -> None:
    dice = random.Random(2)
    usual = [dice.gauss(20, 2) for _ in range(60)]
    assert drift(usual, [*[20.0] * 19, 9000.0]) is None
    assert drift(usual, [9000.0, *[20.0] * 19]) is None


def test_what_gets_quicker_rings_nothing() -> None:
    assert drift([20.0, 22.0] * 30, [5.0] * 20) is None


def test_too_little_to_know_the_usual_rings_nothing() -> None:
    assert drift([20.0] * 29, [500.0] * 20) is None
    assert drift([20.0] * 60, []) is None


def test_noise_alone_rarely_rings() -> None:
    dice = random.Random(11)
    rings = sum(
        drift([dice.gauss(20, 3) for _ in range(80)], [dice.gauss(20, 3) for _ in range(20)]) is not None
        for _ in range(500)
    )
    assert rings <= 5


@given(st.lists(st.floats(1, 100), min_size=30, max_size=60), st.lists(st.floats(1, 1000), min_size=1, max_size=30))
def test_seconds_and_milliseconds_ring_alike(before: list[float], lately: list[float]) -> None:
    plain, scaled = drift(before, lately), drift([each * 1024 for each in before], [each * 1024 for each in lately])
    assert (plain is None) == (scaled is None)


@given(st.lists(st.floats(-3, 3), max_size=40))
def test_a_cusum_saves_up_no_good_times_and_a_smoothed_course_stays_among_its_values(marks: list[float]) -> None:
    assert cusum([-3.0] * 50 + marks) == cusum(marks)
    assert min([0.0, *marks]) - 1e-9 <= ewma(marks) <= max([0.0, *marks]) + 1e-9


# --- words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [(412e6, "B", "412 MB"), (1.24e9, "B", "1.2 GB"), (900.0, "B", "900 B"), (0.18, "s", "180 ms"), (2.0, "s", "2 s")],
)
def test_an_amount_is_said_as_people_say_it(value: float, unit: str, said: str) -> None:
    assert amount(value, unit) == said


@pytest.mark.parametrize(("seconds", "said"), [(40, "40 s"), (660, "11 min"), (39_600, "11 h"), (5 * DAY, "5 d")])
def test_a_spell_is_said_by_its_largest_unit(seconds: float, said: str) -> None:
    assert spell(seconds) == said
