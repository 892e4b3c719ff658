"""The subcommand `wt dashboard`."""

from __future__ import annotations

from domain.errors import Usage
from infrastructure import bootstrap, console
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
        serve: bool = typer.Option(False, "--serve", help="Show it live on 127.0.0.1 instead, until Ctrl-C."),
        port: int = typer.Option(None, "--port", help="The port to serve on; any free one when left out."),
    ) -> int:
        """Draw everything at a glance as one page of HTML. Example: wt dashboard --serve"""
        if serve and output:
            raise Usage("--serve writes no file: leave --output out.")
        if port is not None and not serve:
            raise Usage("--port is for --serve.")
        return _live(invocation, port or 0) if serve else carry_out(invocation, "draw_dashboard", output=output or None)


def _live(invocation: Invocation, port: int) -> int:
    """Until somebody interrupts; what stands in the way is told before anything is served."""
    from domain import dashboard
    from domain.reply import Reply
    from infrastructure.dashboard_server import DashboardServer, serve

    session = bootstrap.session(invocation)

    def draw() -> str:
        return dashboard.page(session.drawing().board(), live=True)

    draw()
    server = DashboardServer(draw, port)
    said = f"The dashboard is live at {server.url} until Ctrl-C."
    code = console.show(Reply("answered", said, data={"url": server.url, "port": server.server_port}), invocation)
    serve(server)
    return code
