"""What many probes come to: laws that hold for any of them, and the figures that decide."""

from __future__ import annotations

from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.probes.consensus import Consensus, Reliability, Vote, Watch, consensus, signals, weight
from domain.probes.declaration import GROUPS, Probe
from domain.probes.verdicts import AGREE, BROKEN, DISAGREE, UNKNOWN, VERDICTS, Verdict


def vote(verdict: str, group: str = "tests", *, id: str = "p", age: float = 0.0, **probe: object) -> Vote:
    return Vote(Probe(id, "all is well", group, **probe), (Verdict(verdict),), age)  # type: ignore[arg-type]  # fields of Probe


VOTES = st.lists(
    st.builds(
        vote,
        st.sampled_from(VERDICTS),
        st.sampled_from(GROUPS),
        age=st.floats(0, 1e6),
        reliability=st.floats(0.5, 1),
        veto=st.booleans(),
    ),
    max_size=12,
)


@given(VOTES)
def test_score_and_coverage_stay_within_their_bounds(votes: list[Vote]) -> None:
    found = consensus(votes)
    assert 0 <= found.coverage <= 1 + 1e-9
    assert found.score is None or 0 <= found.score <= 100 + 1e-9
    assert (found.score is None) == (found.coverage < 0.5 or found.known == 0)


@given(VOTES)
def test_the_order_of_the_votes_says_nothing(votes: list[Vote]) -> None:
    one, other = consensus(votes), consensus(votes[::-1])
    assert (one.score is None) == (other.score is None)
    assert one.score is None or other.score is None or isclose(one.score, other.score, abs_tol=1e-9)


@given(st.integers(1, 20))
def test_a_crowd_of_one_group_has_one_vote(count: int) -> None:
    """Probes that share a cause do not outvote the rest."""
    rest = [vote(AGREE, "ci"), vote(AGREE, "remote"), vote(AGREE, "journal")]
    one = consensus([*rest, vote(DISAGREE)])
    assert consensus([*rest, *[vote(DISAGREE)] * count]).score == pytest.approx(one.score)
    assert one.score == pytest.approx(75)


@given(VOTES)
def test_what_nobody_knows_changes_no_score_but_coverage(votes: list[Vote]) -> None:
    votes = [each for each in votes if each.probe.group != "llm"]
    before, after = consensus(votes), consensus([*votes, vote(UNKNOWN, "llm", reliability=0.9)])
    assert after.coverage <= before.coverage + 1e-9
    if before.score is not None and after.score is not None:
        assert after.score == pytest.approx(before.score)


def test_too_little_that_is_known_is_no_score() -> None:
    found = consensus([vote(AGREE), vote(UNKNOWN, "ci"), vote(BROKEN, "remote")])
    assert found.score is None and found.coverage == pytest.approx(1 / 3)
    assert found.line == "consensus n/a (1/3 probes, coverage 0.33)"
    assert consensus([]).line == "consensus n/a (0/0 probes, coverage 0.00)"


def test_a_broken_probe_is_no_disagreement() -> None:
    found = consensus([vote(AGREE), vote(AGREE, "ci"), vote(BROKEN, "remote", id="thermometer")])
    assert (found.score, found.broken, found.disagreeing) == (100, ("thermometer",), ())
    assert signals(found, Watch())["agent_failures"] == 1


def test_a_veto_is_told_whatever_the_score() -> None:
    crowd = [vote(AGREE, group) for group in GROUPS[:6]]
    found = consensus([*crowd, vote(DISAGREE, "llm", id="integrity", veto=True)])
    assert found.score is not None and found.score > 80
    assert found.vetoes == ("integrity",)


@pytest.mark.parametrize(
    ("reliability", "odds"), [(0.5, 0.2), (0.7, 0.85), (0.8, 1.39), (0.9, 2.2), (0.95, 2.94), (0.99, 4.6), (1.0, 4.6)]
)
def test_weights_are_log_odds_within_limits(reliability: float, odds: float) -> None:
    assert weight(Probe("p", "c", "tests", reliability=reliability), Reliability()) == pytest.approx(odds, abs=0.006)


def test_measured_reliability_counts_from_ten_runs_on() -> None:
    probe = Probe("p", "c", "tests", reliability=0.9)
    assert weight(probe, Reliability(right=5, wrong=4)) == pytest.approx(2.2, abs=0.01)
    assert weight(probe, Reliability(right=8, wrong=2)) == pytest.approx(1.39, abs=0.01)
    assert weight(probe, Reliability(right=100, is_vacuous=True)) == 0


def test_a_probe_that_sees_nothing_has_no_vote() -> None:
    blind = Vote(Probe("p", "c", "ci"), (Verdict(AGREE),), 0.0, Reliability(is_vacuous=True))
    assert consensus([vote(DISAGREE), blind]).score == 0


def test_an_answer_loses_half_its_weight_with_every_time_to_live() -> None:
    old = vote(DISAGREE, "ci", age=3600, ttl=3600.0)
    assert old.known_weight == pytest.approx(old.weight / 2)
    assert vote(DISAGREE, "ci", age=-50).known_weight == old.weight  # a clock that went back makes nothing fresher
    found = consensus([vote(AGREE), old])
    assert found.score == pytest.approx(100 / 1.5) and found.coverage == pytest.approx(0.75)


def test_a_probe_with_many_claims_agrees_with_a_share_of_them() -> None:
    many = Vote(Probe("p", "c", "ci"), (Verdict(AGREE), Verdict(AGREE), Verdict(DISAGREE), Verdict(UNKNOWN)))
    assert many.agreement == pytest.approx(2 / 3)


# --- over time ----------------------------------------------------------------------------------------------------------


def watched(*scores: float | None) -> list[bool]:
    watch, states = Watch(), []
    for score in scores:
        watch = watch.after(Consensus(score, 1.0, 5, 5))
        states.append(watch.is_degraded)
    return states


@pytest.mark.parametrize(
    ("scores", "states"),
    [
        ([79.9], [False]),
        ([79.9, 79.9], [False, True]),
        ([79, 90, 79], [False, False, False]),
        ([80, 80, 80], [False, False, False]),
        ([50, 50, 80, 84.9, 85], [False, True, True, True, False]),
        ([50, None, 50], [False, False, True]),
        ([50, 50, None], [False, True, True]),
    ],
)
def test_degraded_is_entered_twice_below_80_and_left_at_85(scores: list[float | None], states: list[bool]) -> None:
    assert watched(*scores) == states


def test_a_single_flicker_is_no_alarm() -> None:
    """Ten probes of one group each, of which one in fifty says the wrong thing, a thousand evaluations (seeded)."""
    import random

    chance = random.Random(20260105)
    once, watch, alarms, lows = Watch(), Watch(), 0, 0
    for _ in range(1000):
        votes = [vote(DISAGREE if chance.random() < 0.02 else AGREE, f"g{n}") for n in range(8)]
        found = consensus(votes)
        lows += found.score is not None and found.score < 80
        before, watch = watch, watch.after(found)
        alarms += watch.is_degraded and not before.is_degraded
    assert lows > 3 * max(alarms, 1) and once == Watch()


def test_without_any_evaluation_the_figures_are_unknown() -> None:
    assert signals(None, Watch(), 2) == {
        "consensus_score": None,
        "coverage": None,
        "agent_failures": None,
        "vetoes": None,
        "consensus_degraded": None,
        "disputed_tasks": 2.0,
    }
