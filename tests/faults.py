"""Faults as they come: made outside the program, or in a store that answers too late."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from tests.e2e.conftest import ROOT, Done, Project

FAST = {"WT_RETRY_DELAY": "0"}
Say = Callable[..., tuple[int, dict[str, Any], str]]  # Any: a JSON object


def script(project: Project, text: str, **env: str) -> Done:
    """A Python script in the project."""
    return project.process([sys.executable, "-c", text], env={"PYTHONPATH": str(ROOT), **env})


def text_of(done: Done) -> str:
    return done.out + done.err


# --- a plan that is not well ---


def tracked(plan: Project) -> tuple[bytes, bytes]:
    return plan.path("my-project.json").read_bytes(), plan.path("my-project.md").read_bytes()


@contextlib.contextmanager
def nothing_else_changes(project: Project, within: float = 10.0) -> Iterator[None]:
    """Byte for byte, but for the notes of what was done and how it went; and it takes no longer than that (seconds)."""
    before, began = _kept(project), time.monotonic()
    yield
    assert time.monotonic() - began < within
    assert _kept(project) == before


def _kept(project: Project) -> dict[str, str]:
    return {path: hash for path, hash in project.fingerprint().items() if not path.endswith("/bin/calls")}


def noted(project: Project, *oks: bool, duration_ms: int = 10) -> None:
    """Operations that were done a minute ago."""
    log = project.folder / ".ecw" / "state" / "operations.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("a") as file:
        file.writelines(f"1767603540.000 {duration_ms} {ok:d}\n" for ok in oks)


def stale(plan: Project) -> None:
    """Somebody changed the JSON by hand, well: the page is behind."""
    path = plan.path("my-project.json")
    path.write_text(path.read_text().replace("Step 3", "Step three"))


def cut(plan: Project) -> None:
    """The file ends too early, as after a power cut on a careless disk."""
    path = plan.path("my-project.json")
    path.write_text(path.read_text()[:-40])


def unprovable(plan: Project) -> None:
    cut(plan)
    for proof in ("journal", "backups"):
        shutil.rmtree(plan.folder / ".ecw" / proof)


# --- a git that does as it is told ---

PUSH = """
import os, subprocess
from domain.self_healing import SelfHealingDispatcher

def push():
    subprocess.run(["git", "push", "origin"], check=True, capture_output=True, text=True, timeout=0.5)

outcome = SelfHealingDispatcher.create_default().run(push, operation="push", resource="git.remote:origin")
print("\\n".join([*outcome.lines, f"{type(outcome.error).__name__} {outcome.category}"]))
"""


def shim(project: Project, body: str) -> dict[str, str]:
    """A git on PATH that does this and nothing else; it counts its calls."""
    folder = project.folder / "bin"
    folder.mkdir(exist_ok=True)
    git = folder / "git"
    git.write_text(f"#!/bin/sh\necho call >> {folder}/calls\n{body}\n")
    git.chmod(0o755)
    return FAST | {"PATH": f"{folder}:{os.environ['PATH']}"}


def calls(project: Project) -> int:
    return (project.folder / "bin" / "calls").read_text().count("call")


DOWN = "echo 'fatal: Could not resolve host: x' >&2; exit 128"


# --- a store that fails ---


class TimesOut:
    """The project's trackers; their first writes time out. What stands in `after` has taken effect all the same."""

    def __init__(self, trackers: Any, times: int = 1, *, after: bool = False, error: Exception | None = None) -> None:
        self._trackers = trackers
        self.left = times
        self._after = after
        self._error = error or TimeoutError("timed out")

    def __getattr__(self, name: str) -> Any:  # Any: everything else is as it was
        return getattr(self._trackers, name)

    def saying(self, sentence: str, consent: str | None = None) -> TimesOut:
        self._trackers = self._trackers.saying(sentence, consent)
        return self

    def writer(self, name: str) -> Any:  # Any: a store
        return _Slow(self, self._trackers.writer(name))

    def update(self, store: Any, *what: Any) -> Any:  # Any: what the store takes, and gives
        if not self.left:
            return store.update(*what)
        self.left -= 1
        if self._after:
            store.update(*what)
        raise self._error


class _Slow:
    def __init__(self, trackers: TimesOut, store: Any) -> None:
        self._trackers = trackers
        self._store = store

    def __getattr__(self, name: str) -> Any:  # Any: everything else is as it was
        return getattr(self._store, name)

    def update(self, *what: Any) -> Any:  # Any: what the store takes, and gives
        return self._trackers.update(self._store, *what)
