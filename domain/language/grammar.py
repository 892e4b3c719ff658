"""Tokens become chunks (a verb, a status, some items, a date …), and chunks become clauses: one thing said each."""

# a line of words is easier to read, and to add to, than a list

from __future__ import annotations

from domain.language import references
from domain.language.lexicon import DETERMINERS, NUMBERS, STATUS_OF, bases, look_up
from domain.language.reading import Impossible, Unclear
from domain.language.tokens import Token, tidy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from domain.language.reading import Given
    from domain.language.references import Named
    from domain.language.titles import Titles
    from domain.tracker import Tracker

ME = frozenset("i me my mine myself we us ourselves".split())
NOBODY = frozenset("nobody none noone unassigned anyone anybody".split())
HOURS = frozenset(
    (
        "h hr hrs hour hours d day days w week weeks wk m min mins minute minutes pt pts point points sp month months"
    ).split()
)
PARTICLES = frozenset("again off up down out back aside on in over away through forward across".split())
MOVING = frozenset(
    (
        "move rename assign depend link reorder set put shift transfer relocate bring send change switch "
        "dependency dependencies"
    ).split()
)
LABELLED = ("labelled", "labeled", "tagged", "priority")
ABBREVIATIONS = frozenset("i.e e.g ie eg etc vs approx".split())
PERSON_BEFORE = frozenset("to for by of from owner assignee make is = : with and , on".split())
DATE_BEGINNINGS = frozenset(
    "mon tue wed thu fri sat sun jan feb mar apr may jun jul aug sep oct nov dec tod tom ton tmr yes eod eow eom eoy "
    "end clo nex thi wee fir com las in wit day a an one two thr fou fiv six sev eig nin ten cou for".split()
)
DATE_BEFORE = frozenset("by due until till on to for before after since from is : in = as at of".split())


class World:
    """What a sentence is read against, and what was found on the way."""

    def __init__(self, text: str, tracker: Tracker | None, given: Given) -> None:
        self.text = text
        self.tracker = tracker
        self.given = given
        self.repairs: dict[str, str] = {}
        self.items: dict[int, Named] = {}  # what title words were found to name, by their place in the text
        self._titles: Titles | None = None
        self._people: dict[str, str] | None = None

    @property
    def today(self) -> int:
        from domain.language import dates

        return dates.day_of(self.given.now)

    @property
    def titles(self) -> Titles:
        """The titles of the tracker, looked at only when a sentence uses words of them."""
        if self._titles is None:
            from domain.language.titles import Titles

            assert self.tracker is not None
            self._titles = Titles(self.tracker)
        return self._titles

    @property
    def people(self) -> dict[str, str]:
        """Folded name -> name. Without a list: everybody who already owns a task."""
        if self._people is None:
            names = [*self.given.people, self.given.me]
            if not self.given.people and self.tracker:
                names += sorted({name for phase in self.tracker.phases for name in phase.tasks.distinct("assignee")})
            self._people = {name.casefold(): name for name in reversed(names)}
            firsts = [name.casefold().split()[0] for name in names if " " in name.strip()]
            self._people.update(
                {f: n for n in names for f in firsts if n.casefold().startswith(f + " ") and firsts.count(f) == 1}
            )
        return self._people

    def raw(self, start: int, end: int) -> str:
        return tidy(self.text[start:end])


class Chunk:
    """One or a few tokens that mean one thing. `kinds`: all they may mean; `kind`: what they mean here."""

    __slots__ = ("end", "form", "kind", "kinds", "plain", "prep", "start", "text", "the", "value")

    def __init__(
        self, kind: str, value: Any, tokens: list[Token], plain: bool = True
    ) -> None:  # a chunk holds items, names, dates
        self.kind = kind
        self.value = value
        self.kinds: dict[str, dict[str, str]] = {}
        self.text = " ".join(token.text for token in tokens)
        self.start, self.end = tokens[0].start, tokens[-1].end
        self.plain = plain
        self.prep = ""  # the preposition in front of it
        self.the = False  # whether an article stood in front of it
        self.form = ""

    @property
    def head(self) -> str:
        """The first word, empty for a text."""
        return self.text.partition(" ")[0]

    def may_be(self, kind: str, value: str | None = None) -> bool:
        return kind in self.kinds and (value is None or value in self.kinds[kind])

    def settle(self, kind: str) -> None:
        self.kind = kind
        self.value = next(iter(self.kinds[kind]))
        self.form = self.kinds[kind][self.value]

    def __repr__(self) -> str:
        prep = f"{self.prep}+" if self.prep else ""
        return f"{prep}{self.kind}:{self.text}" + (f"={self.value}" if self.kind not in ("unknown", "sign") else "")


