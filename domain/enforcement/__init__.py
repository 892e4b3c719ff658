"""What may be done: advice, consent, restrictions of agents, hooks; names load when asked for."""

from __future__ import annotations

from domain.errors import ConsentRequired

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.commands.table import Call, Spec
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
    from domain.tracker import Tracker

__all__ = [
    "AdvisoryLevel",
    "AgentRestrictionEnforcer",
    "ConsentManager",
    "EnforcementContext",
    "EnforcementResult",
    "FourLevelEnforcer",
    "HookEnforcer",
    "Verdict",
    "check",
]


def __getattr__(name: str) -> object:
    """A command that needs no level pays for none."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from domain.enforcement import chain

    return getattr(chain, name)


def check(spec: Spec, tracker: Tracker, call: Call, *, skip_consent: bool) -> None:
    """Raises ConsentRequired when a person has to agree first; says what, never how to do it."""
    if skip_consent or spec.consent is None:
        return
    asked = spec.consent(tracker, call)
    if asked is not None:
        raise ConsentRequired(
            f"This operation requires consent. {asked}",
            hint="Ask the person whose work this is; nothing was changed.",
        )
