"""Text <-> tracker: the canonical one-task-per-line layout is read as lines; any other, whole and checked."""

from __future__ import annotations

from domain import shape
from domain.errors import Broken, ReadOnly
from domain.record import Record
from domain.rules import Finding, findings
from domain.tracker import SCHEMA_VERSION, Phase, Rows, Task, Tracker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from domain.errors import WtError

    Document = dict[str, Any]  # JSON as parsed
    Scan = Callable[[str, int], tuple[Any, int]]


# --- JSON through the C scanner and encoder: `import json` would cost seven milliseconds, nearly all of it `re` -------


def _repeated(pairs: list[tuple[str, Any]]) -> str:
    seen: set[str] = set()
    return next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]  # add returns None


class _Strict:
    """What the C scanner asks of its decoder: no NaN, no number that overflows, no key twice."""

    strict = True
    object_hook = None

    @staticmethod
    def object_pairs_hook(pairs: list[tuple[str, Any]]) -> Document:
        document = dict(pairs)
        if len(document) != len(pairs):
            raise ValueError(f"the key {shape.shown(_repeated(pairs))} stands twice in one object")
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

    object_pairs_hook = None  # type: ignore[assignment]  # what the scanner takes for "no hook"


def _not_json(value: object) -> Any:
    raise TypeError(f"{type(value).__name__} is not a JSON value")


try:
    from _json import encode_basestring, make_encoder, make_scanner  # private, so guarded

    _strict_scan: Scan = make_scanner(_Strict)  # type: ignore[arg-type]  # it reads attributes, whoever has them
    _scan: Scan = make_scanner(_Trusted)  # type: ignore[arg-type]
    _options = (None, _not_json, encode_basestring, None, ":", ",", False, False, False)
    _chunks: Callable[[object, int], Iterable[str]] = make_encoder(*_options)
    _chunks({"a": [1, "b", None]}, 0)
except (ImportError, AttributeError, TypeError):  # a Python whose private names moved
    from json.decoder import JSONArray, JSONObject, scanstring  # type: ignore[attr-defined]  # the stubs leave them out
    from json.encoder import JSONEncoder
    from json.scanner import py_make_scanner  # type: ignore[attr-defined]

    class _Slow(_Strict):
        """The same rules for the pure Python scanner, which wants the parts handed to it."""

        def __init__(self, pairs_hook: Any) -> None:
            self.parse_object, self.parse_array, self.parse_string = JSONObject, JSONArray, scanstring
            self.object_pairs_hook = pairs_hook  # type: ignore[method-assign]
            self.memo: dict[str, str] = {}

    _strict_scan = py_make_scanner(_Slow(_Strict.object_pairs_hook))
    _scan = py_make_scanner(_Slow(None))
    _encoder = JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)

    def _slow_chunks(value: object, _: int) -> list[str]:
        return [_encoder.encode(value)]

    _chunks = _slow_chunks


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


class NotJson(ValueError):
    """Text that is not strict JSON: what is wrong, and on which line where that is known."""

    def __init__(self, what: str, line: int | None = None) -> None:
        super().__init__(what if line is None else f"line {line}: {what}")
        self.what = what
        self.line = line


def loads(text: str) -> Any:
    """Strict JSON: no key twice, no NaN, no half characters, no endless nesting. Raises NotJson for anything else."""
    start = len(text) - len(text.lstrip(_SPACE))
    try:
        value, end = _scanned(text, start)
    except StopIteration as error:
        raise NotJson(_NO_VALUE, _line(text, error.value)) from None
    except RecursionError:
        raise NotJson(f"nested deeper than {shape.DEPTH_LIMIT}") from None
    except ValueError as error:
        raise _fault(text, error) from None
    if rest := text[end:].lstrip(_SPACE):
        raise NotJson("more text after the end", _line(text, len(text) - len(rest)))
    if (at := _half_character(text)) is not None:
        raise NotJson("half of a surrogate pair, which no file can keep", _line(text, at))
    return value


def _scanned(text: str, start: int) -> tuple[Any, int]:
    try:
        return _strict_scan(text, start)
    except SystemError:  # it words a syntax error with a class of json.decoder, and fails when nobody has imported that
        import json.decoder  # noqa: F401

        return _strict_scan(text, start)


