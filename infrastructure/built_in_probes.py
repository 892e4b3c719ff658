"""The probes that come with `wt`: each looks at one claim of a project, for itself, and changes nothing."""

from __future__ import annotations

import os
import shutil
import stat

from domain import rules, shape
from domain.errors import WtError
from domain.probes.declaration import TASKS, Probe
from domain.probes.verdicts import Verdict, agree, disagree, unknown
from domain.record import Record
from domain.shape import iso_of
from infrastructure import any_layout, git, repair, setup_git
from infrastructure.page import Page
from infrastructure.project import OWN
from infrastructure.regular_files import read_file
from infrastructure.running import run
from infrastructure.tracker_reads import Seen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from domain.tracker import Evidence, Task, Tracker

    Look = Callable[["World"], "Verdict | list[Verdict]"]

LEAST_FREE = 100 << 20  # bytes
AHEAD = 300.0  # seconds that a clock may be behind what it wrote before
UNCOMMITTED = 24 * 3600.0  # seconds
REFUSALS = ("permission denied", "authentication failed", "could not read username", "access denied", "403", "401")
STATES = ("MERGE_HEAD", "REBASE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply")


class World(Record):
    """What probes look at: the project, and the machine's clock and disk."""

    root: str
    names: tuple[str, ...]  # of the trackers, from the root
    size_limit: int
    seconds: float  # since 1970, now
    env: Mapping[str, str]
    free: Callable[[str], int] = lambda folder: shutil.disk_usage(folder).free

    def raw(self, name: str) -> bytes:
        return read_file(os.path.join(self.root, name), name, self.size_limit)[0]

    def document(self, name: str) -> Any:  # Any: JSON as parsed
        return any_layout.parse(any_layout.text_of(self.raw(name), name), name)

    def trackers(self) -> Iterator[tuple[str, Tracker]]:
        """Those that can be read; the others are what the first two probes are for."""
        for name in self.names:
            try:
                yield name, any_layout.decode(self.raw(name), name).tracker
            except WtError:
                continue

    @property
    def has_git(self) -> bool:
        return git.is_work_tree(self.root)


PROBES: dict[str, tuple[Probe, Look]] = {}


def probe(id: str, claim: str, group: str, **more: Any) -> Callable[[Look], Look]:  # Any: fields of Probe
    def declare(look: Look) -> Look:
        PROBES[id] = (Probe(id, claim, group, **more), look)
        return look

    return declare


def _verdict(wrong: list[str], looked_at: bool = True, why: str = "there is no tracker") -> Verdict:
    return disagree(*wrong[:5]) if wrong else agree() if looked_at else unknown(why)


# --- trackers ---------------------------------------------------------------------------------------------------------


@probe("json-valid", "every tracker file is JSON", "local-fs", cost="cheap", veto=True)
def _json_valid(world: World) -> Verdict:
    wrong = []
    for name in world.names:
        try:
            world.document(name)
        except WtError as error:
            wrong.append(error.message)
    return _verdict(wrong, bool(world.names))


@probe("schema", "every tracker has its shape", "local-fs", cost="cheap", veto=True)
def _schema(world: World) -> Verdict:
    wrong, looked_at = [], False
    for name in world.names:
        try:
            document = any_layout.migrated(world.document(name))
        except WtError:
            continue
        looked_at = True
        wrong += [f"{name}: {path}: {said}" for _, path, said in shape.problems(document)][:3]
    return _verdict(wrong, looked_at)


@probe("refs-acyclic", "every dependency exists and none goes in a circle", "local-fs", cost="cheap")
def _refs_acyclic(world: World) -> Verdict:
    wrong, looked_at = [], False
    for name in world.names:
        try:
            tracker: Tracker = shape.from_document(any_layout.migrated(world.document(name)))
        except (WtError, KeyError, TypeError):
            continue
        looked_at = True
        found = rules.findings(tracker, severity="error")
        wrong += [f"{name}: {each.message}" for each in found if each.rule.startswith("dependency.")]
    return _verdict(wrong, looked_at)


@probe("markdown-in-sync", "every page shows what its tracker says", "local-fs", cost="cheap")
def _markdown_in_sync(world: World) -> Verdict:
    found = [(name, tracker) for name, tracker in world.trackers()]
    problems = [(name, Page(world.root, name).problem(_seen(world, name, tracker))) for name, tracker in found]
    return _verdict([f"{name}: its page is {problem}" for name, problem in problems if problem], bool(found))


def _seen(world: World, name: str, tracker: Tracker) -> Seen:
    return Seen(name, tracker, world.raw(name), "", None)


