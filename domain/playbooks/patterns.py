"""What troubles have in common over time: what keeps coming back, and what comes at one time of the day."""

from __future__ import annotations

from math import comb

from domain.playbooks import guards
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.playbooks.outcomes import HealingOutcome
    from domain.playbooks.report import Issue

WATCHES = 4  # that a day is divided into
HOUR, DAY = 3600.0, 86_400.0
LENGTH = DAY / WATCHES
FEWEST_DAYS = 3  # of different dates
CHANCE = 0.01  # that it is none, for all that were looked at together


class Pattern(Record):
    """`kind`: returning, time of day. `chance` is the chance that it is none, corrected for how many were looked at."""

    kind: str
    playbook_id: str
    said: str
    recommendation: str
    ids: tuple[str, ...]
    chance: float | None = None


def patterns(outcomes: Sequence[HealingOutcome], found: Sequence[Issue]) -> list[Pattern]:
    """`found` are the issues that the outcomes make up."""
    return [*_returning(outcomes), *_by_time_of_day(found)]


def _returning(outcomes: Sequence[HealingOutcome]) -> list[Pattern]:
    """Troubles that were healed three times within some seven days: that only eases them."""
    healed: dict[str, list[HealingOutcome]] = {}
    for outcome in outcomes:
        if outcome.success and outcome.actions_taken:
            healed.setdefault(outcome.fingerprint, []).append(outcome)
    return [_return(rows) for rows in healed.values() if _came_back(rows)]


def _came_back(rows: Sequence[HealingOutcome]) -> bool:
    several = zip(rows, rows[guards.RECURRING - 1 :], strict=False)
    return any(last.timestamp - first.timestamp < guards.WEEK for first, last in several)


def _return(rows: Sequence[HealingOutcome]) -> Pattern:
    return Pattern(
        "returning",
        rows[-1].playbook_id,
        f"{rows[-1].playbook_id} was healed {len(rows)} times, {guards.RECURRING} of them within seven days",
        "look for the root cause: healing only eases it",
        tuple(o.id for o in rows),
    )


def _by_time_of_day(found: Sequence[Issue]) -> list[Pattern]:
    groups: dict[str, list[Issue]] = {}
    for issue in found:
        groups.setdefault(issue.treatments[0].playbook_id, []).append(issue)
    looked_at = max(1, len(groups) * WATCHES)
    made = [_watch(id, rows, looked_at) for id, rows in groups.items()]
    return [pattern for pattern in made if pattern is not None]


def _watch(id: str, rows: Sequence[Issue], looked_at: int) -> Pattern | None:
    """The quarter of the day in which far more of them began than an even spread would bring about."""
    watches = [int(issue.began % DAY // LENGTH) for issue in rows]
    watch = max(range(WATCHES), key=watches.count)
    mine = [issue for issue, at in zip(rows, watches, strict=True) if at == watch]
    chance = min(1.0, tail(len(mine), len(rows), 1 / WATCHES) * looked_at)
    if chance > CHANCE or len({int(issue.began // DAY) for issue in mine}) < FEWEST_DAYS:
        return None
    first, last = watch * LENGTH / HOUR, (watch + 1) * LENGTH / HOUR
    return Pattern(
        "time of day",
        id,
        f"{len(mine)} of {len(rows)} troubles of {id} began between {first:.0f}:00 and {last:.0f}:00 UTC",
        "look at what runs then, or let wt heal run before it",
        tuple(issue.treatments[0].id for issue in mine),
        chance,
    )


def tail(successes: int, trials: int, rate: float) -> float:
    """The chance of so many successes or more (binomial)."""
    return sum(comb(trials, k) * rate**k * (1 - rate) ** (trials - k) for k in range(successes, trials + 1))
