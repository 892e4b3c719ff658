"""`wt upkeep` in a real project: what each step does, what is due, and that nothing of anybody's is touched."""

from __future__ import annotations

import gzip
import json
import os
import py_compile
from pathlib import Path
from typing import Any

import pytest

from domain.playbooks.outcomes import HealingOutcome, Taken
from domain.playbooks.upkeep import SCHEMA, STEPS
from domain.shape import seconds_of
from infrastructure.atomic import Lock
from infrastructure.tidying import ARCHIVED, Tidying, _is_compiled
from tests.e2e.conftest import NOW, Project
from tests.projects import demo_project, snapshots_of
from tests.test_foresight import cache_of, failing, remembered

MB = 1_000_000
LONG_AGO = seconds_of(NOW) - 40 * 86_400


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return demo_project(tmp_path_factory.mktemp("demo"))


@pytest.fixture
def demo(made: Project, tmp_path: Path) -> Project:
    project = made.copied_to(tmp_path / "demo")
    project.do("show progress")
    return project


def step_of(project: Project, period: str, step: str) -> dict[str, Any]:  # Any: JSON as parsed
    """What one step came to."""
    done = project.say("--json", "upkeep", period, "--step", step)
    assert done.code == 0, done
    (told,) = done.reply["data"]["upkeep"][0]["steps"]
    return dict(told)


def upkeep(project: Project, period: str, **env: str) -> dict[str, dict[str, Any]]:  # Any: JSON as parsed
    """step -> what it came to."""
    done = project.say("--json", "upkeep", period, env=env)
    assert done.code == 0, done
    (run,) = done.reply["data"]["upkeep"]
    return {step["step"]: step for step in run["steps"]}


def aged(path: Path, moment: float = LONG_AGO) -> Path:
    os.utime(path, (moment, moment))
    return path


# --- how it is said ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "command", "slots"),
    [
        ("upkeep", "show_upkeep", {}),
        ("what upkeep is due?", "show_upkeep", {}),
        ("do the daily upkeep", "do_upkeep", {"period": "daily"}),
        ("please run our weekly upkeep now", "do_upkeep", {"period": "weekly"}),
        ("upkeep monthly", "do_upkeep", {"period": "monthly"}),
        ("do the upkeep that is due", "do_upkeep", {"period": "due"}),
        ("what is foreseen?", "show_predictions", {}),
        ("show the predictions", "show_predictions", {}),
    ],
)
def test_upkeep_can_be_said(demo: Project, said: str, command: str, slots: dict[str, str]) -> None:
    (understood,) = demo.json("--dry-run", said)["understood"]
    assert (understood["command"], understood["slots"]) == (command, slots)


@pytest.mark.parametrize(
    "said",
    ["add task to phase 1: Do the daily upkeep", "note on 1.1: the upkeep is due", "rename 1.2 to Weekly upkeep"],
)
def test_a_sentence_about_a_task_may_speak_of_upkeep(demo: Project, said: str) -> None:
    (understood,) = demo.json("--dry-run", said)["understood"]
    assert understood["command"] in ("add_task", "add_note", "rename")


def test_a_denied_upkeep_is_not_done(demo: Project) -> None:
    demo.say("don't do the daily upkeep")
    demo.say("should I do the daily upkeep?")
    assert not (demo.folder / ".ecw/state/upkeep.jsonl").exists()


def test_a_period_that_there_is_not_is_told(demo: Project) -> None:
    done = demo.say("upkeep", "hourly", "--json")
    assert done.code == 2
    assert "daily, weekly, monthly" in (done.reply["hint"] or "")


# --- what is due ------------------------------------------------------------------------------------------------------


