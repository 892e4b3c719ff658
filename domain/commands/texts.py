"""Notes and acceptance criteria of tasks."""

from __future__ import annotations

from domain.commands import values
from domain.commands.changing import current, put
from domain.commands.table import Answer, Call, Slot, command
from domain.commands.wording import counted, listed, named, sentence
from domain.errors import Clarify, NotFound
from domain.tracker import Criterion, Note

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.tracker import Found, Task, Tracker


@command(
    "add_note",
    help="Add a note to one or more tasks.",
    topic="notes",
    phrases=(
        "add a note to 3.1: parser v2 only",
        "note on 2.2: the vendor rings on Friday",
        "leave a comment on 5.4 saying the key is with dana",
        'add "see the wiki" to the notes of 1.4',
    ),
    slots=(Slot("items", "items", True), Slot("text", "text", True)),
    changes=True,
)
def add_note(tracker: Tracker, call: Call) -> Answer:
    found, text = call.all_found(tracker, "items", "task"), values.text(call.slots["text"])
    changed = tracker
    for item in found:
        note = Note(call.now, call.actor, text, call.new_uid())
        changed = put(changed, call, item, notes=(*current(changed, item).notes, note))
    return Answer(sentence(f"note added to {named(found)}"), changed)


@command(
    "add_criterion",
    help="Add an acceptance criterion to a task.",
    topic="criteria",
    phrases=(
        "add an acceptance criterion to 4.3: every role is listed",
        'add the criterion "Works on a phone" to 5.1',
        "criterion for 6.2: readable in two minutes",
    ),
    slots=(Slot("item", "task", True), Slot("text", "text", True)),
    changes=True,
)
def add_criterion(tracker: Tracker, call: Call) -> Answer:
    found, text = call.one(tracker, "item", "task"), values.text(call.slots["text"])
    task = current(tracker, found)
    if any(criterion.text == text for criterion in task.criteria):
        return Answer(f"Task {found.id} has this criterion already.", tracker)
    added = Criterion(text, False, call.new_uid())
    changed = put(tracker, call, found, criteria=(*task.criteria, added))
    return Answer(f"Criterion {len(task.criteria) + 1} added to task {found.id}.", changed)


@command(
    "meet_criterion",
    help="Say that acceptance criteria of a task are met.",
    topic="criteria",
    phrases=(
        "criterion 1 of 5.1 is met",
        "meet criterion 2 of 4.3",
        "all criteria of 1.4 are met",
        'the criterion "Works on a phone" of 5.1 is met',
    ),
    slots=(Slot("item", "task", True), Slot("criterion", "value")),
    changes=True,
)
def meet_criterion(tracker: Tracker, call: Call) -> Answer:
    return _judge(tracker, call, met=True)


@command(
    "unmeet_criterion",
    help="Say that acceptance criteria of a task are not met after all.",
    topic="criteria",
    phrases=(
        "criterion 1 of 5.1 is no longer met",
        "unmeet criterion 2 of 4.3",
        "set all criteria of 1.4 back to unmet",
    ),
    slots=(Slot("item", "task", True), Slot("criterion", "value")),
    changes=True,
)
def unmeet_criterion(tracker: Tracker, call: Call) -> Answer:
    return _judge(tracker, call, met=False)


def _judge(tracker: Tracker, call: Call, *, met: bool) -> Answer:
    found = call.one(tracker, "item", "task")
    task = current(tracker, found)
    chosen = _chosen(found, task, call.slots.get("criterion"))
    judged = tuple(c.replace(met=met) if at in chosen else c for at, c in enumerate(task.criteria))
    changed = put(tracker, call, found, criteria=judged)
    noun = "criterion" if len(chosen) == 1 else "criteria"
    what = f"{noun} {listed([str(at + 1) for at in chosen])} of task {found.id}"
    word = f"{'is' if len(chosen) == 1 else 'are'} {'met' if met else 'not met'}"
    if changed is tracker:
        return Answer(sentence(f"{what} {word} already"), tracker)
    unmet = sum(not criterion.met for criterion in judged)
    hint = f"{counted(unmet, 'criterion')} still unmet." if unmet else None
    return Answer(sentence(f"{what} {word}"), changed, hint=hint)


def _chosen(found: Found, task: Task, said: int | str | None) -> list[int]:
    """Indices of the criteria meant; all of them when none is named."""
    if not task.criteria:
        raise NotFound(f"Task {found.id} has no acceptance criteria.", hint=f"Add one: criterion for {found.id}: …")
    if said is None:
        return list(range(len(task.criteria)))
    fitting = _by_number(task, said) if isinstance(said, int) else _by_text(task, said)
    numbered = [(str(number), criterion.text) for number, criterion in enumerate(task.criteria, 1)]
    if not fitting:
        raise NotFound(f"Task {found.id} has no criterion {said!r}.", hint="See the candidates.", candidates=numbered)
    if len(fitting) > 1:
        raise Clarify(
            f"Which criterion of task {found.id}?",
            hint=f"Say its number: criterion {fitting[0] + 1} of {found.id} is met.",
            candidates=[numbered[at] for at in fitting],
        )
    return fitting


def _by_number(task: Task, number: int) -> list[int]:
    return [number - 1] if 1 <= number <= len(task.criteria) else []


def _by_text(task: Task, said: str) -> list[int]:
    """The same text, else a text that holds it."""
    wanted, texts = said.strip().casefold(), [criterion.text.casefold() for criterion in task.criteria]
    same = [at for at, text in enumerate(texts) if text == wanted]
    return same or [at for at, text in enumerate(texts) if wanted in text]
