"""Around every command: the three examples of the guide, the original error when nothing helps, and hardly any cost."""

from __future__ import annotations

import errno
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import domain.self_healing
from domain.errors import Broken, LockHeld, NotFound, Refused, Unavailable
from domain.self_healing import (
    CircuitBreaker,
    HealthMonitor,
    KnowledgeBase,
    Remedies,
    RetryBudget,
    RetryPolicy,
    SelfHealingDispatcher,
)
from domain.self_healing.circuit import MemoryState
from domain.self_healing.executor import regenerated_page
from tests.self_healing.fakes import Clock, Flaky

ROOT = Path(__file__).resolve().parents[2]
SLOW = TimeoutError("timed out")
REMOTE = "git.remote:origin"


class Room:
    """A dispatcher with everything around it in memory."""

    def __init__(self, **given: Any) -> None:
        self.clock = Clock()
        self.monitor = HealthMonitor(clock=self.clock)
        self.knowledge = given.pop("knowledge", None) or KnowledgeBase(clock=self.clock)
        self.state = MemoryState()
        self.budget = RetryBudget(self.state, clock=self.clock)
        self.breaker = CircuitBreaker(REMOTE, store=self.state, clock=self.clock)
        self.actions: dict[str, Any] = given.pop("actions", {})
        self.policy = given.pop("policy", RetryPolicy())
        self.dispatcher = SelfHealingDispatcher(
            given.pop("monitor", self.monitor),
            remedies=given.pop("remedies", self.remedies),
            breaker_of=lambda resource: self.breaker,
            clock=self.clock,
            **given,
        )
        self.run = self.dispatcher.run

    def remedies(self) -> Remedies:
        return Remedies(self.knowledge, self.actions, self.policy, self.budget, self.clock.sleep, lambda: 0.5)


class SetStatus:
    """`update task 1.1 status to WORD`, as a command that knows the words it was given."""

    def __init__(self, word: str) -> None:
        self.word = word

    def __call__(self) -> str:
        if self.word != "complete":
            raise Refused("not a status", data={"slot": "status", "word": self.word, "means": "complete"})
        return f"Task 1.1 status updated to {self.word}"

    def normalise(self, arguments: Mapping[str, object]) -> str:
        self.word = str(arguments["means"])
        return f"Normalized to '{self.word}'"


# --- the guide's examples --------------------------------------------------------------------------------------------


def test_example_1_a_transient_error_is_tried_again() -> None:
    outcome = Room().run(Flaky(SLOW, value="Task 5.3 marked complete."), operation="set_status", resource=REMOTE)
    assert outcome.lines == (
        "✓ Attempt 1: Timeout (network)",
        "✓ Recovery: Exponential backoff retry",
        "✓ Attempt 2: Success",
    )
    assert (outcome.value, outcome.attempts) == ("Task 5.3 marked complete.", 2)


EXAMPLE_2 = (
    "✓ Issue: Invalid status 'DONE'",
    "✓ Recovery: Normalized to 'complete'",
    "✓ Result: Task 1.1 status updated to complete",
)


def test_example_2_a_wrong_word_is_normalised_by_an_action() -> None:
    command = SetStatus("DONE")
    outcome = Room().run(command, operation="set_status", actions={"normalise_status": command.normalise}, told=str)
    assert outcome.lines == EXAMPLE_2
    assert outcome.value == "Task 1.1 status updated to complete"


def test_example_3_a_page_that_was_out_of_sync_is_regenerated() -> None:
    room = Room()
    outcome = room.run(Flaky(), operation="sync", repairs=lambda _: [regenerated_page()])
    assert outcome.lines == (
        "✓ Issue: JSON and Markdown out of sync",
        "✓ Recovery: JSON is SSOT, regenerating Markdown",
        "✓ Result: Markdown regenerated from JSON (0 data loss)",
    )
    assert room.knowledge.get_statistics()["by_strategy"]["REPAIR"]["recovered"] == 1


def test_each_step_is_a_plain_object_for_json() -> None:
    outcome = Room().run(Flaky(SLOW), operation="push", resource=REMOTE)
    assert outcome.steps[0].to_document() == {
        "step": "Attempt 1",
        "text": "Timeout (network)",
        "ok": True,
        "line": "✓ Attempt 1: Timeout (network)",
    }


