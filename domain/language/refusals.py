"""What people are told when a sentence changes nothing, and what they may say instead."""

from __future__ import annotations

from domain.language import mood
from domain.language.clauses import Clause
from domain.language.reading import NotDone, Reading, Unclear, Unnamed
from domain.language.references import labels_near
from domain.language.slots import missing, resembling
from domain.language.wording import canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.commands.table import Command
    from domain.language.attempt import Attempt
    from domain.language.grammar import Chunk

LONGEST_ID = 20
UNSURE = ("maybe", "if", "will", "said", "or", "should")


def not_now(attempt: Attempt, chunks: list[Chunk], why: str, found: list[Command] | None = None) -> NotDone:
    """The refusal that a mood brings, with the command that it would have been."""
    attempt.steps.append(f"mood: {why}")
    message, lead = mood.WHY_NOT[why]
    bad = tuple(id for c in chunks if c.kind == "ref" for id in c.value.missing)
    if bad:
        raise missing(bad, Clause(chunks, attempt.world))
    offer = found or _would_be(attempt, main(chunks, why))
    hint = f"{lead}, say: {' and '.join(map(canonical, offer))}" if offer and all(map(_harmless, offer)) else None
    error = NotDone(message, hint=hint, candidates=named_items(attempt, chunks))
    if why in UNSURE:
        error.outcome = "clarify"
    return error


def _harmless(command: Command) -> bool:
    """What deletes or changes many items at once is never served ready to paste."""
    return command.name != "delete" and "scope" not in command.slots


def _would_be(attempt: Attempt, chunks: list[Chunk]) -> list[Command]:
    bare = [
        c
        for c in chunks
        if c.kind not in ("mood", "person", "date") and not (c.kind == "status" and c.text.startswith("not"))
    ]
    if any(c.kind == "verb" and "delete" in c.kinds["verb"] for c in bare) or attempt.offering:
        return []
    attempt.offering = True
    try:
        return attempt.changes(bare)
    except Unclear:
        return []
    finally:
        attempt.offering = False


def main(chunks: list[Chunk], why: str) -> list[Chunk]:
    """What would be done: of a conditional sentence the part that is not the condition, of a choice nothing."""
    if why == "or":
        return []
    if why != "if":
        return chunks
    at = next((i for i, c in enumerate(chunks) if _conditions(c)), 0)
    if at:
        return chunks[:at]
    comma = next((i for i, c in enumerate(chunks) if c.kind == "sign" and c.value == ","), None)
    if comma is not None:
        return chunks[comma + 1 :]
    order = next((i for i, c in enumerate(chunks) if i > 1 and c.kind == "verb" and c.form == "base"), len(chunks))
    return chunks[order:]  # "if 1.1 is done complete 1.2"


def _conditions(chunk: Chunk) -> bool:
    return chunk.kind == "mood" and (chunk.may_be("mood", "if") or chunk.may_be("mood", "once"))


def named_items(attempt: Attempt, chunks: list[Chunk]) -> tuple[tuple[str, str], ...]:
    from domain.language.references import title_of

    refs = [ref for c in chunks if c.kind == "ref" for ref in c.value.refs]
    return tuple((ref.id, title_of(attempt.world.tracker, ref)) for ref in refs[:6])


def nothing_said() -> Reading:
    hint = 'Say what to do, for example "show progress" or "complete 2.3".'
    return Reading("clarify", message="You said nothing.", hint=hint)


def refusal(attempt: Attempt, unclear: Unclear) -> Reading:
    """The answer to a sentence that leads nowhere."""
    hint, candidates = unclear.hint, tuple(unclear.candidates)
    if isinstance(unclear, Unnamed) and isinstance(unclear.data, Clause) and (near := resembling(unclear.data)):
        words = " ".join(c.text for c in unclear.data.all("unknown"))
        again = "Say it again with the id."
        return Reading(unclear.outcome, message=f"Which one do you mean by “{words}”?", hint=again, candidates=near)
    if unclear.outcome == "clarify" and not candidates and (called := _original_id(attempt)):
        near = labels_near(called, attempt.world.tracker)
        hint = "Did you mean one of these?" if near else None
        return Reading(
            "not_found", message=f"No task is called {called}; nothing was changed.", hint=hint, candidates=near
        )
    if hint is None and unclear.outcome == "clarify":
        hint = _nearest(attempt)
    if not candidates:
        candidates = named_items(attempt, attempt.chunks)
    return Reading(unclear.outcome, message=unclear.message, hint=hint, candidates=candidates)


def _original_id(attempt: Attempt) -> str | None:
    """What looks like the id that a task bore elsewhere (`WORK-101`, `T012`), where only that was not understood."""
    unknown = [c for c in attempt.chunks if c.kind == "unknown"]
    if len(unknown) != 1 or any(c.kind == "ref" for c in attempt.chunks):
        return None
    text = unknown[0].text
    head, number = text.rstrip("0123456789"), text[len(text.rstrip("0123456789")) :]
    if not number or not head.rstrip("-_").isalpha() or len(text) > LONGEST_ID:
        return None
    return attempt.world.raw(unknown[0].start, unknown[0].end)


def _nearest(attempt: Attempt) -> str:
    from domain.language.suggestions import suggestions

    words = [word for c in attempt.chunks if c.kind != "ref" for word in c.text.split()]
    ids = [ref.id for c in attempt.chunks if c.kind == "ref" for ref in c.value.refs]
    near = suggestions(words, ids, attempt.world)
    return f"Did you mean: {' · '.join(near).rstrip('?')}?" if near else 'Say "help" to see what can be said.'


# --- step by step ---------------------------------------------------------------------------------------------------

SAID_AS = {
    "ref": "items",
    "mood": "auxiliary",
    "prep": "preposition",
    "unknown": "unknown word",
    "know": "asks to know",
}


def in_words(chunks: list[Chunk]) -> str:
    """verb: mark · items: task 1.2 · status: complete"""
    named = [f"{SAID_AS.get(c.kind, c.kind)}: {c.text or c.value}" for c in chunks if c.kind not in ("sign", "join")]
    return "read: " + " · ".join(named)


def result(reading: Reading) -> list[str]:
    lines = [f"{typed} was read as {meant}" for typed, meant in reading.repairs]
    if reading.outcome != "commands":
        return [*lines, f"{reading.outcome}: {reading.message}", *([reading.hint] if reading.hint else [])]
    return [*lines, *map(_command, reading.commands)]


def _command(command: Command) -> str:
    slots = [f"{name}: {_value(value)}" for name, value in command.plain()["slots"].items()]
    return f"command: {command.name}" + (f" ({', '.join(slots)})" if slots else "")


def _value(value: object) -> str:
    if isinstance(value, list):
        return " and ".join(map(str, value))
    return {None: "nobody or nothing", True: "yes"}.get(value, str(value)) if value in (None, True) else str(value)
