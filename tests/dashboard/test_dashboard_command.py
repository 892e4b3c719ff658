"""`wt dashboard` as people and programs use it: where the page lands, what is never replaced, what is shown of trouble."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import NoReturn

import pytest

from domain.dashboard import page
from domain.errors import Unavailable
from infrastructure import bootstrap
from infrastructure.codec import encode
from infrastructure.dashboard import ProjectDashboard
from infrastructure.router import Invocation
from tests.dashboard.boards import NOW, Parsed
from tests.e2e.conftest import Project, empty_project
from tests.projects import PLAN, demo_project, journal_of
from tests.samples import large_tracker

USUAL = ".ecw/state/dashboard.html"


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return demo_project(tmp_path_factory.mktemp("demo"))


@pytest.fixture
def demo(made: Project, tmp_path: Path) -> Project:
    return made.copied_to(tmp_path / "demo")


def drawn(project: Project, name: str = USUAL) -> str:
    """What the page says."""
    return Parsed((project.folder / name).read_text(encoding="utf-8")).said("style", "title", "desc")


# --- how it is said ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        "dashboard",
        "draw the dashboard",
        "please show me the dashboard!",
        "Update our dashboard",
        "could you redraw the dashboard",
    ],
)
def test_a_sentence_draws_the_dashboard(demo: Project, said: str) -> None:
    assert [c["command"] for c in demo.json("--dry-run", said)["understood"]] == ["draw_dashboard"]


@pytest.mark.parametrize(
    "said",
    [
        "don't draw the dashboard",
        "if it is late draw the dashboard",
        "is the dashboard done?",
        "complete the dashboard",
        "delete the dashboard",
        "maybe show the dashboard",
        "draw the dashboard to docs/plans/demo.json",
    ],
)
def test_what_is_not_plainly_said_draws_nothing(demo: Project, said: str) -> None:
    demo.say(said)
    assert not (demo.folder / USUAL).exists()


def test_a_title_may_speak_of_a_dashboard(demo: Project) -> None:
    demo.do("add task to phase 1: Draw the dashboard", "add task to phase 1: Dashboard")
    assert [demo.task(id)["title"] for id in ("1.3", "1.4")] == ["Draw the dashboard", "Dashboard"]
    demo.do("1.4 is done")


# --- the file ---------------------------------------------------------------------------------------------------------


def test_the_page_shows_the_project_and_is_drawn_anew_only_when_something_changed(demo: Project) -> None:
    demo.do("mark 1.1 complete", "block 1.2 because the paint is late")
    first = demo.json("dashboard")
    assert (first["outcome"], first["data"]["path"]) == ("changed", USUAL)
    assert first["data"]["url"] == (demo.folder / USUAL).as_uri()
    assert (first["data"]["complete"], first["data"]["tasks"], first["data"]["percent"]) == (1, 3, 33)
    told = drawn(demo)
    assert all(words in told for words in ("1. Build", "33%", "the paint is late", "2026-01-05 09:00 UTC"))
    again = demo.json("draw the dashboard")
    assert (again["outcome"], again["data"]["bytes"]) == ("unchanged", first["data"]["bytes"])


def test_a_rehearsal_writes_nothing(demo: Project) -> None:
    assert demo.json("dashboard", "--dry-run")["outcome"] == "changed"
    assert not (demo.folder / USUAL).exists()


def test_the_page_may_be_put_elsewhere(demo: Project) -> None:
    done = demo.say("dashboard", "--output", "status.html")
    assert (done.code, done.out.splitlines()[0]) == (0, "The dashboard is drawn: status.html")
    assert "Build" in drawn(demo, "status.html")
    assert demo.say("draw the dashboard to status.html").code == 0


@pytest.mark.parametrize(
    ("output", "code", "said"),
    [
        ("docs/plans/demo.json", 2, "A dashboard is a page of HTML, and docs/plans/demo.json does not end in .html."),
        ("mine.html", 2, "mine.html is no dashboard, so it is not replaced."),
        ("nowhere/x.html", 1, "nowhere/x.html cannot be written"),
        ("folder.html", 1, "folder.html"),
    ],
)
def test_nothing_but_a_dashboard_is_ever_replaced(demo: Project, output: str, code: int, said: str) -> None:
    (demo.folder / "mine.html").write_text("<h1>mine</h1>")
    (demo.folder / "folder.html").mkdir()
    demo.do("show progress")  # a first look: what it remembers is no drawing
    before = demo.fingerprint()
    done = demo.say("dashboard", "--output", output)
    assert (done.code, done.out) == (code, "") and done.err.startswith(said), done
    assert demo.fingerprint() == before


def test_where_there_is_nothing_of_wt_nothing_is_made(tmp_path: Path) -> None:
    done = Project(tmp_path).say("dashboard")
    assert (done.code, done.err.splitlines()[0]) == (3, "There is nothing of wt here to draw.")
    assert list(tmp_path.iterdir()) == []


def test_one_tracker_alone_can_be_drawn(demo: Project) -> None:
    demo.do('init "Other"')
    assert [plan["name"] for plan in demo.json("dashboard")["data"]["plans"]] == [PLAN, "docs/plans/other.json"]
    assert [plan["name"] for plan in demo.json("dashboard", "--tracker", "other")["data"]["plans"]] == [
        "docs/plans/other.json"
    ]
    assert demo.say("dashboard", "--tracker", "none").code == 3


# --- trouble ----------------------------------------------------------------------------------------------------------


def test_a_tracker_that_cannot_be_read_is_shown_as_such_and_hides_no_other(demo: Project) -> None:
    demo.do('init "Other"')
    demo.path("third.json").write_text("no tracker at all", encoding="utf-8")
    reply = demo.json("dashboard")
    assert [bool(plan["problem"]) for plan in reply["data"]["plans"]] == [False, False, True]
    assert "cannot be read" in drawn(demo)


def test_a_damaged_tracker_is_drawn_from_its_proven_state_and_that_is_said(demo: Project) -> None:
    demo.do("mark 1.1 complete")
    demo.path("demo.json").write_text(demo.path("demo.json").read_text()[:200])
    before = demo.path("demo.json").read_bytes()
    reply = demo.json("dashboard")
    assert (reply["data"]["percent"], reply["data"]["plans"][0]["problem"]) == (33, "")
    assert "▲" in drawn(demo)
    assert demo.path("demo.json").read_bytes() == before


@pytest.mark.parametrize("garbage", ["", "{", "[1, 2]", '{"schema": "wt.outcome/1"}', "\0\x80"])
def test_state_that_cannot_be_read_is_no_traceback(demo: Project, garbage: str) -> None:
    demo.do("dashboard")
    state = demo.folder / ".ecw/state"
    for name in (
        "outcomes.jsonl",
        "inquiries.jsonl",
        "healing.jsonl",
        "probes.json",
        "disputes.json",
        "operations.log",
    ):
        (state / name).write_text(garbage, encoding="latin-1")
    (state / "healing").mkdir(exist_ok=True)
    for name in ("healing", "disabled playbooks", "git.remote%3aorigin"):
        (state / "healing" / f"{name}.json").write_text(garbage, encoding="latin-1")
    done = demo.say("dashboard", "--json")
    assert done.reply["outcome"] in ("changed", "unchanged"), done
    assert "Build" in drawn(demo)


def test_a_journal_that_cannot_be_read_costs_only_the_curve(demo: Project) -> None:
    journal_of(demo).write_bytes(b"\xff\xfe torn")
    demo.do("dashboard")
    assert "The burn-up begins with the second change to the plan." in drawn(demo)


def test_a_part_that_cannot_be_asked_is_told_and_hides_no_other(demo: Project) -> None:
    session = bootstrap.session(Invocation(), demo.env, str(demo.folder))

    def broken() -> NoReturn:
        raise Unavailable("The disk does not answer.")

    parts = {"healing": broken, "probing": broken, "playing": broken, "asking": broken}
    board = ProjectDashboard(
        session.root, session.root, session.trackers, wanted=None, clock=lambda: NOW, **parts
    ).board()
    told = Parsed(page(board)).said("style")
    assert board.troubles == ("The disk does not answer.",) and told.count("The disk does not answer.") == 1
    assert "1. Build" in told and "What the probes say cannot be read." in told


# --- what happened ----------------------------------------------------------------------------------------------------


def test_what_was_healed_and_what_waits_for_a_person_is_shown(demo: Project) -> None:
    page = demo.path("demo.md")
    page.write_text(page.read_text() + "edited\n")
    demo.do("heal")
    demo.do("dashboard")
    told = drawn(demo)
    assert "markdown_drift" in told and "healed 1" in told and "n/a below ten" in told


def test_what_waits_for_a_person_is_shown_with_the_way_to_answer(demo: Project) -> None:
    demo.say("heal", env={"WT_NOW": "2026-01-02T09:00:00Z"})  # the clock has gone back: that is for a person
    demo.say("delete all tasks of phase 1")  # and so is that
    reply = demo.json("dashboard")
    rows = demo.json("inbox")["data"]["inbox"]
    assert len(rows) == reply["data"]["waiting"] == 2
    assert all(row["answer"] in drawn(demo) for row in rows)


def test_what_is_to_come_and_the_upkeep_that_is_due_is_shown(demo: Project) -> None:
    demo.do("dashboard")
    told = drawn(demo)
    assert "Too little was measured yet" in told and "never" in told and "due" in told


def test_probes_that_were_asked_are_shown_with_their_verdict(demo: Project) -> None:
    demo.say("run probe disk")
    demo.do("dashboard")
    assert "there is room to write" in drawn(demo) and "agree" in drawn(demo)


def test_a_large_plan_is_drawn_in_two_seconds(tmp_path: Path) -> None:
    project = empty_project(tmp_path)
    (project.folder / "docs/plans").mkdir(parents=True)
    project.path("large.json").write_text(encode(large_tracker(10_000)), encoding="utf-8")
    project.say("show progress")  # a file that wt has not written is checked whole, once
    began = time.process_time()
    reply = project.json("dashboard")
    assert time.process_time() - began < 2
    assert reply["data"]["tasks"] == 10_000 and reply["data"]["bytes"] < 2_000_000


def test_the_page_of_a_fixed_clock_is_the_same_to_the_byte(demo: Project) -> None:
    pages = []
    for name in ("one.html", "two.html"):
        demo.do(f"draw the dashboard to {name}")
        pages.append((demo.folder / name).read_bytes())
    assert pages[0] == pages[1]
    assert json.loads(demo.say("--json", "draw the dashboard to two.html").out)["outcome"] == "unchanged"
