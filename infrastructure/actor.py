"""Who acts: the name that was said, else git's user, asked once and kept; what an agent does is recorded as such."""

from __future__ import annotations

import os

from domain.errors import WtError
from infrastructure.atomic import replace_quietly
from infrastructure.project import OWN
from infrastructure.regular_files import read_file
from infrastructure.session import shows_an_agent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

VIA_AGENT = " via agent"
LONGEST = 200  # letters of a name that goes into the lock, the journal and every note


def name(said: str | None, root: str, env: Mapping[str, str]) -> str:
    """Whose work this is: the name that was said, else git's user, else the login name."""
    return _on_one_line(said or "") or remembered(root) or env.get("USER") or "someone"


def recorded(name: str, env: Mapping[str, str]) -> str:
    """The name as it stands in history and evidence. An agent may take any name, never that of a person alone."""
    return name if not shows_an_agent(env) or name.endswith(VIA_AGENT) else name + VIA_AGENT


def _on_one_line(said: str) -> str:
    return " ".join(said.split())[:LONGEST]


def remembered(root: str) -> str | None:
    """git's `user.name`, kept in `.ecw/state` so that no sentence has to start a process; None where there is none."""
    path = os.path.join(root, OWN, "state", "actor")
    try:
        return _on_one_line(read_file(path, "the actor", 1000)[0].decode()) or None
    except (WtError, UnicodeDecodeError):
        pass  # not asked yet
    if not os.path.isdir(os.path.join(root, OWN)) and not os.path.exists(os.path.join(root, ".git")):
        return None
    asked = _asked(root)
    _keep(path, asked or "")
    return asked


def _keep(path: str, name: str) -> None:
    """Kept where the project has its folder already; one that was never written to is asked about each time."""
    folder = os.path.dirname(path)
    above = os.path.dirname(folder)
    if os.path.isdir(above) and not os.path.islink(above):
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
        except OSError:
            return
        replace_quietly(path, name.encode())


def _asked(root: str) -> str | None:
    from infrastructure.git import run

    try:
        return _on_one_line(run(root, "config", "user.name", timeout=5).out.decode(errors="replace")) or None
    except WtError:
        return None
