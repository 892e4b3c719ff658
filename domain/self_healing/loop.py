"""The loop around an attempt that failed: analyse, plan, execute, and keep what was learnt."""

from __future__ import annotations

from typing import Generic, TypeVar

from domain.self_healing.dispatcher import Outcome, caught, notes_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.self_healing.analyzer import Diagnosis
    from domain.self_healing.dispatcher import Remedies, Work
    from domain.self_healing.executor import ActionExecutor, ExecutionResult, HealingStep
    from domain.self_healing.knowledge import Recovery
    from domain.self_healing.planner import RemediationPlan

T = TypeVar("T")
MOST_PLANS = 3


class Loop(Generic[T]):
    """The failure of one operation on its way through analyse, plan and execute, each finding kept as knowledge."""

    def __init__(self, remedies: Callable[[], Remedies], work: Work[T], clock: Callable[[], float]) -> None:
        self._remedies = remedies
        self._work = work
        self._clock = clock
        self._done: list[T] = []
        self._steps: list[HealingStep] = []
        self._notes: tuple[str, ...] = ()
        self._attempts = 1

    def of(self, error: Exception) -> Outcome[T]:
        """The outcome after healing. Whatever goes wrong in the healer, a success stays one, an error the original."""
        healed = caught(lambda: self._loop(error))
        if healed.result is not None:
            return healed.result.replace(notes=self._notes)
        notes = self._notes + notes_of(healed)
        if self._done:
            return Outcome(self._done[-1], steps=tuple(self._steps), attempts=self._attempts, notes=notes)
        return Outcome(error=error, steps=tuple(self._steps), attempts=self._attempts, notes=notes)

    def _loop(self, error: Exception) -> Outcome[T]:
        """Plan for the fault; when another shows up behind it, plan for that, a few times at most and never twice."""
        from domain.self_healing.analyzer import SymptomAnalyzer
        from domain.self_healing.planner import RemediationPlanner

        analyzer, planner, executor = SymptomAnalyzer(), RemediationPlanner(), self._executor()
        first = diagnosis = analyzer.analyze(self._work.symptom(error))
        seen, last = [first.fingerprint], error
        while True:
            result = self._carried_out(executor, planner.plan(diagnosis), last)
            if result.error is None or not result.changed:
                break
            last, diagnosis = result.error, analyzer.analyze(self._work.symptom(result.error))
            if diagnosis.fingerprint in seen or len(seen) == MOST_PLANS:
                result = self._carried_out(executor, planner.give_up(diagnosis), last)
                break
            seen.append(diagnosis.fingerprint)
        if result.success:
            return Outcome(self._done[-1], steps=tuple(self._steps), attempts=self._attempts)
        # The same kind of failure to the end is the first one still; another kind is what now stands in the way.
        final = error if diagnosis.category == first.category or result.error is None else result.error
        return Outcome(None, final, diagnosis.category.value, tuple(self._steps), self._attempts)

    def _executor(self) -> ActionExecutor:
        from domain.self_healing.executor import ActionExecutor

        work, remedies = self._work, self._remedies()
        given = {name: value for name, value in remedies.values() if value is not None and name != "knowledge"}
        given["actions"] = {**remedies.actions, **work.actions}
        return ActionExecutor(self._once, breaker=work.breaker, clock=self._clock, told=work.told, **given)

    def _once(self) -> T:
        value = self._work.attempt()
        self._done.append(value)
        return value

    def _carried_out(self, executor: ActionExecutor, plan: RemediationPlan, error: Exception) -> ExecutionResult:
        """Execute a plan and keep what became of it."""
        knowledge = self._remedies().knowledge
        seen = caught(lambda: knowledge.record_failure(plan.diagnosis))
        result = executor.execute(plan, error, made=self._attempts, ends=self._work.ends)
        self._attempts = result.attempts
        self._steps += result.steps
        kept = caught(lambda: knowledge.record_recovery(plan.diagnosis, result.success, _detail(plan, result)))
        self._notes += notes_of(seen, kept)
        return result


def _detail(plan: RemediationPlan, result: ExecutionResult) -> Recovery:
    from domain.self_healing.knowledge import Recovery

    return Recovery(
        plan.strategy,
        result.outcome,
        result.attempts,
        result.duration_ms,
        result.actions,
        plan.playbook,
        _context(plan.diagnosis, result) if result.escalated else None,
    )


def _context(diagnosis: Diagnosis, result: ExecutionResult) -> dict[str, object]:
    """All that a person needs who takes over: what was tried, what it said, what can be done."""
    symptom = diagnosis.symptom
    return {
        "error": symptom.kinds[0] if symptom.kinds else "",
        "text": symptom.text,
        "errno": symptom.errno,
        "status": symptom.status,
        "idempotent": symptom.idempotent,
        "advice": diagnosis.advice,
        "steps": [step.line for step in result.steps],
    }
