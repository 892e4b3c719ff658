"""A sentence before the levels: leave for all of its commands or for none, and nothing used up in vain."""

from __future__ import annotations

import pytest

from domain.commands import Command
from domain.commands.table import Need
from domain.enforcement import EnforcementContext
from domain.enforcement.consent import Grant, Request, State
from domain.enforcement.guard import Wanted, permits
from domain.errors import ConsentRequired, WtError

PHASES = [Wanted(Command("bulk_set_status", {"scope": f"phase:{n}", "status": "complete"}), Need("change_many", f"phase {n}"), "p") for n in (1, 2)]  # fmt: skip


class Kept:
    """Consent in memory; `gone` are grants that somebody else uses first."""

    def __init__(self, *grants: Grant, answers: tuple[str | None, ...] = (), gone: tuple[Grant, ...] = ()) -> None:
        self.state = State(grants=grants)
        self.answers = list(answers)
        self.gone = gone
        self.did: list[str] = []

    def context(self, *, skip_consent: bool) -> EnforcementContext:
        return EnforcementContext("s1", 10, consents=self.state, skip_consent=skip_consent)

    def request(self, need: Need, what: str, tracker: str | None) -> Request:
        return Request("r10001", need.operation, what, need.shown, "alex", "s1", 10, 99, tracker, need.number)

    def can_ask(self) -> bool:
        return bool(self.answers)

    def ask(self, request: Request, trouble: str) -> Grant | None:
        self.did.append(f"asked {request.shown}")
        if self.answers.pop(0) is None:
            return None
        self.state = self.state.replace(grants=(*self.state.grants, grant(request.shown, request.what)))
        return self.state.grants[-1]

    def record(self, request: Request) -> Request:
        self.did.append(f"recorded {request.shown}")
        return request

    def spend(self, grant: Grant, request: Request) -> bool:
        self.did.append(f"spent {grant.shown}")
        return grant not in self.gone

    def give_back(self, grant: Grant) -> None:
        self.did.append(f"gave back {grant.shown}")

    def __getattr__(self, name: str) -> None:
        raise AssertionError(f"{name} is for commands about consent")


def grant(shown: str, what: str) -> Grant:
    return Grant("g", "once", "change_many", "s1", 0, 99, "dana", what, shown, "p")


GRANTS = tuple(grant(f"phase {n}", f"set all tasks in phase {n} to complete") for n in (1, 2))


def permitted(kept: Kept, *, skip: bool = False, rehearsal: bool = False) -> list[str]:
    found = permits(PHASES, kept, skip_consent=skip, rehearsal=rehearsal)  # type: ignore[arg-type]  # as much as is asked for
    return [permit.told for permit in found]


def test_what_was_agreed_to_is_used_up_command_by_command() -> None:
    kept = Kept(*GRANTS)
    assert permitted(kept) == ["once, by dana"] * 2
    assert kept.did == ["spent phase 1", "spent phase 2"]


def test_without_leave_for_all_nothing_is_used_up() -> None:
    kept = Kept(GRANTS[0])
    with pytest.raises(ConsentRequired, match="phase 2"):
        permitted(kept)
    assert kept.did == ["recorded phase 2"]


def test_an_approval_that_somebody_else_used_first_gives_back_the_others() -> None:
    kept = Kept(*GRANTS, gone=GRANTS[1:])
    with pytest.raises(ConsentRequired, match="used meanwhile"):
        permitted(kept)
    assert kept.did == ["spent phase 1", "spent phase 2", "gave back phase 1"]


def test_a_person_is_asked_command_by_command_and_one_no_ends_it() -> None:
    kept = Kept(answers=("yes", None))
    with pytest.raises(ConsentRequired, match="Nobody agreed"):
        permitted(kept)
    assert kept.did == ["asked phase 1", "asked phase 2"]
    assert permitted(Kept(answers=("yes", "yes", "yes"))) == ["once, by dana"] * 2


def test_a_rehearsal_asks_records_and_uses_nothing() -> None:
    for kept in (Kept(answers=("yes",)), Kept(GRANTS[0])):
        with pytest.raises(WtError):
            permitted(kept, rehearsal=True)
        assert kept.did == []
    kept = Kept(*GRANTS)
    assert permitted(kept, rehearsal=True) == ["once, by dana"] * 2 and kept.did == []


def test_what_is_skipped_uses_nothing() -> None:
    kept = Kept(*GRANTS)
    assert permitted(kept, skip=True) == ["skipped"] * 2 and kept.did == []
