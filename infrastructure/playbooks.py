"""Playbooks wired to a project: the world the engine works in, and what people may ask and tell it."""

from __future__ import annotations

import os
import time
from functools import cached_property

from domain.errors import Busy, NotFound, Refused, Unavailable, WtError
from domain.playbooks import guards, inquiries, notices
from domain.playbooks.actions import ACTIONS
from domain.playbooks.engine import Engine
from domain.playbooks.guards import Approval
from domain.playbooks.learning import confidence, promise, trials_of
from domain.playbooks.metrics import METRICS
from domain.playbooks.outcomes import outcomes_of
from domain.record import Record
from domain.recovery import lost
from infrastructure import learnt, playbook_files
from infrastructure.atomic import Lock
from infrastructure.copies import Places
from infrastructure.foresight import Foresight
from infrastructure.hands import Hands
from infrastructure.healing_state import HealingLog, HealingState
from infrastructure.learning import Learning
from infrastructure.project import OWN
from infrastructure.repair import Past
from infrastructure.seals import Seals
from infrastructure.series import disk_free
from infrastructure.signals import Signals
from infrastructure.state_files import prepare

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from typing import Any

    from domain.playbooks.engine import Intent, Report, Trouble
    from domain.playbooks.escalation import Rule
    from domain.playbooks.guards import Confidence
    from domain.playbooks.inquiries import Inquiry, Standing
    from domain.playbooks.learning import Trial
    from domain.playbooks.loading import Library, Problem
    from domain.playbooks.metrics import Value
    from domain.playbooks.notices import Notice
    from domain.playbooks.outcomes import HealingOutcome
    from domain.playbooks.playbook import Playbook, Stage
    from domain.playbooks.world import Hand
    from domain.tracker import Tracker
    from infrastructure.copies import Copies
    from infrastructure.credentials import Renewal
    from infrastructure.evolution import Evolution
    from infrastructure.healing import ProjectHealing
    from infrastructure.mending import Mending
    from infrastructure.notifying import Notifier
    from infrastructure.operations import OperationFile
    from infrastructure.preemption import Prevention
    from infrastructure.project import Configuration
    from infrastructure.trackers import ProjectTrackers
    from infrastructure.upkeep import ProjectUpkeep

    Document = Mapping[str, Any]  # Any: plain values all through

LOG_LIMIT = 64 << 20  # bytes; some hundred thousand outcomes
SWITCH, SWITCHED_OFF, SYMPTOMS = "healing", "disabled playbooks", "symptoms"  # keys of the state
LABEL = "root-cause"
AT_ONCE = ("host", "locks", "store")  # layers of what can be looked at within this process
MB = 2.0**20


class Held(Record):
    """How long a symptom has been seen at every look."""

    since: float
    looks: int


class Ledger:
    """What every tracker holds at one moment, and how long its journal is."""

    def __init__(self, root: str, signals: Signals, size_limit: int) -> None:
        self._root = root
        self._signals = signals
        self._size_limit = size_limit
        self._before = dict(self._now())

    def _now(self) -> Iterator[tuple[str, tuple[Tracker, int]]]:
        """Of a damaged file the state that is proven for it; nothing of what nobody can read."""
        self._signals.look(())
        for name, seen in self._signals.seen().items():
            if not isinstance(seen, WtError):
                past = Past(self._root, name, seen.tracker.uid, self._size_limit)
                yield name, (seen.tracker, len(past.entries()))

    def lost(self, *, may_change: bool) -> str | None:
        after = dict(self._now())
        for name, (tracker, entries) in self._before.items():
            if name not in after:
                return f"{name} can no longer be read"
            if after[name][1] < entries:
                return f"{name}: the journal became shorter"
            wrong = None if may_change else lost(tracker, after[name][0])
            if wrong is not None:
                return f"{name}: {wrong}"
        return None


