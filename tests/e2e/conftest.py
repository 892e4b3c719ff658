"""The program in a project of its own: as a process where that is the point, else in this one."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from infrastructure import router

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WT = str(ROOT / "scripts" / "wt.py")
NOW = "2026-01-05T09:00:00Z"
FOREIGN = ("WT_", "XDG_", "CLAUDE", "GIT_", "PYTHON", "COLUMNS", "LINES", "FORCE_COLOR", "NO_COLOR", "COMP_", "_WT_")


class Done(NamedTuple):
    """How a run of the program ended."""

    code: int
    out: str
    err: str

    @property
    def reply(self) -> dict[str, Any]:  # Any: a JSON object
        return dict(json.loads(self.out))


class Project:
    """A folder with `wt` in reach."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {key: value for key, value in os.environ.items() if not key.startswith(FOREIGN)}
        self.env |= {
            "WT_NOW": NOW,
            "WT_ACTOR": "alex",
            "NO_COLOR": "1",
            "HOME": str(folder),
            "USER": "alex",
            "TERM": "xterm",
        }

    # --- running ---------------------------------------------------------------------------------------------------------

    def wt(self, *arguments: str, **how: Any) -> Done:  # Any: what `process` takes
        """The program as a process of its own."""
        return self.process([sys.executable, WT, *arguments], **how)

    def process(self, command: list[str], *, env: dict[str, str] | None = None, cwd: Path | None = None) -> Done:
        done = subprocess.run(
            command,
            cwd=cwd or self.folder,
            env=self.env | (env or {}),
            capture_output=True,
            text=True,
            encoding="utf-8",
            stdin=subprocess.DEVNULL,
            timeout=60,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    def say(self, *arguments: str, env: dict[str, str] | None = None) -> Done:
        """The program in this process: the same way from the command line to the exit code, without a start."""
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in "12")
        with self._entered(env or {}), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = router.main(arguments)
        texts = [stream.buffer.getvalue().decode() for stream in (out, err)]  # type: ignore[attr-defined]  # a BytesIO, as made above
        return Done(code, *texts)

    @contextlib.contextmanager
    def _entered(self, env: dict[str, str]) -> Iterator[None]:
        before, folder = dict(os.environ), os.getcwd()
        os.environ.clear()
        os.environ.update(self.env | env)
        os.chdir(self.folder)
        try:
            yield
        finally:
            os.chdir(folder)
            os.environ.clear()
            os.environ.update(before)

    def json(self, *arguments: str) -> dict[str, Any]:  # Any: a JSON object
        return self.say("--json", *arguments).reply

    def do(self, *sentences: str) -> None:
        for sentence in sentences:
            done = self.say(sentence)
            assert done.code == 0, (sentence, done)

    # --- looking ---------------------------------------------------------------------------------------------------------

    def path(self, name: str) -> Path:
        return self.folder / "docs" / "plans" / name

    def tracker(self, name: str = "demo") -> dict[str, Any]:  # Any: a JSON object
        return dict(json.loads(self.path(f"{name}.json").read_text(encoding="utf-8")))

    def task(self, id: str, name: str = "demo") -> dict[str, Any]:  # Any: a JSON object
        phase, number = map(int, id.split("."))
        row = next(p for p in self.tracker(name)["phases"] if p["number"] == phase)
        return dict(next(t for t in row["tasks"] if t["number"] == number))

    def fingerprint(self) -> dict[str, str]:
        """Every file and folder of the project, with what it holds.

        But for the notes of what was done, how it went, and what waits for a person; and but for the user's own folder.
        """
        notes = {"operations.log", "healing.jsonl", "healing", "healing.lock", "consent-state.json", "consent.lock"}
        notes |= {"probes.json", "probes.lock", "disputes.json", "series.jsonl", "upkeep.jsonl"}
        found = [
            path
            for path in sorted(self.folder.rglob("*"))
            if not {*path.relative_to(self.folder).parts} & {*notes, ".local"}
        ]
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "" for path in found}

    def copied_to(self, folder: Path) -> Project:
        shutil.copytree(self.folder, folder, dirs_exist_ok=True, symlinks=True)
        return Project(folder)


def empty_project(folder: Path) -> Project:
    """An `.ecw` folder makes it one."""
    (folder / ".ecw").mkdir()
    return Project(folder)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return empty_project(tmp_path)


@pytest.fixture(scope="session")
def made_demo(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = empty_project(tmp_path_factory.mktemp("demo"))
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


@pytest.fixture
def demo(made_demo: Project, tmp_path: Path) -> Project:
    """A small plan: two phases, three tasks, two subtasks."""
    return made_demo.copied_to(tmp_path)


@pytest.fixture(scope="session")
def made_handbook(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A plan read from Markdown in which every id exists that the phrases of the command table speak of."""
    project = empty_project(tmp_path_factory.mktemp("handbook"))
    for place in ("plans/old-plan.md", "orchard.md", "docs/roadmap.md"):
        (project.folder / place).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / "docs" / "sample-plan.md", project.folder / place)
    done = project.say("import", str(HERE / "plan.md"))
    assert done.code == 0, done
    project.do(
        "add an acceptance criterion to 1.4: every page has an owner",
        "add an acceptance criterion to 4.3: a guest sees nothing",
        "add an acceptance criterion to 4.3: an editor sees drafts",
        "4.3 depends on 4.1",
        "5.3 depends on 5.1",
        "6.2 depends on 6.1",
        "attach evidence to 1.1: orchard.md",
        "attach evidence to 5.3: docs/roadmap.md",
        "cancel 6.4",
        "block 4.4 because the vendor is late",
        "block 3.2 because the disk is full",
    )
    return project


@pytest.fixture
def handbook(made_handbook: Project, tmp_path: Path) -> Project:
    return made_handbook.copied_to(tmp_path)


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Python without a single package."""
    folder = tmp_path_factory.mktemp("bare") / "venv"
    venv.create(folder, with_pip=False)
    return str(folder / "bin" / "python")