# --- what comes out --------------------------------------------------------------------------------------------------


def test_what_goes_well_shows_nothing() -> None:
    outcome = Room().run(Flaky(), operation="mark")
    assert (outcome.value, outcome.lines, outcome.attempts, outcome.notes) == ("done", (), 1, ())


def test_when_it_gives_up_the_very_error_comes_out() -> None:
    first = TimeoutError("timed out")
    outcome = Room().run(Flaky(first, *[TimeoutError("again")] * 9), operation="push", resource=REMOTE)
    with pytest.raises(TimeoutError) as caught:
        _ = outcome.value
    assert caught.value is first
    assert (outcome.attempts, outcome.category) == (3, "TRANSIENT")


def test_what_is_refused_on_a_later_attempt_is_the_answer() -> None:
    gone = NotFound("task 5.3 is gone")
    outcome = Room().run(Flaky(SLOW, gone), operation="mark", resource=REMOTE)
    assert (outcome.error, outcome.category) == (gone, "VALIDATION")


@pytest.mark.parametrize("error", [Refused("a typo"), NotFound("no such task"), LockHeld("waited 10 s")])
def test_a_refusal_a_typo_and_a_lock_that_was_waited_for_are_not_tried_again(error: Exception) -> None:
    flaky = Flaky(error)
    outcome = Room().run(flaky, operation="mark")
    assert (flaky.calls, outcome.error) == (1, error)


def test_a_failed_sync_is_not_tried_again() -> None:
    failed = Unavailable("could not be written")
    failed.__cause__ = OSError(errno.EIO, "Input/output error")
    flaky = Flaky(failed)
    outcome = Room().run(flaky, operation="mark")
    assert flaky.calls == 1
    assert outcome.lines == (
        "✓ Issue: The disk failed",
        "✗ Escalated: The old state stands. Look after the disk, then repeat the command.",
    )


def test_what_may_have_taken_effect_is_attempted_once() -> None:
    flaky = Flaky(SLOW)
    Room().run(flaky, operation="notify", resource=REMOTE, idempotent=False)
    assert flaky.calls == 1


def test_a_refusal_is_an_answer_without_healing_steps() -> None:
    outcome = Room().run(Flaky(Refused("a typo")), operation="mark")
    assert (outcome.steps, outcome.category) == ((), "VALIDATION")


def test_ctrl_c_passes_through() -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Room().run(interrupted, operation="mark")


# --- one fault behind another ----------------------------------------------------------------------------------------


def test_a_fault_behind_a_fault_is_healed_in_turn() -> None:
    command, cut = SetStatus("DONE"), [Broken("cut off"), SLOW]

    def attempt() -> str:
        if cut:
            raise cut.pop(0)
        return command()

    room = Room(actions={"repair": lambda _: "Restored from the journal"})
    outcome = room.run(attempt, operation="set_status", actions={"normalise_status": command.normalise}, told=str)
    assert outcome.value == "Task 1.1 status updated to complete"
    assert outcome.lines[-1] == "✓ Result: Task 1.1 status updated to complete"
    assert not any("Escalated" in line for line in outcome.lines)


def test_faults_that_bring_each_other_back_end() -> None:
    turn = [0]

    def attempt() -> str:
        turn[0] += 1
        raise Broken("cut off") if turn[0] % 2 else RuntimeError("JSON and Markdown out of sync")

    repairs: list[str] = []
    actions = {name: lambda _, name=name: repairs.append(name) for name in ("repair", "regenerate_page")}
    outcome = Room(actions=actions).run(attempt, operation="mark")
    assert repairs == ["repair", "regenerate_page"]
    assert outcome.error is not None
    assert outcome.lines[-1].startswith("✗ Escalated")


# --- bounds ----------------------------------------------------------------------------------------------------------


def test_a_command_has_one_deadline_for_all_it_does() -> None:
    room = Room(deadline=10.0)
    remaining: list[float] = []

    def inner() -> str:
        remaining.append(room.dispatcher.remaining())
        return "in"

    def outer() -> str:
        room.clock.now += 4
        return room.run(inner, operation="push").value

    room.run(outer, operation="mark")
    assert (remaining, room.dispatcher.remaining()) == ([6.0], 10.0)


