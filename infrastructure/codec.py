"""Text <-> tracker: the canonical one-task-per-line layout, read as lines; any other valid layout, read whole and checked."""

from __future__ import annotations

from domain import shape
from domain.errors import Broken
from domain.record import Record
from domain.rules import Finding, findings
from domain.tracker import Phase, Rows, Task, Tracker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    Document = dict[str, Any]  # JSON as parsed


# --- JSON through the C scanner and encoder: `import json` would cost seven milliseconds, nearly all of it `re` ----------


class _Strict:
    """What the C scanner asks of its decoder: no NaN, no number that overflows, no key twice."""

    strict = True
    object_hook = None
    memo: dict[str, str] = {}  # only the pure Python scanner of the fallback asks for it

    @staticmethod
    def object_pairs_hook(pairs: list[tuple[str, Any]]) -> Document:
        document = dict(pairs)
        if len(document) != len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"the key {twice!r} stands twice in one object")
        return document

    @staticmethod
    def parse_float(text: str) -> float:
        number = float(text)
        if number in (float("inf"), float("-inf")):
            raise ValueError(f"the number {text[:20]} is too large")
        return number

    @staticmethod
    def parse_int(text: str) -> int:
        if len(text) > 17:
            raise ValueError(f"the number {text[:20]}… is too large")
        return int(text)

    @staticmethod
    def parse_constant(text: str) -> float:
        raise ValueError(f"{text} is not JSON")


class _Trusted(_Strict):
    """For lines we wrote or checked ourselves: plain dicts, without the look at duplicate keys."""

    object_pairs_hook = None  # type: ignore[assignment]  # None is what the scanner takes for "no hook"


def _not_json(value: object) -> Any:
    raise TypeError(f"{type(value).__name__} is not a JSON value")


try:
    from _json import encode_basestring, make_encoder, make_scanner  # type: ignore[import-not-found]  # private, so guarded

    _strict_scan = make_scanner(_Strict)
    _scan = make_scanner(_Trusted)
    _chunks = make_encoder(None, _not_json, encode_basestring, None, ":", ",", False, False, False)
    _chunks({"a": [1, "b", None]}, 0)
except (ImportError, AttributeError, TypeError):  # a Python whose private names moved
    from json.encoder import JSONEncoder, py_encode_basestring
    from json.scanner import py_make_scanner

    class _Slow(_Strict):
        """The same rules for the pure Python scanner, which wants the parts handed to it."""

        def __init__(self, pairs_hook: Any) -> None:
            from json.decoder import JSONArray, JSONObject, scanstring

            self.parse_object, self.parse_array, self.parse_string = JSONObject, JSONArray, scanstring
            self.object_pairs_hook = pairs_hook  # type: ignore[method-assign]
            self.memo = {}

    encode_basestring = py_encode_basestring
    _strict_scan = py_make_scanner(_Slow(_Strict.object_pairs_hook))
    _scan = py_make_scanner(_Slow(None))
    _encoder = JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)

    def _chunks(value: object, _: int) -> list[str]:
        return [_encoder.encode(value)]


def dumps(value: object) -> str:
    """Compact JSON, non-ASCII as it is. Raises ValueError for NaN and infinities."""
    return "".join(_chunks(value, 0))


def dumps_ascii(value: object) -> str:
    """JSON for a terminal or a pipe: everything beyond printable ASCII is escaped, so nothing can act on a screen."""
    text = dumps(value)
    if text.isascii() and "\x7f" not in text:
        return text
    return "".join(c if " " <= c < "\x7f" else _escaped(c) for c in text)


def _escaped(c: str) -> str:
    code = ord(c)
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


def loads(text: str) -> Any:
    """Strict JSON. Raises ValueError with `line N: what` for anything else, nesting without end included."""
    start = 0
    while text[start : start + 1] in (" ", "\n", "\r", "\t") and start < len(text):
        start += 1
    try:
        value, end = _strict_scan(text, start)
    except StopIteration as error:
        raise ValueError(f"line {_line(text, error.value)}: a value is missing or misspelt") from None
    except RecursionError:
        raise ValueError(f"nested deeper than {shape.DEPTH_LIMIT}") from None
    except ValueError as error:
        at = getattr(error, "pos", None)
        what = getattr(error, "msg", None) or str(error)
        raise ValueError(f"line {_line(text, at)}: {what}" if at is not None else what) from None
    if rest := text[end:].strip(" \n\r\t"):
        raise ValueError(f"line {_line(text, len(text) - len(rest))}: more text after the end")
    return value


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


# --- writing ---------------------------------------------------------------------------------------------------------------


def encode(tracker: Tracker) -> str:
    """The canonical text: one phase header line and one task per line, lines nobody touched as they were."""
    phases = ((_own(phase, "tasks"), _task_lines(phase.tasks)) for phase in tracker.phases)
    return _laid_out(_own(tracker, "phases"), phases)


