"""The program stopped, or its disk failing, at every single call: the old state or the new one, and nothing acknowledged lost."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from domain.tracker import Tracker
from infrastructure.tracker_files import TrackerFile
from tests.commands.running import run
from tests.commands.test_every_command import CHANGES
from tests.crash.disk import Disk, Stop
from tests.e2e.conftest import Done, Project
from tests.projects import demo_project
from tests.samples import rich_tracker

ERRORS = (
    errno.ENOSPC,
    *(pytest.param(code, marks=pytest.mark.slow) for code in (errno.EIO, errno.EACCES, errno.EINTR)),
)
Figure = Callable[[str, float], None]
LATER = {"WT_NOW": "2026-02-01T09:00:00Z"}

# One for every way through the store: an update, one with a snapshot, undo and redo, create, delete, page, repairs, adoption.
WAYS: dict[str, tuple[str, ...]] = {
    "a change": ("mark 1.1 complete",),
    "two changes": ("mark 1.1 complete and assign 1.2 to dana",),
    "undo": ("undo",),
    "a new tracker": ('init "Other"',),
    "delete": ("--skip-consent", "delete this tracker"),
    "import": ("import", "plan.md"),
}
BROKEN: dict[str, tuple[str, ...]] = {
    "repair and change": ("mark 1.1 complete",),
    "sync": ("sync",),
    "doctor": ("doctor", "--fix"),
    "restore": ("restore", "4"),
}
EDITED: dict[str, tuple[str, ...]] = {"adopt": ("adopt",), "regenerate": ("regenerate",)}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    project = demo_project(folder)
    project.do("add subtask to 1.1: Mix mortar")
    (folder / "plan.md").write_text("# Plan\n\n## Phase 1: One\n\n- [ ] First\n- [x] Second\n")
    return folder


class Bench:
    """Copies of one project, spoilt as the case wants, on which one command line is run again and again."""

    def __init__(self, made: Path, quick: Path, words: tuple[str, ...], spoil: Callable[[Project], object]) -> None:
        self._made = made
        self._quick = quick
        self._words = words
        self._spoil = spoil
        self._turn = 0
        self.project = self._fresh()
        self.old = plans(self.project)
        with Disk().between() as disk:
            done = self.run()
        assert done.code == 0, done
        self.new = plans(self.project)
        self.calls = [call for call in disk.calls if call != "lock"]

    def _fresh(self) -> Project:
        self._turn += 1
        folder = self._quick / "here"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self._made, folder)
        self.project = Project(folder)
        self._spoil(self.project)
        return self.project

    def run(self) -> Done:
        return self.project.say(*self._words, env=LATER)

    def again(self, disk: Disk) -> Done | None:
        """On a fresh copy, through this disk; None when the program was stopped."""
        self._fresh()
        with disk.between():
            try:
                return self.run()
            except Stop:
                return None

    def goes_on(self) -> None:
        """The next command works, whatever happened before; now and then: and nothing is left for a person to decide."""
        if not self.project.path("demo.json").exists() and "demo.json" not in self.new:
            return
        done = self.project.say("--tracker", "demo", "note on 1.1: after", env=LATER)
        assert done.code == 0, done
        if self._turn % 8 == 0:
            assert self.project.say("doctor", "--fix").code == 0
            assert self.project.say("validate", "docs/plans/demo.json").code == 0
            assert self.project.say("--tracker", "demo", "undo", env=LATER).code == 0


def plans(project: Project) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (project.folder / "docs/plans").glob("*.json")}


def sound(_: Project) -> None:
    return


def cut(project: Project) -> None:
    raw = project.path("demo.json").read_bytes()
    project.path("demo.json").write_bytes(raw[: len(raw) // 2])


def taken_back(project: Project) -> None:
    project.do("undo")


def ticked(project: Project) -> None:
    text = project.path("demo.md").read_text(encoding="utf-8")
    project.path("demo.md").write_text(text.replace("- [ ] 1.1.1", "- [x] 1.1.1"), encoding="utf-8")


CASES = [
    *(pytest.param(words, sound, id=name) for name, words in WAYS.items()),
    *(pytest.param(words, cut, id=name) for name, words in BROKEN.items()),
    *(pytest.param(words, ticked, id=name) for name, words in EDITED.items()),
    pytest.param(("redo",), taken_back, id="redo"),
]


@pytest.mark.parametrize(("words", "spoil"), CASES)
def test_stopped_at_any_call_the_old_state_stands_or_the_new_one(
    made: Path, quick: Path, words: tuple[str, ...], spoil: Callable[[Project], object], figure: Figure
) -> None:
    bench = Bench(made, quick, words, spoil)
    allowed = [bench.old, bench.new, plans(Project(made))]  # the last: repaired, and the change not yet made
    for at, call in enumerate(bench.calls, 1):
        assert bench.again(Disk(dies=at)) is None
        assert plans(bench.project) in allowed, (at, call)
        bench.goes_on()
    figure("places where a command was stopped", len(bench.calls))


@pytest.mark.parametrize("code", ERRORS)
@pytest.mark.parametrize(("words", "spoil"), CASES)
def test_a_call_that_fails_is_told_and_the_state_is_what_the_exit_code_says(
    made: Path, quick: Path, words: tuple[str, ...], spoil: Callable[[Project], object], code: int, figure: Figure
) -> None:
    bench = Bench(made, quick, words, spoil)
    for at, call in enumerate(bench.calls, 1):
        done = bench.again(Disk(fails=at, error=code))
        assert done is not None
        here = plans(bench.project)
        if done.code in (0, 6):
            assert here == bench.new, (at, call, done)
        else:
            assert done.code == 1, (at, call, done)
            assert here in (bench.old, plans(Project(made))), (at, call, done)
            assert "Traceback" not in done.err and "fault of its own" not in done.err, (at, call, done)
        bench.goes_on()
    figure("calls that failed with an error of the disk", len(bench.calls))


STAYING = [
    pytest.param(*case.values, id=str(case.id), marks=[] if case.id == "a change" else pytest.mark.slow)
    for case in CASES
]


@pytest.mark.parametrize("code", ERRORS)
@pytest.mark.parametrize(("words", "spoil"), STAYING)
def test_a_disk_that_stays_broken_loses_nothing_and_the_next_that_works_goes_on(
    made: Path, quick: Path, words: tuple[str, ...], spoil: Callable[[Project], object], code: int, figure: Figure
) -> None:
    bench = Bench(made, quick, words, spoil)
    for at, call in enumerate(bench.calls, 1):
        done = bench.again(Disk(fails=at, error=code, stays=True))
        assert done is not None and done.code in (0, 1, 6), (at, call, done)
        assert "fault of its own" not in done.err, (at, call, done)
        here = plans(bench.project)
        assert here == bench.new if done.code != 1 else here in (bench.old, plans(Project(made))), (at, call, done)
        bench.goes_on()
    figure("calls that failed with an error of the disk", len(bench.calls))


# --- every changing command -----------------------------------------------------------------------------------------------


class Bare:
    """One command on the rich tracker, straight through the store."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        rich = rich_tracker()
        self._after = run(rich, name, CHANGES[name][0]).tracker
        self.file().create(rich)
        shutil.copytree(folder / "here", folder / "made")
        self.old = self.raw()

    def file(self) -> TrackerFile:
        (self._folder / "here").mkdir(exist_ok=True)
        return TrackerFile(str(self._folder / "here"), "plan.json", size_limit=1 << 29, lock_timeout=0.05)

    def raw(self) -> bytes:
        return (self._folder / "here/plan.json").read_bytes()

    def anew(self) -> None:
        shutil.rmtree(self._folder / "here")
        shutil.copytree(self._folder / "made", self._folder / "here")

    def change(self, plan: Tracker) -> Tracker:
        assert self._after is not None
        return self._after if plan == rich_tracker() else plan


