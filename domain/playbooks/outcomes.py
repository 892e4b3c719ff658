"""What became of a treatment: a line of the outcome log, the truth that everything learnt is drawn from."""

from __future__ import annotations

from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    Document = Mapping[str, Any]  # Any: an object of JSON

SCHEMA = "wt.outcome/1"
RESULTS = {
    "healed": "the symptoms are gone, what the playbook calls proof holds, and nothing was lost",
    "asked": "what comes next needs a person's leave: an inquiry was left",
    "escalated": "nothing helped, or it is for a person from the start: an inquiry was left",
    "stopped": "a guard ended it: a state came back, time was over, something would have been lost, a person said so",
}


class Taken(Record):
    """One action of a treatment. `result`: done, nothing (no object was found), failed, refused.

    `state` is the digest of the objects before; `is_back` says that they were put back afterwards, digest for digest.
    """

    action: str
    stage: str
    risk: str
    result: str
    objects: tuple[str, ...] = ()
    said: str = ""
    duration: float = 0.0
    state: str = ""
    is_back: bool | None = None


class HealingOutcome(Record):
    """One treatment by one playbook. Times are in seconds, `timestamp` since 1970.

    `fingerprint` is the same whenever the same trouble comes again; `lineage` is the same for everything that one run
    of healing did. `attempts` counts stages that were tried; `stage` is the one that helped.
    """

    id: str
    playbook_id: str
    version: int
    timestamp: float
    symptoms: tuple[str, ...]
    result: str
    fingerprint: str
    lineage: str
    duration: float = 0.0
    attempts: int = 0
    stage: str = ""
    steps: tuple[Taken, ...] = ()
    diagnosis: Mapping[str, bool | None] = {}
    error: str = ""
    inquiry: str = ""
    trigger: str = "manual"
    session_id: str = ""
    digest: str = ""  # of the playbook
    layer: str = ""

    @property
    def success(self) -> bool:
        return self.result == "healed"

    @property
    def actions_taken(self) -> tuple[str, ...]:
        """What did something, in order."""
        return tuple(step.action for step in self.steps if step.result == "done")

    def to_document(self) -> dict[str, Any]:
        """Its line of the log."""
        plain = dict(self.values()) | {
            "symptoms": list(self.symptoms),
            "diagnosis": dict(self.diagnosis),
            "steps": [dict(step.values()) | {"objects": list(step.objects)} for step in self.steps],
        }
        return {"schema": SCHEMA, "success": self.success, "actions_taken": list(self.actions_taken), **plain}


def outcomes_of(lines: Iterable[object]) -> list[HealingOutcome]:
    """The outcomes among the lines of a log, oldest first; what is torn or of another kind is passed over."""
    return [found for line in lines if isinstance(line, dict) and (found := outcome_of(line)) is not None]


def outcome_of(line: Document) -> HealingOutcome | None:
    if line.get("schema") != SCHEMA:
        return None
    try:
        fields = {name: line[name] for name in HealingOutcome._fields}
        steps = tuple(Taken(**row | {"objects": tuple(row["objects"])}) for row in fields["steps"])
        symptoms = tuple(map(str, fields["symptoms"]))
        return HealingOutcome(
            **fields | {"steps": steps, "symptoms": symptoms, "timestamp": float(fields["timestamp"])}
        )
    except (KeyError, TypeError, ValueError):
        return None
