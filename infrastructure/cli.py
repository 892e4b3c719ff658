"""Subcommands, help and completion (typer): what is not a sentence."""

from __future__ import annotations

import os

from domain.errors import Usage
from infrastructure import (
    bootstrap,
    console,
    dashboard_cli,
    evolve_cli,
    exports,
    healing_cli,
    inbox_cli,
    setting_up,
    upkeep_cli,
)
from infrastructure.carrying_out import carry_out
from infrastructure.router import COMPLETING, CONSENT, OPTIONS
from infrastructure.selftest_cli import add_selftest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from domain.reply import Reply
    from infrastructure.router import Invocation, Option

SHELLS = ("bash", "zsh", "fish")
EXAMPLES = (
    'Anything else is a sentence: wt "mark task 5.3 complete" · wt "add task to phase 2: Write the docs" ·'
    ' wt "what is next?". What can be said: wt help.\n\nOptions may stand anywhere; text after -- is never one.'
)


def main(invocation: Invocation) -> int:
    """Run a subcommand, or print help or the version. Returns the exit code."""
    if COMPLETING in os.environ:
        return _run(_program(invocation), invocation)
    if invocation.version:
        return console.page(f"wt {version()}\n", invocation, version=version())
    if not invocation.words and not invocation.help:
        return console.show(bootstrap.session(invocation).help(), invocation)
    return _run(_program(invocation), invocation)


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


def _run(program: Any, invocation: Invocation) -> int:  # Any: typer's own class, imported only inside
    """typer parses, our console prints. Raises Usage in typer's words for what it does not accept."""
    import typer

    usage_error: Any = typer.BadParameter.__base__  # Any: the class of all such errors has no public name
    words, dashed = list(invocation.words), invocation.dashed
    if invocation.help:
        return console.page(_help(program, words), invocation)
    exports.must_fit(invocation.format, _command_of(words))
    arguments = words if dashed is None else [*words[:dashed], "--", *words[dashed:]]
    try:
        code = program(arguments, standalone_mode=False, prog_name="wt")
    except usage_error as error:
        raise Usage(str(error.format_message()), hint=f'See "wt {words[0]} --help".') from error
    return code if isinstance(code, int) else 0


def _command_of(words: list[str]) -> str:
    """The command that a subcommand stands for, as formats name it."""
    return "heal_report" if words[:2] == ["heal", "report"] else "".join(words[:1])


def _help(program: Any, words: list[str]) -> str:
    context = program.make_context("wt", [], resilient_parsing=True)
    if words:
        program = program.get_command(context, words[0])
        context = type(context)(program, info_name=words[0], parent=context)
    return f"{program.get_help(context)}\n"


def _program(invocation: Invocation) -> Any:
    import typer
    from typer.completion import completion_init  # type: ignore[attr-defined]  # it has no public name

    completion_init()
    app = typer.Typer(
        help="Track work in plain sentences. One JSON file is the truth; a Markdown page is drawn from it.",
        epilog=EXAMPLES,
        add_completion=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": []},
    )
    for add in (
        _add_init,
        _add_import,
        _add_validate,
        _add_docs,
        _add_completion,
        _add_doctor,
        add_selftest,
        _add_restore,
        _add_adopt,
        _add_consent,
        setting_up.add_setup,
        setting_up.add_hook,
        _add_merge,
        _add_sync,
        healing_cli.add_playbook,
        healing_cli.add_heal,
        evolve_cli.add_evolve,
        healing_cli.add_trust,
        healing_cli.add_probes,
        dashboard_cli.add_dashboard,
        inbox_cli.add_inbox,
        inbox_cli.add_approve,
        inbox_cli.add_deny,
        upkeep_cli.add_upkeep,
    ):
        add(app, invocation)
    program: Any = typer.main.get_command(app)  # Any: that it is a group is known only here
    program.commands["validate"].params.append(_shown(next(option for option in OPTIONS if option.field == "format")))
    program.params += [_shown(option) for option in OPTIONS if option.name != "-h"]
    return program


