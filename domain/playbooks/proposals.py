"""A better version of a playbook, as it is laid before a person: what is different, and what speaks for it."""

from __future__ import annotations

from hashlib import blake2b

from domain.playbooks.inquiries import DAY, Inquiry
from domain.playbooks.learning import Tally
from domain.playbooks.writing import document_of
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from domain.playbooks.evolution import Beaten, Contest
    from domain.playbooks.playbook import Playbook

    Document = Mapping[str, Any]  # Any: plain values all through

SCHEMA = "wt.proposal/1"
KIND = "proposal"  # of the inquiry
TIME_TO_LIVE = 30 * DAY
OPEN, ACCEPTED, REJECTED = "open", "accepted", "rejected"


class Proposal(Record):
    """`text` is the whole file as it would be, `diff` how it differs; `base` is the digest of the playbook as it is.

    `mark` is the same for every proposal that says the same. Times are in seconds since 1970.
    """

    id: str
    at: float
    playbook_id: str
    version: int
    variation: str
    said: str
    base: str
    mark: str
    text: str
    diff: tuple[str, ...]
    evidence: Document
    state: str = OPEN
    by: str = ""

    def to_document(self) -> dict[str, Any]:
        return {"schema": SCHEMA, **dict(self.values()), "diff": list(self.diff), "evidence": dict(self.evidence)}


def proposal_of(document: object) -> Proposal | None:
    """What `to_document` gave; None for anything else."""
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        return None
    try:
        return Proposal(**{name: document[name] for name in Proposal._fields} | {"diff": tuple(document["diff"])})
    except (KeyError, TypeError):
        return None


def mark_of(playbook: Playbook) -> str:
    """Of what it does, whatever its version and its evidence: what was rejected once is not proposed again."""
    rows = {key: value for key, value in document_of(playbook)["playbook"].items() if key not in UNMARKED}
    return blake2b(repr(rows).encode(), digest_size=8).hexdigest()


UNMARKED = ("version", "evidence", "success_rate", "last_updated")


def evidence_of_contest(found: Contest, faults: Sequence[str]) -> dict[str, Any]:
    """What the fault corpus says, with n and interval."""
    return {
        "where": f"fault corpus: {', '.join(faults)}",
        "before": found.before.to_document(),
        "after": found.after.to_document(),
        "played": found.played,
        "won": found.won,
        "drawn": found.drawn,
        "decision": found.verdict.decision,
        "decided_after": found.verdict.n,
    }


def evidence_of_log(found: Beaten) -> dict[str, Any]:
    """What the log of this project says, with n and interval."""
    return {
        "where": "the outcomes of this project",
        "before": {"stage": found.stage, **found.before.to_document()},
        "after": {"stage": found.by, **found.after.to_document()},
        "tested_against": found.verdict.against,
        "decision": found.verdict.decision,
        "decided_after": found.verdict.n,
    }


def in_words(evidence: Document) -> str:
    """What speaks for it, with n and interval."""
    before, after = (Tally(evidence[key]["helped"], evidence[key]["n"]).text for key in ("before", "after"))
    games = f": better in {evidence['won']} of {evidence['played']} trials" if "played" in evidence else ""
    decided = f"{evidence['decision']} after {evidence['decided_after']}"
    return f"{evidence['where']}{games}; helped before in {before}, after in {after}; {decided}"


def inquiry_of(proposal: Proposal) -> Inquiry:
    """The question whether to take it; nobody answering in time leaves everything as it is."""
    return Inquiry(
        proposal.id,
        proposal.at,
        "INFO",
        f"Playbook {proposal.playbook_id}, version {proposal.version}: {proposal.said}",
        proposal.mark,
        recommended_action=f"Look at the difference; take it with: wt approve {proposal.id}",
        documentation="docs/HEALING.md",
        ttl=TIME_TO_LIVE,
        context={
            "playbook": proposal.playbook_id,
            "evidence": in_words(proposal.evidence),
            "diff": list(proposal.diff),
        },
        kind=KIND,
    )
