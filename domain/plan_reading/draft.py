"""A plan while it is being read: phases, tasks and steps that still grow, and the ledger of what was taken for what."""

from __future__ import annotations

from domain.plan_reading.blocks import Block, as_text
from domain.plan_reading.words import folded
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class Words:
    """Text that is no work, in order; a heading is written only when something stands under it."""

    def __init__(self) -> None:
        self._blocks: list[Block] = []
        self._under: tuple[Block, ...] = ()

    def add(self, blocks: Iterable[Block], under: tuple[Block, ...] = ()) -> None:
        new = [block for block in blocks if block.kind != "rule"]
        if not new:
            return
        pairs = enumerate(zip(under, self._under, strict=False))
        shared = next((index for index, (ours, theirs) in pairs if ours is not theirs), len(self._under))
        self._blocks += [*under[shared:], *new]
        self._under = under

    def first(self, text: str) -> None:
        self._blocks.insert(0, Block("paragraph", text))

    def __bool__(self) -> bool:
        return bool(self._blocks)

    @property
    def text(self) -> str | None:
        return as_text(self._blocks).strip("\n") or None


class Step:
    """A subtask to be."""

    def __init__(self, title: str, done: bool, id: str | None = None) -> None:
        self.title, self.done, self.id = title, done, id


class Work:
    """A task to be. `status` is what the plan says in words or signs, `ticked` what its box says."""

    def __init__(self, title: str, id: str | None = None) -> None:
        self.title = title
        self.labels = [id] if id else []
        self.ticked: bool | None = None
        self.status: str | None = None
        self.priority: str | None = None
        self.assignee: str | None = None
        self.due: str | None = None
        self.estimate: str | None = None
        self.reason: str | None = None
        self.needs: list[tuple[str, str]] = []  # the ids as written, and the line they stood in
        self.under: str | None = None
        self.inherited: str | None = None
        self.about = Words()
        self.notes: list[str] = []
        self.criteria: list[tuple[str, bool]] = []
        self.steps: list[Step] = []
        self.source = "heading"

    @property
    def standing(self) -> str:
        """The status, all said and weighed: a tick first, then words, then the subtasks, then the heading above."""
        if self.ticked:
            return "complete"
        if self.ticked is False:
            said = self.status or self.inherited or "pending"
            return "pending" if said == "complete" else said  # an empty box is never done
        return self.status or self._from_steps() or self.inherited or "pending"

    def _from_steps(self) -> str | None:
        done = sum(step.done for step in self.steps)
        if not done:
            return None
        return "complete" if done == len(self.steps) else "in_progress"


class Stretch:
    """A phase to be: `kind` and `mark` are the word and number of its heading (`week`, `3`), if it has them."""

    def __init__(self, heading: Block, title: str, kind: str | None = None, mark: str | None = None) -> None:
        self.heading, self.title, self.kind, self.mark = heading, title, kind, mark
        self.about = Words()
        self.works: list[Work] = []
        self.number = 0

    @property
    def key(self) -> tuple[str, str] | None:
        return (self.kind, folded(self.mark)) if self.kind and self.mark else None


class Entry(Record):
    """A row of the ledger: what stood on `line`, what it was taken for, and the item it went to."""

    line: int | None
    kind: str
    text: str
    item: object = None


class Ledger:
    """What was taken for what, in the order of reading."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.duplicates: list[tuple[int | None, object, str, bool]] = []
        self.homes: dict[int, object] = {}  # where the tasks went that were met before the heading they belong to
        self._lines: dict[int, int | None] = {}

    def take(self, block_line: int | None, kind: str, text: str, item: object = None) -> None:
        self.entries.append(Entry(block_line, kind, text, item))
        if item is not None:
            self._lines.setdefault(id(item), block_line)

    def double(self, line: int | None, text: str, first: object, *, ticked: bool = False) -> None:
        self.duplicates.append((line, first, text, ticked))
        self.take(line, "duplicate", text, first)

    def line_of(self, item: object) -> int | None:
        return self._lines.get(id(self.home(item)))

    def home(self, item: object) -> object:
        return self.homes.get(id(item), item)
