"""From decoded files to playbooks: what is wrong is told by name, line and reason, and the others are used."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from domain.playbooks.fields import json_schema
from domain.playbooks.loading import Source, library, load
from domain.playbooks.playbook import Playbook
from tests.playbooks.worlds import made

SCHEMA = Draft202012Validator(json_schema())
SMALL: dict[str, Any] = {"id": "drift", "symptoms": "pages_stale > 0"}


def file(lines: dict[str, int] | None = None, /, **fields: Any) -> Source:
    return Source("own/drift.yaml", {"playbook": SMALL | fields}, lines or {})


def loaded(**fields: Any) -> Playbook:
    found, problems = load(file(**fields))
    assert found is not None, problems
    return found


def test_the_playbook_of_the_masterplan_is_read_as_it_stands() -> None:
    found = loaded(
        id="consensus_degradation",
        symptoms=["consensus_score < 80", "agent_failures > 1"],
        diagnosis=[{"check": "credentials_valid"}, {"check": "network_connectivity"}, {"check": "disk_free > 1GB"}],
        remediation={
            "primary": [
                {"action": "refresh_credentials"},
                {"action": "restart_agents"},
                {"validate": "consensus_score > 80"},
            ],
            "fallback": [
                {"action": "clear_caches"},
                {"action": "reset_connections"},
                {"validate": "all_agents_healthy"},
            ],
        },
        success_rate=0.85,
        last_updated="2025-08-16",
    )
    assert [stage.name for stage in found.stages] == ["primary", "fallback"]
    assert [step.action for step in found.stages[0].steps] == ["refresh_credentials", "restart_agents"]
    assert found.stages[1].validate[0].text == "all_agents_healthy"
    assert (found.success_rate, found.evidence.successes, found.tier, found.layer) == (0.85, 0, "R2", "probes")


def test_every_field_has_its_place() -> None:
    found = loaded(
        title="Pages differ",
        version=3,
        priority=2,
        timeout="2m",
        when={"condition": "in_git", "for": "30s"},
        throttle={"once_within": "10m", "group_by": ["sync_state"]},
        scope={"paths": "docs/plans/*", "max_objects": 4},
        rollback=False,
        escalate={"immediate": "git_busy", "after_attempts": 2, "max_duration": 600, "severity": "CRITICAL"},
        evidence={"successes": 4, "failures": 1, "corpus": "F19"},
        requires="broken",
        conflicts=["other"],
        tests=["F18"],
        remediation={"primary": [{"action": "redraw_pages", "risk": "R2", "timeout": "5s", "if": "disk_free > 1MB"}]},
    )
    step = found.stages[0].steps[0]
    assert (found.version, found.timeout, found.when.seconds, found.when.looks) == (3, 120.0, 30.0, 1)
    assert (found.throttle.once_within, found.throttle.group_by) == (600.0, ("sync_state",))
    assert (found.scope.paths, found.scope.max_objects, found.rollback) == (("docs/plans/*",), 4, False)
    assert (found.escalate.after_attempts, found.escalate.max_duration) == (2, 600.0)
    assert (step.tier, step.seconds, step.only_if and step.only_if.text) == ("R2", 5.0, "disk_free > 1MB")
    assert (found.requires, found.conflicts) == (("broken",), ("other",))


def test_a_whole_number_for_counts_looks() -> None:
    assert loaded(when={"for": 2}).when.looks == 2


@pytest.mark.parametrize(
    ("fields", "path", "reason"),
    [
        ({"id": "Drift!"}, "playbook.id", "is no id"),
        ({"version": 1.5}, "playbook.version", "a whole number"),
        ({"version": True}, "playbook.version", "a whole number"),
        ({"symptoms": "pages_stal > 0"}, "playbook.symptoms", "did you mean pages_stale?"),
        ({"symptoms": ["in_git", "disk_free < 5"]}, "playbook.symptoms[1]", "a number with a unit"),
        ({"symptons": "in_git"}, "playbook.symptons", "did you mean symptoms?"),
        ({"remediation": {}}, "playbook.remediation", "at least one stage"),
        (
            {"remediation": {"primary": [{"action": "redraw"}]}},
            "playbook.remediation.primary[0].action",
            "redraw_pages?",
        ),
        ({"remediation": {"primary": [{"action": "rm"}]}}, "playbook.remediation.primary[0].action", "no action 'rm'"),
        ({"remediation": {"primary": [{"validate": "in_git"}]}}, "playbook.remediation.primary", "at least one action"),
        (
            {"remediation": {"primary": [{"action": "fetch", "validate": "in_git"}]}},
            "playbook.remediation.primary[0]",
            "either one action",
        ),
        (
            {"remediation": {"primary": [{"action": "fetch", "risk": "R9"}]}},
            "playbook.remediation.primary[0].risk",
            "R9",
        ),
        ({"scope": {"paths": "../elsewhere/*"}}, "playbook.scope.paths", "leads out of the project"),
        ({"scope": {"paths": "/etc/*"}}, "playbook.scope.paths", "leads out of the project"),
        ({"timeout": "soon"}, "playbook.timeout", "is no duration"),
        ({"rollback": "yes"}, "playbook.rollback", "true or false"),
        ({"schema": 2}, "playbook.schema", "from 1 to 1"),
        ({"success_rate": 85}, "playbook.success_rate", "from 0 to 1"),
        ({"throttle": {"group_by": "disc_free"}}, "playbook.throttle.group_by", "did you mean disk_free?"),
        ({"title": ""}, "playbook.title", "must be text"),
        ({"symptoms": ["in_git"] * 51}, "playbook.symptoms", "more than 50"),
    ],
)
def test_what_is_wrong_is_told_with_place_and_reason(fields: dict[str, Any], path: str, reason: str) -> None:
    found, (problem,) = load(file({path: 7}, **fields))
    assert found is None
    assert problem.text.startswith(f"own/drift.yaml:7: {path}: ")
    assert reason in problem.reason


def test_every_wrong_field_is_told_not_only_the_first() -> None:
    _, problems = load(Source("x.yaml", {"playbook": {"version": 0, "symptoms": "nothing"}}, {}))
    assert [problem.reason.partition(":")[0] for problem in problems] == [
        "playbook.version",
        "playbook.symptoms",
        "playbook",
    ]


@pytest.mark.parametrize("data", [None, [], "text", {}, {"playbook": []}, {"playbook": SMALL, "more": 1}])
def test_what_is_no_playbook_at_all_is_refused(data: object) -> None:
    found, problems = load(Source("x.yaml", data, {}))
    assert found is None and "holds one mapping" in problems[0].reason


def test_the_line_is_that_of_the_nearest_thing_above() -> None:
    _, (problem,) = load(file({"playbook": 1, "playbook.scope": 9}, scope={"paths": "/etc"}))
    assert problem.line == 9


# --- together ---------------------------------------------------------------------------------------------------------


def test_an_invalid_file_takes_no_other_along() -> None:
    found = library([made("good")], [file(version=0)])
    assert [playbook.id for playbook in found.playbooks] == ["good"]
    assert len(found.problems) == 1


def test_the_project_replaces_a_built_in_playbook_by_an_equal_or_higher_version() -> None:
    assert library([made("drift", version=2)], [file(version=2)]).get("drift") == loaded(version=2)
    older = library([made("drift", version=2)], [file(version=1)])
    assert older.get("drift") == made("drift", version=2)
    assert "older than the built-in 2" in older.problems[0].reason


def test_one_id_belongs_to_one_file() -> None:
    found = library((), [file(), Source("own/again.yaml", {"playbook": SMALL}, {"playbook.id": 2})])
    assert found.problems[0].text == "own/again.yaml:2: playbook.id: drift is declared in own/drift.yaml already"


def test_a_playbook_that_requires_what_there_is_not_is_refused() -> None:
    found = library([made("one", requires=("too",)), made("two")], ())
    assert [playbook.id for playbook in found.playbooks] == ["two"]
    assert "which is no playbook; did you mean two?" in found.problems[0].reason


def test_playbooks_that_wait_for_each_other_are_refused() -> None:
    found = library([made("one", requires=("two",)), made("two", requires=("one",)), made("three")], ())
    assert [playbook.id for playbook in found.playbooks] == ["three"]


# --- the schema says the same -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"when": "in_git", "timeout": 30, "symptoms": ["in_git", "git_busy"]},
        {"remediation": {"primary": [{"action": "fetch"}, {"validate": "in_git"}]}, "diagnosis": "in_git"},
        {"version": 0},
        {"scope": {"paths": 3}},
        {"escalate": {"severity": "LOUD"}},
        {"remediation": {"primary": [{"action": "rm"}]}},
        {"symptons": "in_git"},
        {"throttle": {"once_within": "5 minutes"}},
    ],
)
def test_the_json_schema_accepts_what_is_loaded_and_no_more(fields: dict[str, Any]) -> None:
    source = file(**fields)
    assert SCHEMA.is_valid(source.data) == (load(source)[0] is not None)


def test_the_json_schema_is_one() -> None:
    Draft202012Validator.check_schema(json_schema())
