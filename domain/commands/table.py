"""How a command is declared: once, with its words, slots, help and needs, in front of its pure function."""

from __future__ import annotations

from domain.errors import Blocked, NotFound, Refused
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from domain.ports import Agreements, Dashboard, Healing, Inbox, Playbooks, Probing, Proving, Report, Trackers
    from domain.proof import Proof, Wanted
    from domain.tracker import Check, Found, Tracker

    Run = Callable[["Tracker", "Call"], "Answer"]
    Consent = Callable[["Tracker", "Call"], "Need | None"]
    Proves = Callable[["Tracker", "Call"], "tuple[Wanted, ...]"]
    Claim = bool | Callable[["Call"], bool]  # of a command as such, or of one call of it


class Slot(Record):
    """One thing a sentence fills in. `kind` is a row of SLOT_KINDS."""

    name: str
    kind: str
    required: bool = False


SLOT_KINDS = {
    "item": "one item: `tracker`, `3` (phase), `3.2` (task), `3.2.1` (subtask) or `E2` (evidence)",
    "items": "one or more items",
    "phase": "a phase",
    "task": "a task",
    "scope": "`all`, `phase:3`, `status:blocked`, `assignee:dana`, `label:api`, `priority:high`, joined by `+`",
    "text": "text",
    "texts": "one or more texts",
    "status": "pending, in_progress, blocked, complete, deferred or cancelled",
    "priority": "low, medium, high or critical",
    "person": "a person",
    "date": "a date",
    "number": "a whole number",
    "flag": "true",
    "word": "one word of a fixed list",
    "value": "text, a date, a person, a priority or a list of labels, as the field wants; null clears",
}


class Ref(Record):
    """An item as a sentence named it: its id then, and its uid, by which it is found again under the lock."""

    kind: str  # tracker phase task subtask evidence
    id: str
    uid: str | None = None


LEVELS = ("phase", "task", "subtask")


class Word(Record):
    """A word that stood where a value of a fixed list is wanted and is none of it: "DONE", which means complete."""

    said: str
    means: str


def as_ref(said: Ref | str) -> Ref:
    """A reference as it is, or one made of a bare id."""
    if isinstance(said, Ref):
        return said
    if said == "tracker":
        return Ref("tracker", said)
    return Ref("evidence", said.upper()) if said[:1] in ("E", "e") else Ref(LEVELS[min(said.count("."), 2)], said)


class Command(Record):
    """One command a sentence was read as; `slots` hold Refs, texts, numbers, lists of these."""

    name: str
    slots: Mapping[str, Any]  # what a slot holds depends on its kind

    def plain(self) -> dict[str, Any]:
        """As it stands in `understood`: items as ids."""
        return {"command": self.name, "slots": {name: _plain(value) for name, value in self.slots.items()}}


def _plain(value: object) -> object:
    if isinstance(value, Ref):
        return value.id
    if isinstance(value, Word):
        return value.means
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    return value


class Settings(Record):
    """What a project decides (`.ecw/config.json`), as far as commands ask."""

    people: tuple[str, ...] = ()
    strict_completion: bool = False
    consent_above: int | None = None  # how many items a list may name before a person is asked


class Need(Record):
    """What a person has to agree to: a row of OPERATIONS, and in a sentence what would happen."""

    operation: str
    shown: str
    number: int | None = None  # of the initiative that would be made


class Call(Record):
    """What a command's function is given besides the tracker: the slots, and the world as values."""

    slots: Mapping[str, Any]
    now: str
    actor: str
    new_uid: Callable[[], str]
    settings: Settings = Settings()
    trackers: Trackers | None = None
    name: str | None = None
    dry_run: bool = False
    healing: Callable[[], Healing] | None = None
    consents: Callable[[], Agreements] | None = None
    proving: Callable[[], Proving] | None = None
    probing: Callable[[], Probing] | None = None
    proofs: Mapping[Check, Proof] = {}  # of the checks that `Spec.proves` wanted; none have run in a rehearsal
    playing: Callable[[], Playbooks] | None = None
    drawing: Callable[[], Dashboard] | None = None
    asking: Callable[[], Inbox] | None = None

    @property
    def today(self) -> str:
        return self.now[:10]

    def found(self, tracker: Tracker, said: Ref | str) -> Found:
        """The item of a reference as it is now, by uid. Raises NotFound when it went away meanwhile."""
        ref = as_ref(said)
        found = tracker.at(ref.id)
        if found is not None and ref.uid in (None, found.item.uid):
            return found
        found = tracker.find(ref.uid) if ref.uid else None
        if found is None:
            raise NotFound(f"There is no {ref.kind} {ref.id} (any more).", hint="See what there is: list tasks")
        return found

    def one(self, tracker: Tracker, slot: str, *kinds: str) -> Found:
        """The item of a slot. Raises Refused when it is none of these kinds."""
        return _of_kind(self.found(tracker, self.slots[slot]), kinds)

    def all_found(self, tracker: Tracker, slot: str, *kinds: str) -> list[Found]:
        """The items of a slot, each once, in the order of the sentence."""
        found = [_of_kind(self.found(tracker, ref), kinds) for ref in self.slots.get(slot) or ()]
        return list({item.item.uid: item for item in found}.values())

    def names_many(self, found: Sequence[Found]) -> bool:
        """Whether a list names more items than a project wants changed without asking."""
        return self.settings.consent_above is not None and len(found) > self.settings.consent_above

    @property
    def files(self) -> Trackers:
        """The project's trackers, for a command declared with `files`."""
        assert self.trackers is not None
        return self.trackers

    @property
    def healer(self) -> Healing:
        """What self-healing knows and can be told, for a command about `wt` itself."""
        assert self.healing is not None
        return self.healing()

    @property
    def agreements(self) -> Agreements:
        """What people agreed to and what waits for them, for a command about consent. Raises Blocked without any."""
        if self.consents is None:
            raise Blocked("Whether a person agreed cannot be decided here.")
        return self.consents()

    @property
    def playbooks(self) -> Playbooks:
        """What is known to go wrong and what is done about it, for a command about that."""
        assert self.playing is not None
        return self.playing()

    @property
    def dashboard(self) -> Dashboard:
        """What draws everything at a glance, for the command that wants it."""
        assert self.drawing is not None
        return self.drawing()

    @property
    def inbox(self) -> Inbox:
        """What waits for a person, for a command about that."""
        assert self.asking is not None
        return self.asking()

    @property
    def prover(self) -> Proving:
        """What runs checks, for a command that has some."""
        assert self.proving is not None
        return self.proving()

    @property
    def probes(self) -> Probing:
        """What asks the probes, for a command about reality."""
        assert self.probing is not None
        return self.probing()


