"""The page as a tree of sections, every heading understood, and what the page tells about its ids and boxes."""

from __future__ import annotations

import re

from domain.plan_reading.blocks import Block, every
from domain.plan_reading.ids import names_work, series_of, split_id
from domain.plan_reading.tables import task_columns
from domain.plan_reading.words import (
    ABOUT_A_PHASE,
    CRITERIA,
    LEGEND,
    MARKS,
    PHASE_HEADS,
    STEP_WORDS,
    TASK_WORDS,
    column_status,
    folded,
    heading_status,
    phrase_status,
    without_signs,
)
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_TITLED = r"\s*(?:[:：.)–—-]\s*|\s+)(?P<title>\S.*)$"
_TASK_HEAD = re.compile(rf"^(?i:{TASK_WORDS})\s*#?\s*(?P<id>\d+(?:[.-]\d+)*|[A-Z]\d+){_TITLED}", re.DOTALL)
_STEP_HEAD = re.compile(rf"^(?i:{STEP_WORDS})\s*#?\s*(?P<id>\d+(?:[.-]\d+)*){_TITLED}", re.DOTALL)
_WORD_HEAD = re.compile(r"^(?P<word>TODO|WIP|DONE)\s*[:：]\s*(?P<title>\S.*)$", re.DOTALL)
_MARK = re.compile(r"\[(.)\]\s*(?:=|:|→|[-–—])\s*([^\n·|,;\[]+)")


class Head(Record):
    """What a heading says. kind: phase task step numbered criteria legend plain; `mark` follows the phase `word`."""

    kind: str
    title: str
    id: str | None = None
    status: str | None = None
    word: str | None = None
    mark: str | None = None


class Section:
    """A heading and what stands under it; the first section of a page may have no heading."""

    def __init__(self, heading: Block | None) -> None:
        self.heading = heading
        self.head = Head("plain", "")
        self.blocks: list[Block] = []
        self.sections: list[Section] = []
        self.has_work = False  # boxes or task tables right under this heading
        self.counted = False  # one of several numbered headings that carry a status: each is work

    def below(self) -> Iterator[Section]:
        for section in self.sections:
            yield section
            yield from section.below()

    @property
    def holds_work(self) -> bool:
        return self.has_work or any(section.has_work for section in self.below())

    @property
    def holds_tasks(self) -> bool:
        """Whether headings further down are tasks, so that this one is more than a task itself."""
        return any(
            below.head.kind == "task" or (below.head.kind in ("step", "numbered") and below.holds_work)
            for below in self.below()
        )


class Outline(Record):
    """The tree, and what the page tells: the series of its ids, what its boxes mean, which tasks have headings."""

    root: Section
    title: str | None
    front: Block | None
    series: frozenset[str]
    marks: Mapping[str, str]
    legends: frozenset[int]
    task_heads: frozenset[str]


def outline(blocks: Sequence[Block], *, bullets: bool = False) -> Outline:
    """The sections of a page; with `bullets` plain lists count as work."""
    front = next((block for block in blocks if block.kind == "front"), None)
    body = [block for block in blocks if block.kind != "front"]
    series = series_of(_starts(body))
    marks, legends = _legends(body)
    title = _title_heading(body)
    root = _tree(body, title)
    for section in (root, *root.below()):
        if section.heading:
            section.head = read_head(section.heading.text, series)
        section.has_work = any(_is_work(block, marks, legends, bullets) for block in section.blocks)
    for section in (root, *root.below()):
        _count(section)
    heads = frozenset(s.head.id.casefold() for s in (root, *root.below()) if s.head.kind == "task" and s.head.id)
    return Outline(root, title.text if title else None, front, series, marks, legends, heads)


def _starts(blocks: Iterable[Block]) -> Iterator[str]:
    """Texts at whose beginning an id may stand."""
    for block in every(blocks):
        if block.kind == "heading" or block.box is not None:
            yield without_signs(block.text)


def _title_heading(blocks: Sequence[Block]) -> Block | None:
    """The heading that names the page: the first one, when it is of the first level and no equal of the others."""
    headings = [block for block in blocks if block.kind == "heading"]
    if not headings or headings[0].level != 1 or not headings[0].text.strip():
        return None
    others = [block for block in headings[1:] if block.level == 1]
    is_phase = read_head(headings[0].text, frozenset()).kind in ("phase", "task")
    return None if others and is_phase else headings[0]


