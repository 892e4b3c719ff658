"""The hook `pre-commit` of git: a broken tracker is not committed, and what stood there goes on running."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import Done, Project
from tests.projects import demo_project

EXISTING = {
    "sh": "#!/bin/sh\necho mine >> ran.txt\nexit 0\n",
    "bash": "#!/usr/bin/env bash\nset -e\necho mine >> ran.txt\n",
    "without end": "#!/bin/sh\necho mine >> ran.txt",
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = demo_project(tmp_path)
    project.env |= {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
    git(project, "init", "-q")
    return project


def git(project: Project, *arguments: str) -> Done:
    who = ("-c", "user.name=a", "-c", "user.email=a@b")
    done = subprocess.run(
        ["git", *who, *arguments], cwd=project.folder, env=project.env, capture_output=True, text=True
    )
    return Done(done.returncode, done.stdout, done.stderr)


def commit(project: Project) -> Done:
    git(project, "add", "-A")
    return git(project, "commit", "-qm", "x", "--allow-empty")


def hook(project: Project) -> Path:
    return project.folder / ".git/hooks/pre-commit"


def break_the_tracker(project: Project) -> None:
    path = project.path("demo.json")
    path.write_text(path.read_text().replace('"pending"', '"nearly"', 1))


def put(project: Project, text: str) -> None:
    hook(project).write_text(text)
    hook(project).chmod(0o755)


def test_a_broken_tracker_is_not_committed(project: Project) -> None:
    assert project.say("setup", "git").code == 0
    assert commit(project).code == 0
    break_the_tracker(project)
    refused = commit(project)
    assert refused.code == 1
    assert "demo.json" in refused.err


@pytest.mark.parametrize("text", EXISTING.values(), ids=EXISTING)
def test_a_hook_that_stood_there_runs_on_and_comes_back_to_the_byte(project: Project, text: str) -> None:
    put(project, text)
    project.say("setup", "git")
    assert commit(project).code == 0
    assert (project.folder / "ran.txt").read_text() == "mine\n"
    break_the_tracker(project)
    assert commit(project).code == 1
    assert project.say("setup", "git", "--remove").code == 0
    assert hook(project).read_text() == text


def test_set_up_twice_it_stands_there_once_and_removed_it_is_gone(project: Project) -> None:
    project.say("setup", "git")
    before = hook(project).read_bytes()
    assert project.json("setup", "git")["outcome"] == "unchanged"
    assert hook(project).read_bytes() == before
    project.say("setup", "git", "--remove")
    assert not hook(project).exists()


@pytest.mark.parametrize("text", ["#!/usr/bin/env python3\nprint('mine')\n", "\x7fELF", "echo no first line\n"])
def test_a_hook_that_is_no_shell_script_is_left_alone_and_told(project: Project, text: str) -> None:
    put(project, text)
    done = project.say("setup", "git")
    assert (done.code, "no shell script" in done.out + done.err) == (0, True)
    assert hook(project).read_text() == text


def test_a_folder_of_hooks_of_somebody_else_is_left_alone_and_told(project: Project) -> None:
    git(project, "config", "core.hooksPath", ".husky")
    done = project.say("setup", "git")
    assert (done.code, "core.hooksPath" in done.out + done.err) == (0, True)
    assert not hook(project).exists() and not (project.folder / ".husky").exists()


def test_check_tells_that_it_is_missing(project: Project) -> None:
    project.say("setup", "git")
    assert project.say("setup", "git", "--check").code == 0
    hook(project).unlink()
    done = project.say("setup", "git", "--check")
    assert (done.code, "does not check" in done.out + done.err) == (1, True)


def test_a_wt_that_is_gone_stops_no_commit(project: Project) -> None:
    project.say("setup", "git")
    hook(project).write_text(hook(project).read_text().replace("scripts/wt.py", "scripts/gone.py"))
    break_the_tracker(project)
    assert commit(project).code == 0


def test_a_dry_run_writes_no_hook(project: Project) -> None:
    before = hook(project).exists()
    assert project.say("--dry-run", "setup", "git").code == 0
    assert hook(project).exists() == before
