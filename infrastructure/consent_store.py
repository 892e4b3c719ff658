"""`.ecw/consent-state.json`: what was asked and agreed to, signed, so that a file made by hand counts as no consent.

The signature is evidence, not a wall: a program of the same user can read the key.
"""

from __future__ import annotations

import os
import time

from domain.enforcement import consent
from domain.enforcement.consent import Grant, Request, State
from domain.errors import NotFound, Unavailable, WtError
from domain.record import Record
from domain.shape import iso_of
from infrastructure.atomic import Lock, Replacement, make_folder, place_private
from infrastructure.codec import digest
from infrastructure.json_text import dumps, loads
from infrastructure.project import OWN
from infrastructure.regular_files import read_file, why
from infrastructure.state_files import prepare

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from domain.enforcement.consent import Answered
    from domain.language.answers import Answer

    Document = dict[str, Any]  # JSON as parsed
    T = TypeVar("T")

FILE = "consent-state.json"
LARGEST = 1 << 20  # bytes
LOCK_TIMEOUT = 5.0
KEY_BYTES = 32
TIMES = ("asked_at", "expires_at", "granted_at")
NOT_OURS = f"{OWN}/{FILE} was changed by something else than wt, so it counts as no consent."
OUTDATED = f"{OWN}/{FILE} is an older one that was put back, so it counts as no consent."


class Held(Record):
    """What the file holds; `trouble` says what was wrong with it. Without a `state` consent cannot be decided."""

    state: State | None
    trouble: str = ""


class ConsentStore:
    """The consent of one working tree. Every change is one transaction under its own lock."""

    def __init__(
        self, root: str, clock: Callable[[], float] = time.time, keys: Callable[[], str] | None = None
    ) -> None:
        """`keys` names the folder of the key and the serial numbers; else platformdirs does.

        The clock is never the one that `WT_NOW` fixes: whoever sets a variable must not wake what has expired.
        """
        self._root = os.path.realpath(root)
        self._path = os.path.join(self._root, OWN, FILE)
        self._clock = clock
        self._keys = keys or own_folder

    @property
    def now(self) -> int:
        return int(self._clock())

    def read(self) -> Held:
        """What holds now; never raises: what cannot be read is told and decides nothing."""
        try:
            held = self._verified()
            return held.replace(state=consent.current(held.state or State(), self.now))
        except WtError as error:
            return Held(None, " ".join(filter(None, (error.message, error.hint))))

    # --- what is done with it -----------------------------------------------------------------------------------------

    def open(self, request: Request) -> Request:
        """Record what waits for a person. Raises Unavailable, Busy."""
        return self._update(lambda state: consent.opened(state, request, self.now))

    def answer(self, answer: Answer, *, session: str, by: str, anywhere: bool = False) -> Answered:
        """A person's answer. Only for callers that know that it is a person's. Raises Unavailable, Busy."""
        return self._settled(
            lambda state: consent.answered(state, answer, session=session, by=by, now=self.now, anywhere=anywhere)
        )

    def settle(self, request: Request, scope: str | None, *, by: str) -> Answered:
        """What a person said to one request they were shown: once, session, blanket, or None for no."""
        return self._settled(lambda state: consent.settled(state, request, scope, by=by, now=self.now))

    def revoke(self, operation: str | None = None, session: str | None = None) -> Answered:
        """Take approvals back. Raises Unavailable, Busy."""
        return self._settled(lambda state: consent.revoked(state, operation, session))

    def spend(self, grant: Grant, request: Request) -> bool:
        """Use an approval, before the work; False when it is gone meanwhile. Raises Unavailable, Busy."""

        def used(state: State) -> tuple[State, bool]:
            there = grant in state.grants and grant.covers(request, self.now)
            return (consent.spent(state, grant, request) if there else state), there

        return self._update(used)

    def give_back(self, grant: Grant) -> None:
        """Nothing came of the work, so that the approval still stands. Raises Unavailable, Busy."""
        self._update(lambda state: (consent.given_back(state, grant), None))

    # --- other answers of people --------------------------------------------------------------------------------------

    def seal(self, text: str) -> str:
        """What shows later that wt wrote this text here, for a person. Raises Unavailable, OSError."""
        return self._sealed(self._key() or self._new_key(), text)

    def is_sealed(self, text: str, seal: object) -> bool:
        """Raises Unavailable when the key cannot be read."""
        from hmac import compare_digest

        key = self._key()
        return (
            key is not None
            and isinstance(seal, str)
            and compare_digest(self._sealed(key, text).encode(), seal.encode())
        )

    def _sealed(self, key: bytes, text: str) -> str:
        from hmac import new

        return new(key, f"{self._root}\nanswer\n{text}".encode(), "sha256").hexdigest()

    def _settled(self, change: Callable[[State], Answered]) -> Answered:
        def settled(state: State) -> tuple[State, Answered]:
            done = change(consent.current(state, self.now))
            return done.state, done

        return self._update(settled)

    # --- the file -----------------------------------------------------------------------------------------------------

    def _update(self, change: Callable[[State], tuple[State, T]]) -> T:
        try:
            prepare(self._root)
            with Lock(os.path.join(self._root, OWN, "consent.lock"), timeout=LOCK_TIMEOUT, holder="consent"):
                before = self._verified().state or State()
                state, result = change(before)
                if state != before:
                    self._write(state)
        except OSError as error:
            raise Unavailable(f"{OWN}/{FILE} cannot be written: {why(error)}.") from error
        return result

    def _verified(self) -> Held:
        """Raises Unavailable when file or key cannot be read."""
        try:
            raw, _ = read_file(self._path, f"{OWN}/{FILE}", LARGEST)
        except NotFound:
            return Held(State())
        try:
            document = loads(raw.decode())
            signature = document.pop("signature")
            serial = document["serial"]
        except (ValueError, KeyError, TypeError, AttributeError):
            return Held(State(), NOT_OURS)
        if not self._is_ours(document, signature):
            return Held(State(), NOT_OURS)
        return Held(_state(document)) if serial >= self._serial() else Held(State(), OUTDATED)

    def _is_ours(self, document: Document, signature: object) -> bool:
        from hmac import compare_digest

        key = self._key()
        if key is None or not isinstance(signature, str):
            return False
        return compare_digest(self._signature(key, document).encode(), signature.encode())

    def _signature(self, key: bytes, document: Document) -> str:
        """Of the content in this place: the same file in another project is none of ours."""
        from hmac import new

        return new(key, f"{self._root}\n{dumps(document)}".encode(), "sha256").hexdigest()

    def _write(self, state: State) -> None:
        """The serial number first: a crash between the two loses consent, it never brings one back."""
        serial = self._serial() + 1
        document = _document(state, self.now) | {"serial": serial}
        signed = document | {"signature": self._signature(self._key() or self._new_key(), document)}
        _replaced(self._serial_path(), str(serial).encode())
        _replaced(self._path, _in_lines(signed).encode())

    def _new_key(self) -> bytes:
        """A key, or the one that another process has just made. Raises OSError, Unavailable."""
        make_folder(self._keys(), 0o700)
        place_private(os.path.join(self._keys(), "consent.key"), os.urandom(KEY_BYTES))
        key = self._key()
        if key is None:
            raise Unavailable("The key of consent went away.")
        return key

    def _key(self) -> bytes | None:
        """None where there is none yet: a look at consent makes none. Raises Unavailable."""
        path = os.path.join(self._keys(), "consent.key")
        try:
            key, stat = read_file(path, "the key of consent", 1 << 10)
        except NotFound:
            return None
        if len(key) != KEY_BYTES or (os.name == "posix" and stat.st_mode & 0o077):
            raise Unavailable(f"The key of consent ({path}) is damaged, or others can read it.", hint="Remove it.")
        return key

    def _serial_path(self) -> str:
        return os.path.join(self._keys(), f"serial-{digest(self._root.encode()).rpartition(':')[2]}")

    def _serial(self) -> int:
        """Of the file last written here. Raises Unavailable."""
        try:
            return int(read_file(self._serial_path(), "the serial number of consent", 64)[0])
        except NotFound:
            return 0
        except ValueError:
            raise Unavailable(f"{self._serial_path()} is damaged.", hint="Remove it.") from None


