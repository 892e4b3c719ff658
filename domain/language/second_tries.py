"""A sentence that was not understood as typed is tried again: with titles for ids, with typos repaired, with both."""

from __future__ import annotations

from domain.language.grammar import opened
from domain.language.reading import Impossible, Missing, NotDone, Unclear
from domain.language.tokens import Token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.commands.table import Command
    from domain.language.attempt import Attempt

FINAL = (NotDone, Missing, Impossible)
CHANGING = frozenset(("set_status", "bulk_set_status", "check", "uncheck", "set_field", "delete", "move"))


def again(attempt: Attempt, tokens: list[Token], first: Unclear) -> list[Command]:
    """Raises `first`, or the account of a later try that names items to choose from, when nothing helps."""
    single = len(attempt.unknown) == 1
    found_by: list[list[Command]] = []
    repaired: list[Command] = []
    for way in (with_titles, _with_repairs):
        try:
            other = way(attempt, tokens)
        except FINAL:
            raise
        except Unclear as unclear:
            first = unclear if unclear.candidates and not first.candidates else first
            continue
        repaired = other if other and way is _with_repairs else repaired
        if other:
            found_by.append(other)
        if other and not single:
            break
    if not found_by:
        return _by_phrase(attempt, tokens, first)
    attempt.plain = False
    return _one_of(attempt, found_by, repaired)


def _by_phrase(attempt: Attempt, tokens: list[Token], first: Unclear) -> list[Command]:
    from domain.language import phrasebook

    new = phrasebook.read(tokens, attempt.world)
    if new is None:
        raise first
    return new


def _one_of(attempt: Attempt, found_by: list[list[Command]], repaired: list[Command]) -> list[Command]:
    """A word that may be a title or a typo: reads are free to choose, changes are not."""
    if len(found_by) == 1 or found_by[0] == found_by[1]:
        if len(found_by) == 1 and found_by[0] != repaired:
            attempt.world.repairs = {}
        return found_by[0]
    if any(command.name in CHANGING for commands in found_by for command in commands):
        raise Unclear(
            "One word of that may be a title or a typo; nothing was changed.", hint="Say the id, or correct the word."
        )
    return found_by[-1]


def by_title(attempt: Attempt, tokens: list[Token], found: list[Command]) -> list[Command]:
    """A general question with words left over, perhaps those of a title: how is the opening weekend going?"""
    chunks = attempt.chunks
    try:
        return with_titles(attempt, tokens) or found
    except Unclear:
        attempt.chunks = chunks
        return found


def with_titles(attempt: Attempt, tokens: list[Token]) -> list[Command] | None:
    from domain.language.titles import resolve

    changed = resolve(tokens, attempt.unknown, attempt.world)
    return attempt.commands(changed) if changed else None


def _with_repairs(attempt: Attempt, tokens: list[Token]) -> list[Command] | None:
    from domain.language.spelling import repairs

    typed = [t for t in opened(tokens) if t.start in attempt.unknown and t.text not in attempt.world.people]
    meant = repairs(t.text for t in typed)
    if not meant:
        return None
    attempt.world.repairs = meant
    mended = [
        Token("word", meant[t.text], t.start, t.end) if t.text in meant and t.start in attempt.unknown else t
        for t in opened(tokens)
    ]
    try:
        return attempt.commands(mended)
    except FINAL:
        raise
    except Unclear:
        return with_titles(attempt, mended)
