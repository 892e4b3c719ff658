"""`wt setup schedule` puts upkeep into the user's own schedule, and takes out what it put in and nothing else."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from domain.playbooks.upkeep import SCHEMA
from domain.shape import seconds_of
from tests.e2e.conftest import NOW, Project
from tests.projects import demo_project

# Notes what it is asked, and remembers what was enabled, as the real one does with links.
SYSTEMCTL = """#!/bin/sh
echo "$*" >> {log}
case "$2" in
  enable) touch {enabled};;
  disable) rm -f {enabled};;
  is-enabled) test -e {enabled};;
esac
"""
REFUSING = "#!/bin/sh\necho 'Failed to connect to bus'\nexit 1\n"


@pytest.fixture
def demo(tmp_path: Path) -> Project:
    folder = tmp_path / 'a "plan" with 100% $odd\\names'
    folder.mkdir()
    project = demo_project(folder)
    project.env |= {"XDG_CONFIG_HOME": str(tmp_path / "config"), "PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin"}
    (tmp_path / "bin").mkdir()
    done = [{"schema": SCHEMA, "period": period, "at": seconds_of(NOW)} for period in ("weekly", "monthly")]
    (folder / ".ecw/state/upkeep.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in done))
    return project


@pytest.fixture
def scheduled(demo: Project, tmp_path: Path) -> Project:
    """Where the user's systemd runs."""
    (tmp_path / "run" / "systemd").mkdir(parents=True)
    demo.env |= {"XDG_RUNTIME_DIR": str(tmp_path / "run")}
    put(tmp_path / "bin" / "systemctl", SYSTEMCTL.format(log=tmp_path / "log", enabled=tmp_path / "enabled"))
    return demo


def put(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def units(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "config").glob("systemd/user/*"))


def asked(tmp_path: Path) -> list[str]:
    return [
        line.partition("--user ")[2].partition(" wt-upkeep")[0] for line in (tmp_path / "log").read_text().split("\n")
    ]


# --- systemd ----------------------------------------------------------------------------------------------------------


def test_setting_up_writes_a_service_and_a_timer_and_tells_systemd(scheduled: Project, tmp_path: Path) -> None:
    assert scheduled.say("setup", "schedule", "--check").code == 1
    done = scheduled.say("setup", "schedule")
    assert done.code == 0 and all(str(unit) in done.out for unit in units(tmp_path))
    assert [unit.suffix for unit in units(tmp_path)] == [".service", ".timer"]
    assert "enable --now" in asked(tmp_path)
    assert scheduled.say("setup", "schedule", "--check").code == 0
    assert scheduled.json("setup", "schedule")["outcome"] == "unchanged"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze here")
