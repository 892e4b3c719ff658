"""The engine: looks at what is, treats one trouble after the other, proves that it helped, or asks a person."""

from __future__ import annotations

from itertools import groupby

from domain.playbooks import guards
from domain.playbooks.conditions import parse
from domain.playbooks.escalation import Handed, graver, handed
from domain.playbooks.inquiries import Inquiry, mark_of
from domain.playbooks.metrics import LAYERS, METRICS
from domain.playbooks.notices import Notice
from domain.playbooks.outcomes import HealingOutcome
from domain.playbooks.treatment import Ended, LeaveNeeded, Run, Stopped, Treatment
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from typing import Any

    from domain.playbooks.conditions import Condition
    from domain.playbooks.escalation import Rule
    from domain.playbooks.guards import Approval
    from domain.playbooks.metrics import Value
    from domain.playbooks.outcomes import Taken
    from domain.playbooks.playbook import Playbook, Stage, Step
    from domain.playbooks.world import Held, World

MOST_TREATMENTS = 2  # of one playbook in one run: a third would be a circle, whatever the states say
ROOT_CAUSE = "Find the root cause of: "
PREDICTION = "prediction"  # the trigger of what is treated before it has come
PREEMPTIVE = "R1"  # the highest risk that is then taken on unasked


class Trouble(Record):
    """A playbook whose symptoms are there, with the signals that say so."""

    playbook: Playbook
    symptoms: tuple[Condition, ...]
    fingerprint: str
    signals: Mapping[str, Value]
    held: Held

    @property
    def is_foretold(self) -> bool:
        """Whether it is still to come: every symptom speaks of a prediction."""
        return all(any(METRICS[name].foretells for name in symptom.metrics) for symptom in self.symptoms)

    @property
    def depth(self) -> tuple[int, int, str]:
        """What lies deepest first, then what is most urgent."""
        return LAYERS.index(self.playbook.layer), self.playbook.priority, self.playbook.id


class Look(Record):
    """What one look found: troubles, playbooks that wait for something, symptoms that could not be found out."""

    troubles: tuple[Trouble, ...]
    waiting: tuple[tuple[str, str], ...] = ()  # (playbook, why)
    unknown: tuple[tuple[str, str], ...] = ()  # (playbook, symptom)
    signals: Mapping[str, Value] = {}


class Report(Record):
    """What a run of healing came to. `left` are the troubles that are still there."""

    outcomes: tuple[HealingOutcome, ...] = ()
    inquiries: tuple[Inquiry, ...] = ()
    waiting: tuple[tuple[str, str], ...] = ()
    left: tuple[str, ...] = ()
    stopped: str = ""
    tasks: tuple[str, ...] = ()  # root-cause tasks that were opened
    looked_at: int = 0


class Intent(Record):
    """One action of a plan: what it would work on now, and whether it would be done."""

    stage: str
    step: Step
    objects: tuple[str, ...]
    verdict: str  # will, asks, nothing, unwanted
    reason: str = ""


def fingerprint(playbook: Playbook, values: Mapping[str, Value]) -> str:
    """The same whenever the same trouble comes again; what `group_by` names tells troubles of one playbook apart."""
    told = [playbook.id, *(f"{name}={values.get(name)}" for name in playbook.throttle.group_by)]
    return mark_of(*told)


