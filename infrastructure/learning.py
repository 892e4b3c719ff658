"""The learning database: an index of the outcome log, made from it again whenever it is missing, old or another's."""

from __future__ import annotations

import os
from contextlib import closing

from domain.playbooks.learning import Trial, trial_of, trials_of
from domain.playbooks.outcomes import outcome_of, outcomes_of
from infrastructure.codec import digest
from infrastructure.healing_state import records_of
from infrastructure.json_text import dumps_ascii, loads
from infrastructure.signals import LEARNING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from sqlite3 import Connection

    from domain.playbooks.outcomes import HealingOutcome
    from infrastructure.healing_state import HealingLog

    Row = tuple[str | int | float | None, ...]

VERSION = 1  # of the tables
PATIENCE = 0.2  # seconds to wait for another that writes; then the log is read instead
TABLES = (
    "DROP TABLE IF EXISTS outcomes",
    "DROP TABLE IF EXISTS read_so_far",
    "CREATE TABLE outcomes (place INTEGER PRIMARY KEY, playbook TEXT, at REAL, version INTEGER, digest TEXT,"
    " helped INTEGER, stage TEXT, tried TEXT, line TEXT)",
    "CREATE INDEX of_playbook ON outcomes (playbook)",
    "CREATE INDEX of_time ON outcomes (at)",
    "CREATE TABLE read_so_far (stamp TEXT, length INTEGER, digest TEXT)",
    f"PRAGMA user_version = {VERSION}",
)
TRIALS = "SELECT playbook, version, digest, helped, stage, tried FROM outcomes WHERE tried IS NOT NULL ORDER BY place"
LINES = "SELECT line FROM outcomes WHERE (?1 IS NULL OR playbook = ?1) AND (?2 IS NULL OR at >= ?2) ORDER BY place"
ADD = "INSERT INTO outcomes (playbook, at, version, digest, helped, stage, tried, line) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"


class Learning:
    """What the log of outcomes says, through the index where that can be used; the answer is the same without it.

    The index is not used while somebody else writes to it, and when it is damaged: then the log is read, and what
    is damaged is left to the playbook `knowledge_database`.
    """

    def __init__(self, root: str, log: HealingLog) -> None:
        self._path = os.path.join(root, LEARNING)
        self._log = log
        self._known: tuple[str, list[Trial]] | None = None

    def trials(self) -> list[Trial]:
        """All treatments that did something, oldest first, without what they said."""
        stamp = self._log.stamp()
        if self._known is None or self._known[0] != stamp:
            rows = self._rows(TRIALS)
            made = trials_of(outcomes_of(self._log.read())) if rows is None else list(map(_trial, rows))
            self._known = stamp, made
        return self._known[1]

    def outcomes(self, playbook: str | None = None, since: float | None = None) -> list[HealingOutcome]:
        """Of all playbooks or one, since a time or ever, oldest first."""
        rows = self._rows(LINES, playbook, since)
        lines = self._log.read() if rows is None else [loads(str(line)) for (line,) in rows]
        return [
            outcome
            for outcome in outcomes_of(lines)
            if playbook in (None, outcome.playbook_id) and (since is None or outcome.timestamp >= since)
        ]

    # --- the index ----------------------------------------------------------------------------------------------------

    def _rows(self, query: str, *arguments: str | float | None) -> list[Row] | None:
        """None where the index cannot be used; where nothing was ever logged there is no need of one."""
        if not self._log.stamp().strip() or os.path.islink(self._path):
            return None
        import sqlite3

        try:
            with closing(sqlite3.connect(self._path, timeout=PATIENCE, isolation_level=None)) as connection:
                self._catch_up(connection)
                return connection.execute(query, arguments).fetchall()
        except (sqlite3.Error, OSError):
            return None

    def _catch_up(self, connection: Connection) -> None:
        if self._is_ours(connection) and _read_so_far(connection)[0] == self._log.stamp():
            return
        connection.execute("PRAGMA journal_mode = DELETE")  # one process a command gains nothing by a WAL
        connection.execute("BEGIN IMMEDIATE")
        try:
            if not self._is_ours(connection):
                for statement in TABLES:
                    connection.execute(statement)
            self._read_on(connection)
        except BaseException:
            connection.rollback()
            raise
        connection.commit()

    def _is_ours(self, connection: Connection) -> bool:
        return bool(connection.execute("PRAGMA user_version").fetchone()[0] == VERSION)

    def _read_on(self, connection: Connection) -> None:
        """Add what the log has more; begin anew when it does not begin with what was read."""
        stamp, raw = self._log.stamp(), self._log.contents()  # in this order: what grows in between is read again
        _, length, seen = _read_so_far(connection)
        if not _goes_on(raw, length) or digest(raw[:length]) != seen:
            connection.execute("DELETE FROM outcomes")
            length = 0
        connection.executemany(ADD, _indexed(raw[length:]))
        connection.execute("DELETE FROM read_so_far")
        connection.execute("INSERT INTO read_so_far VALUES (?, ?, ?)", (stamp, len(raw), digest(raw)))


def _read_so_far(connection: Connection) -> tuple[str, int, str]:
    """(stamp of the log, bytes of it, their digest)."""
    found = connection.execute("SELECT stamp, length, digest FROM read_so_far").fetchone()
    return found if found is not None else ("", 0, digest(b""))


def _goes_on(raw: bytes, length: int) -> bool:
    """Whether a new line begins behind what was read; a torn one that somebody has completed is another line."""
    if len(raw) <= length:
        return len(raw) == length
    return length == 0 or b"\n" in (raw[length - 1 : length], raw[length : length + 1])


def _indexed(raw: bytes) -> Iterator[Row]:
    for line, record in records_of(raw):
        outcome = outcome_of(record) if isinstance(record, dict) else None
        if outcome is None:
            continue
        trial = trial_of(outcome)
        tried = dumps_ascii(list(trial.tried)) if trial is not None else None
        of_trial = (outcome.version, outcome.digest, int(outcome.success), outcome.stage, tried)
        yield (outcome.playbook_id, outcome.timestamp, *of_trial, line)


def _trial(row: Row) -> Trial:
    playbook, version, mark, helped, stage, tried = row
    return Trial(str(playbook), int(version or 0), str(mark), bool(helped), str(stage), tuple(loads(str(tried))))
