"""What keeps healing from doing harm: bounds on how often, what needs a person, when to stop, when to look deeper."""

from __future__ import annotations

from domain.playbooks.actions import ACTIONS
from domain.record import Record
from domain.self_healing.knowledge import at_least

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from domain.playbooks.inquiries import Standing
    from domain.playbooks.outcomes import HealingOutcome
    from domain.playbooks.playbook import Step

HOUR, DAY, WEEK = 3600.0, 86_400.0, 604_800.0
PER_HOUR = 3  # treatments of one fingerprint
PER_DAY = 10  # treatments in all
PAUSE = 3 * HOUR  # that healing stays off once a bound is exceeded
RECURRING = 3  # heals of one fingerprint in a week: it is only ever eased
MANY = 3  # open incidents at once: they may have one cause
CONFIDENT = 0.75  # the lower bound of the success rate that an R2 action needs to go unattended
FEWEST = 10  # treatments before a rate is told as one
SLACK = 60.0  # seconds that a clock may differ from itself


class Confidence(Record):
    """How sure a playbook is. `successes` of `trials` are discounted, with what is known from elsewhere in them.

    `own` treatments were made in this project, of which `helped` helped.
    """

    successes: float
    trials: float
    own: int = 0
    helped: int = 0

    @property
    def bound(self) -> float:
        """The success rate that 95 % of the time is not overstated (Wilson)."""
        return at_least(self.successes, self.trials)

    @property
    def text(self) -> str:
        """`17 of 20 helped (85%), at least 68%`; below ten the rate is `n/a`."""
        if not self.trials:
            return "n/a, never used here"
        if not self.own:
            return f"n/a, never used here; elsewhere at least {self.bound:.0%}"
        rate = f"{self.helped / self.own:.0%}" if self.own >= FEWEST else "n/a"
        return f"{self.helped} of {self.own} helped ({rate}), at least {self.bound:.0%}"


class Approval(Record):
    """A person's word: these actions, up to this risk, once."""

    by: str
    risk: str
    actions: tuple[str, ...] = ()
    inquiry: str = ""

    def covers(self, step: Step) -> bool:
        return step.tier <= self.risk and (not self.actions or step.action in self.actions)


def treatments(outcomes: Iterable[HealingOutcome], since: float, now: float) -> list[HealingOutcome]:
    """Those that did something, newer than `since` seconds. What a clock that was ahead has written does not count."""
    return [o for o in outcomes if o.actions_taken and -SLACK <= now - o.timestamp < since]


def exceeded(outcomes: Sequence[HealingOutcome], fingerprint: str, now: float) -> str | None:
    """Why another treatment would be one too many; None when it is not."""
    lately = treatments(outcomes, DAY, now)
    same = [o for o in treatments(lately, HOUR, now) if o.fingerprint == fingerprint]
    if len(same) >= PER_HOUR:
        return f"the same trouble was treated {len(same)} times within the hour"
    if len(lately) >= PER_DAY:
        return f"{len(lately)} treatments within a day"
    return None


def is_recurring(outcomes: Sequence[HealingOutcome], fingerprint: str, now: float) -> bool:
    """Whether the newest heal is the third of its kind in seven days: then somebody should look for the root."""
    healed = [o for o in treatments(outcomes, WEEK, now) if o.success and o.fingerprint == fingerprint]
    return len(healed) >= RECURRING


def failed_in_a_row(outcomes: Sequence[HealingOutcome], fingerprint: str, now: float) -> int:
    """Treatments without success since the last one that helped, in seven days."""
    count = 0
    for outcome in reversed(treatments(outcomes, WEEK, now)):
        if outcome.fingerprint == fingerprint:
            if outcome.success:
                break
            count += 1
    return count


def tried(
    outcomes: Sequence[HealingOutcome], standings: Iterable[Standing], fingerprint: str, now: float
) -> frozenset[tuple[str, str, str]]:
    """(stage, action, state) of what did not help within the hour, while the question that was asked then is open.

    The same action on the same state would come to the same: a person is waited for, or another state.
    """
    if not any(s.inquiry.fingerprint == fingerprint and s.state in ("open", "denied") for s in standings):
        return frozenset()
    failed = [o for o in treatments(outcomes, HOUR, now) if o.fingerprint == fingerprint and not o.success]
    return frozenset((t.stage, t.action, t.state) for o in failed for t in o.steps if t.result == "done")


def throttled(outcomes: Sequence[HealingOutcome], fingerprint: str, once_within: float, now: float) -> bool:
    return any(o.fingerprint == fingerprint for o in treatments(outcomes, once_within, now))


def reservation(step: Step, sure: Confidence, ceiling: str, approval: Approval | None, handed: str = "") -> str | None:
    """Why a person has to agree to this action first; None when it may be done.

    `handed` says why an escalation rule wants a person to be asked before anything above R1 is done.

    R0 and R1 go unattended; R2 where the project allows it and either the action proves what it does or the playbook
    has earned confidence; R3 never does, whatever is configured, learnt, declared or approved.
    """
    if step.tier == "R3":
        return "it may lose something or has more than one right outcome, so a person does it"
    if step.tier in ("R0", "R1") or (approval is not None and approval.covers(step)):
        return None
    if handed:
        return handed
    if ceiling < "R2":
        return "nothing of risk R2 may go unattended here"
    if ACTIONS[step.action].proven or sure.bound >= CONFIDENT:
        return None
    return f"it touches what cannot be made again, and {CONFIDENT:.0%} certainty is needed ({sure.text})"


def most_objects(step: Step, declared: int | None) -> int:
    own = ACTIONS[step.action].cap
    return own if declared is None else min(own, declared)