_SPACE = " \n\r\t"
_NO_VALUE = "a value is missing or misspelt"


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _fault(text: str, error: ValueError) -> NotJson:
    """The scanner's syntax errors know their place; for what our hooks refuse it is looked for."""
    at = getattr(error, "pos", None)
    if at is not None:
        what = getattr(error, "msg", str(error))
        return NotJson(_NO_VALUE if what == "Expecting value" else what, _line(text, at))
    from infrastructure.json_lines import first_fault

    return NotJson(*(first_fault(text, lambda word: _strict_scan(word, 0)) or (str(error),)))


def _half_character(text: str) -> int | None:
    """Where an escape like `\\ud83d` stands without its other half: it could be read, but never written again."""
    if "\\ud" not in text and "\\uD" not in text:
        return None
    at = text.find("\\")
    while at >= 0:  # from escape to escape, so that a backslash behind a backslash begins none
        size = 2
        if text[at + 1] == "u" and "d800" <= (code := text[at + 2 : at + 6].lower()) <= "dfff":
            other = text[at + 6 : at + 12].lower()
            if code >= "dc00" or not ("\\udc00" <= other <= "\\udfff"):
                return at
            size = 12
        at = text.find("\\", at + size)
    return None


# --- writing ----------------------------------------------------------------------------------------------------------


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
        body = rows.body
        return (body[2:],) if body else ()
    return (row[row.index("{") :] if isinstance(row, str) else task_line(row) for row in rows.raw)


def task_line(task: Task) -> str:
    return dumps(shape.to_document(task))


# --- reading the canonical layout -------------------------------------------------------------------------------------


class Lines(Rows):
    """The tasks of a phase as they stand in the file: a stretch of its text, split and decoded when asked for."""

    __slots__ = ("_end", "_start", "_text")

    def __init__(self, text: str, start: int, end: int) -> None:
        super().__init__(source=_SOURCE, load=self._split)
        self._text = text
        self._start = start
        self._end = end

    @property
    def body(self) -> str:
        return self._text[self._start : self._end]

    def _split(self) -> list[Task | str]:
        return self.body.split("\n") if self._start < self._end else []  # type: ignore[return-value]  # a list of str is a list of rows


