"""What is remembered of failures, and that no figure claims more than its counts."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.self_healing import Diagnosis, KnowledgeBase, Symptom, SymptomAnalyzer
from domain.self_healing.knowledge import Recovery, at_least, wilson_bounds
from tests.self_healing.fakes import Clock


class Lines:
    """An append-only log that keeps what is JSON and hands on what is not."""

    def __init__(self, *lines: object) -> None:
        self.lines: list[object] = list(lines)

    def append(self, record: object) -> None:
        self.lines.append(json.loads(json.dumps(record)))

    def read(self) -> list[object]:
        return self.lines


def a_timeout() -> Diagnosis:
    return SymptomAnalyzer().analyze(Symptom("timed out", "push", "git.remote:origin"))


@pytest.mark.parametrize(
    ("successes", "trials", "expected"),
    [
        (1, 1, 0.27),
        (3, 3, 0.53),
        (5, 5, 0.65),
        (10, 10, 0.79),
        (17, 20, 0.68),
        (19, 20, 0.80),
        (20, 20, 0.88),
        (85, 100, 0.78),
    ],
)
def test_the_one_sided_lower_bound_has_its_known_values(successes: int, trials: int, expected: float) -> None:
    assert round(at_least(successes, trials), 2) == expected


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        (10, 12, 0.5520, 0.9530),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (50, 100, 0.4038, 0.5962),
        (0, 0, 0.0, 1.0),
    ],
)
def test_the_two_sided_bounds_have_their_known_values(successes: int, trials: int, low: float, high: float) -> None:
    assert wilson_bounds(successes, trials) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(0, 500), st.integers(0, 500))
def test_the_bounds_enclose_the_rate_and_mirror_each_other(successes: int, failures: int) -> None:
    trials = successes + failures
    low, high = wilson_bounds(successes, trials)
    assert 0 <= low <= high <= 1
    if trials:
        assert low <= successes / trials + 1e-12
        assert high >= successes / trials - 1e-12
    assert wilson_bounds(failures, trials) == pytest.approx((1 - high, 1 - low))


def test_a_record_carries_everything_a_later_reader_needs() -> None:
    log = Lines()
    knowledge = KnowledgeBase(log, session="s-1", clock=Clock())
    detail = Recovery("RETRY", "escalated", 3, 2500, ("retry",), context={"advice": "wait"})
    knowledge.record_recovery(a_timeout(), False, detail)
    assert log.lines == [
        {
            "schema": "wt.healing/1",
            "event": "recovery",
            "at": 1000.0,
            "session": "s-1",
            "category": "TRANSIENT",
            "cause": "timeout",
            "fingerprint": a_timeout().fingerprint,
            "operation": "push",
            "resource": "git.remote:origin",
            "symptoms": ["Timeout (network)"],
            "success": False,
            "strategy": "RETRY",
            "outcome": "escalated",
            "attempts": 3,
            "duration_ms": 2500,
            "actions": ["retry"],
            "playbook": "",
            "context": {"advice": "wait"},
        }
    ]


def test_statistics_count_and_bound_what_was_tried() -> None:
    knowledge = KnowledgeBase(Lines())
    for success in (True, True, False):
        knowledge.record_failure(a_timeout())
        knowledge.record_recovery(
            a_timeout(), success, Recovery("RETRY", attempts=2, duration_ms=100, actions=("retry",))
        )
    found = knowledge.get_statistics()
    assert (found["failures"], found["recoveries"]["tried"], found["recoveries"]["recovered"]) == (3, 3, 2)
    assert found["recoveries"]["at_least"] == pytest.approx(at_least(2, 3))
    assert found["by_category"]["TRANSIENT"]["failures"] == 3
    assert found["by_strategy"]["RETRY"]["mean_attempts"] == 2
    assert found["recurring"] == [{"fingerprint": a_timeout().fingerprint, "cause": "timeout", "failures": 3}]
    assert json.loads(json.dumps(found)) == found


def test_the_two_calls_of_the_guide_are_enough() -> None:
    knowledge = KnowledgeBase()
    knowledge.record_failure(a_timeout())
    knowledge.record_recovery(a_timeout(), True)
    knowledge.record_failure(a_timeout())
    knowledge.record_recovery(a_timeout(), False)
    found = knowledge.get_statistics()
    assert found["by_cause"]["timeout"]["failures"] == 2
    assert (found["recoveries"]["tried"], found["recoveries"]["recovered"]) == (2, 1)


def test_nothing_tried_is_no_rate() -> None:
    found = KnowledgeBase().get_statistics()
    assert (found["failures"], found["recoveries"]["rate"], found["recoveries"]["interval"]) == (0, None, [0.0, 1.0])


def test_what_was_only_escalated_was_not_tried() -> None:
    knowledge = KnowledgeBase()
    knowledge.record_recovery(a_timeout(), False, Recovery("ESCALATE", "escalated"))
    assert knowledge.get_statistics()["recoveries"]["tried"] == 0


def test_what_was_escalated_is_kept_with_its_context() -> None:
    knowledge = KnowledgeBase(Lines())
    knowledge.record_recovery(a_timeout(), False, Recovery("RETRY", "escalated", context={"text": "timed out"}))
    assert [record["context"] for record in knowledge.get_statistics()["escalated"]] == [{"text": "timed out"}]


def test_lines_that_cannot_be_read_are_counted_and_passed_over() -> None:
    log = Lines('{"torn', 7, None, {"schema": "other"}, {"schema": "wt.healing/1", "event": "failure"})
    found = KnowledgeBase(log).get_statistics()
    assert (found["failures"], found["unreadable"]) == (1, 4)
