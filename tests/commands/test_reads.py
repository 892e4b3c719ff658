"""Reads: progress, lists, what is next, what is stuck, one item, search, help."""

from __future__ import annotations

from typing import Any

import pytest

from domain.commands import COMMANDS
from domain.commands.table import TOPICS
from domain.errors import NotFound, Refused
from domain.tracker import Tracker
from tests.commands.running import PEOPLE, Project, call, run
from tests.samples import large_tracker, phase, task, tracker, tracker_with


def ids(answer: Any) -> list[str]:
    return [line["id"] for line in answer.data["items"]]


# --- progress --------------------------------------------------------------------------------------------------------------


def test_progress_begins_with_the_percentage_and_draws_a_bar_per_phase(rich: Tracker) -> None:
    answer = run(rich, "show_progress")
    assert answer.message == "Overall progress: 25%"
    assert answer.blocks[0].kind == "bars"
    assert answer.blocks[0].rows[0] == ("Phase 1: Foundations", "2", "2", "100% complete")
    assert answer.blocks[1].lines == (
        "2 of 9 tasks complete, 3 pending, 1 in progress, 1 blocked, 1 deferred, 1 cancelled.",
    )
    assert (answer.data["percent"], answer.data["done"], answer.data["total"]) == (25, 2, 9)
    assert answer.data["statuses"]["deferred"] == 1
    assert answer.data["phases"][1] == {
        "id": "2",
        "title": "Payments",
        "status": "in_progress",
        "percent": 0,
        "done": 0,
        "total": 4,
    }


def test_progress_of_one_phase_lists_its_tasks(rich: Tracker) -> None:
    answer = run(rich, "show_progress", {"phase": "1"})
    assert answer.message == "Phase 1 progress: 100%"
    assert [row[0] for row in answer.blocks[-1].rows] == ["1.1", "1.2", "1.3"]


def test_progress_of_every_tracker_survives_one_that_cannot_be_read(rich: Tracker) -> None:
    spec, slots = COMMANDS["show_progress"], {"all": True}
    assert spec.works_on_files(call(rich, "show_progress", slots))
    assert not spec.wants_tracker(call(rich, "show_progress", slots))
    answer = run(
        rich, "show_progress", slots, trackers=Project(a=rich, b=tracker_with("1.1", status="complete"), c=None)
    )
    assert answer.message == "Overall progress: 33%"
    assert [row["path"] for row in answer.data["trackers"]] == ["docs/plans/a.json", "docs/plans/b.json"]
    assert answer.warnings == ("docs/plans/c.json cannot be read",)


def test_an_empty_plan_says_how_to_begin() -> None:
    answer = run(tracker(), "show_progress")
    assert answer.message == "Overall progress: 0%"
    assert answer.hint == 'The plan is empty. Begin with a phase: add phase "Build".'


# --- lists ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("slots", "found", "message"),
    [
        ({}, ["1.1", "1.2", "1.3", "2.1", "2.2", "2.3", "2.4", "3.1", "3.2"], "9 tasks."),
        ({"status": "in_progress"}, ["2.1"], "1 task: in progress."),
        ({"phase": "3"}, ["3.1", "3.2"], "2 tasks: in phase 3."),
        ({"assignee": "Dana"}, ["1.1", "2.1"], "2 tasks: assigned to Dana."),
        ({"assignee": "dana", "status": "complete"}, ["1.1"], "1 task: complete, assigned to dana."),
        ({"label": "docs"}, ["2.3"], "1 task: labelled docs."),
        ({"priority": "medium"}, ["1.1", "1.2", "1.3", "2.3", "2.4", "3.1", "3.2"], "7 tasks: medium priority."),
        ({"due": "2026-01-20"}, ["2.1"], "1 task: due on 2026-01-20."),
        ({"due_before": "2026-01-27"}, ["2.1", "2.2"], "2 tasks: due by 2026-01-27."),
        ({"due_before": "2026-01-27", "status": "complete"}, ["1.1"], "1 task: complete, due by 2026-01-27."),
        ({"due_after": "2026-01-27"}, ["3.2"], "1 task: due after 2026-01-27."),
        (
            {"due_after": "2026-01-19", "due_before": "2026-01-31"},
            ["2.1", "2.2"],
            "2 tasks: due by 2026-01-31, due after 2026-01-19.",
        ),
        ({"overdue": True}, [], "No tasks: overdue."),
        ({"ready": True}, ["2.4"], "1 task: ready."),
        ({"blocked": True}, ["2.2", "3.1", "3.2"], "3 tasks: blocked or waiting."),
        ({"status": "deferred", "phase": "3"}, [], "No tasks: in phase 3, deferred."),
    ],
)
def test_filters_say_what_they_let_through(
    rich: Tracker, slots: dict[str, Any], found: list[str], message: str
) -> None:
    answer = run(rich, "list", slots)
    assert (ids(answer), answer.message) == (found, message)


