"""Lists of what is not a task: phases, labels, people, trackers, evidence."""

from __future__ import annotations

from domain.commands.evidence import all_evidence
from domain.commands.layout import bars, table
from domain.commands.progress import figures, phase_figures
from domain.commands.table import Answer, Call
from domain.commands.wording import counted
from domain.errors import Refused, WtError
from domain.shape import to_document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.tracker import Tracker


def inventory(tracker: Tracker, call: Call) -> Answer:
    what = call.slots["what"]
    if what not in _INVENTORIES:
        raise Refused(f"There is no list of {what!r}.", hint=f"Lists: tasks, {', '.join(_INVENTORIES)}.")
    return _INVENTORIES[what](tracker, call)


def _phases(tracker: Tracker, _: Call) -> Answer:
    rows = [(f"Phase {phase.number}: {phase.title}", phase.tally) for phase in tracker.phases]
    found = [phase_figures(phase) for phase in tracker.phases]
    return _answer(counted(len(found), "phase"), {"phases": found}).replace(blocks=(bars(rows),) if rows else ())


def _labels(tracker: Tracker, _: Call) -> Answer:
    counts = _counts(label for phase in tracker.phases for labels in phase.tasks.column("labels") for label in labels)
    return _counted("label", counts, "labels")


def _people(tracker: Tracker, call: Call) -> Answer:
    """Those the project names, and whoever has a task."""
    counts = dict.fromkeys(call.settings.people, 0)
    counts |= _counts(name for phase in tracker.phases for name in phase.tasks.column("assignee") if name)
    return _counted("person", counts, "people")


def _counts(words: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return dict(sorted(counts.items()))


def _counted(noun: str, counts: dict[str, int], key: str) -> Answer:
    found = [{noun: word, "tasks": count} for word, count in counts.items()]
    columns = {noun.title(): list(counts), "Tasks": [str(count) for count in counts.values()]}
    answer = _answer(counted(len(counts), noun), {key: found})
    return answer.replace(blocks=(table(columns),)) if counts else answer


def _evidence(tracker: Tracker, call: Call) -> Answer:
    pieces = list(all_evidence(tracker))
    found = [{**to_document(piece), "task": task.id} for task, piece in pieces]
    columns = {
        "Id": [piece.id for _, piece in pieces],
        "Task": [task.id for task, _ in pieces],
        "Kind": [piece.kind.replace("_", " ") for _, piece in pieces],
        "Content": [(piece.command or piece.content).partition("\n")[0] for _, piece in pieces],
        "Verified by": [piece.verified.by if piece.verified else "" for _, piece in pieces],
    }
    answer = _answer(f"{counted(len(pieces), 'piece')} of evidence", {"evidence": found})
    return answer.replace(blocks=(table(columns),)) if pieces else answer


def _trackers(_: Tracker, call: Call) -> Answer:
    """Every tracker file; one that cannot be read is listed too, and told of."""
    found: list[dict[str, object]] = []
    unread = []
    for name in call.files.names():
        try:
            tracker = call.files.read(name).tracker
        except WtError as error:
            found.append({"path": name, "title": None})
            unread.append(error.message)
        else:
            found.append({"path": name, "title": tracker.title, **figures(tracker.tally)})
    columns = {
        "Tracker": [str(row["path"]) for row in found],
        "Title": [str(row["title"] or "?") for row in found],
        "Progress": [f"{row['percent']}%" if "percent" in row else "?" for row in found],
    }
    answer = _answer(counted(len(found), "tracker"), {"trackers": found})
    return answer.replace(blocks=(table(columns),) if found else (), warnings=tuple(unread))


def _answer(count: str, data: dict[str, object]) -> Answer:
    return Answer(f"{count[0].upper()}{count[1:]}.", data=data)


_INVENTORIES = {"phases": _phases, "labels": _labels, "people": _people, "trackers": _trackers, "evidence": _evidence}
