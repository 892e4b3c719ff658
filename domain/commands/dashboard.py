"""The dashboard: one page of HTML that shows everything at a glance."""

from __future__ import annotations

from domain.commands.table import Answer, Block, Call, Slot, command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.tracker import Tracker


@command(
    "draw_dashboard",
    help="Draw everything at a glance as one page of HTML that needs no network.",
    topic="upkeep",
    phrases=("draw the dashboard", "dashboard", "show me the dashboard", "draw the dashboard to status.html"),
    slots=(Slot("output", "text"),),
    files=True,
    needs_tracker=False,
    counts=False,
)
def draw_dashboard(_: Tracker | None, call: Call) -> Answer:
    done = call.dashboard.draw(call.slots.get("output"), rehearsal=call.dry_run)
    said = "The dashboard is drawn" if done["changed"] else "The dashboard is as it was drawn last"
    return Answer(
        f"{said}: {done['path']}",
        blocks=(Block("text", lines=(f"Open it: {done['url']}",)),),
        warnings=tuple(done["troubles"]),
        data=done,
        changed_files=bool(done["changed"]),
        outcome=None if done["changed"] else "unchanged",
    )
