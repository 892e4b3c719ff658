"""One tracker on disk: a read without a lock, and the one transaction through which every change goes."""

from __future__ import annotations

import os
import time

from domain.errors import Broken, Busy, NotFound, ReadOnly, Refused, Unavailable
from domain.record import Record
from infrastructure import codec, state_files
from infrastructure.atomic import Lock, Replacement, make_folder, read_file, sweep, sync_folder, sync_path, why
from infrastructure.project import OWN
from infrastructure.state_files import Remembered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.errors import WtError
    from domain.history import Deed, Entry
    from domain.ports import Snapshot
    from domain.tracker import Phase, Task, Tracker
    from infrastructure.page import Drawn, Page
    from infrastructure.repair import Fault
    from infrastructure.state_files import Signature


class Seen(Record):
    """What a read saw: the bytes, and the tracker they stand for.

    `state` is the digest of its canonical text. With a `fault` the file itself is broken, and the rest is the proven
    state that belongs in its place. `outside`: it is not the state that wt saw last.
    """

    name: str
    tracker: Tracker
    raw: bytes
    signature: Signature
    read_only: str | None  # why it can be read but never written
    state: str = ""
    fault: Fault | None = None
    outside: bool = False

    @property
    def notes(self) -> tuple[str, ...]:
        """What must be said of the answer."""
        if self.fault is None:
            said = f"{self.name} was changed outside wt (by git, an editor or a program) since wt saw it last."
            return (said,) if self.outside else ()
        mended = "The next change, or wt sync, puts that right."
        return (
            f"{self.name} {self.fault.what}: this is the last saved state, from {self.fault.proven.origin}. {mended}",
        )


class Committed(Record):
    """What became of a write that is in: `problems` after the rename, `notes` on what else was done."""

    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def unsigned() -> Deed:
    """The deed of a program that does not say who acts."""
    from domain.history import Deed

    return Deed(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "someone", "")


def writers_lock(root: str, timeout: float, holder: str) -> Lock:
    """What every command holds while it writes in this working tree. Raises Unavailable, Busy on entering."""
    try:
        state_files.prepare(root)
    except OSError as error:
        raise Unavailable(f"{OWN}/ cannot be made: {why(error)}.") from error
    return Lock(os.path.join(root, OWN, "lock"), timeout=timeout, holder=holder)


