"""Fields, notes, criteria, dependencies and evidence of tasks."""

from __future__ import annotations

from typing import Any

import pytest

from domain.errors import Clarify, NotFound, Refused
from domain.tracker import Task, Tracker
from tests.commands.running import NOW, PEOPLE, done, run
from tests.samples import tracker_with


def only_task(of: Tracker) -> Task:
    return of.phases[0].tasks[0]


@pytest.mark.parametrize(
    ("field", "value", "kept", "message"),
    [
        ("priority", "high", "high", "The priority of task 1.1 is high."),
        ("assignee", "sam", "sam", "Task 1.1 is assigned to sam."),
        ("due", "2026-02-01", "2026-02-01", "Task 1.1 is due on 2026-02-01."),
        ("estimate", "3 days", "3 days", "Task 1.1 is estimated at 3 days."),
        ("description", "Only v2", "Only v2", "The description of task 1.1 is written."),
        ("labels", ["api", "#docs"], ("api", "docs"), "Labels api and docs are on task 1.1."),
    ],
)
def test_a_field_is_set_and_cleared(field: str, value: Any, kept: Any, message: str) -> None:
    answer = run(tracker_with("1.1"), "set_field", {"items": ["1.1"], "field": field, "value": value})
    assert answer.message == message
    assert answer.tracker is not None
    assert getattr(only_task(answer.tracker), field) == kept
    cleared = done(answer.tracker, "set_field", items=["1.1"], field=field, value=None)
    assert not getattr(only_task(cleared), field)
    again = run(cleared, "set_field", {"items": ["1.1"], "field": field, "value": None})
    assert again.tracker is cleared and again.message.startswith("Nothing to change: task 1.1 ")


@pytest.mark.parametrize(
    ("mode", "value", "left", "message"),
    [
        ("add", ["b", "c"], ("a", "b", "c"), "Labels b and c are on tasks 1.1 and 1.2."),
        ("remove", ["a"], ("b",), "Label a is off tasks 1.1 and 1.2."),
        ("set", ["z"], ("z",), "The labels of tasks 1.1 and 1.2 are z."),
    ],
)
def test_labels_are_added_removed_or_set(mode: str, value: list[str], left: tuple[str, ...], message: str) -> None:
    before = tracker_with("1.1", "1.2", labels=("a", "b"))
    slots = {"items": ["1.1", "1.2"], "field": "labels", "value": value, "mode": mode}
    answer = run(before, "set_field", slots)
    assert answer.message == message
    assert answer.tracker is not None and answer.tracker.phases[0].tasks.column("labels") == [left, left]


def test_a_phase_and_the_tracker_can_be_described(rich: Tracker) -> None:
    assert (
        done(rich, "set_field", items=["3"], field="description", value="In steps").phases[2].description == "In steps"
    )
    assert done(rich, "set_field", items=["tracker"], field="description", value=None).overview is None
    with pytest.raises(Refused, match="This needs a task, not phase 3"):
        run(rich, "set_field", {"items": ["3"], "field": "due", "value": "2026-02-01"})


def test_a_day_that_has_passed_is_mentioned(rich: Tracker) -> None:
    answer = run(rich, "set_field", {"items": ["3.1"], "field": "due", "value": "2026-01-14"})
    assert answer.warnings == ("That day has passed.",)


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("priority", "urgent-ish", Refused),
        ("due", "2025-02-29", Refused),
        ("estimate", " ", Refused),
        ("colour", "red", Refused),
        ("assignee", "zoe", Clarify),
    ],
)
def test_a_value_that_does_not_exist_changes_nothing(rich: Tracker, field: str, value: str, error: Any) -> None:
    with pytest.raises(error) as refused:
        run(rich, "set_field", {"items": ["3.1"], "field": field, "value": value}, settings=PEOPLE)
    assert refused.value.hint


def test_a_note_says_who_and_when(rich: Tracker) -> None:
    answer = run(rich, "add_note", {"items": ["2.4", "3.1"], "text": " see the wiki\n"})
    assert answer.message == "Note added to tasks 2.4 and 3.1."
    assert answer.tracker is not None
    note = answer.tracker.phases[1].tasks[3].notes[0]
    assert (note.at, note.by, note.text, note.uid) == (NOW, "alex", "see the wiki", "new-000001")


# --- criteria --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("criterion", "met", "message"),
    [
        (3, [True, True, True], "Criterion 3 of task 2.1 is met."),
        ("survives a redeploy", [True, True, True], "Criterion 3 of task 2.1 is met."),
        (None, [True, True, True], "Criteria 1, 2 and 3 of task 2.1 are met."),
        (1, [True, True, False], "Criterion 1 of task 2.1 is met already."),
    ],
)
def test_a_criterion_is_met_by_number_by_text_or_all_at_once(
    rich: Tracker, criterion: int | str | None, met: list[bool], message: str
) -> None:
    answer = run(rich, "meet_criterion", {"item": "2.1", "criterion": criterion})
    assert answer.message == message
    assert answer.tracker is not None and [c.met for c in answer.tracker.phases[1].tasks[0].criteria] == met


