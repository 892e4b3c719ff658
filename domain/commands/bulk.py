"""Status of every task in a scope: what a person must agree to."""

from __future__ import annotations

from domain.commands.scopes import in_scope, in_words
from domain.commands.status import proving, status_need, with_status
from domain.commands.table import Answer, Call, Need, Slot, command
from domain.commands.wording import spoken
from domain.tracker import SETTLED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.tracker import Found, Tracker


def _consent(tracker: Tracker, call: Call) -> Need:
    return status_need(in_words(call.slots["scope"], len(_meant(tracker, call))), call)


@command(
    "bulk_set_status",
    help="Set the status of every task in a scope; a person must agree.",
    topic="status",
    phrases=("mark all tasks in phase 3 complete", "defer everything assigned to dana", "cancel all blocked tasks"),
    slots=(
        Slot("scope", "scope", True),
        Slot("status", "status", True),
        Slot("reason", "text"),
        Slot("except", "items"),
    ),
    changes=True,
    consent=_consent,
    proves=proving(lambda tracker, call: _meant(tracker, call)),
)
def bulk_set_status(tracker: Tracker, call: Call) -> Answer:
    status, scope = call.slots["status"], call.slots["scope"]
    found = _meant(tracker, call)
    if not any(item.item.status != status for item in found):
        return Answer(f"Nothing to change: {in_words(scope, 0)} would become {spoken(status)}.", tracker)
    return with_status(tracker, call, found, status, call.slots.get("reason"))


def _meant(tracker: Tracker, call: Call) -> list[Found]:
    """What is complete or cancelled stays as it is, unless the scope names a status or the tasks are reopened."""
    scope = call.slots["scope"]
    stays = () if call.slots["status"] == "pending" or "status:" in scope else SETTLED
    found = in_scope(tracker, scope, call.all_found(tracker, "except", "phase", "task"))
    return [item for item in found if item.item.status not in stays]
