"""The shape of a tracker file: one row a field. Codec, load check, edits and the JSON Schema all read these rows."""

from __future__ import annotations

from domain.record import Record
from domain.tracker import (
    CHECK_KINDS,
    EVIDENCE_KINDS,
    PRIORITIES,
    SCHEMA_VERSION,
    STATUSES,
    Check,
    Conflict,
    Criterion,
    Evidence,
    Note,
    Phase,
    Rows,
    Subtask,
    Task,
    Tracker,
    Verified,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    Document = dict[str, Any]  # JSON as parsed: any value may stand anywhere until it is checked
    Problem = tuple[str, str, str]  # rule id, JSON path, what is wrong

DEPTH_LIMIT = 64
LARGEST_INTEGER = 2**53 - 1
TITLE_LIMIT = 500


# --- what a value may be: each kind is a JSON Schema fragment and a check that returns what is wrong, or None ---------


def _integer(least: int) -> tuple[Document, object]:
    def problem(value: object) -> str | None:
        if type(value) is not int:
            return "must be a whole number"
        return None if least <= value <= LARGEST_INTEGER else f"must lie between {least} and 2^53 - 1"

    return {"type": "integer", "minimum": least, "maximum": LARGEST_INTEGER}, problem


def _one_of(*allowed: str) -> tuple[Document, object]:
    def problem(value: object) -> str | None:
        return None if value in allowed else f"must be one of {', '.join(allowed)}"

    return {"enum": list(allowed)}, problem


def _text(value: object) -> str | None:
    return None if type(value) is str else "must be text"


def _title(value: object) -> str | None:
    if type(value) is not str:
        return "must be text"
    if not value.strip():
        return "must not be empty"
    return None if len(value) <= TITLE_LIMIT else f"must not be longer than {TITLE_LIMIT} characters"


UID_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


def _uid(value: object) -> str | None:
    if type(value) is str and 6 <= len(value) <= 40 and UID_LETTERS.issuperset(value):
        return None
    return "must be 6 to 40 of a-z, 0-9 and -"


_PATTERN = str.maketrans("123456789", "000000000")
DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def is_date(value: object) -> bool:
    """An ISO date that exists (the 29th of February only in leap years)."""
    if type(value) is not str or not value.isascii() or value.translate(_PATTERN) != "0000-00-00":
        return False
    year, month, day = int(value[:4]), int(value[5:7]), int(value[8:])
    if not (year and 1 <= month <= 12 and 1 <= day <= DAYS[month - 1]):
        return False
    return not (month == 2 and day == 29) or (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0))


def _date(value: object) -> str | None:
    return None if is_date(value) else "must be a date like 2026-01-31"


def is_time(value: object) -> bool:
    """An ISO 8601 time in UTC, `2026-01-05T09:00:00Z`, with or without a fraction of a second."""
    if type(value) is not str or not value.isascii() or value[-1:] != "Z" or not is_date(value[:10]):
        return False
    if value[10:19].translate(_PATTERN) != "T00:00:00":
        return False
    if value[11:13] > "23" or value[14:16] > "59" or value[17:19] > "60":
        return False
    fraction = value[19:-1]
    return not fraction or (fraction[0] == "." and fraction[1:].isdecimal())


def seconds_of(at: str) -> float:
    """Seconds since 1970 of an ISO time in UTC."""
    year, month, day = int(at[:4]), int(at[5:7]), int(at[8:10])
    years = year - (month < 3)  # a year that begins in March ends with the day that may be missing
    days = years * 365 + years // 4 - years // 100 + years // 400 + (153 * ((month + 9) % 12) + 2) // 5 + day - 719_469
    return float(days * 86_400 + int(at[11:13]) * 3600 + int(at[14:16]) * 60 + int(at[17:19]))


def iso_of(seconds: float) -> str:
    """The ISO time in UTC of seconds since 1970: the inverse of `seconds_of`, to the second."""
    days, rest = divmod(int(seconds), 86_400)
    era, day_of_era = divmod(days + 719_468, 146_097)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153  # months from March on
    month = shifted + 3 if shifted < 10 else shifted - 9
    year = year_of_era + era * 400 + (month <= 2)
    day = day_of_year - (153 * shifted + 2) // 5 + 1
    return f"{year:04d}-{month:02d}-{day:02d}T{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}Z"


