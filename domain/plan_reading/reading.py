"""The walk over a plan: every block becomes work of some kind, or text of the item it stands under."""

from __future__ import annotations

import re

from domain.plan_reading.blocks import Block, as_text, holds_boxes, row_text
from domain.plan_reading.draft import Step, Words, Work
from domain.plan_reading.fields import pair, put, take_inline, take_lines
from domain.plan_reading.register import Register
from domain.plan_reading.report import Offer
from domain.plan_reading.roles import Place, divides, introduces, joined, kind_of, role_named
from domain.plan_reading.tables import is_empty, task_columns
from domain.plan_reading.wording import numbered, one_line, remark, without_comments, work_in_item, work_in_row
from domain.plan_reading.words import (
    GENERIC,
    PLACEHOLDER,
    column_status,
    heading_status,
    sign_status,
    status_of,
    without_signs,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.plan_reading.blocks import Row
    from domain.plan_reading.outline import Outline, Section
    from domain.plan_reading.tables import Columns

_ANCHOR = re.compile(r"\(#[^()\s]*\)\s*$")  # a line of a table of contents


class Reading:
    """What has been read so far; `page` walks the whole plan."""

    def __init__(self, plan: Outline, title: str, *, bullets: bool) -> None:
        self.plan, self.title, self.bullets = plan, title, bullets
        self.overview = Words()
        self.register = Register(title, plan.task_heads)
        self.ledger = self.register.ledger
        self.offers: list[Offer] = []

    def page(self, root_work: Work | None) -> None:
        """Read the page; with `root_work` the page is about one task and its sections are about that task."""
        place = Place()
        if root_work:
            phase = self.register.default_phase
            phase.works.append(root_work)
            place = Place(phase, True, root_work, root_work.labels[0] if root_work.labels else None)
        self._inside(self.plan.root, place)
        self.register.close()

    # --- sections ---------------------------------------------------------------------------------------------------

    def _inside(self, section: Section, place: Place) -> None:
        self._blocks(section.blocks, place, section)
        for below in section.sections:
            self._section(below, section, place)

    def _section(self, section: Section, parent: Section, place: Place) -> None:
        heading, head = section.heading, section.head
        assert heading is not None
        if place.work is not None and self._is_field(section, heading, place.work):
            return
        kind = kind_of(section, parent, place)
        if kind == "phase":
            inner = self._phase(section, parent)
        elif kind == "task":
            inner = self._task(section, heading, place)
        else:
            inner = self._part(kind, section, heading, place)
        self._inside(section, inner)
        if kind == "task" and inner.work is not None and inner.work.status is None:
            inner.work.status = head.status
            inner.work.reason = head.status and remark(heading.text, heading_status(heading.text)[1])

    def _is_field(self, section: Section, heading: Block, work: Work) -> bool:
        """A heading that is a field of its task: `## Priority: high`."""
        found = None if section.blocks or section.sections else pair(heading.text)
        if not found or not put(work, *found, heading.text):
            return False
        self.ledger.take(heading.line, "field", heading.text, work)
        return True

    def _phase(self, section: Section, parent: Section) -> Place:
        by_parent = divides(section.head) and parent is not self.plan.root
        named = parent if by_parent else section
        heading, head = named.heading, section.head
        assert heading is not None
        phase, again = self.register.open_phase(heading, named.head, with_work=section.holds_work)
        self.ledger.take((section.heading or heading).line, "phase", (section.heading or heading).text, phase)
        is_task = head.kind == "task"
        if is_task and head.id:
            self.register.name(head.id, phase)
        inherited = head.status if head.status == "complete" else column_status(head.title)
        settled = is_task or head.kind == "phase"
        under = (heading,) if again else ()
        return Place(phase, settled, None, head.id if is_task else None, under=under, inherited=inherited)

    def _task(self, section: Section, heading: Block, place: Place) -> Place:
        work = Work("", section.head.id)
        work.title = take_inline(one_line(section.head.title), work)
        work = self.register.settle(work, place, heading.line, heading.text, "heading")
        phase = place.phase or self.register.default_phase
        return Place(phase, True, work, section.head.id, inherited=place.inherited)

    def _part(self, kind: str, section: Section, heading: Block, place: Place) -> Place:
        """A section that is no item: its text belongs to what it stands in."""
        head, is_step = section.head, kind == "step"
        self.ledger.take(heading.line, "subtask" if is_step else "heading", heading.text, place.owner)
        if is_step and place.work is not None:
            place.work.steps.append(Step(one_line(head.title), head.status == "complete", head.id))
        if not (section.blocks or section.sections or is_step):
            self._words(place).add([heading], place.under)
        return place.replace(
            role=kind if kind in ("criteria", "legend") else place.role,
            group=place.group if place.work or GENERIC.match(head.title) else joined(place.group, head.title),
            inherited=column_status(heading.text) or place.inherited,
            under=(*place.under, heading),
        )

    # --- blocks -----------------------------------------------------------------------------------------------------

    def _blocks(self, blocks: Sequence[Block], place: Place, section: Section | None = None) -> None:
        here, last_step = place, None
        for block, following in zip(blocks, [*blocks, None][1:], strict=True):
            if block.kind == "item":
                last_step = self._item_and_first_step(block, here, section) or last_step
                continue
            here = place
            if block.kind == "code" and last_step and place.work:
                place.work.about.add([Block("paragraph", f"→ {last_step}")], place.under)
                last_step = None
            if following is not None and introduces(block, following):
                here = self._labelled(block, following, place)
            else:
                self._text(block, place)

    def _item_and_first_step(self, item: Block, place: Place, section: Section | None) -> str | None:
        """Read an item; the first subtask it brought, since code that follows a step belongs to that step."""
        before = len(place.work.steps) if place.work else 0
        self._item(item, place, section)
        return place.work.steps[before].title if place.work and len(place.work.steps) > before else None

    def _labelled(self, label: Block, following: Block, place: Place) -> Place:
        """The place for the list or table that a label like `**Acceptance criteria:**` introduces."""
        words = label.text.strip().rstrip(":： ")
        has_boxes = following.kind == "item" and (following.box is not None or holds_boxes(following.children))
        role = role_named(words) if has_boxes else None
        if not has_boxes or (place.work is not None and role is None and not GENERIC.match(words)):
            self._text(label, place)
            return place
        self.ledger.take(label.line, "heading", label.text, place.owner)
        if role == "legend" or (role == "criteria" and place.work):
            return place.replace(role=role)
        return place if place.work or GENERIC.match(words) else place.replace(group=joined(place.group, words))

    def _text(self, block: Block, place: Place) -> None:
        """Anything but a list item."""
        if block.kind == "table":
            self._table(block, place)
        elif block.kind == "quote" and holds_boxes(block.children):
            self._blocks(block.children, place)
        elif block.kind == "paragraph" and place.work is not None:
            self._lines(block, place, place.work)
        elif block.kind != "rule":
            self._words(place).add([block], place.under)
            kind = "comment" if block.kind == "comment" else "text"
            self.ledger.take(block.line, kind, block.text or as_text([block]), place.owner)

    def _lines(self, block: Block, place: Place, work: Work) -> None:
        taken, left = take_lines(block.text, work)
        for offset, line in taken:
            self.ledger.take(block.line and block.line + offset, "field", line, work)
        if left:
            work.about.add([block.replace(text=left)], place.under)
            self.ledger.take(block.line, "text", left, work)

    def _item(self, item: Block, place: Place, section: Section | None = None) -> None:
        if item.box is not None:
            self._box(item, place)
        elif holds_boxes(item.children):
            self._holder(item, place)
        elif place.work is not None:
            self._plain_item_of_task(item, place, place.work)
        elif self.bullets and place.role == "work" and not _ANCHOR.search(item.text):
            self._bullet(item, place)
        else:
            self._words(place).add([item], place.under)
            self.ledger.take(item.line, "text", item.text, place.phase)
            if place.role == "work" and section is not None and item.text.strip() and not _ANCHOR.search(item.text):
                self._offer(item, section)

    def _plain_item_of_task(self, item: Block, place: Place, work: Work) -> None:
        found = None if item.children else pair(item.text)
        is_field = found is not None and put(work, *found, item.text)
        self.ledger.take(item.line, "field" if is_field else "text", item.text, work)
        if not is_field:
            work.about.add([item], place.under)

    def _offer(self, item: Block, section: Section) -> None:
        heading = section.heading.text if section.heading else self.title
        last = self.offers[-1] if self.offers else None
        if last and last.heading == heading:
            self.offers[-1] = last.replace(count=last.count + 1)
        else:
            self.offers.append(Offer(item.line, heading, 1))

    def _bullet(self, item: Block, place: Place) -> None:
        """A plain bullet, taken as a task because the user asked for it; bullets inside become its subtasks."""
        work = work_in_item(item, self.plan.series, done=None)
        work.status = work.status or sign_status(item.text[:2]) or ("cancelled" if item.struck else None)
        work = self.register.settle(work, place, item.line, item.text, "bullet")
        rest, by_heading = [], "complete" if work.standing == "complete" else None
        for child in item.children:
            if child.kind == "item" and not child.children and child.text.strip():
                done = (sign_status(child.text[:2]) or by_heading) == "complete"
                work.steps.append(Step(one_line(child.text), done))
                self.ledger.take(child.line, "subtask", child.text, work)
            else:
                rest.append(child)
        self._blocks(rest, Place(place.phase, True, work))

    # --- boxes ------------------------------------------------------------------------------------------------------

    def _box(self, item: Block, place: Place) -> None:
        if place.role == "legend" or id(item) in self.plan.legends:
            self.ledger.take(item.line, "legend", item.text, place.owner)
            self._words(place).add([item], place.under)
        elif PLACEHOLDER.match(item.text.strip()):
            self.ledger.take(item.line, "placeholder", f"[{item.box}] {item.text}".rstrip(), place.owner)
            self._blocks(item.children, place)
        elif place.work is None:
            self._box_task(item, place)
        elif place.role == "criteria":
            self._criterion(item, place, place.work)
        else:
            self._step(item, place, place.work)

    def _mark(self, item: Block) -> str:
        return self.plan.marks.get(item.box or " ", "pending")

    def _box_task(self, item: Block, place: Place) -> None:
        mark = self._mark(item)
        work = work_in_item(item, self.plan.series, done=mark == "complete")
        work.ticked = {"complete": True, "pending": False}.get(mark)
        if work.ticked is None:
            work.status = work.status or mark
        if item.struck and not work.ticked:
            work.ticked, work.status = None, "cancelled"
        work = self.register.settle(work, place, item.line, item.text, "box", ticked=mark == "complete")
        self._blocks(item.children, Place(place.phase, True, work, work.labels[0] if work.labels else None))

    def _criterion(self, item: Block, place: Place, work: Work) -> None:
        text = one_line(without_comments(item.text))
        self.ledger.take(item.line, "criterion", item.text, work)
        work.criteria.append((text, self._mark(item) == "complete"))
        self._within(item, text, place, work)

    def _step(self, item: Block, place: Place, work: Work) -> None:
        text, done = without_comments(item.text), self._mark(item) == "complete"
        id, rest = numbered(text, self.plan.series)
        title = one_line(f"{id} {rest}" if id and not id.isdigit() else text)
        if done and sign_status(title[-2:]) == "complete":
            title = without_signs(title) or title
        self.ledger.take(item.line, "subtask", item.text, work)
        work.steps.append(Step(title, done, id))
        self._within(item, title, place, work)

    def _within(self, item: Block, title: str, place: Place, work: Work) -> None:
        """What stands inside a subtask or criterion: boxes are the next ones, text goes to the task under its title."""
        rest = []
        for child in item.children:
            if child.kind == "item" and (child.box is not None or holds_boxes(child.children)):
                self._item(child, place)
            elif holds_boxes(child.children):
                self._blocks(child.children, place)
            else:
                rest.append(child)
                self.ledger.take(child.line, "text", child.text, work)
        if rest:
            work.about.add([Block("item", title, item.line, children=tuple(rest))], place.under)

    def _holder(self, item: Block, place: Place) -> None:
        """A plain item with boxes inside: a label, or a task whose boxes are its subtasks."""
        label = item.text.strip().rstrip(":： ")
        role = role_named(label)
        is_label = not label or role or GENERIC.match(label) or item.text.rstrip().endswith((":", "："))
        if place.work is None and not is_label:
            work = work_in_item(item, self.plan.series, done=None)
            work = self.register.settle(work, place, item.line, item.text, "item")
            self._blocks(item.children, Place(place.phase, True, work))
            return
        self.ledger.take(item.line, "heading", item.text, place.owner)
        is_name = bool(label) and role is None and not GENERIC.match(label)
        if place.work is not None and is_name:
            place.work.about.add([item.replace(children=())], place.under)
        group = joined(place.group, label) if place.work is None and is_name else place.group
        self._blocks(item.children, place.replace(role=role or place.role, group=group))

    # --- tables -----------------------------------------------------------------------------------------------------

    def _table(self, table: Block, place: Place) -> None:
        if place.role == "criteria" and place.work is not None:
            self._criteria_table(table, place, place.work)
            return
        columns = task_columns(table, self.plan.marks) if place.role == "work" else None
        self.ledger.take(table.line, "heading" if columns else "text", row_text(table.header), place.owner)
        if columns is None:
            self._words(place).add([table], place.under)
        for row in table.rows:
            if columns is None:
                self.ledger.take(row.line, "text", row_text(row.cells), place.owner)
            else:
                self._row(table, row, columns, place)

    def _row(self, table: Block, row: Row, columns: Columns, place: Place) -> None:
        text = row_text(row.cells)
        if is_empty(row, columns):
            self.ledger.take(row.line, "placeholder", text, place.owner)
            return
        work = work_in_row(table, row, columns, self.plan.marks)
        if place.work is None:
            self.register.settle(work, place, row.line, text, "row")
            return
        self.ledger.take(row.line, "subtask", text, place.work)
        title = " ".join([*work.labels[:1], work.title]).strip()
        place.work.steps.append(Step(title, work.status == "complete", "".join(work.labels[:1]) or None))
        if work.about or work.notes or work.needs:
            place.work.about.add([Block("item", title, children=(Block("item", text),))], place.under)

    def _criteria_table(self, table: Block, place: Place, work: Work) -> None:
        self.ledger.take(table.line, "heading", row_text(table.header), work)
        for row in table.rows:
            text = one_line(row.cells[0])
            met = any(status_of(cell) == "complete" or cell.strip()[:1] in ("✅", "✓", "✔") for cell in row.cells[1:])
            work.criteria += [(text, met)] if text else []
            self.ledger.take(row.line, "criterion" if text else "placeholder", row_text(row.cells), work)
        if len(table.header) > 1:
            work.about.add([table], place.under)

    def _words(self, place: Place) -> Words:
        return place.owner.about if place.owner else self.overview
