"""The table loads what a sentence needs, and nothing is lost by it."""

from __future__ import annotations

from domain.commands import COMMANDS, HOMES
from domain.commands.table import DECLARED


def test_every_hint_names_the_file_that_declares_the_command() -> None:
    assert {name: f"domain.commands.{noun}" for name, noun in HOMES.items()} == {
        name: COMMANDS[name].run.__module__ for name in HOMES
    }


def test_the_whole_table_holds_every_declared_command() -> None:
    assert set(COMMANDS) == set(DECLARED)
    assert len(COMMANDS) == len(COMMANDS.items()) == len(DECLARED)
