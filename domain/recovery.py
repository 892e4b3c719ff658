"""Candidates (backups, journal, git) -> the proven state of a tracker, or nothing: then a person must decide."""

from __future__ import annotations

from itertools import pairwise

from domain.edits import BOOKKEEPING, apply, diff, invert, stands
from domain.entries import effective
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from domain.entries import Entry
    from domain.tracker import Phase, Tracker


# --- how a file stands to its journal ---------------------------------------------------------------------------------


class Standing(Record):
    """`kind`: in_step, older (a state the journal left behind), outside (a state it never knew), new (no journal).

    `entries` reached the file, `abandoned` never did.
    """

    kind: str
    entries: tuple[Entry, ...] = ()
    abandoned: Entry | None = None

    @property
    def last(self) -> Entry | None:
        return self.entries[-1] if self.entries else None


def standing(
    entries: Iterable[Entry], state: str | None, tracker: Tracker | None, reached: Callable[[Entry], bool]
) -> Standing:
    """How the file, in the state `state`, stands to these entries; None when it cannot be read.

    `reached` says whether an entry is known to have reached the file; that it is not known proves nothing.
    """
    rows, abandoned = effective(entries), None
    if rows and rows[-1].after != state and not _arrived(rows[-1], state, tracker, reached(rows[-1])):
        abandoned = rows.pop()
    made = Standing("new", tuple(rows), abandoned)
    if not rows:
        return made
    if rows[-1].after == state:
        return made.replace(kind="in_step")
    left_behind = {digest for entry in rows for digest in (entry.before, entry.after) if entry.kind != "repair"}
    return made.replace(kind="older" if state in left_behind else "outside")


def broken_chain(entries: Sequence[Entry]) -> Entry | None:
    """The first of these entries, all of which reached the file, that does not begin in the state the last one left.

    A repair begins in a broken file: it is held to where it ends, unless it brings the whole tracker with it.
    """
    return next((later for earlier, later in pairwise(entries) if _start(later) != earlier.after), None)


def _start(entry: Entry) -> str | None:
    return entry.after if entry.kind == "repair" and not entry.edits else entry.before


def _arrived(entry: Entry, state: str | None, tracker: Tracker | None, known: bool) -> bool:
    """Whether the last entry reached the file before the file came to what it is now.

    Only the last can be in flight. Where nobody knows, what the file holds decides; an acknowledged change weighs more
    than one that nobody was told of.
    """
    if known or entry.kind == "external":  # it was journaled because the file held it
        return True
    if state == entry.before and state is not None:
        return False
    return tracker is None or _holds(entry, tracker) or not _could_still_be_done(entry, tracker)


def _could_still_be_done(entry: Entry, tracker: Tracker) -> bool:
    """Whether a tracker holds what stood before an entry; with neither, somebody has edited what the entry made."""
    return all(stands(edit, tracker) for edit in entry.edits if edit.field not in BOOKKEEPING)


def _holds(entry: Entry, tracker: Tracker) -> bool:
    """Whether a tracker holds what an entry made."""
    if any(edit.level == "tracker" and edit.kind == "add" for edit in entry.edits):
        return True
    return all(stands(edit, tracker) for edit in invert(entry.edits) if edit.field not in BOOKKEEPING)


# --- the proven state -------------------------------------------------------------------------------------------------


class Candidate(Record):
    """A state that was kept somewhere: its digest, and how to get it (None when it cannot be read after all)."""

    source: str
    state: str
    load: Callable[[], Tracker | None]


class Proven(Record):
    """A tracker that is known to be what an entry left: which, from what, over how many changes."""

    tracker: Tracker
    state: str
    source: str
    replayed: int = 0

    @property
    def origin(self) -> str:
        """`the snapshot of 2026-01-05 and 3 later changes`."""
        return self.source + (f" and {counted(self.replayed)}" if self.replayed else "")


def proven(
    entries: Sequence[Entry], target: int, candidates: Iterable[Candidate], state_of: Callable[[Tracker], str]
) -> Proven | None:
    """The tracker as the entry at `target` left it, from the first candidate that leads there; the digest proves it.

    From a candidate the journal is followed forward or, where only a later state was kept, backward.
    """
    wanted = entries[target].after
    if wanted is None:
        return None
    for candidate in candidates:
        for at in _places(entries, candidate.state, target):
            tracker = candidate.load()
            tracker = _followed(tracker, entries, at, target) if tracker is not None else None
            if tracker is not None and state_of(tracker) == wanted:
                between = entries[min(at, target) + 1 : max(at, target) + 1]
                return Proven(tracker, wanted, candidate.source, sum(bool(entry.edits) for entry in between))
    return None


def _places(entries: Sequence[Entry], state: str, target: int) -> list[int]:
    """Where a state stands in the journal, the nearest to `target` first; -1 is before the first entry."""
    found = [at for at, entry in enumerate(entries) if entry.after == state and entry.kind != "abandoned"]
    if entries[0].before == state:
        found.append(-1)
    return sorted(found, key=lambda at: (at > target, abs(at - target)))[:1]


def _followed(tracker: Tracker, entries: Sequence[Entry], at: int, target: int) -> Tracker | None:
    """From the state after the entry `at` to the one after `target`; None where an edit finds nothing to work on."""
    try:
        for entry in entries[at + 1 : target + 1]:
            tracker = apply(entry.edits, tracker)
        for entry in reversed(entries[target + 1 : at + 1]):
            tracker = apply(invert(entry.edits), tracker)
    except (KeyError, ValueError, TypeError, IndexError, AttributeError, AssertionError):
        return None  # a gap: an entry between was lost
    return tracker


def counted(changes: int) -> str:
    return "1 change" if changes == 1 else f"{changes} changes"


def with_numbers_of(tracker: Tracker, now: Tracker) -> Tracker:
    """An older state, in which no number is free that was given since."""
    phases = {phase.uid: phase for phase in now.phases}
    rows = tuple(_phase_with_numbers(phase, phases.get(phase.uid)) for phase in tracker.phases)
    issued = max(tracker.phases_issued, now.phases_issued)
    evidence = [count for count in (tracker.evidence_issued, now.evidence_issued) if count is not None]
    return tracker.replace(phases=rows, phases_issued=issued, evidence_issued=max(evidence, default=None))


def _phase_with_numbers(phase: Phase, now: Phase | None) -> Phase:
    if now is None:
        return phase
    given = dict(zip(now.tasks.column("uid"), now.tasks.column("subtasks_issued"), strict=True))
    tasks = phase.tasks
    for index, (uid, count) in enumerate(zip(tasks.column("uid"), tasks.column("subtasks_issued"), strict=True)):
        if (given.get(uid) or 0) > (count or 0):
            tasks = tasks.with_row(index, tasks[index].replace(subtasks_issued=given[uid]))
    return phase.replace(tasks=tasks, tasks_issued=max(phase.tasks_issued, now.tasks_issued))


# --- conservation -----------------------------------------------------------------------------------------------------


def lost(wanted: Tracker, found: Tracker) -> str | None:
    """What a repair has failed to bring back: None when every item and every field is there."""
    missing = uids(wanted) - uids(found)
    if missing:
        return f"{len(missing)} items are missing"
    return "it differs from the state that was proven" if diff(found, wanted) else None


def uids(tracker: Tracker) -> set[str]:
    """Of everything in a tracker."""
    found = {tracker.uid, *(phase.uid for phase in tracker.phases)}
    for phase in tracker.phases:
        found.update(phase.tasks.column("uid"))
        found.update(subtask.uid for subtasks in phase.tasks.column("subtasks") for subtask in subtasks)
    return found
