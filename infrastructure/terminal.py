"""Replies on a terminal: the same blocks, drawn with rich."""

from __future__ import annotations

import sys

from infrastructure.console import aside, clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console, RenderableType

    from domain.commands.table import Block
    from domain.reply import Reply

COLOURS = {
    "pending": "white",
    "in progress": "cyan",
    "in_progress": "cyan",
    "blocked": "red",
    "complete": "green",
    "deferred": "magenta",
    "cancelled": "bright_black",
}
MARKS = {"changed": "green", "unchanged": "cyan", "answered": "default", "saved_but": "yellow"}


def show(reply: Reply, env: Mapping[str, str], console: Console | None = None) -> None:
    """Draw a reply: what was asked for on standard output, what went wrong on standard error."""
    from rich.console import Console

    forced = bool(env.get("FORCE_COLOR"))
    out = console or Console(file=sys.stdout, force_terminal=forced or None, highlight=False, soft_wrap=False)
    told = out if reply.ok or console else Console(file=sys.stderr, force_terminal=forced or None, highlight=False)
    if reply.ok:
        _message(out, reply)
    for block in reply.blocks:
        _block(out, block)
    if not reply.ok:
        _message(told, reply)
    for line in aside(reply):
        told.print(_styled(line, "yellow" if line.startswith("! ") else "bright_black"), soft_wrap=True)


def _message(console: Console, reply: Reply) -> None:
    style = MARKS.get(reply.outcome, "red")
    console.print(_styled(clean(reply.message), f"bold {style}" if reply.blocks else style), soft_wrap=True)


def _styled(text: str, style: str) -> RenderableType:
    """Text as it is: titles never carry markup."""
    from rich.text import Text

    return Text(text, style=style)


def _block(console: Console, block: Block) -> None:
    if block.title:
        console.print()
        console.print(_styled(clean(block.title), "bold"))
    if block.kind == "text":
        console.print(_styled("\n".join(clean(line) for line in block.lines), "default"), soft_wrap=True)
    else:
        console.print(_bars(block) if block.kind == "bars" else _table(block))


def _table(block: Block) -> RenderableType:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD if any(block.head) else None, pad_edge=False, show_header=any(block.head))
    for index, head in enumerate(block.head or ("",) * len(block.rows[0] if block.rows else ())):
        table.add_column(head, no_wrap=index == 0, style="bold" if index == 0 else "")
    for row in block.rows:
        table.add_row(*(_cell(cell) for cell in row))
    return table


def _cell(text: str) -> RenderableType:
    return _styled(clean(text), COLOURS.get(text, "default"))


def _bars(block: Block) -> RenderableType:
    from rich.progress_bar import ProgressBar
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    table.add_column(overflow="ellipsis", no_wrap=True, max_width=44)
    table.add_column(width=24)
    table.add_column(no_wrap=True)
    for label, done, of, note in block.rows:
        bar = ProgressBar(total=max(int(of), 1), completed=int(done), width=24)
        table.add_row(_styled(clean(label), "default"), bar, _styled(clean(note), "bright_black"))
    return table
