"""The chapters of docs/HEALING.md about what has not come yet: looking ahead, and upkeep."""

from __future__ import annotations

from domain.playbooks.prediction import ALARM, CHANCE, FEWEST, SHARE_SEEN, Watch, amount, spell
from domain.playbooks.upkeep import DEADLINES, STEPS
from infrastructure.foresight import NEWEST, SLOW, WATCHES, WINDOW
from infrastructure.journal import LIMIT
from infrastructure.series import SPACING
from infrastructure.session_healing import DEADLINE as SESSION
from infrastructure.tidying import ARCHIVED

LOOKING_AHEAD = f"""
## Looking ahead

Healing, `wt health` and `wt doctor` measure how full the disk, the caches and the snapshots are and how long reading
takes, every {SPACING / 60:.0f} minutes at most, into `.ecw/state/series.jsonl`, which is bounded; a journal tells its
own growth. An ordinary sentence measures nothing. Where a series leads is a line of least squares through its newest
{NEWEST} points of {WINDOW} horizons. Nothing is foreseen from fewer than {FEWEST} points, from points that span less
than {SHARE_SEEN:.0%} of the horizon, or where chance alone would show such a trend in more than {CHANCE:.0%} of cases
(Mann–Kendall, one-sided): then the signal is unknown, or says that no end is in sight. The evidence is one line, in
the answer, the plan, the outcome and the inquiry:
`disk: 412 MB free, -38 MB/h over 5 h (n 9, p 0.001): full in 11 h`.

Operations that got slower for good are told by two charts that must agree: a smoothed course beyond three standard
deviations (EWMA) and a one-sided CUSUM beyond {ALARM:g}; a single value counts for three deviations at most.

A playbook whose symptoms are all foretold has the trigger `prediction`. Before anything has happened only R1 is done
unasked, whatever the settings allow: pruning, packing, checking; anything stronger asks. It helped when the same
forecast, with the level measured anew, is out of the day again; else a person is told, with the line. Packed logs
stand in `.ecw/state/archive`, the newest {ARCHIVED} of each; the log of outcomes and the journal are never shortened.

| foretold | measured | horizon | over when |
|---|---|---|---|
"""


def looking_ahead() -> str:
    """How what is to come is seen, and what is done about it."""
    rows = [f"| `{watch.metric}` | `{watch.series}` | {spell(watch.horizon)} | {_end(watch)} |" for watch in WATCHES]
    return LOOKING_AHEAD + "\n".join(rows) + "\n"


UPKEEP = f"""
## Upkeep

`wt upkeep daily|weekly|monthly` sees to what is due by the day, the week and the month, `wt upkeep due` to all of it,
`wt upkeep` says when each was done last. A step that fails stops no other; none begins when the time is over
({", ".join(f"{name} {seconds:.0f} s" for name, seconds in DEADLINES.items())}). What each came to stands in
`.ecw/state/upkeep.jsonl`. What a step does has risk R1 and goes through every guard of a treatment; nothing is done
while healing is stopped. `wt setup schedule` has the user's systemd do it once a day, or shows the line for cron;
`--check` says whether it is set up, `--remove` takes out what was put in, and a unit that somebody edited is theirs.

A session of a coding agent begins and ends with a quick look (the hooks `session-start` and `session-end`): what can be
seen at once, without network, probes or other programs, and healed at R1, is healed, with the trigger `session`; the
first lines that the agent is given say so, and name what is left. It has {SESSION:g} seconds, in a process of its own
that is ended then. The setting `heal_at_session` switches it off.

What was prevented is not claimed but replayed: the daily upkeep makes what was foretold come in a throw-away project,
with the very playbook run at that moment and without it, and writes to `.ecw/state/prevented.jsonl` after how many
seconds the trouble came in each. It was prevented when it came without and not with, within the horizon. `wt "what is
foreseen?"` shows both.

| step | when | does |
|---|---|---|
"""


def upkeep() -> str:
    """What is seen to by the day, the week and the month."""
    return UPKEEP + "".join(f"| `{step.name}` | {step.period} | {step.meaning} |\n" for step in STEPS)


def _end(watch: Watch) -> str:
    ends = {
        "disk_exhaustion": "nothing is free",
        "cache_exhaustion": "the setting `cache_limit_mb` is reached",
        "latency_exhaustion": f"reading all trackers takes {amount(SLOW, 's')}",
        "journal_exhaustion": f"the largest journal holds {amount(LIMIT, 'B')}",
        "backups_exhaustion": "they have taken all that is free",
    }
    return ends[watch.metric]
