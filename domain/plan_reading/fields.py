"""What is written plainly about a task: `Owner: Ann`, `**Status:** done`, `(due 2026-03-01)`, `[2h]`, `@ann`."""

from __future__ import annotations

import re

from domain.plan_reading.words import (
    NOTHING,
    field_named,
    folded,
    phrase_status,
    priority_of,
    status_of,
    without_signs,
    words_of,
)
from domain.shape import is_date

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from domain.plan_reading.draft import Work

_PAIR = re.compile(r"^\s*(?P<key>[^:：\n]{1,40}?)\s*[:：](?=\s|$|[^\s/\d])\s*(?P<value>.*?)\s*$", re.DOTALL)
_PARTS = re.compile(r"\s+[|·•]\s+")
_EFFORT = re.compile(
    r"^(?:~|≈|about |approx\.? |ca\.? )?(?:\d+(?:[.,]\d+)?(?:\s*(?:[-–—]|to)\s*\d+(?:[.,]\d+)?)?\s*(?:\+\s*)?"
    r"(?:h|hrs?|hours?|d|days?|w|wks?|weeks?|m|mins?|minutes?|months?|pts?|points?|sp|ч|час(?:а|ов)?|дн(?:я|ей)?|день|недел[ия]"
    r"|天|小时|周|时|時間|日|週間|시간|일|주|stunden?|std|tage?|wochen?|heures?|jours?|semaines?|horas?|días?|dias?|semanas?|ore|giorni)\b\.?"
    r"|xs|s|m|l|xl|xxl|small|medium|large|extra large|\d+(?:[.,]\d+)?)",
    re.I,
)
_UNITLESS = re.compile(r"^\d+(?:[.,]\d+)?$")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATES = (
    re.compile(r"(?P<y>\d{4})[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?"),
    re.compile(r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})"),
    re.compile(r"(?P<d>\d{1,2})(?:st|nd|rd|th)?\s+(?P<name>[A-Za-z]{3})[a-z]*\.?,?\s+(?P<y>\d{4})"),
    re.compile(r"(?P<name>[A-Za-z]{3})[a-z]*\.?\s+(?P<d>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<y>\d{4})"),
)


def pair(text: str) -> tuple[str, str] | None:
    """(field, value) of a line `Key: value` whose key is known."""
    found = _PAIR.match(text)
    field = found and field_named(found["key"])
    return (field, found["value"]) if found and field else None


def date_of(text: str) -> str | None:
    """The one date that a value is, as ISO; dates that could be read two ways are none."""
    text = without_signs(text).strip(" ().`")
    for pattern in _DATES:
        if found := pattern.fullmatch(text):
            parts = found.groupdict()
            name = (parts.get("name") or "").casefold()
            if name and name not in _MONTHS:
                return None
            month = _MONTHS.index(name) + 1 if name else int(parts["m"])
            date = f"{parts['y']}-{month:02}-{int(parts['d']):02}"
            return date if is_date(date) else None
    return None


# --- a value into its field: true when the field says all that the value said --------------------------------------


def _status(work: Work, value: str, line: str) -> bool:
    status = status_of(value)
    if status is None:
        return value.strip().casefold() in NOTHING
    work.status = status
    rest = without_signs(value).casefold()
    if phrase_status(rest.strip(" .")) == status and len(rest.split()) <= 3:
        return True
    if status in ("blocked", "deferred", "cancelled"):
        work.reason = without_signs(value)
        return True
    return not any(letter.isalnum() for letter in rest)


def _owner(work: Work, value: str, line: str) -> bool:
    name = without_signs(value).strip(" `")
    if name.casefold() not in NOTHING and name != "[]":
        if len(name) > 80 or "\n" in name:
            return False
        work.assignee = name.removeprefix("@")
    return True


def _due(work: Work, value: str, line: str) -> bool:
    if date := date_of(value):
        work.due = date
    return bool(date) or value.strip().casefold() in NOTHING


def _estimate(work: Work, value: str, line: str) -> bool:
    if value.strip().casefold() in NOTHING:
        return True
    effort = _EFFORT.match(value.strip())
    if not effort or len(value) > 60 or "\n" in value or value.strip()[effort.end() : effort.end() + 1].isalnum():
        return False
    if _UNITLESS.match(effort[0]) and effort.end() < len(value.strip()):
        return False
    unit = " h" if "hour" in line.casefold() and _UNITLESS.match(value.strip()) else ""
    work.estimate = " ".join(value.split()) + unit
    return True


