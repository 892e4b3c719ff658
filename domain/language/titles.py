"""Title words that stand for an item: "the audit report task" is 1.5 when only its title has these words."""

# a line of words is easier to read, and to add to, than a list

from __future__ import annotations

from domain.commands.table import Ref
from domain.language.lexicon import DETERMINERS
from domain.language.references import LIST_SIGNS, Named
from domain.language.tokens import Token
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.language.grammar import World
    from domain.tracker import Phase, Tracker

STOP_WORDS = frozenset(
    "the a an of to for and in on with by at from our my your task tasks item ticket one thing subtask step box phase "
    "stage card story job issue that this all stuff piece bit".split()
)
SUFFIXES = ("ings", "ing", "ions", "ion", "ers", "er", "ed", "es", "s", "e")
MOST = 40  # titles looked at for one question; more are never told apart anyway


def stem(word: str) -> str:
    """A word without its ending: rewrite, rewriting and rewrites are one."""
    for suffix in SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 3:
            cut = word[: -len(suffix)]
            return cut[:-1] if len(cut) > 3 and cut[-1] == cut[-2] and suffix not in ("s", "e") else cut
    return word


def words_of(title: str) -> list[str]:
    """The words of a title in folded spelling, signs gone."""
    return "".join(c if c.isalnum() else " " for c in bare(title.casefold())).split()


def bare(text: str) -> str:
    """Without accents: "Café" is found by "cafe", however it was typed."""
    if text.isascii():
        return text
    from unicodedata import combining, normalize

    return "".join(c for c in normalize("NFKD", text) if not combining(c))


def _same(asked: str, there: str, alone: bool) -> bool:
    """Whether two stems are one word; a single word must match, several may vary in their endings."""
    if asked == there or alone:
        return asked == there
    short, long = sorted((asked, there), key=len)
    return len(short) >= 5 and long.startswith(short) and len(long) - len(short) <= 4


class Titled(Record):
    """An item with its title."""

    ref: Ref
    title: str

    def holds(self, stems: list[str]) -> int:
        """How many of these stems stand in the title."""
        there = [stem(word) for word in words_of(self.title)]
        return sum(any(_same(asked, word, len(stems) == 1) for word in there) for asked in stems)


class Titles:
    """The titles of a tracker. A line of the file that lacks one of the words is never decoded."""

    def __init__(self, tracker: Tracker) -> None:
        self.tracker = tracker
        self._low: dict[str, tuple[str, frozenset[int]]] = {}

    def holding(self, stems: list[str], level: str | None = None) -> list[Titled]:
        """The items whose titles hold all these stems: tasks and phases, else subtasks; `level` asks for one kind."""
        if not stems:
            return []
        if level == "subtask":
            return self._first(self._subtasks(stems))
        found = self._first(self._phases(stems)) if level != "task" else []
        if level != "phase":
            found += self._first(self._tasks(stems))
        return found or (self._first(self._subtasks(stems)) if level is None else [])

    def similar(self, stems: list[str], most: int = 4) -> tuple[tuple[str, str], ...]:
        """Items whose titles hold at least one of the stems, those with the most first: what may have been meant."""
        best: dict[str, tuple[int, str]] = {}
        for asked in stems[:6]:
            for found in self.holding([asked])[:20]:
                best.setdefault(found.ref.id, (found.holds(stems), found.title))
        top = max((score for score, _ in best.values()), default=0)
        return tuple((id, title) for id, (score, title) in best.items() if score == top)[:most]

    def _first(self, found: Iterator[Titled]) -> list[Titled]:
        return [titled for titled, _ in zip(found, range(MOST), strict=False)]

    def _phases(self, stems: list[str]) -> Iterator[Titled]:
        for phase in self.tracker.phases:
            found = Titled(Ref("phase", str(phase.number), phase.uid), phase.title)
            if found.holds(stems) == len(stems):
                yield found

    def _tasks(self, stems: list[str]) -> Iterator[Titled]:
        for phase in self.tracker.phases:
            for index in self._rows_with(phase, stems):
                task = phase.tasks[index]
                found = Titled(Ref("task", f"{phase.number}.{task.number}", task.uid), task.title)
                if found.holds(stems) == len(stems):
                    yield found

    def _subtasks(self, stems: list[str]) -> Iterator[Titled]:
        for phase in self.tracker.phases:
            for index in self._rows_with(phase, stems):
                task = phase.tasks[index]
                for subtask in task.subtasks:
                    id = f"{phase.number}.{task.number}.{subtask.number}"
                    found = Titled(Ref("subtask", id, subtask.uid), subtask.title)
                    if found.holds(stems) == len(stems):
                        yield found

    def _rows_with(self, phase: Phase, stems: list[str]) -> Iterator[int]:
        """Indices of the rows that may hold all these stems: tasks decoded already, and lines with all the words."""
        if phase.uid not in self._low:
            self._low[phase.uid] = _lowered(phase)
        low, decoded = self._low[phase.uid]
        yield from decoded
        sure = sorted((asked[:5] for asked in stems if asked.isascii()), key=len, reverse=True)
        index, at = 0, 0
        while (found := low.find(sure[0] if sure else "", at)) >= 0 and at < len(low):
            index += low.count("\n", at, found)
            end = low.find("\n", found)
            end = len(low) if end < 0 else end
            line = low[low.rfind("\n", 0, found) + 1 : end]
            if index not in decoded and all(asked in line for asked in sure):
                yield index
            index, at = index + 1, end + 1


