"""Typos, repaired against the closed vocabulary only: never an id, a name or a title, never into a word that destroys."""

from __future__ import annotations

from domain.language.lexicon import MOODS, look_up, table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# A word that is nearest to one of these is not repaired at all: deleting, cancelling and "all" are never guessed.
NEVER = {
    ("verb", "delete"), ("verb", "cancel"), ("verb", "clear"), ("status", "cancelled"), ("quantifier", "all"),
    ("quantifier", "rest"), ("except", "except"), ("verb", "unlink"), ("mood", "what"),
}  # fmt: skip
REPAIRED_KINDS = frozenset("verb status priority field noun mood".split())
SHORTEST = 4
MOST_WORDS = 30


def distance(a: str, b: str, limit: int) -> float:
    """Edits between two words, neighbours swapped counting as a little less than one; limit + 1 when there are more."""
    if abs(len(a) - len(b)) > limit:
        return limit + 1
    older: list[float] = []
    before: list[float] = [float(i) for i in range(len(b) + 1)]
    for i, x in enumerate(a, 1):
        here = [float(i)]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, here[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y and x != y:
                cost = min(cost, older[j - 2] + 0.9)
            here.append(cost)
        if min(here) > limit:
            return limit + 1
        older, before = before, here
    return before[-1]


def vocabulary() -> list[str]:
    """Every single word that a typo may stand for: entries, and the regular forms of verbs."""
    found: dict[str, None] = {}
    for word, entries in table().items():
        kinds = {kind for _, kind, _, _ in entries}
        if kinds & REPAIRED_KINDS:
            found[word] = None
        if "verb" in kinds:
            stem = word[:-1] if word.endswith("e") else word
            found.update(dict.fromkeys((f"{stem}ed", f"{stem}ing", f"{word}s")))
    return [word for word in found if word.isalpha() and (word in table() or look_up([word], 0))]


def repairs(words: Iterable[str]) -> dict[str, str]:
    """word -> what it was meant to be, for those where one meaning is nearest."""
    wanted = [word for word in dict.fromkeys(words) if word.isascii() and word.isalpha() and len(word) >= SHORTEST]
    if not wanted or len(wanted) > MOST_WORDS:
        return {}
    known = vocabulary()
    return {word: meant for word in wanted if (meant := nearest(word, known))}


def nearest(word: str, known: list[str], *, destroying: bool = False) -> str | None:
    limit = 1 if len(word) < 6 else 2
    best: list[str] = []
    least = limit + 0.5
    for there in known:
        if abs(len(there) - len(word)) > limit or (there[0] != word[0] and there[0] not in word[:2]):
            continue
        cost = distance(word, there, limit)
        if cost < least:
            best, least = [there], cost
        elif cost == least:
            best.append(there)
    return _one_meaning(best, destroying)


def _one_meaning(best: list[str], destroying: bool) -> str | None:
    meanings = [meaning for there in best if (meaning := _meanings(there))]
    if not meanings or len(meanings) != len(best):
        return None
    if not destroying and any(meaning & NEVER for meaning in meanings):
        return None
    common = frozenset.intersection(*meanings)
    return best[0] if common else None


def _meanings(word: str) -> frozenset[tuple[str, str]]:
    here = look_up([word], 0)
    if here is None:
        return frozenset()
    return frozenset((kind, value) for kind, values in here.kinds.items() for value in values)


__all__ = ["MOODS", "distance", "nearest", "repairs", "vocabulary"]
