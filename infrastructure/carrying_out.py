"""A subcommand that stands for a row of the command table: wired, carried out, shown."""

from __future__ import annotations

from domain.commands.table import Command
from infrastructure import bootstrap, console, exports

TYPE_CHECKING = False
if TYPE_CHECKING:
    from infrastructure.router import Invocation


def carry_out(invocation: Invocation, name: str, **slots: object) -> int:
    """Carry out the command `name`; slots that say nothing are left out. Returns the exit code."""
    said = {key: value for key, value in slots.items() if value not in (None, False, [])}
    command = Command(name, said)
    if invocation.explain:
        return console.explain((f"subcommand: {invocation.words[0]}", f"command: {name} {said}"), invocation)
    session = bootstrap.session(invocation)
    return exports.show(session.carry_out([command]), invocation, session.root)
