"""The README's own commands, run in order in a fresh project."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys

import pytest

from infrastructure.docs_pages import NOT_DONE
from tests.e2e.conftest import ROOT, Project

README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands_below(heading: str) -> list[list[str]]:
    block = README.partition(f"\n## {heading}\n")[2].partition("```sh\n")[2].partition("\n```")[0]
    return [shlex.split(line, comments=True) for line in block.splitlines() if line]


def test_every_command_of_the_use_block_works_in_order(project: Project) -> None:
    shutil.copy(ROOT / "docs" / "sample-plan.md", project.folder / "PLAN.md")
    lines = commands_below("Use")
    assert len(lines) >= 10
    for command, *arguments in lines:
        assert command == "wt"
        done = project.say(*arguments)
        assert (done.code, done.err) == (0, ""), arguments


def test_the_demo_runs_and_shows_every_step(project: Project) -> None:
    command = [sys.executable, str(ROOT / "scripts" / "demo.py")]
    done = subprocess.run(command, capture_output=True, text=True, env=project.env)
    assert done.returncode == 0 and "Overall progress: 16%" in done.stdout + done.stderr
    assert "fault of its own" not in done.stdout


@pytest.mark.parametrize("said", NOT_DONE.values())
def test_what_the_language_page_says_is_never_carried_out_never_is(demo: Project, said: str) -> None:
    before = demo.path("demo.json").read_bytes()
    assert demo.say("--skip-consent", said).code == 2
    assert demo.path("demo.json").read_bytes() == before
