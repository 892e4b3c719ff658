"""Faults of git around a plan: locks, branches, unfinished merges, hooks, objects. Its history is for people."""

from __future__ import annotations

import os
import subprocess

from infrastructure.selftest import oracle
from infrastructure.selftest.clone import DAY, HOUR, PLAN, WORK, Clone
from infrastructure.selftest.controls import ended, holding
from infrastructure.selftest.fault import AFTER, ASK, AUTO, BEFORE, ESCALATE, IGNORE, Absent, declaring

TYPE_CHECKING = False
if TYPE_CHECKING:
    from infrastructure.selftest.fault import Oracle

fault = declaring("D")
LOCK = ".git/index.lock"
SHARED = "src/shared.py"  # both sides of a conflict have changed it
SOMEBODY = 54_321  # a user id that nobody has
SYNC, MARKERS, ENFORCEMENT = ("git_sync",), ("conflict_markers",), ("enforcement_missing",)
OUTSIDE_A_COMMAND = (BEFORE, AFTER)


def history(clone: Clone) -> str:
    """What is checked out, and every branch, tag, remote branch and stash with its commit."""
    return clone.read(".git/HEAD").decode() + clone.git("for-each-ref", "--format=%(refname) %(objectname)")


def as_left(clone: Clone, *names: str) -> Oracle:
    """Not a commit, not a branch and none of these files has been touched since the fault."""
    stood, files = history(clone), oracle.untouched(clone, *names)
    return lambda clone: files(clone) or (None if history(clone) == stood else "branches or HEAD were moved")


def colleague(clone: Clone) -> Clone:
    """Somebody else's clone of the same remote, as fresh as can be."""
    other = Clone(clone.folder, clone.chance, now=clone.now)
    other.root = os.path.join(clone.folder, "colleague")
    clone.git("clone", "-q", clone.remote, other.root, folder=clone.folder)
    return other


def pushed(other: Clone) -> None:
    other.commit("elsewhere")
    other.git("push", "-q", "--no-verify")


def all_pushed(clone: Clone) -> None:
    clone.commit("so far")
    clone.git("push", "-q", "--no-verify")


def code_pushed_elsewhere(clone: Clone) -> None:
    """The upstream has gone on, and that is known here."""
    other = colleague(clone)
    other.write("src/theirs.py", "print('theirs')\n")
    pushed(other)
    clone.git("fetch", "-q")


# --- index.lock -------------------------------------------------------------------------------------------------------


@fault("F32", "a git that died has left its index.lock", AUTO, variant="dead", does=("stale_index_lock",))
def dead_git(clone: Clone) -> Oracle:
    clone.write(LOCK, b"half an index")
    clone.aged(LOCK, 600)

    def over(clone: Clone) -> str | None:
        if clone.there(LOCK):
            return "index.lock is in the way"
        clone.git("status", "--porcelain")
        kept = any(clone.read(name) == b"half an index" for name in clone.below(".git") if "index.lock" in name)
        return oracle.whole(clone) or (None if kept else "its bytes are kept nowhere")

    return over


@fault(
    "F32",
    "an old index.lock belongs to somebody whose processes nobody sees",
    ESCALATE,
    variant="no proof",
    signs=("index_lock_unclear",),
    slow=True,
)
def foreign_lock(clone: Clone) -> Oracle:
    clone.write(LOCK, b"")
    clone.aged(LOCK, 600)
    try:
        os.chown(clone.path(LOCK), SOMEBODY, SOMEBODY)
    except PermissionError as error:
        raise Absent("only root can give a file to somebody else") from error
    return oracle.untouched(clone, LOCK)


@fault("F33", "a running git holds index.lock", IGNORE, variant="open")
def open_lock(clone: Clone) -> Oracle:
    holding(clone, clone.path(LOCK), 60)
    clone.aged(LOCK, HOUR)
    return oracle.untouched(clone, LOCK)


