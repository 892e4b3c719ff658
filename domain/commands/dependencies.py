"""Dependencies: which task waits for which. A circle is refused by naming it."""

from __future__ import annotations

from domain import rules
from domain.commands.changing import current, put
from domain.commands.table import Answer, Call, Slot, command
from domain.commands.wording import listed, named, sentence, verb
from domain.errors import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.tracker import Found, Tracker


@command(
    "add_dependency",
    help="Let tasks wait for other tasks.",
    topic="dependencies",
    phrases=(
        "4.4 depends on 4.3",
        "make 6.5 depend on 6.3 and 6.4",
        "add a dependency from 5.2 to 5.1",
        "4.3 needs 4.2 first",
    ),
    slots=(Slot("items", "items", True), Slot("on", "items", True)),
    changes=True,
)
def add_dependency(tracker: Tracker, call: Call) -> Answer:
    found, on = call.all_found(tracker, "items", "task"), call.all_found(tracker, "on", "task")
    changed = tracker
    for item in found:
        wanted = dict.fromkeys((*current(changed, item).depends_on, *(other.item.uid for other in on)))
        changed = put(changed, call, item, depends_on=tuple(wanted))
        _refuse_circle(changed, item)
    what = f"{named(found)} {verb(found, 'depends', 'depend')} on {listed([other.id for other in on])}"
    return Answer(sentence(f"{what} already" if changed is tracker else what), changed)


def _refuse_circle(tracker: Tracker, found: Found) -> None:
    """The circle, if there is one, runs through the task that has just been given a dependency: look from there."""
    graph = rules.dependencies(tracker)
    circle = rules.find_cycle({found.item.uid: graph.get(found.item.uid, ())} | graph)
    if not circle:
        return
    ids = tracker.ids_by_uid()
    path = [ids[uid] for uid in circle]
    if len(path) == 2:
        raise Refused(f"Task {found.id} cannot depend on itself.")
    raise Refused(
        f"Task {found.id} cannot depend on {path[1]}: that would be a circle, {' -> '.join(path)}.",
        hint=f"Remove one of these dependencies first: remove the dependency of {path[-2]} on {path[-1]}."
        if len(path) > 3
        else f"Task {path[1]} depends on {found.id} already.",
    )


@command(
    "remove_dependency",
    help="Let tasks no longer wait for others.",
    topic="dependencies",
    phrases=(
        "remove the dependency of 4.3 on 4.1",
        "4.3 no longer depends on 4.1",
        "remove 4.3's dependency on 4.1",
        "clear every dependency of 5.3",
    ),
    slots=(Slot("items", "items", True), Slot("on", "items")),
    changes=True,
)
def remove_dependency(tracker: Tracker, call: Call) -> Answer:
    found, on = call.all_found(tracker, "items", "task"), call.all_found(tracker, "on", "task")
    dropped = {other.item.uid for other in on}
    changed = tracker
    for item in found:
        left = tuple(uid for uid in current(changed, item).depends_on if on and uid not in dropped)
        changed = put(changed, call, item, depends_on=left)
    what = listed([other.id for other in on]) if on else "anything"
    if changed is tracker:
        return Answer(sentence(f"{named(found)} {verb(found, 'does', 'do')} not depend on {what}"), tracker)
    return Answer(sentence(f"{named(found)} no longer {verb(found, 'depends', 'depend')} on {what}"), changed)
