"""Calls of `wt` inside an agent's tool call: what no agent may say, and what a subagent may not."""

from __future__ import annotations

import os

from domain.errors import WtError
from infrastructure.router import Invocation, read_arguments

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from domain.enforcement.chain import Verdict
    from domain.enforcement.shell_calls import Finding
    from domain.enforcement.tool_calls import Judgement

PASS = ("pass", "")
PLAINLY = "wt is called plainly, without hiding who calls it and without a terminal of its own."
NO_SKIP = "An agent cannot skip consent in this project. Say it without that option; the person is asked then."
BY_A_PERSON = (
    "Consent is given by a person, in words of their own or at a terminal, not by a tool call. Ask the person."
)
TRUST = "Trust is given by a person at a terminal, not by a tool call. Ask the person."
APPROVAL = "What waits for a person is approved by one at a terminal, not by a tool call. Ask the person."
BY_THE_HOST = "wt hook is called by the agent's host, not by a tool call."
SETUP = "This takes the hooks of wt out. May it?"
SAYS_ITSELF = {"init": "create_tracker", "import": "import"}
READS = ("validate", "docs", "completion")  # whoever calls them
APPROVES = (["approve"], ["accept"])  # as a subcommand or a sentence
LOOKS = {"consent": ("list",), "trust": ("list",)}
CHANGES_SETUP = ("--remove",)


def decided(call: Finding, *, agent_id: str | None, folder: str, roots: Sequence[str]) -> tuple[str, str]:
    """deny, ask or pass, and why."""
    first = next((word for word in call.words if not word.startswith("-")), "")
    if call.disguised and first not in READS:
        return "deny", PLAINLY
    if first == "hook":
        return "deny", BY_THE_HOST
    invocation = _read(call.words)
    if invocation.skip_consent and not _may_skip(roots):
        return "deny", NO_SKIP
    return _of_words(invocation, agent_id, folder)


def _read(words: Sequence[str]) -> Invocation:
    """The call as wt would read it; what wt itself would refuse is taken word for word."""
    try:
        return read_arguments(words)
    except WtError:
        return Invocation(words=tuple(words), skip_consent="--skip-consent" in words)


def _of_words(invocation: Invocation, agent_id: str | None, folder: str) -> tuple[str, str]:
    words = invocation.words
    first = words[0] if words else ""
    if first in LOOKS and words[1:2] not in [(look,) for look in LOOKS[first]] and not invocation.help:
        return "deny", BY_A_PERSON if first == "consent" else TRUST
    if " ".join(words).casefold().split()[:1] in APPROVES and not invocation.help:
        return "deny", APPROVAL
    if agent_id is not None and (verdict := _kept_from(agent_id, invocation, folder)):
        return "deny", f"{verdict.reason} {verdict.way}"
    if first == "setup" and set(CHANGES_SETUP) & set(words):
        return "ask", SETUP
    return PASS


def _may_skip(roots: Sequence[str]) -> bool:
    """Whether the settings that the project committed let an agent skip consent."""
    from infrastructure.consents import agents_may_skip

    return bool(roots) and agents_may_skip(roots[0])


# --- subagents --------------------------------------------------------------------------------------------------------


def _kept_from(agent_id: str, invocation: Invocation, folder: str) -> Verdict | None:
    """What the levels say to a subagent that calls wt with these words."""
    from domain.enforcement.chain import EnforcementContext, FourLevelEnforcer

    context = EnforcementContext(agent_id=agent_id, is_agent=True)
    for operation in _operations(invocation, folder):
        verdict = FourLevelEnforcer().check(operation, context).blocked_by
        if verdict is not None:
            return verdict
    return None


def _operations(invocation: Invocation, folder: str) -> Iterator[str]:
    """The commands that the words are: by name where they are no sentence, else as the language reads them."""
    if not invocation.words or invocation.help:
        return
    first = invocation.words[0]
    yield SAYS_ITSELF.get(first, first)
    yield from _said(invocation, folder)


def _said(invocation: Invocation, folder: str) -> list[str]:
    """The sentence as `wt` would read it there; nothing when it would carry out none."""
    from domain.language import Given, interpret
    from infrastructure import bootstrap

    try:
        trackers = bootstrap.session(invocation, cwd=folder).trackers
        try:
            tracker = trackers.open(trackers.choose(invocation.tracker)).read().tracker
        except (WtError, OSError):
            tracker = None
        given = Given(trackers.now, "agent", (), tuple(trackers.names()))
        return [command.name for command in interpret(" ".join(invocation.words), tracker, given).commands]
    except (WtError, OSError):
        return []


# --- consent for a new plan -------------------------------------------------------------------------------------------


def is_agreed(judgement: Judgement, session: str, roots: Sequence[str]) -> bool:
    """Whether a person approved every initiative whose files would be made, or initiatives as needed."""
    from infrastructure.consent_store import ConsentStore

    numbers = {place.number for place in judgement.places}
    if not roots or any(place.kind != "initiative" for place in judgement.places):
        return False
    session = session or os.environ.get("CLAUDE_CODE_SESSION_ID", "")
    state = ConsentStore(roots[0]).read().state
    if state is None or state.session_id != session:
        return False
    granted = {grant.number for grant in state.grants if grant.operation == "create_initiative"}
    return state.blanket_approval or numbers <= {*state.approved_initiatives, *granted}
