"""Clauses that make, name, move, order and remove things."""

# a line of words is easier to read, and to add to, than a list

from __future__ import annotations

from domain.commands.table import Command, Ref
from domain.language.clauses import Clause
from domain.language.lexicon import NUMBERS
from domain.language.reading import Unclear
from domain.language.references import named_by
from domain.language.slots import (
    OBJECT,
    POSITIONS,
    items,
    labels_named,
    missing,
    named,
    naming,
    one,
    plainly,
    reason,
    scope,
    shown,
    taken_from,
    text,
    unnamed,
    want_items,
)

NUMBER_WORDS = frozenset("number no nr id".split())


def create_tracker(clause: Clause) -> list[Command] | None:
    """create a tracker called Sea trials · init "Demo" """
    title = text(clause)
    init = clause.has_verb("init")
    clause.use(*(c for c in clause.all("noun") if c.text == "work"))
    if clause.refs() or any(c.may_be("noun", "initiative") for c in clause.chunks):
        return None
    naming(clause)
    if not init and not (
        (clause.has_verb("add", "start") or (clause.all("text") and not clause.all("verb"))) and clause.noun("tracker")
    ):
        return None
    clause.noun("tracker")
    if not title:
        raise Unclear("What shall the tracker be called?", hint='Say: create a tracker called "Sea trials".')
    return [Command("create_tracker", {"title": title})]


def create_initiative(clause: Clause) -> list[Command] | None:
    """create initiative 25 named Audit Trail"""
    if not clause.noun("initiative"):
        return None
    if not clause.has_verb("add", "init", "start") and not clause.all("text"):
        return None
    naming(clause)
    title, number = text(clause), clause.first("number")
    clause.use(number, *(c for c in clause.chunks if c.text in NUMBER_WORDS))
    slots: dict[str, object] = {"number": int(number.value)} if number and str(number.value).isdecimal() else {}
    return [Command("create_initiative", slots | ({"title": title} if title else {}))]


def add_phase(clause: Clause) -> list[Command] | None:
    """add a phase called Hardening"""
    noun = clause.noun("phase")
    if not noun or clause.refs() or not (clause.has_verb("add", "start", "have") or clause.all("text")):
        return None
    naming(clause)
    title = text(clause)
    clause.noun("tracker")
    clause.use(*(c for c in clause.chunks if c.text in NUMBERS or (c.text in POSITIONS and c.prep == "at")))
    if clause.field("description") and (said := [c for c in clause.all("text") if id(c) not in clause.used]):
        clause.use(*said)
        return [Command("add_phase", {"title": title, "description": str(said[0].value)})]
    if not title:
        raise Unclear("What shall the phase be called?", hint="Say: add phase: its title")
    return [Command("add_phase", {"title": title})]


def add_subtask(clause: Clause) -> list[Command] | None:
    """add subtask to 6.1: Pick a theme · add subtasks to 4.1: a, b and c"""
    many = clause.noun("subtasks")
    noun = many or clause.noun("subtask")
    under = [c for c in clause.refs("task") if c.prep in ("to", "in", "for", "on", "of", "", "with")]
    naming(clause)
    parts = clause.has_verb("split") and bool(clause.all("text"))
    noun, many = noun or (clause.first("text") if parts else None), many or (clause.first("text") if parts else None)
    if not (clause.has_verb("add", "have", "depend") or (noun and under and clause.all("text"))) or not (
        noun
        or (
            under
            and clause.all("text")
            and not any(
                c.may_be("noun", "note")
                or c.may_be("noun", "evidence")
                or c.may_be("noun", "criterion")
                or c.may_be("field")
                for c in clause.chunks
            )
        )
    ):
        return None
    clause.use(*(c for c in clause.all("mood") if c.value == "should"))
    titles = [str(c.value) for c in clause.all("text")]
    clause.use(*clause.all("text"))
    if many and len(titles) == 1:
        titles = _listed(titles[0])
    parent = one(clause, ("task",), preps=(*OBJECT, "to", "in"))
    if not noun and not all(c.prep in ("to", "in") for c in under):
        return None
    if not titles:
        raise Unclear("What shall the subtask be called?", hint=f"Say: add subtask to {parent.id}: its title")
    clause.noun("task")
    return [Command("add_subtask", {"parent": parent, "titles": tuple(titles)})]


