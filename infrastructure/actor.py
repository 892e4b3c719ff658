"""Who acts in this working tree: git's user name, asked once and kept, so that no sentence has to start a process."""

from __future__ import annotations

import os

from domain.errors import WtError
from infrastructure.atomic import read_file, replace_quietly
from infrastructure.project import OWN


def remembered(root: str) -> str | None:
    """git's `user.name`; None where there is no git, no name, or no folder to keep it in."""
    state = os.path.join(root, OWN, "state")
    path = os.path.join(state, "actor")
    try:
        return read_file(path, "the actor", 1000)[0].decode().strip() or None
    except (WtError, UnicodeDecodeError):
        pass  # not asked yet
    if not os.path.isdir(state):
        return None
    name = _asked(root)
    replace_quietly(path, (name or "").encode())
    return name


def _asked(root: str) -> str | None:
    from infrastructure.git import run

    try:
        return run(root, "config", "user.name", timeout=5).out.decode(errors="replace").strip()[:200] or None
    except WtError:
        return None
