#!/usr/bin/env python3
"""What the healing loop costs a command that succeeds: the same process with and without `--no-self-healing`.

    python3 benchmarks/healing.py [--rounds 60]

Both are run in turn in a clean virtual environment; the median of the differences within a round is printed, and the
exit code is 1 when it is above 2 ms. `healed` is a command whose first attempt fails and is put right: the failure
path, whose modules are imported only then.
"""

from __future__ import annotations

import argparse
import compileall
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WT = str(ROOT / "scripts" / "wt.py")
LIMIT_MS = 2.0
PLAN = ('init "Demo"', "add phase Build", "add task to phase 1: Lay bricks", "add task to phase 1: Paint walls")
OFF = "--no-self-healing"


def milliseconds(python: str, folder: Path, *arguments: str) -> float:
    began = time.perf_counter()
    subprocess.run([python, WT, *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - began) * 1000


def cost(python: str, folder: Path, sentence: str, rounds: int) -> tuple[float, float]:
    """(median without the loop, median of what the loop adds)."""
    without, with_loop = (OFF, sentence), (sentence,)
    pairs = [(milliseconds(python, folder, *without), milliseconds(python, folder, *with_loop)) for _ in range(rounds)]
    return statistics.median(off for off, _ in pairs), statistics.median(on - off for off, on in pairs)


def prepared(folder: Path) -> str:
    """A Python without packages, our modules compiled, and a plan."""
    for package in ("domain", "infrastructure"):
        compileall.compile_dir(str(ROOT / package), quiet=1)
    venv.create(folder / "venv", with_pip=False)
    python = str(folder / "venv" / "bin" / "python")
    (folder / ".ecw").mkdir()
    for sentence in PLAN:
        milliseconds(python, folder, sentence)
    return python


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        python = prepared(folder)
        costs = {sentence: cost(python, folder, sentence, rounds) for sentence in ("show progress", "note on 1.1: x")}
        healed = [milliseconds(python, folder, "update task 1.1 status to DONE") for _ in range(rounds // 4)]
    for sentence, (off, added) in costs.items():
        print(f"{sentence:16} {off:6.1f} ms, the loop adds {added:+.2f} ms")
    print(f"{'healed':16} {statistics.median(healed):6.1f} ms in all")
    return int(any(added > LIMIT_MS for _, added in costs.values()))


if __name__ == "__main__":
    sys.exit(main())
