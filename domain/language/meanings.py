"""What clauses mean: one function for each thing that can be said, tried in order; it counts only if it explains every word."""

from __future__ import annotations

from domain.commands.table import Command, Ref
from domain.language.clauses import Clause
from domain.language.lexicon import ADJECTIVES, NAMING, NUMBERS, STATUS_ALIASES, STATUS_OF
from domain.language.reading import Unclear
from domain.language.references import Named, nearest, subtasks_of, title_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.language.grammar import Chunk

    Meaning = Callable[[Clause], "list[Command] | None"]

ANY = ("", "of", "on", "for", "in", "at", "from", "with", "to", "by", "as")
OBJECT = ("", "of", "on", "for", "at", "with", "about")
WORDS = {"in_progress": "in progress"}
MEANINGS: list[Meaning] = []


class Missing(Unclear):
    """An id that no item has."""

    outcome = "not_found"


class Contradiction(Unclear):
    outcome = "refused"


def meaning(function: Meaning) -> Meaning:
    MEANINGS.append(function)
    return function


# --- slots ----------------------------------------------------------------------------------------------------------------


def named(clause: Clause, chunk: Chunk) -> tuple[Ref, ...]:
    """The items of a chunk. Raises Missing for ids that do not exist, Unclear where several may be meant."""
    value: Named = chunk.value
    if value.missing:
        raise missing(value.missing, clause)
    if value.choices:
        given = tuple(choice for choice in value.choices if choice[0])
        raise Unclear(f"“{chunk.text}” may mean several items.", hint="Say it again with the id.", candidates=given)
    clause.use(chunk)
    return value.refs


def missing(ids: tuple[str, ...], clause: Clause) -> Missing:
    tracker = clause.world.tracker
    near = tuple(dict.fromkeys(pair for id in ids for pair in (nearest(id, tracker) if tracker else ())))
    listed = ", ".join(id if "." in id or id[0] == "E" else f"phase {id}" for id in ids)
    return Missing(f"There is no {listed}; nothing was changed.", hint="Did you mean one of these?" if near else None, candidates=near)


def items(clause: Clause, kinds: tuple[str, ...], preps: tuple[str, ...] = OBJECT) -> tuple[Ref, ...]:
    """What the clause speaks of: its own items, those of `it`, else those of the clause beside it."""
    found: list[Ref] = []
    for chunk in clause.all("ref"):
        if id(chunk) not in clause.used and chunk.prep in preps and _fits(chunk, kinds):
            found += [ref for ref in named(clause, chunk) if ref not in found]
    pronoun = clause.first("pronoun")
    if not found and (pronoun or not clause.refs(*kinds)):
        found = list(_lent(clause, kinds))
        clause.use(pronoun if found else None)
    return tuple(found)


def _fits(chunk: Chunk, kinds: tuple[str, ...]) -> bool:
    value: Named = chunk.value
    return bool(value.missing or value.choices) or all(ref.kind in kinds for ref in value.refs)


def _lent(clause: Clause, kinds: tuple[str, ...]) -> tuple[Ref, ...]:
    """Items of the clause before (or after), which this one does not repeat."""
    other = clause.before
    while other is not None:
        for chunk in other.all("ref"):
            if _fits(chunk, kinds) and chunk.prep not in ("before", "after"):
                refs = tuple(ref for ref in named(clause, chunk) if ref not in other.spared)
                if refs:
                    return refs
        other = other.before
    return clause.lent if all(ref.kind in kinds for ref in clause.lent) else ()


def want_items(clause: Clause, kinds: tuple[str, ...], what: str = "task", preps: tuple[str, ...] = OBJECT) -> tuple[Ref, ...]:
    found = items(clause, kinds, preps)
    if not found:
        raise unnamed(clause, what)
    return found


def unnamed(clause: Clause, what: str) -> Unclear:
    """No item was named: title words that fit several are asked about."""
    near = resembling(clause)
    words = " ".join(c.text for c in clause.all("unknown"))
    if near:
        return Unclear(f"Which {what} do you mean by “{words}”?", hint="Say it again with the id.", candidates=near)
    return Unclear(f"Which {what} do you mean?", hint=f"Name it by its id, {'2.3.1' if what == 'subtask' else '3' if what == 'phase' else '2.3'} for example.")


def resembling(clause: Clause) -> tuple[tuple[str, str], ...]:
    """Items whose titles have some of the clause's unknown words."""
    if clause.world.tracker is None or not clause.all("unknown"):
        return ()
    from domain.language.titles import stem

    return clause.world.titles.similar([stem(c.text) for c in clause.all("unknown")])


def one(clause: Clause, kinds: tuple[str, ...], what: str = "task", preps: tuple[str, ...] = OBJECT) -> Ref:
    found = want_items(clause, kinds, what, preps)
    if len(found) > 1:
        raise Unclear(f"Only one {what} at a time here.", candidates=tuple((r.id, title_of(clause.world.tracker, r)) for r in found))
    return found[0]


def text(clause: Clause) -> str | None:
    found = clause.all("text")
    clause.use(*found[:1])
    said = str(found[0].value).strip() if found else ""
    return said if said.strip("\"'“”‘’` ") else None


def reason(clause: Clause) -> dict[str, str]:
    found = clause.first("reason")
    clause.use(found, clause.field("reason"))
    return {"reason": str(found.value)} if found else {}


def person(clause: Clause, *preps: str) -> list[Chunk]:
    found = [c for c in clause.all("person") if not preps or c.prep in preps]
    clause.use(*found)
    return found


def whoever(clause: Clause) -> None:
    """A subject ("I finished 3.1", "closed by dana") adds nothing to a status."""
    if any(c.value is None for c in clause.all("person")):
        raise Contradiction("You said nobody did, so nothing was changed.")
    clause.use(*(c for c in clause.all("person") if c.prep in ("", "by")))


def plainly(clause: Clause, *moods: str) -> None:
    """Use the auxiliaries and what only introduces them."""
    clause.use(*(c for c in clause.all("mood") if c.value in ("be", "have", "do", *moods)))


# --- values ---------------------------------------------------------------------------------------------------------------


