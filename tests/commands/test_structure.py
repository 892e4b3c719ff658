"""Phases, tasks and subtasks: added, renamed, moved, put in order, deleted; and what their numbers promise."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.commands import COMMANDS, Settings
from domain.commands.table import Need
from domain.commands.trackers import slug, unnumbered_slug
from domain.errors import Clarify, NotFound, Refused
from domain.tracker import Evidence, Subtask, Tracker
from tests.commands.running import NOW, PEOPLE, Project, call, done, run
from tests.samples import phase, task, tracker, tracker_with


def titles(of: Tracker) -> dict[str, str]:
    return {f"{phase.number}.{task.number}": task.title for phase, task in of.tasks()}


# --- adding --------------------------------------------------------------------------------------------------------------


def test_a_new_phase_takes_the_next_number_ever(rich: Tracker) -> None:
    without = done(rich, "delete", items=["4"])
    answer = run(without, "add_phase", {"title": "  After\ncare "})
    assert answer.message == 'Phase 5 "After care" added.'
    assert answer.data == {"ids": ["5"]}


def test_a_new_task_takes_the_next_number_ever_and_all_that_was_said(rich: Tracker) -> None:
    said = {
        "parent": "2",
        "title": "Load test",
        "priority": "high",
        "assignee": "Dana",
        "due": "2026-02-01",
        "labels": ["#api", "api"],
        "estimate": "2d",
        "depends_on": ["2.1"],
        "status": "in_progress",
    }
    answer = run(done(rich, "delete", items=["2.4"]), "add_task", said, settings=PEOPLE)
    assert answer.message == 'Task 2.5 "Load test" added.'
    assert answer.tracker is not None
    made = answer.tracker.phases[1].task(5)
    assert made is not None
    assert (made.priority, made.assignee, made.due, made.labels) == ("high", "dana", "2026-02-01", ("api",))
    assert (made.estimate, made.depends_on, made.status, made.started_at) == (
        "2d",
        ("charge-once",),
        "in_progress",
        NOW,
    )


def test_the_only_phase_need_not_be_named() -> None:
    assert run(tracker_with("7.1"), "add_task", {"title": "Two"}).data == {"ids": ["7.2"]}
    with pytest.raises(Refused, match="no phase yet"):
        run(tracker(), "add_task", {"title": "One"})
    with pytest.raises(Clarify) as asked:
        run(tracker_with("1.1", "2.1"), "add_task", {"title": "One"})
    assert asked.value.candidates == (("1", "Phase 1"), ("2", "Phase 2"))


def test_a_title_that_is_there_already_is_mentioned(rich: Tracker) -> None:
    answer = run(rich, "add_task", {"parent": "2", "title": "Write the runbook"})
    assert answer.warnings == ("Task 2.3 has the same title.",)


@pytest.mark.parametrize(
    ("slots", "says"),
    [
        ({"title": " "}, "must not be empty"),
        ({"title": "x" * 501}, "501 characters; 500 is the limit"),
        ({"title": "T", "due": "2026-02-30"}, "'2026-02-30' is not a date"),
        ({"title": "T", "priority": "urgentish"}, "'urgentish' is not a priority"),
    ],
)
def test_a_bad_value_is_refused_with_what_to_do(slots: dict[str, Any], says: str) -> None:
    with pytest.raises(Refused, match=says) as refused:
        run(tracker_with("1.1"), "add_task", {"parent": "1", **slots})
    assert refused.value.hint


def test_a_stranger_is_asked_about_with_the_people_there_are() -> None:
    with pytest.raises(Clarify) as asked:
        run(tracker_with("1.1"), "add_task", {"title": "T", "assignee": "zoe"}, settings=PEOPLE)
    assert asked.value.candidates == (("dana", "dana"), ("lee", "lee"), ("sam", "sam"))


def test_new_subtasks_take_the_next_numbers_ever(rich: Tracker) -> None:
    fewer = done(rich, "delete", items=["2.1.3"])
    answer = run(fewer, "add_subtask", {"parent": "2.1", "titles": ["Log it", "Test it"]})
    assert answer.message == 'Subtasks 2.1.4 "Log it" and 2.1.5 "Test it" added.'


def test_a_count_that_was_never_written_is_written_before_a_number_is_lost() -> None:
    row = task(1, subtasks=(Subtask(1, "sub-001", "Only", False),))
    after = done(done(tracker(phase(1, row)), "delete", items=["1.1.1"]), "add_subtask", parent="1.1", titles=["New"])
    assert [subtask.number for subtask in after.phases[0].tasks[0].subtasks] == [2]


# --- checking ------------------------------------------------------------------------------------------------------------


def test_the_last_box_asks_whether_the_task_is_done(rich: Tracker) -> None:
    answer = run(rich, "check", {"items": ["2.1.3"]})
    assert (answer.message, answer.hint) == (
        "Subtask 2.1.3 checked.",
        "Every subtask of 2.1 is checked: is the task complete?",
    )
    assert run(rich, "uncheck", {"items": ["2.1.1", "2.1.2"]}).message == "Subtasks 2.1.1 and 2.1.2 unchecked."
    assert run(rich, "check", {"items": ["2.1.1"]}).message == "Subtask 2.1.1 is checked already."


def test_several_boxes_of_one_task_are_all_ticked() -> None:
    boxes = tuple(Subtask(n, f"sub-00{n}", f"Box {n}", False) for n in (1, 2, 3))
    after = done(tracker(phase(1, task(1, subtasks=boxes))), "check", items=["1.1.1", "1.1.3"])
    assert [subtask.done for subtask in after.phases[0].tasks[0].subtasks] == [True, False, True]


# --- renaming ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ("2.4", 'Task 2.4 renamed to "New".'),
        ("2.1.1", 'Subtask 2.1.1 renamed to "New".'),
        ("2", 'Phase 2 renamed to "New".'),
        ("tracker", 'The tracker renamed to "New".'),
    ],
)
def test_whatever_has_a_title_can_get_another(rich: Tracker, item: str, message: str) -> None:
    answer = run(rich, "rename", {"item": item, "title": "New"})
    assert answer.message == message
    assert answer.tracker is not None
    found = answer.tracker.at(item)
    assert found is not None and found.title == "New"


# --- moving --------------------------------------------------------------------------------------------------------------


def test_a_moved_task_takes_the_next_number_there_and_answers_to_its_old_id(rich: Tracker) -> None:
    answer = run(rich, "move", {"items": ["2.4", "1.1"], "to": "3"})
    assert answer.message == "Tasks 2.4 and 1.1 moved to phase 3: they are now 3.3 and 3.4."
    assert answer.data == {"ids": ["3.3", "3.4"]}
    assert answer.tracker is not None
    found = answer.tracker.at("2.4")
    assert found is not None and (found.id, found.item.was) == ("3.3", ("2.4",))
    there_and_back = done(answer.tracker, "move", items=["3.3"], to="2")
    assert [t.number for t in there_and_back.phases[1].tasks] == [1, 2, 3, 5]


def test_subtasks_go_along_with_their_task_and_answer_to_their_old_ids(rich: Tracker) -> None:
    after = done(rich, "move", items=["2.1"], to="3")
    found = after.at("3.3.2")
    assert found is not None and found.item.uid == "sub-key-2"
    formerly = after.at("2.1.2")
    assert formerly is not None and formerly.id == "3.3.2"


def test_a_moved_subtask_takes_the_next_number_there(rich: Tracker) -> None:
    answer = run(rich, "move", {"items": ["2.1.1"], "to": "3.1"})
    assert answer.message == "Subtask 2.1.1 moved to task 3.1: it is now 3.1.1."
    assert answer.tracker is not None
    assert done(answer.tracker, "add_subtask", parent="2.1", titles=["x"]).at("2.1.4") is not None


@pytest.mark.parametrize(("items", "to"), [(["2.1"], "3.1"), (["2.1.1"], "3"), (["2.1", "2.1.1"], "3")])
def test_only_tasks_go_to_phases_and_subtasks_to_tasks(rich: Tracker, items: list[str], to: str) -> None:
    with pytest.raises(Refused, match="cannot be moved"):
        run(rich, "move", {"items": items, "to": to})


def test_what_is_there_already_stays_while_the_others_move(rich: Tracker) -> None:
    answer = run(rich, "move", {"items": ["3.1", "2.4"], "to": "3"})
    assert answer.message == "Task 2.4 moved to phase 3: it is now 3.3."
    assert run(rich, "move", {"items": ["3.1"], "to": "3"}).message == "Task 3.1 is in phase 3 already."


# --- order ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("slots", "order", "message"),
    [
        ({"item": "2.4", "before": "2.2"}, [1, 4, 2, 3], "Task 2.4 is now before 2.2."),
        ({"item": "2.1", "after": "2.3"}, [2, 3, 1, 4], "Task 2.1 is now after 2.3."),
        ({"item": "2.3", "position": "first"}, [3, 1, 2, 4], "Task 2.3 is now first in the order."),
        ({"item": "2.3", "position": "last"}, [1, 2, 4, 3], "Task 2.3 is now last in the order."),
        ({"item": "2.4", "position": 2}, [1, 4, 2, 3], "Task 2.4 is now number 2 in the order."),
        ({"item": "2.1", "before": "2.2"}, [1, 2, 3, 4], "Task 2.1 is before 2.2 already."),
        ({"item": "2.1", "after": "2.1"}, [1, 2, 3, 4], "Task 2.1 is where it is already."),
    ],
)
def test_order_changes_and_numbers_stay(rich: Tracker, slots: dict[str, Any], order: list[int], message: str) -> None:
    answer = run(rich, "reorder", slots)
    assert answer.tracker is not None
    assert answer.tracker.phases[1].tasks.column("number") == order
    assert answer.message == message


def test_phases_and_subtasks_have_an_order_too(rich: Tracker) -> None:
    assert [p.number for p in done(rich, "reorder", item="4", before="2").phases] == [1, 4, 2, 3]
    boxes = done(rich, "reorder", item="2.1.3", position="first").phases[1].tasks[0].subtasks
    assert [subtask.number for subtask in boxes] == [3, 1, 2]


@pytest.mark.parametrize(
    ("slots", "error", "says"),
    [
        ({"item": "2.1", "before": "3.1"}, Refused, "not in the same phase"),
        ({"item": "2.1", "before": "3"}, Refused, "This needs a task, not phase 3"),
        ({"item": "2.1", "position": 9}, Refused, "There is no position 9"),
        ({"item": "2.1"}, Clarify, "Where should task 2.1 go"),
    ],
)
def test_a_place_that_does_not_exist_is_refused(rich: Tracker, slots: dict[str, Any], error: Any, says: str) -> None:
    with pytest.raises(error, match=says):
        run(rich, "reorder", slots)


# --- deleting ------------------------------------------------------------------------------------------------------------


def test_nothing_keeps_depending_on_what_is_gone(rich: Tracker) -> None:
    answer = run(rich, "delete", {"items": ["2.1"]})
    assert answer.message == "Task 2.1 deleted."
    assert answer.warnings == (
        "Task 2.2 no longer depends on what was deleted.",
        "Task 3.1 no longer depends on what was deleted.",
    )


@pytest.mark.parametrize(
    ("slots", "left", "message"),
    [
        ({"items": ["3", "2.4"]}, ["1.1", "1.2", "1.3", "2.1", "2.2", "2.3"], "Items 3 and 2.4 deleted."),
        ({"items": ["2", "2.4", "2.1.1"]}, ["1.1", "1.2", "1.3", "3.1", "3.2"], "Items 2, 2.4 and 2.1.1 deleted."),
        ({"scope": "phase:2"}, ["1.1", "1.2", "1.3", "3.1", "3.2"], "4 tasks in phase 2 deleted."),
        (
            {"scope": "phase:2", "except": ["2.2"]},
            ["1.1", "1.2", "1.3", "2.2", "3.1", "3.2"],
            "3 tasks in phase 2 deleted.",
        ),
        ({"scope": "all"}, [], "9 tasks of the whole tracker deleted."),
        (
            {"scope": "label:none"},
            ["1.1", "1.2", "1.3", "2.1", "2.2", "2.3", "2.4", "3.1", "3.2"],
            "Nothing to delete: there is no such task.",
        ),
    ],
)
def test_items_and_scopes_are_deleted(rich: Tracker, slots: dict[str, Any], left: list[str], message: str) -> None:
    answer = run(rich, "delete", slots)
    assert answer.tracker is not None
    assert (list(titles(answer.tracker)), answer.message) == (left, message)


def test_all_subtasks_of_a_task_are_a_scope(rich: Tracker) -> None:
    answer = run(rich, "delete", {"scope": "subtasks:2.1"})
    assert answer.message == "3 subtasks of 2.1 deleted."
    assert answer.tracker is not None and answer.tracker.phases[1].tasks[0].subtasks == ()
    with pytest.raises(NotFound):
        run(rich, "delete", {"scope": "subtasks:9.9"})


def test_evidence_ids_stay_used_up_when_their_task_goes() -> None:
    proof = (Evidence("E4", "manual_note", "seen", NOW, "dana"),)
    before = tracker(phase(1, task(1, evidence=proof), task(2)))
    after = done(done(before, "delete", items=["1.1"]), "attach_evidence", item="1.2", content="again")
    assert after.phases[0].tasks[0].evidence[0].id == "E5"


@pytest.mark.parametrize(
    ("slots", "asked"),
    [
        ({"items": ["2.1", "2.2", "2.1.1"]}, None),
        ({"items": ["4"]}, None),
        ({"items": ["2", "4"]}, "phase 2 with 4 tasks"),
        ({"scope": "status:cancelled"}, "1 cancelled task"),
        ({"scope": "subtasks:2.1"}, "3 subtasks of 2.1"),
    ],
)
def test_more_than_named_items_needs_a_person(rich: Tracker, slots: dict[str, Any], asked: str | None) -> None:
    consent = COMMANDS["delete"].consent
    assert consent is not None
    need = asked and Need("delete_many", f"Deleting {asked} requires user approval.")
    assert consent(rich, call(rich, "delete", slots)) == need


def test_deleting_the_tracker_needs_a_person(rich: Tracker) -> None:
    consent = COMMANDS["delete"].consent
    assert consent is not None
    need = Need("delete_tracker", 'Deleting the tracker "Payment rework" requires user approval.')
    assert consent(rich, call(rich, "delete", {"items": ["tracker"]})) == need


@pytest.mark.parametrize(("above", "asked"), [(None, False), (2, False), (1, True)])
def test_a_list_of_named_items_needs_a_person_only_where_the_project_says_so(
    rich: Tracker, above: int | None, asked: bool
) -> None:
    consent = COMMANDS["delete"].consent
    assert consent is not None
    need = consent(rich, call(rich, "delete", {"items": ["2.1", "2.2"]}, settings=Settings(consent_above=above)))
    assert need == (Need("delete_many", "Deleting tasks 2.1 and 2.2 requires user approval.") if asked else None)


def test_deleting_the_tracker_goes_through_files(rich: Tracker) -> None:
    project = Project(plan=rich)
    slots = {"items": ["tracker"]}
    assert COMMANDS["delete"].works_on_files(call(rich, "delete", slots))
    assert not COMMANDS["delete"].works_on_files(call(rich, "delete", {"items": ["2.1"]}))
    answer = run(rich, "delete", slots, trackers=project, name="docs/plans/plan.json")
    assert (answer.message, answer.changed_files, project.names()) == (
        'Tracker "Payment rework" deleted (docs/plans/plan.json).',
        True,
        [],
    )


# --- trackers ------------------------------------------------------------------------------------------------------------


def test_a_new_tracker_gets_a_file_named_after_its_title(rich: Tracker) -> None:
    project = Project()
    answer = run(rich, "create_tracker", {"title": "Garden shed"}, trackers=project)
    assert answer.message == 'Tracker "Garden shed" created in docs/plans/garden-shed.json.'
    made = project.kept["docs/plans/garden-shed.json"]
    assert made is not None and (made.title, made.initiative, made.phases) == ("Garden shed", None, ())


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Überprüfung der Straße", "uberprufung-der-strasse"),
        ("Don't panic!", "dont-panic"),
        ("../../etc/passwd", "etc-passwd"),
        ("x" * 80, "x" * 50),
        ("a" * 49 + " b", "a" * 49),
    ],
)
def test_a_file_name_is_plain(title: str, name: str) -> None:
    assert slug(title) == name


def test_an_ordinary_tracker_never_looks_like_an_initiative() -> None:
    assert unnumbered_slug("20 Payment rework", "abcdefgh") == "tracker-20-payment-rework"
    assert unnumbered_slug("計画", "abcdefgh") == "tracker-abcdef"


@given(st.text(max_size=80), st.text("0123456789²½٣- ", max_size=6))
def test_no_title_makes_a_file_that_looks_like_an_initiatives(title: str, before: str) -> None:
    name = unnumbered_slug(before + title, "12cdefgh")
    assert name and not name[0].isdigit() and len(name) <= 50


@pytest.mark.parametrize(
    ("slots", "path", "title", "number"),
    [
        ({"number": 25, "title": "Payment rework"}, "docs/plans/25-payment-rework.json", "Payment rework", 25),
        ({"number": 25}, "docs/plans/25-initiative-25.json", "Initiative 25", 25),
        ({"title": "Quiet season"}, "docs/plans/31-quiet-season.json", "Quiet season", 31),
        ({}, "docs/plans/31-initiative-31.json", "Initiative 31", 31),
    ],
)
def test_an_initiative_has_its_number_or_the_next(
    rich: Tracker, slots: dict[str, Any], path: str, title: str, number: int
) -> None:
    project = Project(**{"payment_rework": rich, "30_lost": None})
    answer = run(rich, "create_initiative", slots, trackers=project)
    made = project.kept[path]
    assert made is not None and (made.title, made.initiative) == (title, number)
    assert path in answer.message


def test_an_initiative_asks_a_person_and_its_number_is_taken_once(rich: Tracker) -> None:
    consent = COMMANDS["create_initiative"].consent
    assert consent is not None
    shown = "Creating new Initiative requires user approval."
    assert consent(rich, call(rich, "create_initiative", {})) == Need("create_initiative", shown)
    assert consent(rich, call(rich, "create_initiative", {"number": 20})) == Need("create_initiative", shown, 20)
    with pytest.raises(Refused, match=r"Initiative 20 exists already: docs/plans/plan\.json"):
        run(rich, "create_initiative", {"number": 20}, trackers=Project(plan=rich))
