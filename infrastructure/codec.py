"""Canonical text <-> tracker, and its digest: one phase header or one task a line, decoded when asked for."""

from __future__ import annotations

from domain.tracker import Phase, Rows, Task, Tracker
from infrastructure.json_text import dumps, scan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    Document = dict[str, Any]  # JSON as parsed


def digest(data: bytes) -> str:
    """What tells one version from every other: `blake2b:` and 32 hexadecimal digits (RFC 7693, 16 bytes)."""
    try:
        from _blake2 import blake2b  # hashlib would cost a millisecond
    except ImportError:  # a Python whose private names moved
        from hashlib import blake2b
    return "blake2b:" + blake2b(data, digest_size=16).hexdigest()


def encode(tracker: Tracker) -> str:
    """The canonical text: one phase header line and one task per line, lines nobody touched as they were."""
    phases = ((_own(phase, "tasks"), _task_lines(phase.tasks)) for phase in tracker.phases)
    return _laid_out(_own(tracker, "phases"), phases)


def encode_document(document: Document) -> str:
    """The canonical text of a checked document."""
    from domain import shape

    phases = (
        (phase, (dumps(shape.in_order(task, shape.TASK)) for task in phase["tasks"]))
        for phase in (shape.in_order(phase, shape.PHASE) for phase in document["phases"])
    )
    return _laid_out(shape.in_order(document | {"phases": []}, shape.TRACKER), phases)


def _own(record: Tracker | Phase, rows: str) -> Document:
    """The document of a tracker or phase without what is below it."""
    from domain.shape import to_document

    return to_document(record.replace(**{rows: ()}))


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
    from domain.shape import to_document

    return dumps(to_document(task))


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

    def column(self, field: str) -> list[Any]:
        if self._rows is None and field in _EARLY:
            return _early(self._text, _EARLY[field], self._start, self._end)
        return super().column(field)

    @property
    def text(self) -> str:
        return self.body if self._rows is None else super().text

    @property
    def decoded(self) -> frozenset[int]:
        return frozenset() if self._rows is None else super().decoded

    def distinct(self, field: str) -> set[Any]:
        if self._rows is None:
            marker, body = f',"{field}":"', self.body
            words = {piece[: piece.index('"')] for piece in body.split(marker)[1:]}
            if not any("\\" in word for word in words):
                return {word for word in words if _is_of_a_task(body, f'{marker}{word}"')}
        return super().distinct(field)

    def _holds(self, text: str) -> bool:
        return self._text.find(text, self._start, self._end) >= 0

    def mentions(self, uid: str) -> bool:
        return self._rows is not None or self._holds(f'"{uid}"')

    def _split(self) -> list[Task | str]:
        return self.body.split("\n") if self._start < self._end else []  # type: ignore[return-value]  # a list of str is a list of rows


class _Source:
    """Reads tasks, or one field of many, out of canonical lines.

    Keys stand in a fixed order and a quote inside a text is escaped, so the first `,"status":"` of a line is the key
    itself. The objects nested in a task have none of the keys read here, but for `conflicts` and `extensions`, which
    hold anything: what is found behind one of them does not count, and fields that stand behind them are decoded whole.
    """

    def task(self, line: str) -> Task:
        from domain.shape import TASK, from_document  # a read of columns needs no shapes

        made: Task = from_document(scan(line, line.index("{"))[0], TASK)
        return made

    def column(self, lines: list[str], field: str) -> list[Any]:
        read = _COLUMNS.get(field)
        if read is not None:
            return read(lines)
        marker, absent = f',"{field}":', Task._defaults.get(field)
        return [getattr(self.task(line), field) if marker in line else absent for line in lines]

    def having(self, lines: list[str], field: str, words: tuple[str, ...]) -> list[int]:
        marker = _EARLY.get(field)
        if marker is None:
            return [index for index, value in enumerate(self.column(lines, field)) if value in words]
        sought = tuple(f'{marker}{word}"' for word in words)
        return [index for index, line in enumerate(lines) if line.startswith(sought, line.index(marker))]


_EARLY = {"uid": '"uid":"', "status": ',"status":"'}  # in every row, before anything that could hold the same key


def _early(text: str, marker: str, start: int, end: int) -> list[str]:
    """A word of every row of a stretch of text: cut at the marker at once where it stands in every row only once."""
    body = text[start:end]
    pieces = body.split(marker)
    if len(pieces) - 1 == (body.count("\n") + 1 if body else 0):
        return [piece.partition('"')[0] for piece in pieces[1:]]
    return _early_of(marker)(body.split("\n")) if body else []


def _early_of(marker: str) -> Callable[[list[str]], list[str]]:
    return lambda lines: [line.partition(marker)[2].partition('"')[0] for line in lines]


