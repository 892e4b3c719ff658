"""One row a field of a playbook file: how it is read, and how its JSON Schema says the same."""

from __future__ import annotations

from domain.playbooks.actions import ACTIONS, RISKS
from domain.playbooks.conditions import Condition, ConditionError, nearest, parse, seconds
from domain.playbooks.metrics import METRICS
from domain.playbooks.playbook import SCHEMA, SEVERITIES
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Read = Callable[[Any, str], Any]  # Any: what YAML holds; what comes out is of the type that the field has

ID = "^[a-z][a-z0-9_]{0,49}$"
LONGEST_TEXT, MOST_ROWS, LONGEST_TIME = 2000, 50, 86_400.0
DURATION = r"^[0-9]+(\.[0-9]+)?(ms|s|m|h|d)$"


class Wrong(ValueError):
    """A value that a field cannot have, and where."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(reason)
        self.path = path
        self.reason = reason


class Kind(Record):
    """How a value is read, and its JSON Schema."""

    read: Read
    schema: Mapping[str, Any]  # Any: JSON Schema


class Field(Record):
    key: str
    kind: Kind
    meaning: str
    required: bool = False


def _text(value: object, path: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Wrong(path, "this must be text")
    if len(value) > LONGEST_TEXT:
        raise Wrong(path, f"this is longer than {LONGEST_TEXT} characters")
    return value.strip()


def _id(value: object, path: str) -> str:
    text = _text(value, path)
    sound = text[0].islower() and all(c.islower() or c.isdigit() or c == "_" for c in text)
    if not (text.isascii() and sound and len(text) <= 50):
        raise Wrong(path, f"{text!r} is no id; ids are made of a–z, 0–9 and _, at most 50 characters")
    return text


def _condition(value: object, path: str) -> Condition:
    try:
        return parse(_text(value, path))
    except ConditionError as error:
        raise Wrong(path, str(error)) from None


def _duration(value: object, path: str) -> float:
    """`10m`, or a plain number of seconds, as the masterplan writes it."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        found = float(value)
    else:
        try:
            found = seconds(_text(value, path))
        except ConditionError as error:
            raise Wrong(path, str(error)) from None
    if not 0 <= found <= LONGEST_TIME * 366:
        raise Wrong(path, "this is no time that one can wait")
    return found


def _flag(value: object, path: str) -> bool:
    if not isinstance(value, bool):
        raise Wrong(path, "this must be true or false")
    return value


def _held(value: object, path: str) -> float | int:
    """`for`: a whole number counts looks in a row, a duration is time."""
    if isinstance(value, int) and not isinstance(value, bool):
        return _between(1, 100)(value, path)
    return _duration(value, path)


def _between(least: int, most: int) -> Callable[[object, str], int]:
    def read(value: object, path: str) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise Wrong(path, f"this must be a whole number from {least} to {most}")
        return value

    return read


def _one_of(words: tuple[str, ...]) -> Callable[[object, str], str]:
    def read(value: object, path: str) -> str:
        text = _text(value, path)
        if text not in words:
            raise Wrong(path, f"{text!r} is none of {', '.join(words)}{nearest(text, words)}")
        return text

    return read


def _named(known: Mapping[str, object], what: str) -> Callable[[object, str], str]:
    def read(value: object, path: str) -> str:
        text = _text(value, path)
        if text not in known:
            raise Wrong(path, f"there is no {what} {text!r}{nearest(text, known)}")
        return text

    return read


def _place(value: object, path: str) -> str:
    text = _text(value, path)
    if text.startswith(("/", "~")) or ".." in text.split("/") or "\\" in text or "\0" in text:
        raise Wrong(path, f"{text!r} leads out of the project")
    return text


def _rate(value: object, path: str) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value <= 1:
        raise Wrong(path, "this must be a number from 0 to 1")
    return float(value)


def many(kind: Kind) -> Kind:
    """A list; one value alone is a list of one."""

    def read(value: object, path: str) -> tuple[Any, ...]:
        rows = value if isinstance(value, list) else [value]
        if len(rows) > MOST_ROWS:
            raise Wrong(path, f"these are more than {MOST_ROWS}")
        return tuple(
            kind.read(row, f"{path}[{at}]" if isinstance(value, list) else path) for at, row in enumerate(rows)
        )

    listed = {"type": "array", "items": kind.schema, "maxItems": MOST_ROWS}
    return Kind(read, {"anyOf": [listed, kind.schema]})


