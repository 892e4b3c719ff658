"""Checks of tasks as the commands see them: named, taken away, and what their runs allow."""

from __future__ import annotations

import pytest

from domain.commands.checks import SHELL_SIGNS
from domain.errors import Blocked, ChecksFailed, NotFound, Refused
from domain.proof import Proof
from domain.tracker import Check, Tracker
from tests.commands.running import NOW, call, done, held, run

CHECKED = "2.1"  # of the sample: pytest tests/charge -q, and a file


def checks(tracker: Tracker, id: str) -> list[tuple[str, str]]:
    found = tracker.at(id)
    assert found is not None
    return [(check.kind, check.value) for check in found.item.verify]


@pytest.mark.parametrize("kind", ["command", "test", "file", "commit"])
def test_a_check_is_kept_as_it_was_named(rich: Tracker, kind: str) -> None:
    assert checks(done(rich, "add_check", item="2.4", kind=kind, value=" docs/a.md "), "2.4") == [(kind, "docs/a.md")]


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("guess", "x", "no kind of check"),
        ("command", "  ", "not empty"),
        ("command", "one\ntwo", "one line"),
        ("command", "echo 'open", "does not end"),
        ("command", "''", "No shell"),
        ("file", "/etc/passwd", "outside this project"),
        ("file", "docs/../../secret", "outside this project"),
        ("test", "-p evil", "option"),
        ("commit", "--exec=x", "option"),
        *(("command", f"make test {sign} other", "No shell") for sign in SHELL_SIGNS),
        ("command", "make; rm x", "No shell"),
    ],
)
def test_what_can_be_no_check_is_refused(rich: Tracker, kind: str, value: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        run(rich, "add_check", {"item": "2.4", "kind": kind, "value": value})


def test_a_shell_is_used_by_naming_it(rich: Tracker) -> None:
    line = "sh -c 'make test | tee log'"
    assert checks(done(rich, "add_check", item="2.4", kind="command", value=line), "2.4") == [("command", line)]


def test_a_check_is_taken_away_by_number_by_text_or_with_all_others(rich: Tracker) -> None:
    first, second = checks(rich, CHECKED)
    assert checks(done(rich, "remove_check", item=CHECKED, check=1), CHECKED) == [second]
    assert checks(done(rich, "remove_check", item=CHECKED, check=f"file {second[1]}"), CHECKED) == [first]
    assert checks(done(rich, "remove_check", item=CHECKED), CHECKED) == []


@pytest.mark.parametrize("which", [0, 3, "make"])
def test_a_check_that_is_not_there_is_not_found(rich: Tracker, which: object) -> None:
    with pytest.raises(NotFound, match="has no check"):
        run(rich, "remove_check", {"item": CHECKED, "check": which})


# --- what their runs allow ----------------------------------------------------------------------------------------------


def failing(tracker: Tracker) -> dict[Check, Proof]:
    proofs = held(tracker, CHECKED)
    first = next(iter(proofs))
    return proofs | {first: Proof(first, False, "exit 1", "\n2 failed, 10 passed\nmore", exit_code=1)}


def test_completing_keeps_what_the_checks_said_as_evidence(rich: Tracker) -> None:
    proofs = held(rich, CHECKED)
    command, file = proofs
    proofs[command] = Proof(command, True, "exit 0", "12 passed", command.value, 0, "abc123", "f" * 64, 1234)
    answer = run(rich, "set_status", {"items": [CHECKED], "status": "complete"}, proofs=proofs)
    assert answer.tracker is not None
    found = answer.tracker.at(CHECKED)
    assert found is not None
    ran, looked_at = found.item.evidence[-2:]
    assert (ran.id, ran.kind, ran.content, ran.command) == ("E8", "command_output", "12 passed", command.value)
    assert (ran.exit_code, ran.commit, ran.sha256, ran.duration_ms) == (0, "abc123", "f" * 64, 1234)
    assert (ran.at, ran.by) == (NOW, "alex")
    assert (looked_at.id, looked_at.kind, looked_at.content) == ("E9", "file_reference", file.value)
    assert answer.tracker.evidence_issued == 9


@pytest.mark.parametrize("said", [{"items": [CHECKED]}, {"items": ["1.3", CHECKED]}])
def test_a_failing_check_blocks_completing_and_names_itself(rich: Tracker, said: dict[str, object]) -> None:
    with pytest.raises(Blocked) as blocked:
        run(rich, "set_status", {**said, "status": "complete"}, proofs=failing(rich))
    assert 'its check "pytest tests/charge -q" failed (exit 1): 2 failed, 10 passed' in str(blocked.value)


@pytest.mark.parametrize("name", ["set_status", "bulk_set_status"])
def test_a_check_that_has_not_run_blocks_completing(rich: Tracker, name: str) -> None:
    slots = {"scope": "phase:2"} if name == "bulk_set_status" else {"items": [CHECKED]}
    with pytest.raises(Blocked, match="have not run"):
        run(rich, name, {**slots, "status": "complete"})


@pytest.mark.parametrize("status", ["pending", "blocked", "cancelled", "deferred"])
def test_nothing_has_to_run_for_another_status(rich: Tracker, status: str) -> None:
    assert run(rich, "set_status", {"items": [CHECKED], "status": status}).tracker is not rich


def test_nothing_runs_for_a_task_that_is_complete_already(rich: Tracker) -> None:
    from domain.commands import COMMANDS

    complete = {"items": [CHECKED], "status": "complete"}
    finished = run(rich, "set_status", complete, proofs=held(rich, CHECKED)).tracker
    proves = COMMANDS["set_status"].proves
    assert finished is not None and proves is not None
    assert len(proves(rich, call(rich, "set_status", complete))) == 2
    assert proves(finished, call(finished, "set_status", complete)) == ()
    assert run(finished, "set_status", complete).tracker is finished


def test_a_rehearsal_runs_nothing_and_says_what_would_run(rich: Tracker) -> None:
    answer = run(rich, "set_status", {"items": [CHECKED], "status": "complete"}, dry_run=True)
    assert answer.warnings[0].startswith("Task 2.1: 2 checks would run first (pytest tests/charge -q, file docs/")


def test_checks_run_by_hand_leave_evidence_only_when_all_hold(rich: Tracker) -> None:
    answer = run(rich, "run_checks", {"item": CHECKED}, proofs=held(rich, CHECKED))
    assert answer.message == "2 checks of task 2.1 ran and held."
    with pytest.raises(ChecksFailed) as failed:
        run(rich, "run_checks", {"item": CHECKED}, proofs=failing(rich))
    assert str(failed.value).startswith("1 of 2 checks of task 2.1 failed: its check")
    with pytest.raises(NotFound, match="no checks"):
        run(rich, "run_checks", {"item": "2.4"})
