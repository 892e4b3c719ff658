"""Checks of tasks, for real: what they run, when, how often, and what is kept of it."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import WT, Project
from tests.projects import PLAN, demo_project
from tests.trusting import trust_everything


@pytest.fixture
def work(tmp_path: Path) -> Project:
    return demo_project(tmp_path)


def script(project: Project, body: str, name: str = "check.py") -> str:
    """A command that runs this Python; what a person trusts is the line, not the file."""
    (project.folder / name).write_text(body, encoding="utf-8")
    return f"{sys.executable} {name}"


def checked(project: Project, body: str) -> None:
    """Task 1.1 with a trusted check."""
    project.do(f"verify 1.1 with `{script(project, body)}`")
    trust_everything(project)


def runs(project: Project) -> int:
    return len((project.folder / "runs").read_text().splitlines()) if (project.folder / "runs").exists() else 0


COUNTED = "print('fine', file=open('runs', 'a')); print('12 passed')"


def test_completing_runs_the_check_once_and_keeps_what_it_said(work: Project) -> None:
    checked(work, COUNTED)
    done = work.say("complete 1.1")
    assert done.code == 0 and "✓" in done.out and runs(work) == 1
    task = work.task("1.1")
    evidence = task["evidence"][0]
    assert task["status"] == "complete"
    assert (evidence["content"], evidence["exit_code"]) == ("12 passed", 0)
    assert evidence["sha256"] == hashlib.sha256(b"12 passed\n").hexdigest()
    assert evidence["command"].endswith("check.py") and evidence["duration_ms"] > 0
    assert "no evidence" not in done.out


def test_a_failing_check_blocks_it_names_itself_and_changes_nothing(work: Project) -> None:
    checked(work, "import sys; print('1 failed'); print('more'); sys.exit(2)")
    before = work.path("demo.json").read_bytes()
    done = work.say("complete 1.1")
    assert (done.code, done.out) == (4, "")
    assert done.err.startswith("Task 1.1 cannot be completed: its check ") and "(exit 2): 1 failed\n" in done.err
    assert len(done.err.splitlines()) == 2
    reply = work.json("complete 1.1")
    assert reply["outcome"] == "blocked" and reply["data"]["checks"][0]["said"] == "1 failed\nmore"
    assert work.path("demo.json").read_bytes() == before


def test_no_read_and_no_rehearsal_runs_a_check(work: Project) -> None:
    checked(work, COUNTED)
    for sentence in ("show 1.1", "what is next?", "is 1.1 done?", "validate", "show progress", "list"):
        assert work.say(sentence).code == 0
    work.do("start 1.1", "note on 1.1: careful", "complete 1.2")
    assert "would run first" in work.say("--dry-run", "complete 1.1").out
    assert work.say("--explain", "complete 1.1").code == 0
    assert runs(work) == 0


def test_the_check_of_several_tasks_runs_once(work: Project) -> None:
    checked(work, COUNTED)
    work.do(f"verify 1.2 with `{sys.executable} check.py`", "complete 1.1 and 1.2")
    assert runs(work) == 1
    assert [work.task(id)["evidence"][0]["id"] for id in ("1.1", "1.2")] == ["E1", "E2"]


def test_no_lock_is_held_while_a_check_runs(work: Project) -> None:
    """It writes to the tracker itself, and the completion goes on from what it left."""
    body = f"import subprocess; subprocess.run([{sys.executable!r}, {WT!r}, 'note on 1.2: from inside'], check=True)"
    checked(work, body)
    assert work.wt("complete 1.1").code == 0
    assert work.task("1.2")["notes"][0]["text"] == "from inside"
    assert work.task("1.1")["status"] == "complete"


def test_what_is_attempted_again_does_not_run_the_check_again(work: Project) -> None:
    """The check breaks the file it is about to be written to; healing restores it and makes a second attempt."""
    checked(work, COUNTED + f"; import os; os.truncate({PLAN!r}, 100)")
    done = work.say("--json", "complete 1.1")
    assert done.reply["outcome"] == "changed", done
    assert done.reply["healing"] and runs(work) == 1
    assert work.task("1.1")["status"] == "complete"


def test_checks_that_changed_while_they_ran_have_not_run(work: Project) -> None:
    body = f"import subprocess; subprocess.run([{sys.executable!r}, {WT!r}, '1.1 is verified by a.md existing'], check=True)"
    checked(work, body)
    done = work.wt("complete 1.1")
    assert done.code == 4 and "have not run on it as it is now" in done.err
    assert work.task("1.1")["status"] == "pending"


def test_a_check_cannot_have_checks_run(work: Project) -> None:
    body = f"import subprocess, sys; sys.exit(subprocess.run([{sys.executable!r}, {WT!r}, 'complete 1.1']).returncode)"
    checked(work, body)
    done = work.wt("complete 1.1")
    assert done.code == 4 and "A check cannot have other checks run" in done.err


def test_a_check_is_stopped_at_its_deadline(work: Project) -> None:
    (work.folder / ".ecw/config.json").write_text('{"check_timeout": 0.5}')
    checked(work, "import time; time.sleep(60)")
    done = work.say("complete 1.1")
    assert done.code == 4 and "(stopped after 0.5 s)" in done.err


def test_escapes_of_a_check_reach_neither_file_nor_screen(work: Project) -> None:
    checked(work, r"print('\x1b[31mred\x1b[0m \x07bell')")
    work.do("complete 1.1")
    assert work.task("1.1")["evidence"][0]["content"] == "red bell"


@pytest.mark.parametrize(
    "sentence",
    ["complete 1.1", "complete 1.1 and start 1.2", "set the status of 1.1 to DONE", "complete everything in phase 1"],
)
def test_no_way_to_complete_it_goes_past_the_check(work: Project, sentence: str) -> None:
    checked(work, "import sys; sys.exit(1)")
    done = work.say("--skip-consent", sentence)
    assert done.code in (2, 4) and "its check" in done.out + done.err
    assert work.task("1.1")["status"] == "pending"


def test_the_page_cannot_complete_what_has_checks(work: Project) -> None:
    checked(work, COUNTED)
    page = work.path("demo.md")
    row = next(line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("| 1.1 "))
    page.write_text(page.read_text(encoding="utf-8").replace(row, row.replace("⬜ pending", "✅ complete")), "utf-8")
    done = work.say("adopt")
    assert work.task("1.1")["status"] == "pending", done
    assert "1.1 has checks" in done.out + done.err and runs(work) == 0


# --- files, commits, tests ----------------------------------------------------------------------------------------------


@pytest.fixture
def repository(tmp_path: Path) -> Project:
    for command in (
        ["init", "-q", "-b", "main", "."],
        ["config", "user.name", "Dana"],
        ["config", "user.email", "d@example.org"],
        ["commit", "-q", "--allow-empty", "-m", "first"],
    ):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    return demo_project(tmp_path)


def git(project: Project, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=project.folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def test_a_file_that_must_exist_needs_nobodys_trust_and_leaves_its_digest(work: Project) -> None:
    work.do("1.1 is verified by docs/report.md existing")
    assert "there is no such file" in work.say("complete 1.1").err
    (work.folder / "docs/report.md").write_bytes(b"done")
    work.do("complete 1.1")
    evidence = work.task("1.1")["evidence"][0]
    assert (evidence["content"], evidence["sha256"]) == ("docs/report.md", hashlib.sha256(b"done").hexdigest())


def test_a_file_behind_a_link_out_of_the_project_proves_nothing(work: Project) -> None:
    (work.folder / "passwd").symlink_to("/etc/passwd")
    work.do("1.1 is verified by the file passwd")
    assert "it lies outside this project" in work.say("complete 1.1").err


def test_a_commit_proves_a_task_once_it_is_part_of_what_is_checked_out(repository: Project) -> None:
    repository.do("verify 1.1 with the commit work")
    assert "there is no such commit" in repository.say("complete 1.1").err
    git(repository, "checkout", "-q", "-b", "work")
    git(repository, "commit", "-q", "--allow-empty", "-m", "work")
    sha = git(repository, "rev-parse", "HEAD")
    git(repository, "checkout", "-q", "main")
    assert "not part of what is checked out" in repository.say("complete 1.1").err
    git(repository, "merge", "-q", "--ff-only", "work")
    repository.do("complete 1.1")
    evidence = repository.task("1.1")["evidence"][0]
    assert (evidence["content"], evidence["commit"]) == (f"{sha[:10]} is part of what is checked out", sha)


def test_evidence_of_a_tree_with_other_changes_says_so(repository: Project) -> None:
    (repository.folder / "code.py").write_text("1")
    git(repository, "add", "code.py")
    git(repository, "commit", "-q", "-m", "code")
    (repository.folder / "code.py").write_text("2")
    repository.do("1.1 is verified by code.py existing", "complete 1.1")
    assert repository.task("1.1")["evidence"][0]["commit"] == git(repository, "rev-parse", "HEAD") + "-dirty"
    assert "-dirty" in repository.path("demo.md").read_text(encoding="utf-8")


def test_a_test_is_run_by_the_test_command_of_the_project(work: Project) -> None:
    runner = script(work, "import sys; print(sys.argv[1:])", "runner.py")
    (work.folder / ".ecw/config.json").write_text(json.dumps({"test_command": runner}))
    work.do("verify 1.1 with tests/test_x.py")
    trust_everything(work)
    work.do("complete 1.1")
    assert work.task("1.1")["evidence"][0]["content"] == "['tests/test_x.py']"


def test_checks_are_run_by_hand(work: Project) -> None:
    checked(work, "import os, sys; print('seen'); sys.exit(not os.path.exists('ready'))")
    reply = work.json("run the checks of 1.1")
    assert (reply["outcome"], reply["data"]["checks"][0]["exit_code"]) == ("invalid", 1)
    assert "evidence" not in work.task("1.1")
    (work.folder / "ready").touch()
    assert work.json("run the checks of 1.1")["outcome"] == "changed"
    assert work.task("1.1")["evidence"][0]["content"] == "seen"
    assert work.task("1.1")["status"] == "pending"
