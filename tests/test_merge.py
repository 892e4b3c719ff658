"""The laws of the merge, on random trackers, and its rules one by one."""

from __future__ import annotations

from itertools import permutations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.merge import Merged, merge
from domain.rules import findings
from domain.shape import problems, to_document
from domain.tracker import (
    STATUSES,
    Criterion,
    Evidence,
    Note,
    Phase,
    Rows,
    Subtask,
    Task,
    Tracker,
)

MORNING, NOON, EVENING = "2026-01-05T09:00:00Z", "2026-01-05T12:00:00Z", "2026-01-05T18:00:00Z"
NOW = "2026-02-01T08:00:00Z"


# --- random trackers: three of them overlap, differ and cross over, for they draw from one small pool of uids ----------

def sets(*things: Any) -> list[tuple[Any, ...]]:  # Any: rows of a list
    """Some of these, in some order."""
    return [chosen for size in range(len(things) + 1) for chosen in permutations(things, size)]


WORDS = ("red", "green", "blue")
TIMES = (MORNING, NOON, EVENING)
NOTES = sets(*(Note(MORNING, "dana", text, f"note-{text}") for text in WORDS), Note(NOON, "lee", "blue"))
SAME_TWICE = (Note(NOON, "lee", "blue"), Note(NOON, "lee", "blue"))
CRITERIA = sets(*(Criterion(text, text == "red", uid) for text, uid in (("red", "crit-001"), ("green", "crit-001"))), Criterion("red", True))
CRITERIA = [rows for rows in CRITERIA if len({row.uid for row in rows}) == len(rows)]
EXTENSIONS = (None, {}, {"a": 1}, {"a": 2, "b": {"c": "x"}}, {"b": {"c": "y", "d": [1]}}, {"b": "z"})
pick = st.sampled_from
words, times, numbers = pick(WORDS), pick(TIMES), st.permutations(range(1, 8))


@st.composite
def drawn_tasks(draw: st.DrawFn, uid: str, number: int, subtasks: tuple[Subtask, ...]) -> Task:
    status = draw(pick(STATUSES))
    return Task(
        number,
        uid,
        draw(words),
        status,
        MORNING,
        draw(times),
        priority=draw(pick((None, "low", "medium", "high"))),
        labels=draw(pick(sets("api", "docs", "ops"))),
        due=draw(pick((None, "2026-02-01", "2026-03-01"))),
        notes=draw(pick(NOTES)) + draw(pick(((), SAME_TWICE))),
        criteria=draw(pick(CRITERIA)),
        subtasks=subtasks,
        subtasks_issued=draw(pick((None, 9))),
        status_reason=draw(words) if status in ("blocked", "deferred") else None,
        completed_at=draw(times) if status == "complete" else None,
        extensions=draw(pick(EXTENSIONS)),
    )


@st.composite
def trackers(draw: st.DrawFn) -> Tracker:
    tasks, boxes, phases = list(draw(numbers)), list(draw(numbers)), []
    for uid, phase_number in zip(draw(pick(sets(1, 2, 3))), draw(numbers), strict=False):
        rows = []
        for number in draw(pick(sets(1, 2, 3))):
            subtasks = [Subtask(n, f"subtask-{boxes.pop()}", draw(words), draw(st.booleans())) for n in draw(pick(sets(1, 2))) if boxes]
            rows += [draw(drawn_tasks(f"task-{tasks.pop():03d}", number, tuple(subtasks)))] if tasks else []
        phases.append(Phase(phase_number, f"phase-{uid}", draw(words), 9, Rows(rows), description=draw(pick((None, *WORDS)))))
    tracker = Tracker("tracker-1", draw(words), MORNING, 9, tuple(phases), overview=draw(pick((None, *WORDS))), evidence_issued=7)
    return draw(connected(tracker))


@st.composite
def connected(draw: st.DrawFn, tracker: Tracker) -> Tracker:
    """With dependencies, each tracker in its own order, so that two of them together have circles; and with evidence."""
    order, ids = draw(st.permutations([task.uid for _, task in tracker.tasks()])), list(draw(numbers))
    for phase, task in list(tracker.tasks()):
        earlier = order[: order.index(task.uid)]
        on = draw(pick(sets(*earlier[:2])))
        proof = draw(pick((None, "one", "two"))) if ids else None
        evidence = (Evidence(f"E{ids.pop()}", "manual_note", "seen", draw(times), "dana", uid=f"{proof}-{task.uid}"),) if proof else ()
        tracker = tracker.with_task(phase.number, task.replace(depends_on=on, evidence=evidence))
    return tracker


def is_sound(tracker: Tracker) -> bool:
    return list(problems(to_document(tracker))) == [] and findings(tracker, severity="error") == []


def turned(tracker: Tracker) -> Tracker:
    """With the sides exchanged in the conflicts that were found now."""

    def turn(item: Any) -> Any:  # Any: a tracker, phase or task
        rows = [c.replace(ours=c.theirs, theirs=c.ours) if c.at == NOW else c for c in item.conflicts]
        return item.replace(conflicts=tuple(rows))

    phases = (turn(phase).replace(tasks=Rows(turn(task) for task in phase.tasks)) for phase in tracker.phases)
    return turn(tracker).replace(phases=tuple(phases))


def uids(tracker: Tracker) -> set[str]:
    tasks = [task for _, task in tracker.tasks()]
    return {item.uid for item in (*tracker.phases, *tasks, *(subtask for task in tasks for subtask in task.subtasks))}


@settings(max_examples=100, deadline=None)
@given(trackers(), trackers())
def test_what_only_one_side_changed_is_taken_as_it_is(base: Tracker, side: Tracker) -> None:
    assert merge(base, side, base, at=NOW) == Merged(side)
    assert merge(base, base, side, at=NOW) == Merged(side)


@settings(max_examples=100, deadline=None)
@given(trackers(), trackers())
def test_what_both_sides_made_the_same_is_taken_once(base: Tracker, both: Tracker) -> None:
    assert merge(base, both, both, at=NOW) == Merged(both)
    assert merge(None, both, both, at=NOW) == Merged(both)


@settings(max_examples=300, deadline=None)
@given(st.none() | trackers(), trackers(), trackers())
def test_merging_commutes(base: Tracker | None, ours: Tracker, theirs: Tracker) -> None:
    one, other = merge(base, ours, theirs, at=NOW), merge(base, theirs, ours, at=NOW)
    assert turned(one.tracker) == other.tracker
    assert one.notes == other.notes


@settings(max_examples=300, deadline=None)
@given(st.none() | trackers(), trackers(), trackers())
def test_a_merge_is_sound_and_holds_everything_that_was_added(base: Tracker | None, ours: Tracker, theirs: Tracker) -> None:
    merged = merge(base, ours, theirs, at=NOW).tracker
    assert is_sound(merged)
    before = uids(base) if base else set()
    assert uids(merged) >= (uids(ours) | uids(theirs)) - before
    assert uids(merged) >= uids(ours) & uids(theirs)


@settings(max_examples=300, deadline=None)
@given(trackers(), trackers(), trackers())
def test_merging_a_side_in_again_changes_nothing(base: Tracker, ours: Tracker, theirs: Tracker) -> None:
    merged = merge(base, ours, theirs, at=NOW).tracker
    assert merge(theirs, merged, theirs, at=EVENING).tracker == merged
    assert merge(ours, merged, ours, at=EVENING).tracker == merged
    assert merge(base, merged, theirs, at=EVENING).tracker == merged
