"""What goes into a reading and what comes out of it, as values."""

from __future__ import annotations

from domain.errors import WtError
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.commands.table import Command


class Given(Record):
    """The world as far as a sentence may speak of it. `people` empty: anybody may be named."""

    now: str
    me: str
    people: tuple[str, ...] = ()
    trackers: tuple[str, ...] = ()


class Reading(Record):
    """How a sentence was read. `commands` are one transaction; `said` is the reading in plain words.

    `repairs` are (as typed, as read): typos, and status words that are not the canonical one.
    """

    outcome: str  # commands clarify refused not_found
    commands: tuple[Command, ...] = ()
    message: str = ""
    hint: str | None = None
    candidates: tuple[tuple[str, str], ...] = ()
    said: str = ""
    literal: bool = True
    repairs: tuple[tuple[str, str], ...] = ()


class Unclear(WtError):
    """This way of reading leads nowhere: another way may be tried, else it is what people are told."""

    outcome = "clarify"
    category = "VALIDATION"


class NotDone(Unclear):
    """Understood as something that must not be carried out."""

    outcome = "refused"


class Impossible(Unclear):
    """A day that no calendar has."""

    outcome = "refused"

    def __init__(self, said: str) -> None:
        super().__init__(f"There is no such day: {said}.", hint="Write dates as year-month-day: 2026-03-12.")


class Missing(Unclear):
    """An id that no item has."""

    outcome = "not_found"


class Contradiction(Unclear):
    """Two things said that exclude each other."""

    outcome = "refused"


class Unnamed(Unclear):
    """No item was named; which titles resemble the words is looked up only when people are told."""
