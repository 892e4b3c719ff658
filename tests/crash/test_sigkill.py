"""The real program on a real disk, killed by the kernel at every system call that changes a file (strace delivers the signal)."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crash.test_every_call import BROKEN, LATER, WAYS, cut, made, plans, sound  # noqa: F401  # a fixture
from tests.e2e.conftest import WT, Done, Project

Figure = Callable[[str, float], None]
CALLS = "write,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,ftruncate,pwrite64,fchmod,flock"


def traced(project: Project, words: tuple[str, ...], *how: str) -> Done:
    command = ["strace", "-f", "-qq", "-e", f"trace={CALLS}", *how, sys.executable, "-B", WT, *words]
    return project.process(command, env=LATER)


@pytest.fixture(scope="module", autouse=True)
def strace(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Skipped where there is no strace, or where it may not trace."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    done = subprocess.run(["strace", "-qq", "-e", "trace=none", "true"], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("strace may not trace here")


def shapes(files: dict[str, bytes]) -> dict[str, bytes]:
    """Trackers without what is drawn by chance in every run."""
    return {name: re.sub(rb'"uid":"[^"]*"', b"", raw) for name, raw in files.items()}


CASES = [
    *(
        pytest.param(words, sound, id=name, marks=[] if name == "a change" else pytest.mark.slow)
        for name, words in WAYS.items()
    ),
    *(pytest.param(words, cut, id=name, marks=pytest.mark.slow) for name, words in BROKEN.items()),
]


@pytest.mark.parametrize(("words", "spoil"), CASES)
def test_killed_at_any_system_call_the_old_state_stands_or_the_new_one(
    made: Path,  # noqa: F811  # the fixture
    tmp_path: Path,
    words: tuple[str, ...],
    spoil: Callable[[Project], object],
    figure: Figure,
) -> None:
    def fresh() -> Project:
        shutil.rmtree(tmp_path / "here", ignore_errors=True)
        shutil.copytree(made, tmp_path / "here")
        spoil(Project(tmp_path / "here"))
        return Project(tmp_path / "here")

    project = fresh()
    old = plans(project)
    assert traced(project, words, "-o", str(tmp_path / "trace")).code == 0
    new = shapes(plans(project))
    nth: Counter[str] = Counter()
    for line in (tmp_path / "trace").read_text().splitlines():
        call = line.split(None, 1)[1].partition("(")[0]
        nth[call] += 1
        project = fresh()
        done = traced(project, words, "-o", "/dev/null", "-e", f"inject={call}:signal=KILL:when={nth[call]}")
        assert done.code != 0, line
        allowed = [new] if done.out else [shapes(old), new, shapes(plans(Project(made)))]
        assert shapes(plans(project)) in allowed, line
        if project.path("demo.json").exists():
            assert project.say("--tracker", "demo", "note on 1.1: after", env=LATER).code == 0, line
    figure("system calls at which the kernel killed the program", nth.total())
