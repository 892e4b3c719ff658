"""`wt setup` and `wt hook` as subcommands: other programs are set up to work with wt, and taken back."""

from __future__ import annotations

import os

from domain.errors import Usage
from infrastructure import console
from infrastructure.router import SET_UPS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from infrastructure.router import Invocation

HOOK_HELP = (
    "Answer a hook of a coding agent, which calls this itself (wt setup claude). Exit 2 blocks a call. guard is for"
    " Codex, Gemini CLI and Cursor. Example: wt hook pre-tool-use < payload.json"
)


def add_setup(app: Any, invocation: Invocation) -> None:
    import typer

    @app.command()  # type: ignore[untyped-decorator]  # typer is imported inside
    def setup(
        what: str = typer.Argument(
            help="claude: hooks and guidelines. git: trackers are merged item by item. schedule: upkeep once a day."
        ),
        check: bool = typer.Option(False, "--check", help="Only say whether it is set up; exit 1 when it is not."),
        remove: bool = typer.Option(False, "--remove", help="Take out what was put in, and nothing else."),
        print_: bool = typer.Option(
            False, "--print", help="claude, schedule: show what would be written; write nothing."
        ),
        fail_closed: bool = typer.Option(False, "--fail-closed", help="claude: a hook that fails blocks the call."),
    ) -> int:
        """Set up another program to work with wt. Examples: wt setup claude · wt setup git · wt setup schedule"""
        if what not in SET_UPS:
            raise Usage(f"There is nothing to set up for {what!r}.", hint=f"There is: {', '.join(SET_UPS)}.")
        if check + remove + print_ > 1:
            raise Usage("--check, --remove and --print exclude each other.")
        if (what == "git" and print_) or (what != "claude" and fail_closed):
            raise Usage(f"wt setup {what} has no such option.", hint='See "wt setup --help".')
        if what == "schedule":
            return _setup_schedule(invocation, check=check, remove=remove, only_print=print_)
        if what == "git":
            return _setup_git(invocation, check=check, remove=remove)
        return _setup_claude(invocation, check=check, remove=remove, only_print=print_, fail_closed=fail_closed)


def _setup_git(invocation: Invocation, *, check: bool, remove: bool) -> int:
    from infrastructure import setup_git
    from infrastructure.project import find_root

    root = find_root(os.getcwd())
    if check:
        return console.show(setup_git.check(root), invocation)
    if remove:
        return console.show(setup_git.remove(root, dry_run=invocation.dry_run), invocation)
    return console.show(setup_git.set_up(root, setup_git.program(), dry_run=invocation.dry_run), invocation)


def _setup_schedule(invocation: Invocation, *, check: bool, remove: bool, only_print: bool) -> int:
    from infrastructure import setup_git
    from infrastructure.project import find_root
    from infrastructure.schedule import Schedule

    schedule = Schedule(find_root(os.getcwd()), setup_git.program(), os.environ)
    if only_print:
        return console.page(schedule.shown(), invocation)
    if check:
        return console.show(schedule.check(), invocation)
    if remove:
        return console.show(schedule.remove(dry_run=invocation.dry_run), invocation)
    return console.show(schedule.set_up(dry_run=invocation.dry_run), invocation)


def _setup_claude(invocation: Invocation, *, check: bool, remove: bool, only_print: bool, fail_closed: bool) -> int:
    from infrastructure import setup_claude
    from infrastructure.project import find_root

    root, program, dry_run = find_root(os.getcwd()), setup_claude.program(), invocation.dry_run
    agrees = _agrees if console.can_ask(invocation) and not dry_run else None
    if only_print:
        return console.page(setup_claude.printed(program, root, fail_closed=fail_closed), invocation)
    if check:
        return console.show(setup_claude.check(root, program), invocation)
    if remove:
        return console.show(setup_claude.remove(root, dry_run=dry_run, agrees=agrees), invocation)
    made = setup_claude.set_up(root, program, fail_closed=fail_closed, dry_run=dry_run, agrees=agrees)
    return console.show(made, invocation)


def _agrees(shown: str) -> bool:
    """Show what would change and ask; anything but a yes is a no."""
    print(shown)
    try:
        return input("Make these changes? [y/N] ").strip().casefold() in ("y", "yes")
    except EOFError:
        return False


def add_hook(app: Any, invocation: Invocation) -> None:
    import typer

    from infrastructure.hooks import EVENTS

    @app.command(help=f"{HOOK_HELP} Events: {', '.join(EVENTS)}.")  # type: ignore[untyped-decorator]  # as above
    def hook(event: str = typer.Argument(help="Which one; its payload is read from standard input.")) -> int:
        from infrastructure import hooks

        return hooks.main([event])
