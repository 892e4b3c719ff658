"""The ids that plans give to their work (`WORK-001`, `T012`, `3.2.1`), told from words that look like one (`UTF-8`)."""

from __future__ import annotations

import re

from domain.plan_reading.words import words_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_ID = re.compile(
    r"^\s*(?P<open>[\[(]?)(?P<id>"
    r"[A-Z][A-Za-z0-9]*(?:[-_][A-Za-z0-9]+)*[-_]\d+(?:[.-]\d+)*[a-z]?"  # WORK-001, WI-SAO-046, T-046.1.1
    r"|[A-Z]{1,4}\d+(?:\.\d+)*[a-z]?"  # T012, M0.1
    r"|\d+(?:[.-]\d+)+"  # 3.2.1
    r"|\d+"
    r")(?P<close>[\])]?)(?P<strong>\s*[:：]\s*|\s+[-–—|·]+\s+|[.)]\s+)?(?P<blank>\s*)(?=\S)(?P<rest>.*)$",
    re.DOTALL,
)
_CELL = re.compile(r"^[A-Za-z]*[-_#A-Za-z]*\d+(?:[.-]\w+)*$")
# What has the form of an id but names no work: findings, decisions, standards.
_NO_WORK = words_of(
    "disc discovery adr rfc cve req fr nfr risk r dec asm les pat pep kb faq utf iso sha aes gpt md uc us ac q a v h "
    "es ip http tls ssl wcag eip erc rsa ed base covid mp vp python java node"
)


def prefix(id: str) -> str:
    """The letters of an id; ids of one series share them."""
    return re.sub(r"\d+", "#", id) if id[:1].isdigit() else re.match(r"\D*", id)[0]  # type: ignore[index]  # \D* always matches


def names_work(id: str) -> bool:
    return re.split(r"[-_]", prefix(id).strip("-_").casefold())[0] not in _NO_WORK


def series_of(texts: Iterable[str]) -> frozenset[str]:
    """The prefixes with which at least two different ids begin a text: in this plan they are ids, not words."""
    found: dict[str, set[str]] = {}
    for text in texts:
        if (match := _ID.match(text)) and not match["id"].isdigit():
            found.setdefault(prefix(match["id"]), set()).add(match["id"])
    return frozenset(start for start, ids in found.items() if len(ids) > 1)


def split_id(text: str, series: frozenset[str]) -> tuple[str | None, str]:
    """(id, the rest) of a text that begins with an id; (None, text) without one."""
    match = _ID.match(text)
    if not match or bool(match["open"]) != bool(match["close"]):
        return None, text
    id, strong, bracketed = match["id"], match["strong"], bool(match["open"])
    if id.isdigit():
        sure = bool(strong) and strong.strip() in (".", ")", ":", "：") and not bracketed
    else:
        sure = prefix(id) in series and bool(strong or match["blank"] or bracketed)
        sure = sure or (bool(strong) and not strong.startswith((".", ")"))) or (bracketed and "-" in id)
    return (id, match["rest"]) if sure else (None, text)


def is_id(cell: str) -> bool:
    """Whether a table cell holds nothing but an id; there the column says so, and lower case will do."""
    return bool(_CELL.match(cell.strip())) and len(cell.strip()) <= 40


def ids_in(text: str, known: Mapping[str, object]) -> tuple[list[str], str]:
    """(the known ids that a list like `T001, T002 and WORK-3` names, what is left of it)."""
    found, left = [], []
    for part in re.split(r"\s*(?:[,;+&]|\band\b|\bund\b|\by\b|\bet\b|→)\s*", text):
        bare = re.sub(r"\s*[(（][^()（）]*[)）]", "", part)
        bare = re.sub(r"[^\w.)\]]+$", "", bare).strip(" `*[]#")
        name = re.sub(r"^(?:task|story|issue|tasks)\s+", "", bare, flags=re.I)
        key = next((key for key in (bare.casefold(), name.casefold()) if key in known), None)
        if key is not None:
            found.append(key)
        elif bare:
            left.append(part.strip())
    return found, ", ".join(left)
