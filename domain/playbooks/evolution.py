"""Variations of a playbook, and when one is better: drawn from what was learnt, never riskier than what there is."""

from __future__ import annotations

from itertools import groupby

from domain.playbooks.guards import FEWEST
from domain.playbooks.learning import Tally, promise
from domain.playbooks.sequential import BETTER, sprt
from domain.record import Record
from domain.self_healing.knowledge import wilson_bounds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Protocol, TypeVar

    from domain.playbooks.learning import Trial
    from domain.playbooks.outcomes import HealingOutcome
    from domain.playbooks.playbook import Playbook, Stage, Step
    from domain.playbooks.sequential import Verdict

    Row = TypeVar("Row")

    class Replayed(Protocol):
        """What became of one fault of the corpus, treated by one playbook in a throw-away clone."""

        @property
        def key(self) -> str: ...
        @property
        def counts(self) -> bool: ...
        @property
        def is_good(self) -> bool: ...
        @property
        def lost(self) -> tuple[str, ...]: ...
        @property
        def attempts(self) -> int: ...
        @property
        def touched(self) -> int: ...
        @property
        def risk(self) -> str: ...


LONGEST = 300.0  # seconds that a playbook is ever given
SHORTEST = 10.0
ROOM = 3.0  # times the longest success
PLAYED = 0.5  # the rate of a coin: neither of two versions is better
HOPED = 0.8


class Past(Record):
    """What is known of the playbook's treatments here, oldest first."""

    outcomes: tuple[HealingOutcome, ...] = ()
    trials: tuple[Trial, ...] = ()

    def successes(self) -> list[HealingOutcome]:
        return [outcome for outcome in self.outcomes if outcome.success and outcome.actions_taken]


class Variation(Record):
    """The playbook otherwise, as its next version; `said` tells a person what is different."""

    name: str
    playbook: Playbook
    said: str


def variations(playbook: Playbook, past: Past) -> list[Variation]:
    """Those of the four that there is something to vary for; none of a playbook that is written in Python."""
    if any(stage.routine is not None for stage in playbook.stages):
        return []
    made = [(name, vary(playbook, past)) for name, vary in VARIATIONS.items()]
    return [
        Variation(name, varied.replace(version=playbook.version + 1), said)
        for name, found in made
        if found is not None
        for varied, said in (found,)
        if varied != playbook and forbidden(playbook, varied) is None
    ]


# --- the four variations ----------------------------------------------------------------------------------------------


def reorder_actions(playbook: Playbook, past: Past) -> tuple[Playbook, str] | None:
    """Stages, and actions in them, in the order in which they have helped; within one risk only.

    Of what was never tried the order is turned round: whether that is better, the fault corpus says.
    """
    weights = {stage.name: promise(past.trials, playbook.id, stage.name) for stage in playbook.stages}
    ends = _endings(past.successes())
    stages = _within_risk(playbook.stages, lambda stage: stage.tier, lambda stage: -weights[stage.name])
    stages = [
        stage.replace(
            steps=tuple(_within_risk(stage.steps, lambda step: step.tier, lambda step: -ends.get(step.action, 0)))
        )
        for stage in stages
    ]
    if not past.trials:
        stages = _turned(playbook.stages)
    if tuple(stages) == playbook.stages:
        return None
    return playbook.replace(stages=tuple(stages)), f"another order: {_order(stages)}"


def _within_risk(rows: Sequence[Row], tier: Callable[[Row], str], key: Callable[[Row], float]) -> list[Row]:
    """Sorted among neighbours of one risk; those of equal worth keep their order."""
    return [row for _, group in groupby(rows, key=tier) for row in sorted(group, key=key)]


def _turned(stages: Sequence[Stage]) -> list[Stage]:
    groups = [list(group) for _, group in groupby(stages, key=lambda stage: stage.tier)]
    return [stage for group in groups for stage in reversed(group)]


def _endings(successes: Iterable[HealingOutcome]) -> dict[str, int]:
    """action -> how often it was the one after which the symptoms were gone."""
    found: dict[str, int] = {}
    for outcome in successes:
        done = [step.action for step in outcome.steps if step.result == "done" and step.stage == outcome.stage]
        if done:
            found[done[-1]] = found.get(done[-1], 0) + 1
    return found


