"""Finds the parts of a sentence that are only text (titles, notes, reasons), before any word is given a meaning."""

# a line of words is easier to read, and to add to, than a list

from __future__ import annotations

from domain.language.lexicon import (
    ADDED,
    ADJECTIVES,
    DETERMINERS,
    LATER_MARKERS,
    NAMING,
    PREPOSITIONS,
    REASON_MARKERS,
    STATUS_OF,
    STUCK_MARKERS,
    TEXT_FAMILIES,
    TEXT_MARKERS,
    Senses,
    bases,
    look_up,
)
from domain.language.references import read
from domain.language.tokens import Token

_FAMILY = {word: family for family, line in TEXT_FAMILIES.items() for word in line.split()}
_MARKERS = {family: frozenset(line.split()) for family, line in TEXT_MARKERS.items()}
_REASONS = [tuple(marker.split("_")) for marker in REASON_MARKERS]
_LEADS = (
    NAMING
    | {word for marker in _REASONS for word in marker}
    | {"saying"}
    | {*STUCK_MARKERS, *LATER_MARKERS, "of", "(", "that", "reason"}
)
_EMPTY = frozenset("that saying to as is be called named titled because of the a".split()) | {""}
_TEXT_LEADS = _MARKERS["note"]
_INTO = frozenset(f"{PREPOSITIONS['to']} {PREPOSITIONS['in']} on of for beneath".split())
OPENING = frozenset(
    (
        "gets receives throw put stick drop should open start begin launch record log file register kick set have "
        "has needs build"
    ).split()
)
ASKING = frozenset("what which who whom whose where why how is are was were does did has when".split())
POLITE_ENDS = frozenset("please pls plz thanks thx cheers".split())
STRICT_ADDING = frozenset("add create insert append new include".split())
JOINING = frozenset(("and", "then", "but", "also", ",", "plus", "&"))
OUTPUTS = frozenset("output outputs".split())
DASHES = "-–"
WAITING = frozenset(
    (
        "blocked stuck waiting stalled held impeded hung awaiting waits jammed pending depends holding "
        "obstructed hampered block"
    ).split()
)


def seal(tokens: list[Token]) -> list[Token]:
    """The tokens with every text made one token of kind `text` or `reason`."""
    done: list[Token] = []
    while (found := _sealed(tokens)) is not None:
        kind, start, end = found
        behind_sign = start and tokens[start - 1].kind == "sign"
        if all(t.kind == "sign" or (t.text in _EMPTY and not behind_sign) for t in tokens[start:end]):
            break
        head = start
        while head and tokens[head - 1].text in (_LEADS if kind == "reason" else _TEXT_LEADS):
            head -= 1  # "because", "called", "saying" are not part of anything
        done += [*_quotes(tokens[:head]), Token(kind, "", tokens[start].start, tokens[end - 1].end)]
        tokens = tokens[end:]
    return done + _quotes(tokens)


def _quotes(tokens: list[Token]) -> list[Token]:
    return [Token("text", t.text, t.start, t.end) if t.kind == "quoted" else t for t in tokens]


def _sealed(tokens: list[Token]) -> tuple[str, int, int] | None:
    """(kind, first token, end) of the first text that is not in quotes."""
    family, at, noun_at = "", 0, -1
    while at < len(tokens):
        token = tokens[at]
        word = token.text if token.kind in ("word", "sign", "code") else ""
        if token.kind in ("text", "reason"):
            return None
        if step := read(tokens, at, None, False):
            at += step[0]
            continue
        if word:
            if at == 0 and word in ASKING:
                return None
            found = _colon(tokens, at, family) or _reason(tokens, at) or _named(tokens, at, family)
            found = found or _marked(tokens, at, family)
            if found:
                return found
            family, noun_at = _next_family(tokens, at, family, noun_at)
        at += 1
    return _bare(tokens, family, noun_at)


def _next_family(tokens: list[Token], at: int, family: str, noun_at: int) -> tuple[str, int]:
    word = tokens[at].text
    if word in JOINING and _begins_command(tokens, at):
        return "", -1
    said = _FAMILY.get(word) or next((_FAMILY[base] for base, _ in bases(word) if base in _FAMILY), "")
    if (
        not said
        or (said == "add" and family)
        or (said == "none" and family and not _right_behind(tokens, noun_at, at))
        or (family in ("note", "evidence", "criterion") and said != family)
    ):
        return family, noun_at
    return said, noun_at if said == family else at


def _right_behind(tokens: list[Token], earlier: int, at: int) -> bool:
    """ "add a dependency …": only small words stand between."""
    return all(token.text in DETERMINERS for token in tokens[earlier + 1 : at])


