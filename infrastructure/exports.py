"""Answers in the formats of other programs: figures for a scraper, findings for continuous integration."""

from __future__ import annotations

import sys

from domain.errors import Usage
from infrastructure import console
from infrastructure.router import EXPORTS, Invocation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.reply import Reply

HELD_IN = {
    "health": "metrics",
    "validate": "findings",
    "heal_report": "report",
}  # a command -> the key of its data that is put out


def must_fit(format: str | None, command: str = "") -> None:
    """Raises Usage when another command was said than the one whose answer has this format."""
    wanted = EXPORTS.get(format or "", command)
    if command and command != wanted:
        said = wanted.replace("_", " ")
        raise Usage(f"Only {said} has the format {format}.", hint=f"Say: wt {said} --format {format}")


def show(reply: Reply, invocation: Invocation, root: str) -> int:
    """Print an answer in the format that was asked for, if any; what kept it from being given is told in words."""
    if invocation.format not in EXPORTS or not reply.understood:
        return console.show(reply, invocation)
    command = reply.understood[0].name
    must_fit(invocation.format, command)
    if HELD_IN[command] not in reply.data:
        return console.show(reply, invocation)
    console.page(_text(reply, invocation.format, root), Invocation())
    if reply.exit_code and invocation.format in ("sarif", "junit"):
        console.say(sys.stderr, reply.message)
    return reply.exit_code


def _text(reply: Reply, format: str, root: str) -> str:
    if format == "prometheus":
        from infrastructure import metrics

        return metrics.in_prometheus(reply.data["metrics"])
    if format == "markdown":
        from domain.commands.healing_reports import markdown
        from infrastructure.playbooks import as_time

        return markdown(reply.data["report"], as_time)
    from domain.rules import Finding
    from infrastructure import ci_reports
    from infrastructure.cli import version

    findings = tuple(Finding(**finding) for finding in reply.data["findings"])
    report = ci_reports.Report(tuple(reply.data["files"]), findings, reply.message, version())
    return ci_reports.FORMATS[format](report.moved(ci_reports.below_repository(root)))
