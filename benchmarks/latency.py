#!/usr/bin/env python3
"""How long a command takes as a whole process, against `python -c pass` of the same clean virtual environment.

    python3 benchmarks/latency.py [--sizes 100,1000,10000] [--rounds 21] [--markdown]

Commands are run in turn (A B C A B C …), so that a machine that slows down slows them all; medians are printed, and
ratios are medians of the ratios within a round. Writes are durable (fsync of file and folder) and redraw the page.
`cold` is a read after the file was changed by another program. Pairs with Taskwarrior (`task`) when it is installed.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

AT = "2026-01-05T09:00:00Z"
WORDS = (
    "survey draft wire paint check order clean measure repair label north south lamp stair window cable roof".split()
)
UNRELATED = b'{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"npm test"}}'
HOOK_TARGET = 2.0  # a call that concerns nobody here, at any size
TARGETS = {  # (read, write, cold read), as ratios to the bare interpreter
    1000: (1.8, 2.5, 4.0),
    10000: (4.0, 10.0, None),
}


def tracker_text(size: int) -> str:
    """A plan of `size` tasks in phases of a hundred: titles of fifty letters, descriptions of two hundred."""
    from domain.tracker import Phase, Rows, Task, Tracker
    from infrastructure.codec import encode

    def task(phase: int, number: int) -> Task:
        seed = phase * 100 + number
        words = " ".join(WORDS[(seed * k) % len(WORDS)] for k in range(1, 9))
        return Task(
            number,
            f"t-{phase:06d}-{number:04d}",
            f"{words} {seed}"[:50],
            ("pending", "pending", "complete", "in_progress")[seed % 4],
            AT,
            AT,
            priority=(None, "high", "low")[seed % 3],
            assignee=("dana", "lee", None)[seed % 3],
            due=f"2026-{seed % 12 + 1:02d}-{seed % 28 + 1:02d}" if seed % 5 == 0 else None,
            description=(words * 6)[:200],
            depends_on=(f"t-{phase:06d}-{number - 1:04d}",) if number > 1 and seed % 10 == 0 else (),
        )

    per_phase = min(size, 100)
    phases = tuple(
        Phase(p, f"p-{p:06d}", f"Phase number {p}", per_phase, Rows([task(p, n) for n in range(1, per_phase + 1)]))
        for p in range(1, size // per_phase + 1)
    )
    return encode(Tracker("w-bench-000001", f"Plan of {size} tasks", AT, len(phases), phases))


class Bench:
    def __init__(self, folder: Path, size: int) -> None:
        self.size = size
        self.repo = folder / f"repo{size}"
        plans = self.repo / "docs" / "plans"
        plans.mkdir(parents=True)
        (self.repo / ".ecw").mkdir()
        self.file = plans / "plan.json"
        self.file.write_text(tracker_text(size), encoding="utf-8")
        self.env = {key: value for key, value in os.environ.items() if not key.startswith(("WT_", "PYTHON"))}
        self.env |= {"HOME": str(folder), "WT_ACTOR": "dana"}
        python = folder / "venv" / "bin" / "python"
        self.base = [str(python), "-c", "pass"]
        self.wt = [str(python), str(ROOT / "scripts" / "wt.py")]
        self.turn = 0

    def commands(self) -> dict[str, Callable[[], list[str]]]:
        phase = max(1, self.size // 200)
        rows: dict[str, Callable[[], list[str]]] = {
            "python -c pass": lambda: self.base,
            "show progress": lambda: [*self.wt, "show progress"],
            "next": lambda: [*self.wt, "next"],
            "show one": lambda: [*self.wt, f"show {phase}.50"],
            "complete one (write)": self.complete,
            "hook pre-tool-use": lambda: [*self.wt, "hook", "pre-tool-use"],
        }
        if shutil.which("task"):
            rows |= self.taskwarrior()
        return rows

    def afterwards(self) -> dict[str, Callable[[], list[str]]]:
        """In rounds of their own: what makes the next command start cold."""
        return {"python -c pass": lambda: self.base, "show progress (cold)": self.cold}

    def complete(self) -> list[str]:
        self.turn += 1
        phase, number = (self.turn // 20) % max(1, self.size // 100) + 1, (self.turn % 20) * 5 + 3
        status = "complete" if self.turn % 40 < 20 else "pending"
        return [*self.wt, f"set {phase}.{number} to {status}"]

    def cold(self) -> list[str]:
        """Another program wrote the file: same bytes, a new inode."""
        data = self.file.read_bytes()
        self.file.unlink()
        self.file.write_bytes(data)
        return [*self.wt, "show progress"]

    def taskwarrior(self) -> dict[str, Callable[[], list[str]]]:
        home = self.repo / "taskwarrior"
        home.mkdir()
        (home / "taskrc").write_text(f"data.location={home}\nconfirmation=off\nverbose=nothing\nhooks=off\ngc=on\n")
        self.env |= {"TASKRC": str(home / "taskrc"), "TASKDATA": str(home)}
        lines = (
            f'{{"description":"{WORDS[n % 9]} {"x" * 200} {n}","status":"pending","project":"phase{n // 100}"}}'
            for n in range(self.size)
        )
        subprocess.run(
            ["task", "import", "-"], input="\n".join(lines), text=True, env=self.env, check=True, capture_output=True
        )

        def done() -> list[str]:
            return ["task", "rc.recurrence=off", str(self.size - self.turn % self.size), "done"]

        return {"task summary": lambda: ["task", "summary"], "task next": lambda: ["task", "next"], "task done": done}

    def once(self, command: list[str]) -> tuple[float, int]:
        """(milliseconds, exit code) of one whole process."""
        payload = UNRELATED if "hook" in command else b""
        start = time.perf_counter()
        code = subprocess.run(command, cwd=self.repo, env=self.env, input=payload, capture_output=True).returncode
        return (time.perf_counter() - start) * 1000, code


def measure(bench: Bench, rounds: int) -> dict[str, tuple[float, float]]:
    """name -> (median ms, median ratio to the bare interpreter of the same round)."""
    warm = in_turn(bench, bench.commands(), rounds)
    return warm | {name: row for name, row in in_turn(bench, bench.afterwards(), rounds).items() if "cold" in name}


def in_turn(bench: Bench, commands: dict[str, Callable[[], list[str]]], rounds: int) -> dict[str, tuple[float, float]]:
    times: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(-2, rounds):
        for name, make in commands.items():
            command = make()
            taken, code = bench.once(command)
            if code != 0 and command[0] != "task":
                sys.exit(f"{' '.join(command)} exited {code}")
            if turn >= 0:  # two rounds to warm up
                times[name].append(taken)
    base = times["python -c pass"]
    return {
        name: (statistics.median(row), statistics.median(a / b for a, b in zip(row, base, strict=True)))
        for name, row in times.items()
    }


def verdict(size: int, name: str, ratio: float) -> str:
    if name.startswith("hook"):
        return f"<= {HOOK_TARGET}x {'met' if ratio <= HOOK_TARGET else 'MISSED'}"
    if size not in TARGETS or name.startswith(("python", "task")):
        return ""
    read, write, cold = TARGETS[size]
    limit = write if "write" in name else cold if "cold" in name else read
    return "" if limit is None else f"<= {limit}x {'met' if ratio <= limit else 'MISSED'}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="100,1000,10000,100000")
    parser.add_argument("--rounds", type=int, default=21)
    options = parser.parse_args()
    print("| tasks | command | median ms | ratio | target |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="wt-bench-") as name:
        folder = Path(name)
        venv.create(folder / "venv", with_pip=False)
        for size in map(int, options.sizes.split(",")):
            rounds = options.rounds if size <= 10000 else max(3, options.rounds // 4)
            bench = Bench(folder, size)
            for row, (taken, ratio) in measure(bench, rounds).items():
                print(f"| {size} | {row} | {taken:.1f} | {ratio:.2f} | {verdict(size, row, ratio)} |", flush=True)
            shutil.rmtree(bench.repo)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(f"\nLargest process: {peak / 1024:.0f} MB. Python {sys.version.split()[0]}, {os.cpu_count()} cores.")


if __name__ == "__main__":
    main()
