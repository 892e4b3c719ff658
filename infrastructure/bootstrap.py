"""The composition root: the only file that knows every concrete class."""

from __future__ import annotations

import os
import time

from domain.commands.table import Command, Settings
from domain.errors import Invalid, Unavailable, Usage
from domain.service import Options, WorkTracker
from infrastructure.project import OWN, Configuration, find_root, must_be_real
from infrastructure.trackers import ProjectTrackers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from domain.enforcement.consent import Request
    from domain.errors import WtError
    from domain.language.answers import Answer
    from domain.ports import Trackers
    from domain.probes.disputes import Dispute
    from domain.reply import Reply
    from domain.self_healing.circuit import CircuitOptions, StateStore
    from domain.self_healing.dispatcher import SelfHealingDispatcher
    from domain.self_healing.monitor import Signal
    from domain.tracker import Tracker
    from infrastructure.consents import ProjectConsents
    from infrastructure.dashboard import ProjectDashboard
    from infrastructure.healing import ProjectHealing
    from infrastructure.healing_world import ProjectWorld
    from infrastructure.inbox import ProjectInbox
    from infrastructure.operations import OperationFile
    from infrastructure.playbooks import ProjectPlaybooks
    from infrastructure.proving import ProjectProving
    from infrastructure.reality import ProjectProbing
    from infrastructure.router import Invocation
    from infrastructure.tracker_files import TrackerFile

    Ask = Callable[[Sequence[str]], bool]  # shows a person lines; whether they agree

LONGEST_NAME = 200
UID_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


TUNED = ("retry_max", "retry_delay", "circuit_threshold", "circuit_timeout")


class Session:
    """One command line, wired: the service, the project and the options."""

    def __init__(
        self,
        service: WorkTracker,
        trackers: ProjectTrackers,
        options: Options,
        root: str,
        health: Callable[[], Mapping[str, Any]],  # Any: plain values all through
        *,
        drawing: Callable[[], ProjectDashboard],
        playing: Callable[[], ProjectPlaybooks],
        show_health: bool = False,
        clock: Callable[[], float] = time.time,
        inbox: Callable[[Ask | None, str], ProjectInbox],
    ) -> None:
        """`inbox` makes the inbox for somebody who can, or cannot, be asked, under this name."""
        self._playing = playing
        self.service = service
        self.trackers = trackers
        self.options = options
        self.root = root
        self.health = health
        self.drawing = drawing
        self._show_health = show_health
        self._clock = clock
        self.inbox = inbox

    def playbooks(self) -> ProjectPlaybooks:
        """Healing by playbooks, for a hook."""
        return self._playing()

    def handle(self, text: str) -> Reply:
        return self.told(self.service.handle(text, self.options))

    def carry_out(self, commands: Sequence[Command]) -> Reply:
        return self.told(self.service.carry_out(commands, self.options))

    def run(self, name: str, work: Callable[[], Reply], *, idempotent: bool = True, counts: bool = True) -> Reply:
        """The work of a subcommand, with all that stands around a sentence."""
        return self.told(self.service.run(name, work, self.options, idempotent=idempotent, counts=counts))

    def told(self, reply: Reply) -> Reply:
        """The reply, with how well wt itself is doing where that was asked for."""
        return reply.replace(health=self.health()) if self._show_health else reply

    def questions(self) -> str:
        """A line about inquiries that wait for a person; empty where none does."""
        from infrastructure import open_questions

        return open_questions.line(open_questions.count(self.root, self._clock()))

    def help(self, topic: str | None = None) -> Reply:
        return self.carry_out([Command("help", {"topic": topic})])

    def explain(self, text: str) -> tuple[str, ...]:
        return self.service.explain(text, self.options)


