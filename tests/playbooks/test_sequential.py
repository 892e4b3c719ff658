"""The sequential test: it errs as seldom as it says, and needs far fewer trials than a fixed number of them."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from domain.playbooks.sequential import BETTER, MOST, NOT_BETTER, UNDECIDED, Verdict, sprt, worth_having

RUNS = 2000


def throws(random: Random, rate: float) -> Iterator[bool]:
    while True:
        yield random.random() < rate


def verdicts(against: float, truth: float) -> list[Verdict]:
    random = Random(11)
    return [sprt(throws(random, truth), against) for _ in range(RUNS)]


def share(found: list[Verdict], decision: str) -> float:
    return sum(verdict.decision == decision for verdict in found) / len(found)


@pytest.mark.parametrize("rate", [0.3, 0.5, 0.85])
def test_what_is_not_better_is_called_better_in_one_of_twenty(rate: float) -> None:
    assert share(verdicts(rate, rate), BETTER) <= 0.06  # one in twenty, give or take what two thousand runs can tell


@pytest.mark.parametrize("rate", [0.3, 0.5])
def test_what_halves_the_failures_is_found_in_four_of_five(rate: float) -> None:
    found = verdicts(rate, worth_having(rate))
    assert share(found, BETTER) >= 0.78
    assert share(found, UNDECIDED) <= 0.02


def test_where_little_is_left_to_gain_a_hundred_trials_often_do_not_decide() -> None:
    found = verdicts(0.85, worth_having(0.85))
    assert share(found, BETTER) > 0.55
    assert share(found, NOT_BETTER) < 0.2


def test_it_needs_far_fewer_trials_than_a_fixed_number_of_them() -> None:
    """.5 → .75 takes 26 per arm or more with a fixed number (α .05, power .8)."""
    found = verdicts(0.5, 0.75)
    assert sum(verdict.n for verdict in found) / RUNS < 20


def test_a_rule_that_takes_the_best_of_four_would_err_half_of_the_time() -> None:
    """The masterplan's own rule, on four variations that are all as good as what there is: why it was not taken."""
    random = Random(3)

    def score(trials: int) -> float:
        return sum(random.random() < 0.85 for _ in range(trials)) / trials

    wrong = sum(max(score(20) for _ in range(4)) > score(20) for _ in range(RUNS))
    assert wrong / RUNS > 0.5
    assert share(verdicts(0.85, 0.85), BETTER) < 0.06


def test_what_is_not_decided_after_a_hundred_trials_stays_so() -> None:
    found = sprt([True, False, True, True] * 100, 0.7, 0.8)
    assert found.decision in (UNDECIDED, NOT_BETTER) and found.n <= MOST
    assert sprt([], 0.5) == Verdict(UNDECIDED, 0, 0, 0.5, 0.75)


def test_a_rate_that_seemed_certain_can_be_tested_against() -> None:
    assert sprt([True] * 200, 1.0).decision == UNDECIDED
    assert sprt([False] * 9, 0.0).decision == NOT_BETTER