def _lowered(phase: Phase) -> tuple[str, frozenset[int]]:
    """The lines of a phase in lower case as one text, which is quick to search, and the rows that are no lines."""
    return bare(phase.tasks.text.lower()), phase.tasks.decoded


# --- in a sentence --------------------------------------------------------------------------------------------------

LEVEL_OF = {
    **dict.fromkeys(("phase", "stage", "section"), "phase"),
    **dict.fromkeys(("task", "ticket", "item", "job"), "task"),
    **dict.fromkeys(("subtask", "box", "checkbox", "step"), "subtask"),
}
PARTICLES = frozenset("off up down out back over away through aside forward again".split())
BOUNDARIES = frozenset("is are was has have as to due done complete and then by should".split())
GAP = 3
LONGEST_RUN = 14


def resolve(tokens: list[Token], unknown: set[int], world: World) -> list[Token] | None:
    """The tokens with title words made one token of kind `item`; None when there is nothing to make."""
    if world.tracker is None:
        return None
    titles = world.titles
    found: list[Token] = []
    at = changed = 0
    while at < len(tokens):
        span = _quoted(tokens, at, titles) or _run(tokens, at, unknown, titles)
        span = span or _literal(tokens, at, unknown, titles) or _noun_phrase(tokens, at, titles)
        if span is None:
            found.append(tokens[at])
            at += 1
            continue
        start, end, named = span
        del found[len(found) - (at - start) :]
        item = Token("item", " ".join(t.text for t in tokens[start:end]), tokens[start].start, tokens[end - 1].end)
        world.items[item.start] = named
        found.append(item)
        at, changed = end, changed + 1
    return found if changed else None


Span = tuple[int, int, Named]


def _quoted(tokens: list[Token], at: int, titles: Titles) -> Span | None:
    """A quoted title, word for word."""
    if tokens[at].kind != "quoted":
        return None
    words = words_of(tokens[at].text)
    same = [t for t in titles.holding([stem(word) for word in words]) if words_of(t.title) == words]
    return (at, at + 1, _named(same)) if same else None


def _run(tokens: list[Token], at: int, unknown: set[int], titles: Titles) -> Span | None:
    """A run of unknown words, with what stands between them and belongs to the same title."""
    if tokens[at].start not in unknown or tokens[at].text in PARTICLES or tokens[at].kind not in ("word", "code"):
        return None
    level = LEVEL_OF.get(tokens[at - 1].text) if at else None
    if _beside_an_id(tokens, at):
        return None
    stems, end = [stem(bare(tokens[at].text))], at + 1
    fitting = titles.holding(stems, level)
    for ahead in range(at + 1, min(len(tokens), at + LONGEST_RUN)):
        if ahead - end > GAP or not fitting:
            break
        word = tokens[ahead].text
        if tokens[ahead].start in unknown and word not in STOP_WORDS:
            more = [*stems, stem(bare(word))]
            known = len(fitting) < MOST  # then all that fit are known, and only fewer can
            narrower = [t for t in fitting if t.holds(more) == len(more)] if known else titles.holding(more, level)
            if not narrower:
                break
            stems, end, fitting = [*stems, stem(bare(word))], ahead + 1, narrower
    if not fitting:
        return None
    whole = _whole_title(tokens, at, end, fitting)
    if whole:
        return whole
    start = at
    if level is None or end == at + 1:
        start, end, fitting = _grown(tokens, start, end, fitting)
    if level is None:
        start, end, fitting, level = _with_level(tokens, start, end, stems, level, fitting, titles)
    if not _all_belong(tokens[start:end], fitting, unknown):
        return None
    return start, end, _named(_best(fitting, stems))


def _beside_an_id(tokens: list[Token], at: int) -> bool:
    """Where ids are said, a stray word is no title: it may only stand in their list ("2.3 and the audit report")."""
    if not any(token.kind == "id" for token in tokens):
        return False
    before = next((t for t in reversed(tokens[:at]) if t.text not in DETERMINERS), None)
    after = [t.text for t in tokens[at : at + 6]]
    return (before is None or before.text not in LIST_SIGNS) and not any(sign in LIST_SIGNS for sign in after)


def _whole_title(tokens: list[Token], at: int, end: int, fitting: list[Titled]) -> Span | None:
    """A full title that stands word for word round the run."""
    best: Span | None = None
    for title in fitting:
        words = words_of(title.title)
        for start in range(max(0, at - len(words)), at + 1):
            stop = _matched(tokens, start, words)
            if stop and stop >= end and (best is None or stop - start > best[1] - best[0]):
                same = [t for t in fitting if words_of(t.title) == words]
                best = (start, stop, _named(same))
    return best


