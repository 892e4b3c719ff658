"""Markdown -> neutral blocks: mistune finds the structure; inline markup is resolved here, so that no word gets lost.

mistune's own inline pass percent-encodes link targets and swallows link definitions: text read through it could not be
found again in the plan it came from.
"""

from __future__ import annotations

import re

from domain.plan_reading.blocks import Block, Row

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from mistune.block_parser import BlockParser

    Token = dict[str, Any]  # mistune's own shape

NESTING_LIMIT = 30
_FRONT = re.compile(r"\A---[ \t]*\n(?=[\w$-]+[ \t]*:)((?:.*\n)*?)(?:---|\.\.\.)[ \t]*(?:\n|\Z)")
_BOX = re.compile(r"\[([ xX~/!>?✓✔✅☑-])\](?:\\?\*)?(?=\s|$)\s*|([☐☑☒⬜🔲])\ufe0f?\s+")
_BOX_LINE = re.compile(r"[ \t]*(?:[-*+][ \t]*)?(?=\[[ xX~/!>?✓✔✅☑-]\][ \t]+\S|[☐☑☒⬜🔲]\ufe0f?[ \t])")
_DRAWN = {"☐": " ", "⬜": " ", "🔲": " ", "☑": "x", "☒": "x"}
_DELIMITERS = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")
_CELLS = re.compile(r"(?<!\\)\|")


def text_of(raw: bytes) -> str:
    """The text of a plan's file. Plans are other people's files: what is no UTF-8 is read as Windows wrote it."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def read_blocks(text: str) -> list[Block]:
    """The blocks of a Markdown text, in order. Any text will do: CRLF, a byte order mark, NUL, lone surrogates."""
    text = _tidied(text)
    front = _FRONT.match(text)
    found = [Block("front", front[1].rstrip("\n"), 1)] if front else []
    body = "\n" * front[0].count("\n") + text[front.end() :] if front else text
    return found + list(_Page(body).blocks(_tokens(body)))


def _tidied(text: str) -> str:
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def _tokens(text: str) -> list[Token]:
    parser = _parser()
    state = parser.state_cls()
    state.process(text)
    parser.parse(state)
    return state.tokens


def _parser() -> BlockParser:
    import mistune
    from mistune.block_parser import BlockParser
    from mistune.plugins.table import table, table_in_list, table_in_quote

    markdown = mistune.Markdown(block=BlockParser(max_nested_level=NESTING_LIMIT))
    for plugin in (table, table_in_list, table_in_quote):
        plugin(markdown)
    for rules in (markdown.block.rules, markdown.block.block_quote_rules, markdown.block.list_rules):
        rules.remove("ref_link")  # a definition is text of the plan too: it stays a paragraph
    return markdown.block


class _Page:
    """Blocks from tokens, each with its line: tokens come in the order of the page, so one cursor finds them."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._next = 0

    def blocks(self, tokens: Iterable[Token]) -> Iterator[Block]:
        readers: dict[str, Callable[[Token], Iterable[Block]]] = {
            "heading": self._heading,
            "paragraph": self._paragraph,
            "block_text": self._paragraph,
            "list": self._list,
            "block_quote": self._quote,
            "block_code": self._code,
            "block_html": self._html,
            "table": self._table,
            "thematic_break": lambda _: [Block("rule")],
            "blank_line": lambda _: (),
        }
        for token in tokens:
            yield from readers[token["type"]](token)

    def _line(self, text: str) -> int | None:
        """The line of the page on which this text begins."""
        lines = text.strip("\n").split("\n")
        wanted = lines[0].strip()
        if not wanted:
            return None
        for index in range(self._next, len(self._lines)):
            if wanted in self._lines[index]:
                self._next = index + len(lines)
                return index + 1
        return None

    def _heading(self, token: Token) -> Iterable[Block]:
        text = token["text"]
        yield Block("heading", plain(text).replace("\n", " "), self._line(text), token["attrs"]["level"])

    def _paragraph(self, token: Token) -> Iterable[Block]:
        text = token["text"].strip("\n")
        if _is_table(text):
            yield self._loose_table(text)
            return
        lines = text.split("\n")
        start = next((index for index, line in enumerate(lines) if _BOX_LINE.match(line)), len(lines))
        if start:
            before = "\n".join(lines[:start])
            yield Block("paragraph", plain(before), self._line(before), strong=_all_bold(before))
        for line in _box_lines(lines[start:]):
            yield self._box(line, Block("item", line=self._line(line.split("\n")[0])))

    def _list(self, token: Token) -> Iterable[Block]:
        attrs = token["attrs"]
        start = attrs.get("start", 1) if attrs["ordered"] else None
        for offset, item in enumerate(token["children"]):
            number = None if start is None else f"{start + offset}."
            yield self._item(item["children"], Block("item", level=attrs["depth"], number=number))

    def _item(self, tokens: list[Token], empty: Block) -> Block:
        text, rest = "", tokens
        if tokens and tokens[0]["type"] in ("paragraph", "block_text") and not _is_table(tokens[0]["text"]):
            text, rest = tokens[0]["text"].strip("\n"), tokens[1:]
        item = self._box(text, empty.replace(line=self._line(text)))
        return item.replace(children=tuple(self.blocks(rest)))

    def _box(self, text: str, item: Block) -> Block:
        box = _BOX.match(text)
        mark = box and (box[1] or _DRAWN[box[2]])
        rest = text[box.end() :] if box else text
        return item.replace(text=plain(rest), box=mark, strong=_all_bold(rest), struck=_all_struck(rest))

    def _quote(self, token: Token) -> Iterable[Block]:
        children = tuple(self.blocks(token["children"]))
        yield Block("quote", line=next((child.line for child in children), None), children=children)

    def _code(self, token: Token) -> Iterable[Block]:
        text = token["raw"].strip("\n")
        info = token.get("attrs", {}).get("info", "")
        yield Block("code", text, self._line((info and f"{token['marker']}{info}\n{text}\n") or text), info=info)

    def _html(self, token: Token) -> Iterable[Block]:
        text = token["raw"].strip("\n")
        kind = "comment" if text.lstrip().startswith("<!--") else "html"
        yield Block(kind, text, self._line(text))

    def _table(self, token: Token) -> Iterable[Block]:
        head, body = token["children"]
        header = [cell["text"] for cell in head["children"]]
        rows = [[cell["text"] for cell in row["children"]] for row in body["children"]]
        yield self._rows(header, rows)

    def _rows(self, header: list[str], rows: list[list[str]]) -> Block:
        line = self._line(next(filter(None, header), ""))
        first = None if line is None else line + 2
        self._next += 1 + len(rows) if line else 0
        return Block(
            "table",
            line=line,
            header=_cells(header),
            rows=tuple(Row(_cells(row), first and first + index) for index, row in enumerate(rows)),
        )

    def _loose_table(self, text: str) -> Block:
        """A table with rows of the wrong width, as GitHub shows it, but no cell is dropped."""
        header, _, *rows = [_split_row(line) for line in text.split("\n")]
        return self._rows(header, [_fitted(row, len(header)) for row in rows])


