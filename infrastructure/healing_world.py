"""One project as a run of healing finds it: the world that the engine works in."""

from __future__ import annotations

import os
import time

from domain.errors import Busy, NotFound, Unavailable, WtError
from domain.playbooks import guards, inquiries, notices
from domain.playbooks.learning import confidence, promise, trials_of
from domain.playbooks.outcomes import outcomes_of
from domain.record import Record
from domain.recovery import lost
from infrastructure.atomic import Lock
from infrastructure.copies import Places
from infrastructure.foresight import Foresight
from infrastructure.hands import Hands
from infrastructure.healing_state import HealingLog, HealingState
from infrastructure.learning import Learning
from infrastructure.project import OWN
from infrastructure.repair import Past
from infrastructure.seals import Seals
from infrastructure.series import disk_free
from infrastructure.signals import Signals
from infrastructure.state_files import prepare

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from typing import Any

    from domain.playbooks.guards import Confidence
    from domain.playbooks.inquiries import Inquiry, Standing
    from domain.playbooks.learning import Trial
    from domain.playbooks.metrics import Value
    from domain.playbooks.notices import Notice
    from domain.playbooks.outcomes import HealingOutcome
    from domain.playbooks.playbook import Playbook, Stage
    from domain.playbooks.world import Hand
    from domain.tracker import Tracker
    from infrastructure.copies import Copies
    from infrastructure.credentials import Renewal
    from infrastructure.healing import ProjectHealing
    from infrastructure.mending import Mending
    from infrastructure.notifying import Notifier
    from infrastructure.operations import OperationFile
    from infrastructure.project import Configuration
    from infrastructure.trackers import ProjectTrackers

    Document = Mapping[str, Any]  # Any: plain values all through

LOG_LIMIT = 64 << 20  # bytes; some hundred thousand outcomes
SWITCH, SWITCHED_OFF, SYMPTOMS = "healing", "disabled playbooks", "symptoms"  # keys of the state
LABEL = "root-cause"
MB = 2.0**20


class Held(Record):
    """How long a symptom has been seen at every look."""

    since: float
    looks: int


class Ledger:
    """What every tracker holds at one moment, and how long its journal is."""

    def __init__(self, root: str, signals: Signals, size_limit: int) -> None:
        self._root = root
        self._signals = signals
        self._size_limit = size_limit
        self._before = dict(self._now())

    def _now(self) -> Iterator[tuple[str, tuple[Tracker, int]]]:
        """Of a damaged file the state that is proven for it; nothing of what nobody can read."""
        self._signals.look(())
        for name, seen in self._signals.seen().items():
            if not isinstance(seen, WtError):
                past = Past(self._root, name, seen.tracker.uid, self._size_limit)
                yield name, (seen.tracker, len(past.entries()))

    def lost(self, *, may_change: bool) -> str | None:
        after = dict(self._now())
        for name, (tracker, entries) in self._before.items():
            if name not in after:
                return f"{name} can no longer be read"
            if after[name][1] < entries:
                return f"{name}: the journal became shorter"
            wrong = None if may_change else lost(tracker, after[name][0])
            if wrong is not None:
                return f"{name}: {wrong}"
        return None


