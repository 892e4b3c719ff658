"""Chunks become clauses: what is said of which items, with exceptions, pronouns and left-out words filled in."""

# a line of words is easier to read, and to add to, than a list

from __future__ import annotations

from domain.language.references import Named

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.commands.table import Ref
    from domain.language.grammar import Chunk, World

BREAKING = (",", ";", "-", "–", ":", ".", "&", "+")
SPEAKING_OF = ("ref", "person", "pronoun", "quantifier", "text", "unknown", "field", "noun")


class Clause:
    """One thing said: its chunks, and which of them a meaning has used so far."""

    def __init__(self, chunks: list[Chunk], world: World) -> None:
        self.chunks = chunks
        self.world = world
        self.used: set[int] = set()
        self.spared: list[Ref] = []
        self.before: Clause | None = None
        self.lent: tuple[Ref, ...] = ()
        self.spared_by_scope = False
        self.so = any(c.kind == "join" and c.text == "so" for c in chunks[:2])  # it draws a conclusion
        self.mute = False  # it only says why
        self.made = 0  # how many commands it was read as
        self.denied = False  # "cannot be done before"
        self.said: frozenset[str] = frozenset()  # every word of its sentence, fillers too
        self.needs: set[str] = set()

    # finding (and using) chunks

    @property
    def opening(self) -> Chunk | None:
        """Its first chunk that is no joining word."""
        return next((c for c in self.chunks if c.kind not in ("sign", "join")), None)

    def all(self, *kinds: str) -> list[Chunk]:
        return [c for c in self.chunks if c.kind in kinds]

    def first(self, *kinds: str) -> Chunk | None:
        return next((c for c in self.chunks if c.kind in kinds), None)

    def use(self, *chunks: Chunk | None) -> None:
        for chunk in chunks:
            if chunk is not None:
                self.used.add(id(chunk))

    def has_verb(self, *names: str) -> bool:
        """Whether a verb of the clause may mean one of these; it is used then."""
        found = [c for c in self.all("verb") if c.kinds["verb"].keys() & {*names}]
        self.use(*found)
        return bool(found)

    def may_verb(self, *names: str) -> bool:
        return any(c.kinds["verb"].keys() & {*names} for c in self.all("verb"))

    def noun(self, *names: str) -> Chunk | None:
        """A noun (or a word that may be one) of these; it is used then."""
        for c in self.chunks:
            here = c.kind in ("noun", "field") or (c.the and c.kind in ("status", "verb"))
            if here and any(c.may_be("noun", name) for name in names):
                self.use(c)
                return c
        return None

    def field(self, name: str) -> Chunk | None:
        for c in self.chunks:
            if c.kind in ("field", "noun") and c.may_be("field", name):
                self.use(c)
                return c
        return None

    def refs(self, *kinds: str) -> list[Chunk]:
        """Chunks that name items of these kinds (all, if none is given)."""
        found = []
        for c in self.all("ref"):
            named: Named = c.value
            if not kinds or not named.refs or all(ref.kind in kinds for ref in named.refs):
                found.append(c)
        return found

    @property
    def leftover(self) -> list[Chunk]:
        silent = ("sign", "join", "past", "now")
        return [c for c in self.chunks if id(c) not in self.used and c.kind not in silent and c.text not in ("i", "we")]

    @property
    def words(self) -> set[str]:
        return {word for c in self.chunks for word in c.text.split()}


def split(chunks: list[Chunk], world: World) -> list[Clause]:
    """The clauses of a sentence, in order."""
    parts: list[list[Chunk]] = [[]]
    for at, here in enumerate(chunks):
        if (
            _is_break(here)
            and (_whole(parts[-1]) or _order_of_it(chunks, at + 1))
            and _begins(chunks, at + 1, parts[-1])
        ):
            parts.append([here])
            continue
        if _excepts(chunks, at) and _whole(parts[-1]):
            parts.append([])
        if here.kind == "verb" and "base" in here.kinds["verb"].values() and _finished(parts[-1]) and not here.the:
            parts.append([])
        parts[-1].append(here)
    return [Clause(part, world) for part in parts if any(c.kind not in ("sign", "join", "past", "now") for c in part)]


def _order_of_it(chunks: list[Chunk], at: int) -> bool:
    """ "…, block it": a plain verb and a pronoun."""
    here = [c for c in chunks[at : at + 3] if not _is_break(c)]
    return len(here) > 1 and here[0].kind == "verb" and here[0].form == "base" and here[1].kind == "pronoun"


