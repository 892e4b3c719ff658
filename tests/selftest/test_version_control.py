"""Faults of git: what wt does about them, and that what judges sees a healer who lays hands on history."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from infrastructure.selftest.clone import PLAN
from infrastructure.selftest.version_control import SHARED
from tests.selftest.planting import Deed, does, left_alone, tried


@pytest.mark.parametrize("key", ["F32 dead", "F34", "F37 merge", "F40 hook gone", "F42 empty", "F43 ignored"])
def test_a_fault_of_git_is_dealt_with_rightly(tmp_path: Path, key: str) -> None:
    trial = tried(tmp_path, key)
    assert trial.is_good, trial


MOVED = "branches or HEAD were moved"
BY_HAND = [
    ("F32 no proof", lambda clone: clone.remove(".git/index.lock"), ".git/index.lock was changed"),
    ("F33 open", lambda clone: clone.remove(".git/index.lock"), ".git/index.lock was changed"),
    ("F34", does("checkout", "-q", "main"), MOVED),
    ("F35 in the way", does("checkout", "-q", "--force", "@{upstream}"), "src/main.py was changed"),
    ("F36", does("reset", "-q", "--soft", "@{upstream}"), MOVED),
    ("F37 merge", does("merge", "--abort"), f"{SHARED} was changed"),
    ("F37 rebase", lambda clone: clone.remove(".git/rebase-merge"), ".git/rebase-merge/"),
    ("F37 left lying", does("commit", "-q", "--no-verify", "-m", "done"), ".git/MERGE_HEAD was changed"),
    ("F38 deleted", does("add", PLAN), ".git/index was changed"),
    ("F39", does("stash", "drop", "-q"), MOVED),
    ("F40 driver", does("config", "merge.wt.driver", "true"), ".git/config was changed"),
    ("F40 hook gone", lambda clone: clone.write(".git/hooks/pre-commit", ""), "put back without leave"),
    ("F41", does("config", "--global", "safe.directory", "*"), "was changed"),
    ("F42 empty", lambda clone: clone.write(".git/refs/heads/main", ""), ".git/refs/heads/main was changed"),
    ("F43 skipped", does("update-index", "--no-skip-worktree", PLAN), "it was cleared"),
    ("F44", does("fetch", "-q", "--unshallow"), "history was fetched"),
    ("F45", does("commit", "-q", "--no-verify", "-m", "for you", PLAN), MOVED),
]
FAST = ("F34", "F36", "F39", "F43 skipped")


@pytest.mark.parametrize(("key", "deed", "said"), [row for row in BY_HAND if row[0] in FAST])
def test_a_healer_that_lays_hands_on_git_is_seen(tmp_path: Path, key: str, deed: Deed, said: str) -> None:
    trial = tried(tmp_path, key, deed)
    assert (trial.is_good, said in trial.wrong) == (False, True), trial


@pytest.mark.skipif(not os.environ.get("WT_SLOW_TESTS"), reason="slow: WT_SLOW_TESTS=1")
@pytest.mark.parametrize(("key", "deed", "said"), [row for row in BY_HAND if row[0] not in FAST])
def test_a_healer_that_lays_hands_on_anything_of_gits_is_seen(tmp_path: Path, key: str, deed: Deed, said: str) -> None:
    trial = tried(tmp_path, key, deed)
    assert (trial.is_good, said in trial.wrong) == (False, True), trial


IDLE = {
    "F32 dead": ("stale_index_lock", "index.lock is in the way"),
    "F35 code": ("git_sync", "the branch is not as its upstream"),
    "F44": ("tracker_corruption", f"{PLAN} cannot be read"),
}


@pytest.mark.skipif(not os.environ.get("WT_SLOW_TESTS"), reason="slow: WT_SLOW_TESTS=1")
@pytest.mark.parametrize("key", IDLE)
def test_a_healer_that_leaves_git_as_it_is_is_seen(tmp_path: Path, key: str) -> None:
    playbook, said = IDLE[key]
    trial = left_alone(tmp_path, key, playbook)
    assert (trial.is_good, trial.wrong) == (False, said), trial