# --- tokens to chunks -----------------------------------------------------------------------------------------------


def sentences(tokens: list[Token]) -> list[list[Token]]:
    """Cut at full stops, question marks, exclamation marks and line ends; the sign stays with its sentence."""
    found: list[list[Token]] = [[]]
    for at, token in enumerate(tokens):
        found[-1].append(token)
        if token.text == "." and at and tokens[at - 1].text in ABBREVIATIONS:
            found[-1].pop()
            continue
        if token.kind == "line" or (_ends_sentence(tokens, at) and not _lists_on(tokens, at)):
            found.append([])
    return [
        [t for t in part if t.kind != "line"] for part in found if any(t.kind not in ("sign", "line") for t in part)
    ]


def _ends_sentence(tokens: list[Token], at: int) -> bool:
    """A full stop, and no dot inside of something."""
    glued = at + 1 < len(tokens) and tokens[at + 1].start == tokens[at].end and tokens[at + 1].kind != "line"
    return tokens[at].kind == "sign" and tokens[at].text in ".?!;" and not glued


def _lists_on(tokens: list[Token], at: int) -> bool:
    """ "2.3; 2.4; 4.1": one list."""
    after = tokens[at + 1 : at + 3]
    alone = len(after) == 1 or (len(after) == 2 and after[1].kind in ("sign", "line"))
    return tokens[at].text == ";" and alone and after[0].kind == "id"


def opened(tokens: list[Token]) -> list[Token]:
    """Hyphens and underscores inside known words opened: in_progress, re-open, high-priority."""
    found: list[Token] = []
    for token in tokens:
        if token.kind == "word" and ("-" in token.text or "_" in token.text) and look_up([token.text], 0) is None:
            parts = token.text.replace("_", "-").split("-")
            joined = "".join(parts)
            if look_up([joined], 0) and len(parts[0]) < 4:
                parts = [joined]
            elif (
                "_" not in token.text
                and parts[-1] not in LABELLED
                and not look_up(parts, 0)
                and not all(look_up([part], 0) for part in parts)
            ):
                parts = [token.text]
            found += [Token("word", part, token.start, token.end) for part in parts]
        else:
            found.append(token)
    return found


def no_longer(tokens: list[Token]) -> list[Token]:
    """ "does not depend on 4.1 anymore" is "no longer depend on 4.1"."""
    words = [token.text for token in tokens]
    end = next(
        (i for i, w in enumerate(words) if w == "anymore" or words[i : i + 2] in (["any", "more"], ["any", "longer"])),
        None,
    )
    if end is None or "not" not in words[:end]:
        return tokens
    at = words.index("not")
    start = at - (at > 0 and words[at - 1] in ("do", "does", "did"))
    said = [Token("word", word, tokens[at].start, tokens[at].end) for word in ("no", "longer")]
    return [*tokens[:start], *said, *tokens[at + 1 : end], *tokens[end + 1 + (words[end] == "any") :]]


def chunk(tokens: list[Token], world: World) -> list[Chunk]:
    """The chunks of one sentence, each with what it means where it stands."""
    articled = {tokens[at + 1].start for at, token in enumerate(tokens[:-1]) if _is_article(token)}
    tokens = _together([token for token in tokens if not _is_article(token)])
    words = [token.text for token in tokens]
    found: list[Chunk] = []
    at = 0
    while at < len(tokens):
        size, made = _next_chunk(tokens, words, at, found, world)
        made.the = tokens[at].start in articled
        found.append(made)
        at += size
    return _settled(found)


def _is_article(token: Token) -> bool:
    return token.kind == "word" and token.text in DETERMINERS


