"""The whole story of a sentence: read it, ask whether it may be done, do it in one transaction, answer."""

from __future__ import annotations

from domain.commands import COMMANDS, Answer, Call, Command, Settings
from domain.errors import Clarify, ConsentRequired, WtError
from domain.language import Given, canonical, explain, interpret
from domain.record import Record
from domain.reply import Reply, failure, of_answers
from domain.tracker import Tracker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from domain.attempt import Attempt, Draws
    from domain.commands.table import Need
    from domain.enforcement.guard import Consents, Permit
    from domain.language import Reading
    from domain.ports import Dashboard, Healing, Inbox, Playbooks, Probing, Proving, Snapshot, Trackers
    from domain.probes.disputes import Dispute
    from domain.self_healing.dispatcher import Outcome, SelfHealingDispatcher
    from domain.self_healing.executor import Repair

    Disputed = Callable[[Tracker], Mapping[str, Dispute]]  # id of a task -> what speaks against it

NO_TRACKER = Tracker("no-tracker", "(none)", "1970-01-01T00:00:00Z", 0, ())


class Options(Record):
    """What stands beside the sentence."""

    tracker: str | None = None
    dry_run: bool = False
    skip_consent: bool = False
    enforce_evidence: bool = False
    sentence: str = ""  # as it was said, for the journal


def _as_it_is(error: Exception) -> WtError:
    raise error


