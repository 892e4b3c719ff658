"""Renewing the credential of a remote, by the command that the project declares and a person trusts."""

from __future__ import annotations

import shlex

from domain.errors import Unavailable
from domain.proof import Declared
from infrastructure import running
from infrastructure.project import OWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from infrastructure.trust import Gate

WHERE = f"{OWN}/config.json"


def declared(command: str | None) -> list[Declared]:
    """What a person is shown before it may run; nothing where none is declared."""
    return [Declared(WHERE, command)] if command else []


class Renewal:
    """The command of one project. It is run without a shell, and its words are never kept: it deals in secrets."""

    def __init__(self, root: str, command: str | None, gate: Gate, env: Mapping[str, str]) -> None:
        self._root = root
        self._declared = declared(command)
        self._gate = gate
        self._env = env

    def is_trusted(self) -> bool:
        """Whether there is one that may run. Raises Unavailable."""
        return any(self._gate.is_trusted(each) for each in self._declared)

    def run(self, seconds: float) -> str:
        """Raises Blocked when no person trusts it, Unavailable when it fails."""
        for each in self._declared:
            self._gate.must_trust(each)
            ran = running.run(shlex.split(each.text), self._root, timeout=seconds, env=self._env)
            if ran.code != 0:
                raise Unavailable(f"The command that renews the credential failed: {ran.why or f'exit {ran.code}'}.")
        return "the credential was renewed"
