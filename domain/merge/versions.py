"""The three versions of a tracker by identity: which items stay, and under which parent each of them stands."""

from __future__ import annotations

from domain.edits import BELOW, BOOKKEEPING, changed_fields, child_uids
from domain.merge.fields import CHANGED, DELETED, newest_name
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from domain.tracker import Task, Tracker

ROOT = "tracker"  # the parent of phases: a word, for two trackers that never met have two uids
UPWARD = ("subtask", "task", "phase")
PARENT = {below: above for above, below in BELOW.items()}
NO_WORK = (*BOOKKEEPING, "number", "was")


class Spot(Record):
    """Where an item stands in one version: `parent` is a uid, `id` what people call it."""

    parent: str
    number: int
    id: str
    item: Any


class Version:
    """One version of the tracker. Phases that are the same in all three are passed over."""

    def __init__(self, tracker: Tracker | None, untouched: frozenset[str]) -> None:
        self.tracker = tracker
        self.spots: dict[str, dict[str, Spot]] = {level: {} for level in UPWARD}
        for phase in tracker.phases if tracker else ():
            self._add("phase", ROOT, str(phase.number), phase)
            for task in () if phase.uid in untouched else phase.tasks:
                self._add("task", phase.uid, f"{phase.number}.{task.number}", task)
                for subtask in task.subtasks:
                    self._add("subtask", task.uid, f"{phase.number}.{task.number}.{subtask.number}", subtask)

    def _add(self, level: str, parent: str, id: str, item: Any) -> None:
        self.spots[level][item.uid] = Spot(parent, item.number, id, item)

    def spot(self, level: str, uid: str) -> Spot | None:
        return self.spots[level].get(uid)

    def below(self, level: str, parent: str) -> list[str]:
        """The children of this level under a parent, in order."""
        if parent == ROOT:
            return list(self.spots["phase"])
        there = self.spots[PARENT[level]].get(parent)
        return child_uids(there.item) if there else []

    def task_uids(self) -> set[str]:
        phases = self.tracker.phases if self.tracker else ()
        return {uid for phase in phases for uid in phase.tasks.column("uid")}


class Versions(Record):
    base: Version
    ours: Version
    theirs: Version

    @property
    def each(self) -> tuple[Version, Version, Version]:
        return self.base, self.ours, self.theirs

    def of(self, level: str, uid: str) -> tuple[Spot | None, Spot | None, Spot | None]:
        """The item in the base, in ours, in theirs."""
        return self.base.spot(level, uid), self.ours.spot(level, uid), self.theirs.spot(level, uid)

    def uids(self, level: str) -> list[str]:
        """Everything that a side holds; sorted, so that it does not matter which side is which."""
        return sorted({*self.ours.spots[level], *self.theirs.spots[level]})


def versions(base: Tracker | None, ours: Tracker, theirs: Tracker) -> tuple[Versions, frozenset[str]]:
    """The three by identity, and the uids of the phases that are the same in all of them."""
    known = {phase.uid: phase for phase in base.phases} if base else {}
    other = {phase.uid: phase for phase in theirs.phases}
    same = {p.uid for p in ours.phases if p.uid in known and p == known[p.uid] and p == other.get(p.uid)}
    untouched = frozenset(same)
    return Versions(*(Version(tracker, untouched) for tracker in (base, ours, theirs))), untouched


# --- which items stay, and where ----------------------------------------------------------------------------------


class Apart(Record):
    """An item that each side moved to another parent: there is one place for it, `parent`."""

    level: str
    uid: str
    ours: str
    theirs: str
    parent: str


class Kept(Record):
    """An item that one side deleted, and that stays because the other side worked on it or below it."""

    level: str
    uid: str
    ours: str
    theirs: str