def test_what_a_run_inside_an_attempt_gave_up_on_is_not_tried_again_outside() -> None:
    room, flaky = Room(), Flaky(*[SLOW] * 20)
    translated = Unavailable("could not be pushed")

    def outer() -> str:
        try:
            return room.run(flaky, operation="push", resource=REMOTE).value
        except TimeoutError as error:
            raise translated from error

    outcome = room.run(outer, operation="mark")
    assert (flaky.calls, outcome.error, outcome.category) == (3, translated, "TRANSIENT")
    assert outcome.lines[-1].startswith("✗ Escalated")
    assert room.monitor.get_metrics().failures == 1


def test_what_a_run_inside_an_attempt_healed_is_shown_with_the_command() -> None:
    room, flaky = Room(), Flaky(SLOW)
    outcome = room.run(lambda: room.run(flaky, operation="push", resource=REMOTE).value, operation="mark")
    assert outcome.lines[0] == "✓ Attempt 1: Timeout (network)"
    assert room.monitor.get_metrics().operations == 1
    assert room.run(Flaky(), operation="mark").lines == ()


def test_an_attempt_that_used_up_the_time_is_not_followed_by_another() -> None:
    room = Room(deadline=10.0)
    flaky = Flaky(SLOW, clock=room.clock, takes=10.0)
    outcome = room.run(flaky, operation="push", resource=REMOTE)
    assert flaky.calls == 1
    assert "✗ Recovery: Not repeated: the time of this command is over" in outcome.lines


# --- the circuit -----------------------------------------------------------------------------------------------------


def test_a_dead_remote_opens_its_circuit_and_then_is_not_tried() -> None:
    room = Room(policy=RetryPolicy(5))
    room.run(Flaky(*[ConnectionError("refused")] * 9), operation="push", resource=REMOTE)
    flaky = Flaky()
    outcome = room.run(flaky, operation="push", resource=REMOTE)
    assert flaky.calls == 0
    assert str(outcome.error).startswith("⚠ Circuit OPEN: Operations paused (retry in ")
    assert outcome.steps == ()


@pytest.mark.parametrize("resource", ["tracker", "tracker:docs/plans/plan.json"])
def test_the_tracker_is_never_gated(resource: str) -> None:
    room = Room()
    room.breaker.isolate()
    assert room.run(Flaky(), operation="mark", resource=resource).value == "done"


def test_a_success_of_a_gated_resource_earns_a_little_budget() -> None:
    room = Room()
    room.budget.take(5.0)
    room.run(Flaky(), operation="push", resource=REMOTE)
    assert room.budget.left() == pytest.approx(5.1)


# --- what is remembered ----------------------------------------------------------------------------------------------


def test_health_counts_operations_and_neither_typos_nor_refusals() -> None:
    room = Room()
    for error in (Refused("typo"), NotFound("no"), SetStatus("NOPE")):
        room.run(error if callable(error) else Flaky(error), operation="mark")
    room.run(Flaky(), operation="mark")
    room.run(Flaky(Unavailable("disk")), operation="mark")
    metrics = room.monitor.get_metrics()
    assert (metrics.successes, metrics.failures) == (1, 1)


def test_what_a_working_remote_refuses_is_no_failure_of_health() -> None:
    room = Room()
    outcome = room.run(Flaky(RuntimeError("! [rejected] (non-fast-forward)")), operation="push", resource=REMOTE)
    assert outcome.lines[-1] == "✗ Rejected: Fetch and merge first; nothing is ever forced."
    assert room.monitor.get_metrics().operations == 0


def test_an_open_circuit_is_no_failure_of_health() -> None:
    room = Room()
    room.breaker.isolate()
    room.run(Flaky(), operation="push", resource=REMOTE)
    assert room.monitor.get_metrics().operations == 0


def test_failures_and_recoveries_are_known_afterwards() -> None:
    room = Room()
    room.run(Flaky(SLOW), operation="push", resource=REMOTE)
    room.run(Flaky(Unavailable("disk")), operation="mark")
    found = room.knowledge.get_statistics()
    assert (found["failures"], found["recoveries"]["recovered"]) == (2, 1)
    assert [record["context"]["error"] for record in found["escalated"]] == ["Unavailable"]


