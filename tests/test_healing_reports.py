"""The report of healing as people and programs ask for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from infrastructure.router import Invocation, is_subcommand
from tests.e2e.conftest import Project
from tests.projects import demo_project


@pytest.fixture(scope="module")
def healed(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Two troubles were healed in it, a day apart."""
    project = demo_project(tmp_path_factory.mktemp("demo"))
    for day in (6, 7):
        page = project.path("demo.md")
        page.write_text(page.read_text() + "edited\n")
        assert project.say("heal", env={"WT_NOW": f"2026-01-0{day}T07:00:00Z"}).code == 0
    project.env["WT_NOW"] = "2026-01-07T09:00:00Z"
    return project


@pytest.mark.parametrize(
    ("said", "total"),
    [
        (("heal", "report"), 2),
        (("heal", "report", "--since", "12h"), 1),
        (("heal", "report", "--since", "2026-01-07"), 1),
        (("show the healing report",), 2),
        (("heal report since 12h",), 1),
        (("healing report since ever",), 2),
    ],
)
def test_a_report_is_asked_for_in_either_way(healed: Project, said: tuple[str, ...], total: int) -> None:
    reply = healed.json(*said)
    assert (reply["understood"][0]["command"], reply["outcome"]) == ("heal_report", "answered")
    assert reply["data"]["report"]["summary"]["total"] == total


def test_each_figure_names_outcomes_that_stand_in_the_log(healed: Project) -> None:
    log = (healed.folder / ".ecw/state/outcomes.jsonl").read_text().split("\n")
    known = {json.loads(line)["id"] for line in log if line}
    report = healed.json("heal", "report")["data"]["report"]
    assert set(report["summary"]["resolved"]["ids"]) == known
    assert set(report["insights"]["fixes"][0]["ids"]) == known
    assert all(id in healed.say("heal", "report", "--verbose").out for id in known)


def test_it_is_a_page_of_markdown_for_whoever_wants_one(healed: Project) -> None:
    for said in (("heal", "report", "--format", "markdown"), ("--format", "markdown", "heal report")):
        done = healed.say(*said)
        assert done.out.startswith("# Self-Healing Report\n\nPeriod: 2025-12-31 09:00:00 - 2026-01-07 09:00:00 (UTC)\n")
        assert "- Total Issues: 2\n" in done.out


@pytest.mark.parametrize(
    ("said", "line"),
    [
        (("heal", "report", "--since", "soon"), "'soon' is no time to begin with."),
        (
            ("heal", "report", "--plan"),
            "A report does nothing: --plan, --stop, --resume and --alert do not belong to it.",
        ),
        (("heal", "--since", "7d"), "--since belongs to a report."),
        (("heal", "--format", "markdown"), "Only heal report has the format markdown."),
        (("heal", "--plan", "reports"), "There is no wt heal reports."),
    ],
)
def test_what_belongs_to_no_report_is_said_in_a_line(healed: Project, said: tuple[str, ...], line: str) -> None:
    done = healed.say(*said)
    assert (done.code, done.err.splitlines()[0]) == (2, line)


def test_the_subcommand_heal_is_what_it_was(healed: Project) -> None:
    assert is_subcommand(Invocation(words=("heal",))) and is_subcommand(Invocation(words=("heal", "report")))
    assert not is_subcommand(Invocation(words=("heal", "everything")))
    assert healed.say("heal", "--plan").out.startswith("Nothing needs healing.\n")


def test_a_title_may_be_that_of_a_report(healed: Project, tmp_path: Path) -> None:
    project = healed.copied_to(tmp_path / "copy")
    project.do("add task to phase 1: Write the healing report")
    assert project.task("1.3")["title"] == "Write the healing report"


def test_outcomes_written_before_a_field_was_known_are_read_on(healed: Project, tmp_path: Path) -> None:
    project = healed.copied_to(tmp_path / "copy")
    log = project.folder / ".ecw/state/outcomes.jsonl"
    log.write_text(log.read_text().replace(',"approved_by":""', ""))
    assert "approved_by" not in log.read_text()
    assert project.json("heal", "report")["data"]["report"]["summary"]["total"] == 2
