"""From a playbook to what its file holds: the way back of `loading`."""

from __future__ import annotations

from domain.playbooks.playbook import SCHEMA, Escalation, Evidence, Gate, Scope, Throttle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from domain.playbooks.playbook import Playbook, Stage, Step

    Rows = dict[str, Any]  # Any: plain values, as YAML holds them

UNITS = ((86_400.0, "d"), (3600.0, "h"), (60.0, "m"))


def document_of(playbook: Playbook) -> Rows:
    """What `loading.load` would read as this playbook again; what is usual is left out.

    Raises ValueError for one written in Python: no file can say what it does.
    """
    if any(stage.routine is not None for stage in playbook.stages):
        raise ValueError(f"{playbook.id} is written in Python")
    rows: Rows = {
        "schema": SCHEMA,
        "id": playbook.id,
        "title": playbook.title,
        "version": playbook.version,
        "priority": playbook.priority,
        "timeout": lasting(playbook.timeout),
        "symptoms": [condition.text for condition in playbook.symptoms],
        "when": _gate(playbook.when),
        "diagnosis": [{"check": condition.text} for condition in playbook.diagnosis],
        "remediation": {stage.name: _stage(stage) for stage in playbook.stages},
        "throttle": _throttle(playbook.throttle),
        "scope": _scope(playbook.scope),
        "rollback": None if playbook.rollback else False,
        "escalate": _escalation(playbook.escalate),
        "evidence": _evidence(playbook.evidence),
        "success_rate": playbook.success_rate,
        "last_updated": playbook.last_updated,
        "requires": list(playbook.requires),
        "conflicts": list(playbook.conflicts),
        "tests": list(playbook.tests),
        "docs": playbook.docs if playbook.docs != "docs/HEALING.md" else None,
    }
    return {"playbook": _said(rows)}


def lasting(seconds: float) -> str:
    """`10m`, `90s`, `1.5s`: in the largest unit that needs no fraction."""
    for length, unit in UNITS:
        if seconds and seconds % length == 0:
            return f"{seconds / length:.0f}{unit}"
    return f"{seconds:f}".rstrip("0").rstrip(".") + "s"


def _said(rows: Rows) -> Rows:
    """Without what says nothing."""
    return {key: value for key, value in rows.items() if value is not None and value not in ("", [], {})}


def _gate(gate: Gate) -> Rows:
    held = gate.looks if gate.looks > 1 else lasting(gate.seconds) if gate.seconds else None
    return _said({"condition": gate.condition.text if gate.condition else None, "for": held})


def _stage(stage: Stage) -> list[Rows]:
    return [*map(_step, stage.steps), *({"validate": condition.text} for condition in stage.validate)]


def _step(step: Step) -> Rows:
    return _said(
        {
            "action": step.action,
            "risk": step.risk if step.risk != "R0" else None,
            "timeout": lasting(step.timeout) if step.timeout is not None else None,
            "if": step.only_if.text if step.only_if is not None else None,
        }
    )


def _throttle(throttle: Throttle) -> Rows:
    within = lasting(throttle.once_within) if throttle.once_within else None
    return _said({"once_within": within, "group_by": list(throttle.group_by)})


def _scope(scope: Scope) -> Rows:
    rows: Rows = {} if scope.paths is None else {"paths": list(scope.paths)}  # an empty list allows no file at all
    return rows | ({} if scope.max_objects is None else {"max_objects": scope.max_objects})


def _escalation(rules: Escalation) -> Rows:
    usual = Escalation()
    return _said(
        {
            "immediate": [condition.text for condition in rules.immediate],
            "after_attempts": rules.after_attempts if rules.after_attempts != usual.after_attempts else None,
            "max_duration": lasting(rules.max_duration) if rules.max_duration is not None else None,
            "severity": rules.severity if rules.severity != usual.severity else None,
            "recommended": rules.recommended,
        }
    )


def _evidence(evidence: Evidence) -> Rows:
    return {} if evidence == Evidence() else _said(dict(evidence.values()))
