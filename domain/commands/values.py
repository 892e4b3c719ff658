"""What a slot may hold: each check returns the value as it is kept, or refuses and says what to do."""

from __future__ import annotations

from domain.errors import Clarify, Refused
from domain.shape import TITLE_LIMIT, is_date
from domain.tracker import PRIORITIES, STATUSES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.commands.table import Call, Word

OTHER_WORDS = {
    **dict.fromkeys(("done", "completed", "finished", "closed", "resolved", "fixed", "shipped"), "complete"),
    **dict.fromkeys(("wip", "started", "doing", "active", "ongoing", "inprogress"), "in_progress"),
    **dict.fromkeys(("todo", "to_do", "open", "new", "backlog", "not_started"), "pending"),
    **dict.fromkeys(("stuck", "waiting"), "blocked"),
    **dict.fromkeys(("postponed", "parked", "on_hold", "later"), "deferred"),
    **dict.fromkeys(("canceled", "dropped", "wont_do", "wontfix", "abandoned"), "cancelled"),
}


def title(text: str) -> str:
    """On one line: a title is a heading of the page."""
    kept = " ".join(text.split())
    if not kept:
        raise Refused("A title must not be empty.", hint='Put the title in quotes, like "Write the guide".')
    if len(kept) > TITLE_LIMIT:
        raise Refused(
            f"This title has {len(kept)} characters; {TITLE_LIMIT} is the limit.",
            hint="Shorten the title and put the rest in the description or a note.",
        )
    return kept


def text(said: str) -> str:
    kept = said.strip()
    if not kept:
        raise Refused("This text is empty.", hint="Say what should stand there, in quotes or after a colon.")
    return kept


def status(word: str | Word) -> str:
    """A status as it is kept. A word that plainly means one is refused with that meaning, which healing puts there."""
    if word in STATUSES:
        return str(word)
    said = word if isinstance(word, str) else word.said
    means = normalise_status(said) if isinstance(word, str) else word.means
    if means not in STATUSES:
        return _one_of(said, STATUSES, "status")
    facts = {"slot": "status", "word": said, "means": means}
    raise Refused(f"Invalid status {said!r}.", hint=f"Did you mean {means!r}?", data=facts)


def normalise_status(word: str) -> str | None:
    """The status that another spelling, or the word of another tracker, stands for."""
    plain = "_".join(word.casefold().replace("-", " ").replace("_", " ").split())
    return plain if plain in STATUSES else OTHER_WORDS.get(plain)


def priority(word: str) -> str:
    return _one_of(word, PRIORITIES, "priority")


def _one_of(word: str, allowed: tuple[str, ...], noun: str) -> str:
    if word not in allowed:
        raise Refused(f"{word!r} is not a {noun}.", hint=f"Choose one of {', '.join(allowed)}.")
    return word


def date(said: str) -> str:
    if not is_date(said):
        raise Refused(f"{said!r} is not a date.", hint="Write a date like 2026-01-31.")
    return said


def person(name: str, call: Call) -> str:
    """Someone of the project, in the project's spelling; anyone when the project names nobody."""
    known, wanted = call.settings.people, text(name)
    found = next((who for who in known if who.casefold() == wanted.casefold()), None)
    if known and found is None:
        raise Clarify(
            f"{wanted} is not one of this project's people.",
            hint=f'Choose one of {", ".join(known)}, or add the name to "people" in .ecw/config.json.',
            candidates=[(who, who) for who in known],
        )
    return found or wanted


def labels(said: str | Iterable[str]) -> tuple[str, ...]:
    """Each once, without a leading `#`."""
    words = [said] if isinstance(said, str) else said
    return tuple(dict.fromkeys(text(word.strip().lstrip("#")) for word in words))
