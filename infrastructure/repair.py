"""What is known of a tracker beside its file (journal, snapshots, git), and putting a broken file right with it."""

from __future__ import annotations

import os

from domain.edits import diff
from domain.entries import Deed, Entry, beginning, effective, entry_of, never_done
from domain.errors import Broken, NotFound, Unavailable, WtError
from domain.record import Record
from domain.recovery import Candidate, Proven, Standing, lost, proven, standing
from domain.shape import from_document, to_document
from infrastructure import codec, git
from infrastructure.any_layout import conflict_line, decode
from infrastructure.atomic import Replacement, make_folder, set_aside
from infrastructure.backups import Backups
from infrastructure.codec import digest
from infrastructure.journal import Journal, verified
from infrastructure.json_text import TWICE, NotJson, loads
from infrastructure.project import OWN, is_inside
from infrastructure.regular_files import read_file, why
from infrastructure.state_files import Memory, missing_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from domain.tracker import Tracker
    from infrastructure.state_files import Remembered
    from infrastructure.tracker_reads import Seen

VERSIONS = 200  # of git, at most
OUTSIDE = "(outside wt)"


def state_of(tracker: Tracker) -> str:
    """The digest of a tracker's canonical text: what the journal calls a state."""
    return digest(codec.encode(tracker).encode())