class WorkTracker:
    """Carries out sentences on the trackers of a project, through the ports it was handed."""

    def __init__(
        self,
        trackers: Trackers,
        *,
        settings: Settings = Settings(),  # noqa: B008  # a frozen value
        now: Callable[[], str],
        actor: Callable[[], str],
        me: Callable[[], str] | None = None,
        new_uid: Callable[[], str],
        dispatcher: SelfHealingDispatcher | None = None,
        healing: Callable[[], Healing] | None = None,
        consents: Callable[[], Consents] | None = None,
        proving: Callable[[], Proving] | None = None,
        probing: Callable[[], Probing] | None = None,
        disputed: Disputed | None = None,
        playing: Callable[[], Playbooks] | None = None,
        drawing: Callable[[], Dashboard] | None = None,
        asking: Callable[[], Inbox] | None = None,
        as_ours: Callable[[Exception], WtError] = _as_it_is,
    ) -> None:
        """Without a dispatcher nothing is healed, without `consents` nothing is done that needs a person.

        `me` is whom "me" means, where that is not the actor as recorded.

        `as_ours` words an error that is none of ours.
        """
        self._trackers = trackers
        self._settings = settings
        self._now = now
        self._actor = actor
        self._me = me or actor
        self._new_uid = new_uid
        self._dispatcher = dispatcher
        self._healing = healing
        self._consents = consents
        self._proving = proving
        self._probing = probing
        self._disputed = disputed
        self._playing = playing
        self._drawing = drawing
        self._asking = asking
        self._as_ours = as_ours

    def handle(self, text: str, options: Options = Options()) -> Reply:  # noqa: B008  # a frozen value
        """Read a sentence and do what it says."""
        self._begin()
        snapshot, missing = self._snapshot(options.tracker)
        reading = interpret(text, snapshot.tracker if snapshot else None, self._given())
        name = snapshot.name if snapshot else None
        if reading.outcome != "commands":
            return self._not_carried_out(reading, name)
        options = options.replace(sentence=text)
        return self._guarded(reading.commands, options, snapshot, missing, None if reading.literal else reading.said)

    def explain(self, text: str, options: Options = Options()) -> tuple[str, ...]:  # noqa: B008  # a frozen value
        """How a sentence is read, step by step; nothing is done."""
        snapshot, _ = self._snapshot(options.tracker)
        return explain(text, snapshot.tracker if snapshot else None, self._given())

    def carry_out(self, commands: Sequence[Command], options: Options = Options()) -> Reply:  # noqa: B008
        """Do commands that are already known (a subcommand of the command line)."""
        self._begin()
        snapshot, missing = self._snapshot(options.tracker)
        options = options.replace(sentence="; ".join(map(canonical, commands)))
        return self._guarded(tuple(commands), options, snapshot, missing, None)

    def run(
        self,
        name: str,
        work: Callable[[], Reply],
        options: Options = Options(),  # noqa: B008  # a frozen value
        *,
        idempotent: bool = True,
        counts: bool = True,
    ) -> Reply:
        """The work of a subcommand that no sentence stands for, inside the same loop as one."""
        self._begin()
        loop = self._loop(options)
        try:
            if loop is None:
                return work()
        except WtError as error:
            return failure(error)
        outcome = loop.run(
            work,
            operation=name,
            idempotent=idempotent,
            repairs=lambda reply: _repairs(_restored(reply.warnings)),
            counts=counts,
        )
        reply = self._told(outcome, {})
        return reply.replace(warnings=tuple(note for note in reply.warnings if note not in _restored(reply.warnings)))

    def _begin(self) -> None:
        if self._dispatcher is not None:
            self._dispatcher.begin()

    def _snapshot(self, wanted: str | None) -> tuple[Snapshot | None, Exception | None]:
        """The tracker as it is; when there is none, the error waits until it is known that one is needed."""
        try:
            return self._trackers.read(self._trackers.choose(wanted)), None
        except (WtError, OSError) as error:
            return None, error

    def _given(self) -> Given:
        return Given(self._now(), self._me(), self._settings.people, tuple(self._trackers.names()))

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
        missing: Exception | None,
        read_as: str | None,
    ) -> Reply:
        known = {"tracker": snapshot.name if snapshot else None, "understood": commands, "read_as": read_as}
        try:
            work = self._work(commands, options, snapshot, missing)
        except WtError as error:
            return failure(error, **known)
        return work.settled(self._done(work, options, known))

    def _loop(self, options: Options) -> SelfHealingDispatcher | None:
        """What attempts are made in; a dry run shows the same steps, and keeps nothing."""
        if self._dispatcher is None or not options.dry_run:
            return self._dispatcher
        return self._dispatcher.rehearsing()

    def _done(self, work: _Work, options: Options, known: Mapping[str, Any]) -> Reply:
        loop = self._loop(options)
        if loop is not None:
            return self._healed(work, loop, known)
        try:
            return work().replace(**known)
        except WtError as error:
            return failure(error, **known)

    def _work(
        self, commands: tuple[Command, ...], options: Options, snapshot: Snapshot | None, missing: Exception | None
    ) -> _Work:
        """The commands as work that may be done. Raises what enforcement says, Clarify."""
        steps = [_Step(command, self._call(command, snapshot, options)) for command in commands]
        if len(steps) > 1 and any(step.on_files for step in steps):
            name = steps[0].command.name
            raise Clarify(f"{name} cannot share a sentence with another command.", hint="Say one at a time.")
        guard = _Guard(steps, options, self._consents)
        if missing is None or not any(step.spec.wants_tracker(step.call) for step in steps):
            guard.must_allow(snapshot)
            try:
                _prove(steps, snapshot)
            except WtError:
                guard.give_back()
                raise
            return _Work(steps, self._trackers, options, guard, snapshot, disputed=self._disputed)
        return _Work(steps, self._trackers, options, guard, None, missing, self._disputed)

    def _healed(self, work: _Work, dispatcher: SelfHealingDispatcher, known: Mapping[str, Any]) -> Reply:
        """Attempt the work inside the MAPE-K loop; what it did about failures stands in the reply."""
        needs = {"resource": work.resource} if work.resource else {}
        outcome = dispatcher.run(
            work,
            operation=work.name,
            **needs,
            idempotent=work.is_repeatable,
            actions={"normalise_status": work.normalise_status},
            repairs=lambda _: work.repairs(),
            told=lambda _: work.told(),
            counts=work.counts,
        )
        return self._told(outcome, known)

    def _told(self, outcome: Outcome[Reply], known: Mapping[str, Any]) -> Reply:
        """The reply, with what was done about failures."""
        healing = tuple(step.to_document() for step in outcome.steps)
        if outcome.error is None:
            return outcome.value.replace(healing=healing, **known)
        error = outcome.error if isinstance(outcome.error, WtError) else self._as_ours(outcome.error)
        reply = failure(error, healing=healing, **known)
        return reply if reply.hint else reply.replace(hint=_advice(healing))

    def _call(self, command: Command, snapshot: Snapshot | None, options: Options) -> Call:
        settings = self._settings
        if options.enforce_evidence:
            settings = settings.replace(strict_completion=True)
        trackers = self._trackers.saying(options.sentence)
        return Call(
            command.slots,
            self._now(),
            self._actor(),
            self._new_uid,
            settings,
            trackers.rehearsing() if options.dry_run else trackers,
            snapshot.name if snapshot else None,
            options.dry_run,
            self._healing,
            self._consents,
            self._proving,
            self._probing,
            playing=self._playing,
            drawing=self._drawing,
            asking=self._asking,
        )