def session(
    invocation: Invocation,
    env: Mapping[str, str] | None = None,
    cwd: str | None = None,
    through: Callable[[ProjectTrackers], Trackers] | None = None,
) -> Session:
    """Wire the program for one command line. Raises Usage, Invalid for settings that cannot be read.

    `through` puts something between the program and its trackers: a disk that fails, in a test.
    """
    env = os.environ if env is None else env
    cwd = os.getcwd() if cwd is None else cwd
    root = _root(cwd)
    configuration = Configuration(root, env)
    name, actor = _actor(invocation.actor or configuration["actor"], root, env)
    now, wanted = _clock(env), invocation.tracker
    holder = _holder(actor, now())
    trackers = ProjectTrackers(root, cwd, configuration, holder=holder, now=now, new_uid=new_uid, actor=actor)

    def proving() -> ProjectProving:
        return _proving(root, trackers, configuration, invocation, env, now=now(), by=actor)

    def probing() -> ProjectProbing:
        return _probing(root, trackers, proving(), env)

    healer = Healer(root, configuration, _seconds(env), lambda: map(trackers.open, trackers.looked_at(wanted)), probing)

    def playing() -> ProjectPlaybooks:
        return _playbooks(root, trackers, healer, configuration, wanted, actor, proving, probing, env)

    def drawing() -> ProjectDashboard:
        return _dashboard(root, cwd, trackers, wanted, healer, probing, playing, lambda: inbox(None, actor))

    def inbox(ask: Ask | None, by: str) -> ProjectInbox:
        return _inbox(root, trackers, playing(), _consents(root, env, actor, invocation), ask, by)

    service = WorkTracker(
        through(trackers) if through else trackers,
        settings=_settings(configuration),
        now=now,
        actor=lambda: actor,
        me=lambda: name,
        new_uid=new_uid,
        dispatcher=None if invocation.no_self_healing else healer.dispatcher(),
        healing=healer,
        consents=lambda: _consents(root, env, actor, invocation),
        proving=proving,
        probing=probing,
        disputed=lambda tracker: _disputed(root, tracker),
        playing=playing,
        drawing=drawing,
        asking=lambda: inbox(_agreed(invocation, env), actor),
        as_ours=_as_ours,
    )
    options = Options(wanted, invocation.dry_run, invocation.skip_consent, invocation.enforce_evidence)
    health, show = lambda: healer.health(verbose=invocation.verbose), invocation.show_health
    return Session(
        service,
        trackers,
        options,
        root,
        health,
        drawing=drawing,
        playing=playing,
        inbox=inbox,
        show_health=show,
        clock=healer.clock,
    )


def _settings(configuration: Configuration) -> Settings:
    strict, above = configuration["completion"] == "strict", configuration["consent_above"]
    return Settings(tuple(configuration["people"]), strict, above)


def _consents(root: str, env: Mapping[str, str], actor: str, invocation: Invocation) -> ProjectConsents:
    """Only what needs a person comes here."""
    from infrastructure import console
    from infrastructure.consents import ProjectConsents

    return ProjectConsents(root, env, actor=actor, prompt=_prompt if console.can_ask(invocation) else None)


def _prompt(request: Request, remark: str) -> Answer | None:
    from infrastructure.terminal import consented

    return consented(request, remark)


# --- self-healing -----------------------------------------------------------------------------------------------------


class Healer:
    """Self-healing of one project. What it is made of is imported when something failed, or when somebody asks."""

    def __init__(
        self,
        root: str,
        configuration: Configuration,
        clock: Callable[[], float],
        stores: Callable[[], Iterable[TrackerFile]] | None = None,
        probing: Callable[[], ProjectProbing] | None = None,
    ) -> None:
        """Raises Usage, Invalid for settings of healing that make no sense: at once, not when they are needed."""
        for name in TUNED:
            configuration[name]
        self._root = root
        self._configuration = configuration
        self.clock = clock
        self._stores = stores
        self._probing = probing
        self._made: ProjectHealing | None = None

    def __call__(self) -> ProjectHealing:
        if self._made is None:
            from infrastructure import healing

            tuned = healing.tuning(self._configuration)
            operations = self.operations()
            self._made = healing.ProjectHealing(
                self._root,
                tuned,
                operations,
                clock=self.clock,
                stores=self._stores,
                probes=self._of_probes,
                measure=self._measure,
            )
        return self._made

    def _of_probes(self) -> Signal | None:
        """What probes said last; nothing where none was ever asked."""
        if self._probing is None or not os.path.exists(os.path.join(self._root, OWN, "state", "probes.json")):
            return None
        return self._probing().health()

    def _measure(self) -> bool:
        """How full the disk is, how quick reading is; kept in a series, so that trends can be seen."""
        from infrastructure.series import SeriesFile, measured

        stores = self._stores if self._stores is not None else lambda: ()
        return SeriesFile(self._root, self.clock).keep(lambda: measured(self._root, stores()))

    def operations(self) -> OperationFile:
        from infrastructure.operations import OperationFile

        return OperationFile(self._root, self.clock)

    def dispatcher(self) -> SelfHealingDispatcher:
        from domain.self_healing.dispatcher import SelfHealingDispatcher  # not with --no-self-healing

        return SelfHealingDispatcher(
            self.operations(), remedies=lambda: self().remedies(), breaker_of=lambda resource: self().breaker(resource)
        )

    def health(self, *, verbose: bool) -> Mapping[str, Any]:  # Any: plain values all through
        """How well wt itself is doing."""
        return self().report(verbose=verbose)[1]


