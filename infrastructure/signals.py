"""The signals of a project: what playbooks speak of, looked at where it really is. Nothing here changes anything."""

from __future__ import annotations

import os

from domain.errors import NotHere, WtError
from domain.self_healing.monitor import percentile
from domain.view import FOR_EDITORS
from infrastructure import git, git_state, remotes, setup_claude, setup_git
from infrastructure.atomic import temporaries
from infrastructure.merging import is_tracker, operation_under_way, page_of
from infrastructure.project import OWN, tracker_names
from infrastructure.repair import Past, bytes_of
from infrastructure.series import cache_size
from infrastructure.state_files import signature
from infrastructure.tracker_writes import encoded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import TypeVar

    from domain.playbooks.metrics import Value
    from domain.recovery import Standing
    from infrastructure.copies import Places
    from infrastructure.foresight import Foresight
    from infrastructure.healing import ProjectHealing
    from infrastructure.mending import Mending
    from infrastructure.operations import OperationFile
    from infrastructure.remotes import Tracking
    from infrastructure.tracker_reads import Seen
    from infrastructure.trackers import ProjectTrackers

    T = TypeVar("T")

LEARNING = f"{OWN}/state/learning.db"
OLD = 3600.0  # seconds after which a temporary file belongs to nobody
HEAD = 4096  # bytes of a page, in which it says whose it is
RECENT, ENOUGH = 20, 10  # operations
SMOOTHING = 0.1  # how fast the baseline of latency follows
AHEAD = 300.0  # seconds that a note may lie ahead of the clock
LONG = 60.0  # seconds that git may hold its index.lock
REMOTE_TIMEOUT = 10.0


