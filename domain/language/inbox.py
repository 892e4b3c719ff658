"""Sentences about what waits for a person: `approve inquiry 3f2a`. Every word of them has to be one of these."""

from __future__ import annotations

from domain.commands.table import Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.tracker import Tracker

PASSED_OVER = frozenset("the a please hey kindly there now still".split())
LOOKS = frozenset(
    (
        "inbox",
        "show inbox",
        "show me inbox",
        "list inbox",
        "open inbox",
        "what is in inbox",
        "what is waiting for me",
        "what waits for me",
        "what is waiting for a person",
        "what is waiting for person",
        "what waits for person",
        "which questions wait",
        "which inquiries wait",
        "show inquiries",
        "list inquiries",
        "show open inquiries",
    )
)
WHOLE = frozenset(
    ("show whole inbox", "whole inbox", "inbox all", "show all inquiries", "list all inquiries", "show all of inbox")
)
ANSWERS = {
    "approve": "approve_inquiry",
    "accept": "approve_inquiry",
    "deny": "deny_inquiry",
    "reject": "deny_inquiry",
}
AT_ONCE = "now"


def read(text: str, _: Tracker | None = None) -> Command | None:
    """The command, if every word in front of a colon belongs to it; what stands behind is the note."""
    head, _colon, note = text.partition(":")
    words = [word.strip("\"'“”`,.!?").casefold() for word in head.split()]
    said = [word for word in words if word and word not in PASSED_OVER]
    whole = " ".join(said)
    if whole in LOOKS or whole in WHOLE:
        return None if note.strip() else Command("show_inbox", {"all": True} if whole in WHOLE else {})
    return _answer(said, note.strip(), at_once=words[-1:] == [AT_ONCE])


def _answer(said: list[str], note: str, *, at_once: bool) -> Command | None:
    """`approve inquiry`, with the beginning of its id or, for the only one, without."""
    if len(said) not in (2, 3) or said[0] not in ANSWERS or said[1] != "inquiry":
        return None
    id = said[2] if len(said) == 3 else ""
    name = ANSWERS[said[0]]
    if not ((id.isalnum() and id.isascii()) or not id) or (at_once and name != "approve_inquiry"):
        return None
    slots = {"inquiry": id, "note": note, "now": at_once}
    return Command(name, {slot: value for slot, value in slots.items() if value})