class Places:
    """The parent of every item that stays, by level and uid; what both sides moved; what one side only deleted."""

    def __init__(self, versions: Versions) -> None:
        self._versions = versions
        self._families: dict[str, dict[str, list[str]]] = {level: {} for level in UPWARD}
        self.parents: dict[str, dict[str, str]] = {level: {} for level in UPWARD}
        self.apart: list[Apart] = []
        self.kept: list[Kept] = []
        needed: set[str] = set()
        for level in UPWARD:
            staying = {uid for uid in versions.uids(level) if self._stays(level, uid)} | needed
            for uid in sorted(staying):
                self.parents[level][uid] = parent = self._parent(level, uid)
                self._families[level].setdefault(parent, []).append(uid)
            self.kept += [kept for uid in sorted(staying) if (kept := self._kept(level, uid))]
            needed = set(self.parents[level].values())

    def below(self, level: str, parent: str) -> list[str]:
        return self._families[level].get(parent, [])

    def gone_but_kept(self) -> tuple[set[str], set[str]]:
        """Tasks that stay although ours, although theirs, deleted them."""
        tasks = [kept for kept in self.kept if kept.level == "task"]
        return {k.uid for k in tasks if k.ours == DELETED}, {k.uid for k in tasks if k.theirs == DELETED}

    def _stays(self, level: str, uid: str) -> bool:
        """What both hold and what one side added stays; what one side deleted goes, unless the other worked on it."""
        base, ours, theirs = self._versions.of(level, uid)
        if base is None or (ours and theirs):
            return True
        side, spot = (self._versions.ours, ours) if ours else (self._versions.theirs, theirs)
        assert spot is not None
        return (level != "phase" and spot.parent != base.parent) or _worked_on(base.item, spot.item, side)

    def _parent(self, level: str, uid: str) -> str:
        base, ours, theirs = self._versions.of(level, uid)
        if ours is None or theirs is None or ours.parent == theirs.parent:
            there = ours or theirs
            assert there is not None
            return there.parent
        if base and base.parent in (ours.parent, theirs.parent):
            return theirs.parent if ours.parent == base.parent else ours.parent
        return self._of_two(level, uid, ours, theirs)

    def _of_two(self, level: str, uid: str, ours: Spot, theirs: Spot) -> str:
        """Both moved it: the side that remembers the other's place moved it on from there; else the last to change."""
        newest = newest_name(ours.id, ours.item.was, theirs.id, theirs.item.was)
        if newest is not None:
            return ours.parent if newest == ours.id else theirs.parent
        at = [self._changed_at(level, version, spot) for version, spot in self._sides(ours, theirs)]
        holds = max((at[0], ours.parent), (at[1], theirs.parent))[1]
        self.apart.append(Apart(level, uid, ours.parent, theirs.parent, holds))
        return holds

    def _sides(self, ours: Spot, theirs: Spot) -> Iterator[tuple[Version, Spot]]:
        yield self._versions.ours, ours
        yield self._versions.theirs, theirs

    @staticmethod
    def _changed_at(level: str, version: Version, spot: Spot) -> str:
        """A subtask moves when its new task changes."""
        task = version.spots["task"][spot.parent].item if level == "subtask" else spot.item
        return str(task.updated_at)

    def _kept(self, level: str, uid: str) -> Kept | None:
        base, ours, theirs = self._versions.of(level, uid)
        if base is None or (ours and theirs):
            return None
        return Kept(level, uid, CHANGED if ours else DELETED, CHANGED if theirs else DELETED)

    def number(self, level: str, uid: str) -> int:
        """The number an item asks for under its parent; two sides may have given it different ones."""
        base, ours, theirs = self._versions.of(level, uid)
        parent = self.parents[level][uid]
        there = [spot for spot in (ours, theirs) if spot and spot.parent == parent]
        if len(there) == 1 or there[0].number == there[1].number:
            return there[0].number
        one, two = there
        if base and base.parent == parent and base.number in (one.number, two.number):
            return two.number if one.number == base.number else one.number
        newest = newest_name(one.id, one.item.was, two.id, two.item.was)
        return next((spot.number for spot in there if spot.id == newest), min(one.number, two.number))


def _worked_on(before: Any, after: Any, side: Version) -> bool:
    """Whether a side changed more of an item than what moves along by itself."""
    changed = [change for change in changed_fields(before, after) if change[0] not in NO_WORK]
    if [key for key, *_ in changed] != ["depends_on"]:
        return bool(changed)
    _, old, new = changed[0]
    known = (
        side.task_uids()
    )  # a task that is deleted takes its dependencies along: nobody worked on those that had them
    return [uid for uid in old or () if uid in known] != list(new or ())


def with_dependencies_on(kept: set[str], before: Task | None, after: Task) -> Task:
    """A side's task, given back the dependencies that went with tasks it deleted and that stay after all."""
    lost = [uid for uid in (before.depends_on if before else ()) if uid in kept and uid not in after.depends_on]
    return after.replace(depends_on=(*after.depends_on, *lost)) if lost else after
