"""The one dependency rule, and the purity of the domain; each guard is shown to see a planted violation."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Highest first: a room imports only rooms below it, or its own package.
ROOMS = (
    "service attempt reply dashboard playbooks self_healing enforcement language adoption view commands plan_reading ports probes proof recovery history merge rule_book rules"
    " entries edits shape tracker letters errors record"
).split()
OUTSIDE = frozenset(
    "os io pathlib shutil tempfile subprocess socket signal time datetime random secrets logging sqlite3 threading urllib fcntl".split()
)
CALLS = frozenset("open print input exec eval __import__ breakpoint".split())
ALLOWED: dict[str, frozenset[str]] = {
    "domain.commands": frozenset(["__import__"]),  # loads the one file that declares the command of the sentence
    # Public constructors name a clock, chance or sleep as default argument; the code calls only what it was given.
    "domain.self_healing.circuit": frozenset(["time"]),
    "domain.self_healing.dispatcher": frozenset(["time"]),
    "domain.self_healing.executor": frozenset(["time", "random"]),
    "domain.self_healing.knowledge": frozenset(["time"]),
    "domain.self_healing.monitor": frozenset(["time"]),
    "domain.self_healing.retry": frozenset(["time"]),
}


def modules(package: str) -> list[tuple[str, ast.Module]]:
    found = []
    for path in sorted((ROOT / package).rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        found.append((name, ast.parse(path.read_text(encoding="utf-8"))))
    assert found, f"no modules below {package}: the guard would guard nothing"
    return found


def imports(tree: ast.Module) -> list[str]:
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level:
            names.append("." * node.level + (node.module or ""))
    return names


def room(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if parts[0] == "domain" and len(parts) > 1 else None


def layer_violations(found: list[tuple[str, ast.Module]]) -> list[str]:
    wrong = []
    for name, tree in found:
        here = room(name)
        for imported in imports(tree):
            there = room(imported)
            if imported.startswith("."):
                wrong.append(f"{name} imports relatively")
            elif name.startswith("domain") and imported.split(".")[0] in ("infrastructure", "scripts"):
                wrong.append(f"{name} imports {imported}")
            elif here and there in ROOMS and here != there and ROOMS.index(there) < ROOMS.index(here):
                wrong.append(f"{name} imports {imported}, which lies above it")
    return wrong


def purity_violations(found: list[tuple[str, ast.Module]]) -> list[str]:
    wrong = []
    for name, tree in found:
        outside = OUTSIDE - ALLOWED.get(name, frozenset())
        wrong += [f"{name} imports {imported}" for imported in imports(tree) if imported.split(".")[0] in outside]
        for node in ast.walk(tree):
            forbidden = CALLS - ALLOWED.get(name, frozenset())
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in forbidden:
                wrong.append(f"{name} calls {node.func.id}")
    return wrong


def test_no_room_of_the_domain_imports_upward() -> None:
    assert layer_violations(modules("domain")) == []


def test_every_room_of_the_domain_is_in_the_list() -> None:
    assert {room(name) for name, _ in modules("domain")} - {None} <= set(ROOMS)


def test_the_domain_touches_no_clock_file_or_environment() -> None:
    assert purity_violations(modules("domain")) == []


@pytest.mark.parametrize(
    "planted",
    [
        "from infrastructure.codec import encode",
        "import infrastructure",
        "from domain.service import WorkTracker",
        "from . import record",
        "def late():\n    from domain.view import page",
    ],
)
def test_the_layer_guard_sees_a_planted_import(planted: str) -> None:
    assert layer_violations([("domain.tracker", ast.parse(planted))])


@pytest.mark.parametrize(
    "planted", ["import time", "from os import environ", "from datetime import datetime", "open('x')", "print('x')"]
)
def test_the_purity_guard_sees_a_planted_call(planted: str) -> None:
    assert purity_violations([("domain.tracker", ast.parse(planted))])


def broad_excepts(found: list[tuple[str, ast.Module]]) -> list[str]:
    caught = {"Exception", "BaseException"}
    return [
        name
        for name, tree in found
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in caught))
        and not any(isinstance(inner, ast.Raise) and inner.exc is None for inner in node.body)
    ]


def test_any_exception_is_caught_only_at_the_named_doors() -> None:
    assert set(broad_excepts(modules("domain") + modules("infrastructure"))) <= {
        "infrastructure.cli",  # the command line
        "infrastructure.router",
        "infrastructure.hooks",  # the hooks: a fault of ours stops no agent
        "domain.self_healing.dispatcher",
    }


def test_the_door_guard_sees_a_planted_catch() -> None:
    planted = "try:\n    pass\nexcept Exception:\n    pass"
    assert broad_excepts([("domain.tracker", ast.parse(planted))]) == ["domain.tracker"]


def writers(found: list[tuple[str, ast.Module]]) -> set[str]:
    """Modules that could write a file: O_WRONLY and friends, open() in a writing mode, os.rename, os.replace."""
    names = set()
    for name, tree in found:
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in (
                "O_WRONLY",
                "O_RDWR",
                "rename",
                "replace_file",
                "write_bytes",
                "write_text",
            ):
                names.add(name)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "open":
                modes = [a.value for a in node.args[1:2] if isinstance(a, ast.Constant)]
                if any(set("wax+") & set(str(mode)) for mode in modes):
                    names.add(name)
    return names


def test_only_two_modules_open_files_for_writing() -> None:
    """One replaces them whole; the other adds a line to a log that may lose it, which a read does, too.

    And the one that damages throw-away projects, which must share nothing with what is tested by that.
    """
    ours = {"infrastructure.atomic", "infrastructure.regular_files"}
    assert writers(modules("infrastructure")) == ours | {"infrastructure.selftest.clone"}


def test_the_writer_guard_sees_a_planted_writer() -> None:
    assert writers([("infrastructure.view", ast.parse("open(path, 'w')"))]) == {"infrastructure.view"}
