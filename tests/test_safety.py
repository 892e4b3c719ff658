"""A hostile repository, input or environment: nothing is written outside, run, hung upon or shown raw.

The demands, and where each is proven: paths and links, pipes, sockets here; a tracker's bytes (strict JSON, sizes, depth, encodings) in
`test_bad_input.py`; Markdown in `test_view.py`; git here.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from domain.commands import COMMANDS
from domain.letters import has_hidden
from infrastructure import git
from infrastructure.journal import signed, verified
from infrastructure.merging import resolve
from tests.e2e.conftest import WT, Done, Project
from tests.projects import demo_project
from tests.repositories import ENVIRONMENT, Repository, renames

READS = ("show progress", "validate", "health", "history")
CHANGES = ("mark 1.1 complete", "undo", "sync")
SUBCOMMANDS = ("doctor", "doctor --fix", "restore")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = demo_project(tmp_path_factory.mktemp("demo"))
    project.do("note on 1.1: careful")
    return project


@pytest.fixture
def demo(made: Project, tmp_path: Path) -> Project:
    (tmp_path / "project").mkdir()
    return made.copied_to(tmp_path / "project")


@pytest.fixture
def outside(demo: Project) -> Path:
    """A folder that is not the project's, made like one that is."""
    folder = demo.folder.parent / "outside"
    for name in ("state", "journal", "plans", "backups"):
        (folder / name).mkdir(parents=True)
    for name in ("demo.json", "plans/demo.json", "file"):
        shutil.copy(demo.path("demo.json"), folder / name)
    return folder


def everything_in(folder: Path) -> dict[str, bytes | None]:
    """But for what a read may note under `.ecw/state` of the project itself."""
    found = {str(path.relative_to(folder)): path for path in folder.rglob("*")}
    return {
        name: path.read_bytes() if path.is_file() else None
        for name, path in found.items()
        if not name.startswith("project/.ecw/state/")
    }


def by_itself(project: Project, *words: str, env: dict[str, str] | None = None) -> Done:
    """As a process, which a pipe could hang; `timeout` is part of coreutils."""
    return project.process(["timeout", "10", sys.executable, WT, *words], env=env)


def no_fault(done: Done) -> None:
    assert done.code != 124, "it hung"
    assert "fault of its own" not in done.err, done.err
    assert len(done.err.splitlines()) <= 3, done.err


# --- links --------------------------------------------------------------------------------------------------------------


