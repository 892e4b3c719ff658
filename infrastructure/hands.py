"""The actions of playbooks as they are really done: each first says what it would work on, then works on that alone."""

from __future__ import annotations

import os
import time

from domain.errors import Unavailable, WtError
from infrastructure import git, merging, remotes, setup_claude, setup_git
from infrastructure.atomic import remove_quietly, set_aside
from infrastructure.caches import cached
from infrastructure.consent_store import FILE as CONSENT
from infrastructure.copies import GIT
from infrastructure.project import OWN
from infrastructure.signals import LEARNING
from infrastructure.tidying import Tidying

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from domain.playbooks.world import Hand
    from infrastructure.copies import Places
    from infrastructure.credentials import Renewal
    from infrastructure.healing import ProjectHealing
    from infrastructure.mending import Mending
    from infrastructure.signals import Signals
    from infrastructure.trackers import ProjectTrackers

    Select = Callable[[], Sequence[str]]
    Act = Callable[[Sequence[str], float], str]

STALE_LOCK = 60.0  # seconds
SIDECARS = ("", "-journal", "-wal", "-shm")
SAID = "heal"


class Pair:
    """A pair of functions with the promise of `domain.playbooks.world.Hand`."""

    def __init__(self, select: Select, act: Act) -> None:
        self.select = select
        self.act = act


