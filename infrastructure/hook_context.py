"""What an agent is told about the work of a project, in at most 1,500 tokens: facts, not orders."""

from __future__ import annotations

from domain.errors import WtError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.tracker import Phase, Task, Tracker
    from infrastructure.trackers import ProjectTrackers

LARGEST = 4400  # characters: three a token, counted the careful way, and some to spare
SHOWN = 8
LONGEST_TITLE = 90
COMMANDS = (
    'What wt understands, among much else: wt next · wt "show 2.1" · wt "start 2.1" · wt "mark 2.1 complete" ·'
    ' wt "block 2.1 because …" · wt "note on 2.1: …" · wt "add task to phase 2: …" · wt help. Exit code 0 means done,'
    " 2 not understood, 4 that a person has to agree."
)
GUARDED = (
    "Trackers, their pages and .ecw/ are written by wt alone; a tool call that writes them is denied, and a change made"
    " past wt is told."
)


def context(root: str, folder: str, session: str, remark: str = "") -> str:
    """The active tracker, how far it is, what is under way and what is next; nothing where there is no tracker.

    `remark` says what was healed on the way.
    """
    from infrastructure import bootstrap
    from infrastructure.router import Invocation

    try:
        opened = bootstrap.session(Invocation(), cwd=folder)
        lines, questions = _lines(opened.trackers), opened.questions()
    except (WtError, OSError):
        return ""
    if not lines:
        return ""
    told = [remark] if remark else []
    told += [f"{questions}. Only a person can approve."] if questions else []
    parts = [*lines, *told, *_waiting(root, session), COMMANDS, GUARDED]
    return _within("\n".join(parts))


def _within(text: str) -> str:
    return text if len(text) <= LARGEST else text[: LARGEST - 2].rpartition("\n")[0] + "\n…"


def _lines(trackers: ProjectTrackers) -> list[str]:
    names = trackers.names()
    try:
        chosen = trackers.choose(None)
    except WtError:
        return _of_all(trackers, names)
    return _of_one(chosen, trackers.open(chosen).read().tracker)


def _of_all(trackers: ProjectTrackers, names: list[str]) -> list[str]:
    """Several trackers, and none chosen."""
    if not names:
        return []
    lines = ["The work of this project is tracked with wt, in several trackers (--tracker NAME chooses one):"]
    for name in names[:SHOWN]:
        try:
            tally = trackers.open(name).read().tracker.tally
        except (WtError, OSError):
            lines.append(f"- {name}: cannot be read")
            continue
        lines.append(f"- {name}: {tally.complete} of {tally.counted} tasks complete")
    return lines


def _of_one(name: str, tracker: Tracker) -> list[str]:
    from domain.commands.selection import most_urgent, only, ready

    tally = tracker.tally
    told = f"{tally.complete} of {tally.counted} tasks complete ({tally.percent} %)"
    lines = [f"The work of this project is tracked with wt: {name}, {_title(tracker.title)}, {told}."]
    under_way = list(_tasks(only(tracker.phases, "status", lambda status: status == "in_progress")))
    lines += _listed("In progress", under_way)
    following = most_urgent(ready(tracker, tracker.phases), SHOWN)
    lines += _listed("Next", [f"{line['id']} {_title(line['title'])}" for line in following])
    blocked = len(list(_tasks(only(tracker.phases, "status", lambda status: status == "blocked"))))
    return [*lines, f"Blocked: {blocked}."] if blocked else lines


def _tasks(phases: Iterable[Phase]) -> Iterable[str]:
    return (_told(phase, task) for phase in phases for task in phase.tasks)


def _told(phase: Phase, task: Task) -> str:
    who = f" ({_title(task.assignee)})" if task.assignee else ""
    return f"{phase.number}.{task.number} {_title(task.title)}{who}"


def in_words(phases: Iterable[Phase]) -> str:
    """Some tasks, by id and title."""
    told = list(_tasks(phases))
    return " · ".join(told[:SHOWN]) + (" …" if len(told) > SHOWN else "")


def _listed(head: str, items: list[str]) -> list[str]:
    if not items:
        return []
    more = f" · and {len(items) - SHOWN} more" if len(items) > SHOWN else ""
    return [f"{head}: {' · '.join(items[:SHOWN])}{more}."]


def _title(text: str) -> str:
    """One line without control characters, however long it was."""
    plain = "".join(c if c.isprintable() else " " for c in text)
    return plain if len(plain) <= LONGEST_TITLE else plain[: LONGEST_TITLE - 1] + "…"


def _waiting(root: str, session: str) -> list[str]:
    from infrastructure.consent_store import ConsentStore

    held = ConsentStore(root).read()
    if held.state is None:
        return []
    asked = [f"{request.id} ({_title(request.what)})" for request in held.state.waiting(session or None)]
    return [f"Waiting for a person's answer: {' · '.join(asked[:SHOWN])}."] if asked else []