def status(clause: Clause) -> str | None:
    """The status that the clause asks for. Raises Contradiction when it names two."""
    said = [c for c in clause.all("status") if not is_limit(clause, c) and c.prep != "from" and not (c.text in ADJECTIVES and not c.prep)]
    clause.use(*said, *(c for c in clause.all("status") if c.prep == "from"))
    values = {STATUS_ALIASES.get(str(c.value), str(c.value)) for c in said}
    verbs = [c for c in clause.all("verb") if _status_senses(c)]
    strong = [c for c in verbs if not (c.kinds["verb"].keys() & {"set", "own"} and values) and not ("work" in c.kinds["verb"] and (values or len(verbs) > 1))]
    clause.use(*verbs)
    by_verb = {_status_senses(c)[0] for c in strong}
    if values and by_verb - values and not (by_verb <= {"pending", "in_progress"} and values <= {"pending", "in_progress"}):
        by_verb |= values
    elif values:
        by_verb = values
    if any(c.may_be("noun", "blocker") for c in clause.all("noun")) and (by_verb == {"complete"} or (not by_verb and clause.has_verb("clear", "delete", "move"))):
        return "in_progress"  # the blocker is resolved, not the task
    if len(by_verb) > 1:
        both = " and ".join(sorted(WORDS.get(value, value) for value in by_verb))
        raise Contradiction(f"That says {both} at once; nothing was changed.", hint="Say which one.")
    return next(iter(by_verb), None)


def _status_senses(chunk: Chunk) -> list[str]:
    return [STATUS_OF[verb] for verb in chunk.kinds["verb"] if verb in STATUS_OF]


def is_limit(clause: Clause, chunk: Chunk) -> bool:
    """Whether a status narrows the tasks spoken of ("all blocked tasks") and is not the one asked for."""
    at = clause.chunks.index(chunk)
    after = next((c for c in clause.chunks[at + 1 :] if c.kind not in ("priority",)), None)
    if chunk.prep in ("as", "to"):
        return False
    if after is not None and after.kind == "noun" and after.may_be("noun", "tasks"):
        return True
    before = clause.chunks[at - 1] if at else None
    if before is not None and before.kind == "quantifier":
        return True
    whole = at > 1 and clause.chunks[at - 1].value == "be" and clause.chunks[at - 2].kind == "quantifier"
    if whole and any(_status_senses(c) for c in clause.all("verb")):
        return True
    relative = at > 1 and clause.chunks[at - 1].kind == "mood" and clause.chunks[at - 2].text in ("that", "which")
    return relative or bool(before and before.kind == "pronoun" and before.text == "that")


def scope(clause: Clause, *, lenient: bool = False) -> list[str] | None:
    """The scopes of a bulk change, one for each phase named; None when the clause names no scope."""
    whole = clause.first("quantifier")
    phases = [c for c in clause.refs("phase") if c.value.refs or c.value.missing]
    plural = next((c for c in clause.all("noun") if c.may_be("noun", "tasks")), None)
    owners = [c for c in clause.all("person") if c.prep in ("of", "to", "by", "for") or _owned(clause, c)] if (whole or plural) else []
    limits = [c for c in clause.all("status") if is_limit(clause, c)]
    if not (whole or phases or (plural and (owners or limits))):
        return None
    if whole is None and plural is None and any(c.prep in ("to",) for c in phases):
        return None
    ranks = [c for c in clause.all("priority")] if whole or plural else []
    labels = _labels_named(clause) if whole or plural else []
    if not lenient or whole or plural:
        clause.use(*owners, *limits, *ranks, *clause.all("quantifier"))
    clause.use(*(c for c in clause.all("noun") if c.may_be("noun", "tasks") or c.may_be("noun", "task") or c.may_be("noun", "phase") or c.may_be("noun", "phases")))
    clause.use(*(c for c in clause.all("field") if c.may_be("field", "priority") and ranks))
    if owners:
        clause.has_verb("assign", "own", "belong")
    if limits:
        clause.use(*(c for c in clause.chunks if c.text in ("that", "which", "are", "is")))
    narrow = [f"status:{STATUS_ALIASES.get(str(c.value), c.value)}" for c in limits]
    narrow += [f"assignee:{c.value}" for c in owners] + [f"label:{label}" for label in labels] + [f"priority:{c.value}" for c in ranks]
    refs = [ref for chunk in phases for ref in named(clause, chunk)]
    clause.use(*(c for c in clause.all("noun") if c.may_be("noun", "tracker")))
    if not refs:
        return ["+".join(narrow) or "all"]
    return ["+".join([f"phase:{ref.id}", *narrow]) for ref in refs]


def _owned(clause: Clause, chunk: Chunk) -> bool:
    """dana's tasks · everything dana owns · my tasks"""
    at = clause.chunks.index(chunk)
    after = clause.chunks[at + 1] if at + 1 < len(clause.chunks) else None
    return after is not None and (after.value == "'s" or chunk.text == "my" or (after.kind == "verb" and "own" in after.kinds["verb"]))


def _labels_named(clause: Clause) -> list[str]:
    word = next((c for c in clause.chunks if c.may_be("field", "labels") or c.may_be("verb", "label")), None)
    if word is None:
        return []
    at = clause.chunks.index(word)
    found = [c for c in clause.chunks[at + 1 : at + 2] if c.kind in ("unknown", "text")]
    if not found and at and clause.chunks[at - 1].kind == "unknown":  # "outdoor-labelled tasks"
        found = [clause.chunks[at - 1]]
    clause.use(word, *found)
    return [clause.world.raw(c.start, c.end).strip("\"'“”")[: len(c.text) or None] for c in found]


# --- the status of tasks --------------------------------------------------------------------------------------------------