def _listed(words: str) -> list[str]:
    """a, b and c"""
    parts = [part.strip() for part in words.replace(";", ",").split(",")]
    last = parts[-1].removeprefix("and ").split(" and ") if len(parts) > 1 or " and " in parts[-1] else [parts[-1]]
    return [part.strip(" \"'“”‘’") for part in [*parts[:-1], *last] if part.strip()]


def add_task(clause: Clause) -> list[Command] | None:
    """add task to phase 4: Write threat model · insert a low priority task in phase 2: Fix typos"""
    if any(
        (c.may_be("noun", "subtask") and c.kind == "noun" and not c.may_be("noun", "task"))
        or c.may_be("noun", "note")
        or c.may_be("noun", "evidence")
        or c.may_be("noun", "criterion")
        for c in clause.chunks
    ):
        return None
    noun = clause.noun("task", "tasks")
    if not clause.has_verb("add") and not (
        noun and (clause.has_verb("have", "depend", "start") or (clause.all("text") and not clause.all("verb")))
    ):
        return None
    clause.noun("list")
    if (
        not (noun or clause.all("text"))
        or (clause.field("labels") and not clause.all("text"))
        or clause.noun("dependency")
    ):
        return None
    clause.use(*(c for c in clause.all("mood") if c.value in ("should", "be", "have")))
    clause.use(*(c for c in clause.all("noun") if c.may_be("noun", "task")))
    naming(clause)
    tags = labels_named(clause)
    titles = [str(c.value) for c in clause.all("text") if str(c.value).strip() and id(c) not in clause.used]
    clause.use(*clause.all("text"))
    slots = _parent(clause)
    if not titles:
        raise Unclear(
            "What shall the task be called?",
            hint="Say: add task to phase " + (slots["parent"].id if slots else "2") + ": its title",
        )
    if not slots:
        raise Unclear(
            "To which phase shall the task go?", hint="Say: add task to phase 2: its title", candidates=_phases(clause)
        )
    clause.has_verb("set", "assign", "schedule", "have", "estimate", "depend", "own", "label", "add")
    return [
        Command(
            "add_task",
            {"parent": slots["parent"], "title": title, **_wishes(clause), **({"labels": tuple(tags)} if tags else {})},
        )
        for title in titles
    ]


def _phases(clause: Clause) -> tuple[tuple[str, str], ...]:
    tracker = clause.world.tracker
    return tuple((str(phase.number), phase.title) for phase in tracker.phases[:6]) if tracker else ()


def _parent(clause: Clause) -> dict[str, Ref]:
    found = tuple(ref for c in clause.refs("phase") for ref in named(clause, c))
    if len(found) > 1:
        raise Unclear("A task goes to one phase.", hint="Name one phase.")
    if found:
        return {"parent": found[0]}
    tracker = clause.world.tracker
    number = next((c for c in clause.all("number") if c.prep in ("in", "to")), None)
    if number is not None:
        clause.use(number)
        place = named_by(str(number.value), tracker)
        if place.missing:
            raise missing(place.missing, clause)
        return {"parent": place.refs[0]}
    if tracker and len(tracker.phases) == 1:
        return {"parent": Ref("phase", str(tracker.phases[0].number), tracker.phases[0].uid)}
    return {}


