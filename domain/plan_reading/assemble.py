"""From the draft to the tracker: numbers, uids, times, dependencies without circles, titles of legal length."""

from __future__ import annotations

from domain.letters import HIDDEN
from domain.plan_reading.blocks import Block
from domain.plan_reading.ids import ids_in
from domain.plan_reading.report import Duplicate, Report, Taken
from domain.plan_reading.words import folded, heading_status
from domain.shape import TITLE_LIMIT
from domain.tracker import Criterion, Note, Phase, Rows, Subtask, Task, Tracker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from domain.plan_reading.draft import Ledger, Step, Stretch, Work
    from domain.plan_reading.reading import Reading


def assemble(reading: Reading, *, now: str, new_uid: Callable[[], str], actor: str) -> tuple[Tracker, Report]:
    """The tracker of a finished reading, and the report with the ids that everything got."""
    phases = list(_kept(reading))
    _number(phases)
    made = _Made(now, new_uid, actor)
    uid = new_uid()
    left_out = made.link(phases, reading.ledger)
    made_phases = tuple(made.phase(phase) for phase in phases)
    tracker = Tracker(
        uid=uid,
        title=short(reading.title, reading.title, reading.overview.first),
        created_at=now,
        phases_issued=max((phase.number for phase in made_phases), default=0),
        phases=made_phases,
        overview=reading.overview.text,
    )
    return tracker, _report(reading, tracker, made, left_out)


def _kept(reading: Reading) -> Iterator[Stretch]:
    """The phases that hold work or call themselves phases; of the others, whose work stood elsewhere, the text."""
    for phase in reading.register.phases:
        if phase.works or phase.kind:
            yield phase
        else:
            text = phase.about.text
            reading.overview.add([phase.heading, *([Block("paragraph", text)] if text else [])])


# --- numbers -------------------------------------------------------------------------------------------------------


def _number(phases: list[Stretch]) -> None:
    """Phases keep the number of their heading, so that "phase 3" means what it meant; the others follow after."""
    claimed: dict[int, Stretch] = {}
    kind = _leading_kind(phases)
    for phase in phases:
        if phase.kind == kind and phase.mark and _is_number(phase.mark):
            claimed.setdefault(int(phase.mark), phase)
    for number, phase in claimed.items():
        phase.number = number
    following = max(claimed, default=0)
    for phase in phases:
        if not phase.number:
            following += 1
            phase.number = following


def _is_number(mark: str) -> bool:
    return mark.isascii() and mark.isdecimal() and len(mark) <= 4 and int(mark) > 0


def _leading_kind(phases: list[Stretch]) -> str | None:
    """The word whose numbers count: phases; else weeks, sprints or milestones, if they are most of the plan."""
    kinds = [phase.kind for phase in phases if phase.kind and phase.mark and _is_number(phase.mark)]
    if "phase" in kinds or not kinds:
        return "phase"
    first = max(sorted(set(kinds)), key=kinds.count)
    return first if kinds.count(first) * 2 > len(phases) else None


# --- the parts -----------------------------------------------------------------------------------------------------


