"""The report of healing: a pure function of the outcome log and its inquiries; every figure names what it counts."""

from __future__ import annotations

from itertools import pairwise

from domain.errors import Refused
from domain.playbooks import guards
from domain.playbooks.conditions import ConditionError, seconds
from domain.playbooks.learning import Lesson, Tally, known_fixes, learn_from_outcomes, tally, trend
from domain.playbooks.patterns import patterns
from domain.playbooks.prevention import prevented_share
from domain.record import Record
from domain.shape import is_date, seconds_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from domain.playbooks.inquiries import Standing
    from domain.playbooks.outcomes import HealingOutcome
    from domain.playbooks.prevention import Judgement

    Document = Mapping[str, Any]  # Any: plain values all through

SCHEMA = "wt.healing_report/1"
EVER = "ever"
ENDS = {
    "resolved": "wt healed it by itself",
    "agreed": "healed after a person was asked or had agreed",
    "escalated": "handed to a person",
    "stopped": "ended by a guard",
}
DEFAULT_SINCE = "7d"
NO_CHANGES: Mapping[tuple[str, int], str] = {}


def beginning(said: str, now: float) -> float | None:
    """`7d`, `12h`, `2026-11-01` (UTC) or `ever` -> seconds since 1970; None for ever. Raises Refused."""
    if said == EVER:
        return None
    if is_date(said):
        return seconds_of(f"{said}T00:00:00Z")
    try:
        return now - seconds(said)
    except ConditionError:
        raise Refused(f"{said!r} is no time to begin with.", hint="Say 7d, 12h, 2026-11-01 or ever.") from None


class Issue(Record):
    """One trouble from its first treatment until it was healed, or until the latest."""

    number: int
    treatments: tuple[HealingOutcome, ...]

    @property
    def last(self) -> HealingOutcome:
        return self.treatments[-1]

    @property
    def began(self) -> float:
        return self.treatments[0].timestamp - self.treatments[0].duration

    @property
    def recovery(self) -> float:
        """Seconds from the beginning of the first treatment to the end of the last."""
        return max(self.last.timestamp - self.began, self.last.duration)

    @property
    def ended(self) -> str:
        """A row of ENDS."""
        if not self.last.success:
            return "stopped" if self.last.result == "stopped" else "escalated"
        asked = any(o.inquiry or o.approved_by for o in self.treatments)
        return "agreed" if asked else "resolved"

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(o.id for o in self.treatments)


def issues(outcomes: Iterable[HealingOutcome]) -> list[Issue]:
    """In the order in which they ended; a trouble that comes back after it was healed is another issue."""
    open_ones: dict[str, list[HealingOutcome]] = {}
    closed: list[list[HealingOutcome]] = []
    for outcome in outcomes:
        treatments = open_ones.setdefault(outcome.fingerprint, [])
        treatments.append(outcome)
        if outcome.success:
            closed.append(open_ones.pop(outcome.fingerprint))
    found = sorted([*closed, *open_ones.values()], key=lambda rows: rows[-1].timestamp)
    return [Issue(number, tuple(rows)) for number, rows in enumerate(found, 1)]


def report(
    outcomes: Sequence[HealingOutcome],
    standings: Iterable[Standing],
    titles: Mapping[str, str],
    since: float | None,
    until: float,
    changes: Mapping[tuple[str, int], str] = NO_CHANGES,
    judged: Iterable[Judgement] = (),
) -> Document:
    """The whole report as plain values. `titles`: playbook -> what it is for; times are in seconds since 1970.

    `changes`: (playbook, version) -> what a person took over with it. `judged` are treatments before the fact that were
    replayed.

    What a clock that was ahead has dated beyond `until` stands in it, too: nothing that was done is left out.
    """
    first = since if since is not None else min((o.timestamp for o in outcomes), default=until)
    before = [o for o in outcomes if o.timestamp < first]
    now = [o for o in outcomes if o.timestamp >= first]
    told = [issue for issue in issues(outcomes) if issue.last.timestamp >= first]
    told = [Issue(number, issue.treatments) for number, issue in enumerate(told, 1)]
    asked = {standing.inquiry.id: standing for standing in standings}
    return {
        "schema": SCHEMA,
        "since": first,
        "until": until,
        "treatments": tally(now).to_document(),
        "summary": _summary(told),
        "healings": [_healing(issue, titles) for issue in told if issue.last.success],
        "escalations": [_escalation(issue, titles, asked) for issue in told if not issue.last.success],
        **_prevented([judgement for judgement in judged if judgement.at >= first]),
        "insights": _insights(before, now, outcomes),
        "evolution": _evolution(outcomes, first, changes),
    }


# --- what happened ----------------------------------------------------------------------------------------------------


def _summary(told: Sequence[Issue]) -> Document:
    """Every issue is counted under exactly one end, so that they add up to the total."""
    healed = [issue for issue in told if issue.last.success]
    return {
        "total": len(told),
        **{end: _share([issue for issue in told if issue.ended == end], len(told)) for end in ENDS},
        "recovery": {
            "mean": sum(issue.recovery for issue in healed) / len(healed) if healed else None,
            "median": _median([issue.recovery for issue in healed]),
            "n": len(healed),
            "ids": [id for issue in healed for id in issue.ids],
        },
    }


