"""Around every command: an attempt that costs next to nothing when it succeeds, the MAPE-K loop when it does not."""

from __future__ import annotations

from time import monotonic

from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, Generic, Protocol, TypeVar

    from domain.self_healing.analyzer import Symptom
    from domain.self_healing.circuit import CircuitBreaker
    from domain.self_healing.executor import Action, HealingStep, Repair
    from domain.self_healing.knowledge import KnowledgeBase
    from domain.self_healing.retry import RetryBudget, RetryPolicy

    T = TypeVar("T")

    class OperationLog(Protocol):
        """Where operations are noted: a HealthMonitor, or a file that one is later made of."""

        def record_success(self, duration_ms: int) -> None: ...
        def record_failure(self, duration_ms: int) -> None: ...

else:
    T = None

    class Generic:
        __slots__ = ()

        def __class_getitem__(cls, _: object) -> type:
            return cls


LOCAL = "tracker"  # never gated: a breaker must not turn a dead network into a dead tracker
NO_ACTIONS: Mapping[str, Action] = {}


class Outcome(Record, Generic[T]):
    """How an operation went: `value` is what the attempt returned, or raises what came out of it instead.

    `category` is the kind of failure, `steps` are what the user is shown of the healing, `notes` what went wrong with
    the healer itself.
    """

    result: T | None = None
    error: Exception | None = None
    category: str = ""
    steps: tuple[HealingStep, ...] = ()
    attempts: int = 1
    duration_ms: int = 0
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return self.error is None

    @property
    def value(self) -> T:
        """What the attempt returned. Raises the error it ended with, the very one."""
        if self.error is not None:
            raise self.error
        return self.result  # type: ignore[return-value]  # None only when the attempt returns None

    @property
    def lines(self) -> tuple[str, ...]:
        """The healing in words: `✓ Attempt 1: Timeout (network)` and so on; nothing when nothing had to be healed."""
        return tuple(step.line for step in self.steps)


def caught(attempt: Callable[[], T]) -> Outcome[T]:
    """Call it; whatever it raises becomes a value. Ctrl-C and exit pass through."""
    try:
        return Outcome(attempt())
    except Exception as error:  # noqa: BLE001  # the one door of this room: what is not ours is diagnosed, never lost
        return Outcome(error=error)


class Remedies(Record):
    """What healing needs, fetched when something failed. What is left out is the default of its class."""

    knowledge: KnowledgeBase
    actions: Mapping[str, Action] = NO_ACTIONS
    policy: RetryPolicy | None = None
    budget: RetryBudget | None = None
    sleep: Callable[[float], object] | None = None
    chance: Callable[[], float] | None = None


def _in_memory() -> Remedies:
    from domain.self_healing.knowledge import KnowledgeBase

    return Remedies(KnowledgeBase())


def _rehearsal() -> Remedies:
    from domain.self_healing.retry import RetryPolicy

    return _in_memory().replace(policy=RetryPolicy.no_retry())


def _ungated(_: str) -> None:
    return None


class Work(Record, Generic[T]):
    """One operation as `run` was asked for it."""

    attempt: Callable[[], T]
    operation: str
    resource: str
    idempotent: bool
    actions: Mapping[str, Action]
    repairs: Callable[[T], Iterable[Repair]] | None
    told: Callable[[T], str] | None
    breaker: CircuitBreaker | None
    ends: float

    def once(self) -> Outcome[T]:
        breaker = self.breaker
        return caught(self.attempt if breaker is None else lambda: breaker.call(self.attempt))

    def symptom(self, error: Exception) -> Symptom:
        from domain.self_healing.analyzer import Symptom

        return Symptom.of(error, operation=self.operation, resource=self.resource, idempotent=self.idempotent)


