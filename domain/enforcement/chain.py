"""The four levels, one after the other (Chain of Responsibility, Gamma et al. 1994): the first block ends the chain."""

from __future__ import annotations

from domain.commands.operations import BY_NAME
from domain.enforcement import consent
from domain.enforcement.consent import State
from domain.enforcement.protected import kind_of
from domain.errors import WtError
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Protocol

    from domain.enforcement.consent import Grant, Request

    class Level(Protocol):
        """One link: what it says of an operation."""

        name: str

        def check(self, operation: str, context: EnforcementContext) -> Verdict: ...


ASK = "Ask the person whose work this is; nothing was changed."
MARKS = ("<!-- wt guidelines: begin -->", "<!-- wt guidelines: end -->")
OVER_PERSONS = frozenset(("consent", "setup", "trust", "approve"))  # subcommands about what agents may do
WHAT = {
    "tracker": "a tracker, which only wt writes",
    "page": "drawn from its tracker by wt",
    "state": "kept by wt",
    "settings": "the settings of the hooks themselves",
}
BY_SAYING = 'Say what should change: wt "mark 2.1 complete", wt "add task to phase 2: …" (wt help).'
WAYS = {"state": "Nobody else writes there.", "settings": "A person changes it, outside the agent."}


class EnforcementContext(Record):
    """All that the levels may know of an operation.

    `request` is what a person would be asked, None when nothing needs consent; `consents` is None where consent cannot
    be decided, and `trouble` says why, or what was wrong with the file. `agent_id` is a subagent's: only hooks see it.
    `writes` are the files that a tool call would write, relative to the project's root.
    """

    session: str = ""
    now: int = 0  # seconds since 1970
    guidelines: str = ""
    request: Request | None = None
    consents: State | None = State()
    trouble: str = ""
    skip_consent: bool = False
    is_agent: bool = False
    agents_may_skip: bool = False
    agent_id: str | None = None
    writes: tuple[str, ...] = ()
    trackers: tuple[str, ...] = ()


class Verdict(Record):
    """What one level says: `reason` why it blocks, `way` what to do instead, `advice` what it recommends."""

    level: str
    allowed: bool = True
    reason: str = ""
    way: str = ""
    advice: tuple[str, ...] = ()
    grant: Grant | None = None  # the consent that it rests on
    asks: Request | None = None  # what a person may be asked
    skipped: bool = False  # whether consent was needed and skipped

    def to_document(self) -> dict[str, Any]:
        """As it stands in a reply."""
        said = {"reason": self.reason, "way": self.way, "advice": list(self.advice)}
        return {"level": self.level, "allowed": self.allowed} | {key: value for key, value in said.items() if value}


class EnforcementResult(Record):
    """The verdicts up to the first block, in the order of the chain."""

    verdicts: tuple[Verdict, ...]

    @property
    def allowed(self) -> bool:
        return all(verdict.allowed for verdict in self.verdicts)

    @property
    def blocked_by(self) -> Verdict | None:
        return next((verdict for verdict in self.verdicts if not verdict.allowed), None)

    @property
    def grant(self) -> Grant | None:
        return next((verdict.grant for verdict in self.verdicts if verdict.grant), None)

    @property
    def skipped(self) -> bool:
        return any(verdict.skipped for verdict in self.verdicts)


class FourLevelEnforcer:
    """Asks each level in turn; a level that cannot decide blocks, and says so."""

    def __init__(self, levels: Sequence[Level] | None = None) -> None:
        self._levels = levels or (AdvisoryLevel(), ConsentManager(), AgentRestrictionEnforcer(), HookEnforcer())

    def check(self, operation: str, context: EnforcementContext) -> EnforcementResult:
        """`operation` is a command of the table, a subcommand or a tool's name. Reads need no check."""
        verdicts: list[Verdict] = []
        for level in self._levels:
            verdicts.append(_asked(level, operation, context))
            if not verdicts[-1].allowed:
                break
        return EnforcementResult(tuple(verdicts))


