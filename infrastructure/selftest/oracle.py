"""What is so, read off the bytes: whether a plan is whole, and whether anything that was there is gone.

Nothing here knows how the program reads, repairs or heals: bytes, JSON and digests only.
"""

from __future__ import annotations

import hashlib
import json

from domain.record import Record
from infrastructure.selftest.clone import PAGE, PLAN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from infrastructure.selftest.clone import Clone, Said
    from infrastructure.selftest.fault import Oracle

    Task = dict[str, Any]  # Any: JSON as parsed

JOURNAL, BACKUPS = ".ecw/journal", ".ecw/backups"
KEEPERS = (".ecw/kept", "docs/plans", JOURNAL, BACKUPS, ".ecw/state")  # where set-aside bytes may stand
OURS = ("docs/plans", ".ecw", ".git")
PASSING = (".ecw/state", ".ecw/kept", ".ecw/cache", ".ecw/lock", ".git")  # not part of what is rolled back
EMPTY = hashlib.sha256(b"").hexdigest()
FLEETING = frozenset(("updated_at", "started_at", "completed_at"))


class Known(Record):
    """Everything that must not get lost, at one moment."""

    tasks: Mapping[str, Task] | None  # by uid; None when the plan cannot be read
    journal: Mapping[str, tuple[bytes, ...]]
    files: Mapping[str, str]  # the user's own: name -> digest
    plans: Mapping[str, str]  # whatever lies in docs/plans: name -> digest


def known(clone: Clone) -> Known:
    return Known(
        tasks(clone),
        {name: tuple(clone.read(name).split(b"\n")) for name in clone.below(JOURNAL) if name.endswith(".jsonl")},
        {name: digest(clone, name) for name in clone.below(".") if not name.startswith(OURS)},
        {name: digest(clone, name) for name in clone.below("docs/plans")},
    )


def digest(clone: Clone, name: str) -> str:
    try:
        return hashlib.sha256(clone.read(name)).hexdigest()
    except OSError:
        return "unreadable"


def tasks(clone: Clone) -> dict[str, Task] | None:
    """Every task by its uid, as the file says; None when it is no JSON with tasks in it."""
    try:
        document = json.loads(clone.read(PLAN).decode("utf-8-sig"))
        return {task["uid"]: task for phase in document["phases"] for task in phase["tasks"]}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def tree(clone: Clone) -> str:
    """One digest of all that healing has to put back when it did not help."""
    rows = [f"{name} {digest(clone, name)}" for name in clone.below(".") if not name.startswith(PASSING)]
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


# --- what must be there ---------------------------------------------------------------------------------------------


class Promise(Record):
    """What the plan has to say: what it said at first, what was acknowledged since, what somebody else has changed."""

    tasks: Mapping[str, Task]

    def after(self, said: Said) -> Promise:
        """With the changes that this answer acknowledges."""
        changed = {uid: dict(task) for uid, task in self.tasks.items()}
        for change in said.reply.get("changes") or () if said.is_done else ():
            task = changed.setdefault(change["uid"], {"uid": change["uid"]})
            task["title" if change["field"] == "added" else change["field"]] = change["after"]
            for name in FLEETING:
                task.pop(name, None)
        return Promise(changed)

    def but(self, expected: Mapping[tuple[str, str], object]) -> Promise:
        """With what the fault itself has rightly changed: (uid, field) -> value."""
        changed = {uid: dict(task) for uid, task in self.tasks.items()}
        for (uid, field), value in expected.items():
            changed.setdefault(uid, {"uid": uid})[field] = value
            for name in FLEETING:
                changed[uid].pop(name, None)
        return Promise(changed)

    def broken(self, now: Mapping[str, Task]) -> Iterator[str]:
        """Each thing that is not as promised."""
        yield from self.lacks(now)
        for uid, task in now.items():
            if uid not in self.tasks:
                yield f"the task {task.get('title', uid)!r} was made by nobody"

    def lacks(self, now: Mapping[str, Task]) -> Iterator[str]:
        """Each thing that was promised and is not so."""
        for uid, task in self.tasks.items():
            if uid not in now:
                yield f"the task {task.get('title', uid)!r} is gone"
                continue
            for field, value in task.items():
                if now[uid].get(field) != value:
                    yield f"{task.get('title', uid)!r}: {field} is {now[uid].get(field)!r}, not {value!r}"


