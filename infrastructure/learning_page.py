"""The chapter "Learning" of docs/HEALING.md, with the figures that learning itself works by."""

from __future__ import annotations

from domain.playbooks import evolution, guards, learning, report, sequential
from infrastructure.evolution import ROUNDS

VARIATIONS = "\n".join(
    f"| {name} | {' '.join((vary.__doc__ or '').split())} |" for name, vary in evolution.VARIATIONS.items()
)
CORRECTIONS = (
    ("a duration above 600 s halves the effectiveness", "it does", "its branch for 300 s came first and caught it"),
    ("`success_rate: 0.85`", "how many of how many, interval, bound", "17 of 20 may be a rate of 0.68 as well"),
    (
        "all outcomes count alike, of any version",
        "newer ones count for more, only those of the very same playbook",
        "what helped once may not help any more, and another version is another remedy",
    ),
    (
        "the best of four variations replaces what scores less",
        "a sequential test, fault by fault, and no harm anywhere",
        "of four that are no better one looks better in half of all rounds and more",
    ),
    ("`playbook.update(…)`, v1.2 → v1.3", "a proposal with the next whole version", "a person decides what acts here"),
    (
        "an example report with figures that its own list does not bear out",
        "a pure function of the log",
        "a figure that nobody can trace is none",
    ),
    (
        "two improvements a week, patterns recognised to 90 %",
        "how many there were, with n",
        "a tracker has too few troubles to measure that",
    ),
)
CORRECTED = "\n".join(f"| {' | '.join(row)} |" for row in CORRECTIONS)
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

## Evolution

`wt evolve [PLAYBOOK]` varies a playbook and tries each variation on the faults that the playbook names, in throw-away
clones, against the version that is there:

| variation | means |
|---|---|
{VARIATIONS}

None may change symptoms, escalation, scope or rollback, do something that was not done before, raise a risk, put what
is riskier before what is safer, leave out a proof, or give more than {evolution.LONGEST:.0f} s. One that does worse on
a single fault, loses anything or touches more is out. Among the rest a game is won by what puts right a fault that the
other does not, or needs fewer attempts for it. Wald's sequential test ({sequential.FALSE_ALARM:.0%} false alarms,
{sequential.MISSED:.0%} missed) says whether that is more than chance, in {ROUNDS} rounds at most. A stage that another
of its risk has beaten in the log here is reason enough without the corpus: the other is tested against the best that
the log allows for the first, which was tried {guards.FEWEST} times or more.

A winner becomes a proposal: the next version, its difference and its evidence in `.ecw/state/proposals/`, and an
inquiry in `wt inbox`. `wt approve ID`, by a person at a terminal, writes `.ecw/playbooks/PLAYBOOK.yaml` (what stood
there is kept); `wt deny ID` keeps the same from being proposed again. Playbooks written in Python are not varied.

### Where this differs from the masterplan

| masterplan | here | because |
|---|---|---|
{CORRECTED}
"""


def chapter() -> str:
    return LEARNING
