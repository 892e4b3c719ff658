"""The laws of the merge, on random trackers, and its rules one by one."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.merge import Merged, merge
from domain.merge.order import merged_order
from domain.rules import findings
from domain.shape import problems, to_document
from domain.tracker import (
    STATUSES,
    Conflict,
    Criterion,
    Evidence,
    Note,
    Phase,
    Rows,
    Subtask,
    Task,
    Tracker,
    Verified,
)
from infrastructure.any_layout import decode
from infrastructure.codec import encode
from tests.samples import phase, task, tracker

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
CRITERIA = sets(
    *(Criterion(text, text == "red", uid) for text, uid in (("red", "crit-001"), ("green", "crit-001"))),
    Criterion("red", True),
)
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
            subtasks = [
                Subtask(n, f"subtask-{boxes.pop()}", draw(words), draw(st.booleans()))
                for n in draw(pick(sets(1, 2)))
                if boxes
            ]
            rows += [draw(drawn_tasks(f"task-{tasks.pop():03d}", number, tuple(subtasks)))] if tasks else []
        phases.append(
            Phase(phase_number, f"phase-{uid}", draw(words), 9, Rows(rows), description=draw(pick((None, *WORDS))))
        )
    made = Tracker(
        "tracker-1", draw(words), MORNING, 9, tuple(phases), overview=draw(pick((None, *WORDS))), evidence_issued=7
    )
    return draw(connected(made))


@st.composite
def connected(draw: st.DrawFn, made: Tracker) -> Tracker:
    """With dependencies, each tracker in its own order, so that two of them together have circles; and with evidence."""
    order, ids = draw(st.permutations([row.uid for _, row in made.tasks()])), list(draw(numbers))
    for below, row in list(made.tasks()):
        earlier = order[: order.index(row.uid)]
        on = draw(pick(sets(*earlier[:2])))
        proof = draw(pick((None, "one", "two"))) if ids else None
        evidence = (
            (Evidence(f"E{ids.pop()}", "manual_note", "seen", draw(times), "dana", uid=f"{proof}-{row.uid}"),)
            if proof
            else ()
        )
        made = made.with_task(below.number, row.replace(depends_on=on, evidence=evidence))
    return made


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


law = settings(max_examples=80, deadline=None)


@law
@given(trackers(), trackers())
def test_what_only_one_side_changed_is_taken_as_it_is(base: Tracker, side: Tracker) -> None:
    assert merge(base, side, base, at=NOW) == Merged(side)
    assert merge(base, base, side, at=NOW) == Merged(side)


@law
@given(trackers(), trackers())
def test_what_both_sides_made_the_same_is_taken_once(base: Tracker, both: Tracker) -> None:
    assert merge(base, both, both, at=NOW) == Merged(both)
    assert merge(None, both, both, at=NOW) == Merged(both)


@law
@given(st.none() | trackers(), trackers(), trackers())
def test_merging_commutes(base: Tracker | None, ours: Tracker, theirs: Tracker) -> None:
    one, other = merge(base, ours, theirs, at=NOW), merge(base, theirs, ours, at=NOW)
    assert turned(one.tracker) == other.tracker
    assert one.notes == other.notes


@law
@given(st.none() | trackers(), trackers(), trackers())
def test_a_merge_is_sound_and_holds_everything_that_was_added(
    base: Tracker | None, ours: Tracker, theirs: Tracker
) -> None:
    merged = merge(base, ours, theirs, at=NOW).tracker
    assert list(problems(to_document(merged))) == []
    assert findings(merged, severity="error") == []
    assert decode(encode(merged).encode(), "merged").tracker == merged
    before = uids(base) if base else set()
    assert uids(merged) >= (uids(ours) | uids(theirs)) - before
    assert uids(merged) >= uids(ours) & uids(theirs)


@law
@given(trackers(), trackers(), trackers())
def test_merging_a_side_in_again_changes_nothing(base: Tracker, ours: Tracker, theirs: Tracker) -> None:
    merged = merge(base, ours, theirs, at=NOW).tracker
    assert merge(theirs, merged, theirs, at=EVENING) == Merged(merged)
    assert merge(ours, merged, ours, at=EVENING) == Merged(merged)


# --- fields ---------------------------------------------------------------------------------------------------------------


def plan(**fields: Any) -> Tracker:
    """One task of phase 1, and some others to move it to and to depend on."""
    return tracker(
        phase(1, task(1, "One", uid="task-one", **fields), task(2, uid="task-two")),
        phase(2, task(1, uid="task-far")),
        phase(3),
    )


def the_task(plan: Tracker) -> Task:
    found = plan.find("task-one")
    assert found is not None
    made: Task = found.item
    return made


def with_task(plan: Tracker, at: str = NOON, **fields: Any) -> Tracker:
    return plan.with_task(1, the_task(plan).replace(updated_at=at, **fields))


def said(merged: Merged) -> list[tuple[str, str, Any, Any]]:
    return [(c.id, c.field, c.ours, c.theirs) for c in merged.conflicts]


@pytest.mark.parametrize(
    ("field", "earlier", "later", "wins"),
    [
        ("title", "Uno", "Eins", "later"),
        ("assignee", "dana", "lee", "later"),
        ("estimate", "1 d", None, "later"),
        ("priority", "critical", "low", "earlier"),
        ("priority", "low", None, "later"),
        ("priority", None, "medium", "later"),
        ("due", "2026-02-01", "2026-03-01", "earlier"),
        ("due", "2026-03-01", None, "earlier"),
        ("status", "complete", "cancelled", "earlier"),
        ("status", "cancelled", "blocked", "earlier"),
        ("status", "blocked", "in_progress", "earlier"),
        ("status", "in_progress", "deferred", "earlier"),
    ],
)
def test_a_field_that_both_changed_is_a_conflict_and_a_rule_holds_meanwhile(
    field: str, earlier: Any, later: Any, wins: str
) -> None:
    base = plan(priority="high", due="2026-01-31", estimate="2 d", assignee="sam")
    merged = merge(base, with_task(base, NOON, **{field: earlier}), with_task(base, EVENING, **{field: later}), at=NOW)
    assert said(merged) == [("1.1", field, earlier, later)]
    assert the_task(merged.tracker).conflicts == (Conflict(field, earlier, later, at=NOW),)
    assert getattr(the_task(merged.tracker), field) == {"earlier": earlier, "later": later}[wins]
    assert the_task(merged.tracker).updated_at == EVENING


def test_reason_and_time_of_completion_go_with_the_status_that_holds_and_the_lost_reason_is_kept() -> None:
    base = plan()
    done = base.with_task(1, the_task(base).with_status("complete", NOON))
    stuck = base.with_task(1, the_task(base).with_status("blocked", EVENING, "no paper"))
    merged = merge(base, done, stuck, at=NOW)
    there = the_task(merged.tracker)
    assert (there.status, there.completed_at, there.status_reason) == ("complete", NOON, None)
    assert said(merged) == [("1.1", "status", "complete", "blocked"), ("1.1", "status_reason", None, "no paper")]


def test_sets_keep_what_either_side_added_and_lose_what_either_side_removed() -> None:
    base = plan(labels=("api", "docs", "ops"))
    merged = merge(
        base, with_task(base, labels=("docs", "ops", "new")), with_task(base, labels=("api", "ops", "also")), at=NOW
    )
    assert the_task(merged.tracker).labels == ("ops", "also", "new")
    assert merged.conflicts == ()


def test_dependencies_of_both_sides_are_kept() -> None:
    base = plan(depends_on=("task-two",))
    merged = merge(
        base, with_task(base, depends_on=("task-two", "task-far")), with_task(base, EVENING, depends_on=()), at=NOW
    )
    assert the_task(merged.tracker).depends_on == ("task-far",)
    assert merged.conflicts == ()


def test_both_notes_are_kept_in_the_order_of_time() -> None:
    base = plan(notes=(Note(MORNING, "dana", "first", "note-one"),))
    notes = the_task(base).notes
    ours = with_task(base, notes=(*notes, Note(EVENING, "dana", "late", "note-two")))
    theirs = with_task(base, notes=(*notes, Note(NOON, "lee", "early", "note-six")))
    assert [note.text for note in the_task(merge(base, ours, theirs, at=NOW).tracker).notes] == [
        "first",
        "early",
        "late",
    ]


def test_the_same_words_twice_stay_twice() -> None:
    base = plan()
    again = Note(NOON, "dana", "again")
    merged = merge(base, with_task(base, notes=(again, again)), with_task(base, EVENING, title="Uno"), at=NOW)
    assert the_task(merged.tracker).notes == (again, again)


def test_a_criterion_that_one_side_changed_and_the_other_took_out_stays_and_is_a_conflict() -> None:
    base = plan(criteria=(Criterion("fast", False, "crit-one"), Criterion("small", False, "crit-two")))
    fast, small = the_task(base).criteria
    merged = merge(
        base, with_task(base, criteria=(fast.replace(met=True), small)), with_task(base, criteria=(small,)), at=NOW
    )
    assert the_task(merged.tracker).criteria == (fast.replace(met=True), small)
    assert the_task(merged.tracker).conflicts == (Conflict("criteria", "fast", None, "crit-one", NOW),)


def test_extensions_are_merged_key_by_key() -> None:
    base = plan(extensions={"a": 1, "b": {"c": 1, "d": 1}, "e": 1})
    ours = with_task(base, extensions={"a": 2, "b": {"c": 2, "d": 1}, "e": 1})
    theirs = with_task(base, EVENING, extensions={"b": {"c": 3, "d": 1}, "f": 1})
    merged = merge(base, ours, theirs, at=NOW)
    assert the_task(merged.tracker).extensions == {"a": 2, "b": {"c": 3, "d": 1}, "f": 1}
    assert said(merged) == [("1.1", "extensions.a", 2, None), ("1.1", "extensions.b.c", 2, 3)]


def test_a_conflict_that_a_person_settled_on_one_side_is_gone_and_others_stay() -> None:
    one, two = Conflict("title", "Uno", "Eins"), Conflict("due", "2026-02-01", None)
    base = plan(conflicts=(one, two))
    merged = merge(base, with_task(base, conflicts=(two,)), with_task(base, EVENING, estimate="1 d"), at=NOW)
    assert the_task(merged.tracker).conflicts == (two,)


def test_a_conflict_that_is_found_again_is_recorded_once() -> None:
    base = plan()
    ours, theirs = with_task(base, EVENING, title="Uno"), with_task(base, NOON, title="Eins")
    once = merge(base, ours, theirs, at=NOW).tracker
    assert merge(base, once, theirs, at=NOW) == Merged(once)
    assert merge(base, theirs, once, at=NOW) == Merged(once)


# --- items ------------------------------------------------------------------------------------------------------------------


def adding(base: Tracker, uid: str, created_at: str, **fields: Any) -> Tracker:
    first = base.phases[0]
    new = task(first.tasks_issued + 1, f"Task {uid}", uid=uid, **fields).replace(created_at=created_at)
    return base.with_phase(first.with_new_task(new))


def test_of_two_new_tasks_with_one_number_the_later_one_gets_the_next_and_answers_to_the_old() -> None:
    base = plan()
    merged = merge(base, adding(base, "task-late", EVENING), adding(base, "task-early", NOON), at=NOW)
    there = merged.tracker.phases[0]
    assert [(row.number, row.uid, row.was) for row in there.tasks][2:] == [
        (3, "task-early", ()),
        (4, "task-late", ("1.3",)),
    ]
    assert there.tasks_issued == 4
    assert merged.notes == ('Task 1.4 "Task task-late" had the number of another one and was renumbered.',)
    assert merged.conflicts == ()


def test_what_stood_there_before_keeps_its_number_though_it_is_younger() -> None:
    base = plan()
    young = with_task(base).with_task(1, the_task(base).replace(created_at=EVENING))
    old = task(1, "Old", uid="task-old").replace(created_at=MORNING)
    ours = young.with_phase(young.phases[0].without_task(1).with_new_task(old))
    merged = merge(young, ours, with_task(young, title="Uno"), at=NOW).tracker
    assert {row.uid: row.number for row in merged.phases[0].tasks} == {"task-one": 1, "task-two": 2, "task-old": 3}


def test_tasks_of_a_renumbered_phase_answer_to_the_ids_they_had() -> None:
    base = tracker()
    ours, theirs = (
        tracker(
            phase(
                1, task(1, uid=f"task-{name}", subtasks=(Subtask(1, f"box-{name}", "Box", False),)), title=name
            ).replace(uid=f"phase-{name}")
        )
        for name in ("aa", "bb")
    )
    merged = merge(base, ours, theirs, at=NOW).tracker
    assert [(phase.number, phase.uid, phase.was) for phase in merged.phases] == [
        (1, "phase-aa", ()),
        (2, "phase-bb", ("1",)),
    ]
    moved = merged.phases[1].tasks[0]
    assert (moved.was, moved.subtasks[0].was) == (("1.1",), ())
    assert merged.phases_issued == 2


def test_a_task_that_one_side_deleted_and_the_other_changed_is_kept_and_is_a_conflict() -> None:
    base = plan()
    merged = merge(base, base.with_phase(base.phases[0].without_task(1)), with_task(base, title="Uno"), at=NOW)
    assert the_task(merged.tracker).title == "Uno"
    assert said(merged) == [("1.1", "deletion", "deleted", "changed")]
    assert merged.notes == ('Task 1.1 "Uno" was deleted on one side and changed on the other: it is kept.',)


def test_a_task_that_one_side_deleted_and_the_other_left_alone_is_gone() -> None:
    base = plan()
    merged = merge(base, base.with_phase(base.phases[0].without_task(1)), adding(base, "task-new", NOON), at=NOW)
    assert merged.tracker.find("task-one") is None
    assert merged.conflicts == ()


def test_freeing_a_task_from_one_that_was_deleted_is_no_work_on_it() -> None:
    base = plan(depends_on=("task-far",))
    far_gone = with_task(base, depends_on=()).replace(
        phases=(with_task(base, depends_on=()).phases[0], base.phases[1].without_task(1), base.phases[2])
    )
    merged = merge(base, far_gone, base.with_phase(base.phases[0].without_task(1)), at=NOW)
    assert merged.tracker.find("task-one") is None
    assert merged.conflicts == ()


def test_a_task_that_stays_after_all_is_waited_for_again() -> None:
    base = plan(depends_on=("task-far",))
    freed = with_task(base, depends_on=())
    far_gone = freed.with_phase(freed.phases[1].without_task(1))
    far_changed = base.with_task(2, base.phases[1].tasks[0].replace(title="Far", updated_at=NOON))
    assert the_task(merge(base, far_gone, far_changed, at=NOW).tracker).depends_on == ("task-far",)


def test_a_deleted_phase_stays_for_what_the_other_side_put_into_it() -> None:
    base = plan()
    merged = merge(base, base.replace(phases=base.phases[1:]), adding(base, "task-new", NOON), at=NOW)
    assert [row.uid for row in merged.tracker.phases[0].tasks] == ["task-new"]
    assert said(merged) == [("1", "deletion", "deleted", "changed")]


def moved(base: Tracker, to: int, at: str) -> Tracker:
    row = the_task(base)
    goal = base.phases[to - 1]
    here = goal.with_new_task(row.replace(number=goal.tasks_issued + 1, was=("1.1",), updated_at=at))
    return base.with_phase(base.phases[0].without_task(1)).with_phase(here)


def test_a_task_that_one_side_moved_takes_the_other_side_s_changes_along() -> None:
    base = plan()
    merged = merge(base, moved(base, 2, NOON), with_task(base, EVENING, title="Uno"), at=NOW)
    assert merged.tracker.find("task-one").id == "2.2"  # type: ignore[union-attr]
    assert (the_task(merged.tracker).title, the_task(merged.tracker).was) == ("Uno", ("1.1",))
    assert merged.conflicts == ()


def test_a_task_that_both_moved_stands_where_it_was_put_last_and_is_a_conflict() -> None:
    base = plan()
    merged = merge(base, moved(base, 2, EVENING), moved(base, 3, NOON), at=NOW)
    assert merged.tracker.find("task-one").id == "2.2"  # type: ignore[union-attr]
    assert the_task(merged.tracker).was == ("1.1", "3.1")
    assert said(merged) == [("2.2", "phase", "2", "3")]


def test_a_conflict_of_a_subtask_is_recorded_at_its_task() -> None:
    base = plan(subtasks=(Subtask(1, "box-one", "Box", False),))
    sides = (with_task(base, subtasks=(Subtask(1, "box-one", title, False),)) for title in ("Kiste", "Caja"))
    merged = merge(base, *sides, at=NOW)
    assert said(merged) == [("1.1.1", "title", "Kiste", "Caja")]
    assert [conflict.item for conflict in the_task(merged.tracker).conflicts] == ["box-one"]


def test_a_circle_that_neither_side_had_is_opened_and_is_a_conflict() -> None:
    base = plan()
    two = base.phases[0].tasks[1]
    ours, theirs = (
        with_task(base, NOON, depends_on=("task-two",)),
        base.with_task(1, two.replace(depends_on=("task-one",), updated_at=EVENING)),
    )
    merged = merge(base, ours, theirs, at=NOW)
    assert (the_task(merged.tracker).depends_on, merged.tracker.phases[0].tasks[1].depends_on) == (("task-two",), ())
    assert said(merged) == [("1.2", "depends_on", None, "1.1")]


def test_nothing_waits_for_what_the_other_side_deleted_and_that_is_said() -> None:
    base = plan()
    gone = base.with_phase(base.phases[1].without_task(1))
    merged = merge(base, gone, with_task(base, depends_on=("task-far",)), at=NOW)
    assert the_task(merged.tracker).depends_on == ()
    assert merged.notes == ("Task 1.1 no longer depends on what one side deleted.",)


def test_of_two_pieces_of_evidence_with_one_id_the_later_one_gets_the_next() -> None:
    base = plan().replace(evidence_issued=4)
    ours, theirs = (
        with_task(base, evidence=(Evidence("E5", "manual_note", name, at, "dana", uid=f"proof-{name}"),)).replace(
            evidence_issued=5
        )
        for name, at in (("late", EVENING), ("early", NOON))
    )
    merged = merge(base, ours, theirs, at=NOW)
    assert [(piece.id, piece.content, piece.was) for piece in the_task(merged.tracker).evidence] == [
        ("E5", "early", ()),
        ("E6", "late", ("E5",)),
    ]
    assert merged.tracker.evidence_issued == 6
    assert merged.notes == ("Evidence E5 of task 1.1 had the id of another piece and is now E6.",)


def test_evidence_that_bore_an_id_before_keeps_it_though_it_is_younger() -> None:
    young = Evidence("E5", "manual_note", "young", EVENING, "dana", uid="proof-young")
    base = plan(evidence=(young,)).replace(evidence_issued=5)
    ours = with_task(base, evidence=(young.replace(verified=Verified(EVENING, "lee")),))
    old = Evidence("E5", "manual_note", "old", MORNING, "dana", uid="proof-old")
    theirs = with_task(base, evidence=())
    theirs = theirs.with_task(1, theirs.phases[0].tasks[1].replace(evidence=(old,)))
    merged = merge(base, ours, theirs, at=NOW).tracker
    assert [piece.id for _, row in merged.tasks() for piece in row.evidence] == ["E5", "E6"]
    assert [piece.content for _, row in merged.tasks() for piece in row.evidence] == ["young", "old"]


def test_two_trackers_that_never_met_are_joined_under_the_older_one() -> None:
    ours = tracker(phase(1, task(1, uid="task-aa")).replace(uid="phase-aa")).replace(uid="tracker-aa", created_at=NOON)
    theirs = tracker(phase(1, task(1, uid="task-bb")).replace(uid="phase-bb")).replace(
        uid="tracker-bb", created_at=MORNING
    )
    merged = merge(None, ours, theirs, at=NOW)
    assert (merged.tracker.uid, [phase.uid for phase in merged.tracker.phases]) == (
        "tracker-bb",
        ["phase-aa", "phase-bb"],
    )


# --- order --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ours", "theirs", "merged"),
    [
        ("bacd", "abcd", "bacd"),
        ("bcad", "acdb", "cadb"),  # a behind c, and b behind d
        ("bacd", "abdc", "badc"),
        ("abxcd", "abycd", "abxycd"),
        ("abcdx", "dabcy", "dabcxy"),  # what was added last stays last, though d was moved away
        ("xabcd", "yabcd", "xyabcd"),
        ("acd", "abdc", "adc"),
    ],
)
def test_both_sides_keep_the_order_they_made(ours: str, theirs: str, merged: str) -> None:
    kept = (set(ours) & set(theirs)) | (set(ours + theirs) - set("abcd"))
    for one, two in ((ours, theirs), (theirs, ours)):
        assert "".join(merged_order("abcd", one, two, kept, lambda letter: ("", letter))) == merged