def _together(tokens: list[Token]) -> list[Token]:
    """Verbs whose parts stand apart are brought together: "wrap 1.5 up" is "wrap up 1.5"."""
    for at in range(1, len(tokens)):
        if tokens[at].text not in PARTICLES or tokens[at].kind != "word":
            continue
        if (
            tokens[at].text == "in"
            and at + 1 < len(tokens)
            and tokens[at + 1].text in ("line", "sync", "step", "front")
        ):
            continue
        if tokens[at].text == "up" and at + 1 < len(tokens) and tokens[at + 1].text == "to":
            continue
        if (
            at + 1 < len(tokens)
            and (tokens[at + 1].kind in ("id", "number", "text") or tokens[at + 1].text in ("phase", "task"))
            and tokens[at].text in ("on", "in", "over")
        ):
            continue
        behind = [token.text for token in tokens[at : at + 3]]
        for start in range(at - 2, max(-1, at - 9), -1):
            here = look_up([tokens[start].text, *behind], 0) if tokens[start].kind == "word" else None
            if here and here.size > 1 and "verb" in here.kinds and _object_only(tokens[start + 1 : at]):
                moved = tokens[at : at + here.size - 1]
                tokens = [*tokens[: start + 1], *moved, *tokens[start + 1 : at], *tokens[at + here.size - 1 :]]
                break
    return tokens


def _object_only(tokens: list[Token]) -> bool:
    """Whether these tokens can be the object between a verb and its particle: no other verb, no preposition."""
    if not tokens:
        return False
    for token in tokens:
        here = look_up([token.text], 0) if token.kind == "word" else None
        if token.kind in ("text", "reason") or token.text in (":", "to", "by", "as", "then", "but"):
            return False
        if token.text in ("of", "'s"):
            continue
        if here and "noun" not in here.kinds and ("prep" in here.kinds or "mood" in here.kinds):
            return False
    return True


def _next_chunk(tokens: list[Token], words: list[str], at: int, before: list[Chunk], world: World) -> tuple[int, Chunk]:
    token = tokens[at]
    if token.kind == "text":
        return 1, Chunk(
            "text", world.raw(token.start, token.end).strip() if token.text == "" else tidy(token.text), [token]
        )
    if token.kind == "item":
        return 1, Chunk("ref", world.items[token.start], [token], False)
    if token.kind == "reason":
        return 1, Chunk("reason", world.raw(token.start, token.end), [token])
    for reader in (_duration, _items, _date, _lexical_before_person, _person, _lexical):
        found = reader(tokens, words, at, before, world)
        if found:
            return found
    if token.kind == "sign":
        return 1, Chunk("sign", token.text, [token])
    if token.kind == "code" and any(sign in token.text for sign in "./\\"):
        return 1, Chunk("text", world.raw(token.start, token.end), [token])
    if token.kind in ("number", "id"):
        return 1, Chunk("number", token.text, [token])
    return 1, Chunk("unknown", token.text, [token])


def _duration(
    tokens: list[Token], words: list[str], at: int, before: list[Chunk], world: World
) -> tuple[int, Chunk] | None:
    """3 days · 2.5h · 5 points; only where an estimate is spoken of."""
    takes = any(c.text in ("takes", "take", "took", "needs", "lasts") for c in before[-2:])
    if (
        not takes
        and not any(c.may_be("field", "estimate") or c.may_be("verb", "estimate") for c in before)
        and not {"estimate", "points", "effort"} & {*words}
    ):
        return None
    counted = tokens[at].kind in ("number", "id") or words[at] in NUMBERS or words[at] in ("half", "couple")
    if counted and at + 1 < len(words) and words[at + 1] in HOURS:
        return 2, Chunk("duration", world.raw(tokens[at].start, tokens[at + 1].end), tokens[at : at + 2])
    digits = words[at].rstrip("abcdefghijklmnopqrstuvwxyz")
    if (
        tokens[at].kind == "code"
        and digits
        and words[at][len(digits) :] in HOURS
        and digits.replace(".", "").isdecimal()
    ):
        return 1, Chunk("duration", world.raw(tokens[at].start, tokens[at].end), [tokens[at]])
    return None


def _items(
    tokens: list[Token], words: list[str], at: int, before: list[Chunk], world: World
) -> tuple[int, Chunk] | None:
    if words[at] in ("first", "last", "second") and before and before[-1].may_be("verb", "undo"):
        return None
    to_is_range = not any(_moves(c) for c in before if c.kind != "ref") or (at > 0 and words[at - 1] == "tasks")
    between = (
        at > 0
        and words[at - 1] == "between"
        and not any("dependenc" in c.text or c.head in ("link", "relation") for c in before)
    )
    found = references.read(tokens, at, world.tracker, to_is_range)
    if found and between:
        span = references.between(found[1], world.tracker)
        return found[0], Chunk("ref", span, tokens[at : at + found[0]], False)
    if found:
        return found[0], Chunk("ref", found[1], tokens[at : at + found[0]], found[1].plain)
    if tokens[at].kind == "code" and world.tracker and not any(sign in words[at] for sign in "./\\@"):
        labelled = references.by_label(words[at], world.tracker)
        if labelled and not (before and before[-1].text in ("label", "labels", "tag", "tags", "labelled", "tagged")):
            return 1, Chunk("ref", labelled, [tokens[at]], False)
    return None


