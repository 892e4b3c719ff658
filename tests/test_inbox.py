"""The inbox as people, programs and agents meet it: what waits is shown in one list, and only a person agrees."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from domain.playbooks.inquiries import TIME_TO_LIVE, standings
from domain.playbooks.inquiries import answered as answered_line
from domain.probes.disputes import Dispute
from infrastructure.probe_state import ProbeState
from infrastructure.seals import Seals
from tests.consenting import AGENT, as_agent, in_one_terminal
from tests.e2e.conftest import Done, Project
from tests.e2e.test_terminal import Screen, on_a_terminal
from tests.projects import demo_project

CAREFUL = """playbook:
  id: careful
  symptoms: pages_stale > 0
  remediation:
    primary:
      - action: redraw_pages
        risk: {risk}
  escalate: {{recommended: Look at the page first}}
"""
LATER = {"WT_NOW": "2026-01-13T09:00:00Z"}  # eight days on: nobody answered


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return demo_project(tmp_path_factory.mktemp("demo"))


@pytest.fixture
def demo(made: Project, tmp_path: Path) -> Project:
    project = made.copied_to(tmp_path / "demo")
    project.do("playbook disable markdown_drift")
    return project


def asks(project: Project, risk: str = "R2") -> dict[str, Any]:  # Any: a JSON object
    """A page was edited, and what is done about that needs a person's leave: the inquiry."""
    folder = project.folder / ".ecw/playbooks"
    folder.mkdir(exist_ok=True)
    (folder / "careful.yaml").write_text(CAREFUL.format(risk=risk))
    page = project.path("demo.md")
    page.write_text(page.read_text() + "edited\n")
    (inquiry,) = project.json("heal")["data"]["inquiries"]
    return dict(inquiry)


def inbox(project: Project, *words: str, **env: str) -> list[dict[str, Any]]:  # Any: rows of JSON
    return list(project.say("--json", "inbox", *words, env=env).reply["data"]["inbox"])


def is_edited(project: Project) -> bool:
    return "edited" in project.path("demo.md").read_text()


def answered(project: Project, *words: str, typed: str = "yes\n") -> Screen:
    return on_a_terminal(project, *words, typed=typed, columns=200)


# --- looking ----------------------------------------------------------------------------------------------------------


def test_an_empty_inbox_says_so(demo: Project) -> None:
    assert demo.say("inbox").out == "Nothing waits for a person.\n"


def test_an_inquiry_is_shown_with_all_that_is_needed_to_answer_it(demo: Project) -> None:
    short = asks(demo)["id"][:4]
    told = demo.say("inbox").out.splitlines()
    assert told == [
        "1 thing waits for a person:",
        "",
        f"{short}  WARNING  healing  careful: pages_stale > 0",
        "  why: redraw_pages: it touches what cannot be made again, and 75% certainty is needed (n/a, never used here)",
        "  advice: Look at the page first",
        "  an approval lets wt do, once: redraw_pages (R2)",
        "  more: docs/HEALING.md",
        "  until 2026-01-12T09:00:00Z, then: deny",
        f"  answer: wt approve {short}, or wt deny {short}",
    ]


@pytest.mark.parametrize("said", ["what is waiting for me?", "show the inbox", "Inbox!", "please show me the inbox"])
def test_a_sentence_shows_it_too(demo: Project, said: str) -> None:
    asks(demo)
    assert demo.say(said).out == demo.say("inbox").out


def test_programs_are_told_the_whole_inquiry(demo: Project) -> None:
    asked = asks(demo)
    (row,) = inbox(demo)
    assert row["inquiry"] == asked
    assert {"attempts", "actions_tried", "last_error", "answer_schema", "ttl", "safe_default"} <= set(row["inquiry"])


def test_everything_that_waits_stands_in_one_list_the_gravest_first(demo: Project) -> None:
    asks(demo)
    as_agent(demo, "create initiative 20")
    demo.do("complete 1.1")
    task = demo.task("1.1")
    dispute = Dispute(task["uid"], "x", task["completed_at"], ("complete",), {"tests": ("3 failed",)})
    ProbeState(str(demo.folder)).keep(lambda known: known, {demo.tracker()["uid"]: (dispute,)})
    assert [row["kind"] for row in inbox(demo)] == ["dispute", "healing", "consent"]
    told = demo.say("inbox").out
    assert "task 1.1 of docs/plans/demo.json is complete, and reality disagrees" in told
    assert 'answer: put it right and say wt "reality check", or wt "reopen 1.1"' in told
    refused = answered(demo, "approve", "1.1")
    assert refused.code == 2 and "That is not answered with a yes or a no." in refused.text


