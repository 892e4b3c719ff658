"""The figures of the last whole run, kept beside the corpus, and the chapter that tells of them."""

from __future__ import annotations

import json
import os
import platform
import sys
import time

from domain.commands.selftest import why
from domain.errors import NotFound
from infrastructure.atomic import read_file, replace_quietly
from infrastructure.selftest.fault import DISPOSITIONS, GROUPS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

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


def record(told: Document) -> None:
    """Keep what a whole run came to, without what each single trial said."""
    kept = {
        "version": told["version"],
        "seed": told["seed"],
        "at": time.strftime("%Y-%m-%d", time.gmtime()),
        "on": f"{platform.system()}, Python {platform.python_version()}",
        "figures": told["figures"],
        "faults": _rows(told["trials"]),
        "left_out": told["left_out"],
    }
    replace_quietly(MEASURED, f"{json.dumps(kept, indent=1, ensure_ascii=False)}\n".encode())


def _rows(trials: Iterable[Document]) -> list[dict[str, Any]]:
    """One row for every variant of a fault."""
    rows: dict[str, dict[str, Any]] = {}
    for trial in trials:
        row = rows.setdefault(trial["key"], {"key": trial["key"], "expected": trial["expected"], "n": 0, "good": 0})
        if trial["absent"]:
            row["absent"] = trial["absent"]
            continue
        row["n"] += 1
        row["good"] += trial["is_good"]
        if not trial["is_good"]:
            row.setdefault("bad", []).append(f"{trial['position']}: {why(trial)}")
    return list(rows.values())


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
    figures = kept["figures"]
    said = f"\nThe last whole run: {kept['at']}, {kept['on']}, corpus {kept['version']}, seed {kept['seed']}:"
    said += f" {figures['faults']} faults and {figures['controls']} controls in {figures['trials']} trials.\n\n"
    rows = [(row["name"], row["text"], row["wanted"], _reached(row)) for row in figures["shares"]]
    parts = (HEAD, said, _table(("figure", "measured", "wanted", "reached"), rows), _times(figures), GOALS)
    return "".join((*parts, _lines(_goals(figures)), _faults(kept)))


def _reached(row: Document) -> str:
    return "n/a" if not row["n"] else "yes" if row["is_reached"] else "no"


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


def _faults(kept: Document) -> str:
    from infrastructure.selftest.corpus import corpus

    known = {row["key"]: row for row in kept["faults"]}
    means = "\n".join(f"- {name}: {meaning}" for name, meaning in DISPOSITIONS.items())
    parts = [f"\n## The corpus\n\nWhat is right:\n\n{means}\n"]
    for group, title in GROUPS.items():
        rows = [
            (
                fault.key,
                fault.title + (f" ({fault.note})" if fault.note else ""),
                fault.expected,
                _result(known[fault.key]),
            )
            for fault in corpus()
            if fault.group == group and fault.key in known
        ]
        parts.append(
            f"\n### {title[:1].upper()}{title[1:]}\n\n{_table(('fault', 'what happens', 'right', 'result'), rows)}"
        )
    out = [(row["id"], row["reason"]) for row in kept["left_out"]]
    return "".join(parts) + (f"\n### Left out\n\n{_table(('fault', 'because'), out)}" if out else "")


def _result(row: Document) -> str:
    if row.get("absent"):
        return f"not run: {row['absent']}"
    return f"{row['good']} of {row['n']}" + (f" ({' / '.join(row['bad'])})" if row.get("bad") else "")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return f"| {' | '.join(head)} |\n|{'---|' * len(head)}\n{_lines(rows)}"


def _lines(rows: Iterable[Sequence[str]]) -> str:
    return "".join(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |\n" for row in rows)


def main() -> int:
    """`python -m infrastructure.selftest.record`: run everything, and keep what that came to."""
    from infrastructure.selftest import selftest

    told = selftest()
    record(told)
    print(*(f"{row['name']}: {row['text']}" for row in told["figures"]["shares"]), sep="\n")
    return 0 if told["figures"]["is_reached"] else 1


if __name__ == "__main__":
    sys.exit(main())
