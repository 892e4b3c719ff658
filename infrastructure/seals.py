"""Approvals of inquiries, sealed with the key of consent: a line that something else wrote into the log is none.

As with consent the seal is evidence, not a wall: a program of the same user can read the key.
"""

from __future__ import annotations

import time

from domain.errors import WtError
from domain.playbooks.inquiries import APPROVE, TIME_TO_LIVE
from infrastructure.consent_store import ConsentStore
from infrastructure.json_text import dumps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    Line = Mapping[str, Any]  # Any: JSON as parsed


class Seals:
    """The seals of one project."""

    def __init__(self, root: str, clock: Callable[[], float] = time.time) -> None:
        """The clock is never the one that `WT_NOW` fixes: whoever sets a variable must not wake what has expired."""
        self._store = ConsentStore(root)
        self._clock = clock

    def sealed(self, asked: Line, answer: Line) -> dict[str, Any]:
        """The line of an answer, bound to what was asked, as it was asked. Raises Unavailable."""
        stamped = {**answer, "stamp": self._clock()}
        return {**stamped, "seal": self._store.seal(_text(asked, stamped))}

    def sound(self, lines: Iterable[object]) -> Iterator[object]:
        """The lines of the log without approvals that nobody gave here, or gave too long ago."""
        asked: dict[object, Line] = {}
        for line in lines:
            if isinstance(line, dict) and line.get("event") == "asked":
                asked.setdefault(line.get("id"), line)
            elif isinstance(line, dict) and line.get("answer") == APPROVE and not self._holds(asked, line):
                continue
            yield line

    def _holds(self, asked: Mapping[object, Line], line: Line) -> bool:
        question, stamp = asked.get(line.get("id")), line.get("stamp")
        if question is None or not isinstance(stamp, (int, float)):
            return False
        unsealed = {key: value for key, value in line.items() if key != "seal"}
        try:
            is_ours = self._store.is_sealed(_text(question, unsealed), line.get("seal"))
        except WtError:
            return False
        return is_ours and self._clock() - stamp <= TIME_TO_LIVE


def _text(asked: Line, answer: Line) -> str:
    return dumps([dict(sorted(asked.items())), dict(sorted(answer.items()))])
