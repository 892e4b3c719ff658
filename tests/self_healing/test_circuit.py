"""The circuit: opens at the threshold, lets one through when the pause is over, and is never itself what is broken."""

from __future__ import annotations

import multiprocessing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

import domain.self_healing
from domain.errors import Refused, Unavailable
from domain.self_healing import CircuitBreaker, CircuitOpen, CircuitOptions, CircuitState
from domain.self_healing.circuit import Circuit, MemoryState, Permit, circuit_of
from tests.self_healing.fakes import Clock, FileState, Flaky, NoPlace

REMOTE = "git.remote:origin"
DOWN = ConnectionRefusedError(111, "Connection refused")


def a_breaker(clock: Clock, store: Any = None, **given: Any) -> CircuitBreaker:
    return CircuitBreaker(REMOTE, store=store if store is not None else MemoryState(), clock=clock, **given)


def fail(breaker: CircuitBreaker, times: int = 1, error: Exception = DOWN) -> None:
    for _ in range(times):
        with pytest.raises(type(error)):
            breaker.call(Flaky(error))


def open_breaker(clock: Clock, store: Any = None, **given: Any) -> CircuitBreaker:
    breaker = a_breaker(clock, store, **given)
    fail(breaker, 5)
    return breaker


def refusal(breaker: CircuitBreaker) -> CircuitOpen:
    with pytest.raises(CircuitOpen) as caught:
        breaker.admit()
    return caught.value


def test_the_fifth_consecutive_failure_opens_and_not_the_fourth() -> None:
    breaker = a_breaker(Clock())
    fail(breaker, 4)
    assert breaker.state.name == "CLOSED"
    fail(breaker)
    assert breaker.state.name == "OPEN"


def test_a_success_in_between_starts_the_count_again() -> None:
    breaker = a_breaker(Clock())
    fail(breaker, 4)
    assert breaker.call(Flaky()) == "done"
    fail(breaker, 4)
    assert breaker.state.name == "CLOSED"


def test_an_open_circuit_says_what_the_guide_prints_and_does_not_try() -> None:
    breaker, flaky = open_breaker(Clock()), Flaky()
    with pytest.raises(CircuitOpen) as caught:
        breaker.call(flaky)
    assert str(caught.value) == "⚠ Circuit OPEN: Operations paused (retry in 60s)"
    assert (caught.value.exit_code, flaky.calls) == (75, 0)


def test_the_seconds_left_are_rounded_up_so_that_waiting_that_long_is_enough() -> None:
    clock = Clock()
    breaker = open_breaker(clock)
    clock.now += 59.2
    assert "(retry in 1s)" in str(refusal(breaker))
    clock.now += 1
    assert breaker.admit().trial == 1


@pytest.mark.parametrize(
    "error", [Refused("a typo"), ValueError("a bug"), Refused("x", data={"word": "DONE", "means": "complete"})]
)
def test_typos_and_bugs_never_open_the_circuit(error: Exception) -> None:
    breaker = a_breaker(Clock())
    fail(breaker, 20, error)
    assert breaker.state.name == "CLOSED"


@pytest.mark.parametrize(
    "error", [TimeoutError("timed out"), Unavailable("no"), PermissionError(13, "Permission denied"), DOWN]
)
def test_transient_and_resource_faults_count(error: Exception) -> None:
    breaker = a_breaker(Clock())
    fail(breaker, 5, error)
    assert breaker.state.name == "OPEN"


def test_a_trial_that_succeeds_closes() -> None:
    clock = Clock()
    breaker = open_breaker(clock)
    clock.now += 60
    assert breaker.state.name == "HALF_OPEN"
    assert breaker.call(Flaky()) == "done"
    assert breaker.state.name == "CLOSED"


def test_a_trial_that_fails_opens_for_twice_as_long_up_to_a_quarter_of_an_hour() -> None:
    clock = Clock()
    breaker = open_breaker(clock)
    pauses = []
    for _ in range(6):
        clock.now += refusal(breaker).retry_after or 0
        fail(breaker)
        pauses.append(refusal(breaker).retry_after)
    assert pauses == [120, 240, 480, 900, 900, 900]


def test_only_one_is_let_through_and_the_others_see_the_seconds_of_its_lease() -> None:
    clock, store = Clock(), MemoryState()
    open_breaker(clock, store)
    clock.now += 60
    assert a_breaker(clock, store).admit().trial == 1
    assert str(refusal(a_breaker(clock, store))) == "⚠ Circuit OPEN: Operations paused (retry in 60s)"


