"""Retries are bounded in number, in time and in sum."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.self_healing import RetryBudget, RetryPolicy
from domain.self_healing.circuit import MemoryState
from tests.self_healing.fakes import Clock

POLICIES = st.builds(
    RetryPolicy,
    max_attempts=st.integers(1, 12),
    initial_delay=st.floats(0, 1e6),
    max_delay=st.floats(0, 1e6),
    exponential_base=st.floats(1, 1e6),
    jitter=st.booleans(),
)
CHANCE = st.floats(0, 1, exclude_max=True)


@given(POLICIES, CHANCE)
def test_every_delay_lies_between_zero_and_its_ceiling(policy: RetryPolicy, chance: float) -> None:
    for retry, delay in enumerate(policy.delays(lambda: chance), start=1):
        assert 0 <= delay <= policy.ceiling(retry) <= policy.max_delay


@given(POLICIES, CHANCE)
def test_there_is_one_delay_less_than_there_are_attempts(policy: RetryPolicy, chance: float) -> None:
    assert len(list(policy.delays(lambda: chance))) == policy.max_attempts - 1


def test_the_first_retry_waits_the_initial_delay_and_the_next_ones_longer() -> None:
    policy = RetryPolicy(max_attempts=6, initial_delay=1.0, max_delay=10.0, jitter=False)
    assert list(policy.delays(float)) == [1.0, 2.0, 4.0, 8.0, 10.0]


def test_jitter_reaches_from_zero_to_the_ceiling() -> None:
    policy = RetryPolicy(initial_delay=4.0)
    assert (policy.delay(1, lambda: 0.0), policy.delay(1, lambda: 0.5)) == (0.0, 2.0)


def test_delays_that_outgrow_every_number_stay_at_the_longest() -> None:
    policy = RetryPolicy(initial_delay=1.0, max_delay=30.0, exponential_base=1e300, jitter=False)
    assert policy.ceiling(9) == 30.0


@given(
    st.integers(1, 10),
    st.floats(0.001, 100),
    st.floats(0.001, 1000),
    st.sampled_from([1.0, 1.5, 2.0, 3.0]),
)
def test_unjittered_delays_equal_those_of_tenacity(attempts: int, initial: float, longest: float, base: float) -> None:
    tenacity = pytest.importorskip("tenacity")
    wait = tenacity.wait_exponential(multiplier=initial, max=longest, exp_base=base)
    state = tenacity.RetryCallState(tenacity.Retrying(), None, (), {})
    ours = list(RetryPolicy(attempts, initial, longest, base, jitter=False).delays(float))
    for state.attempt_number, delay in enumerate(ours, start=1):
        assert delay == pytest.approx(wait(state))


@given(st.integers(1, 10), st.floats(0.001, 100), st.floats(0.001, 1000), st.sampled_from([1.0, 2.0]), st.integers())
def test_jittered_delays_equal_those_of_tenacity_for_the_same_chance(
    attempts: int, initial: float, longest: float, base: float, seed: int
) -> None:
    tenacity = pytest.importorskip("tenacity")
    wait = tenacity.wait_random_exponential(multiplier=initial, max=longest, exp_base=base)
    state = tenacity.RetryCallState(tenacity.Retrying(), None, (), {})
    ours = list(RetryPolicy(attempts, initial, longest, base).delays(random.Random(seed).random))
    random.seed(seed)
    for state.attempt_number, delay in enumerate(ours, start=1):
        assert delay == pytest.approx(wait(state))


@pytest.mark.parametrize(
    ("policy", "attempts"),
    [
        (RetryPolicy(), 3),
        (RetryPolicy.default(), 3),
        (RetryPolicy.aggressive(), 6),
        (RetryPolicy.conservative(), 2),
        (RetryPolicy.no_retry(), 1),
    ],
)
def test_the_presets_are_policies(policy: RetryPolicy, attempts: int) -> None:
    assert policy.max_attempts == attempts


def test_aggressive_waits_less_and_conservative_longer_than_the_default() -> None:
    waits = [p.ceiling(1) for p in (RetryPolicy.aggressive(), RetryPolicy.default(), RetryPolicy.conservative())]
    assert waits == sorted(waits)


@pytest.mark.parametrize(
    "given",
    [
        {"max_attempts": 0},
        {"max_attempts": 2.5},
        {"initial_delay": -1.0},
        {"initial_delay": float("nan")},
        {"max_delay": float("inf")},
        {"exponential_base": 0.5},
    ],
)
def test_numbers_that_make_no_sense_are_refused_by_name(given: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(given))):
        RetryPolicy(**given)  # type: ignore[arg-type]  # wrong on purpose


# --- the budget ------------------------------------------------------------------------------------------------------


def budget(clock: Clock, documents: dict[str, object] | None = None) -> RetryBudget:
    return RetryBudget(MemoryState(documents or {}), clock=clock)


def test_a_full_budget_pays_for_ten_retries() -> None:
    full = budget(Clock())
    assert [full.take() for _ in range(11)] == [True] * 10 + [False]


def test_a_retry_after_a_timeout_costs_two() -> None:
    full = budget(Clock())
    assert [full.take(2.0) for _ in range(6)] == [True] * 5 + [False]


def test_a_minute_gives_one_retry_back_and_never_more_than_the_bucket_holds() -> None:
    clock = Clock()
    used = budget(clock)
    used.take(10.0)
    clock.now += 60
    assert used.left() == pytest.approx(1.0)
    clock.now += 1e6
    assert used.left() == 10.0


def test_ten_successes_give_one_retry_back() -> None:
    used = budget(Clock())
    used.take(10.0)
    for _ in range(10):
        used.earn()
    assert used.left() == pytest.approx(1.0)


def test_a_full_budget_is_not_written_by_a_success() -> None:
    state = MemoryState()
    RetryBudget(state, clock=Clock()).earn()
    assert state.documents == {}


def test_a_clock_set_back_refills_nothing() -> None:
    clock = Clock()
    used = budget(clock)
    used.take(5.0)
    clock.now -= 5000
    assert used.left() == 5.0


@pytest.mark.parametrize(
    "kept", ["torn {", [], {}, {"tokens": "x", "at": 1}, {"tokens": float("nan"), "at": 1.0}, {"tokens": True, "at": 0}]
)
def test_a_budget_that_cannot_be_understood_is_a_full_one(kept: object) -> None:
    assert budget(Clock(), {RetryBudget.KEY: kept}).take(10.0) is True


@given(st.lists(st.one_of(st.just("take"), st.just("earn"), st.floats(-1e5, 1e5)), max_size=40))
def test_what_is_left_never_leaves_the_bucket(moves: list[str | float]) -> None:
    clock = Clock(1e6)
    bucket = budget(clock)
    for move in moves:
        if isinstance(move, float):
            clock.now += move
        elif move == "take":
            before = bucket.left()
            assert bucket.take() is (before >= 1)
        else:
            bucket.earn()
        assert 0 <= bucket.left() <= 10
