"""The long crash suites run where WT_SLOW_TESTS is set, as in CI; a part of each runs always."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

IN_MEMORY = "/dev/shm"
LONG = bool(os.environ.get("WT_SLOW_TESTS"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if LONG:
        return
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason="long: set WT_SLOW_TESTS=1"))


@pytest.fixture
def quick() -> Iterator[Path]:
    """A folder in memory where there is one: for tests that model the disk themselves."""
    where = IN_MEMORY if os.access(IN_MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=where, prefix="wt-test-") as folder:
        yield Path(folder)


@pytest.fixture
def figure() -> Callable[[str, float], None]:
    """Notes a figure of this run for docs/RELIABILITY.md (`python -m tests.crash.figures`)."""
    place = os.environ.get("WT_FIGURES")

    def note(name: str, value: float) -> None:
        if place:
            with open(place, "a", encoding="utf-8") as file:
                file.write(f"{value} {name}\n")

    return note
