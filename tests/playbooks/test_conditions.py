"""Conditions: typed, three-valued, and nothing that could be run."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.playbooks.conditions import ConditionError, parse, seconds

FLAGS = ("index_lock", "git_busy", "in_git")


@pytest.mark.parametrize(
    ("text", "signals", "expected"),
    [
        ("consensus_score < 80 and agent_failures > 1", {"consensus_score": 76.0, "agent_failures": 2.0}, True),
        ("consensus_score < 80", {"consensus_score": 80.0}, False),
        ("consensus_score <= 80", {"consensus_score": 80.0}, True),
        ("not (index_lock or git_busy)", {"index_lock": False, "git_busy": False}, True),
        ('sync_state in ["behind", "diverged"]', {"sync_state": "behind"}, True),
        ('sync_state not in ["behind", "diverged"]', {"sync_state": "behind"}, False),
        ("disk_free < 200MB", {"disk_free": 1e8}, True),
        ("index_lock_age > 5m", {"index_lock_age": 299.0}, False),
        ("latency_p95 > latency_baseline * 1.2", {"latency_p95": 1.3, "latency_baseline": 1.0}, True),
        ("git_busy == false", {"git_busy": False}, True),
        ("index_lock or git_busy and in_git", {"index_lock": True, "git_busy": False, "in_git": False}, True),
        ("in_git", {}, None),
    ],
)
def test_a_condition_means_what_it_says(text: str, signals: dict[str, Any], expected: bool | None) -> None:
    assert parse(text).holds(signals) is expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("consensus_scor < 80", "there is no metric 'consensus_scor'; did you mean consensus_score?"),
        ("disk_free < 200", "needs a number with a unit (B, KB, MB, GB)"),
        ("disk_free < 5m", "is a size and cannot be compared with a duration"),
        ("disk_free < 5parsecs", "there is no unit 'parsecs'"),
        ("git_busy > 1", "is a flag and cannot be compared with a number"),
        ("git_busy < in_git", "has no order"),
        ('sync_state == "behnd"', "sync_state is never 'behnd'"),
        ("disk_free", "is compared with nothing"),
        ("5 < 6 extra", "stands where the condition should end"),
        ("(in_git", "')' is missing"),
        ("in_git and", "a value is missing at the end"),
        ("", "a value is missing at the end"),
        ("{{ disk_free }} > 1GB", "'{{ disk_free }} > 1G' is no part of a condition"),
        ("__import__('os')", "there is no metric '__import__'"),
        ("not " * 30 + "in_git", "nested too deeply"),
        ("in_git and " * 200 + "in_git", "at most 1000 characters"),
        ("git_busy * 2 == true", "only a number with a unit can be multiplied"),
        ("sync_state in []", "a value is missing before ']'"),
    ],
)
def test_what_is_no_condition_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(ConditionError) as refused:
        parse(text)
    assert reason in str(refused.value)


def values() -> st.SearchStrategy[dict[str, bool | None]]:
    return st.fixed_dictionaries({flag: st.sampled_from([True, False, None]) for flag in FLAGS})


def conditions() -> st.SearchStrategy[str]:
    return st.recursive(
        st.sampled_from(FLAGS),
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})"),
            inner.map(lambda text: f"not ({text})"),
        ),
        max_leaves=6,
    )


@given(conditions(), values())
def test_what_is_decided_stays_so_when_more_becomes_known(text: str, known: dict[str, bool | None]) -> None:
    condition = parse(text)
    answer = condition.holds(known)
    for flag, value in known.items():
        if value is None and answer is not None:
            assert {condition.holds(known | {flag: more}) for more in (True, False)} == {answer}


@given(conditions(), values())
def test_not_turns_what_is_known_and_leaves_what_is_not(text: str, known: dict[str, bool | None]) -> None:
    answer, turned = parse(text).holds(known), parse(f"not ({text})").holds(known)
    assert turned is (None if answer is None else not answer)


@given(st.text(max_size=60))
def test_any_text_is_a_condition_or_is_refused(text: str) -> None:
    try:
        parse(text)
    except ConditionError as error:
        assert str(error)


@pytest.mark.parametrize(("text", "expected"), [("30s", 30.0), ("5m", 300.0), ("1.5h", 5400.0), ("7d", 604_800.0)])
def test_a_duration_is_read_in_seconds(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["30", "5MB", "soon", "-5s", "5 m x"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ConditionError):
        seconds(text)
