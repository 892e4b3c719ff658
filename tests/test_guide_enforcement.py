"""The user guide's chapters on enforcement and consent, promise by promise: each docstring quotes it.

Readings that depart from its letter: docs/GUIDE-NOTES.md. Ways round consent: tests/e2e/test_asking.py.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from domain.commands import COMMANDS
from domain.commands.operations import OPERATIONS
from domain.enforcement import (
    AdvisoryLevel,
    AgentRestrictionEnforcer,
    ConsentManager,
    EnforcementContext,
    EnforcementResult,
    FourLevelEnforcer,
    HookEnforcer,
    Verdict,
)
from domain.enforcement.consent import ASKED_FOR, SESSION, Grant, State
from domain.language.answers import read
from tests.consenting import as_agent, in_one_terminal, initiatives, person_says, state_of
from tests.e2e.conftest import ROOT, Project, empty_project
from tests.e2e.test_terminal import on_a_terminal

INITIATIVE = "create initiative 20"
KEPT = (ROOT / "docs" / "USER_GUIDE.md").read_text(encoding="utf-8")
LEVELS = {
    "Advisory": AdvisoryLevel,
    "Soft": ConsentManager,
    "Medium": AgentRestrictionEnforcer,
    "HARD": HookEnforcer,
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = empty_project(tmp_path_factory.mktemp("guide"))
    project.do('init "My project"', "add phase Build", "add task to phase 1: Lay bricks", "add task to phase 1: Paint")
    return project


@pytest.fixture
def plan(made: Project, tmp_path: Path) -> Project:
    return made.copied_to(tmp_path)


def chapter(name: str) -> str:
    """A chapter of the kept guide."""
    return KEPT.partition(f"\n## {name}\n")[2].partition("\n## ")[0]


def rows(text: str) -> list[list[str]]:
    """The cells of every table in a text, without their marks."""
    return [[cell.strip(" `") for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("| ")]


# --- Four-Level Enforcement -------------------------------------------------------------------------------------------


def test_the_levels_are_checked_in_order() -> None:
    """Advisory ──> Soft ──> Medium ──> HARD: `check(self, operation: str, context: EnforcementContext) -> EnforcementResult`"""
    result = FourLevelEnforcer().check("set_status", EnforcementContext())
    assert isinstance(result, EnforcementResult)
    assert [verdict.level for verdict in result.verdicts] == list(LEVELS)


def test_levels_are_checked_in_sequence_and_the_first_blocking_level_stops_the_chain() -> None:
    """Implements Chain of Responsibility pattern (Gamma et al., 1994). … First blocking level stops the chain."""
    asked: list[str] = []

    class Level:
        def __init__(self, name: str, allowed: bool) -> None:
            self.name = name
            self._allowed = allowed

        def check(self, operation: str, context: EnforcementContext) -> Verdict:
            asked.append(self.name)
            return Verdict(self.name, self._allowed, "no")

    result = FourLevelEnforcer([Level("a", True), Level("b", False), Level("c", True)]).check("x", EnforcementContext())
    assert asked == ["a", "b"] and result.blocked_by == Verdict("b", False, "no")


@pytest.mark.parametrize("name", LEVELS)
def test_every_level_has_the_class_and_the_name_of_the_guide(name: str) -> None:
    """| Advisory | `AdvisoryLevel` | … | Soft | `ConsentManager` | … | Medium | `AgentRestrictionEnforcer` | … | HARD |"""
    verdict = LEVELS[name]().check("set_status", EnforcementContext())
    assert (verdict.level, verdict.allowed) == (name, True)
    assert next(row for row in rows(chapter("Four-level enforcement")) if row[0] == name)[1] == LEVELS[name].__name__


def test_advisory_returns_recommendations_and_never_blocks() -> None:
    """Advisory | CLAUDE.md guidelines | No (recommendations only)"""
    guidelines = "- Never create an initiative.\n- Edit nothing."
    verdict = AdvisoryLevel().check("create_initiative", EnforcementContext(guidelines=guidelines, writes=(".ecw/x",)))
    assert verdict.allowed and verdict.advice == ("Never create an initiative.", "Edit nothing.")


def test_soft_blocks_without_consent() -> None:
    """Soft | `ConsentManager` | Checks consent state, blocks if missing"""
    given = State(grants=(Grant("g", "blanket", "create_initiative", "mine", 0, 9, "dana"),))
    assert not ConsentManager().check("create_initiative", EnforcementContext(session="mine")).allowed
    assert ConsentManager().check("create_initiative", EnforcementContext(session="mine", consents=given)).allowed


def test_medium_blocks_subagents() -> None:
    """Medium | `AgentRestrictionEnforcer` | Blocks subagent operations"""
    for operation in ("create_initiative", "delete", "consent", "setup"):
        assert not AgentRestrictionEnforcer().check(operation, EnforcementContext(agent_id="a1")).allowed
        assert AgentRestrictionEnforcer().check(operation, EnforcementContext()).allowed


def test_hard_blocks_unauthorized_files() -> None:
    """HARD | Hook-based enforcement | Yes (unauthorized files)"""
    for path in ("docs/plans/plan.json", "docs/plans/plan.md", ".ecw/consent-state.json", ".claude/settings.json"):
        context = EnforcementContext(writes=(path,), trackers=("docs/plans/plan.json",))
        assert not HookEnforcer().check("Write", context).allowed
    assert HookEnforcer().check("Write", EnforcementContext(writes=("README.md",))).allowed


def test_you_only_notice_enforcement_if_you_try_something_unauthorized(plan: Project) -> None:
    """You'll only notice enforcement if you try to do something unauthorized (like creating a new initiative …)."""
    for sentence in ("start 1.1", "complete 1.1 and 1.2", "delete 1.2", "show progress", "add phase Test"):
        reply = plan.json(sentence)
        assert reply["ok"] and "enforcement" not in reply["data"], sentence
    assert plan.say(INITIATIVE).code == 4
    assert not (plan.folder / ".ecw/state/enforcement").exists()


