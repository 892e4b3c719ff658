"""git, called so that a repository cannot make it run anything: no hooks, no monitor, no pager, no prompt."""

from __future__ import annotations

import os

from domain.errors import Unavailable
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

SAFE = (
    "git",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.pager=cat",
    "-c",
    "protocol.ext.allow=never",
)
TIMEOUT = 30.0
HANDED_DOWN = ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_CEILING_DIRECTORIES")
"""What a caller may still say about git; GIT_DIR and its like would turn our calls to another repository."""


class Done(Record):
    """What a call of git came to."""

    code: int
    out: bytes
    said: str  # on standard error, its first line


class Unmerged(Record):
    """A path that git could not merge: the object of each side, None where a side does not have the file."""

    path: str
    base: str | None = None
    ours: str | None = None
    theirs: str | None = None


def environment(env: Mapping[str, str]) -> dict[str, str]:
    """The environment of every call: only our own repository, never a question, messages in one language."""
    kept = {name: value for name, value in env.items() if not name.startswith("GIT_") or name in HANDED_DOWN}
    return kept | {"GIT_TERMINAL_PROMPT": "0", "GIT_LITERAL_PATHSPECS": "1", "GIT_PAGER": "cat", "LC_ALL": "C"}


def run(folder: str, *arguments: str, timeout: float = TIMEOUT) -> Done:
    """Call git in a folder. Raises Unavailable when there is no git or it does not answer in time."""
    import subprocess

    command = [*SAFE, "-C", folder, *arguments]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            env=environment(os.environ),
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"git {arguments[0]} did not answer within {timeout:g} s.") from error
    except OSError as error:
        raise Unavailable("git is not installed, or cannot be run.") from error
    said = done.stderr.decode(errors="replace").strip().partition("\n")[0]
    return Done(done.returncode, done.stdout, said)


def output(folder: str, *arguments: str) -> bytes:
    """What git answers. Raises Unavailable with what it said when it could not do it."""
    done = run(folder, *arguments)
    if done.code:
        raise Unavailable(f"git {arguments[0]} failed: {done.said or f'exit code {done.code}'}.")
    return done.out


def text(folder: str, *arguments: str) -> str:
    return os.fsdecode(output(folder, *arguments)).removesuffix("\n")


def is_work_tree(folder: str) -> bool:
    """Whether the folder belongs to a working tree of git."""
    return run(folder, "rev-parse", "--is-inside-work-tree").out.strip() == b"true"


def path_in_repository(folder: str, name: str) -> str:
    """Where git keeps one of its own files for this working tree."""
    return os.path.join(folder, text(folder, "rev-parse", "--git-path", name))


def unmerged(folder: str) -> list[Unmerged]:
    """Regular files below the folder that a merge, a rebase or a cherry-pick left unmerged; paths from there."""
    sides = {"1": "base", "2": "ours", "3": "theirs"}
    found: dict[str, dict[str, str]] = {}
    for row in output(folder, "ls-files", "--unmerged", "-z").split(b"\0"):
        about, _, path = row.partition(b"\t")
        mode, name, stage = about.decode("ascii").split() if path else ("", "", "")
        if mode.startswith("100"):
            found.setdefault(os.fsdecode(path), {})[sides[stage]] = name
    return [Unmerged(path, **sides) for path, sides in found.items()]


def blob(folder: str, name: str) -> bytes:
    """The bytes of an object that git itself named."""
    return output(folder, "cat-file", "blob", name)


def is_tracked(folder: str, path: str) -> bool:
    """Whether git knows the file, merged or not."""
    return bool(output(folder, "ls-files", "-z", "--", path))


def add(folder: str, paths: list[str]) -> None:
    """Put these files, and nothing else, into the index: an unmerged one counts as resolved by that."""
    output(folder, "add", "--", *paths)


def config(folder: str, key: str) -> str | None:
    """A setting of this clone; None when it is not set."""
    done = run(folder, "config", "--local", "--get", key)
    return os.fsdecode(done.out).removesuffix("\n") if done.code == 0 else None


def set_config(folder: str, key: str, value: str) -> None:
    output(folder, "config", "--local", key, value)


def unset_config(folder: str, key: str) -> None:
    output(folder, "config", "--local", "--unset", key)