def _moves(before: Chunk) -> bool:
    return before.head in MOVING or any(base in MOVING for base, _ in bases(before.head))


def _date(
    tokens: list[Token], words: list[str], at: int, before: list[Chunk], world: World
) -> tuple[int, Chunk] | None:
    if tokens[at].kind == "date" and _reads_two_ways(words[at]):
        raise Unclear(f"“{words[at]}” can be read in two ways.", hint="Write dates as year-month-day: 2026-03-12.")
    if words[at] in ("today", "yesterday") and not (at > 0 and words[at - 1] in DATE_BEFORE):
        return None
    if not _may_be_date(tokens[at], words[at]):
        return None
    from domain.language import dates

    try:
        found = dates.read(words, at, world.today)
    except dates.Impossible:
        raise Impossible(world.raw(tokens[at].start, tokens[min(at + 1, len(tokens) - 1)].end)) from None
    except ValueError:
        return None
    if found is None:
        return None
    plain = tokens[at].kind == "date"
    return found[0], Chunk("date", dates.iso(found[1]), tokens[at : at + found[0]], plain)


def _reads_two_ways(word: str) -> bool:
    """03/04/2026: a day in April or in March. 25/04/2026 can only be one day."""
    parts = word.split("/")
    return (
        len(parts) == 3
        and len(parts[2]) == 4
        and parts[0] != parts[1]
        and all(part.isdecimal() and 0 < int(part) <= 12 for part in parts[:2])
    )


def _may_be_date(token: Token, word: str) -> bool:
    """A cheap first look: a number, or the beginning of a day's or month's name, or a word that leads to one."""
    return token.kind in ("date", "number", "code") or word[:3] in DATE_BEGINNINGS


def _lexical_before_person(
    tokens: list[Token], words: list[str], at: int, before: list[Chunk], world: World
) -> tuple[int, Chunk] | None:
    """A name that is also a word (Mark, Will) is a name behind to, for, by, of, or before 's."""
    name = words[at].lstrip("@")
    if words[at] in ME and words[at] not in ("me", "myself"):
        return _lexical_long(tokens, words, at)
    if name in world.people and look_up(words, at) and words[at][0] != "@":
        named = (at > 0 and words[at - 1] in PERSON_BEFORE and before) or words[at + 1 : at + 2] == ["'s"]
        return None if named else _lexical(tokens, words, at, before, world)
    return _lexical_long(tokens, words, at)


def _lexical_long(tokens: list[Token], words: list[str], at: int) -> tuple[int, Chunk] | None:
    here = look_up(words, at) if tokens[at].kind == "word" else None
    return _lexical_chunk(tokens, at, here) if here and here.size > 1 else None


def _person(
    tokens: list[Token], words: list[str], at: int, before: list[Chunk], world: World
) -> tuple[int, Chunk] | None:
    word = words[at].lstrip("@")
    if tokens[at].kind not in ("word", "code") or not word:
        return None
    if word in ME:
        return 1, Chunk("person", world.given.me, [tokens[at]], word == "me")
    if word in NOBODY or words[at : at + 2] == ["no", "one"]:
        size = 2 if word == "no" else 1
        return size, Chunk("person", None, tokens[at : at + size])
    for size in (3, 2, 1):
        name = " ".join(words[at : at + size]).lstrip("@")
        if name in world.people and len(words) >= at + size:
            return size, Chunk("person", world.people[name], tokens[at : at + size])
    if words[at][0] == "@":
        return 1, Chunk("unknown", words[at], [tokens[at]])
    return None


def _lexical(
    tokens: list[Token], words: list[str], at: int, before: list[Chunk], world: World
) -> tuple[int, Chunk] | None:
    if tokens[at].kind not in ("word", "code", "number"):
        return None
    if words[at] == "'s":
        return 1, Chunk("sign", "'s", [tokens[at]])
    here = look_up(words, at)
    if here is None and words[at] in world.repairs:
        here = look_up([world.repairs[words[at]]], 0)
    return _lexical_chunk(tokens, at, here) if here else None


def _lexical_chunk(tokens: list[Token], at: int, here: Any) -> tuple[int, Chunk]:  # Senses
    made = Chunk("word", None, tokens[at : at + here.size], here.plain)
    made.kinds = here.kinds
    return here.size, made


