"""Asking probes: which, how often, within which limits; what they said is kept, and what is disputed."""

from __future__ import annotations

import hashlib
import os
import shlex
import time

from domain.errors import Blocked, NotFound, WtError
from domain.probes.consensus import Consensus, Reliability, signals
from domain.probes.declaration import COSTS, TASKS, Probe
from domain.probes.disputes import Dispute, of_tracker, settled
from domain.probes.verdicts import BROKEN, DISAGREE, UNKNOWN, Verdict, broken, of_exit, unknown
from domain.proof import wanted
from domain.record import Record
from domain.self_healing.monitor import HealthLevel, Signal
from domain.shape import iso_of
from infrastructure import running
from infrastructure.built_in_probes import PROBES, World
from infrastructure.probe_files import ProbeFile, probe_files
from infrastructure.probe_state import Answered, Known, ProbeState
from infrastructure.project import OWN
from infrastructure.running import Ran

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from domain.tracker import Task
    from infrastructure.proving import ProjectProving

FOREVER = float("inf")
CACHE = "PROBE_CACHE"  # the variable that tells a declared probe where it may keep things
CHECKS_HOLD = Probe(
    "checks-hold",
    "the checks of every complete task hold",
    "tests",
    about=TASKS,
    cost="deep",
    timeout=3600.0,
    ttl=86_400.0,
)


class Asked(Record):
    """One probe and what it said now: `flaked` when the second time it said something else."""

    probe: Probe
    declared: str
    verdicts: tuple[Verdict, ...]
    flaked: bool = False

    @property
    def worst(self) -> Verdict:
        """The one that people are told: trouble first."""
        order = (DISAGREE, BROKEN, "AGREE", UNKNOWN)
        told = sorted(self.verdicts, key=lambda each: order.index(each.verdict))
        return told[0] if told else unknown("nothing claims that")


