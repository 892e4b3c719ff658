"""Writers killed at any moment, several at once: every change that was acknowledged is there, once, and nobody waits."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from infrastructure.journal import verified
from infrastructure.tracker_files import TrackerFile
from tests.samples import tracker_with
from tests.test_tracker_files import ROOT, WORK

NAME = "docs/plans/plan.json"
TOGETHER = 4


class Writers:
    """Processes that note one line after another and say each that was acknowledged; each is killed in the middle."""

    def __init__(self, root: Path, seed: int) -> None:
        self._root = root
        self._chance = random.Random(seed)
        self.told: set[tuple[str, str]] = set()

    def killed(self, count: int) -> None:
        for first in range(0, count, TOGETHER):
            running = [self._started(f"w{number}") for number in range(first, min(first + TOGETHER, count))]
            for process in running:
                self._kill(process)

    def _started(self, name: str) -> subprocess.Popen[str]:
        words = [sys.executable, "-c", WORK, str(self._root), name, "100000"]
        return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)

    def _kill(self, process: subprocess.Popen[str]) -> None:
        """After a few acknowledged changes and a moment that chance decides."""
        assert process.stdout is not None
        first = process.stdout.readline()
        killer = threading.Timer(self._chance.uniform(0, 0.01), process.kill)
        killer.start()
        rest = process.communicate()[0]
        killer.join()
        lines = [line.split() for line in (first + rest).splitlines()]
        self.told |= {(line[0], line[1]) for line in lines if len(line) == 2}


@pytest.mark.parametrize("count", [100, pytest.param(1000, marks=pytest.mark.slow)])
def test_of_writers_that_are_killed_every_acknowledged_change_is_there_once(tmp_path: Path, count: int) -> None:
    file = TrackerFile(str(tmp_path), NAME, size_limit=1 << 29, lock_timeout=5)
    file.create(tracker_with("1.1", "1.2"))
    writers = Writers(tmp_path, seed=count)
    writers.killed(count)
    task = file.read().tracker.task(1, 1)
    assert task is not None
    notes = [(note.by, note.text) for note in task.notes]
    assert len(writers.told) >= count
    assert writers.told <= set(notes)
    assert len(set(notes)) == len(notes)
    file.update(lambda plan: plan.replace(title="Still works"))
    assert file.page_problem(file.read()) is None


def test_the_journal_of_killed_writers_tells_the_very_file(tmp_path: Path) -> None:
    file = TrackerFile(str(tmp_path), NAME, size_limit=1 << 29, lock_timeout=5)
    file.create(tracker_with("1.1", "1.2"))
    Writers(tmp_path, seed=7).killed(20)
    file.update(lambda plan: plan.replace(title="The last that was acknowledged"))
    good = (tmp_path / NAME).read_bytes()
    lines = next((tmp_path / ".ecw/journal").iterdir()).read_bytes().splitlines()
    assert sum(verified(line) is not None for line in lines) > 20
    (tmp_path / NAME).write_bytes(good[:100])
    file.redraw()
    assert (tmp_path / NAME).read_bytes() == good
