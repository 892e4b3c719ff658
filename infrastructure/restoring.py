"""`wt restore`: lists the states a tracker had, and makes any of them the present one; journaled like any change."""

from __future__ import annotations

from domain.commands.table import Block
from domain.errors import Invalid, NotFound, Usage
from domain.history import when
from domain.record import Record
from domain.recovery import with_numbers_of
from domain.reply import Reply
from infrastructure import project, repair

TYPE_CHECKING = False
if TYPE_CHECKING:
    from infrastructure.repair import Past
    from infrastructure.trackers import ProjectTrackers

SHOWN = 50


class State(Record):
    """One state that can be asked for by its number."""

    number: int
    at: str
    actor: str
    sentence: str
    kept: bool  # whether a snapshot holds it whole


def states(past: Past) -> list[State]:
    """Every state, oldest first: what the journal tells, and snapshots that it does not know."""
    kept = {snapshot.seq: snapshot for snapshot in past.backups.all()}
    found = {
        entry.seq: State(entry.seq, entry.at, entry.actor, entry.sentence, entry.seq in kept)
        for entry in past.effective()
        if entry.after is not None
    }
    for seq, snapshot in kept.items():
        found.setdefault(seq, State(seq, snapshot.day, "", "(a snapshot)", True))
    return [found[number] for number in sorted(found)]


def restore(trackers: ProjectTrackers, name: str, number: int | None, root: str, size_limit: int) -> Reply:
    """List the states, or go back to one. Raises NotFound, Invalid when it cannot be proven, and as an update does."""
    raw = repair.bytes_of(root, name, size_limit)
    past = repair.find_past(root, name, raw, size_limit)
    if past is None:
        raise NotFound(f"No state of {name} was kept here.", hint="git log knows what was committed.")
    known = states(past)
    if number is None:
        return _listed(name, known)
    return _restored(trackers, name, past, next((state for state in known if state.number == number), None), number)


def _listed(name: str, known: list[State]) -> Reply:
    shown = known[: -SHOWN - 1 : -1]
    rows = tuple((str(state.number), when(state.at), state.actor, state.sentence) for state in shown)
    return Reply(
        "answered",
        f"{len(known)} states of {name}, the newest first:",
        hint="Go back to one with: wt restore NUMBER",
        tracker=name,
        blocks=(Block("table", head=("Number", "When", "Who", "What"), rows=rows),),
        data={"states": [dict(state.values()) for state in reversed(known)]},
    )


def _restored(trackers: ProjectTrackers, name: str, past: Past, state: State | None, number: int) -> Reply:
    if state is None:
        raise NotFound(f"{name} has no state {number}.", hint="See the states: wt restore")
    proven = past.state(number)
    if proven is None:
        raise Invalid(f"State {number} of {name} can no longer be put together.", hint="See the others: wt restore")
    said = f'{name} is as it was at {when(state.at)}, after "{state.sentence}" (state {number}).'
    if trackers.rehearsal:
        return Reply("changed", said, tracker=name, dry_run=True)
    file = trackers.saying(f"restore {number}").open(name)
    commit = file.restore(lambda now: with_numbers_of(proven.tracker, now) if now else proven.tracker)
    outcome = "saved_but" if commit.problems else "changed"
    message = f"Saved, but {'; '.join(commit.problems)}. ({said})" if commit.problems else said
    return Reply(outcome, message, hint="Take that back with: undo", tracker=name, warnings=commit.notes)


def name_of(trackers: ProjectTrackers, root: str, cwd: str, wanted: str | None) -> str:
    """The tracker that is meant; one that a command has deleted is meant, too. Raises NotFound, Usage."""
    try:
        return trackers.choose(wanted)
    except NotFound:
        deleted = sorted({entry.file for entry in repair.newest_entries(root).values()})
        found = project.among(deleted, root, cwd, wanted)
        if found is None and len(deleted) > 1 and not wanted:
            candidates = [(name, "") for name in deleted]
            raise Usage("Which one?", hint="Say it with --tracker NAME.", candidates=candidates) from None
        if found is None:
            raise
        return found