class Past:
    """What is known of one tracker beside its file."""

    def __init__(self, root: str, name: str, uid: str, size_limit: int) -> None:
        self._root = root
        self._name = name
        self._size_limit = size_limit
        self.uid = uid
        self.journal = Journal(root, uid, name)
        self.backups = Backups(root, uid)
        self.memory: Remembered = Memory(root, name).recall()

    def entries(self) -> list[Entry]:
        return self.journal.entries()[0]

    def standing(self, state: str | None, tracker: Tracker | None) -> Standing:
        """How the file stands to the journal. What git holds, a checkout, a stash or a bisect may have put there, on
        purpose: then it is never `older`.
        """
        found = standing(self.entries(), state, tracker, self._reached)
        if found.kind == "older" and tracker is not None and self._is_gits(tracker):
            return found.replace(kind="outside")
        return found

    def effective(self) -> list[Entry]:
        """The entries that reached the file."""
        return list(standing(self.entries(), None, None, self._reached).entries)

    def numbers(self) -> list[int]:
        """Of every state that can be asked for, oldest first."""
        told = {entry.seq for entry in self.effective() if entry.after is not None}
        return sorted(told | {snapshot.seq for snapshot in self.backups.all()})

    def state(self, number: int) -> Proven | None:
        """The state of this number, put together and proven."""
        entries = self.effective()
        at = next((at for at, entry in enumerate(entries) if entry.seq == number), None)
        if at is not None and (found := proven(entries, at, self.candidates(entries), state_of)):
            return found
        kept = next((snapshot for snapshot in self.backups.all() if snapshot.seq == number), None)
        tracker = self._loader(kept.read)() if kept else None
        return Proven(tracker, state_of(tracker), "a snapshot") if tracker else None

    def _reached(self, entry: Entry) -> bool:
        """Whether it is known: our own memory is written after the rename, and so is the page.

        Neither is synced, and either may fail to be written: that they know nothing of an entry proves nothing.
        """
        remembered = self.memory.uid == self.uid and self.memory.seq >= entry.seq
        return remembered or self._is_drawn(entry)

    def _is_drawn(self, entry: Entry) -> bool:
        """Whether the page shows what this entry made, and none before it: an undo goes back to an earlier state."""
        drawn = self._drawn()
        if drawn is None or drawn != entry.after:
            return False
        return all(drawn not in (row.before, row.after) for row in self.entries() if row.seq < entry.seq)

    def never_was(self) -> bool:
        """Whether the tracker was only about to be made: its one entry has left neither file, memory nor snapshot."""
        entries = self.effective()
        begun = len(entries) == 1 and entries[0].before is None and not self._reached(entries[0])
        return (
            (begun or not entries)
            and not self.backups.all()
            and not os.path.lexists(os.path.join(self._root, self._name))
        )

    def _drawn(self) -> str | None:
        """The state that the page was drawn from."""
        from domain.view import digest_of

        try:
            raw, _ = read_file(os.path.join(self._root, self._name[:-5] + ".md"), "the page", 1 << 30)
        except WtError:
            return None
        return digest_of(raw.decode(errors="replace"))

    def _is_gits(self, tracker: Tracker) -> bool:
        """As it stands, or as git keeps it where a checkout changes the ends of lines."""
        raw = bytes_of(self._root, self._name, self._size_limit)
        return git.holds(self._root, codec.encode(tracker).encode(), *([raw] if raw is not None else []))

    # --- the proven state ---------------------------------------------------------------------------------------------

    def proven(self, found: Standing) -> Proven | None:
        """The last state that reached the file; None when it cannot be proven."""
        last, known = found.last, self.memory
        if last is None or (known.uid == self.uid and known.seq > last.seq):  # the journal is missing, or behind
            return self._kept_as(known.state) if known.uid == self.uid else None
        return proven(found.entries, len(found.entries) - 1, self.candidates(found.entries), state_of)

    def _kept_as(self, state: str) -> Proven | None:
        for candidate in self.candidates(()):
            if candidate.state == state and (tracker := candidate.load()) is not None:
                return Proven(tracker, state, candidate.source)
        return None

    def candidates(self, entries: tuple[Entry, ...] | list[Entry]) -> Iterator[Candidate]:
        """Kept states, the cheapest first: snapshots from the newest, the journal's own beginning, git's versions."""
        for snapshot in reversed(self.backups.all()):
            source = f"the snapshot of {snapshot.day}"
            yield Candidate(source, snapshot.state, self._loader(snapshot.read))
        for entry in entries:
            if entry.after and entry.edits and entry.edits[0].level == "tracker" and entry.edits[0].kind == "add":
                yield Candidate("the journal", entry.after, _beginning(entry))
        for version in git.versions(self._root, self._name, VERSIONS):
            if version.after is not None:
                source = f"git ({version.commit[:8]})"
                yield Candidate(source, digest(version.after), self._loader(_after(version)))

    def _loader(self, read: Callable[[int], bytes | None]) -> Callable[[], Tracker | None]:
        def load() -> Tracker | None:
            raw = read(self._size_limit)
            try:
                return None if raw is None else decode(raw, self._name).tracker
            except WtError:
                return None

        return load

    # --- what the journal missed --------------------------------------------------------------------------------------

    def highest(self) -> int:
        """The highest number given so far, also where the journal is gone and only snapshots are left."""
        return max([self.journal.last()[1], self.memory.seq, *(snapshot.seq for snapshot in self.backups.all())])

    def missed(self, state: str, tracker: Tracker, deed: Deed) -> tuple[list[Entry], int]:
        """(entries the journal lacks up to the file as it is now, the highest number given). Raises Unavailable."""
        highest = self.highest()
        found, made = self.standing(state, tracker), []
        if found.abandoned is not None:
            highest += 1
            made.append(never_done(found.abandoned, highest, deed.at, deed.actor))
        if found.last is not None and found.kind in ("outside", "older"):
            highest += 1
            before = proven(found.entries, len(found.entries) - 1, self.candidates(found.entries), state_of)
            edits = diff(before.tracker, tracker) if before else beginning(tracker, to_document(tracker))
            outside = Deed(deed.at, OUTSIDE, self._outside(state), "external", edits=edits)
            made.append(entry_of(outside, highest, self._name, found.last.after, state))
        return made, highest

    def _outside(self, state: str) -> str:
        """What is known of a change that wt did not make: the commit, where git has brought the file."""
        brought = git.latest(self._root, self._name)
        if brought is None or brought.after is None or digest(brought.after) != state:
            return "changed outside wt"
        return f"brought by git: {brought.subject} ({brought.author}, {brought.commit[:8]})"


def _after(version: git.Version) -> Callable[[int], bytes | None]:
    return lambda _: version.after


def _beginning(entry: Entry) -> Callable[[], Tracker | None]:
    return lambda: from_document(entry.edits[0].row or {})


def find_past(root: str, name: str, raw: bytes | None, size_limit: int) -> Past | None:
    """The past of a file that cannot be read: by the uid still legible in it, by our memory, by the journals."""
    for uid in _uids(root, name, raw):
        past = Past(root, name, uid, size_limit)
        if (past.journal.last()[0] is not None or past.backups.all()) and not past.never_was():
            return past
    return None


