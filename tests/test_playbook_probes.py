"""The playbooks about probes, on probes that are real processes with a cache, a configuration and a setup."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from domain.errors import Unavailable
from domain.playbooks.engine import Engine, Report
from domain.playbooks.guards import Approval
from infrastructure import bootstrap, trust
from infrastructure.healing_world import ProjectWorld
from infrastructure.playbook_files import built_in
from infrastructure.probe_files import probe_files
from infrastructure.project import Configuration
from tests.e2e.conftest import Project
from tests.e2e.test_terminal import on_a_terminal
from tests.projects import demo_project
from tests.repositories import ENVIRONMENT

PROGRAM = """import pathlib, sys
here = pathlib.Path(sys.argv[1])
if (here / "cache").exists() and (here / "cache").read_text() != "good":
    sys.exit(70)
sys.exit(0 if (here / "config").read_text() == "good" and (here / "env").exists() else 70)
"""


class OneProbe:
    """A probe as a process: it breaks on a poisoned cache, on a wrong configuration, without its environment."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self.ran = 0
        for name in ("config", "env", "cache"):
            (folder / name).write_text("good")
        self.code = self._run()

    def _run(self) -> int:
        self.ran += 1
        return subprocess.run([sys.executable, "-c", PROGRAM, str(self._folder)], check=False, timeout=20).returncode

    def spoil(self, name: str) -> None:
        if name == "env":
            (self._folder / name).unlink()
        else:
            (self._folder / name).write_text("bad")
        self.code = self._run()

    def consensus(self) -> float | None:
        return 100.0 if self.code == 0 else 50.0

    def broken(self) -> list[str] | None:
        return ["one"] if self.code else []

    def unanswered(self) -> list[str]:
        return []

    def run_all(self, seconds: float) -> str:
        self.code = self._run()
        return "asked"

    def restart(self, probe: str, seconds: float) -> str:
        return self.run_all(seconds)

    def clear_cache(self, probe: str, seconds: float) -> str:
        (self._folder / "cache").unlink(missing_ok=True)
        return "cache emptied"

    def reset_config(self, probe: str, seconds: float) -> str:
        (self._folder / "config").write_text("good")
        return "configuration restored"

    def rebuild_env(self, probe: str, seconds: float) -> str:
        raise Unavailable("No person trusts its setup.")

    def quarantine(self, probe: str, seconds: float) -> str:
        return "unknown from now on"


@pytest.fixture
def probe(tmp_path: Path) -> OneProbe:
    return OneProbe(tmp_path / "probe")


@pytest.fixture
def healed(tmp_path: Path, probe: OneProbe) -> Callable[..., Report]:
    (tmp_path / "demo").mkdir()
    project = demo_project(tmp_path / "demo")

    def run(id: str, approval: Approval | None = None) -> Report:
        playbook = built_in().get(id)
        assert playbook is not None
        return Engine([playbook], world(project, probe)).heal({id}, approval)

    return run


def world(project: Project, probe: OneProbe) -> ProjectWorld:
    """The project's own, with this probe."""
    from infrastructure.router import Invocation

    root = str(project.folder)
    session = bootstrap.session(Invocation(), project.env, root)
    healer = bootstrap.Healer(root, Configuration(root, project.env), lambda: 1_767_603_600.0)
    return ProjectWorld(
        root,
        session.trackers,
        healer(),
        healer.operations(),
        Configuration(root, project.env),
        clock=healer.clock,
        new_uid=bootstrap.new_uid,
        add_task=lambda *_: None,
        mending=probe,
    )


def test_f61_a_probe_that_only_stumbled_is_asked_once_more(probe: OneProbe, healed: Callable[..., Report]) -> None:
    probe.code = 70
    (outcome,) = healed("probe_failure").outcomes
    assert (outcome.result, outcome.stage, outcome.actions_taken) == ("healed", "restart", ("restart_agents",))


def test_f64_a_poisoned_cache_is_emptied(probe: OneProbe, healed: Callable[..., Report]) -> None:
    probe.spoil("cache")
    (outcome,) = healed("probe_failure").outcomes
    assert (outcome.result, outcome.stage) == ("healed", "clear_cache")
    assert outcome.attempts == 2


def test_the_strategy_that_has_helped_is_tried_first_the_next_time(
    probe: OneProbe, healed: Callable[..., Report]
) -> None:
    probe.spoil("cache")
    healed("probe_failure")
    (Path(os.fspath(probe._folder)) / "cache").write_text("good")
    probe.spoil("cache")
    (outcome,) = healed("probe_failure").outcomes
    assert (outcome.stage, outcome.attempts) == ("clear_cache", 1)


