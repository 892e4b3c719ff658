"""A transaction's work: every command of a sentence on one tracker, and what is told of it."""

from __future__ import annotations

from domain.edits import BOOKKEEPING, diff, invert, stands
from domain.errors import Clarify
from domain.reply import Change, of_answers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from domain.commands.table import Answer
    from domain.edits import Edit
    from domain.entries import Deed
    from domain.reply import Reply
    from domain.tracker import Tracker


class Draws:
    """Random values of a command: every attempt of it is given the same ones, so that a second makes no second item."""

    def __init__(self, draw: Callable[[], str]) -> None:
        self._draw = draw
        self._drawn: list[str] = []
        self._next = 0

    def __call__(self) -> str:
        if self._next == len(self._drawn):
            self._drawn.append(self._draw())
        self._next += 1
        return self._drawn[self._next - 1]

    def again(self) -> None:
        """From the first one on."""
        self._next = 0


class Attempt:
    """Every step on one tracker, in order; a step that fails fails them all."""

    def __init__(
        self, steps: Sequence[Callable[[Tracker], Answer]], must_hold: Callable[[Tracker], None] = lambda _: None
    ) -> None:
        """`must_hold` raises when the tracker, as it is under the lock, is not what was spoken of."""
        self._steps = steps
        self._must_hold = must_hold
        self._answers: list[Answer] = []
        self._edits: tuple[Edit, ...] = ()
        self._changes: tuple[Change, ...] = ()

    def __call__(self, tracker: Tracker) -> Tracker:
        if self._edits and all(stands(edit, tracker) for edit in invert(self._edits)):
            return tracker  # the attempt before this one got in, whatever it reported
        self._must_hold(tracker)
        self._answers, now = [], tracker
        for step in self._steps:
            answer = step(now)
            self._answers.append(answer)
            now = answer.tracker or now
        if len(self._steps) > 1 and any(answer.of for answer in self._answers):
            raise Clarify("undo and redo cannot share a sentence with another command.", hint="Say one at a time.")
        now, self._edits = _settled(tracker, now)
        self._changes = tuple(told(self._edits, tracker, now))
        return now if self._edits else tracker

    @property
    def answers(self) -> tuple[Answer, ...]:
        return tuple(self._answers)

    def told(self, deed: Deed) -> Deed:
        """What the journal is told: the edits, and whether this takes other entries back."""
        moves = [answer for answer in self._answers if answer.of]
        if not moves:
            return deed.replace(edits=self._edits)
        return deed.replace(edits=self._edits, kind=moves[0].kind, of=moves[0].of)

    def reply(self, problems: Sequence[str], notes: Sequence[str] = (), **known: Any) -> Reply:
        outcome = "saved_but" if problems else "changed" if self._edits else "unchanged"
        reply = of_answers(self._answers, outcome, changes=self._changes, **known)
        if problems:
            reply = reply.replace(message=f"Saved, but {'; '.join(problems)}. ({reply.message})")
        return reply.replace(warnings=(*reply.warnings, *notes))


def _settled(before: Tracker, after: Tracker) -> tuple[Tracker, tuple[Edit, ...]]:
    """The change and its edits. What somebody has said, two branches no longer disagree about."""
    edits = diff(before, after)
    if not _may_hold_conflicts(before) or any(edit.field == "conflicts" for edit in edits):
        return after, edits  # the change is about them, or takes such a change back
    decided = after
    for edit in edits:
        if edit.field not in BOOKKEEPING:
            decided = _without_conflict(decided, edit)
    return decided, edits if decided is after else diff(before, decided)


def _may_hold_conflicts(tracker: Tracker) -> bool:
    """False is certain, and decodes nothing."""
    rows = tracker.phases
    return bool(tracker.conflicts) or any(row.conflicts or row.tasks.mentions("conflicts") for row in rows)


def _without_conflict(tracker: Tracker, edit: Edit) -> Tracker:
    found = tracker.find(edit.uid)
    if found is None or not (owner := found.task or found.item).conflicts:
        return tracker
    field = edit.field or {"task": "phase", "subtask": "task"}.get(edit.level)  # a move decides where it belongs
    about = edit.uid if edit.level == "subtask" else None
    left = tuple(row for row in owner.conflicts if (row.field, row.item) != (field, about))
    if len(left) == len(owner.conflicts):
        return tracker
    if found.phase is None:
        return tracker.replace(conflicts=left)
    if found.task is None:
        return tracker.with_phase(found.phase.replace(conflicts=left))
    return tracker.with_task(found.phase.number, found.task.replace(conflicts=left))


def told(edits: Sequence[Edit], before: Tracker, after: Tracker) -> list[Change]:
    """Edits as changes of items people know by id; what only moves along (times, counts) is left out."""
    changes = []
    for edit in edits:
        if edit.field in BOOKKEEPING:
            continue
        found = after.find(edit.uid) or before.find(edit.uid)
        field = edit.field or {"add": "added", "remove": "deleted", "move": "moved", "order": "order"}[edit.kind]
        old, new = edit.before, edit.after
        if edit.kind == "add" and edit.row is not None:
            old, new = None, edit.row["title"]
        elif edit.kind == "remove" and edit.row is not None:
            old, new = edit.row["title"], None
        elif edit.kind == "move":
            old, new = _id_of(before, edit.uid), _id_of(after, edit.uid)
        changes.append(Change(found.id if found else edit.uid, edit.uid, field, old, new))
    return changes


def _id_of(tracker: Tracker, uid: str) -> str | None:
    found = tracker.find(uid)
    return found.id if found else None
