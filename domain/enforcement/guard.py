"""A sentence before the four levels: what needs consent is asked for, what was agreed to is used up."""

from __future__ import annotations

from domain.enforcement.chain import FourLevelEnforcer
from domain.errors import Blocked, ConsentRequired, WtError
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Protocol

    from domain.commands.table import Command, Need
    from domain.enforcement.chain import EnforcementContext, EnforcementResult, Verdict
    from domain.enforcement.consent import Grant, Request
    from domain.ports import Agreements

    class Consents(Agreements, Protocol):
        """Consent of this session, as this working tree keeps it."""

        def context(self, *, skip_consent: bool) -> EnforcementContext:
            """Everything but the request. Never raises: what cannot be known decides nothing."""
            ...

        def request(self, need: Need, what: str, tracker: str | None) -> Request:
            """A request of this session, now."""
            ...

        def ask(self, request: Request, trouble: str) -> Grant | None:
            """What the person answers, where one sits at a terminal. Raises Unavailable, Busy."""
            ...

        def record(self, request: Request) -> Request:
            """Keep the request for a person who is not here. Raises Unavailable, Busy."""
            ...

        def can_ask(self) -> bool:
            """Whether a person sits at a terminal."""
            ...

        def spend(self, grant: Grant, request: Request) -> bool:
            """Use an approval; False when it is gone meanwhile. Raises Unavailable, Busy."""
            ...

        def give_back(self, grant: Grant) -> None:
            """Nothing was done with it. Raises Unavailable, Busy."""
            ...


class Permit(Record):
    """Leave to do what was asked: by a grant or, without one, because consent was skipped."""

    request: Request
    grant: Grant | None = None
    verdicts: tuple[Verdict, ...] = ()

    @property
    def told(self) -> str:
        """As the journal keeps it."""
        if self.grant is None:
            return "skipped"
        how = {"once": "once", "session": "for the session", "blanket": "blanket"}[self.grant.scope]
        return f"{how}, by {self.grant.by}"


class Wanted(Record):
    """One command that needs consent, and what for."""

    command: Command
    need: Need
    tracker: str | None


def permits(wanted: Sequence[Wanted], consents: Consents, *, skip_consent: bool, rehearsal: bool) -> list[Permit]:
    """Leave for all of these commands, or for none.

    Raises ConsentRequired (the request is recorded then, but not in a rehearsal), Blocked, Unavailable, Busy.
    """
    found = [_permit(each, consents, skip_consent=skip_consent, rehearsal=rehearsal) for each in wanted]
    if rehearsal:
        return found
    used: list[Permit] = []
    for permit in found:
        if permit.grant is not None and not consents.spend(permit.grant, permit.request):
            give_back(used, consents)
            raise ConsentRequired("What was agreed to was used meanwhile; nothing was changed.", hint="Ask again.")
        used.append(permit)
    return found


def give_back(unused: Sequence[Permit], consents: Consents) -> None:
    """Nothing came of it, so that what was agreed to still stands."""
    for permit in unused:
        if permit.grant is None:
            continue
        try:
            consents.give_back(permit.grant)
        except WtError:
            continue  # then it is asked for once more


def _permit(wanted: Wanted, consents: Consents, *, skip_consent: bool, rehearsal: bool) -> Permit:
    from domain.language import canonical

    request = consents.request(wanted.need, canonical(wanted.command), wanted.tracker)
    context = consents.context(skip_consent=skip_consent).replace(request=request)
    result = FourLevelEnforcer().check(wanted.command.name, context)
    block = result.blocked_by
    if block and block.asks and consents.can_ask() and not rehearsal:
        if consents.ask(request, context.trouble) is None:
            raise ConsentRequired("Nobody agreed, so nothing was changed.")
        context = consents.context(skip_consent=skip_consent).replace(request=request)
        result = FourLevelEnforcer().check(wanted.command.name, context)
        block = result.blocked_by
    if block is None:
        return Permit(request, result.grant, result.verdicts)
    if block.asks is None:
        raise _refusal(Blocked, result, block)
    raise _refusal(ConsentRequired, result, block) if rehearsal else _recorded(result, block, request, consents)


def _recorded(result: EnforcementResult, verdict: Verdict, request: Request, consents: Consents) -> WtError:
    try:
        return _refusal(ConsentRequired, result, verdict, consents.record(request))
    except WtError as error:
        refusal = _refusal(ConsentRequired, result, verdict)
        refusal.hint = f"{error.message} So the request does not wait: a person can say this at a terminal."
        return refusal


def _refusal(
    error: type[Blocked | ConsentRequired], result: EnforcementResult, verdict: Verdict, waits: Request | None = None
) -> Blocked | ConsentRequired:
    data: dict[str, Mapping[str, Any] | list[Any]] = {}  # Any: plain values, for the reply
    data["enforcement"] = [each.to_document() for each in result.verdicts]
    if waits is not None:
        about = ("id", "operation", "shown", "session")
        data["request"] = {name: getattr(waits, name) for name in about}
    return error(verdict.reason, hint=_way(verdict, waits), data=data)


def _way(verdict: Verdict, waits: Request | None) -> str:
    if waits is None:
        return verdict.way
    return (
        f"Ask the person whose work this is: request {waits.id} waits for their yes (wt consent). Nothing was changed."
    )
