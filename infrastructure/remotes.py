"""A branch and its remote, through git: where it belongs, how far apart they are, what goes over the network."""

from __future__ import annotations

import os

from domain.errors import NotHere, RemoteFailed, Unavailable
from domain.record import Record
from infrastructure import git

DENIED = (
    "authentication failed",
    "could not read username",
    "could not read password",
    "permission denied",
    "invalid username",
    "access denied",
    "403",
    "401",
)


class Tracking(Record):
    """The branch in use and the one of a remote that it follows."""

    branch: str
    remote: str
    there: str  # refs/heads/main, as the remote calls it
    upstream: str  # refs/remotes/origin/main, as it was last seen

    @property
    def name(self) -> str:
        """`origin/main`."""
        return self.upstream.removeprefix("refs/remotes/")


def tracking(folder: str) -> Tracking:
    """Where the branch in use belongs. Raises NotHere, saying what is missing."""
    if not git.is_work_tree(folder):
        raise NotHere("This folder is in no working tree of git, so there is no remote.", hint="Begin with: git init")
    branch = _said(folder, "symbolic-ref", "--quiet", "HEAD").removeprefix("refs/heads/")
    if not branch:
        raise NotHere(
            "HEAD is detached: no branch is checked out to be synced.", hint="Go back to one with: git switch"
        )
    if not _said(folder, "remote"):
        raise NotHere("This repository has no remote.", hint="Name one with: git remote add origin URL")
    remote, there = (
        _said(folder, "config", f"branch.{branch}.remote"),
        _said(folder, "config", f"branch.{branch}.merge"),
    )
    if not remote or not there or remote == ".":
        said = f"The branch {branch} follows no branch of a remote."
        raise NotHere(said, hint=f"Say once which: git push -u {_first_remote(folder)} {branch}")
    upstream = _said(folder, "for-each-ref", "--format=%(upstream)", f"refs/heads/{branch}")
    return Tracking(branch, remote, there, upstream)


def remote_of(folder: str) -> str:
    """The remote that the branch in use follows; empty where there is none."""
    try:
        return tracking(folder).remote
    except (NotHere, Unavailable):
        return ""


def _first_remote(folder: str) -> str:
    return _said(folder, "remote").partition("\n")[0]


def _said(folder: str, *arguments: str) -> str:
    done = git.run(folder, *arguments)
    return os.fsdecode(done.out).strip() if done.code == 0 else ""


def commit_of(folder: str, name: str) -> str:
    """The commit that a name stands for; empty when there is none."""
    return _said(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")


def distance(folder: str, upstream: str) -> tuple[int, int]:
    """(commits that only we have, commits that only the remote has)."""
    counts = git.text(folder, "rev-list", "--left-right", "--count", "--end-of-options", f"HEAD...{upstream}").split()
    return int(counts[0]), int(counts[1])


def paths_between(folder: str, one: str, two: str) -> set[str]:
    """What differs between two commits; from the top of the working tree."""
    rows = git.output(folder, "diff", "--name-only", "--no-renames", "-z", "--end-of-options", one, two, "--")
    return {os.fsdecode(row) for row in rows.split(b"\0") if row}


def paths_touched(folder: str, commits: str) -> set[str]:
    """Every path that some commit of a range touches; of a merge, what neither side had so."""
    form = ("--format=", "--name-only", "--no-renames", "-c", "-z")
    rows = git.output(folder, "log", *form, "--end-of-options", commits, "--")
    return {os.fsdecode(row.strip(b"\n")) for row in rows.split(b"\0") if row.strip(b"\n")}


def objects_of(folder: str, commits: str) -> dict[str, list[str]]:
    """path -> the objects that a push of this range would bring there."""
    found: dict[str, list[str]] = {}
    for row in git.output(folder, "rev-list", "--objects", "--end-of-options", commits, "--").split(b"\n"):
        name, _, path = row.partition(b" ")
        if path:
            found.setdefault(os.fsdecode(path), []).append(name.decode("ascii"))
    return found


# --- over the network ---------------------------------------------------------------------------------------------


def fetch(folder: str, remote: str, *, timeout: float) -> None:
    """Raises RemoteFailed."""
    git.over_network(folder, "fetch", "--quiet", "--no-recurse-submodules", "--end-of-options", remote, timeout=timeout)


def push(folder: str, remote: str, commit: str, there: str, *, timeout: float) -> None:
    """Add one commit, and what it stands on, to a branch of the remote; nothing is ever forced. Raises RemoteFailed."""
    kept = ("--quiet", "--no-follow-tags", "--recurse-submodules=no", "--no-force", "--end-of-options")
    git.over_network(folder, "push", *kept, remote, f"{commit}:{there}", timeout=timeout)


def access(folder: str, remote: str, timeout: float) -> str:
    """granted, denied or unreachable: what the server of a remote answers."""
    try:
        git.over_network(folder, "ls-remote", "--quiet", "--end-of-options", remote, "HEAD", timeout=timeout)
    except RemoteFailed as error:
        said = error.message.casefold()
        return "denied" if any(word in said for word in DENIED) else "unreachable"
    return "granted"
