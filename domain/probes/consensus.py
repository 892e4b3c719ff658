"""What all probes come to: a score of those that know, how much is known, vetoes, and when it counts as degraded.

One vote per group of independence; weights are log-odds of reliability (Nitzan and Paroush, 1982), halved per time to
live of age. A score is entered into trouble twice below 80 and left at 85, so that a flicker is none.
"""

from __future__ import annotations

from math import log

from domain.probes.verdicts import AGREE, BROKEN, DISAGREE, KNOWN
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from domain.probes.declaration import Probe
    from domain.probes.verdicts import Verdict

ENTER_BELOW, LEAVE_AT = 80.0, 85.0
TWICE = 2
ENOUGH_COVERAGE = 0.5
ENOUGH_RUNS = 10
LEAST, MOST = 0.55, 0.99


class Reliability(Record):
    """How a probe did where the answer was known: in the self-test, and when it was asked twice."""

    right: int = 0
    wrong: int = 0
    is_vacuous: bool = False  # it agreed with what was false

    @property
    def runs(self) -> int:
        return self.right + self.wrong


def weight(probe: Probe, measured: Reliability) -> float:
    """Log-odds of being right: declared, until there are ten runs; none for a probe that sees nothing."""
    if measured.is_vacuous:
        return 0.0
    share = measured.right / measured.runs if measured.runs >= ENOUGH_RUNS else probe.reliability
    sure = min(max(share, LEAST), MOST)
    return log(sure / (1 - sure))


class Vote(Record):
    """What one probe said, of one claim or of many, so many seconds ago."""

    probe: Probe
    verdicts: tuple[Verdict, ...]
    age: float = 0.0
    measured: Reliability = Reliability()

    @property
    def known(self) -> list[str]:
        return [each.verdict for each in self.verdicts if each.verdict in KNOWN]

    @property
    def agreement(self) -> float:
        """The share of claims it agrees with, of those it knows about."""
        return self.known.count(AGREE) / len(self.known)

    @property
    def weight(self) -> float:
        return weight(self.probe, self.measured)

    @property
    def known_weight(self) -> float:
        """Halved with every time to live that has passed; nothing for a probe that does not know."""
        return self.weight * 0.5 ** (max(self.age, 0.0) / self.probe.ttl) if self.known else 0.0

    @property
    def is_broken(self) -> bool:
        return any(each.verdict == BROKEN for each in self.verdicts)

    @property
    def disagrees(self) -> bool:
        return any(each.verdict == DISAGREE for each in self.verdicts)


class Consensus(Record):
    """`score` 0–100, None where too little is known; `coverage` is the known share of all weight."""

    score: float | None
    coverage: float
    known: int
    probes: int
    vetoes: tuple[str, ...] = ()
    disagreeing: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """`consensus 90 (8/10 probes, coverage 0.83)`."""
        score = "n/a" if self.score is None else f"{int(self.score)}"
        return f"consensus {score} ({self.known}/{self.probes} probes, coverage {self.coverage:.2f})"


def consensus(votes: Sequence[Vote]) -> Consensus:
    """What these votes come to."""
    groups = [[vote for vote in votes if vote.probe.group == group] for group in dict.fromkeys(_groups(votes))]
    weighed = [_group(members) for members in groups]
    whole, known = sum(row[0] for row in weighed), sum(row[1] for row in weighed)
    agreed = sum(row[1] * row[2] for row in weighed)
    coverage = known / whole if whole else 0.0
    return Consensus(
        min(100 * agreed / known, 100.0) if known and coverage >= ENOUGH_COVERAGE else None,
        coverage,
        sum(bool(vote.known) for vote in votes),
        len(votes),
        tuple(vote.probe.id for vote in votes if vote.probe.veto and vote.disagrees),
        tuple(vote.probe.id for vote in votes if vote.disagrees),
        tuple(vote.probe.id for vote in votes if vote.is_broken),
    )


def _groups(votes: Iterable[Vote]) -> list[str]:
    return [vote.probe.group for vote in votes]


def _group(members: Sequence[Vote]) -> tuple[float, float, float]:
    """(weight, known weight, agreement) of one group: it weighs as much as its weightiest member, however many."""
    whole, known = sum(vote.weight for vote in members), sum(vote.known_weight for vote in members)
    heaviest = max(vote.weight for vote in members)
    if not known:
        return heaviest, 0.0, 0.0
    agreement = sum(vote.known_weight * vote.agreement for vote in members if vote.known) / known
    return heaviest, heaviest * known / whole, agreement


class Watch(Record):
    """Whether the consensus counts as degraded, over several evaluations."""

    low: int = 0  # evaluations below the limit, in a row
    is_degraded: bool = False

    def after(self, found: Consensus) -> Watch:
        """One evaluation later; one without a score says nothing either way."""
        if found.score is None:
            return self
        if found.score < ENTER_BELOW:
            return Watch(self.low + 1, self.is_degraded or self.low + 1 >= TWICE)
        return Watch(0, self.is_degraded and found.score < LEAVE_AT)


def signals(found: Consensus | None, watch: Watch, disputed: int = 0) -> dict[str, float | None]:
    """The figures that conditions of playbooks may name; None is unknown."""
    if found is None:
        return dict.fromkeys(
            ("consensus_score", "coverage", "agent_failures", "vetoes", "consensus_degraded"), None
        ) | {"disputed_tasks": float(disputed)}
    return {
        "consensus_score": found.score,
        "coverage": found.coverage,
        "agent_failures": float(len(found.broken)),
        "vetoes": float(len(found.vetoes)),
        "consensus_degraded": float(watch.is_degraded),
        "disputed_tasks": float(disputed),
    }
