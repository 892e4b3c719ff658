"""Self-healing wired to a project: what it is given when something fails, and what people may ask and tell it."""

from __future__ import annotations

import os

from domain.errors import NotFound, Refused, WtError
from domain.record import Record
from domain.self_healing.circuit import CircuitBreaker, CircuitOptions, CircuitState
from domain.self_healing.dispatcher import LOCAL, Remedies
from domain.self_healing.knowledge import SCHEMA, KnowledgeBase
from domain.self_healing.monitor import HealthLevel, HealthMonitor, Signal
from domain.self_healing.retry import RetryBudget, RetryPolicy
from domain.shape import iso_of
from infrastructure import metrics, open_questions
from infrastructure.healing_state import HealingLog, HealingState
from infrastructure.operations import OperationFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from domain.self_healing.circuit import CircuitStatus
    from domain.self_healing.monitor import HealthStatus
    from infrastructure.project import Configuration
    from infrastructure.tracker_files import TrackerFile

    Document = Mapping[str, Any]  # Any: plain values all through


TRACKER = "tracker"  # how the signal of a tracker is called


class Tuning(Record):
    """The settings of self-healing (user guide, "Environment Variables")."""

    attempts: int
    delay: float
    threshold: int
    timeout: float

    @property
    def policy(self) -> RetryPolicy:
        """A first delay longer than the usual longest one is what somebody wanted."""
        usual = RetryPolicy.default()
        return RetryPolicy(self.attempts, self.delay, max(usual.max_delay, self.delay))

    @property
    def options(self) -> CircuitOptions:
        return CircuitOptions(self.threshold, self.timeout)


def tuning(configuration: Configuration) -> Tuning:
    """Raises Usage, Invalid for values that make no sense."""
    names = ("retry_max", "retry_delay", "circuit_threshold", "circuit_timeout")
    return Tuning(*(configuration[name] for name in names))


class ProjectHealing:
    """What self-healing keeps below one root, and all that is made of it."""

    def __init__(
        self,
        root: str,
        tuned: Tuning,
        operations: OperationFile,
        *,
        clock: Callable[[], float],
        stores: Callable[[], Iterable[TrackerFile]] | None = None,
        probes: Callable[[], Signal | None] | None = None,
        measure: Callable[[], object] | None = None,
    ) -> None:
        """`stores` are the trackers in use: health asks of each whether it can be read; `probes` say what they saw.

        `measure` notes how full and how quick things are, so that trends can be seen.
        """
        self._tuned = tuned
        self._operations = operations
        self._clock = clock
        self._stores = stores
        self._probes = probes
        self._root = root
        self._measure = measure
        self._state = HealingState(root)
        self._log = HealingLog(root)

    # --- for the dispatcher -------------------------------------------------------------------------------------------

    def remedies(self) -> Remedies:
        knowledge = KnowledgeBase(self._log, session=f"{os.getpid()}", clock=self._clock)
        return Remedies(knowledge, policy=self._tuned.policy, budget=RetryBudget(self._state, clock=self._clock))

    def breaker(self, resource: str) -> CircuitBreaker:
        options, notice = self._tuned.options, self._note
        return CircuitBreaker(resource, store=self._state, options=options, clock=self._clock, notice=notice)

    def _note(self, what: str) -> None:
        """A circuit opened, closed, or could not be kept: that stands in the log with the failures around it."""
        try:
            self._log.append({"schema": SCHEMA, "event": "circuit", "at": self._clock(), "text": what})
        except (WtError, OSError):
            return  # what cannot be noted must not disturb the work

    # --- how it is ----------------------------------------------------------------------------------------------------

    def health(self) -> tuple[tuple[str, ...], Document]:
        """The whole report."""
        return self.report(verbose=True)

    def report(self, *, verbose: bool) -> tuple[tuple[str, ...], Document]:
        """(lines, document), after a look at the trackers."""
        if self._measure is not None:
            self._measure()
        circuits = self._circuits()
        status = self._status([*map(_of_circuit, circuits), *self._of_trackers(), *self._of_probes()])
        known = KnowledgeBase(self._log).get_statistics() if verbose else None
        lines = status.lines(verbose=verbose, details=_details(circuits, known) if known else ())
        waiting = open_questions.line(open_questions.count(self._root, self._clock()))
        lines = (*lines, *([waiting] if waiting else []))
        document = status.to_document() | {"circuits": [_plain(each) for each in circuits], "lines": list(lines)}
        if known:
            document["metrics"] = metrics.of(self._operations, status, circuits, known, self._recoveries())
        return lines, document

    def _status(self, signals: list[Signal]) -> HealthStatus:
        kept = self._operations.operations()
        monitor = HealthMonitor(kept, clock=self._clock, unknown_because=self._operations.unknown_because())
        return monitor.get_health_status(signals)

    def _of_trackers(self) -> list[Signal]:
        """A tracker that cannot be read is one that no rate of success makes good."""
        try:
            stores = list(self._stores()) if self._stores is not None else []
        except (WtError, OSError):
            return []  # there is none of that name: nothing to be well or ill
        return [signal for store in stores if (signal := _of_tracker(store)) is not None]

    def _of_probes(self) -> list[Signal]:
        try:
            said = self._probes() if self._probes is not None else None
        except (WtError, OSError):
            return []
        return [said] if said is not None else []

    def _circuits(self) -> list[CircuitStatus]:
        try:
            return self.breaker("").statuses()
        except (WtError, OSError):
            return []

    def _recoveries(self) -> list[Document]:
        return [record for record in self._records() if record.get("event") == "recovery"]

    def paused(self) -> list[CircuitStatus]:
        """Circuits that let nothing through, but those that a person paused."""
        return [each for each in self._circuits() if each.state in (CircuitState.OPEN, CircuitState.HALF_OPEN)]

    def damaged_documents(self) -> list[str]:
        """Files of kept state that are no JSON any more."""
        return self._state.damaged()

    # --- what it knows ------------------------------------------------------------------------------------------------

    def statistics(self) -> Document:
        return KnowledgeBase(self._log).get_statistics()

    def _records(self) -> list[dict[str, Any]]:  # Any: plain values all through
        return [line for line in self._log.read() if isinstance(line, dict) and line.get("schema") == SCHEMA]

    def failures(self) -> list[Document]:
        """Every failure with how it ended: the recovery that its record is followed by."""
        found: list[Document] = []
        under_way: dict[object, list[dict[str, Any]]] = {}  # Any: plain values all through
        for record in self._records():
            waiting = under_way.setdefault(record.get("fingerprint"), [])
            if record.get("event") == "failure":
                waiting.append(_readable(record) | {"outcome": "under way"})
                found.append(waiting[-1])
            elif waiting:
                waiting.pop(0)["outcome"] = str(record.get("outcome", ""))
        return found

    def escalations(self) -> list[Document]:
        handed_over = [record for record in self._recoveries() if record.get("outcome") == "escalated"]
        return [_readable(record) | {"context": record.get("context") or {}} for record in handed_over]

    # --- what it is told ----------------------------------------------------------------------------------------------

    def circuits(self, resource: str | None) -> list[str]:
        known = [status.resource for status in self.breaker("").statuses()]
        if resource is not None and resource not in known:
            hint = f"Circuits: {', '.join(known)}." if known else "No circuit was opened or isolated here yet."
            raise NotFound(f"There is no circuit of {resource}.", hint=hint)
        return [resource] if resource else known

    def reset(self, resources: list[str]) -> None:
        for resource in resources:
            self.breaker(resource).reset()

    def isolate(self, resource: str) -> None:
        if resource.split(":")[0] == LOCAL:
            raise Refused("Work on the tracker itself is never paused.", hint="Name a resource, git.remote:origin say.")
        self.breaker(resource).isolate("by hand")


