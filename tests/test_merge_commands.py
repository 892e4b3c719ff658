"""`wt merge`, `wt setup git` and what follows from a merge, through the program and real git."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import WT, Done, Project
from tests.projects import demo_project
from tests.repositories import ENVIRONMENT

PLAN, PAGE = "docs/plans/demo.json", "docs/plans/demo.md"


class Clone(Project):
    """A project in git."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.env |= ENVIRONMENT

    def git(self, *arguments: str, fails: bool = False) -> str:
        """What git says, on both channels."""
        done = self.process(["git", *arguments])
        assert (done.code != 0) == fails, done
        return done.out + done.err

    def commit(self, *sentences: str) -> None:
        self.do(*sentences)
        self.git("add", "--all")
        self.git("commit", "-q", "-m", "; ".join(sentences) or "begin")

    def diverge(self, ours: str, theirs: str) -> None:
        """A branch `side` on which one thing was said, and `main`, checked out, on which another was."""
        self.git("checkout", "-q", "-b", "side")
        self.commit(theirs)
        self.git("checkout", "-q", "main")
        self.commit(ours)

    def titles(self) -> list[str]:
        return [task["title"] for phase in self.tracker()["phases"] for task in phase["tasks"]]

    def is_sound(self) -> bool:
        """Valid, and the page is what the tracker says."""
        return self.say("validate", "--strict").code == 0

    def status(self) -> str:
        return self.git("status", "--porcelain")


def begun(folder: Path) -> Clone:
    folder.mkdir(exist_ok=True)
    clone = Clone(demo_project(folder).folder)
    clone.git("init", "-q", "-b", "main")
    clone.commit()
    return clone


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return begun(tmp_path / "here")


@pytest.fixture
def driven(clone: Clone) -> Clone:
    """With the driver, as the program sets it up."""
    clone.do("set up git")
    clone.commit()
    return clone


# --- with the driver, which is the program itself ------------------------------------------------------------------------


def test_git_merge_calls_the_program_and_both_changes_are_there_on_a_page_that_agrees(driven: Clone) -> None:
    driven.diverge("add task to phase 1: Ours", "rename 1.1 to Theirs")
    driven.git("merge", "--no-edit", "side")
    assert driven.titles() == ["Theirs", "Paint walls", "Ours", "Inspect"]
    assert driven.is_sound()
    assert driven.status() == ""


def test_a_stash_and_a_revert_are_merged_by_the_driver_too(driven: Clone) -> None:
    driven.do("rename 1.1 to Stashed")
    driven.git("stash", "-q")
    driven.commit("add task to phase 1: Committed")
    driven.commit("add task to phase 1: Later")
    driven.git("stash", "pop", "-q")
    assert driven.titles() == ["Stashed", "Paint walls", "Committed", "Later", "Inspect"]
    assert driven.is_sound()
    driven.commit()
    driven.git("revert", "--no-edit", "HEAD~2")
    assert driven.titles() == ["Stashed", "Paint walls", "Later", "Inspect"]
    assert driven.is_sound()


def test_what_a_merge_has_to_say_cannot_act_on_the_terminal(driven: Clone) -> None:
    driven.diverge('rename 1.1 to "Mine \x9b31m"', "rename 1.1 to Theirs")
    said = driven.git("merge", "--no-edit", "side")
    assert "\\u009b31m" in said
    assert "\x9b" not in said


def test_the_driver_says_how_it_is_set_up_when_it_is_called_in_another_way(clone: Clone) -> None:
    done = clone.say("merge-driver", "only", "two")
    assert (done.code, "wt setup git" in done.err, done.out) == (2, True, "")


