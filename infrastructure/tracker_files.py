"""One tracker on disk: a read without a lock, and the one transaction through which every change goes."""

from __future__ import annotations

import os
import time

from domain import view
from domain.errors import Busy, ReadOnly, Refused, Unavailable, WtError
from domain.record import Record
from infrastructure import codec, state_files
from infrastructure.atomic import Lock, Replacement, read_file, replace_quietly, sweep, sync_folder
from infrastructure.project import OWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.ports import Snapshot
    from domain.tracker import Tracker
    from infrastructure.state_files import Signature

try:
    from _blake2 import blake2b
except ImportError:  # a Python whose private names moved
    from hashlib import blake2b


def digest(data: bytes) -> str:
    """What the page carries to say which JSON it was made from."""
    return "blake2b:" + blake2b(data, digest_size=16).hexdigest()


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
        self._page = Page(root, name)
        self._size_limit = size_limit
        self._lock_timeout = lock_timeout
        self._holder = holder
        self._memory = state_files.Memory(root, name)

    # --- reading ---------------------------------------------------------------------------------------------------------

    def read(self) -> Seen:
        """The tracker as it is now. A file we wrote or checked is trusted; any other is parsed and checked whole.

        Raises NotFound, Unavailable, Broken.
        """
        raw, stat = read_file(self._path, self.name, self._size_limit)
        found = state_files.signature(stat)
        if found == self._memory.recall().file:
            return Seen(self.name, codec.decode_canonical(raw.decode()), raw, found, None)
        decoded = codec.decode(codec.text_of(raw, self.name), self.name)
        if decoded.canonical:
            self._memory.remember(found, self._memory.recall().page)
        return Seen(self.name, decoded.tracker, raw, found, decoded.read_only)

    # --- writing ---------------------------------------------------------------------------------------------------------

    def update(self, change: Callable[[Tracker], Tracker], seen: Snapshot | None = None) -> Committed:
        """One transaction: lock, read again, change, write, redraw. Nothing is written when nothing changed.

        Raises what `change` raises, Busy, Broken, ReadOnly, Unavailable; the old state stands then.
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
            raise Unavailable(f"{OWN}/ cannot be made: {(error.strerror or str(error)).lower()}.") from error
        return Lock(os.path.join(self._root, OWN, "lock"), timeout=self._lock_timeout, holder=self._holder)

    def _read_again(self, seen: Snapshot | None) -> Seen:
        """The file under the lock; what was read before it is used again only if the bytes are the same."""
        if isinstance(seen, Seen):
            raw, stat = read_file(self._path, self.name, self._size_limit)
            if raw == seen.raw:
                return seen.replace(signature=state_files.signature(stat))
        return self.read()

    def _commit(self, now: Seen, after: Tracker) -> Committed:
        data = encoded(after, self._size_limit)
        page, note = self._page.before_redraw(now, self._memory.recall().page)
        problem = self._replace(data, now.signature)
        problems, notes = [problem] if problem else [], [note] if note else []
        if not self._page.write(page, now.tracker, after, digest(data)):
            problems.append(f"the page {self._page.name} could not be written")
        self._remember(data)
        sweep(os.path.dirname(self._path), time.time())
        return Committed(tuple(problems), tuple(notes))

    def _replace(self, data: bytes, expected: Signature) -> str | None:
        """The commit point. Somebody who does not take the lock (an editor, git) may have written meanwhile: then stop."""
        try:
            with Replacement(self._path, data) as replacement:
                if state_files.signature(os.lstat(self._path)) != expected:
                    raise Busy(f"{self.name} was changed by another program just now; nothing was written.", hint="Try again.")
                return replacement.commit()
        except OSError as error:
            raise Unavailable(
                f"{self.name} could not be written: {(error.strerror or str(error)).lower()}. Nothing was changed."
            ) from error

    def _remember(self, data: bytes) -> None:
        stat = os.stat(self._path)
        if stat.st_size == len(data):
            self._memory.remember(state_files.signature(stat), self._page.signature())

    def create(self, tracker: Tracker) -> Committed:
        """Write a new tracker and its page. Raises Refused when a file of that name is there."""
        with self.lock():
            self.must_be_free()
            os.makedirs(os.path.dirname(self._path), exist_ok=True)
            data = encoded(tracker, self._size_limit)
            problem = self._replace_nothing(data)
            page, note = self._page.before_first()
            drawn = self._page.write(page, None, tracker, digest(data))
            self._remember(data)
        problems = (problem, None if drawn else f"the page {self._page.name} could not be written")
        return Committed(tuple(filter(None, problems)), (note,) if note else ())

    def must_be_free(self) -> None:
        """Raises Refused when a file of that name is there: creating never writes over anything."""
        if os.path.lexists(self._path):
            raise Refused(f"{self.name} exists already; nothing was written.", hint="Choose another title.")

    def _replace_nothing(self, data: bytes) -> str | None:
        try:
            with Replacement(self._path, data) as replacement:
                return replacement.commit()
        except OSError as error:
            raise Unavailable(f"{self.name} could not be written: {(error.strerror or str(error)).lower()}.") from error

    def delete(self) -> Committed:
        """Take the tracker and its page away. Raises NotFound, Unavailable."""
        with self.lock():
            read_file(self._path, self.name, self._size_limit)
            try:
                os.unlink(self._path)
            except OSError as error:
                raise Unavailable(f"{self.name} could not be deleted: {(error.strerror or '').lower()}.") from error
            self._memory.forget()
            problems = [] if self._page.delete() else [f"the page {self._page.name} is still there"]
            sync_folder(os.path.dirname(self._path))
        return Committed(tuple(problems))

    def redraw(self) -> Committed:
        """Write the page anew from the JSON; `notes` says what was wrong with it, nothing when it was right."""
        with self.lock():
            now = self.read()
            wanted = view.page(now.tracker, digest(now.raw))
            if self._page.text() == wanted:
                return Committed()
            _, note = self._page.before_redraw(now, [])
            drawn = replace_quietly(self._page.path, wanted.encode())
            if not drawn:
                raise Unavailable(f"{self._page.name} could not be written.")
            self._remember(now.raw)
        return Committed(notes=(note or f"{self._page.name} was out of date",))

    def page_problem(self, seen: Seen) -> str | None:
        """How the page departs from the tracker: missing, stale (of another JSON) or edited by hand; None when right."""
        return self._page.problem(seen)


def encoded(tracker: Tracker, size_limit: int) -> bytes:
    """The bytes of a tracker. Raises Refused for text that is not Unicode, Unavailable when it grew too large."""
    try:
        data = codec.encode(tracker).encode("utf-8")
    except UnicodeEncodeError:
        raise Refused("The text holds half of a surrogate pair, which no file can keep; nothing was changed.") from None
    if len(data) > size_limit:
        raise Unavailable(f"The tracker would grow beyond the limit of {size_limit // 2**20} MB; nothing was changed.")
    return data


class Page:
    """The Markdown beside a tracker: derived, redrawn with every change, never read back as truth."""

    def __init__(self, root: str, name: str) -> None:
        self._root = root
        self.name = name.removesuffix(".json") + ".md"
        self.path = os.path.join(root, self.name)

    def signature(self) -> Signature:
        try:
            return state_files.signature(os.lstat(self.path))
        except OSError:
            return []

    def text(self) -> str | None:
        """The page as it stands, or None when there is none that can be read."""
        try:
            return read_file(self.path, self.name, 1 << 30)[0].decode()
        except (WtError, UnicodeDecodeError):
            return None

    def before_redraw(self, now: Seen, known: Signature) -> tuple[str | None, str | None]:
        """(the page if it is what we would draw, a note if it was not and a copy had to be kept)."""
        text = self.text()
        if text is None or (known and known == self.signature()):
            return text, None
        if text == view.page(now.tracker, digest(now.raw)):
            return text, None
        return None, self._keep(text)

    def before_first(self) -> tuple[None, str | None]:
        """A new tracker's page takes the place of whatever has its name; that is kept."""
        text = self.text()
        return None, self._keep(text) if text else None

    def _keep(self, text: str) -> str | None:
        """Somebody may have written into the page: keep their text beside the tracker's own state, and say so."""
        folder = os.path.join(self._root, OWN, "kept")
        name = f"{os.path.basename(self.name)[:-3]}-{digest(text.encode())[8:16]}.md"
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
        except OSError:
            return None
        kept = replace_quietly(os.path.join(folder, name), text.encode())
        return f"{self.name} was not what wt drew; a copy is in {OWN}/kept/{name}" if kept else None

    def write(self, old: str | None, before: Tracker | None, after: Tracker, digest: str) -> bool:
        """Draw the page of `after`, splicing only what changed into the old one where that is safe."""
        text = view.splice(old, before, after, digest) if old is not None and before is not None else None
        return replace_quietly(self.path, (text or view.page(after, digest)).encode())

    def problem(self, seen: Seen) -> str | None:
        text = self.text()
        if text is None:
            return "missing"
        if text == view.page(seen.tracker, digest(seen.raw)):
            return None
        return "edited by hand" if view.digest_of(text) == digest(seen.raw) else "stale"

    def delete(self) -> bool:
        try:
            os.unlink(self.path)
        except FileNotFoundError:
            return True
        except OSError:
            return False
        return True
