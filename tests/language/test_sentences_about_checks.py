"""Sentences about checks: read as what they say, and never out of words that mean something else."""

from __future__ import annotations

import pytest

from domain.language import Given, Reading, canonical, interpret
from tests.samples import rich_tracker

GIVEN = Given("2026-01-15T09:00:00Z", "alex", ("dana", "lee"))


def read(text: str) -> Reading:
    return interpret(text, rich_tracker(), GIVEN)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("verify 2.4 with `pytest -q`", "command", "pytest -q"),
        ("verify 2.4 with pytest -q", "command", "pytest -q"),
        ('verify task 2.4 using "make lint".', "command", "make lint"),
        ("please verify #2.4 with `make .`", "command", "make ."),
        ("verify 2.4 with ./check.sh", "command", "./check.sh"),
        ("verify 2.4 by running make test", "command", "make test"),
        ("verify 2.4 with the command `test -f a`", "command", "test -f a"),
        ('add a check to 2.4: "make lint"', "command", "make lint"),
        ("add another check for 2.4: make lint", "command", "make lint"),
        ("2.4 is verified by `sh -c 'a | b'`", "command", "sh -c 'a | b'"),
        ("2.4 is verified by tests/test_x.py existing", "file", "tests/test_x.py"),
        ("2.4 is verified by docs/a.md existing.", "file", "docs/a.md"),
        ("verify 2.4 with the file docs/a.md", "file", "docs/a.md"),
        ("2.4 is verified by tests/test_x.py passing", "test", "tests/test_x.py"),
        ("2.4 is verified by tests/test_x.py", "test", "tests/test_x.py"),
        ("verify 2.4 with tests/test_x.py::test_y", "test", "tests/test_x.py::test_y"),
        ("verify 2.4 with the test checks/all.py", "test", "checks/all.py"),
        ("2.4 is proven by commit 12ab34f", "commit", "12ab34f"),
        ("verify 2.4 with the commit v1.0", "commit", "v1.0"),
    ],
)
def test_what_proves_a_task_is_named(text: str, kind: str, value: str) -> None:
    commands = read(text).commands
    assert [command.plain() for command in commands] == [
        {"command": "add_check", "slots": {"item": "2.4", "kind": kind, "value": value}}
    ]
    assert read(canonical(commands[0])).commands == commands


def test_a_whole_title_stands_for_its_task() -> None:
    found = rich_tracker().at("3.1")
    assert found is not None
    assert read(f'verify "{found.title}" with `make`').commands == read("verify 3.1 with `make`").commands


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        ("remove check 2 of 2.1", {"item": "2.1", "check": 2}),
        ("drop the check `make lint` from 2.1", {"item": "2.1", "check": "make lint"}),
        ("remove the checks of 2.1", {"item": "2.1"}),
    ],
)
def test_a_check_is_taken_away(text: str, slots: dict[str, object]) -> None:
    commands = read(text).commands
    assert [command.plain() for command in commands] == [{"command": "remove_check", "slots": slots}]
    assert read(canonical(commands[0])).commands == commands


@pytest.mark.parametrize(
    "text",
    [
        "don't verify 2.4 with `make`",
        "is 2.4 verified by `make`?",
        "if 2.4 is verified by `make`, complete 2.1",
        "dana said 2.4 is verified by `make`",
        "maybe verify 2.4 with `make`",
        "2.4 will be verified by `make`",
        "2.4 should be verified by `make`",
        "2.4 is not verified by `make`",
        "2.4 is verified by dana",
        "2.4 is verified by the team",
        "verify 2.4 with dana and the others",
        "verify 2.4 with pytest and complete 2.1",
        "verify 2.4 with `pytest` && reboot",
        "verify 2.4 with docs/a.md",
        "verify 2.4 with",
        "add a check to 2.4",
        "run the checks",
        "run the checks of phase 2",
        "don't run the checks of 2.4",
        "don't trust the commands",
        "do not revoke all trust",
        "remove the checks",
        "verify 9.9 with `make`",
    ],
)
def test_nothing_else_is_read_as_a_check(text: str) -> None:
    changing = {"add_check", "remove_check", "run_checks", "grant_trust", "revoke_trust"}
    assert not changing & {command.name for command in read(text).commands}


def test_what_is_meant_is_asked_where_a_path_may_be_three_things() -> None:
    reading = read("verify 2.4 with docs/a.md")
    assert reading.outcome == "clarify" and "file" in (reading.hint or "") and "command" in (reading.hint or "")


def test_an_id_that_no_task_has_is_said() -> None:
    assert read("verify 9.9 with `make`").outcome == "not_found"


@pytest.mark.parametrize("text", ["check 2.1.1", "which checks are there?", "verify the evidence of 2.1", "verify E1"])
def test_other_sentences_with_such_words_stay_what_they_were(text: str) -> None:
    assert not any("check_" in command.name or "trust" in command.name for command in read(text).commands)
