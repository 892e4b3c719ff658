"""The plainest sentences: whatever is read without the grammar is what the grammar reads."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.commands.table import Ref
from domain.language import attempt, plain
from tests.language.test_language import ME, tracker

WORDS = (
    "show progress next remaining blocked task mark complete start as in pending deferred cancelled done the".split()
)
IDS = "1.1 1.2 5.5 2.01 02.1 9.9 1.1.2 1 1.1. E1 ٢.1 1.١ 0.0 1.0".split()
sentences = st.lists(st.sampled_from(WORDS + IDS), min_size=1, max_size=6).map(" ".join)


def read(sentence: str) -> tuple[tuple[object, ...], ...] | None:
    found = plain.read(sentence, tracker())
    return None if found is None else tuple((command.name, command.slots) for command in found.commands)


@settings(max_examples=1500, deadline=None)
@given(sentences, st.sampled_from((str, str.upper, str.title)))
def test_what_is_read_plainly_the_grammar_reads_the_same(sentence: str, dress: object) -> None:
    assert callable(dress)
    said = dress(sentence)
    for plan in (tracker(), None):
        found = plain.read(said, plan)
        assert found is None or found == attempt.interpret(said, plan, ME)


FORMS = [*plain.READS, "show 1.2", "show task 1.2", "complete 5.5", "start task 1.2"] + [
    f"mark {task}5.5 {link}{status}" for task in ("", "task ") for link in ("", "as ") for status in plain.STATUSES
]


@pytest.mark.parametrize("sentence", FORMS)
def test_every_plain_form_is_read_plainly_and_as_the_grammar_reads_it(sentence: str) -> None:
    assert plain.read(sentence, tracker()) == attempt.interpret(sentence, tracker(), ME)


def test_an_item_is_known_by_its_uid() -> None:
    assert read("mark task 1.2 as in progress") == (
        ("set_status", {"items": (Ref("task", "1.2", "task-1-2"),), "status": "in_progress"}),
    )


@pytest.mark.parametrize(
    "sentence", ["", " ", "complete 9.9", "complete 1", "complete 1.1.1", "mark 1.1 done", "mark 1.1"]
)
def test_all_else_is_left_to_the_grammar(sentence: str) -> None:
    assert read(sentence) is None