def encode_document(document: Document) -> str:
    """The canonical text of a checked document."""
    phases = (
        (phase, (dumps(shape.in_order(task, shape.TASK)) for task in phase["tasks"]))
        for phase in (shape.in_order(phase, shape.PHASE) for phase in document["phases"])
    )
    return _laid_out(shape.in_order(document | {"phases": []}, shape.TRACKER), phases)


def _own(record: Tracker | Phase, rows: str) -> Document:
    """The document of a tracker or phase without what is below it."""
    return shape.to_document(record.replace(**{rows: ()}))


def _laid_out(head: Document, phases: Iterable[tuple[Document, Iterable[str]]]) -> str:
    parts = [_opening(head, "phases")]
    for index, (phase, lines) in enumerate(phases):
        parts += ("\n ," if index else "\n ", _opening(phase, "tasks"))
        rows = "\n  ,".join(lines)
        parts += ("\n  ", rows) if rows else ()
        parts += ("\n ]", _closing(phase))
    parts += ("\n]", _closing(head), "\n")
    return "".join(parts)


def _opening(document: Document, rows: str) -> str:
    """The object up to and including `"phases":[` or `"tasks":[`."""
    own = {key: value for key, value in document.items() if key not in (rows, "extensions")}
    return f'{dumps(own)[:-1]},"{rows}":['


def _closing(document: Document) -> str:
    return f',"extensions":{dumps(document["extensions"])}}}' if "extensions" in document else "}"


def _task_lines(rows: Rows) -> Iterable[str]:
    if isinstance(rows, Lines):
        return (rows.body.removeprefix("  "),) if rows.body else ()
    return (row[row.index("{") :] if isinstance(row, str) else task_line(row) for row in rows.raw)


def task_line(task: Task) -> str:
    return dumps(shape.to_document(task))


# --- reading the canonical layout ----------------------------------------------------------------------------------------------


class Lines(Rows):
    """The tasks of a phase as they stand in the file, split and decoded when asked for."""

    __slots__ = ("body",)

    def __init__(self, body: str) -> None:
        super().__init__(source=_SOURCE, load=self._split)
        self.body = body

    def _split(self) -> list[Task | str]:
        return self.body.split("\n") if self.body else []  # type: ignore[return-value]  # a list of str is a list of rows


class _Source:
    """Reads tasks, or one field of many, out of canonical lines.

    Keys stand in a fixed order and a quote inside a text is escaped, so the first `,"status":"` of a line is the key
    itself. The objects nested in a task have none of the keys read here, but for `conflicts` and `extensions`, which hold
    anything: what is found behind one of them does not count, and fields that stand behind them are decoded whole.
    """

    def task(self, line: str) -> Task:
        made: Task = shape.from_document(_scan(line, line.index("{"))[0], shape.TASK)
        return made

    def column(self, lines: list[str], field: str) -> list[Any]:
        read = _COLUMNS.get(field)
        if read is not None:
            return read(lines)
        marker, absent = f',"{field}":', Task._defaults.get(field)
        return [getattr(self.task(line), field) if marker in line else absent for line in lines]


def _statuses(lines: list[str]) -> list[str]:
    found = []
    for line in lines:
        start = line.index(',"status":"') + 11
        found.append(line[start : line.index('"', start)])
    return found


def _uids(lines: list[str]) -> list[str]:
    found = []
    for line in lines:
        start = line.index('"uid":"') + 7
        found.append(line[start : line.index('"', start)])
    return found


def _numbers(lines: list[str]) -> list[int]:
    return [int(line[line.index(":") + 1 : line.index(",", 5)]) for line in lines]


def _plain_text(field: str) -> Callable[[list[str]], list[str | None]]:
    """Reader of an optional text that never holds an escape (a word, a date)."""
    marker = f',"{field}":"'
    size = len(marker)

    def read(lines: list[str]) -> list[str | None]:
        found: list[str | None] = []
        for line in lines:
            start = line.find(marker)
            if start < 0 or _is_foreign(line, start):
                found.append(None)
            else:
                start += size
                found.append(line[start : line.index('"', start)])
        return found

    return read


def _is_foreign(line: str, start: int) -> bool:
    """Whether a key found at `start` belongs to what a conflict or an extension holds."""
    return 0 <= line.find(',"conflicts":', 0, start) or 0 <= line.find(',"extensions":', 0, start)


def _any_value(field: str) -> Callable[[list[str]], list[Any]]:
    """Reader of any value that stands before `conflicts`, decoded where it stands."""
    marker, absent = f',"{field}":', Task._defaults.get(field)
    size, rows = len(marker), shape.TASK.lists.get(field)

    def value(line: str, start: int) -> Any:
        found = _scan(line, start + size)[0]
        if rows is not None:
            return tuple([shape.from_document(row, rows) for row in found])
        return tuple(found) if type(found) is list else found

    def read(lines: list[str]) -> list[Any]:
        starts = [line.find(marker) for line in lines]
        return [
            absent if start < 0 or _is_foreign(line, start) else value(line, start)
            for line, start in zip(lines, starts, strict=True)
        ]

    return read