def _numbers(lines: list[str]) -> list[int]:
    return [int(line[line.index(":") + 1 : line.index(",", 5)]) for line in lines]


_HEAD = ("priority", "assignee", "labels", "due")  # right behind the status, in this order, each only where it is set


def _head(field: str) -> Callable[[list[str]], list[Any]]:
    """Reader of a field that stands behind the status: it is walked to, so that an absent one costs nothing."""
    markers = [(f',"{key}":', len(key) + 4) for key in _HEAD]
    *before, (own, size) = markers[: _HEAD.index(field) + 1]
    absent = Task._defaults[field]

    def read(lines: list[str]) -> list[Any]:
        found: list[Any] = []
        for line in lines:
            at = line.index('"', line.index(',"status":"') + 11) + 1
            for marker, length in before:
                if line.startswith(marker, at):
                    at = scan(line, at + length)[1]
            value = scan(line, at + size)[0] if line.startswith(own, at) else absent
            found.append(tuple(value) if type(value) is list else value)
        return found

    return read


def _is_of_a_task(body: str, quoted: str) -> bool:
    """Whether some task itself, not only what a conflict or an extension holds, has this key and word."""
    at = body.find(quoted)
    while at >= 0:
        line = body[body.rfind("\n", 0, at) + 1 : at + 1]
        if not _is_foreign(line, len(line)):
            return True
        at = body.find(quoted, at + 1)
    return False


_FOREIGN = (',"conflicts":', ',"extensions":')


def _is_foreign(line: str, start: int) -> bool:
    """Whether a key found at `start` belongs to what a conflict or an extension holds."""
    return line.find(_FOREIGN[0], 0, start) >= 0 or line.find(_FOREIGN[1], 0, start) >= 0


def _any_value(field: str) -> Callable[[list[str]], list[Any]]:
    """Reader of any value that stands before `conflicts`, decoded where it stands."""
    marker, absent = f',"{field}":', Task._defaults.get(field)
    size = len(marker)

    def value(line: str, start: int) -> Any:
        start += size
        if line[start] == '"' and "\\" not in line:
            return line[start + 1 : line.index('"', start + 1)]
        found = scan(line, start)[0]
        return _listed(found, field, "task") if type(found) is list else found

    def read(lines: list[str]) -> list[Any]:
        starts = [line.find(marker) for line in lines]
        return [
            absent if start < 0 or _is_foreign(line, start) else value(line, start)
            for line, start in zip(lines, starts, strict=True)
        ]

    return read


_BEFORE_CONFLICTS = (
    *("title", "estimate", "description", "notes"),
    *("criteria", "depends_on", "subtasks", "evidence", "verify"),
)
_COLUMNS: dict[str, Callable[[list[str]], list[Any]]] = {
    "number": _numbers,
    **{field: _early_of(marker) for field, marker in _EARLY.items()},
    **{field: _head(field) for field in _HEAD},
    **{field: _any_value(field) for field in _BEFORE_CONFLICTS},
}
_SOURCE = _Source()


def decode_canonical(text: str) -> Tracker:
    """The tracker of a text that is known to be canonical (we wrote it, or it was compared with its own encoding).

    Only the headers are decoded; what stands between them is not even copied.
    """
    at = text.index("\n")
    document = scan(text[:at] + "]}", 0)[0]
    phases = []
    while text[at + 1] == " ":
        opened = text.index("\n", at + 1)
        closed = text.index("\n ]", opened)
        after = text.index("\n", closed + 1)
        header = text[text.index("{", at) : opened] + text[closed + 2 : after]
        phases.append(_phase(scan(header, 0)[0], Lines(text, opened + 1, closed)))
        at = after
    document |= scan('{"phases":[' + text[at + 1 :], 0)[0]
    del document["phases"]
    return Tracker(phases=tuple(phases), **_fields(document, "tracker"))


def _phase(document: Document, tasks: Lines) -> Phase:
    del document["tasks"]
    return Phase(tasks=tasks, **_fields(document, "phase"))


def _fields(document: Document, of: str) -> Document:
    """The plain fields and small lists of a header, as values."""
    return {
        key.removeprefix("$"): _listed(value, key, of) if type(value) is list else value
        for key, value in document.items()
    }


def _listed(found: list[Any], key: str, of: str) -> tuple[Any, ...]:
    """The values of a list: texts as they are, records as records."""
    if not found or type(found[0]) is not dict:
        return tuple(found)
    from domain.shape import PHASE, TASK, TRACKER, value_of

    values: tuple[Any, ...] = value_of(found, key, {"tracker": TRACKER, "phase": PHASE, "task": TASK}[of])
    return values
