"""Clauses about what a task carries: owner, due date, priority, estimate, description, labels."""

# a line of words is easier to read, and to add to, than a list

from __future__ import annotations

from domain.commands.table import Command
from domain.language.clauses import Clause
from domain.language.reading import Contradiction, Unclear
from domain.language.slots import (
    ANY,
    OBJECT,
    POSITIONS,
    items,
    plainly,
    reason,
    scope_words,
    status,
    status_senses,
    text,
    unnamed,
    want_items,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.language.grammar import Chunk


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
        raise Unclear(
            "A field is changed task by task.",
            hint="Name the tasks by their ids: 2.3, 2.4 and 3.1, or a range 2.1–2.4.",
        )
    wide = {"assignee", "description"} & found.keys() or None in found.values()
    on = want_items(clause, ("task",), preps=(*OBJECT, "from", "in", "to") if wide else (*OBJECT, "from"))
    clause.has_verb(
        "set",
        "assign",
        "have",
        "raise",
        "schedule",
        "estimate",
        "own",
        "belong",
        "describe",
        "clear",
        "unassign",
        "reorder",
        "move",
        "depend",
        "add",
        "delete",
        "work",
    )
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
    if (
        clause.has_verb("unassign")
        and not any(c.prep == "to" for c in people)
        and (people or any("unassign" in c.kinds["verb"] and len(c.kinds["verb"]) == 1 for c in clause.all("verb")))
    ):
        clause.use(*people)
        return {"assignee": None}
    taken = (
        people
        and not owns
        and clause.may_verb("delete", "unassign", "clear")
        and all(c.prep == "" for c in people)
        and any(c.prep == "from" for c in clause.refs("task"))
    )
    unowned = any(c.text == "unassigned" for c in people)
    if taken or unowned:
        clause.has_verb("delete", "unassign", "clear")
        clause.use(*people)
        return {"assignee": None}
    if (
        field
        and clause.may_verb("clear", "delete", "unassign")
        and not any(c.prep == "to" for c in people)
        and not owns
    ):
        clause.use(*people)
        return {"assignee": None}
    if field and any(c.value == "no" or c.text == "without" for c in clause.all("mood")):
        return {"assignee": None}
    assigns = clause.may_verb("assign")
    hands = any(
        "assign" in c.kinds["verb"] and ("set" not in c.kinds["verb"] or c.head in ("give", "assign"))
        for c in clause.all("verb")
    )
    stands_for = not clause.all("verb") and (
        any(c.text in ("gets", "got", "get") for c in clause.all("mood"))
        or any(c.prep == "for" for c in people)
        or any(c.prep == "on" for c in clause.refs("task"))
    )
    if people and (
        assigns
        or stands_for
        or any(c.text[0] == "@" for c in people)
        or field
        or owns
        or any(c.prep == "to" for c in people)
        or _possessed(clause)
    ):
        giver = [
            c
            for c in people
            if len(people) > 1
            and (c.text in ("i", "we") or (c.prep == "from" and any(p.prep != "from" for p in people)))
        ]
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
    return (last.value == "'s" or last.text == "mine") and any(
        c.kind == "mood" and c.value == "be" for c in clause.chunks
    )


def _stranger(clause: Clause) -> Chunk | None:
    """A word in the place of a name that is nobody's name."""
    unknown = clause.all("unknown")
    behind_to = [c for c in unknown if c.prep in ("to", "for", "as", "with")]
    place = behind_to or (
        [c for c in unknown if c.prep == ""] if clause.field("assignee") or clause.may_verb("own", "belong") else []
    )
    if (
        clause.all("status")
        or clause.all("priority")
        or clause.all("date")
        or len(unknown) > 2
        or not clause.all("ref", "pronoun")
    ):
        return None
    return place[0] if place and place[0].text.lstrip("@").replace("-", "").isalpha() else None


def _known(clause: Clause, chunk: Chunk) -> str:
    world = clause.world
    if world.given.people:
        names = ", ".join(world.given.people[:6])
        raise Contradiction(
            f"Nobody here is called “{world.raw(chunk.start, chunk.end)}”; nothing was changed.",
            hint=f"The people of this project: {names}.",
        )
    at = clause.chunks.index(chunk)
    more = [c for c in clause.chunks[at + 1 : at + 2] if c.kind == "unknown"]
    clause.use(chunk, *more)
    return world.raw(chunk.start, (more or [chunk])[-1].end).lstrip("@")


def due(clause: Clause) -> dict[str, object]:
    field = clause.field("due")
    plans = clause.may_verb("schedule")
    date = next(
        (
            c
            for c in clause.all("date")
            if c.prep in ("", "by", "on", "to", "until", "for", "as", "at", "in", "of", "before", "from")
        ),
        None,
    )
    if date is not None and date.prep == "from":
        date = None
    acts = any(
        status_senses(c) and not c.kinds["verb"].keys() & {"schedule", "set"} for c in clause.all("verb")
    ) or bool(clause.all("status"))
    if (
        field
        and date is None
        and (clause.may_verb("clear", "delete", "unassign") or any(c.value == "no" for c in clause.all("mood")))
    ):
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
    clause.has_verb("estimate", "own", "depend")
    return {"estimate": length.value}


def description(clause: Clause) -> dict[str, object]:
    if not clause.field("description") and not (clause.has_verb("describe") and clause.all("text")):
        return {}
    said = text(clause)
    if said is None:
        return {"description": None} if clause.may_verb("clear", "delete") else {}
    return {"description": said}


def labels(clause: Clause) -> list[Command] | None:
    """label 3.1 api · tag 3.1 with api and docs · remove the label api from 3.1 · set the labels of 3.1 to api, docs"""
    word = clause.field("labels")
    if not clause.refs() and not clause.all("pronoun") and any(c.may_be("noun", "tasks") for c in clause.all("noun")):
        return None
    if not word and not any(
        c.may_be("verb", "label") or c.may_be("verb", "unlabel")
        for c in clause.chunks
        if c.head not in ("mark", "flag", "marked", "flagged")
    ):
        return None
    on = items(clause, ("task",), (*OBJECT, "to", "from"))
    replaces = clause.has_verb("replace")
    removes = clause.has_verb("unlabel") or (word is not None and clause.may_verb("clear", "delete"))
    sets = (
        word is not None
        and clause.may_verb("set")
        and not clause.may_verb("add")
        and any(c.prep in ("to", "as") for c in clause.all("unknown", "text", "status", "priority", "noun"))
    )
    clause.has_verb("label", "add", "set", "clear", "delete", "have", "unassign")
    values = _label_words(clause, word)
    clause.use(*(c for c in clause.chunks if c.may_be("field", "labels") or c.may_be("verb", "label")))
    plainly(clause, "should")
    if not on:
        raise unnamed(clause, "task")
    clause.noun("task", "tasks")
    clause.use(*clause.all("quantifier"))
    if not values:
        return [Command("set_field", {"items": on, "field": "labels", "value": None})] if removes else None
    mode = {"mode": "remove"} if removes else {"mode": "set"} if sets or replaces else {}
    return [Command("set_field", {"items": on, "field": "labels", "value": tuple(values), **mode})]


LABEL_KINDS = ("unknown", "text", "status", "priority", "noun", "number")


def _label_words(clause: Clause, word: Chunk | None) -> list[str]:
    at = next(
        i
        for i, c in enumerate(clause.chunks)
        if c is word or (word is None and (c.may_be("verb", "label") or c.may_be("verb", "unlabel")))
    )
    behind = [
        c
        for c in clause.chunks[at + 1 :]
        if id(c) not in clause.used and (c.kind in LABEL_KINDS or (c.kind == "verb" and c.prep in ("as", "with")))
    ]
    before = [c for c in clause.chunks[max(0, at - 1) : at] if id(c) not in clause.used and c.kind == "unknown"]
    found = behind or (before if word is not None else [])
    clause.use(*found)
    raw = [clause.world.raw(c.start, c.end).strip("\"'“”#") for c in found]
    return [label for words in raw for label in words.replace(",", " ").split() if label not in ("and", "task")]


MEANINGS = (
    attributes,
    labels,
)