def _begins_command(tokens: list[Token], at: int) -> bool:
    """Whether behind a joining word here a command follows: a verb, and an id soon after it."""
    while at < len(tokens) and tokens[at].text in JOINING:
        at += 1
    here = (
        look_up([token.text for token in tokens[at : at + 4]], 0)
        if at < len(tokens) and tokens[at].kind == "word"
        else None
    )
    if here is None or "base" not in here.kinds.get("verb", {}).values():
        return False
    return any(token.kind == "id" or token.text in ("phase", "it", "them") for token in tokens[at + 1 : at + 6])


def _until_command(tokens: list[Token], start: int) -> int:
    """Where an unquoted text ends: at the next command of the sentence, or at its end."""
    for at in range(start + 1, len(tokens)):
        if tokens[at].text in JOINING and tokens[at - 1].text not in JOINING and _begins_command(tokens, at):
            return at
    end = len(tokens)
    while end > start and (
        (tokens[end - 1].kind == "sign" and tokens[end - 1].text in ".!)?") or tokens[end - 1].text in POLITE_ENDS
    ):
        end -= 1
    return end


def _colon(tokens: list[Token], at: int, family: str) -> tuple[str, int, int] | None:
    sign = tokens[at].text
    dash = (
        sign in DASHES
        and at
        and tokens[at - 1].end < tokens[at].start
        and tokens[at].end < tokens[min(at + 1, len(tokens) - 1)].start
    )
    if not (sign == ":" or dash) or at + 1 >= len(tokens):
        return None
    state = look_up([t.text for t in tokens[at + 1 : at + 4]], 0) if tokens[at + 1].kind == "word" else None
    if (
        family == "criterion"
        and state is not None
        and state.size == len(tokens) - at - 1
        and ("status" in state.kinds or state.kinds.get("verb", {}).keys() & {"meet", "unmeet"})
    ):
        return None
    family = family or ("add" if _opens_something(tokens[:at]) else "")
    if family and family not in ("none", "search") and not _whole_quote(tokens, at + 1):
        return "reason" if family == "reason" else "text", at + 1, len(tokens)
    return _reason_behind_sign(tokens, at) if not family else None


def _opens_something(tokens: list[Token]) -> bool:
    """record a task in phase 5 · kick off an initiative: verbs that add only together with a new thing."""
    if _only_a_new_thing(tokens):
        return True
    verb = next((i for i, t in enumerate(tokens) if t.text in OPENING), None)
    return verb is not None and any(
        t.text in ADDED and not _is_place(tokens, i) for i, t in enumerate(tokens) if i > verb
    )


def _only_a_new_thing(tokens: list[Token]) -> bool:
    """another phase: … · task for phase 3: … · phase 3 task: …"""
    at, things = 0, 0
    while at < len(tokens):
        place = read(tokens, at, None, False)
        things += not place and tokens[at].text in ADDED
        if (
            not place
            and tokens[at].text not in ADDED
            and tokens[at].text
            not in ADJECTIVES
            | DETERMINERS
            | _INTO
            | {"priority", "there", "'s", "is", "high", "low", "medium", "critical", "urgent"}
        ):
            return False
        at += place[0] if place else 1
    return things > 0


def _whole_quote(tokens: list[Token], at: int) -> bool:
    return all(t.kind == "quoted" or t.text in JOINING for t in tokens[at:]) or (
        tokens[at].kind == "quoted" and not any(t.kind == "quoted" for t in tokens[at + 1 :])
    )


def _reason_behind_sign(tokens: list[Token], at: int) -> tuple[str, int, int] | None:
    """block 3.2: the vendor is late · cancel 4.1 - out of scope"""
    if not _status_verb(tokens[:at]) or not any(t.kind == "id" for t in tokens[:at]) or _all_known(tokens[at + 1 :]):
        return None
    start = at + 1 + (tokens[at + 1].text in ("because", "since", "reason"))
    if (
        start < len(tokens)
        and tokens[start].kind == "word"
        and "mood" in (look_up([tokens[start].text], 0) or Senses()).kinds
    ):
        return None  # "complete 3.3 - no, forget it"
    return ("reason", start, len(tokens)) if start < len(tokens) else None


def _all_known(tokens: list[Token]) -> bool:
    return all(t.kind in ("id", "sign") or (t.kind == "word" and look_up([t.text], 0)) for t in tokens)