def _wishes(clause: Clause) -> dict[str, object]:
    """What a new task is given besides its title."""
    found: dict[str, object] = {}
    date, rank, length = clause.first("date"), clause.first("priority"), clause.first("duration")
    people = next((c for c in clause.all("person") if c.text not in ("i", "we", "us")), None)
    clause.use(
        *(c for c in clause.all("person") if c.text in ("i", "we", "us")),
        *(c for c in clause.all("status") if c.text == "new"),
    )
    state = next((c for c in clause.all("status") if c.text != "new"), None)
    clause.field("status")
    clause.field("assignee")
    clause.field("due")
    clause.field("priority")
    clause.field("estimate")
    others = [ref for c in clause.refs("task") if c.prep in ("on", "after", "of", "") for ref in named(clause, c)]
    clause.noun("dependency")
    for name, chunk in (
        ("status", state),
        ("priority", rank),
        ("assignee", people),
        ("due", date),
        ("estimate", length),
    ):
        if chunk is not None:
            clause.use(chunk)
            found[name] = chunk.value
    return found | ({"depends_on": tuple(others)} if others else {})


def rename(clause: Clause) -> list[Command] | None:
    """rename 5.2 to Pilot with support · new title for 3.5: Sunset the wiki"""
    field = clause.field("title")
    if not field and not clause.has_verb("rename"):
        return None
    texts = clause.all("text")
    if len(texts) == 2 and not clause.refs():
        raise unnamed(clause, "task")
    title = text(clause)
    clause.has_verb("set", "add", "have", "rename", "move")
    naming(clause)
    clause.use(*(c for c in clause.all("mood") if c.value == "should"))
    plainly(clause)
    item = _whole_tracker(clause) or one(clause, ("phase", "task", "subtask"), preps=(*OBJECT, "to"))
    clause.noun("task", "phase")
    if not title:
        raise Unclear(f"What shall {item.id} be called?", hint=f"Say: rename {item.id} to its new title")
    return [Command("rename", {"item": item, "title": title})]


def _whole_tracker(clause: Clause) -> Ref | None:
    if clause.refs() or not clause.noun("tracker"):
        return None
    tracker = clause.world.tracker
    return Ref("tracker", "tracker", tracker.uid if tracker else None)


DESTRUCTIVE = frozenset("drop lose take pull strike cut scratch take_out".split())


def delete(clause: Clause) -> list[Command] | None:
    """erase task 3.4 · take 6.5 out of the tracker · delete all of phase 2 · erase every task"""
    verbs = [c for c in clause.all("verb") if "delete" in c.kinds["verb"]]
    if not verbs or (
        any(c.text not in ("i", "we") for c in clause.all("text", "status", "priority", "date", "person"))
        and not clause.first("quantifier")
        and not clause.noun("tasks")
    ):
        return None
    away = taken_from(clause)
    weak = all(c.head in DESTRUCTIVE or c.kinds["verb"].keys() & {"cancel", "move"} for c in verbs)
    if weak and not away and not any(c.text.endswith("out") for c in verbs):
        return None
    clause.use(*verbs, *away)
    plainly(clause)
    reason(clause)
    if any(c.may_be("noun", "trackers") for c in clause.all("noun")):
        return None
    subtasks = clause.noun("subtasks") if clause.first("quantifier") or not clause.refs("subtask") else None
    if subtasks:
        tasks = want_items(clause, ("task",), preps=(*OBJECT, "in", "from"))
        clause.use(*clause.all("quantifier"))
        return [Command("delete", {"scope": f"subtasks:{task.id}"}) for task in tasks]
    found = items(clause, ("task", "subtask", "evidence", "phase"), (*OBJECT, "from"))
    many = clause.first("quantifier") or any(c.may_be("noun", "tasks") for c in clause.all("noun"))
    if found and not (many and all(ref.kind == "phase" for ref in found)):
        clause.noun("task", "tasks", "subtask", "phase")
        return [Command("delete", {"items": found})]
    return _delete_scope(clause)


def _delete_scope(clause: Clause) -> list[Command] | None:
    whole = [c for c in clause.all("noun") if c.may_be("noun", "tracker") and c.prep != "from"]
    if whole and not clause.refs() and not any(c.may_be("noun", "tasks") for c in clause.all("noun")):
        clause.use(*whole, *clause.all("quantifier"))
        tracker = clause.world.tracker
        return [Command("delete", {"items": (Ref("tracker", "tracker", tracker.uid if tracker else None),)})]
    clause.used -= {id(c) for c in clause.refs("phase")}
    scopes = scope(clause)
    if not scopes:
        raise unnamed(clause, "task")
    clause.spared_by_scope = True
    more = {"except": tuple(clause.spared)} if clause.spared else {}
    return [Command("delete", {"scope": each, **more}) for each in scopes]


