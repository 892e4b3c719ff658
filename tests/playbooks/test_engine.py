"""The engine: level-triggered, one action after the other, proven or taken back, a person where it may not act."""

from __future__ import annotations

from typing import Any

import pytest

from domain.errors import Busy, Unavailable
from domain.playbooks import inquiries
from domain.playbooks.conditions import parse
from domain.playbooks.engine import Engine
from domain.playbooks.guards import Confidence
from domain.playbooks.outcomes import outcome_of
from domain.playbooks.playbook import Escalation, Gate, Scope, Stage, Step, Throttle
from tests.playbooks.worlds import FakeWorld, approved, heal, made, stage

PAGE = "docs/plans/plan.md"


def cured(metric: str = "pages_stale", value: Any = 0.0) -> Any:  # Any: a signal; a function of the world
    def does(world: FakeWorld) -> None:
        world.signals[metric] = value

    return does


def test_what_is_healthy_is_left_alone() -> None:
    world = FakeWorld(pages_stale=0.0)
    hand = world.hand("redraw_pages", cured())
    report = heal(world, made("drift", "redraw_pages"))
    assert (report.outcomes, hand.calls, world.log) == ((), 0, [])


def test_a_symptom_that_is_there_is_treated_and_the_outcome_recorded() -> None:
    world = FakeWorld(pages_stale=1.0)
    world.hand("redraw_pages", cured())
    report = heal(world, made("drift", "redraw_pages"))
    (outcome,) = report.outcomes
    assert (outcome.result, outcome.actions_taken, outcome.stage) == ("healed", ("redraw_pages",), "primary")
    assert world.log == [outcome]


def test_what_is_unknown_is_no_symptom() -> None:
    world = FakeWorld(pages_stale=None)
    hand = world.hand("redraw_pages", cured())
    assert heal(world, made("drift", "redraw_pages")).outcomes == ()
    assert hand.calls == 0


def test_healing_twice_does_nothing_the_second_time() -> None:
    world = FakeWorld(pages_stale=1.0)
    hand = world.hand("redraw_pages", cured())
    playbook = made("drift", "redraw_pages")
    heal(world, playbook)
    assert heal(world, playbook).outcomes == ()
    assert hand.calls == 1


def test_the_symptom_is_looked_at_after_each_action_and_the_rest_is_not_done() -> None:
    world = FakeWorld(pages_stale=1.0)
    world.hand("redraw_pages", cured())
    second = world.hand("finish_writes", cured())
    heal(world, made("drift", "redraw_pages", "finish_writes"))
    assert second.calls == 0


def test_nothing_selected_is_nothing_done() -> None:
    world = FakeWorld(pages_stale=1.0)
    hand = world.hand("redraw_pages", cured(), objects=())
    (outcome,) = heal(world, made("drift", "redraw_pages")).outcomes
    assert (hand.calls, outcome.result, outcome.actions_taken) == (0, "escalated", ())


def test_a_stage_that_does_not_help_is_taken_back_and_the_next_is_tried() -> None:
    world = FakeWorld(state_damaged=1.0)

    def spoils(world: FakeWorld) -> None:
        world.files[PAGE] = "spoilt"

    world.hand("reset_state", spoils, objects=(PAGE,))
    seen = []
    world.hand(
        "clear_caches", lambda w: (seen.append(w.files[PAGE]), cured("state_damaged")(w)), objects=(".ecw/cache/x",)
    )
    world.inside = lambda objects, scope: True  # type: ignore[method-assign]  # scopes are another test's
    playbook = made(
        "state",
        symptom="state_damaged > 0",
        stages=(stage("primary", "reset_state"), stage("fallback", "clear_caches")),
    )
    (outcome,) = heal(world, playbook).outcomes
    assert seen == ["old"]
    assert (outcome.result, outcome.stage, outcome.attempts) == ("healed", "fallback", 2)
    assert [step.is_back for step in outcome.steps] == [True, None]