class Signals:
    """One look after the other at one project. What the remote says is asked once, and again after `forget`."""

    def __init__(
        self,
        root: str,
        trackers: ProjectTrackers,
        places: Places,
        healing: ProjectHealing,
        operations: OperationFile,
        *,
        clock: Callable[[], float],
        cache_limit: float,
        foresight: Foresight,
        remote_timeout: float = REMOTE_TIMEOUT,
        mending: Mending | None = None,
    ) -> None:
        """`cache_limit` is in bytes; a look waits for a remote for `remote_timeout`, for 10 s at most."""
        self._foresight = foresight
        self._remote_timeout = min(remote_timeout, REMOTE_TIMEOUT)
        self._mending = mending
        self._cache_limit = cache_limit
        self._root = root
        self._trackers = trackers
        self._places = places
        self._healing = healing
        self._operations = operations
        self._clock = clock
        self._access: str | None = None
        self._seen: dict[str, Seen | WtError] | None = None
        self._made: dict[tuple[str, str], tuple[tuple[str, ...], object]] = {}

    def look(self, metrics: Iterable[str]) -> Mapping[str, Value]:
        """Each as it is now; None for what has no source here or could not be found out."""
        self._seen = None
        return {name: self._value(name) for name in metrics}

    def _value(self, name: str) -> Value:
        source = getattr(self, f"_{name}", None) or self._around_git(name)
        try:
            return source() if source is not None else self._foresight.value(name)
        except (WtError, OSError):
            return None

    def _around_git(self, name: str) -> Callable[[], Value] | None:
        look = git_state.LOOKS.get(name)
        return None if look is None else lambda: look(self._root, self._trackers.names(), self._clock())

    def forget(self) -> None:
        """Something was done about the remote: it has to be asked again."""
        self._access = None

    # --- host ---------------------------------------------------------------------------------------------------------

    def _disk_free(self) -> float:
        return self._foresight.disk_free()

    def _cache_size(self) -> float:
        return cache_size(self._root)

    def _cache_excess(self) -> float:
        return max(0.0, self._cache_size() - self._cache_limit)

    def _clock_behind(self) -> float:
        stamps = [self._newest_entry(), *self.future_stamps()]
        return max([0.0, *(at - self._clock() for at in stamps)])

    def _newest_entry(self) -> float:
        """When the newest journal was last written to, as its own entry says."""
        from domain.shape import seconds_of
        from infrastructure.repair import newest_entries

        return max((seconds_of(entry.at) for entry in newest_entries(self._root).values()), default=0.0)

    def future_stamps(self) -> list[float]:
        """Operations that are yet to come, by their own account."""
        return [operation.at for operation in self._operations.operations() if operation.at > self._clock() + AHEAD]

    def _latency_p95(self) -> float | None:
        durations = [operation.duration_ms / 1000 for operation in self._operations.operations()][-RECENT:]
        return percentile(durations, 95) if len(durations) >= ENOUGH else None

    def _latency_baseline(self) -> float | None:
        """An average of what came before, in which the newer weighs more (EWMA)."""
        durations = [operation.duration_ms / 1000 for operation in self._operations.operations()][:-RECENT]
        if len(durations) < ENOUGH:
            return None
        smooth = durations[0]
        for duration in durations:
            smooth += SMOOTHING * (duration - smooth)
        return smooth

    def _success_rate(self) -> float | None:
        from domain.self_healing.monitor import HealthMonitor

        found = HealthMonitor(self._operations.operations(), clock=self._clock).get_metrics()
        return found.success_rate * 100 if found.operations >= ENOUGH else None

    # --- locks --------------------------------------------------------------------------------------------------------

    def _index_lock(self) -> bool:
        return self._in_git() and os.path.lexists(self._lock_path())

    def _lock_path(self) -> str:
        return os.path.join(self._places.git_folder, "index.lock")

    def _index_lock_age(self) -> float:
        if not self._index_lock():
            return 0.0
        return self._clock() - os.lstat(self._lock_path()).st_mtime

    def _index_lock_unclear(self) -> bool:
        """Whether it is old, and nobody can see whose it is."""
        return self._index_lock_age() > LONG and self._index_lock_held() is None

    def _index_lock_held(self) -> bool | None:
        """Whether a process has it open, or a git runs in this project; unknown where processes cannot be seen."""
        return is_held(self._lock_path(), self._root) if self._index_lock() else False

    # --- store --------------------------------------------------------------------------------------------------------

    def seen(self) -> Mapping[str, Seen | WtError]:
        """Every tracker of the project as a read sees it, lost ones too; read once a look."""
        if self._seen is None:
            self._seen = {name: self._read(name) for name in self._trackers.looked_at(None)}
        return self._seen

    def _read(self, name: str) -> Seen | WtError:
        found = self._of("read", (name,), lambda: self._tried(name))
        if isinstance(found, WtError) or found.fault is not None:
            self._made.pop(("read", name))  # what it is put right with lies elsewhere and may change
        return found

    def _tried(self, name: str) -> Seen | WtError:
        try:
            return self._trackers.open(name).read()
        except WtError as error:
            return error

    def _of(self, what: str, names: tuple[str, ...], make: Callable[[], T]) -> T:
        """What follows from files alone: made once, and again when one of them is another."""
        stands, key = tuple(map(self._stands, names)), (what, names[0])
        known = self._made.get(key)
        if known is None or known[0] != stands:
            known = self._made[key] = (stands, make())
        return known[1]  # type: ignore[return-value]  # of the type that the same `what` made before

    def _stands(self, name: str) -> str:
        try:
            return signature(os.lstat(os.path.join(self._root, name)))
        except OSError:
            return ""

    def damaged(self) -> list[str]:
        return [name for name, seen in self.seen().items() if not isinstance(seen, WtError) and seen.fault is not None]

    def _sound(self) -> dict[str, Seen]:
        """What can be read, and may be written, without putting it right first."""
        read = {name: seen for name, seen in self.seen().items() if not isinstance(seen, WtError)}
        return {name: seen for name, seen in read.items() if not seen.fault and not seen.read_only}

    def _trackers_newer(self) -> float:
        read = [seen for seen in self.seen().values() if not isinstance(seen, WtError)]
        return float(sum(seen.read_only is not None for seen in read))

    def _trackers_damaged(self) -> float:
        return float(len(self.damaged()))

    def _trackers_unreadable(self) -> float:
        for_others = {*self.conflicted(), *self.misspelt()}
        return float(sum(isinstance(seen, WtError) and name not in for_others for name, seen in self.seen().items()))

    def misspelt(self) -> list[str]:
        """Trackers that could be read if their statuses were spelt as they are."""
        return [name for name, seen in self.seen().items() if isinstance(seen, WtError) and self._is_misspelt(name)]

    def _is_misspelt(self, name: str) -> bool:
        from infrastructure.respelling import respelled

        raw = bytes_of(self._root, name, self._trackers.size_limit)
        return raw is not None and respelled(raw, name) is not None

    def _statuses_misspelt(self) -> float:
        return float(len(self.misspelt()))

    def laid_out_otherwise(self) -> list[str]:
        """Trackers whose bytes are not the ones that wt would write."""
        return [name for name, seen in self._sound().items() if not self._is_canonical(name, seen)]

    def _is_canonical(self, name: str, seen: Seen) -> bool:
        limit = self._trackers.size_limit
        return self._of("layout", (name,), lambda: encoded(seen.tracker, limit) == seen.raw)

    def _foreign_layout(self) -> float:
        return float(len(self.laid_out_otherwise()))

    def _disputes(self) -> float:
        from domain.rules import findings

        def count(name: str, seen: Seen) -> int:
            rules = self._of("rules", (name,), lambda: [finding.rule for finding in findings(seen.tracker)])
            return rules.count("conflict.open")

        return float(sum(count(name, seen) for name, seen in self._sound().items()))

    def stale_pages(self) -> list[str]:
        """Trackers whose page differs."""
        return [name for name, seen in self._sound().items() if self._page_problem(name, seen)]

    def _pages_orphaned(self) -> float:
        """Pages of ours beside which there is no tracker, lost ones that can be brought back included."""
        known = {page_of(name) for name in self.seen()}
        return float(sum(self._is_ours(page) for page in tracker_names(self._root, ending=".md") if page not in known))

    def _is_ours(self, page: str) -> bool:
        raw = bytes_of(self._root, page, self._trackers.size_limit)
        return raw is not None and f"\n{FOR_EDITORS}\n".encode() in raw[:HEAD]

    def _page_problem(self, name: str, seen: Seen) -> str | None:
        return self._of("page", (name, page_of(name)), lambda: self._trackers.open(name).page_problem(seen))

    def _pages_stale(self) -> float:
        return float(len(self.stale_pages()))

    def interrupted(self) -> list[str]:
        """Trackers whose journal ends with an entry that was never done."""
        return [name for name, seen in self._sound().items() if self._is_ahead(name, seen)]

    def _is_ahead(self, name: str, seen: Seen) -> bool:
        return self._standing(name, seen).abandoned is not None

    def _standing(self, name: str, seen: Seen) -> Standing:
        past = self._past(name, seen)
        journal = os.path.relpath(past.journal.path, self._root)
        return self._of("standing", (name, journal), lambda: past.standing(seen.state, seen.tracker))

    def edited_outside(self) -> list[str]:
        """Trackers that hold what no entry of their journal tells of."""
        return [name for name, seen in self._sound().items() if self._standing(name, seen).kind == "outside"]

    def _edits_unjournaled(self) -> float:
        return float(len(self.edited_outside()))

    def left_behind(self) -> list[str]:
        """Temporary files of commands that died more than an hour ago."""
        folders = sorted({os.path.dirname(name) for name in self.seen()} | {f"{OWN}/state"})
        return [
            f"{folder}/{left}"
            for folder in folders
            for left in temporaries(os.path.join(self._root, folder), self._clock(), OLD)
        ]

    def _writes_interrupted(self) -> float:
        return float(len(self.interrupted()) + len(self.left_behind()))

    def without_snapshot(self) -> list[str]:
        """Trackers with a damaged snapshot, or with a journal and none."""
        return [name for name, seen in self._sound().items() if not self._is_kept(self._past(name, seen))]

    def _is_kept(self, past: Past) -> bool:
        kept = past.backups.all()
        if not kept:
            return past.journal.last()[0] is None
        return all(snapshot.read(self._trackers.size_limit) is not None for snapshot in kept)

    def _snapshots_damaged(self) -> float:
        return float(len(self.without_snapshot()))

    def _past(self, name: str, seen: Seen) -> Past:
        return Past(self._root, name, seen.tracker.uid, self._trackers.size_limit)

    def _knowledge_sound(self) -> bool | None:
        path = os.path.join(self._root, LEARNING)
        return is_sound_database(path) if os.path.lexists(path) else True

    def _consent_sound(self) -> bool | None:
        """Whether wt itself wrote what is kept of consents; unknown without the key that tells."""
        from infrastructure.consent_store import ConsentStore

        held = ConsentStore(self._root).read()
        return None if held.state is None else not held.trouble

    def _state_damaged(self) -> float:
        return float(len(self._healing.damaged_documents()))

    # --- git ----------------------------------------------------------------------------------------------------------

    def _in_git(self) -> bool:
        return git.is_work_tree(self._root)

    def _git_busy(self) -> bool:
        return self._in_git() and operation_under_way(self._root) is not None

    def conflicted(self) -> list[str]:
        """Trackers that git left unmerged, or in which somebody committed the markers of a conflict."""
        unmerged = git.unmerged_paths(self._root)
        names = {name for name in unmerged if self._is_tracker(name)}
        return sorted(names | {name for name in self._trackers.names() if self._has_markers(name)})

    def _is_tracker(self, name: str) -> bool:
        if not name.endswith(".json"):
            return name.endswith(".md") and f"{name[:-3]}.json" in self._trackers.names()
        raw = bytes_of(self._root, name, self._trackers.size_limit)
        return raw is not None and is_tracker(raw)

    def _has_markers(self, name: str) -> bool:
        from infrastructure.repair import damage

        raw = bytes_of(self._root, name, self._trackers.size_limit)
        return raw is not None and b"<<<<<<< " in raw and damage(raw) == "conflict-marked"

    def _trackers_conflicted(self) -> float:
        return float(len(self.conflicted()))

    def _files_conflicted(self) -> float:
        return float(len(git.unmerged_paths(self._root) - set(self.conflicted())))

    def broken_setups(self) -> list[str]:
        """What was set up to work with wt, and is not in force any more."""
        broken = {"git": setup_git.is_broken(self._root), "claude": setup_claude.is_broken(self._root)}
        return [name for name, is_broken in broken.items() if is_broken]

    def _enforcement_missing(self) -> float:
        return float(len(self.broken_setups()))

    # --- remote -------------------------------------------------------------------------------------------------------

    def follows(self) -> Tracking | None:
        """Where the branch that is checked out belongs; None without an upstream that was ever seen."""
        try:
            found = remotes.tracking(self._root)
        except NotHere:
            return None
        return found if found.upstream and remotes.commit_of(self._root, found.upstream) else None

    def _sync_state(self) -> str:
        follows = self.follows()
        if follows is None:
            return "none"
        ahead, behind = remotes.distance(self._root, follows.upstream)
        return {(False, False): "even", (True, False): "ahead", (False, True): "behind"}.get(
            (ahead > 0, behind > 0), "diverged"
        )

    def _remote_access(self) -> str:
        if self._access is None:
            follows = self.follows()
            self._access = "none" if follows is None else self.answer(follows.remote)
        return self._access

    def answer(self, remote: str) -> str:
        """What the server of a remote answers just now."""
        return remotes.access(self._root, remote, self._remote_timeout)

    def _credentials_valid(self) -> bool | None:
        found = self._remote_access()
        return None if found == "unreachable" else found != "denied"

    def _network_connectivity(self) -> bool:
        return self._remote_access() != "unreachable"

    def open_circuits(self) -> list[str]:
        return [status.resource for status in self._healing.paused()]

    def _circuits_open(self) -> float:
        return float(len(self.open_circuits()))

    # --- probes -------------------------------------------------------------------------------------------------------

    def _consensus_score(self) -> float | None:
        return self._mending.consensus() if self._mending is not None else None

    def _agent_failures(self) -> float | None:
        broken = self._mending.broken() if self._mending is not None else None
        return None if broken is None else float(len(broken))

    def _all_agents_healthy(self) -> bool | None:
        broken = self._mending.broken() if self._mending is not None else None
        return None if broken is None else not broken


