"""Carrying a plan out: bounded, shown step by step, and never worse than doing nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Broken
from domain.self_healing import (
    ActionExecutor,
    CircuitBreaker,
    ExecutionResult,
    RemediationPlan,
    RemediationPlanner,
    RemediationStep,
    RetryBudget,
    RetryPolicy,
    Symptom,
    SymptomAnalyzer,
)
from domain.self_healing.circuit import MemoryState
from tests.self_healing.fakes import Clock, Flaky, NoPlace
from tests.self_healing.test_analyzer import http

SLOW = TimeoutError("timed out")


def plan_for(error: Exception) -> RemediationPlan:
    return RemediationPlanner().plan(SymptomAnalyzer().analyze(Symptom.of(error, resource="git.remote:origin")))


def plan_of(*steps: RemediationStep) -> RemediationPlan:
    return RemediationPlan(SymptomAnalyzer().analyze(Symptom("odd")), "PLAYBOOK", steps)


def an_executor(attempt: Any, clock: Clock | None = None, **given: Any) -> ActionExecutor:
    clock = clock or Clock()
    given = {"sleep": clock.sleep, "chance": lambda: 0.5, **given}
    return ActionExecutor(attempt, given.pop("actions", {}), clock=clock, **given)


def lines(result: ExecutionResult) -> list[str]:
    return [step.line for step in result.steps]


def test_a_retry_that_succeeds_shows_its_steps_as_the_guide_prints_them() -> None:
    result = an_executor(Flaky()).execute(plan_for(SLOW), SLOW)
    assert lines(result) == [
        "✓ Attempt 1: Timeout (network)",
        "✓ Recovery: Exponential backoff retry",
        "✓ Attempt 2: Success",
    ]
    assert (result.success, result.value, result.error, result.attempts) == (True, "done", None, 2)


def test_when_nothing_helps_the_last_word_is_what_a_person_can_do() -> None:
    result = an_executor(Flaky(SLOW, SLOW, SLOW)).execute(plan_for(SLOW), SLOW)
    assert lines(result)[-2:] == [
        "✗ Recovery: Gave up after 3 attempts",
        "✗ Escalated: Check the network, then repeat the command.",
    ]
    assert (result.success, result.error, result.attempts, result.escalated) == (False, SLOW, 3, True)


@given(st.integers(1, 9), st.floats(0, 0.999))
def test_the_attempts_are_as_many_as_the_policy_says_the_first_included(attempts: int, chance: float) -> None:
    flaky = Flaky(*[SLOW] * 20)
    policy = RetryPolicy(attempts, max_delay=1.0)
    result = an_executor(flaky, policy=policy, chance=lambda: chance).execute(plan_for(SLOW), SLOW)
    assert flaky.calls == attempts - 1
    assert result.attempts == attempts


@given(st.floats(0, 20), st.floats(0, 40), st.floats(0, 0.999), st.floats(0, 60))
def test_no_pause_and_no_attempt_begins_beyond_the_deadline(
    takes: float, initial: float, chance: float, deadline: float
) -> None:
    clock, began = Clock(), []
    ends = clock.now + deadline
    flaky = Flaky(*[SLOW] * 20, clock=clock, takes=takes)

    def attempt() -> str:
        began.append(clock.now)
        return flaky()

    policy = RetryPolicy(9, initial_delay=initial, max_delay=1e6)
    executor = an_executor(attempt, clock, policy=policy, chance=lambda: chance)
    executor.execute(plan_for(SLOW), SLOW, ends=ends)
    assert all(start < ends for start in began)
    assert clock.now - (takes if began else 0) <= ends


def test_a_pause_that_took_longer_than_asked_is_not_followed_by_an_attempt_beyond_the_deadline() -> None:
    clock, flaky = Clock(), Flaky()
    executor = an_executor(flaky, clock, sleep=lambda seconds: clock.sleep(seconds + 100))
    assert (executor.execute(plan_for(SLOW), SLOW).success, flaky.calls) == (False, 0)


def test_a_repair_that_took_all_the_time_is_not_followed_by_an_attempt() -> None:
    clock, flaky, cut = Clock(), Flaky(), Broken("cut off")
    executor = an_executor(flaky, clock, actions={"repair": lambda _: clock.sleep(100)})
    assert (executor.execute(plan_for(cut), cut).success, flaky.calls) == (False, 0)


def test_an_executor_has_a_deadline_of_its_own() -> None:
    result = an_executor(Flaky(), deadline=0.4).execute(plan_for(SLOW), SLOW)
    assert "✗ Recovery: Not repeated: the time of this command is over" in lines(result)


def test_a_server_that_asks_for_time_gets_it() -> None:
    clock, limited = Clock(), http(429, {"Retry-After": "7"})
    an_executor(Flaky(), clock).execute(plan_for(limited), limited)
    assert clock.slept == [7.0]


def test_a_server_that_asks_for_more_time_than_there_is_ends_it_at_once() -> None:
    clock, limited = Clock(), http(429, {"Retry-After": "600"})
    result = an_executor(Flaky(), clock).execute(plan_for(limited), limited)
    assert (result.success, clock.slept) == (False, [])


def test_an_empty_budget_stops_retries_of_every_process() -> None:
    store = MemoryState()
    RetryBudget(store, clock=Clock()).take(9.0)
    result = an_executor(Flaky(), budget=RetryBudget(store, clock=Clock())).execute(plan_for(SLOW), SLOW)
    assert "✗ Recovery: Not repeated: too many retries lately in this project" in lines(result)


def test_a_budget_that_cannot_be_kept_forbids_nothing() -> None:
    assert an_executor(Flaky(), budget=RetryBudget(NoPlace())).execute(plan_for(SLOW), SLOW).success


def test_retries_stop_without_a_pause_when_the_circuit_opens_under_them() -> None:
    clock = Clock()
    breaker = CircuitBreaker("git.remote:origin", store=MemoryState(), clock=clock)
    for _ in range(3):
        breaker.failed(breaker.admit(), SLOW)
    flaky = Flaky(*[SLOW] * 9)
    executor = an_executor(flaky, clock, breaker=breaker, policy=RetryPolicy(9))
    result = executor.execute(plan_for(SLOW), SLOW)
    assert flaky.calls == 2
    assert len(clock.slept) == 2
    assert "✗ Recovery: ⚠ Circuit OPEN: Operations paused (retry in 60s)" in lines(result)


def test_one_passing_fault_after_another_ends_with_the_same_attempts_and_one_farewell() -> None:
    result = an_executor(Flaky(http(503), http(429))).execute(plan_for(SLOW), SLOW)
    assert lines(result) == [
        "✓ Attempt 1: Timeout (network)",
        "✓ Recovery: Exponential backoff retry",
        "✓ Attempt 2: The service answered 503",
        "✓ Attempt 3: Rate limit",
        "✗ Recovery: Gave up after 3 attempts",
        "✗ Escalated: Check the network, then repeat the command.",
    ]
    assert (result.changed, result.outcome) == (False, "escalated")


def test_another_fault_behind_the_first_is_handed_back_to_be_planned_for() -> None:
    cut = Broken("cut off")
    result = an_executor(Flaky(cut)).execute(plan_for(SLOW), SLOW)
    assert (result.success, result.error, result.changed, result.escalated) == (False, cut, True, False)


# --- actions by name -------------------------------------------------------------------------------------------------


def test_a_repair_that_helps_is_shown_with_its_own_words() -> None:
    def repair(arguments: Mapping[str, object]) -> str:
        return f"Restored {arguments['resource']} from the journal"

    cut = Broken("cut off")
    result = an_executor(Flaky(), actions={"repair": repair}, told=str.upper).execute(plan_for(cut), cut)
    assert lines(result) == [
        "✓ Issue: The JSON cannot be read",
        "✓ Recovery: Restored git.remote:origin from the journal",
        "✓ Result: DONE",
    ]
    assert result.actions == ("repair",)


def test_an_action_nobody_wired_is_escalated() -> None:
    cut = Broken("cut off")
    result = an_executor(Flaky()).execute(plan_for(cut), cut)
    assert lines(result) == [
        "✓ Issue: The JSON cannot be read",
        "✗ Escalated: Run wt doctor: it shows what can be proven and asks.",
    ]
    assert (result.error, result.actions) == (cut, ())


def test_an_action_that_fails_is_shown_and_the_original_error_stays() -> None:
    cut = Broken("cut off")
    result = an_executor(Flaky(), actions={"repair": Flaky(OSError("no backup"))}).execute(plan_for(cut), cut)
    assert result.error is cut
    assert result.escalated


def test_a_repair_that_did_not_help_is_not_made_again() -> None:
    repair: list[object] = []
    cut = Broken("cut off")
    executor = an_executor(Flaky(cut, cut), actions={"repair": repair.append})
    result = executor.execute(plan_for(cut), cut)
    assert (len(repair), result.success, result.escalated) == (1, False, True)


def test_what_only_a_person_may_do_is_never_done() -> None:
    done: list[object] = []
    step = RemediationStep("force_push", risk="R3")
    result = an_executor(Flaky(), actions={"force_push": done.append}).execute(plan_of(step))
    assert done == []
    assert lines(result)[-1] == "✗ Recovery: force_push is for a person to decide"


def test_steps_run_in_order_and_end_with_the_first_that_fails() -> None:
    done: list[str] = []
    actions = {name: lambda _, name=name: done.append(name) for name in ("one", "three")}
    result = an_executor(Flaky(), actions=actions).execute(plan_of(*map(RemediationStep, ("one", "two", "three"))))
    assert (done, result.success) == (["one"], False)


def test_a_fallback_is_taken_when_its_step_does_not_help() -> None:
    step = RemediationStep("one", validation="holds", fallback=RemediationStep("two"))
    actions = {"one": lambda _: None, "two": lambda _: None, "holds": lambda _: False}
    result = an_executor(Flaky(), actions=actions).execute(plan_of(step))
    assert (result.success, result.actions) == (True, ("one", "two"))


@pytest.mark.parametrize("holds", [{}, {"holds": lambda _: None}, {"holds": Flaky(OSError("x"))}])
def test_a_proof_that_cannot_be_had_is_no_proof(holds: dict[str, Any]) -> None:
    step = RemediationStep("one", validation="holds")
    result = an_executor(Flaky(), actions={"one": lambda _: None, **holds}).execute(plan_of(step))
    assert (result.success, lines(result)[-1]) == (False, "✗ Result: holds does not hold")


def test_a_wired_escalation_is_told_what_to_do_and_may_fail() -> None:
    told: list[Mapping[str, object]] = []
    executor = an_executor(Flaky(), actions={"escalate": told.append}, policy=RetryPolicy.no_retry())
    executor.execute(plan_for(SLOW), SLOW)
    assert told == [{"advice": "Check the network, then repeat the command."}]
    broken = an_executor(Flaky(), actions={"escalate": Flaky(OSError("x"))}, policy=RetryPolicy.no_retry())
    assert broken.execute(plan_for(SLOW), SLOW).escalated


def test_an_executor_works_by_itself_as_the_guide_has_it() -> None:
    executor = ActionExecutor(Flaky(), policy=RetryPolicy(max_attempts=2, initial_delay=0.0))
    assert executor.execute(plan_for(SLOW)).success