def _matched(tokens: list[Token], start: int, words: list[str]) -> int:
    """The end of these words where they stand at `start`, 0 if they do not; signs between them do not count."""
    at = start
    flat: list[str] = []
    while at < len(tokens) and len(flat) < len(words):
        flat += words_of(tokens[at].text)
        if len(flat) > len(words) or any(stem(a) != stem(b) for a, b in zip(words, flat, strict=False)):
            return 0
        at += 1
    return at if len(flat) == len(words) and _alike(words, flat) else 0


def _alike(these: list[str], those: list[str]) -> bool:
    if len(these) != len(those):
        return False
    return all(a == b or (len(these) > 1 and stem(a) == stem(b)) for a, b in zip(these, those, strict=True))


def _with_level(
    tokens: list[Token],
    start: int,
    end: int,
    stems: list[str],
    level: str | None,
    fitting: list[Titled],
    titles: Titles,
) -> tuple[int, int, list[Titled], str | None]:
    """Take "task" or "phase" beside the run with it: it says what kind of item is meant."""
    if level:
        return start - 1, end, fitting, level
    behind = LEVEL_OF.get(tokens[end].text) if end < len(tokens) and tokens[end].kind == "word" else None
    if behind is None:
        return start, end + (end < len(tokens) and tokens[end].text in ("one", "thing")), fitting, None
    narrower = titles.holding(stems, behind)
    return start, end + 1, narrower or fitting, behind


def _grown(tokens: list[Token], start: int, end: int, fitting: list[Titled]) -> tuple[int, int, list[Titled]]:
    """Neighbours that stand in the title too ("the runbook rewrite"); they may tell fitting titles apart."""
    while end < len(tokens):
        step = 1 + (tokens[end].text in DETERMINERS and end + 1 < len(tokens))
        narrower = _holding(tokens[end + step - 1], fitting)
        if not narrower:
            break
        end, fitting = end + step, narrower
    while (
        start > 1
        and (tokens[start - 2].text in DETERMINERS or tokens[start - 1].text.endswith("ing"))
        and (narrower := _holding(tokens[start - 1], fitting))
    ):
        start, fitting = start - 1, narrower
    return start, end, fitting


def _holding(token: Token, fitting: list[Titled]) -> list[Titled]:
    if token.kind != "word" or token.text in STOP_WORDS:
        return []
    return [t for t in fitting if stem(token.text) in {stem(word) for word in words_of(t.title)}]


def _noun_phrase(tokens: list[Token], at: int, titles: Titles) -> Span | None:
    """the audit report task: words with meanings of their own, behind an article, that only one title has together."""
    if not at or tokens[at - 1].text not in DETERMINERS or tokens[at].kind != "word":
        return None
    end = at
    while end < len(tokens) and tokens[end].kind == "word" and tokens[end].text not in STOP_WORDS | BOUNDARIES:
        end += 1
    for stop in range(end, at, -1):
        stems = [stem(t.text) for t in tokens[at:stop]]
        level = LEVEL_OF.get(tokens[stop].text) if stop < len(tokens) else None
        if len(stems) < 2 and level is None:
            break
        fitting = titles.holding(stems, level)
        if fitting:
            return at, stop + (level is not None), _named(fitting)
    return None


def _all_belong(tokens: list[Token], fitting: list[Titled], unknown: set[int]) -> bool:
    """Words between the unknown ones must be the title's own, or small ones."""
    own = {stem(word) for title in fitting for word in words_of(title.title)}
    return all(
        t.start in unknown or t.text in STOP_WORDS or t.text in LEVEL_OF or t.kind == "sign" or stem(t.text) in own
        for t in tokens
    )


def _best(fitting: list[Titled], stems: list[str]) -> list[Titled]:
    """The one whose whole title was said, where one is."""
    if len(stems) == 1:
        return fitting
    whole = [t for t in fitting if len([w for w in words_of(t.title) if w not in STOP_WORDS]) == len(stems)]
    return whole if len(whole) == 1 else fitting


def _named(fitting: list[Titled]) -> Named:
    if len(fitting) == 1:
        return Named((fitting[0].ref,), plain=False)
    return Named(choices=tuple((t.ref.id, t.title) for t in fitting[:6]))


def _literal(tokens: list[Token], at: int, unknown: set[int], titles: Titles) -> Span | None:
    """A title of known words only, word for word: two words at least, or one with its kind ("the validation phase")."""
    if tokens[at].kind != "word" or at + 1 >= len(tokens) or tokens[at].text in STOP_WORDS:
        return None
    word, after = tokens[at].text, tokens[at + 1].text
    level = LEVEL_OF.get(after)
    if level:
        alone = [t for t in titles.holding([stem(word)], level) if words_of(t.title) == [word]]
        return (at, at + 2, _named(alone)) if len(alone) == 1 else None
    if tokens[at + 1].kind != "word" or tokens[at + 1].start in unknown:
        return None
    stems = [stem(w) for w in (word, after) if w not in STOP_WORDS]
    best: Span | None = None
    for title in titles.holding(stems) if len(stems) == 2 else ():
        words = words_of(title.title)
        stop = _matched(tokens, at, words) if len(words) > 1 else 0
        if stop and (best is None or stop > best[1]):
            best = (at, stop, _named([title]))
    return best
