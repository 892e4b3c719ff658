"""The story of a sentence: tokens, mood, clauses, meanings; then, if that fails, titles and typos."""

# a line of words is easier to read, and to add to, than a list

from __future__ import annotations

from domain.commands import COMMANDS
from domain.commands.table import Command, Ref, Word
from domain.language import clauses, mood
from domain.language.clauses import Clause, negated, orders
from domain.language.grammar import World, chunk, no_longer, opened, sentences
from domain.language.lexicon import TEXT_LEADS, bases, look_up
from domain.language.reading import Given, Impossible, Missing, NotDone, Reading, Unclear
from domain.language.tokens import Token, tokenise

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from domain.commands.table import Command, Ref
    from domain.language.grammar import Chunk
    from domain.tracker import Tracker

    Read = Callable[[str, Tracker | None], Command | None]

DANGLING = frozenset("because since as to the or if due reason".split())
READING_VERBS = frozenset("show list search sync regenerate validate health help suggest".split())
FINAL = (NotDone, Missing, Impossible)
SHOWING_VERBS = frozenset("show list search help suggest health".split())
TOOL_READS = frozenset("sync regenerate validate health help".split())
CHANGING = frozenset(("set_status", "bulk_set_status", "check", "uncheck", "set_field", "delete", "move"))
VAGUE_READS = frozenset("show_progress remaining blocked list next history".split())
MEANING = frozenset("verb status priority field noun quantifier pronoun ref person date".split())
RESOLVED = frozenset("pronoun ref date".split())  # read as an id, a day
ORDINARY = frozenset("mark done my me i".split())
ANSWERING = frozenset("yes approved approve i no denied deny not reject rejected you stop".split())
MOST_TOKENS, LONG_HEAD = 400, 60


def interpret(text: str, tracker: Tracker | None, given: Given) -> Reading:
    """Read one sentence (or several). Never raises for what people type, never guesses a change."""
    return Attempt(text, tracker, given).reading()


def explain(text: str, tracker: Tracker | None, given: Given) -> tuple[str, ...]:
    """The reading step by step, for people who wonder."""
    attempt = Attempt(text, tracker, given)
    attempt.explaining = True
    reading = attempt.reading()
    from domain.language.refusals import result

    return (*attempt.steps, *result(reading))


