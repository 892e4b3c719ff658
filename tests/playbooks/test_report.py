"""The report of healing: a pure function of the log whose figures add up and name what they count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.commands.healing_reports import markdown, page
from domain.errors import Refused
from domain.playbooks.inquiries import Inquiry, Standing
from domain.playbooks.outcomes import HealingOutcome, Taken
from domain.playbooks.patterns import patterns, tail
from domain.playbooks.report import ENDS, beginning, issues, report
from tests.playbooks.histories import outcome

HOUR, DAY = 3600.0, 86_400.0
NOON = 20_316 * DAY + 12 * HOUR  # 2025-08-16


def told(*outcomes: HealingOutcome, since: float | None = 0.0, asked: tuple[Standing, ...] = ()) -> Mapping[str, Any]:
    """Any: the document of a report."""
    return report(outcomes, asked, {"consensus_degradation": "Consensus Degradation"}, since, NOON + 2 * HOUR)


def counts(found: Mapping[str, Any]) -> list[int]:  # Any: the document of a report
    return [found["summary"][end]["helped"] for end in ENDS]


def clock(at: float) -> str:
    minutes = int(at // 60)
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"


# --- issues -----------------------------------------------------------------------------------------------------------


def test_a_trouble_that_needed_two_treatments_is_one_issue_and_one_that_came_back_another() -> None:
    rows = [
        outcome("a", "escalated", timestamp=100.0),
        outcome("b", timestamp=200.0),
        outcome("c", timestamp=300.0),
        outcome("d", "escalated", fingerprint="other", timestamp=250.0),
    ]
    assert [issue.ids for issue in issues(rows)] == [("a", "b"), ("d",), ("c",)]


def test_recovery_lasts_from_the_first_treatment_to_the_end_of_the_last() -> None:
    rows = [outcome("a", "escalated", timestamp=100.0, duration=10.0), outcome("b", timestamp=190.0, duration=1.0)]
    assert issues(rows)[0].recovery == 100.0
    set_back = [outcome("a", "escalated", timestamp=1e6), outcome("b", timestamp=5.0, duration=2.0)]
    assert issues(set_back)[0].recovery == 2.0


@pytest.mark.parametrize(
    ("rows", "end"),
    [
        ([outcome("a")], "resolved"),
        ([outcome("a", approved_by="dana")], "agreed"),
        ([outcome("a", "asked", inquiry="i1"), outcome("b")], "agreed"),
        ([outcome("a", "stopped"), outcome("b")], "resolved"),
        ([outcome("a", "asked", inquiry="i1")], "escalated"),
        ([outcome("a", "escalated")], "escalated"),
        ([outcome("a", "stopped")], "stopped"),
    ],
)
def test_what_a_person_had_a_hand_in_was_not_resolved_by_itself(rows: list[HealingOutcome], end: str) -> None:
    assert [issue.ended for issue in issues(rows)] == [end]


# --- figures ----------------------------------------------------------------------------------------------------------

LOGS = st.lists(
    st.tuples(
        st.sampled_from(["healed", "asked", "escalated", "stopped"]),
        st.sampled_from(["one", "two", "three"]),
        st.floats(0, 100),
        st.sampled_from(["", "dana"]),
    ),
    max_size=20,
).map(
    lambda rows: [
        outcome(
            f"o{number}", result, fingerprint=mark, timestamp=10.0 * number, duration=took, approved_by=by, inquiry=by
        )
        for number, (result, mark, took, by) in enumerate(rows)
    ]
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(LOGS, st.floats(0, 300))
def test_totals_add_up_and_every_figure_names_treatments_of_the_log(log: list[HealingOutcome], since: float) -> None:
    found = told(*log, since=since)
    summary = found["summary"]
    assert sum(counts(found)) == summary["total"] == len(found["healings"]) + len(found["escalations"])
    counted = [id for end in ENDS for id in summary[end]["ids"]]
    listed = [id for row in (*found["healings"], *found["escalations"]) for id in row["ids"]]
    assert sorted(counted) == sorted(listed) and len(set(counted)) == len(counted)
    assert set(counted) <= {o.id for o in log}
    assert {o.id for o in log if o.timestamp >= since} <= set(counted)  # nothing is left out
    recoveries = [row["recovery"] for row in found["healings"]]
    if recoveries:
        assert summary["recovery"]["mean"] == pytest.approx(sum(recoveries) / len(recoveries))
    assert told(*log, since=since) == found


def test_below_ten_no_rate_is_told_but_n_and_interval_are() -> None:
    nine = [outcome(f"o{n}", fingerprint=f"m{n}") for n in range(9)]
    assert told(*nine)["summary"]["resolved"] | {"ids": 0} == {
        "helped": 9,
        "n": 9,
        "rate": None,
        "interval": [pytest.approx(0.70, abs=0.01), 1.0],
        "ids": 0,
    }
    assert told(*nine, outcome("o9", fingerprint="m9"))["summary"]["resolved"]["rate"] == 1.0


def test_insights_compare_the_period_with_what_was_before() -> None:
    old = [outcome(f"a{n}", "escalated", timestamp=1.0, fingerprint=f"m{n}") for n in range(20)]
    new = [outcome(f"b{n}", timestamp=100.0, fingerprint=f"n{n}", version=2) for n in range(20)]
    found = told(*old, *new, since=50.0)
    (action,) = found["insights"]["actions"]
    assert (action["action"], action["helped"]["helped"], action["trend"]) == ("redraw_pages", 20, "+100 points")
    (change,) = found["evolution"]
    assert (change["from"], change["to"], change["before"]["rate"], change["after"]["rate"]) == (1, 2, 0.0, 1.0)


def test_an_action_that_was_taken_back_did_not_help() -> None:
    first = Taken("fetch", "first", "R1", "done", is_back=True)
    row = outcome("a", "healed", "redraw_pages")
    found = told(row.replace(steps=(first, *row.steps)))["insights"]["actions"]
    assert {each["action"]: each["helped"]["helped"] for each in found} == {"fetch": 0, "redraw_pages": 1}


# --- when it begins ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "begins"),
    [("7d", NOON - 7 * DAY), ("12h", NOON - 12 * HOUR), ("2025-08-16", NOON - 12 * HOUR), ("ever", None)],
)
def test_a_report_begins_where_it_is_told(said: str, begins: float | None) -> None:
    assert beginning(said, NOON) == begins


@pytest.mark.parametrize("said", ["soon", "2025-02-30", "-3d", "7", ""])
def test_what_is_no_time_to_begin_with_is_refused(said: str) -> None:
    with pytest.raises(Refused):
        beginning(said, NOON)


# --- patterns ---------------------------------------------------------------------------------------------------------


def found_in(*rows: HealingOutcome) -> list[tuple[str, str]]:
    return [(found.kind, found.said) for found in patterns(rows, issues(rows))]


def test_troubles_that_begin_every_morning_are_a_pattern() -> None:
    rows = [outcome(f"o{day}", timestamp=day * 10 * DAY + 7 * HOUR) for day in range(8)]
    assert found_in(*rows) == [("time of day", "8 of 8 troubles of drift began between 6:00 and 12:00 UTC")]


def test_troubles_spread_over_the_day_are_none_nor_is_one_bad_morning() -> None:
    assert found_in(*(outcome(f"o{n}", timestamp=n * 10 * DAY + n * 5 * HOUR) for n in range(12))) == []
    one_day = [outcome(f"o{n}", timestamp=7 * HOUR + n, steps=()) for n in range(12)]
    assert found_in(*one_day) == []


def test_what_was_healed_three_times_in_a_week_keeps_coming_back() -> None:
    rows = [outcome(f"o{n}", timestamp=n * DAY * 3 + n * 9 * HOUR) for n in range(3)]
    assert found_in(*rows)[0] == ("returning", "drift was healed 3 times, 3 of them within seven days")
    assert found_in(*(outcome(f"o{n}", timestamp=n * DAY * 4) for n in range(3))) == []


def test_the_tail_of_a_binomial_is_what_tables_say() -> None:
    assert tail(8, 10, 0.5) == pytest.approx(56 / 1024)
    assert (tail(0, 5, 0.3), tail(6, 5, 0.3)) == (pytest.approx(1.0), 0)


# --- pages ------------------------------------------------------------------------------------------------------------

PAGE = """\
===================
Period: 12:00 - 14:00 (UTC)

