"""`wt heal --alert`: an alert is a reason to look; what wt sees decides, and a person is asked about the rest."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import WT, Done, Project
from tests.e2e.test_terminal import on_a_terminal
from tests.projects import demo_project
from tests.test_inbox import inbox

DRIFT = {"source": "ci", "symptom": "pages_stale > 0", "severity": "critical", "values": {"pages_stale": 0}}
COFFEE = {"source": "office", "symptom": "the coffee is cold", "severity": "warning"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return demo_project(tmp_path_factory.mktemp("alerted"))


@pytest.fixture
def demo(made: Project, tmp_path: Path) -> Project:
    return made.copied_to(tmp_path / "demo")


def drift(project: Project) -> None:
    page = project.path("demo.md")
    page.write_text(page.read_text() + "edited\n")


def alerted(project: Project, document: object, *words: str, **env: str) -> dict[str, Any]:  # Any: a JSON object
    path = project.folder / "alert.json"
    path.write_text(json.dumps(document))
    return project.say("--json", *words, "heal", "--alert", "alert.json", env=env).reply


def piped(project: Project, text: str) -> Done:
    done = subprocess.run(
        [sys.executable, WT, "heal", "--alert", "-"],
        cwd=project.folder, env=project.env, input=text, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return Done(done.returncode, done.stdout, done.stderr)


def test_an_alert_on_standard_input_is_looked_into_and_healed(demo: Project) -> None:
    drift(demo)
    done = piped(demo, json.dumps(DRIFT))
    assert done.code == 0
    assert done.out.startswith(
        "1 alert taken. 1 trouble healed.\n· ci: pages_stale > 0: looked into (markdown_drift)\n"
    )
    assert "edited" not in demo.path("demo.md").read_text()
    (outcome,) = demo.json("playbook", "history")["data"]["outcomes"]
    assert outcome["trigger"] == "alert"


def test_what_an_alert_says_never_overrules_what_is_looked_at(demo: Project) -> None:
    reply = alerted(demo, DRIFT | {"values": {"pages_stale": 9}})  # the page is right
    assert (reply["outcome"], reply["data"]["report"]["outcomes"]) == ("unchanged", [])
    drift(demo)
    reply = alerted(demo, DRIFT, WT_NOW="2026-01-05T10:00:00Z")  # reported as none, and there it is
    assert [outcome["result"] for outcome in reply["data"]["report"]["outcomes"]] == ["healed"]


def test_only_the_playbooks_concerned_act(demo: Project) -> None:
    drift(demo)
    reply = alerted(demo, {"source": "ci", "playbook": "disk_full"})
    assert reply["data"]["playbooks"] == ["disk_full"]
    assert "edited" in demo.path("demo.md").read_text()


def test_what_no_playbook_is_made_for_is_asked_once(demo: Project) -> None:
    assert alerted(demo, COFFEE)["data"]["alerts"][0]["result"] == "for a person"
    alerted(demo, COFFEE, WT_NOW="2026-01-05T10:00:00Z")
    (row,) = inbox(demo)
    assert (row["what"], row["severity"]) == ("office reports the coffee is cold", "WARNING")
    screen = on_a_terminal(demo, "approve", row["short"], typed="yes\n")
    assert "Settled on your word; wt cannot look at it now." in screen.text
    assert inbox(demo) == []


def test_who_could_not_be_told_of_it_is_said(demo: Project) -> None:
    (demo.folder / ".ecw/config.json").write_text('{"notify_command": "true", "notify_from": "INFO"}')
    (demo.folder / "alert.json").write_text(json.dumps(COFFEE))
    done = demo.say("heal", "--alert", "alert.json")
    assert "· office: the coffee is cold: for a person\n· command: not trusted (a person has to trust it" in done.out


def test_the_same_alert_within_a_minute_is_one(demo: Project) -> None:
    alerted(demo, DRIFT)
    drift(demo)
    again = alerted(demo, [DRIFT, {**DRIFT, "status": "resolved"}])
    assert [row["result"] for row in again["data"]["alerts"]] == ["held back", "resolved"]
    assert "edited" in demo.path("demo.md").read_text()
    later = alerted(demo, DRIFT, WT_NOW="2026-01-05T09:01:01Z")
    assert later["data"]["alerts"][0]["result"] == "looked into"


def test_a_storm_of_alerts_is_cut_off(demo: Project) -> None:
    storm = [COFFEE | {"labels": {"floor": n}} for n in range(70)]
    results = [row["result"] for row in alerted(demo, storm)["data"]["alerts"]]
    assert (results.count("for a person"), results.count("held back")) == (60, 10)


def test_a_rehearsal_takes_nothing(demo: Project) -> None:
    drift(demo)
    reply = alerted(demo, [DRIFT, COFFEE], "--dry-run")
    assert [row["result"] for row in reply["data"]["alerts"]] == ["looked into", "for a person"]
    assert "edited" in demo.path("demo.md").read_text() and inbox(demo) == []


def test_a_disabled_playbook_leaves_it_to_a_person(demo: Project) -> None:
    demo.do("playbook disable markdown_drift")
    assert alerted(demo, DRIFT)["data"]["alerts"][0]["result"] == "for a person"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "That is no alert: it is not JSON."),
        ("[" * 100_000, "That is no alert"),
        ('{"source": "x"}', "That is no alert: symptom or playbook is missing."),
        (" " * (1 << 20) + "{}", "That is larger than 1 MB"),
    ],
)
def test_what_is_no_alert_is_refused_in_a_line(demo: Project, text: str, said: str) -> None:
    done = piped(demo, text)
    assert (done.code, said in done.err) == (2, True)


def test_a_terminal_is_not_waited_for(demo: Project) -> None:
    screen = on_a_terminal(demo, "heal", "--alert", "-", typed="{}")
    assert screen.code == 2 and "An alert is expected on standard input." in screen.text


@pytest.mark.parametrize(("said", "code"), [(("heal the alert in gone.json",), 3), (("heal", "--alert", "docs"), 1)])
def test_a_file_that_cannot_be_read_is_said(demo: Project, said: tuple[str, ...], code: int) -> None:
    assert demo.say(*said).code == code


def test_outside_a_project_nothing_is_made(tmp_path: Path) -> None:
    project = Project(tmp_path)
    (tmp_path / "alert.json").write_text(json.dumps(DRIFT))
    assert project.say("heal", "--alert", "alert.json").code == 3
    assert not (tmp_path / ".ecw").exists()


def test_a_look_at_one_thing_forgets_nothing_of_how_long_another_has_lasted(demo: Project) -> None:
    def since() -> dict[str, Any]:  # Any: JSON
        return dict(json.loads((demo.folder / ".ecw/state/healing/symptoms.json").read_text()))

    (demo.folder / ".ecw/playbooks").mkdir()
    patient = "playbook:\n  id: patient\n  symptoms: pages_stale > 0\n  when: {for: 5h}\n"
    (demo.folder / ".ecw/playbooks/patient.yaml").write_text(patient)
    demo.do("playbook disable markdown_drift")
    drift(demo)
    demo.say("heal")
    before = since()
    alerted(demo, {"source": "ci", "playbook": "disk_full"}, WT_NOW="2026-01-05T10:00:00Z")
    assert before and since() == before
