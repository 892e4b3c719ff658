"""Markdown as neutral blocks, and blocks as readable text: what reader and plan reader share."""

from __future__ import annotations

from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


class Row(Record):
    """One row of a table, cells as plain text."""

    cells: tuple[str, ...]
    line: int | None = None


class Block(Record):
    """A piece of a page. `text` is plain: markup is resolved, a link reads `text (target)`; `line` counts from 1.

    kind: heading, paragraph, item, table, code, quote, html, comment, front (front matter), rule.
    heading has a `level`; item has `box` (the mark between the brackets, None without a box) and `number` (`3.`);
    `strong` and `struck` say that the whole text is bold or crossed out; `info` is the language of a code fence.
    """

    kind: str
    text: str = ""
    line: int | None = None
    level: int = 0
    box: str | None = None
    number: str | None = None
    strong: bool = False
    struck: bool = False
    info: str = ""
    header: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    children: tuple[Block, ...] = ()


def every(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks and all that is inside them, in reading order."""
    for block in blocks:
        yield block
        yield from every(block.children)


def holds_boxes(blocks: Iterable[Block]) -> bool:
    return any(block.box is not None for block in every(blocks))


def as_text(blocks: Iterable[Block]) -> str:
    """The blocks as people read them: lists tight, code fences verbatim, tables as rows."""
    text, previous = "", ""
    for block in blocks:
        if shown := _SHOWN[block.kind](block):
            glue = "" if not text else "\n" if block.kind == previous == "item" else "\n\n"
            text, previous = text + glue + shown, block.kind
    return text


def _item(block: Block) -> str:
    box = "" if block.box is None else f"[{block.box}] "
    text = f"{block.number or '-'} {box}{_indented(block.text).lstrip()}".rstrip()
    inside = as_text(block.children)
    return f"{text}\n{_indented(inside)}" if inside else text


def _indented(text: str) -> str:
    return "\n".join("  " + line if line else line for line in text.split("\n"))


def _table(block: Block) -> str:
    lines = [row_text(block.header), row_text(["---"] * len(block.header))]
    return "\n".join(lines + [row_text(row.cells) for row in block.rows])


def row_text(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _code(block: Block) -> str:
    fence = "```"
    while fence in block.text:
        fence += "`"
    return f"{fence}{block.info}\n{block.text}\n{fence}"


def _quote(block: Block) -> str:
    return "\n".join(f"> {line}".rstrip() for line in as_text(block.children).split("\n"))


_SHOWN: dict[str, Callable[[Block], str]] = {
    "heading": lambda block: f"{'#' * block.level} {block.text}",
    "paragraph": lambda block: block.text,
    "item": _item,
    "table": _table,
    "code": _code,
    "quote": _quote,
    "html": lambda block: block.text,
    "comment": lambda block: block.text,
    "front": lambda block: f"---\n{block.text}\n---",
    "rule": lambda block: "",
}
