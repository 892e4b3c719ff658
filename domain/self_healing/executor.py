"""Carries a plan out, step by step, within its bounds, and says what it did."""

from __future__ import annotations

from random import random
from time import monotonic, sleep

from domain.errors import WtError
from domain.record import Record
from domain.self_healing.analyzer import Diagnosis, Symptom, SymptomAnalyzer
from domain.self_healing.causes import Category
from domain.self_healing.dispatcher import caught
from domain.self_healing.knowledge import Recovery
from domain.self_healing.planner import ATTEMPT, RISKS, STRATEGIES
from domain.self_healing.retry import RetryPolicy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from domain.self_healing.circuit import CircuitBreaker
    from domain.self_healing.dispatcher import Outcome
    from domain.self_healing.planner import RemediationPlan, RemediationStep
    from domain.self_healing.retry import RetryBudget

    # Does what a step says with its arguments; a text it returns tells people what was done. Raises when it could not.
    Action = Callable[[Mapping[str, object]], object]

NO_ACTIONS: Mapping[str, Action] = {}
LAST_RISK = "R2"  # R3 is never carried out here, whatever anybody configures
BACKOFF = "Exponential backoff retry"
TIME_IS_OVER = "Not repeated: the time of this command is over"


class HealingStep(Record):
    """One line of what the user is shown: `✓ Recovery: Exponential backoff retry`."""

    label: str
    text: str
    ok: bool = True

    @property
    def line(self) -> str:
        return f"{'✓' if self.ok else '✗'} {self.label}: {self.text}"

    def to_document(self) -> dict[str, object]:
        """As it stands under `healing` in `--json`."""
        return {"step": self.label, "text": self.text, "ok": self.ok, "line": self.line}


class Repair(Record):
    """What an attempt mended by itself while it succeeded: the words of the three lines, and how it is remembered."""

    issue: str
    recovery: str
    result: str
    category: Category
    cause: str
    action: str

    @property
    def steps(self) -> tuple[HealingStep, ...]:
        known = (("Issue", self.issue), ("Recovery", self.recovery), ("Result", self.result))
        return tuple(HealingStep(label, text) for label, text in known if text)

    @property
    def recovery_detail(self) -> Recovery:
        return Recovery(STRATEGIES[self.category], "recovered", actions=(self.action,))

    def diagnosis(self, operation: str, resource: str) -> Diagnosis:
        symptom = Symptom(self.issue, operation, resource)
        return Diagnosis(symptom, self.category, self.cause, self.issue, "")


def regenerated_page() -> Repair:
    """User guide, example 3. Hand edits count as data: the caller has kept a copy of them."""
    return Repair(
        "JSON and Markdown out of sync",
        "JSON is SSOT, regenerating Markdown",
        "Markdown regenerated from JSON (0 data loss)",
        Category.CORRUPTION,
        "page out of sync",
        "regenerate_page",
    )


def restored(note: str) -> Repair:
    """What the store repaired and proved by itself: `plan.json line 7: …; the last saved state is back, from …`."""
    issue, _, recovery = note.partition("; ")
    return Repair(
        issue,
        f"Repaired: {recovery}",
        "",  # the answer of what was asked for follows
        Category.CORRUPTION,
        "unreadable JSON",
        "repair",
    )


class ExecutionResult(Record):
    """How a plan went. `value` is what the attempt returned; `error` is the last one when nothing helped.

    `attempts` counts all attempts so far, `duration_ms` the time of this plan, `actions` the names of what was done.
    """

    success: bool
    value: object = None
    error: Exception | None = None
    steps: tuple[HealingStep, ...] = ()
    actions: tuple[str, ...] = ()
    attempts: int = 1
    duration_ms: int = 0
    escalated: bool = False
    changed: bool = False  # the last error is another fault than the one planned for: it wants a plan of its own

    @property
    def outcome(self) -> str:
        """In the word of the knowledge base."""
        if self.success:
            return "recovered"
        if self.escalated:
            return "escalated"
        return "changed" if self.changed else "rejected"


