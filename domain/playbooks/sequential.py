"""Wald's sequential test: as many trials as it takes to tell a better rate from the one that is known, and no more."""

from __future__ import annotations

from math import log

from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

BETTER, NOT_BETTER, UNDECIDED = "better", "not better", "undecided"
FALSE_ALARM, MISSED = 0.05, 0.2  # how often either error may be made
MOST = 100  # trials; then there is no decision
EDGE = 0.02  # a rate is never taken for certain


class Verdict(Record):
    """What the test came to after `n` trials of which `helped` helped."""

    decision: str
    n: int
    helped: int
    against: float  # the rate it was tested against
    hoped: float  # the rate that would be worth it


def worth_having(rate: float) -> float:
    """The rate that makes a change worth a person's time: half of the failures are gone."""
    return rate + (1 - rate) / 2


def sprt(results: Iterable[bool], against: float, hoped: float | None = None) -> Verdict:
    """Whether these trials come from the rate `hoped` rather than from `against` (Wald 1945).

    `better` is said wrongly in about 5 %, `not better` in about 20 % at most; what is undecided after a hundred
    trials stays so, which is often where there is little left to gain.
    """
    against = min(max(against, EDGE), 1 - EDGE)
    hoped = max(worth_having(against) if hoped is None else hoped, against + EDGE / 2)
    upper, lower = log((1 - MISSED) / FALSE_ALARM), log(MISSED / (1 - FALSE_ALARM))
    gain, loss = log(hoped / against), log((1 - hoped) / (1 - against))
    n = helped = 0
    weight = 0.0
    for result in results:
        if n == MOST:
            break
        n, helped, weight = n + 1, helped + result, weight + (gain if result else loss)
        if weight >= upper or weight <= lower:
            return Verdict(BETTER if weight >= upper else NOT_BETTER, n, helped, against, hoped)
    return Verdict(UNDECIDED, n, helped, against, hoped)
