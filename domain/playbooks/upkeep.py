"""Upkeep: what is seen to daily, weekly and monthly, as a table; each step within the time that is left."""

from __future__ import annotations

from domain.record import Record
from domain.self_healing.dispatcher import caught

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    Document = Mapping[str, Any]  # Any: an object of JSON
    Job = Callable[[float], "Told"]  # takes the seconds that are left

SCHEMA = "wt.upkeep/1"
DAY = 86_400.0
PERIODS = {"daily": DAY, "weekly": 7 * DAY, "monthly": 30 * DAY}
DEADLINES = {"daily": 60.0, "weekly": 300.0, "monthly": 900.0}  # seconds for all steps of a period together
SLACK = 0.1  # of a period: a timer does not keep the second, and a day begun early is a day
OUTCOMES = {
    "done": "something was done",
    "nothing": "there was nothing to do",
    "found": "a person should look at something",
    "failed": "it did not work; the other steps went on",
    "late": "the time was over before it",
}


class Step(Record):
    """One thing that is seen to; `does` are actions of playbooks, all of risk R1, that it takes."""

    name: str
    period: str
    meaning: str
    does: tuple[str, ...] = ()


STEPS = (
    Step("heal", "daily", "look for known trouble, heal what may be healed, ask about the rest"),
    Step("review_heals", "daily", "review what healing has done since the last time"),
    Step("update_metrics", "daily", "measure how full and how quick things are; tell what is foreseen"),
    Step("validate_playbooks", "daily", "check the playbooks, and whether those that are used help"),
    Step("judge_predictions", "daily", "replay what was foretold and treated, with the treatment and without"),
    Step(
        "clear_temporary",
        "daily",
        "take leftovers away; tell which temporary fixes are still in force",
        ("sweep_set_aside", "compact_logs", "prune_snapshots"),
    ),
    Step("failure_patterns", "weekly", "look for failures and troubles that keep coming back"),
    Step("new_symptoms", "weekly", "look for alarms that no playbook is made for"),
    Step("review_inbox", "weekly", "look for questions that wait for a person"),
    Step("test_probes", "weekly", "show every probe what it claims to see"),
    Step("evolve", "weekly", "try variations of the playbook that has helped least; a better one is proposed"),
    Step("review_effectiveness", "monthly", "how often each playbook has helped, with n and interval"),
    Step("examine", "monthly", "examine trackers, pages, journals and snapshots, as wt doctor does"),
    Step("rehearse", "monthly", "run the fast self-test: known faults are done to throw-away projects and healed"),
    Step(
        "optimise",
        "monthly",
        "take snapshots of what has changed, prune, pack, compile",
        ("take_snapshots", "prune_caches", "compact_logs", "prune_snapshots", "warm"),
    ),
)


class Told(Record):
    """What a step came to: a row of OUTCOMES, what it says, and the figures behind it."""

    outcome: str
    said: str
    data: Mapping[str, Any] = {}


class Result(Record):
    """A step that was taken, in so many seconds."""

    step: str
    outcome: str
    said: str
    seconds: float
    data: Mapping[str, Any] = {}

    def to_document(self) -> dict[str, Any]:
        return dict(self.values()) | {"data": dict(self.data), "seconds": round(self.seconds, 3)}


def steps_of(period: str) -> list[Step]:
    return [step for step in STEPS if step.period == period]


def carried_out(
    steps: Iterable[Step], jobs: Mapping[str, Job], elapsed: Callable[[], float], deadline: float
) -> list[Result]:
    """Every step in its order: one that fails does not stop the rest, none begins when the time is over."""
    ends = elapsed() + deadline
    return [_taken(step, jobs[step.name], elapsed, ends) for step in steps]


def _taken(step: Step, job: Job, elapsed: Callable[[], float], ends: float) -> Result:
    began = elapsed()
    if began >= ends:
        return Result(step.name, "late", OUTCOMES["late"], 0.0)
    done = caught(lambda: job(ends - began))
    took = elapsed() - began
    if done.error is not None or done.result is None:
        return Result(step.name, "failed", str(done.error), took)
    told = done.result
    return Result(step.name, told.outcome, told.said, took, told.data)


def due(lines: Sequence[object], now: float) -> list[str]:
    """The periods whose upkeep is due; what a clock that was ahead has noted counts for nothing."""
    last = last_done(lines)
    return [
        name for name, seconds in PERIODS.items() if not 0 <= now - last.get(name, -seconds) < seconds * (1 - SLACK)
    ]


def last_done(lines: Iterable[object]) -> dict[str, float]:
    """period -> when its upkeep was done last, in seconds since 1970."""
    found: dict[str, float] = {}
    for line in lines:
        if isinstance(line, dict) and line.get("schema") == SCHEMA and line.get("period") in PERIODS:
            at = line.get("at")
            if isinstance(at, (int, float)):
                found[line["period"]] = float(at)
    return found
