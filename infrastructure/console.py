"""Replies in words: plain text, colours on a terminal, or the one JSON object. Nothing reaches a screen unsanitised."""

from __future__ import annotations

import os
import sys

from domain.reply import Reply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import TextIO

    from domain.commands.table import Block, Command
    from domain.proof import Declared
    from infrastructure.router import Invocation

BAR_WIDTH = 20
LONGEST_LINE = 500  # of an error: what somebody pasted is not told back whole
OFFERED = 8
SAVED_BUT, FAILED = 6, 1
_IN_ASCII = str.maketrans(
    {"█": "#", "░": ".", "━": "-", "·": "-", "–": "-", "“": '"', "”": '"', "…": "...", "→": "->"}
    | {"✓": "+", "✗": "x", "⚠": "!"}
)


# --- where a reply goes ----------------------------------------------------------------------------------------------


def show(
    reply: Reply,
    invocation: Invocation,
    env: Mapping[str, str] | None = None,
    questions: Callable[[], str] | None = None,
) -> int:
    """Print a reply where it belongs; returns the exit code. Raises BrokenPipeError when the reader has gone.

    A person at a terminal is told behind it which `questions` wait for one.
    """
    try:
        _say(reply, invocation, os.environ if env is None else env, questions)
        _flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        return _unheard(reply, error)
    return reply.exit_code


def _say(reply: Reply, invocation: Invocation, env: Mapping[str, str], questions: Callable[[], str] | None) -> None:
    if invocation.json:
        print_json(reply.to_document())
    elif is_drawn(sys.stdout, env):
        _draw(reply, invocation, env)
        if questions is not None and _is_a_terminal(sys.stdout):
            _ask_to_look(reply, questions())
    else:
        _plain(reply, verbose=invocation.verbose)


def _draw(reply: Reply, invocation: Invocation, env: Mapping[str, str]) -> None:
    from infrastructure import terminal

    try:
        terminal.show(reply, env, verbose=invocation.verbose)
    except ModuleNotFoundError as error:
        missing = f"for colours and widths wt needs the package rich: {sys.executable} -m pip install rich"
        if error.name != "rich":
            raise
        _plain(reply.replace(warnings=(*reply.warnings, missing)), verbose=invocation.verbose)


def _ask_to_look(reply: Reply, waiting: str) -> None:
    """One line, unless the answer is about what waits anyway."""
    about = {"show_inbox", "approve_inquiry", "deny_inquiry", "heal"}
    if waiting and not any(command.name in about for command in reply.understood):
        _write(sys.stdout, waiting)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()


def _unheard(reply: Reply, error: OSError) -> int:
    """The answer could not be written, to a full disk for example; what was saved is saved."""
    _write(sys.stderr, f"The answer could not be written: {(error.strerror or str(error)).lower()}.")
    return SAVED_BUT if reply.outcome in ("changed", "saved_but") else FAILED


def is_drawn(stream: TextIO | None, env: Mapping[str, str]) -> bool:
    """Whether replies are drawn to the width of a terminal: on one that can show it, or when FORCE_COLOR says so."""
    return stream is not None and _is_utf8(stream) and (_is_a_terminal(stream) or has_colours(stream, env))


def has_colours(stream: TextIO, env: Mapping[str, str]) -> bool:
    """NO_COLOR decides, then FORCE_COLOR, then what the stream is."""
    if env.get("NO_COLOR"):
        return False
    return bool(env.get("FORCE_COLOR")) or (_is_a_terminal(stream) and env.get("TERM") not in ("dumb", "unknown"))


def can_ask(invocation: Invocation) -> bool:
    """Whether a person sits there who can be asked back."""
    return not invocation.json and _is_a_terminal(sys.stdin) and _is_a_terminal(sys.stdout)


