"""The learning database: an index that never answers anything else than the log, and that nobody needs."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.playbooks.learning import trials_of
from domain.playbooks.outcomes import HealingOutcome, Taken, outcomes_of
from infrastructure.healing_state import HealingLog
from infrastructure.json_text import dumps
from infrastructure.learning import Learning
from tests.e2e.conftest import ROOT
from tests.projects import demo_project

MANY = 400 if os.environ.get("WT_SLOW_TESTS") else 40
TORN = ('{"schema": "wt.outc', "\n", "[]", '{"schema":"wt.outcome/1"}', "\x00\xff", '{"schema":"wt.outcome/1","id":1')


@contextmanager
def project() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / ".ecw/state").mkdir(parents=True)
        yield Path(folder)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / ".ecw/state").mkdir(parents=True)
    return tmp_path


def log_of(root: Path, limit: int = 1 << 20) -> HealingLog:
    return HealingLog(str(root), name="outcomes", limit=limit)


def database(root: Path) -> Path:
    return root / ".ecw/state/learning.db"


def outcome(
    id: str, playbook: str = "drift", at: float = 0.0, *, helped: bool = True, did: str = "done"
) -> HealingOutcome:
    steps = (Taken("redraw_pages", "primary", "R1", did),)
    result, stage = ("healed", "primary") if helped else ("escalated", "")
    made = HealingOutcome(id, playbook, 1, at, ("pages_stale > 0",), result, "mark", "line", stage=stage, steps=steps)
    return made.replace(digest=f"of {playbook}")


OUTCOMES = st.builds(
    outcome,
    st.text("abcé\u2028", min_size=1, max_size=3),
    st.sampled_from(["drift", "cache", "x\ud7ffy"]),
    st.floats(0, 100),
    helped=st.booleans(),
    did=st.sampled_from(["done", "nothing"]),
)
EVENTS = st.one_of(
    st.tuples(st.just("add"), OUTCOMES),
    st.tuples(st.just("torn"), st.sampled_from(TORN)),
    st.tuples(st.just("ask"), st.just("")),
    st.tuples(st.sampled_from(["delete", "damage", "truncate", "rewrite", "sidecar"]), st.just("")),
)


def happens(root: Path, log: HealingLog, what: str, given: object) -> None:
    path, lines = database(root), root / ".ecw/state/outcomes.jsonl"
    if isinstance(given, HealingOutcome):
        log.append(given.to_document())
    elif what == "torn":
        with lines.open("ab") as file:
            file.write(str(given).encode("latin-1"))
    elif what == "delete":
        path.unlink(missing_ok=True)
    elif what == "damage" and path.exists():
        path.write_bytes(b"no database" * 99)
    elif what == "truncate" and lines.exists():
        os.truncate(lines, lines.stat().st_size // 2)
    elif what == "rewrite":
        lines.write_text(f"{dumps(outcome('other', at=50.0).to_document())}\n")
    elif what == "sidecar":
        path.with_name("learning.db-journal").write_bytes(b"of another one")


@settings(max_examples=MANY, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(EVENTS, max_size=25))
def test_the_index_answers_what_the_log_says_whatever_happened(events: list[tuple[str, object]]) -> None:
    with project() as root:
        log = log_of(root, limit=4000)  # so small that it is rotated, too
        kept = Learning(str(root), log)
        for what, given_ in (*events, ("ask", "")):
            happens(root, log, what, given_)
            said = outcomes_of(log.read())
            for learning in (kept, Learning(str(root), log)):
                assert learning.trials() == trials_of(said)
                assert learning.outcomes("drift") == [o for o in said if o.playbook_id == "drift"]
                assert learning.outcomes(since=50.0) == [o for o in said if o.timestamp >= 50.0]


def test_only_what_is_new_is_read_again(root: Path) -> None:
    log, learning = log_of(root), Learning(str(root), log_of(root))
    log.append(outcome("a").to_document())
    learning.trials()
    with sqlite3.connect(database(root)) as connection:
        connection.execute("UPDATE outcomes SET stage = 'as it was read'")
    connection.close()
    log.append(outcome("b").to_document())
    assert [trial.stage for trial in Learning(str(root), log).trials()] == ["as it was read", "primary"]


def test_a_log_that_is_another_is_read_from_its_beginning(root: Path) -> None:
    log_of(root).append(outcome("a").to_document())
    Learning(str(root), log_of(root)).trials()
    lines = root / ".ecw/state/outcomes.jsonl"
    lines.write_text("".join(f"\n{dumps(outcome(id, at=9.0).to_document())}\n" for id in ("x", "y", "z")))
    assert [o.id for o in Learning(str(root), log_of(root)).outcomes()] == ["x", "y", "z"]


def test_a_torn_line_that_somebody_completes_is_read_whole(root: Path) -> None:
    whole = dumps(outcome("a").to_document())
    lines = root / ".ecw/state/outcomes.jsonl"
    lines.write_text(whole[:40])
    assert Learning(str(root), log_of(root)).outcomes() == []
    lines.write_text(whole)
    assert [o.id for o in Learning(str(root), log_of(root)).outcomes()] == ["a"]


def test_where_nothing_was_logged_there_is_no_database(root: Path) -> None:
    learning = Learning(str(root), log_of(root))
    assert (learning.trials(), learning.outcomes()) == ([], [])
    assert not database(root).exists()


def test_while_another_writes_to_it_the_log_is_read(root: Path) -> None:
    log = log_of(root)
    log.append(outcome("a").to_document())
    Learning(str(root), log).trials()
    log.append(outcome("b").to_document())
    other = sqlite3.connect(database(root))
    other.execute("BEGIN EXCLUSIVE")
    try:
        assert [o.id for o in Learning(str(root), log).outcomes()] == ["a", "b"]
    finally:
        other.close()


def test_a_damaged_one_is_left_as_it_is_for_its_playbook(root: Path) -> None:
    log = log_of(root)
    log.append(outcome("a").to_document())
    database(root).write_text("no database at all" * 100)
    assert len(Learning(str(root), log).trials()) == 1
    assert database(root).read_text() == "no database at all" * 100


def test_a_link_is_not_followed(root: Path) -> None:
    log_of(root).append(outcome("a").to_document())
    database(root).symlink_to(root / "elsewhere.db")
    assert len(Learning(str(root), log_of(root)).trials()) == 1
    assert not (root / "elsewhere.db").exists()


def test_tables_of_another_version_are_made_anew(root: Path) -> None:
    with sqlite3.connect(database(root)) as connection:
        connection.execute("CREATE TABLE outcomes (id TEXT)")
    connection.close()
    log_of(root).append(outcome("a").to_document())
    Learning(str(root), log_of(root)).trials()
    with sqlite3.connect(database(root)) as connection:
        assert connection.execute("SELECT playbook FROM outcomes").fetchall() == [("drift",)]
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    connection.close()


WORK = """
import sys
sys.path.insert(0, {here!r})
from tests.test_learning_database import Learning, log_of, outcome
from pathlib import Path
root, name = Path(sys.argv[1]), sys.argv[2]
log, learning = log_of(root), Learning(sys.argv[1], log_of(root))
for number in range(15):
    log.append(outcome(f"{{name}}{{number}}").to_document())
    mine = [o.id for o in learning.outcomes() if o.id.startswith(name)]
    assert mine == [f"{{name}}{{n}}" for n in range(number + 1)], mine
