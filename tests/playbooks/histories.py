"""Outcomes for tests of what is drawn from them."""

from __future__ import annotations

from typing import Any

from domain.playbooks.outcomes import HealingOutcome, Taken


def outcome(
    id: str = "o1", result: str = "healed", *actions: str, stage: str = "primary", **fields: Any
) -> HealingOutcome:
    """One that did these actions in one stage, which helped if anything did; Any: fields of an outcome."""
    steps = tuple(Taken(action, stage, "R1", "done", said=f"{action} done") for action in actions or ("redraw_pages",))
    base = HealingOutcome(id, "drift", 1, 1000.0, ("pages_stale > 0",), result, "mark", "line", steps=steps)
    return base.replace(stage=stage if result == "healed" else "", **fields)
