"""Differences between trackers as values: diff, apply, invert. One engine for reply, journal, undo and history.

Laws (tests/test_edits.py): apply(diff(a, b), a) == b; apply(invert(edits), apply(edits, a)) == a; diff(a, a) == ().
"""

from __future__ import annotations

from domain import shape
from domain.record import Record
from domain.tracker import Phase, Rows, Subtask, Task, Tracker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    Item = Tracker | Phase | Task | Subtask
    Document = dict[str, Any]  # plain JSON, as the journal keeps it

BELOW = {"tracker": "phase", "phase": "task", "task": "subtask"}
BOOKKEEPING = (
    *("updated_at", "started_at", "completed_at"),
    *("phases_issued", "tasks_issued", "subtasks_issued", "evidence_issued"),
)


class Edit(Record):
    """One step. `uid` is the item it is about.

    set: `field` goes from `before` to `after` (plain JSON, null is absent).
    add, remove: the item, whole, as `row` at `index` of its `parent`.
    move: from (`parent`, `index`) to (`to`, `to_index`).
    order: the children of `uid` stand in the order `after` instead of `before` (uids).
    """

    kind: str
    level: str
    uid: str
    field: str | None = None
    before: Any = None
    after: Any = None
    row: Document | None = None
    parent: str | None = None
    index: int | None = None
    to: str | None = None
    to_index: int | None = None

    def to_document(self) -> Document:
        """Plain JSON for the journal; what is not there is not written."""
        keep = ("before", "after") if self.kind in ("set", "order") else ()
        return {field: value for field, value in self.values() if value is not None or field in keep}


def from_document(document: Document) -> Edit:
    return Edit(**document)


# --- applying ------------------------------------------------------------------------------------------------------


def apply(edits: Iterable[Edit], tracker: Tracker) -> Tracker:
    """The tracker after these edits. Raises KeyError when an edit speaks of an item that is not there."""
    for edit in edits:
        tracker = _APPLY[edit.kind](edit, tracker)
    return tracker


def _set(edit: Edit, tracker: Tracker) -> Tracker:
    assert edit.field is not None
    return _change(tracker, edit.uid, edit.level, lambda item: with_field(item, edit.field or "", edit.after))


def with_field(item: Any, key: str, value: object) -> Any:
    """The item with one key of the file set to plain JSON (null clears)."""
    field = shape.attribute(key)
    if value is None:
        return item.replace(**{field: type(item)._defaults.get(field)})
    return item.replace(**{field: shape.value_of(value, key, shape.BY_RECORD[type(item)])})


def _add(edit: Edit, tracker: Tracker) -> Tracker:
    assert edit.row is not None
    if edit.level == "tracker":  # how a journal begins
        made: Tracker = shape.from_document(edit.row)
        return made
    assert edit.parent is not None
    item = shape.from_document(edit.row, _SHAPES[edit.level])
    return _insert(tracker, edit.level, edit.parent, edit.index, item)


def _remove(edit: Edit, tracker: Tracker) -> Tracker:
    assert edit.parent is not None
    return _take(tracker, edit.level, edit.parent, edit.uid)[1]


def _move(edit: Edit, tracker: Tracker) -> Tracker:
    assert edit.parent is not None and edit.to is not None
    item, tracker = _take(tracker, edit.level, edit.parent, edit.uid)
    return _insert(tracker, edit.level, edit.to, edit.to_index, item)


def _order(edit: Edit, tracker: Tracker) -> Tracker:
    def reorder(item: Any) -> Any:
        rows = children(item)
        place = {uid: index for index, uid in enumerate(child_uids(item))}
        return with_children(item, [rows[place[uid]] for uid in edit.after])

    return _change(tracker, edit.uid, edit.level, reorder)


_APPLY = {"set": _set, "add": _add, "remove": _remove, "move": _move, "order": _order}
_SHAPES = {"tracker": shape.TRACKER, "phase": shape.PHASE, "task": shape.TASK, "subtask": shape.SUBTASK}


def children(item: Any) -> list[Any]:
    """Children of a tracker, phase or task; a phase's tasks may still be lines."""
    if isinstance(item, Phase):
        return item.tasks.raw
    return list(item.phases if isinstance(item, Tracker) else item.subtasks)


def child_uids(item: Any) -> list[str]:
    if isinstance(item, Phase):
        return item.tasks.column("uid")
    return [child.uid for child in children(item)]


def with_children(item: Any, rows: Sequence[Any]) -> Any:
    if isinstance(item, Phase):
        return item.replace(tasks=Rows(rows, item.tasks._source))
    return item.replace(**{"phases" if isinstance(item, Tracker) else "subtasks": tuple(rows)})


def _change(tracker: Tracker, uid: str, level: str, change: Any) -> Tracker:
    """Replace the item with this uid by `change(item)`, rebuilding what is above it."""
    if level == "tracker":
        changed: Tracker = change(tracker)
        return changed
    for at, phase in enumerate(tracker.phases):
        made = change(phase) if level == "phase" and phase.uid == uid else _change_in_phase(phase, uid, level, change)
        if made is not None:
            return tracker.replace(phases=(*tracker.phases[:at], made, *tracker.phases[at + 1 :]))
    raise KeyError(uid)


