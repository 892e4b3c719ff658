"""Dates as people say them, in days counted from the civil calendar: nothing here asks what day it is."""

from __future__ import annotations

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
SHORT_DAYS = {
    "mon": 0,
    "tue": 1,
    "tues": 1,
    "wed": 2,
    "weds": 2,
    "thu": 3,
    "thur": 3,
    "thurs": 3,
    "fri": 4,
    "sat": 5,
    "sun": 6,
}
UNITS = {
    "day": 1,
    "days": 1,
    "d": 1,
    "week": 7,
    "weeks": 7,
    "w": 7,
    "wk": 7,
    "wks": 7,
    "fortnight": 14,
    "month": 0,
    "months": 0,
}
COUNTS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "couple": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10,
}  # fmt: skip
NAMED_DAYS = {"today": 0, "tonight": 0, "tomorrow": 1, "tmrw": 1, "tmr": 1, "yesterday": -1, "eod": 0}
ENDS = ("end", "eow", "eom", "eoy")


class Impossible(Exception):
    """A day that no calendar has."""


def to_day(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 (civil calendar; Howard Hinnant, "chrono-compatible low-level date algorithms")."""
    if not (1 <= month <= 12 and 1 <= day <= month_days(year, month) and 1 <= year <= 9999):
        raise Impossible
    year -= month <= 2
    era, of_era = divmod(year, 400)
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


def from_day(number: int) -> tuple[int, int, int]:
    era, of_era = divmod(number + 719468, 146097)
    year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * of_year + 2) // 153
    day, month = of_year - (153 * shifted + 2) // 5 + 1, shifted + (3 if shifted < 10 else -9)
    return year + era * 400 + (month <= 2), month, day


def month_days(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def iso(number: int) -> str:
    return "{:04d}-{:02d}-{:02d}".format(*from_day(number))


def day_of(text: str) -> int:
    """The day of an ISO date or time."""
    return to_day(int(text[:4]), int(text[5:7]), int(text[8:10]))


def weekday(number: int) -> int:
    """0 is Monday."""
    return (number + 3) % 7


def read(words: list[str], at: int, today: int) -> tuple[int, int] | None:
    """(tokens taken, day) of the date that begins here, or None. Raises Impossible for 31 February."""
    if words[at] in (*WEEKDAYS, *SHORT_DAYS) and at + 1 < len(words):  # "Friday 20 March": the date decides
        comma = words[at + 1] == ","
        dated = (
            _month_and_day(words, at + 1 + comma, today) or _written(words, at + 1 + comma, today)
            if at + 1 + comma < len(words)
            else None
        )
        if dated:
            return dated[0] + 1 + comma, dated[1]
    for reader in (_written, _named, _weekday, _counted, _month_and_day, _end_of, _first_of, _next):
        found = reader(words, at, today)
        if found:
            return found
    return None


def _word(words: list[str], at: int) -> str:
    return words[at] if 0 <= at < len(words) else ""


def _written(words: list[str], at: int, today: int) -> tuple[int, int] | None:
    """2026-03-27 · 2026/03/27 · 27.03.2026 · 25/04/2026 and 04/25/2026, where only one reading is a day"""
    parts = words[at].replace("/", "-").replace(".", "-").split("-")
    if len(parts) != 3 or not all(part.isdecimal() and len(part) < 5 for part in parts):
        return None
    if len(parts[0]) == 4:
        return 1, to_day(*map(int, parts))
    if len(parts[2]) != 4:
        return None
    day, month, year = map(int, parts)
    if "/" in words[at] and month > 12:
        day, month = month, day
    return 1, to_day(year, month, day)


def _named(words: list[str], at: int, today: int) -> tuple[int, int] | None:
    if words[at : at + 3] == ["day", "after", "tomorrow"]:
        return 3, today + 2
    if words[at] in ("fortnight", "week") and words[at + 1 : at + 2] in (["from"], ["after"]):
        after = read(words, at + 2, today)
        if after or words[at + 2 : at + 3] == ["now"]:
            return 2 + (after[0] if after else 1), (after[1] if after else today) + UNITS[words[at]]
    if words[at] in NAMED_DAYS:
        return 1, today + NAMED_DAYS[words[at]]
    return None


def _weekday(words: list[str], at: int, today: int) -> tuple[int, int] | None:
    """The coming one: "friday" said on a Friday is a week away, "this friday" may be today."""
    said = words[at] if words[at] in ("next", "this", "coming", "on", "last") else ""
    name = _word(words, at + 1) if said else words[at]
    index = WEEKDAYS.index(name) if name in WEEKDAYS else SHORT_DAYS.get(name) if said else _short_alone(words, at)
    if index is None or said == "on":
        return None
    size = 2 if said else 1
    if words[at + size : at + size + 2] == ["next", "week"]:
        return size + 2, today - weekday(today) + 7 + index
    ahead = (index - weekday(today)) % 7
    if said == "last":
        return 2, today - (7 - ahead)
    if said == "this":
        return 2, today + ahead
    if said == "next":  # the one of next week, unless that one is the coming one anyway
        return 2, today - weekday(today) + 7 + index
    return (2 if said else 1), today + (ahead or 7)


def _short_alone(words: list[str], at: int) -> int | None:
    """`sat` and `sun` are days only where a date is wanted."""
    return (
        SHORT_DAYS.get(words[at])
        if _word(words, at - 1) in ("by", "on", "due", "until", "till", "before", "for", ":")
        else None
    )


def _count(word: str) -> int | None:
    return int(word) if word.isdecimal() and len(word) < 5 else COUNTS.get(word)


def _counted(words: list[str], at: int, today: int) -> tuple[int, int] | None:
    """in 3 days · 2 weeks from now · in a week · 3 days ago"""
    start = at + (words[at] in ("in", "within"))
    count, unit = _count(words[start] if start < len(words) else ""), _word(words, start + 1)
    if count is None and _word(words, start) in UNITS and start > at and _word(words, start) not in ("d", "w"):
        count, unit, start = 1, words[start], start - 1  # "in a week", the article is gone
    if count is None or unit not in UNITS:
        return None
    after = words[start + 2 : start + 4]
    if after[:1] == ["ago"]:
        return start + 3 - at, _later(today, -count, unit)
    if start > at:
        return start + 2 - at, _later(today, count, unit)
    if after == ["from", "now"]:
        return start + 4 - at, _later(today, count, unit)
    if after[:1] in (["from"], ["after"]) and (then := read(words, start + 3, today)):
        return start + 3 + then[0] - at, _later(then[1], count, unit)
    return None


def _later(today: int, count: int, unit: str) -> int:
    if UNITS[unit]:
        return today + count * UNITS[unit]
    year, month, day = from_day(today)
    months = year * 12 + month - 1 + count
    year, month = months // 12, months % 12 + 1
    return to_day(year, month, min(day, month_days(year, month)))


def _month(word: str) -> int | None:
    if word in MONTHS:
        return MONTHS.index(word) + 1
    short = [index for index, name in enumerate(MONTHS, 1) if word == name[:3] or (word == "sept" and index == 9)]
    return short[0] if short else None


def _day_number(word: str) -> int | None:
    digits = word.rstrip("stndrh")
    return (
        int(digits)
        if digits.isdecimal() and len(digits) < 3 and word[len(digits) :] in ("", "st", "nd", "rd", "th")
        else None
    )


def _month_and_day(words: list[str], at: int, today: int) -> tuple[int, int] | None:
    """12 March · 12th of March 2026 · March 12 · the 12th"""
    day, month, size = _day_number(words[at]), None, 0
    if day is not None:
        of = _word(words, at + 1) == "of"
        month, size = _month(_word(words, at + 1 + of)), 2 + of
        if month is None and words[at][-1].isalpha():
            return _day_alone(words, at, today, day)
    elif _month(words[at]) and (day := _day_number(_word(words, at + 1))) is not None:
        month, size = _month(words[at]), 2
    if day is None or month is None:
        return None
    size += _word(words, at + size) == "," and len(_word(words, at + size + 1)) == 4
    year = _word(words, at + size)
    if len(year) == 4 and year.isdecimal():
        return size + 1, to_day(int(year), month, day)
    return size, _coming(today, month, day)


def _coming(today: int, month: int, day: int) -> int:
    year = from_day(today)[0]
    if day > (29 if month == 2 else month_days(year, month)) or day < 1:
        raise Impossible
    while day > month_days(year, month) or to_day(year, month, day) < today:
        year += 1
    return to_day(year, month, day)


def _day_alone(words: list[str], at: int, today: int, day: int) -> tuple[int, int] | None:
    if _word(words, at - 1) not in ("by", "on", "due", "until", "till", "before", "to", "for", "of", "is"):
        return None
    if not 1 <= day <= 31:
        raise Impossible
    year, month, now = from_day(today)
    months = year * 12 + month - 1 + (day < now)  # counted from 0
    while day > month_days(months // 12, months % 12 + 1):
        months += 1
    return 1, to_day(months // 12, months % 12 + 1, day)


def _end_of(words: list[str], at: int, today: int) -> tuple[int, int] | None:
    """end of week (Friday) · end of next month · eow"""
    if words[at] in ("eow", "eom", "eoy"):
        return 1, _end(today, {"eow": "week", "eom": "month", "eoy": "year"}[words[at]], 0)
    if words[at] == "last" and _word(words, at + 1) == "day" and _word(words, at + 2) == "of":
        ended = _end_of(["end", "of", *words[at + 3 : at + 6]], 0, today)
        return (ended[0] + 1, ended[1]) if ended else None
    start = at + (words[at] == "close")
    if _word(words, start) not in ("end", "close") or _word(words, start + 1) not in ("of", "the"):
        return None
    start += 2
    following = _word(words, start) == "next"
    start += _word(words, start) in ("next", "this", "the")
    unit = _word(words, start)
    if unit in ("day", "business") and not following:
        return start + 1 - at, today
    if unit in ("week", "month", "year", "quarter"):
        return start + 1 - at, _end(today, unit, following)
    month = _month(unit)
    if month:
        year = from_day(today)[0]
        year += month < from_day(today)[1]
        return start + 1 - at, to_day(year, month, month_days(year, month))
    return None


def _first_of(words: list[str], at: int, today: int) -> tuple[int, int] | None:
    """the first of next month"""
    if words[at] in ("first", "1st", "beginning") and words[at + 1 : at + 4] == ["of", "next", "month"]:
        year, month, _ = from_day(today)
        return 4, to_day(year + month // 12, month % 12 + 1, 1)
    return None


def _end(today: int, unit: str, later: int) -> int:
    year, month, _ = from_day(today)
    if unit == "week":
        return today - weekday(today) + 4 + 7 * later if weekday(today) <= 4 or later else today - weekday(today) + 6
    if unit == "year":
        return to_day(year + later, 12, 31)
    last = month if unit == "month" else (month + 2) // 3 * 3
    months = year * 12 + last - 1 + later * (1 if unit == "month" else 3)
    return to_day(months // 12, months % 12 + 1, month_days(months // 12, months % 12 + 1))


def _next(words: list[str], at: int, today: int) -> tuple[int, int] | None:
    """next week (its Monday) · this week (its Friday) · next month (its first day)"""
    said, unit = words[at], _word(words, at + 1)
    if said == "next" and unit == "week" and _word(words, at + 2) in WEEKDAYS:
        return 3, today - weekday(today) + 7 + WEEKDAYS.index(words[at + 2])
    year, month, _ = from_day(today)
    if said == "next" and unit == "week":
        return 2, today - weekday(today) + 7
    if said == "next" and unit == "month":
        return 2, to_day(year + month // 12, month % 12 + 1, 1)
    if said == "this" and unit in ("week", "month"):
        return 2, _end(today, unit, 0)
    return None