class _Source:
    """Reads tasks, or one field of many, out of canonical lines.

    Keys stand in a fixed order and a quote inside a text is escaped, so the first `,"status":"` of a line is the key
    itself. The objects nested in a task have none of the keys read here, but for `conflicts` and `extensions`, which
    hold anything: what is found behind one of them does not count, and fields that stand behind them are decoded whole.
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
    return any(line.find(key, 0, start) >= 0 for key in (',"conflicts":', ',"extensions":'))


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


_BEFORE_CONFLICTS = (
    *("title", "assignee", "labels", "description", "notes"),
    *("criteria", "depends_on", "subtasks", "evidence", "verify"),
)
_COLUMNS: dict[str, Callable[[list[str]], list[Any]]] = {
    "number": _numbers,
    "uid": _uids,
    "status": _statuses,
    "priority": _plain_text("priority"),
    "due": _plain_text("due"),
    **{field: _any_value(field) for field in _BEFORE_CONFLICTS},
}
_SOURCE = _Source()


def decode_canonical(text: str) -> Tracker:
    """The tracker of a text that is known to be canonical (we wrote it, or it was compared with its own encoding).

    Only the headers are decoded; what stands between them is not even copied.
    """
    at = text.index("\n")
    document = _scan(text[:at] + "]}", 0)[0]
    phases = []
    while text[at + 1] == " ":
        opened = text.index("\n", at + 1)
        closed = text.index("\n ]", opened)
        after = text.index("\n", closed + 1)
        header = text[text.index("{", at) : opened] + text[closed + 2 : after]
        phases.append(_phase(_scan(header, 0)[0], Lines(text, opened + 1, closed)))
        at = after
    document |= _scan('{"phases":[' + text[at + 1 :], 0)[0]
    del document["phases"]
    return Tracker(phases=tuple(phases), **_fields(document, shape.TRACKER))


def _phase(document: Document, tasks: Lines) -> Phase:
    del document["tasks"]
    return Phase(tasks=tasks, **_fields(document, shape.PHASE))


def _fields(document: Document, of: shape.Shape) -> Document:
    """The plain fields and small lists of a header, as values."""
    fields: Document = {}
    for key, value in document.items():
        if key in of.lists:
            fields[key] = tuple(shape.from_document(row, of.lists[key]) for row in value)
        else:
            fields[shape.attribute(key)] = tuple(value) if type(value) is list else value
    return fields


# --- reading anything else --------------------------------------------------------------------------------------------


def text_of(raw: bytes, name: str) -> str:
    """The text of a file: UTF-8, a BOM is dropped. Raises Broken with the byte where it stops being text."""
    start = len(BOM) if raw[:3] == BOM else 0
    try:
        text = raw[start:].decode("utf-8")
    except UnicodeDecodeError as error:
        at = start + error.start
        raise broken(name, f"byte {at} is not UTF-8", raw.count(b"\n", 0, at) + 1) from error
    if (at := raw.find(0)) >= 0:
        raise broken(name, f"byte {at} is NUL, so this is not text", raw.count(b"\n", 0, at) + 1)
    return text


BOM = b"\xef\xbb\xbf"


def parse(text: str, name: str) -> Any:
    """Any valid layout -> the document. Raises Broken with one line of cause."""
    if not text or text.isspace():
        raise broken(name, "is empty")
    for marker in ("<<<<<<< ", ">>>>>>> "):
        if text.startswith(marker) or "\n" + marker in text:
            at = 0 if text.startswith(marker) else text.index("\n" + marker) + 1
            raise broken(name, "holds git conflict markers", _line(text, at))
    if '"schema_version"' not in text or '"phases"' not in text:
        raise broken(name, "is not a wt tracker (no schema_version or no phases)")
    try:
        return loads(text)
    except NotJson as error:
        raise broken(name, error.what, error.line) from None


def broken(name: str, what: str, line: int | None = None) -> Broken:
    """A file that is no tracker at all, and the one finding that says so."""
    finding = Finding("file.broken", "error", "$", what, name, line or 1)
    return Broken(f"{name} {what}" if line is None else f"{name}: line {line}: {what}", hint=HINT, data=[finding])


HINT = "Nothing was touched. Everything that is wrong is listed by: wt validate"


class Decoded(Record):
    """A tracker read from any layout. `read_only` says why it must not be written, if so."""

    tracker: Tracker
    canonical: bool
    read_only: str | None = None


def decode(raw: bytes, name: str) -> Decoded:
    """The bytes of a file in any valid layout -> tracker. Raises Broken naming the first problem and its line."""
    text = text_of(raw, name)
    document = migrated(parse(text, name))
    read_only = newer(document)
    if read_only:
        document = shape.without_unknown(document)
    if wrong := check_document(document, most=20):
        raise _unreadable(read_only, wrong, text, name)
    canonical = encode_document(document)
    tracker = decode_canonical(canonical)
    if wrong := findings(tracker, severity="error"):
        raise _unreadable(read_only, wrong, text, name)
    return Decoded(tracker, not read_only and canonical == text and raw[:3] != BOM, read_only)


def _unreadable(read_only: str | None, wrong: list[Finding], text: str, name: str) -> WtError:
    """What is wrong, with its line; what a later version wrote is not wrong, only beyond this one."""
    if read_only:
        return ReadOnly(f"{name} {read_only} and cannot be read by this one.", hint="Update wt to read it.")
    from infrastructure.json_lines import placed

    found = placed(wrong[:20], text, name)
    more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
    return Broken(f"{name}: line {found[0].line}: {found[0].message}{more}", hint=HINT, data=found)


MIGRATIONS: dict[int, Callable[[Document], Document]] = {}  # from this schema version to the next; the first is still 1


def migrated(document: object, migrations: dict[int, Callable[[Document], Document]] = MIGRATIONS) -> Any:
    """An older document brought to this version, step by step."""
    while isinstance(document, dict) and (step := migrations.get(_version(document))) is not None:
        document = step(document)
    return document


def _version(document: object) -> int:
    """The schema version of a parsed document; 0 when it states none."""
    version = document.get("schema_version") if isinstance(document, dict) else None
    return version if type(version) is int else 0


def newer(document: object) -> str | None:
    """Why a document may be read but not written: a later version wrote it."""
    version = _version(document)
    return f"was written by a newer wt (schema version {version})" if version > SCHEMA_VERSION else None


def check_document(document: object, most: int | None = None) -> list[Finding]:
    """How a document departs from the shape of a tracker, in file order; the first `most`."""
    found = []
    for rule, path, message in shape.problems(document):
        found.append(Finding(rule, "error", path, message))
        if len(found) == most:
            break
    return found