class ProjectWorld:
    """One project, as `domain.playbooks.world.World` describes it."""

    def __init__(
        self,
        root: str,
        trackers: ProjectTrackers,
        healing: ProjectHealing,
        operations: OperationFile,
        configuration: Configuration,
        *,
        clock: Callable[[], float],
        new_uid: Callable[[], str],
        add_task: Callable[[str, str, str], str | None],
        mending: Mending | None = None,
        renewal: Renewal | None = None,
        notifier: Notifier | None = None,
        disk_free: Callable[[str], float] = disk_free,
    ) -> None:
        """`add_task(title, note, label)` puts a task into the tracker in use, or finds the one that is there.

        Without `mending` what probes say is unknown, and nothing is done about them; without `notifier` nobody is told.
        `disk_free` says how many bytes are left where a folder lies.
        """
        self._root = root
        self._trackers = trackers
        self._healing = healing
        self._add_task = add_task
        self._places = Places(root)
        limit = float(configuration["cache_limit_mb"]) * MB
        self.foresight = Foresight(
            root,
            operations,
            lambda: map(trackers.open, trackers.names()),
            clock=clock,
            cache_limit=limit,
            disk_free=disk_free,
        )
        self._signals = Signals(
            root,
            trackers,
            self._places,
            healing,
            operations,
            clock=clock,
            cache_limit=limit,
            remote_timeout=float(configuration["remote_timeout"]),
            foresight=self.foresight,
            mending=mending,
        )
        self.hands: Mapping[str, Hand] = Hands(
            root,
            trackers,
            self._signals,
            self._places,
            healing,
            clock=clock,
            cache_limit=limit,
            mending=mending,
            renewal=renewal,
        ).all()
        self._state = HealingState(root)
        outcomes = HealingLog(root, name="outcomes", limit=LOG_LIMIT)
        self._outcomes = _Log(outcomes)
        self._learning = Learning(root, outcomes)
        self._inquiries = _Log(HealingLog(root, name="inquiries", limit=LOG_LIMIT))
        self._seals = Seals(root)
        self.problems: list[str] = []
        self._notifier = notifier
        self._clock = clock
        self.new_id = new_uid
        self.session = str(os.getpid())

    # --- looking ------------------------------------------------------------------------------------------------------

    def look(self, metrics: Iterable[str]) -> Mapping[str, Value]:
        return self._signals.look(metrics)

    def evidence(self, metric: str) -> Document:
        return self.foresight.evidence(metric)

    def inside(self, objects: Sequence[str], scope: Sequence[str]) -> bool:
        return self._places.inside(objects, scope)

    def copy(self, objects: Sequence[str]) -> Copies:
        return self._places.copy(objects)

    def ledger(self) -> Ledger:
        return Ledger(self._root, self._signals, self._trackers.size_limit)

    def seen(self, present: Iterable[str], *, note: bool, among: Collection[str] | None = None) -> Mapping[str, Held]:
        marks, now = list(present), self._clock()

        def looked(document: object) -> tuple[dict[str, object], dict[str, Held]]:
            known = document if isinstance(document, dict) else {}
            held = {mark: _held(known.get(mark), now) for mark in marks}
            kept = {} if among is None else {mark: row for mark, row in known.items() if mark not in among}
            return kept | {mark: {"since": each.since, "looks": each.looks} for mark, each in held.items()}, held

        if not note:
            return looked(self._kept(SYMPTOMS))[1]
        try:
            return self._state.update(SYMPTOMS, looked)
        except (WtError, OSError):
            return looked(None)[1]

    def forget(self, fingerprint: str) -> None:
        def without(document: object) -> tuple[dict[str, object], None]:
            known = document if isinstance(document, dict) else {}
            return {mark: held for mark, held in known.items() if mark != fingerprint}, None

        if fingerprint in self._kept(SYMPTOMS):
            try:
                self._state.update(SYMPTOMS, without)
            except (WtError, OSError):
                return  # on a full disk: then it is taken to have lasted

    def _kept(self, key: str) -> dict[str, Any]:  # Any: JSON as parsed
        try:
            found = self._state.read(key)
        except WtError:
            return {}
        return found if isinstance(found, dict) else {}

    def context(self) -> Document:
        """The newest failures of operations, and what keeps coming back."""
        known = self._healing.statistics()
        recurring = known["recurring"]
        failures = [dict(failure) for failure in self._healing.failures()[-5:]]
        cause = str(recurring[0]["cause"]) if recurring else (str(failures[-1]["symptom"]) if failures else "")
        return {"cause": cause, "failures": failures}

    def must_be_a_project(self) -> None:
        """Raises NotFound where there is nothing of wt: healing keeps notes, and makes no project for them."""
        if not os.path.isdir(os.path.join(self._root, OWN)) and not self._trackers.names():
            raise NotFound("There is nothing of wt here to heal.", hint='Start a tracker with: wt init "Title"')

    # --- being the only one, being off --------------------------------------------------------------------------------

    def alone(self) -> AbstractContextManager[object]:
        """Raises Busy, Unavailable on entering."""
        try:
            prepare(self._root)
            os.makedirs(os.path.join(self._root, OWN, "state", "healing"), mode=0o700, exist_ok=True)
        except OSError as error:
            raise Unavailable(f"{OWN}/ cannot be made: {error.strerror}.") from error
        return _Alone(os.path.join(self._root, OWN, "state", "healing", "healer.lock"))

    def off(self) -> str | None:
        switch = self._kept(SWITCH)
        if switch.get("stopped_by"):
            return f"healing was stopped by {switch['stopped_by']}"
        until = switch.get("off_until")
        left = until - self._clock() if isinstance(until, (int, float)) else 0.0
        if 0 < left <= guards.PAUSE:  # a longer time is left only where the clock was set back
            return f"healing is off for {max(1, round(left / 60))} min more: {switch.get('reason', '')}"
        return None

    def turn_off(self, seconds: float, reason: str) -> None:
        self._switch({"off_until": self._clock() + seconds, "reason": reason})

    def stop(self, by: str) -> None:
        """A person says so; a treatment under way ends before its next action."""
        self._switch({"stopped_by": by, "at": self._clock()})

    def resume(self) -> None:
        self._switch({})

    def _switch(self, document: Document) -> None:
        self._state.update(SWITCH, lambda _: (document, None))

    # --- which playbooks ----------------------------------------------------------------------------------------------

    def disabled(self) -> Collection[str]:
        return self._kept(SWITCHED_OFF).keys()

    def set_enabled(self, id: str, enabled: bool, by: str) -> bool:
        """Whether that changed anything."""

        def changed(document: object) -> tuple[dict[str, object], bool]:
            known = dict(document) if isinstance(document, dict) else {}
            before = id not in known
            if enabled:
                known.pop(id, None)
            else:
                known.setdefault(id, {"by": by, "at": self._clock()})
            return known, before != enabled

        return self._state.update(SWITCHED_OFF, changed)

    # --- logs ---------------------------------------------------------------------------------------------------------

    def outcomes(self) -> Sequence[HealingOutcome]:
        return outcomes_of(self._outcomes.read())

    def record(self, outcome: HealingOutcome) -> None:
        self._keep(self._outcomes, outcome.to_document())

    def inquiries(self) -> Sequence[Standing]:
        return inquiries.standings(self._seals.sound(self._inquiries.read()), self._clock())

    def ask(self, inquiry: Inquiry) -> None:
        self._keep(self._inquiries, inquiry.to_document())
        self._tell(notices.of_inquiry(inquiry))

    def alarm(self, notice: Notice) -> None:
        self._tell(notice)

    def _tell(self, notice: Notice) -> None:
        if self._notifier is not None:
            self._notifier.tell(notice)

    def notified(self) -> list[dict[str, str]]:
        """What became of telling people in this run: `channel`, `result`, `why`."""
        return self._notifier.results if self._notifier is not None else []

    def answer(self, inquiry: Inquiry, said: str, *, by: str, note: str) -> None:
        """A person's answer, or anybody's no. Raises Unavailable, OSError: an answer that cannot be kept is none."""
        line = inquiries.answered(inquiry, said, by=by, at=self._clock(), note=note)
        sealed = self._seals.sealed(inquiry.to_document(), line) if said == inquiries.APPROVE else line
        self._inquiries.must_keep(sealed)

    def close(self, inquiry: Inquiry, *, used: bool) -> None:
        line = inquiries.used if used else inquiries.settled
        self._keep(self._inquiries, line(inquiry, self._clock()))

    def _keep(self, log: _Log, line: Document) -> None:
        """What cannot be logged, on a full disk say, is remembered for this run and told: healing goes on."""
        problem = log.keep(line)
        if problem is not None and problem not in self.problems:
            self.problems.append(problem)

    def past(self, playbook: str | None = None, since: float | None = None) -> list[HealingOutcome]:
        """What became of treatments, of all playbooks or one, since a time or ever, oldest first."""
        unlogged = [outcome for outcome in outcomes_of(self._outcomes.rest) if playbook in (None, outcome.playbook_id)]
        return [*self._learning.outcomes(playbook, since), *unlogged]

    def _trials(self) -> list[Trial]:
        return [*self._learning.trials(), *trials_of(outcomes_of(self._outcomes.rest))]

    def confidence(self, playbook: Playbook) -> Confidence:
        return confidence(self._trials(), playbook)

    def weight(self, playbook: Playbook, stage: Stage) -> float:
        return promise(self._trials(), playbook.id, stage.name)

    def open_task(self, title: str, note: str) -> str | None:
        try:
            return self._add_task(title, note, LABEL)
        except (WtError, OSError):
            return None

    # --- time ---------------------------------------------------------------------------------------------------------

    def now(self) -> float:
        return self._clock()

    def elapsed(self) -> float:
        return time.monotonic()


