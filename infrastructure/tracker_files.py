"""One tracker on disk, and all that is done with it besides changing it: made, deleted, merged, restored, put right."""

from __future__ import annotations

import os

from domain.errors import Broken, NotFound, ReadOnly, Refused, Unavailable
from infrastructure import state_files
from infrastructure.atomic import make_folder, sync_folder, sync_path
from infrastructure.regular_files import why
from infrastructure.tracker_reads import Seen
from infrastructure.tracker_writes import (
    Committed,
    TrackerWriter,
    as_committed,
    encoded,
    must_be_readable,
    signature_of,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.entries import Deed, Entry
    from domain.tracker import Tracker
    from infrastructure.repair import Fault


class TrackerFile(TrackerWriter):
    """`docs/plans/NAME.json`, the truth, and `NAME.md`, its page."""

    def must_exist(self) -> None:
        """Raises NotFound, Unavailable."""
        self._bytes()

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
            return as_committed([self._synced()], gone)

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
            from infrastructure.codec import digest

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

        raw, stands = bytes_of(self._root, self.name, self._size_limit), signature_of(self._path)
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

    def put_right(self, seen: Seen, fault: Fault) -> tuple[Seen, tuple[str, ...]]:
        """Under the lock, a transaction of its own: keep the broken bytes, journal, restore, look.

        They are put back when it went wrong.
        """
        from domain.entries import IS_BACK
        from infrastructure import repair

        stands = signature_of(self._path)
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
                self._replace(fault.raw, signature_of(self._path))
            raise
        last = entries[-1]
        self._memory.remember(past.memory.replace(file=written, state=seen.state, uid=past.uid, seq=last.seq))
        said = f"{self.name} {fault.what}; {IS_BACK}, from {fault.proven.origin}"
        said += f". What stood there is kept in {kept}" if kept else ""
        return seen.replace(signature=state_files.signature(stat), fault=None), (said,)
