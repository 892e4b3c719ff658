"""Undo, redo and history: every change can be taken back, nothing that came since is lost, and git's commits count too."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import history
from domain.edits import diff
from domain.entries import Deed, Entry, entry_from, entry_of
from domain.errors import Refused
from domain.history import Names, in_words
from domain.tracker import Tracker
from tests.e2e.conftest import Project
from tests.projects import demo_project
from tests.repositories import Repository, renames
from tests.samples import rich_tracker, task, tracker_with


class Past:
    """A tracker and its journal, without a disk."""

    def __init__(self, tracker: Tracker) -> None:
        self.tracker = tracker
        self.entries: list[Entry] = []

    def do(self, after: Tracker, kind: str = "commit", sentence: str = "a change", of: tuple[int, ...] = ()) -> Past:
        number = len(self.entries) + 1
        deed = Deed(f"2026-01-05T09:{number:02}:00Z", "alex", sentence, kind, of, diff(self.tracker, after))
        self.entries.append(entry_of(deed, number, "plan.json", f"state {number - 1}", f"state {number}"))
        self.tracker = after
        return self

    def title(self, number: int, said: str, kind: str = "commit") -> Past:
        old = self.tracker.task(1, number)
        assert old is not None
        return self.do(
            self.tracker.with_task(1, old.replace(title=said, updated_at=f"2026-01-05T09:{len(said):02}:00Z")),
            kind,
            said,
        )

    def undo(self, count: int = 1) -> Past:
        taken = history.undone(self.tracker, self.entries, count)
        return self.do(taken.tracker, "undo", "undo", tuple(entry.seq for entry in taken.entries))

    def redo(self, count: int = 1) -> Past:
        taken = history.redone(self.tracker, self.entries, count)
        return self.do(taken.tracker, "redo", "redo", tuple(entry.seq for entry in taken.entries))

    def titles(self) -> list[str]:
        return [row.title for _, row in self.tracker.tasks()]


def begun() -> Past:
    return Past(tracker_with("1.1", "1.2"))


# --- the law --------------------------------------------------------------------------------------------------------------


def test_undo_takes_back_the_last_change_whole() -> None:
    past = begun()
    before = past.tracker
    assert past.title(1, "A").undo().tracker == before


def test_several_changes_are_taken_back_newest_first() -> None:
    past = begun()
    before = past.tracker
    assert past.title(1, "A").title(1, "B").title(2, "C").undo(3).tracker == before


def test_undo_after_undo_goes_further_back_and_redo_comes_forward() -> None:
    past = begun().title(1, "A").title(1, "B").undo()
    assert past.titles()[0] == "A"
    assert past.undo().titles()[0] == "Task 1.1"
    assert past.redo().titles()[0] == "A"
    assert past.redo().titles()[0] == "B"
    with pytest.raises(Refused, match="nothing to redo"):
        past.redo()


def test_a_new_change_ends_what_could_be_redone() -> None:
    past = begun().title(1, "A").undo().title(2, "B")
    with pytest.raises(Refused, match="nothing to redo"):
        past.redo()
    assert past.undo().titles() == ["Task 1.1", "Task 1.2"]


@given(st.lists(st.sampled_from(["A", "B", "C", "undo", "redo"]), max_size=14))
def test_undo_and_redo_behave_like_two_stacks(steps: list[str]) -> None:
    past = begun()
    done, undone = [past.titles()[0]], list[str]()
    for turn, step in enumerate(steps):
        if step in ("undo", "redo"):
            source, goal = (done, undone) if step == "undo" else (undone, done)
            if len(source) - (step == "undo"):
                goal.append(source.pop())
                past.undo() if step == "undo" else past.redo()
        else:
            past.title(1, f"{step}{turn}")
            done.append(f"{step}{turn}")
            undone = []
        assert past.titles()[0] == done[-1]


def test_nothing_more_than_there_is_can_be_undone() -> None:
    with pytest.raises(Refused, match="There is nothing to undo"):
        begun().undo()
    with pytest.raises(Refused, match="There is only 1 change to undo; nothing was changed"):
        begun().title(1, "A").undo(2)
    with pytest.raises(Refused, match="0 is not a number of changes"):
        begun().title(1, "A").undo(0)


# --- what later changes make impossible -----------------------------------------------------------------------------------


def test_an_undo_that_a_later_change_made_impossible_names_it() -> None:
    past = begun().title(1, "Mine").title(1, "From git", "external")
    with pytest.raises(
        Refused, match=r'Cannot undo "Mine" .*: a later change is in the way: "From git" by alex .*title of task 1\.1'
    ):
        past.undo()


def test_what_came_from_outside_is_never_undone_and_never_lost() -> None:
    past = begun().title(1, "Mine").title(2, "From git", "external").undo()
    assert past.titles() == ["Task 1.1", "From git"]


def test_a_time_goes_back_only_where_nothing_came_since() -> None:
    past = begun()
    first = past.tracker.task(1, 1)
    assert first is not None
    past.title(1, "Mine")
    now = past.tracker.task(1, 1)
    assert now is not None
    later = now.replace(assignee="dana", updated_at="2026-01-06T00:00:00Z")
    past.do(past.tracker.with_task(1, later), "external").undo()
    kept = past.tracker.task(1, 1)
    assert kept is not None
    assert (kept.title, kept.updated_at) == (first.title, "2026-01-06T00:00:00Z")


def test_an_undone_addition_does_not_give_its_number_away() -> None:
    past = begun()
    phase = past.tracker.phases[0]
    past.do(past.tracker.with_phase(phase.with_new_task(task(3, "Third", uid="third-task")))).undo()
    assert [row.number for _, row in past.tracker.tasks()] == [1, 2]
    assert past.tracker.phases[0].tasks_issued == 3


def test_what_others_depend_on_by_now_cannot_be_taken_away() -> None:
    past = begun()
    phase = past.tracker.phases[0]
    past.do(past.tracker.with_phase(phase.with_new_task(task(3, "Third", uid="third-task"))), sentence="add Third")
    first = past.tracker.task(1, 1)
    assert first is not None
    past.do(past.tracker.with_task(1, first.replace(depends_on=("third-task",))), "external", "needs it")
    with pytest.raises(Refused, match=r'Cannot undo "add Third".*"needs it"'):
        past.undo()


def test_a_change_that_was_never_done_is_never_undone() -> None:
    past = begun().title(1, "A").title(1, "B")
    lost = past.entries.pop()
    past.entries += [
        lost,
        Entry(9, lost.at, "alex", "abandoned", "never done", "plan.json", None, None, (), (lost.seq,)),
    ]
    assert [entry.sentence for entry in history.stacks(past.entries)[0]] == ["A"]


# --- entries and words ----------------------------------------------------------------------------------------------------


def test_an_entry_is_the_same_after_a_way_through_json() -> None:
    past = Past(tracker_with("1.1")).do(rich_tracker().replace(uid=tracker_with("1.1").uid))
    assert [entry_from(entry.to_document()) for entry in past.entries] == past.entries


def test_what_a_later_version_adds_to_an_entry_is_passed_over() -> None:
    entry = begun().title(1, "A").entries[0]
    assert entry_from(entry.to_document() | {"mood": "good"}) == entry


def test_changes_are_told_with_the_ids_people_know() -> None:
    past = begun()
    phase = past.tracker.phases[0]
    past.title(1, "A").do(past.tracker.with_phase(past.tracker.phases[0].without_task(2)))
    names = Names(past.tracker, past.entries)
    assert [in_words(entry, names) for entry in past.entries] == ["1.1 title: Task 1.1 → A", "1.2 deleted: Task 1.2"]
    assert phase.number == 1


# --- sentences ------------------------------------------------------------------------------------------------------------


def test_the_sentences_of_history_answer_from_the_journal(demo: Project) -> None:
    demo.do("mark 1.1 complete", "assign 1.2 to dana")
    lines = demo.say("history").out.splitlines()
    assert lines[1:3] == [
        "2026-01-05 09:00  alex  assign 1.2 to dana  (1.2 assignee: nothing → dana)",
        "2026-01-05 09:00  alex  mark 1.1 complete  (1.1 status: pending → complete)",
    ]
    assert "alex" in demo.say("who completed 1.1").out
    assert demo.say("history of 1.1").out.splitlines()[1] == lines[2]
    assert len(demo.json("what changed today")["data"]["entries"]) == len(demo.json("history")["data"]["entries"])
    newest = demo.json("history")["data"]["entries"][0]
    assert (newest["actor"], newest["kind"], newest["edits"][0]["item"]) == ("alex", "commit", "1.2")


def test_who_completed_a_task_is_said_and_that_nobody_did(demo: Project) -> None:
    demo.do("mark 1.1 complete", "assign 1.1 to dana", "undo", "undo", "redo")
    assert "of task 1.1 (complete by alex, 2026-01-05 09:00)" in demo.say("who completed 1.1").out
    assert "of task 1.2 (pending), the newest first" in demo.say("who completed 1.2").out


@pytest.mark.parametrize("sentence", ["undo the last 0", "redo 0 changes", "undo the last -1"])
def test_no_changes_are_not_one_change(demo: Project, sentence: str) -> None:
    demo.do("mark 1.1 complete", "assign 1.2 to dana", "undo")
    before = demo.path("demo.json").read_bytes()
    assert demo.say(sentence).code == 2
    assert demo.path("demo.json").read_bytes() == before


def test_undo_and_redo_by_sentence_leave_the_very_same_bytes(demo: Project) -> None:
    before = demo.path("demo.json").read_bytes()
    demo.do("mark 1.1 complete", "assign 1.2 to dana", "add task to phase 1: Third")
    after = demo.path("demo.json").read_bytes()
    demo.do("undo", "undo the last 2")
    assert demo.path("demo.json").read_bytes() == before.replace(b'"tasks_issued":2', b'"tasks_issued":3', 1)
    demo.do("redo", "redo 2 changes")
    assert demo.path("demo.json").read_bytes() == after


def test_an_undo_is_itself_in_the_history(demo: Project) -> None:
    demo.do("mark 1.1 complete", "undo")
    first, second = demo.json("history")["data"]["entries"][:2]
    assert (first["kind"], first["undoes"]) == ("undo", [second["number"]])


def test_an_undo_in_a_rehearsal_changes_nothing(demo: Project) -> None:
    demo.do("mark 1.1 complete")
    before = demo.fingerprint()
    assert demo.json("--dry-run", "undo")["changes"][0]["after"] == "pending"
    assert demo.fingerprint() == before


def test_a_refused_undo_is_exit_2_and_changes_nothing(demo: Project) -> None:
    demo.do("mark 1.1 complete")
    path = demo.path("demo.json")
    path.write_text(path.read_text().replace('"status":"complete"', '"status":"blocked"'))
    done = demo.say("undo")
    assert (done.code, "changed outside wt" in done.err) == (2, True)
    assert demo.task("1.1")["status"] == "blocked"


# --- history that git knows -----------------------------------------------------------------------------------------------


def test_history_made_in_another_clone_comes_from_git(repository: Repository) -> None:
    repository.git("clone", "-q", ".", "../other")
    there = Repository(repository.path.parent / "other")
    there.change(renames(1, "Made elsewhere"), "rename it elsewhere")
    repository.git("pull", "-q", "../other", "main")
    entries = repository.trackers().history("docs/plans/plan.json")
    told = [(entry.kind, entry.actor, entry.sentence) for entry in entries if entry.kind == "git"]
    assert told == [("git", "Dana", "rename it elsewhere")]


@pytest.fixture
def demo(tmp_path: Path) -> Project:
    return demo_project(tmp_path)


@pytest.fixture
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return Repository.begun(tmp_path_factory.mktemp("git") / "here")


def test_dependencies_are_told_as_ids(tmp_path: Path) -> None:
    demo = demo_project(tmp_path)
    demo.do("1.2 depends on 1.1")
    assert "1.2 depends_on: nothing → 1.1" in demo.say("history of 1.2").out