def test_the_lease_of_a_dead_trial_runs_out_and_the_next_may_try() -> None:
    clock = Clock()
    breaker = open_breaker(clock)
    clock.now += 60
    breaker.admit()
    clock.now += 60
    assert breaker.admit().trial == 2


def test_a_late_result_of_a_trial_that_was_given_up_changes_nothing() -> None:
    clock = Clock()
    breaker = open_breaker(clock)
    clock.now += 60
    dead = breaker.admit()
    clock.now += 60
    alive = breaker.admit()
    breaker.failed(dead, DOWN)
    assert refusal(breaker).retry_after == 60  # of the lease of the one alive, not of a new pause
    breaker.succeeded(alive)
    assert breaker.state.name == "CLOSED"


def test_a_late_failure_does_not_lengthen_the_pause() -> None:
    clock = Clock()
    breaker = a_breaker(clock)
    sent_before = breaker.admit()
    fail(breaker, 5)
    clock.now += 30
    breaker.failed(sent_before, DOWN)
    assert refusal(breaker).retry_after == 30


def test_a_late_failure_does_not_count_after_the_circuit_closed_again() -> None:
    breaker = a_breaker(Clock())
    sent_before = [breaker.admit() for _ in range(5)]
    breaker.reset()
    for permit in sent_before:
        breaker.failed(permit, DOWN)
    assert breaker.state.name == "CLOSED"


def test_a_trial_that_failed_gives_its_lease_back() -> None:
    clock = Clock()
    breaker = open_breaker(clock, options=CircuitOptions(timeout=10.0))
    clock.now += 10
    fail(breaker)
    assert refusal(breaker).retry_after == 20


def test_a_late_success_does_not_close_the_circuit() -> None:
    breaker = a_breaker(Clock())
    sent_before = breaker.admit()
    fail(breaker, 5)
    breaker.succeeded(sent_before)
    assert breaker.state.name == "OPEN"


def test_a_trial_that_says_nothing_hands_its_turn_on() -> None:
    clock = Clock()
    breaker = open_breaker(clock)
    clock.now += 60
    fail(breaker, 1, Refused("a typo"))
    assert breaker.admit().trial == 2


def test_a_trial_that_was_interrupted_hands_its_turn_on() -> None:
    clock = Clock()
    breaker = open_breaker(clock)
    clock.now += 60

    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        breaker.call(interrupted)
    assert breaker.admit().trial == 2


def test_reset_is_durable_and_closes_for_every_process() -> None:
    clock, store = Clock(), MemoryState()
    open_breaker(clock, store)
    a_breaker(clock, store).reset()
    assert a_breaker(clock, store).state.name == "CLOSED"


def test_an_isolated_circuit_stays_so_until_it_is_reset() -> None:
    clock = Clock()
    breaker = a_breaker(clock)
    breaker.isolate("maintenance")
    clock.now += 1e6
    assert str(refusal(breaker)) == "⚠ Circuit ISOLATED: Operations paused by hand"
    assert breaker.statuses()[0].reason == "maintenance"
    breaker.reset()
    assert breaker.call(Flaky()) == "done"


def test_asking_whether_it_is_paused_takes_nobody_s_turn() -> None:
    clock = Clock()
    breaker = open_breaker(clock)
    paused = breaker.paused()
    assert paused is not None
    assert paused.retry_after == 60
    clock.now += 60
    assert breaker.paused() is None
    assert breaker.admit().trial == 1


def test_a_breaker_without_a_resource_stands_for_all_the_circuits_and_leaves_other_state_alone() -> None:
    clock, store = Clock(), MemoryState({"retry-budget": {"tokens": 3.0, "at": 0.0}})
    open_breaker(clock, store)
    everything = CircuitBreaker(store=store, clock=clock)
    assert everything.state.name == "OPEN"
    everything.reset()
    assert [status.state for status in everything.statuses()] == [CircuitState.CLOSED]
    assert store.documents["retry-budget"] == {"tokens": 3.0, "at": 0.0}


