"""Sentences near to one that was not understood: they speak of items that exist, and none deletes or changes many."""

from __future__ import annotations

from domain.commands import COMMANDS
from domain.language.lexicon import DETERMINERS
from domain.language.spelling import distance

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.language.grammar import World

UNOFFERED = ("delete", "bulk_set_status")
MOST, MOST_WORDS = 3, 12
SAY_NOTHING = DETERMINERS | frozenset("and for from with what which that has have are was were not done".split())


def suggestions(words: list[str], ids: list[str], world: World) -> list[str]:
    """Up to three sentences near to what was typed, filled with its ids."""
    scored = [
        (-near, len(phrase), spec.name, phrase)
        for spec in COMMANDS.values()
        if spec.name not in UNOFFERED
        for phrase in spec.phrases
        if not phrase.startswith("cancel") and (near := _nearness(words, phrase))
    ]
    chosen: dict[str, str] = {}
    for _, _, name, phrase in sorted(scored):
        said = _filled(phrase, ids)
        if name not in chosen and _speaks_of_what_is(said, world):
            chosen[name] = said
    return list(chosen.values())[:MOST]


def _nearness(words: list[str], phrase: str) -> int:
    there = phrase.lower().split()
    telling = [word for word in words[:MOST_WORDS] if len(word) > 2 and word not in SAY_NOTHING]
    return sum(any(_near(word, other) for other in there) for word in telling)


def _near(word: str, other: str) -> bool:
    return distance(word, other, 2) <= (1 if len(word) < 7 else 2)


def _filled(phrase: str, ids: list[str]) -> str:
    """The phrase with the ids of the sentence in place of its own, level by level."""
    said = phrase.split(" ")
    for at, word in enumerate(said):
        bare = word.rstrip(",:.?").removesuffix("'s")
        same = [id for id in ids if _is_id(bare) and id.count(".") == bare.count(".")]
        if same:
            said[at] = same[0] + word[len(bare) :]
            ids = [id for id in ids if id != same[0]] or ids
    return " ".join(said)


def _is_id(word: str) -> bool:
    return "." in word and word.replace(".", "").isdecimal()


def _speaks_of_what_is(phrase: str, world: World) -> bool:
    """Whether every item of a phrase exists, and none is named twice."""
    said = [word.rstrip(",:.?").removesuffix("'s") for word in phrase.split(" ")]
    ids = [
        word for at, word in enumerate(said) if _is_id(word) or (word.isdecimal() and at and said[at - 1] == "phase")
    ]
    evidence = any(word[:1] == "E" and word[1:].isdecimal() for word in said)
    there = world.tracker
    return not evidence and len({*ids}) == len(ids) and (there is None or all(there.at(id) for id in ids))
