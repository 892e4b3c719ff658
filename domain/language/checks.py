"""Sentences about checks and trust: `verify 5.3 with "pytest -q"`; a command line is read as in no other sentence."""

from __future__ import annotations

from domain.commands.checks import SHELL_SIGNS
from domain.commands.table import Command, Ref
from domain.language.reading import Missing, Unclear
from domain.language.tokens import QUOTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.tracker import Tracker

COURTESY = "please hey kindly now ok".split()
ASKING = "could can would will".split()
AFTER = (" please", " now", " thanks", " thank you")
ARTICLES = ("the", "a", "an", "another", "all", "its")
OF = ("of", "for", "on", "from", "in")
BY = ("by", "with", "using", "through")
KINDS = ("command", "test", "file", "commit")
TAILS = {"existing": "file", "exists": "file", "passing": "test", "passes": "test"}
CHECKS = ("check", "checks")
PEOPLE = ("the", "a", "an", "my", "our", "me", "us", "him", "her", "them", "it", "his", "their", "everyone")
RUN = ("run", "rerun", "repeat", "execute")
REMOVE = ("remove", "delete", "drop", "clear")
REVOKE = ("revoke", "withdraw")


def read(text: str, tracker: Tracker | None) -> Command | None:
    """The command, if the whole text is one about checks. Raises Missing, Unclear where something is left out."""
    text = _ended(text)
    words = _words(text)
    low = [word.rstrip(",") for word, _ in words]
    if not low or text.endswith("?"):
        return _trust(low, words, text) if low else None
    return (
        _trust(low, words, text)
        or _running(low, text, tracker)
        or _removing(low, words, text, tracker)
        or _adding(low, words, text, tracker)
        or _proven(low, words, text, tracker)
    )


def _words(text: str) -> list[tuple[str, int]]:
    """(word in lower case, where it begins), without words of courtesy in front."""
    found: list[tuple[str, int]] = []
    at = 0
    for word in text.split():
        at = text.index(word, at)
        if found or word.strip(",").casefold() not in COURTESY:
            found.append((word.casefold(), at))
        if [word for word, _ in found] in [[asking, "you"] for asking in ASKING]:
            found = []
        at += len(word)
    return found


def _item(low: list[str], tracker: Tracker | None) -> Ref | None:
    """The task that these words name, by its id or its whole title. Raises Missing for an id that no task has."""
    said = [word for word in low if word not in ("task", "the")]
    id = said[0].strip("#:.!") if len(said) == 1 else ""
    if id.count(".") == 1 and id.replace(".", "").isdecimal():
        found = tracker.at(id) if tracker else None
        if found is None and tracker is not None:
            raise Missing(f"There is no task {id}.", hint="See what there is: list tasks")
        return Ref("task", id, found.item.uid if found else None)
    return _titled(_unquoted(" ".join(low).rstrip(":"))[0], tracker)


def _titled(title: str, tracker: Tracker | None) -> Ref | None:
    if tracker is None or not title:
        return None
    found = [
        Ref("task", f"{phase.number}.{phase.tasks[at].number}", phase.tasks[at].uid)
        for phase in tracker.phases
        for at, known in enumerate(phase.tasks.column("title"))
        if known.casefold() == title
    ]
    return found[0] if len(found) == 1 else None


def _unquoted(text: str) -> tuple[str, str]:
    """(the text without the quotes around all of it, the quote it had)."""
    text = text.strip()
    closing = QUOTES.get(text[:1], "")
    if len(text) > 1 and closing and text[-1] in closing and text[0] not in text[1:-1]:
        return text[1:-1].strip(), text[0]
    return text, ""


# --- run, remove ------------------------------------------------------------------------------------------------------


def _after_noun(low: list[str], verbs: tuple[str, ...]) -> int | None:
    """The place behind `run the checks` or `remove all the checks`, where it begins so."""
    at = 1
    while low[0] in verbs and at < len(low) and low[at] in ARTICLES:
        at += 1
    return at + 1 if low[0] in verbs and at < len(low) and low[at] in CHECKS else None


def _running(low: list[str], text: str, tracker: Tracker | None) -> Command | None:
    at = _after_noun(low, RUN)
    if at is None or low[at : at + 1] == [] or low[at] not in OF:
        return None
    item = _item(low[at + 1 :], tracker)
    return Command("run_checks", {"item": item}) if item else None


def _removing(low: list[str], words: list[tuple[str, int]], text: str, tracker: Tracker | None) -> Command | None:
    at = _after_noun(low, REMOVE)
    last = max((place for place, word in enumerate(low) if word in OF), default=0)
    if at is None or last < at:
        return None
    item = _item(low[last + 1 :], tracker)
    which, _ = _unquoted(text[words[at][1] : words[last][1]])
    if item is None:
        return None
    return Command(
        "remove_check", {"item": item} | ({"check": int(which) if which.isdecimal() else which} if which else {})
    )


