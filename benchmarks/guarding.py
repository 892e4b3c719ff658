#!/usr/bin/env python3
"""What the hook answers to every call of the bypass table: the table in docs/ENFORCEMENT.md.

python3 benchmarks/guarding.py            print it
python3 benchmarks/guarding.py --write    put it into the page
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

PAGE = ROOT / "docs" / "ENFORCEMENT.md"
BEGIN, END = "<!-- bypass table: begin -->", "<!-- bypass table: end -->"
INNOCENT = "innocent"


def measured(folder: Path) -> list[tuple[str, str, str]]:
    """(class, call, answer) of every row, as the hook answers now; what is no leak but passes is innocent."""
    from tests.hooks.scratch import MEANS, answered, decision_of, rows, scratch_project, tool_call

    project = scratch_project(folder)
    found = []
    for row in rows():
        fields = {"agent_id": row.agent_id} if row.agent_id else {}
        call = tool_call(project, row.tool, row.in_project(project), **fields)
        answer = MEANS[decision_of(answered(project, "pre-tool-use", call))]
        leaks = answer == "passes" and row.kind != INNOCENT
        found.append((row.kind, shown(row.tool, row.given, row.agent_id), "**leak**" if leaks else answer))
    return found


def shown(tool: str, given: dict[str, object], agent_id: str | None) -> str:
    """A call as one cell of a table."""
    text = str(given["command"]) if tool == "Bash" else f"{tool} {json.dumps(given, ensure_ascii=False)}"
    who = " (a subagent)" if agent_id else ""
    return "`` " + text.replace("\n", "⏎").replace("|", "\\|") + f" ``{who}"


def table(found: list[tuple[str, str, str]]) -> str:
    """The summary by class, then every call."""
    classes = [kind for kind in dict.fromkeys(kind for kind, _, _ in found) if kind != INNOCENT]
    counts = {kind: Counter(answer for k, _, answer in found if k == kind) for kind in (*classes, INNOCENT)}
    closed = [kind for kind in classes if not counts[kind]["**leak**"]]
    calls = sum(sum(counts[kind].values()) for kind in classes)
    lines = [
        f"{calls} calls in {len(classes)} classes; {len(closed)} classes are closed by the hook, and"
        f" {sum(counts[INNOCENT].values())} innocent calls pass.",
        "",
        "| class | denied | asked | leak |",
        "|---|---|---|---|",
        *(f"| {k} | {counts[k]['denied']} | {counts[k]['asked']} | {counts[k]['**leak**']} |" for k in classes),
        "",
        "| class | call | answer |",
        "|---|---|---|",
        *(f"| {kind} | {call} | {answer} |" for kind, call, answer in found),
    ]
    return "\n".join(lines) + "\n"


def current() -> str:
    with tempfile.TemporaryDirectory() as folder:
        return table(measured(Path(folder) / "p"))


def in_page(text: str, made: str) -> str:
    """The page with the table in its place."""
    above, _, rest = text.partition(f"{BEGIN}\n")
    return f"{above}{BEGIN}\n{made}{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    if "--write" in sys.argv:
        PAGE.write_text(in_page(PAGE.read_text(encoding="utf-8"), current()), encoding="utf-8")
    else:
        print(current(), end="")
