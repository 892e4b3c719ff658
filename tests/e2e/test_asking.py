"""Consent as people and agents meet it: the question at a terminal, exit 4 elsewhere, and every way round it shut."""

from __future__ import annotations

import fcntl
import json
import re
import subprocess
from pathlib import Path

import pytest

from domain.language.answers import Answer
from infrastructure.consent_store import ConsentStore
from tests.consenting import AGENT, as_agent, committed, in_one_terminal, initiatives, own_keys, person_says, state_of
from tests.e2e.conftest import Project, empty_project
from tests.e2e.test_terminal import on_a_terminal

INITIATIVE = "create initiative 20"
PROMPT = [
    "Command: create initiative 20",
    "",
    "? This operation requires consent.",
    "  Creating new Initiative requires user approval.",
    "",
    '  Respond with "yes" or "approved" to proceed.',
]

# --- at a terminal ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["yes", "approved", "Yes.", "APPROVED", "yes for this session"])
def test_a_person_at_a_terminal_is_asked_and_says_yes(demo: Project, answer: str) -> None:
    screen = on_a_terminal(demo, INITIATIVE, typed=f"{answer}\n")
    assert screen.code == 0 and "Initiative 20 created in docs/plans/20-initiative-20.json." in screen.text
    assert [line for line in PROMPT if line not in screen.lines] == []
    assert initiatives(demo) == ["20-initiative-20.json"]


@pytest.mark.parametrize(
    "answer", ["", "\n", "no\n", "y\n", "yes please\n", "maybe\n", "yes r12345\n", "stop creating initiatives\n"]
)
def test_anything_but_yes_changes_nothing(demo: Project, answer: str) -> None:
    screen = on_a_terminal(demo, INITIATIVE, typed=answer)
    assert screen.code == 4 and screen.lines[-1].endswith("Nobody agreed, so nothing was changed.")
    assert initiatives(demo) == []


@pytest.mark.parametrize("sentence", ["delete this tracker", "mark all tasks complete", "delete all tasks in phase 1"])
def test_what_is_asked_says_what_would_happen(demo: Project, sentence: str) -> None:
    before = demo.path("demo.json").read_bytes()
    screen = on_a_terminal(demo, sentence, typed="no\n")
    assert "? This operation requires consent." in screen.lines and " requires user approval." in screen.text
    assert demo.path("demo.json").read_bytes() == before
    assert on_a_terminal(demo, sentence, typed="yes\n").code == 0
    assert not demo.path("demo.json").exists() or demo.path("demo.json").read_bytes() != before


def test_a_yes_at_the_terminal_is_used_up_at_once(demo: Project) -> None:
    first, second = in_one_terminal(demo, (INITIATIVE, "yes\n"), ("create initiative 21", "\n"))
    assert (first.code, second.code) == (0, 4)
    assert state_of(demo)["approved_initiatives"] == [20] and state_of(demo)["grants"] == []


def test_an_approval_for_the_session_holds_in_the_same_terminal(demo: Project) -> None:
    runs = (
        ("mark all tasks in phase 1 complete", "yes for this session\n"),
        ("defer all tasks in phase 2", "\n"),
        ("delete all tasks in phase 2", "\n"),
    )
    assert [screen.code for screen in in_one_terminal(demo, *runs)] == [0, 0, 4]


def test_blanket_approval_is_given_and_taken_back_in_the_words_of_the_guide(demo: Project) -> None:
    runs = (
        ("you may create initiatives as needed", "\n"),
        (INITIATIVE, "\n"),
        ("create initiative 21", "\n"),
        ("stop creating initiatives", "\n"),
        ("create initiative 22", "\n"),
    )
    screens = in_one_terminal(demo, *runs)
    assert [screen.code for screen in screens] == [0, 0, 0, 0, 4]
    assert "Blanket approval granted for initiative creation." in screens[0].text
    assert "Approval revoked for initiative creation." in screens[3].text
    assert initiatives(demo) == ["20-initiative-20.json", "21-initiative-21.json"]


