"""What self-healing keeps on disk: circuits shared by processes, logs that survive a torn line and stay small."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path
from typing import Any

import pytest

from domain.errors import Unavailable
from domain.self_healing import CircuitBreaker, CircuitOpen, CircuitOptions, KnowledgeBase, Symptom, SymptomAnalyzer
from domain.self_healing.retry import RetryBudget
from infrastructure.healing_state import HealingLog, HealingState
from infrastructure.operations import OperationFile
from tests.self_healing.fakes import Clock

REMOTE = "git.remote:origin"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / ".ecw").mkdir()
    return tmp_path


def breaker(root: Path, clock: Clock) -> CircuitBreaker:
    return CircuitBreaker(REMOTE, store=HealingState(str(root)), options=CircuitOptions(), clock=clock)


def fail(circuit: CircuitBreaker, times: int) -> None:
    for _ in range(times):
        circuit.failed(circuit.admit(), ConnectionError("connection refused"))


# --- documents --------------------------------------------------------------------------------------------------------


def test_a_document_is_what_was_kept_and_its_key_may_hold_anything(root: Path) -> None:
    state = HealingState(str(root))
    for key in ("circuit:git.remote:origin", "circuit:a/b\\c %d", "retry-budget", "circuit:übung"):
        assert state.read(key) is None
        assert state.update(key, lambda before: ({"was": before}, "told")) == "told"
        assert state.read(key) == {"was": None}
    assert set(state.names()) == {"circuit:git.remote:origin", "circuit:a/b\\c %d", "retry-budget", "circuit:übung"}


def test_without_a_project_there_is_no_place_and_none_is_made(tmp_path: Path) -> None:
    state = HealingState(str(tmp_path))
    assert (state.read("circuit:x"), list(state.names())) == (None, [])
    with pytest.raises(OSError):
        state.update("circuit:x", lambda _: ({}, None))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kept", ["{torn", "", "[" * 2000, "null", "x" * 70_000])
def test_state_that_cannot_be_read_closes_the_circuit_and_is_replaced(root: Path, kept: str) -> None:
    state, told = HealingState(str(root)), list[str]()
    state.update(f"circuit:{REMOTE}", lambda _: ({}, None))
    next((root / ".ecw" / "state" / "healing").glob("*.json")).write_text(kept)
    circuit = CircuitBreaker(REMOTE, store=state, options=CircuitOptions(), clock=Clock(), notice=told.append)
    assert circuit.call(lambda: "through") == "through"
    assert kept == "null" or any("understood" in line or "read" in line for line in told)
    fail(circuit, 5)
    with pytest.raises(CircuitOpen):
        circuit.admit()


def test_a_document_is_replaced_whole_so_that_a_reader_never_sees_half(root: Path) -> None:
    state = HealingState(str(root))
    state.update("k", lambda _: ({"text": "a" * 1000}, None))
    before = (root / ".ecw/state/healing/k.json").stat().st_ino
    state.update("k", lambda _: ({"text": "b" * 1000}, None))
    assert (root / ".ecw/state/healing/k.json").stat().st_ino != before


# --- eight processes --------------------------------------------------------------------------------------------------


def _arrive(root: str, barrier: Any, answers: Any, rounds: int) -> None:
    for turn in range(rounds):
        circuit = CircuitBreaker(f"r{turn}", store=HealingState(root), options=CircuitOptions(), clock=Clock(2000.0))
        barrier.wait()
        try:
            answers.put((turn, "trial", str(circuit.admit().trial)))
        except CircuitOpen as error:
            answers.put((turn, "refused", str(error)))


def test_of_eight_processes_arriving_at_once_exactly_one_gets_the_trial_in_fifty_rounds(root: Path) -> None:
    rounds, fork = 50, multiprocessing.get_context("fork")
    for turn in range(rounds):
        opened = CircuitBreaker(
            f"r{turn}", store=HealingState(str(root)), options=CircuitOptions(), clock=Clock(1000.0)
        )
        fail(opened, 5)
    barrier, answers = fork.Barrier(8), fork.Queue()
    arrivals = [fork.Process(target=_arrive, args=(str(root), barrier, answers, rounds)) for _ in range(8)]
    for process in arrivals:
        process.start()
    got = [answers.get(timeout=60) for _ in range(8 * rounds)]
    for process in arrivals:
        process.join()
    for turn in range(rounds):
        seen = sorted(answer[1:] for answer in got if answer[0] == turn)
        assert seen == [("refused", "⚠ Circuit OPEN: Operations paused (retry in 60s)")] * 7 + [("trial", "1")]


def _draw(root: str, barrier: Any, answers: Any) -> None:
    budget = RetryBudget(HealingState(root), clock=Clock(1000.0))
    barrier.wait()
    answers.put(sum(budget.take() for _ in range(5)))


def test_eight_processes_share_one_retry_budget(root: Path) -> None:
    fork = multiprocessing.get_context("fork")
    barrier, answers = fork.Barrier(8), fork.Queue()
    drawers = [fork.Process(target=_draw, args=(str(root), barrier, answers)) for _ in range(8)]
    for process in drawers:
        process.start()
    granted = sum(answers.get(timeout=20) for _ in drawers)
    for process in drawers:
        process.join()
    assert granted == 10


# --- the log of failures ----------------------------------------------------------------------------------------------


def remembered(root: Path, **more: Any) -> KnowledgeBase:  # Any: what HealingLog takes
    return KnowledgeBase(HealingLog(str(root), **more), session="7", clock=Clock())


DIAGNOSIS = SymptomAnalyzer().analyze(Symptom("connection refused", "push", REMOTE))


def test_a_torn_line_costs_itself_and_no_other(root: Path) -> None:
    knowledge = remembered(root)
    knowledge.record_failure(DIAGNOSIS)
    with (root / ".ecw/state/healing.jsonl").open("a") as log:
        log.write('{"schema":"wt.healing/1","event":"fail')
    knowledge.record_failure(DIAGNOSIS)
    figures = remembered(root).get_statistics()
    assert (figures["failures"], figures["unreadable"]) == (2, 1)


def test_the_log_is_only_added_to_and_its_size_is_bounded(root: Path) -> None:
    knowledge = remembered(root, limit=4000)
    path = root / ".ecw/state/healing.jsonl"
    knowledge.record_failure(DIAGNOSIS)
    first = path.read_bytes()
    knowledge.record_failure(DIAGNOSIS)
    assert path.read_bytes().startswith(first)
    for _ in range(100):
        knowledge.record_failure(DIAGNOSIS)
    logs = sorted((root / ".ecw/state").glob("healing*.jsonl"))
    assert sum(log.stat().st_size for log in logs) < 2 * 4000 + 1000
    assert knowledge.get_statistics()["failures"] > 5


def test_a_record_carries_all_that_was_promised(root: Path) -> None:
    knowledge = remembered(root)
    knowledge.record_failure(DIAGNOSIS)
    knowledge.record_recovery(DIAGNOSIS, False)
    records = [json.loads(line) for line in (root / ".ecw/state/healing.jsonl").read_text().split("\n") if line]
    common = {
        "schema",
        "event",
        "at",
        "session",
        "category",
        "cause",
        "fingerprint",
        "operation",
        "resource",
        "symptoms",
    }
    assert set(records[0]) == common
    ended = {"success", "strategy", "outcome", "attempts", "duration_ms", "actions", "playbook"}
    assert set(records[1]) == common | ended
    assert (records[1]["session"], records[1]["playbook"]) == ("7", "")


def test_a_log_that_cannot_be_kept_says_so(root: Path) -> None:
    (root / ".ecw" / "state").mkdir()
    (root / ".ecw" / "state" / "healing.jsonl").mkdir()
    with pytest.raises(Unavailable):
        remembered(root).record_failure(DIAGNOSIS)


# --- the log of operations --------------------------------------------------------------------------------------------


def test_operations_are_counted_over_all_time_and_kept_for_a_while(root: Path) -> None:
    log = OperationFile(str(root), Clock(), limit=500)
    for turn in range(200):
        (log.record_failure if turn % 10 == 0 else log.record_success)(5)
    totals = log.totals()
    assert (totals.operations, totals.failed, totals.duration_ms) == (200, 20, 1000)
    kept = log.operations()
    assert 10 < len(kept) < 100 and {operation.duration_ms for operation in kept} == {5.0}
    assert sum(path.stat().st_size for path in (root / ".ecw/state").glob("operations*.log")) < 2 * 600


def test_lines_that_are_not_operations_are_passed_over(root: Path) -> None:
    log = OperationFile(str(root), Clock())
    log.record_success(5)
    with (root / ".ecw/state/operations.log").open("a") as file:
        file.write("nonsense\n1 2\n1 2 3\n-1 5 1\nnan 5 1\n1000.0 5 ")
    log.record_failure(7)
    assert [(operation.duration_ms, operation.ok) for operation in log.operations()] == [(5.0, True), (7.0, False)]


def test_a_fresh_clone_gets_its_folder_with_what_keeps_it_out_of_git(root: Path) -> None:
    OperationFile(str(root), Clock()).record_success(5)
    assert "*" in (root / ".ecw" / ".gitignore").read_text().split("\n")


def test_outside_a_project_nothing_is_noted_and_nothing_made(tmp_path: Path) -> None:
    log = OperationFile(str(tmp_path), Clock())
    log.record_success(5)
    assert (list(tmp_path.iterdir()), log.operations()) == ([], [])
    assert log.unknown_because() == "there is no .ecw folder to keep notes in"


def test_where_no_notes_can_be_kept_the_operation_is_not_disturbed(root: Path) -> None:
    (root / ".ecw" / "state").write_text("in the way")
    log = OperationFile(str(root), Clock())
    log.record_success(5)
    assert log.operations() == []
