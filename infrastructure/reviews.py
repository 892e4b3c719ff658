"""What upkeep only looks through: what healing did, what keeps coming back, what waits, whether playbooks help."""

from __future__ import annotations

from domain.commands import wording
from domain.playbooks.guards import FEWEST
from domain.playbooks.learning import learn_from_outcomes
from domain.playbooks.patterns import patterns
from domain.playbooks.report import issues
from domain.playbooks.upkeep import Told

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from domain.playbooks.learning import Tally
    from infrastructure.healing import ProjectHealing
    from infrastructure.healing_world import ProjectWorld
    from infrastructure.playbooks import ProjectPlaybooks

HOPELESS = 0.5  # a playbook that helps less often than this, 95 % sure, is told
SHOWN = 5  # of each kind, in words


class Reviews:
    """Steps of upkeep that change nothing; `since` is when they were taken last, in seconds since 1970."""

    def __init__(self, playbooks: ProjectPlaybooks, world: ProjectWorld, healing: ProjectHealing, since: float) -> None:
        self._playbooks = playbooks
        self._world = world
        self._healing = healing
        self._since = since

    def jobs(self) -> Mapping[str, Callable[[float], Told]]:
        """By the name of the step."""
        return {
            "review_heals": self.review_heals,
            "update_metrics": self.update_metrics,
            "validate_playbooks": self.validate_playbooks,
            "failure_patterns": self.failure_patterns,
            "new_symptoms": self.new_symptoms,
            "review_inbox": self.review_inbox,
            "review_effectiveness": self.review_effectiveness,
        }

    def review_heals(self, _: float) -> Told:
        lately = self._world.past(since=self._since)
        counts = {
            result: sum(o.result == result for o in lately) for result in ("healed", "asked", "escalated", "stopped")
        }
        told = ", ".join(f"{count} {result}" for result, count in counts.items() if count)
        left = len(lately) - counts["healed"]
        number = wording.counted(len(lately), "treatment")
        said = f"{number} since the last time: {told}" if lately else "no treatment since the last time"
        return Told("found" if left else "nothing", said, counts)

    def update_metrics(self, _: float) -> Told:
        measured = self._world.foresight.keep()
        near = [each.line for each in self._world.foresight.predictions() if each.is_near]
        if near:
            return Told("found", "; ".join(near), {"foreseen": near})
        return Told(
            "done" if measured else "nothing", "measured; nothing is foreseen" if measured else "measured lately"
        )

    def validate_playbooks(self, _: float) -> Told:
        problems = self._playbooks.problems()
        lessons = learn_from_outcomes(self._world.past()).values()
        hopeless = [each.playbook_id for each in lessons if _is_hopeless(each.tally)]
        said = [*problems, *(f"{id} helps in less than half of its treatments" for id in hopeless)]
        whole = f"{len(self._playbooks.library.playbooks)} playbooks are valid, and none is known not to help"
        return Told(
            "found" if said else "nothing", "; ".join(said) or whole, {"refused": problems, "hopeless": hopeless}
        )

    def failure_patterns(self, _: float) -> Told:
        recurring = [
            f"{row['cause']} failed {row['failures']} times" for row in self._healing.statistics()["recurring"]
        ]
        past = self._world.past()
        again = [pattern.said for pattern in patterns(past, issues(past))]
        said = [*recurring[:SHOWN], *again[:SHOWN]]
        return Told("found" if said else "nothing", "; ".join(said) or "nothing keeps coming back", {"patterns": said})

    def new_symptoms(self, _: float) -> Told:
        asked = [standing.inquiry for standing in self._world.inquiries() if not standing.inquiry.playbook_id]
        said = list(dict.fromkeys(inquiry.symptom for inquiry in asked))
        whole = "every alarm so far has a playbook"
        return Told(
            "found" if said else "nothing", f"no playbook for: {', '.join(said)}" if said else whole, {"alarms": said}
        )

    def review_inbox(self, _: float) -> Told:
        waiting = [standing.inquiry for standing in self._world.inquiries() if standing.state == "open"]
        said = [f"{inquiry.id}: {inquiry.symptom}" for inquiry in waiting]
        return Told("found" if said else "nothing", "; ".join(said) or "nothing waits for a person", {"waiting": said})

    def review_effectiveness(self, _: float) -> Told:
        tallies = {id: lesson.tally for id, lesson in learn_from_outcomes(self._world.past()).items()}
        said = "; ".join(f"{id}: {counted.text}" for id, counted in tallies.items())
        rows = {id: counted.to_document() for id, counted in tallies.items()}
        return Told("nothing", said or "no playbook was used yet", {"playbooks": rows})


def _is_hopeless(counted: Tally) -> bool:
    return counted.trials >= FEWEST and counted.interval[1] < HOPELESS
