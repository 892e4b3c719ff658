"""The language room: sentences become commands, offline, deterministically, and every reading can be explained."""

from __future__ import annotations

from domain.language.interpret import explain, interpret
from domain.language.reading import Given, Reading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.commands.table import Command

__all__ = ["Given", "Reading", "canonical", "explain", "interpret"]


def canonical(command: Command) -> str:
    """The plainest sentence that is read as this command."""
    from domain.language.wording import canonical as worded

    return worded(command)
