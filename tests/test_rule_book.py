"""Every rule id is told of a planted violation, with its severity, its file and its line; none is told that is not in the book."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from domain.rule_book import rule_book
from domain.tracker import Conflict, Evidence, Tracker
from infrastructure.codec import encode
from infrastructure.doctor import Doctor
from infrastructure.journal import signed, verified
from infrastructure.setup_git import with_block
from tests.e2e.conftest import Project
from tests.projects import demo_project, journal_of, snapshots_of
from tests.repositories import Repository
from tests.samples import NOW, phase, task, tracker

ROOT = Path(__file__).parent.parent
Document = dict[str, Any]  # Any: JSON that tests bend
Plant = Callable[[Project], object]
BOOK = {row.id: row for row in rule_book()}
PLAN, PAGE = "docs/plans/demo.json", "docs/plans/demo.md"
PROOF = (Evidence("E1", "manual_note", "seen", at=NOW, by="dana"),)
DISPUTED = (Conflict("status", "blocked", "pending", at=NOW),)
MARKED = '<<<<<<< HEAD\n{"schema_version":1}\n=======\n>>>>>>> theirs\n'


# --- planting -----------------------------------------------------------------------------------------------------------


def holds(text: str | bytes, name: str = "demo.json") -> Plant:
    raw = text.encode() if isinstance(text, str) else text
    return lambda project: project.path(name).write_bytes(raw)


def is_(plan: Tracker) -> Plant:
    return holds(encode(plan))


def bent(bend: Callable[[Document], object]) -> Plant:
    def plant(project: Project) -> None:
        document = project.tracker()
        bend(document)
        project.path("demo.json").write_text(json.dumps(document, indent=1))

    return plant


def first(document: Document) -> Document:
    """Its task 1.1."""
    task: Document = document["phases"][0]["tasks"][0]
    return task


def edited(old: str, new: str, name: str = "demo.md") -> Plant:
    def plant(project: Project) -> None:
        text = project.path(name).read_text()
        assert old in text
        project.path(name).write_text(text.replace(old, new))

    return plant


def without_a_line(project: Project) -> None:
    lines = journal_of(project).read_bytes().splitlines(keepends=True)
    journal_of(project).write_bytes(b"".join(lines[:2] + lines[3:]))


def no_journal_but_a_folder(project: Project) -> None:
    path = journal_of(project)
    path.unlink()
    path.mkdir()


def one_entry_too_many(project: Project) -> None:
    """As a crash between the journal and the rename leaves it."""
    path = journal_of(project)
    last = verified(path.read_bytes().splitlines()[-1])
    assert last is not None
    after = "blake2b:" + "0" * 32
    never = last.replace(seq=last.seq + 1, before=last.after, after=after, sentence="never done")
    path.write_bytes(path.read_bytes() + signed(never).encode())


def torn_journal(project: Project) -> None:
    with journal_of(project).open("ab") as file:
        file.write(b'{"seq":99,"torn')


def an_old_temporary(project: Project) -> None:
    left = project.path(".demo.json.abcdef.wt-tmp")
    left.write_bytes(b"half")
    os.utime(left, (1, 1))


def as_in_a_fresh_clone_that_names_the_driver(project: Project) -> None:
    Repository(project.folder).git("init", "-q")
    (project.folder / ".gitattributes").write_bytes(with_block(None))


VALIDATED: dict[str, tuple[Plant, str, int]] = {
    "file.unreadable": (
        lambda project: (project.path("demo.json").unlink(), project.path("demo.json").mkdir()),
        PLAN,
        1,
    ),
    "file.empty": (holds(""), PLAN, 1),
    "file.not-text": (holds(b'{"schema_version":1,\n"title":"\xff"}'), PLAN, 2),
    "file.conflict-markers": (holds('{"schema_version":1,\n' + MARKED), PLAN, 2),
    "file.not-a-tracker": (holds('{"name":"package"}'), PLAN, 1),
    "file.not-json": (holds('{"schema_version":1,\n"phases":[}'), PLAN, 2),
    "file.duplicate-key": (holds('{"schema_version":1,\n"phases":[],\n"phases":[]}'), PLAN, 3),
    "schema.newer": (bent(lambda d: d.update(schema_version=9)), PLAN, 2),
    "schema.type": (bent(lambda d: d.update(phases={})), PLAN, 7),
    "schema.value": (bent(lambda d: first(d).update(status="DONE")), PLAN, 18),
    "schema.missing-key": (bent(lambda d: first(d).pop("uid")), PLAN, 14),
    "schema.unknown-key": (bent(lambda d: first(d).update(mood="good")), PLAN, 21),
    "number.duplicate": (is_(tracker(phase(1, task(1), task(1, uid="other-uid")))), PLAN, 4),
    "uid.duplicate": (is_(tracker(phase(1, task(1), task(2, uid="task-0001")))), PLAN, 4),
    "number.issued": (bent(lambda d: d["phases"][0].update(tasks_issued=1)), PLAN, 12),
    "evidence.id": (is_(tracker(phase(1, task(1, evidence=PROOF), task(2, evidence=PROOF)))), PLAN, 4),
    "dependency.unknown": (is_(tracker(phase(1, task(1), task(2, depends_on=("nowhere",))))), PLAN, 4),
    "dependency.cycle": (is_(tracker(phase(1, task(1), task(2, depends_on=("task-0002",))))), PLAN, 4),
    "conflict.open": (is_(tracker(phase(1, task(1), task(2, conflicts=DISPUTED)))), PLAN, 4),
    "done.without-evidence": (is_(tracker(phase(1, task(1), task(2, status="complete")))), PLAN, 4),
    "task.overdue": (is_(tracker(phase(1, task(1), task(2, due="2025-12-31")))), PLAN, 4),
    "text.invisible": (is_(tracker(phase(1, task(1), task(2, "safe\u202etxt.exe")))), PLAN, 4),
    "page.missing": (lambda project: project.path("demo.md").unlink(), PAGE, 1),
    "page.unreadable": (lambda project: (project.path("demo.md").unlink(), project.path("demo.md").mkdir()), PAGE, 1),
    "page.conflict-markers": (edited("\n## Progress", f"\n{MARKED}## Progress"), PAGE, 24),
    "page.foreign": (holds("# My notes\n", "demo.md"), PAGE, 1),
    "page.edited": (edited("Lay bricks", "Lay stones"), PAGE, 13),
    "page.stale": (edited("Lay bricks", "Lay stones", "demo.json"), PAGE, 34),
    "journal.gap": (without_a_line, ".ecw/journal/", 3),
    "journal.unreadable": (no_journal_but_a_folder, ".ecw/journal/", 1),
}


def a_playbook_without_symptoms(project: Project) -> None:
    path = project.folder / ".ecw/playbooks/bad.yaml"
    path.parent.mkdir()
    path.write_text("playbook:\n  id: bad\n")


EXAMINED: dict[str, tuple[Plant, str]] = {
    "file.damaged": (holds(""), PLAN),
    "file.half-written": (an_old_temporary, "docs/plans/.demo.json.abcdef.wt-tmp"),
    "git.driver": (as_in_a_fresh_clone_that_names_the_driver, ".gitattributes"),
    "playbooks.refused": (a_playbook_without_symptoms, ".ecw/playbooks/bad.yaml"),
    "own.missing": (lambda project: (project.folder / ".ecw/.gitignore").unlink(), ".ecw"),
    "journal.damaged": (torn_journal, ".ecw/journal/"),
    "journal.missing": (lambda project: shutil.rmtree(project.folder / ".ecw/journal"), ".ecw/journal/"),
    "journal.ahead": (one_entry_too_many, ".ecw/journal/"),
    "journal.behind": (edited("Lay bricks", "Lay stones", "demo.json"), ".ecw/journal/"),
    "backup.damaged": (lambda project: snapshots_of(project)[0].write_bytes(b"rotten"), ".ecw/backups/"),
    "backup.missing": (lambda project: shutil.rmtree(project.folder / ".ecw/backups"), ".ecw/backups/"),
}
HEALTH = ("health.degraded", "health.unhealthy", "health.critical")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return demo_project(tmp_path_factory.mktemp("demo"))


@pytest.fixture
def demo(made: Project, tmp_path: Path) -> Project:
    return made.copied_to(tmp_path)


def found(project: Project, *words: str) -> list[Document]:
    return list(project.json(*words)["data"]["findings"])


def test_a_sound_project_breaks_no_rule(demo: Project) -> None:
    assert found(demo, "validate") == found(demo, "doctor") == []


@pytest.mark.parametrize("rule", VALIDATED)
def test_validate_tells_of_a_planted_violation(demo: Project, rule: str) -> None:
    plant, file, line = VALIDATED[rule]
    plant(demo)
    told = next(finding for finding in found(demo, "validate") if finding["rule"] == rule)
    assert (told["severity"], told["line"]) == (BOOK[rule].severity, line)
    assert told["file"].startswith(file)
    assert told["message"]


@pytest.mark.parametrize("rule", VALIDATED)
def test_an_error_is_exit_1_and_a_warning_only_when_it_is_strict(demo: Project, rule: str) -> None:
    VALIDATED[rule][0](demo)
    errors = [finding for finding in found(demo, "validate") if finding["severity"] == "error"]
    assert demo.say("validate").code == bool(errors)
    assert demo.say("validate", "--strict").code == 1
    assert {finding["severity"] for finding in found(demo, "validate", "--strict")} == {"error"}


@pytest.mark.parametrize("rule", EXAMINED)
def test_the_doctor_tells_of_a_planted_violation(demo: Project, rule: str) -> None:
    plant, file = EXAMINED[rule]
    plant(demo)
    told = next(finding for finding in found(demo, "doctor") if finding["rule"] == rule)
    assert told["severity"] == BOOK[rule].severity
    assert told["file"].startswith(file)


@pytest.mark.parametrize("rule", HEALTH)
def test_the_doctor_tells_how_wt_itself_is_doing(demo: Project, rule: str) -> None:
    signal = {"name": "operations", "status": rule.partition(".")[2].upper(), "reason": "most failed"}
    trackers = Repository(demo.folder).trackers()
    doctor = Doctor(str(demo.folder), trackers, seconds=0, health=lambda: {"signals": [signal]})
    told = [(ailment.finding.rule, ailment.finding.severity) for ailment in doctor.examine()]
    assert told == [(rule, BOOK[rule].severity)]


def test_every_rule_of_the_book_has_its_planted_violation() -> None:
    assert sorted(VALIDATED) == sorted(row.id for row in BOOK.values() if row.told_by == "validate")
    assert sorted([*EXAMINED, *HEALTH]) == sorted(row.id for row in BOOK.values() if row.told_by == "doctor")


def test_no_rule_is_told_that_is_not_in_the_book() -> None:
    """Wherever the program writes something that looks like a rule id, the book knows it."""
    kinds = "|".join(sorted({id.partition(".")[0] for id in BOOK}))
    literal = re.compile(rf'"((?:{kinds})\.[a-z]+(?:-[a-z]+)*)"')
    sources = [path for folder in ("domain", "infrastructure") for path in (ROOT / folder).rglob("*.py")]
    sources = [path for path in sources if path.parent.name != "selftest"]  # which only names files of its own
    written = {id for path in sources for id in literal.findall(path.read_text())}
    assert written - set(BOOK) == set()
    assert len(written) > 20


def test_a_rule_id_stands_in_the_book_once_and_is_spelt_like_the_others() -> None:
    assert len(BOOK) == len(rule_book())
    for row in BOOK.values():
        assert re.fullmatch(r"[a-z]+\.[a-z]+(-[a-z]+)*", row.id)
        assert row.severity in ("error", "warning")
        assert row.meaning.endswith(".") and "|" not in row.meaning
