"""Faults of the host: a full disk, files that cannot be written, too few descriptors, a clock that jumps."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

from infrastructure.selftest import oracle
from infrastructure.selftest.clone import DAY, HOUR, PLAN, SOURCES, Said
from infrastructure.selftest.fault import AFTER, AUTO, BEFORE, ESCALATE, IGNORE, Absent, declaring

TYPE_CHECKING = False
if TYPE_CHECKING:
    from infrastructure.selftest.clone import Clone
    from infrastructure.selftest.fault import Oracle

fault = declaring("F")
OUTSIDE_A_COMMAND = (BEFORE, AFTER)
MB = 1 << 20
SMALL = 24  # MB


# --- the disk ---------------------------------------------------------------------------------------------------------


def mounted(clone: Clone, folder: str, *arguments: str) -> None:
    """Raises Absent where nobody but root may mount."""
    done = subprocess.run(["mount", *arguments, folder], capture_output=True, check=False)
    if done.returncode:
        raise Absent("a file system can be mounted by root only")
    clone.ends.append(lambda: subprocess.run(["umount", "-l", folder], capture_output=True, check=False))


def on_a_small_disk(clone: Clone, size: int = SMALL) -> None:
    """The whole project, on a file system of a few megabytes."""
    aside = f"{clone.root}.aside"
    shutil.move(clone.root, aside)
    os.mkdir(clone.root)
    mounted(clone, clone.root, "-t", "tmpfs", "-o", f"size={size}m", "tmpfs")
    shutil.copytree(aside, clone.root, symlinks=True, dirs_exist_ok=True)


def room(clone: Clone) -> int:
    found = os.statvfs(clone.root)
    return found.f_bavail * found.f_frsize


@fault(
    "F53",
    "the disk is full, of wt's own caches",
    AUTO,
    variant="own",
    does=("disk_full", "cache_overflow"),
    positions=OUTSIDE_A_COMMAND,
)
def full_of_own(clone: Clone) -> Oracle:
    on_a_small_disk(clone)
    clone.fill(".ecw/cache/big")
    return lambda clone: oracle.whole(clone) or (None if room(clone) > 16 * MB else f"{room(clone)} bytes are free")


@fault(
    "F53",
    "the disk is full, of other things",
    ESCALATE,
    variant="others",
    does=("disk_full",),
    positions=OUTSIDE_A_COMMAND,
)
def full_of_others(clone: Clone) -> Oracle:
    on_a_small_disk(clone)
    clone.fill("src/mine.bin")
    return oracle.untouched(clone, PLAN, "src/mine.bin")


@fault(
    "F55",
    "the folder of the tracker may only be read",
    ESCALATE,
    signs=("permissions DISAGREE", "read-only"),
    positions=OUTSIDE_A_COMMAND,
    look=("reality check",),
    does=("consensus_degradation",),
)
def read_only(clone: Clone) -> Oracle:
    """Reading goes on; nothing is made writable."""
    folder = clone.path("docs/plans")
    mounted(clone, folder, "--bind", folder)
    mounted(clone, folder, "-o", "remount,ro,bind")
    stands = oracle.untouched(clone, PLAN)

    def over(clone: Clone) -> str | None:
        said = clone.here("progress")
        return stands(clone) or (None if said.is_done else f"reading does not go on: {said.words}")

    return over


# --- what the system refuses, or is slow with -------------------------------------------------------------------------

SLOW = """
import os, sys, time
sys.path.insert(0, {sources!r})
real = os.fsync
def slow(file):
    time.sleep(0.4)
    return real(file)
os.fsync = slow
from infrastructure.router import main
sys.exit(main(["--json", *{arguments!r}]))
"""


def _under(clone: Clone, command: list[str], id: str) -> None:
    """The program in odd circumstances; what it acknowledges counts."""
    done = subprocess.run(command, cwd=clone.root, env=clone.env, capture_output=True, timeout=60, check=False)
    if b"Traceback" in done.stderr:
        raise RuntimeError(done.stderr.decode(errors="replace"))
    if done.returncode in (0, 6):
        clone.expected[clone.uid(id), "status"] = "complete"
    clone.note_page()
    clone.told.append(Said(done.returncode, {"message": done.stderr.decode(errors="replace")}))


@fault("F56", "a process may open hardly any file", AUTO, positions=OUTSIDE_A_COMMAND)
def few_descriptors(clone: Clone) -> Oracle:
    """It does its work with few, or refuses and changes nothing; once there are enough all is as ever."""
    for number, most in (("4.5", 12), ("4.6", 6)):
        shell = f'ulimit -n {most}; exec "$@"'
        _under(clone, ["sh", "-c", shell, "sh", *clone.command(f"complete {number}")], number)
    return oracle.whole


@fault("F58", "the disk is slow", AUTO, positions=OUTSIDE_A_COMMAND)
def slow_disk(clone: Clone) -> Oracle:
    """What is acknowledged is on disk all the same."""
    script = SLOW.format(sources=SOURCES, arguments=["complete 4.5"])
    _under(clone, [sys.executable, "-c", script], "4.5")

    def over(clone: Clone) -> str | None:
        done = clone.task("4.5")["status"] == "complete"
        return oracle.whole(clone) or (None if done else "a slow disk has stopped the work")

    return over


# --- the clock --------------------------------------------------------------------------------------------------------

ORDER = "the order of changes is kept without anybody; whoever can set the clock is told that it is wrong"


@fault(
    "F57",
    "the clock goes back",
    ESCALATE,
    variant="back",
    does=("clock_jump",),
    positions=OUTSIDE_A_COMMAND,
    note=ORDER,
)
def clock_goes_back(clone: Clone) -> Oracle:
    clone.wait(-3 * DAY)
    clone.do("complete 4.5")
    clone.expected[clone.uid("4.5"), "status"] = "complete"
    return _in_order


@fault("F57", "the clock goes ahead", IGNORE, variant="ahead", positions=OUTSIDE_A_COMMAND)
def clock_goes_ahead(clone: Clone) -> Oracle:
    clone.wait(400 * DAY + HOUR)
    return _in_order


def _in_order(clone: Clone) -> str | None:
    """The journal counts on, whatever the times say."""
    numbers = [line["seq"] for name in clone.below(oracle.JOURNAL) for line in clone.lines(name)]
    return oracle.whole(clone) or (None if numbers == sorted(set(numbers)) else "the journal is out of order")


# --- a file system without locks --------------------------------------------------------------------------------------

UNLOCKED = """
import errno, fcntl, os, sys
sys.path.insert(0, {sources!r})
def none(*_):
    raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))
fcntl.flock = none
from infrastructure.router import main
sys.exit(main(["--json", *{arguments!r}]))
"""
NO_LEASE = "nothing is written without flock: a lease would not keep out whoever holds the lock of the same file"


@fault(
    "F59",
    "the file system knows no locks",
    ESCALATE,
    signs=("cannot be taken",),
    positions=OUTSIDE_A_COMMAND,
    slow=True,
    note=NO_LEASE,
)
def no_locks(clone: Clone) -> Oracle:
    script = UNLOCKED.format(sources=SOURCES, arguments=["complete 4.5"])
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=clone.root, env=clone.env, capture_output=True, timeout=60, check=False)
    clone.told.append(Said(done.returncode, json.loads(done.stdout)))

    def over(clone: Clone) -> str | None:
        was_written = clone.task("4.5")["status"] == "complete"
        return oracle.whole(clone) or ("it was written without a lock" if was_written else None)

    return over
