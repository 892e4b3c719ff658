"""Commands, undo, redo, edits by hand, faults, crashes and repairs in any order, against a plain model of the tracker."""

from __future__ import annotations

import errno
import itertools
import json
import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from infrastructure.tracker_files import TrackerFile
from tests.crash.conftest import IN_MEMORY, LONG
from tests.crash.disk import Disk, Stop
from tests.e2e.conftest import Done, Project
from tests.projects import PLAN, demo_project, journal_of, memory_of, snapshots_of

Row = dict[str, str | None]  # title, status, assignee
Rows = dict[str, Row]  # by id
WORDS = st.sampled_from(["Dig", "Saw", "Weld", "Glue", "Sand", "Wire", "Clean", "Test it", "Ship it"])
PEOPLE = st.sampled_from(["dana", "lee", "sam"])
WHICH = st.integers(0, 50)
Trouble = tuple[int, int] | None  # the call at which the disk fails, and with what (0: the program is killed there)
DISKS: st.SearchStrategy[Trouble] = (
    st.none()
    | st.none()
    | st.tuples(st.integers(1, 45), st.sampled_from([0, 0, errno.ENOSPC, errno.EIO, errno.EACCES]))
)


class Move(NamedTuple):
    """A change that can be taken back: what stood before it, what after it, and when it was made or moved last."""

    before: Rows
    after: Rows
    at: int

    def ids(self) -> list[str]:
        return [id for id in {*self.before, *self.after} if self.before.get(id) != self.after.get(id)]


def moved(rows: Rows, old: Rows, new: Rows, ids: list[str]) -> Rows:
    """Rows in which what stands as in `old` stands as in `new`, field by field."""
    made = dict(rows)
    for id in ids:
        if id not in new:
            del made[id]
        elif id not in old:
            made[id] = new[id]
        else:
            made[id] = made[id] | {key: new[id][key] for key in new[id] if new[id][key] != old[id][key]}
    return made


