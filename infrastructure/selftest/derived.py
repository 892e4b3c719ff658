"""Faults of what is derived, and of the program's own state."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys

from domain.enforcement.consent import Request
from infrastructure.consent_store import ConsentStore
from infrastructure.selftest import oracle
from infrastructure.selftest.clone import DAY, PAGE
from infrastructure.selftest.controls import ended
from infrastructure.selftest.fault import AFTER, AUTO, BEFORE, IGNORE, declaring

TYPE_CHECKING = False
if TYPE_CHECKING:
    from infrastructure.selftest.clone import Clone
    from infrastructure.selftest.fault import Oracle

fault = declaring("B")
DRIFT, KNOWLEDGE, CONSENT, STATE = (
    ("markdown_drift",),
    ("knowledge_database",),
    ("consent_altered",),
    ("healing_state",),
)
MEMORY = ".ecw/state/docs%2Fplans%2Frelease.json"
LEARNING, OUTCOMES = ".ecw/state/learning.db", ".ecw/state/outcomes.jsonl"
CONSENTS, CIRCUITS = ".ecw/consent-state.json", ".ecw/state/healing"
RESOURCE = "git.remote:origin"
MB = 1 << 20


# --- the page ---------------------------------------------------------------------------------------------------------


@fault("F18", "the page was edited by hand", AUTO, does=DRIFT, signs=("edited",))
def edited_page(clone: Clone) -> Oracle:
    clone.add(PAGE, "\nMy own words about it.\n")

    def over(clone: Clone) -> str | None:
        if any(b"My own words" in clone.read(name) for name in clone.below(".ecw/kept")):
            return oracle.whole(clone) or ("the edit is still there" if b"My own" in clone.read(PAGE) else None)
        return "the edit is kept nowhere"

    return over


@fault("F19", "the page is missing", AUTO, variant="missing", does=DRIFT)
def missing_page(clone: Clone) -> Oracle:
    clone.remove(PAGE)
    return oracle.whole


@fault("F19", "the page is an older one", AUTO, variant="stale", does=DRIFT)
def stale_page(clone: Clone) -> Oracle:
    page = clone.read(PAGE)
    clone.do("complete 4.6")
    clone.expected[clone.uid("4.6"), "status"] = "complete"
    clone.write(PAGE, page)
    return oracle.whole


# --- caches -----------------------------------------------------------------------------------------------------------


def _not_in_the_way(clone: Clone) -> str | None:
    """Commands work as ever."""
    said = clone.here("progress")
    return oracle.whole(clone) or (None if said.is_done else said.words)


@fault("F20", "what is remembered of the tracker is garbage", AUTO, variant="garbage")
def garbage(clone: Clone) -> Oracle:
    clone.write(MEMORY, os.urandom(200))
    return _not_in_the_way


@fault("F20", "what is remembered of the tracker is empty", AUTO, variant="empty")
def forgotten(clone: Clone) -> Oracle:
    clone.write(MEMORY, b"")
    return _not_in_the_way


@fault("F20", "what is remembered of the tracker is of another one", AUTO, variant="of another")
def of_another(clone: Clone) -> Oracle:
    clone.write(MEMORY, b'{"file": "1 2 3 4", "uid": "somebodyelse", "seq": 900, "snapshot": 900}')
    return _not_in_the_way


@fault("F21", "the cache has blown up", AUTO, does=("cache_overflow",))
def blown_up(clone: Clone) -> Oracle:
    clone.write(".ecw/config.json", '{"cache_limit_mb": 1}')
    for number in range(5):
        clone.write(f".ecw/cache/probes/{number}", b"x" * 400_000)
        clone.aged(f".ecw/cache/probes/{number}", DAY - number)
    os.symlink(clone.path("src"), clone.path(".ecw/cache/link"))

    def over(clone: Clone) -> str | None:
        files = [name for name in clone.below(".ecw/cache") if not os.path.islink(clone.path(name))]
        held = sum(os.path.getsize(clone.path(name)) for name in files)
        if not clone.there(".ecw/cache/probes/4"):
            return "what was used last is gone, too"
        return None if held <= MB else f"the cache still holds {held} bytes"

    return over


# --- what was learnt --------------------------------------------------------------------------------------------------


def learnt(clone: Clone) -> None:
    """Something was healed before: there is a log of outcomes."""
    clone.remove(PAGE)
    clone.do("heal")
    clone.wait(DAY)


def _database(clone: Clone) -> None:
    with sqlite3.connect(clone.path(LEARNING)) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS filler (text TEXT)")
        connection.executemany("INSERT INTO filler VALUES (?)", [(str(number) * 50,) for number in range(2000)])
    connection.close()


def _sound_or_gone(clone: Clone) -> str | None:
    """There is no learning database, or one that SQLite finds nothing wrong with; the log still says everything."""
    if not clone.lines(OUTCOMES):
        return "the log of outcomes is gone"
    if not clone.there(LEARNING):
        return None
    connection = sqlite3.connect(clone.path(LEARNING))
    try:
        said = connection.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.DatabaseError as error:
        said = str(error)
    finally:
        connection.close()
    return None if said == "ok" else f"the database: {said}"


@fault("F22", "the learning database is corrupt", AUTO, variant="corrupt", does=KNOWLEDGE)
def corrupt_database(clone: Clone) -> Oracle:
    learnt(clone)
    _database(clone)
    raw = bytearray(clone.read(LEARNING))
    raw[5000:60_000] = b"\xff" * 55_000
    clone.write(LEARNING, bytes(raw))
    return _sound_or_gone


@fault("F22", "the learning database is no database", AUTO, variant="no database", does=KNOWLEDGE)
def no_database(clone: Clone) -> Oracle:
    learnt(clone)
    clone.write(LEARNING, b"nothing that SQLite knows of\n" * 400)
    return _sound_or_gone


WRITER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.read()
"""


