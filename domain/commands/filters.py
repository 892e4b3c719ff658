"""Which tasks a sentence asks for: by status, person, label, priority or date."""

from __future__ import annotations

from domain.commands.selection import only, unsettled
from domain.commands.wording import listed, spoken
from domain.tracker import DEFAULT_PRIORITY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from domain.commands.table import Call
    from domain.tracker import Phase, Tracker

    Fits = Callable[[Any, str], bool]  # Any: a value of whichever field is looked at


# slot: its words, the field it looks at, and whether a value fits what was said. "By" holds its day, "after" does not.
FILTERS: dict[str, tuple[str, str, Fits]] = {
    "status": ("{}", "status", lambda status, said: status == said),
    "assignee": ("assigned to {}", "assignee", lambda name, said: (name or "").casefold() == said.casefold()),
    "label": ("labelled {}", "labels", lambda labels, said: said in labels),
    "priority": ("{} priority", "priority", lambda priority, said: (priority or DEFAULT_PRIORITY) == said),
    "due": ("due on {}", "due", lambda due, said: due == said),
    "due_before": ("due by {}", "due", lambda due, said: due is not None and due <= said),
    "due_after": ("due after {}", "due", lambda due, said: due is not None and due > said),
    "overdue": ("overdue", "due", lambda due, today: due is not None and due < today),
}


def filtered(tracker: Tracker, call: Call) -> tuple[list[Phase], list[str]]:
    """The tasks that every filter lets through, and the filters in words."""
    phases, words = list(tracker.phases), []
    if call.slots.get("phase") is not None:
        phase: Phase = call.one(tracker, "phase", "phase").item
        phases, words = [phase], [f"in phase {phase.number}"]
    for slot, (told, field, fits) in FILTERS.items():
        if said := call.slots.get(slot):
            value = call.today if slot == "overdue" else said
            phases = _fitting(phases, field, fits, value)
            words.append(told.format(spoken(value)))
    return (unsettled(phases) if _asks_for_dates(call) else phases), words


def _fitting(phases: list[Phase], field: str, fits: Fits, said: str) -> list[Phase]:
    return only(phases, field, lambda value: fits(value, said))


def _asks_for_dates(call: Call) -> bool:
    """What is settled is not due any more, unless its status was asked for."""
    slots = [slot for slot, (_, field, _) in FILTERS.items() if field == "due"]
    return any(call.slots.get(slot) for slot in slots) and not call.slots.get("status")


def by_status(phases: list[Phase]) -> str:
    """`2 pending and 1 blocked`."""
    statuses = [status for phase in phases for status in phase.tasks.column("status")]
    return listed([f"{statuses.count(status)} {spoken(status)}" for status in dict.fromkeys(statuses)])
