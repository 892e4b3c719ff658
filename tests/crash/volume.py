"""What of a folder is on the platter and what is only in memory, call by call: the states that a power cut may leave."""

from __future__ import annotations

import itertools
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = None  # stands in the place of a file's contents

State = dict[str, bytes | None]  # path -> contents


class File:
    """Contents in memory and on the platter; names are the folder's affair."""

    def __init__(self, held: bytes = b"") -> None:
        self.now = held
        self.synced = held

    def variants(self) -> dict[str, bytes]:
        """What may be found after a power cut: nothing of the last writes, all, a part, or room for them with zeros."""
        if self.now == self.synced:
            return {"all": self.now}
        kept = len(self.synced) if self.now.startswith(self.synced) else 0
        half = self.now[: kept + (len(self.now) - kept) // 2]
        room = self.now[:kept] + bytes(len(self.now) - kept)
        return {"all": self.now, "nothing": self.synced, "half": half, "zeros": room}


class Naming(NamedTuple):
    """A change of a folder that is not on the platter before the folder is synced."""

    folder: str
    gone: str | None  # the name that goes
    name: str | None  # the name that comes, and what bears it
    file: File | None


Names = dict[str, File | None]  # None: a folder


class Volume:
    """A folder as POSIX promises it and no better: a file's bytes are safe after its fsync, a name after its folder's.

    Any of the namings that wait for a sync may be on the platter and any may be missing; so may the bytes.
    """

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self._platter: Names = {self._root: None}
        for path in sorted(root.rglob("*")):
            self._platter[str(path)] = None if path.is_dir() else File(path.read_bytes())
        self._names: Names = dict(self._platter)
        self._waiting: list[Naming] = []
        self._open: dict[int, str | File | None] = {}
        self.look: Callable[[], object] = lambda: None  # called after every call

    # --- what is called -----------------------------------------------------------------------------------------------

    def saw(self, name: str, first: Any, rest: tuple[Any, ...], made: Any) -> None:  # Any: as the functions of os
        if name in ("open", "rename", "unlink", "mkdir") and not os.fspath(first).startswith(self._root):
            if name == "open":
                self._open[made] = None
            return
        seen = {
            "open": self._opened,
            "write": self._write,
            "pwrite": self._pwrite,
            "ftruncate": self._ftruncate,
            "fsync": self._fsync,
            "rename": self._renamed,
            "unlink": self._unlinked,
            "mkdir": self._made,
            "close": self._closed,
        }
        if name in seen:
            seen[name](first, rest, made)
            self.look()

    def _opened(self, first: Any, rest: tuple[Any, ...], made: int) -> None:
        path = os.fspath(first)
        if path not in self._names and rest[0] & os.O_CREAT:
            self._named(Naming(os.path.dirname(path), None, path, File()))
        known = self._names.get(path)
        self._open[made] = path if path in self._names and known is None else known

    def _write(self, fd: int, rest: tuple[Any, ...], made: int) -> None:
        file = self._open.get(fd)
        if isinstance(file, File):
            file.now += bytes(rest[0])[:made]  # every writer of ours begins with an empty file or appends

    def _pwrite(self, fd: int, rest: tuple[Any, ...], made: int) -> None:
        file = self._open.get(fd)
        if isinstance(file, File):
            file.now = file.now[: rest[1]] + bytes(rest[0])[:made] + file.now[rest[1] + made :]

    def _ftruncate(self, fd: int, rest: tuple[Any, ...], _: Any) -> None:
        file = self._open.get(fd)
        if isinstance(file, File):
            file.now = file.now[: rest[0]]

    def _fsync(self, fd: int, *_: Any) -> None:
        synced = self._open.get(fd)
        if isinstance(synced, File):
            synced.synced = synced.now
        elif synced is not None:
            for naming in [naming for naming in self._waiting if naming.folder == synced]:
                _name(self._platter, naming)
            self._waiting = [naming for naming in self._waiting if naming.folder != synced]

    def _renamed(self, first: Any, rest: tuple[Any, ...], _: Any) -> None:
        old, new = os.fspath(first), os.fspath(rest[0])
        self._named(Naming(os.path.dirname(new), old, new, self._names[old]))

    def _unlinked(self, first: Any, *_: Any) -> None:
        path = os.fspath(first)
        self._named(Naming(os.path.dirname(path), path, None, None))

    def _made(self, first: Any, *_: Any) -> None:
        path = os.fspath(first)
        self._named(Naming(os.path.dirname(path), None, path, None))

    def _named(self, naming: Naming) -> None:
        _name(self._names, naming)
        self._waiting.append(naming)

    def _closed(self, fd: int, *_: Any) -> None:
        self._open.pop(fd, None)

    # --- the power goes -----------------------------------------------------------------------------------------------

    def states(self, most: int, chance: random.Random) -> list[State]:
        """At most so many different states that the platter may be in now; the plain ones first, the rest by chance."""
        found: dict[frozenset[Any], State] = {}
        for namings, contents in _mixed(self._subsets(), self._contents(), most, chance):
            state = self._state(namings, contents)
            found.setdefault(frozenset((path, held) for path, held in state.items() if _matters(path)), state)
        return list(found.values())

    def _subsets(self) -> list[tuple[Naming, ...]]:
        """Which of the waiting namings were in time: none, all, the first few, all but one, one alone."""
        rows = tuple(self._waiting)
        found = [(), rows]
        found += [rows[:end] for end in range(1, len(rows))]
        found += [rows[:at] + rows[at + 1 :] for at in range(len(rows))]
        found += [(row,) for row in rows]
        return list(dict.fromkeys(found))

    def _contents(self) -> list[dict[int, str]]:
        """What became of files that wait for a sync: the same with all of them, or one of them otherwise."""
        files = {id(file): file for file in self._all_files() if file.now != file.synced}
        kinds = ("all", "nothing", "half", "zeros")
        found = [dict.fromkeys(files, kind) for kind in kinds]
        found += [dict.fromkeys(files, "all") | {one: kind} for one in files for kind in kinds[1:]]
        return found

    def _all_files(self) -> Iterator[File]:
        rows = itertools.chain(self._platter.values(), (naming.file for naming in self._waiting))
        return (file for file in rows if file is not None)

    def _state(self, namings: tuple[Naming, ...], contents: dict[int, str]) -> State:
        names = dict(self._platter)
        for naming in namings:
            _name(names, naming)
        state: State = {}
        for path, file in sorted(names.items()):
            above = os.path.dirname(path)
            if path == self._root or (above != self._root and above not in state):
                continue  # the root itself; a name in a folder that was not made in time
            state[path] = FOLDER if file is None else file.variants().get(contents.get(id(file), "all"), file.now)
        return {path.removeprefix(self._root + os.sep): held for path, held in state.items()}


def _name(names: Names, naming: Naming) -> None:
    if naming.gone is not None:
        names.pop(naming.gone, None)
    if naming.name is not None:
        names[naming.name] = naming.file


def _mixed(
    subsets: list[tuple[Naming, ...]], contents: list[dict[int, str]], most: int, chance: random.Random
) -> list[tuple[tuple[Naming, ...], dict[int, str]]]:
    every = list(itertools.product(subsets, contents))
    plain = [(subset, held) for subset in subsets[:2] for held in contents[:4]]
    rest = [row for row in every if row not in plain]
    return plain + (rest if len(rest) <= most else chance.sample(rest, most))


def _matters(path: str) -> bool:
    """Not the lock, not the notes of what was done, no file that only waits to be swept."""
    return not path.endswith((".wt-tmp", "/lock", "operations.log"))


def put(state: State, folder: Path) -> None:
    """Lay a state out in an empty folder."""
    for path, held in sorted(state.items()):
        if held is FOLDER:
            (folder / path).mkdir()
        else:
            (folder / path).write_bytes(held)
