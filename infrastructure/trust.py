"""Which commands of which projects a person trusts: kept in the user's own folder, bound to path and exact content."""

from __future__ import annotations

import hashlib
import os
import shlex

from domain.errors import Blocked, NotFound, Unavailable
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from domain.proof import Declared

SIZE_LIMIT = 8 << 20
PROGRAM_LIMIT = 64 << 20


class Trusted(Record):
    """One command that a person trusts: the file that declares it, the digest of its content, and the text shown."""

    path: str
    sha256: str
    text: str
    at: str
    by: str


def digest(declared: Declared, root: str) -> str:
    """SHA-256 of the text and, where the project itself brings a program that it starts, of that program."""
    programs = [_program(command, root) for command in declared.commands or (declared.text,)]
    return hashlib.sha256(b"\0".join([declared.text.encode(), *programs])).hexdigest()


def _program(text: str, root: str) -> bytes:
    """The bytes of a program named by a path into the project; those found on the PATH are the machine's."""
    try:
        first = next(iter(shlex.split(text)), "")
    except ValueError:  # no command line
        return b""
    path = os.path.realpath(os.path.join(root, first))
    if "/" not in first or not _is_below(root, path) or not os.path.isfile(path):
        return b""
    with open(path, "rb") as file:
        return hashlib.sha256(file.read(PROGRAM_LIMIT)).digest()


def _is_below(root: str, path: str) -> bool:
    return path.startswith(root.rstrip(os.sep) + os.sep)


class TrustStore:
    """The list, in one file of the user's. A file that cannot be read trusts nothing, and is said to be so."""

    def __init__(self, root: str, path: str) -> None:
        self._root = root
        self._path = path

    def entries(self) -> list[Trusted]:
        """Raises Unavailable."""
        from infrastructure.json_text import loads
        from infrastructure.regular_files import read_file

        try:
            raw, _ = read_file(self._path, "The list of trusted commands", SIZE_LIMIT)
            return [Trusted(**row) for row in loads(raw.decode())["trusted"]]
        except NotFound:
            return []
        except (ValueError, KeyError, TypeError) as error:
            said = f"The list of trusted commands ({self._path}) cannot be read, so nothing is trusted."
            raise Unavailable(said, hint="Mend that file or take it away.") from error

    def here(self) -> list[Trusted]:
        """Those of this project."""
        return [entry for entry in self.entries() if _is_below(self._root, entry.path)]

    def trusts(self, declared: Declared) -> bool:
        path, sha256 = self._path_of(declared), digest(declared, self._root)
        return any((entry.path, entry.sha256) == (path, sha256) for entry in self.entries())

    def add(self, declared: Declared, at: str, by: str) -> None:
        """From now on until the content changes. Raises Unavailable."""
        made = Trusted(self._path_of(declared), digest(declared, self._root), declared.text, at, by)
        self._write(lambda entries: [e for e in entries if (e.path, e.text) != (made.path, made.text)] + [made])

    def remove(self, gone: Iterable[Trusted]) -> None:
        """No longer. Raises Unavailable."""
        names = {(entry.path, entry.sha256) for entry in gone}
        self._write(lambda entries: [entry for entry in entries if (entry.path, entry.sha256) not in names])

    def _path_of(self, declared: Declared) -> str:
        return os.path.join(self._root, declared.where)

    def _write(self, change: Callable[[list[Trusted]], list[Trusted]]) -> None:
        from infrastructure.atomic import Lock, Replacement, make_folder
        from infrastructure.json_text import dumps
        from infrastructure.regular_files import why

        try:
            make_folder(os.path.dirname(self._path), 0o700)
            with Lock(f"{self._path}.lock", timeout=5, holder=f"process {os.getpid()}"):
                rows: list[dict[str, Any]] = [dict(e.values()) for e in change(self.entries())]  # Any: all are text
                with Replacement(self._path, dumps({"schema": "wt.trust/1", "trusted": rows}).encode()) as file:
                    file.commit()
        except OSError as error:
            raise Unavailable(f"The list of trusted commands cannot be written: {why(error)}.") from error


def store(root: str) -> TrustStore:
    """The user's own list, in the folder that platformdirs names."""
    from platformdirs import user_data_dir

    return TrustStore(root, os.path.join(user_data_dir("ecw-work-tracker"), "trust.json"))


class Gate:
    """Lets through what a person trusts; asks one where one sits at a terminal, refuses everywhere else."""

    def __init__(self, store: TrustStore, ask: Callable[[Declared], bool] | None, now: str, by: str) -> None:
        """`ask` shows a command to a person and returns whether it is trusted; None where nobody can be asked."""
        self._store = store
        self._ask = ask
        self._now = now
        self._by = by

    def is_trusted(self, declared: Declared) -> bool:
        """Raises Unavailable."""
        return self._store.trusts(declared)

    def must_trust(self, declared: Declared) -> None:
        """Raises Blocked when nobody trusts this command, Unavailable."""
        if self._store.trusts(declared) or self.asked(declared):
            return
        raise Blocked(
            f"{declared.where} wants to run {shown(declared.text)}, and no person has trusted that command here.",
            hint='A person can trust it at a terminal: they type "wt trust" and read what it shows.',
        )

    def asked(self, declared: Declared) -> bool:
        """Whether a person at this terminal says now that it is trusted. Raises Unavailable."""
        if self._ask is None or not self._ask(declared):
            return False
        self._store.add(declared, self._now, self._by)
        return True


def shown(text: str) -> str:
    """A command in a message: its first line, quoted."""
    first, more, _ = text.strip().partition("\n")
    return f'"{first[:120]}{"…" if more or len(first) > 120 else ""}"'
