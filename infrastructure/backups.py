"""Snapshots of one tracker: on the first commit, every fifty commits, once a day; the last good one is never pruned."""

from __future__ import annotations

import os

from domain.errors import WtError
from infrastructure.atomic import Replacement, read_file, remove_quietly
from infrastructure.digests import digest
from infrastructure.project import OWN

EVERY = 50  # commits
KEEP = 50  # newest snapshots
KEEP_DAYS = 30  # one a day for so many days more


class Snapshot:
    """One kept state: `SEQ-DAY-DIGEST.json`; its name says what its bytes must hash to."""

    def __init__(self, folder: str, name: str) -> None:
        self.path = os.path.join(folder, name)
        self.name = name
        seq, self.day, self.digest = name.removesuffix(".json").split("_")
        self.seq = int(seq)

    def read(self, limit: int) -> bytes | None:
        """Its bytes, or None when they are not what its name says."""
        try:
            raw, _ = read_file(self.path, self.name, limit)
        except WtError:
            return None
        return raw if digest(raw).partition(":")[2] == self.digest else None


class Backups:
    """`.ecw/backups/UID/`."""

    def __init__(self, root: str, uid: str) -> None:
        self._folder = os.path.join(root, OWN, "backups", uid)

    def all(self) -> list[Snapshot]:
        """Every snapshot, oldest first; files that are not ours are passed over."""
        try:
            names = sorted(os.listdir(self._folder))
        except OSError:
            return []
        return [Snapshot(self._folder, name) for name in names if name.endswith(".json") and name.count("_") == 2]

    def due(self, seq: int, day: str) -> bool:
        """Whether the commit `seq` on `day` (ISO date) takes a snapshot."""
        kept = self.all()
        return not kept or seq - kept[-1].seq >= EVERY or kept[-1].day != day

    def keep(self, seq: int, day: str, data: bytes) -> None:
        """Take a snapshot, durable, then prune. Raises OSError."""
        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        name = f"{seq:09d}_{day}_{digest(data).partition(':')[2]}.json"
        with Replacement(os.path.join(self._folder, name), data) as replacement:
            replacement.commit()
        self._prune()

    def _prune(self) -> None:
        kept = self.all()
        newest = kept[-KEEP:]
        days: dict[str, Snapshot] = {snapshot.day: snapshot for snapshot in kept}
        daily = sorted(days.values(), key=lambda snapshot: snapshot.day)[-KEEP_DAYS:]
        spared = {snapshot.name for snapshot in [*newest, *daily]}
        for snapshot in kept:
            if snapshot.name not in spared:
                remove_quietly(snapshot.path)
