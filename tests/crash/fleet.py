"""Many writers at once, killed at random, with readers between them; `python -m tests.crash.fleet` is one of them."""

from __future__ import annotations

import itertools
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLAN = "docs/plans/fleet.json"
PHASES = 8
ENV = {"WT_LOCK_TIMEOUT": "120", "NO_COLOR": "1"}


class Fleet:
    """Processes that add tasks and complete them and say each change they were answered; some are killed on the way."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self._chance = random.Random(seed)
        self._names = itertools.count()
        self._running: list[subprocess.Popen[bytes]] = []
        self._ears, self._mouth = os.pipe()
        self.told: list[tuple[str, ...]] = []  # (verb, title)
        self.started = 0
        self.reads = 0
        self.torn: list[str] = []
        self.longest_ms = 0.0

    def sails(self, changes: int, *, together: int, kills_every: int = 0, readers: int = 0) -> None:
        """Until so many changes were told; about every `kills_every` changes one of the writers is killed."""
        for _ in range(together):
            self._start("writes")
        watching = [self._start("reads") for _ in range(readers)]
        writers = [one for one in self._running if one not in watching]
        next_kill = self._drawn(kills_every)
        with os.fdopen(self._ears, encoding="utf-8") as lines:
            while len(self.told) < changes:
                self._heard(lines.readline())
                if kills_every and len(self.told) >= next_kill:
                    next_kill = len(self.told) + self._drawn(kills_every)
                    _kill(writers.pop(self._chance.randrange(len(writers))))
                    writers.append(self._start("writes"))
            for process in self._running:
                _kill(process)
            os.close(self._mouth)
            for line in lines:  # what was said before they died
                self._heard(line)

    def _drawn(self, about: int) -> int:
        return self._chance.randint(1, max(2 * about, 1))

    def _start(self, kind: str) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-m", "tests.crash.fleet", kind, str(self.folder), f"w{next(self._names)}"]
        env = {key: value for key, value in os.environ.items() if not key.startswith(("WT_", "CLAUDE"))} | ENV
        process = subprocess.Popen(words, cwd=ROOT, env=env, stdout=self._mouth)
        self._running.append(process)
        self.started += kind == "writes"
        return process

    def _heard(self, line: str) -> None:
        verb, *rest = line.split()
        if verb == "read":
            self.reads += int(rest[0])
        elif verb == "torn":
            self.torn.append(line)
        else:
            self.told.append((verb, rest[0]))
            self.longest_ms = max(self.longest_ms, float(rest[1]))


def _kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


# --- one of them ----------------------------------------------------------------------------------------------------------


def begin(folder: Path) -> None:
    """A tracker for all of them."""
    os.makedirs(folder / ".ecw")
    os.chdir(folder)
    assert _said('init "Fleet"')[0]["outcome"] == "changed"
    for number in range(PHASES):
        assert _said(f"add phase Deck {number}")[0]["outcome"] == "changed"


def _said(sentence: str) -> tuple[dict[str, object], float]:
    """(the reply to a sentence, how many ms it took): the way of the command line, without the start of a process."""
    from infrastructure import bootstrap
    from infrastructure.router import Invocation

    before = time.perf_counter()
    reply = bootstrap.session(Invocation(tracker="fleet", actor="fleet")).handle(sentence)
    changed = [change.item for change in reply.changes]
    return {"outcome": reply.outcome, "changed": changed, "said": reply.message}, (time.perf_counter() - before) * 1000


def writes(me: str) -> None:
    for turn in itertools.count():
        title = f"{me}-{turn}"
        reply, took = _said(f"add task to phase {turn % PHASES + 1}: {title}")
        _tell(f"added {title} {took:.1f}", reply)
        changed = reply["changed"]
        assert isinstance(changed, list)
        reply, took = _said(f"mark {changed[0]} complete")
        _tell(f"completed {title} {took:.1f}", reply)


def _tell(line: str, reply: dict[str, object]) -> None:
    """Only what was answered with success; one write, so that no line is torn."""
    assert reply["outcome"] == "changed", reply
    os.write(1, f"{line}\n".encode())


def reads() -> None:
    """Look at the file again and again: always whole, and never less in it than before."""
    most, count = 0, 0
    while True:
        raw = (Path.cwd() / PLAN).read_bytes()
        try:
            tasks = sum(len(phase["tasks"]) for phase in json.loads(raw)["phases"])
        except ValueError:
            os.write(1, f"torn {len(raw)} bytes\n".encode())
            return
        if tasks < most:
            os.write(1, f"torn {tasks} tasks after {most}\n".encode())
        most, count = tasks, count + 1
        if count % 10 == 0:
            os.write(1, b"read 10\n")
        time.sleep(0.01)  # it is the writers' machine


if __name__ == "__main__":
    kind, folder, name = sys.argv[1:]
    os.chdir(folder)
    writes(name) if kind == "writes" else reads()