def _time(value: object) -> str | None:
    return None if is_time(value) else "must be a UTC time like 2026-01-31T09:00:00Z"


def _flag(value: object) -> str | None:
    return None if type(value) is bool else "must be true or false"


def _texts(value: object) -> str | None:
    if type(value) is list and all(type(text) is str for text in value):
        return None
    return "must be a list of texts"


def _uids(value: object) -> str | None:
    if type(value) is not list:
        return "must be a list of uids"
    return next(("each " + wrong for uid in value if (wrong := _uid(uid))), None)


def _version(value: object) -> str | None:
    if type(value) is int and value == SCHEMA_VERSION:
        return None
    return f"must be {SCHEMA_VERSION}"


def _anything(value: object) -> str | None:
    return None if _depth(value) <= DEPTH_LIMIT else f"is nested deeper than {DEPTH_LIMIT}"


def _extensions(value: object) -> str | None:
    return _anything(value) if type(value) is dict else "must be an object"


def _depth(value: object) -> int:
    depth, level = 0, [value]
    while level and depth <= DEPTH_LIMIT:
        depth += 1
        level = [
            child
            for item in level
            if isinstance(item, (dict, list))
            for child in (item.values() if isinstance(item, dict) else item)
        ]
    return depth


_STRINGS: Document = {"type": "array", "items": {"type": "string"}}
_UID: Document = {"type": "string", "pattern": "^[a-z0-9-]{6,40}$"}