def test_approval_may_be_given_as_needed_in_answer_to_the_question(demo: Project) -> None:
    runs = ((INITIATIVE, "you may create initiatives as needed\n"), ("create initiative 21", "\n"))
    assert [screen.code for screen in in_one_terminal(demo, *runs)] == [0, 0]
    typed = "you may create initiatives as needed\n"
    assert on_a_terminal(demo, "--tracker", "demo", "mark all tasks complete", typed=typed).code == 4


def test_nobody_is_asked_what_a_dry_run_would_do(demo: Project) -> None:
    screen = on_a_terminal(demo, "--dry-run", INITIATIVE, typed="yes\n")
    assert screen.code == 4 and "Respond with" not in screen.text
    assert not (demo.folder / ".ecw/consent-state.json").exists()


def test_an_agent_at_a_terminal_of_its_own_is_not_asked(demo: Project) -> None:
    screen = on_a_terminal(demo, INITIATIVE, typed="yes\n", env=AGENT)
    assert screen.code == 4 and "Respond with" not in screen.text and initiatives(demo) == []


# --- elsewhere --------------------------------------------------------------------------------------------------------


def test_elsewhere_the_request_waits_and_exit_4_says_so(demo: Project) -> None:
    done = as_agent(demo, INITIATIVE)
    (request,) = state_of(demo)["pending"]  # type: ignore[misc]  # a list
    assert (done.code, done.out) == (4, "")
    assert done.err.splitlines() == [
        "This operation requires consent. Creating new Initiative requires user approval.",
        f"Ask the person whose work this is: request {request['id']} waits for their yes (wt consent). "
        "Nothing was changed.",
    ]
    assert (request["what"], request["by"], request["session"]) == (INITIATIVE, "alex via agent", "s1")


def test_a_person_agrees_and_the_agent_says_it_again(demo: Project) -> None:
    as_agent(demo, INITIATIVE)
    person_says(demo, "yes")
    assert as_agent(demo, INITIATIVE).code == 0
    assert as_agent(demo, "create initiative 21").code == 4


def test_what_was_agreed_to_covers_neither_another_command_nor_another_session(demo: Project) -> None:
    as_agent(demo, INITIATIVE)
    person_says(demo, "yes")
    assert as_agent(demo, "delete this tracker").code == 4
    assert as_agent(demo, INITIATIVE, session="s2").code == 4
    assert as_agent(demo, 'create initiative 20 "Something else"').code == 4
    assert as_agent(demo, INITIATIVE).code == 0


def test_what_was_agreed_to_is_what_was_shown(demo: Project) -> None:
    as_agent(demo, "mark all tasks complete")
    person_says(demo, "yes")
    demo.do("add task to phase 1: One more")
    assert as_agent(demo, "mark all tasks complete").code == 4


def test_an_approval_that_came_to_nothing_still_stands(demo: Project) -> None:
    as_agent(demo, INITIATIVE)
    person_says(demo, "yes")
    taken = demo.path("20-initiative-20.json")
    taken.write_text("{")
    assert as_agent(demo, INITIATIVE).code not in (0, 4)
    taken.unlink()
    assert as_agent(demo, INITIATIVE).code == 0