def test_systemd_itself_finds_nothing_wrong_with_the_units(scheduled: Project, tmp_path: Path) -> None:
    scheduled.say("setup", "schedule")
    done = subprocess.run(
        ["systemd-analyze", "--user", "verify", *map(str, units(tmp_path))],
        capture_output=True,
        text=True,
        env={"XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )
    said = [line for line in done.stderr.split("\n") if "wt-upkeep" in line]
    assert (done.returncode, said) == (0, []), done


def test_what_the_service_starts_is_this_very_wt_in_this_very_folder(scheduled: Project, tmp_path: Path) -> None:
    """The lines are read back by the rules of systemd, and run."""
    scheduled.say("setup", "schedule")
    lines = dict(line.split("=", 1) for line in units(tmp_path)[0].read_text().split("\n") if "=" in line)
    folder = lines["WorkingDirectory"].replace("%%", "%")
    words = lines["ExecStart"].strip('"').split('" "')
    command = [word.replace("%%", "%").replace("$$", "$").replace('\\"', '"').replace("\\\\", "\\") for word in words]
    assert folder == str(scheduled.folder)
    done = subprocess.run(command, cwd=folder, env=scheduled.env, capture_output=True, text=True)
    assert done.returncode == 0 and "upkeep" in done.stdout, done
    assert '"period":"daily"' in (scheduled.folder / ".ecw/state/upkeep.jsonl").read_text()


def test_removing_takes_out_what_was_put_in_and_nothing_else(scheduled: Project, tmp_path: Path) -> None:
    other = tmp_path / "config/systemd/user/other.timer"
    other.parent.mkdir(parents=True)
    other.write_text("[Timer]\n")
    scheduled.say("setup", "schedule")
    assert scheduled.say("setup", "schedule", "--remove").code == 0
    assert units(tmp_path) == [other] and not (tmp_path / "enabled").exists()
    assert scheduled.json("setup", "schedule", "--remove")["outcome"] == "unchanged"
    assert scheduled.say("setup", "schedule", "--check").code == 1


def test_two_projects_have_their_own_units(scheduled: Project, tmp_path: Path) -> None:
    second = scheduled.copied_to(tmp_path / "second")
    second.env |= {name: scheduled.env[name] for name in ("XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "PATH")}
    scheduled.say("setup", "schedule")
    second.say("setup", "schedule")
    assert len(units(tmp_path)) == 4
    scheduled.say("setup", "schedule", "--remove")
    assert len(units(tmp_path)) == 2 and str(second.folder) in units(tmp_path)[0].read_text()


def test_a_unit_that_somebody_edited_is_theirs(scheduled: Project, tmp_path: Path) -> None:
    scheduled.say("setup", "schedule")
    timer = units(tmp_path)[1]
    timer.write_text(timer.read_text().replace("daily\nPersistent", "hourly\nPersistent"))
    before = timer.read_text()
    for words in ([], ["--remove"]):
        done = scheduled.say("setup", "schedule", *words)
        assert done.code == 2 and "was edited" in done.err
    assert timer.read_text() == before
    assert "was edited" in scheduled.say("setup", "schedule", "--check").out


def test_a_unit_of_an_older_wt_is_replaced(scheduled: Project, tmp_path: Path) -> None:
    from infrastructure.codec import digest

    scheduled.say("setup", "schedule")
    timer = units(tmp_path)[1]
    older = "[Timer]\nOnCalendar=weekly\n"
    timer.write_text(f"# Written by wt, digest {digest(older.encode())}\n{older}")
    assert scheduled.say("setup", "schedule").code == 0
    assert "OnCalendar=daily" in timer.read_text()


def test_a_systemd_that_takes_nothing_leaves_nothing_behind(scheduled: Project, tmp_path: Path) -> None:
    put(tmp_path / "bin" / "systemctl", REFUSING)
    done = scheduled.say("setup", "schedule")
    assert done.code == 1 and "Failed to connect to bus" in done.err
    assert units(tmp_path) == []


def test_a_rehearsal_and_a_look_write_nothing(scheduled: Project, tmp_path: Path) -> None:
    scheduled.say("setup", "schedule", "--dry-run")
    shown = scheduled.say("setup", "schedule", "--print").out
    assert "[Timer]" in shown and "[Service]" in shown
    assert units(tmp_path) == []


# --- cron -------------------------------------------------------------------------------------------------------------


def test_without_systemd_a_line_for_cron_is_shown_and_nothing_written(demo: Project, tmp_path: Path) -> None:
    reply = demo.json("setup", "schedule")
    line = reply["data"]["cron"]
    assert reply["outcome"] == "answered" and line.split()[1:5] == ["4", "*", "*", "*"]
    assert units(tmp_path) == []
    command = line.split(" ", 5)[5].replace("\\%", "%").replace(" >/dev/null 2>&1", "")
    done = subprocess.run(["sh", "-c", command], env=demo.env, capture_output=True, text=True)
    assert done.returncode == 0 and "upkeep" in done.stdout, done


def test_a_line_that_is_in_the_crontab_is_seen(demo: Project, tmp_path: Path) -> None:
    line = demo.json("setup", "schedule")["data"]["cron"]
    (tmp_path / "table").write_text(f"# mine\n{line}\n")
    put(tmp_path / "bin" / "crontab", f"#!/bin/sh\ncat {tmp_path / 'table'}\n")
    assert demo.say("setup", "schedule", "--check").code == 0
    assert demo.json("setup", "schedule")["outcome"] == "unchanged"
    assert demo.json("setup", "schedule", "--remove")["hint"] == "Take it out with: crontab -e"


def test_outside_a_project_nothing_is_scheduled(tmp_path: Path) -> None:
    done = Project(tmp_path).say("setup", "schedule")
    assert done.code == 1 and "nothing of wt here" in done.err


def test_an_option_of_another_setup_is_refused(demo: Project) -> None:
    assert demo.say("setup", "schedule", "--fail-closed").code == 2
    assert demo.say("setup", "git", "--print").code == 2
