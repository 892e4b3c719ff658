"""Fields of tasks: priority, assignee, due date, labels, estimate, description."""

from __future__ import annotations

from domain.commands import values
from domain.commands.changing import current, put
from domain.commands.table import Answer, Call, Slot, command
from domain.commands.wording import listed, named, sentence, verb
from domain.errors import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.tracker import Found, Tracker

    Value = str | tuple[str, ...] | None

# How a change is told: with a value, and without one.
TOLD = {
    "priority": ("the priority of {} is {}", "{} {} no priority of {} own"),
    "assignee": ("{} assigned to {}", "{} {} assigned to nobody"),
    "due": ("{} due on {}", "{} {} no due date"),
    "estimate": ("{} estimated at {}", "{} {} no estimate"),
    "description": ("the description of {} is written", "{} {} no description"),
    "labels": ("the labels of {} are {}", "{} {} no labels"),
}
KINDS = {"description": ("tracker", "phase", "task")}


@command(
    "set_field",
    help="Set or clear the priority, assignee, due date, labels, estimate or description.",
    topic="fields",
    phrases=(
        "set the priority of 3.2 to high",
        "assign 5.1 to sam",
        "unassign 2.5",
        "3.3 is due on 2026-01-22",
        "clear the due date of 6.1",
        "label 4.2 api",
        "remove the label api from 4.2",
        "set the labels of 2.4 to docs and api",
        "set the estimate of 2.3 to 3 days",
        'set the description of 3.1 to "Only the second parser"',
    ),
    slots=(
        Slot("items", "items", True),
        Slot("field", "word", True),
        Slot("value", "value", True),
        Slot("mode", "word"),
    ),
    changes=True,
)
def set_field(tracker: Tracker, call: Call) -> Answer:
    field = call.slots["field"]
    if field not in TOLD:
        raise Refused(f"{field!r} is not a field.", hint=f"Fields: {', '.join(TOLD)}.")
    found = call.all_found(tracker, "items", *KINDS.get(field, ("task",)))
    value = _value(call, field)
    changed = tracker
    for item in found:
        changed = _with_field(changed, call, item, field, value)
    if changed is tracker:
        return Answer(sentence(f"nothing to change: {_told(found, call, field, value)}"), tracker)
    return Answer(sentence(_told(found, call, field, value)), changed, warnings=_warnings(call, field, value))


def _value(call: Call, field: str) -> Value:
    """The value as it is kept; None clears."""
    said = call.slots.get("value")
    if said is None or said == []:
        return None
    if field == "labels":
        return values.labels(said)
    if field == "assignee":
        return values.person(said, call)
    return {"priority": values.priority, "due": values.date}.get(field, values.text)(said)


def _with_field(tracker: Tracker, call: Call, found: Found, field: str, value: Value) -> Tracker:
    if found.kind == "tracker":
        return tracker if tracker.overview == value else tracker.replace(overview=value)
    if found.kind == "phase":
        return tracker if found.item.description == value else tracker.with_phase(found.item.replace(description=value))
    if field == "labels":
        value = _labels(current(tracker, found).labels, value, call.slots.get("mode", "add"))
    return put(tracker, call, found, **{field: value})


def _labels(before: tuple[str, ...], said: Value, mode: str) -> tuple[str, ...]:
    words = tuple(said or ())
    if mode == "remove":
        return tuple(label for label in before if label not in words) if words else ()
    if mode == "set" or not words:
        return words
    return tuple(dict.fromkeys((*before, *words)))


def _told(found: list[Found], call: Call, field: str, value: Value) -> str:
    names = named(found)
    if field == "labels" and value:
        return _labels_told(names, tuple(value), call.slots.get("mode", "add"))
    if value is None:
        has = verb(found, "is", "are") if field == "assignee" else verb(found, "has", "have")
        return TOLD[field][1].format(names, has, verb(found, "its", "their"))
    is_or_are = f"{names} {verb(found, 'is', 'are')}" if field in ("assignee", "due", "estimate") else names
    return TOLD[field][0].format(is_or_are, value)


def _labels_told(names: str, labels: tuple[str, ...], mode: str) -> str:
    if mode == "set":
        return TOLD["labels"][0].format(names, listed(labels))
    noun = "label" if len(labels) == 1 else "labels"
    does = ("is" if len(labels) == 1 else "are") + (" off" if mode == "remove" else " on")
    return f"{noun} {listed(labels)} {does} {names}"


def _warnings(call: Call, field: str, value: Value) -> tuple[str, ...]:
    return ("That day has passed.",) if field == "due" and isinstance(value, str) and value < call.today else ()