def test_setting_up_checking_and_removing_are_said_or_typed(clone: Clone) -> None:
    assert clone.say("setup", "git", "--check").code == 1
    assert clone.json("--dry-run", "setup", "git")["outcome"] == "changed"
    assert clone.say("check the merge driver").code == 1
    assert clone.json("setup", "git")["data"]["attributes"] == [".gitattributes"]
    assert clone.say("setup", "git", "--check").code == 0
    assert clone.json("set up git")["outcome"] == "unchanged"
    assert clone.json("setup", "git", "--remove")["outcome"] == "changed"
    assert not (clone.folder / ".gitattributes").exists()


@pytest.mark.parametrize(
    "words", [("setup", "kitchen", "--check"), ("setup",), ("setup", "git", "--check", "--remove")]
)
def test_what_cannot_be_set_up_is_a_usage_error(clone: Clone, words: tuple[str, ...]) -> None:
    assert clone.say(*words).code == 2


def test_the_doctor_says_where_a_clone_lacks_the_driver_that_the_attributes_name(driven: Clone, tmp_path: Path) -> None:
    assert driven.json("doctor")["data"]["findings"] == []
    driven.git("clone", "-q", ".", str(tmp_path / "there"))
    other = Clone(tmp_path / "there")
    assert "git.driver" in [row["rule"] for row in other.json("doctor")["data"]["findings"]]
    other.do("set up git")
    assert "git.driver" not in [row["rule"] for row in other.json("doctor")["data"]["findings"]]


# --- without it ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [("merge",), ("merge", PLAN), ("resolve the conflict",), ("merge", "demo")])
def test_wt_merge_resolves_what_git_left_with_markers(clone: Clone, words: tuple[str, ...]) -> None:
    clone.diverge("add task to phase 1: Ours", "add task to phase 1: Theirs")
    clone.git("merge", "--no-edit", "side", fails=True)
    assert b"<<<<<<<" in clone.path("demo.md").read_bytes()
    done = clone.say(*words)
    assert (done.code, done.err) == (0, "")
    assert "git commit" in done.out
    assert sorted(clone.titles()) == ["Inspect", "Lay bricks", "Ours", "Paint walls", "Theirs"]
    assert clone.is_sound()
    clone.git("commit", "-q", "--no-edit")
    assert clone.status() == ""


def test_a_tracker_with_markers_says_what_to_do_and_is_not_written_over(clone: Clone) -> None:
    clone.diverge("rename 1.1 to Mine", "rename 1.1 to Theirs")
    clone.git("merge", "--no-edit", "side", fails=True)
    left = clone.path("demo.json").read_bytes()
    for words in (["mark 1.2 complete"], ["show progress"], ["sync"]):
        done = clone.say(*words)
        assert (done.code, "wt merge" in done.err) == (5, True), done
    assert clone.path("demo.json").read_bytes() == left
    assert "wt merge" in str(clone.json("doctor")["data"]["questions"])


def test_several_trackers_are_merged_at_once_also_after_a_rebase_a_cherry_pick_and_a_revert(clone: Clone) -> None:
    clone.do('init "Other"')
    for words in ("add phase Build", "add task to phase 1: Alone"):
        assert clone.say("--tracker", "other", words).code == 0
    clone.commit()
    clone.git("checkout", "-q", "-b", "side")
    for name in ("demo", "other"):
        assert clone.say("--tracker", name, "rename 1.1 to Theirs").code == 0
    clone.commit()
    clone.git("checkout", "-q", "main")
    for name in ("demo", "other"):
        assert clone.say("--tracker", name, "rename 1.1 to Ours").code == 0
    clone.commit()
    for start, go_on in (
        (["merge", "--no-edit", "side"], "git commit"),
        (["cherry-pick", "side"], "git cherry-pick --continue"),
        (["rebase", "side"], "git rebase --continue"),
    ):
        clone.git("checkout", "-q", "-B", "try", "main")
        clone.git(*start, fails=True)
        reply = clone.json("merge")
        assert (reply["outcome"], reply["hint"]) == ("changed", f"Look at it, then go on with: {go_on}")
        assert [row["tracker"] for row in reply["data"]["merged"]] == [PLAN, "docs/plans/other.json"]
        clone.git(*go_on.split()[1:], *(["-q", "--no-edit"] if go_on == "git commit" else []))
        assert clone.status() == ""


