"""A transaction's work: every command of a sentence on one tracker, and what is told of it."""

from __future__ import annotations

from domain.edits import BOOKKEEPING, diff
from domain.reply import Change, of_answers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from domain.commands.table import Answer
    from domain.edits import Edit
    from domain.reply import Reply
    from domain.tracker import Tracker


class Attempt:
    """Every step on one tracker, in order; a step that fails fails them all."""

    def __init__(self, steps: Sequence[Callable[[Tracker], Answer]]) -> None:
        self._steps = steps
        self._answers: list[Answer] = []
        self._edits: tuple[Edit, ...] = ()
        self._changes: tuple[Change, ...] = ()

    def __call__(self, tracker: Tracker) -> Tracker:
        self._answers, now = [], tracker
        for step in self._steps:
            answer = step(now)
            self._answers.append(answer)
            now = answer.tracker or now
        self._edits = diff(tracker, now)
        self._changes = tuple(told(self._edits, tracker, now))
        return now if self._edits else tracker

    def reply(self, problems: Sequence[str], notes: Sequence[str] = (), **known: Any) -> Reply:
        outcome = "saved_but" if problems else "changed" if self._edits else "unchanged"
        reply = of_answers(self._answers, outcome, changes=self._changes, **known)
        if problems:
            return reply.replace(message=f"Saved, but {'; '.join(problems)}. ({reply.message})")
        return reply.replace(warnings=(*reply.warnings, *notes))


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