def test_what_is_due_is_shown_done_and_remembered(demo: Project) -> None:
    assert demo.json("upkeep")["data"]["due"] == ["daily", "weekly", "monthly"]
    done_before = {"schema": SCHEMA, "period": "monthly", "at": seconds_of(NOW)}
    (demo.folder / ".ecw/state/upkeep.jsonl").write_text(f"{json.dumps(done_before)}\n")
    upkeep(demo, "daily")
    assert demo.json("upkeep")["data"]["due"] == ["weekly"]
    done = demo.say("--json", "upkeep", "due")
    assert [run["period"] for run in done.reply["data"]["upkeep"]] == ["weekly"]
    assert demo.json("upkeep", "due")["message"] == "No upkeep is due."
    tomorrow = demo.say("--json", "upkeep", env={"WT_NOW": "2026-01-06T09:00:00Z"}).reply
    assert tomorrow["data"]["due"] == ["daily"]


def test_a_rehearsal_of_upkeep_shows_its_steps_and_does_nothing(demo: Project) -> None:
    before = demo.fingerprint()
    done = demo.say("upkeep", "monthly", "--dry-run")
    assert done.code == 0 and all(step.name in done.out for step in STEPS if step.period == "monthly")
    assert demo.fingerprint() == before


def test_where_nothing_of_wt_is_there_is_nothing_to_keep_up(tmp_path: Path) -> None:
    done = Project(tmp_path).say("upkeep", "daily")
    assert done.code == 3
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("period", ["daily", "weekly"])
def test_a_healthy_project_stays_as_it_is(demo: Project, period: str) -> None:
    plans = {path.name: path.read_bytes() for path in demo.path("").iterdir()}
    steps = upkeep(demo, period)
    assert [name for name, step in steps.items() if step["outcome"] in ("failed", "late", "found")] == []
    assert list(steps) == [step.name for step in STEPS if step.period == period]
    assert period != "weekly" or steps["test_probes"]["data"]["tested"] > 10
    assert {path.name: path.read_bytes() for path in demo.path("").iterdir()} == plans


@pytest.mark.skipif(not os.environ.get("WT_SLOW_TESTS"), reason="it runs the self-test: WT_SLOW_TESTS=1")
def test_the_monthly_upkeep_runs_whole(demo: Project) -> None:
    steps = upkeep(demo, "monthly")
    assert [name for name, step in steps.items() if step["outcome"] in ("failed", "late", "found")] == []
    assert steps["rehearse"]["data"]["figures"]["is_reached"]
    assert "monthly" not in demo.json("upkeep")["data"]["due"]


def test_a_step_alone_is_done_and_leaves_the_period_due(demo: Project) -> None:
    assert step_of(demo, "monthly", "examine")["outcome"] == "nothing"
    assert "monthly" in demo.json("upkeep")["data"]["due"]
    done = demo.say("--json", "upkeep", "daily", "--step", "examine")
    assert (done.code, "review_heals" in (done.reply["hint"] or "")) == (3, True)
    assert demo.say("upkeep", "due", "--step", "examine").code == 2


# --- daily ------------------------------------------------------------------------------------------------------------


def test_the_daily_upkeep_heals_and_says_who_called(demo: Project) -> None:
    page = demo.path("demo.md")
    page.write_text(page.read_text() + "edited\n")
    steps = upkeep(demo, "daily")
    assert (steps["heal"]["outcome"], steps["heal"]["data"]["healed"]) == ("done", ["markdown_drift"])
    assert steps["review_heals"]["said"] == "1 treatment since the last time: 1 healed"
    (outcome,) = demo.json("playbook", "history")["data"]["outcomes"]
    assert outcome["trigger"] == "schedule"


def test_healing_that_is_stopped_is_told_and_stops_no_other_step(demo: Project) -> None:
    cache_of(demo, 1)
    demo.do("stop healing")
    steps = upkeep(demo, "daily")
    assert (steps["heal"]["outcome"], steps["heal"]["said"]) == ("found", "healing was stopped by alex")
    assert "healing was stopped by alex" in steps["clear_temporary"]["data"]["still_in_force"]
    assert steps["validate_playbooks"]["outcome"] == "nothing"


