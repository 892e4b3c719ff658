"""Alerts as values: what is taken, what they are about, and that what they say overrules nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.playbooks.alerts import Alert, NoAlert, concerned, inquiry, read, severity
from domain.playbooks.conditions import parse
from domain.playbooks.escalation import Rule
from tests.playbooks.worlds import made

DRIFT = made("markdown_drift", symptom="pages_stale > 0")
SYNC = made("git_sync", symptom='sync_state == "behind"')
RULES = (Rule("git_sync_issues", parse('sync_state == "diverged"'), "immediate"),)
SMALL: dict[str, Any] = {"source": "ci", "symptom": "pages_stale > 0"}
ALERTMANAGER = {
    "version": "4",
    "status": "firing",
    "receiver": "wt",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "MarkdownDrift", "severity": "critical"},
            "annotations": {"summary": "pages are stale"},
            "startsAt": "2026-01-05T09:00:00Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://prometheus/graph",
            "fingerprint": "b4",
        },
        {"status": "resolved", "labels": {"alertname": "DiskFull"}, "annotations": {}},
    ],
}


def test_one_alert_or_several_are_taken() -> None:
    (alert,) = read(SMALL)
    assert (alert.source, alert.symptom, alert.severity, alert.status) == ("ci", "pages_stale > 0", "WARNING", "firing")
    assert len(read([SMALL, SMALL])) == 2


def test_what_alertmanager_posts_is_taken() -> None:
    first, second = read(ALERTMANAGER)
    assert (first.symptom, first.severity, first.status) == ("MarkdownDrift", "CRITICAL", "firing")
    assert second.status == "resolved"
    assert concerned(first, (DRIFT, SYNC), RULES) == {"markdown_drift"}


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ([], "it holds 0 alerts"),
        ([SMALL] * 101, "it holds 101 alerts"),
        ("text", "an alert is one JSON object"),
        ({"source": "x"}, "symptom or playbook is missing"),
        (SMALL | {"symptoms": "x"}, "there is no field 'symptoms'"),
        (SMALL | {"symptom": 7}, "symptom must be text"),
        (SMALL | {"symptom": "x" * 301}, "symptom must be text of at most 300"),
        (SMALL | {"labels": {"a": {}}}, "labels must hold plain values"),
        (SMALL | {"labels": {str(n): 1 for n in range(51)}}, "labels must be an object of at most 50"),
        (SMALL | {"status": "on fire"}, "status must be firing or resolved"),
        (SMALL | {"schema": "wt.alert/2"}, "its schema is not wt.alert/1"),
        ({"alerts": [{"labels": {}}]}, "neither the label alertname nor the annotation summary"),
        ({"alerts": ["x"]}, "an alert is one JSON object"),
    ],
)
def test_what_is_no_alert_is_refused_with_the_reason(document: object, why: str) -> None:
    with pytest.raises(NoAlert, match=why):
        read(document)


@pytest.mark.parametrize(
    ("fields", "ids"),
    [
        ({"symptom": "pages_stale > 100"}, {"markdown_drift"}),
        ({"playbook": "git_sync"}, {"git_sync"}),
        ({"symptom": "Git Sync"}, {"git_sync"}),
        ({"symptom": "git_sync_issues"}, {"git_sync"}),
        ({"symptom": "the coffee is cold"}, set()),
        ({"symptom": "circuits_open > 1"}, set()),
        ({"playbook": "no_such"}, set()),
    ],
)
def test_an_alert_concerns_what_looks_at_the_same(fields: dict[str, str], ids: set[str]) -> None:
    (alert,) = read({"source": "ci", **fields})
    assert concerned(alert, (DRIFT, SYNC), RULES) == ids


@pytest.mark.parametrize(
    ("said", "ours"), [("page", "CRITICAL"), ("Error", "CRITICAL"), ("info", "INFO"), ("", "WARNING")]
)
def test_severities_of_others_are_read(said: str, ours: str) -> None:
    assert severity(said) == ours


def test_what_is_measured_anew_is_the_same_alert() -> None:
    (one,), (two,), (other,) = (read(SMALL | {"values": {"n": n}}) for n in (1, 2, 3))
    assert one.fingerprint == two.fingerprint == other.fingerprint
    assert read(SMALL | {"labels": {"host": "b"}})[0].fingerprint != one.fingerprint


def test_a_question_about_an_alert_sets_nothing_free() -> None:
    asked = inquiry(Alert("ci", "the coffee is cold", severity="CRITICAL", labels={"floor": "2"}), "q", 1.0)
    assert (asked.severity, asked.symptom, asked.allows) == ("CRITICAL", "ci reports the coffee is cold", ())
    assert asked.context["alert"]["labels"] == {"floor": "2"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(JSON | st.fixed_dictionaries({}, optional=dict.fromkeys(("symptom", "labels", "alerts", "severity"), JSON)))
def test_whatever_is_sent_is_an_alert_or_refused(document: object) -> None:
    try:
        alerts = read(document)
    except NoAlert:
        return
    assert all(alert.symptom and len(alert.fingerprint) == 12 for alert in alerts)