@meaning
def set_status(clause: Clause) -> list[Command] | None:
    """complete 2.2 · 3.4 has shipped · status of 1.1 should be done · block 5.5 since the auditor is away"""
    value = status(clause)
    found = items(clause, ("task", "subtask"), (*OBJECT, "from")) if value else ()
    if value is None or (not found and scope_words(clause)):
        return None
    if not found:
        raise unnamed(clause, "task")
    clause.has_verb("set", "have", "tick", "untick", "work", "own", "move", "assign", "reorder")
    not_one_by_another(clause)
    obliged(clause)
    unfinished(clause, value)
    whoever(clause)
    plainly(clause)
    clause.field("status")
    clause.use(clause.chunks[0] if clause.chunks[0].text in ("that", "it") and clause.refs() else None)
    clause.use(*(c for c in clause.all("mood") if c.value == "leave"))
    clause.noun("task", "tasks", "subtask", "subtasks", "list", "blocker")
    because = reason(clause)
    past_date(clause)
    ticks, tasks = _by_kind(found)
    commands = []
    if tasks:
        commands.append(Command("set_status", {"items": tasks, "status": value, **because}))
    if ticks:
        commands.append(_tick(ticks, value))
    return commands


def not_one_by_another(clause: Clause) -> None:
    """"4.3 blocks 4.4" says something of the two together: that is asked back."""
    for verb in clause.all("verb"):
        at = clause.chunks.index(verb)
        sides = [[c for c in part if c.kind == "ref" and not c.prep] for part in (clause.chunks[:at], clause.chunks[at + 1 :])]
        if all(sides) and _status_senses(verb):
            one_side, other = sides[0][0].text, sides[1][0].text
            raise Contradiction(f"What shall {verb.text} mean between {one_side} and {other}?", hint=f"Say “{other} depends on {one_side}”, or “block {other} because of {one_side}”.")


def scope_words(clause: Clause) -> bool:
    return bool(clause.first("quantifier") or clause.refs("phase") or clause.all("person") and any(c.may_be("noun", "tasks") for c in clause.all("noun")) or any(is_limit(clause, c) for c in clause.all("status")))


def obliged(clause: Clause) -> None:
    """"5.3 should be done" is an opinion; "status of 5.3 should be done" and "5.3 should be marked done" are orders."""
    should = [c for c in clause.all("mood") if c.value == "should"]
    ordered = any(c.may_be("field") for c in clause.chunks) or any("set" in c.kinds["verb"] or "move" in c.kinds["verb"] for c in clause.all("verb"))
    if should and not ordered:
        clause.needs.add("should")
    clause.use(*should)


def unfinished(clause: Clause, value: str) -> None:
    """"finishing 5.3" and "finish 5.3 by Friday" do not say that it is done."""
    for verb in clause.all("verb"):
        if "ing" in verb.kinds["verb"].values() and value == "complete" and "complete" in verb.kinds["verb"] and verb.text not in ("closing", "marking"):
            clause.needs.add("will")


def past_date(clause: Clause) -> None:
    """"we finished 3.5 on Friday": the day adds nothing. Not behind an order, where it would be a plan."""
    told = any("ed" in c.kinds["verb"].values() for c in clause.all("verb")) or any(c.kind == "mood" and c.value in ("be", "have") for c in clause.chunks)
    if told:
        clause.use(*(c for c in clause.all("date") if c.prep in ("on", "") and (str(c.value) <= clause.world.given.now[:10] or c.text.endswith("day"))))


def _by_kind(found: tuple[Ref, ...]) -> tuple[tuple[Ref, ...], tuple[Ref, ...]]:
    return tuple(r for r in found if r.kind == "subtask"), tuple(r for r in found if r.kind != "subtask")


def _tick(found: tuple[Ref, ...], value: str) -> Command:
    if value not in ("complete", "pending", "in_progress"):
        raise Contradiction(f"{found[0].id} is a subtask: it can only be checked or unchecked.", hint=f"Say “check {found[0].id}”, or name its task.")
    return Command("check" if value == "complete" else "uncheck", {"items": found})


@meaning
def bulk_set_status(clause: Clause) -> list[Command] | None:
    """mark the entire phase 6 complete · cancel all blocked tasks · everything in phase 1 is finished"""
    if any(c.may_be("noun", "subtasks") or c.may_be("noun", "trackers") for c in clause.chunks):
        return None
    value = status(clause)
    scopes = scope(clause) if value else None
    if value is None or not scopes:
        return None
    clause.has_verb("set", "have", "work", "own", "tick")
    clause.use(*(c for c in clause.all("quantifier", "noun") if not c.may_be("noun", "list")))
    obliged(clause)
    unfinished(clause, value)
    whoever(clause)
    plainly(clause)
    clause.field("status")
    more = reason(clause) | ({"except": tuple(clause.spared)} if clause.spared else {})
    clause.spared_by_scope = True
    return [Command("bulk_set_status", {"scope": each, "status": value, **more}) for each in scopes]


@meaning
def check(clause: Clause) -> list[Command] | None:
    """check the box on 4.1.3 · untick 1.1.3 · tick every box of 4.1"""
    name = "uncheck" if clause.has_verb("untick") else "check" if clause.has_verb("tick") else ""
    value = status(clause) if name else None
    if not name and status(clause) in ("complete", "pending") and clause.noun("subtasks"):
        name = "check" if status(clause) == "complete" else "uncheck"
    if not name:
        return None
    if value not in (None, "complete" if name == "check" else "pending"):
        name = "check" if value == "complete" else "uncheck"
    found = items(clause, ("subtask",), (*OBJECT, "from"))
    everything = clause.first("quantifier") if any(c.prep in ("in", "of", "on") for c in clause.refs("task")) else None
    whole = clause.noun("subtasks") or everything or (clause.first("quantifier") and clause.noun("subtask"))
    if not found and whole:
        tasks = want_items(clause, ("task",), preps=(*OBJECT, "in", "under"))
        found = tuple(sub for task in tasks for sub in subtasks_of(task, clause.world.tracker))
        clause.use(*clause.all("quantifier"))
        if not found:
            raise Unclear(f"{tasks[0].id} has no subtasks.", hint="Add one: add subtask to " + tasks[0].id + ": its title")
    if not found:
        return None
    clause.noun("subtask", "subtasks", "task", "list")
    clause.has_verb("set", "have")
    obliged(clause)
    whoever(clause)
    plainly(clause)
    return [Command(name, {"items": found})]


# --- fields ---------------------------------------------------------------------------------------------------------------


