"""The whole program, sentence by sentence of the command table, on a plan that was read from Markdown."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from domain.commands import COMMANDS
from domain.errors import EXIT_CODES
from domain.reply import Reply
from tests.e2e.conftest import ROOT, Project

REPLIES = Draft202012Validator(json.loads((ROOT / "docs" / "reply.schema.json").read_text(encoding="utf-8")))
PHRASES = [(name, phrase) for name, spec in COMMANDS.items() for phrase in spec.phrases]
REHEARSED = (  # seconds each, or minutes
    "probes selftest",
    "selftest the probes",
    "run the self test",
    "self test",
    "run a fast self test",
    "run the weekly upkeep",
    "do the upkeep that is due",
)
LATER: tuple[str, ...] = ()  # understood, and part of a later version
PHONE = "add an acceptance criterion to 5.1: Works on a phone"
BEFORE = {  # what has to be so before a command, or a phrase of it, can change it
    "uncheck": ("check 1.1.3 and 4.1.1 to 4.1.2 and 5.3.2",),
    "meet_criterion": (PHONE,),
    "unmeet_criterion": (PHONE, *(f"all criteria of {id} are met" for id in ("5.1", "4.3", "1.4"))),
    "remove the label api from 4.2": ("label 4.2 api",),
    "redo": ("rename 6.4 to Other", "rename 6.4 to Third", "undo the last 2"),
    "enable_playbook": ("disable the playbook markdown_drift", "disable the playbook disk_full"),
    "reset_circuit": ("isolate circuit git.remote:origin",),
    "remove_check": ("verify 5.3 with `pytest -q`",),
    "run_checks": ("5.3 is verified by docs/roadmap.md existing",),
}


MAKES_FILES = (
    "create_tracker",
    "create_initiative",
    "import",
    "reset_circuit",
    "isolate_circuit",
    "enable_playbook",
    "disable_playbook",
    "stop_healing",
    "resume_healing",
    "draw_dashboard",
)


def expected(name: str, phrase: str) -> tuple[str, ...]:
    spec = COMMANDS[name]
    if name in LATER:
        return ("invalid",)
    if name in ("deny_inquiry", "take_alert"):
        return ("not_found",)
    if name in ("answer_consent", "grant_consent", "revoke_consent", "approve_inquiry"):
        return ("blocked",)  # nobody sits at a terminal
    if name in ("merge", "setup_git") or phrase == "sync with the remote":
        return ("invalid",)  # this plan is not kept in git
    if name in ("sync", "regenerate", "settle", "evolve_playbooks"):
        return ("unchanged",)
    if name in ("reality_check", "run_probe"):
        return ("answered", "invalid")  # as reality is
    if name == "run_checks":
        return ("changed", "unchanged")  # a rehearsal runs nothing
    if name in ("grant_trust", "revoke_trust"):
        return ("unchanged", "answered", "not_found")  # nothing is trusted here: tests/test_trust.py
    if name == "do_upkeep":
        return ("answered", "changed", "unchanged")  # rehearsed, done: some of it finds something to do
    if name in ("heal", "run_playbook"):
        return ("answered", "unchanged")  # rehearsed, done: nothing is wrong here
    return ("changed",) if spec.changes or name in MAKES_FILES else ("answered",)


@pytest.mark.parametrize(("name", "phrase"), PHRASES, ids=[phrase for _, phrase in PHRASES])
def test_every_phrase_does_what_its_command_says(handbook: Project, name: str, phrase: str) -> None:
    handbook.do(
        *BEFORE.get(name, ()), *BEFORE.get(phrase, ()), "show progress"
    )  # a first look: what it remembers is no part of a dry run
    before = handbook.fingerprint()

    rehearsed = handbook.say("--json", "--dry-run", "--skip-consent", phrase)
    assert handbook.fingerprint() == before
    if phrase in REHEARSED:
        return
    done = handbook.say("--json", "--skip-consent", phrase)

    for reply, code in ((rehearsed.reply, rehearsed.code), (done.reply, done.code)):
        assert list(REPLIES.iter_errors(reply)) == []
        assert [command["command"] for command in reply["understood"]] == [name]
        assert reply["outcome"] in expected(name, phrase)
        assert code == EXIT_CODES[reply["outcome"]]
    assert done.reply["outcome"] == "changed" or handbook.fingerprint() == before
    assert not done.err
    assert problems(handbook) == []


def problems(project: Project) -> list[str]:
    """What `validate` finds wrong with any tracker or its page; doubts about the plan itself do not count."""
    findings = project.json("validate")["data"]["findings"]
    return [finding["message"] for finding in findings if finding["severity"] == "error" or "page" in finding["rule"]]


@pytest.mark.parametrize("name", [name for name, spec in COMMANDS.items() if spec.consent and name != "run_playbook"])
def test_what_needs_consent_changes_nothing_without_it(handbook: Project, name: str) -> None:
    handbook.do(*BEFORE.get(name, ()))
    (handbook.folder / ".ecw" / "config.json").write_text('{"consent_above": 1}')
    asking = [phrase for phrase in COMMANDS[name].phrases if handbook.say("--dry-run", phrase).code == 4]
    assert asking
    before = handbook.fingerprint()
    for phrase in asking:
        done = handbook.say(phrase)
        assert (done.code, done.out) == (4, "")
        assert "requires consent" in done.err and "--skip-consent" not in done.err
    assert handbook.fingerprint() == before


def test_the_schema_of_replies_lists_every_outcome_and_key() -> None:
    schema = REPLIES.schema
    assert schema["properties"]["outcome"]["enum"] == list(EXIT_CODES)
    assert list(schema["properties"]) == schema["required"] == list(Reply("answered", "x").to_document())


def test_the_schema_of_replies_refuses_what_is_none() -> None:
    assert list(REPLIES.iter_errors({**Reply("answered", "x").to_document(), "outcome": "fine"}))