def _order(stages: Iterable[Stage]) -> str:
    return "; ".join(f"{stage.name} ({', '.join(step.action for step in stage.steps)})" for stage in stages)


def add_validation_steps(playbook: Playbook, past: Past) -> tuple[Playbook, str] | None:
    """What is looked at before must hold afterwards, too, for a stage to have helped."""
    known = {condition.text for condition in playbook.diagnosis}
    stages = tuple(
        stage.replace(validate=(*stage.validate, *(c for c in playbook.diagnosis if c not in stage.validate)))
        for stage in playbook.stages
    )
    if stages == playbook.stages:
        return None
    return playbook.replace(
        stages=stages
    ), f"a stage has helped only when this holds afterwards: {', '.join(sorted(known))}"


def adjust_timeouts(playbook: Playbook, past: Past) -> tuple[Playbook, str] | None:
    """As long as three times the longest success of ten or more, in tens of seconds; longer where its time was over."""
    successes = past.successes()
    if any(outcome.result == "stopped" and "s are over" in outcome.error for outcome in past.outcomes):
        wanted = min(playbook.timeout * 1.5, max(LONGEST, playbook.timeout))
    elif len(successes) >= FEWEST:
        wanted = max(SHORTEST, -(-max(o.duration for o in successes) * ROOM // 10) * 10)
        wanted = min(wanted, playbook.timeout)
    else:
        return None
    if wanted == playbook.timeout:
        return None
    return playbook.replace(timeout=wanted), f"a timeout of {wanted:g} s instead of {playbook.timeout:g} s"


def combine_successful_patterns(playbook: Playbook, past: Past) -> tuple[Playbook, str] | None:
    """Two neighbours of one risk that both have helped become one stage: what the first leaves, the second does."""
    helped = {outcome.stage for outcome in past.successes()}
    for at, (first, second) in enumerate(zip(playbook.stages, playbook.stages[1:], strict=False)):
        if first.tier == second.tier and {first.name, second.name} <= helped:
            joined = _joined(first, second)
            stages = (*playbook.stages[:at], joined, *playbook.stages[at + 2 :])
            return playbook.replace(stages=stages), f"{first.name} and {second.name} become one stage"
    return None


def _joined(first: Stage, second: Stage) -> Stage:
    own = {step.action for step in first.steps}
    steps = (*first.steps, *(step for step in second.steps if step.action not in own))
    return first.replace(steps=steps, validate=tuple(dict.fromkeys((*first.validate, *second.validate))))


VARIATIONS: Mapping[str, Callable[[Playbook, Past], tuple[Playbook, str] | None]] = {
    "reorder_actions": reorder_actions,
    "add_validation_steps": add_validation_steps,
    "adjust_timeouts": adjust_timeouts,
    "combine_successful_patterns": combine_successful_patterns,
}


# --- what no variation may do -----------------------------------------------------------------------------------------

KEPT = (
    "id title symptoms priority when diagnosis throttle scope rollback escalate requires conflicts tests docs".split()
)


def forbidden(before: Playbook, after: Playbook) -> str | None:
    """Why a playbook may not be varied like that; None when it may. A person can change all of this, nobody else."""
    changed = [name for name in KEPT if getattr(before, name) != getattr(after, name)]
    if changed:
        return f"{changed[0]} would change"
    if after.timeout > max(before.timeout, LONGEST):
        return f"its timeout would be longer than {LONGEST:g} s"
    risks = {_mark(step): step.tier for stage in before.stages for step in stage.steps}
    steps = [step for stage in after.stages for step in stage.steps]
    if any(_mark(step) not in risks or step.tier > risks[_mark(step)] for step in steps):
        return "it would do something else, for longer, or at a higher risk"
    tiers = [stage.tier for stage in after.stages]
    if _inversions(tiers) > _inversions([stage.tier for stage in before.stages]):
        return "something riskier would be tried before something safer"
    lost = [
        c for stage in before.stages for c in stage.validate if not any(c in other.validate for other in after.stages)
    ]
    return "a proof would be left out" if lost else None


def _mark(step: Step) -> tuple[object, ...]:
    return step.action, step.risk, step.timeout, step.only_if


def _inversions(tiers: Sequence[str]) -> int:
    """How many times something riskier stands before something safer."""
    return sum(a > b for at, a in enumerate(tiers) for b in tiers[at + 1 :])


# --- which is better --------------------------------------------------------------------------------------------------


class Contest(Record):
    """Two versions, fault by fault in throw-away clones. `lost` says where the newer did worse or touched more."""

    played: int
    won: int
    drawn: int
    lost: tuple[str, ...]
    verdict: Verdict
    before: Tally
    after: Tally

    @property
    def is_won(self) -> bool:
        return not self.lost and self.verdict.decision == BETTER


def contest(champion: Sequence[Replayed], challenger: Sequence[Replayed]) -> Contest:
    """Trial by trial: better is what resolves a fault the other does not, or needs fewer attempts for it.

    Where both did the same is no game. The rest is tested like the throws of a coin.
    """
    pairs = list(zip(champion, challenger, strict=True))
    results = [result for pair in pairs if (result := _beats(*pair)) is not None]
    return Contest(
        len(pairs),
        sum(results),
        len(pairs) - len(results),
        tuple(dict.fromkeys(reason for pair in pairs if (reason := _harm(*pair)) is not None)),
        sprt(results, PLAYED, HOPED),
        *(Tally(sum(trial.is_good for trial in trials), len(trials)) for trials in (champion, challenger)),
    )


def _beats(old: Replayed, new: Replayed) -> bool | None:
    """None for a draw."""
    marks = [(trial.is_good, -trial.attempts) for trial in (old, new)]
    return None if marks[0] == marks[1] else marks[1] > marks[0]


def _harm(old: Replayed, new: Replayed) -> str | None:
    if new.lost:
        return f"{new.key}: {new.lost[0]}"
    if old.is_good and not new.is_good:
        return f"{new.key} is not put right any more"
    if new.touched > old.touched:
        return f"{new.key}: it touches {new.touched} objects instead of {old.touched}"
    return f"{new.key}: it goes up to {new.risk}" if new.risk > old.risk else None


class Beaten(Record):
    """A stage that another of its risk has beaten in the log of this project."""

    stage: str
    by: str
    before: Tally
    after: Tally
    verdict: Verdict


def beaten(playbook: Playbook, past: Past) -> Beaten | None:
    """The first stage behind which one of the same risk stands that is better by what was measured here.

    It is tested against the best that the log allows for the first one, which must have been tried ten times. A later
    stage meets only what the earlier ones left, so that its own rate is rather too low.
    """
    for first, second in _neighbours(playbook.stages):
        before, after = (_results(past.trials, playbook.id, stage.name) for stage in (first, second))
        if len(before) < FEWEST:
            continue
        verdict = sprt(after, wilson_bounds(sum(before), len(before))[1])
        if verdict.decision == BETTER:
            tallies = Tally(sum(before), len(before)), Tally(sum(after), len(after))
            return Beaten(first.name, second.name, tallies[0], tallies[1], verdict)
    return None


def _neighbours(stages: Sequence[Stage]) -> list[tuple[Stage, Stage]]:
    """Every two of one risk with nothing riskier or safer between them."""
    groups = [list(group) for _, group in groupby(stages, key=lambda stage: stage.tier)]
    return [(a, b) for group in groups for at, a in enumerate(group) for b in group[at + 1 :]]


def _results(trials: Iterable[Trial], id: str, stage: str) -> list[bool]:
    return [trial.stage == stage for trial in trials if trial.playbook_id == id and stage in trial.tried]


def swapped(playbook: Playbook, found: Beaten) -> Variation:
    """The stage that is better right before the one that it has beaten."""
    better = next(stage for stage in playbook.stages if stage.name == found.by)
    rest = [stage for stage in playbook.stages if stage.name != found.by]
    at = next(place for place, stage in enumerate(rest) if stage.name == found.stage)
    stages = (*rest[:at], better, *rest[at:])
    said = f"{found.by} before {found.stage}, which it has beaten here"
    return Variation("reorder_actions", playbook.replace(stages=stages, version=playbook.version + 1), said)
