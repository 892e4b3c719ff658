"""What a probe is, and reading one that a project declares: every mistake of a declaration is told, with its key."""

from __future__ import annotations

from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

GROUPS = ("local-fs", "local-git", "journal", "machine", "tests", "ci", "remote", "human", "llm")
COSTS = ("cheap", "normal", "deep")
PROJECT, TASKS = "project", "tasks"
ABOUT = (PROJECT, TASKS)
BUILT_IN = "built in"
ID_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
ID_LIMIT = 40


class Probe(Record):
    """One look at reality. `claim` is what it agrees or disagrees with; `ttl` seconds halve the weight of a verdict."""

    id: str
    claim: str
    group: str  # of independence: all probes of one have one vote together
    about: str = PROJECT
    cost: str = "normal"
    veto: bool = False
    timeout: float = 10.0
    ttl: float = 3600.0
    reliability: float = 0.8  # as declared, until it is measured
    minimum: int = 0  # of things it must have looked at to know anything
    command: str | None = None
    setup: str | None = None  # a command that makes what the probe needs, in its own folder
    inject: str | None = None  # a command that makes the claim false, for the self-test
    origin: str = BUILT_IN


def _text(value: object) -> str | None:
    return None if isinstance(value, str) and value.strip() and "\n" not in value else "must be one line of text"


def _command(value: object) -> str | None:
    import shlex

    if wrong := _text(value):
        return wrong
    try:
        return None if shlex.split(str(value)) else "must name a program"
    except ValueError:
        return "has a quote that does not end"


def _id(value: object) -> str | None:
    fits = isinstance(value, str) and 0 < len(value) <= ID_LIMIT and ID_LETTERS.issuperset(value)
    return None if fits else f"must be at most {ID_LIMIT} of a-z, 0-9 and -"


def _flag(value: object) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"


class _Number:
    def __init__(self, least: float, most: float) -> None:
        self._least = least
        self._most = most

    def __call__(self, value: object) -> str | None:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if is_number and self._least <= value <= self._most:  # type: ignore[operator]  # a number by the test before
            return None
        return f"must be a number from {self._least:g} to {self._most:g}"


class _OneOf:
    def __init__(self, *allowed: str) -> None:
        self._allowed = allowed

    def __call__(self, value: object) -> str | None:
        return None if value in self._allowed else f"must be one of {', '.join(self._allowed)}"


KEYS: dict[str, Callable[[object], str | None]] = {
    "id": _id,
    "claim": _text,
    "command": _command,
    "group": _OneOf(*GROUPS),
    "cost": _OneOf(*COSTS),
    "veto": _flag,
    "timeout": _Number(0.1, 3600),
    "ttl": _Number(1, 31_536_000),
    "reliability": _Number(0.5, 1),
    "minimum": _Number(0, 1_000_000),
    "setup": _command,
    "inject": _command,
}
REQUIRED = ("id", "claim", "command", "group")


def mistakes(document: object) -> Iterator[tuple[str, str]]:
    """(key, what is wrong with it) of a declared probe, all of them."""
    if not isinstance(document, dict):
        yield "", "a probe must be a list of keys and values"
        return
    for key in REQUIRED:
        if key not in document:
            yield "", f"{key} is missing"
    for key, value in document.items():
        check = KEYS.get(key)
        if check is None:
            yield str(key), f"there is no key {key!r}{_nearest(str(key))}"
        elif wrong := check(value):
            yield key, f"{key} {wrong}"
    if document.get("veto") is True and document.get("group") == "llm":
        yield "veto", "an opinion of a language model has no veto"


def _nearest(key: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(key, KEYS, 1)
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(KEYS)}"


def probe_from(document: Mapping[str, Any], origin: str) -> Probe:
    """The probe of a declaration without mistakes (its values have been checked by key)."""
    return Probe(origin=origin, **document)
