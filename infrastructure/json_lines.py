"""JSON path -> line number, for people who have to mend a file; read only when something is wrong with it."""

from __future__ import annotations

from domain.shape import key_path
from infrastructure.json_text import TWICE, loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from domain.rules import Finding

_BETWEEN = frozenset(" \n\r\t,:")
_ENDS = _BETWEEN | frozenset('"[]{}')


def placed(findings: Iterable[Finding], text: str, name: str) -> list[Finding]:
    """Findings with their file, and the line (from 1) of the value at their path, or of the nearest above it."""
    found = list(findings)
    offsets = _offsets(text, {finding.path for finding in found if finding.file is None})
    return [
        finding if finding.file is not None else finding.replace(file=name, line=_line(text, offsets[finding.path]))
        for finding in found
    ]


def line_of(text: str, path: str) -> int:
    """The line of one path (`$.phases[0].tasks[2].status`)."""
    return _line(text, _offsets(text, {path})[path])


def first_fault(text: str, check: Callable[[str], object]) -> tuple[str, int] | None:
    """(what, line) of the first key that stands twice in one object, or the first word that `check` refuses."""
    seen: set[str] = set()
    for path, at in _values(text):
        if path in seen:
            return f"the key {_last_key(path)} {TWICE}", _line(text, at)
        seen.add(path)
        if text[at] not in '"[{':
            try:
                check(text[at : _end_of_word(text, at)])
            except ValueError as error:
                return str(error), _line(text, at)
    return None


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _offsets(text: str, wanted: set[str]) -> dict[str, int]:
    """Where each path, or the nearest thing above it that is there, begins; one walk for all of them."""
    lines: dict[str, int] = {}
    chains = {path: [path, *_above(path)] for path in wanted}
    watched = {step for chain in chains.values() for step in chain}
    for path, at in _values(text):
        if path in watched:
            lines.setdefault(path, at)
            if len(lines) == len(watched):
                break
    return {path: next((lines[step] for step in chain if step in lines), 0) for path, chain in chains.items()}


def _above(path: str) -> Iterator[str]:
    """Every shorter path: what ends before a `.` or a `[`; where that cuts a quoted key, it is the path of nothing."""
    for end in range(len(path) - 1, 0, -1):
        if path[end] in ".[":
            yield path[:end]


def _last_key(path: str) -> str:
    cut = max(path.rfind("."), path.rfind("["))
    return repr(path[cut + 1 :].strip("]'"))


def _values(text: str) -> Iterator[tuple[str, int]]:
    """(path, offset) of every value, in order; without recursion. Stops where the text makes no sense."""
    containers: list[_Container] = []
    path, at = "$", _skip(text, 0)
    while at < len(text):
        letter, inside = text[at], containers[-1] if containers else None
        if letter in "]}":
            if inside is None:
                return
            containers.pop()
            at += 1
        elif inside is not None and inside.wants_key:
            end = _end_of_string(text, at)
            path = key_path(inside.path, _key(text[at:end]))
            inside.wants_key = False
            at = end
        else:
            if inside is not None and not inside.is_object:
                path = f"{inside.path}[{inside.count}]"
                inside.count += 1
            elif inside is not None:
                inside.wants_key = True
            yield path, at
            if letter in "[{":
                containers.append(_Container(path, letter == "{"))
                at += 1
            else:
                at = _end_of_string(text, at) if letter == '"' else _end_of_word(text, at)
        at = _skip(text, at)


class _Container:
    """An object or a list that the walk is inside of."""

    def __init__(self, path: str, is_object: bool) -> None:
        self.path = path
        self.is_object = is_object
        self.wants_key = is_object
        self.count = 0


def _key(quoted: str) -> str:
    """The key as the finding's path has it; as it stands, where it is no proper text."""
    if "\\" not in quoted:
        return quoted[1:-1]
    try:
        return str(loads(quoted))
    except ValueError:
        return quoted[1:-1]


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BETWEEN:
        at += 1
    return at


def _end_of_word(text: str, at: int) -> int:
    at += 1
    while at < len(text) and text[at] not in _ENDS:
        at += 1
    return at


def _end_of_string(text: str, at: int) -> int:
    while (at := text.find('"', at + 1)) >= 0:
        before = at - 1
        while text[before] == "\\":
            before -= 1
        if (at - before) % 2:
            return at + 1
    return len(text)