def _tree(blocks: Iterable[Block], title: Block | None) -> Section:
    root = Section(title)
    path: list[Section] = [root]
    for block in blocks:
        if block is title:
            continue
        if block.kind != "heading":
            path[-1].blocks.append(block)
            continue
        while len(path) > 1 and path[-1].heading and path[-1].heading.level >= block.level:
            path.pop()
        section = Section(block)
        path[-1].sections.append(section)
        path.append(section)
    return root


def _is_work(block: Block, marks: Mapping[str, str], legends: frozenset[int], bullets: bool) -> bool:
    if block.kind == "table":
        return task_columns(block, marks) is not None
    if bullets and block.kind == "item":
        return True
    return any(inner.box is not None and id(inner) not in legends for inner in every((block,)))


def _count(parent: Section) -> None:
    """Mark numbered neighbours of which at least one carries a status: `1. Login ✅`, `2. Logout`."""
    numbered = [section for section in parent.sections if section.head.kind == "numbered" and not section.holds_work]
    plain = [section for section in numbered if section.head.id and section.head.id.isdigit()]
    if len(plain) > 1 and any(section.head.status for section in plain):
        for section in plain:
            section.counted = not section.holds_tasks


# --- headings ------------------------------------------------------------------------------------------------------


def read_head(text: str, series: frozenset[str]) -> Head:
    """What a heading says on its own."""
    status, rest = heading_status(text)
    status = status or column_status(text)
    rest = without_signs(rest)
    head = _phase_head(rest) or _task_head(rest, series) or _other_head(rest)
    return head.replace(status=head.status or status)


def _phase_head(text: str) -> Head | None:
    for word, pattern in PHASE_HEADS:
        if found := pattern.match(text):
            parts = found.groupdict()
            mark = parts["number"] or parts.get("number2") or parts.get("number3")
            if not found["sep"].strip() and ABOUT_A_PHASE.match(found["title"]):
                return None
            if word in ("epic", "day") and not found["sep"].strip() and found["title"]:
                return None
            return Head("phase", found["title"].strip() or text, word=word, mark=mark)
    return None


def _task_head(text: str, series: frozenset[str]) -> Head | None:
    if found := _TASK_HEAD.match(text):
        return Head("task", found["title"], found["id"])
    if found := _STEP_HEAD.match(text):
        return Head("step", found["title"], found["id"])
    if found := _WORD_HEAD.match(text):
        return Head("task", found["title"], status=phrase_status(found["word"].casefold()))
    id, rest = split_id(text, series)
    if id is None:
        return None
    if id[0].isdigit():
        return Head("numbered", rest, id)
    return Head("task", rest, id) if names_work(id) and len(id) > 2 else None


def _other_head(text: str) -> Head:
    if LEGEND.match(folded(text)):
        return Head("legend", text)
    if CRITERIA.search(text) and len(text.split()) <= 10:
        return Head("criteria", text)
    return Head("plain", text)


# --- legends -------------------------------------------------------------------------------------------------------


def _legends(blocks: Sequence[Block]) -> tuple[Mapping[str, str], frozenset[int]]:
    """(what each mark in a box means on this page, the boxes that only explain that)."""
    meanings: dict[str, str] = {}
    explaining: set[int] = set()
    for run in _runs(blocks):
        statuses = [phrase_status(without_signs(re.split(r"[(/:–—-]", item.text.casefold())[0])) for item in run]
        if len(run) > 1 and all(statuses) and len({item.box for item in run}) == len(run):
            explaining.update(map(id, run))
            pairs = zip(run, statuses, strict=True)
            meanings.update({item.box: status for item, status in pairs if item.box and status})
    for block in every(blocks):
        if block.kind in ("paragraph", "item") and block.text.count("]") > 1:
            found = ((mark, phrase_status(words.casefold())) for mark, words in _MARK.findall(block.text))
            meanings.update({mark: status for mark, status in found if status})
    fixed = {" ": "pending", "x": "complete", "X": "complete"}
    return {**MARKS, **meanings, **fixed}, frozenset(explaining)


def _runs(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Boxes that follow each other in one list."""
    run: list[Block] = []
    for block in blocks:
        if block.box is not None and not block.children:
            run.append(block)
            continue
        if run:
            yield run
        run = []
        yield from _runs(block.children)
    if run:
        yield run
