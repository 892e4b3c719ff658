"""The merged tracker, put together from the items that stay, each merged by itself; then ids and what they upset."""

from __future__ import annotations

from domain.edits import BELOW, Edit, apply, child_uids, with_children
from domain.merge.fields import Dispute, Disputes, blended, conflict_identity, three_way
from domain.merge.order import merged_order
from domain.merge.upkeep import evidence_upkeep, without_circles, without_dangling
from domain.merge.versions import ROOT, Places, Version, versions, with_dependencies_on
from domain.record import Record
from domain.shape import to_document
from domain.tracker import Conflict, Subtask, Tracker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from domain.merge.upkeep import Upkeep
    from domain.merge.versions import Spot

ISSUED = {"phase": "phases_issued", "task": "tasks_issued", "subtask": "subtasks_issued"}


class Disagreement(Record):
    """A conflict as people read it: `id` is `tracker`, `5`, `5.3` or `5.3.2`."""

    id: str
    field: str
    ours: Any
    theirs: Any


class Merged(Record):
    """`conflicts` were found by this merge and stand in the data; `notes` tell what was decided without asking."""

    tracker: Tracker
    conflicts: tuple[Disagreement, ...] = ()
    notes: tuple[str, ...] = ()


def merge(base: Tracker | None, ours: Tracker, theirs: Tracker, *, at: str) -> Merged:
    """Both sides' changes since `base`, which is None when they have no common past. `at` is the time of conflicts."""
    return _Merge(base, ours, theirs).result(at)


