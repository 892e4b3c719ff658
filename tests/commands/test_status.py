"""Status of tasks, and what speaks against calling them done."""

from __future__ import annotations

from typing import Any

import pytest

from domain.commands import COMMANDS, Settings
from domain.commands.table import Need
from domain.errors import Blocked, NotFound, Refused
from domain.tracker import Evidence, Subtask, Tracker
from tests.commands.running import NOW, STRICT, call, done, held, run
from tests.samples import NOW as THEN
from tests.samples import phase, task, tracker, tracker_with

PROOF = (Evidence("E1", "manual_note", "seen", THEN, "dana"),)


@pytest.mark.parametrize(
    ("items", "status", "message"),
    [
        (["1.1"], "complete", "Task 1.1 marked complete."),
        (["1.1", "1.2"], "in_progress", "Tasks 1.1 and 1.2 marked in progress."),
        (["1.1", "1.2", "1.3"], "cancelled", "Tasks 1.1, 1.2 and 1.3 marked cancelled."),
        (["1.1", "1.1"], "deferred", "Task 1.1 marked deferred."),
        (["1.1"], "pending", "Task 1.1 is pending already."),
        (["1.1", "1.2"], "pending", "Tasks 1.1 and 1.2 are pending already."),
    ],
)
def test_the_answer_names_what_was_marked(items: list[str], status: str, message: str) -> None:
    assert run(tracker_with("1.1", "1.2", "1.3"), "set_status", {"items": items, "status": status}).message == message


def test_a_reason_is_kept_and_goes_with_the_next_status() -> None:
    before = tracker_with("1.1")
    blocked = done(before, "set_status", items=["1.1"], status="blocked", reason="vendor late")
    assert blocked.phases[0].tasks[0].status_reason == "vendor late"
    assert done(blocked, "set_status", items=["1.1"], status="pending").phases[0].tasks[0].status_reason is None


def test_starting_and_completing_leave_their_times() -> None:
    finished = done(tracker_with("1.1"), "set_status", items=["1.1"], status="complete").phases[0].tasks[0]
    assert (finished.completed_at, finished.updated_at) == (NOW, NOW)


def test_a_subtask_can_only_be_checked(rich: Tracker) -> None:
    assert done(rich, "set_status", items=["2.1.3"], status="complete").phases[1].tasks[0].subtasks[2].done
    with pytest.raises(Refused, match="only be checked"):
        run(rich, "set_status", {"items": ["2.1.3"], "status": "blocked"})


def test_a_subtask_and_its_task_in_one_sentence_keep_each_other(rich: Tracker) -> None:
    answer = run(rich, "set_status", {"items": ["2.1.3", "2.1"], "status": "complete"}, proofs=held(rich, "2.1"))
    assert answer.tracker is not None
    finished = answer.tracker.phases[1].tasks[0]
    assert finished.status == "complete" and all(subtask.done for subtask in finished.subtasks)
    assert answer.warnings == ("Task 2.1: 1 unmet criterion.",)


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({"subtasks": (Subtask(1, "sub-001", "Sub", False),), "evidence": PROOF}, "1 open subtask"),
        ({"evidence": ()}, "no evidence"),
        ({"depends_on": ("task-0002",), "evidence": PROOF}, "waits for 1.2"),
    ],
)
def test_completing_what_is_not_done_warns_and_does_it_or_is_blocked(fields: dict[str, Any], missing: str) -> None:
    before = tracker(phase(1, task(1, **fields), task(2)), evidence_issued=1)
    answer = run(before, "set_status", {"items": ["1.1"], "status": "complete"})
    assert answer.warnings == (f"Task 1.1: {missing}.",)
    assert answer.tracker is not None and answer.tracker.phases[0].tasks[0].status == "complete"
    with pytest.raises(Blocked, match=missing):
        run(before, "set_status", {"items": ["1.1"], "status": "complete"}, settings=STRICT)


