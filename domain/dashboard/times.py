"""Times on the page: as people read them, and as lengths on an axis."""

from __future__ import annotations

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def seconds_of(at: str) -> float:
    """Seconds since 1970 of an ISO time in UTC, by the rules of the calendar."""
    year, month, day = int(at[:4]), int(at[5:7]), int(at[8:10])
    years = year - (month < 3)  # a year that begins in March ends with the day that may be missing
    days = years * 365 + years // 4 - years // 100 + years // 400 + (153 * ((month + 9) % 12) + 2) // 5 + day - 719_469
    return float(days * 86_400 + int(at[11:13]) * 3600 + int(at[14:16]) * 60 + int(at[17:19]))


def iso_of(seconds: float) -> str:
    """The ISO time in UTC of seconds since 1970: the inverse of `seconds_of`, to the second."""
    days, rest = divmod(int(seconds), 86_400)
    era, day_of_era = divmod(days + 719_468, 146_097)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153  # months from March on
    month = shifted + 3 if shifted < 10 else shifted - 9
    year = year_of_era + era * 400 + (month <= 2)
    day = day_of_year - (153 * shifted + 2) // 5 + 1
    return f"{year:04d}-{month:02d}-{day:02d}T{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}Z"


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
