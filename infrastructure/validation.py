"""`validate`: everything that is wrong with tracker files, each problem with its rule, path and line."""

from __future__ import annotations

import os
from itertools import zip_longest

from domain import shape, view
from domain.errors import Broken, WtError
from domain.recovery import broken_chain
from domain.rules import Finding, findings
from infrastructure import any_layout
from infrastructure.codec import digest
from infrastructure.json_lines import placed
from infrastructure.page import Page
from infrastructure.regular_files import read_file
from infrastructure.repair import Past
from infrastructure.tracker_reads import Seen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


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
        seen = Seen(name, tracker, raw, "", None)
        found = findings(tracker, today) + _page_findings(Page(root, name), seen)
        found += _journal_findings(root, Past(root, name, tracker.uid, size_limit))
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


# --- the page ---------------------------------------------------------------------------------------------------------


def _page_findings(page: Page, seen: Seen) -> list[Finding]:
    """How the page differs from the one that would be drawn, with the line where that shows."""
    problem = page.problem(seen)
    if problem is None:
        return []
    if problem == "missing":
        return [Finding("page.missing", "error", "$", "the page is missing", page.name, 1)]
    if problem == "unreadable":
        return [Finding("page.unreadable", "error", "$", "the page cannot be read", page.name, 1)]
    text = page.text()
    rule, severity, message, line = _difference(text, seen)
    return [Finding(rule, severity, "$", message, page.name, line)]


def _difference(text: str, seen: Seen) -> tuple[str, str, str, int]:
    """(rule, severity, message, line) of a page that is not as it would be drawn."""
    stamp = digest(seen.raw)
    if line := any_layout.conflict_line(text):
        return "page.conflict-markers", "error", "the page holds git conflict markers", line
    drawn_from = view.digest_of(text)
    if drawn_from is None:
        return "page.foreign", "error", "the page was not drawn by wt", 1
    if drawn_from == stamp:
        return (
            "page.edited",
            "error",
            "the page was edited by hand",
            _first_difference(text, view.page(seen.tracker, stamp)),
        )
    line = text.count("\n", 0, text.rfind(drawn_from)) + 1
    return "page.stale", "warning", "the page was drawn from another version of the tracker", line


def _first_difference(text: str, drawn: str) -> int:
    pairs = zip_longest(text.split("\n"), drawn.split("\n"))
    return next((line for line, (one, other) in enumerate(pairs, 1) if one != other), 1)


# --- the journal ------------------------------------------------------------------------------------------------------


def _journal_findings(root: str, past: Past) -> list[Finding]:
    """Whether each commit begins where the last one ended; warnings, for the file is the truth.

    A torn line that the chain goes on without is nothing: its commit was never acknowledged.
    """
    where = os.path.relpath(past.journal.path, root)
    try:
        gap = broken_chain(past.effective())
    except WtError as error:
        return [Finding("journal.unreadable", "warning", "$", error.message, where, 1)]
    if gap is None:
        return []
    said = f"a change before entry {gap.seq} ({gap.sentence!r}) is missing"
    return [Finding("journal.gap", "warning", "$", said, where, past.journal.line_of(gap))]
