"""Initiatives are numbered once, whoever else creates one at the same time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from domain.commands import COMMANDS
from domain.errors import Refused
from domain.tracker import Tracker
from tests.commands.running import Done, Project, call
from tests.e2e.conftest import WT, empty_project
from tests.samples import tracker


class Crowded(Project):
    """Somebody else begins the next initiative between our look and our lock, once."""

    def create(self, slug: str, tracker_: Tracker, check: Callable[[], object] | None = None) -> tuple[str, Done]:
        self.kept.setdefault("docs/plans/8-theirs.json", tracker(initiative=8))
        return super().create(slug, tracker_, check)


def created(files: Project, **slots: object) -> str:
    empty = tracker()
    return (
        COMMANDS["create_initiative"].run(empty, call(empty, "create_initiative", dict(slots), trackers=files)).message
    )


def test_a_number_that_somebody_took_meanwhile_is_passed_over() -> None:
    files = Crowded(plan=tracker(initiative=7))
    assert created(files, title="Ours").startswith('Initiative 9 "Ours" created')


def test_a_number_that_was_asked_for_and_taken_meanwhile_is_refused() -> None:
    files = Crowded(plan=tracker(initiative=7))
    with pytest.raises(Refused, match="Initiative 8 exists already"):
        created(files, number=8)
    assert len(files.kept) == 2


def test_processes_that_create_initiatives_at_once_get_a_number_each(tmp_path: Path) -> None:
    folder = empty_project(tmp_path)
    command = (sys.executable, WT, "--skip-consent")
    how = {"cwd": folder.folder, "env": folder.env, "stdout": subprocess.DEVNULL}
    started = [subprocess.Popen([*command, f'create initiative "Number {n}"'], **how) for n in range(6)]
    assert [process.wait(timeout=60) for process in started] == [0] * 6
    numbers = [folder.tracker(path.stem)["initiative"] for path in (folder.folder / "docs/plans").glob("*.json")]
    assert sorted(numbers) == [1, 2, 3, 4, 5, 6]
