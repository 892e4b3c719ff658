"""Neutral blocks of a Markdown page -> a tracker and a report: what counts as work in a plan is decided here."""

from __future__ import annotations

from domain.plan_reading.assemble import assemble, clean_title
from domain.plan_reading.blocks import Block, Row
from domain.plan_reading.draft import Work
from domain.plan_reading.fields import pair, put
from domain.plan_reading.outline import outline
from domain.plan_reading.reading import Reading
from domain.plan_reading.report import Duplicate, Offer, Report, Taken, in_words, listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from domain.plan_reading.outline import Outline
    from domain.tracker import Tracker

__all__ = ["Block", "Duplicate", "Offer", "Report", "Row", "Taken", "in_words", "listed", "read_plan"]


def read_plan(
    blocks: Sequence[Block], *, title_hint: str, now: str, new_uid: Callable[[], str], actor: str, bullets: bool = False
) -> tuple[Tracker, Report]:
    """The tracker that a plan describes, and what was taken for what.

    `title_hint` names a plan that does not name itself; `now` is an ISO time; with `bullets` plain lists become tasks.
    """
    plan = outline(blocks, bullets=bullets)
    facts = _front_facts(plan)
    names = map(clean_title, (facts.get("title", ""), plan.title or "", title_hint))
    title = next(filter(None, names), "Imported plan")
    reading = Reading(plan, title, bullets=bullets)
    if plan.root.heading:
        reading.ledger.take(plan.root.heading.line, "title", plan.root.heading.text)
    if plan.front:
        reading.ledger.take(plan.front.line, "front matter", plan.front.text)
        reading.overview.add([plan.front])
    reading.page(_root_work(plan, title, facts))
    return assemble(reading, now=now, new_uid=new_uid, actor=actor)


def _front_facts(plan: Outline) -> dict[str, str]:
    """`key: value` lines of the front matter; lists are left to the text."""
    if plan.front is None:
        return {}
    lines = (line.partition(":") for line in plan.front.text.split("\n") if not line.startswith((" ", "-", "\t", "#")))
    return {key.strip().casefold(): value.strip().strip("'\"") for key, _, value in lines if value.strip()}


def _root_work(plan: Outline, title: str, facts: dict[str, str]) -> Work | None:
    """The task that the whole page is about: `# Task 016: …`, or front matter with an id and a status."""
    head = plan.root.head
    if "status" in facts and "id" in facts:
        work = Work(title, facts["id"])
        for key, value in facts.items():
            if (found := pair(f"{key}: {value}")) and found[0] != "id":
                put(work, *found, f"{key}: {value}")
        return work
    if head.kind == "task" and not any(below.head.kind in ("phase", "task") for below in plan.root.below()):
        work = Work(clean_title(head.title), head.id)
        work.status = head.status
        return work
    return None