def test_the_snippet_of_the_guide_resets_the_circuits_of_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, store = Clock(), MemoryState()
    open_breaker(clock, store)
    root = SimpleNamespace(circuit_store=lambda: store, circuit_options=CircuitOptions)
    monkeypatch.setattr(domain.self_healing, "composition_root", lambda: root)

    cb = CircuitBreaker()
    cb.reset()  # Force to CLOSED

    assert a_breaker(clock, store).state.name == "CLOSED"


# --- clocks, damage, missing places ----------------------------------------------------------------------------------


def test_a_clock_set_back_pauses_once_more_and_not_for_ever() -> None:
    clock = Clock(1e6)
    breaker = open_breaker(clock)
    clock.now = 1000
    assert refusal(breaker).retry_after == 60
    clock.now += 60
    assert breaker.admit().trial == 1


def test_a_clock_set_back_during_a_trial_leaves_a_lease_that_ends() -> None:
    clock = Clock(1e6)
    breaker = open_breaker(clock)
    clock.now += 60
    breaker.admit()
    clock.now = 1000
    assert (refusal(breaker).retry_after or 0) <= 60
    clock.now += 60
    assert breaker.admit().trial == 2


def test_a_clock_set_ahead_ends_the_pause_early_for_one_trial() -> None:
    clock = Clock()
    breaker = open_breaker(clock)
    clock.now = 1e9
    assert breaker.admit().trial == 1
    refusal(breaker)


SOUND = Circuit(state="OPEN", failures=5, generation=1, opened_at=1000.0, pause=60.0).to_document()


@pytest.mark.parametrize(
    "kept",
    [
        '{"state": "OP',
        [],
        {},
        7,
        {**SOUND, "state": "AJAR"},
        {**SOUND, "pause": float("nan")},
        {**SOUND, "pause": 1e300},
        {**SOUND, "opened_at": -1},
        {**SOUND, "failures": "5"},
        {**SOUND, "failures": True},
        {**SOUND, "errors": "none"},
        {**SOUND, "errors": [1]},
        {**SOUND, "more": 1},
    ],
)
def test_state_that_cannot_be_understood_is_closed_told_once_and_replaced(kept: object) -> None:
    told: list[str] = []
    store = MemoryState({f"circuit:{REMOTE}": kept})
    breaker = a_breaker(Clock(), store, notice=told.append)
    assert (breaker.call(Flaky()), breaker.call(Flaky())) == ("done", "done")
    assert told == [f"circuit:{REMOTE} could not be understood; closed"]
    assert circuit_of(store.documents[f"circuit:{REMOTE}"]) == Circuit()


def test_sound_state_survives_its_document() -> None:
    assert circuit_of(SOUND) == Circuit(state="OPEN", failures=5, generation=1, opened_at=1000.0, pause=60.0)


def test_without_a_place_for_its_state_a_breaker_lets_everything_through() -> None:
    told: list[str] = []
    breaker = a_breaker(Clock(), NoPlace(), notice=told.append)
    fail(breaker, 10)
    assert breaker.call(Flaky()) == "done"
    assert "No space left on device" in told[0]


def test_a_reset_that_cannot_be_kept_says_so() -> None:
    with pytest.raises(OSError, match="No space"):
        a_breaker(Clock(), NoPlace()).reset()


def test_what_changes_the_state_is_given_notice_of() -> None:
    told: list[str] = []
    breaker = open_breaker(Clock(), notice=told.append)
    breaker.reset()
    assert told == [f"circuit:{REMOTE} OPEN 5 failures in a row", f"circuit:{REMOTE} CLOSED"]


def test_the_last_errors_are_kept_without_passwords() -> None:
    store = MemoryState()
    fail(a_breaker(Clock(), store), 4, ConnectionError("https://me:secret@example.org/x refused"))
    errors = CircuitBreaker(store=store, clock=Clock()).statuses()[0].errors
    assert errors == ("https://…@example.org/x refused",) * 3


def test_calls_that_go_well_write_nothing() -> None:
    store = MemoryState()
    a_breaker(Clock(), store).call(Flaky())
    assert store.documents == {}


@pytest.mark.parametrize(
    "given", [{"threshold": 0}, {"threshold": 2.5}, {"timeout": -1.0}, {"longest": float("nan")}, {"trial": 0.0}]
)
def test_options_that_make_no_sense_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(given))):
        CircuitOptions(**given)


# --- eight processes at once -----------------------------------------------------------------------------------------