class Hands:
    """Everything that healing can do to one project."""

    def __init__(
        self,
        root: str,
        trackers: ProjectTrackers,
        signals: Signals,
        places: Places,
        healing: ProjectHealing,
        *,
        clock: Callable[[], float],
        cache_limit: float,
        mending: Mending | None = None,
        renewal: Renewal | None = None,
    ) -> None:
        """`cache_limit` is in bytes."""
        self._clock = clock
        self._mending = mending
        self._renewal = renewal
        self._root = root
        self._trackers = trackers.saying(SAID)
        self._signals = signals
        self._places = places
        self._healing = healing
        self._cache_limit = cache_limit

    def all(self) -> Mapping[str, Hand]:
        """By the names of `domain.playbooks.actions`."""
        return {
            "repair_trackers": Pair(self._fresh(self._signals.damaged), self._settle),
            "redraw_pages": Pair(self._pages, self._redraw),
            "finish_writes": Pair(self._unfinished, self._finish),
            "journal_edits": Pair(self._fresh(self._signals.edited_outside), self._settle),
            "renew_snapshots": Pair(self._fresh(self._signals.without_snapshot), self._settle),
            "merge_trackers": Pair(self._mergeable, self._merge),
            "remove_index_lock": Pair(self._stale_lock, self._remove),
            "fetch": Pair(self._remote, self._fetch),
            "fast_forward": Pair(self._behind, self._fast_forward),
            "refresh_credentials": Pair(self._renewable, self._renew),
            "reset_connections": Pair(self._answering, self._reset),
            "clear_caches": Pair(self._cached, self._clear),
            "prune_caches": Pair(self._overflow, self._clear),
            "lay_out": Pair(self._fresh(self._signals.laid_out_otherwise), self._lay_out),
            "cleanup_disk_space": Pair(self._own_waste, self._clear),
            "spell_statuses": Pair(self._fresh(self._signals.misspelt), self._spell),
            "set_knowledge_aside": Pair(self._broken_knowledge, self._remove),
            "set_consent_aside": Pair(self._altered_consent, self._remove),
            "reset_state": Pair(self._broken_state, self._remove),
            **self._tidying(),
            "restore_enforcement": Pair(self._broken_setups, self._set_up),
            **(_probe_hands(self._mending) if self._mending is not None else {}),
        }

    def _tidying(self) -> Mapping[str, Hand]:
        tidying = Tidying(self._root, self._trackers, self._clock)
        return {
            "compact_logs": Pair(tidying.resting_logs, tidying.pack),
            "prune_snapshots": Pair(tidying.spare_snapshots, self._clear),
            "sweep_set_aside": Pair(tidying.set_aside_long_ago, self._clear),
            "take_snapshots": Pair(tidying.without_newest, tidying.take_snapshots),
            "warm": Pair(tidying.uncompiled, tidying.compile),
        }

    def _fresh(self, select: Select) -> Select:
        def selected() -> Sequence[str]:
            self._signals.look(())
            return select()

        return selected

    # --- trackers -----------------------------------------------------------------------------------------------------

    def _settle(self, names: Sequence[str], _: float) -> str:
        return _told([note for name in names for note in self._trackers.open(name).settled()])

    def _pages(self) -> Sequence[str]:
        return [merging.page_of(name) for name in self._fresh(self._signals.stale_pages)()]

    def _redraw(self, pages: Sequence[str], _: float) -> str:
        names = [page.removesuffix(".md") + ".json" for page in pages]
        return _told([note for name in names for note in self._trackers.redraw(name).notes])

    def _unfinished(self) -> Sequence[str]:
        return [*self._fresh(self._signals.interrupted)(), *self._signals.left_behind()]

    def _finish(self, objects: Sequence[str], seconds: float) -> str:
        names = [name for name in objects if name.endswith(".json")]
        left = [name for name in objects if name not in names]
        swept = [self._clear(left, seconds)] if left else []
        return _told([*([self._settle(names, seconds)] if names else []), *swept])

    def _lay_out(self, names: Sequence[str], _: float) -> str:
        return _told([note for name in names for note in self._trackers.open(name).laid_out()])

    def _spell(self, names: Sequence[str], _: float) -> str:
        return _told([note for name in names for note in self._trackers.open(name).spelt().notes])

    def _mergeable(self) -> Sequence[str]:
        """Trackers that git left unmerged and in which no item is in dispute."""
        return [name for name in self._fresh(self._signals.conflicted)() if self._is_undisputed(name)]

    def _is_undisputed(self, name: str) -> bool:
        try:
            merged = self._resolved([name], dry_run=True)
        except WtError:
            return False
        return bool(merged) and not any(row["conflicts"] for row in merged)

    def _resolved(self, names: Sequence[str], *, dry_run: bool) -> Sequence[Mapping[str, object]]:
        trackers = self._trackers.rehearsing() if dry_run else self._trackers
        found: Sequence[Mapping[str, object]] = trackers.merge(list(names)).data.get("merged", ())
        return found

    def _merge(self, names: Sequence[str], _: float) -> str:
        return _told([f"{row['tracker']} merged" for row in self._resolved(names, dry_run=False)])

    # --- git ----------------------------------------------------------------------------------------------------------

    def _stale_lock(self) -> Sequence[str]:
        found = self._signals.look(("index_lock", "index_lock_age", "index_lock_held"))
        age, held = found["index_lock_age"], found["index_lock_held"]
        is_stale = isinstance(age, float) and age >= STALE_LOCK and held is False
        return [f"{GIT}/index.lock"] if found["index_lock"] and is_stale else []

    def _remote(self) -> Sequence[str]:
        follows = self._signals.follows()
        return [f"remote:{follows.remote}"] if follows else []

    def _fetch(self, objects: Sequence[str], seconds: float) -> str:
        remote = objects[0].partition(":")[2]
        self._signals.forget()
        breaker = self._healing.breaker(f"git.remote:{remote}")
        breaker.call(lambda: remotes.fetch(self._root, remote, timeout=seconds))
        return f"fetched from {remote}"

    def _behind(self) -> Sequence[str]:
        """The branch, where its upstream holds all of it and git is in the middle of nothing."""
        found, follows = self._signals.look(("sync_state", "git_busy")), self._signals.follows()
        if follows is None or found["sync_state"] != "behind" or found["git_busy"] is not False:
            return []
        return [f"branch:{follows.branch}"]

    def _fast_forward(self, objects: Sequence[str], seconds: float) -> str:
        """git itself refuses where a file would be written over that somebody has changed."""
        before = remotes.commit_of(self._root, "HEAD")
        with self._trackers.lock():
            _git(self._root, seconds, "merge", "--ff-only", "--no-autostash", "--quiet", "@{upstream}")
        if git.run(self._root, "merge-base", "--is-ancestor", before, "HEAD").code:
            raise Unavailable(f"The branch no longer holds {before[:8]}.")
        return f"{objects[0].partition(':')[2]} is as its upstream"

    def _renewable(self) -> Sequence[str]:
        """The remote that does not let us in, where a trusted command may change that."""
        is_denied = self._signals.look(("remote_access",))["remote_access"] == "denied"
        return self._remote() if is_denied and self._renewal is not None and self._renewal.is_trusted() else []

    def _renew(self, _: Sequence[str], seconds: float) -> str:
        assert self._renewal is not None
        self._signals.forget()
        return self._renewal.run(seconds)

    def _answering(self) -> Sequence[str]:
        """Paused remotes that answer again."""
        self._signals.forget()
        paused = [name for name in self._signals.open_circuits() if name.startswith("git.remote:")]
        return [name for name in paused if self._signals.answer(name.partition(":")[2]) == "granted"]

    def _reset(self, names: Sequence[str], _: float) -> str:
        self._healing.reset(list(names))
        return _told([f"{name} goes on" for name in names])

    def _broken_setups(self) -> Sequence[str]:
        return [f"setup:{name}" for name in self._signals.broken_setups()]

    def _set_up(self, names: Sequence[str], _: float) -> str:
        again = {
            "setup:git": lambda: setup_git.set_up(self._root, setup_git.program()),
            "setup:claude": lambda: setup_claude.set_up_again(self._root, setup_claude.program()),
        }
        return _told([again[name]().message for name in names])

    # --- own files ----------------------------------------------------------------------------------------------------

    def _cached(self) -> Sequence[str]:
        return [name for name, _, _ in cached(self._root)]

    def _overflow(self) -> Sequence[str]:
        """What was unused longest, until the rest fits into half of what is allowed."""
        rows = cached(self._root)
        left, doomed = sum(size for _, size, _ in rows), []
        for name, size, _ in rows:
            if left <= self._cache_limit / 2:
                break
            doomed.append(name)
            left -= size
        return doomed

    def _own_waste(self) -> Sequence[str]:
        older = f"{OWN}/state/operations.1.log"
        there = [older] if os.path.isfile(os.path.join(self._root, older)) else []
        return [*self._cached(), *self._fresh(self._signals.left_behind)(), *there]

    def _broken_knowledge(self) -> Sequence[str]:
        if self._signals.look(("knowledge_sound",))["knowledge_sound"] is not False:
            return []
        names = [LEARNING + ending for ending in SIDECARS]
        return [name for name in names if os.path.lexists(os.path.join(self._root, name))]

    def _altered_consent(self) -> Sequence[str]:
        is_altered = self._signals.look(("consent_sound",))["consent_sound"] is False
        return [f"{OWN}/{CONSENT}"] if is_altered else []

    def _broken_state(self) -> Sequence[str]:
        return [f"{OWN}/state/healing/{name}" for name in self._healing.damaged_documents()]

    def _clear(self, names: Sequence[str], seconds: float) -> str:
        """Take away what can be made again. Stops when the time is over: the rest is there for the next time."""
        ends, gone, freed = time.monotonic() + seconds, 0, 0
        for name in names:
            path = self._place(name)
            size = os.lstat(path).st_size
            if remove_quietly(path):
                gone, freed = gone + 1, freed + size
            if time.monotonic() > ends:
                break
        if not gone:
            raise Unavailable("None of these files could be taken away.")
        return f"{gone} files taken away, {freed} bytes freed"

    def _remove(self, names: Sequence[str], _: float) -> str:
        """Rename aside, so that the bytes can be looked at."""
        for name in names:
            set_aside(self._place(name))
        return _told([f"{name} was set aside" for name in names])

    def _place(self, name: str) -> str:
        path = self._places.path(name)
        assert path is not None
        return path


