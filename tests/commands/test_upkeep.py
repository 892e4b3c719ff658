"""Sync, regenerate, validate, import; and what later versions bring."""

from __future__ import annotations

from domain.rules import Finding
from domain.tracker import Tracker
from tests.commands.running import Project, run

PLAN = "docs/plans/plan.json"


def test_sync_redraws_a_page_that_differs_and_says_so(rich: Tracker) -> None:
    project = Project(plan=rich)
    project.stale = {PLAN}
    first = run(rich, "sync", trackers=project, name=PLAN)
    assert (first.message, first.changed_files) == ("Markdown regenerated from JSON (0 data loss).", True)
    assert first.warnings == ("the page was edited by hand; a copy is in .ecw/kept/plan.md",)
    second = run(rich, "sync", trackers=project, name=PLAN)
    assert (second.message, second.outcome) == ("JSON and Markdown are in sync.", "unchanged")


def test_regenerate_says_whether_the_page_was_different(rich: Tracker) -> None:
    project = Project(plan=rich)
    assert run(rich, "regenerate", trackers=project, name=PLAN).outcome == "unchanged"
    project.stale.add(PLAN)
    answer = run(rich, "regenerate", trackers=project, name=PLAN)
    assert (answer.message, answer.changed_files) == ("Markdown regenerated from JSON.", True)


def test_validation_lists_findings_like_a_compiler(rich: Tracker) -> None:
    project = Project(plan=rich, other=rich)
    project.findings = [
        Finding("task.overdue", "warning", "$.phases[0]", "late", PLAN, 7),
        Finding("uid.duplicate", "error", "$", "twins", PLAN),
        Finding("uid.duplicate", "error", "$", "twins", "docs/plans/other.json", 3),
    ]
    answer = run(rich, "validate", trackers=project, name=PLAN)
    assert (answer.message, answer.outcome) == (f"1 error and 1 warning in {PLAN}.", "invalid")
    assert answer.blocks[0].lines == (f"{PLAN}:7: warning task.overdue: late", f"{PLAN}:1: error uid.duplicate: twins")
    assert answer.data["findings"][0] == {
        "rule": "task.overdue",
        "severity": "warning",
        "path": "$.phases[0]",
        "message": "late",
        "file": PLAN,
        "line": 7,
    }


def test_validation_without_a_tracker_in_use_looks_at_all(rich: Tracker) -> None:
    project = Project(plan=rich, other=rich)
    assert run(rich, "validate", trackers=project).message == "2 trackers are valid."
    project.findings = [Finding("task.overdue", "warning", "$", "late", PLAN)]
    lenient = run(rich, "validate", trackers=project)
    assert (lenient.message, lenient.outcome) == ("2 trackers are valid, with 1 warning.", None)
    strict = run(rich, "validate", {"strict": True, "paths": [PLAN]}, trackers=project)
    assert strict.outcome == "invalid"


def test_an_import_says_what_was_taken(rich: Tracker) -> None:
    project = Project()
    answer = run(rich, "import", {"path": "orchard.md", "as": "Trees", "bullets": True}, trackers=project)
    assert project.imported == ("orchard.md", "Trees", True)
    assert answer.message == 'Imported "Trees" into docs/plans/orchard.json: 2 phases, 5 tasks and 1 subtask.'
    assert [block.lines for block in answer.blocks] == [("one table was left out",)]
    assert answer.data["counts"] == {"phase": 2, "task": 5, "subtask": 1, "criterion": 0}
    assert answer.data["report"] == ["line 3: table"]


def test_a_rehearsed_import_shows_every_line(rich: Tracker) -> None:
    answer = run(rich, "import", {"path": "orchard.md"}, trackers=Project(), dry_run=True)
    assert [block.lines for block in answer.blocks] == [("one table was left out",), ("line 3: table",)]
