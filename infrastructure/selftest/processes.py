"""Faults of locks and processes: who holds what, and who died holding it."""

from __future__ import annotations

import fcntl
import os
import signal

from infrastructure.selftest import oracle
from infrastructure.selftest.clone import PAGE
from infrastructure.selftest.controls import holding
from infrastructure.selftest.fault import AFTER, AUTO, BEFORE, DURING, IGNORE, declaring

TYPE_CHECKING = False
if TYPE_CHECKING:
    from infrastructure.selftest.clone import Clone
    from infrastructure.selftest.fault import Oracle

fault = declaring("C")
LOCK, HEALER = ".ecw/lock", ".ecw/state/healing/healer.lock"
NOBODY = 4_194_303  # above what a machine usually hands out as a process id


def _works(clone: Clone) -> str | None:
    """The lock can be had at once, and the command got it."""
    with open(clone.path(LOCK), "rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return "the lock is still held"
    refused = [said.words for said in clone.told if not said.is_done]
    return refused[0] if refused else oracle.whole(clone)


@fault("F28", "a process died holding the lock", AUTO, variant="killed")
def killed_holder(clone: Clone) -> Oracle:
    """The system frees what a dead process held; its name still stands in the file."""
    process = holding(clone, clone.path(LOCK), 60)
    clone.write(LOCK, f"process {process.pid} of sam since yesterday\n")
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    return _works


@fault("F28", "the lock names a process that there is not", AUTO, variant="left over")
def dead_holder(clone: Clone) -> Oracle:
    clone.write(LOCK, f"process {NOBODY} of sam since 2026-01-01T00:00:00Z\n")
    return _works


@fault(
    "F29",
    "a living process holds the lock for long",
    IGNORE,
    signs=("is busy", "holds", "process"),
    positions=(BEFORE, DURING),
)
def living_holder(clone: Clone) -> Oracle:
    """The command waits to its deadline, then says who holds it; nobody breaks the lock."""
    process = holding(clone, clone.path(LOCK), 60)
    clone.write(LOCK, f"process {process.pid} of dana since 2026-01-01T00:00:00Z\n")
    clone.extra["WT_LOCK_TIMEOUT"] = "0.3"

    def over(clone: Clone) -> str | None:
        if process.poll() is not None:
            return "who held the lock was ended"
        if clone.told and (clone.told[0].code, str(process.pid) in clone.told[0].words) != (75, True):
            return f"it did not say who holds the lock: {clone.told[0].code} {clone.told[0].words}"
        return oracle.whole(clone)

    return over


@fault(
    "F30",
    "the lock names a process whose number is another's by now",
    AUTO,
    note="the lock is flock's: a number in the file decides nothing; a lock of another machine is that of F59",
)
def recycled(clone: Clone) -> Oracle:
    clone.write(LOCK, f"process {os.getppid()} of sam since 2026-01-01T00:00:00Z\n")
    return _works


@fault(
    "F31", "somebody else is healing just now", IGNORE, variant="one waits", signs=("is healing",), positions=(AFTER,)
)
def healer_at_work(clone: Clone) -> Oracle:
    """The second yields, and touches nothing."""
    clone.remove(PAGE)
    os.makedirs(os.path.dirname(clone.path(HEALER)), exist_ok=True)
    holding(clone, clone.path(HEALER), 60)
    return lambda clone: "the second did not yield" if clone.there(PAGE) else None


@fault(
    "F31",
    "two begin to heal at the same moment",
    AUTO,
    variant="at once",
    positions=(AFTER,),
    does=("markdown_drift",),
    signs=("healed",),
)
def two_healers(clone: Clone) -> Oracle:
    clone.remove(PAGE)
    clone.at_once("heal", "heal")

    def over(clone: Clone) -> str | None:
        healed = [line for line in clone.lines(".ecw/state/outcomes.jsonl") if line.get("result") == "healed"]
        return oracle.whole(clone) or (None if len(healed) == 1 else f"it was healed {len(healed)} times")

    return over
