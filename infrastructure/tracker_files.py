"""One tracker on disk: a read without a lock, and the one transaction through which every change goes."""

from __future__ import annotations

import os
import time

from domain.errors import Busy, ReadOnly, Refused, Unavailable
from domain.record import Record
from infrastructure import codec, state_files
from infrastructure.atomic import Lock, Replacement, make_folder, read_file, sweep, sync_folder, why
from infrastructure.project import OWN
from infrastructure.state_files import Remembered

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.ports import Snapshot
    from domain.tracker import Phase, Task, Tracker
    from infrastructure.page import Drawn, Page
    from infrastructure.state_files import Signature


class Seen(Record):
    """What a read saw: the bytes, and the tracker they stand for."""

    name: str
    tracker: Tracker
    raw: bytes
    signature: Signature
    read_only: str | None  # why it can be read but never written


class Committed(Record):
    """What became of a write that is in: `problems` after the rename, `notes` on what else was done."""

    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class TrackerFile:
    """`docs/plans/NAME.json`, the truth, and `NAME.md`, its page."""

    def __init__(self, root: str, name: str, *, size_limit: int, lock_timeout: float, holder: str = "") -> None:
        self._root = root
        self.name = name
        self._path = os.path.join(root, name)
        self._size_limit = size_limit
        self._lock_timeout = lock_timeout
        self._holder = holder
        self._memory = state_files.Memory(root, name)

    @property
    def _page(self) -> Page:
        from infrastructure.page import Page  # a read has nothing to draw

        return Page(self._root, self.name)

    # --- reading ------------------------------------------------------------------------------------------------------

    def read(self) -> Seen:
        """The tracker as it is now. A file we wrote or checked is trusted; any other is parsed and checked whole.

        Raises NotFound, Unavailable, Broken, ReadOnly (a newer version wrote what this one cannot read).
        """
        raw, stat = self._bytes()
        found, known = state_files.signature(stat), self._memory.recall()
        if found == known.file:
            return Seen(self.name, codec.decode_canonical(raw.decode()), raw, found, None)
        from infrastructure import any_layout

        decoded = any_layout.decode(raw, self.name)
        if decoded.canonical:
            self._memory.remember(known.replace(file=found))
        return Seen(self.name, decoded.tracker, raw, found, decoded.read_only)

    def must_exist(self) -> None:
        """Raises NotFound, Unavailable."""
        self._bytes()

    def _bytes(self) -> tuple[bytes, os.stat_result]:
        return read_file(self._path, self.name, self._size_limit)

    def page_problem(self, seen: Seen) -> str | None:
        """How the page departs from the tracker: a key of PAGE_PROBLEMS, None when it is right."""
        return self._page.problem(seen)

    # --- writing ------------------------------------------------------------------------------------------------------

    def update(self, change: Callable[[Tracker], Tracker], seen: Snapshot | None = None) -> Committed:
        """One transaction: lock, read again, change, write, redraw. Nothing is written when nothing changed.

        Raises what `change` raises, Refused, Busy, Broken, ReadOnly, Unavailable; the old state stands then.
        """
        with self.lock():
            now = self._read_again(seen)
            if now.read_only:
                raise ReadOnly(f"{self.name} {now.read_only}.", hint="Update wt to change it.")
            after = change(now.tracker)
            if after is now.tracker:
                return Committed()
            return self._commit(now, after)

    def lock(self) -> Lock:
        """The one writer's lock of this working tree. Raises Unavailable, Busy on entering."""
        try:
            state_files.prepare(self._root)
        except OSError as error:
            raise Unavailable(f"{OWN}/ cannot be made: {why(error)}.") from error
        return Lock(os.path.join(self._root, OWN, "lock"), timeout=self._lock_timeout, holder=self._holder)

    def _read_again(self, seen: Snapshot | None) -> Seen:
        """The file under the lock; what was read before it is used again only if the bytes are the same."""
        if isinstance(seen, Seen):
            raw, stat = self._bytes()
            if raw == seen.raw:
                return seen.replace(signature=state_files.signature(stat))
        return self.read()

    def _commit(self, now: Seen, after: Tracker) -> Committed:
        must_be_readable(now.tracker, after)
        data = encoded(after, self._size_limit)
        problem, written = self._replace(data, now.signature)
        drawn = self._page.redraw(now, after, data, self._memory.recall())
        self._memory.remember(Remembered(written, drawn.signature, written))
        for folder in (os.path.dirname(self._path), os.path.join(self._root, OWN, "state")):
            sweep(folder, time.time())
        return _committed(problem, drawn)

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

    def create(self, tracker: Tracker) -> Committed:
        """Write a new tracker and its page. Raises Refused when a file of that name is there, Busy, Unavailable."""
        with self.lock():
            self.must_be_free()
            must_be_readable(None, tracker)
            data = encoded(tracker, self._size_limit)
            self._make_folder()
            problem, written = self._replace(data, "")
            drawn = self._page.redraw(None, tracker, data, Remembered())
            self._memory.remember(Remembered(written, drawn.signature, written))
        return _committed(problem, drawn)

    def resolve(self, tracker: Tracker, before: Callable[[bytes], None]) -> Committed:
        """Write over what git left of a merge, which need not be readable; `before` is shown those bytes first.

        Raises what `before` raises, NotFound, Refused, Busy, Unavailable; the old state stands then.
        """
        with self.lock():
            raw, stat = self._bytes()
            before(raw)
            must_be_readable(None, tracker)
            data = encoded(tracker, self._size_limit)
            problem, written = self._replace(data, state_files.signature(stat))
            drawn = self._page.redraw(None, tracker, data, self._memory.recall())
            self._memory.remember(Remembered(written, drawn.signature, written))
        return _committed(problem, drawn)

    def must_be_free(self) -> None:
        """Raises Refused when a file of that name is there: creating never writes over anything."""
        if os.path.lexists(self._path):
            raise Refused(f"{self.name} exists already; nothing was written.", hint="Choose another title.")

    def _make_folder(self) -> None:
        folder = os.path.dirname(self._path)
        try:
            make_folder(folder)
        except OSError as error:
            said = f"{os.path.dirname(self.name)} cannot be made: {why(error)}. Nothing was changed."
            raise Unavailable(said) from error

    def delete(self) -> Committed:
        """Take the tracker and its page away. Raises NotFound, Busy, Unavailable."""
        with self.lock():
            self.must_exist()
            try:
                os.unlink(self._path)
            except OSError as error:
                raise Unavailable(f"{self.name} could not be deleted: {why(error)}. Nothing was changed.") from error
            gone = self._page.delete(self._memory.recall())
            self._memory.forget()
            return _committed(self._synced(), gone)

    def _synced(self) -> str | None:
        try:
            sync_folder(os.path.dirname(self._path))
        except OSError as error:
            return f"the folder could not be synced ({why(error)}), so a power cut may still take this back"
        return None

    def redraw(self) -> Committed:
        """Write the page anew from the JSON; `notes` says what was wrong with it, nothing when it was right.

        Raises Unavailable when the page cannot be written.
        """
        with self.lock():
            now = self.read()
            if now.read_only:
                raise ReadOnly(f"{self.name} {now.read_only}.", hint="Update wt to draw its page.")
            problem = self._page.problem(now)
            if problem is None:
                return Committed()
            known = self._memory.recall()
            drawn = self._page.redraw(None, now.tracker, now.raw, known)
            if drawn.problem:
                raise Unavailable(f"{drawn.problem}.")
            self._memory.remember(Remembered(known.file, drawn.signature, now.signature))
        return Committed(notes=(drawn.note or f"{self._page.name} was {problem}",))


def _signature_of(path: str) -> Signature:
    """The signature of what stands there; empty when there is nothing."""
    try:
        return state_files.signature(os.lstat(path))
    except FileNotFoundError:
        return ""


def _committed(problem: str | None, drawn: Drawn) -> Committed:
    problems = (problem, drawn.problem)
    return Committed(tuple(filter(None, problems)), (drawn.note,) if drawn.note else ())


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