@meaning
def attributes(clause: Clause) -> list[Command] | None:
    """assign 3.4 to me · raise 6.1 to high priority · 3.3 is due on 2026-01-22, several of these at once"""
    if clause.all("text") and not clause.field("description") and not clause.may_verb("describe"):
        return None
    found: dict[str, object] = {}
    for read in (assignee, due, priority, estimate, description):
        found |= read(clause)
    value = status(clause) if found and clause.all("status") else None
    if not found:
        return None
    if scope_words(clause) and not items(clause, ("task", "subtask"), (*ANY, "")):
        raise Unclear("A field is changed task by task.", hint="Name the tasks by their ids: 2.3, 2.4 and 3.1, or a range 2.1–2.4.")
    on = want_items(clause, ("task",), preps=(*OBJECT, "from", "in", "to") if "assignee" in found or None in found.values() else (*OBJECT, "from"))
    clause.has_verb("set", "assign", "have", "raise", "schedule", "estimate", "own", "belong", "describe", "clear", "unassign", "reorder", "move", "depend", "add", "delete", "work")
    clause.use(*(c for c in clause.all("mood") if c.value == "should"))
    clause.noun("task", "tasks", "date")
    clause.use(*clause.all("pronoun"))
    reason(clause)
    plainly(clause, "no")
    commands = [Command("set_field", {"items": on, "field": field, "value": given}) for field, given in found.items()]
    return commands if value is None else [Command("set_status", {"items": on, "status": value}), *commands]


def assignee(clause: Clause) -> dict[str, object]:
    """Who shall own the task, None to clear."""
    field = clause.field("assignee")
    owns = clause.has_verb("own") or clause.has_verb("belong")
    people = clause.all("person")
    if clause.has_verb("unassign") and not any(c.prep == "to" for c in people) and (people or any("unassign" in c.kinds["verb"] and len(c.kinds["verb"]) == 1 for c in clause.all("verb"))):
        clause.use(*people)
        return {"assignee": None}
    if field and clause.may_verb("clear", "delete", "unassign") and not any(c.prep == "to" for c in people) and not owns:
        clause.use(*people)
        return {"assignee": None}
    if field and any(c.value == "no" or c.text == "without" for c in clause.all("mood")):
        return {"assignee": None}
    assigns = clause.may_verb("assign")
    hands = any("assign" in c.kinds["verb"] and ("set" not in c.kinds["verb"] or c.head in ("give", "assign")) for c in clause.all("verb"))
    if people and (assigns or any(c.text[0] == "@" for c in people) or field or owns or any(c.prep == "to" for c in people) or _possessed(clause)):
        giver = [c for c in people if len(people) > 1 and (c.text in ("i", "we") or (c.prep == "from" and any(p.prep == "to" for p in people)))]
        given = [c for c in people if c not in giver]
        if len({c.value for c in given}) > 1:
            raise Unclear("A task has one owner.", hint="Name one person.")
        clause.use(*people, *(c for c in clause.chunks if c.value == "'s"))
        return {"assignee": given[0].value}
    if hands or field or owns:
        stranger = _stranger(clause)
        if stranger is not None:
            return {"assignee": _known(clause, stranger)}
    return {}


def _possessed(clause: Clause) -> bool:
    """2.3 is lee's · 2.3 is mine"""
    last = clause.chunks[-1]
    return (last.value == "'s" or last.text == "mine") and any(c.kind == "mood" and c.value == "be" for c in clause.chunks)


def _stranger(clause: Clause) -> Chunk | None:
    """A word in the place of a name that is nobody's name."""
    unknown = clause.all("unknown")
    behind_to = [c for c in unknown if c.prep in ("to", "for", "as", "with")]
    place = behind_to or ([c for c in unknown if c.prep == ""] if clause.field("assignee") or clause.may_verb("own", "belong") else [])
    if clause.all("status") or clause.all("priority") or clause.all("date") or len(unknown) > 2 or not clause.all("ref", "pronoun"):
        return None
    return place[0] if place and place[0].text.lstrip("@").replace("-", "").isalpha() else None


def _known(clause: Clause, chunk: Chunk) -> str:
    world = clause.world
    if world.given.people:
        names = ", ".join(world.given.people[:6])
        raise Contradiction(f"Nobody here is called “{world.raw(chunk.start, chunk.end)}”; nothing was changed.", hint=f"The people of this project: {names}.")
    at = clause.chunks.index(chunk)
    more = [c for c in clause.chunks[at + 1 : at + 2] if c.kind == "unknown"]
    clause.use(chunk, *more)
    return world.raw(chunk.start, (more or [chunk])[-1].end).lstrip("@")


def due(clause: Clause) -> dict[str, object]:
    field = clause.field("due")
    plans = clause.may_verb("schedule")
    date = next((c for c in clause.all("date") if c.prep in ("", "by", "on", "to", "until", "for", "as", "in", "of", "before", "from")), None)
    if date is not None and date.prep == "from":
        date = None
    acts = any(_status_senses(c) and not c.kinds["verb"].keys() & {"schedule", "set"} for c in clause.all("verb")) or bool(clause.all("status"))
    if field and date is None and (clause.may_verb("clear", "delete", "unassign") or any(c.value == "no" for c in clause.all("mood"))):
        return {"due": None}
    if date is None:
        return {}
    if field or plans or (date.prep in ("by", "until") and not acts):
        clause.use(date)
        clause.has_verb("schedule")
        return {"due": date.value}
    return {}


def priority(clause: Clause) -> dict[str, object]:
    ranks = [c for c in clause.all("priority") if c.prep != "from" and not (c.text in POSITIONS and c.prep == "to")]
    clause.use(*ranks, *(c for c in clause.all("priority") if c.prep == "from"))
    field = clause.field("priority")
    if field and not ranks and (clause.may_verb("clear", "delete") and not clause.may_verb("raise")):
        return {"priority": None}
    if len({c.value for c in ranks}) > 1:
        raise Contradiction("That names two priorities; nothing was changed.", hint="Say which one.")
    if ranks:
        return {"priority": ranks[0].value}
    if (field or clause.may_verb("raise")) and not clause.may_verb("delete", "move", "defer", "cancel", "push"):
        raised = [c for c in clause.all("verb") if "raise" in c.kinds["verb"] and len(c.kinds["verb"]) == 1]
        if (raised or field) and not clause.all("date", "person"):
            raise Unclear("Which priority shall it have?", hint="Say low, medium, high or critical.")
    return {}


