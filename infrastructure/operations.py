"""Every operation in one line of a log: what health is judged by. Writing it must not delay a command."""

from __future__ import annotations

import os

from domain.errors import WtError
from infrastructure.project import OWN
from infrastructure.regular_files import append_quietly

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.self_healing.monitor import Operation

LIMIT = 1 << 16  # bytes of one file; two are kept
BEFORE = "="  # a line that begins so counts what stood in files long gone


class Totals:
    """What was counted since the log began: `operations`, how many `failed`, the `duration_ms` of all."""

    def __init__(self, operations: int = 0, failed: int = 0, duration_ms: int = 0) -> None:
        self.operations = operations
        self.failed = failed
        self.duration_ms = duration_ms

    def with_operation(self, operation: Operation) -> Totals:
        duration = self.duration_ms + round(operation.duration_ms)
        return Totals(self.operations + 1, self.failed + (not operation.ok), duration)


class OperationFile:
    """`.ecw/state/operations.log`: `1767603600.123 12 1` is an operation of 12 ms that went well.

    Without a `.ecw` folder there is nothing to keep notes of; where it cannot be written, none are kept.
    """

    def __init__(self, root: str, clock: Callable[[], float], *, limit: int = LIMIT) -> None:
        self._own = os.path.join(root, OWN)
        self._root = root
        self._path = os.path.join(self._own, "state", "operations.log")
        self._older = os.path.join(self._own, "state", "operations.1.log")
        self._clock = clock
        self._limit = limit

    # --- what the dispatcher calls ------------------------------------------------------------------------------------

    def record_success(self, duration_ms: int) -> None:
        self._note(duration_ms, True)

    def record_failure(self, duration_ms: int) -> None:
        self._note(duration_ms, False)

    def _note(self, duration_ms: int, ok: bool) -> None:
        line = f"{self._clock():.3f} {duration_ms} {ok:d}"
        if append_quietly(self._path, line):
            self._bound()
        elif os.path.isdir(self._own) and not os.path.isdir(os.path.dirname(self._path)):
            self._begin(line)

    def _begin(self, line: str) -> None:
        """The first note in a fresh clone: the folder is made, with what keeps it out of git."""
        from infrastructure.state_files import prepare

        try:
            prepare(self._root)
        except OSError:
            return
        append_quietly(self._path, line)

    def _bound(self) -> None:
        try:
            if os.stat(self._path).st_size > self._limit:
                self._rotate()
        except (OSError, WtError):
            return

    def _rotate(self) -> None:
        from infrastructure.atomic import Lock, rotate

        with Lock(f"{self._path}.lock", timeout=0.1, holder="rotation"):
            totals = self.totals()
            if rotate(self._path, self._older, self._limit):
                append_quietly(self._path, f"{BEFORE} {totals.operations} {totals.failed} {totals.duration_ms}")

    # --- what is made of it -------------------------------------------------------------------------------------------

    def operations(self) -> list[Operation]:
        """The operations kept, oldest first; a torn line is passed over."""
        lines = [*_lines(self._older), *_lines(self._path)]
        return [found for line in lines if (found := _operation(line)) is not None]

    def totals(self) -> Totals:
        """Everything ever counted here."""
        totals = Totals()
        for line in _lines(self._path):
            if line.startswith(BEFORE):
                totals = _added(totals, line)
            elif (operation := _operation(line)) is not None:
                totals = totals.with_operation(operation)
        return totals

    def unknown_because(self) -> str:
        """Why there may be no operation to judge by."""
        if not os.path.isdir(self._own):
            return f"there is no {OWN} folder to keep notes in"
        state = os.path.dirname(self._path)
        blocked = os.path.lexists(state) and not os.path.isdir(state)
        if blocked or not os.access(state if os.path.isdir(state) else self._own, os.W_OK):
            return f"{OWN}/state cannot be written, so no notes are kept"
        return "no operation was recorded yet"


def _lines(path: str) -> list[str]:
    from infrastructure.regular_files import read_file

    try:
        return [line for line in read_file(path, "the log", LIMIT * 64)[0].decode(errors="replace").split("\n") if line]
    except WtError:
        return []


def _operation(line: str) -> Operation | None:
    from domain.self_healing.monitor import Operation

    words = line.split(" ")
    try:
        at, duration, ok = float(words[0]), float(words[1]), words[2]
    except (ValueError, IndexError):
        return None
    sound = len(words) == 3 and ok in ("0", "1") and 0 <= at < 1e12 and 0 <= duration < 1e12
    return Operation(at, duration, ok == "1") if sound else None


def _added(totals: Totals, line: str) -> Totals:
    try:
        operations, failed, duration = map(int, line.split(" ")[1:])
    except ValueError:
        return totals
    return Totals(totals.operations + operations, totals.failed + failed, totals.duration_ms + duration)