class _Guard:
    """What of a sentence needs a person's consent, and the leave that was given for it. Most sentences need none."""

    def __init__(self, steps: Sequence[_Step], options: Options, consents: Callable[[], Consents] | None) -> None:
        self._steps = steps
        self._options = options
        self._consents = consents
        self._permits: list[tuple[_Step, Permit]] = []

    def must_allow(self, snapshot: Snapshot | None) -> None:
        """Raises ConsentRequired, Blocked, and what a file of consent that cannot be written raises."""
        tracker = snapshot.tracker if snapshot else NO_TRACKER
        needed = [(step, need) for step in self._steps if (need := step.need(tracker)) is not None]
        if not needed:
            return
        if self._consents is None:
            raise ConsentRequired(f"This operation requires consent. {needed[0][1].shown}")
        from domain.enforcement.guard import Wanted, permits

        wanted = [Wanted(step.command, need, step.on) for step, need in needed]
        how = {"skip_consent": self._options.skip_consent, "rehearsal": self._options.dry_run}
        given = permits(wanted, self._consents(), **how)
        self._permits = [(step, permit) for (step, _), permit in zip(needed, given, strict=True)]
        for step, permit in self._permits:
            step.call = step.call.replace(trackers=step.call.files.saying(self._options.sentence, permit.told))

    def must_be_as_shown(self, tracker: Tracker) -> None:
        """Under the lock: what a person agreed to is still what would be done. Raises ConsentRequired."""
        for step, permit in self._permits:
            need = step.need(tracker)
            if permit.grant is not None and (need is None or need.shown != permit.request.shown):
                raise ConsentRequired("The plan has changed since somebody agreed to that.", hint="Say it again.")

    @property
    def told(self) -> str | None:
        """For the journal."""
        return "; ".join(dict.fromkeys(permit.told for _, permit in self._permits)) or None

    @property
    def verdicts(self) -> list[Mapping[str, Any]]:
        """What each level said, as documents; nothing where no level was needed."""
        return [verdict.to_document() for _, permit in self._permits for verdict in permit.verdicts]

    def give_back(self) -> None:
        """Nothing came of it."""
        if self._permits and self._consents is not None and not self._options.dry_run:
            from domain.enforcement.guard import give_back

            give_back([permit for _, permit in self._permits], self._consents())


def _prove(steps: Sequence[_Step], snapshot: Snapshot | None) -> None:
    """Run the checks that the commands need: once, before any lock, outside of what is attempted again."""
    if snapshot is None:
        return
    for step in steps:
        call = step.call
        wanted = step.spec.proves(snapshot.tracker, call) if step.spec.proves and not call.dry_run else ()
        if wanted:
            step.call = call.replace(proofs=call.prover.prove(snapshot.name, wanted))


def _advice(healing: Sequence[Mapping[str, Any]]) -> str | None:
    """What healing tells people to do, for an error that does not say so itself."""
    return next((str(step["text"]) for step in healing if step["step"] == "Escalated"), None)


def _restored(notes: Sequence[str]) -> tuple[str, ...]:
    """Those notes that tell of a file put right."""
    if not notes:
        return ()
    from domain.entries import IS_BACK

    return tuple(note for note in notes if IS_BACK in note)


def _repairs(restored: Sequence[str], *, drawn: bool = False) -> tuple[Repair, ...]:
    """What an attempt put right on its way: files, and a page that was `drawn` anew."""
    if not (restored or drawn):
        return ()
    from domain.self_healing import executor

    return (*map(executor.restored, restored), *([executor.regenerated_page()] if drawn else []))


