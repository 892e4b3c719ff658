#!/usr/bin/env python3
"""Runs the main job on a sample plan in a folder of its own, step by step. With --svg FILE also draws a picture."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / ".demo"
STEPS: tuple[tuple[str, ...], ...] = (
    ("import", str(ROOT / "docs" / "sample-plan.md"), "--as", "harbour-cafe"),
    ("show progress",),
    ("mark task 2.3 complete and assign 2.4 to sam",),
    ("block 3.3 because the printer is on holiday",),
    ("is 2.2 done?",),
    ("what is next?",),
    ("don't delete 3.4",),
    ("show phase 2",),
)


def main() -> None:
    """Every step as a person would type it, with its answer."""
    folder = fresh_folder()
    shown = [(step, run(folder, step)) for step in STEPS]
    for step, answer in shown:
        print(f"$ {typed(step)}\n{answer}")
    if "--svg" in sys.argv:
        folder = fresh_folder()
        picture = [(step, run(folder, step, colour=True)) for step in STEPS[:-1]][1:]
        draw(Path(sys.argv[sys.argv.index("--svg") + 1]), picture)
    page = DEMO / "docs" / "plans" / "harbour-cafe.md"
    print(f"The page that people read: {os.path.relpath(page)}\nYour own plan: wt import PLAN.md, in your repository.")


def fresh_folder() -> Path:
    shutil.rmtree(DEMO, ignore_errors=True)
    (DEMO / ".ecw").mkdir(parents=True)  # what makes it a project of its own
    return DEMO


def typed(step: tuple[str, ...]) -> str:
    words = [word.replace(str(ROOT) + "/", "") for word in step]
    return "wt " + " ".join(f'"{word}"' if " " in word or "'" in word else word for word in words)


def run(folder: Path, step: tuple[str, ...], *, colour: bool = False) -> str:
    env = {key: value for key, value in os.environ.items() if not key.startswith("WT_")}
    env |= {"FORCE_COLOR": "1", "COLUMNS": "80", "TERM": "xterm-256color"} if colour else {"NO_COLOR": "1"}
    command = [sys.executable, str(ROOT / "scripts" / "wt.py"), *step]
    done = subprocess.run(
        command, cwd=folder, env=env, text=True, capture_output=True, stdin=subprocess.DEVNULL, check=False
    )
    return done.stdout + done.stderr


def draw(target: Path, picture: list[tuple[tuple[str, ...], str]]) -> None:
    """The terminal as rich saw it, as an SVG."""
    from rich.console import Console
    from rich.text import Text

    console = Console(record=True, width=80, file=open(os.devnull, "w", encoding="utf-8"), force_terminal=True)  # noqa: SIM115  # lives as long as the process
    for step, answer in picture:
        console.print(Text(f"$ {typed(step)}", style="bold"))
        console.print(Text.from_ansi(answer.rstrip("\n")))
        console.print()
    console.save_svg(str(target), title="wt")


if __name__ == "__main__":
    main()
