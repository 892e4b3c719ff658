"""What outcomes teach: how sure a playbook is, which of its stages goes first, what has helped before."""

from __future__ import annotations

from domain.playbooks.guards import FEWEST, Confidence
from domain.record import Record
from domain.self_healing.knowledge import wilson_bounds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from domain.playbooks.outcomes import HealingOutcome
    from domain.playbooks.playbook import Playbook

DISCOUNT = 0.9  # what a treatment counts for, once for every newer one: the world drifts
MOST_PRIOR = 5  # treatments that evidence from elsewhere counts for, at most
QUICK, SLOW = 300.0, 600.0  # seconds
COMMON = 0.5  # an action is common when more than this share of the successes took it


def effectiveness(outcome: HealingOutcome) -> float:
    """How much a treatment was worth: 0 when it did not help, else 1, after 5 minutes 0.8, after 10 minutes 0.5.

    Source: the masterplan's `calculate_effectiveness`, whose branch for 10 minutes could never be reached.
    """
    if not outcome.success:
        return 0.0
    if outcome.duration <= QUICK:
        return 1.0
    return 0.8 if outcome.duration <= SLOW else 0.5


# --- rates that say how sure they are ---------------------------------------------------------------------------------


class Tally(Record):
    """So many of so many helped, told with what it was counted on."""

    helped: int
    trials: int
    ids: tuple[str, ...] = ()

    @property
    def interval(self) -> tuple[float, float]:
        """Where the rate may lie, 95 % sure (Wilson 1927)."""
        return wilson_bounds(self.helped, self.trials)

    @property
    def rate(self) -> float | None:
        """None below ten: nobody should reckon with it."""
        return self.helped / self.trials if self.trials >= FEWEST else None

    @property
    def text(self) -> str:
        """`10 of 12 (83%, 95% sure: 55–95%)`; below ten the rate is `n/a`."""
        if not self.trials:
            return "n/a (0 of 0)"
        low, high = self.interval
        rate = "n/a" if self.rate is None else f"{self.rate:.0%}"
        return f"{self.helped} of {self.trials} ({rate}, 95% sure: {low * 100:.0f}–{high:.0%})"

    def to_document(self) -> dict[str, object]:
        low, high = self.interval
        return {
            "helped": self.helped,
            "n": self.trials,
            "rate": self.rate,
            "interval": [low, high],
            "ids": list(self.ids),
        }


def tally(outcomes: Iterable[HealingOutcome]) -> Tally:
    """How many of these helped."""
    counted = list(outcomes)
    return Tally(sum(o.success for o in counted), len(counted), tuple(o.id for o in counted))


def trend(before: Tally, now: Tally) -> str:
    """`+12 points`, `-5 points`, `stable` (nothing that chance could not do), `n/a` below ten.

    By the interval for a difference of Newcombe (1998), method 10.
    """
    if before.rate is None or now.rate is None:
        return "n/a"
    change = now.rate - before.rate
    (low, high), (low_before, high_before) = now.interval, before.interval
    down = change - ((now.rate - low) ** 2 + (high_before - before.rate) ** 2) ** 0.5
    up = change + ((high - now.rate) ** 2 + (before.rate - low_before) ** 2) ** 0.5
    return "stable" if down <= 0 <= up else f"{change * 100:+.0f} points"


# --- how sure a playbook is, and what it tries first ------------------------------------------------------------------


class Trial(Record):
    """What these figures need of an outcome in which something was done. `tried` are stages that did something."""

    playbook_id: str
    version: int
    digest: str
    helped: bool
    stage: str  # that helped
    tried: tuple[str, ...]


def trial_of(outcome: HealingOutcome) -> Trial | None:
    """None where nothing was done: that says nothing of the playbook."""
    tried = tuple(dict.fromkeys(step.stage for step in outcome.steps if step.result == "done"))
    if not tried:
        return None
    return Trial(outcome.playbook_id, outcome.version, outcome.digest, outcome.success, outcome.stage, tried)


def trials_of(outcomes: Iterable[HealingOutcome]) -> list[Trial]:
    return [trial for outcome in outcomes if (trial := trial_of(outcome)) is not None]


def discounted(results: Iterable[bool]) -> tuple[float, float]:
    """(helped, trials), oldest first: what is older counts for less."""
    helped = trials = 0.0
    for result in results:
        helped, trials = helped * DISCOUNT + result, trials * DISCOUNT + 1
    return helped, trials


