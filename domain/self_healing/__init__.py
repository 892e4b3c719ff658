"""Self-healing as a MAPE-K loop (Kephart & Chess 2003): the folder listing is the loop; names load when asked for."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from domain.self_healing.analyzer import Diagnosis, Symptom, SymptomAnalyzer
    from domain.self_healing.causes import Category
    from domain.self_healing.circuit import CircuitBreaker, CircuitOpen, CircuitOptions, CircuitState, StateStore
    from domain.self_healing.dispatcher import Outcome, Remedies, SelfHealingDispatcher
    from domain.self_healing.executor import ActionExecutor, ExecutionResult, HealingStep, Repair
    from domain.self_healing.knowledge import KnowledgeBase
    from domain.self_healing.monitor import HealthLevel, HealthMonitor, HealthStatus, Metrics, Signal
    from domain.self_healing.planner import RemediationPlan, RemediationPlanner, RemediationStep
    from domain.self_healing.retry import RetryBudget, RetryPolicy

    class CompositionRoot(Protocol):
        """What the wiring offers to a script that names a class without arguments."""

        def circuit_store(self) -> StateStore:
            """Where the project's circuits are kept."""
            ...

        def circuit_options(self) -> CircuitOptions: ...

        def healing_dispatcher(self) -> SelfHealingDispatcher: ...


_ROOMS = {
    "monitor": ("HealthLevel", "HealthMonitor", "HealthStatus", "Metrics", "Signal"),
    "causes": ("Category",),
    "analyzer": ("Diagnosis", "Symptom", "SymptomAnalyzer"),
    "planner": ("RemediationPlan", "RemediationPlanner", "RemediationStep"),
    "executor": ("ActionExecutor", "ExecutionResult", "HealingStep", "Repair"),
    "knowledge": ("KnowledgeBase",),
    "retry": ("RetryBudget", "RetryPolicy"),
    "circuit": ("CircuitBreaker", "CircuitOpen", "CircuitOptions", "CircuitState"),
    "dispatcher": ("Outcome", "Remedies", "SelfHealingDispatcher"),
}
_HOME = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = [
    "ActionExecutor",
    "Category",
    "CircuitBreaker",
    "CircuitOpen",
    "CircuitOptions",
    "CircuitState",
    "Diagnosis",
    "ExecutionResult",
    "HealingStep",
    "HealthLevel",
    "HealthMonitor",
    "HealthStatus",
    "KnowledgeBase",
    "Metrics",
    "Outcome",
    "RemediationPlan",
    "RemediationPlanner",
    "RemediationStep",
    "Remedies",
    "Repair",
    "RetryBudget",
    "RetryPolicy",
    "SelfHealingDispatcher",
    "Signal",
    "Symptom",
    "SymptomAnalyzer",
]


def __getattr__(name: str) -> object:
    """A command that succeeds pays for the dispatcher alone: every other room is imported on first use of its names."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    found: object = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def composition_root() -> CompositionRoot:
    """The one door to the wiring, for `CircuitBreaker()` and `SelfHealingDispatcher.create_default()` only.

    By name, because the domain knows no infrastructure: a program that wires itself differently never comes here.
    """
    from importlib import import_module

    root: CompositionRoot = import_module("infrastructure.bootstrap")
    return root
