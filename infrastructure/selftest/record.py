"""The figures of the last whole run, kept beside the corpus, and the chapter that tells of them."""

from __future__ import annotations

import json
import os
import platform
import sys
import time

from domain.commands.selftest import reached, why
from domain.errors import NotFound
from infrastructure.atomic import replace_quietly
from infrastructure.regular_files import read_file
from infrastructure.selftest.fault import DISPOSITIONS, GROUPS
from infrastructure.selftest.figures import figures
from infrastructure.selftest.runner import Trial, trial_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from infrastructure.selftest.fault import Fault

    Document = Mapping[str, Any]  # Any: JSON as parsed

MEASURED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "measured.json")
LARGEST = 1 << 20  # bytes
HEAD = """
## What was measured

`wt selftest` does the faults of a fixed corpus to throw-away projects (a plan of thirty tasks with three days of
history, git with a remote, a clock of its own), each before, during and after a command, those after it with real
processes. What was there is compared with what is there by code that knows nothing of healing: bytes, JSON, git. Each
is healed until nothing more is done, at least twice. Bounds are Wilson's, one-sided, 95 %.
`wt selftest --only ID --keep` leaves the projects to be looked at.
"""
GOALS = """
## What the plan of healing asked for

| asked for | measured | |
|---|---|---|
"""
UNMEASURED = (
    ("Availability above 99.5 %", "not measured: there is no service; a command that is rightly refused is no outage"),
    ("Fewer than 2 interruptions of a session a day", "not measured: that takes many people over months"),
    ("2 improvements of playbooks a week", "not aimed at: a tracker has a handful of incidents a month, and an"
     " improvement read off so few is noise; variations are compared on this corpus instead"),
    ("Patterns recognised with 90 % accuracy", "not measured in use; above: noticed, and false alarms, on this corpus"),
    ("60 % prevented by prediction", "not measured in use: what would have happened is not seen; `wt heal report`"
     " counts what was done ahead of time"),
    ("An improving trend of strategies", "not measured: with fewer than ten treatments a playbook says n/a"),
    ("Every fix remembered", "the log of outcomes is only added to; what tears or loses it is F22, F24 and F27"),
)  # fmt: skip


def record(told: Document, faults: Sequence[Fault]) -> None:
    """Keep what a run came to, beside what was measured of the other faults as they are now."""
    current = {fault.key: fault.mark for fault in faults}
    ran = [trial_of(row) for row in told["trials"]]
    news = {trial.key for trial in ran}
    before = (measured() or {}).get("trials", ())
    rest = [row for row in before if row["mark"] == current.get(row["key"]) and row["key"] not in news]
    kept = {
        "at": time.strftime("%Y-%m-%d", time.gmtime()),
        "on": f"{platform.system()}, Python {platform.python_version()}",
        "seed": told["seed"],
        "trials": sorted([*rest, *(_row(trial, current[trial.key]) for trial in ran)], key=_place),
        "left_out": told["left_out"],
    }
    replace_quietly(MEASURED, _in_lines(kept).encode())


def _in_lines(kept: dict[str, Any]) -> str:
    """One trial a line, so that a diff shows what came out otherwise."""
    rows = ",\n".join(json.dumps(row, ensure_ascii=False) for row in kept["trials"])
    rest = json.dumps(kept | {"trials": []}, indent=1, ensure_ascii=False)
    return rest.replace('"trials": []', f'"trials": [\n{rows}\n ]') + "\n"


def _row(trial: Trial, mark: str) -> dict[str, Any]:
    """A trial and the fault that it was; what is as it usually is, is not written."""
    usual = Trial._defaults
    told = {name: value for name, value in trial.values() if name not in usual or value != usual[name]}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in told.items()} | {"mark": mark}


def _place(row: Document) -> tuple[str, str, str]:
    return row["group"], row["key"], row["position"]


def trials(kept: Document) -> list[Trial]:
    """The trials that were kept."""
    fields = [{name: value for name, value in row.items() if name != "mark"} for row in kept["trials"]]
    return list(map(_trial, fields))


def _trial(row: dict[str, Any]) -> Trial:
    lists: dict[str, Any] = {name: tuple(value) for name, value in row.items() if isinstance(value, list)}
    return Trial(**(row | lists))


def measured() -> Document | None:
    """What was kept; None before anything was."""
    try:
        found: Document = json.loads(read_file(MEASURED, MEASURED, LARGEST)[0])
    except NotFound:
        return None
    return found


# --- the chapter ------------------------------------------------------------------------------------------------------


