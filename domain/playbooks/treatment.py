"""One playbook at work on one trouble: every action goes through here, under the guards, and can be taken back."""

from __future__ import annotations

from domain.playbooks import guards
from domain.playbooks.actions import ACTIONS
from domain.playbooks.conditions import parse
from domain.playbooks.outcomes import Taken
from domain.record import Record
from domain.self_healing.dispatcher import caught

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.playbooks.actions import Action
    from domain.playbooks.conditions import Condition
    from domain.playbooks.guards import Approval
    from domain.playbooks.playbook import Playbook, Stage, Step
    from domain.playbooks.world import Copy, World

    Tried = frozenset[tuple[str, str, str]]  # (stage, action, digest of the objects)


class Ended(Exception):
    """The stage is over: an action failed."""


class LeaveNeeded(Ended):
    """The stage cannot go on without a person's leave."""

    def __init__(self, step: Step, reason: str) -> None:
        super().__init__(reason)
        self.step = step
        self.reason = reason


class Stopped(Ended):
    """The treatment, and all healing of this run, is over."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Run(Record):
    """What all treatments of one run share. `states` are the marks of states that were acted upon."""

    lineage: str
    ceiling: str
    states: set[str]
    done: set[tuple[str, str]]  # (playbook, action) of what is not idempotent
    handed: str = ""  # why an escalation rule wants a person to be asked, in this treatment


class Treatment:
    """Does what a playbook's stages say, one action after the other, and looks at the symptoms after each."""

    def __init__(
        self,
        world: World,
        playbook: Playbook,
        symptoms: Sequence[Condition],
        run: Run,
        approval: Approval | None,
        tried: Tried = frozenset(),
    ) -> None:
        """`tried` are stages, actions and states of earlier runs that need not be tried again."""
        self._tried = tried
        self._world = world
        self._playbook = playbook
        self._symptoms = symptoms
        self._run = run
        self._approval = approval
        self._ends = world.elapsed() + playbook.timeout
        self._stage: Stage | None = None
        self._kept: list[tuple[int, Copy]] = []
        self.taken: list[Taken] = []

    # --- stages -------------------------------------------------------------------------------------------------------

    def tries(self, stage: Stage) -> bool:
        """Whether the stage helped. One that did not is taken back. Raises LeaveNeeded, Stopped."""
        self._stage, self._kept = stage, []
        helped = False
        try:
            helped = self._carried_out(stage)
        finally:
            if not helped and self._playbook.rollback:
                self._take_back()
        return helped

    def _carried_out(self, stage: Stage) -> bool:
        try:
            if stage.routine is not None:
                return self._routine(stage)
            for step in stage.steps:
                if self._is_wanted(step) and self._do(step) and self._is_healed(stage):
                    return True
        except (LeaveNeeded, Stopped):
            raise
        except Ended:
            return False
        return self._is_healed(stage)

    def _routine(self, stage: Stage) -> bool:
        assert stage.routine is not None
        routine = stage.routine
        outcome = caught(lambda: routine(self))
        if isinstance(outcome.error, Ended):
            raise outcome.error
        if outcome.error is not None:
            raise Stopped(f"the playbook itself failed: {outcome.error}")
        return outcome.result is True and self._is_healed(stage)

    def _is_wanted(self, step: Step) -> bool:
        return step.only_if is None or self._known(step.only_if) is True

    def _is_healed(self, stage: Stage) -> bool:
        """What was seen is gone, and what the stage calls proof holds; what is unknown proves nothing."""
        values = self._world.look(frozenset().union(*(c.metrics for c in (*self._symptoms, *stage.validate))))
        gone = all(symptom.holds(values) is False for symptom in self._symptoms)
        return gone and all(condition.holds(values) is True for condition in stage.validate)

    def _known(self, condition: Condition) -> bool | None:
        return condition.holds(self._world.look(condition.metrics))

    def _take_back(self) -> None:
        """In reverse, so that what was copied first comes back last."""
        for at, copy in reversed(self._kept):
            self.taken[at] = self.taken[at].replace(is_back=copy.put_back())
        self._kept = []

    # --- what a playbook in Python calls ------------------------------------------------------------------------------

    def holds(self, condition: str) -> bool | None:
        return self._known(parse(condition))

    def do(self, action: str) -> bool:
        assert self._stage is not None
        step = next((step for step in self._stage.steps if step.action == action), None)
        if step is None:
            raise Stopped(f"it never said that it does {action}")
        return self._do(step)

    # --- one action ---------------------------------------------------------------------------------------------------

    def _do(self, step: Step) -> bool:
        """Snapshot, act, prove; whether there was anything to do. Raises Ended and its kinds."""
        action, hand = ACTIONS[step.action], self._world.hands.get(step.action)
        self._must_go_on(step)
        chosen = caught(lambda: tuple(hand.select()) if hand is not None else ())
        if chosen.error is not None:
            raise self._failed(step, (), "", str(chosen.error))
        objects = chosen.result or ()
        if not objects:
            self._note(step, "nothing")
            return False
        self._must_be_allowed(step, action, objects)
        copy = self._world.copy(objects)
        self._must_be_new(step, copy.digest)
        self._act(step, action, objects, copy)
        return True

    def _act(self, step: Step, action: Action, objects: tuple[str, ...], copy: Copy) -> None:
        hand, before = self._world.hands[step.action], self._world.ledger()
        began = self._world.elapsed()
        seconds = min(step.seconds, self._ends - began)
        done = caught(lambda: hand.act(objects, seconds))
        took = self._world.elapsed() - began
        if action.rollback == "snapshot":
            self._kept.append((len(self.taken), copy))
        if done.error is not None:
            raise self._failed(step, objects, copy.digest, str(done.error), took)
        self._note(step, "done", objects, str(done.result), copy.digest, took)
        lost = before.lost(may_change=action.changes_trackers)
        if lost is not None:
            self._take_back()
            raise Stopped(f"{step.action} would have lost something: {lost}")

    def _must_go_on(self, step: Step) -> None:
        off = self._world.off()
        if off is not None:
            raise Stopped(off)
        if self._world.elapsed() >= self._ends:
            raise Stopped(f"its {self._playbook.timeout:g} s are over")
        mark = (self._playbook.id, step.action)
        if not ACTIONS[step.action].idempotent and mark in self._run.done:
            raise Ended
        self._run.done.add(mark)

    def _must_be_allowed(self, step: Step, action: Action, objects: Sequence[str]) -> None:
        reason = guards.reservation(
            step, self._world.confidence(self._playbook), self._run.ceiling, self._approval, self._run.handed
        ) or self._reach(step, action, objects)
        if reason is not None:
            self._note(step, "refused", tuple(objects), reason)
            raise LeaveNeeded(step, reason)

    def _reach(self, step: Step, action: Action, objects: Sequence[str]) -> str | None:
        most = guards.most_objects(step, self._playbook.scope.max_objects)
        if len(objects) > most:
            return f"it would touch {len(objects)} objects at once, {most} are allowed"
        scopes = [scope for scope in (action.scope, self._playbook.scope.paths) if scope]
        outside = any(not self._world.inside(objects, scope) for scope in scopes)
        return "it would touch something outside its scope" if outside else None

    def _must_be_new(self, step: Step, digest: str) -> None:
        """A state that was acted upon before in this lineage has come back: going on would turn in a circle."""
        assert self._stage is not None
        if (self._stage.name, step.action, digest) in self._tried:
            raise self._failed(step, (), digest, f"{step.action} was tried on this very state, and did not help")
        mark = f"{self._playbook.id} {self._stage.name} {step.action} {digest}"
        if mark in self._run.states:
            raise Stopped(f"{step.action} has met this very state before: something brings it back")
        self._run.states.add(mark)

    def _failed(self, step: Step, objects: tuple[str, ...], state: str, why: str, took: float = 0.0) -> Ended:
        self._note(step, "failed", objects, why, state, took)
        return Ended(why)

    def _note(
        self, step: Step, result: str, objects: tuple[str, ...] = (), said: str = "", state: str = "", took: float = 0.0
    ) -> None:
        stage = self._stage.name if self._stage else ""
        self.taken.append(Taken(step.action, stage, step.tier, result, objects, said, took, state))