def test_a_wrong_configuration_is_asked_about_and_restored_with_leave(
    probe: OneProbe, healed: Callable[..., Report]
) -> None:
    probe.spoil("config")
    report = healed("probe_failure")
    assert report.outcomes[0].result == "asked"
    assert set(report.inquiries[0].allows) == {"reset_agent_config", "rebuild_agent_env"}
    (outcome,) = healed("probe_failure", Approval("dana", "R2")).outcomes
    assert (outcome.result, outcome.stage) == ("healed", "reset_config")


def test_what_nothing_helps_with_is_for_a_person(probe: OneProbe, healed: Callable[..., Report]) -> None:
    probe.spoil("env")
    report = healed("probe_failure", Approval("dana", "R2"))
    assert (report.outcomes[0].result, report.outcomes[0].error) == ("escalated", "No person trusts its setup.")
    assert report.inquiries


def test_a_claim_that_reality_denies_is_for_a_person_and_changes_nothing(
    probe: OneProbe, healed: Callable[..., Report]
) -> None:
    """F66: far below the threshold nothing is tried: the claim may be wrong, and whose that is nobody here can say."""
    probe.spoil("env")
    report = healed("consensus_degradation")
    (outcome,) = report.outcomes
    assert (outcome.result, outcome.actions_taken) == ("escalated", ())
    assert outcome.error == "for a person from the start: consensus_score < 60"


# --- a probe that the project declares --------------------------------------------------------------------------------

CHECK = """import os, pathlib, sys
cache = pathlib.Path(os.environ["PROBE_CACHE"]) / "answer"
if cache.exists() and cache.read_text() != "good":
    os.kill(os.getpid(), 9)
cache.write_text("good")
sys.exit(0)
"""


@pytest.fixture
def declared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with a probe of its own, which a person trusts and which was asked once."""
    (tmp_path / "demo").mkdir()
    project = demo_project(tmp_path / "demo")
    (project.folder / "check.py").write_text(CHECK)
    (project.folder / ".ecw/probes").mkdir()
    text = f"id: own\nclaim: all is well\ngroup: tests\ncommand: {sys.executable} check.py\n"
    (project.folder / ".ecw/probes/own.yaml").write_text(text)
    monkeypatch.setenv("HOME", str(project.folder))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    project.env.pop("XDG_DATA_HOME", None)
    (file,) = probe_files(str(project.folder))
    trust.store(str(project.folder)).add(file.declared, "2026-01-05T09:00:00Z", "dana")
    assert project.say("probes", "run", "own").code == 0
    return project


def test_a_declared_probe_with_a_poisoned_cache_is_mended(declared: Project) -> None:
    cache = declared.folder / ".ecw/state/probes/own/answer"
    cache.write_text("poison")
    declared.say("probes", "run", "own")
    told = declared.say("--json", "playbook", "run", "probe_failure").reply["data"]
    (outcome,) = told["outcomes"]
    assert (outcome["result"], outcome["stage"]) == ("healed", "clear_cache")
    assert cache.read_text() == "good"


def test_a_declaration_that_was_spoilt_is_restored_from_git_with_leave(declared: Project) -> None:
    folder = declared.folder
    for words in (["init", "-q"], ["add", "-f", ".ecw/probes"], ["commit", "-q", "-m", "probe"]):
        subprocess.run(["git", *words], cwd=folder, check=True, env=os.environ | ENVIRONMENT)
    right = (folder / ".ecw/probes/own.yaml").read_text()
    spoilt = right.replace("check.py", "gone.py")
    (folder / ".ecw/probes/own.yaml").write_text(spoilt)
    (file,) = probe_files(str(folder))
    trust.store(str(folder)).add(file.declared, "2026-01-05T09:00:00Z", "dana")
    declared.say("probes", "run", "own")
    asked = declared.say("--json", "playbook", "run", "probe_failure").reply["data"]["inquiries"][0]
    assert asked["allows"] == ["reset_agent_config", "rebuild_agent_env"]
    assert on_a_terminal(declared, "approve", asked["id"], typed="yes\n").code == 0
    told = declared.say("--json", "playbook", "run", "probe_failure").reply["data"]
    assert [outcome["stage"] for outcome in told["outcomes"]] == ["reset_config"]
    assert (folder / ".ecw/probes/own.yaml").read_text() == right
    assert spoilt in [path.read_text() for path in (folder / ".ecw/kept").iterdir()]
