"""How many inquiries wait for a person: a line for those who did not ask."""

from __future__ import annotations

import os

from infrastructure.project import OWN

LOG = f"{OWN}/state/inquiries.jsonl"


def count(root: str, now: float) -> int:
    """Inquiries that are open at this time (seconds since 1970); where none was ever asked, that costs one look."""
    if not os.path.exists(os.path.join(root, LOG)):
        return 0
    from domain.playbooks.inquiries import standings
    from infrastructure.healing_state import HealingLog
    from infrastructure.seals import Seals

    lines = Seals(root).sound(HealingLog(root, name="inquiries").read())
    return sum(standing.state == "open" for standing in standings(lines, now))


def line(number: int) -> str:
    """`2 questions wait for a person: wt inbox`; nothing for none."""
    if not number:
        return ""
    return f"{number} question{'s wait' if number > 1 else ' waits'} for a person: wt inbox"
