"""The tracker that most tests of commands begin with."""

from __future__ import annotations

import pytest

from domain.tracker import Tracker
from tests.samples import rich_tracker


@pytest.fixture
def rich() -> Tracker:
    return rich_tracker()
