"""Replies on a terminal: the same blocks, drawn with rich to its width; and a question asked back."""

from __future__ import annotations

import sys

from infrastructure.console import aside, clean, filled_of, has_colours, trouble

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Literal, TextIO

    from rich.console import Console, RenderableType
    from rich.text import Text

    from domain.commands.table import Block
    from domain.reply import Reply

# Only colours that the terminal's own theme defines, and never black, white or grey: readable on light and dark.
COLOURS = {
    "in progress": "cyan",
    "blocked": "red",
    "complete": "green",
    "deferred": "magenta",
    "cancelled": "dim",
    "critical": "bold red",
    "high": "yellow",
}
COLOURED = ("Status", "Priority", "State")  # columns whose words have a colour; elsewhere they may be somebody's title
MARKS = {"changed": "green", "unchanged": "cyan", "answered": "", "saved_but": "yellow"}
NARROWEST = 40
BAR_WIDTHS = (10, 30)
WRAPPED_FROM = 24  # letters: cells below are never broken, so that ids, dates and states stay whole


def show(reply: Reply, env: Mapping[str, str], *, verbose: bool = False) -> None:
    """Draw a reply: what was asked for on standard output, what went wrong on standard error."""
    out = console_on(sys.stdout, env)
    if reply.exit_code:
        _blocks(out, reply)
        what, *rest = trouble(reply)
        told = console_on(sys.stderr, env)
        _lines(told, [what], MARKS.get(reply.outcome, "red"))
    else:
        _lines(out, [clean(reply.message)], f"bold {MARKS[reply.outcome]}" if reply.blocks else MARKS[reply.outcome])
        _blocks(out, reply)
        told, rest = out, aside(reply, verbose=verbose)
    for line in rest:
        _lines(told, [line], "yellow" if line.startswith("! ") else "dim")


def console_on(stream: TextIO, env: Mapping[str, str]) -> Console:
    from rich.console import Console

    colours = has_colours(stream, env)
    system: Literal["standard"] | None = "standard" if colours else None
    console = Console(file=stream, force_terminal=colours, color_system=system, highlight=False)
    console.width = max(console.width, NARROWEST)
    return console


def _lines(console: Console, lines: Sequence[str], style: str) -> None:
    """Text as it is, broken by the terminal alone so that it can be copied whole."""
    for line in lines:
        console.print(_text(line, style), soft_wrap=True)


def _text(text: str, style: str = "") -> Text:
    """Titles never carry markup."""
    from rich.text import Text

    return Text(text, style=style)


def _blocks(console: Console, reply: Reply) -> None:
    for block in reply.blocks:
        if block.title:
            console.print()
            _lines(console, [clean(block.title)], "bold")
        if block.kind == "text":
            _lines(console, [clean(line) for line in block.lines], "")
        else:
            console.print(_bars(block, console.width) if block.kind == "bars" else _table(block))


def _table(block: Block) -> RenderableType:
    from rich.table import Table

    rows = [[clean(cell).replace("\n", " ") for cell in row] for row in block.rows]
    columns = list(zip(*rows, strict=True))
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim", show_header=any(block.head))
    for index, cells in enumerate(columns):
        head = block.head[index] if any(block.head) else ""
        short = max(map(len, cells)) < WRAPPED_FROM
        table.add_column(head, no_wrap=short, overflow="fold", style="bold" if index == 0 else "")
    for row in rows:
        table.add_row(*(_text(cell, _colour(block, row, index)) for index, cell in enumerate(row)))
    return table


def _colour(block: Block, row: Sequence[str], index: int) -> str:
    named = block.head[index] if any(block.head) else row[0]
    return COLOURS.get(row[index], "") if named in COLOURED else ""


def _bars(block: Block, width: int) -> RenderableType:
    from rich.table import Table

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(overflow="ellipsis", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, justify="right")
    table.add_column(no_wrap=True)
    least, most = BAR_WIDTHS
    size = min(max(width // 4, least), most)
    for label, done, of, note in block.rows:
        percent, _, status = note.partition(" ")
        colour = COLOURS.get(status, "")
        bar = _bar(filled_of(size, int(done), int(of)), size, colour)
        table.add_row(_text(clean(label)), bar, _text(percent, "bold"), _text(status, colour or "dim"))
    return table


def _bar(filled: int, size: int, colour: str) -> Text:
    """Shapes as well as colours: a bar is read without them, too."""
    bar = _text("█" * filled, colour)
    bar.append("░" * (size - filled), style="dim")
    return bar


# --- asking back -----------------------------------------------------------------------------------------------------


def answered(reply: Reply, text: str) -> str | None:
    """Ask which candidate was meant: the sentence with its id for the words that fit several; None for no answer."""
    words = _in_quotes(reply.message)
    at = text.casefold().find(words) if words else -1
    if at < 0 or len(text.casefold()) != len(text):
        return None
    id = _chosen(reply)
    return f"{text[:at]}{id}{text[at + len(words) :]}" if id else None


def _in_quotes(message: str) -> str:
    """The words that a question is about: `Which task do you mean by “sign”?`"""
    return message.partition("“")[2].partition("”")[0].casefold()


def _chosen(reply: Reply) -> str | None:
    print(clean(reply.message))
    for number, (id, title) in enumerate(reply.candidates, 1):
        print(f"  {number}. {clean(id)} {clean(title)}")
    print("Which one? ", end="", flush=True)
    said = sys.stdin.readline().strip()
    ids = [id for id, _ in reply.candidates]
    return dict(zip(map(str, range(1, len(ids) + 1)), ids, strict=True)).get(said) or (said if said in ids else None)
