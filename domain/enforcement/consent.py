"""Consent as values: what was asked, what a person answered, what that covers. Pure; times are seconds since 1970."""

from __future__ import annotations

from domain.commands.operations import BY_NAME
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.language.answers import Answer

ASKED_FOR = 3600  # seconds a request waits for its answer, and a single approval for its use
SESSION = 24 * 3600  # seconds that what is approved for a session lasts at most: sessions are resumed days later
MOST_PENDING = 20


class Request(Record):
    """What a person is asked: exactly this, in exactly this session. `what` is the sentence, `shown` what it does."""

    id: str
    operation: str  # a row of OPERATIONS
    what: str
    shown: str
    by: str
    session: str
    asked_at: int
    expires_at: int
    tracker: str | None = None
    number: int | None = None  # of the initiative that would be created


class Grant(Record):
    """What a person agreed to: `once` what was shown, `session` the same operation on the same tracker in the same
    session, `blanket` the operation in that session."""

    id: str
    scope: str
    operation: str
    session: str
    granted_at: int
    expires_at: int
    by: str
    what: str = ""
    shown: str = ""
    tracker: str | None = None
    number: int | None = None

    def covers(self, request: Request, now: int) -> bool:
        if (self.operation, self.session) != (request.operation, request.session) or now >= self.expires_at:
            return False
        if self.scope == "once":
            return _same(self, request)
        return self.scope == "blanket" or self.tracker == request.tracker


def _same(one: Grant | Request, other: Grant | Request) -> bool:
    """Whether both are about one thing that was shown in one session."""
    fields = ("operation", "what", "shown", "tracker", "session")
    return all(getattr(one, field) == getattr(other, field) for field in fields)


class State(Record):
    """All that is known of consent in one working tree; `session_id` is the session that asked or was answered last."""

    session_id: str = ""
    approved_initiatives: tuple[int, ...] = ()
    pending: tuple[Request, ...] = ()
    grants: tuple[Grant, ...] = ()

    @property
    def blanket_approval(self) -> bool:
        """Whether initiatives may be created as needed in that session."""
        about = (self.session_id, "create_initiative", "blanket")
        return any((grant.session, grant.operation, grant.scope) == about for grant in self.grants)

    def in_session(self, session: str) -> State:
        """The same with this session as the last; what was approved in another is no longer told."""
        if session == self.session_id:
            return self
        return self.replace(session_id=session, approved_initiatives=())

    def waiting(self, session: str | None = None) -> tuple[Request, ...]:
        """The requests that wait for an answer, of one session or of all."""
        return tuple(request for request in self.pending if session in (None, request.session))


class Answered(Record):
    """What became of an answer: `outcome` is granted, denied, revoked, unchanged, unclear or nothing (to answer)."""

    state: State
    outcome: str
    message: str
    grant: Grant | None = None


# --- asking -----------------------------------------------------------------------------------------------------------


def opened(state: State, request: Request, now: int) -> tuple[State, Request]:
    """The state with this request pending, and the request as it stands: asked again it keeps its id."""
    state = current(state, now).in_session(request.session)
    before = next((other for other in state.pending if _same(other, request)), None)
    if before is not None:
        request = request.replace(id=before.id)
    others = tuple(other for other in state.pending if other is not before)
    return state.replace(pending=(*others, request)[-MOST_PENDING:]), request


def covering(state: State, request: Request, now: int) -> Grant | None:
    """The grant that this request falls under, the widest first."""
    order = ("blanket", "session", "once")
    found = [grant for grant in state.grants if grant.covers(request, now)]
    return min(found, key=lambda grant: order.index(grant.scope), default=None)


def spent(state: State, grant: Grant, request: Request) -> State:
    """The state after what was granted is done: a single approval is used up."""
    left = tuple(other for other in state.grants if other != grant or grant.scope != "once")
    number = request.number
    told = state.in_session(request.session)
    if number is not None and number not in told.approved_initiatives:
        told = told.replace(approved_initiatives=(*told.approved_initiatives, number))
    return told.replace(grants=left)


