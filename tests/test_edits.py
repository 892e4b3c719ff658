"""The laws of the edits engine."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.edits import Edit, apply, diff, from_document, invert
from domain.rules import findings
from domain.tracker import Note, Phase, Rows, Subtask, Task, Tracker

AT = "2026-01-05T09:00:00Z"
LATER = "2026-01-06T09:00:00Z"


def uid(kind: str, number: int) -> str:
    return f"{kind}-{number:06d}"


def subtask(number: int) -> Subtask:
    return Subtask(number, uid("s", number), f"Subtask {number}", False)


def task(number: int, subtasks: tuple[Subtask, ...] = (), **fields: object) -> Task:
    return Task(number, uid("t", number), f"Task {number}", "pending", AT, AT, subtasks=subtasks, **fields)


titles = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12).filter(str.strip)
pools = st.permutations(range(1, 13))


@st.composite
def trackers(draw: st.DrawFn) -> Tracker:
    """Trackers whose items come from one small pool of uids, so that two of them overlap, differ and cross over."""
    task_pool, subtask_pool = list(draw(pools)), list(draw(pools))
    phases = []
    for number in draw(st.permutations(range(1, draw(st.integers(1, 4)) + 1))):
        rows = []
        for _ in range(draw(st.integers(0, 3))):
            if not task_pool:
                break
            subtasks = tuple(
                subtask(subtask_pool.pop()) for _ in range(min(draw(st.integers(0, 2)), len(subtask_pool)))
            )
            row = task(task_pool.pop(), subtasks, priority=draw(st.sampled_from([None, "low", "high"])))
            notes = tuple(Note(AT, "dana", text) for text in draw(st.lists(titles, max_size=2)))
            rows.append(
                row.replace(title=draw(titles), notes=notes, status=draw(st.sampled_from(["pending", "complete"])))
            )
        phases.append(Phase(number, uid("p", number), draw(titles), 20, Rows(rows)))
    return Tracker("w-000001", draw(titles), AT, 9, tuple(phases), overview=draw(st.none() | titles))


@settings(max_examples=300, deadline=None)
@given(trackers(), trackers())
def test_applying_the_difference_gives_the_other_tracker(a: Tracker, b: Tracker) -> None:
    assert apply(diff(a, b), a) == b


@settings(max_examples=300, deadline=None)
@given(trackers(), trackers())
def test_inverted_edits_take_everything_back(a: Tracker, b: Tracker) -> None:
    edits = diff(a, b)
    assert apply(invert(edits), apply(edits, a)) == a


@given(trackers())
def test_a_tracker_does_not_differ_from_itself(a: Tracker) -> None:
    assert diff(a, a) == ()
    assert diff(a, a.replace(phases=tuple(p.replace(tasks=Rows(list(p.tasks))) for p in a.phases))) == ()


@given(trackers(), trackers())
def test_edits_survive_the_journal(a: Tracker, b: Tracker) -> None:
    edits = diff(a, b)
    assert tuple(from_document(edit.to_document()) for edit in edits) == edits


def small() -> Tracker:
    first = Phase(1, uid("p", 1), "One", 2, Rows([task(1), task(2, (subtask(1), subtask(2)))]))
    return Tracker("w-000001", "Small", AT, 2, (first, Phase(2, uid("p", 2), "Two", 0, Rows())))


def test_one_changed_field_is_one_edit() -> None:
    before = small()
    changed = before.task(1, 1)
    assert changed is not None
    after = before.with_task(1, changed.replace(status="complete"))
    assert diff(before, after) == (Edit("set", "task", uid("t", 1), "status", "pending", "complete"),)


def test_a_task_that_moves_keeps_its_identity() -> None:
    before = small()
    one, two = before.phases
    moved = two.with_new_task(one.tasks[1])
    after = before.replace(phases=(one.without_task(2), moved))
    kinds = [(edit.kind, edit.uid) for edit in diff(before, after)]
    assert ("move", uid("t", 2)) in kinds
    assert not any(kind in ("add", "remove") for kind, _ in kinds)


def test_an_edit_of_an_item_that_is_gone_is_an_error() -> None:
    with pytest.raises(KeyError):
        apply((Edit("set", "task", "t-999999", "status", "pending", "complete"),), small())


def test_rules_hold_on_the_sample() -> None:
    assert findings(small(), "2026-01-05", severity="error") == []