_COLUMNS: dict[str, Callable[[list[str]], list[Any]]] = {
    "number": _numbers,
    "uid": _uids,
    "status": _statuses,
    "priority": _plain_text("priority"),
    "due": _plain_text("due"),
    **{
        field: _any_value(field)
        for field in "title assignee labels description notes criteria depends_on subtasks evidence verify".split()
    },
}
_SOURCE = _Source()


def decode_canonical(text: str) -> Tracker:
    """The tracker of a text that is known to be canonical (we wrote it, or it was compared with its own encoding)."""
    head, _, rest = text.partition("\n")
    document = _scan(head + "]}", 0)[0]
    chunks = rest.split("\n ]")
    phases, opening = [], chunks[0]
    for closing in chunks[1:]:
        header, _, body = opening.partition("\n")
        tail, _, opening = closing.partition("\n")
        row = _scan(header[header.index("{") :] + "]" + tail, 0)[0]
        phases.append(_phase(row, body))
    last = opening if len(chunks) > 1 else rest
    document |= _scan('{"x":[' + last.strip(), 0)[0]
    del document["x"], document["phases"]
    return Tracker(phases=tuple(phases), **_fields(document, shape.TRACKER))


def _phase(document: Document, body: str) -> Phase:
    del document["tasks"]
    return Phase(tasks=Lines(body), **_fields(document, shape.PHASE))


def _fields(document: Document, of: shape.Shape) -> Document:
    """The plain fields and small lists of a header, as values."""
    fields: Document = {}
    for key, value in document.items():
        if key in of.lists:
            fields[key] = tuple(shape.from_document(row, of.lists[key]) for row in value)
        else:
            fields[shape.attribute(key)] = tuple(value) if type(value) is list else value
    return fields


# --- reading anything else ----------------------------------------------------------------------------------------------------


def text_of(raw: bytes, name: str) -> str:
    """The text of a file: UTF-8, a BOM is dropped. Raises Broken with the byte where it stops being text."""
    if raw[:3] == b"\xef\xbb\xbf":
        raw = raw[3:]
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Broken(f"{name}: byte {error.start} is not UTF-8") from error
    if "\0" in text:
        raise Broken(f"{name}: byte {len(text[: text.index(chr(0))].encode())} is NUL, this is not text")
    return text


def parse(text: str, name: str) -> Any:
    """Any valid layout -> the document. Raises Broken with one line of cause."""
    if not text.strip():
        raise Broken(f"{name} is empty")
    for marker in ("<<<<<<< ", ">>>>>>> "):
        if text.startswith(marker) or "\n" + marker in text:
            at = 0 if text.startswith(marker) else text.index("\n" + marker) + 1
            raise Broken(f"{name}: line {_line(text, at)} holds git conflict markers")
    if '"schema_version"' not in text or '"phases"' not in text:
        raise Broken(f"{name} is not a wt tracker (no schema_version or no phases)")
    try:
        return loads(text)
    except ValueError as error:
        raise Broken(f"{name}: {error}") from None


class Decoded(Record):
    """A tracker read from any layout. `read_only` says why it must not be written, if so."""

    tracker: Tracker
    canonical: bool
    read_only: str | None = None


def decode(text: str, name: str) -> Decoded:
    """Any valid layout -> tracker. Raises Broken naming the first problem and its line."""
    document = migrated(parse(text, name))
    read_only = newer(document)
    if read_only:
        document = shape.without_unknown(document)
    if wrong := check_document(document):
        raise _broken(wrong, text, name)
    canonical = encode_document(document)
    tracker = decode_canonical(canonical)
    if wrong := findings(tracker, severity="error"):
        raise _broken(wrong, text, name)
    return Decoded(tracker, not read_only and canonical == text, read_only)


MIGRATIONS: dict[int, Callable[[Document], Document]] = {}  # from this schema version to the next; the first is still 1


def migrated(document: object, migrations: dict[int, Callable[[Document], Document]] = MIGRATIONS) -> Any:
    """An older document brought to this version, step by step."""
    while isinstance(document, dict) and (step := migrations.get(document.get("schema_version", 0))):
        document = step(document)
    return document


def newer(document: object) -> str | None:
    """Why a document may be read but not written: a later version wrote it."""
    version = document.get("schema_version") if isinstance(document, dict) else None
    if type(version) is int and version > shape.SCHEMA_VERSION:
        return f"was written by a newer wt (schema version {version})"
    return None


def check_document(document: object) -> list[Finding]:
    """How a document departs from the shape of a tracker, worst twenty."""
    found = []
    for rule, path, message in shape.problems(document):
        found.append(Finding(rule, "error", path, message))
        if len(found) == 20:
            break
    return found


def _broken(wrong: list[Finding], text: str, name: str) -> Broken:
    from infrastructure.json_lines import line_of

    first = wrong[0]
    more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
    return Broken(f"{name}: line {line_of(text, first.path)}: {first.message}{more}", data=wrong)
