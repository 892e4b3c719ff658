"""The composition root: the only file that knows every concrete class."""

from __future__ import annotations

import os
import time

from domain.commands.table import Command, Settings
from domain.errors import Usage
from domain.service import Options, WorkTracker
from infrastructure.project import Configuration, find_root
from infrastructure.trackers import ProjectTrackers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from domain.reply import Reply
    from infrastructure.router import Invocation

UID_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


class Session:
    """One command line, wired: the service, the project and the options."""

    def __init__(self, service: WorkTracker, trackers: ProjectTrackers, options: Options, root: str) -> None:
        self.service = service
        self.trackers = trackers
        self.options = options
        self.root = root

    def handle(self, text: str) -> Reply:
        return self.service.handle(text, self.options)

    def carry_out(self, commands: Sequence[Command]) -> Reply:
        return self.service.carry_out(commands, self.options)

    def help(self, topic: str | None = None) -> Reply:
        return self.carry_out([Command("help", {"topic": topic})])

    def explain(self, text: str) -> tuple[str, ...]:
        return self.service.explain(text, self.options)


def session(invocation: Invocation, env: Mapping[str, str] | None = None, cwd: str | None = None) -> Session:
    """Wire the program for one command line. Raises Usage, Invalid for settings that cannot be read."""
    env = os.environ if env is None else env
    cwd = os.getcwd() if cwd is None else cwd
    root = find_root(cwd)
    configuration = Configuration(root, env)
    actor = _actor(invocation.actor, configuration, root, env)
    now = _clock(env)
    trackers = ProjectTrackers(
        root, cwd, configuration, holder=_holder(actor, now()), now=now, new_uid=new_uid, actor=actor
    )
    settings = Settings(tuple(configuration["people"]), configuration["completion"] == "strict")
    service = WorkTracker(trackers, settings=settings, now=now, actor=lambda: actor, new_uid=new_uid)
    options = Options(invocation.tracker, invocation.dry_run, invocation.skip_consent, invocation.enforce_evidence)
    return Session(service, trackers, options, root)


def new_uid() -> str:
    """Twelve random letters and digits: 62 bits, enough for clones that never met."""
    return "".join(UID_LETTERS[byte % 36] for byte in os.urandom(12))


def _clock(env: Mapping[str, str]) -> Callable[[], str]:
    fixed = env.get("WT_NOW")
    if not fixed:
        return lambda: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    from domain.shape import is_time

    if not is_time(fixed):
        raise Usage(f"WT_NOW must be a UTC time like 2026-01-31T09:00:00Z, not {fixed!r}.")
    return lambda: fixed


def _actor(given: str | None, configuration: Configuration, root: str, env: Mapping[str, str]) -> str:
    """Who is acting: said, from the environment or the settings, from git (asked once and kept), or the login name."""
    said = given or configuration["actor"]
    if said:
        return str(said)
    from infrastructure import actor

    return actor.remembered(root) or env.get("USER") or "someone"


def _holder(actor: str, now: str) -> str:
    return f"process {os.getpid()} of {actor} since {now}"
