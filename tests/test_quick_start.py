"""The file that makes a start quicker: it changes nothing but the time, and whatever is wrong with it, wt runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SAID = (
    "import sys; print([type(sys.modules[n].__spec__.loader).__name__ for n in ('domain.tracker', 'domain.commands')])"
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The program in a folder of its own, so that its `__pycache__` is ours."""
    for name in ("domain", "infrastructure", "scripts"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / ".ecw").mkdir()
    wt(tmp_path, "init", "Demo")
    return tmp_path


def wt(copy: Path, *words: str, python: tuple[str, ...] = (), **env: str) -> str:
    done = subprocess.run(
        [sys.executable, *python, str(copy / "scripts" / "wt.py"), *words],
        cwd=copy,
        env={"PATH": os.environ["PATH"], "HOME": str(copy), "WT_ACTOR": "alex", **env},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )
    assert done.returncode == 0, done
    return done.stdout


def kept(copy: Path) -> list[Path]:
    return sorted((copy / "infrastructure" / "__pycache__").glob("start-*.bin*"))


def loaders(copy: Path, sentence: str) -> str:
    """By what the modules of a sentence were loaded."""
    code = (
        f"import os, runpy, sys; os._exit = lambda code: None; sys.argv = ['wt', {sentence!r}]\n"
        f"runpy.run_path({str(copy / 'scripts' / 'wt.py')!r}, run_name='__main__')\n{SAID}"
    )
    env = {"PATH": os.environ["PATH"], "HOME": str(copy), "WT_ACTOR": "alex"}
    done = subprocess.run([sys.executable, "-c", code], cwd=copy, env=env, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1]


def test_the_second_start_takes_its_modules_from_the_file(copy: Path) -> None:
    first = wt(copy, "show progress")
    [file] = kept(copy)
    written = file.stat().st_ino
    assert wt(copy, "show progress") == first
    assert file.stat().st_ino == written, "nothing new, so nothing is written"
    assert loaders(copy, "show progress") == "['QuickStart', 'QuickStart']"


def test_a_module_that_changed_is_read_anew(copy: Path) -> None:
    wt(copy, "show progress")
    tracker = copy / "domain" / "tracker.py"
    tracker.write_text(tracker.read_text() + "\n# changed\n")
    assert loaders(copy, "show progress") == "['SourceFileLoader', 'QuickStart']"
    assert loaders(copy, "show progress") == "['QuickStart', 'QuickStart']", "and written down for the next start"


@pytest.mark.parametrize("garbage", [b"", b"x", b"\0" * 8, b"\xff" * 64, b"i\x05\0\0\0" + (5).to_bytes(8, "little")])
def test_a_file_that_is_not_whole_is_written_anew(copy: Path, garbage: bytes) -> None:
    first = wt(copy, "show progress")
    [path] = kept(copy)
    path.write_bytes(garbage)
    assert wt(copy, "show progress") == first
    assert path.stat().st_size > 10_000


def test_python_that_may_write_no_bytecode_writes_none(copy: Path) -> None:
    for path in kept(copy):
        path.unlink()
    wt(copy, "show progress", PYTHONDONTWRITEBYTECODE="1")
    wt(copy, "show progress", python=("-O",))
    assert kept(copy) == []


def test_a_folder_that_cannot_be_written_is_no_reason_to_fail(copy: Path) -> None:
    cache = copy / "infrastructure" / "__pycache__"
    shutil.rmtree(cache)
    cache.write_text("a file where the folder should be")
    assert wt(copy, "show progress").startswith("Overall progress")
