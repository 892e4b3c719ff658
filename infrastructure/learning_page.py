"""The chapter "Learning" of docs/HEALING.md, with the figures that learning itself works by."""

from __future__ import annotations

from domain.playbooks import guards, learning, report

ENDS = "\n".join(f"| {end} | {means} |" for end, means in report.ENDS.items())

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
- **Trend**: the period beside everything before it; `stable` while chance could do it (interval of Newcombe, 95 %).
- **Patterns**: what was healed three times within seven days, and troubles of which far more begin in one quarter of
  the day than an even spread would bring about (binomial, p ≤ 0.01 for all that were looked at, on three days or more).
- A rate is told from {guards.FEWEST} treatments on and is `n/a` below; how many there were and where the rate may lie
  (Wilson, 95 %) are told always.

`wt heal report` is a pure function of the log and of what was asked. An **issue** is one trouble from its first
treatment until it was healed; each ends in one way, so that they add up:

| end | means |
|---|---|
{ENDS}

Recovery is counted from the beginning of the first treatment to the end of the last. Every figure names the treatments
it is drawn from (`--verbose`, `--json`).
"""


def chapter() -> str:
    return LEARNING
