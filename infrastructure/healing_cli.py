"""Subcommands of healing, probes and trust."""

from __future__ import annotations

from domain.errors import Usage
from infrastructure.carrying_out import carry_out
from infrastructure.router import PLAYBOOK_VERBS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from infrastructure.router import Invocation

PLAYBOOK_COMMANDS = {  # verb -> (command, whether it needs an id)
    "list": ("list_playbooks", "none"),
    "show": ("show_playbook", "must"),
    "validate": ("validate_playbooks", "none"),
    "explain": ("explain_playbook", "must"),
    "plan": ("plan_healing", "may"),
    "run": ("run_playbook", "must"),
    "enable": ("enable_playbook", "must"),
    "disable": ("disable_playbook", "must"),
    "history": ("playbook_history", "may"),
}


def add_playbook(app: Any, invocation: Invocation) -> None:
    import typer

    @app.command()  # type: ignore[untyped-decorator]  # typer is imported inside
    def playbook(
        verb: str = typer.Argument(help=", ".join(PLAYBOOK_VERBS) + "."),
        id: str = typer.Argument("", help="The playbook; list, validate, plan and history do without."),
    ) -> int:
        """Look at what is known to go wrong and what is done about it. Example: wt playbook plan"""
        if verb not in PLAYBOOK_COMMANDS:
            raise Usage(f"There is no wt playbook {verb}.", hint=f"There are: {', '.join(PLAYBOOK_VERBS)}.")
        name, takes = PLAYBOOK_COMMANDS[verb]
        if (takes == "must" and not id) or (takes == "none" and id):
            needs = "needs the id of a playbook" if takes == "must" else "takes no id"
            raise Usage(f"wt playbook {verb} {needs}.", hint="See them: wt playbook list")
        return carry_out(invocation, name, playbook=id or None)


def add_heal(app: Any, invocation: Invocation) -> None:
    import typer

    @app.command()  # type: ignore[untyped-decorator]  # typer is imported inside
    def heal(
        what: str = typer.Argument("", help="report: what healing did, and what it learnt."),
        since: str = typer.Option("", "--since", help="Of a report: 7d (the default), 2026-11-01 or ever."),
        plan: bool = typer.Option(False, "--plan", help="Only show what would be done."),
        stop: bool = typer.Option(False, "--stop", help="Stop healing, also one under way, until it is resumed."),
        resume: bool = typer.Option(False, "--resume", help="Let healing go on."),
        alert: str = typer.Option("", "--alert", help="Take an alert from this file; - for standard input."),
    ) -> int:
        """Look for known trouble, heal what may be healed, ask about the rest. Exit 1 when something is left.

        \b
        wt heal                              heal what may be healed
        wt heal --plan                       only show what would be done
        wt heal --alert -                    look into what an alert on standard input is about
        wt heal report --since 30d           what was healed, escalated and learnt
        wt heal report --format markdown     the same as a page; --verbose adds the treatments behind each figure
        """
        if what:
            _must_be_a_report(what, plan or stop or resume or bool(alert))
            return carry_out(invocation, "heal_report", since=since or None, ids=invocation.verbose)
        if since:
            raise Usage("--since belongs to a report.", hint="Say: wt heal report --since 7d")
        if plan + stop + resume + bool(alert) > 1:
            raise Usage("--plan, --stop, --resume and --alert exclude each other.")
        if alert:
            return carry_out(invocation, "take_alert", path=alert)
        name = "plan_healing" if plan else "stop_healing" if stop else "resume_healing" if resume else "heal"
        return carry_out(invocation, name)


def _must_be_a_report(what: str, told_to_act: bool) -> None:
    """Raises Usage."""
    if what != "report":
        raise Usage(f"There is no wt heal {what}.", hint="There are: wt heal and wt heal report.")
    if told_to_act:
        raise Usage("A report does nothing: --plan, --stop, --resume and --alert do not belong to it.")


def add_trust(app: Any, invocation: Invocation) -> None:
    import typer

    @app.command()  # type: ignore[untyped-decorator]  # typer is imported inside
    def trust(
        action: str = typer.Argument("", help="list or revoke; when left out, what is not trusted yet is asked about."),
        which: str = typer.Argument("", help="What to revoke: its number or text; everything when left out."),
    ) -> int:
        """Decide which commands of this project may run. Only a person at a terminal can. Example: wt trust list"""
        names = {"": "grant_trust", "list": "list_trust", "revoke": "revoke_trust"}
        if action not in names:
            raise Usage(f"There is no wt trust {action}.", hint="There are: wt trust, wt trust list, wt trust revoke.")
        return carry_out(invocation, names[action], which=which or None)


def add_probes(app: Any, invocation: Invocation) -> None:
    import typer

    @app.command()  # type: ignore[untyped-decorator]  # typer is imported inside
    def probes(
        action: str = typer.Argument("list", help="list, run or selftest."),
        probe: str = typer.Argument("", help="The probe to run; all but the deep ones when left out."),
    ) -> int:
        """List what looks at reality, ask it, or test it. Example: wt probes run disk"""
        names = {"list": "list_probes", "run": "run_probe" if probe else "reality_check", "selftest": "test_probes"}
        if action not in names:
            raise Usage(f"There is no wt probes {action}.", hint="There are: wt probes list, run and selftest.")
        return carry_out(invocation, names[action], probe=probe or None)