class Attempt:
    """One text on its way to commands; remembers its steps and what went wrong first."""

    def __init__(self, text: str, tracker: Tracker | None, given: Given) -> None:
        self.text = text
        self.world = World(text, tracker, given)
        self.steps: list[str] = []
        self.plain = True
        self.explaining = False  # whether somebody wants to see the steps
        self.offering = False  # whether a refused sentence is being read for what it would have been
        self.bare = False  # whether a bare noun phrase was read as a wish to see it
        self.unknown: set[int] = set()
        self.chunks: list[Chunk] = []

    def reading(self) -> Reading:
        tokens = tokenise(self.text)
        self.steps.append("tokens: " + " ".join(token.text or "…" for token in tokens[:60]))
        if not any(token.kind != "sign" and token.kind != "line" for token in tokens):
            nothing: Reading = refusals().nothing_said()
            return nothing
        try:
            return self._understood(self._of_their_own() or self._answer(tokens) or self._tried(tokens))
        except Unclear as unclear:
            refusal: Reading = refusals().refusal(self, unclear)
            return refusal

    def _of_their_own(self) -> list[Command] | None:
        """What is named as in no other sentence: circuits, checks, probes, branches, playbooks."""
        low = self.text.casefold()
        for words, read in THEIR_OWN:
            found = read()(self.text, self.world.tracker) if any(word in low for word in words) else None
            if found:
                return [found]
        return None

    def _answer(self, tokens: list[Token]) -> list[Command] | None:
        """What a person says when consent is asked for, whole and word for word."""
        if tokens[0].text.partition(" ")[0].rstrip(".!").casefold() not in ANSWERING:
            return None
        from domain.language import answers

        return [Command("answer_consent", {"answer": self.text.strip()})] if answers.read(self.text) else None

    def _tried(self, tokens: list[Token]) -> list[Command]:
        """As typed; else with titles; else with typos repaired; else with both."""
        try:
            found = self.commands(tokens)
        except FINAL:
            raise
        except Unclear as unclear:
            from domain.language import second_tries

            return second_tries.again(self, tokens, unclear)
        if not self._left_open(found):
            return found
        from domain.language import second_tries

        return second_tries.by_title(self, tokens, found)

    def _left_open(self, found: list[Command]) -> bool:
        """Whether a general question has words that it did not need."""
        vague = found[0].name in VAGUE_READS and "what" not in found[0].slots
        return vague and (bool(self.unknown) or any(c.kind == "text" for c in self.chunks))

    def commands(self, tokens: list[Token]) -> list[Command]:
        """The commands of all sentences of the text: every one must be understood."""
        self.unknown, self.chunks, self.bare = set(), [], False
        commands: list[Command] = []
        for sentence in sentences(_sealed(no_longer(opened(_bounded(tokens))))):
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
        return _agreed(commands)

    def _sentence(self, tokens: list[Token]) -> list[Command]:
        said = frozenset(token.text for token in tokens)
        tokens, polite = _without_politeness(tokens)
        mood.refuse_shell(tokens)
        chunks = chunk(tokens, self.world)
        self.chunks += chunks
        self.unknown |= {c.start for c in chunks if c.kind == "unknown"}
        if self.explaining:
            self.steps.append(refusals().in_words(chunks[:40]))
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
        reads = reads or _wants_to_have(chunks)
        said_before = clauses.split(chunks, self.world)
        recorded = len(said_before) > 1 and orders(said_before[-1]) and bool(said_before[-1].first("pronoun"))
        redraws = (
            recorded and (last := said_before[-1].opening) is not None and last.kinds["verb"].keys() <= READING_VERBS
        )
        why = (
            None
            if (reads or redraws) and not any(c.kind == "mood" and c.value == "or" for c in chunks)
            else mood.doubt(chunks)
        )
        if why is not None and not (recorded and why == "will"):
            raise refusals().not_now(self, chunks, why)
        if _stops_short(chunks):
            raise Unclear("The sentence stops in the middle; nothing was changed.")
        self.steps.append("mood: order or statement")
        if reads and (shown := self._shown(chunks, opening, said)):
            return shown
        try:
            return self.changes(chunks, said)
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
        if _wants_to_have(chunks):
            senses = {"show"}
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

    def changes(self, chunks: list[Chunk], words: frozenset[str] = frozenset()) -> list[Command]:
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
                if isinstance(unclear, FINAL) or len(parts) == 1 or not joining().explains(clause, parts[at + 1 :]):
                    raise
        self.steps.append(f"clauses: {len(parts)}")
        return _agreed(commands)

    def _with(self, clause: Clause, commands: list[Command]) -> list[Command]:
        """The commands so far and those of this clause, which may only say more of the last one."""
        try:
            return commands + self._clause(clause, commands)
        except FINAL:
            raise
        except Unclear:
            more = joining().said_of_the_last(clause, commands) if clause.before else None
            if more is None:
                raise
            completed: list[Command] = more
            return completed

    def _clause(self, clause: Clause, commands: list[Command]) -> list[Command]:
        from domain.language.meanings import commands_of

        try:
            found = commands_of(clause)
        except Unclear as unclear:
            if isinstance(unclear, FINAL) or not clause.before:
                raise
            if joining().echoes(clause, commands):
                return []
            if shown := self._then_shown(clause):
                return shown
            found = joining().with_borrowed_verb(clause, unclear)
        if "should" in clause.needs or "will" in clause.needs:
            raise refusals().not_now(self, clause.chunks, "will" if "will" in clause.needs else "should", found)
        kept: list[Command] = joining().spare(found, clause) if clause.spared else found
        return kept

    def _then_shown(self, clause: Clause) -> list[Command] | None:
        """ "complete 2.3 and show progress": the last part only wants to see something."""
        opening = clause.opening
        if opening is None or opening.kind != "verb":
            return None
        if not opening.kinds["verb"].keys() <= READING_VERBS and opening.text not in ("show", "list", "display"):
            return None
        from domain.language import questions

        return questions.read(clause, asked=False)

    def _positive(self, parts: list[Clause]) -> list[Clause]:
        """The clauses that say to do something; the negated ones only spare items of those before them."""
        kept: list[Clause] = []
        for clause in parts:
            if not negated(clause):
                kept.append(clause)
                continue
            refs = [ref for c in clause.all("ref") for ref in joining().refs_of(c, clause)]
            if joining().only_says_why(clause, parts):
                clause.mute = True
                kept.append(clause)
                continue
            corrects = any(c.kind == "mood" and c.value == "no" for c in clause.chunks)
            if not kept or not refs or corrects:
                raise refusals().not_now(self, clause.chunks, "not")
            for earlier in kept:
                earlier.spared += refs
        if all(clause.mute for clause in kept):
            raise Unclear("I do not understand that; nothing was changed.")
        return kept

    def _understood(self, commands: list[Command]) -> Reading:
        status_words = self._status_words(commands)
        repairs = tuple(self.world.repairs.items()) + status_words
        commands = [_as_typed(command, status_words) for command in commands]
        if self.plain and not repairs and self._ordinary(commands):
            return Reading("commands", tuple(commands))
        return Reading("commands", tuple(commands), said=_said(commands), literal=False, repairs=repairs)

    def _ordinary(self, commands: list[Command]) -> bool:
        """Whether every word that carries a meaning is its plain one, or stands in a phrase of the command's help."""
        odd = [c for c in self.chunks if not c.plain and c.kind in MEANING]
        if not odd:
            return True
        if any(c.kind in RESOLVED for c in odd):
            return False
        said = {word for each in commands for phrase in COMMANDS[each.name].phrases for word in phrase.lower().split()}
        return {word for c in odd for word in c.text.split()} <= said | ORDINARY

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
    if any(token.kind == "text" and token.end == tokens[-1].end for token in _sealed(opened(head))):
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
            size += 3 * (words[at + size : at + size + 3] == ["be", "able", "to"])
            return tokens[:at] + tokens[at + size :], True
    return tokens, False


