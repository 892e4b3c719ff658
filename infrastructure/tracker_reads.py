"""One tracker on disk as a reader sees it: without a lock, and trusted only where wt itself wrote or checked it."""

from __future__ import annotations

import os

from domain.errors import Broken, NotFound
from domain.record import Record
from infrastructure import codec, state_files
from infrastructure.regular_files import read_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.errors import WtError
    from domain.tracker import Tracker
    from infrastructure.repair import Fault
    from infrastructure.state_files import Remembered, Signature


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


class TrackerReader:
    """`docs/plans/NAME.json`, the truth."""

    def __init__(self, root: str, name: str, *, size_limit: int) -> None:
        self._root = root
        self.name = name
        self._path = os.path.join(root, name)
        self._size_limit = size_limit
        self._memory = state_files.Memory(root, name)

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
        from infrastructure.tracker_writes import encoded

        tracker = fault.proven.tracker
        data = encoded(tracker, self._size_limit)
        return Seen(self.name, tracker, data, "", None, fault.proven.state, fault)

    def _bytes(self) -> tuple[bytes, os.stat_result]:
        return read_file(self._path, self.name, self._size_limit)
