"""When a person is asked whatever a playbook says: rules over all of them, which can only make healing stricter."""

from __future__ import annotations

from domain.playbooks.fields import CONDITION, DURATION_KIND, NAME, SEVERITY, Field, Wrong, mapping, whole
from domain.playbooks.loading import Problem
from domain.playbooks.playbook import SEVERITIES
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from domain.playbooks.conditions import Condition
    from domain.playbooks.loading import Source
    from domain.playbooks.playbook import Playbook

MOST_RULES = 100
WHEN = {
    "immediate": "a person is asked as soon as it is so",
    "after_attempts": "a person is asked when so many treatments in a row have not helped",
    "time_based": "a person is asked when it has lasted longer",
}
_NAMED = (
    Field("name", NAME, "what it is called; a rule of the project replaces the built-in one of that name", True),
    Field("symptom", CONDITION, "a condition; alone also the name of a built-in rule", True),
    Field("severity", SEVERITY, "of the inquiry, where the playbook's own is not higher"),
)
ROWS = {
    "immediate": mapping(_NAMED),
    "after_attempts": mapping((*_NAMED, Field("max_attempts", whole(1, 10), "treatments without success", True))),
    "time_based": mapping((*_NAMED, Field("max_duration", DURATION_KIND, "for so long", True))),
}


class Rule(Record):
    """From when on nothing above R1 is done about a trouble without a person's leave. `max_duration` is in seconds."""

    name: str
    symptom: Condition
    when: str  # a row of WHEN
    severity: str = "WARNING"
    max_attempts: int = 0
    max_duration: float = 0.0
    origin: str = ""

    def concerns(self, playbook: Playbook) -> bool:
        """Whether it speaks of what the playbook is made for."""
        return any(symptom.metrics & self.symptom.metrics for symptom in playbook.symptoms)

    def hands_over(self, attempts: int, lasted: float) -> str | None:
        """Why a person is asked, of a trouble whose symptom holds; None while nobody need be."""
        if self.when == "after_attempts":
            return f"{self.name}: {attempts} treatments have not helped" if attempts >= self.max_attempts else None
        if self.when == "time_based":
            return f"{self.name}: it has lasted {lasted:.0f} s" if lasted > self.max_duration else None
        return f"{self.name} is for a person at once"


class Handed(Record):
    """That rules hand a trouble to a person: why, and how grave it is then."""

    why: str = ""
    severity: str = "INFO"
    at_once: bool = False


def handed(rules: Iterable[Rule], attempts: int, lasted: float) -> Handed:
    """What rules whose symptoms hold come to, together."""
    found = Handed()
    for rule in rules:
        why = rule.hands_over(attempts, lasted)
        if why is not None:
            severity, at_once = graver(found.severity, rule.severity), found.at_once or rule.when == "immediate"
            found = Handed("; ".join(filter(None, (found.why, why))), severity, at_once)
    return found


def graver(one: str, other: str) -> str:
    return max(one, other, key=SEVERITIES.index)


# --- reading ----------------------------------------------------------------------------------------------------------


def load(sources: Iterable[Source]) -> tuple[tuple[Rule, ...], tuple[Problem, ...]]:
    """The rules in force, and what is wrong with others: one wrong rule keeps no other from being used.

    A later file's rule replaces an earlier file's of the same name.
    """
    known: dict[str, Rule] = {}
    problems: list[Problem] = []
    for source in sources:
        names: set[str] = set()
        for found in _rules(source, {rule.name: rule.symptom.text for rule in known.values()}):
            if isinstance(found, Problem):
                problems.append(found)
            elif found.name in names:
                problems.append(Problem(source.origin, 1, f"there are two rules {found.name}"))
            else:
                names.add(found.name)
                known[found.name] = found
    return tuple(known.values()), tuple(problems)


def _rules(source: Source, named: Mapping[str, str]) -> Iterator[Rule | Problem]:
    data = source.data
    if not isinstance(data, dict) or not isinstance(data.get("escalation"), dict) or len(data) != 1:
        yield source.problem("", "an escalation file holds one mapping, escalation")
        return
    for when, rows in data["escalation"].items():
        path = f"escalation.{when}"
        if when not in ROWS:
            yield source.problem(path, f"there is no field {when!r}; there are {', '.join(ROWS)}")
        elif not isinstance(rows, list) or len(rows) > MOST_RULES:
            yield source.problem(path, f"this must be a list of at most {MOST_RULES} rules")
        else:
            yield from (_rule(source, when, _whole(row, named), f"{path}[{at}]") for at, row in enumerate(rows))


def _whole(row: object, named: Mapping[str, str]) -> object:
    """A symptom that is the name of a known rule, as the masterplan writes it, stands for that rule's condition."""
    if isinstance(row, dict) and "name" not in row and str(row.get("symptom")) in named:
        return {**row, "name": row["symptom"], "symptom": named[row["symptom"]]}
    return row


def _rule(source: Source, when: str, row: object, path: str) -> Rule | Problem:
    try:
        read: Mapping[str, Any] = ROWS[when].read(row, path)  # Any: of the types of the fields above
    except Wrong as error:
        return source.problem(error.path, error.reason)
    severity = "CRITICAL" if when == "immediate" else "WARNING"
    return Rule(**{"severity": severity, **read}, when=when, origin=source.origin)


def json_schema() -> dict[str, Any]:  # Any: JSON Schema
    """JSON Schema of `.ecw/escalation.yaml` (docs/escalation.schema.json)."""
    rows = {when: _list_of(kind.schema, WHEN[when]) for when, kind in ROWS.items()}
    inner = {"type": "object", "properties": rows, "additionalProperties": False}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Escalation rules of wt",
        "type": "object",
        "properties": {"escalation": inner},
        "required": ["escalation"],
        "additionalProperties": False,
    }


def _list_of(row: Mapping[str, Any], meaning: str) -> dict[str, Any]:  # Any: JSON Schema
    """The name may be left out where the symptom is one."""
    required = [key for key in row["required"] if key != "name"]
    return {"description": meaning, "type": "array", "items": {**row, "required": required}, "maxItems": MOST_RULES}
