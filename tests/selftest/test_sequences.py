"""Any faults in any order, with commands and heals in between: nothing that was acknowledged is lost, and it ends."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infrastructure.selftest import oracle
from infrastructure.selftest.clone import Clone, copied, made
from infrastructure.selftest.corpus import corpus
from infrastructure.selftest.runner import acted

LOSES_NO_PROOF = (
    *("F01", "F02", "F10 bytes", "F13 by accident", "F15", "F18", "F19 missing", "F19 stale", "F20 garbage"),
    *("F20 empty", "F21", "F22 no database", "F25 torn", "F26 corrupt", "F28 left over", "F67 syntax"),
)
FAULTS = {fault.key: fault for fault in corpus() if fault.key in LOSES_NO_PROOF}
STEPS = st.one_of(st.sampled_from(sorted(FAULTS)), st.sampled_from(["add", "complete", "heal"]))
MOST_RUNS = 5
MANY = 150 if os.environ.get("WT_SLOW_TESTS") else 4


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    return made(str(tmp_path_factory.mktemp("sequences") / "template"), float(int(time.time())))


@settings(max_examples=MANY, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEPS, min_size=2, max_size=7))
def test_no_faults_and_heals_lose_what_was_acknowledged_and_they_end_in_rest_or_in_a_question(
    template: Clone, steps: list[str]
) -> None:
    folder = Path(template.folder).parent / "one"
    clone = copied(template, str(folder), random.Random(0), float(int(time.time())))
    try:
        promise = oracle.Promise(oracle.tasks(clone) or {})
        for number, step in enumerate(steps):
            promise = taken(clone, promise, step, number)
        hurt = oracle.known(clone)
        asked = healed_until_nothing_more_is_done(clone)
        assert oracle.losses(promise.but(clone.expected), hurt, clone) == []
        assert asked or oracle.whole(clone) is None
    finally:
        clone.close()
        shutil.rmtree(folder)


def taken(clone: Clone, promise: oracle.Promise, step: str, number: int) -> oracle.Promise:
    """A fault, a command or a run of healing. What is acknowledged is promised."""
    if step == "heal":
        clone.here("heal")
    elif step in FAULTS:
        with contextlib.suppress(OSError, RuntimeError, ValueError):  # what is gone cannot be damaged further
            FAULTS[step].inject(clone)
    else:
        sentence = f"add task to phase 4: Number {number}" if step == "add" else f"complete 3.{3 + number % 5}"
        return promise.after(clone.here(sentence))
    return promise


def healed_until_nothing_more_is_done(clone: Clone) -> bool:
    """Whether somebody is asked in the end."""
    clone.here("heal --resume")
    for _ in range(MOST_RUNS):
        clone.wait(90)
        said = clone.here("heal")
        if not acted(said):
            return bool(said.data.get("inquiries") or said.data.get("stopped"))
    pytest.fail("it never came to rest")