def test_what_two_branches_disagree_about_is_shown_with_the_command_that_settles_it(demo: Project) -> None:
    path = demo.path("demo.json")
    row = '{"field":"title","ours":"Mine","theirs":"Yours"}'
    path.write_text(path.read_text().replace('"title":"Lay bricks"', f'"title":"Mine","conflicts":[{row}]', 1))
    told = demo.say("inbox").out
    assert "two branches disagree about the title of 1.1 in docs/plans/demo.json" in told, demo.say("validate")
    assert 'answer: wt "settle 1.1 with ours", or wt "settle 1.1 with theirs"' in told


# --- a person agrees --------------------------------------------------------------------------------------------------


def test_a_person_is_shown_it_and_agrees_and_the_next_run_acts_once(demo: Project) -> None:
    short = asks(demo)["id"][:4]
    screen = answered(demo, "approve", short, "--note", "I looked")
    assert screen.code == 0 and "WARNING: careful: pages_stale > 0" in screen.text
    assert screen.lines[-2:] == ["> Approved, once: redraw_pages.", "The next wt heal does it."]
    assert is_edited(demo)
    assert demo.say("heal").code == 0
    assert not is_edited(demo)
    (row,) = inbox(demo, "--all")
    assert (row["state"], row["said"], row["note"]) == ("used", "approved, and done (alex)", "I looked")


def test_the_id_may_be_left_out_where_only_one_waits(demo: Project) -> None:
    asks(demo)
    assert "Approved, once" in answered(demo, "approve").text


def test_now_heals_at_once(demo: Project) -> None:
    short = asks(demo)["id"][:4]
    screen = answered(demo, f"approve inquiry {short} now")
    assert screen.code == 0 and "Approved, once: redraw_pages. 1 trouble healed." in screen.text
    assert "The next wt heal" not in screen.text
    assert not is_edited(demo)


@pytest.mark.parametrize("typed", ["", "\n", "no\n", "y\n", "yes r12345\n"])
def test_anything_but_a_plain_yes_leaves_it_waiting(demo: Project, typed: str) -> None:
    asks(demo)
    assert "Nobody agreed, so it still waits." in answered(demo, "approve", typed=typed).text
    assert [row["state"] for row in inbox(demo)] == ["open"]


def test_a_second_answer_is_refused_kindly(demo: Project) -> None:
    short = asks(demo)["id"][:4]
    answered(demo, "approve", short)
    again = answered(demo, "approve", short)
    assert (again.code, "nothing to answer any more: it is approved (alex)" in again.text) == (0, True)
    assert demo.json("deny", short)["outcome"] == "unchanged"


def test_what_only_a_person_may_do_is_never_set_free_and_looked_at_again(demo: Project) -> None:
    short = asks(demo, risk="R3")["id"][:4]
    assert "an approval says that a person has put it right" in demo.say("inbox").out
    still = answered(demo, "approve", short)
    assert still.code == 1 and "It is still so: pages_stale > 0. The inquiry stays open." in still.text
    demo.say("heal")
    assert is_edited(demo) and [row["state"] for row in inbox(demo)] == ["open"]
    demo.do("regenerate markdown")
    assert "Settled: the trouble is gone." in answered(demo, "approve", short).text
    assert inbox(demo) == []


def test_a_request_of_consent_is_approved_here_too(demo: Project) -> None:
    as_agent(demo, "create initiative 20")
    (row,) = inbox(demo)
    assert "Approved once: create initiative 20." in answered(demo, "approve", row["id"]).text
    assert as_agent(demo, "create initiative 20").code == 0


# --- everybody may say no ---------------------------------------------------------------------------------------------


def test_a_denial_stands_and_says_who_and_why(demo: Project) -> None:
    short = asks(demo)["id"][:4]
    assert as_agent(demo, "deny", short, "--note", "not before the release").code == 0
    (row,) = inbox(demo, "--all")
    assert (row["state"], row["by"], row["note"]) == ("denied", "alex via agent", "not before the release")
    demo.say("heal")
    assert is_edited(demo) and inbox(demo) == []


def test_at_a_terminal_a_denial_without_an_id_shows_what_it_denies(demo: Project) -> None:
    asks(demo)
    screen = answered(demo, "deny")
    assert "WARNING: careful: pages_stale > 0" in screen.text and "Denied." in screen.text


def test_elsewhere_a_denial_needs_its_id(demo: Project) -> None:
    asks(demo)
    done = demo.say("deny")
    assert (done.code, "Which one?" in done.err) == (2, True)


def test_when_nobody_answers_in_time_the_safe_default_holds_and_is_told(demo: Project) -> None:
    asks(demo)
    assert inbox(demo, **LATER) == []
    (row,) = inbox(demo, "--all", **LATER)
    assert (row["state"], row["said"]) == ("expired", "expired, so this holds: deny")


# --- nobody else agrees -----------------------------------------------------------------------------------------------


def no_leave(done: Done) -> bool:
    return (done.code, done.err.splitlines()[0]) == (4, "Only a person at a terminal can answer that.")


