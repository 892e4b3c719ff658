"""The subcommand `wt selftest`."""

from __future__ import annotations

from infrastructure.carrying_out import carry_out

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from infrastructure.router import Invocation


def add_selftest(app: Any, invocation: Invocation) -> None:
    import typer

    @app.command()  # type: ignore[untyped-decorator]  # typer is imported inside
    def selftest(
        fast: bool = typer.Option(False, "--fast", help="A third of the quick faults, once each, and all controls."),
        only: str = typer.Option("", "--only", help="These faults: F01,F19,C5."),
        seed: int = typer.Option(0, "--seed", help="What chance is drawn from; the same seed does the same."),
        keep: bool = typer.Option(False, "--keep", help="Keep the throw-away projects, to look at them."),
    ) -> int:
        """Do known faults to throw-away projects and judge the healing. Example: wt selftest --fast"""
        return carry_out(invocation, "self_test", fast=fast, only=only or None, seed=seed or None, keep=keep)
