"""Subcommands, help and completion (typer): what is not a sentence."""

from __future__ import annotations

import os
import sys

from domain.commands.table import Command
from domain.errors import Usage
from infrastructure import bootstrap, console

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from infrastructure.router import Invocation

EPILOG = """
Sentences: wt "mark task 5.3 complete" · wt "add task to phase 2: Write the docs" · wt "what is next?" · wt help

Options may stand anywhere: --tracker NAME, --json, --dry-run, --explain, --skip-consent, --enforce-evidence,
--actor NAME, --verbose, --version. Text after -- is never an option.
"""


def main(invocation: Invocation, given: list[str]) -> int:
    """Run a subcommand, or print help or the version. Returns the exit code."""
    if invocation.version:
        print(f"wt {version()}")
        return 0
    if not invocation.words and not invocation.help:
        return console.show(bootstrap.session(invocation).handle("help"), invocation)
    arguments = [*invocation.words, *(["--help"] if invocation.help else [])]
    try:
        app = _application(invocation)
    except ImportError as error:
        raise Usage(f"wt needs the package {error.name!r}.", hint="Install wt into its own environment: see the README.") from error
    return _run(app, arguments)


def version() -> str:
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("ecw-work-tracker")
    except PackageNotFoundError:
        return _version_in_the_sources()


def _version_in_the_sources() -> str:
    import tomllib

    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    with open(os.path.join(root, "pyproject.toml"), "rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def _run(app: Any, arguments: list[str]) -> int:  # Any: typer's own class, imported only inside
    """One of the four doors for any exception: typer's own errors become two lines, ours are worded by the router."""
    try:
        code = app(arguments, standalone_mode=False, prog_name="wt")
    except Exception as error:  # noqa: BLE001  # a door: anything that is not typer's own goes on
        format_message = getattr(error, "format_message", None)
        if format_message is None:
            raise
        raise Usage(str(format_message()), hint=f'See "wt {arguments[0]} --help".') from error
    return code if isinstance(code, int) else 0


def _application(invocation: Invocation) -> Any:
    import typer

    app = typer.Typer(
        help="Track work in plain sentences. One JSON file is the truth; a Markdown page is drawn from it.",
        epilog=EPILOG,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode="rich" if sys.stdout.isatty() else None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    _add_init(app, invocation)
    _add_import(app, invocation)
    _add_validate(app, invocation)
    _add_docs(app)
    return app


def _carry_out(invocation: Invocation, name: str, **slots: object) -> int:
    said = {key: value for key, value in slots.items() if value not in (None, False, [])}
    return console.show(bootstrap.session(invocation).carry_out([Command(name, said)]), invocation)


def _add_init(app: Any, invocation: Invocation) -> None:
    import typer

    @app.command()  # type: ignore[untyped-decorator]  # typer is imported inside
    def init(title: str = typer.Argument("", help="What the plan is called; the folder's name when left out.")) -> int:
        """Start a tracker here: docs/plans/TITLE.json and the page beside it. Example: wt init "Garden shed" """
        return _carry_out(invocation, "create_tracker", title=title or os.path.basename(os.getcwd()) or "Plan")


def _add_import(app: Any, invocation: Invocation) -> None:
    import typer

    @app.command("import")  # type: ignore[untyped-decorator]
    def import_(
        plan: str = typer.Argument(help="The Markdown plan to read."),
        name: str = typer.Option("", "--as", help="The tracker's name; the plan's title when left out."),
        bullets: bool = typer.Option(False, "--bullets", help="Take plain list items for tasks too."),
    ) -> int:
        """Turn an existing Markdown plan into a tracker. Example: wt import PLAN.md --dry-run"""
        return _carry_out(invocation, "import", path=plan, **{"as": name or None}, bullets=bullets)


def _add_validate(app: Any, invocation: Invocation) -> None:
    import typer

    @app.command()  # type: ignore[untyped-decorator]
    def validate(
        paths: list[str] = typer.Argument(None, help="Trackers or folders of trackers; all of the project when left out."),  # noqa: B008
        strict: bool = typer.Option(False, "--strict", help="Count warnings as errors."),
    ) -> int:
        """Check trackers and their pages; exit 1 when something is wrong. Example: wt validate docs/plans"""
        return _carry_out(invocation, "validate", paths=list(paths or []), strict=strict)


def _add_docs(app: Any) -> None:
    import typer

    @app.command()  # type: ignore[untyped-decorator]
    def docs(page: str = typer.Argument(help="commands, settings or schema.")) -> int:
        """Print a page of the documentation, made from the program itself. Example: wt docs commands"""
        from infrastructure import docs_pages

        if page not in docs_pages.PAGES:
            raise Usage(f"There is no page {page!r}.", hint=f"Pages: {', '.join(docs_pages.PAGES)}.")
        print(docs_pages.PAGES[page](), end="")
        return 0
