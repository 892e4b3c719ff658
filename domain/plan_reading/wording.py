"""A task out of its own words: the text of a box or bullet, or the cells of a table row."""

from __future__ import annotations

import re

from domain.plan_reading.blocks import Block
from domain.plan_reading.draft import Work
from domain.plan_reading.fields import put, take_inline
from domain.plan_reading.ids import split_id
from domain.plan_reading.tables import id_of
from domain.plan_reading.words import STATUSES, heading_status, priority_of, status_of, without_signs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.plan_reading.blocks import Row
    from domain.plan_reading.tables import Columns

_LABEL = re.compile(r"^\s*\[(?P<label>[A-Z][\w-]{0,11})\]\s+(?=\S)")
_COMMENT = re.compile(r"\s*<!--.*?-->", re.DOTALL)
_TASK_WORD = re.compile(r"^(?:Task|Story|Issue)\s+#?(?=\d+(?:\.\d+)*\s*[:：.)–—-])")
_BLANK = " -–—"


def one_line(text: str) -> str:
    return " ".join(text.split())


def without_comments(text: str) -> str:
    return _COMMENT.sub("", text)


def numbered(text: str, series: frozenset[str]) -> tuple[str | None, str]:
    """(id, the rest) of the text of a box or bullet."""
    id, rest = split_id(_TASK_WORD.sub("", without_signs(text)), series)
    return (id, rest) if id else (None, text)


def work_in_item(item: Block, series: frozenset[str], *, done: bool | None) -> Work:
    """The task that a box or bullet names; `done` is what its box says, None without a box."""
    work = Work("")
    work.about.add([Block("comment", comment.strip()) for comment in _COMMENT.findall(item.text)])
    id, text = numbered(without_comments(item.text), series)
    work.labels += [id] if id else []
    while label := _LABEL.match(text):
        _put_label(work, label["label"])
        text = text[label.end() :]
    status, rest = heading_status(text)
    if status and (done is None or (status == "complete") == done):
        work.status, work.reason, text = status, remark(text, rest), rest
    work.title = take_inline(one_line(text), work)
    return work


def remark(text: str, rest: str) -> str | None:
    """What the mark that was cut from the end of a title says beyond the status: `blocked by the crane`."""
    mark = without_signs(text).removeprefix(rest).strip(" ()（）[]:-–—")
    return mark if len(mark.split()) > 1 and mark.casefold() not in STATUSES else None


def _put_label(work: Work, label: str) -> None:
    """`[BLOCKED]`, `[P1]` or a label of the plan's own, `[US1]`."""
    if status := status_of(label):
        work.status = work.status or status
    elif label[1:].isdigit() and (priority := priority_of(label)):
        work.priority = priority
    else:
        work.labels.append(label)


def work_in_row(table: Block, row: Row, columns: Columns, marks: Mapping[str, str]) -> Work:
    """The task that a row of a task table describes; cells that fill no field become its description."""
    work = Work(one_line(row.cells[columns.title]), id_of(row, columns))
    said = [index for index, field in columns.fields if not _put_cell(work, table, row, index, field, marks)]
    said += columns.others
    if columns.id is not None and columns.id != columns.title and len(row.cells[columns.id].split()) > 1:
        said.append(columns.id)
    lines = [f"{table.header[index]}: {row.cells[index]}" for index in said if row.cells[index].strip(_BLANK)]
    if lines:
        work.about.add([Block("paragraph", "\n".join(lines))])
    work.notes = [row.cells[index] for index in columns.notes if row.cells[index].strip(_BLANK)]
    return work


def _put_cell(work: Work, table: Block, row: Row, index: int, field: str, marks: Mapping[str, str]) -> bool:
    """Whether the field now says all that the cell says."""
    value = row.cells[index]
    if field == "status":
        work.status = status_of(value, marks)
        return work.status is not None
    return not value.strip() or put(work, field, value, f"{table.header[index]}: {value}")
