"""Faults that are still to come: the disk fills, and will be full within the day."""

from __future__ import annotations

from infrastructure.selftest import oracle
from infrastructure.selftest.clone import DAY, HOUR
from infrastructure.selftest.fault import AUTO, ESCALATE, declaring
from infrastructure.selftest.host import MB, OUTSIDE_A_COMMAND, on_a_small_disk, room

TYPE_CHECKING = False
if TYPE_CHECKING:
    from infrastructure.selftest.clone import Clone
    from infrastructure.selftest.fault import Oracle

fault = declaring("F")
SIZE = 64  # MB of the file system
CACHES, FILES = 12, 6  # MB in wt's own caches, and files that they are made of
MEASURED = 9  # times, an hour apart
SERIES = ".ecw/state/series.jsonl"


def _filling(clone: Clone, gained: float) -> float:
    """What was measured in the last hours: full within the day, but not with so many bytes more. The rate an hour."""
    free, now = room(clone), clone.now
    rate = (free + gained / 2) / (DAY / HOUR)
    ages = range(MEASURED, 0, -1)
    clone.write(
        SERIES, "".join(f'{{"at":{now - age * HOUR:.0f},"disk_free":{free + rate * age:.0f}}}\n' for age in ages)
    )
    return rate


@fault(
    "F54",
    "the disk will be full within the day, and wt's own caches are some of it",
    AUTO,
    variant="own",
    does=("disk_filling",),
    positions=OUTSIDE_A_COMMAND,
)
def filled_by_own(clone: Clone) -> Oracle:
    on_a_small_disk(clone, SIZE)
    for number in range(FILES):
        clone.write(f".ecw/cache/piece-{number}", b"x" * (CACHES * MB // FILES))
    rate = _filling(clone, CACHES * MB)

    def over(clone: Clone) -> str | None:
        left = room(clone) / rate * HOUR
        return oracle.whole(clone) or (None if left >= DAY else f"it is full in {left / HOUR:.0f} hours")

    return over


@fault(
    "F54",
    "the disk will be full within the day, by what is not wt's",
    ESCALATE,
    variant="others",
    does=("disk_filling",),
    positions=OUTSIDE_A_COMMAND,
)
def filled_by_others(clone: Clone) -> Oracle:
    on_a_small_disk(clone, SIZE)
    clone.write("src/mine.bin", b"x" * (CACHES * MB))
    _filling(clone, 0)
    mine = oracle.untouched(clone, "src/mine.bin")
    return lambda clone: oracle.whole(clone) or mine(clone)
