"""Subcommands of the inbox: what waits for a person, and the answers to it."""

from __future__ import annotations

from infrastructure.carrying_out import carry_out

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from infrastructure.router import Invocation

WHICH = "Its id, or the beginning of it; the only thing that waits when left out."
NOTE = "What is recorded with the answer."


def add_inbox(app: Any, invocation: Invocation) -> None:
    import typer

    @app.command()  # type: ignore[untyped-decorator]  # typer is imported inside
    def inbox(
        everything: bool = typer.Option(False, "--all", help="Also what was answered, has expired or settled itself."),
    ) -> int:
        """Show everything that waits for a person. Example: wt inbox"""
        return carry_out(invocation, "show_inbox", all=everything)


def add_approve(app: Any, invocation: Invocation) -> None:
    import typer

    @app.command()  # type: ignore[untyped-decorator]  # typer is imported inside
    def approve(
        inquiry: str = typer.Argument("", help=WHICH),
        note: str = typer.Option("", "--note", help=NOTE),
        now: bool = typer.Option(False, "--now", help="Heal at once, not at the next wt heal."),
    ) -> int:
        """Agree to what waits; only a person at a terminal can. Example: wt approve 3f2a"""
        return carry_out(invocation, "approve_inquiry", inquiry=inquiry or None, note=note or None, now=now)


def add_deny(app: Any, invocation: Invocation) -> None:
    import typer

    @app.command()  # type: ignore[untyped-decorator]  # typer is imported inside
    def deny(
        inquiry: str = typer.Argument("", help=WHICH),
        note: str = typer.Option("", "--note", help=NOTE),
    ) -> int:
        """Say no to what waits. Example: wt deny 3f2a --note "not before the release" """
        return carry_out(invocation, "deny_inquiry", inquiry=inquiry or None, note=note or None)