def test_a_lock_held_meanwhile_costs_no_approval(demo: Project) -> None:
    as_agent(demo, "mark all tasks complete")
    person_says(demo, "yes")
    with (demo.folder / ".ecw" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert demo.say("mark all tasks complete", env=AGENT | {"WT_LOCK_TIMEOUT": "0.05"}).code == 75
    assert as_agent(demo, "mark all tasks complete").code == 0


def test_several_commands_are_agreed_to_one_by_one(demo: Project) -> None:
    both = "mark all tasks in phase 1 complete and defer all tasks in phase 2"
    for _ in range(2):
        assert as_agent(demo, both).code == 4
        person_says(demo, "yes")
    assert as_agent(demo, both).code == 0
    assert [task["status"] for phase in demo.tracker()["phases"] for task in phase["tasks"]] == [
        "complete",
        "complete",
        "deferred",
    ]


@pytest.mark.parametrize(
    "said", ["yes", "approved", "no", "you may create initiatives as needed", "stop creating initiatives"]
)
def test_no_agent_and_no_script_answers_for_a_person(demo: Project, said: str) -> None:
    as_agent(demo, INITIATIVE)
    before = state_of(demo)
    for env in (AGENT, {}):
        done = demo.wt(said, env=env)
        assert done.code == 4 and done.err.startswith("Only a person at a terminal can answer that.")
    assert on_a_terminal(demo, said, typed="yes\n", env=AGENT).code == 4
    assert state_of(demo) == before


@pytest.mark.parametrize("what", ["grant", "revoke"])
def test_no_agent_and_no_script_changes_consent(demo: Project, what: str) -> None:
    as_agent(demo, INITIATIVE)
    before = state_of(demo)
    assert demo.wt("consent", what).code == 4
    assert on_a_terminal(demo, "consent", what, typed="yes\n", env=AGENT).code == 4
    assert state_of(demo) == before


def test_a_folder_that_cannot_be_written_still_refuses_and_says_so(demo: Project) -> None:
    (demo.folder / ".ecw/consent.lock").mkdir()
    done = as_agent(demo, INITIATIVE)
    assert done.code == 4 and len(done.err.splitlines()) == 2 and "the request does not wait" in done.err


def test_a_reply_tells_what_each_level_said(demo: Project) -> None:
    (demo.folder / "CLAUDE.md").write_text("<!-- wt guidelines: begin -->\n- Ask first.\n<!-- wt guidelines: end -->\n")
    refused = demo.json(INITIATIVE)["data"]["enforcement"]
    assert [(row["level"], row["allowed"]) for row in refused] == [("Advisory", True), ("Soft", False)]
    assert refused[0]["advice"] == ["Ask first."]
    done = demo.json("--skip-consent", INITIATIVE)["data"]["enforcement"]
    assert [(row["level"], row["allowed"]) for row in done] == [
        ("Advisory", True), ("Soft", True), ("Medium", True), ("HARD", True)
    ]  # fmt: skip
    assert "enforcement" not in demo.json("--tracker", "demo", "start 1.1")["data"]


# --- wt consent -------------------------------------------------------------------------------------------------------


def test_the_list_shows_what_waits_and_what_was_approved(demo: Project) -> None:
    assert demo.wt("consent").out == "No requests wait for a person; no approvals in force.\n"
    as_agent(demo, INITIATIVE)
    as_agent(demo, "mark all tasks complete")
    person_says(demo, "you may create initiatives as needed")
    reply = demo.json("consent", "list")
    assert reply["message"] == "1 request waits for a person; 1 approval in force."
    assert [row["what"] for row in reply["data"]["pending"]] == ["set all tasks to complete"]
    assert [row["operation"] for row in reply["data"]["grants"]] == ["create_initiative"]
    told = demo.say("show consent").out
    assert "set all tasks to complete" in told and "initiative creation" in told and "blanket" in told


def test_a_person_grants_at_a_terminal_what_an_agent_asked_for(demo: Project) -> None:
    as_agent(demo, INITIATIVE)
    screen = on_a_terminal(demo, "consent", "grant", typed="yes\n")
    assert re.search(r"! Asked by alex via agent, at .*Z, in session s1\.", screen.text)
    assert [line for line in PROMPT if line not in screen.lines] == []
    assert screen.code == 0 and "Approved once: create initiative 20." in screen.text
    assert as_agent(demo, INITIATIVE).code == 0


@pytest.mark.parametrize("said", ["yes", "approved", "consent|grant"])
def test_a_bare_yes_at_a_terminal_is_shown_what_it_agrees_to(demo: Project, said: str) -> None:
    as_agent(demo, INITIATIVE)
    (screen,) = in_one_terminal(demo, (said, "no\n"))
    assert PROMPT[0] in screen.lines and "Not approved: create initiative 20." in screen.text
    assert as_agent(demo, INITIATIVE).code == 4


def test_a_bare_yes_with_two_requests_is_asked_back(demo: Project) -> None:
    as_agent(demo, INITIATIVE)
    as_agent(demo, "mark all tasks complete")
    screen = on_a_terminal(demo, "yes", typed="yes\n")
    assert screen.code == 2 and "Which one do you mean" in screen.text and "Respond with" not in screen.text
    first = state_of(demo)["pending"][0]["id"]  # type: ignore[index]  # a list
    assert on_a_terminal(demo, f"yes {first}", typed="yes\n").code == 0
    assert as_agent(demo, "mark all tasks complete").code == 4 and as_agent(demo, INITIATIVE).code == 0


def test_a_question_left_open_still_waits(demo: Project) -> None:
    as_agent(demo, INITIATIVE)
    screen = on_a_terminal(demo, "consent", "grant", typed="perhaps\n")
    assert screen.code == 0 and "it still waits" in screen.text
    assert len(state_of(demo)["pending"]) == 1  # type: ignore[arg-type]  # a list


def test_all_approvals_are_taken_back(demo: Project) -> None:
    for said in ("you may create initiatives as needed", "you may change many tasks as needed"):
        person_says(demo, said)
    assert "Approval revoked for anything." in on_a_terminal(demo, "consent", "revoke").text
    assert as_agent(demo, INITIATIVE).code == 4


def test_with_nothing_to_answer_nothing_is_found(demo: Project) -> None:
    screen = on_a_terminal(demo, "yes")
    assert screen.code == 3 and "No request waits for an answer." in screen.text
    assert on_a_terminal(demo, "consent", "grant", "r12345").code == 3


def test_the_subcommand_says_how_it_is_used(demo: Project) -> None:
    assert "list, grant or revoke" in demo.wt("consent", "--help").out
    assert demo.wt("consent", "list", "r12345").code == 2
    assert demo.wt("consent", "--all").code == 2


# --- ways round it ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "env",
    [
        {"WT_CONSENT": "yes"},
        {"WT_SKIP_CONSENT": "1"},
        {"WT_ACTOR": "dana"},
        {"WT_NOW": "2020-01-01T00:00:00Z"},
        {"FORCE_COLOR": "1"},
    ],
)
def test_no_variable_is_consent(demo: Project, env: dict[str, str]) -> None:
    assert demo.wt(INITIATIVE, env=env).code == 4