def test_what_is_settled_is_not_overdue() -> None:
    late = {"due": "2026-01-02"}
    before = tracker(phase(1, task(1, **late), task(2, status="complete", **late), task(3, status="cancelled", **late)))
    assert ids(run(before, "list", {"overdue": True})) == ["1.1"]


def test_a_line_holds_what_programs_ask_for(rich: Tracker) -> None:
    assert run(rich, "list", {"status": "in_progress"}).data["items"] == [
        {
            "id": "2.1",
            "title": "Charge a card exactly once",
            "status": "in_progress",
            "priority": "critical",
            "assignee": "dana",
            "due": "2026-01-20",
            "labels": ["api", "idempotency"],
            "phase": "2",
        }
    ]


def test_a_column_nobody_fills_is_left_out() -> None:
    assert run(tracker_with("1.1"), "list").blocks[0].head == ("Id", "Task", "Status")


@pytest.mark.parametrize(
    ("what", "key", "first", "message"),
    [
        ("phases", "phases", {"id": "1", "title": "Foundations"}, "4 phases."),
        ("labels", "labels", {"label": "api", "tasks": 1}, "4 labels."),
        ("people", "people", {"person": "dana", "tasks": 2}, "3 people."),
        ("evidence", "evidence", {"id": "E1", "task": "1.1", "kind": "file_reference"}, "4 pieces of evidence."),
    ],
)
def test_what_is_not_a_task_is_listed_too(
    rich: Tracker, what: str, key: str, first: dict[str, Any], message: str
) -> None:
    answer = run(rich, "list", {"what": what}, settings=PEOPLE)
    assert answer.message == message
    assert answer.data[key][0].items() >= first.items()
    assert len(answer.blocks[0].rows) == len(answer.data[key])


def test_trackers_are_listed_without_one_in_use(rich: Tracker) -> None:
    slots = {"what": "trackers"}
    assert not COMMANDS["list"].wants_tracker(call(rich, "list", slots))
    answer = run(rich, "list", slots, trackers=Project(a=rich, b=None))
    assert answer.message == "2 trackers."
    assert answer.blocks[0].rows == (("docs/plans/a.json", "Payment rework", "25%"), ("docs/plans/b.json", "?", "?"))


def test_a_list_of_what_there_is_none_is_refused(rich: Tracker) -> None:
    with pytest.raises(Refused, match="no list of 'dragons'"):
        run(rich, "list", {"what": "dragons"})


# --- next, remaining, blocked ----------------------------------------------------------------------------------------------------


def queue() -> Tracker:
    return tracker(
        phase(
            1,
            task(1, "No date"),
            task(2, "Soon", due="2026-01-20"),
            task(3, "Sooner", due="2026-01-18"),
            task(4, "Urgent", priority="critical", due="2026-03-01", assignee="dana"),
            task(5, "Unimportant", priority="low", due="2026-01-16"),
            task(6, "Waits", priority="critical", depends_on=("task-0001",)),
            task(7, "Waits no more", depends_on=("task-0008", "task-0009")),
            task(8, status="complete"),
            task(9, status="cancelled"),
        )
    )


@pytest.mark.parametrize(
    ("slots", "found"),
    [
        ({}, ["1.4", "1.3", "1.2", "1.1", "1.7"]),
        ({"count": 2}, ["1.4", "1.3"]),
        ({"count": 50}, ["1.4", "1.3", "1.2", "1.1", "1.7", "1.5"]),
        ({"assignee": "dana"}, ["1.4"]),
    ],
)
def test_next_is_ordered_by_priority_due_date_and_place(slots: dict[str, Any], found: list[str]) -> None:
    assert ids(run(queue(), "next", slots)) == found