class Engine:
    """Heals one project. `ceiling` is the highest risk that may go unattended; R3 never does.

    Level-triggered: what counts is how things are now, at every step, not what somebody reported.
    """

    def __init__(
        self,
        playbooks: Sequence[Playbook],
        world: World,
        *,
        ceiling: str = "R2",
        trigger: str = "manual",
        rules: Sequence[Rule] = (),
    ) -> None:
        self._playbooks = playbooks
        self._world = world
        self._ceiling = ceiling
        self._trigger = trigger
        self._rules = rules

    # --- looking ------------------------------------------------------------------------------------------------------

    def look(self, only: Collection[str] | None = None, *, note: bool = False) -> Look:
        """What is wrong now. `only` names the playbooks that were asked for, which do not wait for their `for`."""
        asked = [playbook for playbook in self._playbooks if only is None or playbook.id in only]
        values = self._world.look(frozenset().union(*(playbook.metrics for playbook in asked)))
        sick = [(playbook, symptoms) for playbook in asked if (symptoms := _present(playbook, values))]
        marks = None if only is None else {fingerprint(playbook, values) for playbook in asked}
        held = self._world.seen([fingerprint(playbook, values) for playbook, _ in sick], note=note, among=marks)
        troubles, waiting = [], []
        for playbook, symptoms in sick:
            mark = fingerprint(playbook, values)
            why = _waits(playbook, values, held[mark], self._world.now(), asked=only is not None)
            if why is None:
                troubles.append(Trouble(playbook, symptoms, mark, values, held[mark]))
            else:
                waiting.append((playbook.id, why))
        return Look(tuple(troubles), tuple(waiting), tuple(_unknown(asked, values)), values)

    # --- planning -----------------------------------------------------------------------------------------------------

    def intents(self, trouble: Trouble) -> list[Intent]:
        """What a treatment would do now, action by action; nothing is touched."""
        approval, why = self._approval(trouble), self._handed(trouble).why
        return [
            self._intent(trouble, stage, step, approval, why)
            for stage in self.ordered(trouble.playbook)
            for step in stage.steps
        ]

    def _intent(
        self, trouble: Trouble, stage: Stage, step: Step, approval: Approval | None, handed_over: str
    ) -> Intent:
        if step.only_if is not None and step.only_if.holds(self._world.look(step.only_if.metrics)) is not True:
            return Intent(stage.name, step, (), "unwanted", f"not known to hold: {step.only_if.text}")
        hand = self._world.hands.get(step.action)
        objects = tuple(hand.select()) if hand is not None else ()
        if not objects:
            return Intent(stage.name, step, (), "nothing", "nothing to work on")
        sure = self._world.confidence(trouble.playbook)
        reason = guards.reservation(step, sure, self._ceiling_for(trouble), approval, handed_over)
        return Intent(stage.name, step, objects, "asks" if reason else "will", reason or "")

    def _ceiling_for(self, trouble: Trouble) -> str:
        """Before anything has happened, only what can be made again is touched unasked."""
        return min(self._ceiling, PREEMPTIVE) if trouble.is_foretold else self._ceiling

    def evidence(self, trouble: Trouble) -> tuple[Mapping[str, Any], ...]:
        """Why it is expected; nothing where it is there already."""
        if not trouble.is_foretold:
            return ()
        spoken = sorted(frozenset().union(*(symptom.metrics for symptom in trouble.symptoms)))
        return tuple(found for name in spoken if (found := self._world.evidence(name)))

    # --- healing ------------------------------------------------------------------------------------------------------

    def heal(self, only: Collection[str] | None = None, approval: Approval | None = None) -> Report:
        """Treat what is wrong, until nothing is left that was not tried. Raises Busy while somebody else heals."""
        with self._world.alone():
            return _Healing(self, self._world, only, approval).report()

    def treat(self, trouble: Trouble, run: Run, approval: Approval | None) -> tuple[HealingOutcome, Inquiry | None]:
        """One treatment, recorded, with the inquiry that it left."""
        began, foretold = self._world.elapsed(), self.evidence(trouble)
        approval = approval or self._approval(trouble)
        rules = self._handed(trouble)
        run = run.replace(handed=rules.why, ceiling=self._ceiling_for(trouble))
        treated = _Treated(self._world, trouble, run, approval)
        treated.run(self.ordered(trouble.playbook), self.for_a_person(trouble))
        inquiry = self._asked(trouble, treated, rules, foretold) if treated.result != "healed" else None
        outcome = HealingOutcome(
            self._world.new_id(),
            trouble.playbook.id,
            trouble.playbook.version,
            self._world.now(),
            tuple(symptom.text for symptom in trouble.symptoms),
            treated.result,
            trouble.fingerprint,
            run.lineage,
            self._world.elapsed() - began,
            treated.attempts,
            treated.stage,
            tuple(treated.taken),
            {check.text: check.holds(trouble.signals) for check in trouble.playbook.diagnosis},
            treated.error,
            inquiry.id if inquiry else "",
            PREDICTION if trouble.is_foretold else self._trigger,
            self._world.session,
            trouble.playbook.digest,
            trouble.playbook.layer,
            approval.by if approval is not None else "",
            foretold,
        )
        self._settle(trouble, outcome, approval)
        if rules.at_once and outcome.success:
            self._world.alarm(_all_the_same(trouble, outcome, rules))
        return outcome, inquiry

    def ordered(self, playbook: Playbook) -> list[Stage]:
        """What was learnt orders stages among neighbours of one risk: never does a higher risk go first by that."""
        weigh = self._world.weight
        groups = [list(group) for _, group in groupby(playbook.stages, key=lambda stage: stage.tier)]
        return [stage for group in groups for stage in sorted(group, key=lambda stage: -weigh(playbook, stage))]

    def for_a_person(self, trouble: Trouble) -> str | None:
        """Why nothing is tried at all; None when there is no such reason."""
        rules, now = trouble.playbook.escalate, self._world.now()
        for condition in rules.immediate:
            if condition.holds(trouble.signals) is True:
                return f"for a person from the start: {condition.text}"
        if self._approval(trouble) is not None:
            return None  # a person was asked for these reasons, and has agreed
        failed = guards.failed_in_a_row(self._world.outcomes(), trouble.fingerprint, now)
        if failed >= rules.after_attempts:
            return f"{failed} treatments have not helped"
        if rules.max_duration is not None and now - trouble.held.since > rules.max_duration:
            return f"it has lasted {now - trouble.held.since:.0f} s"
        return None

    def _handed(self, trouble: Trouble) -> Handed:
        """What the rules about this trouble come to, whose symptoms are known to hold now."""
        rules = [rule for rule in self._rules if rule.concerns(trouble.playbook)]
        if not rules:
            return Handed()
        values = self._world.look(frozenset().union(*(rule.symptom.metrics for rule in rules)))
        now = self._world.now()
        attempts = guards.failed_in_a_row(self._world.outcomes(), trouble.fingerprint, now)
        present = [rule for rule in rules if rule.symptom.holds(values) is True]
        return handed(present, attempts, now - trouble.held.since)

    # --- people -------------------------------------------------------------------------------------------------------

    def _approval(self, trouble: Trouble) -> Approval | None:
        for standing in self._world.inquiries():
            asked = standing.inquiry
            if standing.state == "approved" and asked.fingerprint == trouble.fingerprint and asked.allows:
                return guards.Approval(standing.by, asked.risk, asked.allows, asked.id)
        return None

    def _asked(
        self, trouble: Trouble, treated: _Treated, rules: Handed, foretold: tuple[Mapping[str, Any], ...]
    ) -> Inquiry | None:
        """The inquiry that this treatment leaves; the one that is open, or was denied, where there is one."""
        for standing in self._world.inquiries():
            if standing.inquiry.fingerprint == trouble.fingerprint and standing.state in ("open", "denied"):
                return standing.inquiry
        playbook, wanted = trouble.playbook, treated.wanted
        context: dict[str, object] = {name: trouble.signals.get(name) for name in sorted(playbook.metrics)}
        context |= {"escalated": rules.why} if rules.why else {}
        context |= {"foretold": [each["line"] for each in foretold]} if foretold else {}
        inquiry = Inquiry(
            self._world.new_id(),
            self._world.now(),
            graver(playbook.escalate.severity, rules.severity),
            "; ".join(symptom.text for symptom in trouble.symptoms),
            trouble.fingerprint,
            playbook.id,
            playbook.version,
            treated.attempts,
            tuple(dict.fromkeys(taken.action for taken in treated.taken if taken.result in ("done", "failed"))),
            treated.error,
            playbook.escalate.recommended,
            playbook.docs,
            allows=tuple(dict.fromkeys(step.action for step in wanted if step.tier < "R3")),
            risk=max((step.tier for step in wanted), default=""),
            context=context,
        )
        self._world.ask(inquiry)
        return inquiry

    def _settle(self, trouble: Trouble, outcome: HealingOutcome, approval: Approval | None) -> None:
        """Record it, and close what need not be answered any more."""
        if outcome.actions_taken or not self._was_told(outcome):
            self._world.record(outcome)
        if outcome.success:
            self._world.forget(trouble.fingerprint)
        for standing in self._world.inquiries():
            if standing.inquiry.fingerprint != trouble.fingerprint:
                continue
            if approval is not None and standing.inquiry.id == approval.inquiry and outcome.actions_taken:
                self._world.close(standing.inquiry, used=True)
            elif outcome.success and standing.state in ("open", "denied"):
                self._world.close(standing.inquiry, used=False)

    def _was_told(self, outcome: HealingOutcome) -> bool:
        """Whether the log says the same already: asking again what is open fills no log."""
        same = [told for told in self._world.outcomes() if told.fingerprint == outcome.fingerprint]
        return bool(same) and (same[-1].inquiry, same[-1].error) == (outcome.inquiry, outcome.error)

    def close_what_is_gone(self, look: Look) -> None:
        """Nobody needs to answer what has settled itself."""
        for standing in self._world.inquiries():
            playbook = next((p for p in self._playbooks if p.id == standing.inquiry.playbook_id), None)
            if playbook is None or standing.state not in ("open", "denied", "approved"):
                continue
            if all(symptom.holds(look.signals) is False for symptom in playbook.symptoms):
                self._world.close(standing.inquiry, used=False)

    def close_what_is_silent(self, values: Mapping[str, Value]) -> None:
        """Nor to see to an alarm that is over."""
        alarms = {metric.alarm for metric in METRICS.values() if metric.alarm}
        for standing in self._world.inquiries():
            asked = standing.inquiry
            if asked.playbook_id or asked.symptom not in alarms or standing.state not in ("open", "denied", "approved"):
                continue
            if parse(asked.symptom).holds(values) is False:
                self._world.close(asked, used=False)

    def unexplained(self, values: Mapping[str, Value], known: Collection[str]) -> list[Inquiry]:
        """Alarms that no playbook is made for: what was looked at, and what that hints at, for a person."""
        found = []
        for metric in METRICS.values():
            if metric.alarm and metric.name not in known and parse(metric.alarm).holds(values) is True:
                found += self._hypothesis(metric.alarm, metric.advice, values)
        for rule in self._rules:
            if rule.when == "immediate" and self._is_nobodys(rule, known) and rule.symptom.holds(values) is True:
                found += self._hypothesis(rule.symptom.text, "", values)
        for inquiry in found:
            self._world.ask(inquiry)
        return found

    def _is_nobodys(self, rule: Rule, known: Collection[str]) -> bool:
        """Whether neither a playbook nor an alarm speaks of what the rule is about."""
        spoken = {name for name, metric in METRICS.items() if metric.alarm} | set(known)
        return not rule.symptom.metrics & spoken and not any(map(rule.concerns, self._playbooks))

    def rule_metrics(self) -> frozenset[str]:
        """What rules at once speak of."""
        return frozenset().union(*(rule.symptom.metrics for rule in self._rules if rule.when == "immediate"))

    def _hypothesis(self, symptom: str, advice: str, values: Mapping[str, Value]) -> list[Inquiry]:
        """The inquiry about what nothing is made for; none where one is open or was denied."""
        mark = mark_of(symptom)
        if any(s.inquiry.fingerprint == mark and s.state in ("open", "denied") for s in self._world.inquiries()):
            return []
        checks = {name: values.get(name) for name, metric in METRICS.items() if metric.kind == "flag"}
        context = dict(self._world.context())
        foretold = next((line for name in sorted(parse(symptom).metrics) if (line := self._line(name))), "")
        cause = str(foretold or context.get("cause") or "nothing that was looked at explains it")
        return [
            Inquiry(
                self._world.new_id(),
                self._world.now(),
                self._severity(symptom, values),
                symptom,
                mark,
                last_error=cause,
                recommended_action=advice or f"Look into it: {cause}.",
                documentation="docs/HEALING.md",
                context=context | {"checks": checks},
            )
        ]

    def _line(self, metric: str) -> str:
        return str(self._world.evidence(metric).get("line", ""))

    def _severity(self, symptom: str, values: Mapping[str, Value]) -> str:
        """As the rules have it that hold and speak of the same."""
        metrics, severity = parse(symptom).metrics, "WARNING"
        for rule in self._rules:
            if rule.symptom.metrics & metrics and rule.symptom.holds(values) is True:
                severity = graver(severity, rule.severity)
        return severity


