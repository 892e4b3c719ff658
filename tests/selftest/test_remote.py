"""Faults of the remote: what wt does about them, and that what judges sees a healer who is not content with it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from infrastructure.selftest.clone import Clone, Said
from tests.selftest.planting import Deed, does, left_alone, tried


@pytest.mark.parametrize("key", ["F46 name", "F47 503", "F48 trusted", "F50", "F52"])
def test_a_fault_of_the_remote_is_dealt_with_rightly(tmp_path: Path, key: str) -> None:
    trial = tried(tmp_path, key)
    assert trial.is_good, trial


def many(what: str) -> Deed:
    """Tries it again and again."""

    def deed(clone: Clone) -> None:
        with (Path(clone.bin) / "calls").open("a") as calls:
            calls.write(f"{what} origin\n" * 9)

    return deed


class Silence(list[Said]):
    """Of a healer that tells nobody anything."""

    def append(self, said: Said) -> None:
        return


BY_HAND = [
    ("F46 name", many("fetch"), "the remote was asked 12 times"),
    ("F47 for long", many("fetch"), "the remote was asked 12 times"),
    ("F48 expired", many("fetch"), "the remote was asked 10 times"),
    ("F48 trusted", lambda clone: (Path(clone.bin) / "git.token").touch(), "made without leave"),
    ("F49 known", does("push", "-q", "--force"), "the remote was changed"),
    ("F49 in between", does("push", "-q", "--force"), "the remote was changed"),
    ("F50", many("push"), "it was pushed 10 times"),
    ("F51", lambda clone: setattr(clone, "told", Silence()), "the clock is not named"),
    ("F52", lambda clone: clone.extra.update(WT_REMOTE_TIMEOUT="4"), "healing has waited"),
]
FAST = ("F48 trusted", "F49 known")


@pytest.mark.parametrize(("key", "deed", "said"), [row for row in BY_HAND if row[0] in FAST])
def test_a_healer_that_goes_too_far_is_seen(tmp_path: Path, key: str, deed: Deed, said: str) -> None:
    trial = tried(tmp_path, key, deed)
    assert (trial.is_good, said in trial.wrong) == (False, True), trial


@pytest.mark.skipif(not os.environ.get("WT_SLOW_TESTS"), reason="slow: WT_SLOW_TESTS=1")
@pytest.mark.parametrize(("key", "deed", "said"), [row for row in BY_HAND if row[0] not in FAST])
def test_a_healer_that_goes_too_far_is_seen_everywhere(tmp_path: Path, key: str, deed: Deed, said: str) -> None:
    trial = tried(tmp_path, key, deed)
    assert (trial.is_good, said in trial.wrong) == (False, True), trial


@pytest.mark.skipif(not os.environ.get("WT_SLOW_TESTS"), reason="slow: WT_SLOW_TESTS=1")
@pytest.mark.parametrize(
    ("key", "playbook"),
    [("F48 expired", "credential_expired"), ("F49 known", "git_sync")],
)
def test_a_healer_that_asks_nobody_is_seen(tmp_path: Path, key: str, playbook: str) -> None:
    trial = left_alone(tmp_path, key, playbook)
    assert (trial.is_good, trial.disposition) == (False, "ignore"), trial
