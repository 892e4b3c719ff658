"""Pauses work on a resource that keeps failing, for all processes of a project, and lets one of them try it again."""

from __future__ import annotations

from enum import StrEnum
from time import time

from domain.errors import Busy, WtError
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Protocol, TypeVar

    T = TypeVar("T")
    Document = Mapping[str, object]  # an object of JSON

    class StateStore(Protocol):
        """Small documents by key, shared by all processes of a project.

        What was kept but cannot be read is handed on as it is (its text, say): the reader judges. Every method raises
        OSError or WtError when there is no place to keep anything.
        """

        def read(self, key: str) -> object:
            """The document as it is now, None when there is none.

            Takes no lock, so an update must replace it in one piece: half of one would read as a closed circuit.
            """
            ...

        def update(self, key: str, change: Callable[[object], tuple[Document, T]]) -> T:
            """One transaction: lock out every other process, read, `change`, write; returns what `change` gives."""
            ...

        def names(self) -> Iterable[str]:
            """The keys of all documents."""
            ...


PREFIX = "circuit:"
ERRORS_KEPT = 3
ERROR_LENGTH = 200


class CircuitState(StrEnum):
    """User guide, "Circuit Breaker States", and ISOLATED: paused by hand until it is reset."""

    CLOSED = "CLOSED"
    HALF_OPEN = "HALF_OPEN"
    OPEN = "OPEN"
    ISOLATED = "ISOLATED"


class CircuitOpen(Busy):
    """Not tried: the resource failed too often just now. `retry_after` is in seconds, None while isolated."""

    def __init__(self, resource: str, retry_after: float | None) -> None:
        self.resource = resource
        self.retry_after = retry_after
        if retry_after is None:
            super().__init__(
                "⚠ Circuit ISOLATED: Operations paused by hand", hint=f"Reset the circuit of {resource} to go on."
            )
        else:
            super().__init__(
                f"⚠ Circuit OPEN: Operations paused (retry in {_whole(retry_after)}s)", hint=_about(resource)
            )


