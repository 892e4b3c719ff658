"""Consent of this session: who can be asked, what is kept, and what the project's committed settings allow agents."""

from __future__ import annotations

import os

from domain.enforcement.chain import EnforcementContext, guidelines_in
from domain.enforcement.consent import ASKED_FOR, Request, State, answered, revoked
from domain.errors import Blocked, WtError
from domain.language import answers
from domain.shape import iso_of
from infrastructure.consent_store import ConsentStore, row
from infrastructure.json_text import loads
from infrastructure.project import OWN
from infrastructure.regular_files import read_file
from infrastructure.session import session_id, shows_an_agent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from domain.commands.table import Need
    from domain.enforcement.consent import Answered, Grant
    from domain.language.answers import Answer

GUIDELINES_LIMIT = 1 << 20  # bytes
SKIPPING = "agents_may_skip_consent"
ONLY_PEOPLE = "Only a person at a terminal can answer that."
HINT = "Ask the person whose work this is."


class ProjectConsents:
    """What the domain asks for, over the file of consent and the person at the terminal, if there is one."""

    def __init__(
        self,
        root: str,
        env: Mapping[str, str],
        *,
        actor: str,
        prompt: Callable[[Request, str], Answer | None] | None,
        store: ConsentStore | None = None,
    ) -> None:
        """`prompt` shows a request, and a remark on it, to a person; None where nobody can be asked."""
        self._root = root
        self._is_agent = shows_an_agent(env)
        self._session = session_id(env)
        self._actor = actor
        self._prompt = None if self._is_agent else prompt
        self._store = store or ConsentStore(root)

    # --- for the guard ------------------------------------------------------------------------------------------------

    def context(self, *, skip_consent: bool) -> EnforcementContext:
        held = self._store.read()
        return EnforcementContext(
            session=self._session,
            now=self._store.now,
            guidelines=_guidelines(self._root),
            consents=held.state,
            trouble=held.trouble,
            skip_consent=skip_consent,
            is_agent=self._is_agent,
            agents_may_skip=skip_consent and self._is_agent and agents_may_skip(self._root),
        )

    def request(self, need: Need, what: str, tracker: str | None) -> Request:
        now = self._store.now
        return Request(
            new_request_id(),
            need.operation,
            what,
            need.shown,
            self._actor,
            self._session,
            now,
            now + ASKED_FOR,
            tracker,
            need.number,
        )

    def can_ask(self) -> bool:
        return self._prompt is not None

    def ask(self, request: Request, trouble: str) -> Grant | None:
        answer = self._prompt(request, trouble) if self._prompt else None
        if answer is None or answer.verdict == "no":
            return None
        return self._store.settle(request, scope_of(answer), by=self._actor).grant

    def record(self, request: Request) -> Request:
        return self._store.open(request)

    def spend(self, grant: Grant, request: Request) -> bool:
        return self._store.spend(grant, request)

    def give_back(self, grant: Grant) -> None:
        self._store.give_back(grant)

    # --- for commands about consent -----------------------------------------------------------------------------------

    def standing(self) -> Mapping[str, Any]:
        held = self._store.read()
        state = held.state or State()
        return {
            "session": self._session,
            "pending": [row(request) for request in state.pending],
            "grants": [row(grant) for grant in state.grants],
            "trouble": held.trouble,
        }

    def waiting(self) -> Sequence[Request]:
        """What nobody has answered, in any session; nothing where that cannot be read."""
        state = self._store.read().state
        return state.pending if state is not None else ()

    def answer(self, said: str, *, rehearsal: bool) -> tuple[str, str]:
        """A yes is shown first what it would agree to: whoever types it need not have seen that."""
        answer = answers.read(said)
        assert answer is not None, "the language reads nothing else as an answer"
        if answer.verdict == "yes":
            return self.grant(answer.request, rehearsal=rehearsal)
        self._must_be_a_person()
        if not rehearsal:
            return _told(self._store.answer(answer, session=self._session, by=self._actor, anywhere=True))
        now, by = self._store.now, self._actor
        return _told(answered(self._state(), answer, session=self._session, by=by, now=now, anywhere=True))

    def grant(self, request: str | None, *, rehearsal: bool) -> tuple[str, str]:
        self._must_be_a_person()
        state = self._state()
        would = answered(state, answers.Answer("yes", request), session="", by="", now=self._store.now, anywhere=True)
        if would.grant is None or rehearsal:
            return _told(would)
        meant = next(each for each in state.pending if each.id == would.grant.id)
        asked = f"Asked by {meant.by}, at {iso_of(meant.asked_at)}, in session {meant.session}."
        answer = self._prompt(meant, asked) if self._prompt else None
        if answer is None:
            return "unchanged", "Nothing was answered, so it still waits."
        scope = None if answer.verdict == "no" else scope_of(answer)
        return _told(self._store.settle(meant, scope, by=self._actor))

    def revoke(self, *, rehearsal: bool) -> tuple[str, str]:
        self._must_be_a_person()
        return _told(revoked(self._state(), None, None) if rehearsal else self._store.revoke())

    def _state(self) -> State:
        """Raises Blocked when consent cannot be decided."""
        held = self._store.read()
        if held.state is None:
            raise Blocked(held.trouble)
        return held.state

    def _must_be_a_person(self) -> None:
        if self._prompt is None:
            raise Blocked(ONLY_PEOPLE, hint=HINT)


def scope_of(answer: Answer) -> str:
    """once, session or blanket, of an answer that agrees."""
    return "blanket" if answer.verdict == "blanket" else answer.scope


def _told(done: Answered) -> tuple[str, str]:
    return done.outcome, done.message


def new_request_id() -> str:
    """`r` and five digits."""
    return f"r{int.from_bytes(os.urandom(4), 'big') % 10**5:05}"


def _guidelines(root: str) -> str:
    try:
        return guidelines_in(read_file(os.path.join(root, "CLAUDE.md"), "CLAUDE.md", GUIDELINES_LIMIT)[0].decode())
    except (WtError, UnicodeDecodeError):
        return ""  # advice that cannot be read blocks nothing


def agents_may_skip(root: str) -> bool:
    """Whether the settings as git's HEAD has them say so: an agent could edit the file in the working tree."""
    from infrastructure import git

    try:
        done = git.run(root, "show", f"HEAD:./{OWN}/config.json")
        document = loads(done.out.decode()) if not done.code else None
    except (WtError, ValueError):
        return False
    return isinstance(document, dict) and document.get(SKIPPING) is True
