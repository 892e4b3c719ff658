"""What a person answers when consent is asked for: read word for word, because nearly a yes is no yes."""

from __future__ import annotations

from domain.commands.operations import OPERATIONS
from domain.record import Record

YES = frozenset(("yes", "approved", "approve", "i approve", "yes approved", "yes i approve"))
NO = frozenset(("no", "denied", "deny", "not approved", "i do not approve", "reject", "rejected"))
FOR_THE_SESSION = (" for this session", " for the session")
SURROUNDING = " \t\r\n.!\"'“”‘’"


class Answer(Record):
    """`verdict` is yes, no, blanket (from now on, without being asked) or stop.

    A yes or no may name its `request`; a yes holds `scope` once or session; blanket and stop name their `operation`.
    """

    verdict: str
    request: str | None = None
    scope: str = "once"
    operation: str | None = None


def read(text: str) -> Answer | None:
    """The answer that a text is, whole and word for word; None for any other text."""
    if len(text) > 80:
        return None
    said = " ".join(text.casefold().strip(SURROUNDING).replace(",", " ").replace("’", "'").split())
    return _standing(said) or _to_a_request(said)


def _standing(said: str) -> Answer | None:
    for operation in OPERATIONS:
        if said == f"you may {operation.may} as needed":
            return Answer("blanket", operation=operation.name)
        if said in (f"stop {operation.doing}", f"you may no longer {operation.may}"):
            return Answer("stop", operation=operation.name)
    return None


def _to_a_request(said: str) -> Answer | None:
    suffix = next((suffix for suffix in FOR_THE_SESSION if said.endswith(suffix)), "")
    words = said.removesuffix(suffix).split(" ")
    request = words.pop() if len(words) > 1 and is_request_id(words[-1]) else None
    answer = " ".join(words)
    if answer in YES:
        return Answer("yes", request, "session" if suffix else "once")
    return Answer("no", request) if answer in NO and not suffix else None


def is_request_id(word: str) -> bool:
    """`r` and five digits, so that no ordinary word is one."""
    return len(word) == 6 and word[0] == "r" and word[1:].isdecimal() and word.isascii()
