"""What the engine needs from outside, as it sees it: a look at the signals, hands, copies, the logs, a clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from typing import Any

    from domain.playbooks.guards import Confidence
    from domain.playbooks.inquiries import Inquiry, Standing
    from domain.playbooks.metrics import Value
    from domain.playbooks.notices import Notice
    from domain.playbooks.outcomes import HealingOutcome
    from domain.playbooks.playbook import Playbook, Stage


class Hand(Protocol):
    """One action as it is really done."""

    def select(self) -> Sequence[str]:
        """What it would work on, as paths below the root or names of resources; nothing is touched.

        Nothing found means that there is nothing to do, never that everything is meant.
        """
        ...

    def act(self, objects: Sequence[str], seconds: float) -> str:
        """Do it to these objects within the time; what was done, in words. Raises WtError, OSError."""
        ...


class Copy(Protocol):
    """Copies of some objects, taken before they are worked on."""

    @property
    def digest(self) -> str:
        """Of all of them, those that are not there included."""
        ...

    def put_back(self) -> bool:
        """Restore them; whether they are again what they were, digest for digest."""
        ...


class Ledger(Protocol):
    """What is in the trackers and their journals at one moment."""

    def lost(self, *, may_change: bool) -> str | None:
        """What was there then and is not there now; None when everything is.

        With `may_change` a tracker may say something else by now, but no journal may have become shorter.
        """
        ...


class Held(Protocol):
    """How long a symptom has been seen at every look: `since` in seconds since 1970, and how many looks."""

    @property
    def since(self) -> float: ...

    @property
    def looks(self) -> int: ...


class World(Protocol):
    """One project, as one run of healing finds it."""

    @property
    def hands(self) -> Mapping[str, Hand]:
        """By the name of the action; one that is missing cannot be done here."""
        ...

    def look(self, metrics: Iterable[str]) -> Mapping[str, Value]:
        """These signals as they are now; None for what cannot be found out."""
        ...

    def evidence(self, metric: str) -> Mapping[str, Any]:
        """What a signal of what is to come rests on, `line` in words among it; empty for any other signal."""
        ...

    def inside(self, objects: Sequence[str], scope: Sequence[str]) -> bool:
        """Whether all of them lie within these paths, links followed."""
        ...

    def copy(self, objects: Sequence[str]) -> Copy: ...

    def ledger(self) -> Ledger: ...

    def alone(self) -> AbstractContextManager[object]:
        """One healer at a time. Raises Busy on entering."""
        ...

    def off(self) -> str | None:
        """Why healing is off, also when somebody turned it off a moment ago; None when it is on."""
        ...

    def turn_off(self, seconds: float, reason: str) -> None: ...

    def seen(self, present: Iterable[str], *, note: bool, among: Collection[str] | None = None) -> Mapping[str, Held]:
        """For how long the troubles of these fingerprints have been there; `note` remembers this look.

        `among`: nothing else was looked for, so that what is known of others stays.
        """
        ...

    def forget(self, fingerprint: str) -> None:
        """This trouble is gone: when it comes again, it has not lasted since then."""
        ...

    def outcomes(self) -> Sequence[HealingOutcome]:
        """The whole log, oldest first."""
        ...

    def record(self, outcome: HealingOutcome) -> None: ...

    def inquiries(self) -> Sequence[Standing]: ...

    def ask(self, inquiry: Inquiry) -> None:
        """Keep the question, and tell people of it."""
        ...

    def alarm(self, notice: Notice) -> None:
        """Tell people of what needs no answer."""
        ...

    def close(self, inquiry: Inquiry, *, used: bool) -> None:
        """An approval was acted upon, or the trouble is gone."""
        ...

    def confidence(self, playbook: Playbook) -> Confidence: ...

    def weight(self, playbook: Playbook, stage: Stage) -> float:
        """How promising a stage is, for the order of stages of one risk; the same for all while nothing was learnt."""
        ...

    def open_task(self, title: str, note: str) -> str | None:
        """The id of a new task, or of the one that is open already; None where there is no tracker to put it in."""
        ...

    def context(self) -> Mapping[str, Any]:
        """What else is known, for a person who has to find out."""
        ...

    def now(self) -> float:
        """Seconds since 1970."""
        ...

    def elapsed(self) -> float:
        """Seconds on a clock that nobody sets."""
        ...

    def new_id(self) -> str: ...

    @property
    def session(self) -> str: ...