def test_strict_completion_names_every_task_that_is_not_done() -> None:
    with pytest.raises(Blocked, match=r"2 tasks cannot be completed yet: 1\.1 \(no evidence\); 1\.2 \(no evidence\)"):
        run(tracker_with("1.1", "1.2"), "set_status", {"items": ["1.1", "1.2"], "status": "complete"}, settings=STRICT)


def test_what_is_completed_together_does_not_wait_for_itself() -> None:
    before = tracker(phase(1, task(1, depends_on=("task-0002",), evidence=PROOF), task(2)), evidence_issued=1)
    answer = run(before, "set_status", {"items": ["1.1", "1.2"], "status": "complete"})
    assert answer.warnings == ("Task 1.2: no evidence.",)


def test_many_warnings_are_summed_up() -> None:
    ids = [f"1.{number}" for number in range(1, 31)]
    answer = run(tracker_with(*ids), "set_status", {"items": ids, "status": "complete"})
    assert answer.message == "30 tasks marked complete."
    assert len(answer.warnings) == 21 and answer.warnings[-1] == "10 more tasks: open points, too."


def test_an_unknown_status_is_refused_with_the_list(rich: Tracker) -> None:
    with pytest.raises(Refused) as refused:
        run(rich, "set_status", {"items": ["2.4"], "status": "bananas"})
    assert refused.value.hint == "Choose one of pending, in_progress, blocked, complete, deferred, cancelled."


def test_a_phase_has_no_status_of_its_own(rich: Tracker) -> None:
    with pytest.raises(Refused, match="This needs a task or a subtask, not phase 2"):
        run(rich, "set_status", {"items": ["2"], "status": "complete"})


def test_a_task_that_went_away_meanwhile_is_not_found(rich: Tracker) -> None:
    with pytest.raises(NotFound, match=r"There is no task 9\.9 \(any more\)"):
        run(rich, "set_status", {"items": ["9.9"], "status": "complete"})


@pytest.mark.parametrize(
    ("scope", "without", "changed"),
    [
        ("all", [], ["2.1", "2.2", "2.3", "2.4", "3.1", "3.2"]),
        ("phase:2", ["2.1"], ["2.2", "2.3", "2.4"]),
        ("all", ["2", "3.1"], ["3.2"]),
        ("phase:2+status:blocked", [], ["2.2"]),
        ("assignee:dana", [], ["2.1"]),
        ("label:docs", [], ["2.3"]),
        ("priority:critical", [], ["2.1"]),
        ("status:complete", [], ["1.1", "1.2"]),
    ],
)
def test_a_scope_leaves_settled_tasks_alone_unless_it_names_their_status(
    rich: Tracker, scope: str, without: list[str], changed: list[str]
) -> None:
    after = done(rich, "bulk_set_status", scope=scope, status="cancelled", **{"except": without})
    was = {task.uid: task.status for _, task in rich.tasks()}
    assert [f"{p.number}.{t.number}" for p, t in after.tasks() if t.status != was[t.uid]] == changed


def test_reopening_a_scope_takes_settled_tasks_along(rich: Tracker) -> None:
    after = done(rich, "bulk_set_status", scope="phase:1", status="pending")
    assert after.phases[0].tally.pending == 3


def test_a_scope_asks_a_person_with_the_count(rich: Tracker) -> None:
    slots = {"scope": "phase:2+status:blocked", "status": "in_progress"}
    consent = COMMANDS["bulk_set_status"].consent
    assert consent is not None
    assert consent(rich, call(rich, "bulk_set_status", slots)) == Need(
        "change_many", "Setting 1 blocked task in phase 2 to in progress requires user approval."
    )


@pytest.mark.parametrize(("above", "asked"), [(None, None), (2, None), (1, "Setting tasks 2.1 and 2.2 to complete")])
def test_a_list_asks_a_person_only_where_the_project_says_so(
    rich: Tracker, above: int | None, asked: str | None
) -> None:
    consent = COMMANDS["set_status"].consent
    assert consent is not None
    slots = {"items": ["2.1", "2.2"], "status": "complete"}
    need = consent(rich, call(rich, "set_status", slots, settings=Settings(consent_above=above)))
    assert need == (asked and Need("change_many", f"{asked} requires user approval."))
