"""Sentences about upkeep and what is foreseen: `do the daily upkeep`. Every word of them has to be one of these."""

from __future__ import annotations

from domain.commands.table import Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.tracker import Tracker

PASSED_OVER = frozenset("the a an all please hey kindly now our my me us s this".split())
PERIODS = {"daily": "daily", "today's": "daily", "weekly": "weekly", "monthly": "monthly", "due": "due"}
DOING = ("do", "run", "start", "perform", "carry out", "")
SHOWING = ("upkeep", "show upkeep", "list upkeep", "what upkeep is due", "which upkeep is due", "is upkeep due")
PREDICTIONS = (
    "predictions",
    "show predictions",
    "list predictions",
    "what is foreseen",
    "show what is foreseen",
    "what was prevented",
    "show what was prevented",
)


def read(text: str, _: Tracker | None = None) -> Command | None:
    """The command, if every word of the text belongs to it; a task's title may speak of upkeep, too."""
    words = [word.strip("\"'“”`,.!?").casefold() for word in text.split()]
    kept = [word for word in words if word and word not in PASSED_OVER]
    said = " ".join(kept)
    if said in SHOWING:
        return Command("show_upkeep", {})
    if said in PREDICTIONS:
        return Command("show_predictions", {})
    period = _period(kept)
    return Command("do_upkeep", {"period": period}) if period else None


def _period(words: list[str]) -> str | None:
    """`do the daily upkeep`, `upkeep daily`, `do the upkeep that is due`."""
    rest = [word for word in words if word not in ("that", "is")]
    if rest.count("upkeep") != 1:
        return None
    rest.remove("upkeep")
    named = [word for word in rest if word in PERIODS]
    if len(named) != 1:
        return None
    rest.remove(named[0])
    return PERIODS[named[0]] if " ".join(rest) in DOING else None
