"""The one door from the domain to the wiring: by name, in one function, for two callers."""

from __future__ import annotations

import ast
from pathlib import Path

DOMAIN = Path(__file__).resolve().parents[2] / "domain"


def names_the_wiring(source: str) -> list[str]:
    """Texts that name a module of the outer rooms, and where: what the look at import statements cannot see."""
    texts = [node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)]
    return [text for text in texts if isinstance(text, str) and text.startswith(("infrastructure", "scripts."))]


def uses_of_the_door(source: str) -> int:
    return sum(isinstance(node, ast.Name) and node.id == "composition_root" for node in ast.walk(ast.parse(source)))


def test_one_line_of_the_domain_names_the_composition_root() -> None:
    found = {
        str(path.relative_to(DOMAIN)): named
        for path in sorted(DOMAIN.rglob("*.py"))
        if (named := names_the_wiring(path.read_text(encoding="utf-8")))
    }
    assert found == {"self_healing/__init__.py": ["infrastructure.bootstrap"]}


def test_only_the_breaker_and_the_dispatcher_go_through_it() -> None:
    users = {
        str(path.relative_to(DOMAIN)): n for path in DOMAIN.rglob("*.py") if (n := uses_of_the_door(path.read_text()))
    }
    assert users == {"self_healing/circuit.py": 1, "self_healing/dispatcher.py": 1}


def test_the_guard_sees_a_planted_door() -> None:
    assert names_the_wiring("import_module('infrastructure.git')") == ["infrastructure.git"]
    assert uses_of_the_door("root = composition_root()") == 1
