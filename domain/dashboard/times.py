"""Times on the page: as people read them, and as lengths on an axis."""

from __future__ import annotations

from domain.shape import iso_of

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def minute(at: str) -> str:
    """`2026-01-05 09:00`."""
    return at[:16].replace("T", " ")


def day(seconds: float) -> str:
    """`5 Jan`."""
    at = iso_of(seconds)
    return f"{int(at[8:10])} {MONTHS[int(at[5:7]) - 1]}"


def lasted(seconds: float) -> str:
    """`40 s`, `3 min`, `2 h`, `5 d`: the largest unit that fits."""
    for unit, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= unit:
            return f"{int(seconds // unit)} {name}"
    return f"{max(int(seconds), 0)} s"


def told(seconds: float) -> str:
    """As `lasted`, and below a second in milliseconds."""
    return lasted(seconds) if seconds >= 1 else f"{1000 * seconds:.0f} ms"


def ago(seconds: float) -> str:
    """`3 min ago`."""
    return f"{lasted(seconds)} ago"
