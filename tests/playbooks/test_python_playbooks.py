"""Playbooks written in Python: registered by a decorator, under the same rules as those in YAML."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from domain.playbooks.conditions import ConditionError
from domain.playbooks.playbook import REGISTERED, playbook
from tests.playbooks.worlds import FakeWorld, heal

if TYPE_CHECKING:
    from domain.playbooks.playbook import Treatment


@pytest.fixture(autouse=True)
def registry() -> Iterator[None]:
    before = dict(REGISTERED)
    yield
    REGISTERED.clear()
    REGISTERED.update(before)


def test_a_function_becomes_a_playbook_of_its_name() -> None:
    @playbook(priority=0, timeout=120, symptoms=["pages_stale > 0"], does=["redraw_pages"], tests=["F19"])
    def heal_pages(treatment: Treatment) -> bool:
        """Pages differ

        More words.
        """
        return treatment.do("redraw_pages")

    made = REGISTERED["pages"]
    assert (made.title, made.priority, made.timeout, made.origin) == ("Pages differ", 0, 120, "built in")
    world = FakeWorld(pages_stale=1.0)
    world.hand("redraw_pages", lambda w: w.signals.update(pages_stale=0.0))
    (outcome,) = heal(world, made).outcomes
    assert (outcome.result, outcome.actions_taken) == ("healed", ("redraw_pages",))


def test_what_it_believes_is_held_against_the_symptoms() -> None:
    @playbook(symptoms=["pages_stale > 0"], does=["redraw_pages"])
    def heal_boaster(treatment: Treatment) -> bool:
        """It says that it helped"""
        return True

    (outcome,) = heal(FakeWorld(pages_stale=1.0), REGISTERED["boaster"]).outcomes
    assert outcome.result == "escalated"


def test_it_does_nothing_that_it_did_not_declare() -> None:
    @playbook(symptoms=["pages_stale > 0"], does=["redraw_pages"])
    def heal_sneak(treatment: Treatment) -> bool:
        """It does more than it says"""
        return treatment.do("clear_caches")

    world = FakeWorld(pages_stale=1.0)
    hand = world.hand("clear_caches", lambda w: None, objects=(".ecw/cache/x",))
    (outcome,) = heal(world, REGISTERED["sneak"]).outcomes
    assert (outcome.result, outcome.error, hand.calls) == ("stopped", "it never said that it does clear_caches", 0)


def test_what_needs_leave_ends_it() -> None:
    @playbook(symptoms=['remote_access == "denied"'], does=["refresh_credentials"])
    def heal_access(treatment: Treatment) -> bool:
        """The server lets nobody in"""
        treatment.do("refresh_credentials")
        raise AssertionError("never reached")

    world = FakeWorld(remote_access="denied")
    world.hand("refresh_credentials", lambda w: None, objects=("remote:origin",))
    assert heal(world, REGISTERED["access"]).outcomes[0].result == "asked"


def test_a_fault_of_its_own_stops_it_and_is_told() -> None:
    @playbook(symptoms=["pages_stale > 0"], does=["redraw_pages"])
    def heal_clumsy(treatment: Treatment) -> bool:
        """It stumbles"""
        raise ZeroDivisionError("division by zero")

    (outcome,) = heal(FakeWorld(pages_stale=1.0), REGISTERED["clumsy"]).outcomes
    assert outcome.error == "the playbook itself failed: division by zero"


def test_a_condition_that_is_none_is_an_error_at_once() -> None:
    with pytest.raises(ConditionError, match="did you mean pages_stale"):
        playbook(symptoms=["pages_stal > 0"], does=["redraw_pages"])(_nothing)
    with pytest.raises(KeyError):
        playbook(symptoms=["pages_stale > 0"], does=["redraw"])(_nothing)


def _nothing(treatment: Treatment) -> bool:
    """Nothing"""
    return False


def test_two_functions_of_one_name_are_refused() -> None:
    playbook(symptoms=["pages_stale > 0"], does=[])(_nothing)
    with pytest.raises(ValueError, match="two playbooks"):
        playbook(symptoms=["pages_stale > 0"], does=[])(_nothing)