def _asked(level: Level, operation: str, context: EnforcementContext) -> Verdict:
    try:
        return level.check(operation, context)
    except WtError as error:
        return Verdict(level.name, False, f"{level.name} enforcement cannot decide: {error.message}", error.hint or ASK)


def guidelines_in(page: str) -> str:
    """What stands between our marks in a page of instructions for agents (CLAUDE.md); nothing without both marks."""
    _, begin, rest = page.partition(MARKS[0])
    block, end, _ = rest.partition(MARKS[1])
    return block.strip() if begin and end else ""


class AdvisoryLevel:
    """Recommends what the project's guidelines say; never blocks."""

    name = "Advisory"

    def check(self, operation: str, context: EnforcementContext) -> Verdict:
        points = context.guidelines.replace("\n  ", " ").splitlines()
        return Verdict(self.name, advice=tuple(point[2:].strip() for point in points if point.startswith("- ")))


class ConsentManager:
    """Soft: what needs a person's consent waits for it. Only this level can be skipped."""

    name = "Soft"

    def check(self, operation: str, context: EnforcementContext) -> Verdict:
        request = context.request or _unsaid(operation, context)
        if request is None:
            return Verdict(self.name)
        if context.skip_consent:
            return self._skipped(context)
        if context.consents is None:
            return Verdict(self.name, False, f"Whether a person agreed cannot be decided: {context.trouble}", ASK)
        grant = consent.covering(context.consents, request, context.now)
        if grant is not None:
            return Verdict(self.name, grant=grant)
        reason = " ".join(filter(None, ("This operation requires consent.", request.shown, context.trouble)))
        return Verdict(self.name, False, reason, ASK, asks=request)

    def _skipped(self, context: EnforcementContext) -> Verdict:
        if context.is_agent and not context.agents_may_skip:
            reason = "An agent cannot skip consent in this project."
            return Verdict(self.name, False, reason, "Say it without that option; the person is asked then.")
        return Verdict(self.name, skipped=True)


def _unsaid(operation: str, context: EnforcementContext) -> Request | None:
    """An operation that always needs consent, of which nothing more was said: only a blanket approval covers it.

    A subagent's is left to the next level, which knows why it is none of a subagent's business.
    """
    if operation not in BY_NAME or context.agent_id is not None:
        return None
    shown = f"{BY_NAME[operation].doing.capitalize()} requires user approval."
    return consent.Request("", operation, "", shown, "", context.session, context.now, context.now)


class AgentRestrictionEnforcer:
    """Medium: a subagent creates no initiatives, deletes nothing, and changes neither consent nor enforcement."""

    name = "Medium"

    def check(self, operation: str, context: EnforcementContext) -> Verdict:
        if context.agent_id is None or not is_kept_from_subagents(operation):
            return Verdict(self.name)
        reason = f"A subagent may not do this ({operation.replace('_', ' ')})."
        return Verdict(self.name, False, reason, "Tell the main agent what is needed; it can ask the person.")


def is_kept_from_subagents(operation: str) -> bool:
    """Whether the command table, or the list of subcommands about enforcement itself, says so."""
    from domain.commands import COMMANDS

    if operation in OVER_PERSONS:
        return True
    try:
        return COMMANDS[operation].kept_from_subagents
    except KeyError:
        return False


class HookEnforcer:
    """HARD: no tool writes trackers, their pages, what wt keeps, or the hooks' own settings. Only hooks see tools."""

    name = "HARD"

    def check(self, operation: str, context: EnforcementContext) -> Verdict:
        for path in context.writes:
            kind = kind_of(path, context.trackers)
            if kind is not None:
                return Verdict(self.name, False, f"{path} is {WHAT[kind]}.", WAYS.get(kind, BY_SAYING))
        return Verdict(self.name)
