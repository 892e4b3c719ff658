#!/usr/bin/env python3
"""Draws docs/dashboard.png: the sample plan as it might go for some weeks, told to wt day by day. Needs Chromium."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
END = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)
PLAN = "harbour-cafe"
EDIT, BACK, COMMIT = "(somebody edits the page)", "(the clock goes back)", "(all is committed)"
WEEKS: tuple[tuple[float, tuple[str, ...]], ...] = (  # days before the end, what was said
    (41, ("import", str(ROOT / "docs" / "sample-plan.md"), "--as", PLAN)),
    (38, ("start 1.2",)),
    (36, ("add task to phase 2: Seal the floor",)),
    (34, ("start 2.2 and assign it to sam",)),
    (31, (EDIT,)),
    (30, ("complete 1.2",)),
    (27, ("add task to phase 3: Order the cups", "--actor", "lee")),
    (26, ("add task to phase 3: Find a supplier of coffee", "--actor", "lee")),
    (24, ("2.2 is done",)),
    (23, (EDIT,)),
    (22, ("start 2.3 and assign it to sam",)),
    (20, ("cancel 3.3",)),
    (17, ("complete 1.3",)),
    (15, (EDIT,)),
    (13, ("complete 2.3",)),
    (12, ("complete 2.4",)),
    (9, ("start 3.1 and assign it to lee",)),
    (8, (EDIT,)),
    (6, ("complete 3.1",)),
    (5, ("add task to phase 2: Hang the lamps",)),
    (3, ("start 3.2 and assign it to dana",)),
    (2, (BACK,)),
    (1, ("start 2.6 and assign it to sam",)),
    (0.01, (COMMIT,)),
    (0.005, ("reality check",)),
    (0, ("dashboard", "--output", "dashboard.html")),
)


def main() -> None:
    """The picture, at the place that is named or in docs/."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "dashboard.png"
    with tempfile.TemporaryDirectory() as above:
        project = Path(above) / PLAN
        (project / ".ecw").mkdir(parents=True)
        for days, words in WEEKS:
            day(project, days, words)
        photograph(project / "dashboard.html", target, Path(above))
    print(f"{target}: {target.stat().st_size // 1024} KB")


def day(project: Path, days: float, words: tuple[str, ...]) -> None:
    if words == (EDIT,):
        page = project / "docs" / "plans" / f"{PLAN}.md"
        page.write_text(page.read_text(encoding="utf-8") + "Do not forget the lamps!\n", encoding="utf-8")
        return wt(project, days, "heal")
    if words == (BACK,):
        return wt(project, days + 2, "heal")
    if words == (COMMIT,):
        for command in ("init -q", "add .", "-c user.name=dana -c user.email=dana@example.org commit -q -m Plan"):
            subprocess.run(["git", *command.split()], cwd=project, check=True)
        return None
    return wt(project, days, *words)


def wt(project: Path, days: float, *words: str) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("WT_", "CLAUDE"))}
    env |= {"WT_NOW": f"{END - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}", "WT_ACTOR": "dana"}
    command = [sys.executable, str(ROOT / "scripts" / "wt.py"), *words]
    done = subprocess.run(command, cwd=project, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode not in (0, 1):  # 1: a check found something
        raise SystemExit(f"wt {' '.join(words)}: {done.stderr}")


def photograph(page: Path, target: Path, home: Path) -> None:
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        raise SystemExit("There is no Chromium here to draw the page with.")
    options = ["--headless=new", "--no-sandbox", "--hide-scrollbars", "--window-size=1100,1180"]
    options += ["--blink-settings=preferredColorScheme=1", f"--user-data-dir={home / 'profile'}"]
    subprocess.run([browser, *options, f"--screenshot={target}", page.as_uri()], check=True, capture_output=True)


if __name__ == "__main__":
    main()