def test_no_variable_wakes_what_has_expired(demo: Project) -> None:
    late = ConsentStore(str(demo.folder), clock=lambda: 1_000_000, keys=lambda: own_keys(demo))
    late.answer(Answer("blanket", operation="create_initiative"), session="s1", by="dana")
    assert demo.say(INITIATIVE, env=AGENT | {"WT_NOW": "1970-01-12T14:00:00Z"}).code == 4


def test_an_edited_file_is_no_consent_and_is_said(demo: Project) -> None:
    as_agent(demo, INITIATIVE)
    path = demo.folder / ".ecw/consent-state.json"
    path.write_text(json.dumps(state_of(demo) | {"blanket_approval": True}))
    assert "! .ecw/consent-state.json was changed by something else than wt" in demo.say("consent").out
    done = as_agent(demo, INITIATIVE)
    assert done.code == 4 and "was changed by something else than wt, so it counts as no consent." in done.err
    path.write_text(json.dumps(state_of(demo) | {"blanket_approval": True}))
    screen = on_a_terminal(demo, INITIATIVE, typed="no\n")
    assert "! .ecw/consent-state.json was changed by something else than wt" in screen.text and screen.code == 4


def test_a_replayed_approval_is_no_consent_and_is_said(demo: Project) -> None:
    as_agent(demo, INITIATIVE)
    person_says(demo, "yes")
    path = demo.folder / ".ecw/consent-state.json"
    kept = path.read_bytes()
    assert as_agent(demo, INITIATIVE).code == 0
    path.write_bytes(kept)
    demo.path("20-initiative-20.json").unlink()
    done = as_agent(demo, INITIATIVE)
    assert done.code == 4 and "an older one that was put back" in done.err


