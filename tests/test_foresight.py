"""Series as they are kept, and what is foreseen from them in a real project."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from domain.shape import seconds_of
from infrastructure import series
from infrastructure.atomic import Lock, is_locked
from infrastructure.foresight import NEWEST, Foresight, lock_held, thinned
from infrastructure.operations import OperationFile
from infrastructure.series import SPACING, SeriesFile
from tests.e2e.conftest import NOW, Project
from tests.projects import demo_project, journal_of

HOUR, MB = 3600.0, 1_000_000
START = seconds_of(NOW)
Values = Callable[[int], float]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return demo_project(tmp_path_factory.mktemp("demo"))


@pytest.fixture
def demo(made: Project, tmp_path: Path) -> Project:
    project = made.copied_to(tmp_path / "demo")
    project.do("show progress")  # it knows its files
    return project


def remembered(project: Project, count: int = 9, step: float = HOUR, **names: Values) -> None:
    """So many measurements, the newest an hour ago; each name with its value by number, the newest being 0."""
    rows = [
        {"at": START - step * (number + 1)} | {name: value(number) for name, value in names.items()}
        for number in reversed(range(count))
    ]
    path = project.folder / ".ecw/state/series.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))


def cache_of(project: Project, megabytes: int) -> Path:
    """Files of a megabyte in the cache, each used later than the one before."""
    folder = project.folder / ".ecw/cache"
    folder.mkdir(exist_ok=True)
    for number in range(megabytes):
        file = folder / f"piece-{number:03}"
        file.write_bytes(b"x" * MB)
    return folder


def foresight(project: Project, **how: Any) -> Foresight:  # Any: what a Foresight takes
    operations = OperationFile(str(project.folder), lambda: START)
    given = {"clock": lambda: START, "cache_limit": 64e6} | how
    return Foresight(str(project.folder), operations, lambda: (), **given)


def failing(project: Project) -> None:
    """Four of ten operations have failed of late, which no playbook is made for."""
    log = project.folder / ".ecw/state/operations.log"
    log.write_text("".join(f"{START - 900 + at} 20 {int(at % 10 > 3)}\n" for at in range(50)))


def result(project: Project) -> dict[str, Any]:  # Any: JSON as parsed
    return dict(project.say("--json", "heal").reply["data"])


# --- series -----------------------------------------------------------------------------------------------------------


def test_healing_and_health_measure_now_and_then(demo: Project) -> None:
    for words in (["heal"], ["health"], ["doctor"]):
        (demo.folder / ".ecw/state/series.jsonl").unlink(missing_ok=True)
        demo.say(*words)
        (line,) = (demo.folder / ".ecw/state/series.jsonl").read_text().split()
        assert json.loads(line).keys() == {"at", "disk_free", "cache_size", "backups_size", "read_seconds"}


def test_an_ordinary_sentence_measures_nothing(demo: Project) -> None:
    demo.do("mark 1.1 complete", "show progress")
    assert not (demo.folder / ".ecw/state/series.jsonl").exists()


def test_two_measurements_lie_five_minutes_apart(demo: Project) -> None:
    now = [START]
    file = SeriesFile(str(demo.folder), lambda: now[0])
    assert file.keep(lambda: {"disk_free": 1.0})
    now[0] += SPACING - 1
    assert not file.keep(lambda: pytest.fail("nothing needs measuring yet"))
    now[0] += 1
    assert file.keep(lambda: {"disk_free": 2.0})
    assert [point.value for point in file.points("disk_free")] == [1.0, 2.0]


def test_a_line_that_is_torn_or_from_the_future_is_passed_over(demo: Project) -> None:
    path = demo.folder / ".ecw/state/series.jsonl"
    rows = [{"at": START - 60, "disk_free": 5}, {"at": START + 900, "disk_free": 6}, {"disk_free": 7}, [1], {"at": "x"}]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows) + '{"at": 12, "disk')
    points = SeriesFile(str(demo.folder), lambda: START).points("disk_free")
    assert [(point.at, point.value) for point in points] == [(START - 60, 5.0)]


def test_a_series_is_bounded(demo: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series, "LIMIT", 2000)
    now = [START]
    file = SeriesFile(str(demo.folder), lambda: now[0])
    for _ in range(200):
        now[0] += SPACING
        assert file.keep(lambda: {"disk_free": now[0]})
    kept = [path.stat().st_size for path in (demo.folder / ".ecw/state").glob("series*.jsonl")]
    assert len(kept) == 2 and sum(kept) < 5000
    assert file.points("disk_free")[-1].value == now[0]


def test_where_nothing_can_be_kept_nothing_fails(tmp_path: Path) -> None:
    assert not SeriesFile(str(tmp_path), lambda: START).keep(lambda: {"disk_free": 1.0})
    assert list(tmp_path.iterdir()) == []


# --- the disk ---------------------------------------------------------------------------------------------------------


def test_a_disk_that_fills_is_foreseen(demo: Project) -> None:
    remembered(demo, disk_free=lambda back: 412e6 + 38e6 * back)
    found = foresight(demo, disk_free=lambda _: 380e6)
    assert found.value("disk_exhaustion") == pytest.approx(10 * HOUR)
    assert (
        found.evidence("disk_exhaustion")["line"] == "disk: 380 MB free, -38 MB/h over 8 h (n 9, p 0.001): full in 10 h"
    )
    assert found.predictions()[0].watch.metric == "disk_exhaustion"


def test_too_few_measurements_leave_it_unknown(demo: Project) -> None:
    remembered(demo, 5, disk_free=lambda back: 412e6 + 38e6 * back)
    found = foresight(demo)
    assert (found.value("disk_exhaustion"), found.evidence("disk_exhaustion"), found.predictions()) == (None, {}, [])


def test_what_is_older_than_a_week_says_nothing_about_tomorrow(demo: Project) -> None:
    remembered(demo, 9, 24 * HOUR, disk_free=lambda back: 412e6 + 38e6 * back)
    assert foresight(demo).prediction("disk_exhaustion").points == 7  # type: ignore[union-attr]  # a prediction, or this fails


def test_a_disk_that_fills_faster_than_wt_can_make_room_is_for_a_person_with_the_evidence(demo: Project) -> None:
    free = series.disk_free(str(demo.folder))
    remembered(demo, disk_free=lambda back: free * (1 + 0.1 * back))
    told = result(demo)
    (outcome,) = told["outcomes"]
    assert (outcome["playbook_id"], outcome["result"], outcome["trigger"]) == (
        "disk_filling",
        "escalated",
        "prediction",
    )
    (inquiry,) = told["inquiries"]
    (evidence,) = outcome["foretold"]
    assert inquiry["context"]["foretold"] == [evidence["line"]] and "full in" in evidence["line"]
    assert "full in" in demo.say("heal", "--plan").out


# --- the cache --------------------------------------------------------------------------------------------------------


def test_a_cache_that_will_overflow_is_pruned_beforehand(demo: Project) -> None:
    folder = cache_of(demo, 50)
    remembered(demo, cache_size=lambda back: (49 - back) * MB)
    told = result(demo)
    (outcome,) = told["outcomes"]
    assert (outcome["playbook_id"], outcome["result"], outcome["trigger"]) == ("cache_filling", "healed", "prediction")
    assert outcome["foretold"][0]["line"].startswith("cache: 50 MB, +1 MB/h over 9 h (n 10, p 0.001)")
    assert 20 < len(list(folder.iterdir())) < 40
    assert result(demo)["outcomes"] == []


def test_a_cache_that_grows_slowly_is_left_alone(demo: Project) -> None:
    folder = cache_of(demo, 50)
    remembered(demo, cache_size=lambda back: (49 - 0.1 * back) * MB)
    assert result(demo)["outcomes"] == []
    assert len(list(folder.iterdir())) == 50


def test_a_plan_of_what_is_foreseen_touches_nothing(demo: Project) -> None:
    folder = cache_of(demo, 50)
    remembered(demo, cache_size=lambda back: (49 - 2 * back) * MB)
    before = demo.fingerprint()
    (trouble,) = demo.say("--json", "heal", "--plan").reply["data"]["troubles"]
    assert (trouble["playbook"], len(trouble["foretold"])) == ("cache_filling", 1)
    assert demo.fingerprint() == before and len(list(folder.iterdir())) == 50


# --- journals, snapshots, reading, operations -------------------------------------------------------------------------


def test_the_growth_of_a_journal_is_read_from_its_own_entries(tmp_path: Path) -> None:
    project = demo_project(tmp_path)
    for day in range(6, 18):
        done = project.say(f"note on 1.1: day {day}", env={"WT_NOW": f"2026-01-{day:02}T09:00:00Z"})
        assert done.code == 0
    found = foresight(project, clock=lambda: START + 13 * 24 * HOUR)
    prediction = found.prediction("journal_exhaustion")
    assert prediction is not None and prediction.per_second > 0 and not prediction.is_near
    assert prediction.level == journal_of(project).stat().st_size == found.value("journal_size")
    assert "/d over" in prediction.line


def test_snapshots_are_weighed_against_the_room_there_is(demo: Project) -> None:
    remembered(demo, 9, 24 * HOUR, backups_size=lambda back: 10e6 - back * 1e6)
    near, far = foresight(demo, disk_free=lambda _: 5e6), foresight(demo, disk_free=lambda _: 5e9)
    assert near.value("backups_exhaustion") == pytest.approx(5 * 24 * HOUR)
    assert far.value("backups_exhaustion") == pytest.approx(5000 * 24 * HOUR)


def test_reading_that_gets_slower_is_foreseen(demo: Project) -> None:
    remembered(demo, 9, 24 * HOUR, read_seconds=lambda back: 0.9 - back * 0.1)
    assert foresight(demo).value("latency_exhaustion") == pytest.approx(10 * 24 * HOUR, rel=0.01)


def test_operations_that_left_their_usual_course_are_told(demo: Project) -> None:
    log = demo.folder / ".ecw/state/operations.log"

    def write(*durations: int) -> None:
        log.write_text("".join(f"{START - 9000 + at} {each} 1\n" for at, each in enumerate(durations)))

    write(*[20, 22, 18, 21] * 20)
    assert foresight(demo).value("latency_rising") is False
    write(*[20, 22, 18, 21] * 20, *[60] * 20)
    risen = foresight(demo)
    assert risen.value("latency_rising") is True
    assert risen.evidence("latency_rising")["line"].startswith(
        "operations: 60 ms in place of 20 ms, the last 20 (CUSUM "
    )
    write(*[20] * 30)
    assert foresight(demo).value("latency_rising") is None


def test_points_are_thinned_evenly_and_keep_the_newest() -> None:
    from domain.playbooks.prediction import Point

    points = [Point(float(at), float(at)) for at in range(1000)]
    kept = thinned(points)
    assert len(kept) <= NEWEST and kept[-1] == points[-1]
    assert len({b.at - a.at for a, b in pairwise(kept)}) == 1
    assert thinned([]) == []


# --- the lock ---------------------------------------------------------------------------------------------------------


@contextmanager
def held(project: Project, holder: str) -> Iterator[Path]:
    path = project.folder / ".ecw/lock"
    with Lock(str(path), timeout=1.0, holder=holder):
        yield path


def test_how_long_the_lock_is_held_is_told_and_it_stays_held(demo: Project) -> None:
    root = str(demo.folder)
    assert lock_held(root, START) == 0.0
    with held(demo, f"process 1 of alex since {NOW}") as path:
        assert lock_held(root, START + 700) == 700.0
        assert is_locked(str(path)) is True
    assert is_locked(str(path)) is False
    with held(demo, "somebody"):
        assert lock_held(root, START) is None


def test_a_lock_that_is_held_for_long_is_told_and_left_alone(demo: Project) -> None:
    with held(demo, "process 1 of alex since 2026-01-05T08:00:00Z") as path:
        told = result(demo)
        assert is_locked(str(path)) is True
    assert (told["outcomes"], told["inquiries"]) == ([], [])


def test_a_healthy_look_at_what_is_to_come_is_quick(demo: Project) -> None:
    remembered(demo, 200, SPACING, disk_free=lambda back: 412e6 + back, cache_size=lambda back: 1e6 + back)
    found = foresight(demo)
    began = time.perf_counter()
    found.predictions()
    assert time.perf_counter() - began < 0.5
