"""The whole story of a sentence: read it, ask whether it may be done, do it in one transaction, answer."""

from __future__ import annotations

from domain import enforcement
from domain.commands import COMMANDS, Answer, Call, Command, Settings
from domain.errors import Clarify, WtError
from domain.language import Given, explain, interpret
from domain.record import Record
from domain.reply import Reply, failure, of_answers
from domain.tracker import Tracker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from domain.language import Reading
    from domain.ports import Snapshot, Trackers

NO_TRACKER = Tracker("no-tracker", "(none)", "1970-01-01T00:00:00Z", 0, ())


class Options(Record):
    """What stands beside the sentence."""

    tracker: str | None = None
    dry_run: bool = False
    skip_consent: bool = False
    enforce_evidence: bool = False


class WorkTracker:
    """Carries out sentences on the trackers of a project, through the ports it was handed."""

    def __init__(
        self,
        trackers: Trackers,
        *,
        settings: Settings = Settings(),  # noqa: B008  # a frozen value
        now: Callable[[], str],
        actor: Callable[[], str],
        new_uid: Callable[[], str],
    ) -> None:
        self._trackers = trackers
        self._settings = settings
        self._now = now
        self._actor = actor
        self._new_uid = new_uid

    def handle(self, text: str, options: Options = Options()) -> Reply:  # noqa: B008  # a frozen value
        """Read a sentence and do what it says."""
        snapshot, missing = self._snapshot(options.tracker)
        reading = interpret(text, snapshot.tracker if snapshot else None, self._given())
        name = snapshot.name if snapshot else None
        if reading.outcome != "commands":
            return self._not_carried_out(reading, name)
        return self._guarded(reading.commands, options, snapshot, missing, None if reading.literal else reading.said)

    def explain(self, text: str, options: Options = Options()) -> tuple[str, ...]:  # noqa: B008  # a frozen value
        """How a sentence is read, step by step; nothing is done."""
        snapshot, _ = self._snapshot(options.tracker)
        return explain(text, snapshot.tracker if snapshot else None, self._given())

    def carry_out(self, commands: Sequence[Command], options: Options = Options()) -> Reply:  # noqa: B008
        """Do commands that are already known (a subcommand of the command line)."""
        snapshot, missing = self._snapshot(options.tracker)
        return self._guarded(tuple(commands), options, snapshot, missing, None)

    def _snapshot(self, wanted: str | None) -> tuple[Snapshot | None, WtError | None]:
        """The tracker as it is; when there is none, the error waits until it is known that one is needed."""
        try:
            return self._trackers.open(self._trackers.choose(wanted)).read(), None
        except WtError as error:
            return None, error

    def _given(self) -> Given:
        return Given(self._now(), self._actor(), self._settings.people, tuple(self._trackers.names()))

    @staticmethod
    def _not_carried_out(reading: Reading, name: str | None) -> Reply:
        return Reply(
            reading.outcome,
            reading.message,
            hint=reading.hint,
            tracker=name,
            understood=reading.commands,
            candidates=reading.candidates,
        )

    def _guarded(
        self,
        commands: tuple[Command, ...],
        options: Options,
        snapshot: Snapshot | None,
        missing: WtError | None,
        read_as: str | None,
    ) -> Reply:
        name = snapshot.name if snapshot else None
        try:
            return self._carry_out(commands, options, snapshot, missing, read_as)
        except WtError as error:
            return failure(error, tracker=name, understood=commands, read_as=read_as)

    def _carry_out(
        self,
        commands: tuple[Command, ...],
        options: Options,
        snapshot: Snapshot | None,
        missing: WtError | None,
        read_as: str | None,
    ) -> Reply:
        steps = [_Step(command, self._call(command, snapshot, options)) for command in commands]
        if missing is not None and any(step.spec.wants_tracker(step.call) for step in steps):
            raise missing
        tracker = snapshot.tracker if snapshot else NO_TRACKER
        for step in steps:
            enforcement.check(step.spec, tracker, step.call, skip_consent=options.skip_consent)
        known = {"tracker": snapshot.name if snapshot else None, "understood": commands, "read_as": read_as}
        if any(step.on_files for step in steps):
            return self._on_files(steps, tracker, known)
        if not any(step.spec.changes for step in steps):
            return of_answers([step.run(tracker) for step in steps], "answered", **known)
        assert snapshot is not None
        return self._transaction(steps, snapshot, options.dry_run, known)

    def _call(self, command: Command, snapshot: Snapshot | None, options: Options) -> Call:
        settings = self._settings
        if options.enforce_evidence:
            settings = settings.replace(strict_completion=True)
        return Call(
            command.slots,
            self._now(),
            self._actor(),
            self._new_uid,
            settings,
            self._trackers.rehearsing() if options.dry_run else self._trackers,
            snapshot.name if snapshot else None,
            options.dry_run,
        )

    @staticmethod
    def _on_files(steps: list[_Step], tracker: Tracker, known: Mapping[str, Any]) -> Reply:
        if len(steps) > 1:
            name = steps[0].command.name
            raise Clarify(f"{name} cannot share a sentence with another command.", hint="Say one at a time.")
        answer = steps[0].run(tracker)
        outcome = "saved_but" if answer.problems else "changed" if answer.changed_files else "answered"
        return of_answers([answer], outcome, dry_run=steps[0].call.dry_run, **known)

    def _transaction(self, steps: list[_Step], snapshot: Snapshot, dry_run: bool, known: Mapping[str, Any]) -> Reply:
        from domain.attempt import Attempt  # a read needs no edits

        attempt = Attempt([step.run for step in steps])
        if dry_run:
            attempt(snapshot.tracker)
            return attempt.reply((), dry_run=True, **known)
        commit = self._trackers.open(snapshot.name).update(attempt, snapshot)
        return attempt.reply(commit.problems, notes=commit.notes, **known)


class _Step:
    """A command and what it was called with."""

    def __init__(self, command: Command, call: Call) -> None:
        self.command = command
        self.call = call
        self.spec = COMMANDS[command.name]

    @property
    def on_files(self) -> bool:
        return self.spec.works_on_files(self.call)

    def run(self, tracker: Tracker) -> Answer:
        return self.spec.run(tracker, self.call)
