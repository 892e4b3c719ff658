"""How many inquiries wait for a person: a line for those who did not ask."""

from __future__ import annotations

import os

from infrastructure.project import OWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.playbooks.inquiries import Inquiry

LOG = f"{OWN}/state/inquiries.jsonl"


def count(root: str, now: float) -> int:
    """Inquiries that are open at this time (seconds since 1970); where none was ever asked, that costs one look."""
    return len(open_ones(root, now)) if os.path.exists(os.path.join(root, LOG)) else 0


def open_ones(root: str, now: float) -> list[Inquiry]:
    """Inquiries that nobody has answered, oldest first."""
    from domain.playbooks.inquiries import standings
    from infrastructure.healing_state import HealingLog
    from infrastructure.seals import Seals

    lines = Seals(root).sound(HealingLog(root, name="inquiries").read())
    return [standing.inquiry for standing in standings(lines, now) if standing.state == "open"]


def line(number: int) -> str:
    """`2 questions wait for a person: wt inbox`; nothing for none."""
    if not number:
        return ""
    return f"{number} question{'s wait' if number > 1 else ' waits'} for a person: wt inbox"