def test_which_criterion_is_asked_when_several_fit(rich: Tracker) -> None:
    with pytest.raises(Clarify) as asked:
        run(rich, "unmeet_criterion", {"item": "2.1", "criterion": "charge"})
    assert [id for id, _ in asked.value.candidates] == ["1", "2"]
    with pytest.raises(NotFound) as missing:
        run(rich, "meet_criterion", {"item": "2.1", "criterion": 4})
    assert len(missing.value.candidates) == 3
    with pytest.raises(NotFound, match="has no acceptance criteria"):
        run(rich, "meet_criterion", {"item": "2.4"})


def test_unmeeting_says_how_many_are_open(rich: Tracker) -> None:
    answer = run(rich, "unmeet_criterion", {"item": "2.1", "criterion": 1})
    assert (answer.message, answer.hint) == ("Criterion 1 of task 2.1 is not met.", "2 criteria still unmet.")


# --- dependencies ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "on", "says"),
    [
        ("2.1", ["2.1"], r"Task 2\.1 cannot depend on itself\."),
        ("2.1", ["2.2"], r"Task 2\.1 cannot depend on 2\.2: that would be a circle, 2\.1 -> 2\.2 -> 2\.1\."),
        (
            "2.1",
            ["2.4", "3.2"],
            r"Task 2\.1 cannot depend on 3\.2: that would be a circle, 2\.1 -> 3\.2 -> 3\.1 -> 2\.1\.",
        ),
    ],
)
def test_a_circle_is_refused_by_naming_it(rich: Tracker, item: str, on: list[str], says: str) -> None:
    with pytest.raises(Refused, match=says):
        run(rich, "add_dependency", {"items": [item], "on": on})


def test_a_circle_among_several_items_is_seen(rich: Tracker) -> None:
    with pytest.raises(Refused, match="cannot depend on itself"):
        run(rich, "add_dependency", {"items": ["1.1", "2.4"], "on": ["2.4"]})


@pytest.mark.parametrize(
    ("name", "items", "on", "message"),
    [
        ("add_dependency", ["2.4"], ["1.1", "1.2"], "Task 2.4 depends on 1.1 and 1.2."),
        ("add_dependency", ["2.1"], ["1.1"], "Task 2.1 depends on 1.1 already."),
        ("remove_dependency", ["2.1"], ["1.1"], "Task 2.1 no longer depends on 1.1."),
        ("remove_dependency", ["2.1", "3.1"], None, "Tasks 2.1 and 3.1 no longer depend on anything."),
        ("remove_dependency", ["2.4"], ["1.1"], "Task 2.4 does not depend on 1.1."),
        ("remove_dependency", ["2.4"], None, "Task 2.4 does not depend on anything."),
    ],
)
def test_dependencies_come_and_go(
    rich: Tracker, name: str, items: list[str], on: list[str] | None, message: str
) -> None:
    assert run(rich, name, {"items": items, **({"on": on} if on else {})}).message == message


# --- evidence ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("slots", "kind"),
    [
        ({"content": "docs/report.pdf"}, "file_reference"),
        ({"content": "draft.docx"}, "file_reference"),
        ({"content": "Three interviews held"}, "manual_note"),
        ({"content": "v2.0"}, "manual_note"),
        ({"content": "https://ci.example/run/7"}, "manual_note"),
        ({"content": "draft.docx", "type": "manual_note"}, "manual_note"),
        ({"content": "12 passed", "command": "pytest -q", "exit_code": 0}, "command_output"),
        ({"content": "", "command": "true", "exit_code": 0}, "command_output"),
    ],
)
def test_evidence_is_of_the_type_said_or_of_the_type_it_looks_like(
    rich: Tracker, slots: dict[str, Any], kind: str
) -> None:
    answer = run(rich, "attach_evidence", {"item": "2.4", **slots})
    assert answer.tracker is not None and answer.tracker.evidence_issued == 8
    piece = answer.tracker.phases[1].tasks[3].evidence[0]
    assert (piece.id, piece.kind, piece.content, piece.by) == ("E8", kind, slots["content"], "alex")
    assert (piece.command, piece.exit_code) == (slots.get("command"), slots.get("exit_code"))
    assert answer.message == f"Evidence E8 ({kind.replace('_', ' ')}) attached to task 2.4."


def test_evidence_of_a_failed_command_is_mentioned(rich: Tracker) -> None:
    slots = {"item": "2.4", "content": "1 failed", "command": "pytest", "exit_code": 1}
    assert run(rich, "attach_evidence", slots).warnings == ("The command ended with exit code 1.",)
    with pytest.raises(Refused, match="not a type of evidence"):
        run(rich, "attach_evidence", {"item": "2.4", "content": "x", "type": "rumour"})


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ("E4", "Evidence E4 of task 2.1 is verified."),
        ("2.1", "Evidence E3 and E4 of task 2.1 are verified."),
        ("E1", "Evidence E1 of task 1.1 is verified already."),
    ],
)
def test_evidence_is_verified_one_by_one_or_by_task(rich: Tracker, item: str, message: str) -> None:
    answer = run(rich, "verify_evidence", {"item": item})
    assert answer.message == message
    assert answer.tracker is not None
    kept = answer.tracker.phases[1].tasks[0].evidence[0].verified
    assert kept is not None and kept.by == "lee", "a first look is not overwritten by a second"


@pytest.mark.parametrize(("item", "says"), [("2.4", "has no evidence"), ("E99", "no evidence E99")])
def test_what_is_not_there_cannot_be_verified(rich: Tracker, item: str, says: str) -> None:
    with pytest.raises(NotFound, match=says):
        run(rich, "verify_evidence", {"item": item})
