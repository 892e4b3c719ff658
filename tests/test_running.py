"""Commands of a project run within limits: real processes, and what they leave behind."""

from __future__ import annotations

import hashlib
import os
import select
import sys
import time
from pathlib import Path

import pytest

from infrastructure import running
from infrastructure.running import Ran, run

ENV = {"PATH": os.environ["PATH"], "WT_ACTOR": "dana", "GIT_DIR": "/nowhere", "KEPT": "yes"}


def python(code: str, folder: Path, timeout: float = 20, **limits: int) -> Ran:
    return run([sys.executable, "-c", code], str(folder), timeout=timeout, env=ENV, **limits)


def is_running(pid: int) -> bool:
    """Whether it still runs some seconds later: a killed process dies when the kernel gets to it."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return False
    try:
        return not select.select([process], [], [], 5)[0]
    finally:
        os.close(process)


def test_a_command_ends_with_its_code_its_output_and_the_digest_of_it(tmp_path: Path) -> None:
    ran = python("import sys; print('out'); sys.stdout.flush(); print('err', file=sys.stderr); sys.exit(3)", tmp_path)
    assert (ran.code, ran.out, ran.why) == (3, b"out\nerr\n", "")
    assert ran.sha256 == hashlib.sha256(b"out\nerr\n").hexdigest()
    assert ran.duration_ms > 0


def test_only_the_end_of_a_long_output_is_kept_but_all_of_it_is_hashed(tmp_path: Path) -> None:
    ran = python("print('x' * 100_000); print('last')", tmp_path)
    whole = b"x" * 100_000 + b"\nlast\n"
    assert ran.out == whole[-running.TAIL :] and ran.sha256 == hashlib.sha256(whole).hexdigest()


def test_at_the_deadline_the_whole_group_is_killed(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time; child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    began = time.monotonic()
    ran = python(code, tmp_path, timeout=1.0)
    assert time.monotonic() - began < 10
    assert (ran.code, ran.why) == (None, "stopped after 1 s")
    assert not is_running(int(ran.out))


def test_nothing_that_a_command_started_outlives_it_and_nothing_of_it_is_waited_for(tmp_path: Path) -> None:
    code = "import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']).pid)"
    began = time.monotonic()
    ran = python(code, tmp_path)
    assert ran.code == 0 and time.monotonic() - began < 10
    assert not is_running(int(ran.out))


def test_a_command_that_closes_its_output_still_has_a_deadline(tmp_path: Path) -> None:
    ran = python("import os, time; os.close(1); os.close(2); time.sleep(60)", tmp_path, timeout=0.7)
    assert (ran.code, ran.why) == (None, "stopped after 0.7 s")


def test_a_command_that_says_too_much_is_stopped(tmp_path: Path) -> None:
    ran = python("while True: print('y' * 10_000)", tmp_path, most_output=1 << 20)
    assert (ran.code, ran.why) == (None, "stopped: it said too much")
    assert len(ran.out) == running.TAIL


def test_a_command_has_no_terminal_no_input_and_no_settings_of_ours(tmp_path: Path) -> None:
    code = (
        "import os, sys; print(sys.stdin.read() == '', sorted(k for k in os.environ if k[:3] in ('WT_', 'GIT') or k == 'KEPT'))\n"
        "try: os.open('/dev/tty', os.O_RDWR); print('terminal')\n"
        "except OSError: print('none')"
    )
    said = python(code, tmp_path).out.decode()
    assert "'WT_ACTOR'" not in said and "'GIT_DIR'" not in said
    assert said.startswith("True ") and "'KEPT'" in said and f"'{running.INSIDE}'" in said
    assert said.endswith("none\n")


@pytest.mark.parametrize("argv", [["no-such-program-here"], [""], ["/"], ["nul\0"]])
def test_what_cannot_be_started_is_said(argv: list[str], tmp_path: Path) -> None:
    ran = run(argv, str(tmp_path), timeout=5, env=ENV)
    assert ran.code is None and ran.why.startswith("cannot be started: ")


def test_a_command_killed_by_a_signal_did_not_end_well(tmp_path: Path) -> None:
    assert python("import os; os.kill(os.getpid(), 9)", tmp_path).code == -9
