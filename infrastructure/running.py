"""Commands of a project, run within limits: no shell, no terminal, a deadline for the whole process group."""

from __future__ import annotations

import hashlib
import os
import select
import signal
import subprocess
import time

from domain.record import Record
from infrastructure.git import environment as without_git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import IO

MOST_OUTPUT = 64 << 20  # bytes; who says more is stopped
TAIL = 16 << 10  # bytes that are kept of it
LOOK_EVERY = 0.05  # seconds between looks at a command whose output somebody else holds open
INSIDE = "WT_INSIDE_CHECK"  # tells a `wt` inside a check that it is one


class Ran(Record):
    """How a command ended: `code` is None when it was stopped or could not start, `why` then says so."""

    code: int | None
    out: bytes = b""  # its last bytes, standard output and error as they came
    sha256: str = ""  # of all of them
    duration_ms: int = 0
    why: str = ""


def environment(env: Mapping[str, str]) -> dict[str, str]:
    """What a command is given: no settings of ours, nothing that turns git elsewhere."""
    return {key: value for key, value in without_git(env).items() if not key.startswith("WT_")} | {INSIDE: "1"}


def run(
    argv: Sequence[str],
    cwd: str,
    *,
    timeout: float,
    env: Mapping[str, str],
    own: Mapping[str, str] | None = None,
    most_output: int = MOST_OUTPUT,
) -> Ran:
    """Run a command to its end, the deadline or the limit of output; nothing of its process group outlives it.

    `own` are variables that this command alone is given.
    """
    started = time.monotonic()
    try:
        child = subprocess.Popen(
            argv,
            cwd=cwd,
            env=environment(env) | dict(own or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a group of its own, and no terminal to answer our questions from
        )
    except (OSError, ValueError) as error:
        return Ran(None, why=f"cannot be started: {(getattr(error, 'strerror', None) or str(error)).lower()}")
    heard = _Heard(most_output)
    try:
        why = heard.listen(child, started + timeout)
        code = child.poll()
    finally:
        _end(child)
    took = round((time.monotonic() - started) * 1000)
    if why:
        return heard.ran(None, took, f"stopped after {timeout:g} s" if why == "late" else "stopped: it said too much")
    return heard.ran(child.wait() if code is None else code, took, "")


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the group, the command itself included."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # nobody is left (macOS says the second)
        pass
    child.wait()
    if child.stdout is not None:
        child.stdout.close()


class _Heard:
    """What a command says: all of it hashed, its end kept."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = 0
        self._hash = hashlib.sha256()
        self._tail = b""

    def listen(self, child: subprocess.Popen[bytes], deadline: float) -> str:
        """Until the command has ended. Returns `late` or `loud` when it has to be stopped."""
        assert child.stdout is not None
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                return "late"
            has_ended = child.poll() is not None
            if not select.select([child.stdout], [], [], 0 if has_ended else min(left, LOOK_EVERY))[0]:
                if has_ended:
                    return ""  # somebody else holds the other end; the command itself is done
                continue
            if not self._take(child.stdout):
                return self._wait(child, deadline)
            if self._size > self._most:
                return "loud"

    def _take(self, stream: IO[bytes]) -> bytes:
        part = os.read(stream.fileno(), 1 << 16)
        self._size += len(part)
        self._hash.update(part)
        self._tail = (self._tail + part)[-TAIL:]
        return part

    @staticmethod
    def _wait(child: subprocess.Popen[bytes], deadline: float) -> str:
        """It has closed its output, and may go on without."""
        try:
            child.wait(max(deadline - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            return "late"
        return ""

    def ran(self, code: int | None, duration_ms: int, why: str) -> Ran:
        return Ran(code, self._tail, self._hash.hexdigest(), duration_ms, why)
