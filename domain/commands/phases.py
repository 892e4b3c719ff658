"""Phases: the numbered parts of a plan."""

from __future__ import annotations

from domain.commands import values
from domain.commands.table import Answer, Call, Slot, command
from domain.tracker import Phase, Rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.tracker import Tracker


@command(
    "add_phase",
    help="Add a phase at the end of the plan.",
    topic="phases",
    phrases=(
        'add phase "Rollout"',
        "add a phase called Aftercare",
        "new phase: Training",
        'create a phase "Pilot" with the description "two teams, two weeks"',
    ),
    slots=(Slot("title", "text", True), Slot("description", "text")),
    changes=True,
)
def add_phase(tracker: Tracker, call: Call) -> Answer:
    title, description = values.title(call.slots["title"]), call.slots.get("description")
    number = tracker.phases_issued + 1
    phase = Phase(number, call.new_uid(), title, 0, Rows(), values.text(description) if description else None)
    changed = tracker.replace(phases=(*tracker.phases, phase), phases_issued=number)
    return Answer(
        f'Phase {number} "{title}" added.',
        changed,
        hint=f"Fill it: add task to phase {number}: …",
        data={"ids": [str(number)]},
    )
