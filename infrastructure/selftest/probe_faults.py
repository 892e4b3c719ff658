"""Faults of probes: a broken thermometer, one that sees nothing, two that disagree, a claim that does not hold."""

from __future__ import annotations

import json
import os
import sys
import time

from infrastructure import trust
from infrastructure.probe_files import probe_files
from infrastructure.selftest import oracle
from infrastructure.selftest.fault import AFTER, ASK, AUTO, BEFORE, ESCALATE, IGNORE, declaring

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from infrastructure.selftest.clone import Clone
    from infrastructure.selftest.fault import Inject, Oracle

declare = declaring("G")
FAILURE, CONSENSUS = ("probe_failure",), ("consensus_degradation",)
LOOK = ("reality check",)
OUTSIDE_A_COMMAND = (BEFORE, AFTER)
HELD = "src/probe.held"
SCRIPT = """import json, os, pathlib, sys, time
here, cache = pathlib.Path({here!r}), pathlib.Path(os.environ["PROBE_CACHE"])
{body}
"""


def fault(id: str, title: str, expected: str, **fields: Any) -> Callable[[Inject], Inject]:
    return declare(id, title, expected, look=LOOK, positions=OUTSIDE_A_COMMAND, **fields)


def probe(clone: Clone, id: str, body: str, **fields: object) -> None:
    """A declared probe that a person trusts: a script of the project."""
    script = f"src/{id}.py"
    clone.write(script, SCRIPT.format(here=clone.folder, body=body))
    told = {"id": id, "claim": "it holds", "command": f"{sys.executable} {script}", "group": "ci", **fields}
    clone.write(f".ecw/probes/{id}.yaml", "".join(f"{name}: {value}\n" for name, value in told.items()))
    trusted(clone)


def trusted(clone: Clone) -> None:
    with clone.entered():
        store = trust.store(clone.root)
        for file in probe_files(clone.root):
            store.add(file.declared, "2026-01-01T00:00:00Z", "dana")


def recorded(clone: Clone) -> dict[str, Any]:
    """What the program has written down of its probes."""
    found: dict[str, Any] = json.loads(clone.read(".ecw/state/probes.json"))
    return found


def verdict(clone: Clone, id: str) -> str:
    """What a probe said last."""
    said = recorded(clone)["answers"].get(id)
    return str(said["verdicts"][0]["verdict"]) if said else "nothing"


def says(id: str, wanted: str) -> Oracle:
    def over(clone: Clone) -> str | None:
        said = verdict(clone, id)
        return oracle.whole(clone) if said == wanted else f"{id} says {said}, not {wanted}"

    return over


# --- broken -----------------------------------------------------------------------------------------------------------

TWICE_ONLY = """
runs = here / "runs"
runs.write_text(runs.read_text() + "x" if runs.exists() else "x")
bad = len(runs.read_text()) <= 2
"""


@fault("F60", "a probe hangs", AUTO, variant="for a while", does=FAILURE, slow=True)
def hangs_for_a_while(clone: Clone) -> Oracle:
    """It is stopped at its deadline with all that it started, asked once more, and then again by the playbook."""
    probe(clone, "slow", TWICE_ONLY + "if bad: time.sleep(60)", timeout=0.5)
    return says("slow", "AGREE")


@fault("F60", "a probe hangs", ASK, variant="for ever", does=FAILURE, slow=True)
def hangs(clone: Clone) -> Oracle:
    """No process of it is left behind; changing its declaration is asked about."""
    mark = f"selftest-{os.getpid()}-{clone.chance.random()}"
    probe(
        clone,
        "slow",
        f"import subprocess\nsubprocess.run([sys.executable, '-c', 'import time; time.sleep(60)', {mark!r}])",
        timeout=0.5,
    )
    clone.git("add", ".ecw/probes", "src")
    clone.git("commit", "-q", "-m", "a probe")
    clone.add(".ecw/probes/slow.yaml", "# mine\n")
    trusted(clone)
    return lambda _: "a process was left behind" if _is_running(mark) else None


def _is_running(mark: str) -> bool:
    for _ in range(20):
        found = [name for name in os.listdir("/proc") if name.isdecimal() and _says(name, mark)]
        if not found:
            return False
        time.sleep(0.05)
    return True


