"""Probes for real: the project's own commands, what is disputed, and probes that see nothing."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Project
from tests.projects import demo_project
from tests.trusting import trust_everything

Row = dict[str, Any]  # Any: plain JSON


@pytest.fixture
def work(tmp_path: Path) -> Project:
    (tmp_path / "project").mkdir()
    project = demo_project(tmp_path / "project")
    project.env["XDG_DATA_HOME"] = str(tmp_path / "data")
    return project


def declare(project: Project, body: str, name: str = "smoke", **more: object) -> None:
    """A trusted probe that runs this Python."""
    folder = project.folder / ".ecw/probes"
    folder.mkdir(exist_ok=True)
    (project.folder / f"{name}.py").write_text(body)
    document = {"id": name, "claim": "it works", "command": f"{sys.executable} {name}.py", "group": "ci", **more}
    lines = "".join(f"{key}: {json.dumps(value)}\n" for key, value in document.items())
    (folder / f"{name}.yaml").write_text(lines)


def asked(project: Project, name: str) -> Row:
    reply = project.json("run probe " + name)
    return dict(reply["data"]["answers"][0])


# --- declared -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "verdict"),
    [("", "AGREE"), ("raise SystemExit(1)", "DISAGREE"), ("raise SystemExit(75)", "UNKNOWN"), ("1 / 0", "BROKEN")],
)
def test_a_trusted_probe_says_what_its_exit_says(work: Project, body: str, verdict: str) -> None:
    declare(work, body)
    trust_everything(work)
    assert asked(work, "smoke")["verdict"] == verdict


def test_a_probe_that_nobody_trusts_does_not_run(work: Project) -> None:
    declare(work, "open('ran', 'w')")
    row = asked(work, "smoke")
    assert row["verdict"] == "UNKNOWN" and "wt trust" in row["evidence"][0]
    assert not (work.folder / "ran").exists()


def test_any_change_of_the_declaration_voids_trust_and_the_old_answer(work: Project) -> None:
    declare(work, "")
    trust_everything(work)
    assert asked(work, "smoke")["verdict"] == "AGREE"
    declare(work, "", timeout=9)
    rows = {row["probe"]: row for row in work.json("list probes")["data"]["probes"]}
    assert rows["smoke"]["verdict"] is None
    assert asked(work, "smoke")["verdict"] == "UNKNOWN"


def test_a_probe_that_hangs_is_killed_asked_again_and_broken(work: Project) -> None:
    declare(work, "import time; open('runs', 'a').write('x'); time.sleep(60)", timeout=0.5)
    trust_everything(work)
    row = asked(work, "smoke")
    assert (row["verdict"], row["evidence"]) == ("BROKEN", ["stopped after 0.5 s"])
    assert (work.folder / "runs").read_text() == "xx"


def test_a_probe_that_says_something_else_the_second_time_loses_reliability(work: Project) -> None:
    declare(work, "import os\nif not os.path.exists('once'): open('once', 'w'); os._exit(3)")
    trust_everything(work)
    row = asked(work, "smoke")
    assert (row["verdict"], row["flaked"]) == ("AGREE", True)
    rows = {each["probe"]: each for each in work.json("list probes")["data"]["probes"]}
    assert (rows["smoke"]["runs"], rows["smoke"]["right"]) == (1, 0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "id: smoke\nclaim: c\ncommand: x\ngroup: ci\ntimout: 5\n",
            "line 5: there is no key 'timout'; did you mean timeout?",
        ),
        ("id: disk\nclaim: c\ncommand: x\ngroup: ci\n", "there is another probe disk"),
        ("!!python/object/apply:os.system ['touch ran']\n", "line 1: could not determine a constructor"),
        ("id: [unclosed\n", "line 2: "),
        ("- a\n- b\n", "must be a list of keys"),
        ("\x00", "is no YAML"),
        ("[" * 5000, "is no YAML"),
    ],
)
def test_a_bad_declaration_is_refused_by_name_and_the_others_run(work: Project, text: str, said: str) -> None:
    declare(work, "", "other")
    trust_everything(work)
    (work.folder / ".ecw/probes/bad.yaml").write_text(text)
    reply = work.json("reality check")
    assert [row for row in reply["data"]["refused"] if row.startswith(".ecw/probes/bad.yaml: ") and said in row]
    assert "other" in [row["probe"] for row in reply["data"]["answers"]]
    assert not (work.folder / "ran").exists()


def test_declared_probes_are_shared_in_git_and_their_answers_are_not(work: Project) -> None:
    ignored = (work.folder / ".ecw/.gitignore").read_text().splitlines()
    assert {"!probes/", "!probes/*"} <= set(ignored) and "*" in ignored


# --- reality checks -----------------------------------------------------------------------------------------------------


def test_a_reality_check_says_score_and_coverage_and_changes_no_file_of_the_project(work: Project) -> None:
    before = work.fingerprint()
    done = work.say("reality check")
    assert done.code == 0 and "probes, coverage 0." in done.out
    assert work.fingerprint() == before
    assert work.json("list probes")["data"]["signals"]["agent_failures"] == 0


def test_a_broken_tracker_is_vetoed_and_health_is_critical(work: Project) -> None:
    path = work.path("demo.json")
    sound = path.read_bytes()
    path.write_bytes(sound[:-20])
    reply = work.json("reality check")
    assert reply["outcome"] == "invalid" and "json-valid" in reply["data"]["consensus"]["vetoes"]
    path.write_bytes(sound)
    health = work.json("health")
    assert health["data"]["status"] == "CRITICAL" and "json-valid" in str(health["data"])
    work.say("reality check")
    assert work.json("health")["data"]["status"] != "CRITICAL"


def test_a_rehearsed_check_keeps_nothing(work: Project) -> None:
    assert work.say("--dry-run", "reality check").code == 0
    assert not (work.folder / ".ecw/state/probes.json").exists()


def test_a_probe_that_there_is_not_is_not_found(work: Project) -> None:
    done = work.say("run probe nonsense")
    assert done.code == 3 and "json-valid" in done.err


@pytest.mark.parametrize("text", ["", "{", "[]", '{"answers": {"disk": {}}}', '{"answers": 5}'])
def test_what_is_remembered_may_be_lost_or_spoilt(work: Project, text: str) -> None:
    for name in ("probes.json", "disputes.json"):
        (work.folder / ".ecw/state" / name).write_text(text)
    assert work.say("show 1.1").code == 0
    assert work.say("list probes").code == 0
    assert work.say("reality check").code == 0


# --- disputes -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def disputed(work: Project) -> Project:
    """Task 1.1 was completed by a report that is gone."""
    (work.folder / "report.md").write_text("done")
    work.do("attach evidence to 1.1: report.md", "complete 1.1")
    (work.folder / "report.md").unlink()
    assert work.say("reality check").code == 1
    return work


READS = (
    "show 1.1",
    "is 1.1 done?",
    "list",
    "list complete tasks",
    "show phase 1",
    "show progress",
    "search for bricks",
)


@pytest.mark.parametrize("sentence", READS)
def test_every_read_of_a_disputed_task_shows_both_sides(disputed: Project, sentence: str) -> None:
    done = disputed.say(sentence)
    assert done.code == 0
    assert "Task 1.1 is disputed. Claimed: complete since" in done.out
    assert "E1 by alex: report.md. Reality: artefact-there: E1 names report.md, which is gone." in done.out
    row = disputed.json(sentence)["data"]["disputed"][0]
    assert (row["id"], row["reality"]) == ("1.1", {"artefact-there": ["E1 names report.md, which is gone"]})


def test_reads_of_other_tasks_say_nothing_of_it(disputed: Project) -> None:
    assert "disputed" not in disputed.say("show 1.2").out


def test_a_dispute_never_changes_the_tracker(disputed: Project) -> None:
    before = disputed.path("demo.json").read_bytes()
    for _ in range(3):
        disputed.say("deep reality check")
    assert disputed.path("demo.json").read_bytes() == before
    assert disputed.task("1.1")["status"] == "complete" and "disputed" not in before.decode()


def test_a_dispute_ends_when_reality_agrees(disputed: Project) -> None:
    (disputed.folder / "report.md").write_text("done again")
    assert disputed.say("reality check").code == 0
    assert "disputed" not in disputed.say("show 1.1").out


def test_a_dispute_ends_with_the_claim(disputed: Project) -> None:
    disputed.do("reopen 1.1")
    assert "disputed" not in disputed.say("show 1.1").out
    assert disputed.json("list probes")["data"]["signals"]["disputed_tasks"] == 0


def test_checks_that_hold_no_longer_dispute_their_task(work: Project) -> None:
    work.do("1.1 is verified by a.md existing")
    (work.folder / "a.md").touch()
    work.do("complete 1.1")
    assert asked(work, "checks-hold")["verdict"] == "AGREE"
    (work.folder / "a.md").unlink()
    assert asked(work, "checks-hold")["verdict"] == "DISAGREE"
    assert "checks-hold: file a.md: there is no such file" in work.say("show 1.1").out


# --- testing the probes -------------------------------------------------------------------------------------------------


def test_every_built_in_probe_sees_what_it_claims_to_see_and_a_blind_one_loses_its_weight(work: Project) -> None:
    declare(work, "raise SystemExit(open('site').read() != 'up')", "sharp", inject="sh -c 'echo down > site'")
    declare(work, "", "blind", inject="sh -c 'echo down > site'")
    declare(work, "", "untested")
    (work.folder / "site").write_text("up")
    trust_everything(work)
    rows = {row["probe"]: row for row in work.json("probes", "selftest")["data"]["probes"]}
    missed = [id for id, row in rows.items() if not (row["control"] and row["seen"])]
    assert missed == ["blind", "untested"] and len(rows) >= 20
    assert rows["blind"]["vacuous"] and not rows["untested"]["tested"]
    weights = {row["probe"]: row["weight"] for row in work.json("probes")["data"]["probes"]}
    assert weights["blind"] == 0 and weights["sharp"] > 0
    assert (work.folder / "site").read_text() == "up"


def test_a_hook_whose_program_is_gone_is_a_veto(work: Project) -> None:
    settings = work.folder / ".claude/settings.json"
    settings.parent.mkdir()
    for program, verdict in ((sys.executable, "AGREE"), ("/nowhere/python", "DISAGREE")):
        hook = {
            "type": "command",
            "command": f"test -f {program} || exit 2; exec {program} /bin/wt.py hook pre-tool-use",
        }
        hook["command"] = hook["command"].replace("/bin/wt.py", str(settings.parent.parent / "wt.py"))
        (work.folder / "wt.py").touch()
        settings.write_text(json.dumps({"hooks": {"PreToolUse": [{"matcher": "*", "hooks": [hook]}]}}))
        row = asked(work, "enforcement-hooks")
        assert (row["verdict"], row["veto"]) == (verdict, True), row