class ProjectWorld:
    """One project, as `domain.playbooks.world.World` describes it."""

    def __init__(
        self,
        root: str,
        trackers: ProjectTrackers,
        healing: ProjectHealing,
        operations: OperationFile,
        configuration: Configuration,
        *,
        clock: Callable[[], float],
        new_uid: Callable[[], str],
        add_task: Callable[[str, str, str], str | None],
        mending: Mending | None = None,
        renewal: Renewal | None = None,
        notifier: Notifier | None = None,
        disk_free: Callable[[str], float] = disk_free,
    ) -> None:
        """`add_task(title, note, label)` puts a task into the tracker in use, or finds the one that is there.

        Without `mending` what probes say is unknown, and nothing is done about them; without `notifier` nobody is told.
        `disk_free` says how many bytes are left where a folder lies.
        """
        self._root = root
        self._trackers = trackers
        self._healing = healing
        self._add_task = add_task
        self._places = Places(root)
        limit = float(configuration["cache_limit_mb"]) * MB
        self.foresight = Foresight(
            root,
            operations,
            lambda: map(trackers.open, trackers.names()),
            clock=clock,
            cache_limit=limit,
            disk_free=disk_free,
        )
        self._signals = Signals(
            root,
            trackers,
            self._places,
            healing,
            operations,
            clock=clock,
            cache_limit=limit,
            remote_timeout=float(configuration["remote_timeout"]),
            foresight=self.foresight,
            mending=mending,
        )
        self.hands: Mapping[str, Hand] = Hands(
            root,
            trackers,
            self._signals,
            self._places,
            healing,
            clock=clock,
            cache_limit=limit,
            mending=mending,
            renewal=renewal,
        ).all()
        self._state = HealingState(root)
        outcomes = HealingLog(root, name="outcomes", limit=LOG_LIMIT)
        self._outcomes = _Log(outcomes)
        self._learning = Learning(root, outcomes)
        self._inquiries = _Log(HealingLog(root, name="inquiries", limit=LOG_LIMIT))
        self._seals = Seals(root)
        self.problems: list[str] = []
        self._notifier = notifier
        self._clock = clock
        self.new_id = new_uid
        self.session = str(os.getpid())

    # --- looking ------------------------------------------------------------------------------------------------------

    def look(self, metrics: Iterable[str]) -> Mapping[str, Value]:
        return self._signals.look(metrics)

    def evidence(self, metric: str) -> Document:
        return self.foresight.evidence(metric)

    def inside(self, objects: Sequence[str], scope: Sequence[str]) -> bool:
        return self._places.inside(objects, scope)

    def copy(self, objects: Sequence[str]) -> Copies:
        return self._places.copy(objects)

    def ledger(self) -> Ledger:
        return Ledger(self._root, self._signals, self._trackers.size_limit)

    def seen(self, present: Iterable[str], *, note: bool, among: Collection[str] | None = None) -> Mapping[str, Held]:
        marks, now = list(present), self._clock()

        def looked(document: object) -> tuple[dict[str, object], dict[str, Held]]:
            known = document if isinstance(document, dict) else {}
            held = {mark: _held(known.get(mark), now) for mark in marks}
            kept = {} if among is None else {mark: row for mark, row in known.items() if mark not in among}
            return kept | {mark: {"since": each.since, "looks": each.looks} for mark, each in held.items()}, held

        if not note:
            return looked(self._kept(SYMPTOMS))[1]
        try:
            return self._state.update(SYMPTOMS, looked)
        except (WtError, OSError):
            return looked(None)[1]

    def forget(self, fingerprint: str) -> None:
        def without(document: object) -> tuple[dict[str, object], None]:
            known = document if isinstance(document, dict) else {}
            return {mark: held for mark, held in known.items() if mark != fingerprint}, None

        if fingerprint in self._kept(SYMPTOMS):
            try:
                self._state.update(SYMPTOMS, without)
            except (WtError, OSError):
                return  # on a full disk: then it is taken to have lasted

    def _kept(self, key: str) -> dict[str, Any]:  # Any: JSON as parsed
        try:
            found = self._state.read(key)
        except WtError:
            return {}
        return found if isinstance(found, dict) else {}

    def context(self) -> Document:
        """The newest failures of operations, and what keeps coming back."""
        known = self._healing.statistics()
        recurring = known["recurring"]
        failures = [dict(failure) for failure in self._healing.failures()[-5:]]
        cause = str(recurring[0]["cause"]) if recurring else (str(failures[-1]["symptom"]) if failures else "")
        return {"cause": cause, "failures": failures}

    def must_be_a_project(self) -> None:
        """Raises NotFound where there is nothing of wt: healing keeps notes, and makes no project for them."""
        if not os.path.isdir(os.path.join(self._root, OWN)) and not self._trackers.names():
            raise NotFound("There is nothing of wt here to heal.", hint='Start a tracker with: wt init "Title"')

    # --- being the only one, being off --------------------------------------------------------------------------------

    def alone(self) -> AbstractContextManager[object]:
        """Raises Busy, Unavailable on entering."""
        try:
            prepare(self._root)
            os.makedirs(os.path.join(self._root, OWN, "state", "healing"), mode=0o700, exist_ok=True)
        except OSError as error:
            raise Unavailable(f"{OWN}/ cannot be made: {error.strerror}.") from error
        return _Alone(os.path.join(self._root, OWN, "state", "healing", "healer.lock"))

    def off(self) -> str | None:
        switch = self._kept(SWITCH)
        if switch.get("stopped_by"):
            return f"healing was stopped by {switch['stopped_by']}"
        until = switch.get("off_until")
        left = until - self._clock() if isinstance(until, (int, float)) else 0.0
        if 0 < left <= guards.PAUSE:  # a longer time is left only where the clock was set back
            return f"healing is off for {max(1, round(left / 60))} min more: {switch.get('reason', '')}"
        return None

    def turn_off(self, seconds: float, reason: str) -> None:
        self._switch({"off_until": self._clock() + seconds, "reason": reason})

    def stop(self, by: str) -> None:
        """A person says so; a treatment under way ends before its next action."""
        self._switch({"stopped_by": by, "at": self._clock()})

    def resume(self) -> None:
        self._switch({})

    def _switch(self, document: Document) -> None:
        self._state.update(SWITCH, lambda _: (document, None))

    # --- which playbooks ----------------------------------------------------------------------------------------------

    def disabled(self) -> Collection[str]:
        return self._kept(SWITCHED_OFF).keys()

    def set_enabled(self, id: str, enabled: bool, by: str) -> bool:
        """Whether that changed anything."""

        def changed(document: object) -> tuple[dict[str, object], bool]:
            known = dict(document) if isinstance(document, dict) else {}
            before = id not in known
            if enabled:
                known.pop(id, None)
            else:
                known.setdefault(id, {"by": by, "at": self._clock()})
            return known, before != enabled

        return self._state.update(SWITCHED_OFF, changed)

    # --- logs ---------------------------------------------------------------------------------------------------------

    def outcomes(self) -> Sequence[HealingOutcome]:
        return outcomes_of(self._outcomes.read())

    def record(self, outcome: HealingOutcome) -> None:
        self._keep(self._outcomes, outcome.to_document())

    def inquiries(self) -> Sequence[Standing]:
        return inquiries.standings(self._seals.sound(self._inquiries.read()), self._clock())

    def ask(self, inquiry: Inquiry) -> None:
        self._keep(self._inquiries, inquiry.to_document())
        self._tell(notices.of_inquiry(inquiry))

    def alarm(self, notice: Notice) -> None:
        self._tell(notice)

    def _tell(self, notice: Notice) -> None:
        if self._notifier is not None:
            self._notifier.tell(notice)

    def notified(self) -> list[dict[str, str]]:
        """What became of telling people in this run: `channel`, `result`, `why`."""
        return self._notifier.results if self._notifier is not None else []

    def answer(self, inquiry: Inquiry, said: str, *, by: str, note: str) -> None:
        """A person's answer, or anybody's no. Raises Unavailable, OSError: an answer that cannot be kept is none."""
        line = inquiries.answered(inquiry, said, by=by, at=self._clock(), note=note)
        sealed = self._seals.sealed(inquiry.to_document(), line) if said == inquiries.APPROVE else line
        self._inquiries.must_keep(sealed)

    def close(self, inquiry: Inquiry, *, used: bool) -> None:
        line = inquiries.used if used else inquiries.settled
        self._keep(self._inquiries, line(inquiry, self._clock()))

    def _keep(self, log: _Log, line: Document) -> None:
        """What cannot be logged, on a full disk say, is remembered for this run and told: healing goes on."""
        problem = log.keep(line)
        if problem is not None and problem not in self.problems:
            self.problems.append(problem)

    def past(self, playbook: str | None = None, since: float | None = None) -> list[HealingOutcome]:
        """What became of treatments, of all playbooks or one, since a time or ever, oldest first."""
        unlogged = [outcome for outcome in outcomes_of(self._outcomes.rest) if playbook in (None, outcome.playbook_id)]
        return [*self._learning.outcomes(playbook, since), *unlogged]

    def _trials(self) -> list[Trial]:
        return [*self._learning.trials(), *trials_of(outcomes_of(self._outcomes.rest))]

    def confidence(self, playbook: Playbook) -> Confidence:
        return confidence(self._trials(), playbook)

    def weight(self, playbook: Playbook, stage: Stage) -> float:
        return promise(self._trials(), playbook.id, stage.name)

    def open_task(self, title: str, note: str) -> str | None:
        try:
            return self._add_task(title, note, LABEL)
        except (WtError, OSError):
            return None

    # --- time ---------------------------------------------------------------------------------------------------------

    def now(self) -> float:
        return self._clock()

    def elapsed(self) -> float:
        return time.monotonic()


