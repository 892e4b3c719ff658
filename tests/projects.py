"""A small project that the program itself has made, for tests of what stands beside the tracker."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.conftest import Project, empty_project

PLAN = "docs/plans/demo.json"


def demo_project(folder: Path) -> Project:
    """Two phases, three tasks."""
    project = empty_project(folder)
    project.do(
        'init "Demo"',
        "add phase Build",
        "add phase Test",
        "add task to phase 1: Lay bricks",
        "add task to phase 1: Paint walls",
        "add task to phase 2: Inspect",
    )
    return project


def journal_of(project: Project) -> Path:
    return next((project.folder / ".ecw/journal").glob("*.jsonl"))


def snapshots_of(project: Project) -> list[Path]:
    return sorted((project.folder / ".ecw/backups").glob("*/*.json"))


def kept_in(project: Project) -> list[Path]:
    return sorted((project.folder / ".ecw/kept").glob("*"))


def memory_of(project: Project) -> Path:
    return project.folder / ".ecw/state" / PLAN.replace("/", "%2F")