@probe("history-append-only", "no line of a journal is missing or damaged", "journal", veto=True)
def _history_append_only(world: World) -> Verdict:
    wrong, looked_at = [], False
    for name, tracker in world.trackers():
        entries, damaged = _past(world, name, tracker).journal.entries()
        looked_at = looked_at or bool(entries)
        numbers = [entry.seq for entry in entries]
        missing = sorted(set(range(numbers[0], numbers[-1] + 1)) - set(numbers)) if numbers else []
        if damaged:
            wrong.append(f"{name}: {damaged} lines of its journal are damaged")
        if missing or numbers != sorted(numbers):
            wrong.append(f"{name}: its journal lacks {', '.join(map(str, missing[:5])) or 'its order'}")
    return _verdict(wrong, looked_at, "nothing was journaled here yet")


@probe("journal-replay", "every tracker holds all that its journal says was done", "journal", veto=True)
def _journal_replay(world: World) -> Verdict:
    wrong, outside, looked_at = [], [], False
    for name, tracker in world.trackers():
        standing = _past(world, name, tracker).standing(repair.state_of(tracker), tracker)
        looked_at = looked_at or standing.kind == "in_step"
        if standing.kind == "older":
            wrong.append(f"{name} is an older state: changes that were acknowledged are gone")
        elif standing.kind == "outside":
            outside.append(name)
    if outside and not wrong:
        return unknown(f"{', '.join(outside)} was changed outside wt; the next change journals that")
    return _verdict(wrong, looked_at, "nothing was journaled here yet")


def _past(world: World, name: str, tracker: Tracker) -> repair.Past:
    return repair.Past(world.root, name, tracker.uid, world.size_limit)


# --- the working tree -------------------------------------------------------------------------------------------------


@probe("lock-sane", "the lock is a file that can be locked", "local-fs", cost="cheap")
def _lock_sane(world: World) -> Verdict:
    try:
        found = os.lstat(os.path.join(world.root, OWN, "lock"))
    except OSError:
        return unknown("nothing was written here yet")
    return agree() if stat.S_ISREG(found.st_mode) else disagree(f"{OWN}/lock is no regular file")


@probe("permissions", "trackers and state may be written by their owner", "local-fs", cost="cheap")
def _permissions(world: World) -> Verdict:
    places = [*world.names, *sorted({os.path.dirname(name) for name in world.names}), f"{OWN}/state"]
    there = [place for place in places if os.path.exists(os.path.join(world.root, place))]
    wrong = [place for place in there if _is_read_only(os.path.join(world.root, place))]
    return _verdict([f"{place} is read-only" for place in wrong], bool(there))


def _is_read_only(path: str) -> bool:
    """By its mode, or for the file system that it lies on is."""
    return not os.stat(path).st_mode & stat.S_IWUSR or bool(os.statvfs(path).f_flag & os.ST_RDONLY)


@probe("disk", "there is room to write", "machine", cost="cheap")
def _disk(world: World) -> Verdict:
    free = world.free(world.root)
    return agree() if free >= LEAST_FREE else disagree(f"{free >> 20} MB are free")


@probe("clock", "the clock has not gone back", "machine", cost="cheap")
def _clock(world: World) -> Verdict:
    newest = [entry.at for entry in repair.newest_entries(world.root).values()]
    if not newest:
        return unknown("nothing was journaled here yet")
    now = iso_of(world.seconds + AHEAD)
    return agree() if max(newest) <= now else disagree(f"the last change bears the time {max(newest)}, now is {now}")


# --- git --------------------------------------------------------------------------------------------------------------


@probe("git-state", "git is on a branch, with nothing half done", "local-git", cost="cheap")
def _git_state(world: World) -> Verdict:
    if not world.has_git:
        return unknown("there is no git here")
    folder = os.path.join(world.root, git.text(world.root, "rev-parse", "--git-dir"))
    wrong = [f"git is in the middle of it: {state}" for state in STATES if os.path.exists(os.path.join(folder, state))]
    wrong += ["HEAD is detached"] if git.run(world.root, "symbolic-ref", "--quiet", "HEAD").code else []
    wrong += [f"{path} is unmerged" for path in sorted(git.unmerged_paths(world.root))]
    return _verdict(wrong)


@probe("tracker-committed", "every tracker is in git, and was committed within a day", "local-git")
def _tracker_committed(world: World) -> Verdict:
    if not world.has_git:
        return unknown("there is no git here")
    wrong = []
    for name in world.names:
        if not git.is_tracked(world.root, name):
            wrong.append(f"{name} is not in git")
            continue
        age = world.seconds - os.stat(os.path.join(world.root, name)).st_mtime
        if age > UNCOMMITTED and git.run(world.root, "diff", "--quiet", "HEAD", "--", name).code:
            wrong.append(f"{name} has not been committed for {age / 3600:.0f} hours")
    return _verdict(wrong, bool(world.names))