@pytest.mark.parametrize("name", CHANGES)
def test_every_changing_command_is_whole_or_absent_wherever_it_stops(quick: Path, name: str, figure: Figure) -> None:
    bare = Bare(quick, name)
    bare.anew()
    with Disk().between() as disk:
        assert bare.file().update(bare.change).problems == ()
    new = bare.raw()
    assert new != bare.old
    for at in range(1, sum(call != "lock" for call in disk.calls) + 1):
        bare.anew()
        with Disk(dies=at).between(), pytest.raises(Stop):
            bare.file().update(bare.change)
        assert bare.raw() in (bare.old, new)
        assert bare.file().update(bare.change).problems == ()
        assert bare.raw() == new
        figure("places where a command was stopped", 1)


def test_a_writer_that_writes_in_place_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def in_place(file: TrackerFile, data: bytes, _: str) -> tuple[None, str]:
        fd = os.open(file._path, os.O_WRONLY | os.O_TRUNC)
        os.write(fd, data)
        os.close(fd)
        return None, ""

    bare = Bare(tmp_path, "rename")
    monkeypatch.setattr(TrackerFile, "_replace", in_place)
    left = set()
    for at in range(1, 25):
        bare.anew()
        with Disk(dies=at).between(), contextlib.suppress(Stop):
            bare.file().update(bare.change)
        left.add(bare.raw())
    assert len(left) > 2, "half a file was to be seen"
