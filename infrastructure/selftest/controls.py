"""Controls: projects in which nothing is wrong. Whatever is done about them is a false alarm."""

from __future__ import annotations

import os
import subprocess
import sys

from infrastructure.selftest import oracle
from infrastructure.selftest.clone import HOUR, NOTES, WORK
from infrastructure.selftest.fault import AFTER, BEFORE, IGNORE, declaring

TYPE_CHECKING = False
if TYPE_CHECKING:
    from infrastructure.selftest.clone import Clone
    from infrastructure.selftest.fault import Oracle

control = declaring("controls")
OUTSIDE_A_COMMAND = (BEFORE, AFTER)
MB = 1 << 20


def status(clone: Clone) -> list[str]:
    """What git says of everything but the plan."""
    rows = clone.git("status", "--porcelain", "--untracked-files=all").splitlines()
    return [row for row in rows if "docs/plans/release." not in row]


def as_it_was(clone: Clone) -> Oracle:
    """Everything that is the user's own stands as it stood, for git too, and the plan is whole."""
    there = [name for name in clone.below(".") if not name.startswith((".ecw", ".git/", "docs/plans/release."))]
    stands, said = oracle.untouched(clone, *there), status(clone)

    def over(clone: Clone) -> str | None:
        if status(clone) != said:
            return f"git says something else now: {status(clone)}"
        return stands(clone) or oracle.whole(clone)

    return over


# --- C1: healthy ------------------------------------------------------------------------------------------------------


@control("C1", "a healthy project", IGNORE, variant="as it is")
def healthy(clone: Clone) -> Oracle:
    return as_it_was(clone)


@control("C1", "a healthy project", IGNORE, variant="everything committed")
def all_committed(clone: Clone) -> Oracle:
    clone.git("add", "--all")
    clone.git("commit", "-q", "-m", "all")
    clone.git("push", "-q")
    return as_it_was(clone)


@control("C1", "a healthy project", IGNORE, variant="commits that are not pushed")
def ahead(clone: Clone) -> Oracle:
    clone.commit("not pushed")
    return as_it_was(clone)


@control("C1", "a healthy project", IGNORE, variant="another tracker", positions=OUTSIDE_A_COMMAND)
def two_trackers(clone: Clone) -> Oracle:
    clone.do('create a tracker called "Other"')
    clone.extra["WT_TRACKER"] = "release"
    return as_it_was(clone)


@control("C1", "a healthy project", IGNORE, variant="undone and done again", positions=OUTSIDE_A_COMMAND)
def undone(clone: Clone) -> Oracle:
    clone.do("complete 4.2", "undo", "redo", "undo")
    clone.expected[clone.uid("4.2"), "status"] = "pending"
    return as_it_was(clone)


# --- C2: one failure that passes by itself ----------------------------------------------------------------------------


def operations(clone: Clone, *rows: tuple[float, int, bool]) -> None:
    """What the program remembers of itself: (seconds ago, milliseconds, whether it went well)."""
    lines = "".join(f"{clone.now - ago:.3f} {ms} {ok:d}\n" for ago, ms, ok in rows)
    clone.write(".ecw/state/operations.log", lines)


@control("C2", "one failure that has passed", IGNORE, variant="an operation")
def failed_once(clone: Clone) -> Oracle:
    operations(clone, *((3000 - 60.0 * n, 12, n != 20) for n in range(40)))
    return as_it_was(clone)


@control("C2", "one failure that has passed", IGNORE, variant="the remote")
def remote_failed_once(clone: Clone) -> Oracle:
    clone.shim(
        'case "$*" in *ls-remote*|*fetch*) if [ ! -e "$0.once" ]; then touch "$0.once";'
        ' echo "fatal: unable to access: Could not resolve host: example.org" >&2; exit 128; fi;; esac'
    )
    return as_it_was(clone)


