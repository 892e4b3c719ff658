"""What was learnt from failures: an append-only log of them and of what helped, and the figures drawn from it."""

from __future__ import annotations

from time import time

from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any, Protocol

    from domain.self_healing.analyzer import Diagnosis

    Document = Mapping[str, object]

    class Log(Protocol):
        """An append-only file of JSON objects, one a line."""

        def append(self, record: Document) -> None:
            """Add one line; raises OSError or WtError when that cannot be done."""
            ...

        def read(self) -> Iterable[object]:
            """Every line in order; one that cannot be read (a torn end, say) is handed on as its text."""
            ...


SCHEMA = "wt.healing/1"
ONE_SIDED = 1.6448536269514722  # the 95 % point of the normal distribution
TWO_SIDED = 1.959963984540054  # its 97.5 % point
RECURRING = 3
SHOWN = 10


def wilson_bounds(successes: float, trials: float, z: float = TWO_SIDED) -> tuple[float, float]:
    """Where a success rate may lie after so many trials, 95 % sure (Wilson 1927); (0, 1) when there were none."""
    if trials <= 0:
        return 0.0, 1.0
    rate = successes / trials
    middle = rate + z * z / (2 * trials)
    spread = z * (rate * (1 - rate) / trials + z * z / (4 * trials * trials)) ** 0.5
    whole = 1 + z * z / trials
    return max(0.0, (middle - spread) / whole), min(1.0, (middle + spread) / whole)


def at_least(successes: float, trials: float) -> float:
    """The success rate that 95 % of the time is not overstated: 17 of 20 is at least 0.68."""
    return wilson_bounds(successes, trials, ONE_SIDED)[0]


class Recovery(Record):
    """How a failure ended, for the log. `outcome`: recovered, escalated, rejected or failed."""

    strategy: str = ""
    outcome: str = ""
    attempts: int = 1
    duration_ms: int = 0
    actions: tuple[str, ...] = ()
    playbook: str = ""
    context: Document | None = None  # of what was escalated


NO_DETAIL = Recovery()


class _InMemory:
    def __init__(self) -> None:
        self._records: list[Document] = []

    def append(self, record: Document) -> None:
        self._records.append(record)

    def read(self) -> Iterable[object]:
        return tuple(self._records)


class KnowledgeBase:
    """
    Stores failure patterns and recovery outcomes.

    Reference: Kephart & Chess (2003), Section 3.5 "Knowledge"

    Without a log it remembers as long as the program runs.
    """

    def __init__(self, log: Log | None = None, *, session: str = "", clock: Callable[[], float] = time) -> None:
        self._log = log if log is not None else _InMemory()
        self._session = session
        self._clock = clock

    def record_failure(self, diagnosis: Diagnosis) -> None:
        """Record failure pattern for future reference."""
        self._log.append(self._about(diagnosis, "failure"))

    def record_recovery(self, diagnosis: Diagnosis, success: bool, detail: Recovery = NO_DETAIL) -> None:
        """Record recovery outcome for strategy optimization."""
        record = self._about(diagnosis, "recovery") | {
            "success": success,
            "strategy": detail.strategy,
            "outcome": detail.outcome or ("recovered" if success else "failed"),
            "attempts": detail.attempts,
            "duration_ms": detail.duration_ms,
            "actions": list(detail.actions),
            "playbook": detail.playbook,
        }
        self._log.append(record | ({"context": detail.context} if detail.context is not None else {}))

    def _about(self, diagnosis: Diagnosis, event: str) -> dict[str, object]:
        symptom = diagnosis.symptom
        return {
            "schema": SCHEMA,
            "event": event,
            "at": self._clock(),
            "session": self._session,
            "category": str(diagnosis.category),
            "cause": diagnosis.cause,
            "fingerprint": diagnosis.fingerprint,
            "operation": symptom.operation,
            "resource": symptom.resource,
            "symptoms": [diagnosis.words],
        }

    def get_statistics(self) -> dict[str, Any]:  # Any: the guide's own signature; plain values all through
        """Return aggregated failure/recovery statistics.

        Every rate stands with its counts and the bounds of Wilson (1927), and is None while nothing was tried.
        """
        lines = list(self._log.read())
        records = [line for line in lines if isinstance(line, dict) and line.get("schema") == SCHEMA]
        failures = [record for record in records if record.get("event") == "failure"]
        recoveries = [record for record in records if record.get("event") == "recovery"]
        tried = list(filter(_was_tried, recoveries))
        return {
            "failures": len(failures),
            "recoveries": _share(tried),
            "by_category": _grouped(failures, recoveries, "category"),
            "by_cause": _grouped(failures, recoveries, "cause"),
            "by_strategy": {key: _share(group) for key, group in _by(tried, "strategy").items()},
            "recurring": _recurring(failures),
            "escalated": [record for record in recoveries if record.get("outcome") == "escalated"][-SHOWN:],
            "unreadable": len(lines) - len(records),
        }


def _was_tried(record: Document) -> bool:
    """Whether anything was done about it; a caller that tells no more than whether it helped did something."""
    return bool(record.get("actions")) or record.get("outcome") in ("recovered", "failed")


def _by(records: Iterable[Document], field: str) -> dict[str, list[Document]]:
    groups: dict[str, list[Document]] = {}
    for record in records:
        groups.setdefault(str(record.get(field, "")), []).append(record)
    return groups


def _share(records: Sequence[Document]) -> dict[str, object]:
    """How many of these recoveries helped, how sure that is, and what they took on average."""
    trials, successes = len(records), sum(record.get("success") is True for record in records)
    low, high = wilson_bounds(successes, trials)
    return {
        "tried": trials,
        "recovered": successes,
        "rate": successes / trials if trials else None,
        "at_least": at_least(successes, trials) if trials else None,
        "interval": [low, high],
        "mean_attempts": _mean(records, "attempts"),
        "mean_duration_ms": _mean(records, "duration_ms"),
    }


def _mean(records: Sequence[Document], field: str) -> float | None:
    values = [value for record in records if isinstance(value := record.get(field), (int, float))]
    return sum(values) / len(values) if values else None


def _grouped(failures: Sequence[Document], recoveries: Sequence[Document], field: str) -> dict[str, object]:
    failed, ended = _by(failures, field), _by(recoveries, field)
    groups: dict[str, object] = {}
    for key in sorted({*failed, *ended}):
        tried = list(filter(_was_tried, ended.get(key, ())))
        escalated = sum(record.get("outcome") == "escalated" for record in ended.get(key, ()))
        groups[key] = {"failures": len(failed.get(key, ())), "escalated": escalated, **_share(tried)}
    return groups


def _recurring(failures: Sequence[Document]) -> list[dict[str, object]]:
    """Faults that keep coming back: each recovery only mitigates, somebody should look for the root."""
    groups = {mark: group for mark, group in _by(failures, "fingerprint").items() if len(group) >= RECURRING}
    often = sorted(groups.items(), key=lambda item: -len(item[1]))[:SHOWN]
    return [{"fingerprint": mark, "cause": group[-1].get("cause"), "failures": len(group)} for mark, group in often]