def _as_ours(error: Exception) -> WtError:
    """What the system or a bug raised, in our words."""
    if isinstance(error, OSError):
        return Unavailable(f"That did not work: {(error.strerror or str(error) or type(error).__name__).lower()}.")
    from infrastructure.router import fault, without

    return without(error) if isinstance(error, ModuleNotFoundError) else fault(error)


def _healer() -> Healer:
    """Of the project one stands in, for scripts."""
    root = _root(os.getcwd())
    return Healer(root, Configuration(root, os.environ), _seconds(os.environ))


def circuit_store() -> StateStore:
    """Where `CircuitBreaker()` finds the circuits of the project."""
    from infrastructure.healing_state import HealingState

    return HealingState(_root(os.getcwd()))


def circuit_options() -> CircuitOptions:
    from infrastructure.healing import tuning

    return tuning(Configuration(_root(os.getcwd()), os.environ)).options


def healing_dispatcher() -> SelfHealingDispatcher:
    """What `SelfHealingDispatcher.create_default()` gives."""
    return _healer().dispatcher()


def unknown_health(why: str) -> Mapping[str, Any]:
    """The health of a project whose settings cannot be read."""
    from infrastructure.healing import unknown

    return unknown(why)


def _root(folder: str) -> str:
    """The root of the project a folder belongs to. Raises Unavailable when what wt keeps there would land elsewhere."""
    root = find_root(folder)
    must_be_real(root)
    return root


def _playbooks(
    root: str,
    trackers: ProjectTrackers,
    healer: Healer,
    configuration: Configuration,
    wanted: str | None,
    by: str,
    proving: Callable[[], ProjectProving],
    probing: Callable[[], ProjectProbing],
    env: Mapping[str, str],
) -> ProjectPlaybooks:
    """What is made only when somebody asks for playbooks or healing."""
    from infrastructure.credentials import Renewal
    from infrastructure.doctor import Doctor, visit
    from infrastructure.healing_world import MB, ProjectWorld
    from infrastructure.mending import ProbeMending
    from infrastructure.notifying import Notifier, outside
    from infrastructure.playbooks import ProjectPlaybooks
    from infrastructure.preemption import Prevention
    from infrastructure.root_causes import RootCauses
    from infrastructure.upkeep import ProjectUpkeep

    world = ProjectWorld(
        root,
        trackers,
        healer(),
        healer.operations(),
        configuration,
        clock=healer.clock,
        new_uid=new_uid,
        add_task=RootCauses(trackers, wanted, by=by, new_uid=new_uid).open,
        mending=ProbeMending(root, probing(), env),
        renewal=Renewal(root, configuration["credential_command"], proving().gate(), env),
        notifier=Notifier(root, outside(configuration), lambda: proving().gate(), env, healer.clock),
    )
    limit = float(configuration["cache_limit_mb"]) * MB
    prevention = Prevention(root, throw_away_world, healer.clock, limit)

    def upkeep(playbooks: ProjectPlaybooks) -> ProjectUpkeep:
        def examine() -> Reply:
            doctor = Doctor(root, trackers, seconds=healer.clock(), health=lambda: healer.health(verbose=False))
            return visit(doctor, fix=False)

        return ProjectUpkeep(root, playbooks, world, healer(), probing=probing, examine=examine, prevention=prevention)

    ceiling = configuration["heal_unattended"]
    return ProjectPlaybooks(root, world, ceiling=ceiling, by=by, upkeep=upkeep, prevention=prevention)


def throw_away_world(root: str, clock: Callable[[], float], disk_free: Callable[[str], float]) -> ProjectWorld:
    """The world of a project that is only there to try something out in: its own clock, its own disk, no person."""
    from domain.shape import iso_of
    from infrastructure.healing_world import ProjectWorld

    configuration = Configuration(root, {"XDG_CONFIG_HOME": root})
    healer = Healer(root, configuration, clock)
    trackers = ProjectTrackers(
        root, root, configuration, holder="replay", now=lambda: iso_of(clock()), new_uid=new_uid, actor="replay"
    )
    return ProjectWorld(
        root,
        trackers,
        healer(),
        healer.operations(),
        configuration,
        clock=clock,
        new_uid=new_uid,
        add_task=lambda *_: None,
        disk_free=disk_free,
    )