def _held(document: object, now: float) -> Held:
    """One more look, after those that are known; times yet to come are none."""
    if not isinstance(document, dict):
        return Held(now, 1)
    since, looks = document.get("since"), document.get("looks")
    if not isinstance(since, (int, float)) or not isinstance(looks, int) or since > now:
        return Held(now, 1)
    return Held(float(since), looks + 1)


class _Log:
    """A log, and the lines that it could not take."""

    def __init__(self, log: HealingLog) -> None:
        self._log = log
        self.rest: list[Document] = []

    def keep(self, line: Document) -> str | None:
        """What went wrong, if anything."""
        try:
            self._log.append(line)
        except (WtError, OSError) as error:
            self.rest.append(line)
            return f"what was healed could not be logged ({error})"
        return None

    def must_keep(self, line: Document) -> None:
        """Raises OSError, Unavailable."""
        self._log.append(line)

    def read(self) -> list[object]:
        return [*self._log.read(), *self.rest]


class _Alone:
    """One healer at a time: who comes second yields at once."""

    def __init__(self, path: str) -> None:
        self._lock = Lock(path, timeout=0.001, holder=f"process {os.getpid()}")

    def __enter__(self) -> _Alone:
        try:
            self._lock.__enter__()
        except Busy as error:
            raise Busy("Another wt is healing this project just now.", hint="Look again in a moment.") from error
        return self

    def __exit__(self, *what: object) -> None:
        self._lock.__exit__(*what)
