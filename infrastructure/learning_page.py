"""The chapter "Learning" of docs/HEALING.md, with the figures that learning itself works by."""

from __future__ import annotations

from domain.playbooks import guards, learning

LEARNING = f"""
## Learning

The outcome log is the truth. `.ecw/state/learning.db` (SQLite, with a rollback journal) is an index of it: it reads on
where it stopped, begins anew when the log is another, and can be deleted at any time. While somebody else writes to it
or when it is damaged, the log itself is read, and the answers are the same.

- **Effectiveness** of a treatment: 0 when it did not help, else 1; 0.8 when it took longer than
  {learning.QUICK / 60:.0f} minutes, 0.5 beyond {learning.SLOW / 60:.0f} minutes.
- **Confidence** of a playbook: the lower Wilson bound (one-sided, 95 %) of its successes, where a treatment counts
  {learning.DISCOUNT} times as much for every newer one. Only treatments by the very same playbook count, version and
  wording; evidence from elsewhere counts for at most {learning.MOST_PRIOR} treatments.
- **Order of stages**, among neighbours of one risk: (helped + 1) / (tried + 2) of the same discounted counts, the
  largest first. A stage that was not tried stands at one half, and what is known of one fades towards it.
- **Common actions** of a playbook: what more than half of its successes did in the stage that helped.
- **Known fixes**: every way in which a trouble was ever healed, with the treatments that say so.
- A rate is told from {guards.FEWEST} treatments on and is `n/a` below; how many there were and where the rate may lie
  (Wilson, 95 %) are told always.
"""


def chapter() -> str:
    return LEARNING