def _shown(option: Option) -> Any:
    """A global option for the page of help only: the router has taken the real ones out before."""
    from typer.core import TyperOption

    meaning = option.meaning.replace("`", "")
    names = [other.name for other in OPTIONS if other.field == option.field]
    return TyperOption(
        param_decls=names, help=meaning, metavar=option.takes, is_flag=not option.takes, expose_value=False
    )


def _add_init(app: Any, invocation: Invocation) -> None:
    import typer

    @app.command()  # type: ignore[untyped-decorator]  # typer is imported inside
    def init(title: str = typer.Argument("", help="What the plan is called; the folder's name when left out.")) -> int:
        """Start a tracker here. It stands in docs/plans/, with its page. Example: wt init "Garden shed" """
        return carry_out(invocation, "create_tracker", title=title or os.path.basename(os.getcwd()) or "Plan")


def _add_import(app: Any, invocation: Invocation) -> None:
    import typer

    @app.command("import")  # type: ignore[untyped-decorator]  # typer is imported inside
    def import_(
        plan: str = typer.Argument(help="The Markdown plan to read."),
        name: str = typer.Option("", "--as", help="The tracker's name; the plan's title when left out."),
        bullets: bool = typer.Option(False, "--bullets", help="Take plain list items for tasks too."),
    ) -> int:
        """Turn an existing Markdown plan into a tracker. Example: wt import PLAN.md --dry-run"""
        return carry_out(invocation, "import", path=plan, **{"as": name or None}, bullets=bullets)


def _add_validate(app: Any, invocation: Invocation) -> None:
    import typer

    @app.command()  # type: ignore[untyped-decorator]  # typer is imported inside
    def validate(
        paths: list[str] = typer.Argument(None, help="Trackers or folders of them; all when left out."),  # noqa: B008  # typer's way
        strict: bool = typer.Option(False, "--strict", help="Count warnings as errors."),
    ) -> int:
        """Check trackers, their pages and journals against schema and rules. Nothing is written.

        Exit 0: sound, 1: errors were found, 2: the command line is wrong. The rules: wt docs rules.

        \b
        wt validate                          every tracker of the project
        wt validate docs/plans --strict      warnings are errors
        wt validate demo --json              data.findings: rule, severity, path, file, line, message
        wt validate --format github          annotations in a GitHub workflow
        wt validate --format sarif > wt.sarif
        wt validate --format junit > wt.xml
        """
        return carry_out(invocation, "validate", paths=list(paths or []), strict=strict)


def _add_docs(app: Any, invocation: Invocation) -> None:
    import typer

    @app.command()  # type: ignore[untyped-decorator]  # typer is imported inside
    def docs(
        page: str = typer.Argument(help="commands, language, rules, settings, healing, or schema, playbook-schema …"),
    ) -> int:
        """Print a page of the documentation. It is made from the program itself. Example: wt docs commands"""
        from infrastructure import docs_pages

        if page not in docs_pages.PAGES:
            raise Usage(f"There is no page {page!r}.", hint=f"Pages: {', '.join(docs_pages.PAGES)}.")
        return console.page(docs_pages.PAGES[page](), invocation, page=page)


def _add_completion(app: Any, invocation: Invocation) -> None:
    import typer

    @app.command()  # type: ignore[untyped-decorator]  # typer is imported inside
    def completion(shell: str = typer.Argument(help="bash, zsh or fish.")) -> int:
        """Print a completion script for your shell. Example: eval "$(wt completion bash)" """
        from typer.completion import get_completion_script  # type: ignore[attr-defined]  # it has no public name

        if shell not in SHELLS:
            raise Usage(f"There is no completion for {shell!r}.", hint=f"Shells: {', '.join(SHELLS)}.")
        script = get_completion_script(prog_name="wt", complete_var=COMPLETING, shell=shell)
        return console.page(f"{script}\n", invocation)


