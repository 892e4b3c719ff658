"""The dashboard of a project: what its parts say of themselves, gathered, drawn, and put into a file."""

from __future__ import annotations

import os

from domain import dashboard
from domain.dashboard.page import GENERATOR
from domain.errors import NotFound, Refused, Unavailable, Usage, WtError
from domain.playbooks.outcomes import outcomes_of
from domain.shape import iso_of
from infrastructure.atomic import Replacement
from infrastructure.project import OWN
from infrastructure.regular_files import read_file, why
from infrastructure.state_files import prepare

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeVar

    from domain.dashboard import Board, Plan
    from domain.entries import Entry
    from infrastructure.healing import ProjectHealing
    from infrastructure.inbox import ProjectInbox
    from infrastructure.playbooks import ProjectPlaybooks
    from infrastructure.reality import ProjectProbing
    from infrastructure.trackers import ProjectTrackers

    T = TypeVar("T")

USUAL = f"{OWN}/state/dashboard.html"
LARGEST = 64 << 20  # bytes of a page that we would replace
SUFFIXES = (".html", ".htm")


class ProjectDashboard:
    """Reads through the ports of the others; a part that fails is told on the page and hides no other."""

    def __init__(
        self,
        root: str,
        cwd: str,
        trackers: ProjectTrackers,
        *,
        wanted: str | None,
        clock: Callable[[], float],
        healing: Callable[[], ProjectHealing],
        probing: Callable[[], ProjectProbing],
        playing: Callable[[], ProjectPlaybooks],
        asking: Callable[[], ProjectInbox],
    ) -> None:
        """`wanted` is the only tracker to draw; all are without it."""
        self._root = root
        self._cwd = cwd
        self._trackers = trackers
        self._wanted = wanted
        self._clock = clock
        self._healing = healing
        self._probing = probing
        self._playing = playing
        self._asking = asking
        self._troubles: list[str] = []

    # --- drawing ------------------------------------------------------------------------------------------------------

    def board(self) -> Board:
        """Everything as it is now. Raises NotFound where there is nothing of wt, or no tracker that is wanted."""
        if not os.path.isdir(os.path.join(self._root, OWN)) and not self._trackers.names():
            raise NotFound("There is nothing of wt here to draw.", hint='Start a tracker with: wt init "Title"')
        now, self._troubles = self._clock(), []
        plans = tuple(self._plan(name, iso_of(now)[:10]) for name in self._trackers.looked_at(self._wanted))
        said = self._said()
        troubles = tuple(dict.fromkeys(self._troubles))
        name = os.path.basename(self._root) or "wt"
        return dashboard.Board(name, iso_of(now), now, plans, troubles=troubles, **said)

    def _said(self) -> dict[str, Any]:  # Any: each field of the board has a type of its own
        """What every part says of itself."""
        probing, playing = self._tried(self._probing), self._tried(self._playing)
        said = self._asked(
            health=lambda: self._healing().report(verbose=False)[1],
            waiting=lambda: self._asking().rows(everything=False),
        )
        if probing is not None:
            said |= self._asked(probes=probing.rows, signals=probing.signals)
        if playing is not None:
            said |= self._asked(
                outcomes=lambda: outcomes_of(playing.history(None)),
                playbooks=playing.listed,
                foreseen=playing.foreseen,
                prevented=playing.prevented,
                upkeep=lambda: playing.upkeep.overview(),
                off=playing.off,
            )
        return said

    def _asked(self, **parts: Callable[[], object]) -> dict[str, Any]:
        """One that fails is left out, and told."""
        return {name: said for name, ask in parts.items() if (said := self._tried(ask)) is not None}

    def _tried(self, ask: Callable[[], T]) -> T | None:
        try:
            return ask()
        except WtError as error:
            self._troubles.append(error.message)
        except OSError as error:
            self._troubles.append(f"Something cannot be read: {why(error)}.")
        return None

    def _plan(self, name: str, today: str) -> Plan:
        try:
            seen = self._trackers.open(name).read()
        except WtError as error:
            return dashboard.unreadable(name, error.message)
        return dashboard.plan_of(name, seen.tracker, self._tried(lambda: self._history(name)) or (), today, seen.notes)

    def _history(self, name: str) -> list[Entry]:
        """The newest first; git is asked only where the journal does not know the tracker from its beginning."""
        journal = self._trackers.journal(name)
        knows_all = journal and journal[0].before is None and not any(entry.kind == "external" for entry in journal)
        return journal[::-1] if knows_all else self._trackers.history(name)

    # --- the file -----------------------------------------------------------------------------------------------------

    def draw(self, output: str | None, *, rehearsal: bool) -> Mapping[str, Any]:
        """Write the page. Raises NotFound, Usage, Refused, Unavailable."""
        board = self.board()
        path = os.path.join(self._cwd, output) if output else os.path.join(self._root, USUAL)
        shown = os.path.relpath(path, self._cwd) if output else USUAL
        before, data = self._before(path, shown), dashboard.page(board).encode()
        if before != data and not rehearsal:
            self._write(path, shown, data, own=not output)
        return {
            "path": shown,
            "url": _url(path),
            "bytes": len(data),
            "changed": before != data,
            "troubles": list(board.troubles),
            **_figures(board),
        }

    def _before(self, path: str, shown: str) -> bytes | None:
        """What stands there now; only a dashboard is ever replaced. Raises Usage, Refused, Unavailable."""
        if not path.endswith(SUFFIXES):
            raise Usage(f"A dashboard is a page of HTML, and {shown} does not end in .html.")
        try:
            raw, _ = read_file(path, shown, LARGEST)
        except NotFound:
            return None
        if f'content="{GENERATOR}"'.encode() not in raw[:2000]:
            raise Refused(f"{shown} is no dashboard, so it is not replaced.", hint="Name another file.")
        return raw

    def _write(self, path: str, shown: str, data: bytes, *, own: bool) -> None:
        try:
            if own:
                prepare(self._root)
            with Replacement(path, data, durable=False) as page:
                page.commit()
        except OSError as error:
            raise Unavailable(f"{shown} cannot be written: {why(error)}.") from error


def _url(path: str) -> str:
    from pathlib import Path

    return Path(os.path.abspath(path)).as_uri()


def _figures(board: Board) -> Mapping[str, Any]:
    """What the page says first, for programs."""
    tally = board.tally
    return {
        "percent": tally.percent,
        "complete": tally.complete,
        "tasks": tally.counted,
        "plans": [{"name": plan.name, "percent": plan.tally.percent, "problem": plan.problem} for plan in board.plans],
        "waiting": len(board.waiting),
        "health": str(board.health["status"]) if board.health else None,
        "consensus": board.signals.get("consensus_score"),
    }
