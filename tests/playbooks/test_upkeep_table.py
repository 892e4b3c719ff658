"""Upkeep as a table: every step is told, one that fails stops no other, none begins when the time is over."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Unavailable
from domain.playbooks.actions import ACTIONS
from domain.playbooks.upkeep import (
    DEADLINES,
    OUTCOMES,
    PERIODS,
    SCHEMA,
    STEPS,
    Step,
    Told,
    carried_out,
    due,
    last_done,
    steps_of,
)

NOW = 10_000_000.0
THREE = (Step("one", "daily", "first"), Step("two", "daily", "second"), Step("three", "daily", "third"))


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def said(outcome: str = "nothing") -> Callable[[float], Told]:
    return lambda _: Told(outcome, f"it is {outcome}")


def line(period: str, age: float) -> dict[str, object]:
    return {"schema": SCHEMA, "period": period, "at": NOW - age}


def test_a_step_that_fails_stops_no_other() -> None:
    def fails(_: float) -> Told:
        raise Unavailable("The disk is away.")

    results = carried_out(THREE, {"one": said("done"), "two": fails, "three": said()}, Clock(), 60)
    assert [(each.step, each.outcome) for each in results] == [("one", "done"), ("two", "failed"), ("three", "nothing")]
    assert results[1].said == "The disk is away."


def test_a_bug_in_a_step_stops_no_other() -> None:
    def broken(_: float) -> Told:
        raise KeyError("x")

    results = carried_out(THREE, {"one": broken, "two": said(), "three": said()}, Clock(), 60)
    assert [each.outcome for each in results] == ["failed", "nothing", "nothing"]


def test_no_step_begins_when_the_time_is_over_and_each_is_told_what_is_left() -> None:
    clock, left = Clock(), []

    def slow(seconds: float) -> Told:
        left.append(seconds)
        clock.now += 40
        return Told("done", "at last")

    results = carried_out(THREE, dict.fromkeys(("one", "two", "three"), slow), clock, 60)
    assert (left, [each.outcome for each in results]) == ([60.0, 20.0], ["done", "done", "late"])
    assert [each.seconds for each in results] == [40, 40, 0]


def test_every_step_stands_once_in_a_period_that_has_a_deadline_and_takes_only_what_risks_nothing() -> None:
    assert PERIODS.keys() == DEADLINES.keys() == {step.period for step in STEPS}
    assert len({step.name for step in STEPS}) == len(STEPS)
    assert all(ACTIONS[action].risk == "R1" for step in STEPS for action in step.does)
    assert {step for period in PERIODS for step in steps_of(period)} == set(STEPS)
    assert {"done", "nothing", "found", "failed", "late"} == set(OUTCOMES)


@pytest.mark.parametrize(("period", "days"), [("daily", 1), ("weekly", 7), ("monthly", 30)])
def test_upkeep_is_due_a_period_after_it_was_done(period: str, days: int) -> None:
    assert period not in due([line(period, 0)], NOW)
    assert period not in due([line(period, 0.5 * days * 86_400)], NOW)
    assert period in due([line(period, 0.91 * days * 86_400)], NOW)  # a timer does not keep the second
    assert period in due([], NOW)


def test_what_a_clock_that_was_ahead_has_noted_keeps_nothing_from_being_due() -> None:
    assert "daily" in due([line("daily", -1000)], NOW)


@given(st.lists(st.one_of(st.text(), st.none(), st.dictionaries(st.text(), st.integers()))))
def test_lines_of_another_kind_are_passed_over(lines: list[object]) -> None:
    assert last_done([*lines, line("weekly", 5)]) == {"weekly": NOW - 5}
