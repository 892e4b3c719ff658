"""What was prevented is not claimed: it is replayed, with the treatment and without."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from domain.playbooks.playbook import Playbook
from domain.playbooks.prevention import Judgement, judgements
from domain.shape import seconds_of
from infrastructure.bootstrap import throw_away_world
from infrastructure.playbook_files import built_in
from infrastructure.preemption import comes_after
from tests.e2e.conftest import NOW, Project
from tests.projects import demo_project
from tests.test_foresight import cache_of, remembered

HOUR, MB = 3600.0, 1e6
LIMIT = 64e6


@pytest.fixture
def demo(tmp_path: Path) -> Project:
    return demo_project(tmp_path)


def foretold(metric: str, level: float, per_hour: float) -> dict[str, Any]:  # Any: as an outcome has it
    series = {"disk_exhaustion": "disk_free", "cache_exhaustion": "cache_size"}[metric]
    told = {"metric": metric, "series": series, "level": level, "per_second": per_hour / HOUR}
    return told | {"points": 9, "span": 8 * HOUR, "line": ""}


def after(told: dict[str, Any], cached: float, *, treated: bool) -> float | None:
    playbook = built_in().get("disk_filling" if told["metric"] == "disk_exhaustion" else "cache_filling")
    assert isinstance(playbook, Playbook)
    start = seconds_of(NOW)
    return comes_after(
        told, playbook if treated else None, throw_away_world, at=start, cached=cached, cache_limit=LIMIT
    )


def test_a_disk_that_our_own_caches_can_keep_open_is_full_without_and_not_with_the_treatment() -> None:
    told = foretold("disk_exhaustion", 300 * MB, -20 * MB)
    assert after(told, 400 * MB, treated=False) == pytest.approx(14.5 * HOUR, abs=HOUR)
    assert after(told, 400 * MB, treated=True) is None


def test_a_disk_that_others_fill_is_full_either_way_only_later() -> None:
    told = foretold("disk_exhaustion", 300 * MB, -40 * MB)
    without, treated = after(told, 100 * MB, treated=False), after(told, 100 * MB, treated=True)
    assert without is not None and treated is not None
    assert treated - without == pytest.approx(2.5 * HOUR, abs=HOUR)


def test_a_cache_that_grows_overflows_without_and_not_with_the_treatment() -> None:
    told = foretold("cache_exhaustion", 50 * MB, 1 * MB)
    assert after(told, 50 * MB, treated=False) == pytest.approx(14.5 * HOUR, abs=HOUR)
    assert after(told, 50 * MB, treated=True) is None


def test_what_would_not_have_come_was_not_prevented() -> None:
    told = foretold("cache_exhaustion", 50 * MB, 0.1 * MB)
    assert after(told, 50 * MB, treated=False) is None
    assert not Judgement("x", "cache_filling", "cache_exhaustion", 0.0, None, None).prevented


def test_the_daily_upkeep_judges_each_treatment_once_and_leaves_a_record(demo: Project) -> None:
    cache_of(demo, 50)
    remembered(demo, cache_size=lambda back: (49 - back) * MB)
    before = {path.name for path in demo.folder.iterdir()}
    step = next(
        step
        for step in demo.say("--json", "upkeep", "daily").reply["data"]["upkeep"][0]["steps"]
        if step["step"] == "judge_predictions"
    )
    assert (step["outcome"], step["said"]) == ("done", "1 of 1 were prevented, by replay")
    lines = (demo.folder / ".ecw/state/prevented.jsonl").read_text().split("\n")
    (judgement,) = judgements(json.loads(line) for line in lines if line)
    (outcome,) = demo.json("playbook", "history")["data"]["outcomes"]
    assert (judgement.outcome, judgement.fault, judgement.prevented) == (outcome["id"], "cache_excess > 0B", True)
    demo.say("upkeep", "daily")
    assert len((demo.folder / ".ecw/state/prevented.jsonl").read_text().split("\n")) == len(lines)
    assert {path.name for path in demo.folder.iterdir()} == before
    shown = demo.say("what was prevented?").out
    assert "cache_filling (cache_excess > 0B): prevented" in shown
    told = demo.say("heal", "report").out
    assert "Prevented, by replay with the treatment and without: 1 of 1 (n/a, " in told
    assert "without it came after 17.5 hours; with it did not come" in told


def test_torn_lines_of_the_record_are_passed_over() -> None:
    whole = Judgement("a", "cache_filling", "cache_exhaustion", 5.0, 100.0, None)
    lines = ['{"schema": "wt.prev', {"schema": "wt.prevented/1"}, {"schema": "wt.prevented/1", "metric": "?"}, None]
    assert judgements([*lines, whole.to_document()]) == [whole]
