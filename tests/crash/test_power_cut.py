"""The power goes: whatever part of the unsynced writes is lost, the old state stands or the new one, and all that was told."""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from domain.entries import effective
from domain.errors import WtError
from domain.tracker import Tracker
from infrastructure import journal
from infrastructure.tracker_files import TrackerFile
from tests.crash.disk import Disk, Stop
from tests.crash.test_protocol import no_folder_fsync, no_fsync
from tests.crash.volume import State, Volume, put
from tests.e2e.conftest import Project
from tests.projects import PLAN, demo_project

LATER = {"WT_NOW": "2026-02-01T09:00:00Z"}


class Story:
    """Command lines one after another on one disk; at every call it is noted what a power cut would leave."""

    def __init__(self, project: Project, *, most: int, seed: int = 1) -> None:
        self.project = project
        self._volume = Volume(project.folder)
        self._most = most
        self._chance = random.Random(seed)
        self._numbers = itertools.count(1)
        self.told: list[str] = []
        self.before: list[Tracker | None] = []  # what stood before a command that told nobody
        self.trackers = [tracker_in(project)]
        self.found: dict[frozenset[object], tuple[State, int]] = {}  # a state of the disk, how much was told by then

    def goes_on(self, *words: str) -> None:
        self._volume.look = self._look
        with Disk(volume=self._volume, chance=self._numbers).between():
            done = self.project.say(*words, env=LATER)
        assert done.code == 0, done
        self.told.append(words[-1])
        self.trackers.append(tracker_in(self.project))
        self._look()

    def is_killed(self, at: int, *words: str) -> None:
        """A command line that is killed before its call `at`, while the power stays on."""
        self._volume.look = lambda: None
        with Disk(dies=at, volume=self._volume, chance=self._numbers).between(), contextlib.suppress(Stop):
            self.project.say(*words, env=LATER)
        self.before = [*self.before, *self.trackers]
        self.trackers = [tracker_in(self.project)]

    def _look(self) -> None:
        for state in self._volume.states(self._most, self._chance):
            self.found[frozenset(state.items())] = (state, len(self.told))


def file_of(project: Project) -> TrackerFile:
    return TrackerFile(str(project.folder), PLAN, size_limit=1 << 29, lock_timeout=5)


def tracker_in(project: Project) -> Tracker | None:
    """What is answered from, which may be better than the file."""
    return file_of(project).read().tracker if project.path("demo.json").exists() else None


def must_stand(story: Story, folder: Path, state: State, told: int) -> None:
    """After this power cut, with so many commands answered by then."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    put(state, folder)
    project = Project(folder)
    found = tracker_in(project)
    assert found is None or file_of(project).read().fault is None, "it takes a repair"
    allowed = story.trackers[told : told + 2] + (story.before if not told else [])
    assert found in allowed, "neither the old state nor the new one"
    if found is None:
        if (
            project.say('init "Demo"').code != 0
        ):  # the journal proves what was about to be there: it can be brought back
            project.do("sync")
            assert tracker_in(project) in story.trackers
        return
    kept = {entry.sentence for entry in effective(file_of(project).journal())}
    assert kept >= set(story.told[:told]), "what was told is not in the history"
    done = project.say("--tracker", "demo", "add phase After", env=LATER)
    assert done.code == 0, done
    after = tracker_in(project)
    assert after is not None
    assert after.phases[:-1] == found.phases
    assert project.say("--tracker", "demo", "undo", env=LATER).code == 0


def bad_states(story: Story, folder: Path) -> list[str]:
    """What is wrong with the states that a power cut may leave."""
    wrong = []
    for state, told in story.found.values():
        try:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(os, "fsync", lambda _: None)  # nothing more is cut: it would only take its time
                must_stand(story, folder, state, told)
        except (AssertionError, WtError) as error:
            wrong.append(f"{told} told: {str(error)[:500]} {_shown(state)}")
    return wrong


def _shown(state: State) -> dict[str, bytes]:
    return {path: held[:1000] for path, held in state.items() if held is not None and not path.endswith(".md")}


Arrange = Callable[[Path], Project]


def nothing(folder: Path) -> Project:
    (folder / ".git").mkdir()
    return Project(folder)


def plans_kept(folder: Path) -> Project:
    (folder / ".git").mkdir()
    (folder / "docs/plans").mkdir(parents=True)
    return Project(folder)


def demo(folder: Path) -> Project:
    return demo_project(folder)


STORIES: dict[str, tuple[Arrange, tuple[str, ...]]] = {
    "the first commands": (nothing, ('init "Demo"', "add phase Build", "add task to phase 1: Lay bricks")),
    "the first in a folder that was there": (plans_kept, ('init "Demo"', "add phase Build")),
    "a change, taken back and made again": (demo, ("mark 1.1 complete", "undo", "redo")),
}


Figure = Callable[[str, float], None]


@pytest.mark.parametrize("most", [0, pytest.param(40, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", STORIES)
def test_a_power_cut_at_any_moment_loses_nothing_that_was_told(
    quick: Path, name: str, most: int, figure: Figure
) -> None:
    story = told(quick / "here", name, most)
    assert bad_states(story, quick / "left") == []
    assert len(story.found) > 100
    figure("states that a power cut may leave", len(story.found))


def told(folder: Path, name: str, most: int) -> Story:
    arrange, commands = STORIES[name]
    folder.mkdir()
    story = Story(arrange(folder), most=most)
    for words in commands:
        story.goes_on(words)
    return story


EVERY = [pytest.param(at, marks=[] if at % 11 == 5 else pytest.mark.slow) for at in range(1, 45)]


@pytest.mark.parametrize("at", EVERY)
def test_a_power_cut_after_a_kill_loses_nothing_that_was_told(quick: Path, at: int, figure: Figure) -> None:
    (quick / "here").mkdir()
    story = Story(nothing(quick / "here"), most=2, seed=at)
    story.is_killed(at, 'init "Demo"')
    if story.trackers == [None]:
        story.goes_on('init "Demo"')
    story.goes_on("add phase Build")
    assert bad_states(story, quick / "left") == []
    figure("states that a power cut may leave", len(story.found))


def unsynced_journal(patch: pytest.MonkeyPatch) -> None:
    def append(path: str, data: bytes) -> None:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(fd, data)
        os.close(fd)

    patch.setattr(journal, "append_durably", append)


@pytest.mark.parametrize("planted", [no_fsync, no_folder_fsync, unsynced_journal])
def test_a_planted_writer_leaves_bad_states(quick: Path, planted: Callable[[pytest.MonkeyPatch], None]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        planted(patch)
        story = told(quick / "here", "a change, taken back and made again", most=0)
    assert bad_states(story, quick / "left") != []
