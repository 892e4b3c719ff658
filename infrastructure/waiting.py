"""What waits for a person beside inquiries: requests of consent, disputed tasks, what two branches disagree about."""

from __future__ import annotations

from domain.commands.merging import disagreements
from domain.errors import WtError
from domain.playbooks.inbox import CONFLICT, CONSENT, DISPUTE, Waiting
from domain.probes.disputes import of_tracker
from infrastructure.probe_state import ProbeState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.probes.disputes import Dispute
    from domain.tracker import Tracker
    from infrastructure.consents import ProjectConsents
    from infrastructure.trackers import ProjectTrackers


def of_consent(consents: ProjectConsents) -> Iterator[Waiting]:
    """Requests that nobody has answered."""
    for request in consents.waiting():
        yield Waiting(
            request.id,
            CONSENT,
            request.what,
            at=request.asked_at,
            until=request.expires_at,
            details=(request.shown, f"asked by {request.by}, in session {request.session}"),
            answer=f"wt approve {request.id}, or wt deny {request.id}",
        )


def of_trackers(root: str, trackers: ProjectTrackers) -> Iterator[Waiting]:
    """Disputes and conflicts of every tracker that can be read; another command says what is wrong with the rest."""
    disputes = ProbeState(root).disputes()
    for name in trackers.names():
        try:
            tracker = trackers.open(name).read().tracker
        except (WtError, OSError):
            continue
        for id, dispute in of_tracker(tracker, disputes.get(tracker.uid, ())).items():
            yield _dispute(id, dispute, name)
        yield from _conflicts(tracker, name)


def _dispute(id: str, dispute: Dispute, name: str) -> Waiting:
    return Waiting(
        id,
        DISPUTE,
        f"task {id} of {name} is complete, and reality disagrees",
        details=(dispute.told,),
        answer=f'put it right and say wt "reality check", or wt "reopen {id}"',
    )


def _conflicts(tracker: Tracker, name: str) -> Iterator[Waiting]:
    for id, field, ours, theirs in disagreements(tracker):
        yield Waiting(
            id,
            CONFLICT,
            f"two branches disagree about the {field} of {id} in {name}",
            details=(f"ours: {ours}", f"theirs: {theirs}"),
            answer=f'wt "settle {id} with ours", or wt "settle {id} with theirs"',
        )
