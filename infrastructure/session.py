"""Which session a command belongs to: the agent's, the terminal's, or that of this one process."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

AGENTS = ("CLAUDECODE", "CLAUDE_CODE_CHILD_SESSION")


def shows_an_agent(env: Mapping[str, str]) -> bool:
    """Whether a coding agent started this command."""
    return any(env.get(name) for name in AGENTS)


def session_id(env: Mapping[str, str]) -> str:
    """`CLAUDE_CODE_SESSION_ID`, else the terminal and when its leader started, else this process."""
    said = env.get("CLAUDE_CODE_SESSION_ID", "").strip()
    return said[:200] or _terminal() or f"process-{os.getpid()}-{_started_at(os.getpid())}"


def _terminal() -> str | None:
    """A terminal's number is given again after it was closed, its leader's start is not."""
    if not hasattr(os, "ttyname"):  # Windows
        return None
    for fd in (0, 1, 2):
        try:
            name = os.ttyname(fd)
        except OSError:
            continue
        leader = os.getsid(0)
        return f"{name.removeprefix('/dev/').replace('/', '-')}-{leader}-{_started_at(leader)}"
    return None


def _started_at(process: int) -> str:
    """Clock ticks from the start of the machine (proc(5), field 22); 0 where the system does not say."""
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return "0"
