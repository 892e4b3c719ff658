"""What a section or a label is for, given where it stands: phase, task, step, criteria, legend, or a mere part."""

from __future__ import annotations

import re

from domain.plan_reading.blocks import Block
from domain.plan_reading.draft import Stretch, Work
from domain.plan_reading.words import CRITERIA, GENERIC, LEGEND, column_status, folded
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.plan_reading.outline import Head, Section


class Place(Record):
    """Where the walk stands: the phase and task that what comes next belongs to, and how boxes are to be read there.

    `settled` phases called themselves one, so headings below divide them; below other phases a heading with work opens
    the next phase. `role` is work, criteria or legend; `under` are the headings that text stands under.
    """

    phase: Stretch | None = None
    settled: bool = False
    work: Work | None = None
    work_id: str | None = None
    role: str = "work"
    under: tuple[Block, ...] = ()
    group: str | None = None
    inherited: str | None = None

    @property
    def owner(self) -> Work | Stretch | None:
        return self.work or self.phase


def kind_of(section: Section, parent: Section, place: Place) -> str:
    """phase, task, step, criteria, legend or part."""
    head = section.head
    if head.kind == "legend":
        return "legend"
    if place.work is not None:
        return _kind_in_task(section, place)
    if place.work_id is not None and _belongs_to_task(section, place):
        return "task" if section.has_work else "part"
    if head.kind == "phase" and not place.settled:
        lasting = head.word not in ("version", "day", "quarter", "epic")
        return "phase" if lasting or section.holds_work else "part"
    if head.kind == "task":
        return "phase" if section.holds_tasks and place.phase is None else "task"
    if section.counted:
        return "task"
    if place.settled or not _has_own_work(section):
        return "part"
    return "part" if place.phase is not None and divides(head) and parent.has_work else "phase"


def _kind_in_task(section: Section, place: Place) -> str:
    head = section.head
    if head.kind in ("criteria", "task"):
        return head.kind
    if not _belongs_to_task(section, place):
        return "part"
    if section.holds_tasks and not section.has_work:
        return "part"
    return "task" if section.holds_work else "step"


def _belongs_to_task(section: Section, place: Place) -> bool:
    """`Step 2: …`, or a number that goes on from the id of the task: `101.1` under `WORK-101`."""
    head = section.head
    return head.kind == "step" or (head.kind == "numbered" and _continues(place.work_id, head.id))


def _has_own_work(section: Section) -> bool:
    return section.has_work or any(below.head.kind == "task" or below.counted for below in section.sections)


def _continues(parent: str | None, id: str | None) -> bool:
    """`101.1` goes on from `WORK-101`, `1-2` from `1`."""
    number = re.search(r"\d+(?:[.-]\d+)*$", parent or "")
    if not number or not id:
        return False
    return bool(re.match(rf"0*{re.escape(number[0].lstrip('0') or '0')}[.-]", id))


def divides(head: Head) -> bool:
    """A heading that only divides what its parent names: `Tasks`, `Done`."""
    return bool(GENERIC.match(head.title)) or column_status(head.title) is not None


def introduces(block: Block, following: Block | None) -> bool:
    """A label: one line, bold or with a colon, right before a list or table."""
    if block.kind != "paragraph" or following is None or following.kind not in ("item", "table"):
        return False
    return (block.strong or block.text.rstrip().endswith((":", "："))) and "\n" not in block.text.strip()


def role_named(label: str) -> str | None:
    """criteria or legend, when that is what a label announces."""
    if LEGEND.match(folded(label)):
        return "legend"
    return "criteria" if CRITERIA.search(label) and len(label.split()) <= 8 else None


def joined(group: str | None, label: str) -> str:
    return f"{group} › {label}" if group else label
