"""Alerts from elsewhere: a reason to look, never a fact. What is wrong is what wt sees when it looks."""

from __future__ import annotations

from domain.playbooks.conditions import ConditionError, parse
from domain.playbooks.inquiries import Inquiry, mark_of
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from domain.playbooks.escalation import Rule
    from domain.playbooks.playbook import Playbook

    Document = Mapping[str, Any]  # Any: JSON as parsed

MOST_ALERTS, MOST_LABELS, LONGEST = 100, 50, 300
FIELDS = ("schema", "source", "symptom", "playbook", "severity", "status", "labels", "values")
SCHEMA = "wt.alert/1"
FIRING, RESOLVED = "firing", "resolved"
GRAVE = {
    "CRITICAL": frozenset("critical crit fatal error emergency alert page high".split()),
    "INFO": frozenset("info informational none low minor debug notice".split()),
}


class NoAlert(ValueError):
    """Why a document is no alert."""


class Alert(Record):
    """What somebody reported. `values` are kept for people: nothing is reckoned with them."""

    source: str
    symptom: str
    playbook: str = ""
    severity: str = "WARNING"
    status: str = FIRING
    labels: Mapping[str, str] = {}
    values_told: Mapping[str, str] = {}

    @property
    def fingerprint(self) -> str:
        """The same whenever the same is reported again; what is measured anew each time does not count."""
        told = [self.source, self.symptom, self.playbook, *(f"{key}={self.labels[key]}" for key in sorted(self.labels))]
        return mark_of(*told)


# --- reading ----------------------------------------------------------------------------------------------------------


def read(document: object) -> list[Alert]:
    """One alert, a list of them, or what Alertmanager posts to a webhook. Raises NoAlert."""
    if isinstance(document, dict) and isinstance(document.get("alerts"), list):
        rows = document["alerts"]
        return [_of_alertmanager(row) for row in _few(rows)]
    rows = document if isinstance(document, list) else [document]
    return [_plain(row) for row in _few(rows)]


def _few(rows: Sequence[object]) -> Sequence[object]:
    if not 0 < len(rows) <= MOST_ALERTS:
        raise NoAlert(f"it holds {len(rows)} alerts; from 1 to {MOST_ALERTS} are taken")
    return rows


def _plain(row: object) -> Alert:
    if not isinstance(row, dict):
        raise NoAlert("an alert is one JSON object")
    unknown = [str(key) for key in row if key not in FIELDS]
    if unknown:
        raise NoAlert(f"there is no field {unknown[0][:40]!r}; there are {', '.join(FIELDS)}")
    if row.get("schema", SCHEMA) != SCHEMA:
        raise NoAlert(f"its schema is not {SCHEMA}")
    symptom, playbook = _text(row, "symptom"), _text(row, "playbook")
    if not symptom and not playbook:
        raise NoAlert("symptom or playbook is missing")
    return Alert(
        _text(row, "source") or "unnamed",
        symptom or playbook,
        playbook,
        severity(_text(row, "severity")),
        _status(_text(row, "status")),
        _texts(row, "labels"),
        _texts(row, "values"),
    )


def _of_alertmanager(row: object) -> Alert:
    """Its `alertname` is the symptom; the labels `wt_playbook` and `wt_symptom` say what it is about here."""
    if not isinstance(row, dict):
        raise NoAlert("an alert is one JSON object")
    labels, annotations = _texts(row, "labels"), _texts(row, "annotations")
    name = labels.get("wt_symptom") or labels.get("alertname") or annotations.get("summary")
    if not name:
        raise NoAlert("an alert has neither the label alertname nor the annotation summary")
    told = {**annotations, **({"startsAt": _text(row, "startsAt")} if row.get("startsAt") else {})}
    playbook, how = labels.get("wt_playbook", ""), severity(labels.get("severity", ""))
    return Alert("alertmanager", name, playbook, how, _status(_text(row, "status")), labels, told)


def _text(row: Document, key: str) -> str:
    value = row.get(key, "")
    if not isinstance(value, str) or len(value) > LONGEST:
        raise NoAlert(f"{key} must be text of at most {LONGEST} characters")
    return " ".join(value.split())


def _texts(row: Document, key: str) -> dict[str, str]:
    """A mapping of names to plain values, which are only ever shown."""
    value = row.get(key, {})
    if not isinstance(value, dict) or len(value) > MOST_LABELS:
        raise NoAlert(f"{key} must be an object of at most {MOST_LABELS} fields")
    if not all(isinstance(each, (str, int, float, bool)) for each in value.values()):
        raise NoAlert(f"{key} must hold plain values")
    return {str(name)[:LONGEST]: " ".join(str(each).split())[:LONGEST] for name, each in value.items()}


def _status(said: str) -> str:
    if said not in ("", FIRING, RESOLVED):
        raise NoAlert(f"status must be {FIRING} or {RESOLVED}")
    return said or FIRING


def severity(said: str) -> str:
    """The words of other systems in ours; one that nobody knows is a warning."""
    return next((ours for ours, words in GRAVE.items() if said.casefold() in words), "WARNING")


# --- what it is about -------------------------------------------------------------------------------------------------


def concerned(alert: Alert, playbooks: Iterable[Playbook], rules: Iterable[Rule]) -> set[str]:
    """The playbooks that are made for what an alert is about: the one it names, or those that look at the same."""
    known = {playbook.id: playbook for playbook in playbooks}
    named = {alert.playbook, _as_id(alert.symptom)} & known.keys()
    if named:
        return named
    metrics = next((rule.symptom.metrics for rule in rules if rule.name == _as_id(alert.symptom)), None)
    if metrics is None:
        try:
            metrics = parse(alert.symptom).metrics
        except ConditionError:
            return set()
    return {id for id, playbook in known.items() if any(symptom.metrics & metrics for symptom in playbook.symptoms)}


def _as_id(name: str) -> str:
    """`GitSync` and `git-sync` as `git_sync`, which is how playbooks and rules are called."""
    spaced = "".join(f"_{c}" if c.isupper() else c for c in name.replace("-", "_").replace(" ", "_"))
    return "_".join(filter(None, spaced.casefold().split("_")))


def inquiry(alert: Alert, id: str, now: float) -> Inquiry:
    """The question about what no playbook is made for."""
    return Inquiry(
        id,
        now,
        alert.severity,
        f"{alert.source} reports {alert.symptom}",
        alert.fingerprint,
        last_error="no playbook is made for it",
        recommended_action="Look into it where it was reported; then say with an approval that it is put right.",
        documentation="docs/HEALING.md",
        context={"alert": {"labels": dict(alert.labels), "values": dict(alert.values_told)}},
    )
