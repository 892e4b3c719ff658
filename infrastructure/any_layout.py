"""A tracker file in any valid layout: parsed strictly, checked whole, then laid out canonically and read as lines."""

from __future__ import annotations

from domain import shape
from domain.errors import Broken, ReadOnly
from domain.record import Record
from domain.rules import Finding, findings
from domain.tracker import SCHEMA_VERSION, Tracker
from infrastructure import codec
from infrastructure.json_text import TWICE, NotJson, line_at, loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from domain.errors import WtError

    Document = dict[str, Any]  # JSON as parsed


def text_of(raw: bytes, name: str) -> str:
    """The text of a file: UTF-8, a BOM is dropped. Raises Broken with the byte where it stops being text."""
    start = len(BOM) if raw[:3] == BOM else 0
    try:
        text = raw[start:].decode("utf-8")
    except UnicodeDecodeError as error:
        at = start + error.start
        raise broken(name, "file.not-text", f"byte {at} is not UTF-8", raw.count(b"\n", 0, at) + 1) from error
    if (at := raw.find(0)) >= 0:
        raise broken(name, "file.not-text", f"byte {at} is NUL, so this is not text", raw.count(b"\n", 0, at) + 1)
    return text


BOM = b"\xef\xbb\xbf"
NO_TRACKER = ("file.not-a-tracker", "is not a wt tracker (no schema_version or no phases)")


def parse(text: str, name: str) -> Any:
    """Any valid layout -> the document. Raises Broken with one line of cause."""
    if not text or text.isspace():
        raise broken(name, "file.empty", "is empty")
    if line := conflict_line(text):
        raise broken(name, "file.conflict-markers", "holds git conflict markers", line, hint=MERGE)
    if '"schema_version"' not in text:
        raise broken(name, *NO_TRACKER)
    try:
        document = loads(text)
    except NotJson as error:
        rule = "file.duplicate-key" if error.what.endswith(TWICE) else "file.not-json"
        raise broken(name, rule, error.what, error.line) from None
    if '"phases"' not in text:
        raise broken(name, *NO_TRACKER)
    return document


def conflict_line(text: str) -> int | None:
    """The line of the first conflict marker of git, None when there is none."""
    for marker in ("<<<<<<< ", ">>>>>>> "):
        if text.startswith(marker):
            return 1
        if (at := text.find("\n" + marker)) >= 0:
            return line_at(text, at + 1)
    return None


def broken(name: str, rule: str, what: str, line: int | None = None, *, hint: str | None = None) -> Broken:
    """A file that is no tracker at all, and the one finding that says so."""
    finding = Finding(rule, "error", "$", what, name, line or 1)
    said = f"{name} {what}" if line is None else f"{name}: line {line}: {what}"
    return Broken(said, hint=hint or HINT, data=[finding])


MERGE = "Nothing was touched. Merge both sides with: wt merge (what else can be done is told by: wt doctor)"
HINT = "Nothing was touched. What can be done about it is told by: wt doctor"


class Decoded(Record):
    """A tracker read from any layout. `read_only` says why it must not be written, if so."""

    tracker: Tracker
    canonical: bool
    read_only: str | None = None


def decode(raw: bytes, name: str) -> Decoded:
    """The bytes of a file in any valid layout -> tracker. Raises Broken naming the first problem and its line."""
    text = text_of(raw, name)
    document = migrated(parse(text, name))
    read_only = newer(document)
    if read_only:
        document = shape.without_unknown(document)
    if wrong := check_document(document, most=20):
        raise _unreadable(read_only, wrong, text, name)
    canonical = codec.encode_document(document)
    tracker = codec.decode_canonical(canonical)
    if wrong := findings(tracker, severity="error"):
        raise _unreadable(read_only, wrong, text, name)
    return Decoded(tracker, not read_only and canonical == text and raw[:3] != BOM, read_only)


def _unreadable(read_only: str | None, wrong: list[Finding], text: str, name: str) -> WtError:
    """What is wrong, with its line; what a later version wrote is not wrong, only beyond this one."""
    if read_only:
        return ReadOnly(f"{name} {read_only} and cannot be read by this one.", hint="Update wt to read it.")
    from infrastructure.json_lines import placed

    found = placed(wrong[:20], text, name)
    more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
    return Broken(f"{name}: line {found[0].line}: {found[0].message}{more}", hint=HINT, data=found)


MIGRATIONS: dict[int, Callable[[Document], Document]] = {}  # from this schema version to the next; the first is still 1


def migrated(document: object, migrations: dict[int, Callable[[Document], Document]] = MIGRATIONS) -> Any:
    """An older document brought to this version, step by step."""
    while isinstance(document, dict) and (step := migrations.get(_version(document))) is not None:
        document = step(document)
    return document


def _version(document: object) -> int:
    """The schema version of a parsed document; 0 when it states none."""
    version = document.get("schema_version") if isinstance(document, dict) else None
    return version if type(version) is int else 0


def newer(document: object) -> str | None:
    """Why a document may be read but not written: a later version wrote it."""
    version = _version(document)
    return f"was written by a newer wt (schema version {version})" if version > SCHEMA_VERSION else None


def check_document(document: object, most: int | None = None) -> list[Finding]:
    """How a document departs from the shape of a tracker, in file order; the first `most`."""
    found = []
    for rule, path, message in shape.problems(document):
        found.append(Finding(rule, "error", path, message))
        if len(found) == most:
            break
    return found