"""


def test_of_many_processes_each_finds_what_it_has_written(root: Path) -> None:
    command = [sys.executable, "-c", WORK.format(here=str(ROOT)), str(root)]
    running = [subprocess.Popen([*command, name], stderr=subprocess.PIPE) for name in "abcd"]
    told = [child.communicate(timeout=60)[1].decode() for child in running]
    assert told == [""] * 4
    learning = Learning(str(root), log_of(root))
    assert learning.trials() == trials_of(outcomes_of(log_of(root).read()))
    assert len(learning.trials()) == 60


def test_playbooks_are_told_of_through_the_index_and_the_same_without_it(tmp_path: Path) -> None:
    demo = demo_project(tmp_path)
    page = demo.path("demo.md")
    for _ in range(2):
        page.write_text(page.read_text() + "edited\n")
        demo.do("heal")
    told = [demo.json("playbook", *words)["data"] for words in (["list"], ["history"], ["show", "markdown_drift"])]
    assert database(tmp_path).exists()
    assert "2 of 2 helped (n/a), at least 41%" in str(told[0])
    assert "primary has helped in 2 of 2 (n/a, 95% sure: 34–100%)" in demo.say("playbook", "show", "markdown_drift").out
    database(tmp_path).unlink()
    database(tmp_path).mkdir()  # nothing can be opened there
    assert [demo.json("playbook", *w)["data"] for w in (["list"], ["history"], ["show", "markdown_drift"])] == told