def test_neither_a_script_nor_an_agent_agrees(demo: Project) -> None:
    short = asks(demo)["id"][:4]
    for words in (["approve", short], [f"approve inquiry {short}"], ["--skip-consent", "approve", short]):
        assert no_leave(demo.say(*words)) and no_leave(as_agent(demo, *words))
    (screen,) = in_one_terminal(demo, (f"approve|{short}", "yes\n"), env=AGENT)
    assert screen.code == 4 and [row["state"] for row in inbox(demo)] == ["open"]


def log_of(project: Project) -> Path:
    return project.folder / ".ecw/state/inquiries.jsonl"


def lines_of(project: Project) -> list[dict[str, Any]]:  # Any: lines of the log
    return [json.loads(line) for line in log_of(project).read_text().split("\n") if line]


def write(project: Project, lines: list[dict[str, Any]]) -> None:  # Any: lines of the log
    log_of(project).write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_an_approval_that_something_else_wrote_is_none(demo: Project) -> None:
    asked = asks(demo)
    forged = answered_line(standings([asked], 0.0)[0].inquiry, "approve", by="alex", at=1767603600.0)
    for seal in ({}, {"stamp": time.time()}, {"stamp": time.time(), "seal": "0" * 64}, {"stamp": 0, "seal": 7}):
        write(demo, [asked, forged | seal])
        assert demo.say("heal").code == 1
        assert is_edited(demo) and [row["state"] for row in inbox(demo)] == ["open"]
        assert "1 question waits" in demo.say("health").out


def test_an_approval_holds_for_what_was_asked_in_this_project_alone(demo: Project, tmp_path: Path) -> None:
    asks(demo)
    answered(demo, "approve")
    asked, approved = lines_of(demo)
    other = demo.copied_to(tmp_path / "other")
    assert [row["state"] for row in inbox(other)] == ["open"]
    write(demo, [asked | {"allows": ["redraw_pages", "lay_out"]}, approved])
    assert [row["state"] for row in inbox(demo)] == ["open"]
    write(demo, [asked, approved | {"note": "changed"}])
    assert [row["state"] for row in inbox(demo)] == ["open"]
    write(demo, [asked, approved])
    assert [row["state"] for row in inbox(demo, "--all")] == ["approved"]


def test_no_variable_wakes_an_approval_that_has_expired(demo: Project) -> None:
    asks(demo)
    answered(demo, "approve")
    lines = lines_of(demo)
    world = Seals(str(demo.folder), lambda: time.time() + TIME_TO_LIVE + 1)
    assert [line for line in world.sound(lines) if isinstance(line, dict)] == lines[:1]


def test_a_rehearsal_answers_nothing(demo: Project) -> None:
    short = asks(demo)["id"][:4]
    assert "would be approved" in answered(demo, "--dry-run", "approve", short).text
    assert "would be denied" in demo.say("--dry-run", "deny", short).out
    assert [row["state"] for row in inbox(demo)] == ["open"]


@pytest.mark.parametrize(
    ("said", "code", "message"),
    [
        (["deny", "zzzz"], 3, "Nothing zzzz waits for a person."),
        (["deny", "a", "b", "--note", "c"], 2, "Got unexpected extra argument"),
        (["don't approve inquiry abcd"], 2, ""),
    ],
)
def test_what_cannot_be_answered_is_said_in_a_line(demo: Project, said: list[str], code: int, message: str) -> None:
    done = demo.say(*said)
    assert done.code == code and message in done.err


def test_a_beginning_that_fits_several_is_asked_back(demo: Project) -> None:
    first = asks(demo)
    second = {**first, "id": first["id"][:4] + "zzzzzzzz", "fingerprint": "other"}
    with (demo.folder / ".ecw/state/inquiries.jsonl").open("a") as log:
        log.write(json.dumps(second) + "\n")
    done = demo.say("deny", first["id"][:4])
    assert done.code == 2 and "Which one do you mean?" in done.err
    assert first["id"][:4] != inbox(demo)[0]["short"]


def test_an_answer_that_cannot_be_kept_is_none(demo: Project) -> None:
    short = asks(demo)["id"][:4]
    log = demo.folder / ".ecw/state/inquiries.jsonl"
    kept = log.read_text()
    log.unlink()
    log.symlink_to(demo.folder / "elsewhere")
    (demo.folder / "elsewhere").write_text(kept)
    assert demo.say("deny", short).code != 0


def test_looking_into_a_large_inbox_takes_no_time(demo: Project) -> None:
    first = asks(demo)
    rows = [{**first, "id": f"{number:012}", "fingerprint": str(number)} for number in range(2000)]
    (demo.folder / ".ecw/state/inquiries.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    began = time.perf_counter()
    assert len(inbox(demo)) == 2000
    assert time.perf_counter() - began < 5