def test_what_a_stash_brought_back_is_merged_too(clone: Clone) -> None:
    clone.do("rename 1.1 to Stashed")
    clone.git("stash", "-q")
    clone.commit("rename 1.1 to Committed")
    clone.git("stash", "pop", fails=True)
    reply = clone.json("merge")
    assert reply["outcome"] == "changed"
    assert [row["theirs"] for row in reply["data"]["merged"][0]["conflicts"]] == ["Stashed"]
    assert clone.is_sound() is False  # what a person has to decide is a warning
    assert clone.say("validate").code == 0


def test_a_revert_that_meets_later_work_is_merged(clone: Clone) -> None:
    clone.commit("rename 1.1 to First")
    clone.commit("rename 1.1 to Second", "add task to phase 1: Later")
    clone.git("revert", "--no-edit", "HEAD~1", fails=True)
    assert clone.json("merge")["hint"] == "Look at it, then go on with: git revert --continue"
    assert "Later" in clone.titles()


# --- what a person has to decide ------------------------------------------------------------------------------------------


@pytest.fixture
def disputed(clone: Clone) -> Clone:
    """A merge in which both sides renamed 1.1 and gave it to somebody."""
    clone.git("checkout", "-q", "-b", "side")
    clone.commit("rename 1.1 to Theirs", "assign 1.1 to lee")
    clone.git("checkout", "-q", "main")
    clone.commit("rename 1.1 to Mine", "assign 1.1 to sam")
    clone.git("merge", "--no-edit", "side", fails=True)
    clone.do("merge")
    return clone


def test_conflicts_are_shown_where_one_looks_for_them(disputed: Clone) -> None:
    assert "Two branches disagree" in disputed.say("show 1.1").out
    assert {row["field"] for row in disputed.json("show conflicts")["data"]["conflicts"]} == {"title", "assignee"}
    rules = [row["rule"] for row in disputed.json("doctor")["data"]["findings"]]
    assert rules == ["conflict.open"] * 2
    assert disputed.path("demo.md").read_text().count("Two branches disagree") == 2


def test_a_conflict_is_settled_as_it_stands_or_as_one_side_has_it_and_undo_brings_it_back(disputed: Clone) -> None:
    stands = disputed.task("1.1")["title"]
    other = {"Mine": "theirs", "Theirs": "ours"}[stands]
    disputed.do(f"settle the title of 1.1 with {other}")
    assert disputed.task("1.1")["title"] == {"theirs": "Theirs", "ours": "Mine"}[other]
    assert [row["field"] for row in disputed.task("1.1")["conflicts"]] == ["assignee"]
    disputed.do("settle 1.1")
    assert "conflicts" not in disputed.task("1.1")
    disputed.do("undo the last 2 changes")
    assert len(disputed.task("1.1")["conflicts"]) == 2
    assert disputed.task("1.1")["title"] == stands


def test_saying_what_it_shall_be_settles_it(disputed: Clone) -> None:
    disputed.do("rename 1.1 to Agreed")
    assert [row["field"] for row in disputed.task("1.1")["conflicts"]] == ["assignee"]
    disputed.do("undo")
    assert len(disputed.task("1.1")["conflicts"]) == 2


# --- the journal ------------------------------------------------------------------------------------------------------------


def test_a_merge_stands_in_the_journal_and_undo_passes_it_over(clone: Clone) -> None:
    clone.diverge("rename 1.2 to Ours", "add task to phase 1: Theirs")
    clone.git("merge", "--no-edit", "side", fails=True)
    clone.do("merge")
    entry = clone.json("history")["data"]["entries"][0]
    assert (entry["kind"], entry["sentence"], entry["actor"]) == ("merge", "merge", "alex")
    reply = clone.json("undo")
    assert reply["outcome"] == "changed"
    assert reply["data"]["entries"][0]["sentence"] == "rename 1.2 to Ours"
    assert "merge" in reply["hint"]
    assert clone.titles() == ["Lay bricks", "Paint walls", "Theirs", "Inspect"]


