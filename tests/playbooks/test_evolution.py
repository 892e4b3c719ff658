"""Variations of playbooks: never riskier than what there is, and better only where trials say so."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.playbooks.conditions import parse
from domain.playbooks.evolution import (
    LONGEST,
    VARIATIONS,
    Past,
    adjust_timeouts,
    beaten,
    combine_successful_patterns,
    contest,
    forbidden,
    reorder_actions,
    swapped,
    variations,
)
from domain.playbooks.learning import Trial, trials_of
from domain.playbooks.outcomes import HealingOutcome, Taken
from domain.playbooks.playbook import REGISTERED, Escalation, Playbook, Step
from domain.record import Record
from infrastructure.playbook_files import built_in
from tests.playbooks.histories import outcome
from tests.playbooks.worlds import made, stage

FOUR = (
    stage("restart", "restart_agents"),
    stage("cache", "clear_agent_cache"),
    stage("config", "reset_agent_config"),
    stage("env", "rebuild_agent_env"),
)


def past(*outcomes: HealingOutcome) -> Past:
    return Past(outcomes, tuple(trials_of(outcomes)))


def lived(stages: str, *, id: str = "probe") -> HealingOutcome:
    """`restart cache!`: both were tried, the marked one helped."""
    names = stages.split()
    steps = tuple(Taken("redraw_pages", name.rstrip("!"), "R1", "done") for name in names)
    helped = names[-1].rstrip("!") if names[-1].endswith("!") else ""
    return outcome("o", "healed" if helped else "escalated", playbook_id=id, steps=steps, stage=helped)


def names(playbook: Playbook) -> list[str]:
    return [stage.name for stage in playbook.stages]


# --- the four ---------------------------------------------------------------------------------------------------------


def test_stages_are_put_into_the_order_in_which_they_have_helped_within_one_risk() -> None:
    probe = made("probe", stages=FOUR)
    found = reorder_actions(probe, past(*[lived("restart cache!")] * 5, lived("restart cache config env!")))
    assert found is not None and names(found[0]) == ["cache", "restart", "env", "config"]
    assert reorder_actions(probe, past(*[lived("restart!")] * 5)) is None


def test_an_action_that_ends_the_trouble_goes_before_others_of_its_risk() -> None:
    drift = made("drift", "fetch", "redraw_pages", "reset_agent_config")
    found = reorder_actions(drift, past(*[outcome("o", "healed", "fetch", "redraw_pages")] * 3))
    assert found is not None
    assert [step.action for step in found[0].stages[0].steps] == ["redraw_pages", "fetch", "reset_agent_config"]


def test_of_what_was_never_tried_the_order_is_turned_round_for_the_corpus_to_judge() -> None:
    found = reorder_actions(made("probe", stages=FOUR), past())
    assert found is not None and names(found[0]) == ["cache", "restart", "env", "config"]


def test_a_timeout_follows_what_successes_take() -> None:
    slow = [outcome(f"o{n}", duration=12.0) for n in range(10)]
    found = adjust_timeouts(made("drift", "redraw_pages"), past(*slow))
    assert found is not None and found[0].timeout == 40.0
    assert adjust_timeouts(made("drift", "redraw_pages"), past(*slow[:9])) is None
    short = made("drift", "redraw_pages", timeout=250.0)
    ended = outcome("e", "stopped", error="its 250 s are over")
    longer = adjust_timeouts(short, past(*slow, ended))
    assert longer is not None and longer[0].timeout == LONGEST


def test_two_stages_that_both_have_helped_become_one() -> None:
    found = combine_successful_patterns(made("probe", stages=FOUR), past(lived("restart!"), lived("restart cache!")))
    assert found is not None and names(found[0]) == ["restart", "config", "env"]
    assert [step.action for step in found[0].stages[0].steps] == ["restart_agents", "clear_agent_cache"]
    assert combine_successful_patterns(made("probe", stages=FOUR), past(lived("restart cache!"))) is None


def test_what_is_looked_at_before_must_hold_afterwards() -> None:
    careful = made("drift", "redraw_pages", diagnosis=(parse("in_git"),))
    (found,) = [v for v in variations(careful, past()) if v.name == "add_validation_steps"]
    assert [c.text for c in found.playbook.stages[0].validate] == ["in_git"]
    assert (found.playbook.version, careful.version) == (2, 1)


def test_what_is_written_in_python_is_not_varied() -> None:
    assert all(variations(playbook, past()) == [] for playbook in REGISTERED.values())


# --- what none may do -------------------------------------------------------------------------------------------------

HISTORIES = st.lists(
    st.tuples(
        st.sampled_from([p.id for p in built_in().playbooks]), st.integers(0, 5), st.booleans(), st.floats(0, 500)
    ),
    max_size=25,
)


@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(HISTORIES)
def test_whatever_was_learnt_no_variation_raises_a_risk_or_changes_when_a_person_is_asked(
    rows: list[tuple[str, int, bool, float]],
) -> None:
    for playbook in built_in().playbooks:
        log = [_happened(playbook, at, helped, took) for id, at, helped, took in rows if id == playbook.id]
        for name in VARIATIONS:
            found = VARIATIONS[name](playbook, past(*log))
            if found is None:
                continue
            assert forbidden(playbook, found[0]) is None, name
            assert found[0].tier <= playbook.tier and found[0].escalate == playbook.escalate
            assert found[0].timeout <= max(playbook.timeout, LONGEST)


def _happened(playbook: Playbook, at: int, helped: bool, took: float) -> HealingOutcome:
    tried = playbook.stages[: at + 1]
    steps = tuple(Taken(step.action, each.name, step.tier, "done") for each in tried for step in each.steps)
    end = tried[-1].name if helped and tried else ""
    error = "" if helped else "its 300 s are over"
    base = outcome("o", "healed" if end else "stopped", playbook_id=playbook.id, duration=took, error=error)
    return base.replace(steps=steps, stage=end)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"escalate": Escalation(after_attempts=9)}, "escalate would change"),
        ({"symptoms": (parse("in_git"),)}, "symptoms would change"),
        ({"rollback": False}, "rollback would change"),
        ({"timeout": 400.0}, "its timeout would be longer than 300 s"),
        ({"stages": (*FOUR, stage("more", "redraw_pages"))}, "it would do something else"),
        ({"stages": (FOUR[0].replace(steps=(Step("restart_agents", "R2"),)), *FOUR[1:])}, "it would do something else"),
        ({"stages": (FOUR[2], FOUR[0], FOUR[1], FOUR[3])}, "something riskier would be tried before something safer"),
    ],
)
def test_what_a_variation_may_not_do_is_seen(changes: dict[str, Any], why: str) -> None:  # Any: fields of a playbook
    probe = made("probe", stages=FOUR)
    assert str(forbidden(probe, probe.replace(**changes))).startswith(why)


def test_no_proof_is_left_out() -> None:
    proven = made("probe", stages=(stage("restart", "restart_agents", validate=("in_git",)),))
    assert forbidden(proven, proven.replace(stages=(FOUR[0],))) == "a proof would be left out"


# --- which is better --------------------------------------------------------------------------------------------------


class Played(Record):
    """A trial of the corpus."""

    key: str = "F60"
    is_good: bool = True
    attempts: int = 1
    touched: int = 1
    risk: str = "R1"
    lost: tuple[str, ...] = ()
    counts: bool = True


def test_a_version_that_needs_fewer_attempts_every_time_wins() -> None:
    found = contest([Played(attempts=2)] * 8, [Played()] * 8)
    assert (found.is_won, found.won, found.drawn, found.verdict.n) == (True, 8, 0, 6)
    assert not contest([Played(attempts=2)] * 5, [Played()] * 5).is_won


def test_what_is_as_good_is_no_better() -> None:
    assert not contest([Played()] * 50, [Played()] * 50).is_won


@pytest.mark.parametrize(
    ("worse", "said"),
    [
        (Played(is_good=False), "F60 is not put right any more"),
        (Played(touched=2), "F60: it touches 2 objects instead of 1"),
        (Played(risk="R2"), "F60: it goes up to R2"),
        (Played(lost=("task 3.1",)), "F60: task 3.1"),
    ],
)
def test_one_fault_on_which_it_does_harm_outweighs_every_win(worse: Played, said: str) -> None:
    found = contest([Played(attempts=2)] * 20 + [Played()], [Played()] * 20 + [worse])
    assert (found.is_won, found.lost) == (False, (said,))


def stages_tried(*rows: tuple[str, int]) -> Past:
    """`restart 10`: ten treatments in which restart was tried; an exclamation mark says that it helped."""
    trials = []
    for tried, times in rows:
        helped = tried.split()[-1].rstrip("!") if tried.endswith("!") else ""
        marks = tuple(name.rstrip("!") for name in tried.split())
        trials += [Trial("probe", 1, "", bool(helped), helped, marks)] * times
    return Past((), tuple(trials))


def test_a_stage_that_the_log_shows_to_be_better_beats_the_one_before_it() -> None:
    probe = made("probe", stages=FOUR)
    found = beaten(probe, stages_tried(("restart!", 1), ("restart cache!", 12)))
    assert found is not None and (found.stage, found.by, found.verdict.decision) == ("restart", "cache", "better")
    assert names(swapped(probe, found).playbook) == ["cache", "restart", "config", "env"]


def test_too_little_was_measured_to_say_that_a_stage_is_beaten() -> None:
    probe = made("probe", stages=FOUR)
    assert beaten(probe, stages_tried(("restart cache!", 9))) is None
    assert beaten(probe, stages_tried(("restart!", 10), ("restart cache!", 10))) is None


def test_a_riskier_stage_never_beats_a_safer_one() -> None:
    assert beaten(made("probe", stages=(FOUR[0], FOUR[2])), stages_tried(("restart config!", 60))) is None
