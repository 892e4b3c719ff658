"""Replays what was foretold in a throw-away project, with the treatment and without, and records what that says."""

from __future__ import annotations

import os
import tempfile

from domain.playbooks.conditions import parse
from domain.playbooks.engine import Engine
from domain.playbooks.prevention import FAULTS, Judgement, judgements, replayable, to_judge
from infrastructure.atomic import replace_quietly
from infrastructure.foresight import WATCHES
from infrastructure.healing_state import HealingLog
from infrastructure.json_text import dumps
from infrastructure.project import OWN
from infrastructure.series import NAME, cache_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from domain.playbooks.outcomes import HealingOutcome
    from domain.playbooks.playbook import Playbook
    from infrastructure.healing_world import ProjectWorld

    Document = Mapping[str, Any]  # Any: plain values all through
    MakeWorld = Callable[[str, Callable[[], float], Callable[[str], float]], ProjectWorld]

RECORD = "prevented"
RECORD_LIMIT = 1 << 20  # bytes of one file; two are kept
STEPS = 48  # of the horizon
FILES = 32  # that a cache is made of again
MB = 2.0**20


class Replay:
    """A project in which only what was foretold goes on: so much is free, so much is cached, at that rate."""

    def __init__(self, root: str, foretold: Document, start: float, cached: float, cache_limit: float) -> None:
        """`start` is in seconds since 1970, the others in bytes; `cached` is what wt's own caches held."""
        self._root = root
        self._foretold = foretold
        self._start = start
        self._passed = 0.0
        self._grown = 0
        self._make(cached, cache_limit)
        self._own = cache_size(root)

    # --- its world ----------------------------------------------------------------------------------------------------

    def clock(self) -> float:
        return self._start + self._passed

    def disk_free(self, _: str) -> float:
        """What others take goes on as foretold; what wt frees of its own comes on top."""
        if self._foretold["metric"] != "disk_exhaustion":
            return 1e12
        taken = -float(self._foretold["per_second"]) * self._passed
        return max(0.0, float(self._foretold["level"]) - taken + self._own - cache_size(self._root))

    def pass_by(self, seconds: float) -> None:
        self._passed += seconds
        if self._foretold["metric"] == "cache_exhaustion":
            self._grown += 1
            self._put(f"grown-{self._grown}", self._foretold["per_second"] * seconds)

    def _make(self, cached: float, cache_limit: float) -> None:
        for folder in ("state", "cache"):
            os.makedirs(os.path.join(self._root, OWN, folder))
        replace_quietly(
            os.path.join(self._root, OWN, "config.json"), dumps({"cache_limit_mb": cache_limit / MB}).encode()
        )
        for number in range(FILES):
            self._put(f"known-{number:02}", cached / FILES)
        self._measured_before()

    def _put(self, name: str, size: float) -> None:
        """A file with a hole: nothing is written but its length."""
        path = os.path.join(self._root, OWN, "cache", name)
        replace_quietly(path, b"")
        os.truncate(path, int(size))
        os.utime(path, (self.clock(), self.clock()))

    def _measured_before(self) -> None:
        """The series that the prediction was drawn from, as its line has it."""
        told, count = self._foretold, int(self._foretold["points"])
        step = told["span"] / max(count - 1, 1)
        ages = [step * number for number in reversed(range(count))]
        rows = [{"at": self._start - age, told["series"]: told["level"] - told["per_second"] * age} for age in ages]
        lines = "".join(f"{dumps(row)}\n" for row in rows)
        replace_quietly(os.path.join(self._root, OWN, "state", f"{NAME}.jsonl"), lines.encode())


def comes_after(
    foretold: Document,
    playbook: Playbook | None,
    make_world: MakeWorld,
    *,
    at: float,
    cached: float,
    cache_limit: float,
) -> float | None:
    """The seconds after which the trouble comes, in a throw-away project; None when it does not within the horizon.

    With a playbook, healing by it alone is run once, when the prediction is made.
    """
    horizon = next(watch.horizon for watch in WATCHES if watch.metric == foretold["metric"])
    fault = parse(FAULTS[foretold["metric"]])
    with tempfile.TemporaryDirectory(prefix="wt-replay-") as folder:
        root = os.path.realpath(folder)
        replay = Replay(root, foretold, at, cached, cache_limit)
        world = make_world(root, replay.clock, replay.disk_free)
        if playbook is not None:
            Engine([playbook], world).heal()
        for step in range(1, STEPS + 1):
            replay.pass_by(horizon / STEPS)
            if fault.holds(world.look(fault.metrics)) is True:
                return step * horizon / STEPS
    return None


class Prevention:
    """The record of what was prevented: `.ecw/state/prevented.jsonl`."""

    def __init__(self, root: str, make_world: MakeWorld, clock: Callable[[], float], cache_limit: float) -> None:
        """`cache_limit` is in bytes."""
        self._make_world = make_world
        self._clock = clock
        self._cache_limit = cache_limit
        self._log = HealingLog(root, name=RECORD, limit=RECORD_LIMIT)

    def known(self) -> list[Judgement]:
        """Everything judged so far, oldest first."""
        return judgements(self._log.read())

    def judge(
        self,
        outcomes: Iterable[HealingOutcome],
        playbook: Callable[[str], Playbook | None],
        cached_at: Callable[[float], float],
    ) -> list[Judgement]:
        """Replay what was not judged yet, and record what that says. Raises OSError, WtError."""
        judged = {each.outcome for each in self.known()}
        found = []
        for outcome in to_judge(outcomes, judged):
            treating = playbook(outcome.playbook_id)
            if treating is not None:
                found.append(self._judged(outcome, treating, cached_at(outcome.timestamp)))
                self._log.append(found[-1].to_document())
        return found

    def _judged(self, outcome: HealingOutcome, treating: Playbook, cached: float) -> Judgement:
        foretold = replayable(outcome)
        assert foretold is not None
        if foretold["metric"] == "cache_exhaustion":
            cached = float(foretold["level"])

        def after(playbook: Playbook | None) -> float | None:
            return comes_after(
                foretold,
                playbook,
                self._make_world,
                at=outcome.timestamp,
                cached=cached,
                cache_limit=self._cache_limit,
            )

        return Judgement(
            outcome.id, outcome.playbook_id, foretold["metric"], self._clock(), after(None), after(treating)
        )
