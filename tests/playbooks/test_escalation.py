"""Escalation rules: read as the masterplan has them, used by the engine, and never a way to make healing laxer."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from domain.playbooks.conditions import parse
from domain.playbooks.escalation import Rule, handed, json_schema, load
from domain.playbooks.inquiries import answered
from domain.playbooks.loading import Problem, Source
from domain.playbooks.playbook import SEVERITIES, Escalation
from infrastructure.playbook_files import shipped_rules
from tests.playbooks.worlds import FakeWorld, heal, made

SCHEMA = Draft202012Validator(json_schema())
MASTERPLAN = {
    "immediate": [
        {"symptom": "data_corruption"},
        {"symptom": "security_breach"},
        {"symptom": "complete_system_failure"},
    ],
    "after_attempts": [
        {"symptom": "consensus_below_60", "max_attempts": 2},
        {"symptom": "agent_failure", "max_attempts": 3},
    ],
    "time_based": [
        {"symptom": "performance_degradation", "max_duration": 600},
        {"symptom": "git_sync_issues", "max_duration": 300},
    ],
}


def rules_of(**rows: Any) -> tuple[tuple[Rule, ...], tuple[Problem, ...]]:  # Any: what YAML holds
    lines = {f"escalation.immediate[{at}]": at + 3 for at in range(5)}
    return load([shipped_rules(), Source(".ecw/escalation.yaml", {"escalation": rows}, lines)])


def rule(symptom: str, when: str = "immediate", **fields: Any) -> Rule:  # Any: fields of a rule
    return Rule("mine", parse(symptom), when, **fields)


# --- reading ----------------------------------------------------------------------------------------------------------


def test_the_rules_of_the_masterplan_are_the_built_in_ones_and_can_be_written_as_it_does() -> None:
    built_in, problems = load([shipped_rules()])
    assert problems == ()
    again, problems = rules_of(**MASTERPLAN)
    assert problems == ()
    assert [each.replace(origin="") for each in again] == [each.replace(origin="") for each in built_in]
    assert list(SCHEMA.iter_errors({"escalation": MASTERPLAN})) == []
    assert list(SCHEMA.iter_errors(shipped_rules().data)) == []


def test_a_rule_of_the_project_replaces_the_built_in_one_of_its_name() -> None:
    found, _ = rules_of(time_based=[{"symptom": "git_sync_issues", "max_duration": "10m"}])
    (mine,) = [each for each in found if each.name == "git_sync_issues"]
    assert (mine.max_duration, mine.origin) == (600.0, ".ecw/escalation.yaml")
    assert len(found) == 7


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"name": "mine", "symptom": "circuit_open > 5"}, "no metric 'circuit_open'; did you mean circuits_open?"),
        ({"symptom": "circuits_open > 5"}, "name is missing"),
        ({"name": "mine", "symptom": "in_git", "severity": "GRAVE"}, "'GRAVE' is none of INFO, WARNING, CRITICAL"),
        ({"name": "mine", "symptom": "in_git", "max_attempt": 2}, "there is no field 'max_attempt'"),
        ("data_corruption", "this must be a mapping"),
    ],
)
def test_a_wrong_rule_is_refused_by_line_and_the_others_are_used(row: object, said: str) -> None:
    found, problems = rules_of(immediate=[{"name": "good", "symptom": "in_git"}, row])
    (problem,) = problems
    assert problem.text.startswith(".ecw/escalation.yaml:4: ") and said in problem.text
    assert "good" in {each.name for each in found}


@pytest.mark.parametrize("data", [None, [], {"escalation": []}, {"escalations": {}}])
def test_what_is_no_file_of_rules_leaves_the_built_in_ones(data: object) -> None:
    found, (problem,) = load([shipped_rules(), Source(".ecw/escalation.yaml", data, {})])
    assert len(found) == 7 and "holds one mapping, escalation" in problem.text


def test_a_field_that_there_is_not_and_a_name_twice_are_told() -> None:
    _, problems = rules_of(at_once=[], immediate=[{"name": "a", "symptom": "in_git"}] * 2)
    assert ["there is no field 'at_once'" in problems[0].text, "two rules a" in problems[1].text] == [True, True]


# --- what they do -----------------------------------------------------------------------------------------------------


def cures(world: FakeWorld) -> None:
    world.signals["pages_stale"] = 0.0


def test_what_a_rule_hands_over_waits_for_leave_and_is_done_with_it() -> None:
    world = FakeWorld(pages_stale=1.0, remote_access="granted")
    hand = world.hand("lay_out", cures)  # R2, proven: unattended without the rule
    playbook, rules = made("drift", "lay_out"), [rule("pages_stale > 0", severity="CRITICAL")]
    (inquiry,) = heal(world, playbook, rules=rules).inquiries
    assert (hand.calls, inquiry.severity, inquiry.allows) == (0, "CRITICAL", ("lay_out",))
    assert inquiry.last_error == "lay_out: mine is for a person at once"
    world.lines.append(answered(inquiry, "approve", by="dana", at=world.clock))
    assert heal(world, playbook, rules=rules).outcomes[0].success
    assert hand.calls == 1


def test_what_can_be_made_again_is_done_all_the_same() -> None:
    world = FakeWorld(pages_stale=1.0)
    hand = world.hand("redraw_pages", cures)
    assert heal(world, made("drift", "redraw_pages"), rules=[rule("pages_stale > 0")]).outcomes[0].success
    assert hand.calls == 1


def test_what_a_rule_wants_known_at_once_is_told_though_it_was_healed() -> None:
    world = FakeWorld(pages_stale=1.0)
    world.hand("redraw_pages", cures)
    heal(world, made("drift", "redraw_pages"), rules=[rule("pages_stale > 0", severity="CRITICAL")])
    (notice,) = world.alarms
    assert (notice.severity, notice.playbook_id, notice.actions_tried, notice.inquiry) == (
        "CRITICAL",
        "drift",
        ("redraw_pages",),
        "",
    )
    world.signals["pages_stale"] = 1.0
    heal(world, made("drift", "redraw_pages"), rules=[rule("pages_stale > 0", "time_based", max_duration=1e9)])
    assert len(world.alarms) == 1


def test_a_rule_is_about_what_speaks_of_the_same_and_known_to_hold() -> None:
    world = FakeWorld(pages_stale=1.0, in_git=True, circuits_open=None)
    hand = world.hand("lay_out", cures)
    rules = [rule("in_git"), rule("pages_stale > 5"), rule("pages_stale > 0 and circuits_open > 1")]
    assert heal(world, made("drift", "lay_out"), rules=rules).outcomes[0].success
    assert hand.calls == 1


def test_after_so_many_attempts_leave_is_needed() -> None:
    world = FakeWorld(pages_stale=1.0)
    hand = world.hand("lay_out", lambda w: None)
    rules = [rule("pages_stale > 0", "after_attempts", max_attempts=2)]
    for _ in range(4):
        world.clock += 7200
        report = heal(world, made("drift", "lay_out", escalate=Escalation(after_attempts=9)), rules=rules)
    assert hand.calls == 2
    assert "mine: 2 treatments have not helped" in report.outcomes[0].error


def test_what_lasts_longer_than_a_rule_allows_needs_leave_and_what_was_healed_in_between_has_not_lasted() -> None:
    world = FakeWorld(pages_stale=1.0)
    hand = world.hand("lay_out", cures)
    rules = [rule("pages_stale > 0", "time_based", max_duration=300.0)]
    for _ in range(2):  # healed each time: a day later it is a new one
        assert heal(world, made("drift", "lay_out"), rules=rules).outcomes[0].success
        world.clock += 86_400
        world.signals["pages_stale"] = 1.0
    heal(world, made("drift"), rules=rules)
    world.clock += 301
    assert "mine: it has lasted 301 s" in heal(world, made("drift", "lay_out"), rules=rules).outcomes[0].error
    assert hand.calls == 2


def test_a_playbooks_own_rules_stay_as_strict_as_they_are() -> None:
    world = FakeWorld(pages_stale=1.0, git_busy=True)
    hand = world.hand("redraw_pages", cures)
    playbook = made("drift", "redraw_pages", escalate=Escalation((parse("git_busy"),), severity="CRITICAL"))
    (inquiry,) = heal(world, playbook, rules=[rule("pages_stale > 0", severity="INFO")]).inquiries
    assert (hand.calls, inquiry.severity, inquiry.allows) == (0, "CRITICAL", ())


def test_a_rule_that_nothing_else_speaks_of_asks_by_itself_once() -> None:
    world = FakeWorld(circuits_open=6.0)
    rules = [rule("circuits_open > 5", severity="CRITICAL")]
    (inquiry,) = heal(world, made("drift", "redraw_pages"), rules=rules).inquiries
    assert (inquiry.symptom, inquiry.severity, inquiry.playbook_id) == ("circuits_open > 5", "CRITICAL", "")
    assert heal(world, made("drift", "redraw_pages"), rules=rules).inquiries == ()


def test_a_complete_failure_is_graver_than_what_merely_often_fails() -> None:
    rules, _ = load([shipped_rules()])
    for rate, severity in ((65.0, "WARNING"), (40.0, "CRITICAL")):
        (inquiry,) = heal(FakeWorld(success_rate=rate), made("drift"), rules=rules).inquiries
        assert inquiry.severity == severity


RULES = st.builds(
    Rule,
    name=st.just("r"),
    symptom=st.just(parse("pages_stale > 0")),
    when=st.sampled_from(["immediate", "after_attempts", "time_based"]),
    severity=st.sampled_from(SEVERITIES),
    max_attempts=st.integers(1, 10),
    max_duration=st.floats(0, 1e6),
)


@given(st.lists(RULES, max_size=4), RULES, st.integers(0, 20), st.floats(0, 1e6))
def test_one_more_rule_never_makes_it_laxer(rules: list[Rule], more: Rule, attempts: int, lasted: float) -> None:
    before, after = handed(rules, attempts, lasted), handed([*rules, more], attempts, lasted)
    assert SEVERITIES.index(after.severity) >= SEVERITIES.index(before.severity)
    assert after.at_once >= before.at_once and bool(after.why) >= bool(before.why)