def _of_kind(found: Found, kinds: tuple[str, ...]) -> Found:
    if found.kind in kinds:
        return found
    what = "the tracker" if found.kind == "tracker" else f"{found.kind} {found.id}"
    ids = "Ids: 3 is a phase, 3.2 a task, 3.2.1 a subtask."
    raise Refused(f"This needs a {' or a '.join(kinds)}, not {what}.", hint=ids)


class Block(Record):
    """A piece of an answer that the console lays out.

    text: `lines`. table: `head` and `rows` of plain texts. bars: rows of (label, done, counted, note).
    """

    kind: str
    lines: tuple[str, ...] = ()
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    title: str | None = None


class Answer(Record):
    """What a command says: `message` is its first line; `tracker` is the changed tracker, if it changes one."""

    message: str
    tracker: Tracker | None = None
    blocks: tuple[Block, ...] = ()
    warnings: tuple[str, ...] = ()
    data: Mapping[str, Any] = {}
    outcome: str | None = None  # when it is neither changed, unchanged nor answered
    hint: str | None = None
    changed_files: bool = False  # whether work on files changed something
    problems: tuple[str, ...] = ()  # of work on files: "saved, but …"
    result: str | None = None  # the message in the words of a healing step, where those differ
    mended: str | None = None  # what was found wrong and put right on the way, by the name of its action
    kind: str = "commit"  # what the journal calls it
    of: tuple[int, ...] = ()  # the journal's entries that an undo takes back, a redo brings back


def told(report: Report) -> Answer:
    """The answer of work that concerns more than the tracker in use."""
    return Answer(
        report.message,
        blocks=report.blocks,
        warnings=report.warnings,
        data=report.data,
        outcome=report.outcome,
        hint=report.hint,
    )


class Spec(Record):
    """One row of the command table."""

    name: str
    run: Run
    help: str
    topic: str
    phrases: tuple[str, ...]
    slots: tuple[Slot, ...] = ()
    changes: bool = False  # whether it changes the tracker it is given
    files: Claim = False  # whether it works on files through `call.trackers`, not in a transaction
    needs_tracker: Claim = True
    consent: Consent | None = None
    kept_from_subagents: bool = False  # whether only a person or the main agent may do it
    resource: Callable[[Call], str | None] | None = None  # what lies outside that a call needs, as circuits name it
    proves: Proves | None = None  # the checks that must run, once and before the lock, for a call of it
    once: Claim = False  # whether a second attempt would do it twice, or trip over the first
    counts: bool = True  # whether how it goes and how long it takes says anything about how well wt itself is doing

    def works_on_files(self, call: Call) -> bool:
        return self.files if isinstance(self.files, bool) else self.files(call)

    def wants_tracker(self, call: Call) -> bool:
        return self.needs_tracker if isinstance(self.needs_tracker, bool) else self.needs_tracker(call)

    def is_done_once(self, call: Call) -> bool:
        return self.once if isinstance(self.once, bool) else self.once(call)

    def slot(self, name: str) -> Slot | None:
        return next((slot for slot in self.slots if slot.name == name), None)


TOPICS = (
    "trackers",
    "phases",
    "tasks",
    "subtasks",
    "status",
    "fields",
    "notes",
    "criteria",
    "dependencies",
    "evidence",
    "reality",
    "reading",
    "upkeep",
    "consent",
    "playbooks",
    "help",
)
DECLARED: dict[str, Spec] = {}  # by the files loaded so far; the whole table is `domain.commands.COMMANDS`


def command(name: str, **row: Any) -> Callable[[Run], Run]:
    """Declare a command: the decorated function takes (tracker, call) and returns an Answer.

    `help` is one sentence; `phrases` are sentences that must be read as this command (a test says so), the first the
    plainest; `consent` returns what a person is asked, or None when this call needs no consent.
    """

    def declare(run: Run) -> Run:
        DECLARED[name] = Spec(name=name, run=run, **row)
        return run

    return declare