def test_a_healer_at_work_makes_a_step_fail_and_the_rest_goes_on(demo: Project) -> None:
    folder = demo.folder / ".ecw/state/healing"
    folder.mkdir(parents=True, exist_ok=True)
    with Lock(str(folder / "healer.lock"), timeout=1, holder="another"):
        done = demo.say("--json", "upkeep", "daily")
    assert done.code == 1
    (run,) = done.reply["data"]["upkeep"]
    outcomes = {step["step"]: step["outcome"] for step in run["steps"]}
    assert outcomes["heal"] == "failed" and outcomes["review_heals"] == "nothing"


def test_temporary_fixes_that_stayed_are_told(demo: Project) -> None:
    demo.do("disable the playbook markdown_drift")
    step = upkeep(demo, "daily")["clear_temporary"]
    assert (step["outcome"], step["data"]["still_in_force"]) == ("found", ["the playbook markdown_drift is disabled"])


def test_a_playbook_that_is_refused_is_told(demo: Project) -> None:
    folder = demo.folder / ".ecw/playbooks"
    folder.mkdir()
    (folder / "own.yaml").write_text("playbook: {id: own}\n")
    step = upkeep(demo, "daily")["validate_playbooks"]
    assert step["outcome"] == "found" and ".ecw/playbooks/own.yaml:1" in step["said"]


def test_what_is_foreseen_is_told(demo: Project) -> None:
    cache_of(demo, 30)
    remembered(demo, cache_size=lambda back: (29 - 0.5 * back) * MB, backups_size=lambda back: 10_000 - back)
    assert upkeep(demo, "daily")["update_metrics"]["outcome"] == "nothing"
    remembered(demo, cache_size=lambda back: (29 - 2 * back) * MB)
    step = upkeep(demo, "daily")["heal"]
    assert step["data"]["asked"] == [] or step["data"]["healed"] == ["cache_filling"]


def test_leftovers_are_taken_away_a_month_later_and_no_sooner(demo: Project) -> None:
    state = demo.folder / ".ecw/state"
    old, young = state / "healing" / "old.json.damaged", state / "young.json.damaged"
    old.parent.mkdir(exist_ok=True)
    old.write_text("{")
    young.write_text("{")
    aged(old), aged(young, seconds_of(NOW) - 86_400)  # type: ignore[func-returns-value]  # two calls
    upkeep(demo, "daily")
    assert (old.exists(), young.exists()) == (False, True)


def test_older_logs_are_packed_whole_and_bounded(demo: Project) -> None:
    state = demo.folder / ".ecw/state"
    for month in range(6):
        log = state / "operations.1.log"
        log.write_text(f"1767603600.123 {month} 1\n")
        aged(log, LONG_AGO + month)
        upkeep(demo, "daily")
        assert not log.exists()
    packed = sorted((state / "archive").iterdir())
    assert len(packed) == ARCHIVED
    assert gzip.decompress(packed[-1].read_bytes()) == b"1767603600.123 5 1\n"


def test_what_is_learnt_from_is_never_packed(demo: Project) -> None:
    for name in ("outcomes.jsonl", "outcomes.1.jsonl", "inquiries.jsonl", "inquiries.1.jsonl"):
        aged_file = demo.folder / ".ecw/state" / name
        aged_file.write_text("{}\n")
        aged(aged_file)
    step_of(demo, "daily", "clear_temporary")
    step_of(demo, "monthly", "optimise")
    assert len(list((demo.folder / ".ecw/state").glob("*s*.jsonl"))) >= 4
    assert not (demo.folder / ".ecw/state/archive").exists()


# --- weekly, monthly --------------------------------------------------------------------------------------------------


def test_what_waits_for_a_person_is_told(demo: Project) -> None:
    failing(demo)
    upkeep(demo, "daily")
    assert step_of(demo, "weekly", "review_inbox")["outcome"] == "found"
    assert step_of(demo, "weekly", "new_symptoms")["data"]["alarms"] == ["success_rate < 70"]