def _dashboard(
    root: str,
    cwd: str,
    trackers: ProjectTrackers,
    wanted: str | None,
    healer: Healer,
    probing: Callable[[], ProjectProbing],
    playing: Callable[[], ProjectPlaybooks],
    asking: Callable[[], ProjectInbox],
) -> ProjectDashboard:
    """What is made only when somebody wants the dashboard."""
    from infrastructure.dashboard import ProjectDashboard

    return ProjectDashboard(
        root,
        cwd,
        trackers,
        wanted=wanted,
        clock=healer.clock,
        healing=healer,
        probing=probing,
        playing=playing,
        asking=asking,
    )


def _inbox(
    root: str,
    trackers: ProjectTrackers,
    playbooks: ProjectPlaybooks,
    consents: ProjectConsents,
    ask: Ask | None,
    by: str,
) -> ProjectInbox:
    """What waits for a person; `ask` is there only where one can agree."""
    from domain.playbooks.proposals import KIND as PROPOSAL
    from infrastructure.inbox import ProjectInbox
    from infrastructure.waiting import of_consent, of_trackers

    others = (lambda: of_consent(consents), lambda: of_trackers(root, trackers))
    effects = {PROPOSAL: (lambda q: playbooks.evolution(by).accept(q), lambda q: playbooks.evolution(by).reject(q))}
    return ProjectInbox(playbooks, consents, others, ask=ask, by=by, effects=effects)


def _agreed(invocation: Invocation, env: Mapping[str, str]) -> Ask | None:
    """A person is asked only at a terminal that no agent was given."""
    from infrastructure import console
    from infrastructure.session import shows_an_agent

    if not console.can_ask(invocation) or shows_an_agent(env):
        return None
    from infrastructure.terminal import agreed

    return agreed


# --- what is drawn from the world -------------------------------------------------------------------------------------


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


def _seconds(env: Mapping[str, str]) -> Callable[[], float]:
    """The same clock in seconds since 1970."""
    fixed = env.get("WT_NOW")
    if not fixed:
        return time.time
    from domain.shape import seconds_of

    return lambda: seconds_of(fixed)


def _actor(said: str | None, root: str, env: Mapping[str, str]) -> tuple[str, str]:
    """(whose work it is, who is recorded as having done it)."""
    if said and said.isprintable() and len(said) <= LONGEST_NAME and not any(name.startswith("CLAUDE") for name in env):
        return said, said
    from infrastructure import actor

    name = actor.name(said, root, env)
    return name, actor.recorded(name, env)


def _proving(
    root: str,
    trackers: ProjectTrackers,
    configuration: Configuration,
    invocation: Invocation,
    env: Mapping[str, str],
    *,
    now: str,
    by: str,
) -> ProjectProving:
    """What runs checks; a person can be asked only at a terminal that no agent was given."""
    from infrastructure import console, credentials, notifying
    from infrastructure.proving import ProjectProving
    from infrastructure.session import shows_an_agent

    return ProjectProving(
        root,
        trackers,
        test_command=configuration["test_command"],
        settings=[
            *credentials.declared(configuration["credential_command"]),
            *notifying.declared(notifying.outside(configuration)),
        ],
        timeout=configuration["check_timeout"],
        env=env,
        ask=console.ask_for_trust if console.can_ask(invocation) and not shows_an_agent(env) else None,
        now=now,
        by=by,
    )


def _probing(root: str, trackers: ProjectTrackers, proving: ProjectProving, env: Mapping[str, str]) -> ProjectProbing:
    """What asks the probes."""
    from infrastructure.built_in_probes import World
    from infrastructure.probe_selftest import make_sample
    from infrastructure.reality import ProjectProbing
    from infrastructure.router import Invocation

    def world() -> World:
        return World(root, tuple(trackers.names()), trackers.size_limit, _seconds(env)(), env)

    def say(folder: str, sentence: str) -> None:
        reply = session(Invocation(), {**env, "WT_ACTOR": "sample"}, folder).handle(sentence)
        if not reply.ok:
            raise Invalid(f"The sample could not be made: {reply.message}")

    return ProjectProbing(world, proving, lambda folder: make_sample(folder, say))


def _disputed(root: str, tracker: Tracker) -> Mapping[str, Dispute]:
    """What is disputed of a tracker; where nothing ever was, that costs one look at a folder."""
    if not os.path.exists(os.path.join(root, OWN, "state", "disputes.json")):
        return {}
    from domain.probes.disputes import of_tracker
    from infrastructure.probe_state import ProbeState

    return of_tracker(tracker, ProbeState(root).disputes().get(tracker.uid, ()))


def _holder(actor: str, now: str) -> str:
    return f"process {os.getpid()} of {actor} since {now}"
