"""What a clause fills in: items, a status, a scope, people, texts; each function uses the chunks that it reads."""

from __future__ import annotations

from domain.commands.table import Ref
from domain.language.clauses import Clause
from domain.language.lexicon import ADJECTIVES, NAMING, STATUS_ALIASES, STATUS_OF, look_up
from domain.language.reading import Contradiction, Missing, Unclear, Unnamed
from domain.language.references import Named, nearest, title_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.language.grammar import Chunk

ANY = ("", "of", "on", "for", "in", "at", "from", "with", "to", "by", "as")
OBJECT = ("", "of", "on", "for", "at", "with", "about")
WORDS = {"in_progress": "in progress"}


POSITIONS = {
    "top": "first",
    "first": "first",
    "front": "first",
    "start": "first",
    "beginning": "first",
    "head": "first",
    "bottom": "last",
    "last": "last",
    "end": "last",
    "back": "last",
}


# --- slots ----------------------------------------------------------------------------------------------------------


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
    return Missing(
        f"There is no {listed}; nothing was changed.",
        hint="Did you mean one of these?" if near else None,
        candidates=near,
    )


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


def want_items(
    clause: Clause, kinds: tuple[str, ...], what: str = "task", preps: tuple[str, ...] = OBJECT
) -> tuple[Ref, ...]:
    found = items(clause, kinds, preps)
    if not found:
        raise unnamed(clause, what)
    return found


def unnamed(clause: Clause, what: str) -> Unclear:
    example = {"subtask": "2.3.1", "phase": "phase 3"}.get(what, "2.3")
    return Unnamed(f"Which {what} do you mean?", hint=f"Name it by its id, {example} for example.", data=clause)


def resembling(clause: Clause) -> tuple[tuple[str, str], ...]:
    """Items whose titles have some of the clause's unknown words."""
    if clause.world.tracker is None or not clause.all("unknown"):
        return ()
    from domain.language.titles import stem

    return clause.world.titles.similar([stem(c.text) for c in clause.all("unknown")])


def one(clause: Clause, kinds: tuple[str, ...], what: str = "task", preps: tuple[str, ...] = OBJECT) -> Ref:
    found = want_items(clause, kinds, what, preps)
    if len(found) > 1:
        raise Unclear(
            f"Only one {what} at a time here.",
            candidates=tuple((r.id, title_of(clause.world.tracker, r)) for r in found),
        )
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


def told_by(clause: Clause) -> None:
    """As `whoever`, beside a scope. Behind it a person would narrow it, so one left over there is asked about."""
    if any(c.value is None for c in clause.all("person")):
        raise Contradiction("You said nobody did, so nothing was changed.")
    scope = [at for at, c in enumerate(clause.chunks) if c.kind in ("quantifier", "noun", "ref")]
    subjects = [c for c in clause.chunks[: min(scope, default=0)] if c.kind == "person" and not c.prep]
    clause.use(*subjects, *(c for c in clause.all("person") if c.prep == "by"))


def plainly(clause: Clause, *moods: str) -> None:
    """Use the auxiliaries and what only introduces them."""
    clause.use(*(c for c in clause.all("mood") if c.value in ("be", "have", "do", *moods)))


# --- values ---------------------------------------------------------------------------------------------------------


def status(clause: Clause) -> str | None:
    """The status that the clause asks for. Raises Contradiction when it names two."""
    said = [
        c
        for c in clause.all("status")
        if not is_limit(clause, c) and c.prep != "from" and not (c.text in ADJECTIVES and not c.prep)
    ]
    clause.use(*said, *(c for c in clause.all("status") if c.prep == "from"))
    values = {STATUS_ALIASES.get(str(c.value), str(c.value)) for c in said}
    if "complete" in values and any(c.head in ("unmark", "untick", "uncheck") for c in clause.all("verb")):
        values = {*values - {"complete"}, "pending"}
        clause.has_verb("untick")
    verbs = [c for c in clause.all("verb") if status_senses(c)]
    strong = [
        c
        for c in verbs
        if not (c.kinds["verb"].keys() & {"set", "own"} and values)
        and not ("work" in c.kinds["verb"] and (values or len(verbs) > 1))
    ]
    clause.use(*verbs)
    by_verb = {status_senses(c)[0] for c in strong}
    if (
        values
        and by_verb - values
        and not (by_verb <= {"pending", "in_progress"} and values <= {"pending", "in_progress"})
    ):
        by_verb |= values
    elif values:
        by_verb = values
    if any(c.may_be("noun", "blocker") for c in clause.all("noun")) and (
        by_verb == {"complete"} or (not by_verb and clause.has_verb("clear", "delete", "move"))
    ):
        return "in_progress"  # the blocker is resolved, not the task
    if len(by_verb) > 1:
        both = " and ".join(sorted(WORDS.get(value, value) for value in by_verb))
        raise Contradiction(f"That says {both} at once; nothing was changed.", hint="Say which one.")
    return next(iter(by_verb), None)


def status_senses(chunk: Chunk) -> list[str]:
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
    if whole and any(status_senses(c) for c in clause.all("verb")):
        return True
    relative = at > 1 and clause.chunks[at - 1].kind == "mood" and clause.chunks[at - 2].text in ("that", "which")
    return relative or bool(before and before.kind == "pronoun" and before.text == "that")


