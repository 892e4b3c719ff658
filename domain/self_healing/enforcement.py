"""The four levels of enforcement under the name that the user guide gives them."""

from __future__ import annotations

from domain.enforcement import (
    AdvisoryLevel,
    AgentRestrictionEnforcer,
    ConsentManager,
    EnforcementContext,
    EnforcementResult,
    FourLevelEnforcer,
    HookEnforcer,
    Verdict,
)

__all__ = [
    "AdvisoryLevel",
    "AgentRestrictionEnforcer",
    "ConsentManager",
    "EnforcementContext",
    "EnforcementResult",
    "FourLevelEnforcer",
    "HookEnforcer",
    "Verdict",
]
