"""Playbooks as YAML files, wt's own and the project's: decoded with the line of everything, safely."""

from __future__ import annotations

import os

import yaml

from domain.errors import WtError
from domain.playbooks import shipped  # noqa: F401  # declares those written in Python
from domain.playbooks.escalation import load as load_rules
from domain.playbooks.loading import Library, Problem, Source, library, load
from domain.playbooks.playbook import REGISTERED
from infrastructure.atomic import read_file
from infrastructure.digests import digest
from infrastructure.project import OWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.playbooks.escalation import Rule
    from domain.playbooks.playbook import Playbook

FOLDER = f"{OWN}/playbooks"
ENDINGS = (".yaml", ".yml")
LARGEST = 1 << 16  # bytes of one file
MOST_FILES, MOST_NODES, DEEPEST = 200, 5000, 20
ESCALATION = "escalation.yaml"
SHIPPED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "shipped")


class _Loader(yaml.SafeLoader):
    """Plain values only. Dates stay text: nothing here is reckoned with them."""


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in rows if not tag.endswith(":timestamp")]
    for letter, rows in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class _Unreadable(ValueError):
    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


def read(root: str) -> Library:
    """All playbooks of a project; what is wrong with a file is told, and the others are used."""
    known, broken = _shipped()
    sources, refused = _sources(os.path.join(root, FOLDER), FOLDER)
    return library(known, sources, [*broken, *refused])


def built_in() -> Library:
    """Those that wt brings along."""
    known, broken = _shipped()
    return library(known, (), broken)


def escalation(root: str) -> tuple[tuple[Rule, ...], tuple[Problem, ...]]:
    """The escalation rules in force, wt's own and the project's; what is wrong with a rule is told."""
    own, refused = _own_rules(root)
    rules, problems = load_rules([shipped_rules(), *own])
    return rules, (*refused, *problems)


def shipped_rules() -> Source:
    return source(os.path.join(SHIPPED, "escalation", ESCALATION), "built in")


def _own_rules(root: str) -> tuple[list[Source], list[Problem]]:
    path, origin = os.path.join(root, OWN, ESCALATION), f"{OWN}/{ESCALATION}"
    if not os.path.lexists(path):
        return [], []
    try:
        return [source(path, origin)], []
    except _Unreadable as error:
        return [], [Problem(origin, error.line, error.reason)]
    except WtError as error:
        return [], [Problem(origin, 1, error.message)]


def _shipped() -> tuple[list[Playbook], list[Problem]]:
    sources, refused = _sources(SHIPPED, "built in")
    read = [load(source) for source in sources]
    problems = [*refused, *(problem for _, wrong in read for problem in wrong)]
    return [*REGISTERED.values(), *(found for found, _ in read if found)], problems


def _sources(folder: str, shown: str) -> tuple[list[Source], list[Problem]]:
    sources, refused = [], []
    for name in _names(folder):
        path = os.path.join(folder, name)
        origin = f"{shown}/{name}" if shown == FOLDER else shown
        try:
            sources.append(source(path, origin))
        except _Unreadable as error:
            refused.append(Problem(origin, error.line, error.reason))
        except WtError as error:
            refused.append(Problem(origin, 1, error.message))
    return sources, refused


def _names(folder: str) -> list[str]:
    try:
        return sorted(name for name in os.listdir(folder) if name.endswith(ENDINGS))[:MOST_FILES]
    except OSError:
        return []


def source(path: str, origin: str) -> Source:
    """A file, decoded. Raises _Unreadable for what is no YAML that is taken here, NotFound, Unavailable."""
    raw, _ = read_file(path, origin, LARGEST)
    return decoded(raw, origin)


def decoded(raw: bytes, origin: str) -> Source:
    """What a file holds, decoded. Raises _Unreadable."""
    try:
        text = raw.decode("utf-8-sig")
        node = yaml.compose(text, _Loader)
        if node is None:
            raise _Unreadable(1, "the file is empty")
        lines = _Walk().lines(node)
        data = _Loader("").construct_document(node)
    except UnicodeDecodeError:
        raise _Unreadable(1, "this is not UTF-8") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise _Unreadable(line, f"this is not YAML: {error.problem}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        if isinstance(error, _Unreadable):
            raise
        raise _Unreadable(1, "this is not YAML") from None
    return Source(origin, data, lines, digest(raw))


class _Walk:
    """Over every value of a file, once; raises _Unreadable for what a playbook never needs and a trap may hold."""

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self._lines: dict[str, int] = {}

    def lines(self, node: yaml.Node) -> dict[str, int]:
        """path -> line, from 1."""
        self._visit(node, "", 1)
        return self._lines

    def _visit(self, node: yaml.Node, path: str, depth: int) -> None:
        line = node.start_mark.line + 1
        if id(node) in self._seen:
            raise _Unreadable(line, "aliases are not taken: write it out")
        self._seen.add(id(node))
        if depth > DEEPEST or len(self._seen) > MOST_NODES:
            raise _Unreadable(line, "this holds too much for a playbook")
        self._lines[path] = line
        if isinstance(node, yaml.MappingNode):
            self._mapping(node, path, depth)
        elif isinstance(node, yaml.SequenceNode):
            for at, row in enumerate(node.value):
                self._visit(row, f"{path}[{at}]", depth + 1)

    def _mapping(self, node: yaml.MappingNode, path: str, depth: int) -> None:
        keys: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in keys:
                raise _Unreadable(key.start_mark.line + 1, f"the key {name} stands twice")
            keys.add(name)
            self._visit(value, f"{path}.{name}" if path else name, depth + 1)