def away(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


OWN_FOLDERS = (".ecw", ".ecw/state", ".ecw/journal", ".ecw/backups", ".ecw/kept", ".ecw/state/healing")
PLACES = ("docs", "docs/plans")


@pytest.mark.parametrize("name", OWN_FOLDERS + PLACES)
def test_a_folder_that_leads_outside_is_not_followed(demo: Project, outside: Path, name: str) -> None:
    place = demo.folder / name
    away(place)
    place.symlink_to(outside)
    before = everything_in(outside)
    for words in (*READS, *CHANGES, *SUBCOMMANDS):
        done = demo.say(*(words.split() if words in SUBCOMMANDS else [words]))
        no_fault(done)
        assert done.code in (1, 2), (words, done)
        assert "symbolic link" in done.err or "outside this project" in done.err
    assert everything_in(outside) == before


@pytest.mark.parametrize(
    "name",
    [
        "docs/plans/demo.json",
        "docs/plans/demo.md",
        ".ecw/lock",
        ".ecw/.gitignore",
        "{state}",
        "{journal}",
        "{backup}",
        "{log}",
    ],
)
def test_a_file_that_leads_outside_is_neither_read_nor_written(demo: Project, outside: Path, name: str) -> None:
    place = named(demo, name)
    away(place)
    place.symlink_to(outside / "file")
    before = everything_in(outside)
    for words in (*READS, *CHANGES, *SUBCOMMANDS):
        no_fault(demo.say(*(words.split() if words in SUBCOMMANDS else [words])))
    assert everything_in(outside) == before


def named(project: Project, name: str) -> Path:
    """One of the files of a project; those with a name of their own are found by their folder."""
    folders = {
        "{state}": "state/*.json",
        "{journal}": "journal/*.jsonl",
        "{backup}": "backups/*/*.json",
        "{log}": "state/operations.log",
    }
    if name not in folders:
        return project.folder / name
    return next((project.folder / ".ecw").glob(folders[name]))


@pytest.mark.parametrize("wanted", ["../elsewhere", "/etc/passwd", "docs/../../elsewhere.json", "..", "link/elsewhere"])
def test_a_tracker_outside_the_project_is_refused_however_it_is_said(demo: Project, wanted: str) -> None:
    (demo.folder.parent / "elsewhere.json").write_bytes(demo.path("demo.json").read_bytes())
    (demo.folder / "link").symlink_to(demo.folder.parent)
    before = everything_in(demo.folder.parent)
    for done in (
        demo.say("--tracker", wanted, "mark 1.1 complete"),
        demo.say("mark 1.1 complete", env={"WT_TRACKER": wanted}),
        demo.say("validate", "--", wanted),
    ):
        assert done.code in (2, 3), done
        no_fault(done)
    assert everything_in(demo.folder.parent) == before


@pytest.mark.parametrize(
    "name", ["../escaped.json", "docs/../../escaped.json", "{outside}/escaped.json", "link/escaped.json"]
)
def test_a_journal_that_speaks_of_a_file_outside_brings_nothing_back_there(demo: Project, name: str) -> None:
    """As a hostile repository may hold one: the tracker it tells of was deleted, and could be proven."""
    name = name.format(outside=demo.folder.parent)
    (demo.folder / "link").symlink_to(demo.folder.parent)
    journal = named(demo, "{journal}")
    entries = [entry for line in journal.read_bytes().splitlines() if (entry := verified(line)) is not None]
    journal.write_text("".join(signed(entry.replace(file=name)) for entry in entries))
    (demo.folder / ".ecw/state" / name.replace("/", "%2F")).write_bytes(named(demo, "{state}").read_bytes())
    away(demo.path("demo.json"))
    before = everything_in(demo.folder.parent)
    for words in (
        ["show progress"],
        ["mark 1.1 complete"],
        ["sync"],
        ["doctor", "--fix"],
        ["restore"],
        ["restore", "3"],
    ):
        no_fault(demo.say(*words))
    after = everything_in(demo.folder.parent)
    assert {path for path in after if path not in before} <= {
        "project/docs/plans/demo.json",
        "project/docs/plans/demo.md",
    }
    assert not Path("{outside}/escaped.json").exists()


def test_a_linked_folder_of_snapshots_is_not_written_to(demo: Project, outside: Path) -> None:
    place = named(demo, "{backup}").parent
    away(place)
    place.symlink_to(outside)
    before = everything_in(outside)
    for words in (["mark 1.1 complete"], ["doctor", "--fix"], ["restore", "1"]):
        no_fault(demo.say(*words, env={"WT_NOW": "2026-01-06T09:00:00Z"}))
    assert everything_in(outside) == before


def test_the_setting_of_a_tracker_cannot_lead_outside_either(demo: Project) -> None:
    (demo.folder.parent / "elsewhere.json").write_bytes(demo.path("demo.json").read_bytes())
    (demo.folder / ".ecw/config.json").write_text(json.dumps({"tracker": "../elsewhere"}))
    done = demo.say("mark 1.1 complete")
    assert (done.code, done.out) == (2, "")
    assert "outside this project" in done.err


def test_a_page_that_is_a_link_to_a_file_of_the_project_is_not_written_through(demo: Project) -> None:
    other = demo.folder / "other.md"
    other.write_text("mine\n")
    demo.path("demo.md").unlink()
    demo.path("demo.md").symlink_to(other)
    assert demo.say("mark 1.1 complete").code == 6
    assert other.read_text() == "mine\n"
    assert demo.task("1.1")["status"] == "complete"


# --- what is no file ----------------------------------------------------------------------------------------------------


def a_socket(place: Path) -> None:
    here = os.getcwd()
    os.chdir(place.parent)  # the path of a socket must be short
    try:
        socket.socket(socket.AF_UNIX).bind(place.name)
    finally:
        os.chdir(here)


PIPED = ("docs/plans/demo.json", "docs/plans/demo.md", ".ecw/lock", ".ecw/config.json", ".ecw/state/actor")


@pytest.mark.parametrize("name", [*PIPED, "{log}", "{state}", "{journal}", "{backup}"])
def test_no_command_hangs_on_a_pipe(demo: Project, name: str) -> None:
    place = named(demo, name)
    away(place)
    os.mkfifo(place)
    del demo.env["WT_ACTOR"]  # so that it is looked up
    for words in (["mark 1.1 complete"], ["doctor", "--fix"]):
        no_fault(by_itself(demo, *words))


@pytest.mark.parametrize("name", [*PIPED, "{log}", "{state}", "{journal}", "{backup}"])
def test_a_socket_in_the_place_of_a_file_is_told_in_words(demo: Project, name: str) -> None:
    place = named(demo, name)
    away(place)
    a_socket(place)
    for words in (["show progress"], ["mark 1.1 complete"], ["validate"], ["doctor", "--fix"]):
        no_fault(demo.say(*words))


@pytest.mark.parametrize("name", [".ecw", ".ecw/state", ".ecw/journal", ".ecw/backups", "docs/plans", "docs"])
def test_a_file_in_the_place_of_a_folder_is_told_in_words(demo: Project, name: str) -> None:
    place = demo.folder / name
    away(place)
    place.write_text("in the way")
    for words in (["show progress"], ["mark 1.1 complete"], ["sync"], ["undo"], ["doctor"], ["doctor", "--fix"]):
        no_fault(demo.say(*words))
    assert place.read_text() == "in the way"


def test_what_is_kept_beside_the_tracker_is_for_its_owner_alone(demo: Project) -> None:
    own = demo.folder / ".ecw"
    for folder in (own / "state", own / "journal", *own.glob("backups/*")):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder
    assert stat.S_IMODE(named(demo, "{journal}").stat().st_mode) == 0o600


# --- terminals ----------------------------------------------------------------------------------------------------------

ACTS = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egpj.exe\u2066\u200b\x7f"
OURS = re.compile(r"\x1b\[[0-9;]*m")
TEXTS = ("title", "assignee", "description", "status_reason")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Every text of a tracker acts on a terminal, and so do its file's name and its people."""
    project = demo_project(tmp_path_factory.mktemp("hostile"))
    project.do(
        "block 1.2 because it is late", "note on 1.1: careful", "attach evidence to 1.1: log.txt", "assign 1.1 to dana"
    )
    project.do(
        "add an acceptance criterion to 1.1: it stands",
        "add subtask to 1.1: mortar",
        "label 1.1 with wet",
        "2.1 depends on 1.1",
    )
    document = project.tracker()
    _poison(document)
    project.path("demo.json").write_text(json.dumps(document))
    for path in (project.folder / ".ecw").glob("*/"):
        shutil.rmtree(path)
    project.path("demo.json").rename(project.path(f"a{ACTS}.json"))
    project.path("demo.md").unlink()
    project.env |= {"WT_ACTOR": f"eve{ACTS}"}
    return project


def _poison(value: Any) -> None:  # Any: JSON
    """Something that acts behind every text that a person wrote."""
    written = ("title", "overview", "description", "text", "assignee", "status_reason", "content", "by", "command")
    for key, below in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(below, (dict, list)):
            _poison(below)
        elif key in written and isinstance(below, str):
            value[key] = below + ACTS
    if isinstance(value, dict) and "labels" in value:
        value["labels"] = [label + ACTS for label in value["labels"]]


def questions() -> list[str]:
    minutes = ("self_test", "test_probes")  # on throw-away projects, not on this one
    reads = [spec.phrases[0] for name, spec in COMMANDS.items() if not spec.changes and name not in minutes]
    return [
        *reads,
        "show 1.1",
        "show 1.2",
        "list tasks",
        "who has 1.1?",
        "search bricks",
        f"show {ACTS}",
        f"complete {ACTS}",
        "show 99.9",
    ]


def test_the_hostile_tracker_is_read_and_its_texts_are_shown(hostile: Project) -> None:
    done = hostile.say("show 1.1")
    assert done.code == 0
    assert done.out.count("\\u001b]0;owned") >= 5, done.out


@pytest.mark.parametrize("text", questions())
@pytest.mark.parametrize(
    "env",
    [{}, {"FORCE_COLOR": "1", "NO_COLOR": ""}, {"COLUMNS": "30", "FORCE_COLOR": "1", "NO_COLOR": ""}],
    ids=["plain", "colours", "narrow"],
)
def test_nothing_a_tracker_holds_acts_on_a_terminal(hostile: Project, text: str, env: dict[str, str]) -> None:
    for options in ((), ("--verbose",), ("--json",), ("--explain",), ("--dry-run",)):
        done = hostile.say(text, *options, env=env)
        shown = OURS.sub("", done.out + done.err) if env else done.out + done.err
        assert not has_hidden(shown.replace("\n", "")), (options, text)


@pytest.mark.parametrize(
    "words",
    [["validate"], ["doctor"], ["restore"], ["validate", f"x{ACTS}.json"], [f"--{ACTS}"], ["import", f"no{ACTS}.md"]],
)
def test_no_subcommand_passes_on_what_acts_on_a_terminal(hostile: Project, words: list[str]) -> None:
    for options in ((), ("--json",)):
        done = hostile.say(*words, *options)
        assert not has_hidden((done.out + done.err).replace("\n", ""))


# --- git ----------------------------------------------------------------------------------------------------------------


def trapped(folder: Path) -> tuple[Repository, Path]:
    """A repository whose own settings would run a program at every turn; and the file that would tell of it."""
    repository = Repository.begun(folder / "project")
    repository.change(renames(1, "Renamed"))
    traces = folder / "traces"
    trap = folder / "trap"
    trap.write_text(f'#!/bin/sh\necho "$0 $*" >> "{traces}"\ncat\n')
    trap.chmod(0o755)
    hooks = folder / "hooks"
    hooks.mkdir()
    for hook in ("post-index-change", "reference-transaction", "pre-commit", "post-checkout", "pre-push", "post-merge"):
        shutil.copy(trap, hooks / hook)
        shutil.copy(trap, repository.path / ".git/hooks" / hook)
    settings = {
        "core.fsmonitor": trap,
        "core.hooksPath": hooks,
        "core.pager": trap,
        "core.editor": trap,
        "core.askPass": trap,
        "core.sshCommand": trap,
        "core.gitProxy": trap,
        "core.alternateRefsCommand": trap,
        "diff.external": trap,
        "diff.wt.textconv": trap,
        "diff.wt.command": trap,
        "filter.wt.clean": trap,
        "filter.wt.smudge": trap,
        "filter.wt.process": trap,
        "gpg.program": trap,
        "log.showSignature": "true",
        "credential.helper": trap,
        "interactive.diffFilter": trap,
        "sequence.editor": trap,
        "uploadpack.packObjectsHook": trap,
        "pager.log": trap,
        "pager.config": trap,
        **{
            f"alias.{word}": f"!{trap}"
            for word in ("log", "cat-file", "config", "ls-files", "rev-parse", "add", "status")
        },
    }
    for name, value in settings.items():
        with (repository.path / ".git/config").open("a") as config:
            section, _, key = name.rpartition(".")
            head, _, sub = section.partition(".")
            config.write(f"[{head}{f' {json.dumps(sub)}' if sub else ''}]\n\t{key} = {json.dumps(str(value))}\n")
    (repository.path / ".gitattributes").write_text("*.json diff=wt filter=wt\n*.md diff=wt filter=wt\n")
    return repository, traces


def test_the_trap_is_a_trap(tmp_path: Path) -> None:
    """git itself, called as people call it, walks into it."""
    repository, traces = trapped(tmp_path)
    (repository.path / "docs/plans/plan.json").write_text("{}")
    project = Project(repository.path)
    project.process(["git", "diff"], env=ENVIRONMENT)
    assert traces.exists()


def test_the_settings_of_a_repository_run_nothing(tmp_path: Path) -> None:
    repository, traces = trapped(tmp_path)
    project = Project(repository.path)
    project.env |= ENVIRONMENT
    del project.env["WT_ACTOR"]
    plan = repository.path / "docs/plans/plan.json"
    for words in (
        "show progress",
        "mark 1.1 complete",
        "history",
        "history of 1.1",
        "what changed today",
        "undo",
        "sync",
        "validate",
    ):
        assert project.say(words).code == 0, words
    plan.write_text("")
    for words in (["show progress"], ["doctor"], ["doctor", "--fix"], ["restore"]):
        no_fault(project.say(*words))
    assert not traces.exists(), traces.read_text()


def test_resolving_a_conflict_runs_nothing_of_the_repositorys(tmp_path: Path) -> None:
    repository, traces = trapped(tmp_path)
    plain = (repository.path / ".git/config").read_text()
    (repository.path / ".git/config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = false\n")
    (repository.path / ".gitattributes").unlink()
    shutil.rmtree(repository.path / ".git/hooks")
    repository.diverge(renames(1, "Ours"), renames(1, "Theirs"))
    repository.git("merge", "side", fails=True)
    (repository.path / ".git/config").write_text(plain)
    (repository.path / ".gitattributes").write_text("*.json diff=wt filter=wt\n*.md diff=wt filter=wt\n")
    root = str(repository.path)
    assert resolve(root, [], repository.trackers(), size_limit=1 << 24).exit_code == 0
    assert not traces.exists(), traces.read_text()
    (repository.path / ".git/config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = false\n")
    (repository.path / ".gitattributes").unlink()
    assert repository.unmerged() == []
    assert repository.staged() != []


def test_the_environment_cannot_turn_git_elsewhere_or_make_it_run_something(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = Repository.begun(tmp_path / "project")
    elsewhere = Repository.begun(tmp_path / "elsewhere")
    elsewhere.git("config", "user.name", "Mallory")
    repository.git("config", "user.name", "Dana")
    trap, traces = tmp_path / "trap", tmp_path / "traces"
    trap.write_text(f'#!/bin/sh\necho x >> "{traces}"\ncat\n')
    trap.chmod(0o755)
    hostile = {"GIT_DIR": str(elsewhere.path / ".git"), "GIT_WORK_TREE": str(elsewhere.path)}
    hostile |= {
        name: str(trap)
        for name in ("GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_EDITOR", "GIT_ASKPASS", "GIT_SSH_COMMAND", "PAGER")
    }
    hostile |= {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.fsmonitor", "GIT_CONFIG_VALUE_0": str(trap)}
    for name, value in hostile.items():
        monkeypatch.setenv(name, value)
    assert git.text(str(repository.path), "config", "user.name") == "Dana"
    assert git.text(str(repository.path), "rev-parse", "--show-toplevel") == os.path.realpath(repository.path)
    project = Project(repository.path)
    project.env |= hostile
    del project.env["WT_ACTOR"]
    project.do("mark 1.1 complete")
    assert (repository.path / ".ecw/state/actor").read_text() in ("Dana", "")
    assert not traces.exists()


@pytest.mark.parametrize("name", ["--upload-pack=touch x", "-n1", "--output=x", "a\nHEAD:docs/plans/plan.json"])
def test_a_path_is_never_an_option_or_a_second_question_to_git(tmp_path: Path, name: str) -> None:
    repository = Repository.begun(tmp_path / "project")
    assert git.versions(str(repository.path), name, 5) == []
    assert list(git.kept_versions(str(repository.path), name, 5)) == []
    assert not git.is_gone(str(repository.path), name)
    assert not git.is_tracked(str(repository.path), name)
    assert not (repository.path / "x").exists()


def test_every_call_of_git_goes_through_the_one_door() -> None:
    root = Path(git.__file__).parent.parent
    sources = [path for folder in ("domain", "infrastructure", "scripts") for path in (root / folder).rglob("*.py")]
    starting = [
        path for path in sources if re.search(r"subprocess|os\.(exec|spawn|posix_spawn|popen|system)", path.read_text())
    ]
    callers = {path for path in starting if '"git"' in path.read_text() or "SAFE" in path.read_text()}
    made_by_us = {path for path in callers if path.parent.name == "selftest" or path == root / "scripts" / "picture.py"}
    assert callers - made_by_us == {
        root / "infrastructure" / "git.py"
    }  # the others work on projects they made themselves


# --- the environment ----------------------------------------------------------------------------------------------------

NAMES = (
    "WT_TRACKER",
    "WT_ACTOR",
    "WT_NOW",
    "WT_LOCK_TIMEOUT",
    "WT_RETRY_MAX",
    "WT_RETRY_DELAY",
    "WT_CIRCUIT_THRESHOLD",
    "WT_CIRCUIT_TIMEOUT",
    "HOME",
    "XDG_CONFIG_HOME",
    "USER",
    "COLUMNS",
    "TERM",
    "LANG",
    "LC_ALL",
    "FORCE_COLOR",
)
VALUES = (
    ACTS,
    "-1",
    "nan",
    "inf",
    "1e999",
    "９",
    "x" * 5000,
    "../../..",
    "/dev/null",
    "\n\n::error::x",
    "%s%n{0}",
    " ",
)


@pytest.mark.parametrize("name", NAMES)
def test_no_value_of_the_environment_does_harm(demo: Project, name: str) -> None:
    before = everything_in(demo.folder.parent)
    for value in VALUES:
        done = demo.say("show progress", env={name: value})
        assert done.code in (0, 1, 2, 3), (value, done)
        assert "fault of its own" not in done.err, (value, done.err)
        assert not has_hidden((done.out + done.err).replace("\n", "")), (value, done)
        assert len(done.err) < 1000, (value, done.err)
    assert everything_in(demo.folder.parent) == before


# --- what is never used -------------------------------------------------------------------------------------------------


SAFE_OF_YAML = frozenset(
    "safe_load safe_dump compose SafeLoader YAMLError MarkedYAMLError Node MappingNode SequenceNode".split()
)


def test_no_text_of_a_repository_is_ever_run_as_python() -> None:
    """No pickle, no marshal, no eval, no template of a user's, YAML only safely: such a file could be a program."""
    root = Path(git.__file__).parent.parent
    never = re.compile(
        r"(?:import|from) (?:pickle|marshal|shelve|yaml|dill)\b|(?<![\w.])(eval|exec)\(|format_map|os\.system"
    )
    sources = [path for folder in ("domain", "infrastructure", "scripts") for path in (root / folder).rglob("*.py")]
    found = {path.name: match[0] for path in sources for match in never.finditer(path.read_text())}
    by_yaml = {path for path in sources if found.get(path.name, "").endswith("yaml")}
    used = {name for path in by_yaml for name in re.findall(r"\byaml\.(\w+)", path.read_text())}
    assert used <= SAFE_OF_YAML
    found = {name: text for name, text in found.items() if name not in {path.name for path in by_yaml}}
    assert found.keys() == {"start.py"}  # the program's own code, from the `__pycache__` of its own folder
    assert never.search("x = eval(text)") and never.search("import pickle")