def estimate(clause: Clause) -> dict[str, object]:
    length = clause.first("duration")
    field = clause.field("estimate")
    if length is None:
        return {"estimate": None} if field and clause.may_verb("clear", "delete") else {}
    clause.use(length)
    clause.has_verb("estimate")
    return {"estimate": length.value}


def description(clause: Clause) -> dict[str, object]:
    if not clause.field("description") and not (clause.has_verb("describe") and clause.all("text")):
        return {}
    said = text(clause)
    if said is None:
        return {"description": None} if clause.may_verb("clear", "delete") else {}
    return {"description": said}


@meaning
def labels(clause: Clause) -> list[Command] | None:
    """label 3.1 api · tag 3.1 with api and docs · remove the label api from 3.1 · set the labels of 3.1 to api, docs"""
    word = clause.field("labels")
    if not clause.refs() and not clause.all("pronoun") and any(c.may_be("noun", "tasks") for c in clause.all("noun")):
        return None
    if not word and not any(c.may_be("verb", "label") or c.may_be("verb", "unlabel") for c in clause.chunks if c.head not in ("mark", "flag", "marked", "flagged")):
        return None
    on = items(clause, ("task",), (*OBJECT, "to", "from"))
    removes = clause.has_verb("unlabel") or (word is not None and clause.may_verb("clear", "delete"))
    sets = word is not None and clause.may_verb("set") and not clause.may_verb("add") and any(c.prep in ("to", "as") for c in clause.all("unknown", "text", "status", "priority", "noun"))
    clause.has_verb("label", "add", "set", "clear", "delete", "have", "unassign")
    values = _label_words(clause, word)
    clause.use(*(c for c in clause.chunks if c.may_be("field", "labels") or c.may_be("verb", "label")))
    plainly(clause)
    if not on:
        raise unnamed(clause, "task")
    clause.noun("task", "tasks")
    clause.use(*clause.all("quantifier"))
    if not values:
        return [Command("set_field", {"items": on, "field": "labels", "value": None})] if removes else None
    mode = {"mode": "remove"} if removes else {"mode": "set"} if sets else {}
    return [Command("set_field", {"items": on, "field": "labels", "value": tuple(values), **mode})]


def _label_words(clause: Clause, word: Chunk | None) -> list[str]:
    found = [c for c in clause.chunks if id(c) not in clause.used and c.kind in ("unknown", "text", "status", "priority", "noun", "number") and c is not word]
    clause.use(*found)
    raw = [clause.world.raw(c.start, c.end).strip("\"'“”#") for c in found]
    return [label for words in raw for label in words.replace(",", " ").split() if label not in ("and", "task")]


# --- making, naming, moving, removing -------------------------------------------------------------------------------------


def naming(clause: Clause) -> None:
    """`called`, `named`, `new`, in front of a title."""
    clause.use(*(c for c in clause.chunks if c.head in NAMING or c.text in ADJECTIVES or c.may_be("field", "title") or c.text in ("i", "we", "me", "us", "there") or (c.kind == "unknown" and c.prep == "for")))
    clause.use(*(c for c in clause.all("mood") if c.value in ("be", "should")))


@meaning
def create_tracker(clause: Clause) -> list[Command] | None:
    """create a tracker called Sea trials · init "Demo" """
    title = text(clause)
    init = clause.has_verb("init")
    if clause.refs() or any(c.may_be("noun", "initiative") for c in clause.chunks):
        return None
    naming(clause)
    if not init and not ((clause.has_verb("add", "start") or (clause.all("text") and not clause.all("verb"))) and clause.noun("tracker")):
        return None
    clause.noun("tracker")
    if not title:
        raise Unclear("What shall the tracker be called?", hint='Say: create a tracker called "Sea trials".')
    return [Command("create_tracker", {"title": title})]


@meaning
def create_initiative(clause: Clause) -> list[Command] | None:
    """create initiative 25 named Audit Trail"""
    if not clause.noun("initiative"):
        return None
    if not clause.has_verb("add", "init", "start") and not clause.all("text"):
        return None
    naming(clause)
    title, number = text(clause), clause.first("number")
    clause.use(number)
    slots: dict[str, object] = {"number": int(number.value)} if number and str(number.value).isdecimal() else {}
    return [Command("create_initiative", slots | ({"title": title} if title else {}))]


@meaning
def add_phase(clause: Clause) -> list[Command] | None:
    """add a phase called Hardening"""
    noun = clause.noun("phase")
    if not noun or clause.refs() or not (clause.has_verb("add", "start", "have") or clause.all("text")):
        return None
    naming(clause)
    title = text(clause)
    clause.noun("tracker")
    if clause.field("description") and (said := [c for c in clause.all("text") if id(c) not in clause.used]):
        clause.use(*said)
        return [Command("add_phase", {"title": title, "description": str(said[0].value)})]
    if not title:
        raise Unclear("What shall the phase be called?", hint="Say: add phase: its title")
    return [Command("add_phase", {"title": title})]


@meaning
def add_subtask(clause: Clause) -> list[Command] | None:
    """add subtask to 6.1: Pick a theme · add subtasks to 4.1: a, b and c"""
    many = clause.noun("subtasks")
    noun = many or clause.noun("subtask")
    under = [c for c in clause.refs("task") if c.prep in ("to", "in", "for", "on", "of", "", "with")]
    naming(clause)
    parts = clause.has_verb("split") and bool(clause.all("text"))
    noun, many = noun or (clause.first("text") if parts else None), many or (clause.first("text") if parts else None)
    if not (clause.has_verb("add", "have", "depend") or (noun and under and clause.all("text"))) or not (noun or (under and clause.all("text") and not any(c.may_be("noun", "note") or c.may_be("noun", "evidence") or c.may_be("noun", "criterion") or c.may_be("field") for c in clause.chunks))):
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


