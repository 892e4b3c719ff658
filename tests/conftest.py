"""How hypothesis runs (at random while developing, always the same where a change is judged), and the guide's plan."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from infrastructure import bootstrap, console
from infrastructure.router import Invocation
from tests.e2e.conftest import Project, empty_project
from tests.faults import FAST, Say, TimesOut

settings.register_profile("judged", derandomize=True, deadline=None)
if os.environ.get("CI"):
    settings.load_profile("judged")


@pytest.fixture(scope="session")
def made_plan(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Twenty tasks in five phases, seventeen of them done; 1.1, 5.3 and 5.4 are open."""
    project = empty_project(tmp_path_factory.mktemp("guide"))
    project.do('init "My project"', *(f"add phase Part {number}" for number in range(1, 6)))
    project.do(*(f"add task to phase {phase}: Step {step}" for phase in range(1, 6) for step in range(1, 5)))
    project.do("complete 1.2-1.4, 2.1-2.4, 3.1-3.4, 4.1-4.4, 5.1-5.2")
    return project


@pytest.fixture
def plan(made_plan: Project, tmp_path: Path) -> Project:
    """Nothing was recorded yet: the first command of a test is the first of which health knows."""
    project = made_plan.copied_to(tmp_path)
    (project.folder / ".ecw" / "state" / "operations.log").unlink()
    return project


@pytest.fixture
def say(plan: Project, capsys: pytest.CaptureFixture[str]) -> Say:
    """(exit code, JSON reply, what people see) of a sentence whose store fails as told."""

    def said(sentence: str, times: int = 1, **how: Any) -> tuple[int, dict[str, Any], str]:
        invocation = Invocation(words=(sentence,), show_health=how.pop("show_health", False))
        session = bootstrap.session(
            invocation,
            plan.env | FAST | how.pop("env", {}),
            str(plan.folder),
            lambda trackers: TimesOut(trackers, times, **how),
        )
        reply = session.handle(sentence)
        capsys.readouterr()
        code = console.show(reply, invocation, {"NO_COLOR": "1"})
        return code, reply.to_document(), capsys.readouterr().out

    return said
