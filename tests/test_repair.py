"""Faults: what can be proven is repaired by the next change, sync or doctor; a read answers and writes nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from domain.errors import Unavailable
from infrastructure import tracker_writes
from infrastructure.journal import Journal
from tests.e2e.conftest import Project
from tests.projects import PLAN, demo_project, journal_of, kept_in, memory_of, snapshots_of

Spoil = Callable[[Project], object]


@pytest.fixture
def demo(tmp_path: Path) -> Project:
    project = demo_project(tmp_path)
    old = project.path("demo.json").read_bytes()
    project.do("mark 1.1 complete", "assign 1.2 to dana")
    (tmp_path / "old.json").write_bytes(old)
    return project


def write(data: bytes) -> Spoil:
    return lambda project: project.path("demo.json").write_bytes(data)


def cut(size: int) -> Spoil:
    return lambda project: project.path("demo.json").write_bytes(project.path("demo.json").read_bytes()[:size])


def swap(old: bytes, new: bytes) -> Spoil:
    def spoil(project: Project) -> None:
        raw = project.path("demo.json").read_bytes()
        assert old in raw
        project.path("demo.json").write_bytes(raw.replace(old, new, 1))

    return spoil


def older(project: Project) -> None:
    project.path("demo.json").write_bytes((project.folder / "old.json").read_bytes())


PROVABLE: dict[str, Spoil] = {
    "truncated": cut(300),
    "cut to nothing much": cut(10),
    "cut in the last line": cut(-3),
    "empty": write(b""),
    "blank": write(b"\n\n"),
    "zeros": lambda project: project.path("demo.json").write_bytes(bytes(project.path("demo.json").stat().st_size)),
    "not text": write(b"\xff\xfe\x00"),
    "unparsable": swap(b'"status":', b'"status"'),
    "deleted": lambda project: project.path("demo.json").unlink(),
    "an older copy": older,
}
each = pytest.mark.parametrize("fault", PROVABLE)


def state(project: Project) -> tuple[object, object]:
    return project.task("1.1")["status"], project.task("1.2").get("assignee")


# --- what can be proven ---------------------------------------------------------------------------------------------------


@each
def test_a_read_answers_from_the_proven_state_says_so_and_writes_nothing(demo: Project, fault: str) -> None:
    PROVABLE[fault](demo)
    before = demo.fingerprint()
    done = demo.say("show 1.1")
    assert (done.code, "complete" in done.out) == (0, True)
    assert sum("this is the last saved state" in line for line in done.out.splitlines()) == 1
    assert demo.fingerprint() == before


@each
def test_the_next_change_repairs_and_is_made(demo: Project, fault: str) -> None:
    PROVABLE[fault](demo)
    broken = demo.path("demo.json").read_bytes() if demo.path("demo.json").exists() else None
    done = demo.say("rename 2.1 to Look closely")
    assert done.code == 0, done
    assert sum("the last saved state is back" in line for line in done.out.splitlines()) == 1
    assert state(demo) == ("complete", "dana")
    assert demo.task("2.1")["title"] == "Look closely"
    assert [path.read_bytes() for path in kept_in(demo)] == ([broken] if broken is not None else [])
    assert demo.say("validate").code == 0
    assert "last saved state" not in demo.say("show 1.1").out


@each
@pytest.mark.parametrize("words", [["sync"], ["doctor", "--fix"]])
def test_sync_and_doctor_repair_the_same(demo: Project, fault: str, words: list[str]) -> None:
    good = demo.path("demo.json").read_bytes()
    PROVABLE[fault](demo)
    assert demo.say(*words).code == 0
    assert demo.path("demo.json").read_bytes() == good
    assert demo.say("doctor").code == 0


@each
def test_the_repair_is_in_the_history_and_does_not_stop_an_undo(demo: Project, fault: str) -> None:
    PROVABLE[fault](demo)
    demo.do("sync", "undo")
    assert state(demo) == ("complete", None)
    kinds = [entry["kind"] for entry in demo.json("history")["data"]["entries"]]
    assert kinds[:3] == ["undo", "repair", "commit"]


@each
def test_the_journal_alone_is_enough_when_every_snapshot_is_damaged(demo: Project, fault: str) -> None:
    good = demo.path("demo.json").read_bytes()
    for path in snapshots_of(demo):
        path.write_bytes(b"rotten")
    PROVABLE[fault](demo)
    assert demo.say("sync").code == 0
    assert demo.path("demo.json").read_bytes() == good


def test_a_version_in_git_is_enough_when_all_else_is_gone(demo: Project) -> None:
    for words in (
        ["init", "-q"],
        ["add", "docs"],
        ["-c", "user.name=d", "-c", "user.email=d@e", "commit", "-qm", "plan"],
    ):
        subprocess.run(["git", *words], cwd=demo.folder, env=demo.env, check=True)
    good = demo.path("demo.json").read_bytes()
    journal_of(demo).write_bytes(journal_of(demo).read_bytes().splitlines(keepends=True)[-1])
    for path in snapshots_of(demo):
        path.unlink()
    cut(300)(demo)
    assert demo.say("sync").code == 0
    assert demo.path("demo.json").read_bytes() == good


# --- what a person must decide --------------------------------------------------------------------------------------------


MARKED = b"<<<<<<< HEAD\n  ,\n=======\n  ,,\n>>>>>>> other\n"
QUESTIONS: dict[str, Spoil] = {
    "an invalid edit": swap(b'"status":"pending"', b'"status":"nope"'),
    "conflict markers": swap(b"\n  ,", b"\n" + MARKED + b"  ,"),
    "another document": write(b'{"name":"something else"}'),
    "a key twice": swap(b'"status":"pending"', b'"status":"pending","status":"blocked"'),
}


@pytest.mark.parametrize("fault", QUESTIONS)
def test_what_cannot_be_proven_is_exit_5_in_two_lines_and_nothing_is_touched(demo: Project, fault: str) -> None:
    QUESTIONS[fault](demo)
    before = demo.fingerprint()
    for sentence in ("show 1.1", "mark 1.2 complete", "sync"):
        done = demo.say(sentence)
        assert (done.code, len(done.err.splitlines())) == (5, 2)
        assert "wt doctor" in done.err
    assert {path: held for path, held in demo.fingerprint().items() if not path.endswith("lock")} == {
        path: held for path, held in before.items() if not path.endswith("lock")
    }


@pytest.mark.parametrize("fault", QUESTIONS)
def test_the_doctor_says_what_a_person_can_do_and_restore_does_it(demo: Project, fault: str) -> None:
    good = demo.path("demo.json").read_bytes()
    QUESTIONS[fault](demo)
    broken = demo.path("demo.json").read_bytes()
    reply = demo.json("doctor")
    assert (reply["outcome"], reply["ok"]) == ("broken", False)
    assert "wt restore 8" in reply["data"]["questions"][0]
    assert demo.say("doctor", "--fix").code == 5
    assert demo.path("demo.json").read_bytes() == broken
    assert demo.say("restore", "8").code == 0
    assert demo.path("demo.json").read_bytes() == good
    assert [path.read_bytes() for path in kept_in(demo)] == [broken]


def test_without_journal_and_snapshots_a_broken_file_is_nobody_s_to_guess(demo: Project) -> None:
    for path in [*snapshots_of(demo), journal_of(demo)]:
        path.unlink()
    cut(300)(demo)
    assert demo.say("show 1.1").code == 5
    assert demo.say("restore").code == 3


def test_a_file_that_git_took_away_is_not_brought_back(demo: Project) -> None:
    for words in (
        ["init", "-q"],
        ["add", "docs"],
        ["-c", "user.name=d", "-c", "user.email=d@e", "commit", "-qm", "plan"],
    ):
        subprocess.run(["git", *words], cwd=demo.folder, env=demo.env, check=True)
    subprocess.run(["git", "rm", "-q", PLAN], cwd=demo.folder, env=demo.env, check=True)
    assert demo.say("show 1.1").code == 3


def test_with_a_tracker_missing_the_one_that_is_left_is_not_taken_for_it(demo: Project) -> None:
    demo.do('init "Other"')
    demo.path("demo.json").unlink()
    done = demo.say("mark 1.1 complete")
    assert (done.code, "several trackers" in done.err) == (2, True)
    assert demo.say("--tracker", "demo", "mark 1.2 complete").code == 0
    assert demo.task("1.2")["status"] == "complete"


def test_a_new_tracker_does_not_take_the_place_of_a_lost_one(demo: Project) -> None:
    demo.path("demo.json").unlink()
    done = demo.say('init "Demo"')
    assert (done.code, "wt doctor" in done.err) == (2, True)
    assert demo.say("show 1.1").code == 0


# --- the repair itself ----------------------------------------------------------------------------------------------------


def test_a_repair_that_did_not_bring_everything_back_is_taken_back(
    demo: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut(300)(demo)
    broken = demo.path("demo.json").read_bytes()
    real = tracker_writes.TrackerWriter._replace

    def loses(file: tracker_writes.TrackerWriter, data: bytes, expected: str) -> object:
        return real(file, data.replace(b"Paint walls", b"Paint") if data != broken else data, expected)

    monkeypatch.setattr(tracker_writes.TrackerWriter, "_replace", loses)
    done = demo.say("sync")
    assert (done.code, "was taken back" in done.err) == (5, True)
    assert demo.path("demo.json").read_bytes() == broken


def test_a_crash_in_the_middle_of_a_repair_leaves_it_to_the_next(
    demo: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = demo.path("demo.json").read_bytes()
    older(demo)

    class Crash(BaseException):
        pass

    def dies(*_: object) -> None:
        raise Crash

    with monkeypatch.context() as patched, pytest.raises(Crash):
        patched.setattr(tracker_writes.TrackerWriter, "_replace", dies)
        demo.say("sync")
    assert demo.say("sync").code == 0
    assert demo.path("demo.json").read_bytes() == good


def test_a_journal_that_is_behind_is_not_replayed_into_an_older_state(demo: Project) -> None:
    """Its last line is gone: what it tells is no longer the last state that was acknowledged."""
    path = journal_of(demo)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    cut(300)(demo)
    assert demo.say("show 1.1").code == 5


@each
def test_a_repair_leaves_no_gap_in_the_journal_behind(demo: Project, fault: str) -> None:
    PROVABLE[fault](demo)
    demo.do("sync", "assign 1.2 to lee")
    assert demo.say("validate", "--strict").out.count("journal.gap") == 0
    assert [row["rule"] for row in demo.json("doctor")["data"]["findings"]] == ["done.without-evidence"]


def test_what_the_journal_lost_is_told_as_what_it_was(demo: Project) -> None:
    journal = journal_of(demo)
    journal.write_bytes(journal.read_bytes()[:-40])
    demo.do("assign 1.1 to lee")
    outside = demo.json("history")["data"]["entries"][1]
    assert (outside["kind"], next(edit["field"] for edit in outside["edits"])) == ("external", "assignee")
    demo.do("undo")
    assert state(demo) == ("complete", "dana")


# --- the doctor -----------------------------------------------------------------------------------------------------------


def test_the_doctor_changes_nothing(demo: Project) -> None:
    cut(300)(demo)
    demo.path("demo.md").unlink()
    before = demo.fingerprint()
    reply = demo.json("doctor")
    assert reply["outcome"] == "invalid"
    assert [row["rule"] for row in reply["data"]["findings"]] == ["file.damaged"]
    assert "put back the last saved state" in reply["data"]["plan"][0]["cure"]
    assert demo.fingerprint() == before


def test_the_doctor_looks_at_everything_and_puts_right_what_it_can(demo: Project) -> None:
    assert demo.say("doctor").code == 0
    demo.path("demo.md").write_text("mine\n")
    (demo.folder / ".ecw/.gitignore").unlink()
    snapshots_of(demo)[0].write_bytes(b"rotten")
    with journal_of(demo).open("ab") as file:
        file.write(b'{"seq":99,"torn')
    left = demo.path(".demo.json.abcdef.wt-tmp")
    left.write_bytes(b"half")
    old = 1_600_000_000
    subprocess.run(["touch", "-d", f"@{old}", str(left)], check=True)
    swap(b"Paint walls", b"Paint the walls")(demo)
    rules = {row["rule"] for row in demo.json("doctor")["data"]["findings"]}
    assert {
        "own.missing",
        "backup.damaged",
        "journal.damaged",
        "journal.behind",
        "file.half-written",
        "page.foreign",
    } <= rules
    assert demo.say("doctor", "--fix").code == 0
    rules = {row["rule"] for row in demo.json("doctor")["data"]["findings"]}
    assert rules <= {"journal.damaged", "done.without-evidence"}
    assert demo.task("1.2")["title"] == "Paint the walls"
    assert [path.read_text() for path in kept_in(demo) if path.suffix == ".md"] == ["mine\n"]


IN_THE_WAY: dict[str, Callable[[Path], object]] = {
    "a folder": lambda path: path.mkdir(),
    "a pipe": lambda path: os.mkfifo(path),
    "a symbolic link": lambda path: path.symlink_to("/dev/null"),
}


@pytest.mark.parametrize("thing", IN_THE_WAY)
@pytest.mark.parametrize("place", ["tracker", "journal", "journal, and no memory"])
def test_the_doctor_says_what_stands_in_the_way_of_reading(demo: Project, place: str, thing: str) -> None:
    path = demo.path("demo.json") if place == "tracker" else journal_of(demo)
    path.unlink()
    IN_THE_WAY[thing](path)
    if "memory" in place:
        memory_of(demo).unlink()
    before = demo.fingerprint()
    reply = demo.json("doctor")
    assert (reply["outcome"], len(reply["data"]["questions"])) == ("broken", 1)
    assert any(row["rule"] == "file.unreadable" for row in reply["data"]["findings"])
    assert demo.say("doctor", "--fix").code == 5
    assert demo.fingerprint() == before


def test_the_doctor_knows_what_git_has_when_nothing_else_was_kept(demo: Project) -> None:
    for command in (
        ["init", "-q"],
        ["add", "docs"],
        ["-c", "user.name=D", "-c", "user.email=d@x", "commit", "-qm", "x"],
    ):
        subprocess.run(["git", *command], cwd=demo.folder, env=demo.env, check=True)
    shutil.rmtree(demo.folder / ".ecw")
    cut(300)(demo)
    assert "git has a version of it that can be read" in demo.json("doctor")["data"]["questions"][0]


# --- restoring ------------------------------------------------------------------------------------------------------------


def test_any_state_can_be_restored_and_that_can_be_undone(demo: Project) -> None:
    demo.do("add task to phase 1: Third")
    before = demo.path("demo.json").read_bytes()
    states = demo.json("restore")["data"]["states"]
    assert [row["number"] for row in states] == list(range(9, 0, -1))
    assert demo.say("restore", "6").code == 0
    assert state(demo) == ("pending", None)
    assert demo.tracker()["phases"][0]["tasks_issued"] == 3
    assert demo.json("history")["data"]["entries"][0]["kind"] == "restore"
    demo.do("undo")
    assert demo.path("demo.json").read_bytes() == before


def test_a_rehearsed_restore_writes_nothing(demo: Project) -> None:
    before = demo.fingerprint()
    assert demo.say("restore", "3", "--dry-run").code == 0
    assert demo.say("restore", "99").code == 3
    assert demo.fingerprint() == before


def test_every_state_is_put_together_forward_and_backward(demo: Project) -> None:
    """With the only snapshot at the end, older states are reached by taking changes back."""
    first = snapshots_of(demo)[0]
    lines = journal_of(demo).read_bytes().splitlines(keepends=True)
    journal_of(demo).write_bytes(b"".join(lines[1:]))
    first.unlink()
    assert demo.say("doctor", "--fix").code == 0
    journal = Journal(str(demo.folder), json.loads(lines[0])["edits"][0]["uid"], PLAN)
    assert [row.seq for row in journal.entries()[0]] == list(range(2, 9))
    assert demo.say("restore", "4").code == 0
    assert [task["title"] for task in demo.tracker()["phases"][0]["tasks"]] == ["Lay bricks"]


# --- what is not known for certain -----------------------------------------------------------------------------------------


def test_a_change_that_was_told_is_not_lost_with_the_memory_of_it(demo: Project) -> None:
    """The memory is not synced: after a power cut it may know less than was told."""
    before = memory_of(demo).read_bytes()
    demo.do("rename 2.1 to Look closely")
    memory_of(demo).write_bytes(before)
    demo.path("demo.md").unlink()
    cut(300)(demo)
    demo.do("sync")
    assert demo.task("2.1")["title"] == "Look closely"
    assert demo.json("history")["data"]["entries"][1]["sentence"] == "rename 2.1 to Look closely"


def test_an_undo_that_was_not_made_is_not_made_by_a_repair(demo: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is from before the change: it shows what the undo would have made, and proves nothing."""
    page = demo.path("demo.md").read_bytes()
    demo.do("rename 2.1 to Look closely")
    demo.path("demo.md").write_bytes(page)
    with monkeypatch.context() as patched:
        patched.setattr(tracker_writes.TrackerWriter, "_replace", no_space)
        assert demo.say("undo").code == 1
    memory_of(demo).unlink()
    demo.do("mark 1.2 complete")
    assert demo.task("2.1")["title"] == "Look closely"


