"""The git hook `pre-commit` that checks the trackers of a commit; what stands there already runs on behind it."""

from __future__ import annotations

import os
import shlex

from domain.errors import Unavailable
from infrastructure import git
from infrastructure.atomic import Replacement, make_folder, read_file, why

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = "pre-commit"
BEGIN, END = b"# wt: begin", b"# wt: end"
SHELLS = (b"sh", b"bash", b"dash", b"zsh", b"ksh")
LIMIT = 1 << 20
FOREIGN = "The hook pre-commit is no shell script; add to it: wt validate"
ELSEWHERE = "core.hooksPath names another folder for hooks; add to the hook pre-commit there: wt validate"


def path_of(root: str) -> str:
    """Where git looks for the hook. Raises Unavailable."""
    found = git.output(root, "rev-parse", "--git-path", f"hooks/{NAME}").decode(errors="replace").strip()
    return os.path.join(root, found)


def block(program: Sequence[str]) -> bytes:
    """Exit 1 stops a commit; a wt that is not there stops none."""
    script = shlex.quote(program[-1])
    line = f"if test -f {script}; then {shlex.join(program)} validate 1>&2 || exit 1; fi"
    return b"\n".join([BEGIN, line.encode(), END, b""])


def with_block(before: bytes | None, program: Sequence[str]) -> bytes | None:
    """The hook with our lines first, so that no `exit` stands before them; None for a hook that is no shell script."""
    rest = without_block(before)
    if rest is None:
        return b"#!/bin/sh\n" + block(program)
    first, end, others = rest.partition(b"\n")
    if (
        not first.startswith(b"#!")
        or os.path.basename(first[2:].split()[-1] if first[2:].split() else b"") not in SHELLS
    ):
        return None
    return first + b"\n" + block(program) + (others if end else b"")


def without_block(now: bytes | None) -> bytes | None:
    """The hook without our lines; None when nothing else is left."""
    if now is None:
        return None
    begin, end = now.find(BEGIN), now.find(END + b"\n")
    if begin < 0 or end < begin:
        return now
    rest = now[:begin] + now[end + len(END) + 1 :]
    return None if rest == b"#!/bin/sh\n" else rest


def set_up(root: str, program: Sequence[str], *, dry_run: bool = False) -> tuple[bool, str | None]:
    """Whether the hook was changed, and what a person has to do instead. Raises Unavailable."""
    if git.config(root, "core.hooksPath") is not None:
        return False, ELSEWHERE
    before = _read(root)
    after = with_block(before, program)
    if after is None:
        return False, FOREIGN
    if after != before and not dry_run:
        _write(root, after)
    return after != before, None


def remove(root: str, *, dry_run: bool = False) -> bool:
    """Whether there was anything to take out. Raises Unavailable."""
    before = _read(root)
    after = without_block(before)
    if after != before and not dry_run:
        _write(root, after)
    return after != before


def problems(root: str, program: Sequence[str]) -> list[str]:
    """Why git would not check the trackers of a commit. Raises Unavailable."""
    if git.config(root, "core.hooksPath") is not None:
        return []  # whose hooks these are is not ours to judge
    now = _read(root)
    if now is not None and with_block(now, program) is None:
        return []
    return [] if now is not None and block(program) in now else [f"The hook {NAME} does not check the trackers."]


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
