"""Takes the figures of docs/RELIABILITY.md: runs the long crash suite and writes what it counted into the page.

python -m tests.crash.figures          runs everything (half an hour on two cores)
python -m tests.crash.figures FILE     writes what runs with WT_FIGURES=FILE have counted
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "RELIABILITY.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"


def counted(lines: list[str]) -> dict[str, float]:
    """What was noted, by name: the longest of what is long, else the sum."""
    found: dict[str, float] = defaultdict(float)
    for line in lines:
        value, _, name = line.partition(" ")
        found[name] = max(found[name], float(value)) if name.startswith("longest") else found[name] + float(value)
    return dict(sorted(found.items()))


def block(figures: dict[str, float], day: str, machine: str) -> str:
    rows = [f"| {name[:1].upper()}{name[1:]} | {value:,.0f} |" for name, value in figures.items()]
    return "\n".join([BEGIN, f"Taken on {day}, {machine}.", "", "| what | how many |", "|---|---:|", *rows, END])


def machine() -> str:
    """In general terms."""
    return f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def with_block(page: str, made: str) -> str:
    return page[: page.index(BEGIN)] + made + page[page.index(END) + len(END) :]


def run(place: str) -> None:
    """Every test of the crash suite must pass: a figure of a failing run is none."""
    env = os.environ | {"WT_SLOW_TESTS": "1", "WT_FIGURES": place}
    subprocess.run([sys.executable, "-m", "pytest", "-x", "tests/crash"], cwd=ROOT, env=env, check=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = sys.argv[1] if len(sys.argv) > 1 else os.path.join(folder, "figures")
        if len(sys.argv) == 1:
            run(place)
        figures = counted(Path(place).read_text(encoding="utf-8").splitlines())
    made = block(figures, time.strftime("%Y-%m-%d", time.gmtime()), machine())
    PAGE.write_text(with_block(PAGE.read_text(encoding="utf-8"), made), encoding="utf-8")


if __name__ == "__main__":
    main()
