"""One tracker on disk as a writer sees it: the one transaction through which every change goes."""

from __future__ import annotations

import os
import time

from domain.errors import Busy, NotFound, ReadOnly, Refused, Unavailable
from domain.record import Record
from infrastructure import codec, state_files
from infrastructure.atomic import Lock, Replacement, sweep
from infrastructure.project import OWN
from infrastructure.regular_files import why
from infrastructure.tracker_reads import Seen, TrackerReader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.entries import Deed, Entry
    from domain.ports import Snapshot
    from domain.tracker import Phase, Task, Tracker
    from infrastructure.page import Drawn, Page
    from infrastructure.repair import Fault
    from infrastructure.state_files import Remembered, Signature


class Committed(Record):
    """What became of a write that is in: `problems` after the rename, `notes` on what else was done."""

    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def unsigned() -> Deed:
    """The deed of a program that does not say who acts."""
    from domain.entries import Deed

    return Deed(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "someone", "")


def writers_lock(root: str, timeout: float, holder: str) -> Lock:
    """What every command holds while it writes in this working tree. Raises Unavailable, Busy on entering."""
    try:
        state_files.prepare(root)
    except OSError as error:
        raise Unavailable(f"{OWN}/ cannot be made: {why(error)}.") from error
    return Lock(os.path.join(root, OWN, "lock"), timeout=timeout, holder=holder)


class TrackerWriter(TrackerReader):
    """`docs/plans/NAME.json`, the truth, and `NAME.md`, its page, while they are changed."""

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
        super().__init__(root, name, size_limit=size_limit)
        self._lock_timeout = lock_timeout
        self._holder = holder
        self._deed = deed

    @property
    def _page(self) -> Page:
        from infrastructure.page import Page  # a read has nothing to draw

        return Page(self._root, self.name)

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
        return as_committed([problem, wanting], drawn)

    def _replace(self, data: bytes, expected: Signature) -> tuple[str | None, Signature]:
        """The commit point: (what went wrong after it, the signature of what we wrote).

        `expected` is what must stand there now (nothing, for a new tracker): somebody who does not take the lock, an
        editor or git, may have written meanwhile. Then stop.
        """
        try:
            with Replacement(self._path, data) as replacement:
                if signature_of(self._path) != expected:
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
        from domain.entries import beginning, entry_of
        from infrastructure.codec import digest
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

    def _sound(self, seen: Seen) -> tuple[Seen, tuple[str, ...]]:
        """A file that can be worked on: a broken one is put right first, and that is said. Called under the lock."""
        return (seen, ()) if seen.fault is None else self._repaired(seen, seen.fault)

    def _repaired(self, seen: Seen, fault: Fault) -> tuple[Seen, tuple[str, ...]]:
        from infrastructure.tracker_files import TrackerFile  # only what is broken needs all of it

        whole = TrackerFile(
            self._root,
            self.name,
            size_limit=self._size_limit,
            lock_timeout=self._lock_timeout,
            holder=self._holder,
            deed=self._deed,
        )
        return whole.put_right(seen, fault)


def signature_of(path: str) -> Signature:
    """The signature of what stands there; empty when there is nothing."""
    try:
        return state_files.signature(os.lstat(path))
    except FileNotFoundError:
        return ""


def as_committed(wrong: list[str | None], drawn: Drawn) -> Committed:
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
