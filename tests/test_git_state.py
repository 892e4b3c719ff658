"""What is wrong with git, and what only looks so: judged in real repositories."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from infrastructure import git_state
from tests.repositories import PLAN, Repository, renames

CONFLICTED = (renames(1, "Mine"), renames(1, "Theirs"))


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository.begun(tmp_path / "repository")


def looked(repository: Repository, name: str, *, after: float = 0) -> object:
    return git_state.LOOKS[name](str(repository.path), [PLAN], time.time() + after)


@pytest.mark.parametrize("name", git_state.LOOKS)
def test_nothing_is_wrong_with_a_sound_repository_nor_where_there_is_no_git(
    repository: Repository, tmp_path: Path, name: str
) -> None:
    assert not looked(repository, name)
    assert looked(repository, name) is not None
    assert not git_state.LOOKS[name](str(tmp_path), [], 0.0)


def test_a_head_without_a_branch_is_detached(repository: Repository) -> None:
    repository.git("checkout", "-q", "--detach")
    assert looked(repository, "head_detached") is True


def test_a_rebase_and_a_bisection_detach_head_on_purpose(repository: Repository) -> None:
    repository.git("bisect", "start")
    repository.git("checkout", "-q", "--detach")
    assert looked(repository, "head_detached") is False
    repository.git("bisect", "reset")
    repository.diverge(*CONFLICTED)
    repository.git("rebase", "side", fails=True)
    assert looked(repository, "head_detached") is False


def test_a_merge_is_unfinished_for_as_long_as_it_lies(repository: Repository) -> None:
    repository.diverge(*CONFLICTED)
    repository.git("merge", "side", fails=True)
    found = looked(repository, "git_unfinished", after=7200)
    assert isinstance(found, float) and 7190 < found < 7260


def test_what_git_stashed_by_itself_is_told_from_what_somebody_stashed(repository: Repository) -> None:
    (repository.path / PLAN).write_text("{}")
    repository.git("stash", "push", "-q", "-m", "autostash of mine")
    assert looked(repository, "autostashes") == 0
    repository.git("stash", "apply", "-q")
    repository.git("stash", "store", "-m", "autostash", repository.git("stash", "create").strip())
    assert looked(repository, "autostashes") == 1


def test_an_object_that_is_gone_or_empty_is_damaged(repository: Repository) -> None:
    name = repository.git("rev-parse", f"HEAD:{PLAN}").strip()
    path = repository.path / ".git/objects" / name[:2] / name[2:]
    path.unlink()
    assert looked(repository, "objects_damaged") == 1
    path.write_bytes(b"")
    assert looked(repository, "objects_damaged") == 1
    tree = repository.git("rev-parse", "HEAD^{tree}").strip()
    path = repository.path / ".git/objects" / tree[:2] / tree[2:]
    path.unlink()
    path.write_bytes(b"no object of git's")
    assert looked(repository, "objects_damaged") != 0


def test_a_git_that_takes_too_long_says_nothing_about_its_objects(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_state, "FSCK_TIMEOUT", 0.0001)
    assert looked(repository, "objects_damaged") is None


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_a_tracker_that_git_was_told_not_to_look_at_is_hidden(repository: Repository, flag: str) -> None:
    repository.git("update-index", flag, PLAN)
    assert looked(repository, "trackers_hidden") == 1


def test_a_tracker_that_git_knows_is_not_hidden_by_what_it_would_ignore(repository: Repository) -> None:
    (repository.path / ".gitignore").write_text("docs/\n")
    assert looked(repository, "trackers_hidden") == 0
    repository.git("rm", "-q", "--cached", PLAN)
    assert looked(repository, "trackers_hidden") == 1


def test_git_refuses_where_the_folder_is_somebody_elses(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shim = tmp_path / "bin" / "git"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nGIT_TEST_ASSUME_DIFFERENT_OWNER=1 exec "{shutil.which("git")}" "$@"\n')
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{shim.parent}{os.pathsep}{os.environ['PATH']}")
    assert looked(repository, "git_refuses") is True
