"""The bounds of healing, counted on the log."""

from __future__ import annotations

import pytest

from domain.playbooks import guards
from domain.playbooks.guards import Approval, Confidence
from domain.playbooks.outcomes import HealingOutcome, Taken, outcome_of
from domain.playbooks.playbook import Step

NOW = 10_000_000.0
HOUR, DAY = 3600.0, 86_400.0


def outcome(
    age: float, result: str = "healed", *, mark: str = "one", did: str = "done", id: str = "drift"
) -> HealingOutcome:
    steps = (Taken("redraw_pages", "primary", "R1", did),)
    return HealingOutcome("x", id, 1, NOW - age, ("pages_stale > 0",), result, mark, "line", steps=steps)


def test_three_treatments_of_one_trouble_an_hour_are_enough() -> None:
    three = [outcome(age) for age in (60, 120, 180)]
    assert guards.exceeded(three, "one", NOW) is not None
    assert guards.exceeded(three[:2], "one", NOW) is None
    assert guards.exceeded(three, "two", NOW) is None
    assert guards.exceeded([outcome(age + HOUR) for age in (0, 1, 2)], "one", NOW) is None


def test_ten_treatments_a_day_are_enough_whatever_they_were_of() -> None:
    ten = [outcome(2 * HOUR + number, mark=f"m{number}") for number in range(10)]
    assert guards.exceeded(ten, "new", NOW) == "10 treatments within a day"
    assert guards.exceeded(ten[:9], "new", NOW) is None


def test_what_did_nothing_counts_for_no_bound() -> None:
    assert guards.exceeded([outcome(60, did="nothing") for _ in range(20)], "one", NOW) is None


def test_what_a_clock_that_was_ahead_has_written_counts_for_no_bound() -> None:
    assert guards.exceeded([outcome(-2 * DAY) for _ in range(20)], "one", NOW) is None


def test_the_third_heal_in_seven_days_is_recurring() -> None:
    assert guards.is_recurring([outcome(day * DAY) for day in (0, 3, 6.9)], "one", NOW)
    assert not guards.is_recurring([outcome(day * DAY) for day in (0, 3, 7.1)], "one", NOW)
    assert not guards.is_recurring([outcome(day * DAY, "escalated") for day in (0, 1, 2)], "one", NOW)


def test_failures_in_a_row_end_with_a_heal() -> None:
    rows = [outcome(400, "escalated"), outcome(300), outcome(200, "escalated"), outcome(100, "stopped")]
    assert guards.failed_in_a_row(rows, "one", NOW) == 2


@pytest.mark.parametrize(
    ("successes", "trials", "reserved"), [(0, 0, True), (5, 5, True), (8, 8, True), (9, 9, False), (17, 20, True)]
)
def test_what_is_risky_needs_nine_flawless_treatments(successes: int, trials: int, reserved: bool) -> None:
    reason = guards.reservation(Step("refresh_credentials"), Confidence(successes, trials), "R2", None)
    assert (reason is not None) == reserved


def test_an_approval_is_good_for_the_actions_and_the_risk_that_it_names() -> None:
    approval = Approval("dana", "R2", ("refresh_credentials",))
    assert approval.covers(Step("refresh_credentials"))
    assert not approval.covers(Step("restore_enforcement"))
    assert not approval.covers(Step("refresh_credentials", "R3"))


def test_an_outcome_read_from_its_line_is_the_same() -> None:
    made = outcome(0).replace(diagnosis={"in_git": None}, error="x")
    assert outcome_of(made.to_document()) == made
    assert outcome_of(made.to_document() | {"steps": "?"}) is None
    assert outcome_of({"schema": "wt.healing/1"}) is None
