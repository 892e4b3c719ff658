"""Every changing command against every other one, made on two branches: nothing lost, whoever merges whom."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from domain.commands import COMMANDS, Call, Ref
from domain.edits import BOOKKEEPING, Edit, diff
from domain.merge import merge
from domain.proof import Proof
from domain.record import Record
from domain.rules import findings
from domain.shape import problems, to_document
from domain.tracker import Check, Conflict, Criterion, Evidence, Note, Subtask, Task, Tracker
from tests.samples import phase, task, tracker

MORNING, NOON, EVENING = "2026-01-05T09:00:00Z", "2026-01-05T12:00:00Z", "2026-01-05T18:00:00Z"
BEFORE = "2026-01-04T09:00:00Z"
NIGHT, MIDNIGHT = "2026-01-05T22:00:00Z", "2026-01-05T23:59:59Z"


README = Check("file", "README.md")
HELD = {README: Proof(README, True, "it exists", sha256="f" * 64)}


def full_task(number: int, **fields: Any) -> Task:
    """A task on which every command has something to do."""
    uid = fields.pop("uid")
    return Task(
        number,
        uid,
        f"Title of {uid}",
        "pending",
        MORNING,
        MORNING,
        labels=("api", "docs"),
        due="2026-03-01",
        notes=(Note(MORNING, "dana", "as agreed", f"note-{uid}"),),
        criteria=(Criterion("fast", True, f"fast-{uid}"), Criterion("small", False, f"small-{uid}")),
        depends_on=("task-last",),
        subtasks_issued=3,
        subtasks=tuple(Subtask(n, f"box{n}-{uid}", f"Box {n}", n == 1) for n in (1, 2, 3)),
        verify=(README,),
        conflicts=(Conflict("estimate", "two days", "a week", at=BEFORE),),
        **fields,
    )


def plan() -> Tracker:
    """Phases 1 and 2 are worked on; phases 3 and 4 are where things are moved."""
    evidence = {n: Evidence(f"E{n}", "manual_note", "seen", MORNING, "dana", uid=f"proof-{n}") for n in (1, 2, 3)}
    return tracker(
        phase(1, *(full_task(n, uid=f"task-1-{n}", evidence=(evidence[n],)) for n in (1, 2))),
        phase(2, full_task(1, uid="task-2-1", evidence=(evidence[3],))),
        phase(3, task(1, uid="task-3-1"), task(2, uid="task-last")),
        phase(4),
        evidence_issued=3,
    )


class Site(Record):
    """Where one branch works, and what is its own there."""

    task: str
    other: str  # what the other branch works on, or a bystander when both work on the same
    said: str
    goal: str  # the phase things are moved to
    day: str

    @property
    def phase(self) -> str:
        return self.task.partition(".")[0]


Slots = Callable[[Site], dict[str, Any]]  # Any: what a slot holds depends on its kind
OPERATIONS: tuple[tuple[str, Slots], ...] = (
    ("add_phase", lambda site: {"title": f"Phase of {site.said}"}),
    ("add_task", lambda site: {"parent": site.phase, "title": f"Task of {site.said}"}),
    ("rename", lambda site: {"item": site.task, "title": f"Title by {site.said}"}),
    ("rename", lambda site: {"item": f"{site.task}.1", "title": f"Box by {site.said}"}),
    ("rename", lambda site: {"item": site.phase, "title": f"Phase by {site.said}"}),
    ("rename", lambda site: {"item": "tracker", "title": f"Plan by {site.said}"}),
    ("move", lambda site: {"items": [site.task], "to": site.goal}),
    ("move", lambda site: {"items": [f"{site.task}.2"], "to": "3.1" if site.said == "ann" else "3.2"}),
    ("reorder", lambda site: {"item": site.task, "position": "last"}),
    ("reorder", lambda site: {"item": site.phase, "after": site.goal}),
    ("reorder", lambda site: {"item": f"{site.task}.3", "position": "first"}),
    ("delete", lambda site: {"items": [site.task]}),
    ("delete", lambda site: {"items": [f"{site.task}.1"]}),
    ("delete", lambda site: {"items": [site.phase]}),
    ("add_subtask", lambda site: {"parent": site.task, "titles": [f"Box of {site.said}"]}),
    ("check", lambda site: {"items": [f"{site.task}.2"]}),
    ("uncheck", lambda site: {"items": [f"{site.task}.1"]}),
    ("set_status", lambda site: {"items": [site.task], "status": "complete"}),
    ("set_status", lambda site: {"items": [site.task], "status": "blocked", "reason": f"{site.said} waits"}),
    (
        "bulk_set_status",
        lambda site: {"scope": f"phase:{site.phase}", "status": "deferred", "reason": f"{site.said} has no time"},
    ),
    (
        "set_field",
        lambda site: {"items": [site.task], "field": "priority", "value": "high" if site.said == "ann" else "low"},
    ),
    ("set_field", lambda site: {"items": [site.task], "field": "assignee", "value": site.said}),
    ("set_field", lambda site: {"items": [site.task], "field": "due", "value": site.day}),
    ("set_field", lambda site: {"items": [site.task], "field": "due", "value": None}),
    ("set_field", lambda site: {"items": [site.task], "field": "labels", "value": [site.said], "mode": "add"}),
    ("set_field", lambda site: {"items": [site.task], "field": "labels", "value": ["api"], "mode": "remove"}),
    ("set_field", lambda site: {"items": [site.task], "field": "estimate", "value": f"{site.said}'s guess"}),
    ("set_field", lambda site: {"items": [site.phase], "field": "description", "value": f"as {site.said} sees it"}),
    ("set_field", lambda site: {"items": ["tracker"], "field": "description", "value": f"as {site.said} sees it"}),
    ("add_note", lambda site: {"items": [site.task], "text": f"{site.said} says so"}),
    ("add_criterion", lambda site: {"item": site.task, "text": f"good enough for {site.said}"}),
    ("meet_criterion", lambda site: {"item": site.task, "criterion": 2}),
    ("unmeet_criterion", lambda site: {"item": site.task, "criterion": 1}),
    ("add_dependency", lambda site: {"items": [site.task], "on": [site.other]}),
    ("remove_dependency", lambda site: {"items": [site.task], "on": ["3.2"]}),
    ("add_check", lambda site: {"item": site.task, "kind": "file", "value": f"docs/{site.said}.md"}),
    ("remove_check", lambda site: {"item": site.task, "check": 1}),
    ("run_checks", lambda site: {"item": site.task}),
    ("attach_evidence", lambda site: {"item": site.task, "content": f"seen by {site.said}", "type": "manual_note"}),
    ("verify_evidence", lambda site: {"item": site.task}),
    ("settle", lambda site: {"item": site.task}),
    ("settle", lambda site: {"item": site.task, "side": "ours" if site.said == "ann" else "theirs"}),
)
RELATIONS = {
    "the same task": ("1.1", "1.1", "3.1", "3.1"),
    "the same phase": ("1.1", "1.2", "1.2", "1.1"),
    "different phases": ("1.1", "2.1", "2.1", "1.1"),
}


def sites(relation: str) -> tuple[Site, Site]:
    one, two, other_of_one, other_of_two = RELATIONS[relation]
    return (
        Site(one, other_of_one, "ann", "3", "2026-02-10"),
        Site(two, other_of_two, "bob", "4", "2026-02-20"),
    )


def done(before: Tracker, operation: tuple[str, Slots], site: Site, at: str) -> Tracker:
    """The tracker after a command on one branch."""
    name, slots = operation
    made = iter(range(1, 1000))
    call = Call(
        {slot: _given(before, name, slot, value) for slot, value in slots(site).items()},
        at,
        site.said,
        lambda: f"new-{site.said}-{at[11:13]}-{next(made)}",
        proofs=HELD,
    )
    after = COMMANDS[name].run(before, call).tracker
    assert after is not None
    return after


def _given(tracker: Tracker, name: str, slot: str, value: Any) -> Any:
    row = COMMANDS[name].slot(slot)
    assert row is not None
    if row.kind not in ("item", "items", "task", "phase"):
        return value
    return [_ref(tracker, id) for id in value] if isinstance(value, list) else _ref(tracker, value)


def _ref(tracker: Tracker, id: str) -> Ref:
    found = tracker.at(id)
    assert found is not None, id
    return Ref(found.kind, id, found.item.uid)


# --- what must hold -----------------------------------------------------------------------------------------------------


def obeys_the_laws(base: Tracker, ours: Tracker, theirs: Tracker) -> Tracker:
    """Sound, the same from both sides, the same when a side is merged in again, and nothing lost. Returns what was merged."""
    merged = merge(base, ours, theirs, at=EVENING).tracker
    assert list(problems(to_document(merged))) == []
    assert findings(merged, severity="error") == []
    assert turned(merged) == merge(base, theirs, ours, at=EVENING).tracker
    assert merge(theirs, merged, theirs, at=EVENING).tracker == merged
    nothing_is_lost(base, ours, theirs, merged)
    nothing_is_lost(base, theirs, ours, merged)
    return merged


def nothing_is_lost(base: Tracker, side: Tracker, other: Tracker, merged: Tracker) -> None:
    assert [edit for edit in diff(base, side) if not holds(edit, other, merged)] == []


def turned(tracker: Tracker) -> Tracker:
    """With the sides exchanged in the conflicts of this merge."""

    def turn(item: Any) -> Any:
        rows = (c if c.at == BEFORE else c.replace(ours=c.theirs, theirs=c.ours) for c in item.conflicts)
        return item.replace(conflicts=tuple(rows))

    phases = (turn(p).replace(tasks=type(p.tasks)(map(turn, p.tasks))) for p in tracker.phases)
    return turn(tracker).replace(phases=tuple(phases))


def holds(edit: Edit, other: Tracker, merged: Tracker) -> bool:
    """Whether a change of one side is in the merged tracker, or is put before a person as a conflict."""
    found = merged.find(edit.uid)
    if edit.kind == "remove":
        return found is None or _in_conflict(merged, edit.uid, "deletion", "deleted")
    if found is None:  # the other side deleted it, and this one did no more than move it within its list
        return edit.kind == "order" or edit.field in (*BOOKKEEPING, "depends_on")
    if edit.kind == "move":
        return _parent(merged, edit.uid) == edit.to or _in_conflict(
            merged, edit.uid, "phase" if edit.level == "task" else "task"
        )
    if edit.kind == "order":
        return _in_this_order(edit, other, merged)
    return edit.kind == "add" or _field_holds(edit, found.item, merged)


def _field_holds(edit: Edit, item: Any, merged: Tracker) -> bool:
    now = to_document(item).get(edit.field or "")
    if edit.field in BOOKKEEPING or now == edit.after or _in_conflict(merged, edit.uid, edit.field or "", edit.after):
        return True
    if edit.field == "number":  # renumbered, and the number it was given still names it
        return True
    if isinstance(edit.after or edit.before, list):
        return _list_holds(edit, now or [], merged)
    return False


def _list_holds(edit: Edit, now: list[Any], merged: Tracker) -> bool:
    """What was added is there, what was taken out is not. Evidence may bear a new id, a circle may cost a dependency."""
    before, after, now = (list(map(_without_id, rows or [])) for rows in (edit.before, edit.after, now))
    added, removed = [row for row in after if row not in before], [row for row in before if row not in after]
    known = {row["uid"] for row in after if isinstance(row, dict) and "uid" in row}
    gone = [row for row in removed if not (isinstance(row, dict) and row.get("uid") in known)]
    if edit.field == "depends_on":
        added = [uid for uid in added if merged.find(uid)]  # what the other side deleted cannot be waited for
    is_there = all(row in now or _in_conflict(merged, edit.uid, edit.field or "") for row in added)
    return is_there and (not any(row in now for row in gone) or _in_conflict(merged, edit.uid, edit.field or ""))


def _without_id(row: Any) -> Any:
    return (
        {key: value for key, value in row.items() if key not in ("id", "was", "verified")}
        if isinstance(row, dict)
        else row
    )


def _in_this_order(edit: Edit, other: Tracker, merged: Tracker) -> bool:
    """Every pair that this side turned round stands so, unless one of the two went away or the other side turned it too."""
    now, before = _children(merged, edit.uid), edit.before
    place = {uid: at for at, uid in enumerate(now)}
    turned_round = _turned_round(before, edit.after)
    others = (
        {uid for pair in _turned_round(before, _children(other, edit.uid)) for uid in pair}
        if other.find(edit.uid)
        else set()
    )
    return all(place[x] < place[y] for x, y in turned_round if {x, y} <= place.keys() - others)


def _turned_round(before: list[str], after: list[str]) -> list[tuple[str, str]]:
    known = [uid for uid in after if uid in before]
    pairs = [(x, y) for at, x in enumerate(known) for y in known[at + 1 :]]
    return [(x, y) for x, y in pairs if before.index(x) > before.index(y)]


def _children(tracker: Tracker, uid: str) -> list[str]:
    found = tracker.find(uid)
    assert found is not None
    rows = {"tracker": "phases", "phase": "tasks", "task": "subtasks"}[found.kind]
    return [child.uid for child in getattr(found.item, rows)]


def _parent(tracker: Tracker, uid: str) -> str | None:
    found = tracker.find(uid)
    assert found is not None
    parent = found.task if found.kind == "subtask" else found.phase
    return parent.uid if parent else None


def _in_conflict(tracker: Tracker, uid: str, field: str, value: Any = ...) -> bool:
    found = tracker.find(uid)
    assert found is not None
    owner = found.task if found.kind == "subtask" else found.item
    rows = [c for c in owner.conflicts if c.field == field and (found.kind != "subtask" or c.item == uid)]
    return any(value is ... or value in (c.ours, c.theirs) for c in rows)


# --- the matrix -----------------------------------------------------------------------------------------------------------


def test_every_changing_command_is_in_the_matrix() -> None:
    changing = {name for name, spec in COMMANDS.items() if spec.changes}
    assert changing - {"undo", "redo"} == {name for name, _ in OPERATIONS}  # those two work on the journal


each = pytest.mark.parametrize("first", range(len(OPERATIONS)), ids=lambda at: f"{at}-{OPERATIONS[at][0]}")


LONG = bool(os.environ.get("WT_SLOW_TESTS"))


def others(first: int) -> tuple[tuple[str, Slots], ...]:
    """What the other branch does, later: all there is where time is no object, else every pair in one order."""
    return OPERATIONS if LONG else OPERATIONS[first:]


def related(usual: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("relation", RELATIONS if LONG else [usual])


@each
@pytest.mark.parametrize("relation", RELATIONS)
def test_two_branches_lose_nothing_whoever_merges_whom(relation: str, first: int) -> None:
    base, (one, two) = plan(), sites(relation)
    ours = done(base, OPERATIONS[first], one, MORNING)
    for operation in others(first):
        obeys_the_laws(base, ours, done(base, operation, two, NOON))


@each
@related("the same task")
def test_two_clones_that_merged_each_other_agree_when_they_meet_again(relation: str, first: int) -> None:
    """Criss-cross: git merges the two common ancestors into one and takes that for the base."""
    base, (one, two) = plan(), sites(relation)
    ours = done(base, OPERATIONS[first], one, MORNING)
    for operation in others(first):
        theirs = done(base, operation, two, NOON)
        mine, yours = merge(base, ours, theirs, at=EVENING).tracker, merge(base, theirs, ours, at=NIGHT).tracker
        ancestor = merge(base, ours, theirs, at=MIDNIGHT).tracker
        met = merge(ancestor, mine, yours, at=MIDNIGHT)
        assert met.conflicts == ()
        assert met.tracker in (mine, ancestor)


@each
@related("different phases")
def test_work_on_both_sides_of_a_criss_cross_is_all_there(relation: str, first: int) -> None:
    base, (one, two) = plan(), sites(relation)
    ours, theirs = done(base, OPERATIONS[1], one, MORNING), done(base, OPERATIONS[1], two, MORNING)
    ancestor = merge(base, ours, theirs, at=EVENING).tracker
    mine = done(ancestor, OPERATIONS[first], one, NOON)
    for operation in others(first):
        yours = done(ancestor, operation, two, NOON)
        met = merge(ancestor, mine, yours, at=NIGHT).tracker
        nothing_is_lost(ancestor, mine, yours, met)
        nothing_is_lost(ancestor, yours, mine, met)


@each
@related("the same task")
def test_a_branch_of_two_commits_is_rebased_without_loss(relation: str, first: int) -> None:
    """Each commit is merged onto what came before it, with the commit below it as the base."""
    base, (one, two) = plan(), sites(relation)
    onto = done(base, OPERATIONS[first], one, MORNING)
    below = done(base, OPERATIONS[1], two, NOON)
    first_picked = merge(base, onto, below, at=NIGHT).tracker
    for operation in OPERATIONS:
        top = done(below, operation, two, EVENING)
        picked = merge(below, first_picked, top, at=NIGHT).tracker
        nothing_is_lost(base, onto, top, picked)
        nothing_is_lost(base, top, onto, picked)
