"""What can be worked on next."""

from __future__ import annotations

from domain.commands.filters import by_status, filtered
from domain.commands.layout import task_table
from domain.commands.selection import most_urgent, only, ready, unsettled
from domain.commands.table import Answer, Call, Slot, command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.tracker import Phase, Tracker

SHOWN = 5


@command(
    "next",
    help="Show what can be worked on next: ready tasks by priority, due date and order.",
    topic="reading",
    phrases=(
        "next",
        "what should I do next?",
        "which task comes next?",
        "what's the next task in phase 2?",
        "show the next three tasks",
        "what should dana do next?",
    ),
    slots=(Slot("phase", "phase"), Slot("assignee", "person"), Slot("count", "number")),
)
def next_tasks(tracker: Tracker, call: Call) -> Answer:
    phases, words = filtered(tracker, call)
    queue, told = ready(tracker, phases), "Next"
    if not queue and call.slots.get("assignee"):
        queue, told = _nobodys(tracker, call), f"Nothing of {call.slots['assignee']} is ready; free to take"
    found = most_urgent(queue, call.slots.get("count") or SHOWN)
    if not found:
        return _nothing_ready(phases, words)
    first = found[0]
    return Answer(
        f"{told}: {first['id']} {first['title']}",
        blocks=(task_table(found),),
        data={"items": found, "ready": sum(len(phase.tasks) for phase in queue)},
        hint=f"Begin: start {first['id']}",
    )


def _nobodys(tracker: Tracker, call: Call) -> list[Phase]:
    """Ready tasks of the phases asked for that nobody has taken."""
    asked = call.replace(slots={**call.slots, "assignee": None})
    phases, _ = filtered(tracker, asked)
    return ready(tracker, only(phases, "assignee", lambda name: name is None))


def _nothing_ready(phases: list[Phase], words: list[str]) -> Answer:
    """Why: all is done, or what is open waits, is under way or is put off."""
    asked = f" {' '.join(words)}" if words else ""
    left, data = unsettled(phases), {"items": [], "ready": 0}
    if not left:
        return Answer(f"Nothing is left to do{asked}.", data=data)
    return Answer(f"Nothing{asked} is ready: {by_status(left)}.", data=data, hint="See what holds them up: blocked")