def _arrive(path: str, barrier: Any, answers: Any) -> None:
    breaker = a_breaker(Clock(2000.0), FileState(Path(path)))
    barrier.wait()
    try:
        answers.put(("trial", breaker.admit().trial))
    except CircuitOpen as error:
        answers.put(("refused", str(error)))


def test_of_eight_processes_arriving_at_once_exactly_one_gets_the_trial(tmp_path: Path) -> None:
    fork = multiprocessing.get_context("fork")
    for turn in range(5):
        store = FileState(tmp_path / f"state-{turn}.json")
        open_breaker(Clock(1000.0), store)
        barrier, answers = fork.Barrier(8), fork.Queue()
        path = str(tmp_path / f"state-{turn}.json")
        arrivals = [fork.Process(target=_arrive, args=(path, barrier, answers)) for _ in range(8)]
        for process in arrivals:
            process.start()
        got = sorted(answers.get(timeout=20) for _ in arrivals)
        for process in arrivals:
            process.join()
        assert got == [("refused", "⚠ Circuit OPEN: Operations paused (retry in 60s)")] * 7 + [("trial", 1)]


# --- against a model -------------------------------------------------------------------------------------------------


class CircuitMachine(RuleBasedStateMachine):
    """Calls that begin and end in any order, resets, clocks that jump: what must hold whatever happens."""

    permits = Bundle("permits")

    @initialize()
    def begin(self) -> None:
        self.clock = Clock(1e6)
        self.store = MemoryState()
        self.breaker = a_breaker(self.clock, self.store, counts=lambda error: not isinstance(error, ValueError))
        self.trial: Permit | None = None
        self.trial_until = 0.0

    def circuit(self) -> Circuit:
        found = circuit_of(self.store.documents.get(f"circuit:{REMOTE}"))
        assert found is not None
        return found

    @rule(target=permits)
    def arrive(self) -> Any:
        before = self.circuit()
        try:
            permit = self.breaker.admit()
        except CircuitOpen as error:
            assert before.state != "CLOSED"
            assert error.retry_after is None or 0 < error.retry_after <= 900
            return multiple()
        if permit.trial:
            assert self.clock() >= self.trial_until or self.trial is None, "two trials at once"
            self.trial, self.trial_until = permit, self.clock() + 60
        else:
            assert before.state == "CLOSED"
        return permit

    @rule(permit=consumes(permits), how=st.sampled_from(["good", "bad", "typo"]))
    def finish(self, permit: Permit, how: str) -> None:
        before = self.circuit()
        concerned = permit.generation == before.generation and (before.state == "CLOSED" or permit == self.trial)
        if how == "good":
            self.breaker.succeeded(permit)
        else:
            self.breaker.failed(permit, DOWN if how == "bad" else ValueError("typo"))
        if permit == self.trial:
            self.trial = None
        if not concerned:
            assert self.circuit() == before, "a call from before changed the circuit"
        elif how == "good":
            assert (self.circuit().state, self.circuit().failures) == ("CLOSED", 0)
        elif how == "typo":
            assert (self.circuit().state, self.circuit().failures) == (before.state, before.failures)
        elif before.failures >= 4:
            assert self.circuit().state == "OPEN"

    @rule()
    def break_down(self) -> None:
        for _ in range(5):
            if self.circuit().state == "CLOSED":
                fail(self.breaker)

    @rule(seconds=st.floats(0, 200))
    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    @rule(seconds=st.floats(1, 5e5))
    def set_the_clock_back(self, seconds: float) -> None:
        self.clock.now = max(0.0, self.clock.now - seconds)
        self.trial_until = min(self.trial_until, self.clock.now + 60)  # a lease is never longer than a whole one

    @rule()
    def reset(self) -> None:
        self.breaker.reset()
        self.trial = None
        assert self.breaker.state.name == "CLOSED"

    @rule()
    def isolate(self) -> None:
        self.breaker.isolate()
        self.trial = None

    @invariant()
    def closed_means_fewer_failures_than_the_threshold(self) -> None:
        if hasattr(self, "store") and self.circuit().state == "CLOSED":
            assert self.circuit().failures < 5

    @invariant()
    def nobody_waits_longer_than_the_longest_pause(self) -> None:
        if hasattr(self, "store"):
            assert all(0 <= status.seconds_left <= 900 for status in self.breaker.statuses())


CircuitMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestCircuitAgainstItsModel = CircuitMachine.TestCase