def test_the_snippet_of_the_chapter_prints_what_it_says(plan: Project, capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", chapter("Four-level enforcement"), re.DOTALL)
    exec(block, {})  # the guide's own lines
    assert capsys.readouterr().out.splitlines() == re.findall(r"print\(.*\)  # (.*)", block)


# --- Consent-Protected Operations -------------------------------------------------------------------------------------


def test_the_question_is_the_one_of_the_guide(plan: Project) -> None:
    """Command: create initiative 20 … ? This operation requires consent. … Respond with "yes" or "approved" to proceed."""
    (asked,) = re.findall(r"```\n(Command: .*?)```", chapter("Consent"), re.DOTALL)
    screen = on_a_terminal(plan, INITIATIVE, typed="\n")
    assert asked in screen.text and screen.code == 4 and initiatives(plan) == []


@pytest.mark.parametrize("answer", ["yes", "approved"])
def test_respond_with_yes_or_approved_to_proceed(plan: Project, answer: str) -> None:
    """Respond with "yes" or "approved" to proceed."""
    assert on_a_terminal(plan, INITIATIVE, typed=f"{answer}\n").code == 0
    assert initiatives(plan) == ["20-initiative-20.json"]


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        (INITIATIVE, "Creating new Initiative requires user approval."),
        ("delete this tracker", 'Deleting the tracker "My project" requires user approval.'),
        ("mark all tasks in phase 1 complete", "Setting 2 tasks in phase 1 to complete requires user approval."),
        ("delete all tasks in phase 1", "Deleting 2 tasks in phase 1 requires user approval."),
        ("delete phase 1", "Deleting phase 1 with 2 tasks requires user approval."),
    ],
)
def test_operations_requiring_consent(plan: Project, sentence: str, shown: str) -> None:
    """Creating new initiatives · Deleting trackers · Bulk status changes"""
    before = plan.path("my-project.json").read_bytes()
    done = plan.say(sentence)
    assert done.code == 4 and done.err.startswith(f"This operation requires consent. {shown}")
    assert plan.path("my-project.json").read_bytes() == before and initiatives(plan) == []


