"""Words that commands share: ids and counts in a sentence, statuses as people say them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.tracker import Found

SPOKEN = {"in_progress": "in progress"}
PLURALS = {"criterion": "criteria", "person": "people", "dependency": "dependencies"}
NAMED_ONE_BY_ONE = 8


def spoken(status: str) -> str:
    return SPOKEN.get(status, status)


def listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def counted(count: int, noun: str) -> str:
    """`1 task`, `3 tasks`, `no tasks`."""
    plural = PLURALS.get(noun, noun + "s")
    return f"1 {noun}" if count == 1 else f"{count or 'no'} {plural}"


def named(found: Sequence[Found]) -> str:
    """`task 5.3`, `tasks 5.3 and 5.4`, `the tracker`; only the count when there are many."""
    if len(found) == 1 and found[0].kind == "tracker":
        return "the tracker"
    kinds = {item.kind for item in found}
    noun = kinds.pop() if len(kinds) == 1 else "item"
    if len(found) > NAMED_ONE_BY_ONE:
        return counted(len(found), noun)
    return f"{noun if len(found) == 1 else noun + 's'} {listed([item.id for item in found])}"


def sentence(text: str) -> str:
    """With a capital to begin with and a full stop to end with."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def verb(found: Sequence[object], one: str, many: str) -> str:
    return one if len(found) == 1 else many
