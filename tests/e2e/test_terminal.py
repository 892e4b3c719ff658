"""What people see: the program on a pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import subprocess
import sys
import termios

import pytest

from infrastructure.console import width
from tests.e2e.conftest import WT, Project

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


class Screen:
    """What a run on a terminal wrote, and its exit code."""

    def __init__(self, text: str, code: int) -> None:
        self.text = text
        self.code = code
        self.lines = ESCAPE.sub("", text).splitlines()

    @property
    def coloured(self) -> bool:
        return bool(ESCAPE.search(self.text))


def on_a_terminal(
    project: Project, *arguments: str, columns: int = 80, typed: str = "", env: dict[str, str] | None = None
) -> Screen:
    """Run on a terminal of this width; an empty `typed` is the end of input."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    given = (
        {key: value for key, value in project.env.items() if key != "NO_COLOR"}
        | {"TERM": "xterm-256color"}
        | (env or {})
    )
    child = subprocess.Popen(
        [sys.executable, WT, *arguments], cwd=project.folder, env=given, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    os.write(ours, typed.encode() or b"\x04")
    text = read_all(ours)
    os.close(ours)
    return Screen(text.replace("\r\n", "\n"), child.wait(30))


def read_all(fd: int) -> str:
    """Until the other side is closed, which Linux tells as an error."""
    parts = []
    while True:
        try:
            part = os.read(fd, 1 << 16)
        except OSError:
            part = b""
        if not part:
            return b"".join(parts).decode()
        parts.append(part)


@pytest.fixture
def long(demo: Project) -> Project:
    """Titles longer than a terminal is wide, and every column in use."""
    demo.do(
        "complete 1.2",
        'add phase "A phase whose title is so long that no terminal of eighty columns has a place for all of it"',
        "add task to phase 3: A task whose title is so long that no terminal of eighty columns has room for it, with 日本語 in it",
        "block 3.1 because the vendor is late",
        "set the priority of 2.1 to critical",
        "2.1 is due 2026-02-01",
        "assign 2.1 to dana",
        "label 2.1 api",
    )
    return demo


def test_progress_on_a_terminal_has_bars_colours_and_the_first_line_of_the_guide(long: Project) -> None:
    screen = on_a_terminal(long, "show progress")
    assert screen.coloured and "━" in screen.text
    assert screen.lines[0] == "Overall progress: 25%"
    assert [line.rsplit("%")[0][-3:] for line in screen.lines[1:4]] == [" 50", "  0", "  0"]


@pytest.mark.parametrize("columns", [40, 60, 80, 100, 200])
@pytest.mark.parametrize("sentence", ["show progress", "list", "show 2.1", "what is blocked?", "next", "help"])
def test_nothing_that_is_laid_out_is_wider_than_the_terminal(long: Project, sentence: str, columns: int) -> None:
    screen = on_a_terminal(long, sentence, columns=columns)
    assert screen.code == 0
    running = {
        screen.lines[0],
        *(line for line in screen.lines if line.endswith(".")),
    }  # sentences: the terminal breaks them
    assert [line for line in screen.lines if width(line) > columns and line not in running] == []


def test_ids_dates_and_states_are_never_broken(long: Project) -> None:
    lines = on_a_terminal(long, "list").lines
    assert lines[1].split() == ["Id", "Task", "Status", "Priority", "Assignee", "Due", "Labels"]
    assert next(line for line in lines if line.startswith("2.1")).split() == [
        "2.1",
        "Inspect",
        "pending",
        "critical",
        "dana",
        "2026-02-01",
        "api",
    ]


def test_a_table_too_narrow_for_columns_is_stacked(long: Project) -> None:
    lines = on_a_terminal(long, "list", columns=50).lines
    assert lines[lines.index("2.1 Inspect") + 1] == "  pending · critical · dana · 2026-02-01 · api"


def test_the_width_may_be_said(long: Project) -> None:
    wide = on_a_terminal(long, "show progress", env={"COLUMNS": "160"})
    assert max(map(width, wide.lines)) > 120


def test_errors_on_a_terminal_are_red_and_two_lines(demo: Project) -> None:
    screen = on_a_terminal(demo, "complete 9.9")
    assert screen.code == 3 and "\x1b[31m" in screen.text
    assert len(screen.lines) == 2


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"NO_COLOR": "1", "FORCE_COLOR": "1"}])
@pytest.mark.parametrize("sentence", ["show progress", "list", "frobnicate"])
def test_no_colour_means_not_one_escape(demo: Project, env: dict[str, str], sentence: str) -> None:
    assert "\x1b" not in on_a_terminal(demo, sentence, env=env).text


def test_no_colour_still_keeps_to_the_width(long: Project) -> None:
    lines = on_a_terminal(long, "show progress", env={"NO_COLOR": "1"}).lines
    assert max(map(width, lines)) <= 80 and lines[0] == "Overall progress: 25%"


def test_colour_can_be_forced_off_a_terminal(demo: Project) -> None:
    done = demo.wt("show progress", env={"NO_COLOR": "", "FORCE_COLOR": "1"})
    assert "\x1b[" in done.out
    assert "\x1b[" in demo.wt("frobnicate", env={"NO_COLOR": "", "FORCE_COLOR": "1"}).err


def test_json_on_a_terminal_is_json(demo: Project) -> None:
    screen = on_a_terminal(demo, "--json", "show progress")
    assert not screen.coloured and len(screen.lines) == 1


def test_a_status_in_somebodys_title_is_not_coloured(demo: Project) -> None:
    demo.do("rename 1.1 to blocked")
    assert "\x1b[31m" not in on_a_terminal(demo, "list").text


# --- asking back -----------------------------------------------------------------------------------------------------


@pytest.fixture
def fences(demo: Project) -> Project:
    demo.do("add task to phase 2: Paint fence")
    return demo


@pytest.mark.parametrize("answer", ["2", "2.2"])
def test_an_ambiguous_sentence_may_be_answered_at_once(fences: Project, answer: str) -> None:
    screen = on_a_terminal(fences, "start the paint task", typed=f"{answer}\n")
    assert screen.code == 0
    assert "  1. 1.2 Paint walls" in screen.lines and "  2. 2.2 Paint fence" in screen.lines
    assert [fences.task("1.2")["status"], fences.task("2.2")["status"]] == ["pending", "in_progress"]


@pytest.mark.parametrize("answer", ["", "\n", "7\n", "no\n", "1.1\n"])
def test_no_answer_changes_nothing(fences: Project, answer: str) -> None:
    before = fences.path("demo.json").read_bytes()
    screen = on_a_terminal(fences, "start the paint task", typed=answer)
    assert screen.code == 2 and screen.lines[-1].endswith("Nothing was chosen, so nothing was changed.")
    assert fences.path("demo.json").read_bytes() == before


@pytest.mark.parametrize("sentence", ["if 1.1 is done complete 1.2", "frobnicate", "don't complete 1.2"])
def test_only_an_ambiguous_sentence_is_asked_about(fences: Project, sentence: str) -> None:
    screen = on_a_terminal(fences, sentence)
    assert screen.code == 2 and "Which one?" not in screen.text


def test_programs_are_never_asked(fences: Project) -> None:
    assert "Which one?" not in on_a_terminal(fences, "--json", "start the paint task").text
