"""Every way to start the program, and what stands in the way: missing packages, foreign ones of the same name."""

from __future__ import annotations

import shutil
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from infrastructure import cli
from tests.e2e.conftest import ROOT, WT, Project

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_script_runs_from_any_folder(demo: Project, tmp_path_factory: pytest.TempPathFactory) -> None:
    link = tmp_path_factory.mktemp("bin") / "wt"
    link.symlink_to(WT)
    below = demo.folder / "src" / "deep"
    below.mkdir(parents=True)
    for command in ([sys.executable, WT], [sys.executable, str(link)]):
        assert demo.process([*command, "show progress"], cwd=below).out.startswith("Overall progress: 0%\n")


def test_the_package_runs_as_a_module(demo: Project) -> None:
    done = demo.process([sys.executable, "-m", "infrastructure", "show progress"], env={"PYTHONPATH": str(ROOT)})
    assert done.out.startswith("Overall progress: 0%\n")


def test_both_console_scripts_are_the_same_door() -> None:
    scripts = PYPROJECT["project"]["scripts"]
    assert set(scripts) == {"wt", "work-tracker"} and len(set(scripts.values())) == 1
    module, _, name = scripts["wt"].partition(":")
    assert callable(getattr(import_module(module), name))


def test_the_version_is_the_packages(project: Project) -> None:
    assert project.say("--version").out == f"wt {PYPROJECT['project']['version']}\n"
    assert cli.version() == PYPROJECT["project"]["version"]


# --- foreign packages ------------------------------------------------------------------------------------------------


@pytest.fixture
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with packages that bear our names."""
    folder = tmp_path_factory.mktemp("foreign")
    for name in ("domain", "scripts"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text("mine = 1\n")
    return folder


def test_a_foreign_package_on_the_path_does_not_get_in_the_way(demo: Project, foreign: Path) -> None:
    assert demo.wt("show progress", env={"PYTHONPATH": str(foreign)}).code == 0


def test_a_foreign_package_in_the_current_folder_does_not_get_in_the_way(demo: Project, foreign: Path) -> None:
    for name in ("domain", "scripts"):
        shutil.copytree(foreign / name, demo.folder / name)
    for command in ([sys.executable, WT], [sys.executable, "-m", "infrastructure"]):
        assert demo.process([*command, "show progress"], env={"PYTHONPATH": str(ROOT)}).code == 0


def test_a_foreign_package_that_came_first_gets_one_clear_line(demo: Project, foreign: Path) -> None:
    (foreign / "sitecustomize.py").write_text("import domain\n")
    done = demo.wt("show progress", env={"PYTHONPATH": str(foreign)})
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        f"wt cannot start: another package called 'domain' came first ({foreign / 'domain' / '__init__.py'})."
        " Install wt into a virtual environment of its own.\n"
    )


# --- without packages ------------------------------------------------------------------------------------------------


def test_sentences_need_no_package_at_all(project: Project, bare_python: str) -> None:
    for sentence in (
        'init "Demo"',
        "add phase Build",
        "add task to phase 1: Lay bricks",
        "complete 1.1",
        "show progress",
        "list",
        "help",
    ):
        assert project.process([bare_python, WT, sentence]).code == 0
    assert project.process([bare_python, WT, "--version"]).code == 0


@pytest.mark.parametrize(
    ("line", "package"),
    [("init Demo", "typer"), ("--help", "typer"), ("validate|", "jsonschema"), ("import plan.md|", "mistune")],
)
def test_a_missing_package_gets_one_clear_line_and_the_cure(
    demo: Project, bare_python: str, line: str, package: str
) -> None:
    (demo.folder / "plan.md").write_text("# Plan\n\n- [ ] do it\n")
    arguments = ["--", line[:-1]] if line.endswith("|") else line.split()  # as a sentence, or as a subcommand
    plain = demo.process([bare_python, WT, *arguments])
    assert (plain.code, plain.out) == (1, "")
    assert plain.err.splitlines() == [
        f"wt needs the Python package {package} for that, and it is not installed.",
        f"Install it: {bare_python} -m pip install {package}",
    ]
    told = demo.process([bare_python, WT, "--json", *arguments])
    assert (told.code, told.reply["outcome"]) == (1, "invalid")


def test_without_rich_a_terminal_gets_plain_text_and_the_cure(demo: Project, bare_python: str) -> None:
    done = demo.process([bare_python, WT, "show progress"], env={"NO_COLOR": "", "FORCE_COLOR": "1"})
    assert done.code == 0 and done.out.startswith("Overall progress: 0%\n")
    assert (
        f"! for colours and widths wt needs the package rich: {bare_python} -m pip install rich"
        in done.out.splitlines()
    )


def test_a_fault_of_our_own_is_two_lines_without_a_traceback(demo: Project) -> None:
    planted = "import domain.language as l\nl.interpret = None\nl.explain = None\n"
    (demo.folder / "sitecustomize.py").write_text(f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n{planted}")
    done = demo.wt("complete 1.2", env={"PYTHONPATH": str(demo.folder)})
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 2)
    assert done.err.startswith("wt met a fault of its own: TypeError: 'NoneType' object is not callable (")
