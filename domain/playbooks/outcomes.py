"""What became of a treatment: a line of the outcome log, the truth that everything learnt is drawn from."""

from __future__ import annotations

from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
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
    approved_by: str = ""  # whoever agreed to what is risky in it
    foretold: tuple[Mapping[str, Any], ...] = ()  # what it rests on that something was to come; `line` says it in words

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
            "foretold": [dict(each) for each in self.foretold],
            "diagnosis": dict(self.diagnosis),
            "steps": [dict(step.values()) | {"objects": list(step.objects)} for step in self.steps],
        }
        return {"schema": SCHEMA, "success": self.success, "actions_taken": list(self.actions_taken), **plain}


def outcomes_of(lines: Iterable[object]) -> list[HealingOutcome]:
    """The outcomes among the lines of a log, oldest first; what is torn or of another kind is passed over."""
    return [found for line in lines if isinstance(line, dict) and (found := outcome_of(line)) is not None]


def outcome_of(line: Document) -> HealingOutcome | None:
    """None for a line of another kind. A field that a line does not have yet has its default."""
    if line.get("schema") != SCHEMA:
        return None
    try:
        known = HealingOutcome._defaults
        fields = {
            name: line[name] if name not in known else line.get(name, known[name]) for name in HealingOutcome._fields
        }
        given = {name: read(fields[name]) for name, read in READ.items()}
        return HealingOutcome(**fields | given)
    except (KeyError, TypeError, ValueError):
        return None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("no text")
    value.encode()  # half a character is no text, either
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError("no whole number")
    return value


def _taken(row: Document) -> Taken:
    texts = {name: _text(row[name]) for name in ("action", "stage", "risk", "result")}
    return Taken(**{**row, **texts, "objects": tuple(row["objects"])})


READ: Mapping[str, Callable[[Any], object]] = {  # Any: JSON as parsed
    "version": _whole,
    "attempts": _whole,
    "timestamp": float,
    "duration": float,
    "symptoms": lambda rows: tuple(map(str, rows)),
    "steps": lambda rows: tuple(map(_taken, rows)),
    "diagnosis": dict,
    "foretold": lambda rows: tuple(map(dict, rows)),
    **dict.fromkeys(
        "id playbook_id result fingerprint lineage stage error inquiry trigger session_id digest layer"
        " approved_by".split(),
        _text,
    ),
}