def test_consent_that_cannot_be_decided_blocks_the_change_and_no_read(demo: Project) -> None:
    as_agent(demo, INITIATIVE)
    (demo.folder / ".local/share/ecw-work-tracker/consent.key").write_bytes(b"short")
    done = as_agent(demo, INITIATIVE)
    assert done.code == 4 and "Whether a person agreed cannot be decided" in done.err
    assert on_a_terminal(demo, INITIATIVE, typed="yes\n").code == 4
    assert demo.say("show progress").code == 0 and demo.say("start 1.1").code == 0
    assert initiatives(demo) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("init", "20 Payment rework"),
        ("init", "²0"),
        ("init", "20"),
        ("init", "１２ wide digits"),
        ('create a tracker called "21 Search"',),
        ("import", "plan.md", "--as", "20-payment"),
        ("import", "plan.md", "--as", "20"),
        ("import", "20-plan.md"),
        ("rename the tracker to 20 Payment rework",),
    ],
)
def test_no_other_command_makes_a_numbered_tracker(demo: Project, arguments: tuple[str, ...]) -> None:
    for name in ("plan.md", "20-plan.md"):
        (demo.folder / name).write_text("# 20 Payment rework\n\nInitiative: 20\n\n## Phase 1\n\n- [ ] Lay bricks\n")
    assert demo.say(*arguments).code == 0
    assert initiatives(demo) == []
    made = [json.loads(path.read_text()) for path in demo.path("").glob("*.json")]
    assert [tracker.get("initiative") for tracker in made if "initiative" in tracker] == []


# --- --skip-consent ---------------------------------------------------------------------------------------------------


def test_a_script_skips_consent_and_the_journal_says_who(demo: Project) -> None:
    assert demo.say("--skip-consent", "mark all tasks complete").code == 0
    (entry, *_) = demo.json("history")["data"]["entries"]
    assert (entry["actor"], entry["consent"]) == ("alex", "skipped")
    assert "(consent: skipped)" in demo.say("history").out


def test_the_journal_says_who_agreed(demo: Project) -> None:
    as_agent(demo, "mark all tasks complete")
    person_says(demo, "yes")
    as_agent(demo, "mark all tasks complete")
    assert demo.json("history")["data"]["entries"][0]["consent"] == "once, by dana"


def test_the_journal_of_a_new_and_of_a_deleted_tracker_says_it_too(demo: Project) -> None:
    demo.say("--skip-consent", INITIATIVE)
    demo.say("--skip-consent", "--tracker", "demo", "delete this tracker")
    lines = [line for path in (demo.folder / ".ecw/journal").glob("*.jsonl") for line in path.read_text().splitlines()]
    skipped = [row["sentence"] for row in map(json.loads, lines) if row.get("consent") == "skipped"]
    assert sorted(skipped) == [INITIATIVE, "delete this tracker"]


def test_an_ordinary_change_says_nothing_of_consent(demo: Project) -> None:
    demo.say("--skip-consent", "start 1.1")
    assert "consent" not in demo.json("history")["data"]["entries"][0]


@pytest.mark.parametrize("variable", ["CLAUDECODE", "CLAUDE_CODE_CHILD_SESSION"])
def test_an_agent_may_not_skip_consent(demo: Project, variable: str) -> None:
    done = demo.wt("--skip-consent", INITIATIVE, env={variable: "1"})
    assert done.code == 4 and done.err.startswith("An agent cannot skip consent in this project.")
    assert initiatives(demo) == []


