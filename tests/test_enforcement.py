"""The chain of four levels: who blocks, in which order, and that doubt blocks."""

from __future__ import annotations

import pytest

from domain.enforcement import EnforcementContext, FourLevelEnforcer, Verdict
from domain.enforcement.chain import MARKS, guidelines_in
from domain.enforcement.consent import Grant, Request, State
from domain.errors import Unavailable

REQUEST = Request(
    "r10001", "create_initiative", "create initiative 20", "Creating new Initiative requires user approval.",
    "claude", "s1", 0, 3600,
)  # fmt: skip
BLANKET = Grant("g", "blanket", "create_initiative", "s1", 0, 3600, "dana")
LEVELS = ["Advisory", "Soft", "Medium", "HARD"]


def context(**known: object) -> EnforcementContext:
    return EnforcementContext("s1", 10).replace(**known)


def blocked(operation: str, **known: object) -> tuple[str, str] | None:
    verdict = FourLevelEnforcer().check(operation, context(**known)).blocked_by
    return (verdict.level, verdict.reason) if verdict else None


def test_the_chain_asks_all_four_levels_in_order() -> None:
    result = FourLevelEnforcer().check("set_status", context())
    assert result.allowed and [verdict.level for verdict in result.verdicts] == LEVELS


def test_the_chain_is_found_under_the_name_of_the_guide() -> None:
    from domain.self_healing import enforcement

    assert enforcement.FourLevelEnforcer is FourLevelEnforcer


def test_the_first_block_ends_the_chain() -> None:
    result = FourLevelEnforcer().check("create_initiative", context(request=REQUEST, agent_id="a1", writes=(".ecw/x",)))
    assert [verdict.level for verdict in result.verdicts] == LEVELS[:2]
    assert result.blocked_by is not None and result.blocked_by.asks == REQUEST


def test_advice_recommends_and_never_blocks() -> None:
    guidelines = "## Working with wt\n\n- Edit no tracker by hand.\n- Ask the person.\n"
    result = FourLevelEnforcer().check("set_status", context(guidelines=guidelines))
    assert result.allowed and result.verdicts[0].advice == ("Edit no tracker by hand.", "Ask the person.")


# --- Soft -------------------------------------------------------------------------------------------------------------


def test_what_needs_consent_waits_for_it() -> None:
    reason = "This operation requires consent. Creating new Initiative requires user approval."
    assert blocked("create_initiative", request=REQUEST) == ("Soft", reason)


def test_consent_that_was_given_is_named() -> None:
    result = FourLevelEnforcer().check("create_initiative", context(request=REQUEST, consents=State(grants=(BLANKET,))))
    assert result.allowed and result.grant == BLANKET


def test_consent_that_cannot_be_decided_blocks_and_says_so() -> None:
    reason = "Whether a person agreed cannot be decided: the key is gone."
    assert blocked("create_initiative", request=REQUEST, consents=None, trouble="the key is gone.") == ("Soft", reason)


def test_a_forged_file_is_said() -> None:
    told = blocked("create_initiative", request=REQUEST, trouble="The file was changed by something else than wt.")
    assert told is not None and told[1].endswith("The file was changed by something else than wt.")


def test_consent_can_be_skipped_and_nothing_else() -> None:
    skipped = FourLevelEnforcer().check("create_initiative", context(request=REQUEST, skip_consent=True))
    assert skipped.allowed and skipped.skipped
    told = blocked("create_initiative", request=REQUEST, skip_consent=True, agent_id="a1")
    assert told is not None and told[0] == "Medium"
    told = blocked("Write", skip_consent=True, writes=(".ecw/config.json",))
    assert told is not None and told[0] == "HARD"


def test_an_agent_cannot_skip_consent_unless_the_project_says_so() -> None:
    known = {"request": REQUEST, "skip_consent": True, "is_agent": True}
    assert blocked("create_initiative", **known) == ("Soft", "An agent cannot skip consent in this project.")
    assert blocked("create_initiative", **known, agents_may_skip=True) is None