def _change_in_phase(phase: Phase, uid: str, level: str, change: Any) -> Phase | None:
    if level == "task":
        if not phase.tasks.mentions(uid) or uid not in (uids := phase.tasks.column("uid")):
            return None
        index = uids.index(uid)
        return phase.replace(tasks=phase.tasks.with_row(index, change(phase.tasks[index])))
    if level == "subtask":
        for index, subtasks in enumerate(phase.tasks.column("subtasks")):
            if any(subtask.uid == uid for subtask in subtasks):
                rows = tuple(change(s) if s.uid == uid else s for s in subtasks)
                return phase.replace(tasks=phase.tasks.with_row(index, phase.tasks[index].replace(subtasks=rows)))
    return None


def _parent_level(level: str) -> str:
    return next(above for above, below in BELOW.items() if below == level)


def _insert(tracker: Tracker, level: str, parent: str, index: int | None, item: object) -> Tracker:
    def put(above: Any) -> Any:
        rows = list(children(above))
        rows.insert(len(rows) if index is None else index, item)
        return with_children(above, rows)

    return _change(tracker, parent, _parent_level(level), put)


def _take(tracker: Tracker, level: str, parent: str, uid: str) -> tuple[Any, Tracker]:
    taken: list[Any] = []

    def without(above: Any) -> Any:
        rows = list(children(above))
        uids = child_uids(above)
        index = uids.index(uid) if uid in uids else None
        taken.append(None if index is None else _taken_out(above, rows, index))
        return with_children(above, rows)

    changed = _change(tracker, parent, _parent_level(level), without)
    if taken[0] is None:
        raise KeyError(uid)
    return taken[0], changed


def _taken_out(above: Any, rows: list[Any], index: int) -> Any:
    """A task leaves as a value: the rows it goes to may not know how to read a line."""
    row = rows.pop(index)
    return above.tasks[index] if isinstance(above, Phase) else row


def stands(edit: Edit, tracker: Tracker) -> bool:
    """Whether the tracker still is what the edit was made from: then applying it loses nothing that came since."""
    if edit.kind == "add":
        assert edit.parent is not None
        return tracker.find(edit.uid) is None and tracker.find(edit.parent) is not None
    found = tracker.find(edit.uid)
    if found is None:
        return False
    if edit.kind == "set":
        return bool(own_document(found.item).get(edit.field or "") == edit.before)
    if edit.kind == "remove":
        return bool(shape.to_document(found.item) == edit.row)
    if edit.kind == "move":
        above = found.task if edit.level == "subtask" else found.phase
        return above is not None and above.uid == edit.parent
    return sorted(child_uids(found.item)) == sorted(edit.after)


def own_document(item: Any) -> Document:
    """An item as the file has it, without what is below it."""
    return shape.to_document(item if isinstance(item, Subtask) else with_children(item, ()))


# --- inverting -----------------------------------------------------------------------------------------------------