class ActionExecutor:
    """
    Executes recovery actions with circuit breaker protection.

    Reference:
    - Kephart & Chess (2003), Section 3.4 "Execute"
    - Nygard (2007), Chapter 5 "Circuit Breaker"

    `attempt` is the whole operation; a plan succeeds when it does. `deadline` is in seconds.
    """

    def __init__(
        self,
        attempt: Callable[[], object] | None = None,
        actions: Mapping[str, Action] = NO_ACTIONS,
        *,
        policy: RetryPolicy | None = None,
        breaker: CircuitBreaker | None = None,
        budget: RetryBudget | None = None,
        deadline: float = 30.0,
        analyzer: SymptomAnalyzer | None = None,
        clock: Callable[[], float] = monotonic,
        sleep: Callable[[float], object] = sleep,
        chance: Callable[[], float] = random,
        told: Callable[[Any], str] | None = None,  # Any: it is given what the attempt returns
    ) -> None:
        self._attempt = attempt or _nothing_to_attempt
        self.breaker = breaker
        self.actions = actions
        self.policy = policy or RetryPolicy.default()
        self.budget = budget
        self.deadline = deadline
        self.analyzer = analyzer or SymptomAnalyzer()
        self.clock = clock
        self.sleep = sleep
        self.chance = chance
        self.told = told or _success

    def execute(
        self, plan: RemediationPlan, error: Exception | None = None, *, made: int = 1, ends: float | None = None
    ) -> ExecutionResult:
        """
        Executes recovery with:
        - Retry logic (exponential backoff with jitter)
        - Circuit breaker protection
        - Timeout enforcement
        - Result tracking for knowledge base

        `error` is what the plan is about, `made` how many attempts were made before, `ends` when the command's time is
        over (by the clock given). Never raises what an action or the attempt raises: it stands in the result.
        """
        began = self.clock()
        run = _Run(self, plan, error, made, began + self.deadline if ends is None else ends)
        success = all(run.take(step) for step in plan.steps)
        return ExecutionResult(
            success,
            run.value if success else None,
            None if success else run.error,
            tuple(run.steps),
            tuple(run.actions),
            run.made,
            round((self.clock() - began) * 1000),
            run.escalated,
            run.changed,
        )

    def again(self) -> Outcome[object]:
        """The whole attempt once more, through the breaker where there is one."""
        breaker = self.breaker
        return caught(self._attempt if breaker is None else lambda: breaker.call(self._attempt))


def _nothing_to_attempt() -> None:
    return None


def _success(_: object) -> str:
    return "Success"