def _held(document: object, now: float) -> Held:
    """One more look, after those that are known; times yet to come are none."""
    if not isinstance(document, dict):
        return Held(now, 1)
    since, looks = document.get("since"), document.get("looks")
    if not isinstance(since, (int, float)) or not isinstance(looks, int) or since > now:
        return Held(now, 1)
    return Held(float(since), looks + 1)


class _Log:
    """A log, and the lines that it could not take."""

    def __init__(self, log: HealingLog) -> None:
        self._log = log
        self.rest: list[Document] = []

    def keep(self, line: Document) -> str | None:
        """What went wrong, if anything."""
        try:
            self._log.append(line)
        except (WtError, OSError) as error:
            self.rest.append(line)
            return f"what was healed could not be logged ({error})"
        return None

    def must_keep(self, line: Document) -> None:
        """Raises OSError, Unavailable."""
        self._log.append(line)

    def read(self) -> list[object]:
        return [*self._log.read(), *self.rest]


class _Alone:
    """One healer at a time: who comes second yields at once."""

    def __init__(self, path: str) -> None:
        self._lock = Lock(path, timeout=0.001, holder=f"process {os.getpid()}")

    def __enter__(self) -> _Alone:
        try:
            self._lock.__enter__()
        except Busy as error:
            raise Busy("Another wt is healing this project just now.", hint="Look again in a moment.") from error
        return self

    def __exit__(self, *what: object) -> None:
        self._lock.__exit__(*what)