class SelfHealingDispatcher:
    """Runs operations through the MAPE-K loop (Kephart & Chess 2003): monitor, analyse, plan, execute, with knowledge.

    `remedies` are fetched once, on the first failure. `breaker_of` names the circuit of a resource, None for one
    without. `deadline` is the time in seconds that a command has, all its attempts and pauses together.
    `SelfHealingDispatcher()` heals in memory; `create_default()` is wired to the project.
    """

    def __init__(
        self,
        monitor: OperationLog | None = None,
        *,
        remedies: Callable[[], Remedies] = _in_memory,
        breaker_of: Callable[[str], CircuitBreaker | None] = _ungated,
        deadline: float = 30.0,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        if monitor is None:
            from domain.self_healing.monitor import HealthMonitor

            monitor = HealthMonitor()
        self.monitor = monitor
        self._fetch_remedies = remedies
        self._remedies: Remedies | None = None
        self._breaker_of = breaker_of
        self._deadline = deadline
        self._clock = clock
        self._ends: float | None = None
        self._began: float | None = None
        self._inner: list[Outcome[Any]] = []  # Any: of whatever the runs inside the attempt return

    @classmethod
    def create_default(cls) -> SelfHealingDispatcher:
        """The dispatcher of the project one stands in."""
        from domain.self_healing import composition_root

        return composition_root().healing_dispatcher()

    def rehearsing(self) -> SelfHealingDispatcher:
        """One that keeps nothing and tries nothing twice, for a dry run."""
        return SelfHealingDispatcher(remedies=_rehearsal, deadline=self._deadline, clock=self._clock)

    @property
    def remedies(self) -> Remedies:
        if self._remedies is None:
            self._remedies = self._fetch_remedies()
        return self._remedies

    def begin(self) -> None:
        """A command begins now: what it reads before its first attempt takes of its time, too."""
        self._began = self._clock()

    def remaining(self) -> float:
        """The seconds the command under way still has: what an attempt gives a child process as its timeout."""
        return self._deadline if self._ends is None else max(0.0, self._ends - self._clock())

    def run(
        self,
        attempt: Callable[[], T],
        *,
        operation: str,
        resource: str = LOCAL,
        idempotent: bool = True,
        actions: Mapping[str, Action] = NO_ACTIONS,
        repairs: Callable[[T], Iterable[Repair]] | None = None,
        told: Callable[[T], str] | None = None,
        counts: bool = True,
    ) -> Outcome[T]:
        """Attempt it; when it fails, find out why and do what may help.

        The outcome holds the value or the original error; nothing is raised here. `idempotent` promises that the whole
        attempt may be made again even if it has taken effect. `actions` join those of the project for this operation.
        `repairs` says of a result what the attempt mended by itself, so that it is shown and remembered like any other
        healing. `told` words a result that healing made possible. Without `counts` the monitor is not told: looking at
        one's health should not better it. A run inside an attempt shares the time of the outer
        one, whose outcome shows its steps; what it gives up on is not tried again outside.
        """
        began, inside = self._clock(), self._ends is not None
        if self._ends is None:
            began, self._began = self._began or began, None
            self._ends, self._inner = began + self._deadline, []
        try:
            breaker = self._breaker(resource)
            work = Work(attempt, operation, resource, idempotent, actions, repairs, told, breaker, self._ends)
            outcome = self._healed(work, work.once())
        finally:
            if not inside:
                self._ends = None
        outcome = outcome.replace(duration_ms=max(0, round((self._clock() - began) * 1000)))
        if inside:
            self._inner.append(outcome)
            return outcome
        outcome = outcome.replace(steps=(*self._inner_steps(), *outcome.steps))
        return self._noted(outcome) if counts else outcome

    def _inner_steps(self) -> Iterable[HealingStep]:
        """What runs inside the attempt did: to the user it is all one command."""
        return (step for inner in self._inner for step in inner.steps)

    def _breaker(self, resource: str) -> CircuitBreaker | None:
        if resource.split(":")[0] == LOCAL:
            return None
        return caught(lambda: self._breaker_of(resource)).result

    def _healed(self, work: Work[T], first: Outcome[T]) -> Outcome[T]:
        if first.error is None:
            return first if work.repairs is None and work.breaker is None else self._credited(work, first)
        answer = _answer(first.error) or self._given_up(first.error)
        if answer is not None:
            return first.replace(category=answer)
        from domain.self_healing.loop import Loop

        return Loop(lambda: self.remedies, work, self._clock).of(first.error)

    def _given_up(self, error: Exception) -> str | None:
        """The category of an error that a run inside gave up on: what was tried three times is not tried nine times."""
        lost = (error, error.__cause__)
        return next((inner.category for inner in self._inner if inner.error is not None and inner.error in lost), None)

    def _credited(self, work: Work[T], outcome: Outcome[T]) -> Outcome[T]:
        """What a success leaves behind: a little more to retry with, and the repairs it made on its way."""
        earned = caught(self._earn) if work.breaker is not None else Outcome(None)
        repairs = work.repairs
        mended = caught(lambda: tuple(repairs(outcome.value)) if repairs is not None else ())
        kept = caught(lambda: self._remember(work, mended.result or ()))
        steps = tuple(step for repair in mended.result or () for step in repair.steps)
        return outcome.replace(steps=steps, notes=notes_of(earned, mended, kept))

    def _earn(self) -> None:
        if self.remedies.budget is not None:
            self.remedies.budget.earn()

    def _remember(self, work: Work[T], repairs: Iterable[Repair]) -> None:
        for repair in repairs:
            diagnosis = repair.diagnosis(work.operation, work.resource)
            self.remedies.knowledge.record_failure(diagnosis)
            self.remedies.knowledge.record_recovery(diagnosis, True, repair.recovery_detail)

    def _noted(self, outcome: Outcome[T]) -> Outcome[T]:
        """Tell the monitor how it went. What was not tried, or was refused, says nothing about health."""
        noted: Outcome[None] = Outcome(None)
        if outcome.error is None:
            noted = caught(lambda: self.monitor.record_success(outcome.duration_ms))
        elif outcome.category != "VALIDATION" and _answer(outcome.error) is None:
            noted = caught(lambda: self.monitor.record_failure(outcome.duration_ms))
        return outcome.replace(notes=outcome.notes + notes_of(noted))


def _answer(error: Exception) -> str | None:
    """The category of an error that leaves nothing to heal: a refusal without a better reading, an open circuit."""
    category: str = getattr(error, "category", "")
    if category == "VALIDATION":
        facts = getattr(error, "data", None)
        return None if isinstance(facts, dict) and "means" in facts else category
    if category == "TRANSIENT":
        from domain.self_healing.circuit import CircuitOpen

        return category if isinstance(error, CircuitOpen) else None
    return None


def notes_of(*outcomes: Outcome[Any]) -> tuple[str, ...]:  # Any: only their errors are looked at
    """What went wrong with the healer itself."""
    return tuple(f"self-healing: {type(o.error).__name__}: {o.error}" for o in outcomes if o.error is not None)
