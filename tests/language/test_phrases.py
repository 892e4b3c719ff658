"""Hundreds of sentences, written by somebody who had not seen the grammar, are read as what they mean."""

# a line of words is easier to read than a list

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from domain.commands import COMMANDS, Call, Command
from domain.errors import WtError
from domain.language import Given, Reading, interpret
from domain.shape import from_document
from domain.tracker import Tracker

PHRASES = Path(__file__).parent.parent / "phrases"
FILES = sorted(path.name for path in PHRASES.glob("*.jsonl"))
READS = (
    "show_progress show_item list next remaining blocked history search help health sync regenerate validate".split()
)
# How it went: at the first try 76.5 % were read right; after a round over the even ids alone the odd ones, not looked at
# until then, stood at 84.4 %. Since then all of them were looked at, so this figure says nothing about new sentences.
WANTED = 0.97
Case = dict[str, Any]  # a line of a phrase file


@cache
def tracker() -> Tracker:
    made: Tracker = from_document(json.loads((PHRASES / "fixture.json").read_text(encoding="utf-8")))
    return made


@cache
def given() -> Given:
    people = json.loads((PHRASES / "people.json").read_text(encoding="utf-8"))
    return Given(now=people["now"], me=people["me"], people=tuple(people["people"]), trackers=("12-skerry-point",))


def cases(file: str) -> list[Case]:
    lines = (PHRASES / file).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def read(case: Case) -> Reading:
    return _read(case["text"])


@cache
def _read(text: str) -> Reading:
    return interpret(text, tracker(), given())


def changes(reading: Reading) -> bool:
    """Whether the reading would change something: a command that refuses (a circle of dependencies) does not."""
    return any(command.name not in READS and not refuses(command) for command in reading.commands)


def refuses(command: Command) -> bool:
    call = Call(
        slots=command.slots, now=given().now, actor=given().me, new_uid=lambda: "abcdef1", name="12-skerry-point"
    )
    try:
        COMMANDS[command.name].run(tracker(), call)
    except WtError:
        return True
    except AssertionError:  # its work is on files
        return False
    return False


def comparable(commands: list[Case], optional: list[str]) -> list[Any]:
    """Commands without the slots that may differ, lists without their order."""
    return [
        (c["command"], {name: _value(name, value) for name, value in c["slots"].items() if name not in optional})
        for c in commands
    ]


def _value(name: str, value: object) -> object:
    if name == "scope":
        return frozenset(str(value).split("+"))
    if isinstance(value, (list, tuple)):
        return frozenset(map(str, value))
    if name in ("title", "text", "content", "reason", "query", "topic", "estimate", "description", "value"):
        return " ".join(str(value).split()).rstrip(".!").casefold() if isinstance(value, str) else value
    return value


def is_right(case: Case, reading: Reading) -> bool:
    if "answer" in case:
        return _answered(case, reading)
    optional = [*case.get("optional_slots", ()), "mode"] if _adds_labels(case) else [*case.get("optional_slots", ())]
    got = comparable([command.plain() for command in reading.commands], optional)
    wanted = [case["commands"], *case.get("also", ())]
    return any(_same(got, comparable(each, optional)) for each in wanted)


def _adds_labels(case: Case) -> bool:
    """Adding is what happens to labels when no mode is said."""
    return any(c["slots"].get("mode", "add") == "add" for c in case["commands"])


def _same(got: list[Any], wanted: list[Any]) -> bool:
    return len(got) == len(wanted) and all(each in got for each in wanted)


def _answered(case: Case, reading: Reading) -> bool:
    if reading.outcome != "commands" or any(refuses(c) for c in reading.commands if c.name not in READS):
        return "refuse" in case["answer"] or "clarify" in case["answer"]
    if changes(reading) or "read" not in case["answer"]:
        return False
    return case.get("read") in (None, reading.commands[0].name)


@pytest.mark.parametrize("file", FILES)
def test_no_sentence_that_must_not_change_anything_is_read_as_a_change(file: str) -> None:
    unsafe = [c["id"] for c in cases(file) if "answer" in c and changes(read(c))]
    assert unsafe == []


def test_nearly_every_sentence_is_read_as_what_it_means() -> None:
    asked = [case for file in FILES for case in cases(file)]
    right = sum(is_right(case, read(case)) for case in asked)
    assert right / len(asked) >= WANTED, f"{right} of {len(asked)} cases"
