"""Healers that do what they must not, to see that they are seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from infrastructure.selftest.clone import Clone, Said
from infrastructure.selftest.corpus import corpus
from infrastructure.selftest.fault import AFTER, Fault
from infrastructure.selftest.runner import Runner, Trial

Deed = Callable[[Clone], object]


def one(key: str) -> Fault:
    return next(fault for fault in corpus() if fault.key == key)


def tried(folder: Path, key: str, deed: Deed | None = None) -> Trial:
    """The fault after a command, with a healer that does this once, too."""

    def prepare(clone: Clone) -> None:
        real, left = clone.say, [deed] if deed else []

        def say(*arguments: str) -> Said:
            said = real(*arguments)
            if arguments == ("heal",) and left:
                left.pop()(clone)
            return said

        clone.say = say  # type: ignore[method-assign]  # a planted healer

    return Runner(str(folder), prepare=prepare).trial(one(key), AFTER)


def left_alone(folder: Path, key: str, playbook: str) -> Trial:
    """With a healer that does nothing about it."""
    runner = Runner(str(folder), prepare=lambda clone: clone.do(f"disable the playbook {playbook}"))
    return runner.trial(one(key), AFTER)


def does(*arguments: str) -> Deed:
    """Calls git with these words."""
    return lambda clone: clone.git(*arguments)
