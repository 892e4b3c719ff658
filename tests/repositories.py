"""Real git repositories with a tracker in them, for tests: nothing of the machine's own settings reaches them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from domain.tracker import Task, Tracker
from infrastructure.any_layout import decode
from infrastructure.project import Configuration
from infrastructure.trackers import ProjectTrackers
from tests.samples import phase, task, tracker

ROOT = Path(__file__).parent.parent
PLAN, PAGE = "docs/plans/plan.json", "docs/plans/plan.md"
AT = "2026-02-01T08:00:00Z"
ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Dana",
    "GIT_AUTHOR_EMAIL": "dana@example.org",
    "GIT_COMMITTER_NAME": "Dana",
    "GIT_COMMITTER_EMAIL": "dana@example.org",
    "GIT_EDITOR": "true",
}
DRIVER = """import sys
sys.path.insert(0, {root!r})
from infrastructure.merging import drive
done = drive(sys.argv[2:], size_limit=1 << 24)
print(*done.lines, sep="\\n", file=sys.stderr)
sys.exit(done.code)
"""


def driver_program(folder: Path) -> tuple[str, str]:
    """A program that merges as wt does, in a folder whose name needs quoting."""
    script = folder / "a folder's 100% name" / "wt.py"
    script.parent.mkdir()
    script.write_text(DRIVER.format(root=str(ROOT)))
    return sys.executable, str(script)


class Repository:
    """A working tree, or one of several of a repository."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def begun(cls, path: Path) -> Repository:
        """With one commit: a plan of one phase with two tasks."""
        path.mkdir()
        made = cls(path)
        made.git("init", "-q", "-b", "main")
        made.trackers().create("plan", tracker(phase(1, task(1, "One"), task(2, "Two")), title="Plan"))
        made.commit("begin")
        return made

    def git(self, *arguments: str, fails: bool = False) -> str:
        """What git says, on both channels."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.path,
            env=os.environ | ENVIRONMENT,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        said = done.stdout + done.stderr
        assert (done.returncode != 0) == fails, said
        return said

    def commit(self, message: str) -> None:
        self.git("add", "--all")
        self.git("commit", "-q", "--no-verify", "-m", message)

    def worktree(self, path: Path, branch: str) -> Repository:
        self.git("worktree", "add", "-q", str(path), "-b", branch)
        return Repository(path)

    # --- the tracker ---------------------------------------------------------------------------------------------------

    def trackers(self) -> ProjectTrackers:
        root = str(self.path)
        return ProjectTrackers(
            root, root, Configuration(root, {}), holder="", now=lambda: AT, new_uid=lambda: "uid-new", actor="dana"
        )

    def plan(self) -> Tracker:
        return decode(self.bytes(PLAN), PLAN).tracker

    def bytes(self, name: str) -> bytes:
        return (self.path / name).read_bytes()

    def change(self, change: Callable[[Tracker], Tracker], message: str = "change") -> None:
        """Change the tracker and commit it with its page."""
        self.trackers().open(PLAN).update(change)
        self.commit(message)

    def diverge(self, one: Callable[[Tracker], Tracker], two: Callable[[Tracker], Tracker]) -> None:
        """A branch `side` with one change and `main` with another; main is checked out."""
        self.git("checkout", "-q", "-b", "side")
        self.change(two, "theirs")
        self.git("checkout", "-q", "main")
        self.change(one, "ours")

    def page_is_right(self) -> bool:
        file = self.trackers().open(PLAN)
        return file.page_problem(file.read()) is None

    def unmerged(self) -> list[str]:
        return self.git("diff", "--name-only", "--diff-filter=U").split()

    def staged(self) -> list[str]:
        return self.git("diff", "--name-only", "--cached").split()


def adds(title: str, uid: str, at: str = AT) -> Callable[[Tracker], Tracker]:
    """A change: a new task at the end of phase 1."""

    def change(plan: Tracker) -> Tracker:
        first = plan.phases[0]
        new = Task(first.tasks_issued + 1, uid, title, "pending", at, at)
        return plan.with_phase(first.with_new_task(new))

    return change


def renames(number: int, title: str, at: str = AT) -> Callable[[Tracker], Tracker]:
    """A change: another title for a task of phase 1."""

    def change(plan: Tracker) -> Tracker:
        there = plan.task(1, number)
        assert there is not None
        return plan.with_task(1, there.replace(title=title, updated_at=at))

    return change
