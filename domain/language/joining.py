"""Several things said in one sentence: what they lend each other, leave out, and where they contradict."""

from __future__ import annotations

from domain.commands.table import Command, Ref
from domain.language.clauses import Clause, negated, orders
from domain.language.meanings import commands_of
from domain.language.reading import Contradiction, Unclear
from domain.language.slots import missing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.language.grammar import Chunk


def denied_statement(clause: Clause, parts: list[Clause]) -> bool:
    """ "5.3 is not done after all, uncheck it": a statement that only says why; the order comes behind it."""
    at = parts.index(clause)
    if "mean" in clause.words and at + 1 < len(parts):
        return orders(parts[at + 1]) and not negated(parts[at + 1])
    states = clause.chunks[0].kind in ("ref", "noun", "unknown") and any(
        c.kind == "mood" and c.value == "be" for c in clause.chunks
    )
    later = parts[at + 1 : at + 2]
    return states and bool(later) and orders(later[0]) and bool(later[0].first("pronoun")) and not negated(later[0])


def dependency_follows(clause: Clause, parts: list[Clause]) -> bool:
    """ "2.5 cannot be done before 2.1: make them its dependencies"."""
    at = parts.index(clause)
    later = parts[at + 1 : at + 2]
    return (
        bool(later)
        and orders(later[0])
        and any(c.may_be("noun", "dependency") for c in later[0].chunks)
        and any(c.prep in ("before", "after") for c in clause.all("ref"))
    )


def refs_of(chunk: Chunk, clause: Clause) -> tuple[Ref, ...]:
    if chunk.value.missing:
        raise missing(chunk.value.missing, clause)
    refs: tuple[Ref, ...] = chunk.value.refs
    return refs


def explains(clause: Clause, later: list[Clause]) -> bool:
    """ "the welcome sign can go, erase it": why, in words that need no understanding; what to do comes behind it.

    Only where the order says `it`, or the two are joined by `so`.
    """
    if (
        not later
        or orders(clause)
        or any(c.kind == "mood" and c.value in ("maybe", "said", "if", "not") for c in clause.chunks)
    ):
        return False
    return orders(later[0]) and bool(later[0].first("pronoun") or later[0].so)


def with_what_stands_before(clause: Clause, commands: list[Command]) -> list[Command] | None:
    """6.1 must be finished before 6.4, add that as a dependency: the order takes what it needs from the statement."""
    if clause.before is None or not orders(clause) or not clause.first("pronoun") or clause.all("ref"):
        return None
    told = [c for c in clause.before.chunks if c.kind not in ("mood", "unknown")]
    joined = Clause([*told, *(c for c in clause.chunks if c.kind != "pronoun")], clause.world)
    joined.denied = any(c.kind == "mood" and c.value == "not" for c in clause.before.chunks)
    try:
        return commands[: len(commands) - clause.before.made] + commands_of(joined)
    except Unclear:
        return None


def of_the_new_task(clause: Clause, commands: list[Command]) -> list[Command] | None:
    """ "… create "Answer the mailbox" and give it to bea": it is the task just made."""
    if not commands or commands[-1].name != "add_task" or not clause.first("pronoun") or clause.all("ref"):
        return None
    clause.lent, clause.before = (Ref("task", "new"),), None
    more: dict[str, object] = {}
    for command in commands_of(clause):
        if command.name == "set_field" and command.slots["field"] != "description":
            more[command.slots["field"]] = command.slots["value"]
        elif command.name == "set_status":
            more["status"] = command.slots["status"]
        else:
            return None
    return [*commands[:-1], Command("add_task", {**commands[-1].slots, **more})]


ECHOES = {
    "move": ("move", "reorder"),
    "rename": ("rename",),
    "assign": ("set_field",),
    "link": ("add_dependency",),
    "add": ("add_task", "add_subtask"),
    "set": ("set_field", "set_status"),
}