def _all_the_same(trouble: Trouble, outcome: HealingOutcome, rules: Handed) -> Notice:
    """What a rule wants people to know at once, though it was healed without them."""
    return Notice(
        outcome.timestamp,
        graver(trouble.playbook.escalate.severity, rules.severity),
        "; ".join(outcome.symptoms),
        outcome.fingerprint,
        outcome.playbook_id,
        attempts=outcome.attempts,
        actions_tried=outcome.actions_taken,
        recommended_action="It is healed; find out how it came about.",
        documentation=trouble.playbook.docs,
    )


def _present(playbook: Playbook, values: Mapping[str, Value]) -> tuple[Condition, ...]:
    return tuple(symptom for symptom in playbook.symptoms if symptom.holds(values) is True)


def _unknown(playbooks: Sequence[Playbook], values: Mapping[str, Value]) -> list[tuple[str, str]]:
    return [
        (playbook.id, symptom.text)
        for playbook in playbooks
        for symptom in playbook.symptoms
        if symptom.holds(values) is None
    ]


def _waits(playbook: Playbook, values: Mapping[str, Value], held: Held, now: float, *, asked: bool) -> str | None:
    """Why a symptom that is there is no reason to act yet."""
    gate = playbook.when
    if gate.condition is not None and gate.condition.holds(values) is not True:
        return f"waits for: {gate.condition.text}"
    if asked:
        return None
    if held.looks < gate.looks:
        return f"seen {held.looks} of {gate.looks} times in a row"
    if now - held.since < gate.seconds:
        return f"seen for {max(now - held.since, 0):.0f} of {gate.seconds:.0f} s"
    return None