def chapter() -> str:
    """Of docs/HEALING.md; empty before anything was measured."""
    kept = measured()
    if kept is None:
        return ""
    ran = trials(kept)
    told = figures(ran)
    said = f"\nMeasured {kept['at']} on {kept['on']}, seed {kept['seed']}: {told['faults']} faults and"
    said += f" {told['controls']} controls in {told['trials']} trials, which for one fault are akin to each other."
    said += f" Of {told['faults']} faults {told['good_faults']} were dealt with rightly in every trial.\n\n"
    rows = [(row["name"], row["text"], row["wanted"], reached(row)) for row in told["shares"]]
    parts = (HEAD, said, _table(("figure", "measured", "wanted", "reached"), rows), _times(told), GOALS)
    return "".join((*parts, _lines(_goals(told)), _faults(ran, kept["left_out"])))


def _times(figures: Document) -> str:
    seconds = figures["seconds"]
    here, started = seconds["in_process"], seconds["as_process"]
    told = [f"{seconds['median']:.2f} s in the middle (wanted: below {seconds['goal']:g} s)"]
    told += [f"{here['median']:.2f} s without the start of a program (n = {here['n']})"] if here else []
    told += (
        [f"{started['median']:.2f} s with it (n = {started['n']}, at most {started['slowest']:.1f} s)"]
        if started
        else []
    )
    return f"\nA recovery took {', '.join(told)}, and {figures['attempts']} attempts on average.\n"


def _goals(figures: Document) -> Iterator[tuple[str, str, str]]:
    by_name = {row["name"]: row for row in figures["shares"]}
    resolved = by_name["resolved, of those that may be resolved unasked"]
    false = by_name["false alarm or action where nothing was wrong"]
    yield "More than 80 % resolved by itself", resolved["text"], "on this corpus, of those that may be"
    yield (
        "Recovered within 5 minutes on average",
        f"{figures['seconds']['median']:.2f} s in the middle",
        "on this corpus",
    )
    yield "Playbooks succeed in more than 75 %", resolved["text"], "the same; in use: `wt playbook list`, with n"
    yield "Fewer than 5 % false alarms", false["text"], "controls"
    yield "People needed for fewer than 20 %", _asked(figures), "as it should be: a person decides what is ambiguous"
    for asked, said in UNMEASURED:
        yield asked, said, ""


def _asked(figures: Document) -> str:
    left = next(row for row in figures["shares"] if row["name"].startswith("left as it was"))
    right = next(row for row in figures["shares"] if row["name"] == "right disposition")
    return f"{left['n']} of {right['n']} trials of the corpus are not for the program alone"


def _faults(ran: Sequence[Trial], left_out: Iterable[Document]) -> str:
    from infrastructure.selftest.corpus import corpus

    means = "\n".join(f"- {name}: {meaning}" for name, meaning in DISPOSITIONS.items())
    parts = [f"\n## The corpus\n\nWhat is right:\n\n{means}\n"]
    for group, title in GROUPS.items():
        rows = [_told(fault, ran) for fault in corpus() if fault.group == group]
        head = ("fault", "what happens", "right", "result")
        parts += [f"\n### {title[:1].upper()}{title[1:]}\n\n{_table(head, rows)}"] if rows else []
    out = [(row["id"], row["reason"]) for row in left_out]
    return "".join(parts) + (f"\n### Left out\n\n{_table(('fault', 'because'), out)}" if out else "")


def _told(fault: Fault, ran: Iterable[Trial]) -> tuple[str, ...]:
    title = f"{fault.title} (decided: {fault.note})" if fault.note else fault.title
    return fault.key, title, fault.expected, _result([trial for trial in ran if trial.key == fault.key])


def _result(ran: Sequence[Trial]) -> str:
    if not ran:
        return "not measured"
    if all(trial.absent for trial in ran):
        return f"not run: {ran[0].absent}"
    bad = [f"{trial.position}: {why(trial.to_document())}" for trial in ran if trial.counts and not trial.is_good]
    good = sum(trial.is_good for trial in ran if trial.counts)
    return f"{good} of {sum(trial.counts for trial in ran)}" + (f" ({' / '.join(bad)})" if bad else "")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return f"| {' | '.join(head)} |\n|{'---|' * len(head)}\n{_lines(rows)}"


def _lines(rows: Iterable[Sequence[str]]) -> str:
    return "".join(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |\n" for row in rows)


def main(ids: Sequence[str]) -> int:
    """`python -m infrastructure.selftest.record [F32 F33 …]`: run these, or everything, and keep what that came to."""
    from infrastructure.selftest import selftest
    from infrastructure.selftest.corpus import corpus

    told = selftest(only=ids)
    record(told, corpus())
    print(*(f"{row['name']}: {row['text']}" for row in told["figures"]["shares"]), sep="\n")
    return 0 if told["figures"]["is_reached"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