def invert(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """The edits that take these back."""
    return tuple(_inverse(edit) for edit in reversed(tuple(edits)))


def _inverse(edit: Edit) -> Edit:
    if edit.kind in ("set", "order"):
        return edit.replace(before=edit.after, after=edit.before)
    if edit.kind == "move":
        return edit.replace(parent=edit.to, index=edit.to_index, to=edit.parent, to_index=edit.index)
    return edit.replace(kind="remove" if edit.kind == "add" else "add")


# --- comparing -----------------------------------------------------------------------------------------------------


def diff(before: Tracker, after: Tracker) -> tuple[Edit, ...]:
    """The edits that turn `before` into `after`. Same phases and same lines are not looked into."""
    if before is after:
        return ()
    return _Diff(before, after).edits()


class _Spot(Record):
    """Where an item stands: its level, its parent's uid, the item."""

    level: str
    parent: str
    item: Any


def _spots(tracker: Tracker, skip: set[int], shared: dict[str, set[int]]) -> dict[str, _Spot]:
    """uid -> spot of everything below the tracker, in file order.

    Phases in `skip` and rows in `shared` (both by identity) stand unchanged in both trackers: they are passed over, so
    that a line nobody touched is not even decoded.
    """
    found: dict[str, _Spot] = {}
    for phase in tracker.phases:
        found[phase.uid] = _Spot("phase", tracker.uid, phase)
        if id(phase) in skip:
            continue
        known = shared.get(phase.uid, ())
        for index in [at for at, row in enumerate(phase.tasks.raw) if id(row) not in known]:
            task = phase.tasks[index]
            found[task.uid] = _Spot("task", phase.uid, task)
            for subtask in task.subtasks:
                found[subtask.uid] = _Spot("subtask", task.uid, subtask)
    return found


def _shared(before: Tracker, after: Tracker, same: set[int]) -> dict[str, set[int]]:
    """Phase uid -> rows that stand in that phase of both trackers: the same object, or the same line."""
    old = {phase.uid: phase.tasks.raw for phase in before.phases if id(phase) not in same}
    changed = [phase for phase in after.phases if phase.uid in old and id(phase) not in same]
    return {phase.uid: _shared_rows(old[phase.uid], phase.tasks.raw) for phase in changed}


def _shared_rows(old: list[Task | str], new: list[Task | str]) -> set[int]:
    same = {id(row) for row in old} & {id(row) for row in new}
    rest, rest_too = ([row for row in rows if isinstance(row, str) and id(row) not in same] for rows in (old, new))
    lines = {*rest} & {*rest_too}
    return same | {id(row) for row in (*rest, *rest_too) if row in lines}


class _Diff:
    """Adds and moves first (into new parents too), then removals, then the order, then fields."""

    def __init__(self, before: Tracker, after: Tracker) -> None:
        same = {id(phase) for phase in before.phases} & {id(phase) for phase in after.phases}
        self.before, self.after = before, after
        shared = _shared(before, after, same)
        self.old, self.new = _spots(before, same, shared), _spots(after, same, shared)
        self.same = same
        self.made: list[Edit] = []
        self.stirred: set[str | None] = set()  # items to which a child came, or from which one went
        self.now = before

    def edits(self) -> tuple[Edit, ...]:
        for uid, spot in self.new.items():
            self._place(uid, spot)
        for uid, spot in reversed(self.old.items()):
            if uid not in self.new or self.new[uid].level != spot.level:
                self._do(self._removal(uid, spot.level))
        self._order(self.after, "tracker")
        for uid, spot in self.new.items():
            if spot.level != "subtask" and id(spot.item) not in self.same and not self._stands_in_order(uid, spot):
                self._order(spot.item, spot.level)
        self._fields("tracker", self.before, self.after)
        for uid, spot in self.new.items():
            old = self.old.get(uid)
            if old is not None and old.level == spot.level and old.item is not spot.item:
                self._fields(spot.level, old.item, spot.item)
        return tuple(self.made)

    def _stands_in_order(self, uid: str, spot: _Spot) -> bool:
        """Whether its children are the same as before and none came or went: to look it up would cost a whole walk."""
        old = self.old.get(uid)
        if old is None or uid in self.stirred or old.level != spot.level:
            return False
        return child_uids(old.item) == child_uids(spot.item)

    def _do(self, edit: Edit) -> None:
        self.stirred |= {edit.parent, edit.to}
        self.made.append(edit)
        self.now = apply((edit,), self.now)

    def _place(self, uid: str, spot: _Spot) -> None:
        old = self.old.get(uid)
        if old is not None and old.level != spot.level:
            self._do(self._removal(uid, old.level))
            old = None
        if old is not None and old.parent == spot.parent:
            return
        index = child_uids(self._parent(self.after, spot)).index(uid)
        if old is None:
            row = own_document(spot.item)  # children are added or moved in one by one: some may come from elsewhere
            self._do(Edit("add", spot.level, uid, row=row, parent=spot.parent, index=index))
        else:
            here = child_uids(self._parent(self.now, old)).index(uid)
            self._do(Edit("move", spot.level, uid, parent=old.parent, index=here, to=spot.parent, to_index=index))

    @staticmethod
    def _parent(tracker: Tracker, spot: _Spot) -> Any:
        if spot.level == "phase":
            return tracker
        found = tracker.find(spot.parent)
        if found is None:
            raise KeyError(spot.parent)
        return found.item

    def _removal(self, uid: str, level: str) -> Edit:
        found = self.now.find(uid)
        assert found is not None
        parent = {"phase": self.now, "task": found.phase, "subtask": found.task}[level]
        assert parent is not None
        return Edit(
            "remove",
            level,
            uid,
            row=shape.to_document(found.item),
            parent=parent.uid,
            index=child_uids(parent).index(uid),
        )

    def _order(self, wanted: Any, level: str) -> None:
        uid = wanted.uid if level != "tracker" else self.now.uid
        found = self.now.find(uid)
        assert found is not None
        have, want = child_uids(found.item), child_uids(wanted)
        if have != want:
            self._do(Edit("order", level, uid, before=have, after=want))

    def _fields(self, level: str, old: Any, new: Any) -> None:
        """Last of all, so that nothing that follows has to see them applied."""
        self.made += [Edit("set", level, old.uid, *change) for change in changed_fields(old, new)]


def changed_fields(old: Any, new: Any) -> list[tuple[str, Any, Any]]:
    """(key, before, after) as plain JSON, for every own field in which two versions of an item differ."""
    if old == new:
        return []
    before, after = own_document(old), own_document(new)
    return [
        (key, before.get(key), after.get(key))
        for key, _ in shape.BY_RECORD[type(old)].rows
        if before.get(key) != after.get(key)
    ]
