"""What playbooks need of probes: how far they agree, which are broken, and the ways of mending one."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING, Protocol

from domain.errors import Unavailable
from domain.probes.verdicts import BROKEN
from infrastructure import git, running
from infrastructure.atomic import Replacement, remove_quietly
from infrastructure.probe_state import ProbeState
from infrastructure.regular_files import read_file, why
from infrastructure.repair import keep

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infrastructure.probe_files import ProbeFile
    from infrastructure.reality import ProjectProbing

LARGEST = 1 << 16  # bytes of a declaration


class Mending(Protocol):
    """The probes of a project. Every way of mending says in words what was done; raises WtError, OSError."""

    def consensus(self) -> float | None:
        """How far the probes agree with what is claimed, 0 to 100; None while too few of them say anything."""
        ...

    def broken(self) -> list[str] | None:
        """The ids of the probes that gave no verdict at their last run, after one rerun; None before any was asked."""
        ...

    def unanswered(self) -> list[str]:
        """The ids of declared probes whose declaration is another than the one that was asked last."""
        ...

    def run_all(self, seconds: float) -> str:
        """Ask every probe anew within this time."""
        ...

    def restart(self, probe: str, seconds: float) -> str:
        """Ask one anew, in a fresh process group."""
        ...

    def clear_cache(self, probe: str, seconds: float) -> str:
        """Empty `.ecw/state/probes/PROBE/`."""
        ...

    def reset_config(self, probe: str, seconds: float) -> str:
        """Restore what git knows of its declaration; the present one is kept."""
        ...

    def rebuild_env(self, probe: str, seconds: float) -> str:
        """Run its declared setup, where a person trusts that command."""
        ...

    def quarantine(self, probe: str, seconds: float) -> str:
        """Count it as unknown from now on, until it is asked by name and answers."""
        ...


class ProbeMending:
    """The same for the real probes of a project."""

    def __init__(self, root: str, probing: ProjectProbing, env: Mapping[str, str]) -> None:
        self._root = root
        self._probing = probing
        self._env = env

    def consensus(self) -> float | None:
        return self._probing.signals()["consensus_score"]

    def broken(self) -> list[str] | None:
        rows = [row for row in self._probing.rows() if row["verdict"] is not None]
        return [str(row["probe"]) for row in rows if row["verdict"] == BROKEN] if rows else None

    def unanswered(self) -> list[str]:
        rows = self._probing.rows()
        return [str(row["probe"]) for row in rows if row["verdict"] is None and self._probing.file(str(row["probe"]))]

    def run_all(self, seconds: float) -> str:
        return str(self._probing.look("normal", seconds=seconds)["line"])

    def restart(self, probe: str, seconds: float) -> str:
        answers = self._probing.look("deep", probe, seconds=seconds)["answers"]
        return "; ".join(f"{answer['probe']} {answer['verdict']}" for answer in answers)

    def clear_cache(self, probe: str, seconds: float) -> str:
        folder, gone = self._probing.cache_of(probe), 0
        for above, _, files in os.walk(folder):  # links are not followed
            gone += sum(remove_quietly(os.path.join(above, file)) for file in files)
        return f"{gone} files of {probe} taken away"

    def reset_config(self, probe: str, seconds: float) -> str:
        where = self._file(probe).where
        wanted = git.blobs(self._root, [f"HEAD:./{where}"])[0]
        if wanted is None:
            raise Unavailable(f"git does not know {where}.")
        path = os.path.join(self._root, where)
        kept = keep(self._root, where, read_file(path, where, LARGEST)[0], ".yaml")
        try:
            with Replacement(path, wanted) as replacement:
                replacement.commit()
        except OSError as error:
            raise Unavailable(f"{where} cannot be written: {why(error)}.") from error
        return f"{where} is as git knows it; what stood there is kept in {kept}"

    def rebuild_env(self, probe: str, seconds: float) -> str:
        file = self._file(probe)
        setup = file.probe.setup if file.probe else None
        if not setup:
            raise Unavailable(f"{file.where} declares no setup.")
        self._probing.must_trust(file)
        ran = running.run(shlex.split(setup), self._root, timeout=seconds, env=self._env, own=self._probing.own(probe))
        if ran.code != 0:
            raise Unavailable(f"The setup of {probe} failed: {ran.why or f'exit {ran.code}'}.")
        return f"the setup of {probe} ran"

    def quarantine(self, probe: str, seconds: float) -> str:
        ProbeState(self._root).keep(lambda known: known.replace(quarantined=known.quarantined | {probe}))
        return f"{probe} counts as unknown"

    def _file(self, probe: str) -> ProbeFile:
        """Its declaration. Raises Unavailable for one that is built in."""
        file = self._probing.file(probe)
        if file is None:
            raise Unavailable(f"{probe} is built in: there is nothing declared of it.")
        return file
