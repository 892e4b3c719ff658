"""Inquiries: asked, answered at any later command, expired, used, settled."""

from __future__ import annotations

from typing import Any

import pytest

from domain.playbooks import inquiries
from domain.playbooks.inquiries import Inquiry, standings

ASKED = Inquiry("q1", 1000.0, "WARNING", "in_git", "mark", "drift", 1, allows=("fetch",), risk="R2", ttl=3600.0)


def state(*lines: Any, now: float = 2000.0) -> str:
    (standing,) = standings([ASKED.to_document(), *lines], now)
    return standing.state


def answer(word: str, at: float = 1500.0) -> dict[str, Any]:
    return inquiries.answered(ASKED, word, by="dana", at=at, note="looked at it")


def test_an_inquiry_is_open_until_somebody_answers() -> None:
    assert state() == "open"
    assert state(answer("approve")) == "approved"
    assert state(answer("deny")) == "denied"


def test_who_answered_is_known() -> None:
    (standing,) = standings([ASKED.to_document(), answer("approve")], 2000.0)
    assert (standing.by, standing.note, standing.answered_at) == ("dana", "looked at it", 1500.0)
    assert standing.inquiry == ASKED


def test_the_first_answer_stands() -> None:
    assert state(answer("deny"), answer("approve")) == "denied"


def test_when_nobody_answers_in_time_the_safe_default_holds() -> None:
    assert state(now=1000.0 + 3601) == "expired"
    assert state(answer("approve"), now=1000.0 + 3601) == "expired"
    assert ASKED.safe_default == "deny"


def test_an_approval_is_used_once() -> None:
    assert state(answer("approve"), inquiries.used(ASKED, 1600.0)) == "used"
    assert state(answer("approve"), inquiries.used(ASKED, 1600.0), answer("approve")) == "used"


def test_what_has_settled_itself_needs_no_answer() -> None:
    assert state(inquiries.settled(ASKED, 1600.0)) == "settled"


def test_an_answer_that_it_does_not_take_is_refused() -> None:
    with pytest.raises(ValueError, match="'perhaps' is no answer to q1"):
        answer("perhaps")


def test_lines_of_another_kind_are_passed_over() -> None:
    torn = ['{"schema": "wt.inq', {"schema": "wt.outcome/1"}, {"schema": inquiries.SCHEMA, "event": "asked"}, 7]
    assert standings([*torn, {"schema": inquiries.SCHEMA, "event": "answered", "id": "other"}], 0.0) == []


def test_what_is_asked_a_second_time_under_the_same_id_changes_nothing() -> None:
    again = ASKED.replace(allows=("lay_out", "refresh_credentials"), risk="R2").to_document()
    used = inquiries.used(ASKED, 1500.0)
    (standing,) = standings([ASKED.to_document(), answer("approve"), used, again, answer("approve")], 2000.0)
    assert (standing.state, standing.inquiry) == ("used", ASKED)
