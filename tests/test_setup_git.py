"""`wt setup git` adds the driver to what is there, and leaves no trace when it is removed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from domain.errors import NotHere, Refused
from infrastructure import setup_git
from infrastructure.setup_git import check, command, remove, set_up, with_block, without_block
from tests.repositories import ENVIRONMENT, Repository

PROGRAM = (sys.executable, setup_git.__file__)
NO_FILE = None
ATTRIBUTES = {
    "no file": NO_FILE,
    "an empty file": b"",
    "one line": b"*.png binary\n",
    "no last line end": b"*.png binary",
    "only a line end": b"\n",
    "CRLF": b"*.png binary\r\n*.txt text\r\n",
    "CRLF without the last one": b"*.png binary\r\n*.txt text",
    "blank lines at the end": b"*.png binary\n\n\n",
    "a lone carriage return": b"*.png binary\r",
    "not UTF-8": b"# \xff\xfe\n",
}


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM"):
        monkeypatch.setenv(name, ENVIRONMENT[name])
    return Repository.begun(tmp_path / "project")


def state(repository: Repository) -> tuple[bytes | None, bytes]:
    attributes = repository.path / ".gitattributes"
    return attributes.read_bytes() if attributes.exists() else None, (repository.path / ".git/config").read_bytes()


@pytest.mark.parametrize("before", ATTRIBUTES.values(), ids=ATTRIBUTES)
def test_removing_leaves_every_byte_as_it_was(repository: Repository, before: bytes | None) -> None:
    if before is not None:
        (repository.path / ".gitattributes").write_bytes(before)
    as_it_was = state(repository)
    assert set_up(str(repository.path), PROGRAM).outcome == "changed"
    assert check(str(repository.path)).outcome == "answered"
    assert state(repository) != as_it_was
    assert remove(str(repository.path)).outcome == "changed"
    assert state(repository) == as_it_was


def test_settings_of_others_stand_beside_ours_untouched(repository: Repository) -> None:
    repository.git("config", "merge.ours.driver", "true")
    repository.git("config", "remote.origin.url", "../elsewhere")
    as_it_was = state(repository)
    set_up(str(repository.path), PROGRAM)
    assert repository.git("config", "merge.ours.driver").strip() == "true"
    remove(str(repository.path))
    assert state(repository) == as_it_was


def test_setting_up_twice_changes_nothing_the_second_time(repository: Repository) -> None:
    set_up(str(repository.path), PROGRAM)
    once = state(repository)
    assert set_up(str(repository.path), PROGRAM).outcome == "unchanged"
    assert state(repository) == once


def test_removing_what_is_not_there_changes_nothing(repository: Repository) -> None:
    as_it_was = state(repository)
    assert remove(str(repository.path)).outcome == "unchanged"
    assert state(repository) == as_it_was


@pytest.mark.parametrize(
    "act", [lambda root: set_up(root, PROGRAM, dry_run=True), lambda root: remove(root, dry_run=True)]
)
def test_a_dry_run_writes_nothing(repository: Repository, act: object) -> None:
    assert callable(act)
    as_it_was = state(repository)
    act(str(repository.path))
    assert state(repository) == as_it_was


def test_what_others_wrote_below_ours_stays_when_ours_goes() -> None:
    for before in (b"*.png binary", b"*.png binary\r\n"):
        end = b"\r\n" if b"\r\n" in before else b"\n"
        left = without_block(with_block(before) + b"*.md text" + end)
        assert left == before.removesuffix(end) + end + b"*.md text" + end


def test_our_lines_end_as_the_file_s_own_do() -> None:
    assert b"\r" not in with_block(b"*.png binary\n")
    assert with_block(b"*.png binary\r\n").count(b"\r\n") == with_block(b"*.png binary\r\n").count(b"\n")


def test_what_others_wrote_between_our_lines_stays_when_ours_go() -> None:
    lines = with_block(None).splitlines(keepends=True)
    assert without_block(b"".join([*lines[:2], b"*.md text\n", *lines[2:]])) == b"*.md text\n"


def test_a_driver_of_the_same_name_that_is_not_ours_is_left_alone(repository: Repository) -> None:
    repository.git("config", "merge.wt.driver", "watch-tower %A")
    as_it_was = state(repository)
    with pytest.raises(Refused, match=r"merge\.wt\.driver is set to something else"):
        set_up(str(repository.path), PROGRAM)
    remove(str(repository.path))
    assert state(repository) == as_it_was


def test_a_driver_of_a_wt_that_was_installed_elsewhere_is_replaced(repository: Repository) -> None:
    set_up(str(repository.path), ("/old/python", "/old/scripts/wt.py"))
    assert "/old/python, which is not there" in str(check(str(repository.path)).data["problems"])
    assert set_up(str(repository.path), PROGRAM).outcome == "changed"
    assert check(str(repository.path)).outcome == "answered"


def test_a_check_says_what_is_missing_and_exits_1(repository: Repository) -> None:
    reply = check(str(repository.path))
    assert reply.exit_code == 1
    assert [problem.split()[0] for problem in reply.data["problems"]] == [
        ".gitattributes",
        "merge.wt.driver",
        ".gitattributes",
        "merge.wt-page.driver",
        "The",  # … hook pre-commit does not check the trackers
    ]


def test_a_fresh_clone_lacks_only_the_config(repository: Repository, tmp_path: Path) -> None:
    set_up(str(repository.path), PROGRAM)
    repository.commit("attributes")
    repository.git("clone", "-q", str(repository.path), str(tmp_path / "clone"))
    problems = check(str(tmp_path / "clone")).data["problems"]
    assert [problem.split()[0] for problem in problems] == ["merge.wt.driver", "merge.wt-page.driver", "The"]


def test_a_check_sees_attributes_that_overrule_ours(repository: Repository) -> None:
    set_up(str(repository.path), PROGRAM)
    (repository.path / "docs/plans/.gitattributes").write_text("*.json merge=union\n")
    assert "does not say merge=wt for" in check(str(repository.path)).data["problems"][0]


def test_every_worktree_shares_the_set_up(repository: Repository, tmp_path: Path) -> None:
    set_up(str(repository.path), PROGRAM)
    repository.commit("attributes")
    other = repository.worktree(tmp_path / "other tree", "other")
    assert check(str(other.path)).outcome == "answered"
    assert set_up(str(other.path), PROGRAM).outcome == "unchanged"


def test_a_folder_that_is_not_in_git_is_refused(tmp_path: Path) -> None:
    for act in (check, remove, lambda root: set_up(root, PROGRAM)):
        with pytest.raises(NotHere, match="in no working tree of git"):
            act(str(tmp_path))
    assert os.listdir(tmp_path) == []


def test_blanks_quotes_and_percent_signs_in_the_path_reach_the_shell_whole() -> None:
    assert command(("/my py", "/it's 100%/wt.py")) == ("'/my py' '/it'\"'\"'s 100%%/wt.py' merge-driver %O %A %B %P %L")


def test_git_starts_this_very_program() -> None:
    python, script = setup_git.program()
    assert (python, os.path.basename(script), os.path.exists(script)) == (sys.executable, "wt.py", True)
