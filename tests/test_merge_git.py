"""Merging trackers with real git: with the driver, without it, in worktrees, in a rebase, criss-cross."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from domain.errors import Broken, NotHere, Refused, Unavailable
from domain.reply import Reply
from infrastructure import git
from infrastructure.merging import resolve
from infrastructure.setup_git import set_up
from tests.repositories import AT, ENVIRONMENT, PAGE, PLAN, Repository, adds, driver_program, renames

LATER = "2026-02-02T08:00:00Z"


@pytest.fixture(autouse=True)
def nothing_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM"):
        monkeypatch.setenv(name, ENVIRONMENT[name])


@pytest.fixture
def plain(tmp_path: Path) -> Repository:
    return Repository.begun(tmp_path / "project")


@pytest.fixture
def driven(tmp_path: Path) -> Repository:
    """With the driver set up, in a folder whose name needs quoting."""
    made = Repository.begun(tmp_path / "my project")
    set_up(str(made.path), driver_program(tmp_path))
    made.commit("attributes")
    return made


def resolved(repository: Repository, *names: str, dry_run: bool = False) -> Reply:
    return resolve(str(repository.path), names, repository.trackers(), size_limit=1 << 24, dry_run=dry_run)


def titles(repository: Repository) -> list[str]:
    return [f"{phase.number}.{task.number} {task.title}" for phase, task in repository.plan().tasks()]


# --- with the driver -----------------------------------------------------------------------------------------------------


def test_two_new_tasks_are_both_there_and_the_later_one_has_a_new_number(driven: Repository) -> None:
    driven.diverge(adds("Ours", "uid-ours", LATER), adds("Theirs", "uid-theirs", AT))
    said = driven.git("merge", "--no-edit", "side")
    assert titles(driven) == ["1.1 One", "1.2 Two", "1.3 Theirs", "1.4 Ours"]
    assert driven.plan().task(1, 4).was == ("1.3",)  # type: ignore[union-attr]
    assert 'Task 1.4 "Ours" had the number of another one' in said
    assert driven.git("status", "--porcelain") == ""


def test_the_page_of_a_merge_is_drawn_of_the_merged_tracker(driven: Repository) -> None:
    driven.diverge(adds("Ours", "uid-ours"), renames(1, "Uno"))
    driven.git("merge", "--no-edit", "side")
    assert titles(driven) == ["1.1 Uno", "1.2 Two", "1.3 Ours"]
    assert driven.page_is_right()
    assert driven.git("status", "--porcelain") == ""


def test_a_page_whose_trackers_git_has_not_kept_waits_for_wt_merge(driven: Repository) -> None:
    stale = driven.bytes(PAGE).replace(b"blake2b:", b"blake2b:0")
    for branch, words in (("main", b"one"), ("side", b"two"), ("main", b"three")):
        driven.git("checkout", "-q", *(["-b"] if branch == "side" else []), branch)
        driven.trackers().open(PLAN).update(adds(words.decode(), f"uid-{words.decode()}"))
        (driven.path / PAGE).write_bytes(stale.replace(b"One", words))
        driven.commit(words.decode())
    assert f"{PAGE} is drawn anew by the next change" in driven.git("merge", "--no-edit", "side")
    assert not driven.page_is_right()
    assert resolved(driven).outcome == "changed"
    assert driven.page_is_right()
    assert resolved(driven).outcome == "unchanged"


def test_what_a_person_must_decide_is_in_the_data_and_on_the_screen_and_the_merge_goes_through(
    driven: Repository,
) -> None:
    driven.diverge(renames(1, "Mine", LATER), renames(1, "Yours", AT))
    said = driven.git("merge", "--no-edit", "side")
    assert "1.1 | title | Mine | Yours" in said
    task = driven.plan().task(1, 1)
    assert task is not None
    assert task.title == "Mine"
    assert [(c.field, c.ours, c.theirs) for c in task.conflicts] == [("title", "Mine", "Yours")]
    assert b"<<<<<<<" not in driven.bytes(PLAN)
    assert driven.unmerged() == []


def test_the_driver_works_in_a_linked_worktree(driven: Repository, tmp_path: Path) -> None:
    other = driven.worktree(tmp_path / "other tree", "other")
    other.change(adds("Theirs", "uid-theirs", AT))
    driven.change(adds("Ours", "uid-ours", LATER))
    other.git("merge", "--no-edit", "main")
    assert titles(other) == ["1.1 One", "1.2 Two", "1.3 Theirs", "1.4 Ours"]
    assert other.page_is_right()


def test_a_rebase_carries_every_commit_over(driven: Repository) -> None:
    driven.diverge(adds("Ours", "uid-ours", AT), adds("Theirs", "uid-theirs", LATER))
    driven.git("checkout", "-q", "side")
    driven.change(renames(3, "Theirs, renamed", LATER))
    driven.git("rebase", "main")
    assert titles(driven) == ["1.1 One", "1.2 Two", "1.3 Ours", "1.4 Theirs, renamed"]
    assert [task.conflicts for _, task in driven.plan().tasks()] == [()] * 4
    assert driven.page_is_right()


def test_a_criss_cross_ends_with_the_same_file_on_both_branches(driven: Repository) -> None:
    driven.diverge(adds("Ours", "uid-ours"), adds("Theirs", "uid-theirs"))
    driven.git("branch", "ours-before")
    driven.git("merge", "--no-edit", "side")
    driven.change(renames(1, "Renamed on main"))
    driven.git("checkout", "-q", "side")
    driven.git("merge", "--no-edit", "ours-before")
    driven.change(renames(2, "Renamed on side"))
    driven.git("merge", "--no-edit", "main")
    there = driven.bytes(PLAN)
    driven.git("checkout", "-q", "main")
    driven.git("merge", "--no-ff", "--no-edit", "side~1")
    assert driven.bytes(PLAN) == there
    assert titles(driven) == ["1.1 Renamed on main", "1.2 Renamed on side", "1.3 Ours", "1.4 Theirs"]
    assert b'"conflicts"' not in there


def test_a_cherry_pick_brings_one_change_over(driven: Repository) -> None:
    driven.diverge(adds("Ours", "uid-ours", AT), adds("Theirs", "uid-theirs", LATER))
    driven.git("cherry-pick", "side")
    assert titles(driven) == ["1.1 One", "1.2 Two", "1.3 Ours", "1.4 Theirs"]
    assert driven.page_is_right()


def test_a_side_that_cannot_be_read_leaves_the_file_unmerged_and_ours_untouched(driven: Repository) -> None:
    driven.diverge(adds("Ours", "uid-ours"), adds("Theirs", "uid-theirs"))
    driven.git("checkout", "-q", "side")
    (driven.path / PLAN).write_bytes(driven.bytes(PLAN).replace(b'"pending"', b'"perhaps"', 1))
    driven.commit("broken")
    driven.git("checkout", "-q", "main")
    ours = driven.bytes(PLAN)
    said = driven.git("merge", "--no-edit", "side", fails=True)
    assert f"{PLAN} is left unmerged" in said
    assert driven.bytes(PLAN) == ours
    assert PLAN in driven.unmerged()


def test_markdown_that_wt_did_not_draw_is_merged_as_text(driven: Repository) -> None:
    notes = driven.path / "docs/plans/notes.md"
    notes.write_text("one\n\n\n\ntwo\n")
    driven.commit("notes")
    driven.git("checkout", "-q", "-b", "side")
    notes.write_text("one\n\n\n\ntwo, theirs\n")
    driven.commit("theirs")
    driven.git("checkout", "-q", "main")
    notes.write_text("one, ours\n\n\n\ntwo\n")
    driven.commit("ours")
    driven.git("merge", "--no-edit", "side")
    assert notes.read_text() == "one, ours\n\n\n\ntwo, theirs\n"


def test_json_that_is_no_tracker_gets_the_markers_it_would_get_anyway(driven: Repository) -> None:
    other = driven.path / "docs/plans/colours.json"
    for branch, colour in (("main", "red"), ("side", "green"), ("main", "blue")):
        driven.git("checkout", "-q", *(["-b"] if branch == "side" else []), branch)
        other.write_text(f'{{"colour": "{colour}"}}\n')
        driven.commit(colour)
    driven.git("merge", "--no-edit", "side", fails=True)
    assert other.read_text() == '<<<<<<< ours\n{"colour": "blue"}\n=======\n{"colour": "green"}\n>>>>>>> theirs\n'


# --- without the driver ----------------------------------------------------------------------------------------------------


def test_wt_merge_solves_what_git_could_not_and_touches_nothing_else(plain: Repository) -> None:
    (plain.path / "other.txt").write_text("one\n")
    plain.commit("other")
    plain.diverge(adds("Ours", "uid-ours", LATER), adds("Theirs", "uid-theirs", AT))
    plain.git("merge", "--no-edit", "side", fails=True)
    assert b"<<<<<<<" in plain.bytes(PLAN)
    (plain.path / "other.txt").write_text("two\n")
    reply = resolved(plain)
    assert (reply.outcome, reply.data["merged"][0]["staged"]) == ("changed", [PLAN, PAGE])
    assert reply.hint == "Look at it, then go on with: git commit"
    assert titles(plain) == ["1.1 One", "1.2 Two", "1.3 Theirs", "1.4 Ours"]
    assert plain.page_is_right()
    assert (plain.unmerged(), plain.staged()) == ([], [PLAN, PAGE])
    plain.git("commit", "-q", "--no-edit")
    assert plain.git("status", "--porcelain", "--untracked-files=no") == " M other.txt\n"


def test_a_page_that_alone_is_unmerged_is_drawn_from_the_tracker_that_git_merged(plain: Repository) -> None:
    plain.change(adds("Three", "uid-three"))
    plain.diverge(renames(1, "Uno"), renames(3, "Tres"))
    plain.git("merge", "--no-edit", "side", fails=True)
    assert plain.unmerged() == [PAGE]
    assert resolved(plain).data["merged"][0]["staged"] == [PAGE]
    assert titles(plain) == ["1.1 Uno", "1.2 Two", "1.3 Tres"]
    assert (plain.page_is_right(), plain.unmerged()) == (True, [])


def test_what_git_left_is_kept_before_it_is_written_over(plain: Repository) -> None:
    plain.diverge(adds("Ours", "uid-ours"), adds("Theirs", "uid-theirs"))
    plain.git("merge", "--no-edit", "side", fails=True)
    left = plain.bytes(PLAN)
    resolved(plain)
    assert left in [path.read_bytes() for path in (plain.path / ".ecw/kept").iterdir()]


def test_conflicts_are_listed_and_recorded(plain: Repository) -> None:
    plain.diverge(renames(1, "Mine", LATER), renames(1, "Yours", AT))
    plain.git("merge", "--no-edit", "side", fails=True)
    reply = resolved(plain, "plan")
    assert reply.blocks[0].rows == (("1.1", "title", "Mine", "Yours"),)
    assert reply.data["merged"][0]["conflicts"] == [{"id": "1.1", "field": "title", "ours": "Mine", "theirs": "Yours"}]
    assert b'"conflicts":[{"field":"title","ours":"Mine","theirs":"Yours"' in plain.bytes(PLAN)


def test_other_files_stay_unmerged_and_are_named(plain: Repository) -> None:
    for branch, words in (("main", "one"), ("side", "two"), ("main", "three")):
        plain.git("checkout", "-q", *(["-b"] if branch == "side" else []), branch)
        (plain.path / "other.txt").write_text(words)
        plain.change(adds(words, f"uid-{words}"))
    plain.git("merge", "--no-edit", "side", fails=True)
    assert resolved(plain).hint == "Still unmerged: other.txt."
    assert plain.unmerged() == ["other.txt"]


def test_a_dry_run_shows_the_merge_and_writes_nothing(plain: Repository) -> None:
    plain.diverge(renames(1, "Mine"), renames(1, "Yours"))
    plain.git("merge", "--no-edit", "side", fails=True)
    left = plain.bytes(PLAN)
    assert len(resolved(plain, dry_run=True).data["merged"][0]["conflicts"]) == 1
    assert (plain.bytes(PLAN), plain.unmerged()) == (left, [PLAN, PAGE])


def test_wt_merge_works_in_a_linked_worktree(plain: Repository, tmp_path: Path) -> None:
    other = plain.worktree(tmp_path / "other tree", "other")
    other.change(adds("Theirs", "uid-theirs", AT))
    plain.change(adds("Ours", "uid-ours", LATER))
    other.git("merge", "--no-edit", "main", fails=True)
    assert resolved(other).hint == "Look at it, then go on with: git commit"
    assert titles(other) == ["1.1 One", "1.2 Two", "1.3 Theirs", "1.4 Ours"]
    assert plain.git("status", "--porcelain") == ""


def test_in_a_rebase_it_is_said_who_is_who(plain: Repository) -> None:
    plain.diverge(renames(1, "On main", LATER), renames(1, "On side", AT))
    plain.git("checkout", "-q", "side")
    plain.git("rebase", "main", fails=True)
    reply = resolved(plain)
    assert "In a rebase, ours is the branch you rebase onto, and theirs is your own commit." in reply.warnings
    assert reply.hint == "Look at it, then go on with: git rebase --continue"
    assert reply.blocks[0].rows == (("1.1", "title", "On main", "On side"),)
    plain.git("rebase", "--continue")
    assert titles(plain)[0] == "1.1 On main"


def test_a_cherry_pick_goes_on_after_wt_merge(plain: Repository) -> None:
    plain.diverge(adds("Ours", "uid-ours", AT), adds("Theirs", "uid-theirs", LATER))
    plain.git("cherry-pick", "side", fails=True)
    assert resolved(plain).hint == "Look at it, then go on with: git cherry-pick --continue"
    plain.git("cherry-pick", "--continue")
    assert titles(plain) == ["1.1 One", "1.2 Two", "1.3 Ours", "1.4 Theirs"]


def test_a_tracker_that_both_sides_began_is_joined(plain: Repository) -> None:
    """No common version is in the index then."""
    plain.git("checkout", "-q", "--orphan", "side")
    plain.change(adds("Theirs", "uid-theirs", AT))
    plain.git("checkout", "-q", "main")
    plain.change(adds("Ours", "uid-ours", LATER))
    plain.git("merge", "--no-edit", "--allow-unrelated-histories", "side", fails=True)
    resolved(plain)
    assert titles(plain) == ["1.1 One", "1.2 Two", "1.3 Theirs", "1.4 Ours"]


def test_a_file_that_was_mended_by_hand_is_not_written_over(plain: Repository) -> None:
    plain.diverge(adds("Ours", "uid-ours"), adds("Theirs", "uid-theirs"))
    mended = plain.bytes(PLAN).replace(b'"title":"One"', b'"title":"Uno"')
    plain.git("merge", "--no-edit", "side", fails=True)
    (plain.path / PLAN).write_bytes(mended)
    with pytest.raises(Refused, match="mended by hand"):
        resolved(plain)
    assert plain.bytes(PLAN) == mended


def test_a_tracker_that_one_side_deleted_is_for_a_person_to_decide(plain: Repository) -> None:
    plain.git("checkout", "-q", "-b", "side")
    plain.git("rm", "-q", PLAN, PAGE)
    plain.git("commit", "-q", "-m", "gone")
    plain.git("checkout", "-q", "main")
    plain.change(adds("Ours", "uid-ours"))
    plain.git("merge", "--no-edit", "side", fails=True)
    with pytest.raises(Refused, match="deleted on one side and changed on the other"):
        resolved(plain)
    assert PLAN in plain.unmerged()


def test_a_side_that_cannot_be_read_stops_wt_merge(plain: Repository) -> None:
    plain.diverge(adds("Ours", "uid-ours"), adds("Theirs", "uid-theirs"))
    (plain.path / PLAN).write_bytes(plain.bytes(PLAN).replace(b'"pending"', b'"perhaps"', 1))
    plain.commit("broken")
    plain.git("merge", "--no-edit", "side", fails=True)
    left = plain.bytes(PLAN)
    with pytest.raises(Broken, match="status must be one of"):
        resolved(plain)
    assert plain.bytes(PLAN) == left


def test_where_nothing_is_unmerged_nothing_happens(plain: Repository) -> None:
    for reply in (resolved(plain), resolved(plain, "plan")):
        assert (reply.outcome, reply.exit_code) == ("unchanged", 0)
    assert plain.git("status", "--porcelain") == ""


def test_outside_of_git_there_is_nothing_to_merge(plain: Repository) -> None:
    shutil.rmtree(plain.path / ".git")
    with pytest.raises(NotHere, match="no working tree of git"):
        resolved(plain)


# --- how git is called -----------------------------------------------------------------------------------------------------


def test_a_repository_cannot_make_git_run_anything(plain: Repository) -> None:
    plain.diverge(adds("Ours", "uid-ours"), adds("Theirs", "uid-theirs"))
    plain.git("merge", "--no-edit", "side", fails=True)
    trap, trapped = plain.path / ".git/trap", plain.path / "trapped"
    trap.write_text("#!/bin/sh\ntouch trapped\n")
    trap.chmod(0o755)
    shutil.copy(trap, plain.path / ".git/hooks/post-index-change")
    plain.git("config", "core.fsmonitor", str(trap))
    plain.git("status")
    trapped.unlink()
    assert resolved(plain).outcome == "changed"
    assert not trapped.exists()


def test_git_is_asked_about_this_folder_whatever_the_caller_s_environment_says(
    plain: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Repository.begun(tmp_path / "other")
    plain.diverge(adds("Ours", "uid-ours"), adds("Theirs", "uid-theirs"))
    plain.git("merge", "--no-edit", "side", fails=True)
    with monkeypatch.context() as patched:
        patched.setenv("GIT_DIR", str(other.path / ".git"))
        patched.setenv("GIT_INDEX_FILE", str(other.path / ".git/index"))
        assert resolved(plain).outcome == "changed"
    assert plain.unmerged() == []


def test_a_git_that_does_not_answer_in_time_is_given_up(
    plain: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = tmp_path / "bin/git"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{slow.parent}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(Unavailable, match=r"git status did not answer within 0\.1 s"):
        git.run(str(plain.path), "status", timeout=0.1)


def test_without_git_it_is_said_so(plain: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    with pytest.raises(Unavailable, match="git is not installed"):
        git.run(str(plain.path), "status")
