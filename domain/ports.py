"""What lies outside, as the domain sees it. Fakes and real adapters pass the same contract tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from domain.entries import Deed, Entry
    from domain.proof import Proof, Wanted
    from domain.rules import Checked
    from domain.tracker import Check, Tracker


class Snapshot(Protocol):
    """What a read without a lock saw."""

    @property
    def name(self) -> str:
        """`docs/plans/plan.json`, as people are told it."""
        ...

    @property
    def tracker(self) -> Tracker: ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What must be said of an answer from it: the file is broken, and this is the state that was proven."""
        ...


class Commit(Protocol):
    """What became of a write that is in: `problems` are things that went wrong after the rename ("saved, but …")."""

    @property
    def problems(self) -> tuple[str, ...]: ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What else was done and must be shown: a page edited by hand was kept, a repair."""
        ...


class Store(Protocol):
    """Where one tracker lives."""

    def read(self) -> Snapshot:
        """The tracker as it is now, without a lock. Raises NotFound, Broken, Unavailable."""
        ...

    def update(
        self,
        change: Callable[[Tracker], Tracker],
        seen: Snapshot | None = None,
        told: Callable[[Deed], Deed] | None = None,
    ) -> Commit:
        """One transaction: lock, read again, `change`, commit. A change that returns what it was given writes nothing.

        `seen` is what the caller read before the lock: bytes that are still the same need not be decoded again.
        `told` completes, once the change is known, what the journal is told of it.

        Raises what `change` raises (nothing is written then), Busy, Broken, Unavailable, ReadOnly.
        """
        ...


class Imported(Protocol):
    """What became of a plan that was read in: `report` says line by line what was taken how, and what was left."""

    @property
    def path(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def phases(self) -> int: ...

    @property
    def tasks(self) -> int: ...

    @property
    def subtasks(self) -> int: ...

    @property
    def criteria(self) -> int: ...

    @property
    def summary(self) -> tuple[str, ...]: ...

    @property
    def report(self) -> tuple[str, ...]: ...

    @property
    def problems(self) -> tuple[str, ...]: ...


class Report(Protocol):
    """What became of work that concerns more than one tracker, in the words of the reply contract."""

    @property
    def outcome(self) -> str: ...

    @property
    def message(self) -> str: ...

    @property
    def hint(self) -> str | None: ...

    @property
    def warnings(self) -> tuple[str, ...]: ...

    @property
    def blocks(self) -> tuple[Any, ...]:
        """What the console lays out; the table of commands knows its shape, and lies above this room."""
        ...

    @property
    def data(self) -> Mapping[str, Any]: ...


class Healing(Protocol):
    """What self-healing keeps about this project, as plain documents."""

    def health(self) -> tuple[tuple[str, ...], Mapping[str, Any]]:
        """(the lines people read, the same as a document with `status` and `metrics`)."""
        ...

    def statistics(self) -> Mapping[str, Any]:
        """Failures and recoveries, counted."""
        ...

    def failures(self) -> list[Mapping[str, Any]]:
        """The failures kept, oldest first: `at` (UTC), `operation`, `category`, `symptom`, `outcome`."""
        ...

    def escalations(self) -> list[Mapping[str, Any]]:
        """What was handed to a person, oldest first, with `context`."""
        ...

    def circuits(self, resource: str | None) -> list[str]:
        """The resources that have a circuit, or this one alone. Raises NotFound for one that has none."""
        ...

    def reset(self, resources: list[str]) -> None:
        """Close these circuits."""
        ...

    def isolate(self, resource: str) -> None:
        """Pause all that needs the resource until it is reset."""
        ...


class Agreements(Protocol):
    """What people agreed to in this project, and what waits for them, as plain values."""

    def standing(self) -> Mapping[str, Any]:
        """`pending` and `grants` as lists of documents, `session`, and `trouble` with the file, if there is any."""
        ...

    def answer(self, said: str, *, rehearsal: bool) -> tuple[str, str]:
        """(outcome, message) of what a person at a terminal answers. Raises Blocked for anybody else."""
        ...

    def grant(self, request: str | None, *, rehearsal: bool) -> tuple[str, str]:
        """(outcome, message) after a person was shown a request at a terminal, the only one without an id."""
        ...

    def revoke(self, *, rehearsal: bool) -> tuple[str, str]:
        """(outcome, message) after a person at a terminal took back every approval."""


class Playbooks(Protocol):
    """The playbooks of this project and the healing they do, as plain documents. Raises NotFound for an unknown id."""

    def problems(self) -> list[str]:
        """`file:line: reason` of every playbook that is refused."""
        ...

    def listed(self) -> list[Mapping[str, Any]]:
        """`id`, `title`, `version`, `risk`, `enabled`, `confidence` … of each."""
        ...

    def shown(self, id: str) -> Mapping[str, Any]:
        """The same with all that it says."""
        ...

    def explained(self, id: str) -> Mapping[str, Any]:
        """Its conditions and signals as they are now."""
        ...

    def planned(self, id: str | None) -> Mapping[str, Any]:
        """What healing would do now, by all playbooks or one; nothing is touched."""
        ...

    def history(self, id: str | None) -> list[Mapping[str, Any]]:
        """What became of treatments, oldest first, by all playbooks or one."""
        ...

    def report(self, since: str | None) -> Mapping[str, Any]:
        """The report of healing since `7d`, `2026-11-01` or `ever`; of the last seven days by None. Raises Refused."""
        ...

    def evolved(self, id: str | None, *, rehearsal: bool) -> list[Mapping[str, Any]]:
        """What was tried of a playbook, or of all that were used here, and the `proposal` of each if there is one.

        Raises Unavailable where nothing can be tried.
        """
        ...

    def heal(self, id: str | None, *, agreed: bool, trigger: str = "manual") -> Mapping[str, Any]:
        """Heal what is wrong, or what one playbook is made for; `agreed`: a person agreed to risk R2.

        Raises Busy while somebody else heals, Refused for a disabled playbook.
        """
        ...

    def alerted(self, path: str, *, rehearsal: bool) -> Mapping[str, Any]:
        """Take the alerts of a file, `-` for standard input: `alerts` and what became of each, `report` of healing.

        Raises NotFound, Unavailable, Busy, Refused for what is no alert.
        """
        ...

    def enable(self, id: str, enabled: bool) -> bool:
        """Let a playbook act, or not. Returns whether that changed anything."""
        ...

    def selftest(self, *, only: Sequence[str], fast: bool, seed: int, keep: bool) -> Mapping[str, Any]:
        """Do the faults of the corpus, or those named, to throw-away projects; nothing of this project is touched.

        Raises Refused for a fault that there is not, Unavailable.
        """
        ...

    def stop(self) -> None:
        """Stop healing until it is resumed."""
        ...

    def resume(self) -> None: ...

    def time(self, at: float) -> str:
        """A time of these documents as people read it (UTC)."""
        ...

    def foreseen(self) -> list[Mapping[str, Any]]:
        """Every series of which a trend can be judged, what is near first: `metric`, `seconds`, `near`, `line` …"""
        ...

    def prevented(self) -> list[Mapping[str, Any]]:
        """Treatments before the fact that were replayed, oldest first: `without`, `treated`, `prevented` …"""
        ...

    @property
    def upkeep(self) -> Upkeep: ...


class Upkeep(Protocol):
    """What is seen to daily, weekly and monthly, as plain documents."""

    def due(self) -> list[str]:
        """The periods whose upkeep is due."""
        ...

    def overview(self) -> list[Mapping[str, Any]]:
        """Every period with its steps, when it was done last, whether it is due."""
        ...

    def steps(self, period: str, step: str | None = None) -> list[Mapping[str, Any]]:
        """The steps of a period, or one of them: `step`, `meaning`. Raises NotFound for one that there is not."""
        ...

    def run(self, period: str, step: str | None = None) -> Mapping[str, Any]:
        """Carry the steps of a period out, or one of them alone: what each came to.

        Raises NotFound where there is nothing of wt, and for a step that there is not.
        """
        ...


class Dashboard(Protocol):
    """What draws everything at a glance."""

    def draw(self, output: str | None, *, rehearsal: bool) -> Mapping[str, Any]:
        """Write the page to its usual place or to `output`: `path`, `url`, `changed`, `troubles` and its first figures.

        Raises NotFound where there is nothing to draw, Usage, Refused for a file that is no dashboard, Unavailable.
        """
        ...


class Inbox(Protocol):
    """What waits for a person: questions of healing, proposals, consent, disputes; as plain documents."""

    def rows(self, *, everything: bool) -> list[Mapping[str, Any]]:
        """What waits, the most urgent first; `everything`: also what was answered, has expired or settled itself.

        `id`, `short`, `kind`, `severity`, `what`, `state`, `said`, `details`, `answer`, `at`, `until` …
        """
        ...

    def approve(self, id: str | None, note: str, *, rehearsal: bool) -> Mapping[str, Any]:
        """A person agrees: `outcome`, `message`, and the `playbook` that may act on it now, if one may.

        `id` may be a beginning; without one the only thing that waits is meant. Raises Blocked for anybody but a person
        at a terminal, NotFound, Clarify (several fit), Refused for what is answered otherwise, Invalid.
        """
        ...

    def deny(self, id: str | None, note: str, *, rehearsal: bool) -> Mapping[str, Any]:
        """Anybody says no, and is recorded with it. Raises NotFound, Clarify, Refused, Blocked."""
        ...


class Proving(Protocol):
    """What runs the checks of tasks, and which commands of the project a person trusts."""

    def prove(self, where: str, wanted: Sequence[Wanted]) -> Mapping[Check, Proof]:
        """Run each check once; `where` is the file that declares them.

        Raises Blocked for a command that no person has trusted, Unavailable.
        """
        ...

    def grant(self) -> tuple[list[str], list[str]]:
        """Ask the person at the terminal about every command not trusted yet. Returns (trusted now, not trusted).

        Raises Blocked where no person can be asked, Unavailable.
        """
        ...

    def commands(self) -> list[tuple[str, str, bool]]:
        """(file, command, whether it is trusted) of every command that the project brings or a person trusted."""
        ...

    def revoke(self, which: str | None) -> list[str]:
        """Trust a command no longer, by text or place in the list; all of the project's by None. Raises NotFound."""
        ...