def mapping(fields: tuple[Field, ...]) -> Kind:
    """An object with these keys and no other."""
    known = {field.key: field for field in fields}

    def read(value: object, path: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Wrong(path, f"this must be a mapping with {', '.join(known)}")
        for key in value:
            if key not in known:
                raise Wrong(f"{path}.{key}", f"there is no field {key!r}{nearest(str(key), known)}")
        for field in fields:
            if field.required and field.key not in value:
                raise Wrong(path, f"{field.key} is missing")
        return {key: known[key].kind.read(row, f"{path}.{key}") for key, row in value.items()}

    return Kind(read, schema_of(fields))


def schema_of(fields: tuple[Field, ...]) -> Mapping[str, Any]:
    return {
        "type": "object",
        "properties": {field.key: {"description": field.meaning, **field.kind.schema} for field in fields},
        "required": [field.key for field in fields if field.required],
        "additionalProperties": False,
    }


def either(word: Kind, object_: Kind, key: str) -> Kind:
    """A mapping, or a bare value that stands for its key."""

    def read(value: object, path: str) -> Any:
        return object_.read(value, path) if isinstance(value, dict) else {key: word.read(value, path)}

    return Kind(read, {"anyOf": [word.schema, object_.schema]})


TEXT = Kind(_text, {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT})
NAME = Kind(_id, {"type": "string", "pattern": ID})
CONDITION = Kind(_condition, {"type": "string", "maxLength": 1000})
DURATION_KIND = Kind(_duration, {"anyOf": [{"type": "string", "pattern": DURATION}, {"type": "number", "minimum": 0}]})
HELD = Kind(_held, {"anyOf": [{"type": "string", "pattern": DURATION}, {"type": "integer", "minimum": 1}]})
FLAG = Kind(_flag, {"type": "boolean"})
RISK = Kind(_one_of(tuple(RISKS)), {"enum": list(RISKS)})
SEVERITY = Kind(_one_of(SEVERITIES), {"enum": list(SEVERITIES)})
ACTION = Kind(_named(ACTIONS, "action"), {"enum": list(ACTIONS)})
METRIC = Kind(_named(METRICS, "metric"), {"enum": list(METRICS)})
PLACE = Kind(_place, {"type": "string"})
RATE = Kind(_rate, {"type": "number", "minimum": 0, "maximum": 1})


def whole(least: int, most: int) -> Kind:
    return Kind(_between(least, most), {"type": "integer", "minimum": least, "maximum": most})


CHECK = either(
    CONDITION,
    mapping((Field("check", CONDITION, "a condition that is looked at before anything is done", True),)),
    "check",
)

STEP = mapping(
    (
        Field("action", ACTION, "what is done"),
        Field("validate", CONDITION, "what must hold when the stage is over; a row of its own"),
        Field("risk", RISK, "raises the action's own risk; nothing lowers it"),
        Field("timeout", DURATION_KIND, "at most so long; never longer than the action's own"),
        Field("if", CONDITION, "the action is taken only if this is known to hold"),
    )
)
ROWS = many(STEP)


def _stages(value: object, path: str) -> dict[str, Any]:
    if not isinstance(value, dict) or not value:
        raise Wrong(path, "this must name at least one stage, primary say")
    return {_id(name, f"{path}.{name}"): ROWS.read(rows, f"{path}.{name}") for name, rows in value.items()}


STAGES = Kind(
    _stages,
    {"type": "object", "minProperties": 1, "propertyNames": {"pattern": ID}, "additionalProperties": ROWS.schema},
)

PLAYBOOK = (
    Field("schema", whole(SCHEMA, SCHEMA), "the version of this format"),
    Field("id", NAME, "its name", True),
    Field("title", TEXT, "what it is for, in one line"),
    Field("version", whole(1, 10**6), "grows with every change"),
    Field("priority", whole(0, 9), "0 goes first"),
    Field("timeout", DURATION_KIND, "for everything it does in one treatment"),
    Field("symptoms", many(CONDITION), "each alone is a reason to treat", True),
    Field(
        "when",
        either(
            CONDITION,
            mapping(
                (
                    Field("condition", CONDITION, "what must hold besides"),
                    Field("for", HELD, "how long a symptom must have held: a time, or so many looks in a row"),
                )
            ),
            "condition",
        ),
        "what must hold besides a symptom",
    ),
    Field("diagnosis", many(CHECK), "looked at before anything is done, and told"),
    Field("remediation", STAGES, "stages in order: one that does not help is taken back, then the next is tried"),
    Field(
        "throttle",
        mapping(
            (
                Field("once_within", DURATION_KIND, "at most one treatment in this time"),
                Field("group_by", many(METRIC), "for the same values of these"),
            )
        ),
        "how often it may act",
    ),
    Field(
        "scope",
        mapping(
            (
                Field("paths", many(PLACE), "it touches nothing else; with *"),
                Field("max_objects", whole(1, 10_000), "more than so many at once are for a person"),
            )
        ),
        "how far it may reach",
    ),
    Field("rollback", FLAG, "whether a stage that did not help is taken back; true when left out"),
    Field(
        "escalate",
        mapping(
            (
                Field("immediate", many(CONDITION), "under these nothing is tried"),
                Field("after_attempts", whole(1, 10), "treatments without success before a person is asked; 3"),
                Field("max_duration", DURATION_KIND, "a symptom that has held longer is for a person"),
                Field("severity", SEVERITY, "of the inquiry"),
                Field("recommended", TEXT, "what a person is advised to do"),
            )
        ),
        "when a person is asked",
    ),
    Field(
        "evidence",
        mapping(
            (
                Field("successes", whole(0, 10**6), "treatments that helped"),
                Field("failures", whole(0, 10**6), "treatments that did not"),
                Field("corpus", TEXT, "where that was counted"),
            )
        ),
        "what is known of it from elsewhere; it counts for at most five treatments",
    ),
    Field("success_rate", RATE, "as somebody claims it: it is told, and counts for nothing"),
    Field("last_updated", TEXT, "a date"),
    Field("requires", many(NAME), "playbooks whose symptoms must be gone first"),
    Field("conflicts", many(NAME), "playbooks that must not have acted in the same run"),
    Field("tests", many(TEXT), "the faults it is tried on"),
    Field("docs", TEXT, "where a person finds more"),
)
FILE = (Field("playbook", mapping(PLAYBOOK), "one playbook", True),)


def json_schema() -> dict[str, Any]:
    """JSON Schema of a playbook file (docs/playbook.schema.json)."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A playbook of wt",
        **schema_of(FILE),
    }