def test_what_validates_must_be_known_to_hold() -> None:
    world = FakeWorld(pages_stale=1.0, consensus_score=None)
    world.hand("redraw_pages", cured())
    playbook = made("drift", stages=(stage("primary", "redraw_pages", validate=("consensus_score >= 85",)),))
    (outcome,) = heal(world, playbook).outcomes
    assert outcome.result == "escalated"


def test_an_action_that_fails_ends_its_stage() -> None:
    world = FakeWorld(pages_stale=1.0)

    def fails(_: FakeWorld) -> None:
        raise Unavailable("The disk is gone.")

    world.hand("redraw_pages", fails)
    after = world.hand("finish_writes", cured())
    (outcome,) = heal(world, made("drift", "redraw_pages", "finish_writes")).outcomes
    assert (outcome.result, outcome.error, after.calls) == ("escalated", "The disk is gone.", 0)


def test_an_action_after_which_something_is_missing_stops_everything() -> None:
    world = FakeWorld(pages_stale=1.0, state_damaged=1.0)

    def loses(world: FakeWorld) -> None:
        world.items.discard("1.2")
        cured()(world)

    world.hand("redraw_pages", loses)
    other = world.hand("reset_state", cured("state_damaged"), objects=(".ecw/state/x",))
    report = heal(
        world, made("drift", "redraw_pages", priority=0), made("state", "reset_state", symptom="state_damaged > 0")
    )
    assert "1 items are missing" in report.stopped
    assert (report.outcomes[0].result, other.calls) == ("stopped", 0)


def test_a_symptom_that_cannot_be_seen_any_more_is_not_healed() -> None:
    world = FakeWorld(pages_stale=1.0)
    world.hand("redraw_pages", cured(value=None))
    (outcome,) = heal(world, made("drift", "redraw_pages")).outcomes
    assert outcome.result == "escalated"


# --- order and gates --------------------------------------------------------------------------------------------------


def test_stages_of_one_risk_go_in_the_order_that_was_learnt() -> None:
    world = FakeWorld(pages_stale=1.0)
    world.weights = {"second": 0.9}
    world.hand("redraw_pages", lambda w: None)
    world.hand("finish_writes", cured())
    playbook = made("drift", stages=(stage("first", "redraw_pages"), stage("second", "finish_writes")))
    (outcome,) = heal(world, playbook).outcomes
    assert (outcome.stage, outcome.attempts) == ("second", 1)


def test_a_higher_risk_never_goes_first_because_it_scores_better() -> None:
    world = FakeWorld(pages_stale=1.0)
    world.weights = {"risky": 0.99}
    world.hand("redraw_pages", cured())
    risky = world.hand("repair_trackers", cured(), objects=("docs/plans/plan.json",))
    heal(world, made("drift", stages=(stage("mild", "redraw_pages"), stage("risky", "repair_trackers"))))
    assert risky.calls == 0


def test_an_action_with_a_condition_is_taken_only_when_it_is_known_to_hold() -> None:
    world = FakeWorld(pages_stale=1.0, disk_free=None)
    hand = world.hand("redraw_pages", cured())
    step = Step("redraw_pages", only_if=parse("disk_free > 16MB"))
    heal(world, made("drift", stages=(Stage("primary", (step,)),)))
    assert hand.calls == 0


def test_a_symptom_must_have_held_as_long_as_when_says() -> None:
    world = FakeWorld(pages_stale=1.0)
    hand = world.hand("redraw_pages", cured())
    playbook = made("drift", "redraw_pages", when=Gate(seconds=30.0))
    assert dict(heal(world, playbook).waiting)["drift"].startswith("seen for")
    world.clock += 31
    heal(world, playbook)
    assert hand.calls == 1


def test_a_symptom_must_be_seen_so_many_times_in_a_row() -> None:
    world = FakeWorld(pages_stale=1.0)
    hand = world.hand("redraw_pages", cured())
    playbook = made("drift", "redraw_pages", when=Gate(looks=2))
    heal(world, playbook)
    world.signals["pages_stale"] = 0.0
    heal(world, playbook)
    world.signals["pages_stale"] = 1.0
    heal(world, playbook)
    assert hand.calls == 0
    heal(world, playbook)
    assert hand.calls == 1


