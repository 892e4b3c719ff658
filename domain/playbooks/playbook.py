"""A playbook as a value: what it watches for, what it does about it in which order, what proves that it helped."""

from __future__ import annotations

from domain.playbooks.actions import ACTIONS
from domain.playbooks.conditions import Condition, parse
from domain.playbooks.metrics import METRICS
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Protocol

    class Treatment(Protocol):
        """What a playbook written in Python works with: the same actions under the same guards as one in YAML."""

        def do(self, action: str) -> bool:
            """Carry an action out; whether there was anything to do. Ends the routine when it may not be done."""
            ...

        def holds(self, condition: str) -> bool | None:
            """A condition as it is now; None when that is not known."""
            ...

    Routine = Callable[[Treatment], bool]  # whether it helped, as it believes: the symptoms are looked at anyway

SCHEMA = 1
SEVERITIES = ("INFO", "WARNING", "CRITICAL")


class Step(Record):
    """One action of a stage. `risk` can raise the action's own, `only_if` must hold before it is taken."""

    action: str
    risk: str = "R0"
    timeout: float | None = None
    only_if: Condition | None = None

    @property
    def tier(self) -> str:
        """The risk in force: nothing lowers what the action itself has."""
        return max(self.risk, ACTIONS[self.action].risk)

    @property
    def seconds(self) -> float:
        own = ACTIONS[self.action].timeout
        return own if self.timeout is None else min(own, self.timeout)


class Stage(Record):
    """Steps that belong together: they help, or all of them are taken back and the next stage is tried."""

    name: str
    steps: tuple[Step, ...] = ()
    validate: tuple[Condition, ...] = ()
    routine: Routine | None = None

    @property
    def tier(self) -> str:
        return max((step.tier for step in self.steps), default="R0")


class Gate(Record):
    """`when`: what must hold besides a symptom, and how long the symptom must have held: seconds, or looks in a row."""

    condition: Condition | None = None
    seconds: float = 0.0
    looks: int = 1


class Throttle(Record):
    """At most one treatment in `once_within` seconds for the same values of the metrics `group_by`."""

    once_within: float = 0.0
    group_by: tuple[str, ...] = ()


class Scope(Record):
    """How far the playbook reaches: paths below the project (None: as far as its actions), objects an action."""

    paths: tuple[str, ...] | None = None
    max_objects: int | None = None


class Escalation(Record):
    """When a person is asked. `immediate`: conditions under which nothing is tried; `max_duration` is in seconds."""

    immediate: tuple[Condition, ...] = ()
    after_attempts: int = 3
    max_duration: float | None = None
    severity: str = "WARNING"
    recommended: str = ""


class Evidence(Record):
    """What is known of the playbook from elsewhere: runs on the fault corpus, or in other projects."""

    successes: int = 0
    failures: int = 0
    corpus: str = ""


class Playbook(Record):
    """`priority` 0 goes first; `timeout` is in seconds; `origin` says where it was declared, `digest` what it says."""

    id: str
    title: str
    symptoms: tuple[Condition, ...]
    stages: tuple[Stage, ...] = ()
    version: int = 1
    priority: int = 1
    timeout: float = 300.0
    when: Gate = Gate()
    diagnosis: tuple[Condition, ...] = ()
    throttle: Throttle = Throttle()
    scope: Scope = Scope()
    rollback: bool = True
    escalate: Escalation = Escalation()
    evidence: Evidence = Evidence()
    requires: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    docs: str = "docs/HEALING.md"
    success_rate: float | None = None
    last_updated: str = ""
    origin: str = ""
    digest: str = ""

    @property
    def metrics(self) -> frozenset[str]:
        """Everything its conditions speak of."""
        conditions = [*self.symptoms, *self.diagnosis, *self.escalate.immediate]
        conditions += [self.when.condition] if self.when.condition else []
        for stage in self.stages:
            conditions += [*stage.validate, *(step.only_if for step in stage.steps if step.only_if)]
        return frozenset().union(*(c.metrics for c in conditions), self.throttle.group_by)

    @property
    def layer(self) -> str:
        """How deep its trouble lies: the lowest layer that its symptoms speak of."""
        from domain.playbooks.metrics import LAYERS

        spoken = {METRICS[name].layer for symptom in self.symptoms for name in symptom.metrics}
        return next(layer for layer in LAYERS if layer in spoken)

    @property
    def tier(self) -> str:
        """The riskiest thing it may do."""
        return max((stage.tier for stage in self.stages), default="R0")


# --- playbooks written in Python --------------------------------------------------------------------------------------

REGISTERED: dict[str, Playbook] = {}
PREFIX = "heal_"


def playbook(
    *,
    symptoms: Sequence[str],
    does: Sequence[str],
    priority: int = 1,
    timeout: float = 300.0,
    version: int = 1,
    validate: Sequence[str] = (),
    diagnosis: Sequence[str] = (),
    escalate: Escalation = Escalation(),  # noqa: B008  # a frozen value
    tests: Sequence[str] = (),
) -> Callable[[Routine], Routine]:
    """Register a playbook written in Python, under the name of the function without `heal_`.

    `does` names every action that the function may take, in the order in which it usually does: no other is carried
    out, and people are shown them beforehand. Its docstring is the title. Raises ConditionError, KeyError, ValueError.
    """

    def register(routine: Routine) -> Routine:
        id = routine.__name__.removeprefix(PREFIX)
        if id in REGISTERED:
            raise ValueError(f"there are two playbooks {id}")
        stage = Stage("routine", tuple(Step(ACTIONS[name].name) for name in does), _read(validate), routine)
        title = (routine.__doc__ or "").strip().partition("\n")[0]
        REGISTERED[id] = Playbook(
            id,
            title,
            _read(symptoms),
            (stage,),
            version,
            priority,
            timeout,
            diagnosis=_read(diagnosis),
            escalate=escalate,
            tests=tuple(tests),
            origin="built in",
        )
        return routine

    return register


def _read(conditions: Sequence[str]) -> tuple[Condition, ...]:
    return tuple(map(parse, conditions))
