"""What people write into the page is kept, and what can be read of it is taken over when they say so."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import view
from domain.adoption import adopted, plain, rows
from tests.e2e.conftest import Project
from tests.projects import demo_project, kept_in
from tests.samples import rich_tracker

AT = "2026-01-20T08:00:00Z"


@pytest.fixture
def demo(tmp_path: Path) -> Project:
    project = demo_project(tmp_path)
    project.do("add subtask to 1.1: Mix mortar")
    return project


def edit(project: Project, *pairs: tuple[str, str]) -> str:
    page = project.path("demo.md")
    text = page.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    page.write_text(text, encoding="utf-8")
    return text


EDITS = (
    ("- [ ] 1.1.1 Mix mortar", "- [x] 1.1.1 Mix mortar\n- [ ] Level the base"),
    (
        "| 1.2 | Paint walls | ⬜ pending | — | — |",
        "| 1.2 | Paint the walls | ✅ complete | dana | 2026-02-01 |\n| | Sweep up |",
    ),
    ("## Phase 2: Test", "## Phase 2: Try it\n\nA thought."),
)


def test_what_can_be_read_is_taken_over_and_the_rest_is_told(demo: Project) -> None:
    edit(demo, *EDITS)
    reply = demo.json("adopt")
    assert reply["outcome"] == "changed"
    first, second = demo.tracker()["phases"]
    assert [(task["number"], task["title"], task["status"]) for task in first["tasks"]] == [
        (1, "Lay bricks", "pending"),
        (2, "Paint the walls", "complete"),
        (3, "Sweep up", "pending"),
    ]
    assert [(row["title"], row["done"]) for row in first["tasks"][0]["subtasks"]] == [
        ("Mix mortar", True),
        ("Level the base", False),
    ]
    assert (first["tasks"][1]["assignee"], first["tasks"][1]["due"], second["title"]) == (
        "dana",
        "2026-02-01",
        "Try it",
    )
    assert [line.partition(": ")[2] for line in reply["data"]["left"]] == ["A thought."]
    assert demo.say("validate").code == 0
    demo.do("undo")
    assert demo.tracker()["phases"][1]["title"] == "Test"


def test_an_edited_page_that_a_change_drew_over_is_adopted_from_its_copy(demo: Project) -> None:
    edit(demo, *EDITS)
    done = demo.say("assign 1.1 to lee")
    assert (done.code, "wt adopt" in done.out) == (0, True)
    assert demo.say("adopt").code == 0
    assert demo.task("1.2")["title"] == "Paint the walls"
    assert (demo.task("1.1")["assignee"], demo.task("1.1")["subtasks"][0]["done"]) == ("lee", True)


def test_adopting_twice_takes_nothing_over_a_second_time(demo: Project) -> None:
    edit(demo, *EDITS)
    demo.do("assign 1.1 to lee", "adopt")
    before = demo.path("demo.json").read_bytes()
    again = demo.json("adopt")
    assert (again["outcome"], again["data"]["taken"]) == ("unchanged", [])
    assert demo.path("demo.json").read_bytes() == before


def test_the_edits_are_kept_as_a_patch_that_applies(demo: Project) -> None:
    drawn = demo.path("demo.md").read_bytes()
    edited = edit(demo, *EDITS)
    demo.do("regenerate")
    assert demo.path("demo.md").read_bytes() == drawn
    patch = next(path for path in kept_in(demo) if path.suffix == ".patch")
    subprocess.run(["git", "apply", str(patch)], cwd=demo.folder, env=demo.env, check=True)
    assert demo.path("demo.md").read_text(encoding="utf-8") == edited


def test_adopting_without_an_edited_page_changes_nothing(demo: Project) -> None:
    before = demo.path("demo.json").read_bytes()
    assert demo.say("adopt").code == 3
    edit(demo, ("- [ ] 1.1.1", "- [x] 1.1.1"))
    fingerprint = demo.fingerprint()
    assert demo.json("--dry-run", "adopt")["data"]["taken"] == ["1.1.1 is checked"]
    assert demo.fingerprint() == fingerprint
    assert demo.path("demo.json").read_bytes() == before


def test_an_unedited_page_holds_nothing_to_adopt() -> None:
    tracker = rich_tracker()
    found = adopted(view.page(tracker, "blake2b:x"), tracker, tracker, at=AT, new_uid=lambda: "new-uid")
    assert (found.tracker, found.taken, found.left) == (tracker, (), ())
    assert {row.kind for row in rows(view.page(tracker, ""))} == {"phase", "task", "subtask"}


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1).filter(str.strip))
def test_a_cell_reads_back_as_the_title_it_was_drawn_from(title: str) -> None:
    assert plain(view.escape(title)).replace(" ", "") == title.replace(" ", "")