# --- what proves a task -----------------------------------------------------------------------------------------------


def _adding(low: list[str], words: list[tuple[str, int]], text: str, tracker: Tracker | None) -> Command | None:
    """add a check to 5.3: "make lint" """
    at = _after_noun(low, ("add", "attach"))
    if at is None or low[at : at + 1] not in (["to"], ["for"]):
        return None
    colon = next((place for place in range(at + 1, len(low)) if low[place].endswith(":")), None)
    if colon is None or colon + 1 == len(low):
        return None
    item = _item(low[at + 1 : colon + 1], tracker)
    return _checked(item, low[colon + 1 :], text[words[colon + 1][1] :], "with")


def _proven(low: list[str], words: list[tuple[str, int]], text: str, tracker: Tracker | None) -> Command | None:
    """verify 5.3 with "pytest -q" · 5.3 is verified by docs/a.md existing"""
    for by in [place for place, word in enumerate(low[:-1]) if word in BY]:  # a title may hold such a word, too
        is_stated = low[by - 2 : by] in (["is", "verified"], ["is", "proven"])
        if low[0] != "verify" and not is_stated:
            continue
        item = _item(low[: by - 2] if is_stated else low[1:by], tracker)
        if item is not None:
            return _checked(item, low[by + 1 :], text[words[by + 1][1] :], "by" if is_stated else low[by])
    return None


def _checked(item: Ref | None, low: list[str], raw: str, how: str) -> Command | None:
    """The command that names this check. None where the words may mean a person. Raises Unclear."""
    if item is None:
        return None
    kind, value, quote = _kind_and_value(low, raw)
    if not value or (not quote and (value[0] in QUOTES or any(word in SHELL_SIGNS for word in low))):
        return None  # something follows that is not part of it
    if kind is None:
        kind = _seen(value, quote)
        if kind is None and not quote and (how == "by" or low[0] in PEOPLE):
            return None
    if kind is None and "/" in value and not quote and len(low) == 1 and not value.startswith("./"):
        hint = f"Say: verify {item.id} with the file {value}, or the test, or the command."
        raise Unclear(f"What about {value} proves task {item.id}?", hint=hint)
    if not quote and any(word in ("and", "then") or word.endswith(";") for word in low):
        hint = f'Say: verify {item.id} with "a command"'
        raise Unclear("Where that command ends is not clear; nothing was changed.", hint=f"Put it in quotes. {hint}")
    return Command("add_check", {"item": item, "kind": kind or "command", "value": value})


def _ended(raw: str) -> str:
    """Without courtesy and the full stop of the sentence; `make .` keeps its own."""
    raw = raw.strip()
    plain = raw.rstrip(".!")
    courtesy = next((words for words in AFTER if plain.casefold().endswith(words)), None)
    raw = plain[: -len(courtesy)].rstrip() if courtesy else raw
    return raw[:-1] if raw[-1:] in (".", "!") and raw[-2:-1].strip() and len(raw) > 1 else raw


def _kind_and_value(low: list[str], raw: str) -> tuple[str | None, str, str]:
    """(the kind that is said, the value, its quote)."""
    kind = None
    lead = [word for word in low[:2] if word in ARTICLES or word in KINDS or word == "running"]
    said = [word for word in lead if word not in ARTICLES]
    if said and low[: len(lead)] == lead:
        kind = "command" if said[-1] == "running" else said[-1]
        raw = raw.split(None, len(lead))[-1] if len(low) > len(lead) else ""
    head, _, last = raw.rpartition(" ")
    if head and last.casefold() in TAILS and not kind:
        kind, raw = TAILS[last.casefold()], head
    value, quote = _unquoted(raw)
    return kind, value, quote


def _seen(value: str, quote: str) -> str | None:
    """What a value plainly is: code marks hold a command, test_x.py is a test."""
    name = value.rpartition("/")[2]
    if quote == "`":
        return "command"
    is_test = "::" in value or name.startswith("test_") or name.partition(".")[0].endswith("_test")
    return "test" if is_test and len(value.split()) == 1 else None


# --- trust ------------------------------------------------------------------------------------------------------------


def _trust(low: list[str], words: list[tuple[str, int]], text: str) -> Command | None:
    plain = [word.strip("?.!") for word in low]
    said = " ".join(word for word in plain if word not in ARTICLES)
    if said in ("list trusted commands", "show trusted commands", "trust list", "which commands are trusted"):
        return Command("list_trust", {})
    if said in ("trust commands", "trust commands of this project", "trust this project"):
        return Command("grant_trust", {})
    if said in ("revoke trust", "trust revoke", "withdraw trust"):
        return Command("revoke_trust", {})
    behind = 3 if low[0] in REVOKE and low[1:3] == ["trust", "in"] else 2 if low[:2] == ["trust", "revoke"] else 0
    if not behind or behind == len(low):
        return None
    return Command("revoke_trust", {"which": _unquoted(text[words[behind][1] :])[0]})