class _Made:
    """The parts of one tracker in the making: they share the time, the actor and the source of uids."""

    def __init__(self, now: str, new_uid: Callable[[], str], actor: str) -> None:
        self.now, self.new_uid, self.actor = now, new_uid, actor
        self.uids: dict[int, str] = {}
        self.ids: dict[int, str] = {}
        self.needs: dict[str, tuple[str, ...]] = {}

    def phase(self, phase: Stretch) -> Phase:
        self.ids[id(phase)] = str(phase.number)
        title = self._phase_title(phase)
        return Phase(
            number=phase.number,
            uid=self.new_uid(),
            title=short(title, phase.heading.text, phase.about.first) or f"Phase {phase.number}",
            tasks_issued=len(phase.works),
            tasks=Rows([self.task(phase, work, index) for index, work in enumerate(phase.works, 1)]),
            description=phase.about.text,
        )

    def _phase_title(self, phase: Stretch) -> str:
        """The heading; without "Phase 3:" where the number says so, without a status that the tasks say better."""
        whole = phase.heading.text
        bare = heading_status(whole)[1] if phase.works else whole
        if phase.kind != "phase" or phase.mark != str(phase.number):
            return bare
        at = whole.find(phase.title)
        return phase.title if phase.works or at < 0 else whole[at:]

    def task(self, phase: Stretch, work: Work, number: int) -> Task:
        self.ids[id(work)] = f"{phase.number}.{number}"
        uid = self.uids[id(work)]
        if work.under:
            work.about.first(f"In: {work.under}")
        title = short(work.title, work.title, work.about.first) or "Untitled"
        steps = tuple(self._subtask(step, index, work) for index, step in enumerate(work.steps, 1))
        return Task(
            number=number,
            uid=uid,
            title=title,
            status=work.standing,
            priority=work.priority,
            assignee=clean_title(work.assignee or "") or None,
            labels=tuple(dict.fromkeys(work.labels)),
            due=work.due,
            estimate=work.estimate,
            description=work.about.text,
            notes=tuple(Note(self.now, self.actor, text, self.new_uid()) for text in work.notes),
            criteria=tuple(Criterion(text, met, self.new_uid()) for text, met in work.criteria if text),
            depends_on=self.needs.get(uid, ()),
            subtasks_issued=len(steps) or None,
            subtasks=steps,
            status_reason=work.reason,
            created_at=self.now,
            updated_at=self.now,
        )

    def _subtask(self, step: Step, number: int, work: Work) -> Subtask:
        title = short(step.title, step.title, lambda text: work.about.add([Block("paragraph", text)]))
        return Subtask(number, self.new_uid(), title or "Untitled", step.done)

    # --- dependencies -----------------------------------------------------------------------------------------------

    def link(self, phases: Iterable[Stretch], ledger: Ledger) -> list[Taken]:
        """Turn the ids that tasks name into dependencies; what names nothing, or would close a circle, is told."""
        works = [work for phase in phases for work in phase.works]
        self.uids = {id(work): self.new_uid() for work in works}
        known = _index(works)
        told = []
        for work in works:
            for text, line in work.needs:
                found, left = ids_in(text, known)
                wanted = [self.uids[id(known[key])] for key in found if known[key] is not work]
                circles = [uid for uid in wanted if not self._depend(self.uids[id(work)], uid)]
                if left or circles or not found:
                    work.about.add([Block("paragraph", line.strip())])
                if circles:
                    told.append(
                        Taken(
                            ledger.line_of(work), "dependency", f'"{work.title}" would depend on itself: {line.strip()}'
                        )
                    )
        return told

    def _depend(self, uid: str, on: str) -> bool:
        """Whether the one may depend on the other; if so, it does from here on."""
        before = self.needs.get(uid, ())
        if on not in before:
            if self._reaches(on, uid):
                return False
            self.needs[uid] = (*before, on)
        return True

    def _reaches(self, start: str, goal: str) -> bool:
        seen, stack = set(), [start]
        while stack:
            uid = stack.pop()
            if uid == goal:
                return True
            if uid not in seen:
                seen.add(uid)
                stack += self.needs.get(uid, ())
        return False


def _index(works: Iterable[Work]) -> dict[str, Work]:
    """What a dependency may be called -> the task: its id, a subtask id, its whole title; nothing ambiguous."""
    named: dict[str, list[Work]] = {}
    for work in works:
        names = {label.casefold() for label in work.labels[:1]} | {step.id.casefold() for step in work.steps if step.id}
        for name in {*names, folded(work.title)}:
            named.setdefault(name, []).append(work)
    return {name: found[0] for name, found in named.items() if name and len(found) == 1}


def clean_title(text: str) -> str:
    """One line without control or invisible characters."""
    kept = (" " if letter in "\n\t\r" else letter for letter in text if letter not in HIDDEN or letter in "\n\t\r")
    return " ".join("".join(letter for letter in kept if not 0xE0000 <= ord(letter) < 0xE0080).split())


def short(title: str, whole: str, keep: Callable[[str], None]) -> str:
    """A title of legal length, on one line and all visible; when it had to be cut, the whole text is kept."""
    clean = clean_title(title)
    if len(clean) <= TITLE_LIMIT:
        return clean
    keep(whole)
    return clean[: TITLE_LIMIT - 1].rsplit(" ", 1)[0].rstrip() + "…"


# --- the report ----------------------------------------------------------------------------------------------------


def _report(reading: Reading, tracker: Tracker, made: _Made, left_out: list[Taken]) -> Report:
    ledger = reading.ledger
    rows = tuple(Taken(e.line, e.kind, e.text, made.ids.get(id(ledger.home(e.item)))) for e in ledger.entries)
    doubles = ledger.duplicates
    duplicates = tuple(Duplicate(line, ledger.line_of(first), text, ticked) for line, first, text, ticked in doubles)
    kinds = [row.kind for row in rows]
    counts = {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}
    tasks = [task for _, task in tracker.tasks()]
    counts |= {
        "phase": len(tracker.phases),
        "task": len(tasks),
        "subtask": sum(len(task.subtasks) for task in tasks),
        "criterion": sum(len(task.criteria) for task in tasks),
        "dependency": sum(len(task.depends_on) for task in tasks),
        "bullet": sum(offer.count for offer in reading.offers),
    }
    shown = tuple((kind, count) for kind, count in counts.items() if count)
    return Report(tracker.title, shown, rows, duplicates, tuple(reading.offers), tuple(left_out))
