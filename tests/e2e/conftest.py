"""The program as a process, in a project of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOW = "2026-01-05T09:00:00Z"


class Done(NamedTuple):
    """How a run of the program ended."""

    code: int
    out: str
    err: str

    @property
    def reply(self) -> dict[str, Any]:
        return dict(json.loads(self.out))


class Project:
    """A folder with `wt` in reach."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {key: value for key, value in os.environ.items() if not key.startswith(("WT_", "CLAUDE", "GIT_"))}
        self.env |= {"WT_NOW": NOW, "WT_ACTOR": "alex", "NO_COLOR": "1", "HOME": str(folder), "USER": "alex"}
        self.env.pop("FORCE_COLOR", None)

    def wt(self, *arguments: str, env: dict[str, str] | None = None, cwd: Path | None = None) -> Done:
        command = [sys.executable, str(ROOT / "scripts" / "wt.py"), *arguments]
        done = subprocess.run(
            command,
            cwd=cwd or self.folder,
            env=self.env | (env or {}),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=60,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    def json(self, *arguments: str) -> dict[str, Any]:
        return self.wt("--json", *arguments).reply

    def do(self, *sentences: str) -> None:
        for sentence in sentences:
            done = self.wt(sentence)
            assert done.code == 0, (sentence, done)

    def path(self, name: str) -> Path:
        return self.folder / "docs" / "plans" / name

    def tracker(self, name: str = "demo") -> dict[str, Any]:
        return dict(json.loads(self.path(f"{name}.json").read_text(encoding="utf-8")))

    def task(self, id: str, name: str = "demo") -> dict[str, Any]:
        phase, number = map(int, id.split("."))
        row = next(p for p in self.tracker(name)["phases"] if p["number"] == phase)
        return dict(next(t for t in row["tasks"] if t["number"] == number))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty project (an `.ecw` folder makes it one)."""
    (tmp_path / ".ecw").mkdir()
    return Project(tmp_path)


@pytest.fixture
def demo(project: Project) -> Project:
    """A small plan: two phases, three tasks, two subtasks."""
    project.do(
        'init "Demo"',
        "add phase Build",
        "add phase Test",
        "add task to phase 1: Lay bricks",
        "add task to phase 1: Paint walls",
        "add task to phase 2: Inspect",
        "add subtask to 1.1: Mix mortar",
        "add subtask to 1.1: Level the base",
    )
    return project
