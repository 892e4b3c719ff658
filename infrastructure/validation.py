"""`validate`: everything that is wrong with tracker files, each problem with its rule, path and line."""

from __future__ import annotations

import os

from domain import shape
from domain.errors import Broken, WtError
from domain.rules import Finding, findings
from infrastructure import codec
from infrastructure.atomic import read_file
from infrastructure.json_lines import line_of
from infrastructure.tracker_files import Page, Seen, digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

PAGE_RULES = {
    "missing": ("page.missing", "error", "the page is missing"),
    "stale": ("page.stale", "warning", "the page was drawn from an older version of the tracker"),
    "edited by hand": ("page.edited", "error", "the page was edited by hand"),
}


def validate(root: str, names: Iterable[str], today: str, size_limit: int) -> list[Finding]:
    """Findings of every file, in order; `names` are relative to the root, `today` is an ISO date."""
    return [finding for name in names for finding in _one(root, name, today, size_limit)]


def _one(root: str, name: str, today: str, size_limit: int) -> list[Finding]:
    try:
        raw, _ = read_file(os.path.join(root, name), name, size_limit)
        text = codec.text_of(raw, name)
        document = codec.parse(text, name)
    except WtError as error:
        return [_unreadable(error, name)]
    newer = codec.newer(document)
    if newer:
        return [Finding("schema.newer", "warning", "$.schema_version", f"this file {newer}", name, 1)]
    found = _schema_findings(codec.migrated(document))
    if not found:
        tracker = shape.from_document(document)
        found = findings(tracker, today) + _page_findings(root, name, Seen(name, tracker, raw, [], None))
    return [_placed(finding, text, name) for finding in found]


def _unreadable(error: WtError, name: str) -> Finding:
    message = error.message.removeprefix(f"{name}: ").removeprefix(f"{name} ")
    head, _, rest = message.partition(": ")
    line = int(head[5:]) if head.startswith("line ") and head[5:].isdecimal() else 1
    rule = "file.broken" if isinstance(error, Broken) else "file.unreadable"
    return Finding(rule, "error", "$", rest if line > 1 or head == "line 1" else message, name, line)


def _placed(finding: Finding, text: str, name: str) -> Finding:
    if finding.file is not None:
        return finding
    return finding.replace(file=name, line=line_of(text, finding.path))


def _schema_findings(document: object) -> list[Finding]:
    """What the published schema says (jsonschema), then what it cannot say (dates that do not exist)."""
    from jsonschema import Draft202012Validator

    validator: Any = Draft202012Validator(shape.json_schema())  # Any: the stubs do not know iter_errors' order
    found = [
        Finding(_rule(error), "error", error.json_path, error.message)
        for error in sorted(validator.iter_errors(document), key=lambda error: list(map(str, error.absolute_path)))
    ]
    seen = {finding.path for finding in found}
    return found + [finding for finding in codec.check_document(document) if not found and finding.path not in seen]


def _rule(error: Any) -> str:  # Any: jsonschema's ValidationError, imported only inside
    return {"additionalProperties": "schema.unknown-key", "required": "schema.missing-key", "type": "schema.type"}.get(
        error.validator, "schema.value"
    )


def _page_findings(root: str, name: str, seen: Seen) -> list[Finding]:
    page = Page(root, name)
    problem = page.problem(seen)
    if problem is None:
        return []
    rule, severity, message = PAGE_RULES[problem]
    return [Finding(rule, severity, "$", f"{message} ({digest(seen.raw)})" if problem == "stale" else message, page.name, 1)]