@meaning
def add_task(clause: Clause) -> list[Command] | None:
    """add task to phase 4: Write threat model · insert a low priority task in phase 2: Fix typos"""
    if any(c.may_be("noun", "subtask") and c.kind == "noun" and not c.may_be("noun", "task") or c.may_be("noun", "note") or c.may_be("noun", "evidence") or c.may_be("noun", "criterion") for c in clause.chunks):
        return None
    noun = clause.noun("task", "tasks")
    if not clause.has_verb("add") and not (noun and (clause.has_verb("have", "depend", "start") or (clause.all("text") and not clause.all("verb")))):
        return None
    clause.noun("list")
    if not (noun or clause.all("text")) or clause.field("labels") and not clause.all("text") or clause.noun("dependency"):
        return None
    clause.use(*(c for c in clause.all("mood") if c.value in ("should", "be")))
    naming(clause)
    tags = _labels_named(clause)
    titles = [str(c.value) for c in clause.all("text") if str(c.value).strip() and id(c) not in clause.used]
    clause.use(*clause.all("text"))
    slots = _parent(clause)
    if not titles:
        raise Unclear("What shall the task be called?", hint="Say: add task to phase " + (slots["parent"].id if slots else "2") + ": its title")
    if not slots:
        raise Unclear("To which phase shall the task go?", hint="Say: add task to phase 2: its title", candidates=_phases(clause))
    clause.has_verb("set", "assign", "schedule", "have", "estimate", "depend", "own", "label", "add")
    return [Command("add_task", {"parent": slots["parent"], "title": title, **_wishes(clause), **({"labels": tuple(tags)} if tags else {})}) for title in titles]


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
    if tracker and len(tracker.phases) == 1:
        return {"parent": Ref("phase", str(tracker.phases[0].number), tracker.phases[0].uid)}
    return {}


def _wishes(clause: Clause) -> dict[str, object]:
    """What a new task is given besides its title."""
    found: dict[str, object] = {}
    date, rank, length = clause.first("date"), clause.first("priority"), clause.first("duration")
    people = next((c for c in clause.all("person") if c.text not in ("i", "we", "us")), None)
    clause.use(*(c for c in clause.all("person") if c.text in ("i", "we", "us")), *(c for c in clause.all("status") if c.text == "new"))
    state = next((c for c in clause.all("status") if c.text != "new"), None)
    clause.field("assignee")
    clause.field("due")
    clause.field("priority")
    clause.field("estimate")
    others = [ref for c in clause.refs("task") if c.prep in ("on", "after", "of", "") for ref in named(clause, c)]
    clause.noun("dependency")
    for name, chunk in (("status", state), ("priority", rank), ("assignee", people), ("due", date), ("estimate", length)):
        if chunk is not None:
            clause.use(chunk)
            found[name] = chunk.value
    return found | ({"depends_on": tuple(others)} if others else {})


@meaning
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


@meaning
def delete(clause: Clause) -> list[Command] | None:
    """erase task 3.4 · take 6.5 out of the tracker · delete all of phase 2 · erase every task"""
    verbs = [c for c in clause.all("verb") if "delete" in c.kinds["verb"]]
    if not verbs or clause.all("text", "status", "priority", "date", "person") and not clause.first("quantifier") and not clause.noun("tasks"):
        return None
    away = [c for c in clause.all("noun") if c.may_be("noun", "tracker") or c.may_be("noun", "list")]
    if any(c.prep not in ("from", "of") for c in away):
        away = []
    weak = all(c.head in DESTRUCTIVE or c.kinds["verb"].keys() & {"cancel", "move"} for c in verbs)
    if weak and not away and not any(c.text.endswith("out") for c in verbs):
        return None
    clause.use(*verbs, *away)
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


@meaning
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
        raise Unclear(f"Where shall {subject[0].id} go?", hint=f"Say {word}: move {subject[0].id} to phase 2" if subject[0].kind == "task" else f"Say: move {subject[0].id} to 2.3", candidates=_shown(clause, subject))
    places = named(clause, target[0])
    if len(places) > 1:
        raise Unclear("An item goes to one place.", hint="Name one phase.")
    return [Command("move", {"items": subject, "to": places[0]})]


