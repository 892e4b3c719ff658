"""People, agents and terminals, as tests of consent need them."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from domain.language.answers import read
from infrastructure.consent_store import ConsentStore
from tests.e2e.conftest import WT, Done, Project
from tests.e2e.test_terminal import Screen, read_all

AGENT = {"CLAUDECODE": "1", "CLAUDE_CODE_SESSION_ID": "s1"}


def initiatives(project: Project) -> list[str]:
    return sorted(path.name for path in project.path("").glob("[0-9]*.json"))


def state_of(project: Project) -> dict[str, object]:
    return dict(json.loads((project.folder / ".ecw/consent-state.json").read_text(encoding="utf-8")))


def store_of(project: Project) -> ConsentStore:
    return ConsentStore(str(project.folder), keys=lambda: own_keys(project))


def own_keys(project: Project) -> str:
    """The user's own folder: the home of a test's project is the project."""
    return str(project.folder / ".local/share/ecw-work-tracker")


def person_says(project: Project, said: str, session: str = "s1") -> None:
    """What the hook records of a prompt that a person typed in the agent's session."""
    answer = read(said)
    assert answer is not None
    store_of(project).answer(answer, session=session, by="dana")


def as_agent(project: Project, *arguments: str, session: str = "s1") -> Done:
    return project.say(*arguments, env=AGENT | {"CLAUDE_CODE_SESSION_ID": session})


def in_one_terminal(project: Project, *runs: tuple[str, str], env: dict[str, str] | None = None) -> list[Screen]:
    """Several commands, one after the other, each with what is typed into it, at the same terminal of its own."""
    screens = []
    ours, theirs = os.openpty()
    given = project.env | (env or {})
    for sentence, typed in runs:
        child = subprocess.Popen(
            [sys.executable, WT, *sentence.split("|")],
            cwd=project.folder, env=given, stdin=theirs, stdout=theirs, stderr=theirs,
        )  # fmt: skip
        os.write(ours, typed.encode() or b"\x04")
        code = child.wait(30)
        os.set_blocking(ours, False)
        screens.append(Screen(read_all(ours).replace("\r\n", "\n"), code))
        os.set_blocking(ours, True)
    os.close(theirs)
    os.close(ours)
    return screens


def committed(project: Project, settings: str) -> None:
    """The settings as git's HEAD has them."""
    path = project.folder / ".ecw/config.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(settings)
    for command in ("init -q", "add -f .ecw/config.json", "-c user.name=d -c user.email=d@x commit -qm settings"):
        subprocess.run(["git", *command.split()], cwd=project.folder, env=project.env, check=True)