def _uids(root: str, name: str, raw: bytes | None) -> Iterator[str]:
    if raw and (at := raw.find(b'"uid":"', 0, 4096)) >= 0:
        uid = raw[at + 7 : at + 48].partition(b'"')[0].decode(errors="replace")
        if uid and all(c.isascii() and (c.isalnum() or c == "-") for c in uid):
            yield uid
    if known := Memory(root, name).recall().uid:
        yield known
    ours = [(last.after is not None, last.at, uid) for uid, last in newest_entries(root).items() if last.file == name]
    yield from (uid for *_, uid in sorted(ours, reverse=True))  # the one in use before one that was deleted


def newest_entries(root: str) -> dict[str, Entry]:
    """uid -> newest entry of every journal that reached its file, whatever file that was."""
    folder = os.path.join(root, OWN, "journal")
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return {}
    found = {}
    for journal in names:
        if journal.endswith(".jsonl"):
            uid = journal.removesuffix(".jsonl")
            try:
                lines = Journal(root, uid, "").lines()
            except Unavailable:
                continue  # told where its tracker is looked at
            if rows := effective(entry for entry in map(verified, lines) if entry is not None):
                found[uid] = rows[-1]
    return found


# --- faults -----------------------------------------------------------------------------------------------------------


class Fault(Record):
    """What is wrong with a file that cannot be trusted, and the state that may be put in its place."""

    what: str  # ends the sentence "docs/plans/plan.json …"
    proven: Proven
    raw: bytes | None  # what stands there


def fault_of(root: str, name: str, size_limit: int, error: WtError) -> Fault | None:
    """The fault behind an error of reading, if it can be proven what belongs there; None leaves it to a person.

    A file that is well-formed but invalid was edited by hand, and one with conflict markers holds another side's work:
    putting back our own state would drop what somebody wrote.
    """
    raw = bytes_of(root, name, size_limit) if not isinstance(error, NotFound) else None
    past = find_past(root, name, raw, size_limit)
    if past is None:
        return None
    what = damage(raw)
    if what in ("invalid", "conflict-marked") or (what == "deleted" and git.is_gone(root, name)):
        return None
    if what == "torn" and raw is not None and git.holds(root, raw):
        return None  # another branch has it so: what our last state was says nothing about that
    found = past.proven(past.standing(None, None))
    if found is None:
        return None
    said = {"deleted": "was deleted", "empty": "is empty", "torn": f"is damaged ({cause(error, name)})"}[what]
    return Fault(said, found, raw)


def lost_names(root: str, size_limit: int) -> list[str]:
    """Trackers whose file is gone though no command deleted it, and that can be brought back."""
    names = {entry.file for entry in newest_entries(root).values() if entry.after is not None}
    known = (name for name in {*names, *missing_names(root)} if is_inside(root, name))
    gone = sorted(name for name in known if not os.path.lexists(os.path.join(root, name)))
    return [name for name in gone if fault_of(root, name, size_limit, NotFound(f"{name} does not exist."))]


def left_behind(root: str, name: str, size_limit: int, raw: bytes, tracker: Tracker) -> Fault | None:
    """The fault of a sound file that holds a state which the journal has left behind: an older copy was put there."""
    past = Past(root, name, tracker.uid, size_limit)
    last = past.journal.last()[0]
    if last is None or last.after == (state := state_of(tracker)):
        return None
    found = past.standing(state, tracker)
    if found.kind != "older" or found.last is None or found.last.after is None:
        return None
    wanted = past.proven(found)
    return Fault("was replaced by an older copy", wanted, raw) if wanted else None


def damage(raw: bytes | None) -> str:
    """deleted, empty, torn, conflict-marked, invalid: what kind of broken file this is."""
    if raw is None:
        return "deleted"
    if not raw.strip(b" \t\r\n\0"):
        return "empty"
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "torn"
    if conflict_line(text):
        return "conflict-marked"
    try:
        loads(text)
    except NotJson as error:
        return "invalid" if error.what.endswith(TWICE) else "torn"
    return "invalid"


def cause(error: WtError, name: str) -> str:
    return error.message.removeprefix(f"{name}: ").removeprefix(f"{name} ").rstrip(".")


