"""Sentences about the self-test, which is named as in no other sentence."""

from __future__ import annotations

from domain.commands.table import Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.tracker import Tracker

PASSED_OVER = frozenset("the a your please hey kindly now do me could you can would run start".split())
SAID = {
    "self test": Command("self_test", {}),
    "selftest": Command("self_test", {}),
    "fast self test": Command("self_test", {"fast": True}),
    "fast selftest": Command("self_test", {"fast": True}),
}


def read(text: str, _: Tracker | None) -> Command | None:
    """The command, if every word of the text belongs to it."""
    words = [word.strip(",?!.").casefold() for word in text.replace("-", " ").split()]
    return SAID.get(" ".join(word for word in words if word and word not in PASSED_OVER))
