"""The subcommand of upkeep."""

from __future__ import annotations

from domain.commands.periodic import DUE, PERIODS
from domain.errors import Usage
from infrastructure.carrying_out import carry_out

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from infrastructure.router import Invocation


def add_upkeep(app: Any, invocation: Invocation) -> None:
    import typer

    @app.command()  # type: ignore[untyped-decorator]  # typer is imported inside
    def upkeep(
        period: str = typer.Argument("", help="daily, weekly, monthly, or due for all that is; shown when left out."),
        step: str = typer.Option("", "--step", help="Only this step; that it was done is not remembered."),
    ) -> int:
        """Heal, review, test and tidy up, as is due by the day, the week and the month. Example: wt upkeep daily

        Exit 1 when a step failed or was not reached in time. What each step does: wt upkeep daily --dry-run
        """
        if step and period not in PERIODS:
            raise Usage("--step goes with one period.", hint="See them: wt upkeep monthly --dry-run")
        if not period:
            return carry_out(invocation, "show_upkeep")
        if period not in (*PERIODS, DUE):
            raise Usage(f"There is no {period} upkeep.", hint=f"There is: {', '.join((*PERIODS, DUE))}.")
        return carry_out(invocation, "do_upkeep", period=period, step=step or None)