# --- what a chunk means where it stands -----------------------------------------------------------------------------

ORDER = (
    "quantifier", "except", "know", "mood", "prep", "status", "priority", "field", "noun", "verb", "pronoun", "join",
    "past", "now", "filler",
)  # fmt: skip
_PREP_OF = {"in": "in", "to": "to", "on": "on", "of": "of", "for": "for", "with": "with", "from": "from"}
SILENT = ("filler", "past", "now")


def _settled(chunks: list[Chunk]) -> list[Chunk]:
    """Every chunk with one meaning; fillers gone, prepositions moved onto what they stand in front of."""
    for at, here in enumerate(chunks):
        if here.kinds:
            here.settle(_meant(chunks, at))
        elif here.text == "'s":
            here.kind, here.value = _apostrophe(chunks, at)
    chunks = [c for at, c in enumerate(chunks) if not _points_at_noun(chunks, at)]
    kept: list[Chunk] = []
    prep = ""
    for here in chunks:
        if here.kind == "prep":
            prep = str(here.value) if not prep or here.value != "of" else prep
            kept.append(here)
            continue
        if here.kind == "filler":
            continue
        if here.kind not in ("mood", "join", "sign", "quantifier"):
            here.prep, prep = prep, ""
        if here.kind == "verb":
            prep = _PREP_OF.get(here.text.rpartition(" ")[2], "") if " " in here.text else prep
        kept.append(here)
    return [here for here in kept if here.kind != "prep" or _stranded(kept, here)]


def _points_at_noun(chunks: list[Chunk], at: int) -> bool:
    """`this` in "delete this tracker" is an article."""
    after = chunks[at + 1] if at + 1 < len(chunks) else None
    return (
        chunks[at].kind == "pronoun"
        and chunks[at].text in ("this", "that")
        and after is not None
        and after.kind == "noun"
        and after.value in ("tracker", "page", "list", "change")
    )


def _stranded(chunks: list[Chunk], here: Chunk) -> bool:
    at = chunks.index(here)
    return at + 1 == len(chunks) or (chunks[at + 1].kind in ("join", "sign") and chunks[at + 1].value != "'s")


def _apostrophe(chunks: list[Chunk], at: int) -> tuple[str, str]:
    """`is` in "5.3's done" and "what's next", the owner's mark in "5.3's owner"."""
    before = chunks[at - 1] if at else None
    after = chunks[at + 1] if at + 1 < len(chunks) else None
    if before is None or before.kind in ("mood", "pronoun", "quantifier") or before.may_be("mood"):
        return "mood", "be"
    if after is None or after.may_be("noun") or after.may_be("field") or not _says_how_it_is(after):
        return "sign", "'s"
    behind = chunks[at + 2] if at + 2 < len(chunks) else None
    limits = behind is not None and behind.may_be("noun") and after.may_be("status")  # "sam's blocked tasks"
    return ("sign", "'s") if limits else ("mood", "be")


def _says_how_it_is(here: Chunk) -> bool:
    return here.may_be("status") or here.may_be("mood") or bool({"ed", "ing"} & {*here.kinds.get("verb", {}).values()})


