"""Replies on a terminal: the same blocks, drawn with rich to its width; and a question asked back."""

from __future__ import annotations

import sys

from infrastructure.console import (
    aside,
    clean,
    filled_of,
    has_colours,
    healed,
    health_lines,
    tells_all,
    trouble,
    width,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Literal, TextIO

    from rich.console import Console, RenderableType
    from rich.text import Text

    from domain.commands.table import Block
    from domain.enforcement.consent import Request
    from domain.language.answers import Answer
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
BESIDE_A_BAR = len("100%") + len("in progress") + 3 * 2
WRAPPED_TO = 16  # the narrowest that a column of longer texts may become
WRAPPED_FROM = 22  # a cell up to this width is never broken, so that ids, dates and states stay whole


def show(reply: Reply, env: Mapping[str, str], *, verbose: bool = False) -> None:
    """Draw a reply: what was asked for on standard output, what went wrong on standard error."""
    out = console_on(sys.stdout, env)
    healing = healed(reply, verbose=verbose)
    for line in healing:
        _lines(out, [line], "green" if line.startswith("✓") else "red")
    if reply.exit_code:
        _blocks(out, reply)
        what, *rest = trouble(reply)
        told = console_on(sys.stderr, env)
        _lines(told, [what], MARKS.get(reply.outcome, "red"))
    else:
        if not tells_all(reply):
            said = [""] * bool(healing) + [clean(reply.message)]
            _lines(out, said, f"bold {MARKS[reply.outcome]}" if reply.blocks else MARKS[reply.outcome])
        _blocks(out, reply)
        told, rest = out, aside(reply, verbose=verbose)
    for line in rest:
        _lines(told, [line], "yellow" if line.startswith("! ") else "dim")
    _lines(out, health_lines(reply), "")


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
        elif block.kind == "bars":
            console.print(_bars(block, console.width))
        elif block.rows:
            _table(console, block)


def _table(console: Console, block: Block) -> None:
    rows = [[clean(cell).replace("\n", " ") for cell in row] for row in block.rows]
    texts = [[_text(cell, _colour(block, row, index)) for index, cell in enumerate(row)] for row in rows]
    widths = [max(map(width, column)) for column in zip(block.head or rows[0], *rows, strict=True)]
    if sum(size if size <= WRAPPED_FROM else WRAPPED_TO for size in widths) + 2 * len(widths) - 2 > console.width:
        console.print(_stacked(texts))
    else:
        console.print(_columns(block.head, texts, widths))


def _columns(head: Sequence[str], texts: list[list[Text]], widths: list[int]) -> RenderableType:
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim", show_header=any(head))
    for index, size in enumerate(widths):
        short = size <= WRAPPED_FROM
        table.add_column(head[index] if head else "", no_wrap=short, overflow="fold", style="" if index else "bold")
    for row in texts:
        table.add_row(*row)
    return table


def _stacked(texts: list[list[Text]]) -> RenderableType:
    """For a terminal too narrow for columns: what each row is about in one line, the rest of it below."""
    from rich.console import Group

    lines = []
    for row in texts:
        below = _text(" · ").join(cell for cell in row[2:] if cell.plain)
        lines += [_text(" ").join(row[:2]), _text("  ").append_text(below)]
    return Group(*lines)


def _colour(block: Block, row: Sequence[str], index: int) -> str:
    named = block.head[index] if any(block.head) else row[0]
    return COLOURS.get(row[index], "") if named in COLOURED else ""


def _bars(block: Block, room: int) -> RenderableType:
    from rich.table import Table

    least, most = BAR_WIDTHS
    size = min(max(room // 4, least), most)
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(overflow="ellipsis", no_wrap=True, max_width=room - size - BESIDE_A_BAR)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, justify="right")
    table.add_column(no_wrap=True)
    for label, done, of, note in block.rows:
        percent, _, status = note.partition(" ")
        colour = COLOURS.get(status, "")
        bar = _bar(filled_of(size, int(done), int(of)), size, colour)
        table.add_row(_text(clean(label)), bar, _text(percent, "bold"), _text(status, colour or "dim"))
    return table


def _bar(filled: int, size: int, colour: str) -> Text:
    """Heavy and light: a bar is read without its colours, too."""
    bar = _text("━" * filled, colour)
    bar.append("─" * (size - filled), style="dim")
    return bar


# --- asking back -----------------------------------------------------------------------------------------------------


def settled(reply: Reply, text: str, handle: Callable[[str], Reply]) -> Reply:
    """Ask which candidate an ambiguous sentence meant, and say it again with that id, until nothing is ambiguous."""
    while reply.outcome == "clarify" and len(reply.candidates) > 1 and (place := _ambiguous(reply, text)):
        id = _chosen(reply)
        if id is None:
            return reply.replace(message="Nothing was chosen, so nothing was changed.", hint=None, candidates=())
        text = f"{text[: place.start]}{id}{text[place.stop :]}"
        reply = handle(text)
    return reply


def _ambiguous(reply: Reply, text: str) -> slice | None:
    """Where the words stand that a question quotes: `Which task do you mean by “sign”?`"""
    words = reply.message.partition("“")[2].partition("”")[0].casefold()
    low = text.casefold()
    at = low.find(words)
    return slice(at, at + len(words)) if words and at >= 0 and len(low) == len(text) else None


def consented(request: Request, remark: str) -> Answer | None:
    """A person's answer to what needs consent, as the user guide words the question; anything unclear is no answer."""
    from domain.language import answers

    if remark:
        print(f"! {clean(remark)}\n")
    print(f"Command: {clean(request.what)}\n\n? This operation requires consent.\n  {clean(request.shown)}\n")
    print('  Respond with "yes" or "approved" to proceed.\n> ', end="", flush=True)
    line = sys.stdin.readline()
    if not line.endswith("\n"):
        print()  # nobody pressed Enter
    answer = answers.read(line)
    if answer is None or answer.request not in (None, request.id) or answer.verdict == "stop":
        return None
    return answer if answer.operation in (None, request.operation) else None


def agreed(shown: Sequence[str]) -> bool:
    """Whether a person says yes to what they are shown; anything unclear is no yes."""
    from domain.language import answers

    print("\n".join(map(clean, shown)))
    print('\n  Respond with "yes" or "approved" to proceed.\n> ', end="", flush=True)
    line = sys.stdin.readline()
    if not line.endswith("\n"):
        print()  # nobody pressed Enter
    answer = answers.read(line)
    return answer is not None and (answer.verdict, answer.request) == ("yes", None)


def _chosen(reply: Reply) -> str | None:
    """What a person answers, by number or id; None for nothing, or for what was not offered."""
    ids = [id for id, _ in reply.candidates]
    print(clean(reply.message))
    for number, (id, title) in enumerate(reply.candidates, 1):
        print(f"  {number}. {clean(id)} {clean(title)}")
    print("Which one? ", end="", flush=True)
    line = sys.stdin.readline()
    if not line.endswith("\n"):
        print()  # nobody pressed Enter
    said = line.strip()
    return dict(zip(map(str, range(1, len(ids) + 1)), ids, strict=True)).get(said) or (said if said in ids else None)