HEALING SUMMARY
---------------
Total Issues: 2
Auto-Resolved: 1 of 2 (n/a, 95% sure: 9–91%)
Escalated: 1 of 2 (n/a, 95% sure: 9–91%)
Mean Recovery: 2.1 minutes, median 2.1 minutes (n 1)

SUCCESSFUL HEALINGS
-------------------
1. Consensus Degradation (13:15, consensus_degradation v1)
   - Symptom: consensus_score < 80
   - Action: refresh_credentials: refresh_credentials done
   - Recovery: 2.1 minutes
   - Result: the symptoms are gone and nothing was lost

ESCALATIONS
-----------
1. git_sync (13:32, git_sync v1)
   - Reason: for a person from the start: files_conflicted > 0
   - Context: files_conflicted 3
   - Action Required: Merge it
   - Inquiry: i1 (open)

LEARNING INSIGHTS
-----------------
- refresh_credentials helped: 1 of 1 (n/a, 95% sure: 21–100%)
- playbook consensus_degradation helped: 1 of 1 (n/a, 95% sure: 21–100%), effectiveness n/a; usually by \
refresh_credentials
- Known fixes: 1, which healed 1 time

PLAYBOOK EVOLUTION
------------------
None."""


def afternoon() -> Mapping[str, Any]:  # Any: the document of a report
    symptoms = ("consensus_score < 80",)
    healed = outcome("a", "healed", "refresh_credentials", playbook_id="consensus_degradation", symptoms=symptoms)
    conflict = outcome("b", "escalated", playbook_id="git_sync", fingerprint="git", steps=(), inquiry="i1")
    inquiry = Inquiry(
        "i1", NOON, "WARNING", "s", "git", recommended_action="Merge it", context={"files_conflicted": 3.0}
    )
    return told(
        healed.replace(timestamp=NOON + 75 * 60, duration=126.0),
        conflict.replace(timestamp=NOON + 92 * 60, error="for a person from the start: files_conflicted > 0"),
        since=NOON,
        asked=(Standing(inquiry, "open"),),
    )


def test_the_page_has_the_layout_of_the_masterplan() -> None:
    assert "\n".join(page(afternoon(), clock, with_ids=False)) == PAGE


def test_every_line_of_figures_names_its_treatments_when_asked() -> None:
    lines = page(afternoon(), clock, with_ids=True)
    named = {line for line in lines if line.startswith("   - ids: ")}
    assert named == {"   - ids: a", "   - ids: b"}


def test_an_empty_log_makes_an_empty_report() -> None:
    text = "\n".join(page(told(), clock, with_ids=True))
    assert "Total Issues: 0\nAuto-Resolved: 0\nEscalated: 0\n" in text
    assert "None yet." in text


def test_what_went_wrong_does_nothing_to_a_page_of_markdown() -> None:
    found = told(outcome("a", "escalated", error="<img src=x> [a](b) `c`\n# d"))
    assert "Reason: \\<img src=x\\> \\[a\\](b) \\`c\\` \\# d" in markdown(found, clock)


def test_of_a_long_list_the_latest_are_shown_and_the_rest_is_counted() -> None:
    text = "\n".join(page(told(*(outcome(f"o{n}", fingerprint=f"m{n}") for n in range(50))), clock, with_ids=False))
    assert "And 30 before these" in text and "50. " not in text
