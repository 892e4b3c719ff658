"""One tracker on disk: what is acknowledged stays, what is not ours is kept, and nothing is read twice without need."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from domain import shape, view
from domain.errors import Broken, Busy, NotFound, ReadOnly, Refused, Unavailable
from domain.tracker import Tracker
from infrastructure import any_layout, atomic, codec, tracker_files
from infrastructure.codec import digest, encode
from infrastructure.tracker_files import TrackerFile
from infrastructure.tracker_writes import Committed
from tests.samples import NOW, large_tracker, rich_tracker, task, tracker_with

ROOT = Path(__file__).parent.parent
NAME = "docs/plans/plan.json"


class Project:
    """A folder with one tracker in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.json = root / NAME
        self.page = root / "docs/plans/plan.md"
        self.kept = root / ".ecw/kept"

    def file(self, **more: Any) -> TrackerFile:
        return TrackerFile(str(self.root), NAME, **{"size_limit": 1 << 29, "lock_timeout": 0.05, "holder": "me"} | more)

    def write(self, text: str) -> None:
        self.json.parent.mkdir(parents=True, exist_ok=True)
        self.json.write_text(text, encoding="utf-8", newline="")

    def temporaries(self) -> list[Path]:
        return [path for path in self.root.rglob("*") if path.name.endswith(".wt-tmp")]

    def page_is_right(self) -> bool:
        raw = self.json.read_bytes()
        plan = shape.from_document(json.loads(raw))
        return self.page.read_text(encoding="utf-8") == view.page(plan, digest(raw))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A tracker that wt has written: two phases of two tasks."""
    made = Project(tmp_path)
    made.file().create(tracker_with("1.1", "1.2", "2.1", "2.2"))
    return made


def title(number: int, row: int, said: str) -> Callable[[Tracker], Tracker]:
    """A change: the title of one task."""

    def change(plan: Tracker) -> Tracker:
        old = plan.task(number, row)
        assert old is not None
        return plan.with_task(number, old.replace(title=said))

    return change


def titled(project: Project, number: int = 1, row: int = 1) -> str:
    found = project.file().read().tracker.task(number, row)
    assert found is not None
    return found.title


class Counter:
    """Counts the calls of a function and passes them on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, where: object, name: str) -> None:
        self.count = 0
        real = getattr(where, name)

        def call(*args: Any, **more: Any) -> Any:
            self.count += 1
            return real(*args, **more)

        monkeypatch.setattr(where, name, call)


# --- one change ---------------------------------------------------------------------------------------------------------


def test_a_change_is_in_the_file_and_on_the_page(project: Project) -> None:
    assert project.file().update(title(1, 1, "New")) == Committed()
    assert titled(project) == "New"
    assert project.page_is_right()


def test_a_change_that_changes_nothing_writes_nothing(project: Project) -> None:
    before = {path: path.stat() for path in project.root.rglob("*") if path.is_file() and path.name != "lock"}
    assert project.file().update(lambda plan: plan) == Committed()
    assert {path: path.stat() for path in before} == before


def test_a_change_that_raises_writes_nothing(project: Project) -> None:
    before = project.json.read_bytes()

    def refuse(_: Tracker) -> Tracker:
        raise Refused("no")

    with pytest.raises(Refused):
        project.file().update(refuse)
    assert project.json.read_bytes() == before
    project.file(lock_timeout=0).update(title(1, 1, "New"))


def test_a_change_sees_what_was_written_since_it_was_read(project: Project) -> None:
    seen = project.file().read()
    project.file().update(title(1, 1, "First"))
    project.file().update(title(1, 2, "Second"), seen)
    assert (titled(project, 1, 1), titled(project, 1, 2)) == ("First", "Second")


