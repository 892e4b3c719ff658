"""A tracker that cannot be read for the spelling of its status words alone, as a hand has typed them."""

from __future__ import annotations

from domain.commands.values import normalise_status
from domain.errors import Broken, ReadOnly
from domain.tracker import STATUSES
from infrastructure.any_layout import decode, migrated, parse, text_of
from infrastructure.json_text import dumps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from domain.tracker import Tracker


def respelled(raw: bytes, name: str) -> Tracker | None:
    """What it says with every status as it is spelt; None when nothing is misspelt, or that is not all."""
    try:
        document = migrated(parse(text_of(raw, name), name))
        misspelt = [task for task in _tasks(document) if _other(task.get("status"))]
        for task in misspelt:
            task["status"] = _other(task["status"])
        return decode(dumps(document).encode(), name).tracker if misspelt else None
    except (Broken, ReadOnly):
        return None


def _tasks(document: Any) -> Iterator[dict[str, Any]]:  # Any: JSON as parsed
    phases = document.get("phases") if isinstance(document, dict) else None
    for phase in phases if isinstance(phases, list) else ():
        tasks = phase.get("tasks") if isinstance(phase, dict) else None
        yield from (task for task in (tasks if isinstance(tasks, list) else ()) if isinstance(task, dict))


def _other(status: object) -> str | None:
    """The status that another word stands for."""
    return normalise_status(status) if isinstance(status, str) and status not in STATUSES else None