def test_a_playbook_waits_for_the_one_it_requires() -> None:
    world = FakeWorld(pages_stale=1.0, trackers_damaged=1.0)
    order: list[str] = []
    world.hand("redraw_pages", lambda w: (order.append("page"), cured()(w)))
    world.hand("repair_trackers", lambda w: (order.append("tracker"), cured("trackers_damaged")(w)))
    heal(
        world,
        made("drift", "redraw_pages", priority=0, requires=("broken",)),
        made("broken", "repair_trackers", symptom="trackers_damaged > 0"),
    )
    assert order == ["tracker", "page"]


def test_playbooks_in_conflict_never_act_in_one_run() -> None:
    world = FakeWorld(pages_stale=1.0, state_damaged=1.0)
    world.hand("redraw_pages", cured())
    other = world.hand("reset_state", cured("state_damaged"), objects=(".ecw/state/x",))
    report = heal(
        world,
        made("drift", "redraw_pages", priority=0),
        made("state", "reset_state", symptom="state_damaged > 0", conflicts=("drift",)),
    )
    assert (other.calls, dict(report.waiting)["state"]) == (0, "not in one run with drift")


def test_a_throttled_playbook_waits() -> None:
    world = FakeWorld(pages_stale=1.0)
    hand = world.hand("redraw_pages", cured())
    playbook = made("drift", "redraw_pages", throttle=Throttle(600.0))
    heal(world, playbook)
    world.signals["pages_stale"] = 1.0
    assert dict(heal(world, playbook).waiting) == {"drift": "treated within the last 600 s"}
    world.clock += 601
    heal(world, playbook)
    assert hand.calls == 2


# --- guards -----------------------------------------------------------------------------------------------------------


def test_one_who_comes_second_yields() -> None:
    world = FakeWorld(pages_stale=1.0)
    world.busy = True
    with pytest.raises(Busy):
        heal(world, made("drift", "redraw_pages"))


def test_nothing_is_healed_while_healing_is_off() -> None:
    world = FakeWorld(pages_stale=1.0)
    world.switched_off = "healing was stopped by dana"
    report = heal(world, made("drift", "redraw_pages"))
    assert (report.stopped, report.outcomes) == ("healing was stopped by dana", ())


def test_a_person_stops_a_healing_that_is_under_way() -> None:
    world = FakeWorld(pages_stale=1.0)

    def stops(world: FakeWorld) -> None:
        world.switched_off = "healing was stopped by dana"

    world.hand("redraw_pages", stops)
    second = world.hand("finish_writes", cured())
    (outcome,) = heal(world, made("drift", "redraw_pages", "finish_writes")).outcomes
    assert (outcome.result, outcome.error, second.calls) == ("stopped", "healing was stopped by dana", 0)


def test_a_treatment_ends_when_its_time_is_over() -> None:
    world = FakeWorld(pages_stale=1.0)

    def takes_long(world: FakeWorld) -> None:
        world.clock += 61

    world.hand("redraw_pages", takes_long)
    second = world.hand("finish_writes", cured())
    (outcome,) = heal(world, made("drift", "redraw_pages", "finish_writes", timeout=60.0)).outcomes
    assert (outcome.result, second.calls) == ("stopped", 0)


def test_two_playbooks_that_undo_each_other_are_both_stopped() -> None:
    """One mends the page and breaks the note, the other mends the note and breaks the page."""
    world = FakeWorld()
    world.signals = {
        "pages_stale": lambda: float(world.files[PAGE] == "old"),
        "state_damaged": lambda: float(world.files[PAGE] == "new"),
    }

    def writes(text: str) -> Any:
        return lambda w: w.files.update({PAGE: text})

    one = world.hand("redraw_pages", writes("new"))
    two = world.hand("reset_state", writes("old"), objects=(PAGE,))
    world.inside = lambda objects, scope: True  # type: ignore[method-assign]  # scopes are another test's
    report = heal(
        world, made("drift", "redraw_pages", priority=0), made("state", "reset_state", symptom="state_damaged > 0")
    )
    assert "met this very state before" in report.stopped
    assert (one.calls, two.calls) == (1, 1)
    assert report.inquiries