def _share(some: Sequence[Issue], of: int) -> Document:
    """`n` of all issues ended so; `ids` are of their treatments."""
    return Tally(len(some), of, tuple(id for issue in some for id in issue.ids)).to_document()


def _median(values: Sequence[float]) -> float | None:
    if not values:
        return None
    middle, ordered = len(values) // 2, sorted(values)
    return ordered[middle] if len(values) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _told(issue: Issue, titles: Mapping[str, str]) -> dict[str, Any]:  # Any: plain values all through
    last = issue.last
    return {
        "number": issue.number,
        "title": titles.get(last.playbook_id, last.playbook_id),
        "playbook": last.playbook_id,
        "version": last.version,
        "at": last.timestamp,
        "symptoms": list(last.symptoms),
        "ended": issue.ended,
        "attempts": sum(o.attempts for o in issue.treatments),
        "ids": list(issue.ids),
    }


def _healing(issue: Issue, titles: Mapping[str, str]) -> Document:
    steps = [step for step in issue.last.steps if step.result == "done" and step.stage == issue.last.stage]
    return {
        **_told(issue, titles),
        "actions": [step.action for step in steps],
        "said": [step.said for step in steps if step.said],
        "recovery": issue.recovery,
        "by": issue.last.approved_by,
    }


def _escalation(issue: Issue, titles: Mapping[str, str], asked: Mapping[str, Standing]) -> Document:
    standing = asked.get(issue.last.inquiry)
    tried = [step.action for o in issue.treatments for step in o.steps if step.result in ("done", "failed")]
    return {
        **_told(issue, titles),
        "reason": issue.last.error,
        "tried": list(dict.fromkeys(tried)),
        "inquiry": issue.last.inquiry,
        "state": standing.state if standing is not None else "",
        "context": dict(standing.inquiry.context) if standing is not None else {},
        "action_required": standing.inquiry.recommended_action if standing is not None else "",
    }


# --- what it teaches --------------------------------------------------------------------------------------------------


def _prevented(judged: Sequence[Judgement]) -> Document:
    return {"prevented": prevented_share(judged), "judged": [judgement.to_document() for judgement in judged]}


def _insights(
    before: Sequence[HealingOutcome], now: Sequence[HealingOutcome], ever: Sequence[HealingOutcome]
) -> Document:
    earlier = learn_from_outcomes(before)
    fixes = known_fixes(ever)
    return {
        "playbooks": [_lesson(lesson, earlier.get(id)) for id, lesson in learn_from_outcomes(now).items()],
        "actions": _of_actions(before, now),
        "fixes": [dict(fix.values()) | {key: list(getattr(fix, key)) for key in LISTS} for fix in fixes],
        "patterns": [dict(found.values()) | {"ids": list(found.ids)} for found in patterns(ever, issues(ever))],
    }


LISTS = ("symptoms", "actions", "ids")  # of a fix


def _lesson(lesson: Lesson, earlier: Lesson | None) -> Document:
    return {
        "playbook": lesson.playbook_id,
        "helped": lesson.tally.to_document(),
        "trend": trend(earlier.tally, lesson.tally) if earlier is not None else "n/a",
        "effectiveness": lesson.effectiveness if lesson.tally.trials >= guards.FEWEST else None,
        "common_actions": list(lesson.common_actions),
        "stages": {name: counted.to_document() for name, counted in lesson.stages.items()},
    }


def _of_actions(before: Sequence[HealingOutcome], now: Sequence[HealingOutcome]) -> list[Document]:
    """How often an action was part of the stage that helped, of all times it was carried out."""
    earlier, later = _tallies(before), _tallies(now)
    return [
        {
            "action": action,
            "helped": counted.to_document(),
            "trend": trend(earlier.get(action, Tally(0, 0)), counted),
        }
        for action, counted in sorted(later.items())
    ]


def _tallies(outcomes: Iterable[HealingOutcome]) -> dict[str, Tally]:
    found: dict[str, dict[str, bool]] = {}
    for outcome in outcomes:
        for step in outcome.steps:
            if step.result == "done":
                of_action = found.setdefault(step.action, {})
                of_action[outcome.id] = of_action.get(outcome.id, False) or step.stage == outcome.stage
    return {action: Tally(sum(rows.values()), len(rows), tuple(rows)) for action, rows in found.items()}


def _evolution(
    outcomes: Sequence[HealingOutcome], since: float, changes: Mapping[tuple[str, int], str]
) -> list[Document]:
    """Playbooks of which a newer version was at work in the period, beside the version before it."""
    versions: dict[str, dict[int, list[HealingOutcome]]] = {}
    for outcome in outcomes:
        versions.setdefault(outcome.playbook_id, {}).setdefault(outcome.version, []).append(outcome)
    return [
        {**_change(id, old, new, of), "said": changes.get((id, new), "")}
        for id, of in sorted(versions.items())
        for old, new in pairwise(sorted(of))
        if any(o.timestamp >= since for o in of[new])
    ]


def _change(id: str, old: int, new: int, of: Mapping[int, Sequence[HealingOutcome]]) -> Document:
    before, after = (tally(o for o in of[version] if o.actions_taken) for version in (old, new))
    return {
        "playbook": id,
        "from": old,
        "to": new,
        "before": before.to_document(),
        "after": after.to_document(),
        "trend": trend(before, after),
    }
