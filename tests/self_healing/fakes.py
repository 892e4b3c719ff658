"""Stand-ins for what lies outside the healing room: a clock, a store shared by processes, a resource that fails to order."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


class Clock:
    """Time that passes only when told to; `sleep` tells it to, and remembers how long."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Flaky:
    """An operation that fails with these errors, one a call, then returns `value`; each call takes `takes` seconds."""

    def __init__(self, *errors: Exception, value: str = "done", clock: Clock | None = None, takes: float = 0.0) -> None:
        self._errors = list(errors)
        self._value = value
        self._clock = clock
        self._takes = takes
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self._clock is not None:
            self._clock.now += self._takes
        if self._errors:
            raise self._errors.pop(0)
        return self._value


class FileState:
    """A state store in one file, replaced whole under a lock beside it: what several processes share in these tests."""

    def __init__(self, path: Path) -> None:
        self._path = path
        if not path.exists():
            path.write_text("{}")

    def read(self, key: str) -> object:
        return self._documents().get(key)

    def _documents(self) -> dict[str, object]:
        documents: dict[str, object] = json.loads(self._path.read_text())
        return documents

    def update(self, key: str, change: Callable[[object], tuple[Mapping[str, object], T]]) -> T:
        with self._path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            documents = self._documents()
            documents[key], result = change(documents.get(key))
            new = self._path.with_suffix(".new")
            new.write_text(json.dumps(documents))
            new.replace(self._path)
        return result

    def names(self) -> Iterable[str]:
        return list(self._documents())


class NoPlace:
    """A store on a disk that is full."""

    def read(self, key: str) -> object:
        raise OSError(28, "No space left on device")

    def update(self, key: str, change: Callable[[object], tuple[Mapping[str, object], T]]) -> T:
        raise OSError(28, "No space left on device")

    def names(self) -> Iterable[str]:
        raise OSError(28, "No space left on device")