class TrackerFile:
    """`docs/plans/NAME.json`, the truth, and `NAME.md`, its page."""

    def __init__(
        self,
        root: str,
        name: str,
        *,
        size_limit: int,
        lock_timeout: float,
        holder: str = "",
        deed: Callable[[], Deed] = unsigned,
    ) -> None:
        self._root = root
        self.name = name
        self._path = os.path.join(root, name)
        self._size_limit = size_limit
        self._lock_timeout = lock_timeout
        self._holder = holder
        self._deed = deed
        self._memory = state_files.Memory(root, name)

    @property
    def _page(self) -> Page:
        from infrastructure.page import Page  # a read has nothing to draw

        return Page(self._root, self.name)

    # --- reading ------------------------------------------------------------------------------------------------------

    def read(self) -> Seen:
        """The tracker as it is now. A file we wrote or checked is trusted; any other is parsed and checked whole.

        What is broken is answered with the state that belongs there, if that can be proven; nothing is written.
        Raises NotFound, Unavailable, Broken, ReadOnly (a newer version wrote what this one cannot read).
        """
        try:
            return self._read()
        except (Broken, NotFound) as error:
            return self._proven_instead(error)

    def _read(self) -> Seen:
        raw, stat = self._bytes()
        found, known = state_files.signature(stat), self._memory.recall()
        if found == known.file:
            return Seen(self.name, codec.decode_canonical(raw.decode()), raw, found, None, known.state)
        return self._checked(raw, found, known)

    def _checked(self, raw: bytes, found: Signature, known: Remembered) -> Seen:
        """A file that somebody else wrote."""
        from infrastructure import any_layout, repair

        decoded = any_layout.decode(raw, self.name)
        if decoded.read_only:
            return Seen(self.name, decoded.tracker, raw, found, decoded.read_only)
        fault = repair.left_behind(self._root, self.name, self._size_limit, raw, decoded.tracker)
        if fault is not None:
            return self._faulty(fault)
        state = repair.state_of(decoded.tracker)
        if decoded.canonical:
            self._memory.remember(known.replace(file=found, state=state))
        return Seen(self.name, decoded.tracker, raw, found, None, state, outside=known.state not in ("", state))

    def _proven_instead(self, error: WtError) -> Seen:
        """What belongs in the place of a file that cannot be read. Raises the error when that cannot be proven."""
        from infrastructure import repair

        fault = repair.fault_of(self._root, self.name, self._size_limit, error)
        if fault is None:
            raise error
        return self._faulty(fault)

    def _faulty(self, fault: Fault) -> Seen:
        tracker = fault.proven.tracker
        data = encoded(tracker, self._size_limit)
        return Seen(self.name, tracker, data, "", None, fault.proven.state, fault)

    def must_exist(self) -> None:
        """Raises NotFound, Unavailable."""
        self._bytes()

    def _bytes(self) -> tuple[bytes, os.stat_result]:
        return read_file(self._path, self.name, self._size_limit)

    def page_problem(self, seen: Seen) -> str | None:
        """How the page departs from the tracker, as `Page.problem` says it; None when it is right."""
        return self._page.problem(seen)

    def journal(self) -> list[Entry]:
        """What was done to this tracker here, oldest first, up to the file as it is now. Raises as `read` does."""
        from infrastructure.repair import Past

        seen = self.read()
        past = Past(self._root, self.name, seen.tracker.uid, self._size_limit)
        missed = past.missed(seen.state, seen.tracker, self._deed())[0] if past.journal.last()[0] else []
        return [*past.entries(), *missed]

    # --- writing ------------------------------------------------------------------------------------------------------

    def update(
        self,
        change: Callable[[Tracker], Tracker],
        seen: Snapshot | None = None,
        told: Callable[[Deed], Deed] | None = None,
    ) -> Committed:
        """One transaction: lock, read again, change, journal, write, redraw. Nothing is written when nothing changed.

        `told` completes what the journal is told, once the change is known. A broken file is put right first.
        Raises what `change` raises, Refused, Busy, Broken, ReadOnly, Unavailable; the old state stands then.
        """
        with self.lock():
            now, notes = self._sound(self._read_again(seen))
            notes = (*now.notes, *notes)
            if now.read_only:
                raise ReadOnly(f"{self.name} {now.read_only}.", hint="Update wt to change it.")
            after = change(now.tracker)
            if after is now.tracker:
                return Committed(notes=notes)
            deed = told(self._deed()) if told else self._deed()
            committed = self._commit(now, after, deed)
            return committed.replace(notes=(*notes, *committed.notes))

    def lock(self) -> Lock:
        """The one writer's lock of this working tree. Raises Unavailable, Busy on entering."""
        return writers_lock(self._root, self._lock_timeout, self._holder)

    def _read_again(self, seen: Snapshot | None) -> Seen:
        """The file under the lock; what was read before it is used again only if the bytes are the same."""
        if isinstance(seen, Seen) and seen.fault is None:
            try:
                raw, stat = self._bytes()
            except NotFound:
                return self.read()
            if raw == seen.raw:
                return seen.replace(signature=state_files.signature(stat))
        return self.read()

    def _commit(self, now: Seen, after: Tracker, deed: Deed) -> Committed:
        must_be_readable(now.tracker, after)
        data = encoded(after, self._size_limit)
        entry = self._journaled(now, after, data, deed)
        committed = self._written(entry, after, data, now, now.signature)
        for folder in (os.path.dirname(self._path), os.path.join(self._root, OWN, "state")):
            sweep(folder, time.time())
        return committed

    def _written(self, entry: Entry, after: Tracker, data: bytes, before: Seen | None, stands: Signature) -> Committed:
        """From the journal's entry to the page: what is journaled becomes the file; `stands` is what is there now."""
        known = self._memory.recall()
        try:
            problem, written = self._replace(data, stands)
        except (Busy, Unavailable):
            self._disown(entry, after.uid)
            raise
        wanting, known = self._snapshot(entry, after.uid, before.raw if before else b"", data, known)
        assert entry.after is not None  # the digest of `data`
        drawn = self._page.redraw(before, after, entry.after, known)
        done = {"file": written, "page": drawn.signature, "page_of": written, "state": entry.after}
        self._memory.remember(known.replace(**done, uid=after.uid, seq=entry.seq))
        return _committed([problem, wanting], drawn)

    def _replace(self, data: bytes, expected: Signature) -> tuple[str | None, Signature]:
        """The commit point: (what went wrong after it, the signature of what we wrote).

        `expected` is what must stand there now (nothing, for a new tracker): somebody who does not take the lock, an
        editor or git, may have written meanwhile. Then stop.
        """
        try:
            with Replacement(self._path, data) as replacement:
                if _signature_of(self._path) != expected:
                    said = f"{self.name} was changed by another program just now; nothing was written."
                    raise Busy(said, hint="Try again.")
                problem = replacement.commit()
        except OSError as error:
            raise Unavailable(f"{self.name} could not be written: {why(error)}. Nothing was changed.") from error
        stat = replacement.stat()
        return problem, state_files.signature(stat) if stat else ""

    # --- journal and snapshots ----------------------------------------------------------------------------------------

    def _journaled(self, now: Seen | None, after: Tracker, data: bytes, deed: Deed) -> Entry:
        """The entry of a commit, durable before the file is touched; what the journal missed stands before it."""
        from domain.history import beginning, entry_of
        from infrastructure.digests import digest
        from infrastructure.journal import Journal

        journal = Journal(self._root, after.uid, self.name)
        last, number = journal.last()
        missed: list[Entry] = []
        if now is not None and (last is None or last.after != now.state):
            from infrastructure.repair import Past

            past = Past(self._root, self.name, after.uid, self._size_limit)
            missed, number = past.missed(now.state, now.tracker, deed)
        if now is None:
            from domain.shape import to_document

            deed = deed.replace(edits=beginning(after, to_document(after)))
        elif deed.edits is None:
            from domain.edits import diff

            deed = deed.replace(edits=diff(now.tracker, after))
        entry = entry_of(deed, number + 1, self.name, now.state if now else None, digest(data))
        journal.append([*missed, entry])
        return entry

    def _disown(self, entry: Entry, uid: str) -> None:
        from infrastructure.journal import Journal

        Journal(self._root, uid, self.name).disown(entry)

    def _snapshot(
        self, entry: Entry, uid: str, before: bytes, data: bytes, known: Remembered
    ) -> tuple[str | None, Remembered]:
        """(what went wrong, what is known now). A copy when one is due; at first also of what stood there before."""
        day = entry.at[:10]
        there = os.path.isdir(os.path.join(self._root, OWN, "backups", uid))  # somebody may have thrown them away
        if there and not known.wants_snapshot(entry.seq, day):
            return None, known
        from infrastructure.backups import Backups

        backups = Backups(self._root, uid)
        try:
            if before and not backups.all():
                backups.keep(entry.seq - 1, day, before, limit=self._size_limit)
            backups.keep(entry.seq, day, data, limit=self._size_limit)
        except OSError as error:
            return f"the snapshot could not be kept ({why(error)})", known
        return None, known.replace(snapshot=entry.seq, snapshot_day=day)

    def create(self, tracker: Tracker, check: Callable[[], object] | None = None) -> Committed:
        """Write a new tracker and its page; `check` is asked under the lock.

        Raises what it raises, Refused when a file of that name is there, Busy, Unavailable.
        """
        with self.lock():
            self.must_be_free()
            if check is not None:
                check()
            self._must_not_be_lost()
            must_be_readable(None, tracker)
            data = encoded(tracker, self._size_limit)
            self._make_folder()
            entry = self._journaled(None, tracker, data, self._deed())
            return self._written(entry, tracker, data, None, "")

    def resolve(self, tracker: Tracker, ours: Tracker, before: Callable[[bytes], None]) -> Committed:
        """Write a merge over what git left of it, which need not be readable; `before` is shown those bytes first.

        The journal is told what the other side brought to ours. Raises what `before` raises, NotFound, Refused, Busy,
        Unavailable; the old state stands then.
        """
        from infrastructure.repair import state_of

        with self.lock():
            raw, stat = self._bytes()
            before(raw)
            must_be_readable(None, tracker)
            data = encoded(tracker, self._size_limit)
            seen = Seen(self.name, ours, b"", "", None, state_of(ours))
            entry = self._journaled(seen, tracker, data, self._deed().replace(kind="merge"))
            return self._written(entry, tracker, data, None, state_files.signature(stat))

    def _last_known(self, uid: str) -> Seen | None:
        """The state that the journal ends with, whatever stands in the file."""
        from infrastructure.repair import Past

        past = Past(self._root, self.name, uid, self._size_limit)
        found = past.proven(past.standing(None, None))
        return Seen(self.name, found.tracker, b"", "", None, found.state) if found else None

    def must_be_free(self) -> None:
        """Raises Refused when a file of that name is there: creating never writes over anything."""
        if os.path.lexists(self._path):
            raise Refused(f"{self.name} exists already; nothing was written.", hint="Choose another title.")

    def _must_not_be_lost(self) -> None:
        """Raises Refused when a tracker of that name only lost its file: it would never be found again."""
        from infrastructure.repair import fault_of

        if fault_of(self._root, self.name, self._size_limit, NotFound(self.name)) is not None:
            said = f"{self.name} was deleted by mistake and can be brought back; nothing was written."
            raise Refused(said, hint="Bring it back with: wt doctor --fix")

    def _make_folder(self) -> None:
        folder = os.path.dirname(self._path)
        try:
            make_folder(folder)
            sync_path(folder, self._root)
        except OSError as error:
            said = f"{os.path.dirname(self.name)} cannot be made: {why(error)}. Nothing was changed."
            raise Unavailable(said) from error

    def delete(self) -> Committed:
        """Take the tracker and its page away; a last snapshot stays. Raises NotFound, Busy, Unavailable."""
        with self.lock():
            raw, _ = self._bytes()
            self._part_with(raw)
            try:
                os.unlink(self._path)
            except OSError as error:
                raise Unavailable(f"{self.name} could not be deleted: {why(error)}. Nothing was changed.") from error
            gone = self._page.delete(self._memory.recall())
            self._memory.forget()
            return _committed([self._synced()], gone)

    def _part_with(self, raw: bytes) -> None:
        """Keep what is about to be deleted, and say so in the journal; what is no tracker is only kept."""
        from infrastructure.repair import keep, parting

        try:
            seen = self._read()
        except (Broken, ReadOnly):
            keep(self._root, self.name, raw)
            return
        parting(self._root, seen, self._deed(), self._size_limit)

    def _synced(self) -> str | None:
        try:
            sync_folder(os.path.dirname(self._path))
        except OSError as error:
            return f"the folder could not be synced ({why(error)}), so a power cut may still take this back"
        return None

    def redraw(self) -> Committed:
        """Write the page anew from the JSON; `notes` says what was wrong with it, nothing when it was right.

        A broken file is put right first. Raises Unavailable when the page cannot be written.
        """
        with self.lock():
            now, notes = self._sound(self.read())
            if now.read_only:
                raise ReadOnly(f"{self.name} {now.read_only}.", hint="Update wt to draw its page.")
            problem = self._page.problem(now)
            if problem is None:
                return Committed(notes=notes)
            from infrastructure.digests import digest

            known = self._memory.recall()
            drawn = self._page.redraw(None, now.tracker, digest(now.raw), known)
            if drawn.problem:
                raise Unavailable(f"{drawn.problem}.")
            self._memory.remember(known.replace(page=drawn.signature, page_of=now.signature))
        return Committed(notes=(*notes, drawn.note or f"{self._page.name} was {problem}"))

    def restore(self, wanted: Callable[[Tracker | None], Tracker]) -> Committed:
        """Make an earlier state the present one, whatever stands there now: `wanted` is shown the last known state.

        What cannot be read is kept. Raises Refused, Busy, Unavailable; nothing was changed then.
        """
        with self.lock():
            deed = self._deed().replace(kind="restore")
            try:
                now, notes = self._sound(self.read())
            except (Broken, ReadOnly, NotFound):
                return self._written_over(wanted, deed)
            after = wanted(now.tracker)
            if after == now.tracker:
                return Committed(notes=notes)
            committed = self._commit(now, after, deed)
            return committed.replace(notes=(*notes, *committed.notes))

    def spelt(self) -> Committed:
        """Write statuses that were typed in other words as they are spelt; the bytes that stood there are kept.

        Raises Refused when that is not what is wrong, Busy, Unavailable; nothing was changed then.
        """
        from infrastructure.respelling import respelled

        def wanted(_: Tracker | None) -> Tracker:
            found = respelled(self._bytes()[0], self.name)
            if found is None:
                raise Refused(f"{self.name} is not unreadable for its statuses alone; nothing was changed.")
            return found

        with self.lock():
            return self._written_over(wanted, self._deed())

    def _written_over(self, wanted: Callable[[Tracker | None], Tracker], deed: Deed) -> Committed:
        from infrastructure.repair import bytes_of, find_past, keep

        raw, stands = bytes_of(self._root, self.name, self._size_limit), _signature_of(self._path)
        notes = (f"What stood there is kept in {keep(self._root, self.name, raw)}",) if raw is not None else ()
        past = find_past(self._root, self.name, raw, self._size_limit)
        now = self._last_known(past.uid) if past else None
        after = wanted(now.tracker if now else None)
        must_be_readable(None, after)
        data = encoded(after, self._size_limit)
        self._make_folder()
        committed = self._written(self._journaled(now, after, data, deed), after, data, None, stands)
        return committed.replace(notes=(*notes, *committed.notes))

    def settled(self) -> tuple[str, ...]:
        """`doctor --fix`: put right what can be proven, tell the journal what it missed, see to a good snapshot.

        Returns what was done. Raises as an update does.
        """
        from infrastructure import repair

        with self.lock():
            now, notes = self._sound(self.read())
            done = [*notes, *repair.settle(self._root, now, self._deed(), self._size_limit)]
        done += self.redraw().notes
        return tuple(done)

    def laid_out(self) -> tuple[str, ...]:
        """Write the same tracker in our own layout, which is quick to read; the bytes that stood there are kept.

        Returns what was done. Raises as an update does.
        """
        from infrastructure.repair import keep

        with self.lock():
            now, notes = self._sound(self.read())
            if now.read_only:
                raise ReadOnly(f"{self.name} {now.read_only}.", hint="Update wt to change it.")
            data = encoded(now.tracker, self._size_limit)
            if data == now.raw:
                return notes
            kept = keep(self._root, self.name, now.raw)
            _, written = self._replace(data, now.signature)
            self._memory.remember(self._memory.recall().replace(file=written, state=now.state))
        self.redraw()
        return (*notes, f"{self.name} is laid out as wt does it. What stood there is kept in {kept}")

    # --- repairing ----------------------------------------------------------------------------------------------------

    def _sound(self, seen: Seen) -> tuple[Seen, tuple[str, ...]]:
        """A file that can be worked on: a broken one is put right first, and that is said. Called under the lock."""
        return (seen, ()) if seen.fault is None else self._repaired(seen, seen.fault)

    def _repaired(self, seen: Seen, fault: Fault) -> tuple[Seen, tuple[str, ...]]:
        """A transaction of its own: keep the broken bytes, journal, restore, look; put them back when it went wrong."""
        from domain.history import IS_BACK
        from infrastructure import repair

        stands = _signature_of(self._path)
        kept = repair.keep(self._root, self.name, fault.raw) if fault.raw is not None else None
        past = repair.Past(self._root, self.name, seen.tracker.uid, self._size_limit)
        entries = repair.repair_entries(past, fault, self.name, self._deed())
        self._make_folder()
        past.journal.append(entries)
        _, written = self._replace(seen.raw, stands)
        try:
            raw, stat = self._bytes()
            repair.must_be_conserved(seen, raw, past, entries)
        except (Broken, NotFound, Unavailable):
            if fault.raw is not None:
                self._replace(fault.raw, _signature_of(self._path))
            raise
        last = entries[-1]
        self._memory.remember(past.memory.replace(file=written, state=seen.state, uid=past.uid, seq=last.seq))
        said = f"{self.name} {fault.what}; {IS_BACK}, from {fault.proven.origin}"
        said += f". What stood there is kept in {kept}" if kept else ""
        return seen.replace(signature=state_files.signature(stat), fault=None), (said,)


