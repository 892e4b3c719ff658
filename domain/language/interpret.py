"""The story of a sentence: tokens, mood, clauses, meanings; then, if that fails, titles and typos."""

# a line of words is easier to read, and to add to, than a list

from __future__ import annotations

from domain.commands.table import Command, Ref, Word
from domain.language import clauses, mood
from domain.language.clauses import Clause
from domain.language.grammar import Chunk, Impossible, World, chunk, no_longer, opened, sentences
from domain.language.lexicon import look_up
from domain.language.meanings import commands_of
from domain.language.mood import NotDone
from domain.language.reading import Given, Reading, Unclear
from domain.language.slots import Contradiction, Missing, Unnamed, missing, resembling
from domain.language.texts import seal
from domain.language.tokens import Token, tokenise

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.tracker import Tracker

DANGLING = frozenset("because since as to the or if due reason".split())
READING_VERBS = frozenset("show list search sync regenerate validate health help suggest".split())
FINAL = (NotDone, Missing, Impossible)
SHOWING_VERBS = frozenset("show list search help suggest health".split())
TOOL_READS = frozenset("sync regenerate validate health help".split())
CHANGING = frozenset(("set_status", "bulk_set_status", "check", "uncheck", "set_field", "delete", "move"))
VAGUE_READS = frozenset("show_progress remaining blocked list next".split())
MOST_TOKENS, LONG_HEAD = 400, 60


def interpret(text: str, tracker: Tracker | None, given: Given) -> Reading:
    """Read one sentence (or several). Never raises for what people type, never guesses a change."""
    return Attempt(text, tracker, given).reading()


def explain(text: str, tracker: Tracker | None, given: Given) -> tuple[str, ...]:
    """The reading step by step, for people who wonder."""
    attempt = Attempt(text, tracker, given)
    reading = attempt.reading()
    return (*attempt.steps, *_result_lines(reading))


def _result_lines(reading: Reading) -> list[str]:
    lines = [f"{typed} was read as {meant}" for typed, meant in reading.repairs]
    if reading.outcome != "commands":
        return [*lines, f"{reading.outcome}: {reading.message}", *([reading.hint] if reading.hint else [])]
    return [*lines, *(f"command: {command.name} {command.plain()['slots']}" for command in reading.commands)]


