"""Where the tasks go: into their phase, or, when the work is listed again, to the task that is already there."""

from __future__ import annotations

from domain.plan_reading.blocks import Block
from domain.plan_reading.draft import Ledger, Stretch, Work
from domain.plan_reading.ids import prefix
from domain.plan_reading.words import folded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.plan_reading.outline import Head
    from domain.plan_reading.roles import Place

_identity = id  # in this module `id` is what the plan calls a task


class Register:
    """The phases of the draft, and what is known by which id; no work is in it twice.

    `task_heads` are the ids that have a heading of their own somewhere on the page: tables and boxes that name them
    before wait for that heading.
    """

    def __init__(self, title: str, task_heads: frozenset[str]) -> None:
        self.phases: list[Stretch] = []
        self.ledger = Ledger()
        self._title = title
        self._task_heads = task_heads
        self._by_key: dict[tuple[str, str], Stretch] = {}
        self._by_id: dict[str, Work | Stretch] = {}
        self._boxes: dict[tuple[object, ...], Work] = {}
        self._waiting: dict[str, list[Work]] = {}
        self._default: Stretch | None = None

    @property
    def default_phase(self) -> Stretch:
        """The phase of work that stands under no heading but the title."""
        if self._default is None:
            self._default = Stretch(Block("heading", self._title, level=2), self._title)
            self.phases.append(self._default)
        return self._default

    def open_phase(self, heading: Block, head: Head, *, with_work: bool) -> tuple[Stretch, bool]:
        """(the phase of a heading, whether it was there before): "Phase 2" told first and listed later is one phase."""
        phase = Stretch(heading, head.title, head.word, head.mark)
        known = self._by_key.get(phase.key) if phase.key else None
        if known is not None and not (known.works and with_work):
            return known, True
        self.phases.append(phase)
        if phase.key:
            self._by_key.setdefault(phase.key, phase)
        return phase, False

    def name(self, id: str, home: Work | Stretch) -> None:
        """From here on `id` means `home`; what tables and boxes said about it before comes to it."""
        key = id.casefold()
        self._by_id[key] = home
        for other in self._waiting.pop(key, []):
            _merge(home, other)
            self.ledger.homes[_identity(other)] = home

    def settle(
        self, work: Work, place: Place, line: int | None, text: str, source: str, *, ticked: bool = False
    ) -> Work:
        """Put a task in its phase; when it is there already, add what this mention says and return the task it is."""
        phase = place.phase or self.default_phase
        work.under, work.inherited, work.source = place.group, place.inherited, source
        id = work.labels[0].casefold() if work.labels else ""
        work.title = work.title or "".join(work.labels[:1])
        if home := self._home(work, id, phase):
            self.ledger.double(line, text, home, ticked=ticked or work.status == "complete")
            _merge(home, work)
            return home if isinstance(home, Work) else work
        if source != "heading" and is_unique(id) and id in self._task_heads and id not in self._by_id:
            self.ledger.double(line, text, work, ticked=ticked or work.status == "complete")
            self._waiting.setdefault(id, []).append(work)
            return work
        phase.works.append(work)
        self._boxes.setdefault(_twin_key(work, phase), work)
        self.ledger.take(line, "task", text, work)
        if is_unique(id):
            self.name(id, work)
        return work

    def _home(self, work: Work, id: str, phase: Stretch) -> Work | Stretch | None:
        known = self._by_id.get(id)
        if isinstance(known, Stretch) or (known is not None and _same_work(known, work)):
            return known
        return self._boxes.get(_twin_key(work, phase)) if work.source == "box" else None

    def close(self) -> None:
        """Tasks that waited for a heading which turned out to be none are tasks of their own."""
        for works in self._waiting.values():
            self.default_phase.works += works
        self._waiting = {}


def _twin_key(work: Work, phase: Stretch) -> tuple[object, ...]:
    """Two boxes with the same words under the same heading are one task."""
    return (work.source, _identity(phase), work.under, folded(work.title), *work.labels)


def _merge(home: Work | Stretch, other: Work) -> None:
    """Add what a second mention says to the first; the first one's own words stand."""
    if text := other.about.text:
        home.about.add([Block("paragraph", text)])
    if isinstance(home, Stretch):
        home.about.add([Block("paragraph", note) for note in other.notes])
        home.about.add([Block("paragraph", line) for _, line in other.needs])
        return
    for field in ("priority", "assignee", "due", "estimate", "reason"):
        if getattr(home, field) is None:
            setattr(home, field, getattr(other, field))
    if home.status is None and home.ticked is None:
        home.status = other.status or ("complete" if other.ticked else None)
    home.needs += other.needs
    home.notes += other.notes
    home.labels += [label for label in other.labels if label not in home.labels]


def _same_work(known: Work, work: Work) -> bool:
    """One id on two boxes (two rows, two headings) whose titles share nothing is a slip of the pen: both are kept."""
    if known.source != work.source:
        return True
    ours, theirs = set(folded(known.title).split()), set(folded(work.title).split())
    return len(ours & theirs) * 3 >= min(len(ours), len(theirs))


def is_unique(id: str) -> bool:
    """Whether an id names one piece of work on the whole page; bare numbers begin again in every section."""
    return bool(id) and not id[0].isdigit() and len(prefix(id)) < len(id)