def _signature_of(path: str) -> Signature:
    """The signature of what stands there; empty when there is nothing."""
    try:
        return state_files.signature(os.lstat(path))
    except FileNotFoundError:
        return ""


def _committed(wrong: list[str | None], drawn: Drawn) -> Committed:
    return Committed(tuple(filter(None, [*wrong, drawn.problem])), (drawn.note,) if drawn.note else ())


def must_be_readable(before: Tracker | None, after: Tracker) -> None:
    """Never write what the next read would call broken. Raises Refused.

    What is new is held against its shape. The rules across items are asked of a new tracker only: going over ten
    thousand tasks with every change would cost more than the change, and each command keeps the rules it could break.
    """
    from domain.shape import BY_RECORD, problems, to_document

    old = {id(phase): phase for phase in before.phases} if before else {}
    fresh = [phase for phase in after.phases if old.pop(id(phase), None) is None]
    known = {id(row) for phase in old.values() for row in phase.tasks.raw}
    items: list[Tracker | Phase | Task] = [after.replace(phases=()), *(phase.replace(tasks=()) for phase in fresh)]
    items += [row for phase in fresh for row in phase.tasks.raw if not isinstance(row, str) and id(row) not in known]
    for item in items:
        for _, path, message in problems(to_document(item), BY_RECORD[type(item)]):
            raise Refused(f"{message[:1].upper()}{message[1:]} ({item.title[:40]}: {path}); nothing was changed.")
    if before is None:
        _must_keep_the_rules(after)


def _must_keep_the_rules(tracker: Tracker) -> None:
    from domain.rules import findings

    for finding in findings(tracker, severity="error"):
        raise Refused(f"{finding.message[:1].upper()}{finding.message[1:]}; nothing was changed.")


def encoded(tracker: Tracker, size_limit: int) -> bytes:
    """The bytes of a tracker. Raises Refused for text that is not Unicode, Unavailable when it grew too large."""
    try:
        data = codec.encode(tracker).encode("utf-8")
    except UnicodeEncodeError:
        raise Refused("The text holds half of a surrogate pair, which no file can keep; nothing was changed.") from None
    if len(data) > size_limit:
        raise Unavailable(f"The tracker would grow beyond the limit of {size_limit // 2**20} MB; nothing was changed.")
    return data
