"""Whole replies, for people and as JSON, against files. `WT_REWRITE_GOLDEN=1` writes the files anew."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
from collections.abc import Callable

import pytest

from domain.errors import EXIT_CODES
from tests.e2e.conftest import HERE, Done, Project

Scene = Callable[[Project], object]


def nothing(project: Project) -> None:
    """The demo plan as it is."""


def broken(project: Project) -> None:
    path = project.path("demo.json")
    path.write_bytes(path.read_bytes()[:-40])


def beyond_proof(project: Project) -> None:
    """Broken, and nothing is left from which what it held could be proven."""
    broken(project)
    shutil.rmtree(project.folder / ".ecw")
    (project.folder / ".ecw").mkdir()


def page_in_the_way(project: Project) -> None:
    project.path("demo.md").unlink()
    project.path("demo.md").mkdir()


def edited_page(project: Project) -> None:
    page = project.path("demo.md")
    page.write_text(page.read_text(encoding="utf-8").replace("Lay bricks", "Lay stones"), encoding="utf-8")


def held(project: Project) -> object:
    """Another writer, for as long as the test keeps what this returns."""
    lock = (project.folder / ".ecw" / "lock").open("w")
    lock.write("process 4711 of dana since 2026-01-05T08:59:00Z")
    lock.flush()
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def two_walls(project: Project) -> None:
    project.do("add task to phase 2: Paint fence")


def finished(project: Project) -> None:
    project.do("complete 1.2")


def second(project: Project) -> None:
    project.do('init "Other"')


# name -> (outcome, what is so before, the command line)
CASES: dict[str, tuple[str, Scene, tuple[str, ...]]] = {
    "changed": ("changed", nothing, ("mark task 1.2 complete",)),
    "changed-several": ("changed", nothing, ("start 1.1 and assign 1.2 to dana",)),
    "changed-reading": ("changed", nothing, ("2.1 is finished",)),
    "changed-typo": ("changed", nothing, ("complte 1.2",)),
    "changed-dry-run": ("changed", nothing, ("--dry-run", "delete 2.1")),
    "changed-verbose": ("changed", nothing, ("--verbose", "set the priority of 1.1 to high")),
    "changed-tracker": ("changed", nothing, ("init", "Garden shed")),
    "unchanged": ("unchanged", finished, ("complete 1.2",)),
    "answered-progress": ("answered", finished, ("show progress",)),
    "answered-list": ("answered", finished, ("list",)),
    "answered-item": ("answered", nothing, ("show 1.1",)),
    "answered-question": ("answered", nothing, ("is 1.1 done?",)),
    "answered-how-far": ("answered", finished, ("how far is phase 1?",)),
    "answered-left": ("answered", nothing, ("what is left in phase 1?",)),
    "answered-next": ("answered", nothing, ("what should I do next?",)),
    "answered-who": ("answered", nothing, ("who has 1.1?",)),
    "answered-when": ("answered", nothing, ("when is 1.1 due?",)),
    "answered-stuck": ("answered", nothing, ("what is blocked?",)),
    "answered-which": ("answered", finished, ("which tasks are complete?",)),
    "answered-how-many": ("answered", nothing, ("how many tasks are left?",)),
    "answered-how-to": ("answered", nothing, ("how do I add a subtask?",)),
    "answered-search": ("answered", nothing, ("search paint",)),
    "answered-explain": ("answered", nothing, ("--explain", "add task to phase 2: Delete it all")),
    "answered-valid": ("answered", nothing, ("validate", "docs/plans")),
    "clarify-several": ("clarify", two_walls, ("start the paint task",)),
    "clarify-unknown": ("clarify", nothing, ("frobnicate the wibble",)),
    "clarify-condition": ("clarify", nothing, ("if 1.1 is done complete 1.2",)),
    "refused-negation": ("refused", nothing, ("don't complete 1.2",)),
    "refused-itself": ("refused", nothing, ("1.1 depends on 1.1",)),
    "refused-date": ("refused", nothing, ("1.1 is due 2026-02-30",)),
    "refused-option": ("refused", nothing, ("--dryrun", "complete 1.2")),
    "refused-which": ("refused", second, ("complete 1.2",)),
    "not-found": ("not_found", nothing, ("complete 1.1 and 9.9",)),
    "not-found-tracker": ("not_found", nothing, ("--tracker", "demmo", "complete 1.2")),
    "consent-bulk": ("consent_required", nothing, ("mark all tasks complete",)),
    "consent-delete": ("consent_required", nothing, ("delete this tracker",)),
    "consent-initiative": ("consent_required", nothing, ("create", "initiative", "20")),
    "blocked": ("blocked", nothing, ("--enforce-evidence", "complete 1.2")),
    "invalid": ("invalid", edited_page, ("validate",)),
    "busy": ("busy", held, ("complete 1.2",)),
    "repaired-read": ("answered", broken, ("show progress",)),
    "repaired-change": ("changed", broken, ("complete 1.2",)),
    "broken": ("broken", beyond_proof, ("show progress",)),
    "broken-change": ("broken", beyond_proof, ("complete 1.2",)),
    "saved-but": ("saved_but", page_in_the_way, ("complete 1.2",)),
}


def test_every_outcome_has_its_text() -> None:
    assert {outcome for outcome, _, _ in CASES.values()} == set(EXIT_CODES)


@pytest.mark.parametrize("name", CASES)
def test_a_reply_reads_as_its_golden_text(name: str, demo: Project) -> None:
    outcome, scene, arguments = CASES[name]
    kept = scene(demo)
    told, plain = both(demo, arguments)
    assert (told.code, plain.code) == (EXIT_CODES[outcome],) * 2
    assert told.reply["outcome"] == outcome and not told.err
    assert well_spoken(plain)
    matches(name, as_text(demo, arguments, plain, told))
    del kept


def both(demo: Project, arguments: tuple[str, ...]) -> tuple[Done, Done]:
    """The reply as JSON and for people, each to the same plan."""
    env = {"WT_LOCK_TIMEOUT": "0.05"}
    before = {path: path.read_bytes() for path in demo.folder.rglob("*") if path.is_file()}
    told = demo.say("--json", *arguments, env=env)
    for path in demo.folder.rglob("*"):
        if path.is_file() and path not in before:
            path.unlink()
    for path, data in before.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return told, demo.say(*arguments, env=env)


def well_spoken(done: Done) -> bool:
    """An answer stands on standard output; what went wrong in one or two lines on standard error."""
    if done.code == 0:
        return bool(done.out) and not done.err
    return 1 <= done.err.count("\n") <= 2


def as_text(project: Project, arguments: tuple[str, ...], plain: Done, told: Done) -> str:
    typed = " ".join(f'"{word}"' if " " in word else word for word in arguments)
    parts = [f"$ wt {typed}", f"--- stdout\n{plain.out}--- stderr\n{plain.err}--- exit {plain.code}"]
    text = "\n".join([*parts, "--- json", json.dumps(told.reply, indent=1, ensure_ascii=False)]) + "\n"
    text = re.sub(r"(kept/demo-)[0-9a-f]{8}\b", r"\1{digest}", text.replace(str(project.folder), "{root}"))
    text = re.sub(r'("session": )"[^"]*"', r'\1"{session}"', re.sub(r"\br\d{5}\b", "{request}", text))
    return re.sub(r"(\buid\W{1,4})[a-z0-9]{12}\b", r"\1{uid}", text)


def matches(name: str, text: str) -> None:
    golden = HERE / "golden" / f"{name}.txt"
    if os.environ.get("WT_REWRITE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_no_golden_text_is_left_over() -> None:
    assert {path.stem for path in (HERE / "golden").glob("*.txt")} == set(CASES)


def test_no_error_serves_a_destructive_command_ready_to_run() -> None:
    for path in (HERE / "golden").glob("*.txt"):
        told = path.read_text(encoding="utf-8").partition("--- stderr\n")[2].partition("--- exit")[0]
        assert not re.search(r"--skip-consent|\b(delete|remove|cancel)\b [\w. ]*\d|\brm\b|--force", told), path.name
