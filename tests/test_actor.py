"""Who did it: named once, asked from git once, and an agent is never a person."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from infrastructure import actor
from tests.e2e.conftest import WT, Project
from tests.projects import PLAN, demo_project, journal_of

AGENT = {"CLAUDECODE": "1"}


def who_did_it(project: Project) -> str:
    return str(json.loads(journal_of(project).read_text(encoding="utf-8").strip().splitlines()[-1])["actor"])


@pytest.fixture
def repository(tmp_path: Path) -> Project:
    """A project in git, whose user is called Dana."""
    for command in (["init", "-q", "."], ["config", "user.name", "Dana"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    project = demo_project(tmp_path)
    del project.env["WT_ACTOR"]
    return project


@pytest.mark.parametrize(
    ("options", "env", "recorded"),
    [
        ([], {}, "Dana"),
        ([], {"WT_ACTOR": "lee"}, "lee"),
        (["--actor", "kim"], {"WT_ACTOR": "lee"}, "kim"),
        ([], AGENT, "Dana via agent"),
        ([], AGENT | {"WT_ACTOR": "lee"}, "lee via agent"),
        (["--actor", "kim"], AGENT | {"WT_ACTOR": "lee"}, "kim via agent"),
        ([], {"CLAUDE_CODE_CHILD_SESSION": "1"}, "Dana via agent"),
        ([], AGENT | {"WT_ACTOR": "lee via agent"}, "lee via agent"),
        (["--actor", "two\nlines"], {}, "two lines"),
    ],
)
def test_the_journal_says_who_did_it(
    repository: Project, options: list[str], env: dict[str, str], recorded: str
) -> None:
    done = repository.say("note on 1.1: careful", *options, env=env)
    assert done.code == 0, done
    assert who_did_it(repository) == recorded
    assert repository.task("1.1")["notes"][-1]["by"] == recorded


def test_what_an_agent_gives_to_me_is_given_to_the_person_it_works_for(repository: Project) -> None:
    assert repository.say("assign 1.1 to me", env=AGENT).code == 0
    assert repository.task("1.1")["assignee"] == "Dana"


def test_a_clone_in_which_nothing_was_written_yet_records_its_user_from_the_first_commit_on(
    repository: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("clone")
    subprocess.run(["git", "init", "-q", "."], cwd=folder, check=True)
    subprocess.run(["git", "config", "user.name", "Lee"], cwd=folder, check=True)
    (folder / "docs/plans").mkdir(parents=True)
    (folder / PLAN).write_bytes((repository.folder / PLAN).read_bytes())
    clone = Project(folder)
    del clone.env["WT_ACTOR"]
    clone.do("note on 1.1: careful")
    assert who_did_it(clone) == "Lee"


def test_where_there_is_no_git_it_is_the_login_name(tmp_path: Path) -> None:
    assert actor.name(None, str(tmp_path), {"USER": "sam"}) == "sam"
    assert actor.name(None, str(tmp_path), {}) == "someone"
    assert list(tmp_path.iterdir()) == []


# --- no ordinary sentence starts a process -----------------------------------------------------------------------------


def processes(project: Project, sentence: str, folder: Path) -> int:
    """How many programs a sentence starts, counted by the interpreter itself."""
    counter = folder / "count.py"
    counter.write_text(
        "import runpy, sys\n"
        "started = []\n"
        "names = ('subprocess.Popen', 'os.exec', 'os.fork', 'os.forkpty', 'os.posix_spawn', 'os.spawn', 'os.system')\n"
        "sys.addaudithook(lambda event, _: started.append(event) if event in names else None)\n"
        "import os\n"
        "os._exit = sys.exit\n"
        f"sys.path[0] = {os.path.dirname(WT)!r}\n"
        "try: runpy.run_path(sys.argv.pop(1), run_name='__main__')\n"
        "except SystemExit as done: code = done.code\n"
        "print(f'started {sum(event == names[0] for event in started) or len(started)}', file=sys.stderr)\n"
        "sys.exit(code)\n"
    )
    done = project.process(["python3", str(counter), WT, sentence])
    assert done.code == 0, done
    return int(done.err.rpartition("started ")[2])


def test_git_is_asked_once_and_no_ordinary_sentence_starts_a_process(
    repository: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("count")
    (repository.folder / ".ecw/state/actor").unlink(missing_ok=True)
    assert processes(repository, "show progress", folder) == 1, "the counter counts nothing"
    sentences = ("show progress", "what is next?", "complete 1.1", "note on 1.2: careful", "assign 1.2 to me", "undo")
    assert {sentence: processes(repository, sentence, folder) for sentence in sentences} == dict.fromkeys(sentences, 0)
    assert (repository.folder / ".ecw/state/actor").read_text() == "Dana"