# --- what people ask --------------------------------------------------------------------------------------------------


class ProjectPlaybooks:
    """The port of the commands: plain documents in and out."""

    def __init__(
        self,
        root: str,
        world: ProjectWorld,
        *,
        ceiling: str,
        by: str,
        upkeep: Callable[[ProjectPlaybooks], ProjectUpkeep],
        prevention: Prevention,
    ) -> None:
        self._upkeep = upkeep
        self._prevention = prevention
        self._root = root
        self._world = world
        self._ceiling = ceiling
        self._by = by
        self._read: Library | None = None

    @property
    def world(self) -> ProjectWorld:
        return self._world

    @property
    def library(self) -> Library:
        if self._read is None:
            self._read = playbook_files.read(self._root)
        return self._read

    @cached_property
    def _escalation(self) -> tuple[tuple[Rule, ...], tuple[Problem, ...]]:
        return playbook_files.escalation(self._root)

    def engine(self, trigger: str = "manual") -> Engine:
        """Over every playbook that is not disabled."""
        disabled = self._world.disabled()
        playbooks = [playbook for playbook in self.library.playbooks if playbook.id not in disabled]
        rules = self._escalation[0]
        return Engine(playbooks, self._world, ceiling=self._ceiling, trigger=trigger, rules=rules)

    def _playbook(self, id: str) -> Playbook:
        """Raises NotFound."""
        found = self.library.get(id)
        if found is None:
            from domain.playbooks.conditions import nearest

            near = nearest(id, {playbook.id: playbook for playbook in self.library.playbooks})
            raise NotFound(f"There is no playbook {id}{near}", hint="See them: wt playbook list")
        return found

    def _enabled(self, id: str) -> Playbook:
        playbook = self._playbook(id)
        if id in self._world.disabled():
            raise Refused(f"The playbook {id} is disabled.", hint=f"Enable it with: wt playbook enable {id}")
        return playbook

    # --- looking ------------------------------------------------------------------------------------------------------

    def problems(self) -> list[str]:
        return [problem.text for problem in (*self.library.problems, *self._escalation[1])]

    def listed(self) -> list[Document]:
        disabled = self._world.disabled()
        return [
            _row(playbook, self._world.confidence(playbook), playbook.id not in disabled)
            for playbook in self.library.playbooks
        ]

    def shown(self, id: str) -> Document:
        playbook = self._playbook(id)
        row = _row(playbook, self._world.confidence(playbook), id not in self._world.disabled())
        return (
            row
            | _whole(playbook)
            | {"learnt": learnt.of_stages(self._world, playbook, self.engine().ordered(playbook))}
        )

    def explained(self, id: str) -> Document:
        """Every condition of a playbook as it is now."""
        playbook = self._playbook(id)
        signals = self._world.look(playbook.metrics)
        conditions = [*playbook.symptoms, *playbook.diagnosis, *playbook.escalate.immediate]
        return {
            "id": id,
            "conditions": [{"condition": each.text, "holds": each.holds(signals)} for each in conditions],
            "signals": {name: signals[name] for name in sorted(signals)},
            "is_sick": any(symptom.holds(signals) is True for symptom in playbook.symptoms),
        }

    def planned(self, id: str | None) -> Document:
        """What healing would do now, with one playbook or all; nothing is touched."""
        if id is not None:
            self._enabled(id)
        engine = self.engine()
        look = engine.look({id} if id else None)
        return {
            "troubles": [self._plan(engine, trouble) for trouble in look.troubles],
            "waiting": [{"playbook": name, "why": why} for name, why in look.waiting],
            "unknown": [{"playbook": name, "symptom": symptom} for name, symptom in look.unknown],
            "off": self._world.off(),
        }

    def _plan(self, engine: Engine, trouble: Trouble) -> Document:
        playbook = trouble.playbook
        return {
            "playbook": playbook.id,
            "version": playbook.version,
            "title": playbook.title,
            "symptoms": [symptom.text for symptom in trouble.symptoms],
            "diagnosis": {check.text: check.holds(trouble.signals) for check in playbook.diagnosis},
            "confidence": self._world.confidence(playbook).text,
            "for_a_person": engine.for_a_person(trouble),
            "foretold": [each["line"] for each in engine.evidence(trouble)],
            "actions": [_intended(intent) for intent in engine.intents(trouble)],
        }

    def history(self, id: str | None) -> list[Document]:
        if id is not None:
            self._playbook(id)
        return [outcome.to_document() for outcome in self._world.past(id)]

    def report(self, since: str | None) -> Document:
        return learnt.reported(self._root, self._world, self.library, since, self._prevention.known())

    def foreseen(self) -> list[Document]:
        """What can be foreseen, what is near first."""
        return [each.to_document() | {"near": each.is_near} for each in self._world.foresight.predictions()]

    def prevented(self) -> list[Document]:
        """What replays say of treatments before the fact."""
        return [judgement.to_document() for judgement in self._prevention.known()]

    @property
    def upkeep(self) -> ProjectUpkeep:
        return self._upkeep(self)

    def evolution(self, by: str = "") -> Evolution:
        """`by` answers what is proposed; whoever is at work when left out."""
        return learnt.evolution(self._root, self._world, self.library, by or self._by)

    def evolved(self, id: str | None, *, rehearsal: bool) -> list[Document]:
        playbook = self._playbook(id) if id is not None else None
        self._world.must_be_a_project()
        return self.evolution().evolve(playbook, rehearsal=rehearsal)

    # --- doing --------------------------------------------------------------------------------------------------------

    def heal(self, id: str | None, *, agreed: bool, trigger: str = "manual") -> Document:
        """Heal what is wrong, or what one playbook is made for. `agreed`: a person has agreed to risk R2."""
        if id is not None:
            self._enabled(id)
        self._world.must_be_a_project()
        self._world.foresight.keep()
        approval = Approval(self._by, "R2") if agreed else None
        return self._told(self.engine(trigger).heal({id} if id else None, approval))

    def heal_at_once(self, trigger: str) -> Document:
        """Heal what can be seen at once and made again: neither the network nor a probe is asked, R1 is the ceiling.

        `left` are the other troubles that were seen, `foreseen` what is near.
        """
        playbooks = self.library.playbooks
        quick = {each.id for each in playbooks if each.tier <= "R1" and _are_seen_at_once(each.metrics)}
        self._world.foresight.keep()
        report = self.engine(trigger).heal(quick)
        return {
            "healed": [outcome.playbook_id for outcome in report.outcomes if outcome.success],
            "left": [playbook.id for playbook in playbooks if self._is_seen(playbook)],
            "foreseen": [each.line for each in self._world.foresight.predictions() if each.is_near],
        }

    def _is_seen(self, playbook: Playbook) -> bool:
        """Whether a symptom that can be looked at within this process is there."""
        quick = [symptom for symptom in playbook.symptoms if _are_seen_at_once(symptom.metrics)]
        return any(symptom.holds(self._world.look(symptom.metrics)) is True for symptom in quick)

    def alerted(self, path: str, *, rehearsal: bool) -> Document:
        """Take alerts: the playbooks concerned look whether something is wrong, whatever was reported."""
        from infrastructure.alerting import Alerting

        self._world.must_be_a_project()
        disabled = self._world.disabled()
        playbooks = [playbook for playbook in self.library.playbooks if playbook.id not in disabled]
        alerting = Alerting(self._root, self._world, playbooks, self._escalation[0])
        return alerting.take(path, lambda ids: self._told(self.engine("alert").heal(ids)), rehearsal=rehearsal)

    def _told(self, report: Report) -> Document:
        return {
            "outcomes": [outcome.to_document() for outcome in report.outcomes],
            "inquiries": [inquiry.to_document() for inquiry in report.inquiries],
            "waiting": [{"playbook": name, "why": why} for name, why in report.waiting],
            "left": list(report.left),
            "stopped": report.stopped,
            "tasks": list(report.tasks),
            "problems": list(self._world.problems),
            "notified": self._world.notified(),
            "others_waiting": self._others_waiting(report),
            "playbooks": len(self.library.playbooks),
            "signals": report.looked_at,
        }

    def _others_waiting(self, report: Report) -> int:
        """Questions of earlier runs."""
        asked = {inquiry.id for inquiry in report.inquiries}
        return sum(each.state == "open" and each.inquiry.id not in asked for each in self._world.inquiries())

    def enable(self, id: str, enabled: bool) -> bool:
        self._playbook(id)
        return self._world.set_enabled(id, enabled, self._by)

    def off(self) -> str | None:
        """Why healing is off; None when it is not."""
        return self._world.off()

    def selftest(self, *, only: Sequence[str], fast: bool, seed: int, keep: bool) -> Document:
        from infrastructure.selftest import selftest

        return selftest(only=only, fast=fast, seed=seed, keep=keep)

    def time(self, at: float) -> str:
        return as_time(at)

    def stop(self) -> None:
        self._world.stop(self._by)

    def resume(self) -> None:
        self._world.resume()


