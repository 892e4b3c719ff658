"""What trials come to: figures with n and bound, and the chapter that tells of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from domain.commands.selftest import why
from infrastructure.selftest import record as recording
from infrastructure.selftest.corpus import corpus
from infrastructure.selftest.figures import Share, figures, shares
from infrastructure.selftest.runner import Trial, trial_of


def trial(key: str = "F01", **fields: Any) -> Trial:
    """One in which everything was right, but for what is said."""
    usual = {"disposition": "auto", "is_noticed": True, "seconds": 0.5, "attempts": 1}
    return Trial(key, key, "controls" if key[0] == "C" else "A", "after", "auto", **(usual | fields))


def share(name: str, *trials: Trial) -> Share:
    return next(each for each in shares(trials) if each.name.startswith(name))


def test_a_share_says_n_and_the_bound_that_is_not_overstated() -> None:
    assert Share("noticed", 19, 20, 0.95).text == "19 of 20 (95.0%), at least 80.4%"
    assert Share("lost", 0, 60, 0, is_harm=True).text == "0 of 60, at most 4.3%"
    assert Share("noticed", 0, 0, 0.95).text == "n/a"


def test_harm_must_be_none_and_the_rest_reach_its_goal() -> None:
    assert Share("noticed", 19, 20, 0.95).is_reached and not Share("noticed", 18, 20, 0.95).is_reached
    assert not Share("lost", 1, 1000, 0, is_harm=True).is_reached


def test_each_kind_of_wrong_lowers_its_own_figure() -> None:
    good = trial()
    assert share("noticed", good, trial(is_noticed=False)).count == 1
    assert share("noticed", good, trial(is_noticed=False, is_noticeable=False)).n == 1
    assert share("right disposition", good, trial(disposition="ignore")).count == 1
    assert share("resolved", good, trial(wrong="still there")).count == 1
    assert share("something was lost", good, trial(lost=("a task",))).count == 1
    assert share("an action", good, trial(unneeded=("a: b",))).count == 1
    assert share("taken back", good, trial(is_taken_back=False)).n == 1
    assert share("at rest", good, trial(is_at_rest=False)).count == 1


def test_an_action_on_a_control_is_a_false_alarm_and_what_was_not_done_counts_for_nothing() -> None:
    rest = trial("C1", expected="ignore", disposition="ignore")
    assert share("false alarm", rest, trial("C1", disposition="escalate")).count == 1
    assert share("noticed", trial(absent="no root"), trial(invalid="not well before")).n == 0


def test_the_figures_are_reached_only_when_all_are() -> None:
    assert figures([trial()])["is_reached"]
    assert not figures([trial(), trial(lost=("a task",))])["is_reached"]
    assert not figures([trial(seconds=2.5)])["is_reached"]
    assert not figures([trial(), trial(invalid="nobody knows")])["is_reached"]


def test_a_trial_comes_back_from_its_document_as_it_was() -> None:
    told = trial(lost=("a task",), unneeded=("a: b",), is_taken_back=True)
    assert trial_of(json.loads(json.dumps(told.to_document()))) == told


def test_why_names_everything_that_speaks_against_a_trial() -> None:
    bad = trial(is_noticed=False, disposition="ignore", wrong="x", lost=("y",), is_taken_back=False, is_at_rest=False)
    said = "ignore instead of auto; not noticed; x; lost: y; not taken back; never at rest"
    assert why(bad.to_document()) == said


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(recording, "MEASURED", str(tmp_path / "measured.json"))
    return tmp_path / "measured.json"


def recorded(*trials: Trial) -> None:
    recording.record({"seed": 0, "left_out": [], "trials": [each.to_document() for each in trials]}, corpus())


def test_nothing_is_told_before_anything_was_measured(kept: Path) -> None:
    assert recording.chapter() == ""


def test_the_chapter_tells_figures_and_what_went_wrong(kept: Path) -> None:
    recorded(trial("F01"), trial("F02", lost=("a task",)))
    page = recording.chapter()
    assert "| something was lost | 1 of 2, at most 87.9% | none | no |" in page
    assert "| F02 | the file is empty | auto | 0 of 1 (after: lost: a task) |" in page
    assert "| F01 | the JSON is cut off in the middle of an object | auto | 1 of 1 |" in page
    assert "| F06 | a task depends on one that is not there | escalate | not measured |" in page


def test_measuring_some_faults_anew_keeps_the_others_unless_they_have_changed(kept: Path) -> None:
    recorded(trial("F01"), trial("F02"))
    kept.write_text(kept.read_text().replace('"F02"', '"F06"'))  # what F06 is now, it was not
    recorded(trial("F01", seconds=0.7))
    assert [(row["key"], row["seconds"]) for row in json.loads(kept.read_text())["trials"]] == [("F01", 0.7)]