def _box_lines(lines: list[str]) -> list[str]:
    """Lines of a paragraph that begin with a box, each with the lines that follow it."""
    found: list[str] = []
    for line in lines:
        if start := _BOX_LINE.match(line):
            found.append(line[start.end() :])
        else:
            found[-1] += "\n" + line
    return found


def _is_table(text: str) -> bool:
    lines = text.strip("\n").split("\n")
    if len(lines) < 3 or "|" not in lines[1] or not _DELIMITERS.fullmatch(lines[1]):
        return False
    return all("|" in line for line in lines) and len(_split_row(lines[0])) == len(_split_row(lines[1]))


def _split_row(line: str) -> list[str]:
    line = line.strip().removeprefix("|")
    line = line[:-1] if line.endswith("|") and not line.endswith("\\|") else line
    return [cell.strip() for cell in _CELLS.split(line)]


def _fitted(cells: list[str], width: int) -> list[str]:
    """Short rows are filled; what is too many, a bare pipe in a cell, goes back into the last one."""
    if len(cells) > width:
        return [*cells[: width - 1], " | ".join(cells[width - 1 :])]
    return cells + [""] * (width - len(cells))


def _cells(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(plain(text.replace("\\|", "|")) for text in texts)


# --- inline markup -------------------------------------------------------------------------------------------------

_SPAN = 1000  # no markup is looked for further than this: a hostile text must not take quadratic time
_KEPT = re.compile(
    rf"(?<!`)(?P<ticks>`+)(?!`)(?P<code>(?s:.){{1,{_SPAN}}}?)(?<!`)(?P=ticks)(?!`)"
    r"|\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|<(?P<address>(?:https?://|mailto:)[^<>\s]+)>"
    rf"|!?\[(?P<label>(?:[^\[\]\\]|\\.|\[[^\[\]]{{0,200}}\]){{0,{_SPAN}}})\]"
    r"\(\s*(?P<target><[^<>\n]*>|[^\s()<>]*(?:\([^\s()]*\)[^\s()<>]*)*)(?P<title>\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)"
)
_EMPHASIS = tuple(
    re.compile(pattern, re.DOTALL)
    for pattern in (
        rf"\*\*(?=\S)(.{{1,{_SPAN}}}?)(?<=\S)\*\*",
        rf"(?<![\w/.])__(?=\S)(?![a-z0-9_]+__)(.{{1,{_SPAN}}}?)(?<=\S)__(?!\w)",
        rf"(?<![\w*])\*(?=[^\s*])([^*]{{1,{_SPAN}}}?)(?<=\S)\*(?![\w*])",
        rf"(?<!\w)_(?=[^\s_])([^_]{{1,{_SPAN}}}?)(?<=\S)_(?!\w)",
        rf"~~(?=\S)(.{{1,{_SPAN}}}?)(?<=\S)~~",
    )
)
_OPEN, _CLOSE = "\ue000", "\ue001"
_PLACE = re.compile(f"{_OPEN}(\\d+){_CLOSE}")


def plain(text: str) -> str:
    """The text without inline markup; code as it stands, a link as `text (target)`."""
    if _OPEN in text:  # private letters that we borrow below: leave such a text alone
        return text
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(_resolved(found))
        return f"{_OPEN}{len(kept) - 1}{_CLOSE}"

    text = _KEPT.sub(keep, text)
    for emphasis in _EMPHASIS:
        text = emphasis.sub(r"\1", text)
    return _PLACE.sub(lambda found: kept[int(found[1])], text)


def _resolved(found: re.Match[str]) -> str:
    if found["code"] is not None:
        return found["code"].strip() or found["code"]
    if found["label"] is None:
        return found["escaped"] or found["address"]
    label, target = plain(found["label"]), found["target"].strip("<>") + (found["title"] or "")
    if not target:
        return label
    return f"{label} ({target})" if label else target


def _all_bold(text: str) -> bool:
    text = text.strip().removesuffix(":")
    return len(text) > 4 and text[:2] == text[-2:] in ("**", "__") and text[:2] not in text[2:-2]


def _all_struck(text: str) -> bool:
    text = text.strip()
    return len(text) > 4 and text.startswith("~~") and text.endswith("~~")
