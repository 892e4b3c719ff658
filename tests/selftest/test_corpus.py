"""The fault corpus: what it does to projects, and that what judges can tell good healing from bad."""

from __future__ import annotations

from pathlib import Path

import pytest

from infrastructure.selftest import must_be_outside, replay
from infrastructure.selftest.clone import NOTES, PAGE, PLAN, Clone, Said
from infrastructure.selftest.corpus import LEFT_OUT, TABLE, corpus
from infrastructure.selftest.fault import AFTER, BEFORE, DISPOSITIONS, GROUPS, POSITIONS, Fault
from infrastructure.selftest.order import Order, carried_out
from infrastructure.selftest.record import measured
from infrastructure.selftest.runner import Runner, Trial
from tests.e2e.conftest import Project
from tests.projects import demo_project

TYPE_CHECKING = False
if TYPE_CHECKING:
    from infrastructure.selftest.runner import Prepare


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return demo_project(tmp_path_factory.mktemp("demo"))


def one(key: str) -> Fault:
    corpus()
    return next(fault for fault in corpus() if fault.key == key)


def tried(folder: Path, key: str, position: str = AFTER, prepare: Prepare | None = None) -> Trial:
    return Runner(str(folder), prepare=prepare).trial(one(key), position)


# --- the corpus -------------------------------------------------------------------------------------------------------


def test_every_fault_and_variant_says_what_is_right_and_where_it_may_happen() -> None:
    for fault in corpus():
        assert fault.id in TABLE and fault.group in GROUPS and fault.expected in DISPOSITIONS
        assert fault.positions and set(fault.positions) <= set(POSITIONS)


def test_at_most_ten_faults_are_left_out_each_with_its_reason() -> None:
    assert len(LEFT_OUT) <= 10 and all(LEFT_OUT.values())
    done = {fault.id for fault in corpus()}
    assert not done & set(LEFT_OUT) and done | set(LEFT_OUT) == set(TABLE)


def test_there_are_sixty_trials_and_more_in_which_nothing_is_wrong() -> None:
    assert sum(len(fault.positions) for fault in corpus() if fault.is_control) >= 60


def test_a_fault_is_done_before_during_and_after_a_command(tmp_path: Path) -> None:
    order = Order(str(tmp_path), ("F01",))
    trials = carried_out(order)
    assert [trial.position for trial in trials] == list(POSITIONS)
    assert [trial.is_process for trial in trials] == [False, False, True]
    assert all(trial.is_good for trial in trials), trials


def test_the_same_seed_does_the_same(tmp_path: Path) -> None:
    def plan_after(folder: Path, seed: int) -> list[str]:
        runner = Runner(str(folder), seed=seed, keep=True)
        runner.trial(one("C1 as it is"), BEFORE)
        document = Clone(
            str(folder / "C1-as-it-is-before"), runner.chance(one("C1 as it is"), BEFORE), now=0
        ).document()
        return [task["title"] for task in document["phases"][2]["tasks"] if task["status"] == "complete"]

    assert plan_after(tmp_path / "a", 3) == plan_after(tmp_path / "b", 3) != []


def test_some_faults_of_every_group_and_all_controls_are_dealt_with_rightly(tmp_path: Path) -> None:
    """What `wt selftest --fast` does; the whole corpus takes minutes, its last figures stand in docs/HEALING.md."""
    order = Order(str(tmp_path), fast=True)
    trials = carried_out(order)
    assert {trial.group for trial in trials} == {fault.group for fault in corpus()}
    assert [trial for trial in trials if trial.counts and not trial.is_good] == []
    assert sum(trial.counts for trial in trials) >= 25


def test_the_figures_that_are_kept_are_of_these_faults() -> None:
    """Whoever changes a fault measures it anew: python -m infrastructure.selftest.record F19"""
    kept = measured()
    assert kept is not None
    marks = {fault.key: fault.mark for fault in corpus()}
    assert {row["key"]: row["mark"] for row in kept["trials"]} == marks
    assert {row["id"] for row in kept["left_out"]} == set(LEFT_OUT)


def test_a_trial_that_cannot_be_judged_is_told_and_no_figure_is_reached(tmp_path: Path) -> None:
    def gone(clone: Clone) -> None:
        clone.remove("src")

    trial = tried(tmp_path, "C5 changed", prepare=gone)
    assert trial.invalid.startswith("FileNotFoundError") and not trial.counts


# --- what judges has to be able to say no -----------------------------------------------------------------------------


def test_a_healer_that_does_nothing_is_seen(tmp_path: Path) -> None:
    def idle(clone: Clone) -> None:
        clone.do("disable the playbook tracker_corruption")

    trial = tried(tmp_path, "F01", prepare=idle)
    assert (trial.is_good, trial.is_noticed, trial.disposition) == (False, False, "ignore")
    assert trial.wrong == f"{PLAN} cannot be read"


