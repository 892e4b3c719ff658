"""Sentences about the dashboard: `draw the dashboard`. Every word of them has to be one of these."""

from __future__ import annotations

from domain.commands.table import Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.tracker import Tracker

PASSED_OVER = frozenset("the a me us please hey kindly now again anew you can could would our this project's".split())
VERBS = frozenset(("", *"draw redraw show make build create print update refresh regenerate render".split()))
INTO = frozenset("to into in as".split())


def read(text: str, _: Tracker | None) -> Command | None:
    """The command, if every word of the text belongs to it; a task's title may speak of a dashboard, too."""
    words = [word.strip("\"'“”`,!?") for word in text.split()]
    kept = [word for word in words if word and word.casefold() not in PASSED_OVER]
    output = {}
    if len(kept) > 2 and kept[-2].casefold() in INTO and kept[-1].casefold().endswith((".html", ".htm")):
        output, kept = {"output": kept[-1]}, kept[:-2]
    low = [word.casefold().rstrip(".") for word in kept]
    if low.count("dashboard") != 1 or len(low) > 2:
        return None
    low.remove("dashboard")
    return Command("draw_dashboard", output) if "".join(low) in VERBS else None