class Probing(Protocol):
    """The probes of a project, and what they said, as plain documents."""

    def look(self, deepest: str, only: str | None = None, *, keep: bool = True) -> Mapping[str, Any]:
        """Ask every probe up to a cost (cheap, normal, deep), or one of any cost; `keep` what they say.

        Raises NotFound for a probe that there is not, Unavailable, Busy.
        """
        ...

    def rows(self) -> list[Mapping[str, Any]]:
        """Every probe, what it said last, and how reliable it is."""
        ...

    def refused(self) -> list[str]:
        """Declarations that were refused, with file, line and reason."""
        ...

    def signals(self) -> Mapping[str, float | None]:
        """The figures that conditions may name, as they count now; None is unknown."""
        ...

    def selftest(self) -> list[Mapping[str, Any]]:
        """Show each probe a sound project and one in which what it claims to see is wrong."""
        ...


class Trackers(Protocol):
    """All the trackers of a project."""

    def names(self) -> list[str]:
        """Every tracker file, relative to the root, in order."""
        ...

    def choose(self, wanted: str | None) -> str:
        """The tracker meant by `--tracker` (`.md`, `.json` or the bare name), else the default.

        Raises NotFound, Usage.
        """
        ...

    def rehearsing(self) -> Trackers:
        """The same trackers, on which nothing is written (`--dry-run`)."""
        ...

    def saying(self, sentence: str, consent: str | None = None) -> Trackers:
        """The same trackers, whose journals are told that this sentence was said, and how consent was given to it."""
        ...

    def journal(self, name: str) -> list[Entry]:
        """What was done to a tracker in this working tree, oldest first, up to the file as it is now."""
        ...

    def history(self, name: str) -> list[Entry]:
        """The same, with what git knows of changes made elsewhere in its place of time; newest first."""
        ...

    def read(self, name: str) -> Snapshot:
        """The tracker as it is now, without a lock. Raises NotFound, Broken, Unavailable."""
        ...

    def writer(self, name: str) -> Store: ...

    def create(self, slug: str, tracker: Tracker, check: Callable[[], object] | None = None) -> tuple[str, Commit]:
        """Write a new tracker and its page; returns its path. Nobody else creates one while `check` looks.

        Raises what it raises, Refused when the name is taken.
        """
        ...

    def delete(self, name: str) -> Commit:
        """Take a tracker and its page away."""
        ...

    def redraw(self, name: str) -> Commit:
        """Write the page anew; `notes` say what was wrong with it, nothing when it was right."""
        ...

    def merge(self, names: list[str]) -> Report:
        """Merge the trackers that git left unmerged, these or all. Raises NotFound, Usage, NotHere without git."""
        ...

    def exchange(self) -> Report:
        """Bring this branch and its remote together, as far as no work is at stake. Raises NotHere, RemoteFailed."""
        ...

    def remote(self) -> str:
        """The remote that the branch in use follows; empty where there is none."""
        ...

    def set_up_git(self, step: str) -> Report:
        """`set up`, `check` or `remove` the merge driver of this clone. Raises NotHere without git, Refused."""
        ...

    def validate(self, places: list[str]) -> Checked:
        """Every problem of the trackers that the places name; all trackers when they name none. Raises Usage."""
        ...

    def import_plan(self, path: str, name: str | None, bullets: bool) -> Imported:
        """Make a tracker called `name` of a Markdown file; with `bullets` plain bullets are tasks, too.

        Raises NotFound, Unavailable, Refused when there is nothing to take or the name is taken.
        """
        ...