class _Treated:
    """How the stages of one treatment went."""

    def __init__(self, world: World, trouble: Trouble, run: Run, approval: Approval | None) -> None:
        tried = guards.tried(world.outcomes(), world.inquiries(), trouble.fingerprint, world.now())
        self._treatment = Treatment(world, trouble.playbook, trouble.symptoms, run, approval, tried)
        self.result = "escalated"
        self.error = ""
        self.stage = ""
        self.attempts = 0
        self.wanted: list[Step] = []

    @property
    def taken(self) -> list[Taken]:
        return self._treatment.taken

    def run(self, stages: Sequence[Stage], immediate: str | None) -> None:
        if immediate is not None:
            self.error = immediate
            return
        for stage in stages:
            if self._helped(stage):
                self.result, self.stage, self.error = "healed", stage.name, ""
                return
            if self.result == "stopped":
                return
        self.error = self.error or self._nothing_helped()
        if self.wanted:
            self.result = "asked"

    def _helped(self, stage: Stage) -> bool:
        self.attempts += 1
        try:
            return self._treatment.tries(stage)
        except LeaveNeeded as leave:
            self.wanted.append(leave.step)
            self.error = f"{leave.step.action}: {leave.reason}"
        except Stopped as stopped:
            self.result, self.error = "stopped", stopped.reason
        except Ended as ended:
            self.error = str(ended)
        return False

    def _nothing_helped(self) -> str:
        said = [taken.said for taken in self.taken if taken.result == "failed"]
        if said:
            return said[-1]
        if any(taken.result == "done" for taken in self.taken):
            return "nothing that it does has helped"
        return "there is nothing that it could work on" if self.taken else "there is nothing that wt could do"