def _status_verb(tokens: list[Token]) -> bool:
    words = [token.text for token in tokens]
    return any(
        here is not None and ("status" in here.kinds or any(verb in STATUS_OF for verb in here.kinds.get("verb", ())))
        for at, token in enumerate(tokens)
        if token.kind == "word"
        for here in [look_up(words, at)]
    )


def _reason(tokens: list[Token], at: int) -> tuple[str, int, int] | None:
    word = tokens[at].text
    if word == "(":
        return _bracketed(tokens, at)
    if word == "," and _tells_why(tokens, at + 1):
        return _reason_from(tokens, at + 1)
    words = [token.text for token in tokens[at : at + 4]]
    for marker in _REASONS:
        if marker == ("since",) and not _status_verb(tokens[:at]):
            continue
        if words[: len(marker)] == [*marker] and at:
            keep = marker[0] in ("as", "so", "in", "for") and len(marker) == 2 and marker[0] == "as"
            start = at + (1 if keep else len(marker))
            start += start < len(tokens) and tokens[start].text in ("of", "that") and marker[0] == "because"
            if "due" in words[:1] and start < len(tokens) and _dated(tokens[start]):
                return None
            return _reason_from(tokens, start)
    return _stuck(tokens, at) or _later(tokens, at)


def _tells_why(tokens: list[Token], at: int) -> bool:
    """unblock 2.2, *the scaffolding is up*: a statement about a thing of the world behind an order about a status."""
    if at + 2 >= len(tokens) or tokens[at].text not in DETERMINERS or not _orders_status(tokens[: at - 1]):
        return False
    end = next((i for i in range(at + 2, min(len(tokens), at + 5)) if tokens[i].text in ("is", "are", "was", "has")), 0)
    if not end or end + 1 >= len(tokens) or any(token.kind != "word" for token in tokens[at:end]):
        return False
    subject = look_up([tokens[end - 1].text], 0)
    said = look_up([token.text for token in tokens[end + 1 :]], 0)
    return subject is None and not (said and said.kinds.keys() & {"status", "priority"})


def _orders_status(tokens: list[Token]) -> bool:
    return _status_verb(tokens) and any(token.kind == "id" or token.text == "phase" for token in tokens)


def _dated(token: Token) -> bool:
    return token.kind in ("date", "number")


def _reason_from(tokens: list[Token], start: int) -> tuple[str, int, int] | None:
    end = _until_command(tokens, start)
    return ("reason", start, end) if start < end else None


def _bracketed(tokens: list[Token], at: int) -> tuple[str, int, int] | None:
    end = next((i for i in range(at, len(tokens)) if tokens[i].text == ")"), 0)
    if end > at + 1 and _status_verb(tokens[:at]) and not _all_known(tokens[at + 1 : end]):
        return "reason", at + 1, end
    return None


def _stuck(tokens: list[Token], at: int) -> tuple[str, int, int] | None:
    """is blocked by the vendor · waiting on comms · stuck until Monday"""
    if tokens[at].text not in STUCK_MARKERS or at + 1 >= len(tokens):
        return None
    before = [token.text for token in tokens[max(0, at - 2) : at]]
    if before[-1:] == ["up"]:
        before = before[:1]
    if (
        before[-1:]
        and before[-1] in WAITING
        and before[-1] != "block"
        and (tokens[at].text != "on" or before[-1] != "depends")
    ):
        if before[-1] == "waits" and read(tokens, at + 1, None, False):
            return None
        return _reason_from(tokens, at + 1)
    if tokens[at].text in ("until", "till", "pending", "awaiting") and _has_verb(tokens[:at], ("block",)):
        return _reason_from(tokens, at)
    return None


def _later(tokens: list[Token], at: int) -> tuple[str, int, int] | None:
    """defer 2.4 until next quarter · push 2.4 back to March"""
    if any(_FAMILY.get(token.text) == "none" for token in tokens[:at]):
        return None
    if (
        tokens[at].text not in LATER_MARKERS
        or at + 1 >= len(tokens)
        or not _has_verb(tokens[:at], ("defer",), ("deferred",))
    ):
        return None
    if not any(token.kind == "id" for token in tokens[:at]) and tokens[at].text in ("to", "for", "after"):
        return None
    if tokens[at].text in ("to", "for", "after") and read(tokens, at + 1, None, False):
        return None
    if tokens[at].text == "for" and tokens[at + 1].text in ("now", "me", "later"):
        return None
    keep = tokens[at].text in ("until", "till", "after", "pending")
    return _reason_from(tokens, at if keep else at + 1)


