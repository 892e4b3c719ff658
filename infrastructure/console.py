"""Replies in words: plain text, colours on a terminal, or the one JSON object. Nothing reaches a screen unsanitised."""

from __future__ import annotations

import os
import sys

from domain.rules import HIDDEN, has_hidden

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TextIO

    from domain.commands.table import Block
    from domain.reply import Reply
    from infrastructure.router import Invocation

BAR_WIDTH = 20


def show(reply: Reply, invocation: Invocation, env: Mapping[str, str] | None = None) -> int:
    """Print a reply where it belongs; returns the exit code."""
    env = os.environ if env is None else env
    if invocation.json:
        print_json(reply.to_document())
    elif is_colourful(sys.stdout, env):
        from infrastructure import terminal

        terminal.show(reply, env)
    else:
        _plain(reply)
    return reply.exit_code


def print_json(document: object) -> None:
    from infrastructure.codec import dumps_ascii

    _write(sys.stdout, dumps_ascii(document))


def explained(steps: Sequence[str], invocation: Invocation) -> int:
    """The reading of a sentence, step by step (`--explain`)."""
    if invocation.json:
        print_json({"schema": "wt.explain/1", "steps": list(steps)})
    else:
        _write(sys.stdout, "\n".join(map(clean, steps)))
    return 0


def is_colourful(stream: TextIO, env: Mapping[str, str]) -> bool:
    """Whether to draw for a terminal: FORCE_COLOR and NO_COLOR decide, then the stream and TERM."""
    if env.get("NO_COLOR"):
        return False
    if env.get("FORCE_COLOR"):
        return True
    return stream.isatty() and env.get("TERM") not in ("dumb", "unknown")


def clean(text: str) -> str:
    """Text that can do nothing to a terminal: control, bidi and invisible characters are shown as escapes, line breaks stay."""
    if not has_hidden(text):
        return text
    return "".join(c if c == "\n" or not (c in HIDDEN or 0xE0000 <= ord(c) < 0xE0080) else _escape(c) for c in text)


def _escape(c: str) -> str:
    return f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}"


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text + "\n")
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write((text + "\n").encode(encoding, "backslashreplace").decode(encoding))


def _plain(reply: Reply) -> None:
    lines = [line for block in reply.blocks for line in lay_out(block)]
    if reply.ok:
        _write(sys.stdout, "\n".join([clean(reply.message), *lines, *aside(reply)]))
        return
    if lines:
        _write(sys.stdout, "\n".join(lines))
    _write(sys.stderr, "\n".join([clean(reply.message), *aside(reply)]))


def aside(reply: Reply) -> list[str]:
    """What is said after the answer itself: warnings, candidates, the reading, the hint."""
    lines = [f"! {clean(warning)}" for warning in reply.warnings]
    if reply.candidates:
        lines.append("  " + ", ".join(clean(f"{id} {title}".strip()) for id, title in reply.candidates[:8]))
    if reply.read_as:
        lines.append(f"(read as: {clean(reply.read_as)})")
    if reply.dry_run and reply.ok:
        lines.append("(dry run: nothing was written)")
    if reply.hint:
        lines.append(clean(reply.hint))
    return lines


def lay_out(block: Block) -> list[str]:
    """A block as plain lines."""
    lines = ["", clean(block.title)] if block.title else []
    if block.kind == "text":
        return lines + [clean(line) for line in block.lines]
    rows = [tuple(clean(cell).replace("\n", " ") for cell in row) for row in block.rows]
    if block.kind == "bars":
        return lines + _bars(rows)
    return lines + _columns([block.head, *rows] if any(block.head) else rows)


def _bars(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widest = max((width(label) for label, *_ in rows), default=0)
    return [f"{_pad(label, widest)}  {_bar(int(done), int(of))}  {note}".rstrip() for label, done, of, note in rows]


def _bar(done: int, of: int) -> str:
    filled = BAR_WIDTH * done // of if of else 0
    return "█" * filled + "░" * (BAR_WIDTH - filled)


def _columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    if not rows:
        return []
    widths = [max(width(row[index]) for row in rows) for index in range(len(rows[0]))]
    return ["  ".join(_pad(cell, size) for cell, size in zip(row, widths, strict=True)).rstrip() for row in rows]


def _pad(text: str, size: int) -> str:
    return text + " " * (size - width(text))


def width(text: str) -> int:
    """Columns a text takes on a terminal."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)