def test_a_snapshot_is_taken_of_what_has_changed_since(demo: Project) -> None:
    demo.do("mark 1.1 complete")
    before = len(snapshots_of(demo))
    step = step_of(demo, "monthly", "optimise")
    assert "take_snapshots: 1 snapshot taken" in step["said"]
    assert snapshots_of(demo)[-1].read_bytes() == demo.path("demo.json").read_bytes()
    assert len(snapshots_of(demo)) == before + 1
    assert step_of(demo, "monthly", "optimise")["outcome"] == "nothing"
    demo.do("mark 1.2 complete")
    assert demo.say("doctor").code == 0


def test_a_damaged_tracker_gets_no_snapshot(demo: Project) -> None:
    demo.do("mark 1.1 complete")
    before = len(snapshots_of(demo))
    demo.path("demo.json").write_bytes(b"{")
    assert "take_snapshots" not in step_of(demo, "monthly", "optimise")["said"]
    assert len(snapshots_of(demo)) == before


def test_what_is_not_compiled_is_told_from_what_is(tmp_path: Path) -> None:
    source = tmp_path / "module.py"
    source.write_text("x = 1\n")
    assert not _is_compiled(str(source))
    py_compile.compile(str(source))
    assert _is_compiled(str(source))
    source.write_text("x = 12\n")
    assert not _is_compiled(str(source))


def test_the_program_itself_is_compiled_whole(demo: Project) -> None:
    step_of(demo, "monthly", "optimise")
    tidying = Tidying(str(demo.folder), None, lambda: 0.0)  # type: ignore[arg-type]  # trackers have no part in it
    assert tidying.uncompiled() == []


def test_a_snapshot_beyond_retention_goes_and_the_rest_stays(demo: Project) -> None:
    (newest,) = snapshots_of(demo)[-1:]
    seq, _, mark = newest.name.split("_")
    for number in range(60):
        name = f"{int(seq) + number + 1:09d}_2026-01-05_{mark}"
        (newest.parent / name).write_bytes(newest.read_bytes())
    upkeep(demo, "daily")
    kept = snapshots_of(demo)
    assert len(kept) == 50
    assert kept[-1].name.startswith(f"{int(seq) + 60:09d}")


def test_what_the_doctor_finds_is_told(demo: Project) -> None:
    demo.path("demo.json").write_bytes(b"{")
    step = step_of(demo, "monthly", "examine")
    assert step["outcome"] == "found" and "demo.json" in json.dumps(step["data"])


def test_how_often_a_playbook_helped_is_not_rated_below_ten(demo: Project) -> None:
    page = demo.path("demo.md")
    page.write_text(page.read_text() + "edited\n")
    demo.do("heal")
    assert step_of(demo, "monthly", "review_effectiveness")["said"].startswith("markdown_drift: 1 of 1 (n/a, ")


def test_the_playbook_that_has_helped_least_is_tried_in_variations(demo: Project) -> None:
    assert step_of(demo, "weekly", "evolve")["said"] == "every playbook that was used has helped each time"
    steps = (Taken("fetch", "routine", "R1", "done"),)
    failed = HealingOutcome("x", "git_sync", 1, seconds_of(NOW) - 60, ("s",), "escalated", "f", "line", steps=steps)
    (demo.folder / ".ecw/state/outcomes.jsonl").write_text(f"{json.dumps(failed.to_document())}\n")
    step = step_of(demo, "weekly", "evolve")
    assert (step["data"]["playbook"], step["outcome"]) == ("git_sync", "nothing")


@pytest.mark.parametrize("said", ["upkeep daily", "evolve", "playbook plan", "reality check", "draw the dashboard"])
def test_what_runs_probes_git_or_throw_away_projects_says_nothing_about_how_fast_wt_is(
    demo: Project, said: str
) -> None:
    before = demo.json("health")["data"]["operations"]
    assert demo.say(said).code in (0, 1)
    assert demo.json("health")["data"]["operations"] == before
