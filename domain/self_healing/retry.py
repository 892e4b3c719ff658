"""How often and how soon a failed attempt is made again, and how much of that all commands together may do."""

from __future__ import annotations

from time import time

from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from domain.self_healing.circuit import Document, StateStore


class RetryPolicy(Record):
    """When to try again (user guide, "Custom Retry Policy").

    `max_attempts` counts every attempt, the first one too. Delays are seconds: before retry k at most
    `min(max_delay, initial_delay * exponential_base ** (k - 1))`. With `jitter` the delay is drawn evenly between zero
    and that, so that processes which failed together do not come back together (AWS Architecture Blog, "Exponential
    Backoff and Jitter": full jitter).

    Raises ValueError for numbers that make no sense.
    """

    max_attempts: int
    initial_delay: float
    max_delay: float
    exponential_base: float
    jitter: bool

    def __init__(
        self,
        max_attempts: int = 3,
        initial_delay: float = 1.0,
        max_delay: float = 30.0,
        exponential_base: float = 2.0,
        jitter: bool = True,
    ) -> None:
        _check("max_attempts", max_attempts, 1)
        if max_attempts != int(max_attempts):
            raise ValueError(f"max_attempts must be a whole number, not {max_attempts!r}.")
        _check("initial_delay", initial_delay, 0)
        _check("max_delay", max_delay, 0)
        _check("exponential_base", exponential_base, 1)
        super().__init__(max_attempts, initial_delay, max_delay, exponential_base, jitter)

    @classmethod
    def default(cls) -> RetryPolicy:
        """Three attempts, a second apart at first: what WT_RETRY_MAX and WT_RETRY_DELAY say when they say nothing."""
        return cls()

    @classmethod
    def aggressive(cls) -> RetryPolicy:
        """Many quick attempts, for what is cheap to ask and soon over."""
        return cls(max_attempts=6, initial_delay=0.1, max_delay=5.0)

    @classmethod
    def conservative(cls) -> RetryPolicy:
        """One more attempt after a longer wait, for what is dear to ask."""
        return cls(max_attempts=2, initial_delay=5.0, max_delay=60.0)

    @classmethod
    def no_retry(cls) -> RetryPolicy:
        """One attempt."""
        return cls(max_attempts=1)

    def ceiling(self, retry: int) -> float:
        """The longest delay in seconds before retry number `retry`; the first retry is 1."""
        try:
            return min(self.max_delay, self.initial_delay * self.exponential_base ** (retry - 1))
        except OverflowError:
            return self.max_delay if self.initial_delay else 0.0

    def delay(self, retry: int, chance: Callable[[], float]) -> float:
        """The delay in seconds before retry number `retry`; `chance` draws from [0, 1)."""
        return self.ceiling(retry) * chance() if self.jitter else self.ceiling(retry)

    def delays(self, chance: Callable[[], float]) -> Iterator[float]:
        """All the delays of a command that never succeeds, in order."""
        return (self.delay(retry, chance) for retry in range(1, self.max_attempts))


def _check(name: str, value: float, least: float) -> None:
    if not least <= value < float("inf"):
        raise ValueError(f"{name} must be a number from {least} up, not {value!r}.")


class RetryBudget:
    """A bucket of retries that all processes of a project draw from, so that retries never become the load.

    Full it holds 10; a retry takes 1 (2 after a timeout), a success gives 0.1 back, a minute 1. Sources: Google SRE
    Book ch. 21 "Handling Overload"; Bronson et al. 2021, "Metastable Failures in Distributed Systems".
    """

    KEY = "retry-budget"

    def __init__(
        self,
        store: StateStore,
        *,
        capacity: float = 10.0,
        per_success: float = 0.1,
        per_minute: float = 1.0,
        clock: Callable[[], float] = time,
    ) -> None:
        self._store = store
        self._capacity = capacity
        self._per_success = per_success
        self._per_minute = per_minute
        self._clock = clock

    def take(self, cost: float = 1.0) -> bool:
        """Whether a retry of this cost may be made; if so it is paid for."""

        def pay(document: object) -> tuple[Document, bool]:
            tokens = self._tokens(document)
            paid = tokens >= cost
            return self._document(tokens - cost if paid else tokens), paid

        return self._store.update(self.KEY, pay)

    def earn(self) -> None:
        """A call went well: a little more may be retried."""

        def add(document: object) -> tuple[Document, None]:
            return self._document(min(self._capacity, self._tokens(document) + self._per_success)), None

        if self.left() < self._capacity:
            self._store.update(self.KEY, add)

    def left(self) -> float:
        """How many retries of cost 1 are left."""
        return self._tokens(self._store.read(self.KEY))

    def _tokens(self, document: object) -> float:
        """What is in the bucket now. State that cannot be understood is a full one: a lost file must not stop work."""
        tokens, since = _numbers(document)
        if tokens is None or since is None:
            return self._capacity
        minutes = max(0.0, self._clock() - since) / 60  # a clock set back refills nothing
        return max(0.0, min(self._capacity, tokens + minutes * self._per_minute))

    def _document(self, tokens: float) -> Document:
        return {"tokens": tokens, "at": self._clock()}


def _numbers(document: object) -> tuple[float | None, float | None]:
    if not isinstance(document, dict):
        return None, None
    tokens, since = document.get("tokens"), document.get("at")
    return _number(tokens), _number(since)


def _number(value: object) -> float | None:
    """A number one can reckon with, or None."""
    usable = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e15
    return float(value) if usable else None  # type: ignore[arg-type]  # usable says it is a number
