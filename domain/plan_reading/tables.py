"""Tables: which of them list work, and what their columns say."""

from __future__ import annotations

from domain.plan_reading.blocks import Block, Row
from domain.plan_reading.ids import is_id
from domain.plan_reading.words import PHASE_HEADS, PLACEHOLDER, column_named, folded, status_of, words_of
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PHASE_LED = words_of(
    "phase phases week weeks sprint milestone stage day quarter category status state fase этап фаза неделя 阶段 周 "
    "フェーズ 단계"
)
_NOT_A_TITLE = ("status", "id", "estimate", "priority", "due", "owner", "notes", "needs", "labels")
_EXPLAINS = words_of("meaning meanings definition means explanation legend count total bedeutung значение 含义 意味")
_HISTORY = frozenset(("date", "author", "version", "changes", "change", "revision"))
_TASK_IDS = ("task id", "task #", "task no", "task no.", "work item id", "story id", "ticket", "ticket id", "issue #")
_COUNTERS = frozenset(("line", "lines", "day", "week", "loc", "row", "order", "seq"))


class Columns(Record):
    """Where a task table keeps what: indices into its cells; `fields` are (index, field name), `others` the rest."""

    title: int
    id: int | None
    fields: tuple[tuple[int, str], ...]
    notes: tuple[int, ...]
    others: tuple[int, ...]

    @property
    def status(self) -> int | None:
        return next((index for index, field in self.fields if field == "status"), None)


def task_columns(table: Block, marks: Mapping[str, str]) -> Columns | None:
    """The columns of a table of tasks; None for every other table: phases, legends, risks, decisions, files."""
    roles = [column_named(text) for text in table.header]
    names = [folded(text) for text in table.header]
    roles = [None if role == "task" and not _worded(table, index) else role for index, role in enumerate(roles)]
    strong = next((i for i, role in enumerate(roles) if role == "task" or names[i] in _TASK_IDS), None)
    if not table.rows or _EXPLAINS.intersection(names) or len(_HISTORY.intersection(names)) > 1:
        return None
    if strong is None and ((names[0] in _PHASE_LED and not _boxed(table, 0)) or _rows_are_phases(table)):
        return None
    status = _status_column(table, roles, marks)
    title = _title_column(table, roles, names, status)
    if title is None or not (_speaks_of_work(roles, strong, len(names)) if status is None else True):
        return None
    if strong is None and status is None:
        return None
    return _columns(table, roles, title, status)


def _speaks_of_work(roles: Sequence[str | None], strong: int | None, width: int) -> bool:
    """A column called Task needs company: another column that speaks of work, or none at all."""
    if strong is None:
        return False
    return width == 1 or roles[strong] == "id" or any(role not in (None, "task", "notes") for role in roles)


def _status_column(table: Block, roles: Sequence[str | None], marks: Mapping[str, str]) -> int | None:
    """A column whose cells are statuses: by its name and most of its cells, or because its cells are boxes."""
    for index, role in enumerate(roles):
        cells = [row.cells[index] for row in table.rows if row.cells[index].strip()]
        known = sum(status_of(cell, marks) is not None for cell in cells)
        if role == "status" and cells and known * 2 >= len(cells):
            return index
        if role is None and cells and _boxed(table, index):
            return index
    return None


def _worded(table: Block, index: int) -> bool:
    """Whether a column holds words: `Work Items | 4/4` counts tasks, it names none."""
    cells = [row.cells[index] for row in table.rows if row.cells[index].strip()]
    return sum(any(letter.isalpha() for letter in cell) for cell in cells) * 2 > len(cells)


def _boxed(table: Block, index: int) -> bool:
    cells = [row.cells[index].strip("` ") for row in table.rows]
    return all(len(cell) == 3 and cell[0] == "[" and cell[2] == "]" for cell in cells)


def _rows_are_phases(table: Block) -> bool:
    heads = [any(pattern.match(row.cells[0]) for _, pattern in PHASE_HEADS[:6]) for row in table.rows]
    return sum(heads) * 2 > len(heads)


def _title_column(table: Block, roles: Sequence[str | None], names: Sequence[str], status: int | None) -> int | None:
    candidates = [index for index, role in enumerate(roles) if role == "task"]
    candidates += [index for index, role in enumerate(roles) if role == "title"]
    candidates += [index for index, role in enumerate(roles) if role is None and names[index] not in _COUNTERS]
    usable = [index for index in candidates if index != status]
    worded = [index for index in usable if not _all_ids(table, index)]
    named = [index for index in worded if roles[index] in ("task", "title")]
    if not named and _id_column(table, roles) is not None and "task" in roles:
        return roles.index("task")  # ids alone: the rows speak of work that is told elsewhere
    return next(iter(named or worded or usable), None)


def _all_ids(table: Block, index: int) -> bool:
    cells = [row.cells[index] for row in table.rows if row.cells[index].strip()]
    return bool(cells) and all(is_id(_first_word(cell)) and len(cell.split()) <= 2 for cell in cells)


def _first_word(cell: str) -> str:
    return cell.split()[0].strip("`[]*") if cell.split() else ""


def _id_column(table: Block, roles: Sequence[str | None]) -> int | None:
    return next((index for index, role in enumerate(roles) if role in ("id", "task") and _all_ids(table, index)), None)


def _columns(table: Block, roles: Sequence[str | None], title: int, status: int | None) -> Columns:
    named = [(index, role) for index, role in enumerate(roles) if role and index not in (title, status)]
    id = _id_column(table, roles)
    fields = [(index, role) for index, role in named if role in _NOT_A_TITLE and role not in ("notes", "id", "status")]
    if status is not None:
        fields.append((status, "status"))
    notes = [index for index, role in named if role == "notes"]
    used = {title, id, *notes, *(index for index, _ in fields)}
    others = [index for index in range(len(roles)) if index not in used]
    return Columns(title, id, tuple(fields), tuple(notes), tuple(others))


def id_of(row: Row, columns: Columns) -> str | None:
    return _first_word(row.cells[columns.id]) if columns.id is not None and row.cells[columns.id].strip() else None


def is_empty(row: Row, columns: Columns) -> bool:
    """A row that lists nothing: no title, a placeholder, a sum."""
    is_sum = folded(row.cells[0]) in ("total", "totals", "sum", "overall")
    return is_sum or bool(PLACEHOLDER.match(row.cells[columns.title].strip()))
