"""The mood of a sentence, before its meaning: only an order or a plain statement may change anything."""

# a line of words is easier to read, and to add to, than a list

from __future__ import annotations

from domain.language.reading import NotDone, Unclear

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.language.grammar import Chunk
    from domain.language.tokens import Token

ASKING_POLITELY = frozenset("could can would will may might".split())
SUBJECTS = ("ref", "person", "pronoun", "noun", "quantifier", "unknown", "text", "status", "priority", "field")

WHY_NOT = {
    "if": ("That depends on something, so nothing was changed.", "When it is so"),
    "will": ("That is about the future, so nothing was changed.", "When it happens"),
    "maybe": ("That sounds unsure, so nothing was changed.", "If it is so"),
    "said": ("That reports what somebody said, so nothing was changed.", "If it is so"),
    "or": ("That names a choice, so nothing was changed.", "Choose one"),
    "not": ("You said not to, so nothing was changed.", "To change something"),
    "should": ("That says what ought to be, so nothing was changed.", "If it is so"),
}

SHELL_SIGNS = frozenset("`$|<>\\\\{}")
SHELL_WORDS = frozenset("rm sudo curl wget chmod chown cat bash eval exec mkfs dd /etc/passwd".split())


def refuse_shell(tokens: Sequence[Token]) -> None:
    """Raise NotDone for shell syntax outside titles and notes, and for a quote that is never closed."""
    if any(token.kind == "sign" and token.text == '"' for token in tokens):
        raise Unclear("A quote is opened and never closed; nothing was changed.", hint="Close it, or leave it out.")
    for at, token in enumerate(tokens):
        if token.kind in ("text", "reason"):
            continue
        if token.text == ";" and not _separates(tokens, at):
            raise NotDone(
                "“;” looks like a shell command; wt runs none.",
                hint="Say it in words, one thing after another, joined by “and”.",
            )
        if token.kind in ("sign", "line") and (token.text in SHELL_SIGNS or _doubled(tokens, at) or _arrow(tokens, at)):
            raise NotDone(
                f"“{token.text}” looks like a shell command; wt runs none.",
                hint="Say it in words, one thing after another, joined by “and”.",
            )
        if (
            token.text in SHELL_WORDS and at + 1 < len(tokens) and tokens[at + 1].text in ("-", "/", "-rf")
        ) or token.text == "sudo":
            raise NotDone(f"“{token.text}” looks like a shell command; wt runs none.", hint="Say it in words.")


def _separates(tokens: Sequence[Token], at: int) -> bool:
    """A semicolon between two things said has a space behind it and none before it."""
    behind = at + 1 == len(tokens) or tokens[at + 1].start > tokens[at].end
    return behind and at > 0 and tokens[at - 1].end == tokens[at].start


def _doubled(tokens: Sequence[Token], at: int) -> bool:
    """`&&` and `--flag`."""
    follows = at + 1 < len(tokens) and tokens[at + 1].start == tokens[at].end
    if tokens[at].text == "&":
        return (follows and tokens[at + 1].text == "&") or at + 1 == len(tokens)
    return tokens[at].text == "-" and follows and tokens[at + 1].text == "-"


def _arrow(tokens: Sequence[Token], at: int) -> bool:
    return tokens[at].text in "<>|"


def is_question(chunks: list[Chunk], polite: bool) -> bool:
    """Whether these words ask. `polite`: they began with "could you", which asks for a deed."""
    said = [c for c in chunks if c.kind not in ("past", "now")]
    if not said:
        return False
    if any(c.kind == "know" for c in said):
        return True
    marked = said[-1].kind == "sign" and said[-1].value == "?"
    whole, said = said, [c for c in said if c.kind not in ("sign", "join")]
    if not said or (whole[0] is said[0] and _condition_first(whole)):
        return False
    if polite and said[0].kind == "verb":
        return False
    return marked or _begins_as_question(said)


def _begins_as_question(said: list[Chunk]) -> bool:
    first, second = said[0], said[1] if len(said) > 1 else None
    if first.text in ("any", "anything", "anybody"):
        return True
    if first.kind in ("mood", "noun") and first.may_be("mood", "what"):
        if not first.may_be("mood", "if"):
            return True
        return (
            second is not None
            and second.kind == "mood"
            and second.value in ("be", "do", "have", "will", "can", "maybe", "should")
        )
    if first.kind != "mood":
        return False
    if first.may_be("mood", "have"):
        return second is not None and second.kind in SUBJECTS and not _causative(said)
    if first.may_be("mood", "be"):
        return True
    if second is not None and second.text.startswith("not"):
        return False
    asks = (
        (first.may_be("mood", "do") and not (first.text == "do" and second is not None and second.kind == "ref"))
        or first.may_be("mood", "can")
        or first.text in ("should", "must", "will", "shall")
    )
    return asks and second is not None and second.kind in SUBJECTS


def _condition_first(said: list[Chunk]) -> bool:
    """should the officer agree, complete 1.4: a condition, and an order behind its comma."""
    comma = next((at for at, c in enumerate(said) if c.kind == "sign" and c.value == ","), len(said))
    return said[0].text == "should" and any(c.kind == "verb" and c.form == "base" for c in said[comma + 1 : comma + 2])


def _causative(said: list[Chunk]) -> bool:
    """have 2.2 set as complete: an order, unlike "have 2.2 and 2.3 been completed"."""
    verbs = [c for c in said[1:] if c.kind == "verb"]
    return (
        said[0].text == "have"
        and any("set" in v.kinds["verb"] or "assign" in v.kinds["verb"] or "move" in v.kinds["verb"] for v in verbs)
        and not any(c.text == "been" for c in said)
    )


def _says(chunks: list[Chunk], at: int) -> bool:
    """after 4.1 *is done*: what follows says something of it."""
    return at < len(chunks) and (
        chunks[at].kind in ("status", "verb") or (chunks[at].kind == "mood" and chunks[at].value in ("be", "have"))
    )


def doubt(chunks: list[Chunk]) -> str | None:
    """The mood that keeps these words from changing anything: a row of WHY_NOT, or None."""
    if chunks and chunks[0].kind == "mood" and _condition_first(chunks):
        return "if"
    for at, here in enumerate(chunks):
        if here.kind == "ref" and here.prep in ("after", "before", "until") and _says(chunks, at + 1):
            return "if"
        if here.kind != "mood":
            continue
        if here.may_be("mood", "once") and here.kind == "mood":
            return "if"
        for mood in ("if", "maybe", "said", "will", "or"):
            if here.value == mood or (
                mood in ("if", "maybe") and here.may_be("mood", mood) and here.value not in ("be", "have", "do")
            ):
                return mood
        if here.text in ("when", "whenever"):
            return "if"
    return None