def test_the_fourth_heal_within_an_hour_turns_healing_off_for_three() -> None:
    world = FakeWorld(pages_stale=1.0)
    hand = world.hand("redraw_pages", cured())
    playbook = made("drift", "redraw_pages")
    for _ in range(4):
        world.signals["pages_stale"] = 1.0
        world.clock += 60
        report = heal(world, playbook)
    assert (hand.calls, world.pauses) == (3, [3 * 3600.0])
    assert "off for 3 hours" in report.stopped


def test_the_third_heal_in_a_week_opens_a_task_about_the_root_cause() -> None:
    world = FakeWorld(pages_stale=1.0)
    world.hand("redraw_pages", cured())
    playbook = made("drift", "redraw_pages")
    for _ in range(3):
        world.signals["pages_stale"] = 1.0
        world.clock += 86_400
        report = heal(world, playbook)
    assert world.tasks == ["Find the root cause of: Drift"]
    assert report.tasks == ("1.1",)


def test_of_three_troubles_the_root_is_healed_first_and_may_be_all_that_is_needed() -> None:
    world = FakeWorld(pages_stale=1.0, state_damaged=1.0, cache_excess=1.0)

    def frees(world: FakeWorld) -> None:
        world.signals |= {"pages_stale": 0.0, "state_damaged": 0.0, "cache_excess": 0.0}

    world.hand("prune_caches", frees, objects=(".ecw/cache/x",))
    page = world.hand("redraw_pages", cured())
    report = heal(
        world,
        made("drift", "redraw_pages", priority=0),
        made("state", "reset_state", symptom="state_damaged > 0", priority=0),
        made("cache", "prune_caches", symptom="cache_excess > 0B", priority=2),
    )
    assert [outcome.playbook_id for outcome in report.outcomes] == ["cache"]
    assert (page.calls, report.left) == (0, ())


def test_everything_stops_when_treating_the_root_of_many_does_not_help() -> None:
    world = FakeWorld(pages_stale=1.0, state_damaged=1.0, cache_excess=1.0)
    world.hand("prune_caches", lambda w: None, objects=(".ecw/cache/x",))
    page = world.hand("redraw_pages", cured())
    report = heal(
        world,
        made("drift", "redraw_pages", priority=0),
        made("state", "reset_state", symptom="state_damaged > 0"),
        made("cache", "prune_caches", symptom="cache_excess > 0B", priority=2),
    )
    assert report.stopped.startswith("3 troubles at once")
    assert page.calls == 0


def test_what_is_not_idempotent_is_done_once_in_a_run() -> None:
    world = FakeWorld(remote_access="denied")
    hand = world.hand("refresh_credentials", lambda w: None, objects=("remote:origin",))
    world.sure = Confidence(20, 20)
    stages = (stage("one", "refresh_credentials"), stage("two", "refresh_credentials"))
    heal(world, made("credential", symptom='remote_access == "denied"', stages=stages))
    assert hand.calls == 1


# --- risk -------------------------------------------------------------------------------------------------------------

DENIED = 'remote_access == "denied"'


def credential(**fields: Any) -> Any:
    return made("credential", "refresh_credentials", symptom=DENIED, **fields)


def denied() -> FakeWorld:
    world = FakeWorld(remote_access="denied")
    world.hand("refresh_credentials", cured("remote_access", "granted"), objects=("remote:origin",))
    return world


def test_what_is_risky_is_asked_about_while_the_playbook_is_not_sure() -> None:
    world = denied()
    report = heal(world, credential())
    (inquiry,) = report.inquiries
    assert (world.hands["refresh_credentials"].calls, report.outcomes[0].result) == (0, "asked")
    assert (inquiry.allows, inquiry.risk, inquiry.safe_default) == (("refresh_credentials",), "R2", "deny")


