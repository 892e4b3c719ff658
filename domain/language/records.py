"""Clauses about dependencies, evidence, notes, criteria, and about undoing and importing."""

from __future__ import annotations

from domain.commands.table import Command, Ref
from domain.language.clauses import Clause
from domain.language.lexicon import NUMBERS
from domain.language.reading import Contradiction, NotDone, Unclear
from domain.language.slots import (
    OBJECT,
    items,
    named,
    naming,
    one,
    plainly,
    shown,
    status,
    text,
    unnamed,
    want_items,
    whoever,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.language.grammar import Chunk


# --- dependencies ---------------------------------------------------------------------------------------------------


def dependencies(clause: Clause) -> list[Command] | None:
    """4.4 should depend on 4.3 · remove 4.3's dependency on 4.1 · make 4.4 wait for 4.3"""
    noun = clause.noun("dependency")
    depends = clause.has_verb("depend", "link")
    gone = clause.has_verb("unlink") or (
        noun and (clause.may_verb("delete", "clear") or any(c.value == "no" for c in clause.all("mood")))
    )
    if not (noun or depends or gone) or clause.all("text"):
        return None
    clause.has_verb("set", "add", "delete", "clear", "have", "unlink", "own", "move", "block", "reorder")
    clause.use(
        *(c for c in clause.all("mood") if c.value == "should"),
        *clause.all("quantifier"),
        *(c for c in clause.chunks if c.text in ("first", "beforehand")),
    )
    plainly(clause, "no")
    subject, on = _dependent(clause, noun)
    clause.noun("task", "tasks")
    if not subject:
        raise unnamed(clause, "task")
    if not on and gone:
        return [Command("remove_dependency", {"items": subject})]
    if not on:
        raise Unclear(
            f"On what shall {subject[0].id} depend?",
            hint=f"Say: {subject[0].id} depends on 2.1",
            candidates=shown(clause, subject),
        )
    if {ref.id for ref in subject} & {ref.id for ref in on}:
        raise Contradiction("A task cannot depend on itself; nothing was changed.", hint="Name two different tasks.")
    return [Command("remove_dependency" if gone else "add_dependency", {"items": subject, "on": on})]


def _dependent(clause: Clause, noun: Chunk | None) -> tuple[tuple[Ref, ...], tuple[Ref, ...]]:
    """(who waits, for whom): told apart by the prepositions, else by the order."""
    chunks = clause.refs("task")
    if pair := next((c for c in chunks if c.prep == "between"), None):
        both = named(clause, pair)
        return both[:1], both[1:]
    timed = next((c for c in chunks if c.prep in ("before", "after")), None)
    if timed is not None and noun is not None and len(chunks) == 2:
        return _in_time(clause, timed, next(c for c in chunks if c is not timed))
    if noun is not None and len(chunks) == 2 and not chunks[0].prep and chunks[1].prep in ("of", "for"):
        return named(clause, chunks[1]), named(clause, chunks[0])  # "4.3 is a prerequisite of 4.4"
    on = [c for c in chunks if c.prep == "on"]
    if noun is not None and not on:
        on = [c for c in chunks if c.prep not in ("from", "of", "for", "")]
    heads = [c for c in chunks if c not in on]
    if not on and len(heads) == 2:
        heads, on = heads[:1], heads[1:]
    elif not heads and noun is not None:
        heads, on = on, []
    subject = tuple(ref for c in heads for ref in named(clause, c))
    others = tuple(ref for c in on for ref in named(clause, c))
    return subject or items(clause, ("task",)), others


def _in_time(clause: Clause, timed: Chunk, other: Chunk) -> tuple[tuple[Ref, ...], tuple[Ref, ...]]:
    """ "6.1 before 6.4": 6.4 waits for 6.1; "2.5 not before 2.1": 2.5 waits for 2.1."""
    clause.has_verb("complete", "start")
    clause.use(*clause.all("status"))
    waits, on = (timed, other) if timed.prep == "before" and not clause.denied else (other, timed)
    return named(clause, waits), named(clause, on)


# --- evidence, notes, criteria --------------------------------------------------------------------------------------


def attach_evidence(clause: Clause) -> list[Command] | None:
    """attach evidence to 2.2: draft.docx · log "41 passed" as evidence for 5.3"""
    noun = clause.noun("evidence")
    attach = [c for c in clause.all("verb") if c.head in ("attach", "attached", "attaching", "upload", "uploaded")]
    noun = noun or (clause.noun("output") if clause.may_verb("attach") and clause.all("text") else None)
    if not noun and clause.noun("note"):
        return None
    if (not noun and not attach) or (clause.may_verb("verify", "delete") and not attach and not clause.all("text")):
        return None
    clause.has_verb("attach", "add", "set", "have", "work")
    plainly(clause)
    naming(clause)
    content = text(clause)
    kind = _evidence_kind(clause, content or "") | ran(content or "")
    item = one(clause, ("task",), preps=(*OBJECT, "to", "as", "in"))
    clause.noun("task")
    clause.noun("evidence")
    if not content:
        raise Unclear(
            f"What is the evidence for {item.id}?",
            hint=f"Say: attach evidence to {item.id}: a file, an output or a note",
        )
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


def ran(content: str) -> dict[str, object]:
    """ran `make test`, exit code 0: the command, and how it ended, where both are plainly said."""
    head, _, tail = content.rpartition("exit")
    code = tail.lower().removeprefix("ed").strip(" :=)").removeprefix("code").removeprefix("with").strip(" :=).,")
    said = head.strip(" ,;(").removesuffix("with").strip(" ,;(")
    words = said.split(" ", 1)
    if not code.isdecimal() or len(code) > 3 or not said:
        return {}
    command = words[1] if words[0].lower() in ("ran", "run", "running") and len(words) > 1 else said
    quoted = command.strip().strip("`\"'")
    return {"type": "command_output", "command": quoted, "exit_code": int(code)} if quoted else {}


def _is_path(content: str) -> bool:
    tail = content.rpartition(".")[2]
    return " " not in content and ("/" in content or (content != tail and tail.isalnum() and len(tail) <= 5))


def verify_evidence(clause: Clause) -> list[Command] | None:
    """verify evidence for 5.3 · E2 is verified"""
    noun = clause.noun("evidence")
    item = items(clause, ("evidence",)) or (items(clause, ("task",), (*OBJECT, "in", "to")) if noun else ())
    if not clause.has_verb("verify") or not item:
        return None
    plainly(clause)
    clause.has_verb("set", "have", "attach")
    whoever(clause)
    clause.use(*clause.all("quantifier"))
    return [Command("verify_evidence", {"item": each}) for each in item]


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


def criteria(clause: Clause) -> list[Command] | None:
    """add a criterion to 3.1: builds on Windows · criterion 2 of 3.1 is met"""
    met_words = any(
        c.kinds["verb"].keys() & {"meet", "unmeet"} and c.head in ("met", "satisfied", "fulfilled", "unmet")
        for c in clause.all("verb")
    )
    noun = clause.noun("criterion")
    if not noun and not (met_words and clause.all("text")):
        return None
    naming(clause)
    said = text(clause)
    item = one(clause, ("task",), preps=(*OBJECT, "to", "in"))
    number = clause.first("number") or next((c for c in clause.chunks if NUMBERS.get(c.text, 0) > 0), None)
    met, unmet = clause.has_verb("meet"), clause.has_verb("unmeet", "untick")
    state = status(clause)
    met, unmet = met or state == "complete", unmet or state == "pending"
    clause.use(number, *clause.all("quantifier"), *(c for c in clause.chunks if c.text == "back"))
    clause.has_verb("set", "add", "have")
    plainly(clause)
    clause.noun("task")
    if met or unmet:
        which: dict[str, object] = (
            {"criterion": NUMBERS.get(number.text) or int(number.text)}
            if number
            else {"criterion": said}
            if said
            else {}
        )
        return [Command("unmeet_criterion" if unmet else "meet_criterion", {"item": item, **which})]
    if not said:
        raise Unclear(f"What is the criterion of {item.id}?", hint=f"Say: add criterion to {item.id}: its text")
    return [Command("add_criterion", {"item": item, "text": said})]


# --- the tool itself ------------------------------------------------------------------------------------------------


def undo(clause: Clause) -> list[Command] | None:
    """undo my last change · undo the last 3 changes · redo"""
    change = next((c for c in clause.all("noun", "verb") if c.may_be("noun", "change")), None)
    undone = change is not None and any(c.text in ("undone", "reverted") for c in clause.chunks)
    last = (
        change is not None
        and any(c.text in ("last", "latest", "previous", "my") for c in clause.chunks)
        and clause.has_verb("cancel", "delete")
    )
    what = any(c.text in ("undid", "undone") for c in clause.chunks) and clause.has_verb(
        "redo", "reopen", "pend", "set", "show"
    )
    name = (
        "redo"
        if clause.has_verb("redo") or what or (undone and clause.has_verb("set", "delete", "pend"))
        else "undo"
        if clause.has_verb("undo") or last
        else ""
    )
    clause.use(change if name else None)
    if (
        not name
        or clause.refs("task", "subtask", "phase", "evidence")
        or any(c.may_be("noun", "page") for c in clause.chunks)
    ):
        return None
    clause.noun("change", "tasks", "task")
    clause.use(clause.first("pronoun"), *(c for c in clause.all("person") if c.text in ("my", "i", "we")))
    clause.use(
        *(
            c
            for c in clause.chunks
            if c.text
            in (
                "last",
                "latest",
                "previous",
                "most recent",
                "recent",
                "most",
                "did",
                "what",
                "back",
                "in",
                "reverted",
                "undone",
                "step",
            )
        )
    )
    number = clause.first("number") or next(
        (c for c in clause.chunks if NUMBERS.get(c.text, 0) > 0 or c.text in ("twice", "thrice")), None
    )
    clause.use(number, *(c for c in clause.chunks if c.text in ("times", "undid", "undone", "just", "did")))
    if name == "redo" or any(c.text in ("undid", "undone") for c in clause.chunks):
        name = "redo"
        clause.has_verb("undo")
    plainly(clause)
    if number is not None and any(chunk.text in ("-", "−") for chunk in clause.chunks):
        raise NotDone("Changes are counted from 1; nothing was changed.", hint="Say: undo the last 2")
    count = {"twice": 2, "thrice": 3}.get(number.text) or NUMBERS.get(number.text) or int(number.text) if number else -1
    return [Command(name, {"count": count} if count >= 0 else {})]


def import_plan(clause: Clause) -> list[Command] | None:
    """import plan.md as roadmap"""
    sure = any(c.head in ("import", "importing", "imported", "ingest") for c in clause.all("verb"))
    if not clause.has_verb("import") or not (sure or any(_is_path(str(c.value)) for c in clause.all("text"))):
        return None
    naming(clause)
    texts = [c for c in clause.all("text") if c.value] + [
        c for c in clause.all("unknown") if c.prep == "as" or clause.may_verb("rename")
    ]
    texts = sorted(texts, key=lambda c: c.start)
    texts = texts or clause.all("unknown")
    clause.use(
        *(c for c in clause.chunks if c.text in ("source", "tasks", "from", "contents", "content")),
        clause.first("pronoun"),
    )
    clause.has_verb("rename", "add")
    if not texts:
        raise Unclear("Which file shall be imported?", hint="Say: import plan.md as roadmap")
    clause.use(*texts[:2])
    clause.use(*(c for c in clause.all("noun") if any(c.may_be("noun", name) for name in ("tracker", "file", "page"))))
    named_as = [
        c
        for c in clause.chunks
        if c.start >= texts[-1].start and c.kind != "sign" and c is not texts[0] and len(texts) > 1
    ]
    clause.use(*named_as)
    name = texts[1] if len(texts) > 1 else None
    path = clause.world.raw(texts[0].start, texts[0].end).strip("\"'“”")
    return [
        Command(
            "import",
            {"path": path} | ({"as": clause.world.raw(name.start, named_as[-1].end).strip("\"'“”")} if name else {}),
        )
    ]


MEANINGS = (
    dependencies,
    attach_evidence,
    verify_evidence,
    add_note,
    criteria,
    undo,
    import_plan,
)
