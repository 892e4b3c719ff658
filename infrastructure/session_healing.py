"""A quick look when a session begins or ends: what can be seen at once and made again is healed, the rest is named."""

from __future__ import annotations

import os
import select
import time

from domain.errors import WtError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

DEADLINE = 2.0  # seconds that a hook waits for it
LARGEST = 1 << 12  # bytes of what it says
LONGEST = 600  # characters of the context
SETTING = "heal_at_session"


def remark(root: str, folder: str, *, seconds: float = DEADLINE) -> str:
    """What was healed just now and what waits, in a line or two; empty when all is well, switched off or too slow.

    The work is done in a child process, which is ended at the deadline: whatever hangs, a hook does not.
    """
    if not _is_wanted(root) or not hasattr(os, "fork"):
        return ""
    said = in_a_child(lambda: _looked(folder), seconds)
    return said if len(said) <= LONGEST else f"{said[: LONGEST - 1]}…"


def _is_wanted(root: str) -> bool:
    from infrastructure.project import OWN, Configuration

    try:
        return os.path.isdir(os.path.join(root, OWN)) and bool(Configuration(root, os.environ)[SETTING])
    except WtError:
        return False  # settings that cannot be read are told by every command


def _looked(folder: str) -> str:
    from infrastructure import bootstrap
    from infrastructure.router import Invocation

    return told(bootstrap.session(Invocation(), cwd=folder).playbooks().heal_at_once("session"))


def told(report: Mapping[str, Any]) -> str:  # Any: plain values all through
    """The report of such a look as facts."""
    said = []
    if report["healed"]:
        said.append(f"wt has healed on the way: {', '.join(report['healed'])} (wt playbook history).")
    if report["left"]:
        said.append(f"There is more that wt heal is for: {', '.join(report['left'])}.")
    said += [f"Foreseen: {line}." for line in report["foreseen"]]
    return " ".join(said)


def in_a_child(work: Callable[[], str], seconds: float) -> str:
    """What the work comes to; empty when it failed, or was not done in time: then it is killed."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        _do(work, write)
    os.close(write)
    try:
        return _heard(read, time.monotonic() + seconds)
    finally:
        os.close(read)
        _end(child)


def _do(work: Callable[[], str], pipe: int) -> None:
    """In the child, which leaves without a word on anybody's output, and past everything that waits for an exit."""
    from domain.self_healing.dispatcher import caught
    from infrastructure.atomic import be_silent

    try:
        be_silent()
        done = caught(work)
        if done.result:
            os.write(pipe, done.result.encode(errors="replace")[:LARGEST])
    finally:
        os._exit(0)


def _heard(pipe: int, deadline: float) -> str:
    """Everything up to the end; nothing when the deadline comes before that."""
    heard = b""
    while (left := deadline - time.monotonic()) > 0 and select.select([pipe], [], [], left)[0]:
        part = os.read(pipe, LARGEST)
        if not part:
            return heard.decode(errors="replace")
        heard += part
    return ""


def _end(child: int) -> None:
    from signal import SIGKILL

    try:
        os.kill(child, SIGKILL)
    except ProcessLookupError:
        pass  # it is over already
    os.waitpid(child, 0)