def test_a_playbook_that_has_earned_it_does_what_is_risky_unasked() -> None:
    world = denied()
    world.sure = Confidence(9, 9)
    assert heal(world, credential()).outcomes[0].result == "healed"


def test_a_project_can_forbid_risk_altogether() -> None:
    world = denied()
    world.sure = Confidence(1000, 1000)
    assert heal(world, credential(), ceiling="R1").outcomes[0].result == "asked"


def test_an_action_that_proves_what_it_does_needs_no_confidence() -> None:
    world = FakeWorld(trackers_damaged=1.0)
    world.hand("repair_trackers", cured("trackers_damaged"), objects=("docs/plans/plan.json",))
    assert heal(world, made("broken", "repair_trackers", symptom="trackers_damaged > 0")).outcomes[0].success


def test_nothing_makes_an_action_for_a_person_go_unattended() -> None:
    world = FakeWorld(pages_stale=1.0)
    hand = world.hand("redraw_pages", cured())
    world.sure = Confidence(10_000, 10_000)
    playbook = made("drift", stages=(Stage("primary", (Step("redraw_pages", "R3"),)),))
    for how in ({}, {"ceiling": "R3"}, {"approval": approved(risk="R2")}):
        heal(world, playbook, **how)
    assert hand.calls == 0


def test_a_declared_risk_never_lowers_that_of_the_action() -> None:
    assert Step("refresh_credentials", "R0").tier == "R2"


def test_an_approved_inquiry_is_acted_upon_at_the_next_run_and_used_up() -> None:
    world = denied()
    (inquiry,) = heal(world, credential()).inquiries
    world.lines.append(inquiries.answered(inquiry, "approve", by="dana", at=world.clock))
    assert heal(world, credential()).outcomes[0].result == "healed"
    assert world.inquiries()[0].state == "used"
    world.signals["remote_access"] = "denied"
    assert heal(world, credential()).outcomes[0].result == "asked"


def test_an_approval_holds_though_the_trouble_has_lasted_or_was_treated_in_vain_meanwhile() -> None:
    world = FakeWorld(foreign_layout=1.0)
    hand = world.hand("refresh_credentials", cured("foreign_layout"))
    late = Escalation(max_duration=600.0, after_attempts=1)
    playbook = made("layout", "refresh_credentials", symptom="foreign_layout > 0", escalate=late)
    (inquiry,) = heal(world, playbook).inquiries
    world.clock += 900
    world.lines.append(inquiries.answered(inquiry, "approve", by="dana", at=world.clock))
    report = heal(world, playbook)
    assert ([outcome.result for outcome in report.outcomes], hand.calls) == (["healed"], 1)


def test_an_approval_is_for_the_trouble_that_was_asked_about_and_no_other() -> None:
    world = denied()
    (inquiry,) = heal(world, credential()).inquiries
    world.lines.append(inquiries.answered(inquiry, "approve", by="dana", at=world.clock))
    other = made("other", "refresh_credentials", symptom=DENIED)
    assert heal(world, other).outcomes[0].result == "asked"


def test_a_trouble_that_comes_back_within_a_run_is_treated_twice_at_most() -> None:
    """The page is another one each time, so that no state is ever met again."""
    world = FakeWorld(pages_stale=1.0, state_damaged=0.0)
    world.hand("redraw_pages", lambda w: w.signals.update(pages_stale=0.0, state_damaged=1.0))
    count = iter(range(100))

    def breaks(world: FakeWorld) -> None:
        world.signals.update(pages_stale=1.0, state_damaged=0.0)
        world.files[PAGE] = f"page {next(count)}"

    world.hand("reset_state", breaks, objects=(PAGE,))
    world.inside = lambda objects, scope: True  # type: ignore[method-assign]  # scopes are another test's
    report = heal(world, made("drift", "redraw_pages"), made("state", "reset_state", symptom="state_damaged > 0"))
    assert [outcome.playbook_id for outcome in report.outcomes] == ["drift", "state"] * 2


