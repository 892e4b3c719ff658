"""Running one command on one tracker, with the laws that hold for every command checked each time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from domain import edits, rules, shape
from domain.commands import COMMANDS, Answer, Call, Ref, Settings
from domain.entries import Entry
from domain.errors import NotFound
from domain.proof import Proof
from domain.rules import Checked, Finding
from domain.tracker import Check, Tracker

NOW = "2026-01-15T09:00:00Z"
ITEM_KINDS = ("item", "items", "phase", "task")


def ref(tracker: Tracker, id: str) -> Ref:
    """The reference that a sentence naming this id would hold."""
    if id.startswith("E"):
        return Ref("evidence", id)
    found = tracker.at(id)
    return Ref(found.kind, id, found.item.uid) if found else Ref("task", id, "nobody-has-this-uid")


def call(tracker: Tracker, name: str, slots: dict[str, Any], /, **more: Any) -> Call:  # Any: what slots and Call take
    """A call with ids in its slots turned into references."""
    given = {"new_uid": uids(), **more}
    return Call(
        slots={slot: _value(tracker, name, slot, value) for slot, value in slots.items()},
        now=NOW,
        actor="alex",
        **given,
    )


def _value(tracker: Tracker, name: str, slot: str, value: Any) -> Any:
    row = COMMANDS[name].slot(slot)
    assert row is not None, f"{name} has no slot {slot}"
    if row.kind not in ITEM_KINDS or value is None:
        return value
    return ref(tracker, value) if isinstance(value, str) else [ref(tracker, id) for id in value]


def uids() -> Callable[[], str]:
    made: Iterator[int] = iter(range(1, 10**6))
    return lambda: f"new-{next(made):06d}"


def run(tracker: Tracker, name: str, slots: dict[str, Any] | None = None, /, **more: Any) -> Answer:
    """The answer of a command; whatever it changed obeys the laws."""
    answer = COMMANDS[name].run(tracker, call(tracker, name, slots or {}, **more))
    if answer.tracker is not None:
        obeys_the_laws(tracker, answer.tracker)
    return answer


def obeys_the_laws(before: Tracker, after: Tracker) -> None:
    assert list(shape.problems(shape.to_document(after))) == []
    assert rules.findings(after, severity="error") == []
    steps = edits.diff(before, after)
    assert edits.apply(steps, before) == after
    assert edits.apply(edits.invert(steps), after) == before
    assert bool(steps) == (after is not before), "a change that changes nothing must return what it was given"
    assert after.phases_issued >= before.phases_issued
    assert (after.evidence_issued or 0) >= (before.evidence_issued or 0)


def held(tracker: Tracker, id: str) -> dict[Check, Proof]:
    """Every check of a task has run and held."""
    found = tracker.at(id)
    assert found is not None
    return {check: Proof(check, True, "exit 0", "fine") for check in found.item.verify}


def done(tracker: Tracker, name: str, /, **slots: Any) -> Tracker:
    """The tracker after a command."""
    answer = run(tracker, name, slots)
    assert answer.tracker is not None
    return answer.tracker


class Done:
    """What became of a write in memory."""

    def __init__(self, *notes: str) -> None:
        self.problems: tuple[str, ...] = ()
        self.notes = notes


class Read:
    notes: tuple[str, ...] = ()

    def __init__(self, name: str, tracker: Tracker) -> None:
        self.name = name
        self.tracker = tracker


class Kept:
    """One tracker of a project in memory."""

    def __init__(self, name: str, tracker: Tracker | None) -> None:
        self._name = name
        self._tracker = tracker

    def read(self) -> Read:
        if self._tracker is None:
            raise NotFound(f"{self._name} cannot be read")
        return Read(self._name, self._tracker)


class Project:
    """Trackers in memory, as far as commands use them; a name that holds None cannot be read."""

    def __init__(self, **kept: Tracker | None) -> None:
        self.kept = {f"docs/plans/{slug.replace('_', '-')}.json": tracker for slug, tracker in kept.items()}
        self.stale: set[str] = set()
        self.findings: list[Finding] = []
        self.imported: tuple[str, str | None, bool] | None = None
        self.entries: list[Entry] = []

    def journal(self, _: str) -> list[Entry]:
        return self.entries

    def history(self, _: str) -> list[Entry]:
        return self.entries[::-1]

    def names(self) -> list[str]:
        return sorted(self.kept)

    def read(self, name: str) -> Read:
        return self.open(name).read()

    def open(self, name: str) -> Kept:
        return Kept(name, self.kept[name])

    def create(self, slug: str, tracker: Tracker, check: Callable[[], object] | None = None) -> tuple[str, Done]:
        if check is not None:
            check()
        assert list(shape.problems(shape.to_document(tracker))) == []
        name = f"docs/plans/{slug}.json"
        assert name not in self.kept
        self.kept[name] = tracker
        return name, Done()

    def delete(self, name: str) -> Done:
        del self.kept[name]
        return Done()

    def redraw(self, name: str) -> Done:
        differed = name in self.stale
        self.stale.discard(name)
        return Done(*["the page was edited by hand; a copy is in .ecw/kept/plan.md"] * differed)

    def validate(self, places: list[str]) -> Checked:
        names = places or self.names()
        return Checked(tuple(names), tuple(finding for finding in self.findings if finding.file in names))

    def import_plan(self, path: str, name: str | None, bullets: bool) -> Any:
        self.imported = (path, name, bullets)
        return Plan(name or "Orchard")


class Plan:
    """A plan that was read in."""

    path = "docs/plans/orchard.json"
    phases, tasks, subtasks, criteria = 2, 5, 1, 0
    summary = ("one table was left out",)
    report = ("line 3: table",)
    problems: tuple[str, ...] = ()

    def __init__(self, title: str) -> None:
        self.title = title


STRICT = Settings(strict_completion=True)
PEOPLE = Settings(people=("dana", "lee", "sam"))
