"""The language room: sentences become commands, offline, deterministically, and every reading can be explained."""

from __future__ import annotations

from domain.language import plain
from domain.language.reading import Given, Reading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.commands.table import Command
    from domain.tracker import Tracker

__all__ = ["Given", "Reading", "canonical", "explain", "interpret"]


def interpret(text: str, tracker: Tracker | None, given: Given) -> Reading:
    """Read one sentence (or several). Never raises for what people type, never guesses a change."""
    found = plain.read(text, tracker)
    if found is not None:
        return found
    from domain.language.attempt import interpret as by_the_grammar

    return by_the_grammar(text, tracker, given)


def explain(text: str, tracker: Tracker | None, given: Given) -> tuple[str, ...]:
    """The reading step by step, for people who wonder."""
    from domain.language.attempt import explain as by_the_grammar

    return by_the_grammar(text, tracker, given)


def canonical(command: Command) -> str:
    """The plainest sentence that is read as this command."""
    from domain.language.wording import canonical as worded

    return worded(command)
