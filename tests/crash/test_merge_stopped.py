"""`wt merge` stopped at every call: what git left stands or the merged tracker, and merging again goes through."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from domain.reply import Reply
from infrastructure.merging import resolve
from tests.crash.disk import Disk, Stop
from tests.repositories import PLAN, Repository, renames


def test_a_merge_stopped_at_any_call_is_whole_or_absent_and_can_be_made_again(
    quick: Path, figure: Callable[[str, float], None]
) -> None:
    made = Repository.begun(quick / "made")
    made.diverge(renames(1, "Ours"), renames(1, "Theirs"))
    made.git("merge", "side", fails=True)
    here = _copied(made, quick)
    with Disk().between() as disk:
        assert _merged(here).outcome == "changed"
    old, new = made.bytes(PLAN), here.bytes(PLAN)
    calls = [call for call in disk.calls if call != "lock" and not call.endswith("?")]  # git's own are its affair
    for at, call in enumerate(calls, 1):
        here = _copied(made, quick)
        with Disk(dies=at).between(), pytest.raises(Stop):
            _merged(here)
        assert here.bytes(PLAN) in (old, new), (at, call)
        assert _merged(here).outcome == "changed", (at, call)
        assert here.bytes(PLAN) == new and here.unmerged() == [], (at, call)
    figure("places where a command was stopped", len(calls))


def _copied(made: Repository, folder: Path) -> Repository:
    shutil.rmtree(folder / "here", ignore_errors=True)
    shutil.copytree(made.path, folder / "here")
    return Repository(folder / "here")


def _merged(here: Repository) -> Reply:
    return resolve(str(here.path), [], here.trackers(), size_limit=1 << 24)