def _whole(seconds: float) -> int:
    """Rounded up, so that who waits that long is let through."""
    return max(1, -int(-seconds // 1))


def _about(resource: str) -> str:
    return f"{resource} failed several times in a row; what needs it waits, everything else works."


class CircuitOptions(Record):
    """`threshold` consecutive failures open (the 5th by default), for `timeout` seconds.

    The pause doubles with every failed trial, up to `longest`. A trial belongs to one process for `trial` seconds; if
    nothing was heard of it by then, the next one may try.
    Raises ValueError for numbers that make no sense.
    """

    threshold: int
    timeout: float
    longest: float
    trial: float

    def __init__(self, threshold: int = 5, timeout: float = 60.0, longest: float = 900.0, trial: float = 60.0) -> None:
        for name, value, least in (("threshold", threshold, 1), ("timeout", timeout, 0), ("longest", longest, 0)):
            if not least <= value < 1e9:
                raise ValueError(f"{name} must be a number from {least} up, not {value!r}.")
        if threshold != int(threshold):
            raise ValueError(f"threshold must be a whole number, not {threshold!r}.")
        if not 0 < trial < 1e9:
            raise ValueError(f"trial must be more than 0 seconds, not {trial!r}.")
        super().__init__(threshold, timeout, longest, trial)

    def pause(self, reopens: int) -> float:
        """Seconds to stay open; no jitter, for the lease lets one through anyway and people are told the time."""
        return min(max(self.timeout, self.longest), self.timeout * 2.0 ** min(reopens, 30))


class Permit(Record):
    """Leave to try. `trial` is the number of the trial in a half-open circuit, 0 for an ordinary call."""

    generation: int
    trial: int = 0


class Wait(Record):
    """No leave to try before this many seconds; None: not before a reset."""

    seconds: float | None


class Circuit(Record):
    """One circuit as it is kept. Transitions return a new value and know nothing of stores; times are seconds.

    A half-open circuit is an open one whose pause is over: the lease (`trial`, `trial_until`) says whose turn it is.
    `generation` counts openings and closings, so that a call which began before them is known when it comes back.
    """

    state: str = CircuitState.CLOSED.value
    failures: int = 0
    generation: int = 0
    opened_at: float = 0.0
    pause: float = 0.0
    reopens: int = 0
    trial: int = 0
    trial_until: float = 0.0
    reason: str = ""
    errors: tuple[str, ...] = ()

    def asked(self, now: float, options: CircuitOptions) -> tuple[Circuit, Permit | Wait]:
        """What a caller is told: leave to try, or the seconds left."""
        if self.state == CircuitState.CLOSED:
            return self, Permit(self.generation)
        if self.state == CircuitState.ISOLATED:
            return self, Wait(None)
        circuit = self.at(now, options)
        left = circuit.seconds_left(now)
        if left > 0:
            return circuit, Wait(left)
        circuit = circuit.replace(trial=circuit.trial + 1, trial_until=now + options.trial)
        return circuit, Permit(circuit.generation, circuit.trial)

    def at(self, now: float, options: CircuitOptions) -> Circuit:
        """The same with times that can be: after the clock was set back the pause begins now, a lease is whole."""
        opened_at, trial_until = min(self.opened_at, now), min(self.trial_until, now + options.trial)
        return self.replace(opened_at=opened_at, trial_until=trial_until)

    def seconds_left(self, now: float) -> float:
        """Until the next trial may begin; 0 when it may begin now."""
        if self.state != CircuitState.OPEN:
            return 0.0
        paused = min(self.opened_at + self.pause - now, self.pause)
        return max(0.0, paused, self.trial_until - now)

    def shown(self, now: float) -> CircuitState:
        """The state in the words of the guide."""
        if self.state == CircuitState.OPEN and self.opened_at + self.pause <= now:
            return CircuitState.HALF_OPEN
        return CircuitState(self.state)

    def succeeded(self, permit: Permit) -> Circuit:
        if not self._concerns(permit):
            return self
        if permit.trial:
            return Circuit(generation=self.generation + 1)
        return self.replace(failures=0, errors=()) if self.failures else self

    def failed(self, permit: Permit, now: float, why: str, options: CircuitOptions) -> Circuit:
        if not self._concerns(permit):
            return self
        errors = (*self.errors, why[:ERROR_LENGTH])[-ERRORS_KEPT:]
        circuit = self.replace(failures=self.failures + 1, errors=errors)
        if permit.trial:
            return circuit._opened(now, self.reopens + 1, options)
        if circuit.failures < options.threshold:
            return circuit
        return circuit.replace(generation=self.generation + 1)._opened(now, 0, options)

    def _opened(self, now: float, reopens: int, options: CircuitOptions) -> Circuit:
        return self.replace(
            state=CircuitState.OPEN.value,
            opened_at=now,
            pause=options.pause(reopens),
            reopens=reopens,
            trial_until=0.0,
            reason=f"{self.failures} failures in a row",
        )

    def let_go(self, permit: Permit) -> Circuit:
        """The trial said nothing about the resource (a refusal, Ctrl-C): the next caller may try at once."""
        return self.replace(trial_until=0.0) if permit.trial and self._concerns(permit) else self

    def _concerns(self, permit: Permit) -> bool:
        """Whether this call may still change anything.

        Not one from before the last opening, closing or reset: a late failure must not lengthen the pause, for the
        call was sent before it began. Not a trial whose lease went on to somebody else.
        """
        awaited = self.trial if self.state == CircuitState.OPEN else 0
        return permit.generation == self.generation and permit.trial == awaited

    def reset(self) -> Circuit:
        return Circuit(generation=self.generation + 1)

    def isolated(self, reason: str) -> Circuit:
        return Circuit(CircuitState.ISOLATED.value, generation=self.generation + 1, reason=reason)

    def to_document(self) -> Document:
        return dict(self.values()) | {"errors": list(self.errors)}


def circuit_of(document: object) -> Circuit | None:
    """The circuit of a document, None when it cannot be understood. Nothing kept yet is a closed circuit."""
    if document is None:
        return Circuit()
    if not isinstance(document, dict) or set(document) != set(Circuit._fields):
        return None
    fields = dict(document)
    if not isinstance(fields["errors"], list):
        return None
    fields["errors"] = tuple(fields["errors"])
    return Circuit(**fields) if _is_sound(fields) else None


def _is_sound(fields: Mapping[str, object]) -> bool:
    known = CircuitState.CLOSED, CircuitState.OPEN, CircuitState.ISOLATED
    if fields["state"] not in known or not all(_fits(fields[name], kept) for name, kept in Circuit._defaults.items()):
        return False
    errors = fields["errors"]
    return isinstance(errors, tuple) and all(isinstance(error, str) for error in errors)


def _fits(value: object, kept: object) -> bool:
    """Whether a value can stand where this default stands: no negative, endless or boolean number."""
    if isinstance(kept, float):
        return type(value) in (int, float) and 0 <= value < 1e15  # type: ignore[operator]  # a number by now
    return type(value) is type(kept) and (not isinstance(value, int) or 0 <= value < 1e15)


class CircuitStatus(Record):
    """A circuit for people and programs to look at."""

    resource: str
    state: CircuitState
    seconds_left: float
    failures: int
    reason: str
    errors: tuple[str, ...]


class CircuitBreaker:
    """The circuit of one resource (Nygard 2007, ch. 5), kept in a store that every process of the project shares.

    `CircuitBreaker()` stands for all the circuits of the project: `reset()` closes every one of them, durably (user
    guide, "Circuit Breaker Open"). A breaker of a resource counts only what `counts` says speaks against the resource.
    When its own state cannot be read or kept it lets everything through and gives notice: a breaker must never be what
    is broken.
    """

    def __init__(
        self,
        resource: str = "",
        *,
        store: StateStore | None = None,
        options: CircuitOptions | None = None,
        counts: Callable[[Exception], bool] | None = None,
        clock: Callable[[], float] = time,
        notice: Callable[[str], object] | None = None,
    ) -> None:
        if store is None:
            from domain.self_healing import composition_root

            root = composition_root()
            store, options = root.circuit_store(), options or root.circuit_options()
        self._resource = resource
        self._store = store
        self._options = options or CircuitOptions()
        self._counts = counts or speaks_against
        self._clock = clock
        self._notice = notice or (lambda text: None)

    # --- around a call ------------------------------------------------------------------------------------------------

    def call(self, attempt: Callable[[], T]) -> T:
        """Do it, if the circuit lets it through, and remember how it went.

        Raises CircuitOpen, else whatever `attempt` raises.
        """
        permit = self.admit()
        try:
            value = attempt()
        except Exception as error:
            self.failed(permit, error)
            raise
        except BaseException:
            self._let_go(permit)
            raise
        self.succeeded(permit)
        return value

    def admit(self) -> Permit:
        """Leave to try. Raises CircuitOpen with the seconds left; of all who meet a half-open circuit one gets it."""
        kept = self._kept()
        if kept.state == CircuitState.CLOSED:
            return Permit(kept.generation)
        answer = self._answer()
        if isinstance(answer, Wait):
            raise CircuitOpen(self._name, answer.seconds)
        return answer

    def paused(self) -> CircuitOpen | None:
        """What `admit` would raise now, asked without taking anybody's turn; None when it would let through."""
        now = self._clock()
        kept = self._kept().at(now, self._options)
        if kept.state == CircuitState.ISOLATED:
            return CircuitOpen(self._name, None)
        left = kept.seconds_left(now)
        return CircuitOpen(self._name, left) if left > 0 else None

    def succeeded(self, permit: Permit) -> None:
        if permit.trial or self._kept().failures:  # most calls go well after one that did: nothing to write
            self._change(lambda circuit: circuit.succeeded(permit))

    def failed(self, permit: Permit, error: Exception) -> None:
        if self._counts(error):
            why = _told(error)
            self._change(lambda circuit: circuit.failed(permit, self._clock(), why, self._options))
        else:
            self._let_go(permit)

    def _let_go(self, permit: Permit) -> None:
        if permit.trial:
            self._change(lambda circuit: circuit.let_go(permit))

    def _answer(self) -> Permit | Wait:
        def ask(document: object) -> tuple[Document, Permit | Wait]:
            circuit, answer = (circuit_of(document) or Circuit()).asked(self._clock(), self._options)
            return circuit.to_document(), answer

        try:
            return self._store.update(self._key, ask)
        except (OSError, WtError) as error:
            self._notice(f"{self._key} cannot be kept ({error}); let through")
            return Permit(-1)

    def _kept(self) -> Circuit:
        try:
            circuit = circuit_of(self._store.read(self._key))
        except (OSError, WtError) as error:
            self._notice(f"{self._key} cannot be read ({error}); taken as closed")
            return Circuit(generation=-1)
        if circuit is not None:
            return circuit
        self._notice(f"{self._key} could not be understood; closed")
        self._change(lambda circuit: circuit)
        return Circuit()

    def _change(self, change: Callable[[Circuit], Circuit]) -> None:
        """Change what is kept; a store that fails must not turn a call that went well into one that did not."""
        try:
            self._durably(self._key, change)
        except (OSError, WtError) as error:
            self._notice(f"{self._key} cannot be kept ({error})")

    def _durably(self, key: str, change: Callable[[Circuit], Circuit]) -> None:
        def changed(document: object) -> tuple[Document, str]:
            before = circuit_of(document) or Circuit()
            after = change(before)
            return (
                after.to_document(),
                "" if after.state == before.state else f"{key} {after.state} {after.reason}".strip(),
            )

        told = self._store.update(key, changed)
        if told:
            self._notice(told)

    # --- by hand ------------------------------------------------------------------------------------------------------

    def reset(self) -> None:
        """Force to CLOSED (user guide, "Circuit Breaker Open"). Raises OSError or WtError when that cannot be kept."""
        for key in self._keys():
            self._durably(key, Circuit.reset)

    def isolate(self, reason: str = "by hand") -> None:
        """Pause until somebody resets it. Raises OSError or WtError when that cannot be kept."""
        for key in self._keys():
            self._durably(key, lambda circuit: circuit.isolated(reason))

    # --- looking ------------------------------------------------------------------------------------------------------

    @property
    def state(self) -> CircuitState:
        """The state; of all the project's circuits the worst one."""
        states = [status.state for status in self.statuses()]
        return max(states, key=list(CircuitState).index, default=CircuitState.CLOSED)

    def statuses(self) -> list[CircuitStatus]:
        """How each circuit meant stands; changes nothing."""
        return [self._status(key) for key in self._keys()]

    def _status(self, key: str) -> CircuitStatus:
        now = self._clock()
        circuit = (circuit_of(self._store.read(key)) or Circuit()).at(now, self._options)
        left = circuit.seconds_left(now)
        name = key.removeprefix(PREFIX)
        return CircuitStatus(name, circuit.shown(now), left, circuit.failures, circuit.reason, circuit.errors)

    def _keys(self) -> list[str]:
        if self._resource:
            return [self._key]
        return sorted(key for key in self._store.names() if key.startswith(PREFIX))

    @property
    def _name(self) -> str:
        return self._resource or "default"

    @property
    def _key(self) -> str:
        return PREFIX + self._name


def speaks_against(error: Exception) -> bool:
    """Whether a failure says something about the resource: only TRANSIENT and RESOURCE do, a typo never."""
    from domain.self_healing.analyzer import Symptom, SymptomAnalyzer

    return SymptomAnalyzer().analyze(Symptom.of(error)).counts


def _told(error: Exception) -> str:
    from domain.self_healing.analyzer import Symptom

    return Symptom.of(error).text


class MemoryState:
    """A state store that lives as long as the program: for scripts and tests of one thread."""

    def __init__(self, documents: Mapping[str, object] = {}) -> None:
        self.documents = dict(documents)

    def read(self, key: str) -> object:
        return self.documents.get(key)

    def update(self, key: str, change: Callable[[object], tuple[Document, T]]) -> T:
        document, result = change(self.documents.get(key))
        self.documents[key] = document
        return result

    def names(self) -> Iterable[str]:
        return tuple(self.documents)