def _is_filler(word: str) -> bool:
    here = look_up([word], 0)
    return word in ",!" or (here is not None and "filler" in here.kinds)


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
    if any(c.kind == "sign" and c.value == "=" for c in chunks):
        return False
    acts = any(c.kind == "verb" and (c.form == "base" or (below and c.form == "s")) for c in chunks)
    chunks = [
        c for at, c in enumerate(chunks) if not (c.value == "be" and at and chunks[at - 1].text in ("that", "which"))
    ]
    chunks = [c for c in chunks if c.text not in ("days", "weeks", "months")]
    return not acts and not any(
        c.kind in ("unknown", "mood", "text", "reason")
        or (c.kind in ("status", "priority", "person", "date") and below)
        for c in chunks
    )


def _wants_to_have(chunks: list[Chunk]) -> bool:
    """give me the details of 4.3: a wish to see something of it. "give me 4.3" is a wish to own it."""
    first = [c for c in chunks if c.kind not in ("sign", "join")][:3]
    if len(first) < 3 or first[0].head not in ("give", "get", "bring", "send") or first[1].text not in ("me", "us"):
        return False
    return first[2].the and first[2].kind in ("noun", "field") and first[2].text not in ("ownership", "assignment")


def _items_after(parts: list[Clause], at: int) -> tuple[Ref, ...]:
    """For "close and assign 3.4 to me": the items that the next clause names."""
    for later in parts[at + 1 :]:
        for c in later.all("ref"):
            refs: tuple[Ref, ...] = c.value.refs
            return refs
    return ()


def _sealed(tokens: list[Token]) -> list[Token]:
    """The tokens with texts made one token each; most sentences hold none, and do not load what finds them."""
    if not any(token.kind == "quoted" or _may_lead_text(token.text) for token in tokens):
        return tokens
    from domain.language.texts import seal

    return seal(tokens)


def _may_lead_text(word: str) -> bool:
    return word in TEXT_LEADS or (len(word) > 4 and any(base in TEXT_LEADS for base, _ in bases(word)))


def _agreed(commands: list[Command]) -> list[Command]:
    agreed: list[Command] = commands if len(commands) < 2 else joining().agreed(commands)
    return agreed


def _said(commands: list[Command]) -> str:
    from domain.language.wording import canonical

    return " and ".join(map(canonical, commands))


def refusals() -> ModuleType:
    """What only a sentence needs that changes nothing."""
    from domain.language import refusals

    return refusals


def joining() -> ModuleType:
    """What only a sentence of several parts needs."""
    from domain.language import joining

    return joining


def _selftest() -> Read:
    from domain.language import selftest

    return selftest.read


def _circuits() -> Read:
    from domain.language import circuits

    return circuits.read


def _checks() -> Read:
    from domain.language import checks

    return checks.read


def _probes() -> Read:
    from domain.language import probes

    return probes.read


def _branches() -> Read:
    from domain.language import branches

    return branches.read


def _playbooks() -> Read:
    from domain.language import playbooks

    return playbooks.read


def _dashboard() -> Read:
    from domain.language import dashboard

    return dashboard.read


def _inbox() -> Read:
    from domain.language import inbox

    return inbox.read


def _upkeep() -> Read:
    from domain.language import upkeep

    return upkeep.read


THEIR_OWN = (
    (("selftest", "self test", "self-test"), _selftest),
    (("circuit", "breaker"), _circuits),
    (("verify", "verified", "proven", "checks", " check ", "trust"), _checks),  # " check " is a noun: its verb is first
    (("probe", "reality"), _probes),
    (("merge", "conflict", "settle", "our", "their", "remote", "upstream", "origin", "git"), _branches),
    (("playbook", "heal"), _playbooks),
    (("dashboard",), _dashboard),
    (("inbox", "inquir", "what wait", "what is wait", "questions wait"), _inbox),
    (("upkeep", "prediction", "foreseen", "prevented"), _upkeep),
)