def with_hand_in(spoil: str, text: str) -> Prepare:
    """After every run of healing a file says something else."""

    def prepare(clone: Clone) -> None:
        real = clone.say

        def say(*arguments: str) -> Said:
            said = real(*arguments)
            if arguments == ("heal",):
                clone.write(spoil, text)
            return said

        clone.say = say  # type: ignore[method-assign]  # a planted healer

    return prepare


def test_a_healer_that_destroys_what_is_yours_is_seen(tmp_path: Path) -> None:
    trial = tried(tmp_path, "C1 as it is", prepare=with_hand_in(NOTES, ""))
    assert trial.lost == (f"{NOTES} of yours has changed",)
    assert not trial.is_good


def test_a_healer_that_brings_back_an_empty_plan_is_seen(tmp_path: Path) -> None:
    trial = tried(tmp_path, "F01", prepare=with_hand_in(PLAN, '{"phases": []}'))
    assert len([line for line in trial.lost if line.endswith(" is gone")]) == 30


def test_a_healer_that_forgets_the_journal_is_seen(tmp_path: Path) -> None:
    def prepare(clone: Clone) -> None:
        journal = clone.below(".ecw/journal")[0]
        with_hand_in(journal, "")(clone)

    assert any("lost lines" in line for line in tried(tmp_path, "C1 as it is", prepare=prepare).lost)


def test_a_page_that_shows_something_else_is_seen(tmp_path: Path) -> None:
    assert "does not show" in tried(tmp_path, "C1 as it is", prepare=with_hand_in(PAGE, "# Release\n")).wrong


EAGER = """playbook:
  id: eager
  version: 1
  symptoms: disk_free > 1KB
  remediation:
    primary:
      - action: clear_caches
      - validate: disk_free > 1KB
"""


def test_a_healer_that_acts_where_nothing_is_wrong_is_seen(tmp_path: Path) -> None:
    def prepare(clone: Clone) -> None:
        clone.write(".ecw/playbooks/eager.yaml", EAGER)
        clone.write(".ecw/cache/one", "x")

    trial = tried(tmp_path, "C5 changed", prepare=prepare)
    assert (trial.disposition, trial.unneeded[:1]) == ("escalate", ("eager: clear_caches",))


def test_a_healer_that_never_comes_to_rest_is_seen(tmp_path: Path) -> None:
    trial = tried(tmp_path, "F19 missing", prepare=with_hand_in(PAGE, "# Release\n"))
    assert (trial.is_at_rest, trial.is_good, trial.passes) == (False, False, 3)


# --- from outside -----------------------------------------------------------------------------------------------------


def test_the_project_it_is_called_from_is_not_touched(demo: Project) -> None:
    before = demo.fingerprint()
    done = demo.say("--json", "selftest", "--only", "F16,C4")
    assert done.code == 0, done
    assert demo.fingerprint() == before
    told = done.reply["data"]
    assert {row["id"] for row in told["trials"]} == {"F16", "C4"}
    assert told["figures"]["faults"] == told["figures"]["controls"] == 1


def test_a_folder_inside_of_a_project_is_refused(demo: Project) -> None:
    (demo.folder / "tmp").mkdir()
    done = demo.wt("selftest", "--only", "F01", env={"TMPDIR": str(demo.folder / "tmp")})
    assert (done.code, list((demo.folder / "tmp").iterdir())) == (2, []), done


def test_an_unknown_fault_is_refused(demo: Project) -> None:
    done = demo.say("selftest", "--only", "F01,F99")
    assert (done.code, done.err.splitlines()[0]) == (2, "There is no fault F99.")


def test_what_is_kept_can_be_looked_at(demo: Project, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("kept")
    told = demo.wt("--json", "selftest", "--only", "F16", "--keep", env={"TMPDIR": str(folder)}).reply["data"]
    assert Path(told["folder"]).parent == folder
    assert (Path(told["folder"]) / "F16-during" / "project" / PLAN).exists()
    must_be_outside(told["folder"])


def test_a_variation_of_a_playbook_is_replayed_in_place_of_the_one_there_is() -> None:
    text = (Path("infrastructure/shipped/markdown_drift.yaml")).read_text().replace("version: 1", "version: 2")
    good, _ = replay("markdown_drift", text, ["F19"])
    assert (good.is_good, good.risk, good.touched, good.attempts) == (True, "R1", 1, 1)
    bad, _ = replay("markdown_drift", text.replace("pages_stale > 0", "pages_stale > 5"), ["F19"])
    assert (bad.is_good, bad.disposition) == (False, "ignore")