def _says(process: str, mark: str) -> bool:
    try:
        with open(f"/proc/{process}/cmdline", "rb") as file:
            return mark.encode() in file.read()
    except OSError:
        return False


@fault("F61", "a probe crashes, and not again", AUTO, variant="once", does=FAILURE)
def crashes_once(clone: Clone) -> Oracle:
    probe(clone, "shaky", TWICE_ONLY + "if bad: raise RuntimeError('stumbled')")
    return says("shaky", "AGREE")


@fault("F61", "the program of a probe is not there", ASK, variant="127", does=FAILURE)
def not_there(clone: Clone) -> Oracle:
    """git knows another declaration, which may be put back with leave."""
    return _broken_declaration(clone, "src/nowhere.sh")


@fault("F61", "the program of a probe may not be run", ASK, variant="126", does=FAILURE)
def not_executable(clone: Clone) -> Oracle:
    clone.write("src/plain.sh", "#!/bin/sh\nexit 0\n")
    return _broken_declaration(clone, "./src/plain.sh")


def _broken_declaration(clone: Clone, command: str) -> Oracle:
    probe(clone, "good", "pass")
    clone.git("add", ".ecw/probes", "src")
    clone.git("commit", "-q", "-m", "a probe")
    clone.write(".ecw/probes/good.yaml", f"id: good\nclaim: it holds\ncommand: {command}\ngroup: ci\n")
    trusted(clone)
    return oracle.untouched(clone, ".ecw/probes/good.yaml")


@fault("F62", "a probe says now this, now that", IGNORE, variant="flaky", signs=("flaked",))
def flaky(clone: Clone) -> Oracle:
    """It is asked twice, its reliability goes down, nothing is repaired."""
    probe(clone, "flaky", TWICE_ONLY + "sys.exit(1 if len(runs.read_text()) % 2 else 0)", veto="true")

    return lambda clone: None if "flaky" in recorded(clone)["measured"] else "no flake is on record"


@fault("F63", "a probe agrees without having looked at anything", IGNORE, signs=("empty UNKNOWN",))
def vacuous(clone: Clone) -> Oracle:
    probe(clone, "empty", "print(json.dumps({'checked': 0, 'failed': 0}))", minimum=1)

    return says("empty", "UNKNOWN")


@fault("F64", "the cache of a probe is poisoned", AUTO, does=FAILURE)
def poisoned(clone: Clone) -> Oracle:
    probe(
        clone, "cached", "if (cache / 'bad').exists(): raise RuntimeError('poisoned')\n(cache / 'good').write_text('x')"
    )
    clone.here("reality check")
    cache = next(name for name in clone.below(".ecw") if name.endswith("/good"))
    clone.write(cache.removesuffix("good") + "bad", "x")
    return says("cached", "AGREE")


# --- disagreeing ------------------------------------------------------------------------------------------------------


@fault("F65", "one probe agrees, another of the same claim does not", ESCALATE, signs=("red DISAGREE",), does=CONSENSUS)
def contradiction(clone: Clone) -> Oracle:
    """Both are shown with their evidence; nothing is repaired."""
    probe(clone, "green", "print('local tests pass')", group="tests")
    probe(clone, "red", "print('the run of the pull request failed'); sys.exit(1)", group="ci", veto="true")

    def over(clone: Clone) -> str | None:
        said = verdict(clone, "green"), verdict(clone, "red")
        return oracle.whole(clone) if said == ("AGREE", "DISAGREE") else f"they say {said}"

    return over


@fault(
    "F66", "a task is complete, and what proves it is gone", ESCALATE, signs=("disputed", "DISAGREE"), does=CONSENSUS
)
def hollow(clone: Clone) -> Oracle:
    """The task is disputed; its status is nobody's to change but a person's."""
    clone.write("src/artefact.txt", "made")
    clone.do("1.7 is verified by src/artefact.txt existing", "complete 1.7")
    task = clone.task("1.7")
    for field in task:
        clone.expected[task["uid"], field] = task[field]
    clone.remove("src/artefact.txt")

    def over(clone: Clone) -> str | None:
        if clone.task("1.7")["status"] != "complete":
            return "the status was changed"
        rows = json.loads(clone.read(".ecw/state/disputes.json"))
        return None if str(task["uid"]) in json.dumps(rows) else "it is not on record as disputed"

    return over