def _probe_hands(mending: Mending) -> dict[str, Hand]:
    """What can be done about probes; all but the reality check is about the broken ones."""

    def broken() -> list[str]:
        return [f"probe:{probe}" for probe in mending.broken() or ()]

    def to_be_asked() -> list[str]:
        return broken() or [f"probe:{probe}" for probe in mending.unanswered()]

    def each(mend: Callable[[str, float], str]) -> Act:
        return lambda names, seconds: _told([mend(name.partition(":")[2], seconds) for name in names])

    return {
        "run_reality_check": Pair(lambda: ["probe:all"], lambda _, seconds: mending.run_all(seconds)),
        "restart_agents": Pair(to_be_asked, each(mending.restart)),
        "clear_agent_cache": Pair(broken, each(mending.clear_cache)),
        "reset_agent_config": Pair(broken, each(mending.reset_config)),
        "rebuild_agent_env": Pair(broken, each(mending.rebuild_env)),
        "quarantine_agent": Pair(broken, each(mending.quarantine)),
    }


def _git(root: str, seconds: float, *arguments: str) -> None:
    """Raises Unavailable with what git said."""
    done = git.run(root, *arguments, timeout=max(seconds, 1.0))
    if done.code:
        raise Unavailable(f"git: {done.said or f'exit code {done.code}'}.")


def _told(notes: Sequence[str]) -> str:
    return "; ".join(notes) or "done"
