"""What may be done without asking: the command table says what needs consent, this room holds a sentence to it."""

from __future__ import annotations

from domain.errors import ConsentRequired

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.commands.table import Call, Spec
    from domain.tracker import Tracker


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
