"""A sentence about many tasks is never read as one about more: what narrows it is understood or asked about."""

from __future__ import annotations

import pytest

from domain.language import Reading, interpret
from tests.language.test_language import ME, tracker


def read(text: str) -> Reading:
    return interpret(text, tracker(), ME)


def scope_of(text: str) -> str | None:
    (command,) = read(text).commands
    return str(command.slots["scope"])


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("everything dana has is now in progress", "assignee:dana"),
        ("everything dana has is done", "assignee:dana"),
        ("all tasks dana has are done", "assignee:dana"),
        ("cancel everything dana has", "assignee:dana"),
        ("delete everything dana has", "assignee:dana"),
        ("block everything dana has because the movers are late", "assignee:dana"),
        ("everything I have is done", "assignee:alex"),
        ("everything in phase 2 that dana has is done", "phase:2+assignee:dana"),
        ("everything lee has in phase 3 is cancelled", "phase:3+assignee:lee"),
        ("everything dana owns is done", "assignee:dana"),
        ("dana finished all tasks in phase 2", "phase:2"),  # who did it, not whose they are
        ("I have finished everything", "all"),
        ("I completed all tasks in phase 2 last week", "phase:2"),
    ],
)
def test_a_person_in_a_scope_narrows_it(text: str, scope: str) -> None:
    assert scope_of(text) == scope


NARROWING = (
    "dana has finished",
    "dana does",
    "dana touched",
    "dana and lee have",
    "dana is working on",
    "with dana",
    "near dana",
    "zed has",
    "zed owns",
    "with a note",
    "with evidence",
    "with criteria",
    "with subtasks",
    "with three subtasks",
    "with a deadline",
    "from last week",
    "from yesterday",
    "of last month",
    "in the archive",
    "on the wall",
    "overdue",
    "old",
    "else",
    "blue",
)


@pytest.mark.parametrize("narrowing", NARROWING)
@pytest.mark.parametrize(
    "pattern",
    [
        "everything {} is done",
        "all tasks {} are done",
        "cancel everything {}",
        "delete everything {}",
        "start all tasks {}",
    ],
)
def test_what_is_left_over_in_a_scope_is_asked_about(pattern: str, narrowing: str) -> None:
    reading = read(pattern.format(narrowing))
    widened = [c for c in reading.commands if c.slots.get("scope") in ("all", "phase:1", "phase:2")]
    assert widened == [], reading
    if reading.outcome != "commands":
        assert reading.message


@pytest.mark.parametrize(
    "text",
    [
        "mark WORK-101 complete",
        "complete WORK-101",
        "start WORK-101",
        "show WORK-101",
        "is WORK-101 done?",
        "WORK-101 is done",
    ],
)
def test_an_original_id_that_no_task_bears_is_named(text: str) -> None:
    reading = read(text)
    assert (reading.outcome, reading.commands) == ("not_found", ())
    assert reading.message == "No task is called WORK-101; nothing was changed."


def test_original_ids_that_are_almost_the_one_said_are_offered() -> None:
    plan = tracker()
    plan = plan.with_task(2, plan.phase(2).task(1).replace(labels=("WORK-102",)))  # type: ignore[union-attr]  # it is there
    reading = interpret("mark WORK-101 complete", plan, ME)
    assert reading.candidates == (("2.1", "Pack the archive"),)
    assert interpret("mark WORK-102 complete", plan, ME).outcome == "commands"


@pytest.mark.parametrize(
    ("text", "command", "code"),
    [
        ("attach output of pytest -q (exit 0) to 2.1", "pytest -q", 0),
        ("attach the output of make test (exit code 2) to 2.1", "make test", 2),
        ("attach the output of ./check.sh, exit 1, to 2.1", "./check.sh", 1),
    ],
)
def test_the_output_of_a_command_is_evidence_with_how_it_ended(text: str, command: str, code: int) -> None:
    (attached,) = read(text).commands
    slots = attached.plain()["slots"]
    assert (slots["type"], slots["command"], slots["exit_code"]) == ("command_output", command, code)
    assert slots["item"] == "2.1"


def test_a_sentence_of_unknown_words_is_told_which_and_offered_nothing_far_fetched() -> None:
    reading = read("frobnicate the thing")
    assert reading.message == "I do not understand “frobnicate” here; nothing was changed."
    assert reading.hint == 'Say "help" to see what can be said.'
    assert "label" in (read("frobnicate the lables").hint or "")
