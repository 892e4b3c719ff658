"""The git hook `pre-commit` that checks the trackers of a commit; what stands there already runs on behind it."""

from __future__ import annotations

import os
import shlex

from domain.errors import Unavailable
from infrastructure import git
from infrastructure.atomic import Replacement, make_folder
from infrastructure.regular_files import read_file, why

NAME = "pre-commit"
BEGIN, END = b"# wt: begin", b"# wt: end"
SHELLS = (b"sh", b"bash", b"dash", b"zsh", b"ksh")
LIMIT = 1 << 20
FOREIGN = "The hook pre-commit is no shell script; add to it: wt validate"
ELSEWHERE = "core.hooksPath names another folder for hooks; add to the hook pre-commit there: wt validate"


def path_of(root: str) -> str:
    """Where git looks for the hook. Raises Unavailable."""
    common = git.output(root, "rev-parse", "--git-common-dir").decode(errors="replace").strip()
    return os.path.join(root, common, "hooks", NAME)


def is_elsewhere(root: str) -> bool:
    """Whether the user or the clone names another folder for hooks; our own calls of git always name one."""
    said = git.run(root, "config", "--show-scope", "--get-all", "core.hooksPath").out.decode(errors="replace")
    return any(not line.startswith("command") for line in said.splitlines())


def block() -> bytes:
    """Exit 1 stops a commit; a wt that is not there stops none."""
    from infrastructure.setup_claude import program

    wt = program()
    script = shlex.quote(wt.script)
    line = f"if test -f {script}; then {shlex.quote(wt.python)} -EP {script} validate 1>&2 || exit 1; fi"
    return b"\n".join([BEGIN, line.encode(), END, b""])


def with_block(before: bytes | None) -> bytes | None:
    """The hook with our lines first, so that no `exit` stands before them; None for a hook that is no shell script."""
    rest = without_block(before)
    if rest is None:
        return b"#!/bin/sh\n" + block()
    if not is_shell(rest):
        return None
    first, _, others = rest.partition(b"\n")
    return first + b"\n" + block() + others


def is_shell(text: bytes) -> bool:
    """Whether its first line names a shell: `#!/bin/sh -e`, `#!/usr/bin/env bash`."""
    words = text.partition(b"\n")[0].removeprefix(b"#!").split()
    return text.startswith(b"#!") and any(word.rpartition(b"/")[2] in SHELLS for word in words)


def without_block(now: bytes | None) -> bytes | None:
    """The hook without our lines; None when nothing else is left."""
    if now is None:
        return None
    begin, end = now.find(BEGIN), now.find(END + b"\n")
    if begin < 0 or end < begin:
        return now
    rest = now[:begin] + now[end + len(END) + 1 :]
    return None if rest == b"#!/bin/sh\n" else rest


def set_up(root: str, *, dry_run: bool = False) -> tuple[bool, str | None]:
    """Whether the hook was changed, and what a person has to do instead. Raises Unavailable."""
    if is_elsewhere(root):
        return False, ELSEWHERE
    before = _read(root)
    after = with_block(before)
    if after is None:
        return False, FOREIGN
    is_changed = after != before or not is_executable(root)
    if is_changed and not dry_run:
        _write(root, after)
    return is_changed, None


def remove(root: str, *, dry_run: bool = False) -> bool:
    """Whether there was anything to take out. Raises Unavailable."""
    before = _read(root)
    after = without_block(before)
    if after != before and not dry_run:
        _write(root, after)
    return after != before


def problems(root: str) -> list[str]:
    """Why a commit would not be checked. Raises Unavailable."""
    if is_elsewhere(root):
        return []  # whose hooks these are is not ours to judge
    now = _read(root)
    if now is None or (is_shell(now) and BEGIN not in now):
        return [f"The hook {NAME} does not check the trackers."]
    return [] if is_executable(root) else [f"The hook {NAME} is not executable, so git does not run it."]


def is_executable(root: str) -> bool:
    return os.access(path_of(root), os.X_OK)


def _read(root: str) -> bytes | None:
    from domain.errors import NotFound

    try:
        return read_file(os.path.realpath(path_of(root)), NAME, LIMIT)[0]
    except NotFound:
        return None


def _write(root: str, text: bytes | None) -> None:
    path = os.path.realpath(path_of(root))
    try:
        if text is None:
            os.unlink(path)
            return
        make_folder(os.path.dirname(path))
        with Replacement(path, text) as replacement:
            replacement.commit()
        os.chmod(path, 0o755)  # git runs no hook that is not executable
    except OSError as error:
        raise Unavailable(f"The hook {NAME} could not be written: {why(error)}.") from error
