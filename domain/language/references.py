"""Which items a sentence names: ids, lists, ranges, ordinals, and the original ids of an imported plan."""

# a line of words is easier to read, and to add to, than a list

from __future__ import annotations

from domain.commands.table import Ref
from domain.language.lexicon import NUMBERS
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.language.tokens import Token
    from domain.tracker import Found, Tracker

LEVELS = {
    **dict.fromkeys(("phase", "phases", "stage", "stages", "section", "sections"), "phase"),
    **dict.fromkeys("task tasks item items ticket tickets issue issues todo todos job jobs card story".split(), "task"),
    **dict.fromkeys("subtask subtasks sub-task sub-tasks box boxes checkbox checkboxes step steps".split(), "subtask"),
    "evidence": "evidence",
}
NUMBER_SIGNS = ("#", "no", "no.", "nr", "number", "num", "id")
LIST_SIGNS = (",", ";", "and", "&", "+", "/", "plus", "also")
LIST_WORDS = (["as", "well", "as"], ["together", "with"], ["along", "with"])
RANGE_SIGNS = ("-", "–", "through", "thru", "to", "until", "till", "upto")
KINDS = ("phase", "task", "subtask")


class Named(Record):
    """The items that some words name. `missing`: ids that no item has; `choices`: items of which one is meant."""

    refs: tuple[Ref, ...] = ()
    missing: tuple[str, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()
    plain: bool = True

    def joined(self, other: Named) -> Named:
        known = {ref.id for ref in self.refs}
        more = tuple(ref for ref in other.refs if ref.id not in known)
        return Named(
            self.refs + more, self.missing + other.missing, self.choices + other.choices, self.plain and other.plain
        )


def read(tokens: list[Token], at: int, tracker: Tracker | None, to_is_range: bool) -> tuple[int, Named] | None:
    """(tokens taken, items) of the list of references that begins here."""
    first = _range_or_item(tokens, at, tracker, None, to_is_range)
    if first is None:
        return None
    end, named, level = first
    while True:
        after = _after_list_sign(tokens, end)
        if after and level == "phase" and after < len(tokens) and tokens[after].kind == "id":
            return end - at, named  # "… to phase 3 and 2.4 to phase 4"
        follows = _range_or_item(tokens, after, tracker, level, to_is_range) if after else None
        if follows is None:
            return end - at, named
        end, more, level = follows
        named = named.joined(more)


def _text(tokens: list[Token], at: int) -> str:
    return tokens[at].text if 0 <= at < len(tokens) and tokens[at].kind != "quoted" else ""


def _after_list_sign(tokens: list[Token], at: int) -> int:
    """Where a list goes on, 0 if it does not: after `,` `and` `, and`, or at an id that follows at once."""
    start = at
    while _text(tokens, at) in LIST_SIGNS:
        at += 1
    words = [token.text for token in tokens[at : at + 3]]
    at += next((len(sign) for sign in LIST_WORDS if words[: len(sign)] == sign), 0)
    if at > start or (at < len(tokens) and tokens[at].kind == "id"):
        return at
    return 0


def _range_or_item(
    tokens: list[Token], at: int, tracker: Tracker | None, level: str | None, to_is_range: bool
) -> tuple[int, Named, str | None] | None:
    found = _ordinal(tokens, at, tracker) or _item(tokens, at, level)
    if found is None:
        return None
    end, id, level = found
    if level == "bare":  # "tasks 1 and 2 of phase 3": the phase stands behind
        return _numbers_of(tokens, at, tracker)
    last = _range_end(tokens, end, id, level, to_is_range)
    if last is None:
        return end, named_by(id, tracker), level
    return last[0], _span(id, last[1], tracker), level


def _item(tokens: list[Token], at: int, level: str | None) -> tuple[int, str, str | None] | None:
    """(end, id, level said before it) of one id, with the noun before it."""
    noun = LEVELS.get(_text(tokens, at))
    if noun:
        at += 1
    said = noun or level
    if _text(tokens, at) in NUMBER_SIGNS and (noun or _text(tokens, at + 1)[:1].isdecimal()):
        at += 1
    if at >= len(tokens):
        return None
    token = tokens[at]
    if token.kind == "id" and noun == "subtask" and token.text.count(".") == 1:
        return None  # "subtask 4.4: …" adds one to 4.4
    if token.kind == "id":
        return at + 1, _plain_id(token.text), said
    evidence = _evidence(token, noun)
    if evidence:
        return at + 1, evidence, "evidence"
    number = token.text if token.kind == "number" else str(NUMBERS.get(token.text, "")) if noun else ""
    if said == "phase" and number and number != "-1":
        return at + 1, _plain_id(number), said
    if noun in ("task", "subtask") and token.kind == "number":
        return at + 1, number, "bare"
    return None


def _plain_id(text: str) -> str:
    return ".".join(part.lstrip("0") or "0" for part in text.split("."))


def _evidence(token: Token, noun: str | None) -> str:
    if token.text[:1] == "e" and token.text[1:].isdecimal() and token.kind == "code":
        return token.text.upper()
    return f"E{token.text}" if noun == "evidence" and token.kind == "number" else ""


def _range_end(tokens: list[Token], at: int, id: str, level: str | None, to_is_range: bool) -> tuple[int, str] | None:
    sign = _text(tokens, at)
    size = (
        2
        if sign in (".", "up", "through") and _text(tokens, at + 1) in (".", "to")
        else 1
        if sign in RANGE_SIGNS
        else 0
    )
    if size and _text(tokens, at + size) == "and" and _text(tokens, at + size + 1) == "including":
        size += 2
    if not size or (sign == "to" and not to_is_range):
        return None
    after = _item(tokens, at + size, level)
    if after and after[2] != "bare" and after[1].count(".") == id.count("."):
        return after[0], after[1]
    if sign in "-–" and _text(tokens, at + size).isdecimal() and "." in id:  # 2.1-3
        return at + size + 1, f"{id.rpartition('.')[0]}.{_text(tokens, at + size)}"
    return None


def _numbers_of(tokens: list[Token], at: int, tracker: Tracker | None) -> tuple[int, Named, str | None] | None:
    """task 3 of phase 2 · tasks 1, 2 and 4 in phase 3 · subtasks 1-3 of 5.3"""
    noun = LEVELS[_text(tokens, at)]
    end = at + 1
    numbers: list[int] = []
    end += _text(tokens, end) in NUMBER_SIGNS
    while end < len(tokens) and tokens[end].kind == "number":
        first = int(tokens[end].text[:9])
        end += 1
        if _text(tokens, end) in RANGE_SIGNS and _text(tokens, end + 1).isdecimal():
            numbers += range(first, min(int(_text(tokens, end + 1)[:9]), first + 999) + 1)
            end += 2
        else:
            numbers.append(first)
        after = _after_list_sign(tokens, end)
        if not after or after >= len(tokens) or tokens[after].kind != "number":
            break
        end = after
    parent = _parent(tokens, end, noun)
    if parent:
        named = Named()
        for number in numbers:
            named = named.joined(named_by(f"{parent[1]}.{number}", tracker))
        return parent[0], named.replace(plain=False), noun
    return end, _among_phases(numbers, noun, tracker), noun


def _among_phases(numbers: list[int], noun: str, tracker: Tracker | None) -> Named:
    """`task 3` alone: clear where there is one phase, else a question."""
    phases = tracker.phases if tracker and noun == "task" else ()
    found = [
        named for number in numbers for phase in phases for named in [named_by(f"{phase.number}.{number}", tracker)]
    ]
    if len(phases) == 1:
        refs = Named()
        for named in found:
            refs = refs.joined(named)
        return refs
    titles = tuple((ref.id, title_of(tracker, ref)) for named in found for ref in named.refs)
    return Named(choices=titles or (("", ""),))


def _parent(tokens: list[Token], at: int, noun: str) -> tuple[int, str] | None:
    """(end, id) of "of phase 2" behind a task, of "of 5.3" behind a subtask."""
    if _text(tokens, at) not in ("of", "in", "from", "on", "under", "for", ","):
        return None
    found = _item(tokens, at + 1, None)
    if found and found[2] != "bare" and found[1].count(".") == (0 if noun == "task" else 1):
        return found[0], found[1]
    return None


def _ordinal(tokens: list[Token], at: int, tracker: Tracker | None) -> tuple[int, str, str | None] | None:
    """the third task of phase 2 · last subtask of 5.3"""
    number, noun = NUMBERS.get(_text(tokens, at)), LEVELS.get(_text(tokens, at + 1))
    if number is None or noun not in ("task", "subtask"):
        return None
    parent = _parent(tokens, at + 2, noun)
    if parent is None:
        return None
    if number < 0:
        found = tracker.at(parent[1]) if tracker else None
        rows = (
            (found.item.tasks.column("number") if noun == "task" else [s.number for s in found.item.subtasks])
            if found
            else []
        )
        number = rows[-1] if rows else 0
    return parent[0], f"{parent[1]}.{number}", noun


# --- ids become items -----------------------------------------------------------------------------------------------


def named_by(id: str, tracker: Tracker | None) -> Named:
    if id.count(".") > 2:
        return Named(missing=(id,))
    if tracker is None:
        return Named((Ref("evidence" if id[0] == "E" else KINDS[id.count(".")], id),))
    if id[0] == "E":
        return _evidence_named(id, tracker)
    found = tracker.at(id)
    return Named((ref_to(found),)) if found else Named(missing=(id,))


def ref_to(found: Found) -> Ref:
    return Ref(found.kind, found.id, found.item.uid)


def _evidence_named(id: str, tracker: Tracker) -> Named:
    marker = f'"{id}"'
    for phase in tracker.phases:
        for index, row in enumerate(phase.tasks.raw):
            if isinstance(row, str) and marker not in row:
                continue
            for evidence in phase.tasks[index].evidence:
                if evidence.id == id:
                    return Named((Ref("evidence", id, evidence.uid),))
    return Named(missing=(id,))


def _span(first: str, last: str, tracker: Tracker | None) -> Named:
    """The items of a range that exist; both its ends must."""
    ends = named_by(first, tracker).joined(named_by(last, tracker))
    if not first[:1].isdecimal():
        return ends if ends.missing else _evidence_span(int(first[1:][:9]), int(last.lstrip("E")[:9]), tracker)
    head, _, start = first.rpartition(".")
    other, _, stop = last.rpartition(".")
    are_numbers = start.isdecimal() and stop.isdecimal()  # those of evidence begin with a letter
    if ends.missing or head != other or not are_numbers or int(start[:9]) > int(stop[:9]):
        return ends if ends.missing else Named(missing=(f"{first}–{last}",))
    prefix = f"{head}." if head else ""
    numbers = _numbers_between(head, int(start), int(stop), tracker)
    named = Named()
    for number in numbers:
        named = named.joined(named_by(f"{prefix}{number}", tracker))
    return named.replace(plain=False)


def _evidence_span(start: int, stop: int, tracker: Tracker | None) -> Named:
    """E3 to E5, whichever of these is there."""
    if start > stop:
        return Named(missing=(f"E{start}–E{stop}",))
    found = [named_by(f"E{number}", tracker) for number in range(start, min(stop, start + 999) + 1)]
    named = Named()
    for one in found:
        named = named if one.missing else named.joined(one)
    return named.replace(plain=False)


def _numbers_between(head: str, start: int, stop: int, tracker: Tracker | None) -> list[int]:
    if tracker is None:
        return [*range(start, min(stop, start + 999) + 1)]
    if not head:
        there = [phase.number for phase in tracker.phases]
    else:
        found = tracker.at(head)
        assert found is not None
        there = found.item.tasks.column("number") if found.kind == "phase" else [s.number for s in found.item.subtasks]
    return sorted(number for number in there if start <= number <= stop)


def between(named: Named, tracker: Tracker | None) -> Named:
    """between 2.1 and 2.4: what stands between the two, with them."""
    ids = [ref.id for ref in named.refs]
    return _span(ids[0], ids[1], tracker) if len(ids) == 2 and not named.missing else named


def title_of(tracker: Tracker | None, ref: Ref) -> str:
    found = tracker.at(ref.id) if tracker and ref.kind != "evidence" else None
    return found.title if found else ""


def subtasks_of(ref: Ref, tracker: Tracker | None) -> tuple[Ref, ...]:
    found = tracker.at(ref.id) if tracker else None
    if found is None or found.kind != "task":
        return ()
    return tuple(Ref("subtask", f"{found.id}.{subtask.number}", subtask.uid) for subtask in found.item.subtasks)


def nearest(id: str, tracker: Tracker) -> tuple[tuple[str, str], ...]:
    """Existing items whose ids are close to one that does not exist: same parent, nearest numbers first."""
    if id[0] == "E":
        return ()
    head, _, number = id.replace("–", ".").rpartition(".")
    parent = tracker.at(head) if head else None
    while head and parent is None:
        head, _, number = head.rpartition(".")
        parent = tracker.at(head) if head else None
    wanted = int(number[:9]) if number.isdecimal() else 1
    if parent is None:
        phases = sorted(tracker.phases, key=lambda phase: abs(phase.number - wanted))
        return tuple((str(phase.number), phase.title) for phase in phases[:3])
    rows = parent.item.tasks if parent.kind == "phase" else parent.item.subtasks
    if parent.kind == "phase":
        near = sorted(rows.column("number"), key=lambda there: abs(there - wanted))[:3]
        return tuple((f"{head}.{there}", parent.item.task(there).title) for there in near)
    close = sorted(rows, key=lambda there: abs(there.number - wanted))[:3]
    return tuple((f"{head}.{there.number}", there.title) for there in close) or ((parent.id, parent.title),)


def by_label(word: str, tracker: Tracker) -> Named | None:
    """An original id (`WORK-001`, `T012`) that was kept as a label: clear when exactly one item has it."""
    found = []
    for phase in tracker.phases:
        for index, labels in enumerate(phase.tasks.column("labels")):
            if labels and any(label.casefold() == word for label in labels):
                found.append((phase, index))
    if not found:
        return None
    titles = [(f"{phase.number}.{phase.tasks[index].number}", phase.tasks[index]) for phase, index in found[:6]]
    if len(found) == 1:
        return Named((Ref("task", titles[0][0], titles[0][1].uid),), plain=False)
    return Named(choices=tuple((id, task.title) for id, task in titles))


def labels_near(word: str, tracker: Tracker | None) -> tuple[tuple[str, str], ...]:
    """(id, title) of tasks with a label that is almost the word."""
    from domain.language.spelling import distance

    found = []
    for phase in tracker.phases if tracker else ():
        for index, labels in enumerate(phase.tasks.column("labels")):
            if any(distance(word.casefold(), label.casefold(), 2) <= 1 for label in labels):
                found.append((f"{phase.number}.{phase.tasks[index].number}", phase.tasks[index].title))
    return tuple(found[:6])
