"""The pre-commit hook, the GitHub action and the examples: read as their programs read them, and run."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from infrastructure.router import SUBCOMMANDS, read_arguments
from tests.e2e.conftest import WT, Project
from tests.projects import demo_project
from tests.repositories import ENVIRONMENT

ROOT = Path(__file__).parent.parent
Document = dict[str, Any]  # Any: YAML as parsed
EXPRESSION = re.compile(r"\$\{\{\s*([\w.-]+)\s*\}\}")


def read(name: str) -> Any:  # Any: YAML as parsed
    return YAML(typ="safe").load(ROOT / name)


# --- the hook -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def hook() -> Document:
    (only,) = read(".pre-commit-hooks.yaml")
    return dict(only)


def test_the_entry_of_the_hook_is_a_program_and_a_subcommand_that_exist(hook: Document) -> None:
    program, *words = hook["entry"].split()
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert program in scripts
    assert read_arguments(words).words[0] in SUBCOMMANDS
    assert (hook["language"], hook["pass_filenames"]) == ("python", False)


def test_the_hook_runs_when_a_tracker_or_its_page_changes(hook: Document, tmp_path: Path) -> None:
    wanted = re.compile(hook["files"])
    project = demo_project(tmp_path)
    files = [str(path.relative_to(project.folder)) for path in (project.folder / "docs/plans").iterdir()]
    assert sorted(files) == ["docs/plans/demo.json", "docs/plans/demo.md"]
    assert all(map(wanted.search, files))
    for other in (
        "src/docs/plans/demo.json",
        "docs/plans.json",
        "docs/plans/old/demo.json",
        "README.md",
        "docs/plans/a.txt",
    ):
        assert not wanted.search(other), other


def test_pre_commit_accepts_a_sound_tracker_and_refuses_an_edited_page(hook: Document, tmp_path: Path) -> None:
    """The real pre-commit, where it is installed; the hook as it stands, but for where its program is."""
    if importlib.util.find_spec("pre_commit") is None:
        pytest.skip("pre-commit is not installed")
    project = demo_project(tmp_path)
    entry = hook["entry"].replace("wt", f"{sys.executable} {WT}", 1)
    local = {"repo": "local", "hooks": [hook | {"language": "system", "entry": entry}]}
    (project.folder / ".pre-commit-config.yaml").write_text(json.dumps({"repos": [local]}))
    env = ENVIRONMENT | {"PRE_COMMIT_HOME": str(tmp_path / "cache")}

    def committed() -> bool:
        project.process(["git", "add", "-A"], env=env)
        return project.process([sys.executable, "-m", "pre_commit", "run"], env=env).code == 0

    project.process(["git", "init", "-q"], env=env)
    assert committed()
    page = project.path("demo.md")
    page.write_text(page.read_text().replace("Lay bricks", "Lay stones"))
    assert not committed()


# --- the action ---------------------------------------------------------------------------------------------------------


class Action:
    """The composite action as a runner carries it out, but for installing wt."""

    def __init__(self, folder: Path, project: Project) -> None:
        self.document = read("action.yml")
        self._project = project
        self._files = {name: folder / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        program = folder / "wt/bin/wt"
        program.parent.mkdir(parents=True)
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{WT}" "$@"\n')
        program.chmod(0o755)
        self._env = project.env | {name: str(path) for name, path in self._files.items()} | {"RUNNER_TEMP": str(folder)}

    def run(self, **inputs: str) -> tuple[int, str]:
        """(exit code, standard output) of the step that validates."""
        step = self.document["runs"]["steps"][-1]
        given = {name: row["default"] for name, row in self.document["inputs"].items()} | inputs
        env = {
            name: EXPRESSION.sub(lambda match: given[match[1].partition(".")[2]], value)
            for name, value in step["env"].items()
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self._project.folder,
            env=self._env | env,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert "bash:" not in done.stderr, done.stderr
        return done.returncode, done.stdout

    def said(self, name: str) -> str:
        return self._files[name].read_text() if self._files[name].exists() else ""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "project").mkdir()
    return demo_project(tmp_path / "project")


@pytest.fixture
def action(tmp_path: Path, project: Project) -> Action:
    return Action(tmp_path / "runner", project)


def test_a_sound_project_passes_the_action(action: Action) -> None:
    assert action.run() == (0, "wt: docs/plans/demo.json is valid.\n")
    assert action.said("GITHUB_STEP_SUMMARY") == "### wt validate\n\n    docs/plans/demo.json is valid.\n"
    assert action.said("GITHUB_OUTPUT") == ""


def test_an_edited_page_fails_the_action_with_an_annotation(action: Action, project: Project) -> None:
    page = project.path("demo.md")
    page.write_text(page.read_text().replace("Lay bricks", "Lay stones"))
    sarif = str(project.folder / "wt.sarif")
    code, out = action.run(sarif=sarif)
    assert code == 1
    assert out.startswith("::error file=docs/plans/demo.md,line=13,title=wt page.edited::")
    assert "    docs/plans/demo.md:13: error page.edited" in action.said("GITHUB_STEP_SUMMARY")
    assert action.said("GITHUB_OUTPUT") == f"sarif={sarif}\n"
    assert len(json.loads(Path(sarif).read_text())["runs"][0]["results"]) == 1


def test_warnings_fail_the_action_only_when_it_is_strict(action: Action, project: Project) -> None:
    project.do("mark 1.1 complete")
    assert action.run()[0] == 0
    assert action.run(strict="true")[0] == 1


def test_an_input_is_never_a_command_or_an_option(action: Action, project: Project) -> None:
    for paths in ('$(touch x)"; touch x; "', "--help\n--version", "`touch x`"):
        assert action.run(paths=paths)[0] == 2
    assert action.run(paths="docs/plans\ndemo\n")[0] == 0
    assert not (project.folder / "x").exists()


def test_no_expression_stands_inside_a_script_of_the_action() -> None:
    steps = read("action.yml")["runs"]["steps"]
    assert [step["shell"] for step in steps] == ["bash", "bash"]
    assert not any("${{" in step["run"] for step in steps)


# --- the examples -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schema", "name"), [("vendor.github-actions", "action.yml"), ("vendor.github-workflows", "docs/examples/wt.yml")]
)
def test_github_would_accept_the_file(schema: str, name: str) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(ROOT / name)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=os.environ)
    assert done.returncode == 0, done.stdout


def test_the_examples_use_inputs_and_hooks_that_exist(hook: Document) -> None:
    steps = read("docs/examples/wt.yml")["jobs"]["validate"]["steps"]
    (used,) = [step for step in steps if "ecw-work-tracker" in step["uses"]]
    assert set(used["with"]) <= set(read("action.yml")["inputs"])
    (repo,) = read("docs/examples/pre-commit-config.yaml")["repos"]
    assert [row["id"] for row in repo["hooks"]] == [hook["id"]]
