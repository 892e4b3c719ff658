"""A layer between the program and the disk: it counts what changes files, stops the program dead, or makes a call fail."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from infrastructure import atomic
from tests.crash.volume import Volume

CHANGING = ("open", "write", "fsync", "rename", "unlink", "mkdir", "ftruncate", "pwrite", "fchmod", "utime", "close")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Stop(BaseException):
    """The program is dead: nothing it would still do happens."""


class Disk:
    """Every call that changes a file or folder, in order. `at` counts from 1.

    `dies` stops the program before the call `at` (a write is left half done) and at every call after it, so that no
    clean-up runs; `fails` makes that one call fail with an error number, and every later one when it `stays`. A
    `volume` is told of every call that went through. Random bytes are drawn from `chance`: the same in every run, so
    that runs can be compared.
    """

    def __init__(
        self,
        *,
        dies: int = 0,
        fails: int = 0,
        error: int = 0,
        stays: bool = False,
        volume: Volume | None = None,
        chance: Iterator[int] | None = None,
    ) -> None:
        self.calls: list[str] = []
        self._dies = dies
        self._fails = fails
        self._error = error
        self._stays = stays
        self._volume = volume
        self._chance = chance or itertools.count(1)
        self._count = 0
        self._names: dict[int, str] = {}
        self._written: set[int] = set()
        self._real: dict[str, Callable[..., Any]] = {}  # Any: the functions of os

    @contextlib.contextmanager
    def between(self) -> Iterator[Disk]:
        """In force inside the block."""
        with pytest.MonkeyPatch.context() as patch:
            self._real = {name: getattr(os, name) for name in CHANGING}
            for name in CHANGING:
                patch.setattr(os, name, self._call(name))
            patch.setattr(os, "urandom", lambda size: (next(self._chance) * 7919).to_bytes(size, "big"))
            if atomic.fcntl is not None:
                patch.setattr(atomic.fcntl, "flock", self._flock(atomic.fcntl.flock))
            try:
                yield self
            finally:
                for fd in list(self._names):  # as the kernel does for the dead: the lock goes with its descriptor
                    self._real["close"](fd)

    def _flock(self, real: Callable[..., Any]) -> Callable[..., Any]:  # Any: as fcntl.flock
        def flock(fd: int, how: int) -> Any:
            self.calls.append("lock")
            return real(fd, how)

        return flock

    def _call(self, name: str) -> Callable[..., Any]:  # Any: as the function of os
        def call(first: Any, *rest: Any, **more: Any) -> Any:
            if self._only_reads(name, first, rest):
                return self._done(name, first, *rest, **more)
            self._count += 1
            self.calls.append(f"{name} {self._name(first if name != 'rename' else rest[0])}")
            self._strike(name, first, rest)
            return self._done(name, first, *rest, **more)

        return call

    def _only_reads(self, name: str, first: Any, rest: tuple[Any, ...]) -> bool:
        return (name == "open" and not rest[0] & WRITING) or (name == "close" and first not in self._written)

    def _done(self, name: str, first: Any, *rest: Any, **more: Any) -> Any:
        if name == "close":
            self._names.pop(first, None)
            self._written.discard(first)
        made = None if name == "fsync" else self._real[name](first, *rest, **more)  # this disk's platter is a Volume
        if name == "open":
            self._names[made] = os.path.basename(os.fspath(first))
            if rest[0] & WRITING:
                self._written.add(made)
        if self._volume is not None:
            self._volume.saw(name, first, rest, made)
        return made

    def _name(self, what: Any) -> str:
        """The last part of a path, of the file behind a descriptor, too; temporary names without their random part."""
        name = self._names.get(what, "?") if isinstance(what, int) else os.path.basename(os.fspath(what))
        return "the temporary file of " + name[1:].rsplit(".", 2)[0] if name.endswith(".wt-tmp") else name

    def _strike(self, name: str, first: Any, rest: tuple[Any, ...]) -> None:
        if self._dies and self._count >= self._dies:
            if name == "write" and self._count == self._dies:
                self._done("write", first, bytes(rest[0])[: len(rest[0]) // 2])
            raise Stop
        if self._fails and (self._count == self._fails or (self._stays and self._count > self._fails)):
            if name == "close":
                self._done("close", first)  # as Linux does: the descriptor is gone, whatever it answers
            elif name == "unlink" and self._count != self._fails:
                return  # a full disk lets files go
            elif name == "write":
                self._done("write", first, bytes(rest[0])[: len(rest[0]) // 2])
            raise OSError(self._error, os.strerror(self._error))
