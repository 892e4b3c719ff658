"""Writers killed at any moment, many at once: every change that was told is there exactly once, and nobody waits long."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from domain.entries import effective
from infrastructure.journal import verified
from infrastructure.tracker_files import TrackerFile
from tests.crash.fleet import PLAN, Fleet, begin
from tests.e2e.conftest import Project

Figure = Callable[[str, float], None]
WAIT_MS = 2000


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    before = os.getcwd()
    try:
        begin(tmp_path / "fleet")
        yield tmp_path / "fleet"
    finally:
        os.chdir(before)


def file_in(folder: Path) -> TrackerFile:
    return TrackerFile(str(folder), PLAN, size_limit=1 << 29, lock_timeout=5)


FLEETS = [
    pytest.param(1000, 8, 25, id="1,000 changes by 8"),
    pytest.param(300, 2, 10, id="300 changes by 2", marks=pytest.mark.slow),
    pytest.param(10_000, 30, 40, id="10,000 changes by 30", marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("changes", "together", "kills_every"), FLEETS)
def test_every_change_that_was_told_is_there_exactly_once(
    folder: Path, changes: int, together: int, kills_every: int, figure: Figure
) -> None:
    fleet = Fleet(folder, seed=changes)
    fleet.sails(changes, together=together, kills_every=kills_every, readers=1)
    assert len(fleet.told) >= changes
    assert fleet.torn == []
    assert fleet.reads > 0
    file = file_in(folder)
    tracker = file.read().tracker
    status = {task.title: task.status for _, task in tracker.tasks()}
    added = Counter(task.title for _, task in tracker.tasks())
    lost = [row for row in fleet.told if not _stands(row, status)]
    assert lost == []
    assert [title for title, times in added.items() if times > 1] == []
    assert len(added) - sum(verb == "added" for verb, _ in fleet.told) <= fleet.started, "one in flight each, no more"
    said = Counter(
        entry.sentence.rpartition(" ")[2] for entry in effective(file.journal()) if entry.sentence[:3] == "add"
    )
    assert {said[title] for verb, title in fleet.told if verb == "added"} == {1}
    figure(f"changes told by {together} processes", len(fleet.told))
    figure(f"of them lost, with {together} processes", len(lost))
    figure(f"processes killed, of {together} at a time", fleet.started)
    figure("reads in between, all whole", fleet.reads)
    Project(folder).do("sync", "add phase After", "undo", "validate")


def _stands(told: tuple[str, ...], status: dict[str, str]) -> bool:
    verb, title = told
    return title in status and (verb == "added" or status[title] == "complete")


def test_the_journal_of_killed_writers_tells_the_very_file(folder: Path) -> None:
    Fleet(folder, seed=7).sails(60, together=4, kills_every=4)
    Project(folder).do('rename the tracker to "The last that was told"')
    good = (folder / PLAN).read_bytes()
    lines = next((folder / ".ecw/journal").iterdir()).read_bytes().splitlines()
    assert sum(verified(line) is not None for line in lines) > 60
    (folder / PLAN).write_bytes(good[:100])
    Project(folder).do("sync")
    assert (folder / PLAN).read_bytes() == good


def test_eight_who_write_at_once_do_not_wait_long_for_each_other(folder: Path, figure: Figure) -> None:
    fleet = Fleet(folder, seed=8)
    fleet.sails(200, together=8)
    figure("longest wait of 8 processes, ms", round(fleet.longest_ms))
    assert fleet.longest_ms < WAIT_MS
