"""What a clause means: every meaning is tried in order, and one counts only if it explains every word.

A meaning is a function of a clause that returns commands, or None when the clause says something else. It uses the
chunks it understands; a chunk that is left over means that it did not understand. A new one is a function and its name
in the tuple at the end of its file.
"""

from __future__ import annotations

from domain.language.reading import Unclear

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from domain.commands.table import Command
    from domain.language.clauses import Clause
    from domain.language.grammar import Chunk

    Meaning = Callable[[Clause], "list[Command] | None"]


def meanings() -> Iterator[Meaning]:
    """In the order in which they are tried; a file is loaded when those before it did not understand."""
    from domain.language import statuses

    yield from statuses.MEANINGS
    from domain.language import fields

    yield from fields.MEANINGS
    from domain.language import making

    yield from making.MEANINGS
    from domain.language import records

    yield from records.MEANINGS


def commands_of(clause: Clause) -> list[Command]:
    """The commands that explain every word of a clause. Raises Unclear with the best account of why not."""
    worst: Unclear | None = None
    left: list[Chunk] | None = None
    for read in meanings():
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
    words = [clause.world.raw(c.start, c.end) for c in left or clause.all("unknown") if c.text]
    dates = [c for c in left if c.kind == "date"]
    refs = [ref.id for c in clause.all("ref") for ref in c.value.refs]
    if dates and refs:
        return Unclear(
            "That is about a day, so no status was changed.",
            hint=f"For the due date, say: {refs[0]} is due on {dates[0].value}",
        )
    values = [c for c in left or clause.all("unknown") if c.kind == "unknown" and c.prep in ("to", "as")]
    if values and clause.may_verb("set"):
        said = clause.world.raw(values[0].start, values[0].end)
        if clause.field("priority"):
            return Unclear(
                f"“{said}” is no priority; nothing was changed.", hint="Priorities: low, medium, high, critical."
            )
        return Unclear(
            f"“{said}” is no status; nothing was changed.",
            hint="Statuses: pending, in progress, blocked, complete, deferred, cancelled.",
        )
    if words:
        return Unclear(f"I do not understand “{' '.join(words)}” here; nothing was changed.")
    return Unclear("I do not understand that; nothing was changed.")