def ask_for_trust(declared: Declared) -> bool:
    """Show a person the whole command that a project wants to run; only a plain yes is one."""
    print(f"\n{clean(declared.where)} wants to run this on your machine, for any command that needs it:\n")
    print("\n".join(f"    {line}" for line in clean(declared.text).split("\n")))
    print("\nTrust it until it changes? [y/N] ", end="", flush=True)
    line = sys.stdin.readline()
    if not line.endswith("\n"):
        print()  # nobody pressed Enter
    return line.strip().casefold() in ("y", "yes")


def _is_a_terminal(stream: TextIO | None) -> bool:
    return stream is not None and not stream.closed and stream.isatty()


# --- plain text ------------------------------------------------------------------------------------------------------


def print_json(document: object) -> None:
    from infrastructure.json_text import dumps_ascii

    _write(sys.stdout, dumps_ascii(document))


def explain(steps: Sequence[str], invocation: Invocation) -> int:
    """The reading of a sentence, step by step (`--explain`)."""
    if not invocation.json:
        return page("\n".join(map(clean, steps)) + "\n", invocation)
    return show(Reply("answered", "How that is read; nothing was done.", data={"steps": list(steps)}), invocation)


def page(text: str, invocation: Invocation, **data: str) -> int:
    """A text that is an answer of its own: a version, a page of help or documentation, a script."""
    if invocation.json:
        return show(Reply("answered", text.strip().partition("\n")[0], data={"text": text, **data}), invocation)
    try:
        _write(sys.stdout, text.removesuffix("\n"))
        _flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        return _unheard(Reply("answered", ""), error)
    return 0


def say(stream: TextIO | None, message: str) -> None:
    """One line beside an answer that is for a program."""
    _write(stream, _one_line(message))
    _flush()


def complain(lines: Sequence[str]) -> None:
    """Lines for the person at the terminal, beside what a program is answered."""
    if lines:
        _write(sys.stderr, "\n".join(map(clean, lines)))


def clean(text: str) -> str:
    """Text that can do nothing to a terminal: control and invisible characters become escapes, line breaks stay."""
    if text.replace("\n", "").isprintable():  # every character that is hidden or acts is unprintable
        return text
    from domain.letters import HIDDEN

    return "".join(c if c == "\n" or not (c in HIDDEN or 0xE0000 <= ord(c) < 0xE0080) else _escape(c) for c in text)


def _escape(c: str) -> str:
    return f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}"


def _write(stream: TextIO | None, text: str) -> None:
    """A line or more. A stream that somebody closed for us (`>&-`) takes nothing; one that is not UTF-8 what it can."""
    if stream is None:
        return
    if not _is_utf8(stream):
        encoding = stream.encoding or "ascii"
        text = text.translate(_IN_ASCII).encode(encoding, "backslashreplace").decode(encoding)
    stream.write(text + "\n")


def _is_utf8(stream: TextIO) -> bool:
    return (stream.encoding or "").lower() in ("utf-8", "utf8")


def _plain(reply: Reply, *, verbose: bool) -> None:
    lines = [line for block in reply.blocks for line in lay_out(block)]
    healing, health = healed(reply, verbose=verbose), health_lines(reply)
    if reply.exit_code == 0:
        said = [] if tells_all(reply) else [*([""] if healing else []), clean(reply.message)]
        _write(sys.stdout, "\n".join([*healing, *said, *lines, *aside(reply, verbose=verbose), *health]))
        return
    if healing or lines or health:
        _write(sys.stdout, "\n".join([*healing, *lines, *health]))
    _write(sys.stderr, "\n".join([*trouble(reply), *(more(reply) if verbose else ())]))


def healed(reply: Reply, *, verbose: bool = False) -> list[str]:
    """The steps of healing. Where nothing could be tried the error says the same in its own two lines."""
    tried = any(step["step"] not in ("Issue", "Escalated", "Rejected") for step in reply.healing)
    return [clean(str(step["line"])) for step in reply.healing] if tried or verbose else []


