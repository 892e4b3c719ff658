"""The subcommand evolve."""

from __future__ import annotations

from infrastructure.carrying_out import carry_out

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from infrastructure.router import Invocation


def add_evolve(app: Any, invocation: Invocation) -> None:
    import typer

    @app.command()  # type: ignore[untyped-decorator]  # typer is imported inside
    def evolve(
        playbook: str = typer.Argument("", help="The playbook; all that were used here when left out."),
    ) -> int:
        """Look for a better version of a playbook, in throw-away clones. Example: wt evolve probe_failure

        What is better is proposed (wt inbox); nothing changes before a person has agreed. It may take minutes; with
        --dry-run it only says what would be tried.
        """
        return carry_out(invocation, "evolve_playbooks", playbook=playbook or None)
