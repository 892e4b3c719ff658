"""Which session a command belongs to: the same for what one person does in one place, another everywhere else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infrastructure.session import session_id, shows_an_agent
from tests.e2e.test_terminal import read_all

ROOT = Path(__file__).parent.parent
TELL = "import os; from infrastructure.session import session_id; print(session_id(os.environ))"
TWICE = f"import subprocess, sys; [subprocess.run([sys.executable, '-c', {TELL!r}]) for _ in range(2)]"


def on_a_terminal_of_its_own() -> list[str]:
    """What two processes, one after the other, are told below one leader."""
    ours, theirs = os.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", TWICE],
        cwd=ROOT,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        env={"PATH": os.environ["PATH"]},
    )
    os.close(theirs)
    told = read_all(ours).split()
    os.close(ours)
    assert child.wait(30) == 0
    return told


def test_the_agent_names_its_session() -> None:
    assert session_id({"CLAUDE_CODE_SESSION_ID": " abc "}) == "abc"


def test_commands_of_one_terminal_are_one_session_and_the_next_is_another() -> None:
    first, second = on_a_terminal_of_its_own(), on_a_terminal_of_its_own()
    assert len(first) == 2 and first[0] == first[1]
    assert first[0] != second[0], "the device may be the same, its leader is not"


def test_without_a_terminal_every_process_is_a_session() -> None:
    told = [
        subprocess.run(
            [sys.executable, "-c", TELL], cwd=ROOT, env={}, capture_output=True, text=True, stdin=subprocess.DEVNULL
        ).stdout
        for _ in range(2)
    ]
    assert all(each.startswith("process-") for each in told) and told[0] != told[1]


@pytest.mark.parametrize(
    ("env", "agent"),
    [
        ({"CLAUDECODE": "1"}, True),
        ({"CLAUDE_CODE_CHILD_SESSION": "1"}, True),
        ({"CLAUDECODE": ""}, False),
        ({"CLAUDE_CODE_SESSION_ID": "s1"}, False),
        ({}, False),
    ],
)
def test_an_agent_is_known_by_its_environment(env: dict[str, str], agent: bool) -> None:
    assert shows_an_agent(env) is agent
