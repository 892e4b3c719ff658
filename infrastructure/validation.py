"""`validate`: everything that is wrong with tracker files, each problem with its rule, path and line."""

from __future__ import annotations

import os

from domain import shape
from domain.errors import Broken, WtError
from domain.rules import Finding, findings
from infrastructure import any_layout
from infrastructure.atomic import read_file
from infrastructure.json_lines import placed
from infrastructure.page import Page
from infrastructure.tracker_files import Seen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

PAGE_PROBLEMS = {
    "missing": ("page.missing", "error", "the page is missing"),
    "unreadable": ("page.unreadable", "error", "the page cannot be read"),
    "out of date": ("page.stale", "warning", "the page was drawn from an older version of the tracker"),
    "edited by hand": ("page.edited", "error", "the page was edited by hand"),
}


def validate(root: str, names: Iterable[str], today: str, size_limit: int) -> list[Finding]:
    """Findings of every file, in order; `names` are relative to the root, `today` is an ISO date."""
    return [finding for name in names for finding in _one(root, name, today, size_limit)]


def _one(root: str, name: str, today: str, size_limit: int) -> list[Finding]:
    try:
        raw, _ = read_file(os.path.join(root, name), name, size_limit)
        text = any_layout.text_of(raw, name)
        document = any_layout.migrated(any_layout.parse(text, name))
    except Broken as error:
        found: list[Finding] = error.data  # type: ignore[assignment]  # the codec's findings
        return found
    except WtError as error:
        return [Finding("file.unreadable", "error", "$", error.message, name, 1)]
    if newer := any_layout.newer(document):
        return placed([Finding("schema.newer", "warning", "$.schema_version", f"this file {newer}")], text, name)
    found = _schema_findings(document)
    if not found:
        tracker = shape.from_document(document)
        found = findings(tracker, today) + _page_findings(Page(root, name), Seen(name, tracker, raw, "", None))
    return placed(found, text, name)


def _schema_findings(document: object) -> list[Finding]:
    """What the check of every load says, in its words; then what only the published schema says (jsonschema)."""
    from jsonschema import Draft202012Validator

    found = any_layout.check_document(document)
    said = {path for finding in found for path in (finding.path, _parent(finding))}
    validator: Any = Draft202012Validator(shape.json_schema())  # Any: the stubs do not know iter_errors' errors
    for error in validator.iter_errors(document):
        path = _path(error)
        if path not in said:
            found.append(Finding("schema.value", "error", path, f"against the schema: {error.message[:200]}"))
    return found


def _parent(finding: Finding) -> str:
    """Where the schema reports an unknown key: at the object that holds it."""
    path = finding.path
    if finding.rule != "schema.unknown-key":
        return path
    return path[: path.rfind("['" if path.endswith("']") else ".")]


def _path(error: Any) -> str:  # Any: jsonschema's ValidationError, imported only inside
    path = "$"
    for step in error.absolute_path:
        path = f"{path}[{step}]" if isinstance(step, int) else shape.key_path(path, step)
    return path


def _page_findings(page: Page, seen: Seen) -> list[Finding]:
    problem = page.problem(seen)
    if problem is None:
        return []
    rule, severity, message = PAGE_PROBLEMS[problem]
    return [Finding(rule, severity, "$", message, page.name, 1)]
