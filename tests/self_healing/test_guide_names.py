"""The snippets of the user guide run as they are printed."""

from __future__ import annotations

import inspect

import pytest

from domain import self_healing

POLICY = """
# In your script
from domain.self_healing import RetryPolicy

policy = RetryPolicy(
    max_attempts=5,
    initial_delay=0.5,
    max_delay=30.0,
    exponential_base=2.0,
    jitter=True  # Random variation to prevent thundering herd
)
"""
MONITOR = """
from domain.self_healing import HealthMonitor

monitor = HealthMonitor()

# Record operations
monitor.record_success(duration_ms=150)
monitor.record_failure(duration_ms=5000)

# Check health
status = monitor.get_health_status()
print(f"Health: {status.overall.name}")
print(f"Success Rate: {monitor.get_metrics().success_rate:.2%}")
"""


def test_the_retry_policy_of_the_guide_is_a_policy() -> None:
    names: dict[str, object] = {}
    exec(POLICY, names)
    assert names["policy"] == self_healing.RetryPolicy(5, 0.5, 30.0, 2.0, True)


def test_the_health_monitoring_of_the_guide_prints_what_it_should(capsys: pytest.CaptureFixture[str]) -> None:
    exec(MONITOR, {})
    assert capsys.readouterr().out == "Health: UNHEALTHY\nSuccess Rate: 50.00%\n"


@pytest.mark.parametrize(
    ("class_name", "method", "parameters"),
    [
        ("HealthMonitor", "record_success", ["duration_ms"]),
        ("HealthMonitor", "record_failure", ["duration_ms"]),
        ("HealthMonitor", "get_health_status", []),
        ("HealthMonitor", "get_metrics", []),
        ("SymptomAnalyzer", "analyze", ["symptom"]),
        ("RemediationPlanner", "plan", ["diagnosis"]),
        ("ActionExecutor", "execute", ["plan"]),
        ("KnowledgeBase", "record_failure", ["diagnosis"]),
        ("KnowledgeBase", "record_recovery", ["diagnosis", "success"]),
        ("KnowledgeBase", "get_statistics", []),
        ("CircuitBreaker", "reset", []),
    ],
)
def test_every_method_of_the_guide_takes_what_is_printed_there(
    class_name: str, method: str, parameters: list[str]
) -> None:
    signature = inspect.signature(getattr(getattr(self_healing, class_name), method))
    needed = [name for name, given in signature.parameters.items() if given.default is inspect.Parameter.empty]
    assert needed == ["self", *parameters]


@pytest.mark.parametrize(
    "name", ["HealthMonitor", "SymptomAnalyzer", "RemediationPlanner", "ActionExecutor", "KnowledgeBase"]
)
def test_every_phase_cites_the_paper_as_the_guide_does(name: str) -> None:
    assert "Kephart & Chess (2003), Section 3." in (getattr(self_healing, name).__doc__ or "")
