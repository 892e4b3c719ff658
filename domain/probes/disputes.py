"""Tasks that are called complete while a probe disagrees: both sides' evidence, and never a change of the claim."""

from __future__ import annotations

from domain.probes.verdicts import AGREE, DISAGREE
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from domain.probes.verdicts import Verdict
    from domain.tracker import Task, Tracker


class Dispute(Record):
    """A claim and what speaks against it. It stands while the task is complete since `completed_at`."""

    uid: str
    since: str
    completed_at: str | None
    claim: tuple[str, ...]
    reality: Mapping[str, Sequence[str]]  # probe -> its evidence

    @property
    def told(self) -> str:
        """`Claimed: complete since …, E1 by dana: README.md. Reality: artefact-there: E1 names README.md, …`."""
        against = "; ".join(
            f"{probe}: {', '.join(evidence) or 'disagrees'}" for probe, evidence in self.reality.items()
        )
        return f"Claimed: {', '.join(self.claim)}. Reality: {against}."


def stands(dispute: Dispute, task: Task) -> bool:
    """Whether the claim that is disputed is still made."""
    return task.status == "complete" and task.completed_at == dispute.completed_at


def settled(
    tracker: Tracker, earlier: Iterable[Dispute], said: Iterable[tuple[str, Verdict]], now: str
) -> tuple[Dispute, ...]:
    """The disputes of this tracker after probes (id, verdict) spoke; one that does not know changes nothing."""
    standing = {each.uid: each for each in earlier}
    found: dict[str, dict[str, Sequence[str]]] = {}
    for probe, verdict in said:
        against = found.setdefault(
            verdict.about, dict(standing[verdict.about].reality) if verdict.about in standing else {}
        )
        if verdict.verdict == DISAGREE:
            against[probe] = verdict.evidence
        elif verdict.verdict == AGREE:
            against.pop(probe, None)
    kept = {uid: dispute.reality for uid, dispute in standing.items()} | found
    return tuple(
        _dispute(place.item, against, standing.get(uid), now)
        for uid, against in kept.items()
        if against and (place := tracker.find(uid)) is not None and place.item.status == "complete"
    )


def _dispute(task: Task, against: Mapping[str, Sequence[str]], earlier: Dispute | None, now: str) -> Dispute:
    since = earlier.since if earlier is not None and stands(earlier, task) else now
    return Dispute(task.uid, since, task.completed_at, _claim(task), against)


def _claim(task: Task) -> tuple[str, ...]:
    """What speaks for the task being complete."""
    pieces = tuple(f"{piece.id} by {piece.by}: {piece.content.partition(chr(10))[0][:80]}" for piece in task.evidence)
    return (f"complete since {(task.completed_at or '?')[:10]}", *(pieces or ("no evidence",)))


# --- where they are shown ---------------------------------------------------------------------------------------------


def of_tracker(tracker: Tracker, disputes: Iterable[Dispute]) -> dict[str, Dispute]:
    """id -> dispute, of those whose claim is still made."""
    found = ((tracker.find(dispute.uid), dispute) for dispute in disputes)
    return {place.id: dispute for place, dispute in found if place is not None and stands(dispute, place.item)}


def concerning(disputed: Mapping[str, Dispute], data: object, *, all_of_them: bool) -> dict[str, Dispute]:
    """Those of the tasks that an answer shows; all of them for one that speaks of no item, if that is wanted."""
    shown = {id for id in _ids(data) if "." in id}
    if not shown and all_of_them:
        return dict(disputed)
    return {id: dispute for id, dispute in disputed.items() if id in shown}


def _ids(data: object) -> Iterable[str]:
    """Every id in an answer's data, at any depth."""
    rest = [data]
    while rest:
        part = rest.pop()
        if isinstance(part, dict):
            if isinstance(part.get("id"), str):
                yield part["id"]
            rest += part.values()
        elif isinstance(part, (list, tuple)):
            rest += part
