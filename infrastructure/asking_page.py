"""Chapters of docs/HEALING.md about people: what is asked, how it is answered."""

from __future__ import annotations

from domain.playbooks.inquiries import DAY, TIME_TO_LIVE

ASKING = f"""
## Asking

`wt inbox` is one list of everything that waits for a person: inquiries of healing and proposals, requests of consent,
tasks that are complete while a probe disagrees, and what two branches disagree about. An inquiry says what is wrong,
what was tried, why that was not enough, what is advised, what an approval would set free, where to read more, until
when it waits ({TIME_TO_LIVE / DAY:.0f} days) and what holds when nobody answers (no). `wt inbox --all` shows the
answered ones, too.

- `wt approve 3f2a` (any beginning of the id that fits no other) shows it and asks for a plain yes. Only a person at a
  terminal can: a script, an agent and a tool call of one are refused with exit 4, and no option changes that.
- The next `wt heal` acts on it, once; `wt approve 3f2a --now` heals at once. No command ever waits for an answer.
- An approval reaches up to R2. Where there is nothing that it could set free, it says that a person has put it right:
  wt looks, and the inquiry stays open when it is still so.
- `wt deny 3f2a --note "not before the release"` is open to everybody, for nothing is done then, and is recorded with
  the name. What was denied is not asked again while the same trouble lasts.
- The first answer stands. An inquiry whose trouble has gone is settled by itself.
- What is no question of yes or no is shown with the command that answers it.
"""


def chapters() -> str:
    """What stands behind the guards."""
    return ASKING
