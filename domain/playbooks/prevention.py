"""What was prevented: a treatment before the fact, judged by replaying the fact with it and without it."""

from __future__ import annotations

from domain.playbooks.learning import Tally
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from typing import Any

    from domain.playbooks.outcomes import HealingOutcome

    Document = Mapping[str, Any]  # Any: an object of JSON

SCHEMA = "wt.prevented/1"
FAULTS = {"disk_exhaustion": "disk_free < 16MB", "cache_exhaustion": "cache_excess > 0B"}
"""what is foretold -> the trouble that would have come; what stands here can be replayed"""


class Judgement(Record):
    """One treatment before the fact, replayed. `without` and `treated` are the seconds after which the trouble came.

    None: it did not come within the horizon. `outcome` is the id of the treatment; `at` is in seconds since 1970.
    """

    outcome: str
    playbook_id: str
    metric: str
    at: float
    without: float | None
    treated: float | None

    @property
    def prevented(self) -> bool:
        """Whether it would have come, and with the treatment did not."""
        return self.without is not None and self.treated is None

    @property
    def fault(self) -> str:
        return FAULTS[self.metric]

    def to_document(self) -> dict[str, Any]:
        """Its line of the record."""
        return {"schema": SCHEMA, "fault": self.fault, "prevented": self.prevented, **dict(self.values())}


def judgements(lines: Iterable[object]) -> list[Judgement]:
    """What was judged, oldest first; what is torn or of another kind is passed over."""
    return [found for line in lines if isinstance(line, dict) and (found := _judgement(line)) is not None]


def _judgement(line: Document) -> Judgement | None:
    if line.get("schema") != SCHEMA or line.get("metric") not in FAULTS:
        return None
    try:
        return Judgement(**{name: line[name] for name in Judgement._fields})
    except KeyError:
        return None


def prevented_share(judged: Sequence[Judgement]) -> Document:
    """How many of these were prevented, with the ids of the treatments."""
    ids = tuple(each.outcome for each in judged)
    return Tally(sum(each.prevented for each in judged), len(judged), ids).to_document()


def replayable(outcome: HealingOutcome) -> Document | None:
    """What such a treatment rested on, as far as it can be replayed; None for every other treatment."""
    if not outcome.actions_taken:
        return None
    return next((each for each in outcome.foretold if each.get("metric") in FAULTS), None)


def to_judge(outcomes: Iterable[HealingOutcome], judged: Collection[str]) -> list[HealingOutcome]:
    """Treatments before the fact that nobody has judged yet."""
    return [each for each in outcomes if each.id not in judged and replayable(each) is not None]