def _excepts(chunks: list[Chunk], at: int) -> bool:
    """Whether an exception begins here: except 2.3 · not 2.3 · without 2.3 · leave 2.3 alone."""
    here, after = chunks[at], chunks[at + 1] if at + 1 < len(chunks) else None
    if here.kind == "except":
        return not (at and chunks[at - 1].kind == "except")
    if here.kind != "mood" or here.value not in ("not", "without", "leave"):
        return False
    if here.value == "without" and after is not None:
        return True
    return after is not None and after.kind == "ref" and not (at and chunks[at - 1].kind in ("mood", "except"))


def _is_break(here: Chunk) -> bool:
    return here.kind == "join" or (here.kind == "sign" and here.value in BREAKING)


def _places(part: list[Chunk]) -> bool:
    return any(c.kind == "ref" for c in part)


def _whole(part: list[Chunk]) -> bool:
    """Whether a clause may end here: it has a verb, or says something of something."""
    return any(c.kind in ("verb", "status", "priority", "mood", "date", "except", "text", "field") for c in part)


def _finished(part: list[Chunk]) -> bool:
    """Whether nothing is missing, so that a verb here begins the next clause without a joining word."""
    if not part or part[-1].kind in ("join", "sign") or part[-1].kind in ("mood", "prep", "except", "quantifier"):
        return False
    named = any(c.kind in ("ref", "pronoun") for c in part)
    return (
        named
        and any(c.kind == "status" or (c.kind == "verb" and "base" not in c.kinds["verb"].values()) for c in part)
        and part[-1].kind in ("status", "reason", "ref")
    )


def _begins(chunks: list[Chunk], at: int, part: list[Chunk]) -> bool:
    """Whether what follows says something of its own, and is not one more item of a list."""
    while at < len(chunks) and _is_break(chunks[at]):
        at += 1
    end = next(
        (
            i
            for i in range(at, len(chunks))
            if chunks[i].kind == "join" or (chunks[i].kind == "sign" and chunks[i].value == ",")
        ),
        len(chunks),
    )
    rest = [c for c in chunks[at:end] if c.kind not in ("past", "now")]
    if not rest:
        return False
    if (
        any(c.kind == "verb" and "add" in c.kinds["verb"] for c in part)
        and any(c.kind == "text" for c in [*part, *rest])
        and not any(c.kind == "ref" and c.value.refs and c.value.refs[0].kind == "task" for c in part)
    ):
        return (
            rest[0].kind in ("except", "pronoun")
            or (
                rest[0].kind in ("text", "noun")
                and any(c.kind == "text" for c in rest)
                and _places(part)
                and _places(rest)
            )
            or (rest[0].kind == "verb" and rest[0].form == "base" and not rest[0].may_be("field"))
        )
    if (
        not _places(part)
        and rest[0].kind in ("noun", "unknown", "text", "priority")
        and any(c.kind == "verb" for c in part)
    ):
        return False  # "add the labels api and docs to 4.2"
    if rest[0].kind in ("verb", "except") or (
        rest[0].kind == "mood" and rest[0].value in ("not", "without", "leave", "no", "what")
    ):
        return True
    if rest[0].kind == "mood" and rest[0].value in ("be", "have", "should", "do"):
        return True
    if rest[0].kind in ("field", "priority", "date", "person", "status", "text", "noun"):
        says = any(
            c.kind in ("status", "priority", "date", "person", "text", "ref") or (c.kind == "mood" and c.value == "be")
            for c in rest[0:]
        )
        return says and rest[0].kind in ("field", "noun", "person", "text") and len(rest) > 1
    return rest[0].kind in SPEAKING_OF and any(
        c.kind in ("verb", "status", "mood", "priority", "date") or c.prep == "to" for c in rest[1:]
    )


UNDONE = ("incomplete", "unfinished")


def negated(clause: Clause) -> bool:
    """Whether a clause says what not to do, or what to leave out."""
    for at, here in enumerate(clause.chunks):
        if here.kind == "except" and at == 0:
            return True
        if (
            here.kind == "status"
            and (here.text.startswith("not") or (here.text in UNDONE and at and clause.chunks[at - 1].value == "be"))
            and here.value == "pending"
            and here.prep not in ("as", "to")
        ):
            return True
        if here.kind == "verb" and here.text.startswith("not ") and here.prep not in ("as", "to"):
            return True
        if here.kind != "mood" or here.value not in ("not", "without", "leave", "no"):
            continue
        after = clause.chunks[at + 1] if at + 1 < len(clause.chunks) else None
        if here.value == "leave" and (
            (after is not None and after.may_be("noun", "note"))
            or any(c.value == "deferred" for c in clause.all("status"))
        ):
            continue
        if here.value == "no" and after is not None and (after.may_be("field") or after.may_be("noun", "dependency")):
            continue
        return True
    return False


def orders(clause: Clause) -> bool:
    """Whether a clause begins with the plain form of a verb."""
    first = next((c for c in clause.chunks if c.kind not in ("sign", "join")), None)
    return first is not None and first.kind == "verb" and first.form == "base"