class _Merge:
    def __init__(self, base: Tracker | None, ours: Tracker, theirs: Tracker) -> None:
        self.base, self.ours, self.theirs = base, ours, theirs
        self.versions, self.untouched = versions(base, ours, theirs)
        self.places = Places(self.versions)
        self.gone_but_kept = self.places.gone_but_kept()
        self.disputes: list[Dispute] = []
        self.renumbered: set[str] = set()
        self.notes: list[str] = []

    def result(self, at: str) -> Merged:
        tracker = self._formerly(self._whole_tracker())
        tracker = self._done(evidence_upkeep(tracker, self.base), tracker)
        tracker = self._done(without_dangling(tracker), tracker)
        tracker = self._done(without_circles(tracker, self.ours, self.theirs), tracker)
        final = Version(tracker, self.untouched)
        self._tell_places(final)
        return self._with_conflicts(tracker, final, at)

    def _done(self, upkeep: Upkeep, tracker: Tracker) -> Tracker:
        edits, notes, disputes = upkeep
        self.notes += notes
        self.disputes += disputes
        return apply(edits, tracker)

    # --- items -----------------------------------------------------------------------------------------------------

    def _whole_tracker(self) -> Tracker:
        base, ours, theirs = (tracker and tracker.replace(phases=()) for tracker in (self.base, self.ours, self.theirs))
        assert ours is not None and theirs is not None
        first = min(ours, theirs, key=lambda tracker: (tracker.created_at, tracker.uid))
        if ours.uid != theirs.uid:
            self.notes.append("The two sides were begun as two trackers: all phases of both are here.")
            ours, theirs = ours.replace(uid=first.uid), theirs.replace(uid=first.uid)
        own = self._blended(base, ours, theirs, Disputes(first.uid))
        whole: Tracker = self._with_family(own, "tracker", ROOT)
        return whole

    def _blended(self, base: Any, ours: Any, theirs: Any, disputes: Disputes) -> Any:
        made = three_way(base, ours, theirs, lambda: blended(base, ours, theirs, disputes))
        self.disputes += disputes.found
        return made

    def _whole(self, level: str, uid: str) -> Any:
        """An item with everything below it, under the number it asks for."""
        if uid in self.untouched:
            return self.versions.ours.spots[level][uid].item
        item = self._own(level, uid)
        if level != "subtask":
            item = self._with_family(item, level, uid)
        number = self.places.number(level, uid)
        return item if item.number == number else item.replace(number=number)

    def _own(self, level: str, uid: str) -> Any:
        """The item's own fields."""
        base, ours, theirs = (_childless(spot.item) if spot else None for spot in self.versions.of(level, uid))
        if ours is None or theirs is None:
            return ours or theirs
        if level == "task":
            ours, theirs = (
                with_dependencies_on(kept, base, side)
                for kept, side in zip(self.gone_but_kept, (ours, theirs), strict=True)
            )
        changed_at = (getattr(ours, "updated_at", ""), getattr(theirs, "updated_at", ""))
        return self._blended(base, ours, theirs, Disputes(*self._owner(level, uid), changed_at))

    # --- families: children in order, no number twice --------------------------------------------------------------

    def _with_family(self, item: Any, level: str, uid: str) -> Any:
        below = BELOW[level]
        children = {child: self._whole(below, child) for child in self.places.below(below, uid)}
        if not children:
            return item
        base, ours, theirs = (version.below(below, uid) for version in self.versions.each)
        order = merged_order(base, ours, theirs, children, lambda child: _age(children[child]))
        issued = getattr(item, ISSUED[below])
        numbered, now_issued = self._numbered(below, uid, [children[child] for child in order], issued)
        if now_issued != issued:
            item = item.replace(**{ISSUED[below]: now_issued})
        return with_children(item, numbered)

    def _numbered(
        self, level: str, parent: str, children: list[Any], issued: int | None
    ) -> tuple[list[Any], int | None]:
        """No number twice: who stood there before keeps it, then the older one; the others get new numbers."""
        taken: set[int] = set()
        late = []
        for child in sorted(children, key=lambda child: (not self._stood_there(level, parent, child), _age(child))):
            if child.number in taken:
                late.append(child.uid)
            taken.add(child.number)
        highest = max((issued or 0, *taken))
        if not late:
            return children, None if issued is None else highest
        fresh = {uid: highest + place for place, uid in enumerate(late, 1)}
        self.renumbered |= fresh.keys()
        made = [child.replace(number=fresh.get(child.uid, child.number)) for child in children]
        return made, highest + len(late)

    def _stood_there(self, level: str, parent: str, child: Any) -> bool:
        spot = self.versions.base.spot(level, child.uid)
        return spot is not None and spot.parent == parent and spot.number == child.number

    def _formerly(self, tracker: Tracker) -> Tracker:
        """Every id that a side gave to an item and that it does not bear any more goes on naming it."""
        edits = []
        for level, spots in Version(tracker, self.untouched).spots.items():
            for uid, spot in spots.items():
                known = spot.item.was
                if given := self._given(level, uid, spot.id, spot.parent, spot.number) - {*known}:
                    edits.append(Edit("set", level, uid, "was", list(known), [*known, *sorted(given)]))
                if uid in self.renumbered:
                    self.notes.append(f"{_named(level, spot)} had the number of another one and was renumbered.")
        return apply(edits, tracker)

    def _given(self, level: str, uid: str, id: str, parent: str, number: int) -> set[str]:
        """Ids by which a side has come to know an item. A subtask that stays in its task is found through the task."""
        base, *sides = self.versions.of(level, uid)
        there = [spot for spot in sides if spot]
        if level == "subtask":
            there = [spot for spot in there if (spot.parent, spot.number) != (parent, number)]
        return {spot.id for spot in there} - {id, base.id if base else ""}

    # --- conflicts -------------------------------------------------------------------------------------------------

    def _tell_places(self, final: Version) -> None:
        """What was deleted on one side and moved apart, as disputes under the ids that things bear now."""
        for kept in self.places.kept:
            owner, item = self._owner(kept.level, kept.uid)
            self.disputes.append(Dispute(owner, "deletion", kept.ours, kept.theirs, item))
            name = _named(kept.level, final.spots[kept.level][kept.uid])
            self.notes.append(f"{name} was deleted on one side and changed on the other: it is kept.")
        for apart in self.places.apart:
            above = "task" if apart.level == "subtask" else "phase"
            owner, item = self._owner(apart.level, apart.uid)
            ours, theirs = (self._id(final, above, parent) for parent in (apart.ours, apart.theirs))
            self.disputes.append(Dispute(owner, above, ours, theirs, item))

    def _owner(self, level: str, uid: str) -> tuple[str, str | None]:
        return (self.places.parents[level][uid], uid) if level == "subtask" else (uid, None)

    def _id(self, final: Version, level: str, uid: str) -> str | None:
        """The id of a parent now or, where it is gone, as it was."""
        spots = (version.spot(level, uid) for version in (final, self.versions.ours, self.versions.theirs))
        return next((spot.id for spot in spots if spot), None)

    def _with_conflicts(self, tracker: Tracker, final: Version, at: str) -> Merged:
        """Disputes written down where they belong, those that stand there already only once."""
        edits, told = [], []
        for owner in sorted({dispute.owner for dispute in self.disputes}):
            level, item = _at(tracker, final, owner)
            known = {conflict_identity(conflict) for conflict in item.conflicts}
            found = [_conflict(dispute, at) for dispute in self.disputes if dispute.owner == owner]
            fresh = {conflict_identity(conflict): conflict for conflict in found}
            new = [fresh[identity] for identity in sorted(fresh) if identity not in known]
            if new:
                rows = [to_document(conflict) for conflict in (*item.conflicts, *new)]
                edits.append(Edit("set", level, owner, "conflicts", None, rows))
            told += [Disagreement(_id_of(final, owner, c.item), c.field, c.ours, c.theirs) for c in new]
        return Merged(apply(edits, tracker), tuple(told), tuple(sorted(self.notes)))


def _conflict(dispute: Dispute, at: str) -> Conflict:
    ours, theirs = (tuple(value) if isinstance(value, list) else value for value in (dispute.ours, dispute.theirs))
    return Conflict(dispute.field, ours, theirs, dispute.item, at)


def _childless(item: Any) -> Any:
    return item if isinstance(item, Subtask) or not child_uids(item) else with_children(item, ())


def _age(item: Any) -> tuple[str, str]:
    """What came first: by time of creation where it is known, then by uid."""
    return getattr(item, "created_at", ""), item.uid


def _at(tracker: Tracker, final: Version, uid: str) -> tuple[str, Any]:
    for level in ("phase", "task"):
        if spot := final.spot(level, uid):
            return level, spot.item
    return "tracker", tracker


def _id_of(final: Version, owner: str, subtask: str | None) -> str:
    if subtask and (spot := final.spot("subtask", subtask)):
        return spot.id
    spots = (final.spot(level, owner) for level in ("phase", "task"))
    return next((spot.id for spot in spots if spot), "tracker")


def _named(level: str, spot: Spot) -> str:
    return f'{level.capitalize()} {spot.id} "{spot.item.title}"'
