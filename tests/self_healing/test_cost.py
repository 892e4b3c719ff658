"""What the loop costs: a command that succeeds loads its door alone, the rest of it is loaded when something fails."""

from __future__ import annotations

import sys

import pytest

from tests.e2e.conftest import ROOT, Project

LOADED = """
import sys
from infrastructure import router
router.main(sys.argv[1:])
print("\\n" + " ".join(sorted(sys.modules)))
"""
DOOR = {"domain.self_healing", "domain.self_healing.dispatcher", "infrastructure.operations"}


def loaded(project: Project, *arguments: str) -> set[str]:
    """The modules that a command line loads."""
    done = project.process([sys.executable, "-c", LOADED, *arguments], env={"PYTHONPATH": str(ROOT)})
    return set(done.out.splitlines()[-1].split())


@pytest.mark.parametrize("sentence", ["show progress", "mark task 5.3 complete", "note on 5.3: careful"])
def test_success_loads_three_modules_of_ours_and_none_of_others(
    plan: Project, tmp_path_factory: pytest.TempPathFactory, sentence: str
) -> None:
    bare = loaded(plan.copied_to(tmp_path_factory.mktemp("bare")), "--no-self-healing", sentence)
    assert loaded(plan, sentence) - bare == DOOR


def test_the_rest_of_the_loop_is_loaded_when_something_fails(plan: Project) -> None:
    healed = {name for name in loaded(plan, "update task 1.1 status to DONE") if "self_healing." in name}
    assert {f"domain.self_healing.{room}" for room in ("analyzer", "planner", "executor", "knowledge")} <= healed


def test_a_refusal_loads_nothing_more(plan: Project) -> None:
    assert {name for name in loaded(plan, "mark task 9.9 complete") if "self_healing" in name} <= DOOR
