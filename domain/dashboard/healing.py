"""What went wrong and what became of it: what waits for a person, incidents on a time line, how playbooks did."""

from __future__ import annotations

from domain.commands.wording import counted
from domain.dashboard.charts import interval, legend_mark, time_line
from domain.dashboard.markup import Html, element, together
from domain.dashboard.parts import BAD, GOOD, QUIET, WARNED, figure, folded, quiet, section, small, status, table
from domain.dashboard.times import DAY, iso_of, lasted, minute
from domain.record import Record
from domain.self_healing.knowledge import wilson_bounds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from domain.dashboard.board import Board

    Document = Mapping[str, Any]  # Any: plain values all through

WINDOW = 30 * DAY
LANES = 8
LISTED = 30
ENOUGH = 10  # treatments that a rate may be told of
RESULTS = {"healed": GOOD, "asked": WARNED, "escalated": WARNED, "stopped": BAD}
SEVERITIES = {"CRITICAL": BAD, "WARNING": WARNED, "INFO": QUIET}


# --- what waits for a person ------------------------------------------------------------------------------------------


def inbox(board: Board) -> Html:
    waiting = board.inquiries
    if not waiting:
        return section("inbox", "Waiting for you", quiet("Nothing waits for you."))
    cards = [_inquiry(row) for row in sorted(waiting, key=lambda row: -row["at"])]
    return section("inbox", "Waiting for you", element("ul", *cards, class_="cards"))


def _inquiry(row: Document) -> Html:
    severity = str(row["severity"])
    facts = [
        ("Tried", ", ".join(map(str, row["actions_tried"]))),
        ("Last error", str(row["last_error"])),
        ("Advice", str(row["recommended_action"])),
    ]
    lines = [element("p", element("b", f"{name}: "), said) for name, said in facts if said]
    head = [status(severity.lower(), SEVERITIES.get(severity, WARNED)), " ", element("b", str(row["symptom"]))]
    left = small(f"{row['id']} · since {minute(iso_of(row['at']))} · until {minute(iso_of(row['at'] + row['ttl']))}")
    return element("li", element("p", *head), *lines, element("p", left))


# --- incidents --------------------------------------------------------------------------------------------------------


def incidents(board: Board) -> Html:
    off = [element("p", status(board.off, WARNED))] if board.off else []
    lately = [row for row in board.outcomes if 0 <= board.seconds - row["timestamp"] <= WINDOW]
    if not lately:
        return section("incidents", "Incidents", *off, quiet("Nothing had to be healed in the last thirty days."))
    caption = together([_legend(result, lately) for result in RESULTS], " ")
    drawn = time_line("time-line", _lanes(lately), _beginning(lately, board.seconds), board.seconds)
    listed = folded("treatments", "Treatments as a table", _treatments(lately))
    return section("incidents", "Incidents", *off, figure(drawn, caption), listed)


def _beginning(lately: Sequence[Document], now: float) -> float:
    """The whole window, or as much of it as there is something to see in: a day at least."""
    first: float = min(row["timestamp"] for row in lately)
    return max(now - WINDOW, min(first - 0.05 * (now - first), now - DAY))


def _legend(result: str, lately: Iterable[Document]) -> Html:
    count = sum(row["result"] == result for row in lately)
    return element("span", legend_mark(result), f"{result} {count}", class_="legend")


def _lanes(lately: Sequence[Document]) -> list[tuple[str, list[tuple[float, str, str]]]]:
    """The playbooks that were needed most; the rest share a lane."""
    found: dict[str, list[tuple[float, str, str]]] = {}
    for row in lately:
        told = f"{minute(iso_of(row['timestamp']))} {row['playbook_id']}: {row['result']}"
        found.setdefault(str(row["playbook_id"]), []).append((row["timestamp"], str(row["result"]), told))
    by_need = sorted(found, key=lambda name: (-len(found[name]), name))
    if len(by_need) <= LANES:
        return [(id, found[id]) for id in by_need]
    rest = [mark for id in by_need[LANES - 1 :] for mark in found[id]]
    return [*((id, found[id]) for id in by_need[: LANES - 1]), (f"{len(by_need) - LANES + 1} others", rest)]


def _treatments(lately: Sequence[Document]) -> Html:
    shown = list(reversed(lately[-LISTED:]))
    of = f"The last {len(shown)} of {len(lately)} treatments" if len(shown) < len(lately) else "Treatments"
    return table(f"{of}, the newest first", ("When (UTC)", "Playbook", "Result", "Took"), map(_treatment, shown))


def _treatment(row: Document) -> tuple[str, ...]:
    did = ", ".join(map(str, row["actions_taken"])) or str(row["error"])
    name = together([str(row["playbook_id"]), small(did)], " ")
    took = lasted(row["duration"]) if row["duration"] >= 1 else f"{1000 * row['duration']:.0f} ms"
    result = str(row["result"])
    return minute(iso_of(row["timestamp"])), name, status(result, RESULTS.get(result, QUIET)), took


# --- playbooks --------------------------------------------------------------------------------------------------------


class Used(Record):
    """How often a playbook was needed here and did something, and how often that helped."""

    id: str
    enabled: bool
    trials: int
    helped: int


def playbooks(board: Board) -> Html:
    rows = board.playbooks
    if rows is None:
        return section("playbooks", "Playbooks", quiet("The playbooks cannot be read."))
    needed = {str(row["playbook_id"]) for row in board.outcomes}
    used = [_used(row, board.outcomes) for row in rows if row["id"] in needed]
    unused = [str(row["id"]) for row in rows if row["id"] not in needed]
    head = ("Playbook", "Treatments", "Helped", "Between (95% sure)")
    most = sorted(used, key=lambda row: -row.trials)
    drawn = [table("Playbooks and how often they helped", head, map(_playbook, most))] if used else []
    said = f"{counted(len(unused), 'playbook')} never needed here"
    rest = [folded("unused", said, element("p", ", ".join(unused)))] if unused else []
    return section("playbooks", "Playbooks", *drawn, *rest)


def _used(row: Document, outcomes: Iterable[Document]) -> Used:
    did = [each for each in outcomes if each["playbook_id"] == row["id"] and each["actions_taken"]]
    return Used(str(row["id"]), bool(row["enabled"]), len(did), sum(bool(each["success"]) for each in did))


def _playbook(used: Used) -> tuple[str, ...]:
    name = used.id + ("" if used.enabled else " (disabled)")
    if used.trials < ENOUGH:
        return name, str(used.trials), str(used.helped), "n/a below ten"
    rate, (low, high) = used.helped / used.trials, wilson_bounds(used.helped, used.trials)
    between = f"{low * 100 // 1:.0f} to {-(-high * 100 // 1):.0f}%"  # outward: a bound is never better than it is
    return name, str(used.trials), f"{used.helped} ({rate:.0%})", together([between, interval(rate, low, high)])