def test_an_undo_that_a_merge_made_impossible_names_it(clone: Clone) -> None:
    clone.git("checkout", "-q", "-b", "side")
    clone.commit("mark 1.1 complete")
    clone.git("checkout", "-q", "main")
    clone.commit("start 1.1")
    clone.git("merge", "--no-edit", "side", fails=True)
    clone.do("merge")
    done = clone.say("undo")
    assert (done.code, '"merge" by alex' in done.err) == (2, True), done


@pytest.fixture
def other(clone: Clone, tmp_path: Path) -> Iterator[Clone]:
    """A second clone of the same repository, without a journal of its own."""
    clone.git("clone", "-q", ".", str(tmp_path / "there"))
    yield Clone(tmp_path / "there")


def test_what_a_pull_brought_is_journaled_with_the_name_that_git_has_for_it(clone: Clone, other: Clone) -> None:
    other.env["GIT_AUTHOR_NAME"] = "Lee"
    other.commit("mark 1.1 complete")
    clone.git("pull", "-q", str(other.folder), "main")
    clone.do("start 1.2")
    kinds = [json.loads(line)["kind"] for line in _journal(clone)]
    assert kinds[-2:] == ["external", "commit"]
    assert json.loads(_journal(clone)[-2])["sentence"].startswith("brought by git: mark 1.1 complete (Lee, ")


def _journal(clone: Clone) -> list[str]:
    return next((clone.folder / ".ecw/journal").glob("*.jsonl")).read_text().splitlines()


def test_a_fresh_clone_knows_from_git_who_did_what(other: Clone) -> None:
    assert not (other.folder / ".ecw/journal").exists()
    other.commit("mark 1.1 complete")
    clone = Clone(other.folder.parent / "third")
    other.git("clone", "-q", ".", str(clone.folder))
    assert "Dana" in clone.say("who completed 1.1?").out
    newest = clone.json("history of 1.1")["data"]["entries"][0]
    assert (newest["kind"], newest["actor"], newest["sentence"]) == ("git", "Dana", "mark 1.1 complete")


# --- what git puts there is never put back ------------------------------------------------------------------------------------


def unrepaired(clone: Clone) -> dict[str, str]:
    """The titles by id, said without a word of repair by a read, a check, and a rehearsed change."""
    for words in (["list tasks"], ["doctor"], ["--dry-run", "start 1.2"]):
        done = clone.say(*words)
        assert "saved state" not in done.out + done.err, done
        assert "file.damaged" not in done.out, done
    return {f"{p['number']}.{t['number']}": t["title"] for p in clone.tracker()["phases"] for t in p["tasks"]}


def test_switching_branches_back_and_forth_is_nobody_s_damage(clone: Clone) -> None:
    clone.git("checkout", "-q", "-b", "side")
    clone.commit("rename 1.1 to On side")
    for turn in range(3):
        clone.git("checkout", "-q", "main")
        assert unrepaired(clone)["1.1"] == "Lay bricks"
        clone.commit(f"rename 1.2 to On main {turn}")
        assert clone.titles()[:2] == ["Lay bricks", f"On main {turn}"]
        clone.git("checkout", "-q", "side")
        assert unrepaired(clone)["1.1"] == "On side"
        clone.do("sync")
        assert clone.titles()[0] == "On side"
        assert clone.json("doctor", "--fix")["outcome"] in ("changed", "answered")
        assert clone.titles()[0] == "On side"


