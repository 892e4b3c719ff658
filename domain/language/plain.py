"""The few plainest sentences, word for word: what hooks, scripts and hands type most is read without the grammar.

Law: a sentence that is read here is read by the grammar as the same (ADR 4).
"""

from __future__ import annotations

from domain.commands.table import Command, Ref
from domain.language.reading import Reading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.tracker import Tracker

READS = {
    "show progress": "show_progress",
    "next": "next",
    "blocked": "blocked",
}
STATUSES = {
    "pending": "pending",
    "in progress": "in_progress",
    "blocked": "blocked",
    "complete": "complete",
    "deferred": "deferred",
    "cancelled": "cancelled",
}
VERBS = {"complete": "complete", "start": "in_progress"}


def read(text: str, tracker: Tracker | None) -> Reading | None:
    """The reading of a sentence in one of the plainest forms, about a task that exists; None for all others."""
    words = text.lower().split(" ")
    name = READS.get(" ".join(words))
    if name:
        return _read_as(name, {})
    if tracker is None or not 2 <= len(words) <= 6:
        return None
    verb, *rest = words
    if rest[0] == "task":
        del rest[0]
    task = _task(rest[0], tracker) if rest else None
    return _about(verb, task, " ".join(rest[1:])) if task else None


def _about(verb: str, task: Ref, more: str) -> Reading | None:
    if verb == "show" and not more:
        return _read_as("show_item", {"item": task})
    if verb in VERBS and not more:
        return _read_as("set_status", {"items": (task,), "status": VERBS[verb]})
    if verb == "mark" and more.removeprefix("as ") in STATUSES:
        return _read_as("set_status", {"items": (task,), "status": STATUSES[more.removeprefix("as ")]})
    if verb == "set" and more[:3] == "to " and more[3:] in STATUSES:
        return _read_as("set_status", {"items": (task,), "status": STATUSES[more[3:]]})
    return None


def _task(id: str, tracker: Tracker) -> Ref | None:
    """The task that bears this very id now."""
    phase, dot, number = id.partition(".")
    if not dot or not (phase + number).isdecimal():
        return None
    found = tracker.at(id)
    return Ref("task", id, found.item.uid) if found and (found.kind, found.id) == ("task", id) else None


def _read_as(name: str, slots: Mapping[str, object]) -> Reading:
    return Reading("commands", (Command(name, slots),))