class _Work:
    """All the commands of a sentence as one attempt that can be made again: it starts over with a fresh read."""

    def __init__(
        self,
        steps: list[_Step],
        trackers: Trackers,
        options: Options,
        guard: _Guard,
        snapshot: Snapshot | None,
        missing: Exception | None = None,
        disputed: Disputed | None = None,
    ) -> None:
        self._disputed = disputed
        self._steps = steps
        self._trackers = trackers
        self._options = options
        self._guard = guard
        self._snapshot = snapshot
        self._missing = missing
        self._is_told = False
        self._attempt: Attempt | None = None
        self._answers: Sequence[Answer] = ()
        self._restored: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return "+".join(step.command.name for step in self._steps)

    @property
    def resource(self) -> str | None:
        """What lies outside that this needs."""
        rows = (step.spec.resource(step.call) for step in self._steps if step.spec.resource)
        return next((resource for resource in rows if resource), None)

    @property
    def is_repeatable(self) -> bool:
        return not any(step.spec.is_done_once(step.call) for step in self._steps)

    @property
    def counts(self) -> bool:
        """Whether it says something about health: a look at that does not, nor what waits for probes or for git."""
        return any(step.spec.counts for step in self._steps)

    def __call__(self) -> Reply:
        if self._snapshot is None and self._missing is not None:
            self._read_again(self._missing)
        if any(step.on_files for step in self._steps):
            return self._on_files()
        if any(step.spec.changes for step in self._steps):
            return self._transaction()
        tracker = self._snapshot.tracker if self._snapshot else NO_TRACKER
        self._answers = [step.run(tracker) for step in self._steps]
        reply, notes = of_answers(self._answers, "answered"), self._snapshot.notes if self._snapshot else ()
        reply = reply.replace(warnings=(*notes, *reply.warnings)) if notes else reply
        return self._with_disputes(reply, tracker)

    def _with_disputes(self, reply: Reply, tracker: Tracker) -> Reply:
        """Every read of a task says when reality disagrees with it being complete."""
        found = self._disputed(tracker) if self._disputed is not None and self._snapshot is not None else {}
        if not found:
            return reply
        from domain.probes.disputes import concerning

        told = concerning(found, reply.data, all_of_them=self._steps[0].spec.topic == "reading")
        warnings = tuple(f"Task {id} is disputed. {dispute.told}" for id, dispute in told.items())
        rows = [{"id": id, **dict(dispute.values())} for id, dispute in told.items()]
        data = {**reply.data, "disputed": rows} if rows else reply.data
        return reply.replace(warnings=(*reply.warnings, *warnings), data=data)

    def _read_again(self, missing: Exception) -> None:
        """A tracker that could not be read is read again by every attempt but the first, which says what was wrong."""
        if not self._is_told:
            self._is_told = True
            raise missing
        snapshot = self._trackers.read(self._trackers.choose(self._options.tracker))
        for step in self._steps:
            step.call = step.call.replace(name=snapshot.name)
        self._guard.must_allow(snapshot)
        self._snapshot = snapshot

    def _on_files(self) -> Reply:
        step = self._steps[0]
        answer = step.run(self._snapshot.tracker if self._snapshot else NO_TRACKER)
        self._restored = _restored(answer.warnings)
        answer = answer.replace(warnings=tuple(note for note in answer.warnings if note not in self._restored))
        self._answers = [answer]
        outcome = "saved_but" if answer.problems else "changed" if answer.changed_files else "answered"
        return of_answers([answer], outcome, dry_run=step.call.dry_run)

    def _transaction(self) -> Reply:
        from domain.attempt import Attempt  # a read needs no edits

        assert self._snapshot is not None
        attempt = self._attempt = self._attempt or Attempt(
            [step.run for step in self._steps], self._guard.must_be_as_shown
        )
        if self._options.dry_run:
            attempt(self._snapshot.tracker)
            self._answers = attempt.answers
            return attempt.reply((), self._snapshot.notes, dry_run=True)
        file = self._trackers.saying(self._options.sentence, self._guard.told).writer(self._snapshot.name)
        commit = file.update(attempt, self._snapshot, attempt.told)
        self._answers = attempt.answers
        self._restored = _restored(commit.notes)
        return attempt.reply(commit.problems, notes=[note for note in commit.notes if note not in self._restored])

    def settled(self, reply: Reply) -> Reply:
        """The reply with what the levels said. What somebody agreed to and was not done may still be done."""
        if reply.outcome not in ("changed", "saved_but"):
            self._guard.give_back()
        verdicts = self._guard.verdicts
        return reply.replace(data={**reply.data, "enforcement": verdicts}) if verdicts else reply

    # --- what healing asks for ----------------------------------------------------------------------------------------

    def normalise_status(self, facts: Mapping[str, object]) -> str:
        """Put the status that a word means in its place; the next attempt is made with it."""
        for step in self._steps:
            step.correct("status", facts["word"], facts["means"])
        return f"Normalized to '{facts['means']}'"

    def repairs(self) -> tuple[Repair, ...]:
        """What the attempt put right on its way."""
        return _repairs(self._restored, drawn=any(answer.mended for answer in self._answers))

    def told(self) -> str:
        """The answers in the words of a healing step."""
        return "; ".join(answer.result or answer.message.rstrip(".") for answer in self._answers)


class _Step:
    """A command and what it was called with."""

    def __init__(self, command: Command, call: Call) -> None:
        self.command = command
        self.call = call
        self.spec = COMMANDS[command.name]
        self._draws: Draws | None = None

    @property
    def on_files(self) -> bool:
        return self.spec.works_on_files(self.call)

    @property
    def on(self) -> str | None:
        """The tracker that it works on; none for one that makes a new tracker."""
        return self.call.name if self.spec.wants_tracker(self.call) else None

    def need(self, tracker: Tracker) -> Need | None:
        """What a person has to agree to first."""
        return self.spec.consent(tracker, self.call) if self.spec.consent is not None else None

    def run(self, tracker: Tracker) -> Answer:
        """Every run is given the same uids, so that a second attempt makes what the first one made."""
        if self.spec.changes:
            self._draw_again()
        return self.spec.run(tracker, self.call)

    def _draw_again(self) -> None:
        from domain.attempt import Draws

        if self._draws is None:
            self._draws = Draws(self.call.new_uid)
            self.call = self.call.replace(new_uid=self._draws)
        self._draws.again()

    def correct(self, slot: str, said: object, means: object) -> None:
        """Put a value where a word stood."""
        word = self.call.slots.get(slot)
        if said in (word, getattr(word, "said", None)):
            self.call = self.call.replace(slots={**self.call.slots, slot: means})