@probe("remote-in-sync", "the branch holds all that is known of its upstream, and that all of it", "remote")
def _remote_in_sync(world: World) -> Verdict:
    counted = git.run(world.root, "rev-list", "--left-right", "--count", "HEAD...@{upstream}")
    if counted.code:
        return unknown("the branch has no upstream")
    ahead, behind = map(int, counted.out.split())
    wrong = [f"{ahead} commits are not pushed"] * bool(ahead) + [f"{behind} commits are not pulled"] * bool(behind)
    return _verdict(wrong)


@probe("credentials", "the remote lets us in", "remote", cost="deep", timeout=20.0)
def _credentials(world: World) -> Verdict:
    remotes = git.run(world.root, "remote").out.decode(errors="replace").split()
    if not remotes:
        return unknown("there is no remote")
    name = "origin" if "origin" in remotes else remotes[0]
    command = [*git.SAFE, "-C", world.root, "ls-remote", "--heads", name]
    quiet = dict(world.env) | {"GIT_TERMINAL_PROMPT": "0", "SSH_ASKPASS": "true"}
    ran = run(command, world.root, timeout=20.0, env=quiet)
    if ran.code == 0:
        return agree()
    said = ran.out.decode(errors="replace").lower()
    if any(refusal in said for refusal in REFUSALS):
        return disagree(f"{name}: {said.strip().splitlines()[0][:200]}")
    return unknown(f"{name} cannot be reached")


@probe("enforcement-hooks", "what was set up for git and for agents is in place", "local-git", veto=True)
def _enforcement_hooks(world: World) -> Verdict:
    wrong, found = _drivers(world)
    claude, is_set_up = _claude_hooks(world.root)
    return _verdict(wrong + claude, found or is_set_up, "nothing is set up here: wt setup git")


def _drivers(world: World) -> tuple[list[str], bool]:
    """What is wrong with the merge drivers, and whether they were set up at all."""
    if not world.has_git:
        return [], False
    reply = setup_git.check(world.root)
    problems = list(reply.data["problems"])
    is_set_up = os.path.exists(os.path.join(world.root, ".gitattributes")) and not all(
        " does not say " in problem or " is not set " in problem for problem in problems
    )
    is_named = not any(" does not say " in problem for problem in problems)
    return (problems, True) if is_set_up or is_named else ([], False)


def _claude_hooks(root: str) -> tuple[list[str], bool]:
    """Hooks of ours in the settings of Claude Code whose program is gone."""
    import json
    import shlex

    try:
        with open(os.path.join(root, ".claude", "settings.json"), encoding="utf-8") as file:
            document = json.load(file)
        events = document.get("hooks", {}).values()
        commands = [hook["command"] for rows in events for row in rows for hook in row["hooks"] if "command" in hook]
        ours = [
            shlex.split(command.replace(";", " ")) for command in commands if " hook " in command and "wt" in command
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return [], False
    paths = dict.fromkeys(word for words in ours for word in words if word.startswith("/"))
    return [f"a hook names {path}, which is not there" for path in paths if not os.path.exists(path)], bool(ours)


# --- what is claimed of tasks -----------------------------------------------------------------------------------------


@probe("commit-reachable", "the commits that prove tasks are part of what is checked out", "local-git", about=TASKS)
def _commit_reachable(world: World) -> list[Verdict]:
    if not world.has_git:
        return [unknown("there is no git here")]
    asked = [(task, _commits(task)) for task in _complete(world)]
    known = {name: _contains(world, name) for _, names in asked for name in names}
    return [
        _of_task(task, [f"commit {name[:12]} is nowhere" for name in names if not known[name]])
        for task, names in asked
        if names
    ]


def _commits(task: Task) -> list[str]:
    return [piece.commit.partition("-")[0] for piece in task.evidence if piece.commit]


def _contains(world: World, name: str) -> bool:
    named = git.run(world.root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    return (
        not named.code
        and not git.run(world.root, "merge-base", "--is-ancestor", named.out.decode().strip(), "HEAD").code
    )


@probe("artefact-there", "the files that prove tasks are there", "local-fs", about=TASKS)
def _artefact_there(world: World) -> list[Verdict]:
    found = []
    for task in _complete(world):
        files = [piece for piece in task.evidence if piece.kind == "file_reference" and "://" not in piece.content]
        if files:
            found.append(
                _of_task(
                    task, [f"{each.id} names {each.content}, which is gone" for each in files if _is_gone(world, each)]
                )
            )
    return found


def _is_gone(world: World, piece: Evidence) -> bool:
    return not os.path.exists(os.path.join(world.root, piece.content))


def _complete(world: World) -> list[Task]:
    found = []
    for _, tracker in world.trackers():
        for phase in tracker.phases:
            statuses = phase.tasks.column("status")
            found += [phase.tasks[at] for at, status in enumerate(statuses) if status == "complete"]
    return found


def _of_task(task: Task, wrong: list[str]) -> Verdict:
    return (disagree(*wrong) if wrong else agree()).replace(about=task.uid)