def test_an_agent_may_skip_consent_where_the_committed_settings_say_so(demo: Project) -> None:
    committed(demo, '{"agents_may_skip_consent": true}')
    assert as_agent(demo, "--skip-consent", INITIATIVE).code == 0


def test_settings_that_are_not_committed_allow_nothing(demo: Project) -> None:
    committed(demo, "{}")
    (demo.folder / ".ecw/config.json").write_text('{"agents_may_skip_consent": true}')
    assert as_agent(demo, "--skip-consent", INITIATIVE).code == 4
    subprocess.run(["git", "add", "-f", ".ecw/config.json"], cwd=demo.folder, env=demo.env, check=True)
    assert as_agent(demo, "--skip-consent", INITIATIVE).code == 4


def test_settings_of_the_user_allow_no_agent_anything(demo: Project) -> None:
    own = demo.folder / ".config/ecw-work-tracker/config.json"
    own.parent.mkdir(parents=True)
    own.write_text('{"agents_may_skip_consent": true}')
    assert as_agent(demo, "--skip-consent", INITIATIVE).code == 4


@pytest.mark.parametrize(
    "settings", ["{", "[]", '{"agents_may_skip_consent": "true"}', '{"agents_may_skip_consent": 1}']
)
def test_settings_that_are_none_allow_nothing(demo: Project, settings: str) -> None:
    committed(demo, settings)
    (demo.folder / ".ecw/config.json").unlink()
    assert as_agent(demo, "--skip-consent", INITIATIVE).code == 4


def test_another_repository_cannot_be_put_in_the_place_of_ours(
    demo: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = empty_project(tmp_path_factory.mktemp("other"))
    committed(other, '{"agents_may_skip_consent": true}')
    committed(demo, "{}")
    elsewhere = {"GIT_DIR": str(other.folder / ".git"), "GIT_WORK_TREE": str(other.folder)}
    assert demo.say("--skip-consent", INITIATIVE, env=AGENT | elsewhere).code == 4


# --- explicit lists ---------------------------------------------------------------------------------------------------


def test_lists_need_consent_only_where_the_project_says_so(demo: Project) -> None:
    assert as_agent(demo, "start 1.1, 1.2 and 2.1").code == 0
    (demo.folder / ".ecw/config.json").write_text('{"consent_above": 2}')
    assert as_agent(demo, "complete 1.1 and 1.2").code == 0
    assert as_agent(demo, "defer 1.1, 1.2 and 2.1").code == 4
    assert as_agent(demo, "delete 1.1, 1.2 and 2.1").code == 4


def test_own_folder_is_the_one_that_platformdirs_names(demo: Project, tmp_path: Path) -> None:
    as_agent(demo, INITIATIVE)
    assert (demo.folder / ".local/share/ecw-work-tracker/consent.key").stat().st_mode & 0o777 == 0o600
    assert demo.say(INITIATIVE, env=AGENT | {"XDG_DATA_HOME": str(tmp_path / "own")}).code == 4
    assert (tmp_path / "own/ecw-work-tracker/consent.key").exists()


def test_a_plan_drawn_of_an_initiative_is_imported_as_none(demo: Project) -> None:
    demo.say("--skip-consent", 'create initiative 20 "Payment rework"')
    for sentence in ("add phase Build", "add task to phase 1: Lay bricks"):
        assert demo.say("--tracker", "20-payment-rework", sentence).code == 0
    assert demo.say("import", "docs/plans/20-payment-rework.md", "--as", "30 copy").code == 0
    assert initiatives(demo) == ["20-payment-rework.json"]
    made = [json.loads(path.read_text()) for path in demo.path("").glob("*.json")]
    assert [tracker["initiative"] for tracker in made if "initiative" in tracker] == [20]