def test_next_names_the_first_and_how_to_begin() -> None:
    answer = run(queue(), "next")
    assert (answer.message, answer.hint, answer.data["ready"]) == ("Next: 1.4 Urgent", "Begin: start 1.4", 6)


def test_a_person_without_tasks_is_shown_what_is_free() -> None:
    answer = run(queue(), "next", {"assignee": "sam", "count": 1})
    assert answer.message == "Nothing of sam is ready; free to take: 1.3 Sooner"


@pytest.mark.parametrize(
    ("before", "message"),
    [
        (tracker_with("1.1", status="complete"), "Nothing is left to do."),
        (tracker_with("1.1", "1.2", status="blocked"), "Nothing is ready: 2 blocked."),
        (tracker(), "Nothing is left to do."),
    ],
)
def test_an_empty_queue_says_why(before: Tracker, message: str) -> None:
    answer = run(before, "next")
    assert (answer.message, answer.data["items"]) == (message, [])


def test_what_remains_is_counted_by_status(rich: Tracker) -> None:
    answer = run(rich, "remaining")
    assert answer.message == "6 tasks left: 1 in progress, 1 blocked, 1 deferred and 3 pending."
    assert ids(answer) == ["2.1", "2.2", "2.3", "2.4", "3.1", "3.2"]
    assert run(rich, "remaining", {"phase": "1"}).message == "Nothing is left to do in phase 1."


def test_what_is_stuck_says_by_what(rich: Tracker) -> None:
    answer = run(rich, "blocked")
    assert answer.message == "1 task blocked, 2 waiting for others."
    assert [(line["id"], line["waits_for"], line.get("reason")) for line in answer.data["items"]] == [
        ("2.2", ["2.1"], "waiting for the provider's sandbox"),
        ("3.1", ["2.1", "2.2"], None),
        ("3.2", ["3.1"], None),
    ]
    assert answer.blocks[0].rows[0][-1] == "2.1; waiting for the provider's sandbox"
    assert run(rich, "blocked", {"phase": "1"}).message == "Nothing is blocked in phase 1."


# --- search ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("RUNBOOK", ["2.3"]),
        ("provider", ["2.1", "2.2"]),
        ("repeated request", ["2.1"]),
        ("once charge", ["2.1"]),
        ("today.md", ["1.1"]),
        ("E3", ["2.1"]),
        ("<b>HTML", ["2.4"]),
        ("pending", []),
        ("uid", []),
        (" ", []),
    ],
)
def test_search_looks_into_texts_and_not_into_keys(rich: Tracker, query: str, found: list[str]) -> None:
    from infrastructure.codec import decode_canonical, encode

    assert ids(run(rich, "search", {"query": query})) == found
    assert ids(run(decode_canonical(encode(rich)), "search", {"query": query})) == found


# --- one item ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "part", "message"),
    [
        ("2.1", "status", "Task 2.1 is in progress."),
        ("2.2", "status", "Task 2.2 is blocked and waits for 2.1."),
        ("2.4", "status", "Task 2.4 is pending and ready."),
        ("1.3", "status", "Task 1.3 is cancelled: the platform team already runs one."),
        ("2.1", "assignee", "Task 2.1 is assigned to dana."),
        ("2.4", "assignee", "Task 2.4 is assigned to nobody."),
        ("2.1", "due", "Task 2.1 is due on 2026-01-20."),
        ("2.4", "due", "Task 2.4 has no due date."),
        ("2.1", "priority", "Task 2.1 has critical priority."),
        ("2.1", "labels", "Task 2.1 is labelled api and idempotency."),
        ("2.1", "estimate", "Task 2.1 is estimated at 3d."),
        ("2.4", "description", "Task 2.4 has no description."),
        ("2.1", "dependencies", "Task 2.1 waits for nothing: 2 dependencies met."),
        ("3.1", "dependencies", "Task 3.1 waits for 2.1 and 2.2."),
        ("2.1", "subtasks", "Task 2.1 has 2 of 3 subtasks done."),
        ("2.1", "criteria", "Task 2.1 has 2 of 3 criteria met."),
        ("2.1", "evidence", "Task 2.1 has 2 pieces of evidence."),
        ("2.4", "notes", "Task 2.4 has no notes."),
        ("2.1", None, "2.1 Charge a card exactly once"),
        ("2.1.3", None, 'Subtask 2.1.3 "Answer a repeated request from the store" is not checked.'),
        ("2", None, "Phase 2: Payments"),
        ("tracker", None, "Payment rework"),
        ("E4", None, "Evidence E4 of task 2.1 is not verified yet."),
        ("E2", "evidence", "Evidence E2 of task 1.2 is not verified yet."),
    ],
)
def test_one_item_or_one_thing_about_it_is_shown(rich: Tracker, item: str, part: str | None, message: str) -> None:
    answer = run(rich, "show_item", {"item": item, "part": part})
    assert answer.message == message
    assert answer.data["item"]["id"] == item