# --- Medium -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", ["create_initiative", "delete", "consent", "setup", "trust"])
def test_a_subagent_may_not(operation: str) -> None:
    told = blocked(operation, agent_id="a1")
    assert told is not None and told[0] == "Medium" and told[1].startswith("A subagent may not")
    allowed = State(grants=(BLANKET,))
    assert blocked(operation, consents=allowed) is None and blocked(operation, consents=allowed, agent_id="a1") == told


@pytest.mark.parametrize("operation", ["set_status", "add_task", "show_progress", "Bash"])
def test_a_subagent_may(operation: str) -> None:
    assert blocked(operation, agent_id="a1") is None


# --- HARD -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("docs/plans/plan.json", "a tracker, which only wt writes"),
        ("docs/plans/plan.md", "drawn from its tracker by wt"),
        (".ecw/config.json", "kept by wt"),
        (".ecw", "kept by wt"),
        (".claude/settings.json", "the settings of the hooks themselves"),
    ],
)
def test_no_tool_writes_what_only_wt_writes(path: str, what: str) -> None:
    trackers = ("docs/plans/plan.json",)
    assert blocked("Write", writes=("README.md", path), trackers=trackers) == ("HARD", f"{path} is {what}.")


@pytest.mark.parametrize(
    "path", ["README.md", "docs/plans/notes.md", "docs/plans/plan.json.bak", ".ecwx/a", "data.json"]
)
def test_every_other_file_may_be_written(path: str) -> None:
    assert blocked("Write", writes=(path,), trackers=("docs/plans/plan.json",)) is None


# --- doubt ------------------------------------------------------------------------------------------------------------


class Undecided:
    name = "Odd"

    def check(self, operation: str, context: EnforcementContext) -> Verdict:
        raise Unavailable("the disk is gone.")


def test_a_level_that_cannot_decide_blocks_and_says_so() -> None:
    verdict = FourLevelEnforcer([Undecided()]).check("delete", context()).blocked_by
    assert verdict is not None and verdict.reason == "Odd enforcement cannot decide: the disk is gone."


def test_a_verdict_as_a_document_says_what_matters() -> None:
    result = FourLevelEnforcer().check("create_initiative", context(request=REQUEST))
    assert [verdict.to_document() for verdict in result.verdicts] == [
        {"level": "Advisory", "allowed": True},
        {
            "level": "Soft",
            "allowed": False,
            "reason": "This operation requires consent. Creating new Initiative requires user approval.",
            "way": "Ask the person whose work this is; nothing was changed.",
        },
    ]


@pytest.mark.parametrize("operation", ["create_initiative", "delete_tracker", "change_many", "delete_many"])
def test_an_operation_that_always_needs_consent_is_blocked_though_nothing_was_said_of_it(operation: str) -> None:
    told = blocked(operation)
    assert told is not None and told[0] == "Soft"
    blanket = BLANKET.replace(operation=operation)
    assert blocked(operation, consents=State(grants=(blanket,))) is None
    assert blocked(operation, consents=State(grants=(blanket.replace(scope="once"),))) is not None


def test_the_guidelines_are_what_stands_between_the_marks() -> None:
    page = (
        f"# Ours\n\n- not this\n\n{MARKS[0]}\n## wt\n\n- Ask the person;\n  do not look for a way round.\n{MARKS[1]}\n"
    )
    result = FourLevelEnforcer().check("set_status", context(guidelines=guidelines_in(page)))
    assert result.verdicts[0].advice == ("Ask the person; do not look for a way round.",)


@pytest.mark.parametrize("page", ["", "- a", MARKS[0] + "\n- a", "- a\n" + MARKS[1], MARKS[1] + "\n- a\n" + MARKS[0]])
def test_without_both_marks_there_are_no_guidelines(page: str) -> None:
    assert guidelines_in(page) == ""