@fault("F23", "somebody else writes to the learning database", AUTO, does=DRIFT, positions=(AFTER,))
def locked_database(clone: Clone) -> Oracle:
    """Healing goes on without it, and still logs what it did."""
    learnt(clone)
    _database(clone)
    held = [sys.executable, "-c", WRITER, clone.path(LEARNING)]
    writer = subprocess.Popen(held, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    clone.ends.append(lambda: ended(writer))
    assert writer.stdout is not None
    writer.stdout.readline()
    known = len(clone.lines(OUTCOMES))
    clone.remove(PAGE)

    def over(clone: Clone) -> str | None:
        if not clone.there(LEARNING):
            return "a database that is in use was taken away"
        return oracle.whole(clone) or (None if len(clone.lines(OUTCOMES)) > known else "it was not logged")

    return over


@fault("F24", "an old journal lies beside a corrupt learning database", AUTO, variant="stale", does=KNOWLEDGE)
def stale_sidecar(clone: Clone) -> Oracle:
    learnt(clone)
    clone.write(LEARNING, b"nothing that SQLite knows of\n" * 400)
    clone.write(f"{LEARNING}-wal", b"of another database\n" * 40)
    clone.write(f"{LEARNING}-journal", b"of another database\n" * 40)

    def over(clone: Clone) -> str | None:
        left = [name for name in (f"{LEARNING}-wal", f"{LEARNING}-journal") if clone.there(name)]
        return _sound_or_gone(clone) or (f"{left[0]} is still in the way" if left else None)

    return over


CUT_SHORT = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA cache_size = 2")
connection.execute("BEGIN IMMEDIATE")
connection.execute("UPDATE filler SET text = 'changed'")
os.kill(os.getpid(), 9)
"""


@fault("F24", "a hot journal lies beside a good learning database", IGNORE, variant="hot", positions=(AFTER,))
def hot_journal(clone: Clone) -> Oracle:
    """Somebody who wrote to it was killed: SQLite rolls that back by itself."""
    learnt(clone)
    _database(clone)
    subprocess.run([sys.executable, "-c", CUT_SHORT, clone.path(LEARNING)], check=False)
    if not clone.there(f"{LEARNING}-journal"):
        raise RuntimeError("there is no hot journal")

    def over(clone: Clone) -> str | None:
        if not clone.there(LEARNING):
            return "a good database was taken away"
        with sqlite3.connect(clone.path(LEARNING)) as connection:
            texts = {row[0] for row in connection.execute("SELECT DISTINCT text FROM filler WHERE text = 'changed'")}
        connection.close()
        return "the transaction that was cut short counts" if texts else None

    return over


@fault("F27", "the last line of the log of outcomes is torn", AUTO, does=DRIFT, positions=(AFTER,))
def torn_log(clone: Clone) -> Oracle:
    learnt(clone)
    known = clone.read(OUTCOMES)
    clone.write(OUTCOMES, known + b'{"schema":"wt.outcome/1","id":"abc","playb')
    clone.remove(PAGE)

    def over(clone: Clone) -> str | None:
        if not clone.read(OUTCOMES).startswith(known):
            return "earlier lines are gone"
        return oracle.whole(clone) or (None if len(clone.lines(OUTCOMES)) == 2 else "the new line cannot be read")

    return over


# --- consent and circuits ---------------------------------------------------------------------------------------------


def _consented(clone: Clone, session: str) -> bytes:
    """A person has agreed to bulk changes; the bytes that say so."""
    with clone.entered():
        store = ConsentStore(clone.root)
        request = Request(
            "q1", "change_many", "complete phase 4", "Changes", "sam", session, store.now, store.now + 3600
        )
        store.settle(request, "session", by="dana")
    return clone.read(CONSENTS)


def _asked_again(clone: Clone) -> str | None:
    said = clone.here("complete all tasks of phase 4")
    return None if said.code == 4 else f"nobody was asked: {said.words}"


@fault("F25", "the file of consent was altered", AUTO, variant="altered", does=CONSENT)
def altered_consent(clone: Clone) -> Oracle:
    raw = _consented(clone, "s1")
    clone.write(CONSENTS, raw.replace(b"change_many", b"delete_many"))
    return _set_aside(b"delete_many")


@fault("F25", "the file of consent is torn", AUTO, variant="torn", does=CONSENT)
def torn_consent(clone: Clone) -> Oracle:
    clone.write(CONSENTS, _consented(clone, "s1")[:100])
    return _set_aside(b"")


def _set_aside(text: bytes) -> Oracle:
    def over(clone: Clone) -> str | None:
        if not any(text in clone.read(name) for name in clone.below(".ecw") if "consent-state.json.damaged" in name):
            return "the altered file is kept nowhere"
        return _asked_again(clone)

    return over


@fault("F25", "the consent is of another session", IGNORE, variant="other session", positions=(BEFORE, AFTER))
def other_session(clone: Clone) -> Oracle:
    _consented(clone, "of somebody else")
    return _asked_again


def _circuit(clone: Clone, raw: str | None = None, **fields: object) -> str:
    """A circuit of the remote, with these fields or these bytes; its file."""
    clone.do(f"isolate circuit {RESOURCE}", "reset all circuits")
    name = next(name for name in clone.below(CIRCUITS) if "circuit" in name)
    clone.write(name, json.dumps({**json.loads(clone.read(name)), **fields}) if raw is None else raw)
    return name


def _is_tried(clone: Clone) -> str | None:
    """The next thing that needs the remote goes there."""
    said = clone.here("sync", "--remote")
    return f"the remote is still paused: {said.words}" if said.code == 75 else None


@fault("F26", "a circuit cannot be read", AUTO, variant="corrupt", does=STATE)
def corrupt_circuit(clone: Clone) -> Oracle:
    _circuit(clone, raw='{"state": "OP')
    return _is_tried


@fault("F26", "a circuit was left open long ago", AUTO, variant="stale", does=("circuit_open",))
def stale_circuit(clone: Clone) -> Oracle:
    _circuit(clone, state="OPEN", opened_at=clone.now - DAY, pause=60.0)
    return _is_tried


@fault("F26", "a circuit was opened in the future", AUTO, variant="future", does=("circuit_open",))
def future_circuit(clone: Clone) -> Oracle:
    _circuit(clone, state="OPEN", opened_at=clone.now + 30 * DAY, pause=60.0)
    return _is_tried
