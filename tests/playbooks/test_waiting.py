"""What waits, as values: order, the shortest ids, and whether a trouble is still there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.commands.table import Command
from domain.language.inbox import read
from domain.playbooks.inbox import Waiting, in_order, is_still_there, meant, shortest
from domain.playbooks.inquiries import Inquiry, standings

IDS = st.lists(st.text("abc1", min_size=12, max_size=12), unique=True, min_size=1)


@given(IDS)
def test_the_shortest_beginning_names_one_and_no_other(ids: list[str]) -> None:
    rows = [Waiting(id, "healing", "x") for id in ids]
    for id, short in shortest(ids).items():
        assert [row.id for row in meant(rows, short)] == [id]
    assert sorted(shortest(ids)) == sorted(ids)


def test_the_gravest_comes_first_then_what_waits_longest() -> None:
    rows = [Waiting("a", "x", "", "INFO"), Waiting("b", "x", "", at=2.0), Waiting("c", "x", "", at=1.0)]
    assert [row.id for row in in_order([*rows, Waiting("d", "x", "", "CRITICAL")])] == ["d", "c", "b", "a"]


@pytest.mark.parametrize(("stale", "there"), [(1.0, True), (0.0, False), (None, None)])
def test_whether_a_trouble_is_still_there_may_be_unknown(stale: float | None, there: bool | None) -> None:
    inquiry = Inquiry("q", 0.0, "WARNING", "pages_stale > 0", "mark")
    assert is_still_there(inquiry, lambda names: dict.fromkeys(names, stale)) is there
    assert is_still_there(inquiry.replace(symptom="no condition"), lambda names: {}) is None


def test_a_question_asked_before_there_were_kinds_is_one_of_healing() -> None:
    line = Inquiry("q", 0.0, "WARNING", "in_git", "mark").to_document()
    del line["kind"]
    (standing,) = standings([line], 1.0)
    assert standing.inquiry.kind == "healing"


@pytest.mark.parametrize(
    "text",
    [
        "approve inquiry",
        "Please approve the inquiry 3f2a!",
        "accept inquiry 3f2a now",
        "deny inquiry 3f2a: not now",
    ],
)
def test_an_answer_is_read(text: str) -> None:
    assert isinstance(read(text), Command)


@pytest.mark.parametrize(
    "text",
    [
        "approve 3.2",
        "approve inquiry 3.2",
        "if it rains approve inquiry 3f2a",
        "sam said: approve inquiry 3f2a",
        "deny inquiry 3f2a now",
        "approve inquiry 3f2a and 4b",
        "what is waiting for review?",
        "add task to phase 1: show the inbox",
    ],
)
def test_what_is_not_plainly_an_answer_is_none(text: str) -> None:
    assert read(text) is None
