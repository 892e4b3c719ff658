"""Snapshots: on the first commit, every fifty, once a day; pruned by count and age, never the last good one."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from infrastructure.backups import KEEP, KEEP_DAYS, Backups
from infrastructure.codec import digest
from infrastructure.state_files import Remembered
from tests.e2e.conftest import Project
from tests.projects import demo_project, snapshots_of

LIMIT = 1 << 20


@pytest.fixture
def demo(tmp_path: Path) -> Project:
    return demo_project(tmp_path)


@pytest.fixture
def backups(tmp_path: Path) -> Backups:
    return Backups(str(tmp_path), "some-tracker")


def days(backups: Backups) -> list[str]:
    return [snapshot.day for snapshot in backups.all()]


def test_the_first_commit_takes_a_snapshot_and_the_next_ones_none(demo: Project) -> None:
    assert [path.name[:20] for path in snapshots_of(demo)] == ["000000001_2026-01-05"]


def test_a_new_day_takes_one(demo: Project) -> None:
    for day in ("2026-01-05", "2026-01-06", "2026-01-06", "2026-01-07"):
        assert demo.say(f"note on 1.1: {day}", env={"WT_NOW": f"{day}T10:00:00Z"}).code == 0
    assert [path.name[10:20] for path in snapshots_of(demo)] == ["2026-01-05", "2026-01-06", "2026-01-07"]
    assert snapshots_of(demo)[-1].read_bytes() == demo.path("demo.json").read_bytes()


def test_every_fiftieth_commit_takes_one() -> None:
    known = Remembered(snapshot=7, snapshot_day="2026-01-05")
    assert [seq for seq in range(8, 60) if known.wants_snapshot(seq, "2026-01-05")] == [57, 58, 59]


def test_where_all_snapshots_were_thrown_away_the_next_change_takes_one(demo: Project) -> None:
    for folder in ("journal", "backups"):
        shutil.rmtree(demo.folder / ".ecw" / folder)
    demo.do("mark 1.1 complete")
    demo.path("demo.json").write_bytes(demo.path("demo.json").read_bytes()[:-40])
    demo.do("start 1.2")
    assert (demo.task("1.1")["status"], demo.task("1.2")["status"]) == ("complete", "in_progress")


def test_what_stood_there_before_the_first_commit_is_kept_byte_for_byte(demo: Project) -> None:
    text = demo.path("demo.json").read_text().replace("\n", "\r\n")
    for path in [*demo.folder.glob(".ecw/*/*.json*"), *demo.folder.glob(".ecw/*/*/*")]:
        path.unlink()
    demo.path("demo.json").write_bytes(text.encode())
    demo.do("mark 1.1 complete")
    assert snapshots_of(demo)[0].read_bytes() == text.encode()


def test_the_newest_stay_and_one_a_day(backups: Backups) -> None:
    for number in range(1, 71):
        backups.keep(
            number, f"2026-01-{(number + 1) // 2:02d}" if number <= 60 else "2026-01-31", b"%d" % number, limit=LIMIT
        )
    kept = [snapshot.seq for snapshot in backups.all()]
    assert kept[-KEEP:] == list(range(21, 71))
    assert kept[:-KEEP] == [4, 6, 8, 10, 12, 14, 16, 18, 20]  # the last of each of the 30 newest days
    assert len({snapshot.day for snapshot in backups.all()}) == KEEP_DAYS


def test_the_last_good_one_is_never_pruned(backups: Backups) -> None:
    backups.keep(1, "2025-01-01", b"good", limit=LIMIT)
    for number in range(2, 70):
        backups.keep(number, "2026-01-05", b"%d" % number, limit=LIMIT)
        for snapshot in backups.all()[1:]:
            Path(snapshot.path).write_bytes(b"rotten")
    assert backups.all()[0].read(LIMIT) == b"good"


def test_a_damaged_snapshot_is_not_taken_for_a_state(backups: Backups) -> None:
    backups.keep(1, "2026-01-05", b"state", limit=LIMIT)
    snapshot = backups.all()[0]
    assert (snapshot.read(LIMIT), snapshot.state) == (b"state", digest(b"state"))
    Path(snapshot.path).write_bytes(b"other")
    assert snapshot.read(LIMIT) is None


def test_a_snapshot_that_cannot_be_kept_is_saved_but(demo: Project) -> None:
    folder = snapshots_of(demo)[0].parent
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    folder.write_text("a file where the folder should be")
    done = demo.say("mark 1.1 complete", env={"WT_NOW": "2026-02-01T10:00:00Z"})
    assert (done.code, "the snapshot could not be kept" in done.err) == (6, True)
    assert demo.task("1.1")["status"] == "complete"


def test_a_deleted_tracker_leaves_a_last_snapshot(demo: Project) -> None:
    last = demo.path("demo.json").read_bytes()
    assert demo.say("--skip-consent", "delete this tracker").code == 0
    assert snapshots_of(demo)[-1].read_bytes() == last
    assert demo.say("show progress").code == 3
    listed = demo.json("restore")["data"]["states"]
    assert demo.say("restore", str(listed[0]["number"])).code == 0
    assert demo.path("demo.json").read_bytes() == last
    assert os.path.exists(demo.path("demo.md"))
