"""The plan for a diagnosis: the guide's table, as a value that can be shown before anything is done."""

from __future__ import annotations

import pytest

from domain.errors import Broken, LockHeld, NotFound, Refused, Unavailable
from domain.self_healing import RemediationPlan, RemediationPlanner, Symptom, SymptomAnalyzer
from domain.self_healing.planner import RISKS, RemediationStep


def planned(error: Exception, *, idempotent: bool = True, resource: str = "tracker") -> RemediationPlan:
    symptom = Symptom.of(error, operation="mark", resource=resource, idempotent=idempotent)
    return RemediationPlanner().plan(SymptomAnalyzer().analyze(symptom))


OFFER = Refused("'DONE' is not a status.", data={"slot": "status", "word": "DONE", "means": "complete"})


@pytest.mark.parametrize(
    ("error", "strategy", "action", "fallback"),
    [
        (TimeoutError("timed out"), "RETRY", "retry", "escalate"),
        (OFFER, "NORMALIZE", "normalise_status", "reject"),
        (NotFound("There is no task 9.9."), "REJECT", "reject", None),
        (Unavailable("no"), "ESCALATE", "escalate", None),
        (Broken("cut off"), "REPAIR", "repair", "escalate"),
        (RuntimeError("JSON and Markdown out of sync"), "REPAIR", "regenerate_page", "escalate"),
        (ZeroDivisionError(), "ESCALATE", "escalate", None),
        (LockHeld("waited"), "ESCALATE", "escalate", None),
        (RuntimeError("error: object file .git/objects/ab is empty"), "ESCALATE", "escalate", None),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_each_category_has_the_strategy_of_the_guide(
    error: Exception, strategy: str, action: str, fallback: str | None
) -> None:
    plan = planned(error)
    step = plan.steps[0]
    assert (plan.strategy, step.action, step.fallback.action if step.fallback else None) == (strategy, action, fallback)


@pytest.mark.parametrize("error", [TimeoutError("timed out"), Broken("cut off")])
def test_what_may_have_taken_effect_is_not_made_again(error: Exception) -> None:
    assert planned(error, idempotent=False).strategy == "ESCALATE"


def test_whoever_takes_over_is_told_that_it_may_have_taken_effect() -> None:
    advice = str(planned(TimeoutError("timed out"), idempotent=False).steps[0].arguments["advice"])
    assert advice.startswith("It may have taken effect: look before you repeat it.")


def test_a_refusal_is_normalised_even_when_it_may_not_be_repeated_for_nothing_was_done_yet() -> None:
    assert planned(OFFER, idempotent=False).strategy == "NORMALIZE"


def test_normalising_carries_the_word_and_its_meaning() -> None:
    assert planned(OFFER).steps[0].arguments == {"word": "DONE", "means": "complete"}


def test_risks_say_what_a_step_touches() -> None:
    assert planned(Broken("cut off")).steps[0].risk == "R2"
    assert planned(RuntimeError("out of sync")).steps[0].risk == "R1"
    assert planned(TimeoutError("timed out")).steps[0].risk == "R0"
    assert {RemediationStep("look").risk} <= set(RISKS)


def test_a_plan_is_a_frozen_value() -> None:
    assert planned(TimeoutError("timed out")) == planned(TimeoutError("timed out"))
    with pytest.raises(AttributeError, match="frozen"):
        planned(TimeoutError("timed out")).strategy = "REPAIR"  # type: ignore[misc]  # on purpose
