"""What is done about a diagnosis: an ordered plan of named actions, a value that can be shown before it is run."""

from __future__ import annotations

from domain.record import Record
from domain.self_healing.analyzer import Diagnosis
from domain.self_healing.causes import Category

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

RISKS = ("R0", "R1", "R2", "R3")
NOTHING: Mapping[str, object] = {}

# What makes a plan's step good: the whole attempt is made once more and succeeds.
ATTEMPT = "attempt"

RETRY, NORMALIZE, REJECT, REPAIR, ESCALATE = "RETRY", "NORMALIZE", "REJECT", "REPAIR", "ESCALATE"
STRATEGIES = {
    Category.TRANSIENT: RETRY,
    Category.VALIDATION: NORMALIZE,
    Category.RESOURCE: ESCALATE,
    Category.CORRUPTION: REPAIR,
    Category.UNKNOWN: ESCALATE,
}


class RemediationStep(Record):
    """One action by name, so that a plan is data and playbooks can be written as such.

    `risk`: R0 touches nothing, R1 what can be made again, R2 primary data under proof, R3 what only a person may do.
    `validation`: what proves it helped: `attempt`, the name of an action that answers true or false, or nothing.
    `fallback`: the step taken when this one cannot be taken or did not help.
    """

    action: str
    arguments: Mapping[str, object] = NOTHING
    risk: str = "R0"
    validation: str = ""
    fallback: RemediationStep | None = None


class RemediationPlan(Record):
    """Steps in order: the first that fails, its fallback too, ends the plan. `playbook` names where it came from."""

    diagnosis: Diagnosis
    strategy: str
    steps: tuple[RemediationStep, ...]
    playbook: str = ""


class RemediationPlanner:
    """
    Selects recovery strategy based on diagnosis.

    Reference: Kephart & Chess (2003), Section 3.3 "Plan"
    """

    def plan(self, diagnosis: Diagnosis) -> RemediationPlan:
        """
        Strategy selection:
        - TRANSIENT → RETRY with exponential backoff
        - VALIDATION → NORMALIZE input
        - RESOURCE → ESCALATE to user
        - CORRUPTION → REPAIR from backup
        - UNKNOWN → ESCALATE with context

        Input that has no plain meaning is rejected with a suggestion; what another attempt cannot better, or may do
        twice, is escalated.
        """
        strategy = _strategy(diagnosis)
        return RemediationPlan(diagnosis, strategy, (_STEPS[strategy](diagnosis),))

    def give_up(self, diagnosis: Diagnosis) -> RemediationPlan:
        """What is left when no plan helped: a person is told."""
        return RemediationPlan(diagnosis, ESCALATE, (_escalate(diagnosis),))


def _strategy(diagnosis: Diagnosis) -> str:
    strategy = STRATEGIES[diagnosis.category]
    if strategy == NORMALIZE:
        return NORMALIZE if {"word", "means"} <= set(diagnosis.symptom.facts) else REJECT
    return ESCALATE if diagnosis.once or not diagnosis.symptom.idempotent else strategy


def _retry(diagnosis: Diagnosis) -> RemediationStep:
    return RemediationStep("retry", {"cost": diagnosis.cost}, "R0", ATTEMPT, _escalate(diagnosis))


def _normalise(diagnosis: Diagnosis) -> RemediationStep:
    facts = diagnosis.symptom.facts
    action = f"normalise_{facts.get('slot', 'value')}"
    return RemediationStep(action, {"word": facts["word"], "means": facts["means"]}, "R0", ATTEMPT, _reject(diagnosis))


def _reject(diagnosis: Diagnosis) -> RemediationStep:
    means = diagnosis.symptom.facts.get("means")
    suggestion = f"Did you mean {means!r}?" if means else diagnosis.advice
    return RemediationStep("reject", {"suggestion": suggestion})


def _repair(diagnosis: Diagnosis) -> RemediationStep:
    """The store's own repair from backup and journal, which proves that nothing was lost or raises."""
    action = diagnosis.action or "repair"
    risk = "R1" if diagnosis.action else "R2"
    where = {"resource": diagnosis.symptom.resource}
    return RemediationStep(action, where, risk, ATTEMPT, _escalate(diagnosis))


def _escalate(diagnosis: Diagnosis) -> RemediationStep:
    once = diagnosis.category == Category.TRANSIENT and not diagnosis.symptom.idempotent
    doubt = "It may have taken effect: look before you repeat it. " if once else ""
    return RemediationStep("escalate", {"advice": doubt + diagnosis.advice})


_STEPS = {RETRY: _retry, NORMALIZE: _normalise, REJECT: _reject, REPAIR: _repair, ESCALATE: _escalate}
