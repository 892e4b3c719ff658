"""`import`: another's Markdown plan, read into a new tracker."""

from __future__ import annotations

import os

from domain.commands.trackers import unnumbered_slug
from domain.errors import Refused
from domain.plan_reading import in_words, listed, read_plan
from domain.record import Record
from infrastructure.markdown_reader import read_blocks, text_of
from infrastructure.regular_files import read_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.plan_reading import Report
    from domain.tracker import Tracker
    from infrastructure.tracker_writes import Committed

LIMIT = 64 * 2**20  # bytes of Markdown
BULLETS = "Take the bullets for tasks with --bullets."


class Imported(Record):
    """What became of a plan: `summary` in a few lines, `report` line by line."""

    path: str
    title: str
    phases: int
    tasks: int
    subtasks: int
    criteria: int
    summary: tuple[str, ...]
    report: tuple[str, ...]
    problems: tuple[str, ...]


def read(
    path: str, said: str, *, bullets: bool, now: str, new_uid: Callable[[], str], actor: str
) -> tuple[Tracker, Report]:
    """The tracker a file describes; `said` is how the person named it.

    Raises NotFound, Unavailable, Refused when it holds no work.
    """
    raw, _ = read_file(path, said, LIMIT)
    stem = os.path.splitext(os.path.basename(path))[0]
    tracker, report = read_plan(
        read_blocks(text_of(raw)), title_hint=stem, now=now, new_uid=new_uid, actor=actor, bullets=bullets
    )
    if not any(len(phase.tasks) for phase in tracker.phases) and not bullets and report.offers:
        raise Refused(f"{said} holds plain bullet lists but no boxes, task tables or task headings.", hint=BULLETS)
    return tracker, report


def imported(path: str, tracker: Tracker, report: Report, commit: Committed) -> Imported:
    rows = [task for phase in tracker.phases for task in phase.tasks]
    return Imported(
        path,
        tracker.title,
        len(tracker.phases),
        len(rows),
        sum(len(task.subtasks) for task in rows),
        sum(len(task.criteria) for task in rows),
        tuple(in_words(report).split("\n")),
        tuple(listed(report).split("\n")),
        commit.problems,
    )


def slug_of(tracker: Tracker, name: str | None) -> str:
    """The file's name: never one that looks like an initiative's, those need a person to agree."""
    return unnumbered_slug(name or tracker.title, tracker.uid)