def bytes_of(root: str, name: str, size_limit: int) -> bytes | None:
    """What stands there; None when there is nothing. Raises Unavailable."""
    try:
        return read_file(os.path.join(root, name), name, size_limit)[0]
    except NotFound:
        return None


def git_has(root: str, name: str, size_limit: int) -> bool:
    """Whether a version that git keeps can be read."""
    return any(candidate.load() is not None for candidate in Past(root, name, "", size_limit).candidates(()))


# --- repairing --------------------------------------------------------------------------------------------------------


def keep(root: str, name: str, raw: bytes, ending: str = ".json") -> str:
    """A copy of bytes that are about to be replaced; its place. Raises Unavailable: nothing was changed then."""
    copy = f"{os.path.basename(name).removesuffix('.json')[:50]}-{digest(raw)[8:16]}{ending}"
    folder = os.path.join(root, OWN, "kept")
    try:
        make_folder(folder)
        with Replacement(os.path.join(folder, copy), raw) as replacement:
            replacement.commit()
    except OSError as error:
        raise Unavailable(f"A copy of {name} could not be kept: {why(error)}. Nothing was changed.") from error
    return f"{OWN}/kept/{copy}"


def repair_entries(past: Past, fault: Fault, name: str, deed: Deed) -> list[Entry]:
    """What the journal is told of a repair: it changes nothing that the journal knows, so it has no edits.

    A journal that is missing or behind goes on with the proven state as a whole.
    """
    found, number = past.standing(None, None), past.highest()
    made = []
    if found.abandoned is not None:
        number += 1
        made.append(never_done(found.abandoned, number, deed.at, deed.actor))
    known = found.last is not None and found.last.after == fault.proven.state
    tracker = fault.proven.tracker
    edits = () if known else beginning(tracker, to_document(tracker))
    said = Deed(deed.at, deed.actor, f"repaired: the file {fault.what}", "repair", edits=edits)
    before = digest(fault.raw) if fault.raw is not None else "missing"
    return [*made, entry_of(said, number + 1, name, before, fault.proven.state)]


def must_be_conserved(wanted: Seen, raw: bytes, past: Past, told: list[Entry]) -> None:
    """The check of a repair: every item is there, nothing differs from what was announced, the journal grew.

    Raises Broken when it is not so.
    """
    wrong = lost(wanted.tracker, decode(raw, wanted.name).tracker)
    journal = past.entries()
    if wrong is None and journal[-len(told) :] != told:
        wrong = "the journal does not say so"
    if wrong is not None:
        raise Broken(f"The repair of {wanted.name} was taken back: {wrong}.", hint="Look with: wt doctor")


def parting(root: str, seen: Seen, deed: Deed, size_limit: int) -> None:
    """Before a tracker is deleted: a last snapshot, and the journal's last entry. Raises Unavailable."""
    past = Past(root, seen.name, seen.tracker.uid, size_limit)
    missed, number = past.missed(seen.state, seen.tracker, deed)
    try:
        past.backups.keep(number + 1, deed.at[:10], seen.raw, limit=size_limit)
    except OSError as error:
        raise Unavailable(f"A last snapshot could not be kept: {why(error)}. Nothing was changed.") from error
    past.journal.append([*missed, entry_of(deed, number + 1, seen.name, seen.state, None)])


def settle(root: str, seen: Seen, deed: Deed, size_limit: int) -> list[str]:
    """Journal what was missed, set damaged snapshots aside and take a good one. Called under the lock."""
    past, done = Past(root, seen.name, seen.tracker.uid, size_limit), []
    missed, number = past.missed(seen.state, seen.tracker, deed) if past.journal.last()[0] else ([], past.highest())
    if missed:
        past.journal.append(missed)
        done.append(f"{seen.name}: {', '.join(entry.sentence for entry in missed)}: now in the journal")
    kept = past.backups.all()
    bad = [snapshot for snapshot in kept if snapshot.read(size_limit) is None]
    for snapshot in bad:
        set_aside(snapshot.path)
    if bad or (not kept and past.journal.last()[0]):
        past.backups.keep(max(number, 1), deed.at[:10], seen.raw, limit=size_limit)
        done.append(f"{seen.name}: a new snapshot was taken")
    return done
