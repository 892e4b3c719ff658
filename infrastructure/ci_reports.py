"""What `validate` found, as continuous integration reads it: GitHub annotations, SARIF 2.1.0, JUnit XML."""

from __future__ import annotations

import os

from domain.letters import has_hidden
from domain.record import Record
from domain.rule_book import rule_book
from infrastructure.codec import digest
from infrastructure.json_text import dumps_ascii

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from domain.rules import Finding

    Document = dict[str, Any]  # plain JSON

SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


class Report(Record):
    """Which files were judged, what was found, and that in one sentence; places are relative to the root."""

    files: tuple[str, ...]
    findings: tuple[Finding, ...]
    verdict: str
    version: str  # of wt

    def moved(self, prefix: str) -> Report:
        """The same with every place told from a folder further up, where the repository begins."""
        if not prefix:
            return self
        findings = tuple(finding.replace(file=f"{prefix}/{finding.file}") for finding in self.findings)
        return self.replace(files=tuple(f"{prefix}/{file}" for file in self.files), findings=findings)


def below_repository(root: str) -> str:
    """The way from the top of the git repository to the root; empty where they are one, or there is no git."""
    folder = root
    while not os.path.exists(os.path.join(folder, ".git")):
        folder, below = os.path.dirname(folder), folder
        if folder == below:
            return ""
    return "" if folder == root else os.path.relpath(root, folder).replace(os.sep, "/")


# --- GitHub -----------------------------------------------------------------------------------------------------------


def github(report: Report) -> str:
    """Workflow commands, one a finding; then every finding again, for GitHub shows ten annotations of a kind."""
    commands = [_annotation(finding) for finding in report.findings]
    log = [f"{finding.severity} {finding.rule} at {_place(finding)}: {finding.message}" for finding in report.findings]
    return "".join(f"{line}\n" for line in (*commands, *map(_no_command, (*log, f"wt: {report.verdict}"))))


def _annotation(finding: Finding) -> str:
    """`::error file=…,line=…,title=…::message`: nothing in it can end the line or begin another property."""
    fields = {"file": finding.file or "", "line": str(finding.line or 1), "title": f"wt {finding.rule}"}
    said = ",".join(f"{name}={_property(value)}" for name, value in fields.items())
    return f"::{finding.severity} {said}::{_data(finding.message)}"


def _data(text: str) -> str:
    text = _visible(text, but="\r\n")
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _no_command(line: str) -> str:
    """A line of the log that no runner takes for an order, whatever a file is called."""
    return _visible(line).replace("##[", "## [")


def _visible(text: str, but: str = "") -> str:
    """Control and invisible characters as escapes, those of `but` as they are."""
    if not has_hidden(text):
        return text
    return "".join(c if c in but or not has_hidden(c) else f"\\u{ord(c):04x}" for c in text)


def _place(finding: Finding) -> str:
    return f"{finding.file or '-'}:{finding.line or 1}"


# --- SARIF ------------------------------------------------------------------------------------------------------------


def sarif(report: Report) -> str:
    """SARIF 2.1.0 (OASIS), as code scanning takes it: stable rule ids, places from the top of the repository."""
    book = [row for row in rule_book() if row.told_by == "validate"]
    index = {row.id: at for at, row in enumerate(book)}
    driver = {
        "name": "wt",
        "version": report.version,
        "rules": [
            {
                "id": row.id,
                "shortDescription": {"text": row.meaning.replace("`", "")},
                "defaultConfiguration": {"level": row.severity},
            }
            for row in book
        ],
    }
    run = {"tool": {"driver": driver}, "results": [_result(finding, index) for finding in report.findings]}
    return dumps_ascii({"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}) + "\n"


def _result(finding: Finding, index: dict[str, int]) -> Document:
    """One result. Its fingerprint has no line in it, so that the problem stays the same one when lines move."""
    told = f"{finding.rule}\n{finding.file}\n{finding.message}"
    return {
        "ruleId": finding.rule,
        "ruleIndex": index[finding.rule],
        "level": finding.severity,
        "message": {"text": _visible(finding.message)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(finding.file or ""), "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": finding.line or 1},
                },
                "logicalLocations": [{"fullyQualifiedName": finding.path}],
            }
        ],
        "partialFingerprints": {"wt/v1": digest(told.encode())},
    }


def _uri(path: str) -> str:
    """A relative reference (RFC 3986)."""
    from urllib.parse import quote

    return quote(path, safe="/")


# --- JUnit ------------------------------------------------------------------------------------------------------------


def junit(report: Report) -> str:
    """JUnit XML as Jenkins and GitLab read it: a suite a file, a case a finding; only errors are failures."""
    suites = [_suite(name, found) for name, found in _by_file(report).items()]
    errors = sum(finding.severity == "error" for finding in report.findings)
    cases = sum(max(len(found), 1) for found in _by_file(report).values())
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites name="wt validate" tests="{cases}" failures="{errors}" errors="0">\n'
        f"{''.join(suites)}</testsuites>\n"
    )


def _by_file(report: Report) -> dict[str, list[Finding]]:
    """Every file with its findings; a page and a journal have suites of their own when something is wrong."""
    found: dict[str, list[Finding]] = {name: [] for name in report.files}
    for finding in report.findings:
        found.setdefault(finding.file or "-", []).append(finding)
    return found


def _suite(name: str, found: Iterable[Finding]) -> str:
    rows = list(found)
    errors = sum(finding.severity == "error" for finding in rows)
    cases = (
        "".join(_case(name, finding) for finding in rows) or f'  <testcase classname="{_xml(name)}" name="is valid"/>\n'
    )
    head = f'name="{_xml(name)}" tests="{max(len(rows), 1)}" failures="{errors}" errors="0" skipped="0"'
    return f" <testsuite {head}>\n{cases} </testsuite>\n"


def _case(name: str, finding: Finding) -> str:
    said = _xml(f"{_place(finding)}: {finding.message}")
    if finding.severity == "error":
        inside = f'<failure type="{_xml(finding.rule)}" message="{_xml(finding.message)}">{said}</failure>'
    else:
        inside = f"<system-out>{finding.severity}: {said}</system-out>"
    return f'  <testcase classname="{_xml(name)}" name="{_xml(f"{finding.rule} {finding.path}")}">{inside}</testcase>\n'


def _xml(text: str) -> str:
    """Text for an element or an attribute; what XML 1.0 cannot hold at all becomes an escape."""
    text = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
    for letter, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(letter, entity)
    return text


FORMATS: dict[str, Callable[[Report], str]] = {"github": github, "sarif": sarif, "junit": junit}
