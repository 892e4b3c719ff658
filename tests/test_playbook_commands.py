"""Playbooks and healing as people and programs use them: subcommands, sentences, the project's own files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from infrastructure.atomic import Lock
from infrastructure.healing_cli import PLAYBOOK_COMMANDS
from infrastructure.router import PLAYBOOK_VERBS
from tests.e2e.conftest import WT, Project
from tests.projects import demo_project, kept_in

OWN = """playbook:
  id: {id}
  symptoms: pages_stale > 0
  remediation:
    primary:
      - action: redraw_pages
{more}
"""


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return demo_project(tmp_path_factory.mktemp("demo"))


@pytest.fixture
def demo(made: Project, tmp_path: Path) -> Project:
    return made.copied_to(tmp_path / "demo")


def own(project: Project, id: str, more: str = "", name: str = "own.yaml") -> None:
    folder = project.folder / ".ecw/playbooks"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(OWN.format(id=id, more=more))


def drift(project: Project) -> None:
    page = project.path("demo.md")
    page.write_text(page.read_text() + "edited\n")


# --- how it is said ---------------------------------------------------------------------------------------------------


def test_every_verb_of_the_subcommand_is_a_command_and_a_sentence(demo: Project) -> None:
    assert set(PLAYBOOK_VERBS) == set(PLAYBOOK_COMMANDS)
    for verb, (name, takes) in PLAYBOOK_COMMANDS.items():
        words = [verb] if takes == "none" else [verb, "markdown_drift"]
        for said in (["playbook", *words], [f"playbook {' '.join(words)}"]):
            reply = demo.json(*said)
            assert [c["command"] for c in reply["understood"]] == [name], said
            assert reply["outcome"] in ("answered", "unchanged", "changed"), reply


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("run the playbook markdown_drift", "run_playbook"),
        ("which playbooks are there?", "list_playbooks"),
        ("what would the playbook disk_full do?", "plan_healing"),
        ("please show me the playbook disk_full", "show_playbook"),
        ("Heal everything!", "heal"),
        ("stop healing", "stop_healing"),
        ("what would be healed?", "plan_healing"),
    ],
)
def test_a_sentence_is_read_as_its_command(demo: Project, said: str, name: str) -> None:
    assert [c["command"] for c in demo.json("--dry-run", said)["understood"]] == [name]


@pytest.mark.parametrize(
    "said",
    [
        "don't heal",
        "if the disk is full heal",
        "run no playbook",
        "run the playbook markdown_drift and the playbook disk_full",
        "maybe run the playbook disk_full",
        "heal phase 1",
    ],
)
def test_what_is_not_plainly_said_heals_nothing(demo: Project, said: str) -> None:
    drift(demo)
    demo.do("show progress")  # a first look: what it remembers is no healing
    before = demo.fingerprint()
    demo.say(said)
    assert demo.fingerprint() == before


def test_a_title_may_speak_of_healing_and_playbooks(demo: Project) -> None:
    demo.do("add task to phase 1: Heal the playbook", "add task to phase 1: Run the playbook disk_full")
    assert demo.task("1.3")["title"] == "Heal the playbook"
    assert demo.task("1.4")["title"] == "Run the playbook disk_full"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("playbook", "show", "markdown_drif"), 3, "There is no playbook markdown_drif; did you mean markdown_drift?"),
        (("playbook", "show"), 2, "wt playbook show needs the id of a playbook."),
        (("playbook", "list", "disk_full"), 2, "wt playbook list takes no id."),
        (("heal", "--stop", "--resume"), 2, "--plan, --stop, --resume and --alert exclude each other."),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(demo: Project, words: tuple[str, ...], code: int, said: str) -> None:
    done = demo.say(*words)
    assert (done.code, done.err.splitlines()[0]) == (code, said)


# --- doing ------------------------------------------------------------------------------------------------------------


def test_a_plan_shows_what_would_be_done_and_touches_nothing(demo: Project) -> None:
    drift(demo)
    demo.say("show progress")
    before = demo.fingerprint()
    for words in (("heal", "--plan"), ("--dry-run", "heal"), ("playbook", "plan", "markdown_drift")):
        done = demo.say(*words)
        assert "primary: redraw_pages (R1) on docs/plans/demo.md: will be done" in done.out
    assert demo.fingerprint() == before


def test_what_was_healed_is_told_with_what_was_done(demo: Project) -> None:
    drift(demo)
    done = demo.say("heal")
    assert done.code == 0
    assert done.out.startswith("1 trouble healed.\n✓ markdown_drift: ")
    assert "redraw_pages" in demo.say("playbook", "history", "markdown_drift").out
    assert demo.say("playbook", "history", "disk_full").out == "No playbook was needed yet.\n"


def test_one_playbook_can_be_run_by_name(demo: Project) -> None:
    drift(demo)
    assert demo.say("playbook", "run", "disk_full").out.startswith("Nothing needs healing")
    assert demo.say("playbook", "run", "markdown_drift").out.startswith("1 trouble healed.")


def test_explaining_shows_every_condition_with_the_signals_behind_it(demo: Project) -> None:
    drift(demo)
    found = demo.json("playbook", "explain", "markdown_drift")["data"]
    assert found["conditions"] == [{"condition": "pages_stale > 0", "holds": True}]
    assert found["signals"] == {"pages_stale": 1.0}


def test_a_disabled_playbook_does_nothing_until_it_is_enabled(demo: Project) -> None:
    drift(demo)
    assert demo.say("playbook", "disable", "markdown_drift").out.startswith("The playbook markdown_drift is disabled.")
    assert demo.json("heal")["data"]["outcomes"] == []
    refused = demo.say("playbook", "run", "markdown_drift")
    assert (refused.code, refused.err.splitlines()[0]) == (2, "The playbook markdown_drift is disabled.")
    assert "markdown_drift (disabled)" in demo.say("playbook", "list").out
    demo.do("enable the playbook markdown_drift", "heal")
    assert "edited" not in demo.path("demo.md").read_text()


def test_healing_that_was_stopped_stays_so_until_it_is_resumed(demo: Project) -> None:
    drift(demo)
    demo.say("heal", "--stop")
    done = demo.say("heal")
    assert (done.code, done.err.splitlines()[0]) == (1, "Healing was stopped by alex.")
    assert "edited" in demo.path("demo.md").read_text()
    demo.say("heal", "--resume")
    assert demo.say("heal").code == 0


def test_two_healers_at_once_are_one_and_the_second_yields(demo: Project) -> None:
    drift(demo)
    folder = demo.folder / ".ecw/state/healing"
    folder.mkdir(exist_ok=True)
    with Lock(str(folder / "healer.lock"), timeout=1, holder="process 1"):
        done = demo.wt("heal")
    assert (done.code, done.err.splitlines()[0]) == (75, "Another wt is healing this project just now.")
    assert "edited" in demo.path("demo.md").read_text()


def test_many_healers_at_once_treat_a_trouble_once(demo: Project) -> None:
    drift(demo)
    command = [sys.executable, WT, "heal"]
    running = [subprocess.Popen(command, cwd=demo.folder, env=demo.env, stdout=-1, stderr=-1) for _ in range(4)]
    codes = [child.wait(timeout=60) for child in running]
    for child in running:
        child.communicate()
    assert set(codes) <= {0, 75}
    log = (demo.folder / ".ecw/state/outcomes.jsonl").read_text().split("\n")
    assert sum(bool(line) for line in log) == 1


# --- bounds -----------------------------------------------------------------------------------------------------------


def test_the_third_heal_of_one_trouble_in_a_week_puts_a_task_into_the_tracker(demo: Project) -> None:
    for day in (5, 6, 7):
        drift(demo)
        told = demo.say("--json", "heal", env={"WT_NOW": f"2026-01-0{day}T09:00:00Z"}).reply["data"]
    assert told["tasks"] == ["1.3"]
    task = demo.task("1.3")
    assert (task["title"], task["labels"]) == (
        "Find the root cause of: A page differs from its tracker",
        ["root-cause"],
    )
    assert "only eases it" in task["notes"][0]["text"]
    drift(demo)
    told = demo.say("--json", "heal", env={"WT_NOW": "2026-01-08T09:00:00Z"}).reply["data"]
    assert told["tasks"] == ["1.3"]  # that task is open still: there is no second one


def test_healing_that_went_round_in_circles_is_off_for_three_hours(demo: Project) -> None:
    for minute in range(4):
        drift(demo)
        done = demo.say("heal", env={"WT_NOW": f"2026-01-05T09:0{minute}:00Z"})
    assert done.code == 1
    assert done.err.startswith("Healing is off for 3 hours: the same trouble was treated 3 times within the hour.")
    still = demo.say("heal", env={"WT_NOW": "2026-01-05T10:00:00Z"})
    assert still.err.startswith("Healing is off for 123 min more")
    assert demo.say("heal", env={"WT_NOW": "2026-01-05T13:00:00Z"}).code == 0


# --- the project's own ------------------------------------------------------------------------------------------------


def test_a_playbook_of_the_project_is_used(demo: Project) -> None:
    own(demo, "my_pages", "  priority: 0")
    drift(demo)
    assert [o["playbook_id"] for o in demo.json("heal")["data"]["outcomes"]] == ["my_pages"]


def test_an_invalid_one_is_refused_by_name_and_the_others_are_used(demo: Project) -> None:
    own(demo, "my_pages", "      - action: redraw_page")
    done = demo.say("playbook", "validate")
    said = ".ecw/playbooks/own.yaml:7: playbook.remediation.primary[1].action: there is no action 'redraw_page'"
    assert (done.code, said in done.out + done.err) == (1, True)
    assert said in demo.say("playbook", "list").out
    drift(demo)
    assert demo.say("heal").out.startswith("1 trouble healed.\n✓ markdown_drift")


def test_rules_of_the_project_are_used_and_a_wrong_one_is_refused_by_line(demo: Project) -> None:
    rows = "    - {name: no_drift, symptom: pages_stale > 0, severity: CRITICAL}\n    - {name: b, symptom: page_stale > 0}\n"
    (demo.folder / ".ecw/escalation.yaml").write_text(f"escalation:\n  immediate:\n{rows}")
    done = demo.say("playbook", "validate")
    assert done.code == 1 and ".ecw/escalation.yaml:4: escalation.immediate[1].symptom: there is no metric" in done.out
    demo.do("playbook disable markdown_drift")
    own(demo, "careful", "        risk: R2")
    drift(demo)
    assert "asks a person (no_drift is for a person at once)" in demo.say("heal", "--plan").out
    (inquiry,) = demo.json("heal")["data"]["inquiries"]
    assert (inquiry["severity"], inquiry["allows"]) == ("CRITICAL", ["redraw_pages"])


@pytest.mark.parametrize("text", ["escalation: [", "\x00", "a: &b 1\nc: *b\n"])
def test_a_file_of_rules_that_is_none_hinders_nothing(demo: Project, text: str) -> None:
    (demo.folder / ".ecw/escalation.yaml").write_text(text)
    assert ".ecw/escalation.yaml:" in demo.say("playbook", "validate").out
    drift(demo)
    assert demo.say("heal").code == 0


def test_a_playbook_that_declares_an_action_for_a_person_leaves_it_to_one(demo: Project) -> None:
    demo.do("playbook disable markdown_drift")
    own(demo, "careful", "        risk: R3")
    drift(demo)
    told = demo.json("heal")["data"]
    assert [o["result"] for o in told["outcomes"]] == ["asked"]
    assert told["inquiries"][0]["risk"] == "R3"
    assert "edited" in demo.path("demo.md").read_text() and kept_in(demo) == []


def test_what_needs_leave_needs_consent_when_it_is_run_by_name(demo: Project) -> None:
    demo.do("playbook disable markdown_drift")
    own(demo, "careful", "        risk: R2")
    drift(demo)
    done = demo.say("run the playbook careful")
    assert (done.code, "requires consent" in done.err) == (4, True)
    assert "edited" in demo.path("demo.md").read_text()
    assert demo.say("--skip-consent", "run the playbook careful").code == 0
    assert "edited" not in demo.path("demo.md").read_text()


def test_the_folder_of_playbooks_is_shared_and_state_is_not(demo: Project) -> None:
    subprocess.run(["git", "init", "-q"], cwd=demo.folder, check=True)
    own(demo, "mine")
    drift(demo)
    demo.do("heal")
    ignored = {".ecw/playbooks/own.yaml": 1, ".ecw/state/outcomes.jsonl": 0}
    for name, code in ignored.items():
        asked = subprocess.run(["git", "check-ignore", "-q", name], cwd=demo.folder, check=False)
        assert asked.returncode == code, name


def test_what_cannot_be_logged_is_healed_all_the_same_and_that_is_said(demo: Project) -> None:
    (demo.folder / ".ecw/state/outcomes.jsonl").mkdir()
    drift(demo)
    done = demo.say("heal")
    assert done.code == 6
    assert "what was healed could not be logged" in done.err
    assert "edited" not in demo.path("demo.md").read_text()


def test_a_log_with_a_torn_line_is_read_on(demo: Project) -> None:
    drift(demo)
    demo.do("heal")
    log = demo.folder / ".ecw/state/outcomes.jsonl"
    log.write_text(log.read_text() + '{"schema": "wt.outc')
    drift(demo)
    demo.do("heal")
    outcomes = demo.json("playbook", "history")["data"]["outcomes"]
    assert [outcome["result"] for outcome in outcomes] == ["healed", "healed"]
    assert json.loads(log.read_text().split("\n")[-2])["schema"] == "wt.outcome/1"