def unknown(why: str) -> Document:
    """The health of what cannot be judged."""
    status = HealthMonitor(unknown_because=why).get_health_status()
    return status.to_document() | {"circuits": [], "lines": list(status.lines())}


def _of_tracker(store: TrackerFile) -> Signal | None:
    try:
        notes = store.read().notes
    except WtError as error:
        return Signal(f"{TRACKER} {store.name}", HealthLevel.CRITICAL, error.message)
    return Signal(f"{TRACKER} {store.name}", HealthLevel.UNHEALTHY, notes[0]) if notes else None


def _of_circuit(status: CircuitStatus) -> Signal:
    if status.state == CircuitState.CLOSED:
        return Signal(f"circuit {status.resource}", HealthLevel.HEALTHY, f"the circuit of {status.resource} is closed")
    wait = f" for {max(1, round(status.seconds_left))} s more" if status.seconds_left else ""
    return Signal(
        f"circuit {status.resource}", HealthLevel.DEGRADED, f"the circuit of {status.resource} is {status.state}{wait}"
    )


def _plain(status: CircuitStatus) -> Document:
    return dict(status.values()) | {"state": str(status.state), "errors": list(status.errors)}


def _details(circuits: list[CircuitStatus], known: Document) -> tuple[str, ...]:
    told = ", ".join(f"{each.resource} {each.state}" for each in circuits) or "none opened"
    share = known["recoveries"]
    return f"Circuits: {told}", f"Repairs: {share['recovered']} of {share['tried']} recovered"


def _readable(record: Document) -> dict[str, Any]:  # Any: plain values all through
    """A line of the log with its time in words and its first symptom."""
    symptoms = record.get("symptoms") or [""]
    at = iso_of(float(record.get("at") or 0))
    kept = {name: record.get(name, "") for name in ("operation", "category", "cause", "resource", "fingerprint")}
    return {"at": at, **kept, "symptom": str(symptoms[0])}
