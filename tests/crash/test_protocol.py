"""The order of a commit, read off a trace of calls; writers that break one rule each are caught, and by its name."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from domain.tracker import Tracker
from infrastructure import atomic, console
from infrastructure.tracker_writes import TrackerWriter
from tests.crash.disk import Disk
from tests.e2e.conftest import Project
from tests.projects import demo_project

FILE, JOURNAL, TEMPORARY = "demo.json", ".jsonl", "the temporary file of demo.json"


def violations(calls: list[str]) -> set[str]:
    """Which promises a trace breaks, by name."""
    found = set()
    renamed = _first(calls, f"rename {FILE}")
    if "lock" not in calls[:renamed]:
        found.add("no lock")
    if f"fsync {TEMPORARY}" not in calls[:renamed]:
        found.add("no fsync")
    journaled = [at for at, call in enumerate(calls) if call.startswith("fsync ") and call.endswith(JOURNAL)]
    if not journaled or journaled[0] > renamed:
        found.add("journal after rename")
    folder = _first(calls[renamed:], "fsync plans") + renamed
    if folder >= len(calls):
        found.add("no folder fsync")
    if "unlink lock" in calls:
        found.add("lock file unlinked")
    if _first(calls, "answer") < (folder if folder < len(calls) else renamed):
        found.add("answer before fsync")
    return found


def _first(calls: list[str], wanted: str) -> int:
    return calls.index(wanted) if wanted in calls else len(calls)


@pytest.fixture
def demo(tmp_path: Path) -> Project:
    return demo_project(tmp_path)


def trace(demo: Project, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    real, disk = console.show, Disk()

    def show(*args: Any, **more: Any) -> int:
        disk.calls.append("answer")
        return real(*args, **more)

    monkeypatch.setattr(console, "show", show)
    with disk.between():
        assert demo.say("mark 1.1 complete").code == 0
    return disk.calls


def test_a_commit_keeps_every_promise(demo: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = trace(demo, monkeypatch)
    assert violations(calls) == set()
    assert sum(call.startswith("fsync") for call in calls) == 3


def no_fsync(patch: pytest.MonkeyPatch) -> None:
    real = atomic.Replacement.__init__

    def unsynced(self: Any, path: str, data: bytes, *, durable: bool = True) -> None:
        real(self, path, data, durable=durable)
        self._durable = False

    patch.setattr(atomic.Replacement, "__init__", unsynced)
    patch.setattr(atomic.Replacement, "commit", lambda self: (_renamed(self), atomic.sync_folder(self._folder))[1])


def _renamed(replacement: Any) -> None:
    os.rename(replacement._temporary, replacement._path)
    replacement._temporary = ""


def no_folder_fsync(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(atomic, "sync_folder", lambda _: None)


def no_lock(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(atomic.Lock, "_take", lambda _: None)


def lock_file_unlinked(patch: pytest.MonkeyPatch) -> None:
    real = atomic.Lock.__exit__
    patch.setattr(atomic.Lock, "__exit__", lambda self, *how: (os.unlink(self._path), real(self, *how))[1])


def answer_before_fsync(patch: pytest.MonkeyPatch) -> None:
    real = TrackerWriter.update

    def update(self: TrackerWriter, *args: Any, **more: Any) -> Any:
        from domain.reply import Reply
        from infrastructure.router import Invocation

        console.show(Reply("changed", "done"), Invocation())
        return real(self, *args, **more)

    patch.setattr(TrackerWriter, "update", update)


def journal_after_rename(patch: pytest.MonkeyPatch) -> None:
    real, replace = TrackerWriter._journaled, TrackerWriter._replace
    waiting: list[Callable[[], Any]] = []

    def later(self: TrackerWriter, now: Any, after: Tracker, data: bytes, deed: Any) -> Any:
        from domain.entries import entry_of
        from infrastructure.codec import digest

        waiting.append(lambda: real(self, now, after, data, deed))
        return entry_of(deed, 9, self.name, now.state, digest(data))

    def replaced(self: TrackerWriter, data: bytes, expected: str) -> Any:
        done = replace(self, data, expected)
        waiting.pop()()
        return done

    patch.setattr(TrackerWriter, "_journaled", later)
    patch.setattr(TrackerWriter, "_replace", replaced)


@pytest.mark.parametrize(
    "planted", [no_fsync, no_folder_fsync, no_lock, lock_file_unlinked, answer_before_fsync, journal_after_rename]
)
def test_a_planted_writer_is_caught_by_name(
    demo: Project, monkeypatch: pytest.MonkeyPatch, planted: Callable[[pytest.MonkeyPatch], None]
) -> None:
    planted(monkeypatch)
    assert violations(trace(demo, monkeypatch)) == {planted.__name__.replace("_", " ")}