@fault("F33", "a git is at work in the project, and there is an index.lock", IGNORE, variant="at work", slow=True)
def git_at_work(clone: Clone) -> Oracle:
    with clone.entered():
        process = subprocess.Popen(["git", "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    clone.ends.append(lambda: ended(process))
    clone.write(LOCK, b"")
    clone.aged(LOCK, HOUR)
    return oracle.untouched(clone, LOCK)


# --- branches ---------------------------------------------------------------------------------------------------------


@fault("F34", "no branch is checked out", ESCALATE, signs=("head_detached",))
def detached(clone: Clone) -> Oracle:
    clone.git("checkout", "-q", "--detach")
    return as_left(clone)


def _is_upstream(clone: Clone) -> str | None:
    ours, theirs = clone.git("rev-parse", "HEAD", "@{upstream}").splitlines()
    return oracle.whole(clone) or (None if ours == theirs else "the branch is not as its upstream")


@fault("F35", "the branch is behind, by what is no plan", AUTO, variant="code", does=SYNC, slow=True)
def behind(clone: Clone) -> Oracle:
    code_pushed_elsewhere(clone)
    return _is_upstream


@fault(
    "F35",
    "the branch is behind, by changes of the plan",
    AUTO,
    variant="plan",
    does=(*SYNC, "external_edit", "markdown_drift"),
    positions=(AFTER,),
    slow=True,
)
def behind_by_a_plan(clone: Clone) -> Oracle:
    all_pushed(clone)
    other = colleague(clone)
    other.do("rename 4.1 to Theirs")
    pushed(other)
    clone.git("fetch", "-q")
    clone.expected[clone.uid("4.1"), "title"] = "Theirs"
    clone.drawn |= other.drawn
    return _is_upstream


@fault("F35", "the branch is behind, and work stands in the way", ESCALATE, variant="in the way", does=SYNC, slow=True)
def behind_and_changed(clone: Clone) -> Oracle:
    other = colleague(clone)
    other.write(WORK, "print('theirs')\n")
    pushed(other)
    clone.git("fetch", "-q")
    return as_left(clone, WORK)


@fault("F36", "both sides have gone on", ESCALATE, does=SYNC, signs=("diverged",))
def diverged(clone: Clone) -> Oracle:
    clone.commit("mine")
    code_pushed_elsewhere(clone)
    return as_left(clone, WORK)


# --- in the middle of something ---------------------------------------------------------------------------------------


def _side(clone: Clone) -> None:
    """Two branches that have changed one line of code."""
    for branch, text in (("main", "both"), ("side", "theirs"), ("main", "mine")):
        clone.git("checkout", "-q", "-B" if branch == "side" else "-q", branch)
        clone.write(SHARED, f"print('{text}')\n")
        clone.commit(text)


def _state(clone: Clone) -> list[str]:
    return [
        name for name in clone.below(".git") if name.startswith((".git/rebase-", ".git/sequencer")) or "_HEAD" in name
    ]


def _stops(clone: Clone, *what: str) -> Oracle:
    _side(clone)
    clone.git(*what, fails=True)
    return as_left(clone, SHARED, ".git/index", *_state(clone))


@fault("F37", "a merge has stopped", ESCALATE, variant="merge", signs=("files_conflicted",))
def merge_stopped(clone: Clone) -> Oracle:
    return _stops(clone, "merge", "-q", "side")


@fault("F37", "a rebase has stopped", ESCALATE, variant="rebase", signs=("files_conflicted",), slow=True)
def rebase_stopped(clone: Clone) -> Oracle:
    return _stops(clone, "rebase", "-q", "side")


@fault("F37", "a cherry-pick has stopped", ESCALATE, variant="cherry-pick", signs=("files_conflicted",), slow=True)
def pick_stopped(clone: Clone) -> Oracle:
    return _stops(clone, "cherry-pick", "side")


@fault(
    "F37",
    "a merge was begun yesterday and never committed",
    ESCALATE,
    variant="left lying",
    signs=("git_unfinished",),
    note="one that has just begun is somebody's work: it is told when it lies for an hour",
    slow=True,
)
def merge_left_lying(clone: Clone) -> Oracle:
    clone.commit("so far")
    clone.git("checkout", "-q", "-b", "side")
    clone.write(SHARED, "print('theirs')\n")
    clone.commit("theirs")
    clone.git("checkout", "-q", "main")
    clone.git("merge", "-q", "--no-ff", "--no-commit", "side")
    clone.aged(".git/MERGE_HEAD", DAY)
    return as_left(clone, SHARED, *_state(clone))


@fault("F37", "a merge is under way, and the branch is behind", ESCALATE, variant="behind", does=SYNC, slow=True)
def merging_and_behind(clone: Clone) -> Oracle:
    all_pushed(clone)
    code_pushed_elsewhere(clone)
    clone.git("checkout", "-q", "-b", "side")
    clone.git("commit", "-q", "--allow-empty", "-m", "theirs")
    clone.git("checkout", "-q", "main")
    clone.git("merge", "-q", "--no-ff", "--no-commit", "side")
    return as_left(clone, *_state(clone))


@fault(
    "F38",
    "a merge has stopped in the plan and in code",
    ESCALATE,
    variant="plan and code",
    does=MARKERS,
    signs=("files_conflicted",),
    positions=OUTSIDE_A_COMMAND,
    slow=True,
)
def plan_and_code_unmerged(clone: Clone) -> Oracle:
    """The plan can be merged item by item; the code is for whoever wrote it."""
    clone.expected[clone.uid("4.1"), "title"] = "Mine"
    clone.expected[clone.uid("4.2"), "title"] = "Theirs"
    _side(clone)
    clone.git("checkout", "-q", "side")
    clone.do("rename 4.2 to Theirs")
    clone.commit("theirs")
    clone.git("checkout", "-q", "main")
    clone.do("rename 4.1 to Mine")
    clone.commit("mine")
    clone.git("merge", "-q", "side", fails=True)
    rest = as_left(clone, SHARED)

    def over(clone: Clone) -> str | None:
        unmerged = {row.split("\t")[1] for row in clone.git("ls-files", "-u").splitlines()}
        return rest(clone) or oracle.whole(clone) or (None if unmerged == {SHARED} else f"unmerged are {unmerged}")

    return over


@fault("F38", "one side has deleted the plan", ESCALATE, variant="deleted", does=MARKERS, positions=(AFTER,), slow=True)
def deleted_by_them(clone: Clone) -> Oracle:
    clone.commit("so far")
    clone.git("checkout", "-q", "-b", "side")
    clone.git("rm", "-q", PLAN)
    clone.git("commit", "-q", "-m", "theirs")
    clone.git("checkout", "-q", "main")
    clone.do("rename 4.1 to Mine")
    clone.expected[clone.uid("4.1"), "title"] = "Mine"
    clone.commit("mine")
    clone.git("merge", "-q", "side", fails=True)
    return as_left(clone, PLAN, ".git/index", ".git/MERGE_HEAD")


@fault("F39", "git has stashed work by itself and could not put it back", ESCALATE, signs=("autostashes",), slow=True)
def autostashed(clone: Clone) -> Oracle:
    """wt has no stash and no refs of its own that could be left over; those of git are listed, and never dropped."""
    clone.git("stash", "store", "-m", "autostash", clone.git("stash", "create"))
    return as_left(clone)


# --- hooks ------------------------------------------------------------------------------------------------------------


def _set_up(clone: Clone) -> None:
    said = clone.here("setup", "git")
    if not said.is_done:
        raise RuntimeError(said.words)


@fault("F40", "the merge driver is not in force any more", ASK, variant="driver", does=ENFORCEMENT, slow=True)
def driver_gone(clone: Clone) -> Oracle:
    _set_up(clone)
    clone.git("config", "--unset", "merge.wt.driver")
    return as_left(clone, ".git/config", ".gitattributes")


@fault(
    "F40", "the check before a commit may not be executed", ASK, variant="not executable", does=ENFORCEMENT, slow=True
)
def hook_not_executable(clone: Clone) -> Oracle:
    _set_up(clone)
    hook = clone.path(".git/hooks/pre-commit")
    os.chmod(hook, 0o644)
    return lambda clone: None if os.stat(hook).st_mode & 0o777 == 0o644 else "it was changed without leave"


@fault("F40", "the check before a commit is gone", ASK, variant="hook gone", does=ENFORCEMENT)
def hook_gone(clone: Clone) -> Oracle:
    _set_up(clone)
    clone.remove(".git/hooks/pre-commit")
    return lambda clone: "it was put back without leave" if clone.there(".git/hooks/pre-commit") else None


# --- the repository itself --------------------------------------------------------------------------------------------


@fault("F41", "git does not trust whose folder this is", ESCALATE, signs=("git_refuses",), slow=True)
def dubious_owner(clone: Clone) -> Oracle:
    """The real git refuses, as it does below a folder of somebody else's."""
    stands = oracle.untouched(clone, os.path.join(clone.home, ".gitconfig"), ".git/config")
    clone.shim("export GIT_TEST_ASSUME_DIFFERENT_OWNER=1")
    return stands


def _object(clone: Clone, name: str) -> str:
    found = clone.git("rev-parse", name)
    return f".git/objects/{found[:2]}/{found[2:]}"


@fault(
    "F42", "an object of git's is empty, as after a power cut", ESCALATE, variant="empty", signs=("objects_damaged",)
)
def empty_object(clone: Clone) -> Oracle:
    name = _object(clone, f"HEAD:{PLAN}")
    clone.remove(name)
    clone.write(name, b"")
    return oracle.untouched(clone, name, ".git/HEAD", ".git/refs/heads/main")


@fault("F42", "an object of git's is missing", ESCALATE, variant="missing", signs=("objects_damaged",), slow=True)
def missing_object(clone: Clone) -> Oracle:
    name = _object(clone, f"HEAD:{WORK}")
    clone.remove(name)
    return oracle.untouched(clone, name, ".git/HEAD", ".git/refs/heads/main")


@fault("F43", "git ignores the plan", ESCALATE, variant="ignored", signs=("trackers_hidden",))
def ignored(clone: Clone) -> Oracle:
    clone.git("rm", "-q", "-r", "--cached", "--force", "docs")
    clone.write(".gitignore", "docs/\n")
    return as_left(clone, ".gitignore")


def _flagged(clone: Clone, flag: str) -> Oracle:
    clone.git("update-index", f"--{flag}", PLAN)
    stood = clone.git("ls-files", "-v", PLAN)
    return lambda clone: (
        oracle.whole(clone) or (None if clone.git("ls-files", "-v", PLAN) == stood else "it was cleared")
    )


@fault(
    "F43",
    "git is told to take the plan for unchanged",
    ESCALATE,
    variant="assumed",
    signs=("trackers_hidden",),
    slow=True,
)
def assumed_unchanged(clone: Clone) -> Oracle:
    return _flagged(clone, "assume-unchanged")


@fault("F43", "git is told to leave the plan out", ESCALATE, variant="skipped", signs=("trackers_hidden",), slow=True)
def skipped(clone: Clone) -> Oracle:
    return _flagged(clone, "skip-worktree")


@fault(
    "F44",
    "the clone has no history, and the plan is gone",
    AUTO,
    does=("tracker_corruption",),
    signs=("is back",),
)
def shallow(clone: Clone) -> Oracle:
    """What git does not have, the journal and the snapshots have."""
    all_pushed(clone)
    clone.git("fetch", "-q", "--depth", "1", "origin", "main")
    clone.remove(PLAN)

    def over(clone: Clone) -> str | None:
        return oracle.whole(clone) or (
            None if clone.git("rev-list", "--count", "HEAD") == "1" else "history was fetched"
        )

    return over


@fault(
    "F45",
    "the plan was not committed for days",
    ESCALATE,
    signs=("tracker-committed DISAGREE",),
    look=("reality check",),
    slow=True,
)
def not_committed(clone: Clone) -> Oracle:
    """A reminder: nobody but its owner commits."""
    clone.wait(3 * DAY)
    return as_left(clone)
