"""Clauses about the status of tasks, and about the boxes of subtasks."""

from __future__ import annotations

from domain.commands.table import Command, Ref
from domain.language.clauses import Clause
from domain.language.reading import Contradiction, Unclear
from domain.language.references import subtasks_of
from domain.language.slots import (
    OBJECT,
    items,
    plainly,
    reason,
    scope,
    scope_words,
    status,
    status_senses,
    taken_from,
    told_by,
    unnamed,
    want_items,
    whoever,
)


def set_status(clause: Clause) -> list[Command] | None:
    """complete 2.2 · 3.4 has shipped · status of 1.1 should be done · block 5.5 since the auditor is away"""
    if clause.may_verb("delete") and taken_from(clause):
        return None
    value = status(clause)
    found = items(clause, ("task", "subtask"), (*OBJECT, "from")) if value else ()
    boxes = any(c.may_be("noun", "subtasks") for c in clause.all("noun")) and not any(
        ref.kind == "subtask" for ref in found
    )
    if value is None or boxes or (not found and scope_words(clause)):
        return None
    if not found:
        raise unnamed(clause, "task")
    clause.has_verb("set", "have", "tick", "untick", "work", "own", "move", "assign", "reorder")
    not_one_by_another(clause)
    clause.use(*(c for c in clause.all("quantifier") if c.text in ("all", "both", "each", "every")))
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
    """ "4.3 blocks 4.4" says something of the two together: that is asked back."""
    for verb in clause.all("verb"):
        at = clause.chunks.index(verb)
        sides = [
            [c for c in part if c.kind == "ref" and not c.prep]
            for part in (clause.chunks[:at], clause.chunks[at + 1 :])
        ]
        if all(sides) and status_senses(verb):
            one_side, other = sides[0][0].text, sides[1][0].text
            raise Contradiction(
                f"What shall {verb.text} mean between {one_side} and {other}?",
                hint=f"Say “{other} depends on {one_side}”, or “block {other} because of {one_side}”.",
            )


def obliged(clause: Clause) -> None:
    """5.3 should be done: an opinion. Status of 5.3 should be done, 5.3 should be marked done: orders."""
    should = [c for c in clause.all("mood") if c.value == "should"]
    ordered = any(c.may_be("field") for c in clause.chunks) or any(
        "set" in c.kinds["verb"] or "move" in c.kinds["verb"] for c in clause.all("verb")
    )
    if should and not ordered:
        clause.needs.add("should")
    clause.use(*should)


def unfinished(clause: Clause, value: str) -> None:
    """ "finishing 5.3" and "finish 5.3 by Friday" do not say that it is done."""
    for verb in clause.all("verb"):
        if (
            "ing" in verb.kinds["verb"].values()
            and value == "complete"
            and "complete" in verb.kinds["verb"]
            and verb.text not in ("closing", "marking")
        ):
            clause.needs.add("will")


def past_date(clause: Clause) -> None:
    """ "we finished 3.5 on Friday": the day adds nothing. Not behind an order, where it would be a plan."""
    told = any("ed" in c.kinds["verb"].values() for c in clause.all("verb")) or any(
        c.kind == "mood" and c.value in ("be", "have") for c in clause.chunks
    )
    if told:
        clause.use(
            *(
                c
                for c in clause.all("date")
                if c.prep in ("on", "") and (str(c.value) <= clause.world.given.now[:10] or c.text.endswith("day"))
            )
        )


def _by_kind(found: tuple[Ref, ...]) -> tuple[tuple[Ref, ...], tuple[Ref, ...]]:
    return tuple(r for r in found if r.kind == "subtask"), tuple(r for r in found if r.kind != "subtask")


def _tick(found: tuple[Ref, ...], value: str) -> Command:
    if value not in ("complete", "pending", "in_progress"):
        raise Contradiction(
            f"{found[0].id} is a subtask: it can only be checked or unchecked.",
            hint=f"Say “check {found[0].id}”, or name its task.",
        )
    return Command("check" if value == "complete" else "uncheck", {"items": found})


def bulk_set_status(clause: Clause) -> list[Command] | None:
    """mark the entire phase 6 complete · cancel all blocked tasks · everything in phase 1 is finished"""
    if any(c.may_be("noun", "subtasks") or c.may_be("noun", "trackers") for c in clause.chunks):
        return None
    value = status(clause)
    scopes = scope(clause) if value else None
    if value is None or not scopes:
        return None
    clause.has_verb("set", "have", "work", "own", "tick")
    clause.use(*clause.all("quantifier"))
    obliged(clause)
    unfinished(clause, value)
    told_by(clause)
    plainly(clause)
    clause.field("status")
    clause.use(clause.first("pronoun") if clause.refs("phase") else None)
    more = reason(clause) | ({"except": tuple(clause.spared)} if clause.spared else {})
    clause.spared_by_scope = True
    return [Command("bulk_set_status", {"scope": each, "status": value, **more}) for each in scopes]


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
    found = items(clause, ("subtask",), (*OBJECT, "from", "to"))
    ticks = any(c.head in ("tick", "check", "untick", "uncheck") for c in clause.all("verb"))
    everything = clause.first("quantifier") if ticks and any(c.prep == "in" for c in clause.refs("task")) else None
    whole = clause.noun("subtasks") or everything or (clause.first("quantifier") and clause.noun("subtask"))
    if not found and whole:
        tasks = want_items(clause, ("task",), preps=(*OBJECT, "in", "under"))
        found = tuple(sub for task in tasks for sub in subtasks_of(task, clause.world.tracker))
        clause.use(*clause.all("quantifier"))
        if not found:
            raise Unclear(
                f"{tasks[0].id} has no subtasks.", hint="Add one: add subtask to " + tasks[0].id + ": its title"
            )
    if not found:
        return None
    clause.noun("subtask", "subtasks", "task", "list")
    clause.has_verb("set", "have")
    obliged(clause)
    whoever(clause)
    plainly(clause)
    return [Command(name, {"items": found})]


MEANINGS = (
    set_status,
    bulk_set_status,
    check,
)