def whole(clone: Clone) -> str | None:
    """What is wrong with the plan and its page by themselves; None when nothing is."""
    there = tasks(clone)
    if there is None:
        return f"{PLAN} cannot be read"
    try:
        page = clone.read(PAGE).decode()
    except (OSError, ValueError):
        return f"{PAGE} cannot be read"
    missing = [task["title"] for task in there.values() if not _is_shown(page, task)]
    return f"{PAGE} does not show {missing[0]!r} as it is" if missing else None


def _is_shown(page: str, task: Task) -> bool:
    status = str(task["status"]).replace("_", " ")
    rows = [line for line in page.splitlines() if line.startswith("| ") and f" {task['title']}" in line]
    return any(f" {status} " in line for line in rows)


def untouched(clone: Clone, *names: str) -> Oracle:
    """An oracle of what is for a person: the fault stays, and these files stand as the fault has left them."""
    stood = {name: digest(clone, name) for name in names}

    def over(clone: Clone) -> str | None:
        changed = [name for name, was in stood.items() if digest(clone, name) != was]
        return f"{changed[0]} was changed" if changed else None

    return over


def tidy(clone: Clone) -> str | None:
    """What a command that died has left beside the plan."""
    left = [name for name in clone.below("docs/plans") if name.endswith(".wt-tmp")]
    return f"{left[0]} is still there" if left else None


# --- what must not be gone ------------------------------------------------------------------------------------------


def losses(promise: Promise, hurt: Known, clone: Clone) -> list[str]:
    """What was there when the fault had happened, or had been acknowledged, and is nowhere now."""
    now = known(clone)
    is_left = now.plans.get(PLAN) == hurt.plans.get(PLAN)  # what the fault took away is not taken by healing
    gone = [f"{name} of yours has changed" for name, was in hurt.files.items() if now.files.get(name) != was]
    gone += [f"{name} lost lines" for name, lines in hurt.journal.items() if not _goes_on(lines, now, name)]
    if now.tasks is not None and not is_left:
        gone += promise.lacks(now.tasks)
    gone += [f"the bytes of {name} are nowhere" for name in _vanished(promise, hurt, now, clone)]
    return gone


def _goes_on(lines: tuple[bytes, ...], now: Known, name: str) -> bool:
    """Whether the journal still begins with these lines; a torn last one may have been closed."""
    return now.journal.get(name, ())[: len(lines) - 1] == lines[:-1]


def _vanished(promise: Promise, hurt: Known, now: Known, clone: Clone) -> Iterator[str]:
    """Pages that the program had drawn itself can be drawn again; all else must stand somewhere."""
    kept = {digest(clone, name) for folder in KEEPERS for name in clone.below(folder)} | clone.drawn
    for name, was in hurt.plans.items():
        if was in kept or was == EMPTY or name.endswith(".wt-tmp"):
            continue
        if name == PLAN and _says_all(promise, hurt, now):
            continue  # laid out otherwise, with all that it said
        yield name


def _says_all(promise: Promise, hurt: Known, now: Known) -> bool:
    """Whether every task says what it said then, or what was promised since."""
    if hurt.tasks is None or now.tasks is None:
        return False
    return all(
        uid in now.tasks and _agrees(task, now.tasks[uid], promise.tasks.get(uid, {}))
        for uid, task in hurt.tasks.items()
    )


def _agrees(was: Task, now: Task, promised: Task) -> bool:
    return all(now.get(field) in (value, promised.get(field)) for field, value in was.items() if field not in FLEETING)