def _has_verb(tokens: list[Token], verbs: tuple[str, ...], statuses: tuple[str, ...] = ()) -> bool:
    words = [token.text for token in tokens]
    for at, token in enumerate(tokens):
        here = look_up(words, at) if token.kind == "word" else None
        if here and (any(verb in here.kinds.get("verb", ()) for verb in verbs) and "prep" not in here.kinds):
            return True
        if here and any(status in here.kinds.get("status", ()) for status in statuses):
            return True
    return _apart(words, verbs)


def _apart(words: list[str], verbs: tuple[str, ...]) -> bool:
    """put 2.4 off · push 2.4 back: the parts of the verb stand apart."""
    words = [next((base for base, _ in bases(word) if base in ("put", "push")), word) for word in words]
    return "defer" in verbs and any(
        a in words and b in words[words.index(a) :] for a, b in (("put", "off"), ("push", "back"), ("push", "out"))
    )


def _named(tokens: list[Token], at: int, family: str) -> tuple[str, int, int] | None:
    """create a tracker called Sea trials · add a task called Write docs to phase 3"""
    if tokens[at].text not in NAMING or at + 1 >= len(tokens) or not at or tokens[at + 1].text == "off":
        return None
    renames = tokens[at - 1].text in ("be", "is", "now", "are") and any(
        token.kind == "id" or token.text == "phase" for token in tokens[:at]
    )
    if family not in ("add", "init", "import") and not renames and not _opens_something(tokens[:at]):
        return None
    if tokens[at + 1].kind == "quoted":
        return None
    start = at + 1 + (tokens[at + 1].text == ":")
    end = _until_command(tokens, start)
    return _kept("text", start, _before_parent(tokens, start, end))


def _kept(kind: str, start: int, end: int) -> tuple[str, int, int] | None:
    return (kind, start, end) if start < end else None


def _before_parent(tokens: list[Token], start: int, end: int) -> int:
    """Where a title ends that is followed by "to phase 3" or "under 4.1"."""
    for at in range(end - 1, start, -1):
        if tokens[at].text in _INTO and tokens[at].kind == "word":
            place = read(tokens, at + 1, None, False)
            if place and at + 1 + place[0] == end:
                return at
    return end


def _marked(tokens: list[Token], at: int, family: str) -> tuple[str, int, int] | None:
    """rename 5.2 to Pilot · note on 3.1 that … · set the description of 3.1 to …"""
    if tokens[at].text not in _MARKERS.get(family, ()) or at + 1 >= len(tokens) or not at:
        return None
    if family in ("rename", "describe"):
        return _renamed(tokens, at)
    if tokens[at + 1].kind == "quoted" or (
        tokens[at].text == "that"
        and family == "note"
        and not any(t.kind == "id" for t in tokens[:at])
        and _before_parent(tokens, at + 1, len(tokens)) == len(tokens)
    ):
        return None
    end = _until_command(tokens, at + 1)
    named = any(token.kind == "id" for token in tokens[:at])
    return _kept("text", at + 1, end if named else _before_parent(tokens, at + 1, end))


def _renamed(tokens: list[Token], at: int) -> tuple[str, int, int] | None:
    start = at + 1
    while start < len(tokens) and tokens[start].text in ("be", ":", "now", "read"):
        start += 1
    if start >= len(tokens) or tokens[start].kind == "quoted":
        return None
    if tokens[start].text in NAMING or _place_follows(tokens, at):
        return None
    return _kept("text", start, _until_command(tokens, start))


def _place_follows(tokens: list[Token], at: int) -> bool:
    """give the name X to 5.2: what follows is the item, not the name."""
    place = read(tokens, at + 1, None, False)
    return bool(place) and at + 1 + (place[0] if place else 0) == len(tokens)


# --- texts without any sign -----------------------------------------------------------------------------------------


def _bare(tokens: list[Token], family: str, noun_at: int) -> tuple[str, int, int] | None:
    if noun_at < 0 or any(t.kind in ("quoted", "text", "reason", "item") for t in tokens[noun_at:]):
        return None
    if family == "add":
        return _bare_title(tokens, noun_at)
    if family == "init":
        return _bare_plan(tokens, noun_at + 1)
    if family in ("note", "criterion", "evidence"):
        return _bare_note(tokens, noun_at)
    if family in ("rename", "describe"):
        return _bare_name(tokens, noun_at)
    return None