def own_folder() -> str:
    """The user's own folder for what wt keeps. Raises Unavailable where platformdirs is not installed."""
    try:
        from platformdirs import user_data_dir
    except ModuleNotFoundError as error:
        raise Unavailable("wt needs the Python package platformdirs to keep consent.") from error
    return user_data_dir("ecw-work-tracker", appauthor=False)


def _replaced(path: str, data: bytes) -> None:
    with Replacement(path, data) as replacement:
        replacement.commit()


def _in_lines(document: Document) -> str:
    """One key a line, for people who look."""
    rows = ",\n".join(f"  {dumps(key)}: {dumps(value)}" for key, value in document.items())
    return f"{{\n{rows}\n}}\n"


def _document(state: State, now: int) -> Document:
    return {
        "session_id": state.session_id,
        "approved_initiatives": list(state.approved_initiatives),
        "blanket_approval": state.blanket_approval,
        "last_updated": iso_of(now),
        "pending": [row(request) for request in state.pending],
        "grants": [row(grant) for grant in state.grants],
    }


def row(record: Request | Grant) -> Document:
    """As it stands in the file: times in ISO, what is not known left out."""
    return {key: iso_of(value) if key in TIMES else value for key, value in record.values() if value not in (None, "")}


def _state(document: Document) -> State:
    """Of a document with our signature."""
    return State(
        document["session_id"],
        tuple(document["approved_initiatives"]),
        tuple(Request(**_fields(row)) for row in document["pending"]),
        tuple(Grant(**_fields(row)) for row in document["grants"]),
    )


def _fields(row: Document) -> Document:
    return {key: _seconds(value) if key in TIMES else value for key, value in row.items()}


def _seconds(text: str) -> int:
    from calendar import timegm

    return timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))