class _Run:
    """One plan under way."""

    def __init__(
        self, executor: ActionExecutor, plan: RemediationPlan, error: Exception | None, made: int, ends: float
    ) -> None:
        self._executor = executor
        self._plan = plan
        self._ends = ends
        self._first = made
        self._builtin = {"retry": self._retry, "escalate": self._escalate, "reject": self._reject}
        self.made = made
        self.error = error
        self.value: object = None
        self.steps: list[HealingStep] = []
        self.actions: list[str] = []
        self.escalated = False
        self.changed = False

    def take(self, step: RemediationStep) -> bool:
        """Carry a step out, and its fallback when it does not help."""
        if self._builtin.get(step.action, self._act)(step):
            return True
        return step.fallback is not None and not self.changed and self.take(step.fallback)

    # --- retry --------------------------------------------------------------------------------------------------------

    def _retry(self, step: RemediationStep) -> bool:
        diagnosis = self._plan.diagnosis
        if self.made == self._first == 1:
            self._show("Attempt 1", diagnosis.words)
        while (refusal := self._wait(diagnosis)) is None:
            if "retry" not in self.actions:
                self.actions.append("retry")
                self._show("Recovery", BACKOFF)
            failed = self._once_more()
            self._show(f"Attempt {self.made}", failed.words if failed else "Success")
            if failed is None:
                return True
            diagnosis = failed
            if diagnosis.category != Category.TRANSIENT or diagnosis.once:
                return False
        self._show("Recovery", refusal, ok=False)
        self.changed = False  # one passing fault or another: no further plan would do anything else
        return False

    def _wait(self, diagnosis: Diagnosis) -> str | None:
        """Sleep before the next attempt, or say why there will be none."""
        executor, policy = self._executor, self._executor.policy
        if self.made >= policy.max_attempts:
            return f"Gave up after {self.made} attempt{'s' if self.made > 1 else ''}"
        # What the server asks for is waited for, even beyond our own longest delay.
        delay = max(policy.delay(self.made, executor.chance), diagnosis.symptom.retry_after or 0.0)
        paused = executor.breaker.paused() if executor.breaker is not None else None
        if paused is not None:
            return paused.message
        if executor.clock() + delay >= self._ends:
            return TIME_IS_OVER
        if executor.budget is not None and not _granted(executor.budget, diagnosis.cost):
            return "Not repeated: too many retries lately in this project"
        executor.sleep(delay)
        return None if executor.clock() < self._ends else TIME_IS_OVER

    def _once_more(self) -> Diagnosis | None:
        """Make the whole attempt again; what was wrong with it, if anything."""
        self.made += 1
        outcome = self._executor.again()
        if outcome.error is None:
            self.value = outcome.result
            return None
        diagnosis = self._diagnosed(outcome.error)
        self.error = outcome.error
        self.changed = diagnosis.fingerprint != self._plan.diagnosis.fingerprint
        return diagnosis

    # --- every other action -------------------------------------------------------------------------------------------

    def _act(self, step: RemediationStep) -> bool:
        """An action by name, then the proof that it helped. What is not known or too dangerous is not done."""
        self._show_issue()
        action = self._executor.actions.get(step.action)
        if action is None:
            return False
        if RISKS.index(step.risk) > RISKS.index(LAST_RISK):
            self._show("Recovery", f"{step.action} is for a person to decide", ok=False)
            return False
        done = caught(lambda: action(step.arguments))
        self.actions.append(step.action)
        if done.error is not None:
            self._show("Recovery", f"{step.action} failed: {Symptom.of(done.error).text}", ok=False)
            return False
        self._show("Recovery", done.result if isinstance(done.result, str) else step.action.replace("_", " "))
        return self._is_proven(step)

    def _is_proven(self, step: RemediationStep) -> bool:
        if step.validation == ATTEMPT:
            return self._attempt_helped()
        if not step.validation:
            return True
        check = self._executor.actions.get(step.validation)
        proven = caught(lambda: check(step.arguments)).result is True if check is not None else False
        self._show("Result", f"{step.validation} {'holds' if proven else 'does not hold'}", ok=proven)
        return proven

    def _attempt_helped(self) -> bool:
        if self._executor.clock() >= self._ends:
            self._show("Result", TIME_IS_OVER, ok=False)
            return False
        failed = self._once_more()
        self._show("Result", failed.words if failed else self._executor.told(self.value), ok=failed is None)
        return failed is None

    # --- the end of it ------------------------------------------------------------------------------------------------

    def _escalate(self, step: RemediationStep) -> bool:
        """Hand it to a person with what to do. An action of that name is told, too (an inquiry, a notification)."""
        self._show_issue()
        self._show("Escalated", str(step.arguments.get("advice", "")), ok=False)
        told = self._executor.actions.get("escalate")
        if told is not None:
            caught(lambda: told(step.arguments))
        self.escalated = True
        return False

    def _reject(self, step: RemediationStep) -> bool:
        self._show_issue()
        self._show("Rejected", str(step.arguments.get("suggestion", "")), ok=False)
        return False

    def _diagnosed(self, error: Exception) -> Diagnosis:
        symptom = self._plan.diagnosis.symptom
        seen = Symptom.of(error, operation=symptom.operation, resource=symptom.resource, idempotent=symptom.idempotent)
        return self._executor.analyzer.analyze(seen)

    def _show_issue(self) -> None:
        if not self.steps:
            self._show("Issue", self._plan.diagnosis.words)

    def _show(self, label: str, text: str, *, ok: bool = True) -> None:
        self.steps.append(HealingStep(label, text, ok))


def _granted(budget: RetryBudget, cost: float) -> bool:
    """What the budget says; one that cannot be read or kept forbids nothing."""
    try:
        return budget.take(cost)
    except (OSError, WtError):
        return True