def confidence(trials: Iterable[Trial], playbook: Playbook) -> Confidence:
    """Of this very playbook, word for word: what an earlier version did is no proof for another.

    What is known from elsewhere (runs on the fault corpus) counts for at most five treatments.
    """
    mark = (playbook.id, playbook.version, playbook.digest)
    own = [trial.helped for trial in trials if (trial.playbook_id, trial.version, trial.digest) == mark]
    known = playbook.evidence.successes + playbook.evidence.failures
    weight = min(known, MOST_PRIOR) / known if known else 0.0
    helped, tried = discounted(own)
    return Confidence(helped + playbook.evidence.successes * weight, tried + known * weight, len(own), sum(own))


def promise(trials: Iterable[Trial], playbook_id: str, stage: str) -> float:
    """How promising a stage is: the mean of its discounted Beta posterior, one in two while it was not tried.

    Every newer treatment by the playbook lets what is known of each stage fade, so that a stage which failed long
    ago is tried again (Raj & Kalyani 2017; against Thompson sampling it needs fewer attempts from 10 incidents on).
    """
    helped = tried = 0.0
    for trial in trials:
        if trial.playbook_id == playbook_id:
            helped = helped * DISCOUNT + (trial.stage == stage)
            tried = tried * DISCOUNT + (stage in trial.tried)
    return (helped + 1) / (tried + 2)


# --- patterns ---------------------------------------------------------------------------------------------------------


class Lesson(Record):
    """What the treatments by one playbook have taught. `seconds` is the mean time that a success took."""

    playbook_id: str
    tally: Tally
    effectiveness: float
    common_actions: tuple[str, ...]
    stages: Mapping[str, Tally]
    seconds: float | None


def learn_from_outcomes(outcomes: Iterable[HealingOutcome]) -> dict[str, Lesson]:
    """playbook -> what its treatments taught; those that did nothing teach nothing."""
    groups: dict[str, list[HealingOutcome]] = {}
    for outcome in outcomes:
        if outcome.actions_taken:
            groups.setdefault(outcome.playbook_id, []).append(outcome)
    return {id: _lesson(id, group) for id, group in sorted(groups.items())}


def _lesson(id: str, outcomes: Sequence[HealingOutcome]) -> Lesson:
    successes = [outcome for outcome in outcomes if outcome.success]
    stages = dict.fromkeys(step.stage for o in outcomes for step in o.steps if step.result == "done")
    return Lesson(
        id,
        tally(outcomes),
        sum(map(effectiveness, outcomes)) / len(outcomes),
        common_actions(successes),
        {stage: _of_stage(stage, outcomes) for stage in stages},
        sum(o.duration for o in successes) / len(successes) if successes else None,
    )


def _of_stage(stage: str, outcomes: Iterable[HealingOutcome]) -> Tally:
    tried = [o for o in outcomes if any(step.stage == stage and step.result == "done" for step in o.steps)]
    return Tally(sum(o.stage == stage for o in tried), len(tried), tuple(o.id for o in tried))


def helpful_actions(outcome: HealingOutcome) -> tuple[str, ...]:
    """What the stage that helped has done; earlier stages were taken back."""
    done = (step.action for step in outcome.steps if step.result == "done" and step.stage == outcome.stage)
    return tuple(dict.fromkeys(done))


def common_actions(successes: Sequence[HealingOutcome]) -> tuple[str, ...]:
    """Actions that more than half of the successes took, the most frequent first."""
    counts: dict[str, int] = {}
    for outcome in successes:
        for action in helpful_actions(outcome):
            counts[action] = counts.get(action, 0) + 1
    common = [action for action, count in counts.items() if count > COMMON * len(successes)]
    return tuple(sorted(common, key=lambda action: (-counts[action], action)))


class Fix(Record):
    """A way in which a trouble was healed: none that ever helped is forgotten while the log is there."""

    fingerprint: str
    symptoms: tuple[str, ...]
    playbook_id: str
    stage: str
    actions: tuple[str, ...]
    times: int
    last: float  # seconds since 1970
    ids: tuple[str, ...]


def known_fixes(outcomes: Iterable[HealingOutcome]) -> list[Fix]:
    """Every trouble that was ever healed, with every way in which it was, the latest first."""
    found: dict[tuple[str, ...], Fix] = {}
    for outcome in outcomes:
        actions = helpful_actions(outcome)
        if not outcome.success or not actions:
            continue
        key = (outcome.fingerprint, outcome.playbook_id, outcome.stage, *actions)
        before = found[key].ids if key in found else ()
        last = max(outcome.timestamp, found[key].last) if key in found else outcome.timestamp
        marks = (outcome.fingerprint, outcome.symptoms, outcome.playbook_id, outcome.stage, actions)
        found[key] = Fix(*marks, len(before) + 1, last, (*before, outcome.id))
    return sorted(found.values(), key=lambda fix: (-fix.last, fix.fingerprint, fix.stage))