def test_a_task_is_shown_whole_with_ids_for_programs(rich: Tracker) -> None:
    answer = run(rich, "show_item", {"item": "2.1"})
    item = answer.data["item"]
    assert item["depends_on"] == ["1.1", "1.2"]
    assert (item["waits_for"], item["needed_by"], item["status"]) == ([], ["2.2", "3.1"], "in_progress")
    assert [subtask["number"] for subtask in item["subtasks"]] == [1, 2, 3]
    assert [block.title for block in answer.blocks] == [
        None,
        "Depends on",
        "Subtasks",
        "Acceptance criteria",
        "Checks before it is complete",
        "Evidence",
        "Notes",
    ]
    assert answer.blocks[2].lines[2] == "[ ] 3. Answer a repeated request from the store"


def test_an_old_id_still_shows_the_task(rich: Tracker) -> None:
    assert run(rich, "show_item", {"item": "1.4"}).data["item"]["id"] == "2.3"


def test_evidence_that_is_not_there_is_not_found(rich: Tracker) -> None:
    with pytest.raises(NotFound):
        run(rich, "show_item", {"item": "E99"})


# --- help ----------------------------------------------------------------------------------------------------------------------------


def test_help_shows_one_example_of_every_command() -> None:
    answer = run(tracker(), "help")
    shown = [row[0] for block in answer.blocks for row in block.rows]
    assert sorted(shown) == sorted(spec.phrases[0] for spec in COMMANDS.values())
    assert [row["topic"] for row in answer.data["topics"]] == list(TOPICS)


@pytest.mark.parametrize(
    ("topic", "commands"),
    [
        ("add_dependency", ["add_dependency"]),
        ("add dependency", ["add_dependency"]),
        (
            "evidence",
            "attach_evidence verify_evidence add_check remove_check run_checks grant_trust list_trust revoke_trust".split(),
        ),
        ("criterion", ["meet_criterion", "unmeet_criterion", "add_criterion"]),
        ("Subtask", ["add_subtask", "check", "uncheck"]),
        ("priority", ["set_field", "list", "next"]),
    ],
)
def test_help_by_topic_shows_every_phrase(topic: str, commands: list[str]) -> None:
    answer = run(tracker(), "help", {"topic": topic})
    assert sorted(row["command"] for row in answer.data["commands"]) == sorted(commands)
    assert sorted(line for block in answer.blocks for line in block.lines) == sorted(
        phrase for name in commands for phrase in COMMANDS[name].phrases
    )


@pytest.mark.parametrize("topic", ["ids", "ranges", "dates", "scopes", "consent"])
def test_what_is_not_a_command_is_explained(topic: str) -> None:
    assert run(tracker(), "help", {"topic": topic}).data["text"]


def test_an_unknown_topic_names_the_nearest() -> None:
    answer = run(tracker(), "help", {"topic": "dependancies"})
    assert answer.message == 'There is no help on "dependancies".'
    assert answer.data["nearest"][0] == "dependencies"


# --- cost ----------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "slots", "decoded"),
    [
        ("show_progress", {}, 0),
        ("next", {}, 0),
        ("list", {"status": "blocked"}, 0),
        ("remaining", {}, 0),
        ("blocked", {}, 0),
        ("search", {"query": "2.7"}, 1),
    ],
)
def test_reads_of_a_large_plan_decode_only_what_they_show(name: str, slots: dict[str, Any], decoded: int) -> None:
    from infrastructure.codec import decode_canonical, encode

    large = decode_canonical(encode(large_tracker(300)))
    run(large, name, slots)
    rows = [row for phase in large.phases for row in phase.tasks.raw]
    assert sum(not isinstance(row, str) for row in rows) == decoded