def move(clause: Clause) -> list[Command] | None:
    """bring 6.3 forward into phase 5 · task 1.5 should live in phase 2 · move 4.1.2 to 4.3"""
    moves = clause.has_verb("move", "belong")
    to_phase = [c for c in clause.refs("phase") if c.prep in ("to", "in")]
    to_task = [c for c in clause.refs("task") if c.prep in ("to", "in")]
    placed = clause.has_verb("set", "reorder", "own", "have") or any(c.value == "should" for c in clause.all("mood"))
    placed = placed or (len(clause.chunks) == 2 and not clause.all("verb"))
    if not moves and not (to_phase and placed):
        return None
    clause.has_verb("set", "move", "reorder")
    clause.use(*(c for c in clause.chunks if c.kind == "ref" and c.prep == "from"))
    subject = items(clause, ("task", "subtask"), ("", "of", "on", "for", "with"))
    if not subject or clause.all("date", "status", "priority"):
        return None
    target = to_phase or (to_task if all(ref.kind == "subtask" for ref in subject) else [])
    clause.use(*(c for c in clause.all("mood") if c.value in ("should", "be", "have")))
    clause.noun("task", "tasks", "tracker")
    if clause.first("quantifier"):
        return None
    if not target:
        word = "a phase" if subject[0].kind == "task" else "a task"
        raise Unclear(
            f"Where shall {subject[0].id} go?",
            hint=f"Say {word}: move {subject[0].id} to phase 2"
            if subject[0].kind == "task"
            else f"Say: move {subject[0].id} to 2.3",
            candidates=shown(clause, subject),
        )
    places = named(clause, target[0])
    if len(places) > 1:
        raise Unclear("An item goes to one place.", hint="Name one phase.")
    return [Command("move", {"items": subject, "to": places[0]})]


def reorder(clause: Clause) -> list[Command] | None:
    """move 2.4 before 2.1 · put 2.4 first · move 2.4 to the top of phase 2 · reorder 2.4 to position 3"""
    beside = [c for c in clause.all("ref") if c.prep in ("before", "after")]
    spot = next(
        (c for c in clause.chunks if c.text in POSITIONS or (c.head in POSITIONS and c.kind in ("unknown", "ref"))),
        None,
    )
    clause.use(spot)
    place = next((c for c in clause.chunks if c.text in ("position", "place", "spot", "slot", "number")), None)
    number = clause.first("number")
    bare = len(clause.chunks) == 2 and bool(beside)
    if not (clause.has_verb("reorder") or bare) or not (beside or spot or (place and number)):
        return None
    item = one(clause, ("phase", "task", "subtask"), preps=("", "of", "for"))
    clause.has_verb("move", "set")
    clause.use(
        spot,
        place,
        *(c for c in clause.all("mood") if c.value == "should"),
        *(c for c in clause.refs("phase") if c.prep in ("of", "in") and item.kind == "task"),
    )
    clause.noun("list", "task", "phase")
    if beside:
        other = named(clause, beside[0])
        if len(other) != 1 or other[0].kind != item.kind:
            raise Unclear(f"Beside which {item.kind} shall {item.id} stand?", hint=f"Name one {item.kind}.")
        return [Command("reorder", {"item": item, beside[0].prep: other[0]})]
    if spot is not None:
        return [Command("reorder", {"item": item, "position": POSITIONS[spot.head]})]
    clause.use(number)
    assert number is not None
    return [Command("reorder", {"item": item, "position": int(number.value)})]


MEANINGS = (
    create_tracker,
    create_initiative,
    add_phase,
    add_subtask,
    add_task,
    rename,
    delete,
    move,
    reorder,
)