class Tracked(RuleBasedStateMachine):
    """What `wt` answers after every step is what the model says."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=IN_MEMORY if Path(IN_MEMORY).is_dir() else None, prefix="wt-test-"))
        self.project = demo_project(self.folder)
        self.rows = seen(self.project)
        self.issued = {"1": 2, "2": 1}
        self.done: list[Move] = []
        self.undone: list[Move] = []
        self.clock = 0
        self.numbers = itertools.count(1)
        self.by_hand: dict[str, int] = {}  # id -> when somebody edited it outside wt
        self.is_told = True  # of every edit by hand; what wt was never told of cannot be repaired
        self.older: list[bytes] = []  # states that were left behind
        self.is_remembered = True  # without its memory wt cannot tell an older copy from a change that was killed
        self.in_flight = (
            False  # a change that was killed half-way: until the next one, damage leaves open if it was done
        )

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    @invariant()
    def the_answer_is_what_the_model_says(self) -> None:
        assert seen(self.project) == self.rows

    # --- commands -----------------------------------------------------------------------------------------------------

    @rule(phase=st.sampled_from("12"), title=WORDS, disk=DISKS)
    def add(self, phase: str, title: str, disk: Trouble) -> None:
        id = f"{phase}.{self.issued[phase] + 1}"
        row = {"title": title, "status": "pending", "assignee": None}
        self._change(f"add task to phase {phase}: {title}", {**self.rows, id: row}, disk)
        if id in self.rows:
            self.issued[phase] += 1

    @rule(which=WHICH, title=WORDS, disk=DISKS)
    def rename(self, which: int, title: str, disk: Trouble) -> None:
        id = self._id(which)
        self._change(f"rename {id} to {title}", self._with(id, title=title), disk)

    @rule(which=WHICH, disk=DISKS)
    def complete(self, which: int, disk: Trouble) -> None:
        id = self._id(which)
        self._change(f"mark {id} complete", self._with(id, status="complete"), disk)

    @rule(which=WHICH, who=PEOPLE, disk=DISKS)
    def assign(self, which: int, who: str, disk: Trouble) -> None:
        id = self._id(which)
        self._change(f"assign {id} to {who}", self._with(id, assignee=who), disk)

    @precondition(lambda self: len(self.rows) > 2)
    @rule(which=WHICH, disk=DISKS)
    def delete(self, which: int, disk: Trouble) -> None:
        id = self._id(which)
        self._change(f"delete task {id}", {key: row for key, row in self.rows.items() if key != id}, disk)

    def _id(self, which: int) -> str:
        return sorted(self.rows)[which % len(self.rows)]

    def _with(self, id: str, **fields: str) -> Rows:
        return {**self.rows, id: self.rows[id] | fields}

    def _change(self, words: str, after: Rows, disk: Trouble) -> None:
        if after != self.rows and self._carried_out(words, after, disk):
            self.done.append(Move(self.rows, after, self._tick()))
            self.undone = []
            self.rows = after

    def _carried_out(self, words: str, after: Rows, trouble: Trouble) -> bool:
        """Whether the change is in: the answer says so, or, where there was none, the tracker."""
        older = file_of(self.project).read().raw if self.is_told else b""
        done = self._said(words, trouble)
        if done is None:
            made = seen(self.project) == after
            self.in_flight = not made
        else:
            assert done.code in ((0, 1, 6) if trouble else (0,)), done
            made = done.code != 1
        if made:
            self.in_flight = False
            self.older += [older] if older else []
            self.is_told, self.is_remembered = True, trouble is None
        return made

    def _said(self, words: str, trouble: Trouble) -> Done | None:
        """None when the program died before it could answer."""
        if trouble is None:
            return self._line("--skip-consent", words)
        at, error = trouble
        try:
            with self._disk(at, error).between():
                return self._line("--skip-consent", words)
        except Stop:
            return None

    def _line(self, *words: str) -> Done:
        """Each at its own time: no two states are the same."""
        now = self._tick()
        return self.project.say(
            *words, env={"WT_NOW": f"2026-01-05T{10 + now // 3600}:{now // 60 % 60:02}:{now % 60:02}Z"}
        )

    def _disk(self, at: int, error: int) -> Disk:
        if error:
            return Disk(fails=at, error=error, chance=self.numbers)
        return Disk(dies=at, chance=self.numbers)

    def _tick(self) -> int:
        self.clock += 1
        return self.clock

    # --- taking back --------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.done)
    @rule(disk=DISKS)
    def undo(self, disk: Trouble) -> None:
        move = self.done[-1]
        if self._moves("undo", move, move.after, move.before, disk):
            self.undone.append(self.done.pop()._replace(at=self._tick()))

    @precondition(lambda self: self.undone)
    @rule(disk=DISKS)
    def redo(self, disk: Trouble) -> None:
        move = self.undone[-1]
        if self._moves("redo", move, move.before, move.after, disk):
            self.done.append(self.undone.pop()._replace(at=self._tick()))

    def _moves(self, words: str, move: Move, old: Rows, new: Rows, trouble: Trouble) -> bool:
        """What somebody edited since may be in the way: then it is refused, and only then."""
        if any(self.by_hand.get(id, 0) > move.at for id in move.ids()):
            done = self._line(words, "--dry-run")
            assert done.code in (0, 2)
            if done.code == 2:
                return False
        after = moved(self.rows, old, new, move.ids())
        if not self._carried_out(words, after, trouble):
            return False
        self.rows = after
        return True

    # --- what happens outside -----------------------------------------------------------------------------------------

    @rule(which=WHICH, title=WORDS)
    def edit_by_hand(self, which: int, title: str) -> None:
        """Valid, in an editor: the next change journals it."""
        id = self._id(which)
        if self.rows[id]["title"] == title or file_of(self.project).read().fault:
            return
        document = self.project.tracker()
        for phase in document["phases"]:
            for task in phase["tasks"]:
                if f"{phase['number']}.{task['number']}" == id:
                    task["title"] = title
        self.project.path("demo.json").write_text(json.dumps(document), encoding="utf-8")
        if fault := file_of(self.project).read().fault:
            assert fault.what == "was replaced by an older copy"  # an edit that leads back to an earlier state is one
            return
        self.rows = self._with(id, title=title)
        self.by_hand[id] = self._tick()
        self.is_told = False

    @precondition(lambda self: self.is_told and not self.in_flight)
    @rule(how=st.sampled_from(["cut", "empty", "zeros", "deleted", "older"]), at=WHICH)
    def damage_the_file(self, how: str, at: int) -> None:
        path = self.project.path("demo.json")
        raw = path.read_bytes() if path.exists() else b""
        if how == "deleted":
            path.unlink(missing_ok=True)
        elif how != "older":
            path.write_bytes({"cut": raw[: len(raw) * at // 60], "empty": b"", "zeros": bytes(len(raw))}[how])
        elif self.older and self.is_remembered:
            path.write_bytes(self.older[at % len(self.older)])

    @rule(how=st.sampled_from(["memory", "page", "scribble", "snapshots", "torn journal", "temporary"]))
    def damage_what_stands_beside(self, how: str) -> None:
        if how == "memory":
            memory_of(self.project).unlink(missing_ok=True)
            self.is_remembered = False
        elif how == "page":
            self.project.path("demo.md").unlink(missing_ok=True)
        elif how == "scribble":
            self.project.path("demo.md").write_text("mine\n", encoding="utf-8")
        elif how == "snapshots":
            for path in snapshots_of(self.project):
                path.write_bytes(b"rotten")
        elif how == "torn journal":
            with journal_of(self.project).open("ab") as file:
                file.write(b'{"seq":99,"to')
        else:
            self.project.path(".demo.json.0123456789ab.wt-tmp").write_bytes(b"half")

    @rule(words=st.sampled_from(["sync", "doctor"]), disk=DISKS)
    def repair(self, words: str, disk: Trouble) -> None:
        """May fail; must not change what is there."""
        if words == "sync":
            self._said("sync", disk)
        else:
            assert self._line("doctor", "--fix").code in (0, 1)
            self.is_told, self.in_flight = True, False


def file_of(project: Project) -> TrackerFile:
    return TrackerFile(str(project.folder), PLAN, size_limit=1 << 29, lock_timeout=5)


def seen(project: Project) -> Rows:
    """What is answered."""
    tracker = file_of(project).read().tracker
    rows = ((f"{phase.number}.{task.number}", task) for phase, task in tracker.tasks())
    return {id: {"title": task.title, "status": task.status, "assignee": task.assignee} for id, task in rows}


Tracked.TestCase.settings = settings(
    max_examples=150 if LONG else 8,
    stateful_step_count=40 if LONG else 20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    report_multiple_bugs=False,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # to shorten a failing run would take minutes
)
test_any_run_of_commands_faults_and_repairs_is_answered_as_the_model_says = Tracked.TestCase