def test_what_was_read_is_not_decoded_again_under_the_lock(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = project.file().read()
    counter = Counter(monkeypatch, codec, "decode_canonical")
    project.file().update(title(1, 1, "New"), seen)
    assert counter.count == 0


def test_a_file_in_another_layout_is_written_canonically(project: Project) -> None:
    project.write(json.dumps(json.loads(project.json.read_text()), indent=2))
    project.file().update(title(1, 1, "New"))
    assert project.json.read_text() == encode(project.file().read().tracker)


def test_other_lines_stay_byte_for_byte(project: Project) -> None:
    before = project.json.read_text().split("\n")
    project.file().update(title(2, 1, "New"))
    after = project.json.read_text().split("\n")
    assert [(a, b) for a, b in zip(before, after, strict=True) if a != b] == [(before[6], after[6])]


def test_one_change_syncs_journal_file_and_folder_and_draws_the_page_after(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    for name in ("fsync", "rename"):
        real = getattr(os, name)
        monkeypatch.setattr(
            atomic.os,
            name,
            lambda *args, name=name, real=real: (calls.append(f"{name} {Path(str(args[-1])).name}"), real(*args))[1],
        )
    project.file().update(title(1, 1, "New"))
    told = ["fsync" if call.startswith("fsync") else call for call in calls]
    assert told == [
        "fsync",  # the journal, before anything else
        "fsync",
        "rename plan.json",
        "fsync",
        "rename plan.md",
        "rename docs%2Fplans%2Fplan.json",
    ]


def test_a_change_no_reader_would_accept_is_never_written(project: Project) -> None:
    before = project.json.read_bytes()
    for said in ("x" * 501, " ", "\ud83d"):
        with pytest.raises(Refused, match=r"nothing was changed"):
            project.file().update(title(1, 1, said))
    with pytest.raises(Refused, match="Due must be a date"):
        project.file().update(lambda plan: plan.with_task(1, task(1, uid="task-01-001", due="tomorrow")))
    with pytest.raises(Refused, match="Title must not be longer"):
        project.file().update(lambda plan: plan.replace(title="x" * 501))
    assert project.json.read_bytes() == before


def test_a_tracker_beyond_the_limit_is_not_written(project: Project) -> None:
    limit = project.json.stat().st_size + 100
    with pytest.raises(Unavailable, match="grow beyond the limit"):
        project.file(size_limit=limit).update(title(1, 1, "x" * 400))
    assert titled(project) == "Task 1.1"


# --- creating and deleting ------------------------------------------------------------------------------------------------


def test_a_new_tracker_brings_its_folders_page_and_gitignore(tmp_path: Path) -> None:
    project = Project(tmp_path)
    assert project.file().create(rich_tracker()) == Committed()
    assert project.file().read().tracker == rich_tracker()
    assert project.page_is_right()
    assert (tmp_path / ".ecw/.gitignore").read_text().split("\n")[1:] == [
        "*",
        "!.gitignore",
        "!config.json",
        "!probes/",
        "!probes/*",
        "!playbooks/",
        "!playbooks/*",
        "!escalation.yaml",
        "",
    ]


@pytest.mark.parametrize(
    "make",
    [lambda p: p.write_text("{}"), lambda p: p.mkdir(), lambda p: p.symlink_to("nowhere"), lambda p: os.mkfifo(p)],
)
def test_creating_never_writes_over_anything(tmp_path: Path, make: Callable[[Path], object]) -> None:
    project = Project(tmp_path)
    project.json.parent.mkdir(parents=True)
    make(project.json)
    before = os.lstat(project.json)
    with pytest.raises(Refused, match="exists already"):
        project.file().create(rich_tracker())
    assert os.lstat(project.json) == before


def test_a_new_tracker_that_breaks_shape_or_rules_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="Title must not be longer"):
        Project(tmp_path).file().create(tracker_with().replace(title="x" * 501))
    with pytest.raises(Refused, match="depends on an unknown task"):
        Project(tmp_path).file().create(tracker_with("1.1", depends_on=("nowhere",)))
    assert not (tmp_path / "docs").exists()


def test_a_page_that_was_there_before_the_tracker_is_kept(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.page.parent.mkdir(parents=True)
    project.page.write_text("# My own notes\n")
    committed = project.file().create(tracker_with("1.1"))
    assert "a copy is in .ecw/kept/plan-" in committed.notes[0]
    assert [path.read_text() for path in project.kept.iterdir()] == ["# My own notes\n"]


def test_deleting_takes_the_tracker_its_page_and_its_memory(project: Project) -> None:
    assert project.file().delete() == Committed()
    assert list(project.json.parent.iterdir()) == []
    assert list((project.root / ".ecw/state").iterdir()) == []
    with pytest.raises(NotFound):
        project.file().delete()


def test_deleting_keeps_what_somebody_wrote_into_the_page(project: Project) -> None:
    project.page.write_text("mine\n")
    assert "a copy is in .ecw/kept" in project.file().delete().notes[0]
    assert [path.read_text() for path in project.kept.iterdir()] == ["mine\n"]
    assert not project.page.exists()


# --- the page -----------------------------------------------------------------------------------------------------------


def test_a_page_edited_by_hand_is_kept_and_said(project: Project) -> None:
    project.page.write_text(project.page.read_text() + "a thought\n")
    committed = project.file().update(title(1, 1, "New"))
    assert committed.problems == ()
    assert committed.notes[0].startswith("docs/plans/plan.md was not what wt drew; a copy is in .ecw/kept/plan-")
    copies = list(project.kept.glob("*.md"))  # a patch of the edits stands beside it
    assert [path.read_text().endswith("a thought\n") for path in copies] == [True]
    assert project.page_is_right()


def test_a_page_that_is_not_text_is_kept_byte_for_byte(project: Project) -> None:
    project.page.write_bytes(b"caf\xe9\x00\xff")
    project.file().update(title(1, 1, "New"))
    assert [path.read_bytes() for path in project.kept.iterdir()] == [b"caf\xe9\x00\xff"]
    assert project.page_is_right()


def test_a_page_that_cannot_be_kept_is_left_alone(project: Project) -> None:
    project.page.write_text("mine\n")
    project.kept.write_text("a file where the folder should be")
    committed = project.file().update(title(1, 1, "New"))
    assert "could not be drawn" in committed.problems[0]
    assert project.page.read_text() == "mine\n"
    assert titled(project) == "New"


@pytest.mark.parametrize("spoil", [lambda page: page.unlink(), lambda page: page.write_text("")])
def test_a_missing_or_empty_page_is_drawn_again(project: Project, spoil: Callable[[Path], object]) -> None:
    spoil(project.page)
    assert project.file().update(title(1, 1, "New")) == Committed()
    assert project.page_is_right()


def test_a_page_of_an_older_tracker_is_drawn_whole_and_not_taken_for_a_hand_made_one(project: Project) -> None:
    project.write(project.json.read_text().replace("Task 2.2", "Changed by an editor"))
    said = "docs/plans/plan.json was changed outside wt (by git, an editor or a program) since wt saw it last."
    assert project.file().update(title(1, 1, "New")) == Committed(notes=(said,))
    assert "Changed by an editor" in project.page.read_text()
    assert project.page_is_right()


def test_a_page_of_an_older_tracker_is_drawn_whole_after_a_read_in_between(project: Project) -> None:
    project.write(project.json.read_text().replace("Task 2.2", "Changed by an editor"))
    project.file().read()
    project.file().update(title(1, 1, "New"))
    assert project.page_is_right()


def test_in_a_fresh_clone_the_right_page_is_not_taken_for_a_hand_made_one(project: Project) -> None:
    for path in (project.root / ".ecw/state").iterdir():
        path.unlink()
    assert project.file().update(title(1, 1, "New")) == Committed()
    assert project.page_is_right()


@pytest.mark.parametrize(
    "change",
    [
        title(1, 1, "New"),
        title(2, 2, "| a <b>"),
        lambda p: p.replace(title="Other"),
        lambda p: p.replace(phases=p.phases[:1]),
    ],
)
def test_a_spliced_page_is_the_page_drawn_whole(project: Project, change: Callable[[Tracker], Tracker]) -> None:
    project.file().update(change)
    assert project.page_is_right()


def test_a_change_draws_only_the_row_it_touched(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    sections, rows = Counter(monkeypatch, view, "phase_section"), Counter(monkeypatch, view, "_row")
    project.file().update(title(1, 1, "New"))
    assert (sections.count, rows.count) == (0, 1)


def replace_by(kind: str) -> Callable[[Path], object]:
    def make(path: Path) -> object:
        path.unlink()
        return {
            "a folder": path.mkdir,
            "a pipe": lambda: os.mkfifo(path),
            "a link": lambda: path.symlink_to("/etc/hostname"),
        }[kind]()

    return make


@pytest.mark.parametrize("kind", ["a folder", "a pipe", "a link"])
def test_what_is_no_page_is_left_alone_and_said_after_saving(project: Project, kind: str) -> None:
    replace_by(kind)(project.page)
    before = os.lstat(project.page)
    committed = project.file().update(title(1, 1, "New"))
    assert committed.problems[0].startswith("the page docs/plans/plan.md could not be drawn")
    assert os.lstat(project.page).st_mode == before.st_mode
    assert titled(project) == "New"
    assert project.file().page_problem(project.file().read()) == "unreadable"
    with pytest.raises(Unavailable, match="could not be drawn"):
        project.file().redraw()


def test_redrawing_says_what_was_wrong_and_nothing_when_all_was_right(project: Project) -> None:
    assert project.file().redraw() == Committed()
    project.page.unlink()
    assert project.file().redraw() == Committed(notes=("docs/plans/plan.md was missing",))
    project.page.write_text("mine\n")
    assert "a copy is in .ecw/kept" in project.file().redraw().notes[0]
    project.write(project.json.read_text().replace("Task 2.2", "Changed by an editor"))
    assert project.file().redraw() == Committed(notes=("docs/plans/plan.md was out of date",))
    assert project.page_is_right()
    assert project.file().redraw() == Committed()


# --- warm and cold --------------------------------------------------------------------------------------------------------


@pytest.fixture
def full_reads(project: Project, monkeypatch: pytest.MonkeyPatch) -> Counter:
    return Counter(monkeypatch, any_layout, "decode")


def test_what_we_wrote_is_trusted(project: Project, full_reads: Counter) -> None:
    project.file().read()
    project.file().update(title(1, 1, "New"))
    project.file().read()
    assert full_reads.count == 0


def test_what_was_checked_once_is_trusted_after(project: Project, full_reads: Counter) -> None:
    os.utime(project.json)
    project.file().read()
    project.file().read()
    assert full_reads.count == 1


def test_an_edit_of_the_same_size_in_the_same_moment_is_not_trusted(project: Project, full_reads: Counter) -> None:
    for turn in range(10):
        project.file().update(title(1, 1, f"New {turn}"))
        with project.json.open("r+b") as file:
            raw = file.read()
            file.seek(raw.index(b"Task 2.2"))
            file.write(b"TASK 2.2")
        assert project.file().read().tracker.task(2, 2).title == "TASK 2.2"  # type: ignore[union-attr]  # it is there
        assert full_reads.count == turn + 1
        project.file().update(title(2, 2, "Task 2.2"))


def test_an_edit_between_our_rename_and_our_look_is_not_trusted(
    project: Project, monkeypatch: pytest.MonkeyPatch, full_reads: Counter
) -> None:
    real = view.splice

    def edit_meanwhile(*args: Any) -> bytes | None:
        raw = project.json.read_bytes()
        project.json.write_bytes(raw.replace(b"Task 2.2", b"TASK 2.2"))
        return real(*args)

    with monkeypatch.context() as patched:
        patched.setattr(view, "splice", edit_meanwhile)
        project.file().update(title(1, 1, "New"))
    assert titled(project, 2, 2) == "TASK 2.2"
    assert full_reads.count == 1


def test_a_file_in_another_layout_is_never_trusted(project: Project, full_reads: Counter) -> None:
    for text in (json.dumps(json.loads(project.json.read_text())), "\ufeff" + project.json.read_text()):
        project.write(text)
        assert titled(project) == titled(project) == "Task 1.1"
    assert full_reads.count == 4


@pytest.mark.parametrize(
    "junk", [b"", b"{", b"[]", b'{"file":1}', b'{"file":{},"page":[],"page_of":null}', b"\xff", b"[" * 60_000, b"null"]
)
def test_a_damaged_memory_is_no_memory(project: Project, full_reads: Counter, junk: bytes) -> None:
    memory = project.root / ".ecw/state/docs%2Fplans%2Fplan.json"
    memory.write_bytes(junk)
    assert titled(project) == "Task 1.1"
    project.file().update(title(1, 1, "New"))
    assert project.page_is_right()
    assert full_reads.count == 1


@pytest.mark.parametrize("kind", ["a folder", "a pipe", "a link"])
def test_a_memory_that_is_no_file_does_not_hang(project: Project, kind: str) -> None:
    replace_by(kind)(project.root / ".ecw/state/docs%2Fplans%2Fplan.json")
    assert titled(project) == "Task 1.1"
    project.file().update(title(1, 1, "New"))
    assert titled(project) == "New"


def test_reading_writes_nothing_where_wt_never_wrote(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write(encode(rich_tracker()))

    def there() -> list[tuple[Path, int, int]]:
        """Every file and folder, and when it was written: reading may move the time it was read."""
        return sorted((path, os.lstat(path).st_mtime_ns, os.lstat(path).st_size) for path in tmp_path.rglob("*"))

    before = there()
    assert project.file().read().tracker == rich_tracker()
    assert there() == before


# --- how much is decoded ------------------------------------------------------------------------------------------------


def test_one_change_in_a_large_tracker_decodes_at_most_the_tasks_of_its_phase(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(tmp_path)
    project.file().create(large_tracker(2000))
    tasks = Counter(monkeypatch, codec._Source, "task")
    full = Counter(monkeypatch, any_layout, "decode")
    seen = project.file().read()
    project.file().update(
        title(20, 7, "New"), seen, lambda deed: deed.replace(edits=())
    )  # as the service: they are known
    assert tasks.count <= 50
    assert full.count == 0
    monkeypatch.undo()
    assert project.page_is_right()


# --- others who write -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "meddle", [lambda p: p.write_text("{}"), lambda p: p.unlink(), lambda p: (p.unlink(), p.mkdir())]
)
def test_a_write_by_somebody_without_the_lock_is_never_overwritten(
    project: Project, meddle: Callable[[Path], object]
) -> None:
    def change(plan: Tracker) -> Tracker:
        meddle(project.json)
        return title(1, 1, "New")(plan)

    with pytest.raises(Busy, match="changed by another program just now; nothing was written"):
        project.file().update(change)
    assert not project.json.is_file() or project.json.read_text() == "{}"
    assert project.temporaries() == []


WORK = """
import sys
from infrastructure.tracker_files import TrackerFile
from domain.tracker import Note
root, me, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
for turn in range(times):
    file = TrackerFile(root, "docs/plans/plan.json", size_limit=1 << 29, lock_timeout=20, holder=me)
    seen = file.read()
    def change(plan):
        task = plan.task(1, 1)
        return plan.with_task(1, task.replace(notes=(*task.notes, Note("2026-01-05T09:00:00Z", me, str(turn)))))
    assert not file.update(change, seen).problems
    print(me, turn, flush=True)
"""


def workers(project: Project, count: int, times: int) -> list[subprocess.Popen[str]]:
    return [
        subprocess.Popen(
            [sys.executable, "-c", WORK, str(project.root), f"w{n}", str(times)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for n in range(count)
    ]


def notes(project: Project) -> list[tuple[str, str]]:
    found = project.file().read().tracker.task(1, 1)
    assert found is not None
    return sorted((note.by, note.text) for note in found.notes)


def test_of_many_writers_every_acknowledged_change_is_there_exactly_once(project: Project) -> None:
    running = workers(project, 8, 10)
    told = sorted(tuple(line.split()) for process in running for line in process.communicate()[0].splitlines())
    assert [process.returncode for process in running] == [0] * 8
    assert notes(project) == told == sorted((f"w{n}", str(turn)) for n in range(8) for turn in range(10))
    assert project.page_is_right()
    assert project.temporaries() == []


def test_of_many_commands_every_acknowledged_change_is_there_exactly_once(project: Project) -> None:
    env = {key: value for key, value in os.environ.items() if not key.startswith("WT_")} | {"WT_LOCK_TIMEOUT": "30"}

    def command(n: int) -> subprocess.Popen[str]:
        words = [sys.executable, str(ROOT / "scripts/wt.py"), "--actor", f"w{n}", f"note on 1.1: {n}"]
        return subprocess.Popen(words, cwd=project.root, env=env, stdout=subprocess.PIPE, text=True)

    running = [command(n) for n in range(16)]
    for process in running:
        process.communicate()
    assert [process.returncode for process in running] == [0] * 16
    assert notes(project) == sorted((f"w{n}", str(n)) for n in range(16))
    assert project.page_is_right()


def test_a_writer_that_is_killed_loses_nothing_it_acknowledged(project: Project) -> None:
    for process in workers(project, 3, 1000):
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(5)]
        process.kill()
        told = [
            tuple(line.split()) for line in [*said, *process.communicate()[0].splitlines()] if len(line.split()) == 2
        ]
        assert set(told) <= set(notes(project))
    project.file(lock_timeout=5).update(title(1, 2, "Still works"))
    assert project.page_is_right()


# --- versions and broken files ---------------------------------------------------------------------------------------------


def test_a_newer_file_is_read_and_never_written(project: Project) -> None:
    text = project.json.read_text().replace('"schema_version":1', '"schema_version":2,"mood":"good"')
    project.write(text)
    assert titled(project) == "Task 1.1"
    for work in (lambda: project.file().update(title(1, 1, "New")), project.file().redraw):
        with pytest.raises(ReadOnly, match=r"plan\.json was written by a newer wt \(schema version 2\)\."):
            work()
    assert project.json.read_text() == text


def test_a_broken_file_is_neither_read_nor_written(project: Project) -> None:
    project.write(project.json.read_text().replace('"status":"pending"', '"status":"done"', 1))
    before = project.json.read_bytes()
    for work in (project.file().read, lambda: project.file().update(title(1, 1, "New")), project.file().redraw):
        with pytest.raises(Broken, match="line 3: status must be one of"):
            work()
    assert project.json.read_bytes() == before


# --- a disk that fails ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS])
@pytest.mark.parametrize("call", ["open", "write", "fsync", "rename", "close"])
def test_a_disk_that_fails_leaves_the_old_file_and_says_so(
    project: Project, monkeypatch: pytest.MonkeyPatch, call: str, code: int
) -> None:
    before, temporary = project.json.read_bytes(), ".plan.json."
    real_open, real = os.open, getattr(os, call)
    ours: set[object] = set()

    def opening(path: Any, *args: Any) -> int:
        if call == "open" and temporary in str(path):
            raise OSError(code, os.strerror(code))
        fd = real_open(path, *args)
        ours.discard(fd)
        if temporary in str(path):
            ours.add(fd)
        return fd

    def failing(first: Any, *args: Any) -> Any:
        if first in ours or temporary in str(first):
            if call == "close":
                real(first)
            ours.discard(first)
            raise OSError(code, os.strerror(code))
        return real(first, *args)

    with monkeypatch.context() as patched:
        patched.setattr(atomic.os, call, failing)
        patched.setattr(atomic.os, "open", opening)
        with pytest.raises(Unavailable, match=r"plan\.json could not be written: .*Nothing was changed"):
            project.file().update(title(1, 1, "New"))
    assert project.json.read_bytes() == before
    assert project.temporaries() == []
    assert project.page_is_right()


def test_a_folder_that_cannot_be_synced_is_saved_but(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: str) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(atomic, "sync_folder", fails)
    committed = project.file().update(title(1, 1, "New"))
    assert len(committed.problems) == 1 and "could not be synced" in committed.problems[0]
    assert titled(project) == "New"


def test_a_folder_that_cannot_be_synced_after_deleting_is_told(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: str) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(tracker_files, "sync_folder", fails)
    assert "could not be synced" in project.file().delete().problems[0]
    assert not project.json.exists()


def test_a_tracker_that_vanishes_right_after_the_rename_is_no_traceback(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = atomic.sync_folder
    monkeypatch.setattr(atomic, "sync_folder", lambda path: (real(path), project.json.unlink()))
    assert project.file().update(title(1, 1, "New")) == Committed()


@pytest.mark.parametrize("spoil", [lambda own: own.write_text(""), lambda own: own.symlink_to("elsewhere")])
def test_what_is_no_folder_of_ours_stops_a_write_and_no_read(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    project = Project(tmp_path)
    project.write(encode(tracker_with("1.1")))
    (tmp_path / "elsewhere").mkdir()
    spoil(tmp_path / ".ecw")
    with pytest.raises(Unavailable, match=r"\.ecw/ cannot be made"):
        project.file().update(title(1, 1, "New"))
    assert titled(project) == "Task 1.1"
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_old_temporary_files_are_swept_with_the_next_write(project: Project) -> None:
    old = [project.json.parent / ".plan.json.aa.wt-tmp", project.root / ".ecw/state/.x.wt-tmp"]
    for path in old:
        path.write_bytes(b"")
        os.utime(path, (0, 0))
    project.file().update(title(1, 1, "New"))
    assert project.temporaries() == []


def test_the_page_carries_the_digest_of_its_tracker(project: Project) -> None:
    assert view.digest_of(project.page.read_text()) == digest(project.json.read_bytes())
    assert NOW in project.json.read_text()
