"""The bypass table: what becomes of every call an agent might try, leaks as leaks; and leaks are caught afterwards."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import guarding
from tests.e2e.conftest import Project
from tests.hooks.scratch import MEANS, Row, answered, decision_of, payload, rows, scratch_project, tool_call

ROWS = rows()
INNOCENT = "innocent"
ASKED_FOR = (
    "redirect; tee; sed, perl, awk; cp, mv, ln; git; interpreter -c; heredoc; script file; bash -c, eval, base64;"
    " another wt binary; env -u; pseudo-terminal; direct Python import; key file; symlinked .ecw"
).split("; ")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    return scratch_project(tmp_path_factory.mktemp("scratch") / "p")


def told(row: Row) -> str:
    return f"{row.kind}: {json.dumps(row.given)[:70]}"


@pytest.mark.parametrize("row", ROWS, ids=told)
def test_every_row_of_the_table_is_told_as_it_is(project: Project, row: Row) -> None:
    fields = {"agent_id": row.agent_id} if row.agent_id else {}
    done = answered(project, "pre-tool-use", tool_call(project, row.tool, row.in_project(project), **fields))
    assert MEANS[decision_of(done)] == ("passes" if row.result == "leak" else row.result), done
    assert bool(done.err) == (done.code == 2)


def test_the_table_is_as_large_as_it_says() -> None:
    sizes = Counter(row.kind for row in ROWS)
    assert sum(sizes.values()) - sizes[INNOCENT] >= 100
    assert sizes[INNOCENT] >= 25
    assert min(sizes.values()) >= 4
    assert set(ASKED_FOR) <= set(sizes)


def test_nine_of_ten_classes_are_closed_by_the_hook() -> None:
    classes = {row.kind for row in ROWS} - {INNOCENT}
    open_ones = {row.kind for row in ROWS if row.result == "leak"}
    assert len(classes - open_ones) >= 0.9 * len(classes)


@pytest.mark.parametrize("row", [row for row in ROWS if row.result == "leak"], ids=told)
def test_a_leak_is_caught_after_the_call(tmp_path: Path, row: Row) -> None:
    project = scratch_project(tmp_path / "p")
    before = project.path("demo.json").read_bytes()
    start = payload("SessionStart", project, source="startup")
    assert answered(project, "session-start", start).code == 0
    done = subprocess.run(
        ["bash", "-c", row.given["command"]], cwd=project.folder, env=project.env, capture_output=True
    )
    assert project.path("demo.json").read_bytes() != before, done.stderr
    call = tool_call(project, row.tool, row.in_project(project)) | {
        "hook_event_name": "PostToolUse",
        "tool_response": {},
    }
    said = answered(project, "post-tool-use", call)
    assert "docs/plans/demo.json" in said.out, said
    assert answered(project, "post-tool-use", call).out == "", "what was told is told once"
    assert noticed_by_the_next_command(project)


def noticed_by_the_next_command(project: Project) -> bool:
    done = project.say("show progress")
    checked = project.say("validate")
    return "outside" in done.out + done.err or "demo.json" in done.out + done.err or checked.code != 0


def test_the_page_shows_the_table_as_it_is_measured(tmp_path: Path) -> None:
    made = guarding.table(guarding.measured(tmp_path / "p"))
    text = guarding.PAGE.read_text(encoding="utf-8")
    assert guarding.in_page(text, made) == text, "python3 benchmarks/guarding.py --write"