def test_what_was_denied_is_not_asked_again() -> None:
    world = denied()
    (inquiry,) = heal(world, credential()).inquiries
    world.lines.append(inquiries.answered(inquiry, "deny", by="dana", at=world.clock))
    heal(world, credential())
    assert len(world.inquiries()) == 1
    assert world.hands["refresh_credentials"].calls == 0


def test_asking_the_same_again_fills_neither_log_nor_inbox() -> None:
    world = denied()
    for _ in range(3):
        heal(world, credential())
    assert (len(world.inquiries()), len(world.log)) == (1, 1)


def test_an_inquiry_is_closed_when_the_trouble_is_gone_by_itself() -> None:
    world = denied()
    heal(world, credential())
    world.signals["remote_access"] = "granted"
    heal(world, credential())
    assert world.inquiries()[0].state == "settled"


# --- reach ------------------------------------------------------------------------------------------------------------


def test_more_objects_than_allowed_are_for_a_person() -> None:
    world = FakeWorld(pages_stale=3.0)
    hand = world.hand("redraw_pages", cured(), objects=[f"docs/plans/{n}.md" for n in range(3)])
    report = heal(world, made("drift", "redraw_pages", scope=Scope(max_objects=2)))
    assert hand.calls == 0
    assert "3 objects at once, 2 are allowed" in report.outcomes[0].error


def test_what_lies_outside_the_scope_is_for_a_person() -> None:
    world = FakeWorld(pages_stale=1.0)
    hand = world.hand("redraw_pages", cured(), objects=("src/main.py",))
    assert "outside its scope" in heal(world, made("drift", "redraw_pages")).outcomes[0].error
    assert hand.calls == 0


def test_a_playbook_narrows_the_reach_of_its_actions() -> None:
    world = FakeWorld(pages_stale=1.0)
    hand = world.hand("redraw_pages", cured())
    heal(world, made("drift", "redraw_pages", scope=Scope(("docs/plans/other*",))))
    assert hand.calls == 0


# --- escalation -------------------------------------------------------------------------------------------------------


def test_what_is_for_a_person_at_once_is_not_touched() -> None:
    world = FakeWorld(pages_stale=1.0, git_busy=True)
    hand = world.hand("redraw_pages", cured())
    playbook = made("drift", "redraw_pages", escalate=Escalation((parse("git_busy"),), severity="CRITICAL"))
    (inquiry,) = heal(world, playbook).inquiries
    assert (hand.calls, inquiry.severity, inquiry.last_error) == (
        0,
        "CRITICAL",
        "for a person from the start: git_busy",
    )


def test_after_so_many_attempts_a_person_is_asked_and_nothing_more_is_tried() -> None:
    world = FakeWorld(pages_stale=1.0)
    hand = world.hand("redraw_pages", lambda w: None)
    for _ in range(4):
        world.clock += 7200
        heal(world, made("drift", "redraw_pages", escalate=Escalation(after_attempts=2)))
    assert hand.calls == 2


def test_a_symptom_that_lasts_too_long_is_for_a_person() -> None:
    world = FakeWorld(pages_stale=1.0)
    hand = world.hand("redraw_pages", lambda w: None)
    playbook = made("drift", "redraw_pages", escalate=Escalation(max_duration=600.0, after_attempts=10))
    heal(world, playbook)
    world.clock += 601
    assert "it has lasted" in heal(world, playbook).outcomes[0].error
    assert hand.calls == 1


def test_an_alarm_that_no_playbook_is_made_for_is_handed_over_with_a_hypothesis() -> None:
    world = FakeWorld(success_rate=20.0)
    (inquiry,) = heal(world, made("drift", "redraw_pages")).inquiries
    assert (inquiry.symptom, inquiry.playbook_id, inquiry.last_error) == ("success_rate < 70", "", "the disk is slow")
    assert "checks" in inquiry.context