KINDS: dict[str, tuple[Document, Any]] = {  # Any: the checks, which mypy would otherwise see as object
    "number": _integer(1),
    "count": _integer(0),
    "integer": _integer(-LARGEST_INTEGER),
    "version": ({"const": SCHEMA_VERSION}, _version),
    "uid": (_UID, _uid),
    "uids": ({"type": "array", "items": _UID}, _uids),
    "title": ({"type": "string", "pattern": r"\S", "maxLength": TITLE_LIMIT}, _title),
    "text": ({"type": "string"}, _text),
    "texts": (_STRINGS, _texts),
    "date": ({"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}, _date),
    "time": (
        {
            "type": "string",
            "format": "date-time",
            "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z$",
        },
        _time,
    ),
    "flag": ({"type": "boolean"}, _flag),
    "status": _one_of(*STATUSES),
    "priority": _one_of(*PRIORITIES),
    "evidence kind": _one_of(*EVIDENCE_KINDS),
    "check kind": _one_of(*CHECK_KINDS),
    "anything": ({}, _anything),
    "extensions": ({"type": "object"}, _extensions),
}


# --- the rows ---------------------------------------------------------------------------------------------------------


class Shape:
    """A record and its keys in file order. `key!` is required; a kind is a row of KINDS, a Shape, or a list of one."""

    __slots__ = ("checks", "keys", "lists", "name", "plain", "record", "required", "rows", "single")

    def __init__(self, name: str, record: type[Record], *rows: tuple[str, Any]) -> None:
        self.name = name
        self.record = record
        self.rows = tuple((key.rstrip("!"), kind) for key, kind in rows)
        self.required = tuple(key[:-1] for key, _ in rows if key.endswith("!"))
        self.keys = frozenset(key for key, _ in self.rows)
        self.plain = tuple(key for key, kind in self.rows if isinstance(kind, str))
        self.checks = {key: KINDS[kind][1] for key, kind in self.rows if isinstance(kind, str)}
        self.lists = {key: kind[0] for key, kind in self.rows if isinstance(kind, list)}
        self.single = {key: kind for key, kind in self.rows if isinstance(kind, Shape)}


def attribute(key: str) -> str:
    """The field of the record that a key of the file fills."""
    return key.removeprefix("$")


CONFLICT = Shape(
    "conflict",
    Conflict,
    ("field!", "text"),
    ("ours!", "anything"),
    ("theirs!", "anything"),
    ("item", "uid"),
    ("at", "time"),
)
VERIFIED = Shape("verified", Verified, ("at!", "time"), ("by!", "text"))
EVIDENCE = Shape(
    "evidence",
    Evidence,
    ("id!", "text"),
    ("kind!", "evidence kind"),
    ("content!", "text"),
    ("command", "text"),
    ("exit_code", "integer"),
    ("commit", "text"),
    ("sha256", "text"),
    ("duration_ms", "count"),
    ("uid", "uid"),
    ("at!", "time"),
    ("by!", "text"),
    ("verified", VERIFIED),
    ("was", "texts"),
)
NOTE = Shape("note", Note, ("uid", "uid"), ("at!", "time"), ("by!", "text"), ("text!", "text"))
CRITERION = Shape("criterion", Criterion, ("uid", "uid"), ("text!", "text"), ("met!", "flag"))
CHECK = Shape("check", Check, ("kind!", "check kind"), ("value!", "text"))
SUBTASK = Shape(
    "subtask", Subtask, ("number!", "number"), ("uid!", "uid"), ("title!", "title"), ("done!", "flag"), ("was", "texts")
)
TASK = Shape(
    "task",
    Task,
    ("number!", "number"),
    ("uid!", "uid"),
    ("title!", "title"),
    ("status!", "status"),
    ("priority", "priority"),
    ("assignee", "text"),
    ("labels", "texts"),
    ("due", "date"),
    ("estimate", "text"),
    ("description", "text"),
    ("notes", [NOTE]),
    ("criteria", [CRITERION]),
    ("depends_on", "uids"),
    ("subtasks_issued", "count"),
    ("subtasks", [SUBTASK]),
    ("evidence", [EVIDENCE]),
    ("verify", [CHECK]),
    ("conflicts", [CONFLICT]),
    ("status_reason", "text"),
    ("was", "texts"),
    ("created_at!", "time"),
    ("updated_at!", "time"),
    ("started_at", "time"),
    ("completed_at", "time"),
    ("extensions", "extensions"),
)
PHASE = Shape(
    "phase",
    Phase,
    ("number!", "number"),
    ("uid!", "uid"),
    ("title!", "title"),
    ("description", "text"),
    ("conflicts", [CONFLICT]),
    ("was", "texts"),
    ("tasks_issued!", "count"),
    ("tasks!", [TASK]),
    ("extensions", "extensions"),
)
TRACKER = Shape(
    "tracker",
    Tracker,
    ("$schema", "text"),
    ("schema_version!", "version"),
    ("uid!", "uid"),
    ("title!", "title"),
    ("initiative", "count"),
    ("overview", "text"),
    ("created_at!", "time"),
    ("evidence_issued", "count"),
    ("conflicts", [CONFLICT]),
    ("phases_issued!", "count"),
    ("phases!", [PHASE]),
    ("extensions", "extensions"),
)
BY_RECORD = {
    shape.record: shape
    for shape in (TRACKER, PHASE, TASK, SUBTASK, EVIDENCE, NOTE, CRITERION, CHECK, CONFLICT, VERIFIED)
}


# --- documents <-> values ---------------------------------------------------------------------------------------------


def problems(document: object, shape: Shape = TRACKER, path: str = "$") -> Iterator[Problem]:
    """Everything in which a parsed document departs from its shape, in file order."""
    if type(document) is not dict:
        yield ("schema.type", path, f"a {shape.name} must be an object")
        return
    for key in shape.required:
        if key not in document:
            yield ("schema.missing-key", path, f"this {shape.name} has no {key!r}")
    checks, lists = shape.checks, shape.lists
    for key, value in document.items():
        check = checks.get(key)
        if check is not None:
            if wrong := check(value):
                yield ("schema.value", f"{path}.{key}", f"{key} {wrong}")
        elif key in lists:
            yield from _list_problems(value, lists[key], f"{path}.{key}")
        elif key in shape.single:
            yield from problems(value, shape.single[key], f"{path}.{key}")
        else:
            yield ("schema.unknown-key", key_path(path, key), f"unknown key {shown(key)} in this {shape.name}")


def key_path(path: str, key: str) -> str:
    """The JSON path (RFC 9535) of a key below a path."""
    if key.removeprefix("$").isidentifier():
        return f"{path}.{key}"
    escaped = key.replace("\\", "\\\\").replace("'", "\\'")
    return f"{path}['{escaped}']"


def shown(text: str) -> str:
    """Text of a file quoted in a message: short, and with nothing in it that could act on a screen."""
    return repr(text if len(text) <= 40 else text[:39] + "…")


def _list_problems(value: object, shape: Shape, path: str) -> Iterator[Problem]:
    if type(value) is not list:
        yield ("schema.type", path, f"{path.rpartition('.')[2]} must be a list")
        return
    for index, row in enumerate(value):
        yield from problems(row, shape, f"{path}[{index}]")


def without_unknown(document: Document, shape: Shape = TRACKER) -> Document:
    """What this version knows of a newer document, for reading only."""
    kept: Document = {}
    for key, value in document.items():
        below = shape.lists.get(key) or shape.single.get(key)
        if below is not None and type(value) is list:
            kept[key] = [without_unknown(row, below) if type(row) is dict else row for row in value]
        elif below is not None and type(value) is dict:
            kept[key] = without_unknown(value, below)
        elif key in shape.keys:
            kept[key] = value
    return kept | ({"schema_version": SCHEMA_VERSION} if shape is TRACKER else {})


def from_document(document: Document, shape: Shape = TRACKER) -> Any:
    """The value that a checked document stands for."""
    return shape.record(**{attribute(key): value_of(value, key, shape) for key, value in document.items()})


def value_of(value: object, key: str, shape: Shape) -> Any:
    """What plain JSON under one key of a shape stands for."""
    if type(value) is list:
        below = shape.lists.get(key)
        if below is None:
            return tuple(value)
        rows = tuple([from_document(row, below) for row in value])
        return Rows(rows) if key == "tasks" else rows
    below = shape.single.get(key)
    return value if below is None else from_document(value, below)  # type: ignore[arg-type]  # checked to be an object


def in_order(document: Document, shape: Shape) -> Document:
    """A checked document with its keys in file order, empty lists left out."""
    ordered: Document = {}
    for key, kind in shape.rows:
        value = document.get(key, _ABSENT)
        if value is _ABSENT or (value == [] and key not in shape.required):
            continue
        if type(kind) is str or key in ("phases", "tasks"):
            ordered[key] = value
        elif type(kind) is list:
            ordered[key] = [in_order(row, kind[0]) for row in value]
        else:
            ordered[key] = in_order(value, kind)
    return ordered


_ABSENT = object()


def to_document(record: Record) -> Document:
    """The document of a value, keys in file order, absent ones left out."""
    shape = BY_RECORD[type(record)]
    document: Document = {}
    for key, kind in shape.rows:
        value = getattr(record, attribute(key))
        if value is None or (value == () and key not in shape.required):
            if kind != "anything":
                continue
            document[key] = value
        elif isinstance(kind, str):
            document[key] = list(value) if type(value) is tuple else value
        elif isinstance(kind, Shape):
            document[key] = to_document(value)
        else:
            document[key] = [to_document(row) for row in value]
    return document


def json_schema() -> Document:
    """JSON Schema (2020-12) of the tracker file."""
    definitions = {shape.name: _object_schema(shape) for shape in BY_RECORD.values() if shape is not TRACKER}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://ecw-work-tracker.github.io/schema/tracker/1.json",
        "title": "wt tracker",
        "description": "The one truth about a plan; the Markdown page beside it is derived.",
        **_object_schema(TRACKER),
        "$defs": definitions,
    }


def _object_schema(shape: Shape) -> Document:
    def of(kind: Any) -> Document:
        if isinstance(kind, str):
            return dict(KINDS[kind][0])
        if isinstance(kind, list):
            return {"type": "array", "items": {"$ref": f"#/$defs/{kind[0].name}"}}
        return {"$ref": f"#/$defs/{kind.name}"}

    return {
        "type": "object",
        "properties": {key: of(kind) for key, kind in shape.rows},
        "required": list(shape.required),
        "additionalProperties": False,
    }