def tells_all(reply: Reply) -> bool:
    """Whether the last step of healing is the answer already."""
    return bool(reply.healing) and reply.healing[-1]["step"] == "Result" and bool(reply.healing[-1]["ok"])


def health_lines(reply: Reply) -> list[str]:
    """How well wt is doing (`--show-health`); the reasons and what to do stand there when it is not well."""
    if reply.health is None:
        return []
    return [clean(str(line)) for line in reply.health["lines"]]


def aside(reply: Reply, *, verbose: bool) -> list[str]:
    """What is said after an answer: warnings, the reading, the hint."""
    lines = [f"! {clean(warning)}" for warning in reply.warnings]
    if reply.read_as and not tells_all(reply):
        lines.append(f"(read as: {clean(reply.read_as)})")
    if verbose:
        lines += more(reply)
    if reply.dry_run:
        lines.append("(dry run: nothing was written)")
    if offer := _offer(reply):
        lines.append(offer)
    return lines


def trouble(reply: Reply) -> list[str]:
    """What went wrong in one line, and what to do in another; warnings of what is saved all the same follow."""
    what = _one_line(reply.message) + (f" (read as: {_one_line(reply.read_as)})" if reply.read_as else "")
    return [line for line in (what, _offer(reply), *(f"! {_one_line(warning)}" for warning in reply.warnings)) if line]


def _one_line(text: str) -> str:
    flat = clean(" ".join(text.split("\n")))
    return flat if len(flat) <= LONGEST_LINE else flat[:LONGEST_LINE] + "…"


def _offer(reply: Reply) -> str:
    """The hint, and the candidates behind it, unless it names what to say instead."""
    hint = _one_line(reply.hint or "")
    if not reply.candidates or (":" in hint and not reply.message.endswith("?")):
        return hint
    offered = " · ".join(_one_line(f"{id} {title}".strip()) for id, title in dict(reply.candidates[:OFFERED]).items())
    if not hint or hint.endswith("?"):
        return f"{hint} {offered}".strip()
    return f"{hint[:-1]}: {offered}" if hint.endswith(".") else f"{hint} ({offered})"


def more(reply: Reply) -> list[str]:
    """What `--verbose` adds: what was understood, and every field that changed."""
    said = [f"understood: {_command(command)}" for command in reply.understood]
    changed = [f"changed: {c.item} {c.field}: {_value(c.before)} → {_value(c.after)}" for c in reply.changes]
    return [clean(line) for line in said + changed]


def _command(command: Command) -> str:
    slots = command.plain()["slots"]
    return " ".join([command.name, *(f"{name}={_value(value)}" for name, value in slots.items())])


def _value(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, (list, tuple)):
        return ",".join(map(str, value))
    return str(value).replace("\n", " ")


# --- blocks ----------------------------------------------------------------------------------------------------------


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
    labels = [_pad(label, max(width(row[0]) for row in rows)) for label, *_ in rows]
    bars = [f"{_bar(int(done), int(of))}  {_note(note)}" for _, done, of, note in rows]
    return [f"{label}  {bar}" for label, bar in zip(labels, bars, strict=True)]


def _bar(done: int, of: int) -> str:
    filled = filled_of(BAR_WIDTH, done, of)
    return "█" * filled + "░" * (BAR_WIDTH - filled)


def filled_of(size: int, done: int, of: int) -> int:
    """How much of a bar is filled: nothing only when nothing is done, all of it only when all is."""
    if not of or not done:
        return 0
    return size if done >= of else min(max(size * done // of, 1), size - 1)


def _note(text: str) -> str:
    """`33% in progress` with the percentage set to the right."""
    percent, _, status = text.partition(" ")
    return f"{percent:>4} {status}".rstrip()


def _columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    if not rows:
        return []
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(_pad(cell, size) for cell, size in zip(row, widths, strict=True)).rstrip() for row in rows]


def _pad(text: str, size: int) -> str:
    return text + " " * (size - width(text))


def width(text: str) -> int:
    """Columns a text takes on a terminal."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)
