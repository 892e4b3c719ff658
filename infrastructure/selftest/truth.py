"""Faults of the source of truth: the JSON file of a tracker."""

from __future__ import annotations

import signal
import subprocess
import sys

from infrastructure.selftest import oracle
from infrastructure.selftest.clone import HOUR, PAGE, PLAN, SOURCES
from infrastructure.selftest.fault import AFTER, AUTO, BEFORE, DURING, ESCALATE, declaring

TYPE_CHECKING = False
if TYPE_CHECKING:
    from infrastructure.selftest.clone import Clone, Document
    from infrastructure.selftest.fault import Oracle

fault = declaring("A")
CORRUPTION, MARKERS, DRIFT = ("tracker_corruption",), ("conflict_markers",), ("markdown_drift",)
IS_BACK = ("is back",)
MARK = b"\xef\xbb\xbf"


# --- bytes that are no tracker any more -------------------------------------------------------------------------------


@fault("F01", "the JSON is cut off in the middle of an object", AUTO, does=CORRUPTION, signs=IS_BACK)
def cut(clone: Clone) -> Oracle:
    raw = clone.read(PLAN)
    clone.write(PLAN, raw[: clone.chance.randrange(len(raw) // 4, len(raw) - 20)])
    return oracle.whole


@fault("F02", "the file is empty", AUTO, does=CORRUPTION, signs=IS_BACK)
def emptied(clone: Clone) -> Oracle:
    clone.write(PLAN, b"")
    return oracle.whole


def _branches(clone: Clone, mine: str, theirs: str) -> None:
    """A merge that stops in the plan; what is not committed yet is on the branch that stays."""
    clone.commit("so far")
    clone.git("checkout", "-q", "-b", "side")
    clone.do(theirs)
    clone.commit("theirs")
    clone.git("checkout", "-q", "main")
    clone.do(mine)
    clone.commit("mine")
    clone.git("merge", "-q", "side", fails=True)


def _renamed(clone: Clone, id: str, title: str) -> None:
    clone.expected[clone.uid(id), "title"] = title


@fault(
    "F03",
    "git left conflict markers, and no field is in dispute",
    AUTO,
    variant="mergeable",
    does=MARKERS,
    positions=(BEFORE, AFTER),
)
def mergeable(clone: Clone) -> Oracle:
    _renamed(clone, "4.1", "Mine")
    _renamed(clone, "4.2", "Theirs")
    _branches(clone, "rename 4.1 to Mine", "rename 4.2 to Theirs")
    return lambda clone: oracle.whole(clone) or ("unmerged" if clone.git("ls-files", "-u", "docs") else None)


@fault(
    "F03",
    "git left conflict markers, and both sides changed one field",
    ESCALATE,
    variant="disputed",
    does=MARKERS,
    positions=(BEFORE, AFTER),
)
def disputed(clone: Clone) -> Oracle:
    _branches(clone, "rename 4.1 to Mine", "rename 4.1 to Theirs")
    return oracle.untouched(clone, PLAN)


# --- values that are none ---------------------------------------------------------------------------------------------


@fault(
    "F04",
    "a status that is no canonical one is said",
    AUTO,
    variant="said",
    signs=("Normalized",),
    positions=(BEFORE,),
    command=("update task 3.4 status to DONE",),
)
def odd_status_said(_: Clone) -> Oracle:
    return lambda clone: None if clone.task("3.4")["status"] == "complete" else "3.4 is not complete"


@fault("F04", "a status that is no canonical one is stored", AUTO, variant="stored", does=("status_words",))
def odd_status_stored(clone: Clone) -> Oracle:
    clone.replace(PLAN, b'"status":"deferred"', b'"status":"DEFERRED"')
    return lambda clone: oracle.whole(clone) or (None if b"DEFERRED" not in clone.read(PLAN) else "still there")


@fault("F05", "two tasks have one id, and differ", ESCALATE, signs=("uid",), look=("validate",))
def twice(clone: Clone) -> Oracle:
    def change(document: Document) -> None:
        rows = document["phases"][3]["tasks"]
        rows.append({**rows[0], "title": "Somebody else's task"})

    clone.rewrite(change)
    return oracle.untouched(clone, PLAN)


@fault("F06", "a task depends on one that is not there", ESCALATE, signs=("depend",), look=("validate",))
def dangling(clone: Clone) -> Oracle:
    clone.replace(PLAN, b'"depends_on":["' + clone.uid("2.2").encode(), b'"depends_on":["nobodyknows1')
    return oracle.untouched(clone, PLAN)


@fault("F07", "tasks wait for each other in a circle", ESCALATE, signs=("circle", "cycle"), look=("validate",))
def circle(clone: Clone) -> Oracle:
    def change(document: Document) -> None:
        document["phases"][1]["tasks"][0]["depends_on"] = [clone.uid("3.2")]

    clone.rewrite(change)
    return oracle.untouched(clone, PLAN)


@fault("F08", "somebody has edited the JSON by hand, and well", AUTO, does=("external_edit", *DRIFT))
def edited(clone: Clone) -> Oracle:
    _renamed(clone, "4.3", "By hand")
    clone.rewrite(lambda document: document["phases"][3]["tasks"][2].update(title="By hand"))
    return _in_the_journal("By hand")


def _in_the_journal(text: str) -> Oracle:
    def over(clone: Clone) -> str | None:
        told = any(text.encode() in clone.read(name) for name in clone.below(oracle.JOURNAL))
        return oracle.whole(clone) or (None if told else f"the journal does not know of {text!r}")

    return over


@fault("F09", "the progress that is shown is not the real one", AUTO, does=DRIFT, signs=("redrawn", "edited"))
def wrong_progress(clone: Clone) -> Oracle:
    clone.replace(PAGE, b"% done**", b"0% done**")
    return lambda clone: oracle.whole(clone) or (None if b"30% done**" not in clone.read(PAGE) else "still wrong")


ANY_LAYOUT = "any layout of JSON is read, and the next change writes the plain one"


@fault("F10", "the JSON has a byte order mark", AUTO, variant="BOM", positions=(BEFORE, DURING), note=ANY_LAYOUT)
def byte_order_mark(clone: Clone) -> Oracle:
    clone.write(PLAN, MARK + clone.read(PLAN))
    return _without(MARK)


@fault("F10", "the JSON has Windows line ends", AUTO, variant="CRLF", positions=(BEFORE, DURING), note=ANY_LAYOUT)
def line_ends(clone: Clone) -> Oracle:
    clone.write(PLAN, clone.read(PLAN).replace(b"\n", b"\r\n"))
    return _without(b"\r")


def _without(odd: bytes) -> Oracle:
    return lambda clone: oracle.whole(clone) or (f"{odd!r} is still there" if odd in clone.read(PLAN) else None)


PROVEN = "what can be proven from the journal is put back, and the bytes are kept"


@fault("F10", "the JSON is not UTF-8", AUTO, variant="bytes", does=CORRUPTION, signs=IS_BACK, note=PROVEN)
def foreign_bytes(clone: Clone) -> Oracle:
    clone.replace(PLAN, b"Sketch the map", b"Sketch the \xe9\xff map")
    return oracle.whole


@fault("F10", "an object of the JSON has a key twice", ESCALATE, variant="keys", does=CORRUPTION, signs=("twice",))
def key_twice(clone: Clone) -> Oracle:
    clone.replace(PLAN, b'"status":"deferred"', b'"status":"deferred","status":"pending"')
    return oracle.untouched(clone, PLAN)


@fault("F10", "the JSON holds NaN", AUTO, variant="NaN", does=CORRUPTION, signs=IS_BACK, note=PROVEN)
def not_a_number(clone: Clone) -> Oracle:
    clone.replace(PLAN, b'"tasks_issued":7', b'"tasks_issued":NaN')
    return oracle.whole


# --- versions ---------------------------------------------------------------------------------------------------------


@fault("F11", "the file was written by a newer program", ESCALATE, signs=("newer", "Update wt"), look=("validate",))
def newer(clone: Clone) -> Oracle:
    clone.replace(PLAN, b'"schema_version":1', b'"schema_version":9')
    return oracle.untouched(clone, PLAN)


# --- the file is gone -------------------------------------------------------------------------------------------------


@fault("F13", "the tracker was deleted, and git has it", AUTO, variant="by accident", does=CORRUPTION, signs=IS_BACK)
def deleted(clone: Clone) -> Oracle:
    clone.remove(PLAN)
    return oracle.whole


@fault("F13", "the deletion of the tracker is staged in git", ESCALATE, variant="staged", signs=("pages_orphaned",))
def deletion_staged(clone: Clone) -> Oracle:
    """Somebody has told git so; whether that was meant is for them to say."""
    clone.git("rm", "-q", "--force", PLAN)
    return lambda clone: "it was brought back" if clone.there(PLAN) else None


@fault(
    "F14",
    "the tracker was deleted, and only the journal has it",
    AUTO,
    variant="journal",
    does=CORRUPTION,
    signs=IS_BACK,
    note=PROVEN,
)
def deleted_outside_git(clone: Clone) -> Oracle:
    clone.remove(".git")
    clone.remove(PLAN)
    return oracle.whole


@fault(
    "F14",
    "the tracker was deleted, and nothing proves what it said",
    ESCALATE,
    variant="nothing",
    does=CORRUPTION,
    signs=("pages_orphaned",),
)
def deleted_for_good(clone: Clone) -> Oracle:
    for name in (PLAN, oracle.JOURNAL, oracle.BACKUPS, ".git"):
        clone.remove(name)
    return oracle.untouched(clone, PAGE)


@fault("F15", "a command that died has left its temporary file", AUTO, does=("interrupted_write",))
def left_behind(clone: Clone) -> Oracle:
    name = "docs/plans/.release.json.0123456789ab.wt-tmp"
    clone.write(name, clone.read(PLAN)[:400])
    clone.aged(name, 2 * HOUR)
    return lambda clone: oracle.whole(clone) or oracle.tidy(clone)


@fault("F16", "somebody else changes the plan in the middle of a command", AUTO, positions=(DURING,))
def two_writers(clone: Clone) -> Oracle:
    _renamed(clone, "4.4", "Meanwhile")
    clone.do("rename 4.4 to Meanwhile")
    return oracle.whole


# --- killed -----------------------------------------------------------------------------------------------------------

KILLED = """
import os, signal, sys
sys.path.insert(0, {sources!r})
sys.argv = ["wt", *{arguments!r}]
real, left = os.{call}, [{nth}]
def die(*what, **how):
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*what, **how)
os.{call} = die
from infrastructure.router import main
main(sys.argv[1:])
"""


def killed(clone: Clone, sentence: str, call: str, nth: int) -> None:
    """The program dies by SIGKILL just before its nth call of a function of the system."""
    script = KILLED.format(sources=SOURCES, arguments=[sentence], call=call, nth=nth)
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=clone.root, env=clone.env, capture_output=True, timeout=60, check=False
    )
    if done.returncode != -signal.SIGKILL:
        raise RuntimeError(f"it was not killed: {done.stderr.decode(errors='replace')}")


@fault("F17", "a command was killed between the JSON and the page", AUTO, does=DRIFT, signs=("redrawn",))
def killed_before_the_page(clone: Clone) -> Oracle:
    """It had not answered, so its change may stand or not; it stands, for the file had it."""
    clone.expected[clone.uid("4.5"), "status"] = "complete"
    killed(clone, "complete 4.5", "rename", 2)
    return oracle.whole