def _priority(work: Work, value: str, line: str) -> bool:
    if priority := priority_of(value):
        work.priority = priority
    return bool(priority) and len(value.split()) == 1


def _needs(work: Work, value: str, line: str) -> bool:
    if folded(re.sub(r"\([^)]*\)", "", value)) not in NOTHING and value.strip() != "[]":
        work.needs.append((value, line))
    return True


def _labels(work: Work, value: str, line: str) -> bool:
    work.labels += [label for part in value.strip("[]").split(",") if (label := part.strip(" `\"'#"))]
    return True


def _id(work: Work, value: str, line: str) -> bool:
    if len(value.split()) != 1:
        return False
    work.labels.append(value.strip("`[]"))
    return True


_INTO: Mapping[str, Callable[[Work, str, str], bool]] = {
    "status": _status,
    "owner": _owner,
    "due": _due,
    "estimate": _estimate,
    "priority": _priority,
    "needs": _needs,
    "labels": _labels,
    "id": _id,
}


def put(work: Work, field: str, value: str, line: str) -> bool:
    """Set a field; true when the text may leave the description because the field says it all."""
    return _INTO[field](work, value, line)


def take_lines(text: str, work: Work) -> tuple[list[tuple[int, str]], str]:
    """(the parts of a text that went into fields, each with its line in the text; what is left)."""
    taken, left = [], []
    for offset, line in enumerate(text.split("\n")):
        parts = _PARTS.split(line)
        kept = []
        for part in parts:
            found = pair(part)
            if found and put(work, *found, part):
                taken.append((offset, part.strip()))
            else:
                kept.append(part)
        if kept:
            left.append(line if len(kept) == len(parts) else " | ".join(kept))
    return taken, "\n".join(left).strip()


# --- inside a title ------------------------------------------------------------------------------------------------

_BRACKETED = re.compile(r"\s*[(（\[](?P<inside>[^()（）\[\]]{1,120})[)）\]]\s*$")
_AT = re.compile(r"\s+(?:[-–—→]\s+)?@(?P<name>[A-Za-z][\w-]{1,38})\s*$")
_NO_NAME = words_of("media import param params type types override deprecated property keyframes todo latest next")
_CALENDAR = re.compile(r"\s*(?:📅|🗓\ufe0f?|⏰)\s*(\d{4}-\d{2}-\d{2})")
_PAIRED = re.compile(
    r"^(?P<key>due|due date|deadline|by|owner|assignee|assigned to|effort|estimate|est\.?|priority|prio"
    r"|depends on|depends|deps|blocked by|after)"
    r"\b\s*[:=]?\s+(?P<value>.+)$",
    re.I | re.DOTALL,
)
_INLINE = {"by": "due", "after": "needs", "assigned to": "owner"}


def take_inline(title: str, work: Work) -> str:
    """The title without the owner, date, effort and dependencies at its end, which go into their fields."""
    if due := _CALENDAR.search(title):
        _due(work, due[1], due[1])
        title = title[: due.start()] + title[due.end() :]
    for _ in range(4):
        shorter = _without_last(title, work)
        if shorter == title or not shorter.strip():
            return title
        title = shorter
    return title


def _without_last(title: str, work: Work) -> str:
    if (found := _AT.search(title)) and found["name"].casefold() not in _NO_NAME and not work.assignee:
        work.assignee = found["name"]
        return title[: found.start()]
    if (found := _BRACKETED.search(title)) and _said(found["inside"].strip(), work):
        return title[: found.start()]
    return title


def _said(text: str, work: Work) -> bool:
    """Whether a remark in brackets is one field, whole, that now holds it."""
    if (effort := _EFFORT.match(text)) and effort.end() == len(text) and not _UNITLESS.match(text):
        if text.casefold() in ("small", "medium", "large", "s", "m", "l", "xs"):
            return False
        return _estimate(work, text, text)
    if re.fullmatch(r"P[0-4]", text):
        return _priority(work, text, text)
    if found := _PAIRED.match(text):
        key = found["key"].casefold()
        field = _INLINE.get(key) or field_named(key) or "estimate"
        if field == "needs" and not re.search(r"\d", found["value"]):
            return False
        if field == "due" and not date_of(found["value"]):
            return False
        if key == "blocked by":
            work.status = work.status or "blocked"
        return put(work, field, found["value"], text)
    named = pair(text)
    return named is not None and put(work, *named, text)
