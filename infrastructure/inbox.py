"""The inbox of a project: one list of everything that waits for a person, and what becomes of an answer."""

from __future__ import annotations

from domain.errors import Blocked, Clarify, Invalid, NotFound, Refused
from domain.playbooks import inbox
from domain.playbooks.inbox import CONSENT, OPEN, Waiting
from domain.playbooks.inquiries import APPROVE, DENY, HEALING
from domain.shape import iso_of
from infrastructure.consents import HINT, ONLY_PEOPLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from domain.playbooks.inquiries import Inquiry
    from infrastructure.consents import ProjectConsents
    from infrastructure.playbooks import ProjectPlaybooks

    Document = Mapping[str, Any]  # Any: plain values all through
    Effect = Callable[[Inquiry], str]  # what an answer does at once, in words; raises WtError when that fails
    Source = Callable[[], Iterable[Waiting]]

WHERE = "See what waits: wt inbox"


class ProjectInbox:
    """The port of the commands. Inquiries are answered here, consent where it is kept, the rest by its own commands."""

    def __init__(
        self,
        playbooks: ProjectPlaybooks,
        consents: ProjectConsents,
        others: Sequence[Source],
        *,
        ask: Callable[[Sequence[str]], bool] | None,
        by: str,
        effects: Mapping[str, tuple[Effect, Effect]] | None = None,
    ) -> None:
        """`ask` shows a person what they would agree to; None where none can be asked.

        `effects`: kind of inquiry -> what an approval and what a denial do at once; other kinds wait for healing.
        """
        self._playbooks = playbooks
        self._world = playbooks.world
        self._consents = consents
        self._others = others
        self._ask = ask
        self._by = by
        self._effects = effects or {}

    # --- looking ------------------------------------------------------------------------------------------------------

    def rows(self, *, everything: bool) -> list[Document]:
        return [self._told(row) for row in self._all() if everything or row.state == OPEN]

    def _all(self) -> list[Waiting]:
        rows = [row for source in self._others for row in source()]
        return inbox.in_order([*self._inquiries(), *rows])

    def _inquiries(self) -> list[Waiting]:
        standings = self._world.inquiries()
        short = inbox.shortest(standing.inquiry.id for standing in standings)
        return [inbox.of_standing(each, short[each.inquiry.id]) for each in standings]

    @staticmethod
    def _told(row: Waiting) -> Document:
        return {
            **inbox.told(row),
            "short": row.short or row.id,
            "said": inbox.state_in_words(row),
            "at": _time(row.at),
            "until": _time(row.until),
            "default": row.inquiry.safe_default if row.inquiry is not None else DENY,
        }

    # --- answering ----------------------------------------------------------------------------------------------------

    def approve(self, id: str | None, note: str, *, rehearsal: bool) -> Document:
        if self._ask is None:
            raise Blocked(ONLY_PEOPLE, hint=HINT)
        row = self._meant(id)
        if row.kind == CONSENT:
            return _said(row, *self._consents.grant(row.id, rehearsal=rehearsal))
        inquiry = _must_be_answerable(row)
        if row.state != OPEN:
            return self._answered_already(row)
        if rehearsal:
            return _said(row, "changed", f"{row.what} would be approved.")
        if not self._ask(_question(row)):
            return _said(row, "unchanged", "Nobody agreed, so it still waits.")
        message = self._effect(inquiry, APPROVE)
        self._world.answer(inquiry, APPROVE, by=self._by, note=note)
        acts = inquiry.kind == HEALING and bool(inquiry.allows)
        if not acts:
            self._world.close(inquiry, used=inquiry.kind != HEALING)
        hint = "The next wt heal does it." if acts else None
        return {**_said(row, "changed", message), "hint": hint, "playbook": inquiry.playbook_id if acts else None}

    def deny(self, id: str | None, note: str, *, rehearsal: bool) -> Document:
        row = self._meant(id)
        if row.kind == CONSENT:
            return _said(row, *self._consents.answer(f"no {row.id}", rehearsal=rehearsal))
        inquiry = _must_be_answerable(row)
        if row.state != OPEN:
            return self._answered_already(row)
        if rehearsal:
            return _said(row, "changed", f"{row.what} would be denied.")
        if id is None and (self._ask is None or not self._ask([*_question(row), "", "  Say no to that?"])):
            return _said(row, "unchanged", "Nothing was answered, so it still waits.")
        message = self._effect(inquiry, DENY)
        self._world.answer(inquiry, DENY, by=self._by, note=note)
        return _said(row, "changed", message)

    def _answered_already(self, row: Waiting) -> Document:
        return _said(row, "unchanged", f"There is nothing to answer any more: it is {inbox.state_in_words(row)}.")

    def _meant(self, said: str | None) -> Waiting:
        """Raises NotFound, Clarify."""
        rows = self._all()
        open_ones = [row for row in rows if row.state == OPEN]
        if said is None:
            if self._ask is None and open_ones:  # who does not see it must name it
                raise Clarify("Which one?", hint=WHERE, candidates=_candidates(open_ones))
            found = open_ones
        else:
            found = inbox.meant(open_ones, said) or inbox.meant(rows, said)
        if not found:
            raise NotFound(f"Nothing {said or 'here'} waits for a person.", hint=WHERE)
        if len(found) > 1:
            raise Clarify("Which one do you mean?", hint=WHERE, candidates=_candidates(found))
        return found[0]

    def _effect(self, inquiry: Inquiry, said: str) -> str:
        """What the answer does now, in words. Raises Invalid for what is not put right, and what the kind raises."""
        if inquiry.kind in self._effects:
            approved, denied = self._effects[inquiry.kind]
            return (approved if said == APPROVE else denied)(inquiry)
        if said == DENY:
            return "Denied. It is not asked again while that trouble lasts."
        if inquiry.allows:
            return f"Approved, once: {', '.join(inquiry.allows)}."
        return self._put_right(inquiry)

    def _put_right(self, inquiry: Inquiry) -> str:
        """There is nothing that wt could do: a person says that it is done. Raises Invalid when it is not."""
        there = inbox.is_still_there(inquiry, self._world.look)
        if there is True:
            raise Invalid(
                f"It is still so: {inquiry.symptom}. The inquiry stays open.",
                hint=inquiry.recommended_action or "Put it right, then answer again.",
            )
        return "Settled: the trouble is gone." if there is False else "Settled on your word; wt cannot look at it now."


def _said(row: Waiting, outcome: str, message: str) -> dict[str, Any]:
    return {"outcome": outcome, "message": message, "id": row.id, "kind": row.kind}


def _must_be_answerable(row: Waiting) -> Inquiry:
    """Raises Refused for what its own command answers."""
    if row.inquiry is None:
        raise Refused("That is not answered with a yes or a no.", hint=f"Answer it: {row.answer}")
    return row.inquiry


def _question(row: Waiting) -> list[str]:
    """What a person is shown before they agree."""
    return [f"{row.severity}: {row.what}", *(f"  {line}" for line in row.details)]


def _candidates(rows: Sequence[Waiting]) -> list[tuple[str, str]]:
    return [(row.short or row.id, row.what) for row in rows]


def _time(at: float | None) -> str | None:
    return None if at is None else iso_of(at)
