"""The subcommand `wt dashboard`."""

from __future__ import annotations

from infrastructure.carrying_out import carry_out

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from infrastructure.router import Invocation


def add_dashboard(app: Any, invocation: Invocation) -> None:
    import typer

    @app.command()  # type: ignore[untyped-decorator]  # typer is imported inside
    def dashboard(
        output: str = typer.Option("", "--output", help="The file to write; .ecw/state/dashboard.html when left out."),
    ) -> int:
        """Draw everything at a glance as one page of HTML. Example: wt dashboard --output status.html"""
        return carry_out(invocation, "draw_dashboard", output=output or None)
