"""The burn-up tells what a plan was at every change, from its history alone; times are the calendar's."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.dashboard.burn_up import MOST, Point, burn_up
from domain.dashboard.times import ago, day, lasted, told
from domain.entries import never_done
from domain.shape import iso_of, seconds_of
from domain.tracker import Tracker
from tests.dashboard.boards import history
from tests.samples import task, tracker_with
from tests.test_edits import trackers


@settings(max_examples=150, deadline=None)
@given(st.lists(trackers(), min_size=1, max_size=6))
def test_the_curve_is_what_the_plan_was_after_each_change(states: list[Tracker]) -> None:
    entries = history(*states)
    points = {point.at: (point.total, point.done) for point in burn_up(states[-1].tally, entries[::-1])}
    for entry, state in zip(entries, states, strict=True):
        told = points.get(entry.at)
        assert told in (None, (state.tally.counted, state.tally.complete))
    assert points[max(points)] == (states[-1].tally.counted, states[-1].tally.complete)


def test_a_cancelled_task_leaves_the_total_and_a_reopened_one_is_no_longer_done() -> None:
    begun = tracker_with("1.1", "1.2", "1.3")
    done = begun.with_task(1, task(1, uid=begun.task(1, 1).uid, status="complete"))  # type: ignore[union-attr]  # it is there
    fewer = done.with_task(1, task(2, uid=begun.task(1, 2).uid, status="cancelled"))  # type: ignore[union-attr]
    again = fewer.with_task(1, begun.task(1, 1))  # type: ignore[arg-type]
    curve = burn_up(again.tally, history(begun, done, fewer, again)[::-1])
    assert [(point.total, point.done) for point in curve] == [(3, 0), (3, 1), (2, 1), (2, 0)]


def test_what_never_reached_the_file_is_not_counted() -> None:
    begun = tracker_with("1.1", "1.2")
    done = begun.with_task(1, task(1, uid=begun.task(1, 1).uid, status="complete"))  # type: ignore[union-attr]
    first, second = history(begun, done)
    entries = [never_done(second, 3, second.at, "alex"), second, first]
    assert [(point.total, point.done) for point in burn_up(begun.tally, entries)] == [(2, 0)]


def test_a_plan_without_history_has_no_curve() -> None:
    assert burn_up(tracker_with("1.1").tally, ()) == ()


def test_a_long_history_is_thinned_and_keeps_its_ends() -> None:
    states = [tracker_with(*(f"1.{n}" for n in range(1, size + 2))) for size in range(MOST + 60)]
    curve = burn_up(states[-1].tally, history(*states)[::-1])
    assert len(curve) == MOST
    assert (curve[0].total, curve[-1].total) == (1, MOST + 60)
    assert [point.total for point in curve] == sorted({point.total for point in curve})


def test_a_history_that_is_not_whole_never_goes_below_nothing() -> None:
    _, grown = history(tracker_with("1.1"), tracker_with("1.1", "1.2", "1.3"))
    earlier = history(tracker_with("1.1", "1.2", "1.3", "1.4"))
    curve = burn_up(tracker_with("1.1").tally, [grown, *earlier])
    assert all(point.total >= 0 for point in curve)
    assert isinstance(curve[0], Point)


@given(st.integers(0, 253_402_300_799))
def test_times_are_those_of_the_calendar(seconds: int) -> None:
    at = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")
    assert iso_of(seconds) == at
    assert seconds_of(at) == seconds


def test_times_are_told_as_people_say_them() -> None:
    assert [lasted(n) for n in (0.4, 59, 60, 7200, 200_000)] == ["0 s", "59 s", "1 min", "2 h", "2 d"]
    assert (told(0.25), ago(90)) == ("250 ms", "1 min ago")
    assert day(1_767_603_600) == "5 Jan"
