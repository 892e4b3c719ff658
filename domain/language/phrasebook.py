"""A command that the grammar has never heard of is still understood, by its phrases in the command table."""

from __future__ import annotations

from domain.commands import COMMANDS
from domain.commands.table import Command
from domain.language.circuits import COURTESY
from domain.language.references import read as items_at
from domain.language.tokens import Token, tokenise
from domain.language.wording import SENTENCES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.commands.table import Ref, Spec
    from domain.language.grammar import World

    Filled = list[tuple[str, object]]  # (sort of word, what it says), in the order of the sentence

KINDS_OF = {  # sort of word -> the kinds of slot that it may fill
    "items": ("items", "item", "task", "phase"),
    "text": ("text", "texts", "value"),
    "number": ("number",),
    "person": ("person",),
}


def read(tokens: list[Token], world: World) -> list[Command] | None:
    """The new command whose phrase these tokens repeat, with other ids, names, numbers and quoted texts."""
    pattern, filled = _pattern(tokens, world)
    for spec in COMMANDS.values():
        if spec.name in SENTENCES:  # the grammar knows it, and better
            continue
        for phrase in spec.phrases:
            if _pattern(tokenise(phrase), world)[0] == pattern:
                return _command(spec, filled)
    return None


def _pattern(tokens: list[Token], world: World) -> tuple[list[str], Filled]:
    """The words in order, with a sort in place of every id, quoted text, number and name."""
    pattern: list[str] = []
    filled: Filled = []
    at = 0
    while at < len(tokens):
        token, step = tokens[at], items_at(tokens, at, world.tracker, True)
        sort, value = _sort(token, world)
        if step:
            sort, value = "items", step[1].refs
        if sort:
            filled.append((sort, value))
        if sort or (token.kind != "sign" and token.text not in COURTESY):
            pattern.append(f"<{sort}>" if sort else token.text)
        at += step[0] if step else 1
    return pattern, filled


def _sort(token: Token, world: World) -> tuple[str, object]:
    if token.kind == "quoted":
        return "text", token.text
    if token.kind == "number":
        return "number", int(token.text[:9])
    if token.text.lstrip("@") in world.people:
        return "person", world.people[token.text.lstrip("@")]
    return "", None


def _command(spec: Spec, filled: Filled) -> list[Command] | None:
    slots: dict[str, object] = {}
    free = list(spec.slots)
    for sort, value in filled:
        slot = next((slot for slot in free if slot.kind in KINDS_OF[sort]), None)
        if slot is None or value == ():
            return None
        free.remove(slot)
        slots[slot.name] = _as(slot.kind, value)
    return None if any(slot.required for slot in free) else [Command(spec.name, slots)]


def _as(kind: str, value: object) -> object:
    refs: tuple[Ref, ...] = value if isinstance(value, tuple) else ()
    if refs and kind != "items":
        return refs[0]
    return (value,) if kind == "texts" else value
