"""What every row of the command table promises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.commands import COMMANDS
from domain.commands.table import SLOT_KINDS, TOPICS
from domain.errors import WtError
from domain.tracker import PRIORITIES, STATUSES, Tracker
from infrastructure.codec import decode_canonical, encode
from tests.commands.running import PEOPLE, call, run
from tests.samples import rich_tracker

# A call of each changing command that changes something, and one that finds it done already (None: it always adds).
CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any] | None]] = {
    "add_phase": ({"title": "Aftercare", "description": "one week"}, None),
    "add_task": ({"parent": "1", "title": "Thank the team"}, None),
    "add_subtask": ({"parent": "2.1", "titles": ["Log it", "Test it"]}, None),
    "set_status": ({"items": ["2.4", "3.2"], "status": "in_progress"}, {"items": ["2.1"], "status": "in_progress"}),
    "bulk_set_status": ({"scope": "phase:3", "status": "deferred"}, {"scope": "phase:1", "status": "complete"}),
    "check": ({"items": ["2.1.3"]}, {"items": ["2.1.1"]}),
    "uncheck": ({"items": ["2.1.1", "2.1.2"]}, {"items": ["2.1.3"]}),
    "set_field": (
        {"items": ["3.1", "3.2"], "field": "priority", "value": "high"},
        {"items": ["2.1"], "field": "assignee", "value": "dana"},
    ),
    "rename": ({"item": "3", "title": "Launch"}, {"item": "3", "title": "Rollout"}),
    "delete": ({"items": ["2.1", "4", "1.3"]}, {"scope": "assignee:nobody"}),
    "move": ({"items": ["1.1", "2.4"], "to": "3"}, {"items": ["3.1"], "to": "3"}),
    "reorder": ({"item": "2.4", "before": "2.2"}, {"item": "2.1", "position": "first"}),
    "add_dependency": ({"items": ["2.4", "1.2"], "on": ["1.1"]}, {"items": ["2.1"], "on": ["1.1", "1.2"]}),
    "remove_dependency": ({"items": ["2.1"], "on": ["1.1"]}, {"items": ["1.1"]}),
    "attach_evidence": ({"item": "2.4", "content": "docs/a.md"}, None),
    "verify_evidence": ({"item": "2.1"}, {"item": "E1"}),
    "add_check": (
        {"item": "2.4", "kind": "command", "value": "make lint"},
        {"item": "2.1", "kind": "file", "value": "docs/payments/idempotency.md"},
    ),
    "remove_check": ({"item": "2.1", "check": 1}, None),
    "add_note": ({"items": ["2.4", "3.1"], "text": "see the wiki"}, None),
    "add_criterion": ({"item": "2.4", "text": "fast"}, {"item": "2.1", "text": "The key survives a redeploy"}),
    "meet_criterion": ({"item": "2.1"}, {"item": "2.1", "criterion": 1}),
    "unmeet_criterion": ({"item": "2.1", "criterion": "two identical"}, {"item": "2.1", "criterion": 3}),
    "settle": ({"item": "2.2", "side": "theirs"}, {"item": "2.1"}),
}
READS: list[tuple[str, dict[str, Any]]] = [
    ("show_progress", {}),
    ("show_progress", {"phase": "2"}),
    ("show_item", {"item": "2.1"}),
    ("show_item", {"item": "2.2", "part": "status"}),
    ("show_item", {"item": "2"}),
    ("show_item", {"item": "tracker"}),
    ("show_item", {"item": "E3"}),
    ("list", {}),
    ("list", {"status": "complete", "label": "database"}),
    ("list", {"what": "evidence"}),
    ("list", {"what": "labels"}),
    ("next", {}),
    ("remaining", {"phase": "2"}),
    ("blocked", {}),
    ("search", {"query": "provider"}),
    ("conflicts", {}),
]


@pytest.mark.parametrize("spec", COMMANDS.values(), ids=list(COMMANDS))
def test_a_command_says_what_it_does_and_how_it_is_said(spec: Any) -> None:
    assert spec.help.endswith(".") and len(spec.help) < 120
    assert spec.topic in TOPICS
    assert 3 <= len(spec.phrases) <= 12
    assert len(set(spec.phrases)) == len(spec.phrases)
    assert {slot.kind for slot in spec.slots} <= set(SLOT_KINDS)


def test_no_phrase_belongs_to_two_commands() -> None:
    phrases = [phrase for spec in COMMANDS.values() for phrase in spec.phrases]
    assert len(set(phrases)) == len(phrases)


def test_every_changing_command_is_tried_below() -> None:
    changing = {name for name, spec in COMMANDS.items() if spec.changes}
    elsewhere = {
        "undo",
        "redo",
        "run_checks",
    }  # they need a journal (tests/test_history.py), a runner (tests/test_checks.py)
    assert changing - elsewhere == set(CHANGES)


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_obeys_the_laws_and_leaves_other_phases_alone(name: str, rich: Tracker) -> None:
    answer = run(rich, name, CHANGES[name][0])
    assert answer.tracker is not None and answer.tracker is not rich
    before = {phase.uid: phase for phase in rich.phases}
    assert all(phase is before.get(phase.uid) or phase != before.get(phase.uid) for phase in answer.tracker.phases)
    assert answer.message.endswith(".") and "\n" not in answer.message


@pytest.mark.parametrize("name", [name for name, (_, again) in CHANGES.items() if again is not None])
def test_what_is_so_already_returns_the_same_tracker(name: str, rich: Tracker) -> None:
    answer = run(rich, name, CHANGES[name][1])
    assert answer.tracker is rich


@pytest.mark.parametrize(("name", "slots"), READS)
def test_a_read_answers_the_same_from_lines_as_from_values(name: str, slots: dict[str, Any], rich: Tracker) -> None:
    from_values = run(rich, name, slots)
    assert from_values == run(decode_canonical(encode(rich)), name, slots)
    assert from_values.tracker is None and from_values.data


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_the_same_on_lines_as_on_values(name: str, rich: Tracker) -> None:
    slots = CHANGES[name][0]
    assert run(rich, name, slots) == run(decode_canonical(encode(rich)), name, slots)


def test_a_bare_id_does_for_a_reference(rich: Tracker) -> None:
    made = call(rich, "show_progress", {}).replace(slots={"phase": "2"})
    assert COMMANDS["show_progress"].run(rich, made) == run(rich, "show_progress", {"phase": "2"})
    shown = call(rich, "show_item", {}).replace(slots={"item": "e3"})
    assert COMMANDS["show_item"].run(rich, shown).data["item"]["id"] == "E3"
    everything = call(rich, "delete", {}).replace(slots={"items": ["tracker"]})
    assert COMMANDS["delete"].works_on_files(everything)


# --- any commands in any order -----------------------------------------------------------------------------------------


class There:
    """What a tracker holds, by numbers drawn from anywhere."""

    def __init__(self, tracker: Tracker) -> None:
        self._phases = [str(phase.number) for phase in tracker.phases]
        self._tasks = [f"{phase.number}.{task.number}" for phase, task in tracker.tasks()]
        rows = [(f"{phase.number}.{task.number}", task.subtasks) for phase, task in tracker.tasks()]
        self._subtasks = [f"{id}.{subtask.number}" for id, subtasks in rows for subtask in subtasks]

    def phase(self, at: int) -> str:
        return self._phases[at % len(self._phases)] if self._phases else "1"

    def task(self, at: int) -> str:
        return self._tasks[at % len(self._tasks)] if self._tasks else "1.1"

    def subtask(self, at: int) -> str:
        return self._subtasks[at % len(self._subtasks)] if self._subtasks else "1.1.1"

    def last(self, at: int) -> str:
        """The newest task of a phase: its number is the one most easily given again."""
        own = [id for id in self._tasks if id.startswith(self.phase(at) + ".")]
        return own[-1] if own else self.task(at)


Step = Callable[[There, int, int], tuple[str, dict[str, Any]]]
STEPS: list[Step] = [
    lambda there, a, b: ("add_phase", {"title": f"Phase {a}"}),
    lambda there, a, b: ("add_task", {"parent": there.phase(a), "title": f"Task {b}", "depends_on": [there.task(b)]}),
    lambda there, a, b: ("add_task", {"parent": there.phase(a), "title": f"Task {b}"}),
    lambda there, a, b: ("add_subtask", {"parent": there.task(a), "titles": ["One", "Two"][: b % 2 + 1]}),
    lambda there, a, b: ("set_status", {"items": [there.task(a), there.task(b)], "status": STATUSES[b % 6]}),
    lambda there, a, b: ("bulk_set_status", {"scope": f"phase:{there.phase(a)}", "status": STATUSES[b % 6]}),
    lambda there, a, b: ("check", {"items": [there.subtask(a), there.subtask(b)]}),
    lambda there, a, b: ("delete", {"items": [there.last(a)]}),
    lambda there, a, b: ("delete", {"items": [there.subtask(a), there.task(b)]}),
    lambda there, a, b: ("delete", {"items": [there.phase(a)]} if b % 4 == 0 else {"items": [there.subtask(a)]}),
    lambda there, a, b: ("delete", {"scope": f"status:{STATUSES[a % 6]}"}),
    lambda there, a, b: ("move", {"items": [there.task(a), there.last(b)], "to": there.phase(b)}),
    lambda there, a, b: ("move", {"items": [there.subtask(a)], "to": there.task(b)}),
    lambda there, a, b: ("reorder", {"item": there.task(a), "position": ["first", "last", 1][b % 3]}),
    lambda there, a, b: ("reorder", {"item": there.phase(a), "before": there.phase(b)}),
    lambda there, a, b: ("add_dependency", {"items": [there.task(a)], "on": [there.task(b)]}),
    lambda there, a, b: ("remove_dependency", {"items": [there.task(a)]}),
    lambda there, a, b: ("attach_evidence", {"item": there.task(a), "content": f"seen {b}"}),
    lambda there, a, b: ("set_field", {"items": [there.task(a)], "field": "priority", "value": PRIORITIES[b % 4]}),
]
DRAWN = st.tuples(st.sampled_from(STEPS), st.integers(0, 40), st.integers(0, 40))


@settings(max_examples=150, deadline=None, report_multiple_bugs=False)
@given(st.lists(DRAWN, min_size=10, max_size=30))
def test_no_run_of_commands_reuses_a_number_or_breaks_a_rule(drawn: list[tuple[Step, int, int]]) -> None:
    tracker, owners, made = rich_tracker(), dict[str, str](), iter(range(10**6))
    for step, a, b in drawn:
        name, slots = step(There(tracker), a, b)
        try:
            answer = run(tracker, name, slots, new_uid=lambda: f"made-{next(made):06d}", settings=PEOPLE)
        except WtError:
            continue
        assert answer.tracker is not None
        tracker = answer.tracker
        for id, uid in numbered(tracker):
            assert owners.setdefault(id, uid) == uid, f"{id} was given twice"
    assert decode_canonical(encode(tracker)) == tracker


def numbered(tracker: Tracker) -> list[tuple[str, str]]:
    """(id, uid) of everything that bears a number."""
    found = [(str(phase.number), phase.uid) for phase in tracker.phases]
    for phase, task in tracker.tasks():
        id = f"{phase.number}.{task.number}"
        found += [(id, task.uid), *((f"{id}.{subtask.number}", subtask.uid) for subtask in task.subtasks)]
        found += [(piece.id, piece.uid or piece.content) for piece in task.evidence]
    return found
