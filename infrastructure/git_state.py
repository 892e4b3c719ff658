"""What can be wrong with git around a project, as signals of healing: looked at, never touched."""

from __future__ import annotations

import os

from domain.errors import Unavailable
from infrastructure import git
from infrastructure.merging import OPERATIONS, operation_under_way

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from domain.playbooks.metrics import Value

    Look = Callable[[str, Sequence[str], float], Value]

FSCK_TIMEOUT = 2.0  # seconds; how many objects are damaged is unknown where looking takes longer
BROKEN = (
    "error: object file ",
    "error: unable to ",
    "error: inflate",
    "broken link ",
)  # what fsck says of odd ones is no damage


def refuses(root: str, _: Sequence[str], __: float) -> bool:
    """Whether git will not work here because the folder belongs to somebody else."""
    return "dubious ownership" in git.run(root, "rev-parse", "--is-inside-work-tree").said


def is_detached(root: str, _: Sequence[str], __: float) -> bool:
    """Whether no branch is checked out, and that is no step of a rebase or a bisection."""
    if not git.is_work_tree(root) or not git.run(root, "symbolic-ref", "--quiet", "HEAD").code:
        return False
    is_bisecting = os.path.exists(git.path_in_repository(root, "BISECT_LOG"))
    return not is_bisecting and operation_under_way(root) is None


def unfinished_for(root: str, _: Sequence[str], now: float) -> float:
    """Seconds since the merge, rebase, cherry-pick or revert began that git is in the middle of; 0 without one."""
    if not git.is_work_tree(root):
        return 0.0
    places = [git.path_in_repository(root, file) for file, _, _ in OPERATIONS]
    return max([now - os.stat(place).st_mtime for place in places if os.path.exists(place)], default=0.0)


def autostashes(root: str, _: Sequence[str], __: float) -> float:
    """What git has stashed by itself and could not put back; whatever somebody stashed is that person's."""
    told = git.run(root, "stash", "list", "--format=%gs").out.split(b"\n")
    return float(told.count(b"autostash"))


def objects_damaged(root: str, _: Sequence[str], __: float) -> float | None:
    """Objects that are missing, or loose and damaged."""
    if not git.is_work_tree(root):
        return 0.0
    looked = ("fsck", "--no-full", "--no-dangling", "--no-progress", "--no-reflogs")
    try:
        done = git.run(root, *looked, timeout=FSCK_TIMEOUT)
    except Unavailable:
        return None
    if done.code == 0:
        return 0.0
    told = [*done.out.decode(errors="replace").splitlines(), done.said]
    missing = sum(line.startswith("missing ") for line in told)
    return float(missing or any(line.startswith(BROKEN) for line in told))


def trackers_hidden(root: str, names: Sequence[str], _: float) -> float:
    """Trackers that git was told not to look at: a change in them never reaches a commit."""
    if not names or not git.is_work_tree(root):
        return 0.0
    flagged = git.run(root, "ls-files", "-v", "-z", "--", *names).out.split(b"\0")
    ignored = git.run(root, "ls-files", "--others", "--ignored", "--exclude-standard", "-z", "--", *names).out
    return float(sum(row[:1].islower() or row[:1] == b"S" for row in flagged) + ignored.count(b"\0"))


LOOKS: dict[str, Look] = {
    "git_refuses": refuses,
    "head_detached": is_detached,
    "git_unfinished": unfinished_for,
    "autostashes": autostashes,
    "objects_damaged": objects_damaged,
    "trackers_hidden": trackers_hidden,
}