class Attempt:
    """One text on its way to commands; remembers its steps and what went wrong first."""

    def __init__(self, text: str, tracker: Tracker | None, given: Given) -> None:
        self.text = text
        self.world = World(text, tracker, given)
        self.steps: list[str] = []
        self.plain = True
        self.offering = False  # whether a refused sentence is being read for what it would have been
        self.bare = False  # whether a bare noun phrase was read as a wish to see it
        self.unknown: set[int] = set()
        self.repaired: list[Command] = []
        self.chunks: list[Chunk] = []

    def reading(self) -> Reading:
        tokens = tokenise(self.text)
        self.steps.append("tokens: " + " ".join(token.text or "…" for token in tokens[:60]))
        if not any(token.kind != "sign" and token.kind != "line" for token in tokens):
            return Reading(
                "clarify",
                message="You said nothing.",
                hint='Say what to do, for example "show progress" or "complete 2.3".',
            )
        try:
            return self._understood(self._of_circuits() or self._tried(tokens))
        except Unclear as unclear:
            return self._refusal(unclear)

    def _of_circuits(self) -> list[Command] | None:
        low = self.text.casefold()
        if "circuit" not in low and "breaker" not in low:
            return None
        from domain.language import circuits

        found = circuits.read(self.text)
        return [found] if found else None

    def _tried(self, tokens: list[Token]) -> list[Command]:
        """As typed; else with titles; else with typos repaired; else with both."""
        try:
            found = self._commands(tokens)
            return self._by_title(tokens, found) if self.unknown and found[0].name in VAGUE_READS else found
        except FINAL:
            raise
        except Unclear as unclear:
            first = unclear
        single = len(self.unknown) == 1
        found_by: list[list[Command]] = []
        for way in (self._with_titles, self._with_repairs):
            try:
                other = way(tokens)
            except FINAL:
                raise
            except Unclear as unclear:
                first = unclear if unclear.candidates and not first.candidates else first
                continue
            if other:
                found_by.append(other)
            if other and not single:
                break
        if not found_by:
            from domain.language import phrasebook

            new = phrasebook.read(tokens, self.world)
            if new is None:
                raise first
            return new
        self.plain = False
        return self._one_of(found_by)

    def _one_of(self, found_by: list[list[Command]]) -> list[Command]:
        """A word that may be a title or a typo: reads are free to choose, changes are not."""
        if len(found_by) == 1 or found_by[0] == found_by[1]:
            if len(found_by) == 1 and found_by[0] != self.repaired:
                self.world.repairs = {}
            return found_by[0]
        if any(command.name in CHANGING for commands in found_by for command in commands):
            raise Unclear(
                "One word of that may be a title or a typo; nothing was changed.",
                hint="Say the id, or correct the word.",
            )
        return found_by[-1]

    def _by_title(self, tokens: list[Token], found: list[Command]) -> list[Command]:
        """A general question with words left over, perhaps those of a title: how is the opening weekend going?"""
        chunks = self.chunks
        try:
            return self._with_titles(tokens) or found
        except Unclear:
            self.chunks = chunks
            return found

    def _with_titles(self, tokens: list[Token]) -> list[Command] | None:
        from domain.language.titles import resolve

        changed = resolve(tokens, self.unknown, self.world)
        return self._commands(changed) if changed else None

    def _with_repairs(self, tokens: list[Token]) -> list[Command] | None:
        from domain.language.spelling import repairs

        typed = [t for t in opened(tokens) if t.start in self.unknown and t.text not in self.world.people]
        meant = repairs(t.text for t in typed)
        if not meant:
            return None
        self.world.repairs = meant
        mended = [
            Token("word", meant[t.text], t.start, t.end) if t.text in meant and t.start in self.unknown else t
            for t in opened(tokens)
        ]
        try:
            self.repaired = self._commands(mended)
        except FINAL:
            raise
        except Unclear:
            self.repaired = self._with_titles(mended) or []
        return self.repaired

    def _commands(self, tokens: list[Token]) -> list[Command]:
        """The commands of all sentences of the text: every one must be understood."""
        self.unknown, self.chunks, self.bare = set(), [], False
        commands: list[Command] = []
        for sentence in sentences(seal(no_longer(opened(_bounded(tokens))))):
            found = self._sentence(sentence)
            commands += [c for c in found if c not in commands]
        if not commands:
            raise Unclear("I do not understand that; nothing was changed.")
        if self.bare and len(commands) > 1 and any(command.name in CHANGING for command in commands):
            raise Unclear("A part of that says nothing to do; nothing was changed.")
        if any(token.text == ";" for token in tokens) and any(
            command.name == "delete" or "scope" in command.slots for command in commands
        ):
            raise NotDone(
                "“;” looks like a shell command; nothing was changed.",
                hint="Say one thing after another, joined by “and”.",
            )
        return agreed(commands)

    def _sentence(self, tokens: list[Token]) -> list[Command]:
        said = frozenset(token.text for token in tokens)
        tokens, polite = _without_politeness(tokens)
        mood.refuse_shell(tokens)
        chunks = chunk(tokens, self.world)
        self.chunks += chunks
        self.unknown |= {c.start for c in chunks if c.kind == "unknown"}
        self.steps.append("read: " + " · ".join(map(repr, chunks[:40])))
        if all(c.kind in ("sign", "join", "filler", "past", "now") for c in chunks):
            return []
        if mood.is_question(chunks, polite):
            self.steps.append("mood: question")
            return self._asked(chunks, said)
        return self._ordered(chunks, said)

    def _asked(self, chunks: list[Chunk], said: frozenset[str]) -> list[Command]:
        from domain.language import questions

        clause = Clause(chunks, self.world)
        for part in (_unconditioned(chunks), chunks):
            clause = Clause(part, self.world)
            clause.said = said
            found = questions.read(clause, asked=True)
            if found:
                return found
        raise questions.unknown_topic(clause)

    def _ordered(self, chunks: list[Chunk], said: frozenset[str]) -> list[Command]:
        opening = next((c for c in chunks if c.kind not in ("sign", "join", "person")), None)
        reads = opening is not None and opening.kind == "verb" and opening.kinds["verb"].keys() <= READING_VERBS
        said_before = clauses.split(chunks, self.world)
        recorded = len(said_before) > 1 and _orders(said_before[-1]) and bool(said_before[-1].first("pronoun"))
        redraws = (
            recorded and (last := said_before[-1].opening) is not None and last.kinds["verb"].keys() <= READING_VERBS
        )
        why = (
            None
            if (reads or redraws) and not any(c.kind == "mood" and c.value == "or" for c in chunks)
            else mood.doubt(chunks)
        )
        if why is not None and not (recorded and why == "will"):
            raise self._not_now(chunks, why)
        if _stops_short(chunks):
            raise Unclear("The sentence stops in the middle; nothing was changed.")
        self.steps.append("mood: order or statement")
        if reads and (shown := self._shown(chunks, opening, said)):
            return shown
        try:
            return self._changes(chunks, said)
        except FINAL:
            if not _lists_what_is_not(chunks):
                raise
            return self._asked(chunks, said)
        except Unclear as unclear:
            shown = self._shown(chunks, opening, said) if unclear.outcome == "clarify" else None
            shown = shown or self._tool(chunks, said)
            if not shown:
                raise
            return shown

    def _shown(self, chunks: list[Chunk], opening: Chunk | None, said: frozenset[str]) -> list[Command] | None:
        """A request to see something, or a bare noun phrase ("blocked tasks"), if that is what it is."""
        senses = opening.kinds["verb"].keys() if opening is not None and opening.kind == "verb" else set()
        named = any(c.kind == "ref" for c in chunks)
        if not senses & READING_VERBS and not _bare_noun_phrase(chunks):
            return None
        if named and any(
            c.kind == "unknown" and not chunks[at - 1].may_be("verb", "label") for at, c in enumerate(chunks)
        ):
            return None
        from domain.language import questions

        clause = Clause(chunks, self.world)
        clause.said = said
        found = questions.read(clause, asked=False)
        self.bare = self.bare or not senses
        if found and senses & READING_VERBS and not senses & SHOWING_VERBS and found[0].name not in TOOL_READS:
            return None
        return found

    def _tool(self, chunks: list[Chunk], said: frozenset[str]) -> list[Command] | None:
        """ "make sure the data is consistent": no item is spoken of, and the words are those of a check or a redraw."""
        harmful = any(
            c.kind == "verb"
            and c.kinds["verb"].keys() & {"delete", "cancel"}
            and not c.kinds["verb"].keys() & {"move", "set"}
            for c in chunks
        )
        if harmful or any(
            c.kind in ("ref", "text", "person") or (c.kind == "mood" and c.value not in ("be", "have", "do", "if"))
            for c in chunks
        ):
            return None
        from domain.language import questions

        return questions.tool(said)

    def _changes(self, chunks: list[Chunk], words: frozenset[str] = frozenset()) -> list[Command]:
        parts = self._positive(clauses.split(chunks, self.world))
        commands: list[Command] = []
        for at, clause in enumerate(parts):
            clause.before, clause.said = (parts[at - 1] if at else None), words
            clause.lent = _items_after(parts, at)
            if clause.mute:
                continue
            try:
                had = len(commands)
                commands = self._with(clause, commands)
                clause.made = len(commands) - had
            except Unclear as unclear:
                if isinstance(unclear, FINAL) or not _explains(clause, parts[at + 1 :]):
                    raise
        self.steps.append(f"clauses: {len(parts)}")
        return agreed(commands)

    def _with(self, clause: Clause, commands: list[Command]) -> list[Command]:
        """The commands so far and those of this clause, which may only say more of the last one."""
        try:
            return commands + self._clause(clause, commands)
        except FINAL:
            raise
        except Unclear:
            more = _of_the_new_task(clause, commands) or _with_what_stands_before(clause, commands)
            if more is None:
                raise
            return more

    def _clause(self, clause: Clause, commands: list[Command]) -> list[Command]:
        try:
            found = commands_of(clause)
        except Unclear as unclear:
            if isinstance(unclear, FINAL):
                raise
            if _echoes(clause, commands):
                return []
            opening = clause.opening
            if (
                clause.before
                and opening is not None
                and opening.kind == "verb"
                and (opening.kinds["verb"].keys() <= READING_VERBS or opening.text in ("show", "list", "display"))
            ):
                from domain.language import questions

                shown = questions.read(clause, asked=False)
                if shown:
                    return shown
            found = _with_borrowed_verb(clause, unclear)
        if "should" in clause.needs or "will" in clause.needs:
            raise self._not_now(clause.chunks, "will" if "will" in clause.needs else "should", found)
        return spare(found, clause)

    def _positive(self, parts: list[Clause]) -> list[Clause]:
        """The clauses that say to do something; the negated ones only spare items of those before them."""
        kept: list[Clause] = []
        for clause in parts:
            if not negated(clause):
                kept.append(clause)
                continue
            refs = [ref for c in clause.all("ref") for ref in _refs(c, clause)]
            if _denied_statement(clause, parts) or _dependency_follows(clause, parts):
                clause.mute = True
                kept.append(clause)
                continue
            corrects = any(c.kind == "mood" and c.value == "no" for c in clause.chunks)
            if not kept or not refs or corrects:
                raise self._not_now(clause.chunks, "not")
            for earlier in kept:
                earlier.spared += refs
        if all(clause.mute for clause in kept):
            raise Unclear("I do not understand that; nothing was changed.")
        return kept

    # --- what is told to people -------------------------------------------------------------------------------------

    def _not_now(self, chunks: list[Chunk], why: str, found: list[Command] | None = None) -> NotDone:
        """The refusal that a mood brings, with the command that it would have been."""
        self.steps.append(f"mood: {why}")
        message, lead = mood.WHY_NOT[why]
        bad = tuple(id for c in chunks if c.kind == "ref" for id in c.value.missing)
        if bad:
            raise missing(bad, Clause(chunks, self.world))
        offer = found or self._would_be(_main(chunks, why))
        hint = f"{lead}, say: {said(offer)}" if offer else None
        error = NotDone(message, hint=hint, candidates=self._named_items(chunks))
        if why in ("maybe", "if", "will", "said", "or", "should"):
            error.outcome = "clarify"
        return error

    def _would_be(self, chunks: list[Chunk]) -> list[Command]:
        bare = [
            c
            for c in chunks
            if c.kind not in ("mood", "person", "date") and not (c.kind == "status" and c.text.startswith("not"))
        ]
        if any(c.kind == "verb" and "delete" in c.kinds["verb"] for c in bare) or self.offering:
            return []  # a destructive command is never served ready to paste
        self.offering = True
        try:
            return self._changes(bare)
        except Unclear:
            return []
        finally:
            self.offering = False

    def _named_items(self, chunks: list[Chunk]) -> tuple[tuple[str, str], ...]:
        from domain.language.references import title_of

        refs = [ref for c in chunks if c.kind == "ref" for ref in c.value.refs]
        return tuple((ref.id, title_of(self.world.tracker, ref)) for ref in refs[:6])

    def _refusal(self, unclear: Unclear) -> Reading:
        hint, candidates = unclear.hint, tuple(unclear.candidates)
        if isinstance(unclear, Unnamed) and isinstance(unclear.data, Clause) and (near := resembling(unclear.data)):
            words = " ".join(c.text for c in unclear.data.all("unknown"))
            return Reading(
                unclear.outcome,
                message=f"Which one do you mean by “{words}”?",
                hint="Say it again with the id.",
                candidates=near,
            )
        if hint is None and unclear.outcome == "clarify":
            hint = self._nearest()
        if not candidates:
            candidates = self._named_items(self.chunks)
        return Reading(unclear.outcome, message=unclear.message, hint=hint, candidates=candidates)

    def _nearest(self) -> str:
        from domain.language.wording import suggestions

        words = [word for c in self.chunks if c.kind != "ref" for word in c.text.split()]
        ids = [ref.id for c in self.chunks if c.kind == "ref" for ref in c.value.refs]
        near = suggestions(words, ids)
        return f"Did you mean: {' · '.join(near).rstrip('?')}?" if near else 'Say "help" to see what can be said.'

    def _understood(self, commands: list[Command]) -> Reading:
        status_words = self._status_words(commands)
        repairs = tuple(self.world.repairs.items()) + status_words
        commands = [_as_typed(command, status_words) for command in commands]
        literal = self.plain and not repairs and all(c.plain for c in self.chunks)
        return Reading("commands", tuple(commands), said=said(commands), literal=literal, repairs=repairs)

    def _status_words(self, commands: list[Command]) -> tuple[tuple[str, str], ...]:
        """An explicit status slot with a word that is not canonical: "status to DONE" was read as complete."""
        if not any(c.may_be("field", "status") for c in self.chunks):
            return ()
        states = [str(c.slots["status"]) for c in commands if c.name in ("set_status", "bulk_set_status")]
        words = [c for c in self.chunks if c.kind == "status" and c.text.replace(" ", "_") not in states]
        return tuple((self.world.raw(c.start, c.end), states[0]) for c in words[:1]) if states else ()


