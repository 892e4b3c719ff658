"""Commands that a repository brings run only when a person at a terminal has read and trusted exactly them."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

import pytest

from domain.errors import Unavailable
from domain.proof import Declared
from infrastructure.trust import TrustStore, digest
from tests.e2e.conftest import Project
from tests.projects import demo_project
from tests.trusting import answered, trust_everything

COMMAND = f"{sys.executable} -c 'print(1)'"


@pytest.fixture
def work(tmp_path: Path) -> Project:
    """A project whose task 1.1 has a command as its check; the user's own folder lies outside it."""
    (tmp_path / "project").mkdir()
    project = demo_project(tmp_path / "project")
    project.env["XDG_DATA_HOME"] = str(tmp_path / "data")
    project.do(f"verify 1.1 with `{COMMAND}`")
    return project


def trusted(project: Project) -> list[str]:
    return [row["command"] for row in project.json("trust", "list")["data"]["commands"] if row["trusted"]]


# --- who can trust ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments", [("complete 1.1",), ("run the checks of 1.1",), ("trust",), ("trust the commands",)]
)
def test_off_a_terminal_nothing_is_trusted_and_nothing_runs(work: Project, arguments: tuple[str, ...]) -> None:
    done = work.wt(*arguments)
    assert (done.code, done.out) == (4, "")
    assert 'type "wt trust"' in done.err and len(done.err.splitlines()) == 2
    assert trusted(work) == [] and not (work.folder.parent / "data").exists()
    assert work.task("1.1")["status"] == "pending"


@pytest.mark.parametrize("answers", ["y\n", "YES\n"])
def test_a_person_is_shown_the_whole_text_and_a_yes_trusts_it(work: Project, answers: str) -> None:
    screen = answered(work, answers)
    assert screen.code == 0
    assert f"    {COMMAND}" in screen.lines and any("docs/plans/demo.json" in line for line in screen.lines)
    assert trusted(work) == [COMMAND]
    assert work.wt("complete 1.1").code == 0  # now anywhere


@pytest.mark.parametrize("answers", ["", "\n", "n\n", "no\n", "sure\n", "yes please\n"])
def test_anything_but_a_plain_yes_is_a_no(work: Project, answers: str) -> None:
    assert "Nothing new is trusted; 1 command not trusted" in answered(work, answers).text
    assert trusted(work) == []


def test_completing_at_a_terminal_asks_on_the_spot(work: Project) -> None:
    assert answered(work, "n\n", "complete 1.1").code == 4
    assert work.task("1.1")["status"] == "pending"
    assert answered(work, "y\n", "complete 1.1").code == 0
    assert work.task("1.1")["status"] == "complete" and trusted(work) == [COMMAND]


@pytest.mark.parametrize("sign", ["CLAUDECODE", "CLAUDE_CODE_CHILD_SESSION"])
@pytest.mark.parametrize("arguments", [("trust",), ("complete 1.1",)])
def test_an_agent_that_opens_a_terminal_is_still_no_person(
    work: Project, sign: str, arguments: tuple[str, ...]
) -> None:
    screen = answered(work, "y\n", *arguments, env={sign: "1", "WT_ACTOR": "dana"})
    assert screen.code == 4 and "? [y/N]" not in screen.text
    assert trusted(work) == []


def test_programs_are_never_asked(work: Project) -> None:
    assert answered(work, "y\n", "--json", "trust").code == 4


def test_a_command_cannot_draw_over_the_question(work: Project) -> None:
    """What a file holds may be anything: it reaches the terminal as text."""
    path = work.path("demo.json")
    path.write_text(path.read_text(encoding="utf-8").replace("print(1)", r"print(1)\u001b[2K\rharmless"), "utf-8")
    assert r"\u001b[2K\u000dharmless" in answered(work, "n\n").text


# --- what is trusted ----------------------------------------------------------------------------------------------------


def test_trust_is_kept_outside_the_repository_for_the_user_alone(work: Project) -> None:
    before = work.fingerprint()
    trust_everything(work)
    assert work.fingerprint() == before
    kept = work.folder.parent / "data/ecw-work-tracker/trust.json"
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    row = json.loads(kept.read_text())["trusted"][0]
    assert row["path"] == str(work.path("demo.json")) and row["text"] == COMMAND and row["by"] == "alex"
    assert len(row["sha256"]) == 64


def test_a_changed_command_is_not_trusted_any_more(work: Project) -> None:
    trust_everything(work)
    path = work.path("demo.json")
    path.write_text(path.read_text(encoding="utf-8").replace("print(1)", "print(2)"), "utf-8")
    assert trusted(work) == [COMMAND] and work.wt("complete 1.1").code == 4


def test_a_changed_program_of_the_project_is_not_trusted_any_more(work: Project) -> None:
    program = work.folder / "check.sh"
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o755)
    work.do("verify 1.2 with `./check.sh`")
    trust_everything(work)
    assert work.wt("complete 1.2").code == 0
    work.do("reopen 1.2")
    program.write_text("#!/bin/sh\necho other\n")
    done = work.wt("complete 1.2")
    assert done.code == 4 and "no person has trusted" in done.err


def test_what_is_trusted_in_one_project_is_not_trusted_in_its_copy(work: Project) -> None:
    trust_everything(work)
    (work.folder.parent / "copy").mkdir()
    copy = work.copied_to(work.folder.parent / "copy")
    copy.env["XDG_DATA_HOME"] = work.env["XDG_DATA_HOME"]
    assert copy.wt("complete 1.1").code == 4


def test_trust_is_revoked_by_number_by_text_or_all_at_once(work: Project) -> None:
    work.do("verify 1.2 with `make lint`", "verify 2.1 with `make docs`")
    trust_everything(work)
    assert len(trusted(work)) == 3
    assert work.json("trust", "revoke", "2")["data"] == {"revoked": ["make lint"]}
    assert work.json("revoke trust in `make docs`")["data"] == {"revoked": ["make docs"]}
    assert work.say("trust", "revoke", "make docs").code == 3
    assert trusted(work) == [COMMAND]
    assert work.json("revoke all trust")["outcome"] == "changed"
    assert trusted(work) == [] and work.wt("complete 1.1").code == 4


def test_a_list_that_cannot_be_read_trusts_nothing(work: Project) -> None:
    trust_everything(work)
    (work.folder.parent / "data/ecw-work-tracker/trust.json").write_text('{"trusted": [{}]}')
    done = work.wt("complete 1.1")
    assert done.code == 1 and "nothing is trusted" in done.err
    assert work.task("1.1")["status"] == "pending"


def test_two_projects_share_one_list(tmp_path: Path) -> None:
    one, two = (TrustStore(str(tmp_path / name), str(tmp_path / "data/trust.json")) for name in ("one", "two"))
    one.add(Declared("a.json", "make"), "2026-01-05T09:00:00Z", "dana")
    two.add(Declared("a.json", "make"), "2026-01-05T09:00:00Z", "dana")
    one.remove(one.here())
    assert not one.trusts(Declared("a.json", "make")) and two.trusts(Declared("a.json", "make"))
    assert not two.trusts(Declared("b.json", "make"))


def test_a_text_with_an_open_quote_is_its_own_content(tmp_path: Path) -> None:
    assert digest(Declared("a", "it's\n"), str(tmp_path)) != digest(Declared("a", "its\n"), str(tmp_path))


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match="cannot be written"):
        TrustStore(str(tmp_path), str(tmp_path / "file/trust.json")).add(Declared("a", "b"), "", "")