def test_a_tracker_that_was_never_made_is_not_brought_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".ecw").mkdir()
    project = Project(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(tracker_writes.TrackerWriter, "_replace", no_space)
        assert project.say('init "Demo"').code == 1
    assert project.say("show progress").code == 3
    project.do('init "Demo"', "add phase Build")
    assert project.say("validate").code == 0


def test_an_edit_by_hand_that_the_journal_knows_is_not_lost_to_an_older_copy(demo: Project) -> None:
    before = demo.path("demo.json").read_bytes()
    swap(b"Paint walls", b"Paint the walls")(demo)
    assert demo.say("doctor", "--fix").code == 0
    demo.path("demo.json").write_bytes(before)
    demo.do("sync")
    assert demo.task("1.2")["title"] == "Paint the walls"


def test_an_edit_by_hand_of_what_a_change_made_does_not_make_it_undone(demo: Project) -> None:
    demo.do("rename 2.1 to Look closely")
    swap(b"Look closely", b"Look twice")(demo)
    memory_of(demo).unlink()
    demo.path("demo.md").unlink()
    demo.do("mark 1.2 complete")
    kinds = [(entry["kind"], entry["sentence"]) for entry in demo.json("history")["data"]["entries"][:3]]
    assert kinds[1:] == [("external", "changed outside wt"), ("commit", "rename 2.1 to Look closely")]


def test_a_change_that_failed_does_not_hide_the_journal_from_a_repair(
    demo: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory_of(demo).unlink()
    with monkeypatch.context() as patched:
        patched.setattr(tracker_writes.TrackerWriter, "_replace", no_space)
        assert demo.say("rename 2.1 to Look closely").code == 1
    memory_of(demo).unlink()
    write(b"")(demo)
    demo.do("sync")
    assert (demo.task("2.1")["title"], state(demo)) == ("Inspect", ("complete", "dana"))


def no_space(*_: object) -> None:
    raise Unavailable("No space.")