def _as_typed(command: Command, words: tuple[tuple[str, str], ...]) -> Command:
    """A status slot keeps the word that stood there: setting the status normalises it, and people are shown that."""
    if command.name != "set_status":
        return command
    means = command.slots["status"]
    said = next((said for said, meant in words if meant == means), None)
    return Command(command.name, {**command.slots, "status": Word(said, means)}) if said else command


def _bounded(tokens: list[Token]) -> list[Token]:
    """A sentence of bearable length; a long text behind a colon is only text, so its last word stands for all of it."""
    if len(tokens) <= MOST_TOKENS:
        return tokens
    head = [*tokens[:LONG_HEAD], tokens[-1]]
    if any(token.kind == "text" and token.end == tokens[-1].end for token in seal(opened(head))):
        return head
    raise NotDone("That is too long to be read as a sentence; nothing was changed.", hint="Say one thing at a time.")


def _unconditioned(chunks: list[Chunk]) -> list[Chunk]:
    """ "what would be left if 5.3 were done": what is asked, without what it depends on."""
    for at, here in enumerate(chunks):
        if at > 1 and here.kind == "mood" and here.value in ("if", "once") and here.text != "when":
            return chunks[:at]
    return chunks


def _without_politeness(tokens: list[Token]) -> tuple[list[Token], bool]:
    """ "could you …" and "would you mind …" ask for a deed: gone, and remembered."""
    words = [t.text for t in tokens]
    for at in range(min(3, len(words))):
        if words[at : at + 4] in (["could", "i", "ask", "you"], ["can", "i", "ask", "you"], ["may", "i", "ask", "you"]):
            return tokens[at + 4 + (words[at + 4 : at + 5] == ["to"]) :], True
        if any(not _is_filler(word) for word in words[:at]):
            break
        if words[at] in mood.ASKING_POLITELY and words[at + 1 : at + 2] in (["you"], ["we"], ["u"]):
            size = 2
            while words[at + size : at + size + 1] and words[at + size] in (
                "please",
                "kindly",
                "mind",
                "just",
                "also",
                "maybe",
                "possibly",
            ):
                size += 1
            return tokens[:at] + tokens[at + size :], True
    return tokens, False


