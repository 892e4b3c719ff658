"""What people may ask of playbooks and healing, and tell them: the port of their commands."""

from __future__ import annotations

import time
from functools import cached_property

from domain.errors import NotFound, Refused
from domain.playbooks.actions import ACTIONS
from domain.playbooks.engine import Engine
from domain.playbooks.guards import Approval
from domain.playbooks.metrics import METRICS
from infrastructure import learnt, playbook_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from domain.playbooks.engine import Intent, Report, Trouble
    from domain.playbooks.escalation import Rule
    from domain.playbooks.guards import Confidence
    from domain.playbooks.loading import Library, Problem
    from domain.playbooks.playbook import Playbook, Stage
    from infrastructure.evolution import Evolution
    from infrastructure.healing_world import ProjectWorld
    from infrastructure.preemption import Prevention
    from infrastructure.upkeep import ProjectUpkeep

    Document = Mapping[str, Any]  # Any: plain values all through

AT_ONCE = ("host", "locks", "store")  # layers of what can be looked at within this process


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

    def _enabled_ones(self) -> list[Playbook]:
        disabled = self._world.disabled()
        return [playbook for playbook in self.library.playbooks if playbook.id not in disabled]

    def engine(self, trigger: str = "manual") -> Engine:
        """Over every playbook that is not disabled."""
        rules = self._escalation[0]
        return Engine(self._enabled_ones(), self._world, ceiling=self._ceiling, trigger=trigger, rules=rules)

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
            "left": [playbook.id for playbook in self._enabled_ones() if self._is_seen(playbook)],
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
        alerting = Alerting(self._root, self._world, self._enabled_ones(), self._escalation[0])
        taken = alerting.take(path, lambda ids: self._told(self.engine("alert").heal(ids)), rehearsal=rehearsal)
        return {**taken, "notified": self._world.notified()}

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
