"""JSON path -> line number, for people who have to mend a file; read only when something is wrong with it."""

from __future__ import annotations

_SPACE = " \n\r\t"


def line_of(text: str, path: str) -> int:
    """The line (from 1) on which the value at `path` (`$.phases[0].tasks[2].status`) begins, or the nearest one above it."""
    at = _skip(text, 0)
    for step in _steps(path):
        inner = _index(text, at, step) if isinstance(step, int) else _key(text, at, step)
        if inner is None:
            break
        at = inner
    return text.count("\n", 0, at) + 1


def _steps(path: str) -> list[str | int]:
    steps: list[str | int] = []
    for part in path.removeprefix("$").replace("[", ".[").split("."):
        if part.startswith("["):
            steps.append(int(part[1:-1]))
        elif part:
            steps.append(part)
    return steps


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at


def _end_of_string(text: str, at: int) -> int:
    at += 1
    while text[at] != '"':
        at += 2 if text[at] == "\\" else 1
    return at + 1


def _end(text: str, at: int) -> int:
    """Where the value that begins at `at` ends; brackets are counted, so depth does not matter."""
    depth = 0
    while True:
        letter = text[at]
        if letter == '"':
            at = _end_of_string(text, at)
        elif letter in "[{":
            depth, at = depth + 1, at + 1
        elif letter in "]}":
            if not depth:
                return at
            depth, at = depth - 1, at + 1
        elif letter == "," and not depth:
            return at
        else:
            at += 1
            continue
        if not depth:
            return at


def _key(text: str, at: int, key: str) -> int | None:
    if text[at : at + 1] != "{":
        return None
    at = _skip(text, at + 1)
    while text[at] == '"':
        end = _end_of_string(text, at)
        name = text[at + 1 : end - 1]
        at = _skip(text, _skip(text, end) + 1)  # past the colon
        if name == key:
            return at
        at = _skip(text, _end(text, at))
        at = _skip(text, at + 1) if text[at] == "," else at
    return None


def _index(text: str, at: int, index: int) -> int | None:
    if text[at : at + 1] != "[":
        return None
    at = _skip(text, at + 1)
    while text[at] != "]":
        if not index:
            return at
        index -= 1
        at = _skip(text, _end(text, at))
        at = _skip(text, at + 1) if text[at] == "," else at
    return None