def _is_filler(word: str) -> bool:
    here = look_up([word], 0)
    return word in ",!" or (here is not None and "filler" in here.kinds)


def said(commands: list[Command]) -> str:
    from domain.language.wording import canonical

    return " and ".join(canonical(command) for command in commands)


def negated(clause: Clause) -> bool:
    """Whether a clause says what not to do, or what to leave out."""
    for at, here in enumerate(clause.chunks):
        if here.kind == "except" and at == 0:
            return True
        if (
            here.kind == "status"
            and here.text.startswith("not")
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


def _denied_statement(clause: Clause, parts: list[Clause]) -> bool:
    """ "5.3 is not done after all, uncheck it": a statement that only says why; the order comes behind it."""
    at = parts.index(clause)
    states = clause.chunks[0].kind in ("ref", "noun", "unknown") and any(
        c.kind == "mood" and c.value == "be" for c in clause.chunks
    )
    later = parts[at + 1 : at + 2]
    return states and bool(later) and _orders(later[0]) and bool(later[0].first("pronoun")) and not negated(later[0])


def _dependency_follows(clause: Clause, parts: list[Clause]) -> bool:
    """ "2.5 cannot be done before 2.1: make them its dependencies"."""
    at = parts.index(clause)
    later = parts[at + 1 : at + 2]
    return (
        bool(later)
        and _orders(later[0])
        and any(c.may_be("noun", "dependency") for c in later[0].chunks)
        and any(c.prep in ("before", "after") for c in clause.all("ref"))
    )


def _refs(chunk: Chunk, clause: Clause) -> tuple[Ref, ...]:
    if chunk.value.missing:
        raise missing(chunk.value.missing, clause)
    refs: tuple[Ref, ...] = chunk.value.refs
    return refs


def _lists_what_is_not(chunks: list[Chunk]) -> bool:
    """critical tasks not done · tasks without a due date: a noun phrase, no order."""
    plural = any(c.may_be("noun", "tasks") for c in chunks[:3])
    return plural and not any(c.kind in ("verb", "ref", "pronoun") for c in chunks)


def _stops_short(chunks: list[Chunk]) -> bool:
    """complete 2.2 and … · block 2.2 because …: something was to follow."""
    last = next((c for c in reversed(chunks) if c.kind != "sign"), None)
    return last is not None and len(chunks) > 1 and (last.kind in ("join", "prep", "except") or last.text in DANGLING)


def _bare_noun_phrase(chunks: list[Chunk]) -> bool:
    """blocked tasks · phase 3 · 5.3: nothing is said of anything."""
    below = any(c.kind == "ref" and any(ref.kind != "phase" for ref in c.value.refs) for c in chunks)
    chunks = [
        c
        for at, c in enumerate(chunks)
        if not (at and chunks[at - 1].may_be("verb", "label") and c.kind in ("unknown", "text"))
    ]
    acts = any(c.kind == "verb" and (c.form == "base" or (below and c.form == "s")) for c in chunks)
    chunks = [
        c for at, c in enumerate(chunks) if not (c.value == "be" and at and chunks[at - 1].text in ("that", "which"))
    ]
    return not acts and not any(
        c.kind in ("unknown", "mood", "text", "reason")
        or (c.kind in ("status", "priority", "person", "date") and below)
        for c in chunks
    )


def _main(chunks: list[Chunk], why: str) -> list[Chunk]:
    """What would be done: of a conditional sentence the part that is not the condition, of a choice nothing."""
    if why == "or":
        return []
    if why != "if":
        return chunks
    at = next(
        (i for i, c in enumerate(chunks) if c.kind == "mood" and (c.may_be("mood", "if") or c.may_be("mood", "once"))),
        0,
    )
    if at:
        return chunks[:at]
    comma = next((i for i, c in enumerate(chunks) if c.kind == "sign" and c.value == ","), len(chunks))
    return chunks[comma + 1 :]


def _items_after(parts: list[Clause], at: int) -> tuple[Ref, ...]:
    """For "close and assign 3.4 to me": the items that the next clause names."""
    for later in parts[at + 1 :]:
        for c in later.all("ref"):
            refs: tuple[Ref, ...] = c.value.refs
            return refs
    return ()


def _orders(clause: Clause) -> bool:
    """Whether a clause begins with the plain form of a verb."""
    first = next((c for c in clause.chunks if c.kind not in ("sign", "join")), None)
    return first is not None and first.kind == "verb" and first.form == "base"


def _explains(clause: Clause, later: list[Clause]) -> bool:
    """ "the welcome sign can go, erase it": why, in words that need no understanding; what to do comes behind it.

    Only where the order says `it`, or the two are joined by `so`.
    """
    if (
        not later
        or _orders(clause)
        or any(c.kind == "mood" and c.value in ("maybe", "said", "if", "not") for c in clause.chunks)
    ):
        return False
    return _orders(later[0]) and bool(later[0].first("pronoun") or later[0].so)


def _with_what_stands_before(clause: Clause, commands: list[Command]) -> list[Command] | None:
    """6.1 must be finished before 6.4, add that as a dependency: the order takes what it needs from the statement."""
    if clause.before is None or not _orders(clause) or not clause.first("pronoun") or clause.all("ref"):
        return None
    told = [c for c in clause.before.chunks if c.kind not in ("mood", "unknown")]
    joined = Clause([*told, *(c for c in clause.chunks if c.kind != "pronoun")], clause.world)
    joined.denied = any(c.kind == "mood" and c.value == "not" for c in clause.before.chunks)
    try:
        return commands[: len(commands) - clause.before.made] + commands_of(joined)
    except Unclear:
        return None


def _of_the_new_task(clause: Clause, commands: list[Command]) -> list[Command] | None:
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


def _echoes(clause: Clause, commands: list[Command]) -> bool:
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


def _with_borrowed_verb(clause: Clause, unclear: Unclear) -> list[Command]:
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