@control("C2", "one failure that has passed", IGNORE, variant="a lock", positions=OUTSIDE_A_COMMAND)
def lock_held_once(clone: Clone) -> Oracle:
    holding(clone, clone.path(".ecw/lock"), 0.3)
    return as_it_was(clone)


HOLD = """
import fcntl, os, sys, time
file = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(float(sys.argv[2]))
"""


def holding(clone: Clone, path: str, seconds: float) -> subprocess.Popen[bytes]:
    """A process that holds a lock, until its time is over or the trial is."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, path, str(seconds)], stdout=subprocess.PIPE)
    clone.ends += [lambda: ended(process)]
    assert process.stdout is not None
    process.stdout.readline()
    return process


def ended(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate()


# --- C3: exactly at the threshold -------------------------------------------------------------------------------------


@control("C3", "a figure exactly at its limit", IGNORE, variant="cache")
def cache_at_limit(clone: Clone) -> Oracle:
    clone.write(".ecw/config.json", '{"cache_limit_mb": 1}')
    clone.write(".ecw/cache/whole", b"x" * MB)
    return lambda clone: None if clone.there(".ecw/cache/whole") else "the cache was cleared"


@control("C3", "a figure exactly at its limit", IGNORE, variant="index.lock", positions=(AFTER,), between=0)
def lock_at_limit(clone: Clone) -> Oracle:
    clone.write(".git/index.lock", b"")
    clone.aged(".git/index.lock", 60.0)
    return lambda clone: None if clone.there(".git/index.lock") else "the lock was taken away"


@control("C3", "a figure exactly at its limit", IGNORE, variant="temporary file", positions=(AFTER,), between=0)
def temporary_at_limit(clone: Clone) -> Oracle:
    name = "docs/plans/.release.json.0123456789ab.wt-tmp"
    clone.write(name, b"{")
    clone.aged(name, HOUR)
    return lambda clone: None if clone.there(name) else "a young temporary file was taken away"


@control("C3", "a figure exactly at its limit", IGNORE, variant="success rate", positions=(AFTER,))
def rate_at_limit(clone: Clone) -> Oracle:
    operations(clone, *((3000 - 60.0 * n, 12, n % 10 < 7) for n in range(40)))
    return as_it_was(clone)


@control("C3", "a figure exactly at its limit", IGNORE, variant="latency", positions=(AFTER,))
def latency_at_limit(clone: Clone) -> Oracle:
    rows = [*((9000 - 60.0 * n, 1000, True) for n in range(40)), *((3000 - 60.0 * n, 1000, True) for n in range(20))]
    operations(clone, *rows)
    return as_it_was(clone)


# --- C4: a lock that is rightly held ----------------------------------------------------------------------------------


@control("C4", "a lock that is rightly held for long", IGNORE, variant="a writer", positions=(AFTER,))
def writer_at_work(clone: Clone) -> Oracle:
    holding(clone, clone.path(".ecw/lock"), 30)
    return as_it_was(clone)


@control("C4", "a lock that is rightly held for long", IGNORE, variant="git", positions=OUTSIDE_A_COMMAND)
def git_at_work(clone: Clone) -> Oracle:
    holding(clone, clone.path(".git/index.lock"), 30)
    clone.aged(".git/index.lock", HOUR)
    return lambda clone: None if clone.there(".git/index.lock") else "a lock that is held was taken away"


# --- C5: work that is not committed -----------------------------------------------------------------------------------


@control("C5", "work that is not committed", IGNORE, variant="changed")
def changed_code(clone: Clone) -> Oracle:
    clone.add(WORK, "print('more')\n")
    return as_it_was(clone)


@control("C5", "work that is not committed", IGNORE, variant="staged")
def staged_code(clone: Clone) -> Oracle:
    clone.write("src/new.py", "print('staged')\n")
    clone.git("add", "src/new.py", WORK)
    clone.add("src/new.py", "print('and changed again')\n")
    return as_it_was(clone)


@control("C5", "work that is not committed", IGNORE, variant="deleted")
def deleted_code(clone: Clone) -> Oracle:
    clone.remove(WORK)
    return as_it_was(clone)


@control("C5", "work that is not committed", IGNORE, variant="stashed", positions=OUTSIDE_A_COMMAND)
def stashed_code(clone: Clone) -> Oracle:
    clone.git("stash", "push", "-q", "--", WORK)
    rest = as_it_was(clone)
    return lambda clone: rest(clone) or (None if "stash@{0}" in clone.git("stash", "list") else "the stash is gone")


@control("C5", "work that is not committed", IGNORE, variant="odd names and links")
def odd_files(clone: Clone) -> Oracle:
    clone.write("src/ä name with spaces\n.txt", "mine")
    clone.write("src/x.wt-tmp", "mine, whatever it is called")
    clone.write("cache/probes/mine", "not the cache of the program")
    os.symlink("../" + NOTES, clone.path("src/link"))
    return as_it_was(clone)


# --- C6: Markdown that is nobody's page -------------------------------------------------------------------------------


@control("C6", "Markdown that is not drawn by the program", IGNORE, variant="beside the page")
def own_markdown(clone: Clone) -> Oracle:
    clone.write("docs/plans/ideas.md", "# Ideas\n\n- [ ] 3.1 Check the login\n")
    return as_it_was(clone)


@control("C6", "Markdown that is not drawn by the program", IGNORE, variant="a readme with a plan in it")
def readme(clone: Clone) -> Oracle:
    clone.write("README.md", "# Release\n\n| ID | Task | Status |\n|---|---|---|\n| 1.1 | Sketch the login | open |\n")
    return as_it_was(clone)


@control("C6", "Markdown that is not drawn by the program", IGNORE, variant="a copy of the page")
def copied_page(clone: Clone) -> Oracle:
    page = clone.read("docs/plans/release.md").replace(b"pending", b"open")
    clone.write("docs/release-of-may.md", page)
    return as_it_was(clone)


# --- C7: slow, within what is promised --------------------------------------------------------------------------------


@control("C7", "slow, but not slower than it should be", IGNORE, variant="operations", positions=(AFTER,))
def slow_operations(clone: Clone) -> Oracle:
    operations(clone, *((6000 - 60.0 * n, 700 + 10 * (n % 7), True) for n in range(60)))
    return as_it_was(clone)


@control("C7", "slow, but not slower than it should be", IGNORE, variant="git")
def slow_git(clone: Clone) -> Oracle:
    clone.shim('case "$*" in *ls-remote*|*fetch*|*push*) sleep 0.3;; esac')
    return as_it_was(clone)


# --- C8: probes that rightly say nothing ------------------------------------------------------------------------------


def probe(clone: Clone, id: str, command: str) -> None:
    clone.write(f".ecw/probes/{id}.yaml", f"id: {id}\nclaim: it holds\ncommand: {command}\ngroup: ci\n")


@control("C8", "a probe that has nothing to look at", IGNORE, variant="not trusted", positions=OUTSIDE_A_COMMAND)
def untrusted_probe(clone: Clone) -> Oracle:
    probe(clone, "ci", "true")
    clone.say("reality check")
    return as_it_was(clone)


@control("C8", "a probe that has nothing to look at", IGNORE, variant="no CI", positions=OUTSIDE_A_COMMAND)
def no_ci(clone: Clone) -> Oracle:
    clone.say("reality check")
    clone.wait(HOUR)
    clone.say("reality check")
    return as_it_was(clone)


@control("C8", "a probe that has nothing to look at", IGNORE, variant="no remote", positions=OUTSIDE_A_COMMAND)
def no_remote(clone: Clone) -> Oracle:
    clone.git("remote", "remove", "origin")
    clone.say("reality check")
    return as_it_was(clone)
