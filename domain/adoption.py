"""What somebody wrote into the page, taken over: ticked boxes, changed titles and cells, new rows. The rest is told."""

from __future__ import annotations

from domain.record import Record
from domain.shape import TITLE_LIMIT, is_date
from domain.tracker import STATUSES, Subtask, Task
from domain.view import NOTHING, STATUS_SIGNS, page

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from domain.tracker import Found, Tracker

_ENTITIES = (("&#124;", "|"), ("&#96;", "`"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_PLAIN = frozenset("| :-")


class Row(Record):
    """One line of a page that stands for an item: a row of a table of tasks, a box, the heading of a phase."""

    kind: str  # task, subtask, phase
    id: str | None  # None: new
    above: str  # the phase or task it stands under
    cells: tuple[str, ...]
    line: int


class Adopted(Record):
    """The tracker with what could be read; `taken` and `left` in words, line numbers of the page."""

    tracker: Tracker
    taken: tuple[str, ...]
    left: tuple[str, ...]


def adopted(text: str, base: Tracker, tracker: Tracker, *, at: str, new_uid: Callable[[], str]) -> Adopted:
    """Take over from an edited page what differs from the page of `base`, the tracker it was drawn from."""
    drawn = page(base, "")
    before = {(row.kind, row.id): row for row in rows(drawn)}
    known, work = set(drawn.splitlines()), _Work(tracker, base, at, new_uid)
    lines = text.splitlines()
    told: set[int] = set()
    for row in rows(text):
        told.add(row.line)
        was = before.get((row.kind, row.id))
        if was is None:
            work.add(row)
        elif was.cells != row.cells:
            work.change(row, was)
    missed = [n for n, line in enumerate(lines, 1) if n not in told and line.strip() and line not in known]
    left = [f"line {n}: {lines[n - 1].strip()[:80]}" for n in missed if "Digest of the JSON" not in lines[n - 1]]
    return Adopted(work.tracker, tuple(work.taken), (*work.left, *left))


def rows(text: str) -> list[Row]:
    """Every line of a page that stands for an item, in order."""
    found, phase, task = [], "", ""
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("## "):
            phase, title = _heading(line)
            task = ""
            if phase:
                found.append(Row("phase", phase, "", (title,), number))
        elif line.startswith("### "):
            task = line[4:].partition(" ")[0]
        elif phase and not task and line.startswith("|"):
            found += _task_row(line, phase, number)
        elif task and line[:6].lower() in ("- [x] ", "- [ ] "):
            found.append(_box(line, task, number))
    return found


def _heading(line: str) -> tuple[str, str]:
    """(`2`, title) of `## Phase 2: Title`; nothing of any other heading."""
    number, colon, title = line.removeprefix("## Phase ").partition(": ")
    return (number, title.strip()) if colon and number.isdecimal() and line.startswith("## Phase ") else ("", "")


def _task_row(line: str, phase: str, number: int) -> list[Row]:
    cells = tuple(cell.strip() for cell in line.strip().strip("|").split("|"))
    if len(cells) < 2 or cells[0] == "ID" or _PLAIN.issuperset(line):
        return []
    mine = cells[0].startswith(f"{phase}.") and cells[0][len(phase) + 1 :].isdecimal()
    return [Row("task", cells[0] if mine else None, phase, cells[1:], number)]


def _box(line: str, task: str, number: int) -> Row:
    first, _, rest = line[6:].strip().partition(" ")
    mine = first.startswith(f"{task}.") and first[len(task) + 1 :].isdecimal()
    done = "x" if line[3].lower() == "x" else ""
    return Row("subtask", first if mine else None, task, (rest if mine else line[6:].strip(), done), number)


class _Work:
    """The tracker as it becomes, and what is told of it."""

    def __init__(self, tracker: Tracker, base: Tracker, at: str, new_uid: Callable[[], str]) -> None:
        self.tracker = tracker
        self._base = base
        self._at = at
        self._new_uid = new_uid
        self.taken: list[str] = []
        self.left: list[str] = []

    def _leave(self, row: Row, why: str) -> None:
        self.left.append(f"line {row.line}: {why}")

    # --- what changed -------------------------------------------------------------------------------------------------

    def change(self, row: Row, was: Row) -> None:
        there = self._base.at(row.id or "")
        now = self.tracker.find(there.item.uid) if there else None
        if now is None:
            self._leave(row, f"{row.id} is gone")
        elif row.kind == "phase":
            if title := self._title(row, was, now.item.title):
                self.tracker = self.tracker.with_phase(now.item.replace(title=title))
        elif row.kind == "subtask" and now.task is not None:
            self._subtask(row, was, now.task, now.item)
        else:
            self._task(row, was, now.item)

    def _title(self, row: Row, was: Row, now: str) -> str | None:
        """The new title, if it changed, can be one, and is not there already."""
        if row.cells[0] == was.cells[0]:
            return None
        facts = was.cells[0].count(" · ")
        title = plain(row.cells[0].rsplit(" · ", facts)[0] if facts else row.cells[0])
        if not 0 < len(title) <= TITLE_LIMIT:
            self._leave(row, "this can be no title")
            return None
        if title == now:
            return None
        self.taken.append(f"{row.id} is called {title}")
        return title

    def _subtask(self, row: Row, was: Row, task: Task, subtask: Subtask) -> None:
        changed = subtask
        if title := self._title(row, was, subtask.title):
            changed = changed.replace(title=title)
        if row.cells[1] != was.cells[1] and subtask.done != bool(row.cells[1]):
            changed = changed.replace(done=bool(row.cells[1]))
            self.taken.append(f"{row.id} is {'checked' if changed.done else 'unchecked'}")
        rows = tuple(changed if other.uid == subtask.uid else other for other in task.subtasks)
        self._put(task.replace(subtasks=rows))

    def _task(self, row: Row, was: Row, task: Task) -> None:
        fields: dict[str, object] = {}
        if title := self._title(row, was, task.title):
            fields["title"] = title
        for place, read, field in ((1, _status, "status"), (2, _owner, "assignee"), (3, _due, "due")):
            new, old = _cell(row, place), _cell(was, place)
            if new in (old, None):
                continue
            value = read(new or "")
            if value is ...:
                self._leave(row, f"{new} is no {field}")
            elif value == "complete" and task.verify:
                self._leave(row, f"{row.id} has checks, which run when you say: complete {row.id}")
            elif value != getattr(task, field):
                fields[field] = value
                self.taken.append(f"{row.id} {field}: {value or 'nothing'}")
        if "status" in fields:
            done = fields["status"] == "complete"
            fields |= {"completed_at": self._at if done else None, "status_reason": None}
        self._put(task.replace(**fields))

    def _put(self, task: Task) -> None:
        found = self.tracker.find(task.uid)
        if found is not None and found.phase is not None and found.item != task:
            self.tracker = self.tracker.with_task(found.phase.number, task.replace(updated_at=self._at))

    # --- what is new --------------------------------------------------------------------------------------------------

    def add(self, row: Row) -> None:
        title = plain(row.cells[0])
        above = self._base.at(row.above)
        now = self.tracker.find(above.item.uid) if above else None
        if now is None or row.kind == "phase" or not 0 < len(title) <= TITLE_LIMIT:
            self._leave(row, "a new row that could not be read")
        elif self._is_there(title, now, above):
            return
        elif row.kind == "task" and now.kind == "phase":
            self._add_task(row, now.item.number, title)
        elif row.kind == "subtask" and now.kind == "task":
            self._add_subtask(row, now.item, title, now.id)
        else:
            self._leave(row, "a new row in a place where none can be")

    def _is_there(self, title: str, now: Found, above: Found | None) -> bool:
        """Whether this row was taken over before: an item of its title, younger than the page."""
        old = {item.uid for item in _below(above)} if above else set()
        return any(item.title == title and item.uid not in old for item in _below(now))

    def _add_task(self, row: Row, phase_number: int, title: str) -> None:
        phase = self.tracker.phase(phase_number)
        assert phase is not None
        status = _status(_cell(row, 1) or "")
        task = Task(
            number=phase.tasks_issued + 1,
            uid=self._new_uid(),
            title=title,
            status=status if isinstance(status, str) else "pending",
            created_at=self._at,
            updated_at=self._at,
        )
        self.tracker = self.tracker.with_phase(phase.with_new_task(task))
        self.taken.append(f"{phase_number}.{task.number} is new: {title}")

    def _add_subtask(self, row: Row, task: Task, title: str, id: str) -> None:
        number = max(task.subtasks_issued or 0, *(subtask.number for subtask in task.subtasks), 0) + 1
        made = Subtask(number, self._new_uid(), title, bool(row.cells[1]))
        self._put(task.replace(subtasks=(*task.subtasks, made), subtasks_issued=number))
        self.taken.append(f"{id}.{number} is new: {title}")


def _below(found: Found) -> Sequence[Task | Subtask]:
    return tuple(found.item.tasks) if found.kind == "phase" else found.item.subtasks if found.kind == "task" else ()


def _cell(row: Row, place: int) -> str | None:
    return row.cells[place] if place < len(row.cells) else None


def _status(cell: str) -> object:
    """The status a cell names, by its sign or its word; `...` when it names none."""
    word = cell.partition(" (")[0].strip()
    sign = word.partition(" ")[0]
    for status, shown in STATUS_SIGNS.items():
        if word in (shown, status, status.replace("_", " ")) or sign == shown.partition(" ")[0]:
            return status
    return "complete" if word.lower() in ("x", "done", "[x]") else word if word in STATUSES else ...


def _owner(cell: str) -> object:
    return None if cell in (NOTHING, "", "-") else plain(cell)


def _due(cell: str) -> object:
    return None if cell in (NOTHING, "", "-") else cell if is_date(cell) else ...


def plain(cell: str) -> str:
    """The text that a cell shows: escapes, character references and code marks are taken back."""
    letters = iter(cell.replace("`", ""))
    text = "".join(next(letters, "") if letter == "\\" else letter for letter in letters)
    for entity, letter in _ENTITIES:
        text = text.replace(entity, letter)
    return " ".join(text.split())


def in_words(taken: Sequence[str]) -> str:
    return "; ".join(taken[:3]) + (f"; and {len(taken) - 3} more" if len(taken) > 3 else "")