# --- the healer's own faults -----------------------------------------------------------------------------------------


class Full:
    """Nothing can be kept any more."""

    def append(self, record: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def read(self) -> Iterable[object]:
        return ()

    def record_success(self, duration_ms: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    record_failure = record_success


def test_knowledge_that_cannot_be_kept_breaks_nothing() -> None:
    outcome = Room(knowledge=KnowledgeBase(Full())).run(Flaky(SLOW), operation="push", resource=REMOTE)
    assert outcome.value == "done"
    assert "No space left" in outcome.notes[0]


def test_a_monitor_that_cannot_be_kept_breaks_nothing() -> None:
    outcome = Room(monitor=Full()).run(Flaky(), operation="mark")
    assert outcome.value == "done"
    assert "No space left" in outcome.notes[0]


def test_a_healer_that_fails_leaves_the_original_error() -> None:
    outcome = Room(remedies=Flaky(RuntimeError("healer"))).run(Flaky(SLOW), operation="mark")
    assert outcome.error is SLOW
    assert outcome.notes == ("self-healing: RuntimeError: healer",)


def test_a_healer_that_fails_after_a_success_leaves_the_success() -> None:
    def told(_: str) -> str:
        raise RuntimeError("no words")

    command = SetStatus("DONE")
    outcome = Room().run(command, operation="mark", actions={"normalise_status": command.normalise}, told=told)
    assert outcome.value == "Task 1.1 status updated to complete"


def test_repairs_that_cannot_be_told_break_nothing() -> None:
    def repairs(_: str) -> list[Any]:
        raise RuntimeError("no words")

    outcome = Room().run(Flaky(), operation="mark", repairs=repairs)
    assert outcome.value == "done"
    assert outcome.notes == ("self-healing: RuntimeError: no words",)


# --- cost and doors --------------------------------------------------------------------------------------------------


def loaded_by(code: str) -> set[str]:
    probe = f"import sys; before = set(sys.modules); {code}; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-S", "-c", probe], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split()) - {"__future__"}


RUN = "SelfHealingDispatcher(Log()).run(lambda: 1, operation='mark', repairs=lambda _: ())"
LOG = "Log = type('Log', (), {'record_success': lambda self, duration_ms: None})"


def test_a_success_loads_the_dispatcher_alone_and_nothing_of_the_standard_library() -> None:
    code = f"from domain.self_healing.dispatcher import SelfHealingDispatcher; {LOG}; {RUN}"
    assert loaded_by(code) == {"domain", "domain.record", "domain.self_healing", "domain.self_healing.dispatcher"}


def test_the_room_itself_loads_none_of_its_parts() -> None:
    assert loaded_by("import domain.self_healing") == {"domain", "domain.self_healing"}


def test_the_monitor_is_light() -> None:
    code = "from domain.self_healing.monitor import HealthMonitor; HealthMonitor().get_health_status()"
    assert "enum" not in loaded_by(code)


def test_every_name_of_the_room_can_be_had_and_no_other() -> None:
    for name in domain.self_healing.__all__:
        assert getattr(domain.self_healing, name).__name__ == name
    assert set(domain.self_healing.__all__) <= set(dir(domain.self_healing))
    with pytest.raises(AttributeError, match="Nonsense"):
        _ = domain.self_healing.Nonsense


def test_the_default_dispatcher_comes_from_the_composition_root(monkeypatch: pytest.MonkeyPatch) -> None:
    wired = SelfHealingDispatcher()
    root = SimpleNamespace(healing_dispatcher=lambda: wired)
    monkeypatch.setattr(domain.self_healing, "composition_root", lambda: root)
    assert SelfHealingDispatcher.create_default() is wired


def test_a_dispatcher_without_wiring_heals_in_memory() -> None:
    assert SelfHealingDispatcher().run(Flaky(), operation="mark").value == "done"


def test_what_is_read_before_the_first_attempt_counts_as_time_of_the_command() -> None:
    clock, monitor = Clock(), HealthMonitor()
    dispatcher = SelfHealingDispatcher(monitor, clock=clock)
    dispatcher.begin()
    clock.now += 2
    assert dispatcher.run(lambda: "done", operation="read").duration_ms == 2000
    assert dispatcher.run(lambda: "done", operation="read").duration_ms == 0
