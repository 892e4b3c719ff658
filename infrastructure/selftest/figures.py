"""What trials come to: each figure with its n and the bound that 95 % of the time is not overstated. Pure."""

from __future__ import annotations

from statistics import median

from domain.record import Record
from domain.self_healing.knowledge import at_least
from infrastructure.selftest.fault import AUTO, IGNORE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from infrastructure.selftest.runner import Trial

FASTEST = 2.0  # seconds that a recovery may take, in the middle of all


class Share(Record):
    """`count` of `n`. A share is good when it is high, or when it is none at all (`is_harm`)."""

    name: str
    count: int
    n: int
    goal: float
    is_harm: bool = False

    @property
    def bound(self) -> float:
        """The lower bound of what should be high, the upper bound of what should be none (Wilson, one-sided, 95 %)."""
        return 1 - at_least(self.n - self.count, self.n) if self.is_harm else at_least(self.count, self.n)

    @property
    def is_reached(self) -> bool:
        return self.count == 0 if self.is_harm else self.n > 0 and self.count / self.n >= self.goal

    @property
    def text(self) -> str:
        if not self.n:
            return "n/a"
        told = f"{self.count} of {self.n}"
        if self.is_harm:
            return f"{told}, at most {self.bound:.1%}"
        return f"{told} ({self.count / self.n:.1%}), at least {self.bound:.1%}"

    def to_document(self) -> dict[str, Any]:  # Any: plain values
        return dict(self.values()) | {
            "bound": round(self.bound, 4),
            "is_reached": self.is_reached,
            "text": self.text,
            "wanted": "none" if self.is_harm else f"at least {self.goal:.0%}",
        }


def shares(trials: Sequence[Trial]) -> list[Share]:
    """The figures that have to be reached, of the trials that count."""
    ran = [trial for trial in trials if trial.counts]
    faults = [trial for trial in ran if not trial.is_control]
    controls = [trial for trial in ran if trial.is_control]
    noticeable = [trial for trial in faults if trial.is_noticeable]
    eligible = [trial for trial in faults if trial.expected == AUTO]
    taken_back = [trial for trial in ran if trial.is_taken_back is not None]
    return [
        _share("noticed", noticeable, lambda t: t.is_noticed, 0.95),
        _share("right disposition", faults, lambda t: t.disposition == t.expected, 0.95),
        _share("resolved, of those that may be resolved unasked", eligible, lambda t: t.is_resolved, 0.90),
        _share("left as it was, of those that may not", [t for t in faults if t.expected != AUTO], _is_left, 0.95),
        _share("something was lost", ran, lambda t: bool(t.lost), 0, harm=True),
        _share("an action that nothing called for", faults, lambda t: bool(t.unneeded), 0, harm=True),
        _share("false alarm or action where nothing was wrong", controls, _is_false, 0, harm=True),
        _share("taken back digest for digest, of what did not help", taken_back, lambda t: bool(t.is_taken_back), 1.0),
        _share("at rest after two runs", ran, lambda t: t.is_at_rest, 1.0),
    ]


def _is_left(trial: Trial) -> bool:
    return not trial.wrong


def _is_false(trial: Trial) -> bool:
    return trial.disposition != IGNORE or bool(trial.unneeded) or bool(trial.wrong)


def _share(
    name: str, trials: Iterable[Trial], holds: Callable[[Trial], bool], goal: float, *, harm: bool = False
) -> Share:
    rows = list(trials)
    return Share(name, sum(map(holds, rows)), len(rows), goal, harm)


def figures(trials: Sequence[Trial]) -> dict[str, Any]:
    """All of them as plain values."""
    healed = [trial for trial in trials if trial.counts and trial.expected == AUTO and trial.is_resolved]
    times = sorted(trial.seconds for trial in healed if not trial.is_process)
    started = sorted(trial.seconds for trial in healed if trial.is_process)
    attempts = [trial.attempts for trial in healed if trial.attempts]
    told = shares(trials)
    middle = median(times + started) if healed else None
    return {
        "shares": [share.to_document() for share in told],
        "seconds": {"median": middle, "goal": FASTEST, "in_process": _spread(times), "as_process": _spread(started)},
        "attempts": round(sum(attempts) / len(attempts), 2) if attempts else None,
        "good_faults": _good_faults(trials),
        "faults": len({trial.id for trial in trials if trial.counts and not trial.is_control}),
        "controls": len({trial.id for trial in trials if trial.counts and trial.is_control}),
        "trials": sum(trial.counts for trial in trials),
        "is_reached": not any(trial.invalid for trial in trials)
        and all(share.is_reached for share in told if share.n)
        and (middle is None or middle < FASTEST),
    }


def _good_faults(trials: Sequence[Trial]) -> int:
    """Faults of which nothing is to be said against any trial."""
    ran = [trial for trial in trials if trial.counts and not trial.is_control]
    return len({trial.id for trial in ran} - {trial.id for trial in ran if not trial.is_good})


def _spread(times: Sequence[float]) -> dict[str, float | int] | None:
    """Median, the slowest and how many."""
    return {"n": len(times), "median": round(median(times), 3), "slowest": max(times)} if times else None
