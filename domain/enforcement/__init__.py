"""What may be done: advice, consent, restrictions of agents, hooks; names load when asked for."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.enforcement.chain import (
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


def __getattr__(name: str) -> object:
    """A command that needs no level pays for none."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from domain.enforcement import chain

    return getattr(chain, name)
