"""What the hot path may import: counted, because counts do not depend on the machine."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LIMIT = 60
FORBIDDEN = frozenset(
    "re typing typer rich pydantic jsonschema mistune filelock platformdirs asyncio sqlite3 subprocess logging argparse dataclasses"
    " inspect pathlib tempfile json enum".split()
)
SENTENCES = (
    "show progress",
    "what is next?",
    "show 1.1",
    "list blocked tasks",
    "what is left in phase 1?",
    "mark 1.1 complete",
    "1.2 is done",
    "start 1.1 and assign 1.2 to dana",
    "block 1.1 because the vendor is late",
    "add task to phase 1: Write it down",
    "1.1 is due next friday",
    "check 1.1.1",
    "note on 1.1: careful",
    "attach evidence to 1.1: log.txt",
    "1.2 depends on 1.1",
    "move 1.2 to phase 2",
    "rename 1.1 to Better",
)
PROBE = """
import sys
before = set(sys.modules)
sys.argv = ["wt", *sys.argv[1:]]
import os
left = []
def leave(code):
    left.append(code)
    raise SystemExit(code)
os._exit = leave
sys.path[0] = {scripts!r}
with open({script!r}) as file:
    source = compile(file.read(), {script!r}, "exec")
own = set(sys.modules) - before
try:
    exec(source, {{"__name__": "__main__", "__file__": {script!r}}})
except SystemExit:
    pass
print("\\n" + " ".join(sorted(set(sys.modules) - before - own)), file=sys.stderr)
sys.exit(left[0] if left else 99)
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean virtual environment: no packages, no .pth files."""
    folder = tmp_path_factory.mktemp("clean") / "venv"
    venv.create(folder, with_pip=False)
    return folder / "bin" / "python"


@pytest.fixture(scope="module")
def plan(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plan")
    (folder / ".ecw").mkdir()
    for sentence in (
        'init "Demo"',
        "add phase Build",
        "add phase Test",
        "add task to phase 1: Lay bricks",
        "add task to phase 1: Paint walls",
        "add subtask to 1.1: Mix mortar",
    ):
        loaded(python, folder, sentence)
    return folder


def loaded(python: Path, folder: Path, sentence: str) -> set[str]:
    """The modules that a sentence loads beyond the bare interpreter."""
    script = str(ROOT / "scripts" / "wt.py")
    probe = PROBE.format(script=script, scripts=str(ROOT / "scripts"))
    done = subprocess.run(
        [str(python), "-c", probe, sentence],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "WT_ACTOR": "alex", "WT_NOW": "2026-01-05T09:00:00Z"},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, (sentence, done.stdout, done.stderr)
    return set(done.stderr.rsplit("\n", 2)[-2].split())


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_stays_inside_the_import_budget(python: Path, plan: Path, sentence: str) -> None:
    modules = loaded(python, plan, sentence)
    assert modules & FORBIDDEN == set()
    assert len(modules) <= LIMIT, sorted(modules)


def test_the_probe_sees_what_a_program_imports(python: Path, tmp_path: Path) -> None:
    probe = PROBE.format(script=str(tmp_path / "planted.py"), scripts=str(tmp_path))
    (tmp_path / "planted.py").write_text("import json\n")
    done = subprocess.run([str(python), "-c", probe], capture_output=True, text=True)
    assert {"json", "re"} <= set(done.stderr.split())
    assert sys.version_info >= (3, 11)