def test_an_alarm_that_is_over_needs_no_answer_any_more_and_is_told_again_when_it_comes_again() -> None:
    world = FakeWorld(success_rate=20.0)
    heal(world)
    assert heal(world).inquiries == ()
    world.signals["success_rate"] = None
    heal(world)
    assert [standing.state for standing in world.inquiries()] == ["open"]
    world.signals["success_rate"] = 100.0
    heal(world)
    assert [standing.state for standing in world.inquiries()] == ["settled"]
    world.signals["success_rate"] = 20.0
    assert len(heal(world).inquiries) == 1


# --- plans ------------------------------------------------------------------------------------------------------------


def test_a_plan_says_what_would_be_done_and_touches_nothing() -> None:
    world = denied()
    hand = world.hands["refresh_credentials"]
    engine = Engine([credential()], world)
    (trouble,) = engine.look().troubles
    (intent,) = engine.intents(trouble)
    assert (intent.verdict, intent.objects, hand.calls) == ("asks", ("remote:origin",), 0)
    assert (world.held, world.log, world.lines) == ({}, [], [])


# --- before it has come -----------------------------------------------------------------------------------------------

FILLING = "disk_exhaustion < 24h"


def filling() -> FakeWorld:
    world = FakeWorld(disk_exhaustion=3600.0, disk_free=5e8)
    world.lines_of_evidence = {"disk_exhaustion": "disk: 500 MB free, full in 1 h"}
    return world


def test_what_is_foretold_is_treated_with_its_evidence_and_says_so() -> None:
    world = filling()
    world.hand("prune_caches", cured("disk_exhaustion", 90_000.0), (".ecw/cache/old",))
    (outcome,) = heal(world, made("filling", "prune_caches", symptom=FILLING)).outcomes
    assert (outcome.result, outcome.trigger) == ("healed", "prediction")
    assert [each["line"] for each in outcome.foretold] == ["disk: 500 MB free, full in 1 h"]
    assert outcome_of(outcome.to_document()) == outcome


def test_what_is_there_already_is_no_prediction() -> None:
    world = filling()
    world.signals["pages_stale"] = 1.0
    world.hand("redraw_pages", lambda world: world.signals.update(pages_stale=0.0, disk_exhaustion=90_000.0))
    (outcome,) = heal(world, made("both", "redraw_pages", symptoms=(FILLING, "pages_stale > 0"))).outcomes
    assert (outcome.trigger, outcome.foretold) == ("manual", ())


def test_before_it_has_come_only_what_can_be_made_again_is_touched() -> None:
    world = filling()
    world.sure = Confidence(50, 50, 50)
    hand = world.hand("lay_out", cured("disk_exhaustion", 90_000.0))
    report = heal(world, made("filling", "lay_out", symptom=FILLING))
    assert [outcome.result for outcome in report.outcomes] == ["asked"]
    assert hand.calls == 0
    (inquiry,) = report.inquiries
    assert (inquiry.allows, inquiry.risk) == (("lay_out",), "R2")
    assert inquiry.context["foretold"] == ["disk: 500 MB free, full in 1 h"]


def test_a_person_may_let_more_be_done_beforehand() -> None:
    world = filling()
    hand = world.hand("lay_out", cured("disk_exhaustion", 90_000.0))
    report = heal(world, made("filling", "lay_out", symptom=FILLING), approval=approved("lay_out"))
    assert ([outcome.result for outcome in report.outcomes], hand.calls) == (["healed"], 1)


def test_a_plan_asks_where_the_treatment_would() -> None:
    world = filling()
    world.hand("lay_out", cured())
    world.hand("prune_caches", cured(), (".ecw/cache/old",))
    engine = Engine([made("filling", "prune_caches", "lay_out", symptom=FILLING)], world)
    (trouble,) = engine.look().troubles
    assert [intent.verdict for intent in engine.intents(trouble)] == ["will", "asks"]


def test_an_alarm_of_what_is_to_come_is_told_with_its_evidence() -> None:
    world = FakeWorld(journal_exhaustion=86_400.0)
    world.lines_of_evidence = {"journal_exhaustion": "journal: 900 MB, at its limit of 1 GB in 1 d"}
    (inquiry,) = heal(world).inquiries
    assert inquiry.last_error == "journal: 900 MB, at its limit of 1 GB in 1 d"
