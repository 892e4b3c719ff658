"""A session begins and ends with a quick look: healed and said, never waited for, off where somebody wants that."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from infrastructure.session_healing import LONGEST, in_a_child, remark, told
from tests.e2e.conftest import Project
from tests.hooks.test_hook_protocol import answered, payload
from tests.projects import demo_project
from tests.test_foresight import cache_of, failing, remembered


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = demo_project(tmp_path)
    project.do("show progress")
    return project


def begin(project: Project, source: str = "startup") -> str:
    return answered(project, "session-start", payload("SessionStart", project, source=source)).out


def drift(project: Project) -> Path:
    page = project.path("demo.md")
    page.write_text(page.read_text() + "edited\n")
    return page


def history(project: Project) -> list[dict[str, Any]]:  # Any: JSON as parsed
    return list(project.json("playbook", "history")["data"]["outcomes"])


def test_a_session_begins_with_what_was_healed(project: Project) -> None:
    page = drift(project)
    said = begin(project)
    assert "wt has healed on the way: markdown_drift (wt playbook history)." in said
    assert "edited" not in page.read_text()
    (outcome,) = history(project)
    assert (outcome["trigger"], outcome["result"]) == ("session", "healed")


def test_a_healthy_session_begins_without_a_word_about_healing(project: Project) -> None:
    said = begin(project)
    assert "0 of 3 tasks complete" in said and "heal" not in said
    assert history(project) == []


def test_a_session_ends_in_order_and_in_silence(project: Project) -> None:
    page = drift(project)
    done = answered(project, "session-end", payload("SessionEnd", project, reason="other"))
    assert (done.code, done.out, done.err) == (0, "", "")
    assert "edited" not in page.read_text()


def test_what_needs_more_than_that_is_named_and_left(project: Project) -> None:
    file = project.path("demo.json")
    torn = file.read_bytes()[:-30]
    file.write_bytes(torn)
    assert "There is more that wt heal is for: tracker_corruption." in begin(project)
    assert file.read_bytes() == torn
    assert project.json("heal", "--plan")["data"]["troubles"][0]["playbook"] == "tracker_corruption"


def test_what_is_foreseen_is_treated_beforehand_at_a_session(project: Project) -> None:
    cache_of(project, 50)
    remembered(project, cache_size=lambda back: (49 - back) * 1e6)
    assert "healed on the way: cache_filling" in begin(project)
    assert [outcome["trigger"] for outcome in history(project)] == ["prediction"]


def test_questions_that_wait_are_counted(project: Project) -> None:
    failing(project)
    project.say("heal")
    assert "1 question waits" in begin(project)


def test_it_can_be_switched_off(project: Project) -> None:
    page = drift(project)
    (project.folder / ".ecw/config.json").write_text('{"heal_at_session": false}')
    assert "healed" not in begin(project)
    assert page.read_text().endswith("edited\n")


def test_healing_that_was_stopped_stays_stopped(project: Project) -> None:
    page = drift(project)
    project.do("stop healing")
    begin(project)
    assert page.read_text().endswith("edited\n")


@pytest.mark.parametrize("source", ["clear", "compact"])
def test_a_shorter_memory_begins_no_session(project: Project, source: str) -> None:
    page = drift(project)
    assert "0 of 3" in begin(project, source)
    assert page.read_text().endswith("edited\n")


def test_another_healer_at_work_is_not_waited_for(project: Project) -> None:
    from infrastructure.atomic import Lock

    drift(project)
    folder = project.folder / ".ecw/state/healing"
    folder.mkdir(parents=True, exist_ok=True)
    with Lock(str(folder / "healer.lock"), timeout=1, holder="another"):
        began = time.monotonic()
        assert "0 of 3" in begin(project)
        assert time.monotonic() - began < 5


def test_whatever_hangs_a_hook_does_not(project: Project) -> None:
    began = time.monotonic()
    assert in_a_child(lambda: str(time.sleep(60)), 0.2) == ""
    assert remark(str(project.folder), str(project.folder), seconds=0.0) == ""
    assert time.monotonic() - began < 5


def test_a_child_that_fails_says_nothing_and_leaves_nobody_behind() -> None:
    assert in_a_child(lambda: str(1 // 0), 5) == ""
    assert in_a_child(lambda: "all is well", 5) == "all is well"
    assert in_a_child(lambda: "x" * 10_000, 5) == "x" * 4096
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_what_is_said_is_bounded(project: Project) -> None:
    report = {"healed": [f"playbook_{number}" for number in range(99)], "left": [], "foreseen": []}
    assert len(told(report)) > LONGEST
    for number in range(40):
        project.do(f"add task to phase 1: {'Paint wall ' * 20}{number}", f"start 1.{number + 3}")
    drift(project)
    assert len(begin(project)) <= 4500


def test_settings_that_cannot_be_read_hold_no_session_up(project: Project) -> None:
    (project.folder / ".ecw/config.json").write_text("{")
    assert answered(project, "session-start", payload("SessionStart", project, source="startup")).code == 0


def test_the_end_of_a_session_is_no_guard(project: Project) -> None:
    """Settings of an older wt, without it, do not count as hooks that were switched off."""
    from infrastructure import setup_claude

    root = str(project.folder)
    setup_claude.set_up(root, setup_claude.program())
    settings = project.folder / ".claude/settings.json"
    document = json.loads(settings.read_text())
    del document["hooks"]["SessionEnd"]
    settings.write_text(json.dumps(document))
    assert not setup_claude.is_broken(root)
    del document["hooks"]["PreToolUse"]
    settings.write_text(json.dumps(document))
    assert setup_claude.is_broken(root)
