"""Health as figures for other programs: names and types as Prometheus wants them (its text format 0.0.4)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from domain.self_healing.circuit import CircuitStatus
    from domain.self_healing.monitor import HealthStatus
    from infrastructure.operations import OperationFile

    Document = Mapping[str, Any]  # Any: plain values all through

STATES = ("CLOSED", "HALF_OPEN", "OPEN", "ISOLATED")
LEVELS = ("HEALTHY", "DEGRADED", "UNHEALTHY", "CRITICAL", "UNKNOWN")


def of(
    operations: OperationFile,
    status: HealthStatus,
    circuits: Sequence[CircuitStatus],
    known: Document,
    recoveries: Sequence[Document],
) -> dict[str, Document]:
    """name -> its type, help and samples (labels and value)."""
    totals, window = operations.totals(), status.metrics
    duration = [
        _sample(window.p95_latency_ms, quantile="0.95"),
        _sample(totals.duration_ms, suffix="_sum"),
        _sample(totals.operations, suffix="_count"),
    ]
    counts = (("success", totals.operations - totals.failed), ("failure", totals.failed))
    return {
        "wt_operations_total": _metric(
            "counter", "Operations tried.", [_sample(count, outcome=name) for name, count in counts]
        ),
        "wt_operation_duration_ms": _metric("summary", "How long operations took, in milliseconds.", duration),
        "wt_success_ratio": _metric(
            "gauge", "Share of the window's operations that went well.", [_sample(window.success_rate)]
        ),
        "wt_health_status": _metric(
            "gauge",
            "1 for the status that holds.",
            [_sample(int(status.overall.name == name), status=name) for name in LEVELS],
        ),
        "wt_circuit_state": _metric(
            "gauge",
            "State of a circuit: 0 closed, 1 half open, 2 open, 3 isolated.",
            [_sample(STATES.index(str(each.state)), resource=each.resource) for each in circuits],
        ),
        "wt_failures_total": _metric(
            "counter",
            "Failures on record, by category.",
            [_sample(group["failures"], category=name) for name, group in known["by_category"].items()],
        ),
        "wt_recoveries_total": _metric("counter", "How failures on record ended.", _ended(recoveries)),
    }


def _ended(recoveries: Sequence[Document]) -> list[Document]:
    counts: dict[tuple[str, str], int] = {}
    for record in recoveries:
        key = str(record.get("strategy", "")), str(record.get("outcome", ""))
        counts[key] = counts.get(key, 0) + 1
    return [_sample(count, strategy=strategy, outcome=outcome) for (strategy, outcome), count in sorted(counts.items())]


def _metric(kind: str, meaning: str, samples: Sequence[Document]) -> Document:
    return {"type": kind, "help": meaning, "samples": list(samples)}


def _sample(value: float, suffix: str = "", **labels: str) -> Document:
    return {"suffix": suffix, "labels": labels, "value": value}


def in_prometheus(metrics: Mapping[str, Document]) -> str:
    """The text that a scraper reads."""
    lines: list[str] = []
    for name, metric in metrics.items():
        lines += [f"# HELP {name} {metric['help']}", f"# TYPE {name} {metric['type']}"]
        lines += [_line(name, sample) for sample in metric["samples"]]
    return "\n".join(lines) + "\n"


def _line(name: str, sample: Document) -> str:
    labels = ",".join(f'{label}="{_escaped(value)}"' for label, value in sample["labels"].items())
    return f"{name}{sample['suffix']}{f'{{{labels}}}' if labels else ''} {_number(sample['value'])}"


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else repr(round(value, 6))


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