def echoes(clause: Clause, commands: list[Command]) -> bool:
    """ "task 1.5 should live in phase 2, move it": the second clause only says the first again."""
    if (
        not commands
        or clause.all("ref", "unknown", "text", "person", "date", "priority")
        or not clause.first("pronoun")
    ):
        return False
    states = [c.value for c in clause.all("status")]
    if states:
        return commands[-1].name == "bulk_set_status" and states == [commands[-1].slots["status"]]
    verbs = {verb for c in clause.all("verb") for verb in c.kinds["verb"]}
    return any(commands[-1].name in ECHOES.get(verb, ()) for verb in verbs)


def with_borrowed_verb(clause: Clause, unclear: Unclear) -> list[Command]:
    """ "move 2.3 to phase 3 and 2.4 to phase 4": the second clause takes the verb of the first."""
    lender = clause.before
    if lender is None or clause.all("verb") or not clause.all("ref", "text"):
        raise unclear
    borrowed = Clause(
        [
            *lender.all("verb"),
            *(c for c in lender.all("field", "noun") if not clause.all("field", "noun")),
            *clause.chunks,
        ],
        clause.world,
    )
    borrowed.before, borrowed.lent = lender, clause.lent
    try:
        return commands_of(borrowed)
    except Unclear:
        raise unclear from None


def spare(commands: list[Command], clause: Clause) -> list[Command]:
    """The commands without the items that the sentence excepts."""
    if not clause.spared or clause.spared_by_scope:
        return commands
    spared = {ref.id for ref in clause.spared}
    kept = []
    for command in commands:
        if "items" in command.slots:
            left = tuple(ref for ref in command.slots["items"] if ref.id not in spared)
            if not left:
                raise Contradiction("That says to do it and not to do it; nothing was changed.", hint="Say which one.")
            command = Command(command.name, {**command.slots, "items": left})
        kept.append(command)
    return kept


def agreed(commands: list[Command]) -> list[Command]:
    """The commands, said twice taken once. Raises Contradiction when two of them disagree about an item."""
    kept: list[Command] = []
    if any(_lives_on(a, b) for a in commands for b in commands):
        raise Contradiction("That deletes something and still changes it; nothing was changed.", hint="Say which one.")
    for command in commands:
        if command in kept:
            continue
        twin = next((k for k in kept if _clash(k, command)), None)
        if twin is None:
            kept.append(command)
        elif twin.slots.get("status", twin.slots.get("value", twin.name)) != command.slots.get(
            "status", command.slots.get("value", command.name)
        ):
            raise Contradiction(
                "That says two different things of the same item; nothing was changed.", hint="Say which one."
            )
        elif {r.id for r in twin.slots["items"]} != {r.id for r in command.slots["items"]}:
            kept.append(command)
    return kept


def _lives_on(a: Command, b: Command) -> bool:
    """Whether one command deletes what the other still speaks of."""
    if a.name != "delete" or "items" not in a.slots or b.name == "delete":
        return False
    gone = {ref.id for ref in a.slots["items"]}
    return any(
        isinstance(ref, Ref) and ref.id in gone
        for value in b.slots.values()
        for ref in (value if isinstance(value, tuple) else (value,))
    )


def _clash(a: Command, b: Command) -> bool:
    if (
        "items" not in a.slots
        or "items" not in b.slots
        or not {r.id for r in a.slots["items"]} & {r.id for r in b.slots["items"]}
    ):
        return False
    statuses = ("set_status", "check", "uncheck")
    if a.name in statuses and b.name in statuses:
        return True
    return a.name == b.name == "set_field" and a.slots["field"] == b.slots["field"] != "labels"


def said_of_the_last(clause: Clause, commands: list[Command]) -> list[Command] | None:
    """The commands so far, the last of them completed by what this clause says of it."""
    return of_the_new_task(clause, commands) or with_what_stands_before(clause, commands)


def only_says_why(clause: Clause, parts: list[Clause]) -> bool:
    """Whether a negated clause is no order: the order stands behind it."""
    return denied_statement(clause, parts) or dependency_follows(clause, parts)
