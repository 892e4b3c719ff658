"""What keeps coming back becomes a task in the tracker: healing only eases it, somebody has to find the root."""

from __future__ import annotations

from domain.commands import COMMANDS, Call
from domain.errors import WtError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from domain.tracker import Phase, Tracker
    from infrastructure.trackers import ProjectTrackers

CLOSED = ("complete", "cancelled")


class RootCauses:
    """Tasks about root causes, in the tracker in use."""

    def __init__(self, trackers: ProjectTrackers, wanted: str | None, *, by: str, new_uid: Callable[[], str]) -> None:
        self._trackers = trackers.saying("heal")
        self._wanted = wanted
        self._by = by
        self._new_uid = new_uid

    def open(self, title: str, note: str, label: str) -> str | None:
        """The id of the task of this title that is open, else of a new one; None where it has no place.

        Raises as an update of the tracker does.
        """
        try:
            name = self._trackers.choose(self._wanted)
        except WtError:
            return None
        file = self._trackers.open(name)
        found = _open_task(file.read().tracker, title)
        if found is not None:
            return found
        file.update(lambda tracker: self._with_task(tracker, title, note, label))
        return _open_task(file.read().tracker, title)

    def _with_task(self, tracker: Tracker, title: str, note: str, label: str) -> Tracker:
        phase = _place(tracker)
        if phase is None:
            return tracker
        slots = {"parent": str(phase.number), "title": title, "labels": [label]}
        with_task = self._done("add_task", tracker, slots)
        id = _open_task(with_task, title)
        return self._done("add_note", with_task, {"items": [id], "text": note}) if id else with_task

    def _done(self, name: str, tracker: Tracker, slots: Mapping[str, object]) -> Tracker:
        call = Call(slots, self._trackers.now, self._by, self._new_uid)
        return COMMANDS[name].run(tracker, call).tracker or tracker


def _open_task(tracker: Tracker, title: str) -> str | None:
    for phase, task in tracker.tasks():
        if task.title == title and task.status not in CLOSED:
            return f"{phase.number}.{task.number}"
    return None


def _place(tracker: Tracker) -> Phase | None:
    """The phase that is being worked on: the first with an open task, else the last."""
    under_way = (phase for phase in tracker.phases if any(task.status not in CLOSED for task in phase.tasks))
    return next(under_way, tracker.phases[-1] if tracker.phases else None)
