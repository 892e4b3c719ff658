"""Ctrl-C: at once, with 130, and the old state stays."""

from __future__ import annotations

import fcntl
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import WT, Project

LOCKS = Path("/proc/locks")


@pytest.fixture(autouse=True)
def heard() -> Iterator[None]:
    """A shell starts what runs in its background deaf to Ctrl-C, and children inherit that; a handler is not inherited."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(not LOCKS.exists(), reason="only Linux tells who waits for a lock")
def test_ctrl_c_while_waiting_for_the_lock_leaves_at_once(demo: Project) -> None:
    before = demo.path("demo.json").read_bytes(), demo.path("demo.md").read_bytes()
    with (demo.folder / ".ecw" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        child = subprocess.Popen(
            [sys.executable, WT, "complete 1.2"],
            cwd=demo.folder,
            env=demo.env | {"WT_LOCK_TIMEOUT": "60"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background job ignores it
        )
        until_it_waits(child)
        asked = time.monotonic()
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=30)
    assert child.returncode == 130 and time.monotonic() - asked < 5
    assert (out, err) == (b"", b"")
    assert (demo.path("demo.json").read_bytes(), demo.path("demo.md").read_bytes()) == before
    assert [path.name for path in demo.path("").iterdir() if path.name.startswith(".")] == []
    assert demo.say("complete 1.2").code == 0


def until_it_waits(child: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while not any("->" in line and f" {child.pid} " in line for line in LOCKS.read_text().splitlines()):
        assert child.poll() is None and time.monotonic() < deadline, "it never waited for the lock"