def test_a_stash_and_its_return_are_nobody_s_damage_whatever_is_done_between(clone: Clone) -> None:
    clone.do("rename 1.1 to Stashed")
    clone.git("stash", "-q")
    assert unrepaired(clone)["1.1"] == "Lay bricks"
    clone.json("doctor", "--fix")
    clone.git("stash", "pop", "-q")
    assert unrepaired(clone)["1.1"] == "Stashed"
    clone.do("start 1.2")
    assert clone.titles()[0] == "Stashed"


def test_a_bisect_and_a_restored_version_are_nobody_s_damage(clone: Clone) -> None:
    for name in ("First", "Second", "Third", "Fourth"):
        clone.commit(f"rename 1.1 to {name}")
    clone.git("bisect", "start", "HEAD", "HEAD~4")
    assert unrepaired(clone)["1.1"] == "Second"
    clone.git("bisect", "good")
    assert unrepaired(clone)["1.1"] == "Third"
    clone.git("bisect", "reset")
    assert unrepaired(clone)["1.1"] == "Fourth"
    clone.git("restore", "--source=HEAD~2", PLAN)
    assert unrepaired(clone)["1.1"] == "Second"
    clone.do("start 1.2")
    assert clone.titles()[0] == "Second"


def test_a_rebase_in_steps_and_one_that_is_given_up_are_nobody_s_damage(clone: Clone) -> None:
    clone.diverge("rename 1.1 to Ours", "rename 1.1 to Theirs")
    clone.git("rebase", "side", fails=True)
    clone.git("rebase", "--abort")
    assert unrepaired(clone)["1.1"] == "Ours"
    clone.git("reset", "-q", "--hard", "side")
    assert unrepaired(clone)["1.1"] == "Theirs"


def test_a_branch_that_has_no_tracker_yet_does_not_bring_it_back(clone: Clone) -> None:
    clone.git("checkout", "-q", "--orphan", "empty")
    clone.git("rm", "-q", "-rf", ".")
    assert clone.say("sync").code == 3
    assert not clone.path("demo.json").exists()
    clone.git("checkout", "-q", "main")
    assert unrepaired(clone)["1.1"] == "Lay bricks"


def test_a_sparse_checkout_that_leaves_the_plans_out_is_nobody_s_damage(clone: Clone) -> None:
    (clone.folder / "README").write_text("here\n")
    clone.commit()
    clone.git("sparse-checkout", "set", "--no-cone", "/README")
    assert clone.say("sync").code == 3
    assert not clone.path("demo.json").exists()


def test_a_damaged_version_of_another_branch_is_left_to_a_person(clone: Clone) -> None:
    clone.git("checkout", "-q", "-b", "side")
    clone.path("demo.json").write_bytes(clone.path("demo.json").read_bytes()[:-200])
    clone.commit()
    clone.git("checkout", "-q", "main")
    clone.do("rename 1.1 to On main")
    clone.commit()
    clone.git("checkout", "-q", "side")
    there = clone.path("demo.json").read_bytes()
    assert clone.say("start 1.2").code == 5
    assert clone.path("demo.json").read_bytes() == there


def test_an_older_copy_that_git_never_held_is_still_put_right(clone: Clone) -> None:
    clone.do("rename 1.1 to Second")
    older = clone.path("demo.json").read_bytes()
    clone.do("rename 1.1 to Third")
    os.remove(clone.path("demo.json"))
    clone.path("demo.json").write_bytes(older)
    clone.do("start 1.2")
    assert clone.titles()[0] == "Third"


def test_the_program_as_a_process_merges_and_answers_as_one(clone: Clone) -> None:
    clone.diverge("add task to phase 1: Ours", "add task to phase 1: Theirs")
    clone.git("merge", "--no-edit", "side", fails=True)
    done: Done = clone.process([sys.executable, WT, "--json", "merge"])
    assert (done.code, done.reply["outcome"], done.reply["understood"][0]["command"]) == (0, "changed", "merge")
