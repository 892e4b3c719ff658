"""Objects of healing as places on disk: where they are, whether they may be touched, copies to put back."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase

from domain.errors import NotFound, Unavailable
from infrastructure import git
from infrastructure.atomic import make_folder, remove_quietly, replace_quietly
from infrastructure.codec import digest
from infrastructure.regular_files import read_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

GIT = "(git)"
LARGEST = 512 << 20  # bytes of one file that is copied


class Places:
    """Names of objects: a path below the root, `(git)/…` for git's own files, `kind:name` for what is no file."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._git: str | None = None

    @property
    def git_folder(self) -> str:
        """Where git keeps the files of this working tree, of its own only in a linked one. Raises Unavailable."""
        if self._git is None:
            self._git = os.path.realpath(os.path.join(self._root, git.text(self._root, "rev-parse", "--git-dir")))
        return self._git

    def path(self, name: str) -> str | None:
        """None for what is no file."""
        if ":" in name:
            return None
        if name.startswith(GIT):
            return self.git_folder + name.removeprefix(GIT)
        return os.path.join(self._root, name)

    def inside(self, objects: Sequence[str], scope: Sequence[str]) -> bool:
        """Whether every file among them is named by the scope and lies, links followed, where its name says."""
        return all(self._is_inside(name, scope) for name in objects)

    def _is_inside(self, name: str, scope: Sequence[str]) -> bool:
        path = self.path(name)
        if path is None:
            return True
        if ".." in name.split("/") or not any(fnmatchcase(name, pattern) for pattern in scope):
            return False
        above = self.git_folder if name.startswith(GIT) else os.path.realpath(self._root)
        return os.path.realpath(os.path.dirname(path)).startswith(above)

    def copy(self, objects: Sequence[str]) -> Copies:
        """Raises Unavailable for what cannot be read."""
        return Copies([(name, self.path(name)) for name in objects])


class Copies:
    """What stood at some places, kept in memory until it is known whether the work on them helped."""

    def __init__(self, places: list[tuple[str, str | None]]) -> None:
        self._places = places
        self._held = {path: _bytes(path) for _, path in places if path is not None}
        self.digest = self._digest(self._held)

    def _digest(self, held: dict[str, bytes | None]) -> str:
        rows = [f"{name} {_state(held.get(path)) if path else '-'}" for name, path in self._places]
        return digest("\n".join(rows).encode())

    def put_back(self) -> bool:
        """Whether everything is again what it was."""
        for path, held in self._held.items():
            if held is None:
                remove_quietly(path)
            elif _bytes(path) != held:
                _restore(path, held)
        return self._digest({path: _bytes(path) for path in self._held}) == self.digest


def _state(held: bytes | None) -> str:
    return "missing" if held is None else digest(held)


def _bytes(path: str) -> bytes | None:
    try:
        return read_file(path, path, LARGEST)[0]
    except (NotFound, Unavailable):
        return None


def _restore(path: str, held: bytes) -> None:
    try:
        make_folder(os.path.dirname(path))
    except OSError:
        return  # the digest tells
    replace_quietly(path, held)