def _add_doctor(app: Any, invocation: Invocation) -> None:
    import typer

    @app.command()  # type: ignore[untyped-decorator]  # typer is imported inside
    def doctor(fix: bool = typer.Option(False, "--fix", help="Carry out what can be proven.")) -> int:
        """Look at trackers, pages, journals and snapshots; change nothing. Exit 5 when a person must decide."""
        import time

        from infrastructure.doctor import Doctor, visit

        session = bootstrap.session(invocation)
        trackers = session.trackers.saying("doctor --fix")
        who = Doctor(session.root, trackers, seconds=time.time(), health=session.health, only=invocation.tracker)
        fixing = fix and not invocation.dry_run
        return console.show(session.run("doctor", lambda: visit(who, fix=fixing), counts=fixing), invocation)


def _add_restore(app: Any, invocation: Invocation) -> None:
    import typer

    @app.command()  # type: ignore[untyped-decorator]  # typer is imported inside
    def restore(number: int = typer.Argument(None, help="The state; all are listed when left out.")) -> int:
        """List the states a tracker had, or go back to one. Example: wt restore 12"""
        from infrastructure import restoring

        session = bootstrap.session(invocation)
        trackers = session.trackers.rehearsing() if invocation.dry_run else session.trackers

        def work() -> Reply:
            name = restoring.name_of(trackers, session.root, os.getcwd(), invocation.tracker)
            return restoring.restore(trackers, name, number, session.root, trackers.size_limit)

        return console.show(session.run("restore", work), invocation)


def _add_adopt(app: Any, invocation: Invocation) -> None:
    import typer

    @app.command()  # type: ignore[untyped-decorator]  # typer is imported inside
    def adopt(
        page: str = typer.Argument("", help="The edited page; when left out, the tracker's or the copy kept."),
    ) -> int:
        """Take over what somebody wrote into the page: ticked boxes, changed titles, new rows. Example: wt adopt"""
        from infrastructure.adopting import adopt as take_over

        session = bootstrap.session(invocation)
        trackers = session.trackers.rehearsing() if invocation.dry_run else session.trackers
        new_uid, at = bootstrap.new_uid, trackers.now

        def work() -> Reply:
            name = trackers.choose(invocation.tracker)
            return take_over(trackers, name, page or None, session.root, at=at, new_uid=new_uid)

        # A row that was taken over has a number now; the page it came from does not know that.
        return console.show(session.run("adopt", work, idempotent=False), invocation)


def _add_consent(app: Any, invocation: Invocation) -> None:
    import typer

    @app.command()  # type: ignore[untyped-decorator]  # typer is imported inside
    def consent(
        what: str = typer.Argument("list", help="list, grant or revoke."),
        request: str = typer.Argument("", help="The request to answer; the only one when left out."),
    ) -> int:
        """Show what waits for a person's consent, answer it, or take all approvals back. Example: wt consent grant"""
        if what not in CONSENT:
            raise Usage(f"There is no {what!r} of consent.", hint=f"Say: {', '.join(CONSENT)}.")
        if request and what != "grant":
            raise Usage(f"{what} takes no request.", hint='See "wt consent --help".')
        return carry_out(invocation, CONSENT[what], request=request or None)


def _add_merge(app: Any, invocation: Invocation) -> None:
    import typer

    @app.command()  # type: ignore[untyped-decorator]  # typer is imported inside
    def merge(
        trackers: list[str] = typer.Argument(None, help="Which; all that git left unmerged when left out."),  # noqa: B008  # typer's way
    ) -> int:
        """Merge trackers that git has left unmerged, item by item. Conflicts stand in the data. Example: wt merge"""
        return carry_out(invocation, "merge", paths=list(trackers or []))


def _add_sync(app: Any, invocation: Invocation) -> None:
    import typer

    @app.command()  # type: ignore[untyped-decorator]  # typer is imported inside
    def sync(
        remote: bool = typer.Option(False, "--remote", help="Fetch, fast-forward and push trackers, too."),
    ) -> int:
        """Check, repair what is proven, draw the page anew. With --remote nothing is ever merged, forced or stashed."""
        return carry_out(invocation, "sync", remote=remote)