class _Healing:
    """One run: troubles are treated one by one, and everything is looked at again in between."""

    def __init__(self, engine: Engine, world: World, only: Collection[str] | None, approval: Approval | None) -> None:
        self._engine = engine
        self._world = world
        self._only = only
        self._approval = approval
        self._run = Run(world.new_id(), engine._ceiling, set(), set())
        self._outcomes: list[HealingOutcome] = []
        self._inquiries: list[Inquiry] = []
        self._tasks: list[str] = []
        self._waiting: dict[str, str] = {}
        self._stopped = ""

    def report(self) -> Report:
        off = self._world.off()
        if off is not None:
            return Report(stopped=off)
        look = self._engine.look(self._only, note=True)
        self._waiting.update(look.waiting)
        self._engine.close_what_is_gone(look)
        while not self._stopped and (trouble := self._next(look)) is not None:
            before = len(look.troubles)
            self._treat(trouble)
            look = self._engine.look(self._only)
            if before >= guards.MANY and len(look.troubles) >= before:
                self._stopped = f"{before} troubles at once, and treating the root of them did not help"
        return self._told(look)

    def _told(self, look: Look) -> Report:
        known = {name for trouble in look.troubles for name in trouble.playbook.metrics}
        if self._only is None and not self._stopped:
            alarms = self._alarms(look)
            self._engine.close_what_is_silent(alarms)
            self._inquiries += self._engine.unexplained(alarms, known)
        left = tuple(trouble.playbook.id for trouble in look.troubles)
        return Report(
            tuple(self._outcomes),
            tuple(self._inquiries),
            tuple(self._waiting.items()),
            left,
            self._stopped,
            tuple(self._tasks),
            len(look.signals),
        )

    def _alarms(self, look: Look) -> Mapping[str, Value]:
        alarms = {name for name, metric in METRICS.items() if metric.alarm}
        wanted = (alarms | self._engine.rule_metrics()) - set(look.signals)
        return {**look.signals, **self._world.look(wanted)}

    def _next(self, look: Look) -> Trouble | None:
        """The most urgent; of many at once the root, which lies deepest. What must wait is noted."""
        ready = [trouble for trouble in look.troubles if self._is_ready(trouble, look)]
        if len(look.troubles) >= guards.MANY:
            return min(ready, key=lambda trouble: trouble.depth, default=None)
        return ready[0] if ready else None

    def _is_ready(self, trouble: Trouble, look: Look) -> bool:
        playbook = trouble.playbook
        mine = [outcome for outcome in self._outcomes if outcome.playbook_id == playbook.id]
        if mine and (not mine[-1].success or len(mine) >= MOST_TREATMENTS):
            return False
        why = self._must_wait(trouble, {other.playbook.id for other in look.troubles})
        if why is not None:
            self._waiting[playbook.id] = why
        return why is None

    def _must_wait(self, trouble: Trouble, open_ones: Collection[str]) -> str | None:
        playbook = trouble.playbook
        first = next((name for name in playbook.requires if name in open_ones), None)
        if first is not None:
            return f"waits for {first}"
        acted = {outcome.playbook_id for outcome in self._outcomes if outcome.actions_taken}
        other = next((name for name in playbook.conflicts if name in acted), None)
        if other is not None:
            return f"not in one run with {other}"
        within = playbook.throttle.once_within
        if within and guards.throttled(self._world.outcomes(), trouble.fingerprint, within, self._world.now()):
            return f"treated within the last {within:.0f} s"
        return None

    def _treat(self, trouble: Trouble) -> None:
        why = guards.exceeded(self._world.outcomes(), trouble.fingerprint, self._world.now())
        if why is not None:
            self._stopped = f"healing is off for {guards.PAUSE / guards.HOUR:.0f} hours: {why}"
            self._world.turn_off(guards.PAUSE, why)
            return
        outcome, inquiry = self._engine.treat(trouble, self._run, self._approval)
        self._outcomes.append(outcome)
        if inquiry is not None:
            self._inquiries.append(inquiry)
        if outcome.result == "stopped":
            self._stopped = f"{trouble.playbook.id}: {outcome.error}"
        if outcome.success:
            self._look_deeper(trouble)

    def _look_deeper(self, trouble: Trouble) -> None:
        if not guards.is_recurring(self._world.outcomes(), trouble.fingerprint, self._world.now()):
            return
        playbook = trouble.playbook
        note = f"Healed {guards.RECURRING} times within seven days by the playbook {playbook.id}: that only eases it."
        task = self._world.open_task(f"{ROOT_CAUSE}{playbook.title}", note)
        if task is not None:
            self._tasks.append(task)
