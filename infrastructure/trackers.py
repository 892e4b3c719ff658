"""All the trackers of a project on disk: which there are, which is meant, and the work that concerns whole files."""

from __future__ import annotations

import os

from domain.errors import NotFound, Usage
from infrastructure import project, state_files
from infrastructure.tracker_reads import TrackerReader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from domain.entries import Deed, Entry
    from domain.reply import Reply
    from domain.rules import Checked
    from domain.tracker import Tracker
    from infrastructure.atomic import Lock
    from infrastructure.importing import Imported
    from infrastructure.project import Configuration
    from infrastructure.tracker_files import TrackerFile
    from infrastructure.tracker_reads import Seen
    from infrastructure.tracker_writes import Committed, TrackerWriter

    W = TypeVar("W", bound=TrackerWriter)


class ProjectTrackers:
    """The trackers below one root. With `rehearsal` every writing method answers as it would and writes nothing."""

    def __init__(
        self,
        root: str,
        cwd: str,
        configuration: Configuration,
        *,
        holder: str,
        now: Callable[[], str],
        new_uid: Callable[[], str],
        actor: str,
        rehearsal: bool = False,
        sentence: str = "",
        consent: str | None = None,
    ) -> None:
        self._root = root
        self._cwd = cwd
        self._configuration = configuration
        self._holder = holder
        self._now = now
        self._new_uid = new_uid
        self._actor = actor
        self.rehearsal = rehearsal
        self._sentence = sentence
        self._consent = consent

    def rehearsing(self) -> ProjectTrackers:
        return self._with(self._sentence, self._consent, rehearsal=True)

    def saying(self, sentence: str, consent: str | None = None) -> ProjectTrackers:
        return self._with(sentence, consent, rehearsal=self.rehearsal)

    def _with(self, sentence: str, consent: str | None, *, rehearsal: bool) -> ProjectTrackers:
        return ProjectTrackers(
            self._root,
            self._cwd,
            self._configuration,
            holder=self._holder,
            now=self._now,
            new_uid=self._new_uid,
            actor=self._actor,
            rehearsal=rehearsal,
            sentence=sentence,
            consent=consent,
        )

    def _deed(self) -> Deed:
        from domain.entries import Deed  # a read leaves nothing to tell

        return Deed(self._now(), self._actor, self._sentence, consent=self._consent)

    def names(self) -> list[str]:
        return project.tracker_names(self._root)

    def looked_at(self, only: str | None) -> list[str]:
        """What a look at the whole project takes in: every tracker, lost ones too, or the one that is named."""
        if only:
            return [self.choose(only)]
        from infrastructure.repair import lost_names

        return sorted({*self.names(), *lost_names(self._root, self.size_limit)})

    def choose(self, wanted: str | None) -> str:
        """As `project.choose`; a tracker whose file was deleted by mistake is still one of the project's."""
        default = self._configuration["tracker"]
        try:
            name = project.choose(self._root, self._cwd, wanted, default)
        except NotFound:
            from infrastructure.repair import lost_names

            lost = lost_names(self._root, self.size_limit)
            found = project.among(lost, self._root, self._cwd, wanted or default)
            if found is None:
                raise
            return found
        if not wanted and not default and state_files.missing_names(self._root):
            self._must_be_the_only_one(name)
        return name

    def _must_be_the_only_one(self, name: str) -> None:
        """Raises Usage when another tracker was deleted by mistake: the one that is left need not be the one meant."""
        from infrastructure.repair import lost_names

        if lost := lost_names(self._root, self.size_limit):
            said = f"There are several trackers, and the file of {lost[0]} is missing: which one?"
            raise Usage(said, hint="Say it with --tracker NAME.", candidates=[(each, "") for each in (name, *lost)])

    @property
    def size_limit(self) -> int:
        return int(self._configuration["size_limit_mb"] * 2**20)

    @property
    def now(self) -> str:
        return self._now()

    @property
    def today(self) -> str:
        return self._now()[:10]

    def read(self, name: str) -> Seen:
        """The tracker as it is now. Raises as `TrackerReader.read` does."""
        return TrackerReader(self._root, name, size_limit=self.size_limit).read()

    def writer(self, name: str) -> TrackerWriter:
        from infrastructure.tracker_writes import TrackerWriter  # a read needs nothing of that

        return self._made(TrackerWriter, name)

    def open(self, name: str) -> TrackerFile:
        from infrastructure.tracker_files import TrackerFile

        return self._made(TrackerFile, name)

    def _made(self, kind: type[W], name: str) -> W:
        return kind(
            self._root,
            name,
            size_limit=self.size_limit,
            lock_timeout=self._configuration["lock_timeout"],
            holder=self._holder,
            deed=self._deed,
        )

    def lock(self) -> Lock:
        """The one writer's lock of the working tree. Raises Unavailable, Busy on entering."""
        from infrastructure.tracker_writes import writers_lock

        return writers_lock(self._root, self._configuration["lock_timeout"], self._holder)

    def journal(self, name: str) -> list[Entry]:
        return self.open(name).journal()

    def history(self, name: str) -> list[Entry]:
        from infrastructure.elsewhere import history

        return history(self._root, name, self.journal(name))

    def create(self, slug: str, tracker: Tracker, check: Callable[[], object] | None = None) -> tuple[str, Committed]:
        """A new tracker under `docs/plans/`: its path, what became of it. Nobody else creates one while `check` looks.

        Raises what it raises, Refused when the name is taken.
        """
        from infrastructure.tracker_writes import Committed, encoded

        name = project.inside(self._root, os.path.join(self._root, project.PLANS, f"{slug}.json"), slug)
        file = self.open(name)
        if self.rehearsal:
            encoded(tracker, self.size_limit)
            file.must_be_free()
            if check is not None:
                check()
            return name, Committed()
        return name, file.create(tracker, check)

    def delete(self, name: str) -> Committed:
        from infrastructure.tracker_writes import Committed

        file = self.open(name)
        if self.rehearsal:
            file.must_exist()
            return Committed()
        return file.delete()

    def redraw(self, name: str) -> Committed:
        """Write the page anew; `notes` say what was wrong with it, nothing when it was right."""
        from infrastructure.tracker_writes import Committed

        file = self.open(name)
        if self.rehearsal:
            problem = file.page_problem(file.read())
            return Committed(notes=(f"the page is {problem}",) if problem else ())
        return file.redraw()

    def import_plan(self, path: str, name: str | None, bullets: bool) -> Imported:
        """A new tracker made of a Markdown plan. Raises NotFound, Unavailable, Refused."""
        from infrastructure import importing

        place = os.path.join(self._cwd, path)
        tracker, report = importing.read(
            place, path, bullets=bullets, now=self._now(), new_uid=self._new_uid, actor=self._actor
        )
        made, commit = self.create(importing.slug_of(tracker, name), tracker)
        return importing.imported(made, tracker, report, commit)

    def merge(self, names: list[str]) -> Reply:
        """Merge what git left unmerged. Raises NotFound, Usage, NotHere without git, Unavailable."""
        from infrastructure import merging

        return merging.resolve(self._root, names, self, size_limit=self.size_limit, dry_run=self.rehearsal)

    def exchange(self) -> Reply:
        """Bring this branch and its remote together. Raises NotHere, RemoteFailed, and as `redraw` does."""
        from infrastructure.exchange import Exchange

        return Exchange(self._root, self, timeout=self._configuration["remote_timeout"]).carry_out()

    def remote(self) -> str:
        from infrastructure import remotes

        return remotes.remote_of(self._root)

    def set_up_git(self, step: str) -> Reply:
        """The merge driver of this clone: `set up`, `check` or `remove`. Raises NotHere without git, Refused."""
        from infrastructure import setup_git

        if step == "check":
            return setup_git.check(self._root)
        if step == "remove":
            return setup_git.remove(self._root, dry_run=self.rehearsal)
        return setup_git.set_up(self._root, setup_git.program(), dry_run=self.rehearsal)

    def validate(self, places: list[str]) -> Checked:
        from domain.rules import Checked
        from infrastructure.validation import validate

        names = self._meant(places)
        return Checked(tuple(names), tuple(validate(self._root, names, self.today, self.size_limit)))

    def _meant(self, places: list[str]) -> list[str]:
        """The trackers that `places` name, a folder standing for all in it; all of the project when it names none."""
        if not places:
            return self.names()
        return list(dict.fromkeys(name for place in places for name in self._at(place)))

    def _at(self, place: str) -> list[str]:
        folder = os.path.join(self._cwd, place)
        if not os.path.isdir(folder):
            return [self._named(place)]
        below = os.path.dirname(project.inside(self._root, os.path.join(folder, "any"), place))
        names = project.tracker_names(self._root, below)
        if not names:
            raise Usage(f"There is no tracker in {place}.", hint="Name a tracker, or a folder that holds some.")
        return names

    def _named(self, place: str) -> str:
        """A path that leads nowhere is a mistake in the command line, as with every other checker."""
        try:
            return self.choose(place)
        except NotFound as error:
            raise Usage(error.message, hint=error.hint, candidates=error.candidates) from error
