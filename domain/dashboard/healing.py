"""What went wrong and what became of it: what waits for a person, incidents on a time line, how playbooks did."""

from __future__ import annotations

from domain.commands.wording import counted
from domain.dashboard.charts import interval, legend_mark, time_line
from domain.dashboard.markup import Html, element, together
from domain.dashboard.parts import (
    BAD,
    GOOD,
    QUIET,
    WARNED,
    fact_list,
    figure,
    folded,
    quiet,
    section,
    small,
    status,
    table,
)
from domain.dashboard.times import DAY, minute, told
from domain.playbooks.learning import Tally, learn_from_outcomes
from domain.playbooks.report import report
from domain.shape import iso_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from domain.dashboard.board import Board
    from domain.playbooks.outcomes import HealingOutcome

    Document = Mapping[str, Any]  # Any: plain values all through

WINDOW = 30 * DAY
LANES = 8
DRAWN = 500  # treatments: more are no picture any more
LISTED = 30
RESULTS = {"healed": GOOD, "asked": WARNED, "escalated": WARNED, "stopped": BAD}
SEVERITIES = {"CRITICAL": BAD, "WARNING": WARNED, "INFO": QUIET}


# --- what waits for a person ------------------------------------------------------------------------------------------


def inbox(board: Board) -> Html:
    if not board.waiting:
        return section("inbox", "Waiting for you", quiet("Nothing waits for you."))
    return section("inbox", "Waiting for you", element("ul", *map(_card, board.waiting), class_="cards"))


def _card(row: Document) -> Html:
    severity = str(row["severity"])
    head = [status(severity.lower(), SEVERITIES.get(severity, WARNED)), " ", element("b", str(row["what"]))]
    details = [element("p", str(line)) for line in row["details"]]
    answer = [element("p", "Answer: ", element("code", str(row["answer"])))] if row["answer"] else []
    times = [f"{word} {minute(str(row[key]))}" for word, key in (("since", "at"), ("until", "until")) if row[key]]
    return element("li", element("p", *head), *details, *answer, element("p", small(" · ".join([row["kind"], *times]))))


# --- incidents --------------------------------------------------------------------------------------------------------


def incidents(board: Board) -> Html:
    off = [element("p", status(board.off, WARNED))] if board.off else []
    found = [outcome for outcome in board.outcomes if 0 <= board.seconds - outcome.timestamp <= WINDOW]
    lately = found[-DRAWN:]
    if not lately:
        return section("incidents", "Incidents", *off, quiet("Nothing had to be healed in the last thirty days."))
    more = (small(f"the newest {DRAWN} of {len(found)}"),) if len(found) > DRAWN else ()
    caption = together([*(_legend(result, lately) for result in RESULTS), *more], " ")
    drawn = time_line("time-line", _lanes(lately), _beginning(lately, board.seconds), board.seconds)
    listed = folded("treatments", "Treatments as a table", _treatments(lately))
    return section("incidents", "Incidents", *off, _summary(board), figure(drawn, caption), listed)


def _summary(board: Board) -> Html:
    """The first figures of `wt heal report`, of the same days."""
    found = report(board.outcomes, (), {}, board.seconds - WINDOW, board.seconds)["summary"]
    recovery, person = found["recovery"], found["agreed"]["helped"] + found["escalated"]["helped"]
    facts = {
        "Issues in 30 days": str(found["total"]),
        "Healed unasked": Tally(found["resolved"]["helped"], found["total"]).text,
        "For a person": str(person),
        "Median recovery": f"{told(recovery['median'])} (n {recovery['n']})" if recovery["n"] else "n/a",
    }
    return fact_list(facts)


def _beginning(lately: Sequence[HealingOutcome], now: float) -> float:
    """The whole window, or as much of it as there is something to see in: a day at least."""
    first = min(outcome.timestamp for outcome in lately)
    return max(now - WINDOW, min(first - 0.05 * (now - first), now - DAY))


def _legend(result: str, lately: Iterable[HealingOutcome]) -> Html:
    count = sum(outcome.result == result for outcome in lately)
    return element("span", legend_mark(result), f"{result} {count}", class_="legend")


def _lanes(lately: Sequence[HealingOutcome]) -> list[tuple[str, list[tuple[float, str, str]]]]:
    """The playbooks that were needed most; the rest share a lane."""
    found: dict[str, list[tuple[float, str, str]]] = {}
    for outcome in lately:
        said = f"{minute(iso_of(outcome.timestamp))} {outcome.playbook_id}: {outcome.result}"
        found.setdefault(outcome.playbook_id, []).append((outcome.timestamp, outcome.result, said))
    by_need = sorted(found, key=lambda name: (-len(found[name]), name))
    if len(by_need) <= LANES:
        return [(id, found[id]) for id in by_need]
    rest = [mark for id in by_need[LANES - 1 :] for mark in found[id]]
    return [*((id, found[id]) for id in by_need[: LANES - 1]), (f"{len(by_need) - LANES + 1} others", rest)]


def _treatments(lately: Sequence[HealingOutcome]) -> Html:
    shown = list(reversed(lately[-LISTED:]))
    of = f"The last {len(shown)} of {len(lately)} treatments" if len(shown) < len(lately) else "Treatments"
    return table(f"{of}, the newest first", ("When (UTC)", "Playbook", "Result"), map(_treatment, shown))


def _treatment(outcome: HealingOutcome) -> tuple[str, ...]:
    did = ", ".join(outcome.actions_taken) or outcome.error
    name = together([outcome.playbook_id, small(did)], " ")
    result = status(outcome.result, RESULTS.get(outcome.result, QUIET))
    return minute(iso_of(outcome.timestamp)), name, together([result, small(told(outcome.duration))], " ")


# --- playbooks --------------------------------------------------------------------------------------------------------


def playbooks(board: Board) -> Html:
    rows = board.playbooks
    if rows is None:
        return section("playbooks", "Playbooks", quiet("The playbooks cannot be read."))
    lessons = learn_from_outcomes(board.outcomes)
    used = [(row, lessons[row["id"]].tally) for row in rows if row["id"] in lessons]
    unused = [_named(row) for row in rows if row["id"] not in lessons]
    most = [_playbook(row, tally) for row, tally in sorted(used, key=lambda pair: -pair[1].trials)]
    head = ("Playbook", "Treatments", "Helped", "Between (95% sure)")
    drawn = [table("Playbooks and how often they helped", head, most)] if most else []
    said = f"{counted(len(unused), 'playbook')} never at work here"
    rest = [folded("unused", said, element("p", ", ".join(unused)))] if unused else []
    return section("playbooks", "Playbooks", *drawn, *rest)


def _named(row: Document) -> str:
    return f"{row['id']}{'' if row['enabled'] else ' (disabled)'}"


def _playbook(row: Document, tally: Tally) -> tuple[str, ...]:
    if tally.rate is None:
        return _named(row), str(tally.trials), str(tally.helped), "n/a below ten"
    low, high = tally.interval
    between = f"{low * 100 // 1:.0f} to {-(-high * 100 // 1):.0f}%"  # outward: a bound is never better than it is
    drawn = together([between, interval(tally.rate, low, high)])
    return _named(row), str(tally.trials), f"{tally.helped} ({tally.rate:.0%})", drawn