def as_time(at: float) -> str:
    """As people read it (UTC)."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at))


def _are_seen_at_once(metrics: Iterable[str]) -> bool:
    """Whether all of them can be looked at without a network, a probe or another program."""
    return all(METRICS[name].layer in AT_ONCE for name in metrics)


def _sure(sure: Confidence) -> str:
    if not sure.trials:
        return "n/a, never used here"
    return sure.text if sure.own else f"{sure.text} (elsewhere)"


def _row(playbook: Playbook, sure: Confidence, enabled: bool) -> dict[str, Any]:  # Any: plain values all through
    return {
        "id": playbook.id,
        "title": playbook.title,
        "version": playbook.version,
        "priority": playbook.priority,
        "layer": playbook.layer,
        "risk": playbook.tier,
        "origin": playbook.origin,
        "enabled": enabled,
        "helped": sure.helped,
        "n": sure.own,
        "successes": sure.successes,
        "trials": sure.trials,
        "at_least": sure.bound,
        "confidence": sure.text,
    }


def _whole(playbook: Playbook) -> dict[str, Any]:  # Any: plain values all through
    return {
        "symptoms": [symptom.text for symptom in playbook.symptoms],
        "diagnosis": [check.text for check in playbook.diagnosis],
        "stages": [_stage(stage) for stage in playbook.stages],
        "timeout": playbook.timeout,
        "escalate": {
            "immediate": [condition.text for condition in playbook.escalate.immediate],
            "after_attempts": playbook.escalate.after_attempts,
            "max_duration": playbook.escalate.max_duration,
            "severity": playbook.escalate.severity,
            "recommended": playbook.escalate.recommended,
        },
        "requires": list(playbook.requires),
        "conflicts": list(playbook.conflicts),
        "tests": list(playbook.tests),
        "documentation": playbook.docs,
    }


def _stage(stage: Stage) -> Document:
    steps = [
        {
            "action": step.action,
            "risk": step.tier,
            "meaning": ACTIONS[step.action].meaning,
            "rollback": ACTIONS[step.action].rollback,
            "only_if": step.only_if.text if step.only_if else None,
        }
        for step in stage.steps
    ]
    return {"name": stage.name, "steps": steps, "validate": [condition.text for condition in stage.validate]}


def _intended(intent: Intent) -> Document:
    return {
        "stage": intent.stage,
        "action": intent.step.action,
        "risk": intent.step.tier,
        "objects": list(intent.objects),
        "verdict": intent.verdict,
        "reason": intent.reason,
    }
