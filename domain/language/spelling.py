"""Typos, repaired against the closed vocabulary only: never ids, names or titles, never into a word that destroys."""

# a line of words is easier to read, and to add to, than a list

from __future__ import annotations

from domain.language.dates import MONTHS, WEEKDAYS
from domain.language.lexicon import entries, first_words, look_up

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# A word that is nearest to one of these is not repaired at all: deleting, cancelling and "all" are never guessed.
NEVER = {
    ("verb", "delete"), ("verb", "cancel"), ("verb", "clear"), ("status", "cancelled"), ("quantifier", "all"),
    ("quantifier", "rest"), ("except", "except"), ("verb", "unlink"), ("mood", "what"),
}  # fmt: skip
REPAIRED_KINDS = frozenset("verb status priority field noun mood".split())
# English words that are no typos, however near they are to a word of the vocabulary.
REAL_WORDS = frozenset(
    (
        "last least lost past cast fast best test tests text next most some many much more less real main same "
        "other form forms from team term time late dear mail fine line lines sand band stop stops step shop road "
        "load food good word words work wall call tall half self help hand head lead lend send land then than "
        "they them thus this that there these those were where here when what with wish side size site note nose "
        "none nine live love move mode made make male mark park dark part port post cost host plan plane place "
        "plate rate date gate game name safe sale tale take lake like life link sink think thing things bring "
        "ring king kind find mind hint hunt hurt heart earth east west rest nest vest neat near year hear"
    ).split()
)
SHORTEST = 3
MOST_WORDS = 30


def distance(a: str, b: str, limit: int) -> float:
    """Edits between two words; neighbours swapped and a letter doubled are a little less than one. limit + 1: more."""
    if abs(len(a) - len(b)) > limit:
        return limit + 1
    older: list[float] = []
    before: list[float] = [float(i) for i in range(len(b) + 1)]
    for i, x in enumerate(a, 1):
        here = [float(i)]
        for j, y in enumerate(b, 1):
            dropped = 0.9 if i > 1 and x == a[i - 2] else 1
            missed = 0.9 if j > 1 and y == b[j - 2] else 1
            cost = min(before[j] + dropped, here[j - 1] + missed, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y and x != y:
                cost = min(cost, older[j - 2] + 0.9)
            here.append(cost)
        if min(here) > limit:
            return limit + 1
        older, before = before, here
    return before[-1]


def repairs(words: Iterable[str]) -> dict[str, str]:
    """word -> what it was meant to be, for those where one meaning is nearest."""
    wanted = [word for word in dict.fromkeys(words) if _may_be_typo(word)]
    if len(wanted) > MOST_WORDS:
        return {}
    return {word: meant for word in wanted if (meant := nearest(word))}


def _may_be_typo(word: str) -> bool:
    return word.isascii() and word.isalpha() and len(word) >= SHORTEST and word not in REAL_WORDS


def nearest(word: str) -> str | None:
    limit = 1 if len(word) < 6 else 2
    best: list[str] = []
    least = limit + 0.5 if len(word) > 3 else 0.95  # of three letters only a swap is plain enough
    for there in _candidates(word, limit):
        cost = distance(word, there, limit)
        if cost < least:
            best, least = [there], cost
        elif cost == least:
            best.append(there)
    return _one_meaning(best)


def _candidates(word: str, limit: int) -> Iterator[str]:
    """Words of the vocabulary with nearly the same letters: entries, the regular forms of verbs, days and months."""
    letters = set(word)
    for there in first_words():
        if (
            len(there) > len(word) + limit
            or not there.isalpha()
            or len(letters.symmetric_difference(there)) > 2 * limit + 4
        ):
            continue
        kinds = {kind for _, kind, _, _ in entries(there)}
        if (
            kinds & REPAIRED_KINDS
            and len(there) >= len(word) - limit
            and len(letters.symmetric_difference(there)) <= 2 * limit
        ):
            yield there
        if "verb" in kinds and len(there) >= len(word) - limit - 3:
            stem = there[:-1] if there.endswith("e") else there
            yield from (
                form
                for form in (f"{stem}ed", f"{stem}ing", f"{there}s")
                if abs(len(form) - len(word)) <= limit and look_up([form], 0)
            )
    yield from (day for day in (*WEEKDAYS, *MONTHS, "tomorrow", "today") if distance(word, day, 1) <= 1)


def _one_meaning(best: list[str]) -> str | None:
    alone = [there for there in dict.fromkeys(best) if _meanings(there)]
    best = alone or [*dict.fromkeys(best)]
    meanings = [_meanings(there) or _begun(there) for there in best]
    if not meanings or any(meaning & NEVER for meaning in meanings):
        return None
    return best[0] if frozenset.intersection(*meanings) else None


def _begun(word: str) -> frozenset[tuple[str, str]]:
    """What the phrases mean that begin with a word which means nothing alone."""
    return frozenset((kind, str(value)) for _, kind, value, _ in entries(word))


def _meanings(word: str) -> frozenset[tuple[str, str]]:
    if word in WEEKDAYS or word in MONTHS:
        return frozenset([("date", word)])
    here = look_up([word], 0)
    if here is None:
        return frozenset()
    return frozenset((kind, value) for kind, values in here.kinds.items() for value in values)
