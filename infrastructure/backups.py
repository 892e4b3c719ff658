"""Snapshots of one tracker: on the first commit, every fifty commits, once a day; the last good one is never pruned."""

from __future__ import annotations

import os

from domain.errors import WtError
from infrastructure.atomic import Replacement, make_folder, remove_quietly
from infrastructure.codec import digest
from infrastructure.project import OWN
from infrastructure.regular_files import read_file

KEEP = 50  # newest snapshots
KEEP_DAYS = 30  # one a day for so many days


class Snapshot:
    """One kept state: `SEQ_DAY_DIGEST.json`; its name says what its bytes must hash to."""

    def __init__(self, folder: str, name: str) -> None:
        self.path = os.path.join(folder, name)
        self.name = name
        seq, self.day, self.digest = name.removesuffix(".json").split("_")
        self.seq = int(seq)

    @property
    def state(self) -> str:
        """Its digest as the journal writes it."""
        return f"blake2b:{self.digest}"

    def read(self, limit: int) -> bytes | None:
        """Its bytes, or None when they are not what its name says."""
        try:
            raw, _ = read_file(self.path, self.name, limit)
        except WtError:
            return None
        return raw if digest(raw) == self.state else None


class Backups:
    """`.ecw/backups/UID/`."""

    def __init__(self, root: str, uid: str) -> None:
        self.folder = os.path.join(root, OWN, "backups", uid)

    def all(self) -> list[Snapshot]:
        """Every snapshot, oldest first; files that are not ours are passed over."""
        try:
            names = sorted(os.listdir(self.folder))
        except OSError:
            return []
        return [Snapshot(self.folder, name) for name in names if _is_ours(name)]

    def keep(self, seq: int, day: str, data: bytes, *, limit: int) -> None:
        """Take a snapshot, durable, then prune. Raises OSError."""
        if os.path.islink(self.folder):
            raise NotADirectoryError(20, "is a symbolic link", self.folder)
        make_folder(self.folder, 0o700)
        name = f"{seq:09d}_{day}_{digest(data).partition(':')[2]}.json"
        with Replacement(os.path.join(self.folder, name), data) as replacement:
            replacement.commit()
        self._prune(limit)

    def beyond_retention(self, limit: int) -> list[Snapshot]:
        """Those that need not be kept, oldest first.

        The newest stay, one a day stays, and whatever else has gone bad the newest that can still be read stays.
        """
        kept = self.all()
        newest = kept[-KEEP:]
        days = {snapshot.day: snapshot for snapshot in kept}
        daily = [days[day] for day in sorted(days)[-KEEP_DAYS:]]
        spared = {snapshot.name for snapshot in [*newest, *daily]}
        doomed = [snapshot for snapshot in kept if snapshot.name not in spared]
        if not doomed or not any(snapshot.read(limit) is not None for snapshot in reversed(newest)):
            return []
        return doomed

    def _prune(self, limit: int) -> None:
        for snapshot in self.beyond_retention(limit):
            remove_quietly(snapshot.path)


def _is_ours(name: str) -> bool:
    parts = name.removesuffix(".json").split("_")
    return name.endswith(".json") and len(parts) == 3 and parts[0].isdecimal() and len(parts[2]) == 32