def test_what_needs_consent_is_what_the_guide_lists() -> None:
    needing = {name for name, spec in COMMANDS.items() if spec.consent is not None}
    assert needing == {"create_initiative", "delete", "set_status", "bulk_set_status", "remove_check", "run_playbook"}
    assert len(
        [
            row
            for row in rows(chapter("Consent"))
            if row[0].startswith(("creating", "deleting", "changing", "removing", "healing"))
        ]
    ) == len(OPERATIONS)


def test_bypass_for_trusted_workflows(plan: Project) -> None:
    """python3 scripts/wt.py --skip-consent --tracker ... "create initiative 20" """
    assert plan.wt("--skip-consent", "--tracker", "docs/plans/my-project.md", INITIATIVE).code == 0
    assert initiatives(plan) == ["20-initiative-20.json"]


# --- Consent State ----------------------------------------------------------------------------------------------------


def test_decisions_are_stored_in_the_fields_of_the_guide(plan: Project) -> None:
    """Consent decisions are stored in `.ecw/consent-state.json`: session_id, approved_initiatives, blanket_approval, …"""
    (printed,) = re.findall(r"```json\n(.*?)```", chapter("Consent"), re.DOTALL)
    for number in (16, 17):
        as_agent(plan, "--tracker", "my-project", f"create initiative {number}")
        person_says(plan, "yes")
        assert as_agent(plan, "--tracker", "my-project", f"create initiative {number}").code == 0
    kept = state_of(plan)
    assert list(kept)[:4] == list(json.loads(printed))
    assert (kept["session_id"], kept["approved_initiatives"], kept["blanket_approval"]) == ("s1", [16, 17], False)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", str(kept["last_updated"]))


def test_grant_blanket_approval(plan: Project) -> None:
    """User: "you may create initiatives as needed" / Claude: Blanket approval granted for initiative creation."""
    (said, told) = re.search(r'User: (".*?")\nClaude: (.*)', chapter("Consent")).groups()  # type: ignore[union-attr]  # there
    runs = ((said, "\n"), (INITIATIVE, "\n"), ("create initiative 21", "\n"))
    screens = in_one_terminal(plan, *runs)
    assert told in screens[0].text and [screen.code for screen in screens] == [0, 0, 0]
    assert state_of(plan)["blanket_approval"] is True and state_of(plan)["approved_initiatives"] == [20, 21]


def test_a_new_session_starts_without(plan: Project) -> None:
    person_says(plan, "you may create initiatives as needed", session="yesterday")
    assert as_agent(plan, INITIATIVE, session="today").code == 4
    assert as_agent(plan, INITIATIVE, session="yesterday").code == 0


def test_no_approval_is_longer_than_the_guide_says() -> None:
    assert (ASKED_FOR, SESSION) == (3600, 24 * 3600)
    assert "waits for an hour" in chapter("Consent") and "longer than a day" in chapter("Consent")


def test_every_answer_of_the_guide_is_read_as_one() -> None:
    table = chapter("Consent").partition("| you say |")[2].partition("\n\n")[0]
    said = re.findall(r"`([^`]+)`", "\n".join(line.split("|")[1] for line in table.splitlines()[2:]))
    assert len(said) == 7
    assert [text for text in said if read(text) is None] == []
    for operation in OPERATIONS[1:]:
        assert f"*{operation.may}*" in chapter("Consent")
        assert read(f"you may {operation.may} as needed") and read(f"stop {operation.doing}")


# --- Troubleshooting --------------------------------------------------------------------------------------------------


def test_consent_denied(plan: Project) -> None:
    """Operation blocked requiring consent: 1. Review the operation being attempted 2. Respond with "yes" or "approved" …"""
    as_agent(plan, INITIATIVE)
    assert INITIATIVE in plan.say("consent").out
    assert on_a_terminal(plan, "approved", typed="approved\n").code == 0
    assert as_agent(plan, INITIATIVE).code == 0
