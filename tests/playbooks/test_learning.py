"""What outcomes teach: figures that say how sure they are, and the order of what is tried."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.playbooks.guards import reservation
from domain.playbooks.learning import (
    MOST_PRIOR,
    Tally,
    Trial,
    common_actions,
    confidence,
    discounted,
    effectiveness,
    known_fixes,
    learn_from_outcomes,
    promise,
    trend,
    trials_of,
)
from domain.playbooks.outcomes import Taken
from domain.playbooks.playbook import Evidence, Step
from tests.playbooks.histories import outcome
from tests.playbooks.worlds import made

RATES = (0.30, 0.50, 0.85, 0.60)


# --- effectiveness ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "worth"), [(0.0, 1.0), (300.0, 1.0), (300.1, 0.8), (600.0, 0.8), (600.1, 0.5), (90_000.0, 0.5)]
)
def test_a_slow_success_is_worth_less_and_both_limits_are_reached(seconds: float, worth: float) -> None:
    assert effectiveness(outcome(duration=seconds)) == worth


def test_a_failure_is_worth_nothing_however_quick() -> None:
    assert effectiveness(outcome(result="escalated", duration=1.0)) == 0.0


# --- tallies ----------------------------------------------------------------------------------------------------------


def test_a_rate_is_told_from_ten_on_and_always_with_n_and_interval() -> None:
    assert Tally(10, 12).text == "10 of 12 (83%, 95% sure: 55–95%)"
    assert Tally(9, 9).text == "9 of 9 (n/a, 95% sure: 70–100%)"
    assert Tally(0, 0).text == "n/a (0 of 0)"
    assert (Tally(9, 9).rate, Tally(10, 10).rate) == (None, 1.0)


def test_a_change_that_chance_could_bring_about_is_called_stable() -> None:
    assert trend(Tally(17, 20), Tally(18, 20)) == "stable"
    assert trend(Tally(5, 40), Tally(35, 40)) == "+75 points"
    assert trend(Tally(40, 40), Tally(20, 40)) == "-50 points"
    assert trend(Tally(9, 9), Tally(0, 40)) == "n/a"


# --- confidence -------------------------------------------------------------------------------------------------------


def lived(*helped: bool, id: str = "drift", version: int = 1, digest: str = "") -> list[Trial]:
    return [Trial(id, version, digest, each, "primary" if each else "", ("primary",)) for each in helped]


def test_evidence_from_elsewhere_counts_for_five_treatments_at_most() -> None:
    known = made("drift", evidence=Evidence(900, 100))
    sure = confidence([], known)
    assert (sure.trials, sure.successes, sure.own) == (5.0, 4.5, 0)
    after = confidence(lived(*[False] * 30), known)
    assert after.trials < 15.0 and after.successes == 4.5 and after.bound < 0.2
    assert confidence(lived(True), made("other")).trials == 0


def test_what_another_version_did_proves_nothing_of_this_one() -> None:
    trials = lived(*[True] * 30) + lived(*[True] * 30, version=2, digest="other words")
    assert confidence(trials, made("drift", version=2)).own == 0
    assert confidence(trials, made("drift", version=1)).own == 30


def test_thirty_flawless_treatments_earn_what_is_risky_and_a_failure_takes_it_back() -> None:
    step, playbook = Step("refresh_credentials"), made("drift")
    assert reservation(step, confidence(lived(*[True] * 30), playbook), "R2", None) is None
    assert reservation(step, confidence(lived(*[True] * 8), playbook), "R2", None) is not None
    assert reservation(step, confidence(lived(*[True] * 30, False), playbook), "R2", None) is not None


def test_confidence_is_told_with_the_plain_counts() -> None:
    assert confidence([], made("drift")).text == "n/a, never used here"
    assert confidence([], made("drift", evidence=Evidence(9, 1))).text == "n/a, never used here; elsewhere at least 53%"
    assert confidence(lived(*[True] * 3, False), made("drift")).text == "3 of 4 helped (n/a), at least 30%"
    assert confidence(lived(*[True] * 20), made("drift")).text == "20 of 20 helped (100%), at least 76%"


@given(st.lists(st.booleans(), max_size=60), st.integers(0, 500), st.integers(0, 500))
def test_confidence_lies_between_nothing_and_certainty(helped: list[bool], well: int, badly: int) -> None:
    sure = confidence(lived(*helped), made("drift", evidence=Evidence(well, badly)))
    assert 0 <= sure.successes <= sure.trials + 1e-9 <= 10 + MOST_PRIOR + 1e-6
    assert 0 <= sure.bound <= 1


@given(st.lists(st.booleans(), max_size=40))
def test_one_more_success_never_lowers_what_counts_and_one_more_failure_never_raises_it(helped: list[bool]) -> None:
    def rate(results: list[bool]) -> float:
        well, tried = discounted(results)
        return (well + 1) / (tried + 2)

    assert rate([*helped, True]) >= rate(helped) - 1e-9 or rate(helped) > 0.9
    assert rate([*helped, False]) <= rate(helped) + 1e-9 or rate(helped) < 0.1


# --- the order of stages ----------------------------------------------------------------------------------------------


def test_a_stage_that_was_not_tried_is_one_in_two() -> None:
    assert promise([], "drift", "primary") == 0.5
    assert promise(lived(True, id="other"), "drift", "primary") == 0.5


def test_what_helped_lately_counts_for_more_than_what_helped_long_ago() -> None:
    assert promise(lived(False, True), "drift", "primary") > promise(lived(True, False), "drift", "primary")


def incident(random: Random, order: list[int], rates: tuple[float, ...]) -> tuple[int, Trial]:
    """(attempts, the trial): stages are tried in turn until one helps, or all were."""
    tried = []
    for stage in order:
        tried.append(str(stage))
        if random.random() < rates[stage]:
            return len(tried), Trial("drift", 1, "", True, str(stage), tuple(tried))
    return len(tried), Trial("drift", 1, "", False, "", tuple(tried))


def mean_attempts(*, learnt: bool, incidents: int, drifts: bool, runs: int = 60) -> float:
    random, attempts = Random(7), 0
    for _ in range(runs):
        trials: list[Trial] = []
        for number in range(incidents):
            rates = (0.30, 0.50, 0.20, 0.60) if drifts and number >= incidents / 2 else RATES
            order = sorted(range(4), key=lambda s: -promise(trials, "drift", str(s))) if learnt else [0, 1, 2, 3]
            took, trial = incident(random, order, rates)
            attempts, trials = attempts + took, [*trials, trial]
    return attempts / runs / incidents


@pytest.mark.parametrize("drifts", [False, True])
def test_the_learnt_order_needs_fewer_attempts_than_the_written_one(drifts: bool) -> None:
    learnt = mean_attempts(learnt=True, incidents=40, drifts=drifts)
    written = mean_attempts(learnt=False, incidents=40, drifts=drifts)
    assert learnt < written - 0.2


# --- patterns ---------------------------------------------------------------------------------------------------------


def test_what_is_learnt_is_grouped_by_playbook() -> None:
    rows = [
        outcome("a", duration=2.0),
        outcome("b", "escalated"),
        outcome("c", playbook_id="other", duration=400.0),
        outcome("d", steps=()),
    ]
    found = learn_from_outcomes(rows)
    assert list(found) == ["drift", "other"]
    drift = found["drift"]
    assert (drift.tally.helped, drift.tally.trials, drift.tally.ids) == (1, 2, ("a", "b"))
    assert (drift.effectiveness, drift.seconds) == (0.5, 2.0)
    assert found["other"].effectiveness == 0.8
    assert trials_of(rows)[0].tried == ("primary",)


def test_common_are_actions_that_most_successes_took_in_the_stage_that_helped() -> None:
    before = Taken("fetch", "first", "R1", "done")
    rows = [
        outcome("a", "healed", "redraw_pages", "finish_writes"),
        outcome("b", "healed", "redraw_pages"),
        outcome("c", "healed", "redraw_pages").replace(steps=(before, Taken("redraw_pages", "primary", "R1", "done"))),
    ]
    assert common_actions(rows) == ("redraw_pages",)
    assert common_actions([]) == ()


def test_every_way_in_which_a_trouble_was_healed_stays_known() -> None:
    rows = [
        outcome("a", timestamp=1.0),
        outcome("b", timestamp=2.0),
        outcome("c", stage="fallback", timestamp=3.0),
        outcome("d", "escalated"),
    ]
    newest, older = known_fixes(rows)
    assert (newest.stage, newest.times, newest.ids) == ("fallback", 1, ("c",))
    assert (older.stage, older.times, older.last, older.ids) == ("primary", 2, 2.0, ("a", "b"))