class ProjectProbing:
    """The probes of one project, built in and declared."""

    def __init__(self, world: Callable[[], World], proving: ProjectProving, make_sample: Callable[[str], None]) -> None:
        """`world` is asked each time, for its clock; `make_sample` makes a small project, to test probes on."""
        self._world = world
        self._proving = proving
        self._make_sample = make_sample
        self._root = world().root
        self._state = ProbeState(self._root)

    # --- which there are ----------------------------------------------------------------------------------------------

    def _files(self) -> list[ProbeFile]:
        return probe_files(self._root, {*PROBES, CHECKS_HOLD.id})

    def _probes(self) -> list[tuple[Probe, str]]:
        """Every probe with the digest of its declaration; those built in have none."""
        declared = [(file.probe, digest(file)) for file in self._files() if file.probe is not None]
        return [*((probe, "") for probe, _ in PROBES.values()), (CHECKS_HOLD, ""), *declared]

    def file(self, id: str) -> ProbeFile | None:
        """The declaration of a probe; None for one that is built in."""
        return next((file for file in self._files() if file.probe is not None and file.probe.id == id), None)

    def refused(self) -> list[str]:
        """Declarations that are none, each with its reasons."""
        return [f"{file.where}: {'; '.join(file.wrong)}" for file in self._files() if file.wrong]

    def rows(self) -> list[Mapping[str, Any]]:
        """Every probe, what it said last, and how reliable it is."""
        known, now = self._state.known(), self._world().seconds
        return [_row(probe, known, now, declared) for probe, declared in self._probes()]

    # --- asking -------------------------------------------------------------------------------------------------------

    def look(
        self, deepest: str, only: str | None = None, *, keep: bool = True, seconds: float = FOREVER
    ) -> Mapping[str, Any]:
        """Ask every probe up to a cost, or one of any cost; none is begun after so many seconds.

        Raises NotFound, Unavailable, Busy.
        """
        chosen = [row for row in self._probes() if self._is_meant(row[0], deepest, only)]
        if not chosen:
            names = ", ".join(probe.id for probe, _ in self._probes())
            raise NotFound(f"There is no probe {only}.", hint=f"Probes: {names}.")
        asked = list(self._all(chosen, time.monotonic() + seconds))
        disputes = self._state.disputes() | self._disputes(asked)
        freed = frozenset({only}) if only and not any(each.worst.verdict == BROKEN for each in asked) else frozenset()
        known = self._with(self._state.known(), asked, freed)
        if keep:
            self._state.keep(lambda now: self._with(now, asked, freed), disputes)
        return self._report(asked, known, disputes)

    @staticmethod
    def _is_meant(probe: Probe, deepest: str, only: str | None) -> bool:
        if only is not None:
            return probe.id == only
        return COSTS.index(probe.cost) <= COSTS.index(deepest)

    def _all(self, chosen: Iterable[tuple[Probe, str]], deadline: float) -> Iterable[Asked]:
        for probe, declared in chosen:
            if time.monotonic() < deadline:
                yield self._ask(probe, declared)

    def _ask(self, probe: Probe, declared: str) -> Asked:
        """Ask; once more when it is broken, was stopped, or would veto."""
        first = self._once(probe)
        again = any(each.verdict == BROKEN or (probe.veto and each.verdict == DISAGREE) for each in first)
        if not again:
            return Asked(probe, declared, first)
        second = self._once(probe)
        flaked = {each.verdict for each in first} != {each.verdict for each in second}
        return Asked(probe, declared, second, flaked)

    def _once(self, probe: Probe) -> tuple[Verdict, ...]:
        if probe.id == CHECKS_HOLD.id:
            return tuple(self._checks_hold())
        if probe.command is not None:
            return (self._declared_verdict(probe),)
        try:
            said = PROBES[probe.id][1](self._world())
        except (WtError, OSError, ValueError) as error:
            return (broken(getattr(error, "message", None) or str(error)),)
        return tuple(said) if isinstance(said, list) else (said,)

    def _declared_verdict(self, probe: Probe) -> Verdict:
        file = self.file(probe.id)
        assert file is not None
        try:
            self.must_trust(file)
        except Blocked:
            return unknown("no person has trusted its command: wt trust")
        return run_declared(probe, self._root, self._world().env, self.own(probe.id))

    def must_trust(self, file: ProbeFile) -> None:
        """Raises Blocked, Unavailable."""
        self._proving.gate().must_trust(file.declared)

    def own(self, probe: str) -> Mapping[str, str]:
        """What a declared probe is given besides the environment: the name of its folder, which is there."""
        os.makedirs(self.cache_of(probe), mode=0o700, exist_ok=True)
        return {CACHE: self.cache_of(probe)}

    def cache_of(self, probe: str) -> str:
        """The folder that a declared probe may keep things in: its own, and only as long as nobody clears it."""
        return os.path.join(self._root, OWN, "state", "probes", probe)

    def _checks_hold(self) -> Iterable[Verdict]:
        """The checks of complete tasks, run again now."""
        for name, tracker in self._world().trackers():
            for phase in tracker.phases:
                for at, checks in enumerate(phase.tasks.column("verify")):
                    task = phase.tasks[at]
                    if checks and task.status == "complete":
                        yield self._holds(name, task)

    def _holds(self, name: str, task: Task) -> Verdict:
        try:
            proofs = self._proving.prove(name, wanted("", task))
        except Blocked as error:
            return unknown(error.message).replace(about=task.uid)
        failed = [proof for proof in proofs.values() if not proof.passed]
        said = tuple(f"{proof.check.kind} {proof.check.value}: {proof.how}" for proof in failed)
        return Verdict(DISAGREE if failed else "AGREE", said, task.uid)

    # --- what is kept of it -------------------------------------------------------------------------------------------

    def _with(self, known: Known, asked: Iterable[Asked], freed: frozenset[str]) -> Known:
        asked, now = list(asked), self._world().seconds
        answers = known.answers | {each.probe.id: Answered(each.verdicts, now, each.declared) for each in asked}
        measured = known.measured | {
            each.probe.id: _counted(known.measured.get(each.probe.id, Reliability()), wrong=1)
            for each in asked
            if each.flaked
        }
        later = known.replace(answers=answers, measured=measured, quarantined=known.quarantined - freed)
        found = later.consensus(self._probes(), now)
        return later.replace(watch=later.watch.after(found) if found else later.watch)

    def _disputes(self, asked: Iterable[Asked]) -> dict[str, tuple[Dispute, ...]]:
        said = [(each.probe.id, verdict) for each in asked for verdict in each.verdicts if verdict.about]
        earlier, now = self._state.disputes(), iso_of(self._world().seconds)
        found = {}
        for _, tracker in self._world().trackers():
            uids = {uid for phase in tracker.phases for uid in phase.tasks.column("uid")}
            own = [(probe, verdict) for probe, verdict in said if verdict.about in uids]
            found[tracker.uid] = settled(tracker, earlier.get(tracker.uid, ()), own, now)
        return found

    # --- what is told -------------------------------------------------------------------------------------------------

    def _report(
        self, asked: Iterable[Asked], known: Known, disputes: Mapping[str, tuple[Dispute, ...]]
    ) -> Mapping[str, Any]:
        found = known.consensus(self._probes(), self._world().seconds) or Consensus(None, 0.0, 0, 0)
        disputed = self._standing(disputes)
        return {
            "line": found.line,
            "consensus": dict(found.values()),
            "degraded": known.watch.is_degraded,
            "signals": signals(found, known.watch, len(disputed)),
            "answers": [_told(each) for each in asked],
            "disputes": disputed,
            "refused": self.refused(),
        }

    def _standing(self, disputes: Mapping[str, tuple[Dispute, ...]]) -> list[Mapping[str, Any]]:
        """Those whose claim is still made, with the task as it is called now."""
        rows: list[Mapping[str, Any]] = []
        for name, tracker in self._world().trackers():
            for id, dispute in of_tracker(tracker, disputes.get(tracker.uid, ())).items():
                title = next(place.title for place in [tracker.at(id)] if place is not None)
                rows.append({"tracker": name, "id": id, "title": title, **dict(dispute.values())})
        return rows

    def signals(self) -> Mapping[str, float | None]:
        """The figures of the last evaluation, as they count now."""
        known = self._state.known()
        found = known.consensus(self._probes(), self._world().seconds)
        return signals(found, known.watch, len(self._standing(self._state.disputes())))

    def health(self) -> Signal | None:
        """How well the probes say it is; None before any was asked."""
        known = self._state.known()
        found = known.consensus(self._probes(), self._world().seconds)
        if found is None:
            return None
        disputes = len(self._standing(self._state.disputes()))
        reason = found.line + (f", {disputes} disputed" if disputes else "")
        if found.vetoes:
            return Signal("probes", HealthLevel.CRITICAL, f"{reason}: {', '.join(found.vetoes)} disagrees")
        trouble = known.watch.is_degraded or found.broken or disputes
        return Signal("probes", HealthLevel.DEGRADED if trouble else HealthLevel.HEALTHY, reason)

    # --- testing the probes themselves --------------------------------------------------------------------------------

    def selftest(self) -> list[Mapping[str, Any]]:
        """Show each probe what it claims to see; one that still agrees is given no weight."""
        from infrastructure.probe_selftest import tested

        trusted = [
            file for file in self._files() if file.probe is not None and self._proving.gate().is_trusted(file.declared)
        ]
        rows: list[Mapping[str, Any]] = list(tested(self._world(), trusted, self._make_sample))
        self._state.keep(
            lambda known: known.replace(
                measured=known.measured
                | {
                    row["probe"]: _after_test(known.measured.get(row["probe"], Reliability()), row)
                    for row in rows
                    if row["tested"]
                }
            )
        )
        return rows