def scope(clause: Clause, *, lenient: bool = False) -> list[str] | None:
    """The scopes of a bulk change, one for each phase named; None when the clause names no scope."""
    whole = clause.first("quantifier")
    phases = [c for c in clause.refs("phase") if c.value.refs or c.value.missing]
    plural = next((c for c in clause.all("noun") if c.may_be("noun", "tasks")), None)
    owners = (
        [c for c in clause.all("person") if c.prep in ("of", "to", "by", "for") or _owned(clause, c)]
        if (whole or plural)
        else []
    )
    limits = [c for c in clause.all("status") if is_limit(clause, c)]
    if not (whole or phases or (plural and (owners or limits))):
        return None
    if whole is None and plural is None and any(c.prep in ("to",) for c in phases):
        return None
    _of_another_day(clause)
    ranks = list(clause.all("priority")) if whole or plural else []
    labels = labels_named(clause) if whole or plural else []
    if not lenient or whole or plural:
        clause.use(*owners, *limits, *ranks, *clause.all("quantifier"))
    clause.use(
        *(
            c
            for c in clause.all("noun")
            if c.may_be("noun", "tasks")
            or c.may_be("noun", "task")
            or c.may_be("noun", "phase")
            or c.may_be("noun", "phases")
        )
    )
    clause.use(*(c for c in clause.all("field") if c.may_be("field", "priority") and ranks))
    if owners:
        clause.has_verb("assign", "own", "belong")
    if limits:
        clause.use(*(c for c in clause.chunks if c.text in ("that", "which", "are", "is")))
    narrow = [f"status:{STATUS_ALIASES.get(str(c.value), c.value)}" for c in limits]
    narrow += (
        [f"assignee:{c.value}" for c in owners]
        + [f"label:{label}" for label in labels]
        + [f"priority:{c.value}" for c in ranks]
    )
    refs = [ref for chunk in phases for ref in named(clause, chunk)]
    clause.use(*(c for c in clause.all("noun") if c.may_be("noun", "tracker")))
    if not refs:
        return ["+".join(narrow) or "all"]
    return ["+".join([f"phase:{ref.id}", *narrow]) for ref in refs]


def _of_another_day(clause: Clause) -> None:
    """all tasks from last week: a time that limits which tasks are meant is no time at which something was done."""
    times = [c for c in clause.all("past") if c.prep in ("from", "of", "for")]
    because = clause.first("reason")
    if times or (because is not None and is_past_time(str(because.value))):
        said = times[0].text if times else f"since {because.value}" if because else ""
        raise Unclear(f"I cannot tell which tasks are those of “{said}”; nothing was changed.", hint="Name them by id.")


def _owned(clause: Clause, chunk: Chunk) -> bool:
    """dana's tasks · everything dana owns · all that dana has · my tasks"""
    at = clause.chunks.index(chunk)
    after, later = (clause.chunks[i] if i < len(clause.chunks) else None for i in (at + 1, at + 2))
    if after is None:
        return False
    if after.value == "'s" or chunk.text == "my" or (after.kind == "verb" and "own" in after.kinds["verb"]):
        return True
    whole = bool(at) and clause.chunks[at - 1].kind in ("quantifier", "noun", "ref", "pronoun")
    does = later is not None and later.kind in ("verb", "status") and not later.prep  # "all that dana has finished"
    return whole and after.value == "have" and not does


def is_past_time(text: str) -> bool:
    words = text.casefold().split()
    here = look_up(words, 0) if words else None
    return words == ["yesterday"] or (here is not None and here.size == len(words) and "past" in here.kinds)


def labels_named(clause: Clause) -> list[str]:
    word = next((c for c in clause.chunks if c.may_be("field", "labels") or c.may_be("verb", "label")), None)
    if word is None:
        return []
    at = clause.chunks.index(word)
    found = [c for c in clause.chunks[at + 1 : at + 2] if c.kind in ("unknown", "text")]
    if not found and at and clause.chunks[at - 1].kind == "unknown":  # "outdoor-labelled tasks"
        found = [clause.chunks[at - 1]]
    clause.use(word, *found)
    return [clause.world.raw(c.start, c.end).strip("\"'“”")[: len(c.text) or None] for c in found]


def scope_words(clause: Clause) -> bool:
    return bool(
        clause.first("quantifier")
        or clause.refs("phase")
        or (clause.all("person") and any(c.may_be("noun", "tasks") for c in clause.all("noun")))
        or any(is_limit(clause, c) for c in clause.all("status"))
    )


def naming(clause: Clause) -> None:
    """`called`, `named`, `new`, in front of a title."""
    clause.use(
        *(
            c
            for c in clause.chunks
            if c.head in NAMING
            or c.text in ADJECTIVES
            or c.may_be("field", "title")
            or c.text in ("i", "we", "me", "us", "there")
            or (c.kind == "unknown" and c.prep == "for")
        )
    )
    clause.use(*(c for c in clause.all("mood") if c.value in ("be", "should")))


def taken_from(clause: Clause) -> list[Chunk]:
    """The plan or list that something is taken out of or off."""
    away = [c for c in clause.all("noun") if c.may_be("noun", "tracker") or c.may_be("noun", "list")]
    off = any(c.text.endswith("off") for c in clause.all("verb"))
    return away if all(c.prep in ("from", "of") or (off and not c.prep) for c in away) else []


def shown(clause: Clause, refs: tuple[Ref, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((ref.id, title_of(clause.world.tracker, ref)) for ref in refs)
