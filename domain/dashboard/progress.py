"""How far the plans are: bars for each phase, the burn-up, and what is under way, blocked or late."""

from __future__ import annotations

from domain.commands.wording import counted
from domain.dashboard.charts import bar, curve, legend_line
from domain.dashboard.markup import Html, element, together
from domain.dashboard.parts import WARNED, figure, folded, quiet, section, small, status, table
from domain.dashboard.times import minute

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from domain.dashboard.board import Board, PhaseRow, Plan, Tasks
    from domain.dashboard.burn_up import Point
    from domain.tracker import Tally

STEPS_SHOWN = 40  # rows of the table beside a burn-up
BESIDE = (("in_progress", "in progress"), ("blocked", "blocked"), ("deferred", "deferred"), ("cancelled", "cancelled"))


def progress(board: Board) -> Html:
    """A part for every plan."""
    if not board.plans:
        return section("progress", "Progress", quiet('There is no plan yet. Start one with: wt init "Title"'))
    plans = [_plan(f"plan-{number}", plan, board.seconds) for number, plan in enumerate(board.plans, 1)]
    return section("progress", "Progress", *plans)


def _plan(id: str, plan: Plan, now: float) -> Html:
    head = element("h3", plan.title, id=id)
    if plan.problem:
        return element("article", head, element("p", status("cannot be read", "bad")), element("p", plan.problem))
    notes = [element("p", status(note, WARNED)) for note in plan.notes]
    where = element("p", small(f"{plan.name} · {told(plan.tally)}"))
    sides = element("div", _phases(plan), element("div", _burn_up(id, plan, now)), class_="sides")
    return element("article", head, where, *notes, sides, *_now(plan), aria_labelledby=id)


def told(tally: Tally) -> str:
    """`12 of 20 tasks complete, 3 in progress, 1 blocked`."""
    return ", ".join([f"{tally.complete} of {counted(tally.counted, 'task')} complete", *_beside(tally)])


def _phases(plan: Plan) -> Html:
    if not plan.phases:
        return quiet("This plan has no phases yet.")
    return table(f"Phases of {plan.title}", ("Phase", "Done"), map(_phase, plan.phases), class_="phases")


def _phase(phase: PhaseRow) -> tuple[str, str]:
    tally = phase.tally
    parts = [f"{phase.number}. {phase.title}", bar(tally), small(" · ".join([_done(tally), *_beside(tally)]))]
    return together(parts), f"{tally.percent}%"


def _done(tally: Tally) -> str:
    return f"{tally.complete} of {tally.counted}"


def _beside(tally: Tally) -> list[str]:
    """`3 in progress`, `1 blocked`: what is neither complete nor pending."""
    return [f"{getattr(tally, status)} {word}" for status, word in BESIDE if getattr(tally, status)]


# --- burn-up ----------------------------------------------------------------------------------------------------------


def _burn_up(id: str, plan: Plan, now: float) -> Html:
    if len(plan.curve) < 2:
        return quiet("The burn-up begins with the second change to the plan.")
    caption = together([_key("is-total", "all tasks"), _key("is-done", "complete")], " ")
    drawn = figure(curve(f"{id}-curve", plan.title, plan.curve, now), caption)
    return together([drawn, folded(f"{id}-steps", "Burn-up as a table", _steps(plan.title, plan.curve))])


def _key(kind: str, said: str) -> Html:
    return element("span", legend_line(kind), said, class_="legend")


def _steps(title: str, points: Sequence[Point]) -> Html:
    rows = [(minute(point.at), str(point.total), str(point.done)) for point in reversed(points[-STEPS_SHOWN:])]
    return table(f"Burn-up of {title}, the newest first", ("When (UTC)", "All", "Complete"), rows)


# --- what is going on -------------------------------------------------------------------------------------------------


def _now(plan: Plan) -> Iterable[Html]:
    lists = [_tasks(tasks) for tasks in plan.now if tasks.count]
    return [element("div", *lists, class_="lists")] if lists else []


def _tasks(tasks: Tasks) -> Html:
    rows = [
        element("li", element("span", line.id, class_="id"), element("span", line.title, *_note(line.note)))
        for line in tasks.shown
    ]
    rest = tasks.count - len(tasks.shown)
    more = [element("li", small(f"and {rest} more"))] if rest else []
    head = element("h4", f"{tasks.name} ({tasks.count})")
    return element("div", head, element("ul", *rows, *more, class_="tasks"))


def _note(note: str) -> tuple[str, ...]:
    return (" ", small(note)) if note else ()
