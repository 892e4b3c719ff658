"""A person at a terminal who trusts what they are shown."""

from __future__ import annotations

from tests.e2e.conftest import Project
from tests.e2e.test_terminal import Screen, on_a_terminal


def answered(project: Project, answers: str, *arguments: str, env: dict[str, str] | None = None) -> Screen:
    """`wt` at a real terminal, with these answers typed."""
    return on_a_terminal(project, *(arguments or ("trust",)), typed=answers, env=env)


def trust_everything(project: Project) -> None:
    screen = answered(project, "yes\n" * 5)
    assert screen.code == 0, screen.text