def given_back(state: State, grant: Grant) -> State:
    """The state before that: nothing was done with the approval."""
    return state if grant in state.grants else state.replace(grants=(*state.grants, grant))


def current(state: State, now: int) -> State:
    """The state without what has expired."""
    pending = tuple(request for request in state.pending if now < request.expires_at)
    grants = tuple(grant for grant in state.grants if now < grant.expires_at)
    return state.replace(pending=pending, grants=grants)


# --- answering --------------------------------------------------------------------------------------------------------


def answered(state: State, answer: Answer, *, session: str, by: str, now: int, anywhere: bool = False) -> Answered:
    """What a person's answer in this session makes of the state.

    With `anywhere` a yes or no answers requests of every session: the person was shown whose they are.
    """
    state = current(state, now)
    if answer.verdict == "blanket":
        return _blanket(state, str(answer.operation), session, by, now)
    if answer.verdict == "stop":
        return revoked(state, str(answer.operation), session)
    asked = state.waiting(None if anywhere else session)
    meant = [request for request in asked if answer.request in (None, request.id)]
    if not meant:
        return Answered(state, "nothing", _nothing_waits(answer.request))
    if len(meant) > 1:
        return Answered(state, "unclear", _which(answer.verdict, meant))
    return settled(state, meant[0], answer.scope if answer.verdict == "yes" else None, by=by, now=now)


def settled(state: State, request: Request, scope: str | None, *, by: str, now: int) -> Answered:
    """A request granted `once` or for the `session` or as `blanket`; denied with None."""
    left = state.replace(pending=tuple(other for other in state.pending if other != request))
    if scope is None:
        return Answered(left, "denied", f"Not approved: {request.what}.")
    expires_at = now + (ASKED_FOR if scope == "once" else SESSION)
    made = Grant(request.id, scope, request.operation, request.session, now, expires_at, by, tracker=request.tracker)
    if scope == "once":
        made = made.replace(what=request.what, shown=request.shown, number=request.number)
    return Answered(_with(left, made), "granted", _told(made), made)


def _blanket(state: State, operation: str, session: str, by: str, now: int) -> Answered:
    grant = Grant(f"{operation}@{now}", "blanket", operation, session, now, now + SESSION, by)
    fitting = tuple(r for r in state.pending if (r.operation, r.session) != (operation, session))
    return Answered(_with(state.replace(pending=fitting), grant), "granted", _told(grant), grant)


def _with(state: State, grant: Grant) -> State:
    others = tuple(other for other in state.grants if (other.scope, other.operation, other.session) != _kind(grant))
    if grant.scope != "blanket":
        others = tuple(other for other in state.grants if other.replace(id=grant.id) != grant)
    return state.in_session(grant.session).replace(grants=(*others, grant))


def _kind(grant: Grant) -> tuple[str, str, str]:
    return grant.scope, grant.operation, grant.session


def _told(grant: Grant) -> str:
    noun = BY_NAME[grant.operation].noun
    if grant.scope == "once":
        return f"Approved once: {grant.what}."
    return f"{'Blanket approval' if grant.scope == 'blanket' else 'Approval for this session'} granted for {noun}."


def revoked(state: State, operation: str | None, session: str | None) -> Answered:
    """Every approval of this operation (of any, with None) in this session (in all, with None) taken back."""
    gone = [g for g in state.grants if operation in (None, g.operation) and session in (None, g.session)]
    what = BY_NAME[operation].noun if operation else "anything"
    if not gone:
        return Answered(state, "unchanged", f"There is no approval for {what} to take back.")
    left = state.replace(grants=tuple(grant for grant in state.grants if grant not in gone))
    return Answered(left, "revoked", f"Approval revoked for {what}.")


def _nothing_waits(request: str | None) -> str:
    return f"No request {request} waits for an answer." if request else "No request waits for an answer."


def _which(said: str, requests: Sequence[Request]) -> str:
    offered = ", ".join(f'"{said} {request.id}" ({request.what})' for request in requests)
    return f"{len(requests)} requests wait for an answer. Which one do you mean: {offered}?"