def _meant(chunks: list[Chunk], at: int) -> str:
    """The one kind that a chunk has here."""
    here = chunks[at]
    kinds = here.kinds
    if len(kinds) == 1:
        return next(iter(kinds))
    before = _content_before(chunks, at)
    after = chunks[at + 1] if at + 1 < len(chunks) else None
    forms = {*kinds.get("verb", {}).values()}
    opening = _opens(chunks, at)
    if "mood" in kinds and "verb" in kinds:
        return _auxiliary_or_verb(chunks, at, opening)
    if "mood" in kinds and kinds["mood"].keys() & {"not", "if", "maybe", "will", "should", "said", "or"}:
        return "mood"
    if before is None and "filler" in kinds and "priority" in kinds:
        return "filler"  # "hi" greets, and is short for high
    if "join" in kinds and "mood" not in kinds and "noun" not in kinds and "verb" not in kinds:
        return "join"
    if opening and "status" in kinds and before is not None and before.value == ":" and after is None:
        return "status"
    if (
        "noun" in kinds
        and opening
        and after is not None
        and after.kinds.keys() == {"prep"}
        and "of" in after.kinds["prep"]
    ):
        return "noun"
    if opening and "base" in forms and not _noun_phrase_only(chunks, at):
        return "verb"
    if (
        "noun" in kinds
        and "verb" in kinds
        and "status" not in kinds
        and (
            here.the
            or (
                before
                and before.kind in ("prep", "verb", "priority", "quantifier", "field", "status")
                and "base" in forms | {"noun"}
            )
        )
    ):
        return (
            "noun" if not ("field" in kinds and before and before.kind == "verb" and "noun" not in kinds) else "field"
        )
    if "status" in kinds and "verb" in kinds:
        return _status_or_verb(chunks, at, before, after)
    if "status" in kinds and "noun" in kinds:
        as_status = before is not None and (
            before.kind in ("prep", "field") or (before.kind == "mood" and before.value == "be")
        )
        return "status" if as_status or (before and before.kind == "ref") else "noun"
    if "priority" in kinds and "status" in kinds:
        return "status"
    if "field" in kinds and "verb" in kinds:
        return "field" if here.the or before is None or before.kind != "mood" or "ed" not in forms else "verb"
    if "verb" in kinds and forms & {"ed", "ing", "s"} and "noun" not in kinds:
        return "verb"
    if (
        "noun" in kinds
        and "verb" in kinds
        and before is not None
        and before.kind in ("ref", "person", "mood")
        and forms & {"ed", "s"}
        and "base" not in forms
    ):
        return "verb" if before.kind != "sign" else "noun"
    return next(kind for kind in ORDER if kind in kinds)


def _auxiliary_or_verb(chunks: list[Chunk], at: int, opening: bool) -> str:
    """has, need, leave, want, do: an auxiliary, or the verb itself."""
    here = chunks[at]
    values = here.kinds["mood"]
    if values.keys() & {"not", "leave", "if", "maybe", "said", "will", "should"}:
        return "mood"
    after = next((c for c in chunks[at + 1 :] if not c.may_be("filler")), None)
    if "have" in values:
        if opening and after is not None and after.kind == "ref":
            return "mood"
        if after is not None and (
            after.may_be("status") or after.may_be("mood") or "ed" in after.kinds.get("verb", {}).values()
        ):
            return "mood"
        return "verb" if after is not None and not opening else "mood"
    return "mood"


def _status_or_verb(chunks: list[Chunk], at: int, before: Chunk | None, after: Chunk | None) -> str:
    here = chunks[at]
    if before is not None and (
        before.kind in ("prep", "ref", "text", "unknown", "sign", "field")
        or (before.kind == "mood" and before.value in ("be", "have"))
        or before.may_be("past")
    ):
        return "status" if before.kind != "person" else "verb"
    if after is not None and after.may_be("noun") and not after.may_be("verb") and not _opens(chunks, at):
        return "status"
    if before is not None and before.kind in ("verb", "quantifier", "noun", "pronoun", "priority"):
        return "status"
    forms = here.kinds["verb"].values()
    if not here.kinds["verb"].keys() & STATUS_OF.keys() and "base" not in forms:
        return "status"
    if before is None and after is not None and after.may_be("noun") and "base" not in forms:
        return "status"
    return "verb"


def _content_before(chunks: list[Chunk], at: int) -> Chunk | None:
    for index in range(at - 1, -1, -1):
        if chunks[index].kind not in SILENT:
            return chunks[index]
    return None


def _opens(chunks: list[Chunk], at: int) -> bool:
    """Whether a verb here begins its clause: nothing before it, or a joining word, `to`, a subject, an auxiliary."""
    before = _content_before(chunks, at)
    if (
        before is None
        or before.kind == "join"
        or (before.kind == "sign" and before.value in (",", ":", "-", "–", ".", ")"))
    ):
        return True
    if before.kind == "person" and before.text in ("i", "we"):
        return True
    if before.kind == "mood" and before.value in ("not", "do", "should", "will", "can", "maybe", "leave"):
        return True
    if before.kind == "mood" and before.value in ("what",) and before.text in ("how", "why"):
        return True
    if before.kind == "prep" and before.value == "to" and not before.prep:
        behind = _content_before(chunks, chunks.index(before))
        return behind is None or behind.kind == "mood"
    return before.kind == "reason"


def _noun_phrase_only(chunks: list[Chunk], at: int) -> bool:
    """open tasks · complete tasks: no order, when a plural noun follows that is no item."""
    here, after = chunks[at], chunks[at + 1] if at + 1 < len(chunks) else None
    return (
        "status" in here.kinds and after is not None and after.may_be("noun", "tasks") and here.text not in ("block",)
    )