def digest(file: ProbeFile) -> str:
    return hashlib.sha256(file.text.encode()).hexdigest()


def run_declared(probe: Probe, folder: str, env: Mapping[str, str], own: Mapping[str, str]) -> Verdict:
    """Run a declared probe; one that was stopped is broken, for it is asked twice."""
    ran: Ran = running.run(shlex.split(probe.command or ""), folder, timeout=probe.timeout, env=env, own=own)
    if ran.code is None:
        return broken(ran.why)
    return of_exit(ran.code, ran.out.decode(errors="replace"), probe.minimum)


def _counted(before: Reliability, *, right: int = 0, wrong: int = 0) -> Reliability:
    return before.replace(right=before.right + right, wrong=before.wrong + wrong)


def _after_test(before: Reliability, row: Mapping[str, Any]) -> Reliability:
    right = int(row["control"]) + int(row["seen"])
    return _counted(before, right=right, wrong=2 - right).replace(is_vacuous=row["vacuous"])


def _told(asked: Asked) -> Mapping[str, Any]:
    worst = asked.worst
    return {
        "probe": asked.probe.id,
        "claim": asked.probe.claim,
        "group": asked.probe.group,
        "veto": asked.probe.veto,
        "verdict": worst.verdict,
        "evidence": list(worst.evidence),
        "claims": len(asked.verdicts),
        "flaked": asked.flaked,
    }


def _row(probe: Probe, known: Known, now: float, declared: str) -> Mapping[str, Any]:
    vote = known.vote(probe, declared, now)
    last = Asked(probe, declared, vote.verdicts).worst.verdict if vote.verdicts else None
    return {
        "probe": probe.id,
        "claim": probe.claim,
        "group": probe.group,
        "cost": probe.cost,
        "veto": probe.veto,
        "origin": probe.origin,
        "verdict": last,
        "age": round(vote.age) if last else None,
        "weight": round(vote.weight, 2),
        "vacuous": vote.measured.is_vacuous,
        "runs": vote.measured.runs,
        "right": vote.measured.right,
        "quarantined": probe.id in known.quarantined,
    }
