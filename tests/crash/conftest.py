"""The long crash suites run where WT_SLOW_TESTS is set, as in CI; a part of each runs always."""

from __future__ import annotations

import os

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.environ.get("WT_SLOW_TESTS"):
        return
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason="long: set WT_SLOW_TESTS=1"))