def _shown(clause: Clause, refs: tuple[Ref, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((ref.id, title_of(clause.world.tracker, ref)) for ref in refs)


POSITIONS = {"top": "first", "first": "first", "front": "first", "start": "first", "beginning": "first", "head": "first", "bottom": "last", "last": "last", "end": "last", "back": "last"}


@meaning
def reorder(clause: Clause) -> list[Command] | None:
    """move 2.4 before 2.1 · put 2.4 first · move 2.4 to the top of phase 2 · reorder 2.4 to position 3"""
    beside = [c for c in clause.all("ref") if c.prep in ("before", "after")]
    spot = next((c for c in clause.chunks if c.text in POSITIONS or (c.head in POSITIONS and c.kind in ("unknown", "ref"))), None)
    clause.use(spot)
    place = next((c for c in clause.chunks if c.text in ("position", "place", "spot", "slot", "number")), None)
    number = clause.first("number")
    bare = len(clause.chunks) == 2 and bool(beside)
    if not (clause.has_verb("reorder") or bare) or not (beside or spot or (place and number)):
        return None
    item = one(clause, ("phase", "task", "subtask"), preps=("", "of", "for"))
    clause.has_verb("move", "set")
    clause.use(spot, place, *(c for c in clause.all("mood") if c.value == "should"), *(c for c in clause.refs("phase") if c.prep in ("of", "in") and item.kind == "task"))
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


# --- dependencies ---------------------------------------------------------------------------------------------------------


@meaning
def dependencies(clause: Clause) -> list[Command] | None:
    """4.4 should depend on 4.3 · remove 4.3's dependency on 4.1 · make 4.4 wait for 4.3"""
    noun = clause.noun("dependency")
    depends = clause.has_verb("depend", "link")
    gone = clause.has_verb("unlink") or (noun and (clause.may_verb("delete", "clear") or any(c.value == "no" for c in clause.all("mood"))))
    if not (noun or depends or gone) or clause.all("text"):
        return None
    clause.has_verb("set", "add", "delete", "clear", "have", "unlink", "own", "move", "block", "reorder")
    clause.use(*(c for c in clause.all("mood") if c.value == "should"), *clause.all("quantifier"), *(c for c in clause.chunks if c.text in ("first", "beforehand")))
    plainly(clause, "no")
    subject, on = _dependent(clause, noun)
    clause.noun("task", "tasks")
    if not subject:
        raise unnamed(clause, "task")
    if not on and gone:
        return [Command("remove_dependency", {"items": subject})]
    if not on:
        raise Unclear(f"On what shall {subject[0].id} depend?", hint=f"Say: {subject[0].id} depends on 2.1", candidates=_shown(clause, subject))
    if {ref.id for ref in subject} & {ref.id for ref in on}:
        raise Contradiction("A task cannot depend on itself; nothing was changed.", hint="Name two different tasks.")
    return [Command("remove_dependency" if gone else "add_dependency", {"items": subject, "on": on})]


def _dependent(clause: Clause, noun: Chunk | None) -> tuple[tuple[Ref, ...], tuple[Ref, ...]]:
    """(who waits, for whom): told apart by the prepositions, else by the order."""
    chunks = clause.refs("task")
    pair = next((c for c in chunks if c.prep == "between"), None)
    if pair is not None:
        both = named(clause, pair)
        clause.use(*(c for c in clause.chunks if c.text == "between"))
        return both[:1], both[1:]
    first = next((c for c in chunks if c.prep in ("before", "after")), None)
    if first is not None and noun is not None and len(chunks) == 2:
        head = next(c for c in chunks if c is not first)
        waits, on = (first, head) if first.prep == "before" and not clause.denied else (head, first)
        clause.has_verb("complete", "start")
        clause.use(*clause.all("status"))
        return named(clause, waits), named(clause, on)
    if noun is not None and not any(c.prep == "on" for c in chunks):
        heads = [c for c in chunks if c.prep in ("from", "of", "for", "") ]
        on = [c for c in chunks if c not in heads]
        if len(heads) == 2:
            heads, on = heads[:1], heads[1:]
        if any(c.text == "between" for c in clause.chunks) or any(c.prep == "as" for c in clause.chunks):
            on = on or []
        if not heads and on:
            heads, on = on, []
    else:
        on = [c for c in chunks if c.prep == "on"]
        heads = [c for c in chunks if c not in on]
        if noun is None and not on and len(heads) == 2:
            heads, on = heads[:1], heads[1:]
        elif noun is None and len(on) == 1 and not heads and False:
            heads = []
    subject = tuple(ref for c in heads for ref in named(clause, c))
    others = tuple(ref for c in on for ref in named(clause, c))
    return subject or items(clause, ("task",)), others


# --- evidence, notes, criteria --------------------------------------------------------------------------------------------


@meaning
def attach_evidence(clause: Clause) -> list[Command] | None:
    """attach evidence to 2.2: draft.docx · log "41 passed" as evidence for 5.3"""
    noun = clause.noun("evidence")
    attach = [c for c in clause.all("verb") if c.head in ("attach", "attached", "attaching", "upload", "uploaded")]
    noun = noun or (clause.noun("output") if clause.may_verb("attach") and clause.all("text") else None)
    if not noun and not attach or clause.may_verb("verify", "delete") and not attach and not clause.all("text"):
        return None
    clause.has_verb("attach", "add", "set", "have", "work")
    plainly(clause)
    naming(clause)
    content = text(clause)
    kind = _evidence_kind(clause, content or "")
    item = one(clause, ("task",), preps=(*OBJECT, "to", "as", "in"))
    clause.noun("task")
    clause.noun("evidence")
    if not content:
        raise Unclear(f"What is the evidence for {item.id}?", hint=f"Say: attach evidence to {item.id}: a file, an output or a note")
    return [Command("attach_evidence", {"item": item, "content": content, **kind})]


def _evidence_kind(clause: Clause, content: str) -> dict[str, object]:
    """Said ("as a file"), else seen: a path is a file, anything else a note."""
    if clause.noun("file"):
        return {"type": "file_reference"}
    if clause.noun("output"):
        return {"type": "command_output"}
    if clause.noun("note"):
        return {"type": "manual_note"}
    return {"type": "file_reference"} if _is_path(content) else {"type": "manual_note"}


def _is_path(content: str) -> bool:
    tail = content.rpartition(".")[2]
    return " " not in content and ("/" in content or (content != tail and tail.isalnum() and len(tail) <= 5))


@meaning
def verify_evidence(clause: Clause) -> list[Command] | None:
    """verify evidence for 5.3 · E2 is verified"""
    noun = clause.noun("evidence")
    item = items(clause, ("evidence",)) or (items(clause, ("task",), (*OBJECT, "in")) if noun else ())
    if not clause.has_verb("verify") or not item:
        return None
    plainly(clause)
    clause.has_verb("set", "have")
    whoever(clause)
    clause.use(*clause.all("quantifier"))
    return [Command("verify_evidence", {"item": each}) for each in item]


@meaning
def add_note(clause: Clause) -> list[Command] | None:
    """leave a note on 3.1: parser v2 only · comment on 3.1 that …"""
    noun = clause.noun("note")
    if not noun and not clause.has_verb("note"):
        return None
    said = text(clause)
    clause.has_verb("note", "add", "set", "have", "attach")
    clause.use(*(c for c in clause.all("mood") if c.value in ("leave", "said")))
    naming(clause)
    plainly(clause)
    on = want_items(clause, ("task",), preps=(*OBJECT, "to", "in"))
    clause.noun("task", "tasks")
    if not said:
        raise Unclear(f"What shall the note on {on[0].id} say?", hint=f"Say: note on {on[0].id}: its text")
    return [Command("add_note", {"items": on, "text": said})]


@meaning
def criteria(clause: Clause) -> list[Command] | None:
    """add a criterion to 3.1: builds on Windows · criterion 2 of 3.1 is met"""
    met_words = any("meet" in c.kinds["verb"] and c.head in ("met", "satisfied", "fulfilled") for c in clause.all("verb"))
    noun = clause.noun("criterion")
    if not noun and not (met_words and clause.all("text")):
        return None
    naming(clause)
    said = text(clause)
    item = one(clause, ("task",), preps=(*OBJECT, "to", "in"))
    number = clause.first("number") or next((c for c in clause.chunks if c.text in NUMBERS and NUMBERS[c.text] > 0), None)
    met, unmet = clause.has_verb("meet"), clause.has_verb("unmeet", "untick")
    state = status(clause)
    met, unmet = met or state == "complete", unmet or state == "pending"
    clause.use(number, *clause.all("quantifier"), *(c for c in clause.chunks if c.text == "back"))
    clause.has_verb("set", "add", "have")
    plainly(clause)
    clause.noun("task")
    if met or unmet:
        which: dict[str, object] = {"criterion": NUMBERS.get(number.text) or int(number.text)} if number else {"criterion": said} if said else {}
        return [Command("unmeet_criterion" if unmet else "meet_criterion", {"item": item, **which})]
    if not said:
        raise Unclear(f"What is the criterion of {item.id}?", hint=f"Say: add criterion to {item.id}: its text")
    return [Command("add_criterion", {"item": item, "text": said})]


# --- the tool itself ------------------------------------------------------------------------------------------------------


@meaning
def undo(clause: Clause) -> list[Command] | None:
    """undo my last change · undo the last 3 changes · redo"""
    change = next((c for c in clause.all("noun", "verb") if c.may_be("noun", "change")), None)
    undone = change is not None and any(c.text in ("undone", "reverted") for c in clause.chunks)
    last = change is not None and any(c.text in ("last", "latest", "previous", "my") for c in clause.chunks) and clause.has_verb("cancel", "delete")
    what = any(c.text in ("undid", "undone") for c in clause.chunks) and clause.has_verb("redo", "reopen", "pend", "set", "show")
    name = "redo" if clause.has_verb("redo") or what or (undone and clause.has_verb("set", "delete", "pend")) else "undo" if clause.has_verb("undo") or last else ""
    clause.use(change if name else None)
    if not name or clause.refs("task", "subtask", "phase", "evidence"):
        return None
    clause.noun("change", "tasks", "task")
    clause.use(clause.first("pronoun"), *(c for c in clause.all("person") if c.text in ("my", "i", "we")))
    clause.use(*(c for c in clause.chunks if c.text in ("last", "latest", "previous", "most recent", "recent", "most", "did", "what", "back", "in", "reverted", "undone", "step")))
    number = clause.first("number") or next((c for c in clause.chunks if c.text in NUMBERS or c.text in ("twice", "thrice")), None)
    clause.use(number, *(c for c in clause.chunks if c.text in ("times", "undid", "undone", "just", "did")))
    if name == "redo" or any(c.text in ("undid", "undone") for c in clause.chunks):
        name = "redo"
        clause.has_verb("undo")
    count = {"twice": 2, "thrice": 3}.get(number.text) or NUMBERS.get(number.text) or int(number.text) if number else 0
    return [Command(name, {"count": count} if count > 0 else {})]


@meaning
def import_plan(clause: Clause) -> list[Command] | None:
    """import plan.md as roadmap"""
    if not clause.has_verb("import"):
        return None
    texts = [c for c in clause.all("text") if c.value] + [c for c in clause.all("unknown") if c.prep == "as"]
    texts = texts or clause.all("unknown")
    clause.use(*(c for c in clause.chunks if c.text in ("source", "tasks", "from")), clause.first("pronoun"))
    clause.has_verb("rename", "add")
    if not texts:
        raise Unclear("Which file shall be imported?", hint="Say: import plan.md as roadmap")
    clause.use(*texts[:2])
    clause.noun("tracker", "file", "page")
    named_as = [c for c in clause.chunks if c.kind in ("unknown", "noun", "text") and c.start >= texts[-1].start and c is not texts[0]]
    clause.use(*named_as)
    name = texts[1] if len(texts) > 1 else None
    path = clause.world.raw(texts[0].start, texts[0].end).strip("\"'“”")
    return [Command("import", {"path": path} | ({"as": clause.world.raw(name.start, named_as[-1].end).strip("\"'“”")} if name else {}))]


# --- one clause -----------------------------------------------------------------------------------------------------------


def commands_of(clause: Clause) -> list[Command]:
    """The commands that explain every word of a clause. Raises Unclear with the best account of why not."""
    worst: Unclear | None = None
    left: list[Chunk] | None = None
    for read in MEANINGS:
        clause.used.clear()
        clause.needs.clear()
        try:
            found = read(clause)
        except Unclear as unclear:
            if worst is None or (worst.outcome == "clarify" and unclear.outcome != "clarify"):
                worst = unclear
            continue
        if found and not clause.leftover:
            return found
        if found and (left is None or len(clause.leftover) < len(left)):
            left = clause.leftover
    clause.needs.clear()
    raise worst or not_understood(clause, left or [])


def not_understood(clause: Clause, left: list[Chunk]) -> Unclear:
    words = [clause.world.raw(c.start, c.end) for c in left if c.text]
    dates = [c for c in left if c.kind == "date"]
    refs = [ref.id for c in clause.all("ref") for ref in c.value.refs]
    if dates and refs:
        return Unclear("That is about a day, so no status was changed.", hint=f"For the due date, say: {refs[0]} is due on {dates[0].value}")
    values = [c for c in left or clause.all("unknown") if c.kind == "unknown" and c.prep in ("to", "as")]
    if values and clause.may_verb("set"):
        said = clause.world.raw(values[0].start, values[0].end)
        if clause.field("priority"):
            return Unclear(f"“{said}” is no priority; nothing was changed.", hint="Priorities: low, medium, high, critical.")
        return Unclear(f"“{said}” is no status; nothing was changed.", hint="Statuses: pending, in progress, blocked, complete, deferred, cancelled.")
    if words:
        return Unclear(f"I do not understand “{' '.join(words)}” here; nothing was changed.")
    return Unclear("I do not understand that; nothing was changed.")
