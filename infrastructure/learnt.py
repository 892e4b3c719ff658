"""What was learnt in a project, for those who ask: the report, what stages have done, better versions of playbooks."""

from __future__ import annotations

from domain.playbooks import report
from domain.playbooks.learning import learn_from_outcomes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from domain.playbooks.evolution import Replayed
    from domain.playbooks.loading import Library
    from domain.playbooks.playbook import Playbook, Stage
    from domain.playbooks.prevention import Judgement
    from infrastructure.evolution import Evolution
    from infrastructure.healing_world import ProjectWorld

    Document = Mapping[str, Any]  # Any: plain values all through


def reported(
    root: str, world: ProjectWorld, library: Library, since: str | None, judged: Sequence[Judgement]
) -> Document:
    """The report of healing since `7d`, `2026-11-01` or `ever`. Raises Refused for another time."""
    from infrastructure.evolution import accepted

    now = world.now()
    begins = report.beginning(since or report.DEFAULT_SINCE, now)
    titles = {playbook.id: playbook.title for playbook in library.playbooks}
    taken = {(each.playbook_id, each.version): each.said for each in accepted(root)}
    return report.report(world.past(), world.inquiries(), titles, begins, now, taken, judged)


def of_stages(world: ProjectWorld, playbook: Playbook, order: Sequence[Stage]) -> list[Document]:
    """What its stages have done here, in the order in which they would be tried now."""
    known = learn_from_outcomes(world.past(playbook.id)).get(playbook.id)
    if known is None:
        return []
    names = [stage.name for stage in order if stage.name in known.stages]
    return [{"stage": name, **known.stages[name].to_document()} for name in names]


def evolution(root: str, world: ProjectWorld, library: Library, by: str) -> Evolution:
    """What tries variations and takes answers; `by` is who answers."""
    from infrastructure.evolution import Evolution

    return Evolution(
        root, library, world.past(), replay=_replayed, ask=world.ask, new_id=world.new_id, now=world.now(), by=by
    )


def _replayed(playbook: str, text: str, faults: Sequence[str], seed: int) -> Sequence[Replayed]:
    from infrastructure.selftest import replay

    return replay(playbook, text, faults, seed=seed)
