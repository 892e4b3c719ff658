"""A world for the engine that is nothing but values: signals that actions change, copies, logs, a clock."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from domain.errors import Busy
from domain.playbooks import inquiries, learning
from domain.playbooks.conditions import parse
from domain.playbooks.engine import Engine, Report
from domain.playbooks.guards import Approval, Confidence
from domain.playbooks.inquiries import Inquiry, Standing
from domain.playbooks.notices import Notice
from domain.playbooks.outcomes import HealingOutcome
from domain.playbooks.playbook import Playbook, Stage, Step
from domain.record import Record

START = 1_000_000.0


class Held(Record):
    since: float
    looks: int


class FakeHand:
    """Works on what it is told; `does` changes the world."""

    def __init__(self, world: FakeWorld, objects: Sequence[str], does: Callable[[FakeWorld], object]) -> None:
        self._world = world
        self.objects = objects
        self._does = does
        self.calls = 0

    def select(self) -> Sequence[str]:
        return self.objects

    def act(self, objects: Sequence[str], seconds: float) -> str:
        assert list(objects) == list(self.objects) and seconds > 0
        self.calls += 1
        self._does(self._world)
        return "done so"


class FakeCopy:
    def __init__(self, world: FakeWorld, objects: Sequence[str]) -> None:
        self._world = world
        self._held = {name: world.files.get(name) for name in objects}
        self.digest = repr(self._held)

    def put_back(self) -> bool:
        self._world.files.update(self._held)
        return self._world.files_hold(self._held)


class FakeLedger:
    def __init__(self, world: FakeWorld) -> None:
        self._world = world
        self._items = set(world.items)

    def lost(self, *, may_change: bool) -> str | None:
        gone = self._items - self._world.items
        return f"{len(gone)} items are missing" if gone else None


class FakeWorld:
    """`signals` are what a look finds; a callable among them is asked at each look."""

    def __init__(self, **signals: Any) -> None:  # Any: a value or a function of none
        self.signals: dict[str, Any] = signals
        self.files: dict[str, str | None] = {"docs/plans/plan.md": "old"}
        self.items = {"1.1", "1.2"}
        self.hands: dict[str, FakeHand] = {}
        self.log: list[HealingOutcome] = []
        self.lines: list[Mapping[str, Any]] = []
        self.tasks: list[str] = []
        self.alarms: list[Notice] = []
        self.clock = START
        self.switched_off: str | None = None
        self.pauses: list[float] = []
        self.lines_of_evidence: dict[str, str] = {}
        self.held: dict[str, Held] = {}
        self.busy = False
        self.weights: dict[str, float] = {}
        self.sure: Confidence | None = None
        self.session = "test"
        self._ids = iter(range(10**6))

    def hand(
        self, action: str, does: Callable[[FakeWorld], object], objects: Sequence[str] = ("docs/plans/plan.md",)
    ) -> FakeHand:
        self.hands[action] = FakeHand(self, objects, does)
        return self.hands[action]

    def files_hold(self, held: Mapping[str, str | None]) -> bool:
        return all(self.files.get(name) == text for name, text in held.items())

    def look(self, metrics: Iterable[str]) -> Mapping[str, Any]:
        found = {name: self.signals.get(name) for name in metrics}
        return {name: value() if callable(value) else value for name, value in found.items()}

    def evidence(self, metric: str) -> Mapping[str, Any]:
        line = self.lines_of_evidence.get(metric)
        return {"metric": metric, "line": line} if line else {}

    def inside(self, objects: Sequence[str], scope: Sequence[str]) -> bool:
        return all(any(name.startswith(place.rstrip("*")) for place in scope) for name in objects if ":" not in name)

    def copy(self, objects: Sequence[str]) -> FakeCopy:
        return FakeCopy(self, objects)

    def ledger(self) -> FakeLedger:
        return FakeLedger(self)

    @contextmanager
    def alone(self) -> Iterator[None]:
        if self.busy:
            raise Busy("Another wt is healing this project just now.")
        yield

    def off(self) -> str | None:
        return self.switched_off

    def turn_off(self, seconds: float, reason: str) -> None:
        self.pauses.append(seconds)
        self.switched_off = reason

    def seen(self, present: Iterable[str], *, note: bool, among: Collection[str] | None = None) -> Mapping[str, Held]:
        known = {mark: self.held.get(mark, Held(self.clock, 0)) for mark in present}
        held = {mark: Held(each.since, each.looks + 1) for mark, each in known.items()}
        if note:
            kept = {} if among is None else {mark: each for mark, each in self.held.items() if mark not in among}
            self.held = kept | dict(held)
        return held

    def forget(self, fingerprint: str) -> None:
        self.held.pop(fingerprint, None)

    def outcomes(self) -> Sequence[HealingOutcome]:
        return self.log

    def record(self, outcome: HealingOutcome) -> None:
        self.log.append(outcome)

    def inquiries(self) -> Sequence[Standing]:
        return inquiries.standings(self.lines, self.clock)

    def ask(self, inquiry: Inquiry) -> None:
        self.lines.append(inquiry.to_document())

    def alarm(self, notice: Notice) -> None:
        self.alarms.append(notice)

    def close(self, inquiry: Inquiry, *, used: bool) -> None:
        self.lines.append((inquiries.used if used else inquiries.settled)(inquiry, self.clock))

    def confidence(self, playbook: Playbook) -> Confidence:
        return self.sure or learning.confidence(learning.trials_of(self.log), playbook)

    def weight(self, playbook: Playbook, stage: Stage) -> float:
        return self.weights.get(stage.name, 0.5)

    def open_task(self, title: str, note: str) -> str | None:
        self.tasks.append(title)
        return f"1.{len(self.tasks)}"

    def context(self) -> Mapping[str, Any]:
        return {"cause": "the disk is slow"}

    def now(self) -> float:
        return self.clock

    def elapsed(self) -> float:
        return self.clock

    def new_id(self) -> str:
        return f"id{next(self._ids)}"


def made(id: str = "drift", *actions: str, symptom: str = "pages_stale > 0", **fields: Any) -> Playbook:
    """A playbook of one stage with these actions; Any: fields of a playbook."""
    stages = fields.pop("stages", None) or ((stage("primary", *actions),) if actions else ())
    symptoms = tuple(map(parse, fields.pop("symptoms", (symptom,))))
    return Playbook(id, id.capitalize(), symptoms, stages, **fields)


def stage(name: str, *actions: str, validate: Sequence[str] = ()) -> Stage:
    return Stage(name, tuple(Step(action) for action in actions), tuple(map(parse, validate)))


def heal(world: FakeWorld, *playbooks: Playbook, **how: Any) -> Report:
    """One run; Any: of the engine (`ceiling`, `rules`) or of its heal (`only`, `approval`)."""
    made_with = {"ceiling": how.pop("ceiling", "R2"), "rules": how.pop("rules", ())}
    return Engine(playbooks, world, **made_with).heal(**how)


def approved(*actions: str, risk: str = "R2") -> Approval:
    return Approval("dana", risk, actions)
