"""Who acts in this working tree: git's user name, asked once and kept, so that no sentence has to start a process."""

from __future__ import annotations

import os

from infrastructure.atomic import replace_quietly
from infrastructure.project import OWN


def remembered(root: str) -> str | None:
    """git's `user.name`; None where there is no git, no name, or no folder to keep it in."""
    state = os.path.join(root, OWN, "state")
    path = os.path.join(state, "actor")
    try:
        with open(path, encoding="utf-8") as file:
            return file.read(200).strip() or None
    except (OSError, UnicodeDecodeError):
        pass  # not asked yet
    if not os.path.isdir(state):
        return None
    name = _asked(root)
    replace_quietly(path, (name or "").encode())
    return name


def _asked(root: str) -> str | None:
    import subprocess

    from infrastructure.git import SAFE

    try:
        done = subprocess.run([*SAFE, "-C", root, "config", "user.name"], capture_output=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode(errors="replace").strip()[:200] or None