def _bare_title(tokens: list[Token], at: int) -> tuple[str, int, int] | None:
    """add task write docs to phase 3 · add a task to phase 3 to write docs · phase 4: add task write docs"""
    noun = next((i for i in range(at + 1, len(tokens)) if tokens[i].text in ADDED and not _is_place(tokens, i)), None)
    if noun is None and tokens[at].text not in STRICT_ADDING:
        return None
    start = (noun if noun is not None and noun - at <= 6 else at) + 1
    if start < len(tokens) and tokens[start - 1].text == "initiative" and tokens[start].kind == "number":
        start += 1
    start, end = _behind_places(tokens, start), _until_command(tokens, start)
    if (
        noun is None
        and _before_parent(tokens, start, end) == end
        and not any(_is_place(tokens, i) for i in range(start))
    ):
        return None
    while start < end and tokens[start].text in ("to", "that", "for", "called", "named", ",", "saying", "-", "–"):
        start += 1
    stop = _before_parent(tokens, start, end)
    if noun is None and any(t.kind == "id" for t in tokens[start:stop]):
        return None  # "add dependancy from 5.2 to 5.1": no title
    return _kept("text", start, stop)


def _bare_plan(tokens: list[Token], at: int) -> tuple[str, int, int] | None:
    """init garden shed"""
    while at < len(tokens) and tokens[at].text in ADDED | ADJECTIVES | DETERMINERS:
        at += 1
    if at >= len(tokens) or tokens[at].kind != "word":
        return None
    return _kept("text", at, _until_command(tokens, at))


def _is_place(tokens: list[Token], at: int) -> bool:
    return read(tokens, at, None, False) is not None


def _behind_places(tokens: list[Token], at: int) -> int:
    """Behind "to phase 3" and "under 4.1"."""
    while at + 1 < len(tokens) and tokens[at].text in _INTO:
        place = read(tokens, at + 1, None, False)
        if place is None:
            break
        at += 1 + place[0]
    return at


def _bare_note(tokens: list[Token], at: int) -> tuple[str, int, int] | None:
    """note on 3.1 parser v2 only · add note parser v2 only to 3.1 · attach draft.docx to 2.2"""
    if _FAMILY.get(tokens[at].text) == "criterion" and not any(t.text in STRICT_ADDING for t in tokens[:at]):
        return None
    start = at + 1
    for noun in range(at + 1, min(len(tokens), at + 4)):
        if _FAMILY.get(tokens[noun].text) in ("note", "evidence", "criterion"):
            start = noun + 1
    if start + 1 < len(tokens) and tokens[start - 1].text in OUTPUTS and tokens[start].text == "of":
        start += 1  # attach output of pytest -q (exit 0) to 2.1
    if (
        start < len(tokens)
        and tokens[start].text in _INTO
        and tokens[start].kind == "word"
        and read(tokens, start + 1, None, False) is None
    ):
        return None
    if start < len(tokens) and (step := read(tokens, start, None, False)):
        start += step[0]
    start = _behind_places(tokens, start)
    while start < len(tokens) and tokens[start].text in (",", "-", "–", "as", "evidence", "proof"):
        start += 1
    end = _until_command(tokens, start)
    verified = start < end and "verify" in (look_up([tokens[start].text], 0) or Senses()).kinds.get("verb", ())
    if (
        start >= end
        or verified
        or tokens[start - 1].text == "as"
        or tokens[start].text in ("is", "are", "was", "were", "has", "have", "of", "should", "done")
    ):
        return None
    cut = _before_parent(tokens, start, end)
    if cut < end:
        return _kept("text", start, cut)
    before = any(t.kind in ("id",) or t.text == "phase" for t in tokens[:start])
    behind = _text_with_place(tokens, start, end)
    return behind or (("text", start, end) if before else None)


def _text_with_place(tokens: list[Token], start: int, end: int) -> tuple[str, int, int] | None:
    """attach draft.docx to 2.2 as evidence"""
    for at in range(start + 1, end):
        place = read(tokens, at + 1, None, False) if tokens[at].text in _INTO else None
        if place and at + 1 + place[0] < end and tokens[at + 1 + place[0]].text in ("as", "with"):
            return "text", start, at
    return None


def _bare_name(tokens: list[Token], at: int) -> tuple[str, int, int] | None:
    """call 5.2 Pilot with support · give 5.2 the title Pilot"""
    start = at + 1
    place = read(tokens, start, None, False)
    if place:
        start += place[0]
    elif not any(t.kind == "id" for t in tokens[:at]):
        return None
    rest = [t.text for t in tokens[start:]]
    state = look_up(rest, 0) if rest and tokens[start].kind == "word" else None
    if state is not None and "status" in state.kinds and state.size == len(rest):
        return None  # "call 3.3 done"
    if start < len(tokens) and tokens[start].text in (*_MARKERS["rename"], "of", "for", "on", "off", "back"):
        return None
    return _kept("text", start, _until_command(tokens, start))