def is_held(path: str, root: str) -> bool | None:
    """Whether a process has the file open, or is a git working below the root; None where that cannot be seen."""
    if os.lstat(path).st_uid != os.getuid():
        return None  # its owner's processes show us nothing
    try:
        processes = [name for name in os.listdir("/proc") if name.isdecimal()]
    except OSError:
        return None
    return any(_may_hold(f"/proc/{process}", path, root) for process in processes)


def _may_hold(process: str, path: str, root: str) -> bool:
    """A process that is over meanwhile, or that belongs to somebody else and shows nothing, holds nothing we see."""
    try:
        if os.readlink(f"{process}/exe").rpartition("/")[2].startswith("git"):
            return os.readlink(f"{process}/cwd").startswith(root)
        return any(_points_to(f"{process}/fd/{fd}", path) for fd in os.listdir(f"{process}/fd"))
    except OSError:
        return False


def _points_to(link: str, path: str) -> bool:
    try:
        return os.readlink(link) == path
    except OSError:
        return False


def is_sound_database(path: str) -> bool | None:
    """What SQLite says of itself; None when somebody else is writing to it just now.

    What a writer who was killed has left half done is no damage: SQLite takes it back as soon as somebody writes.
    """
    import sqlite3

    try:
        try:
            return _checked(path, "ro")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname != "SQLITE_READONLY_ROLLBACK":
                raise
            return _checked_in_a_copy(path)
    except sqlite3.DatabaseError as error:
        busy = isinstance(error, sqlite3.OperationalError) and "locked" in str(error)
        return None if busy else False


def _checked_in_a_copy(path: str) -> bool:
    """Of the database after SQLite has taken back what its journal says, which stays as it is. Raises OSError."""
    import shutil
    import tempfile

    with tempfile.TemporaryDirectory(prefix="wt-database-") as folder:
        copy = os.path.join(folder, "copy")
        for ending in ("", "-journal"):
            shutil.copyfile(path + ending, copy + ending)
        return _checked(copy, "rw")


def _checked(path: str, mode: str) -> bool:
    """Raises sqlite3.DatabaseError."""
    import sqlite3

    connection = sqlite3.connect(f"file:{path}?mode={mode}", uri=True, timeout=1.0)
    try:
        return bool(connection.execute("PRAGMA quick_check").fetchone()[0] == "ok")
    finally:
        connection.close()
