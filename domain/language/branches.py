"""Sentences about branches that come together: `merge`, `show conflicts`, `settle 2.1 with theirs`, `sync --remote`.

Each is short and has words of its own, so it is read word by word, and only when every word belongs to it: titles may
speak of merging, too.
"""

from __future__ import annotations

from domain.commands.table import Command, Ref, as_ref
from domain.language.mood import ASKING_POLITELY
from domain.language.reading import Missing
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from domain.tracker import Tracker


class Row(Record):
    """A command and its words: the first of a sentence is of the first group, every group has one, others may be."""

    name: str
    slots: Mapping[str, Any]
    groups: tuple[str, ...]
    others: str = ""

    def fits(self, words: list[str]) -> bool:
        known = {word for group in (*self.groups, self.others) for word in group.split()}
        groups = [group.split() for group in self.groups]
        return words[0] in groups[0] and known.issuperset(words) and all({*group} & {*words} for group in groups)


REMOTE = "remote --remote origin upstream"
ROWS = (
    Row("merge", {}, ("merge",), "the all my tracker trackers plan plans branches in of git"),
    Row("merge", {}, ("resolve solve fix merge", "conflict conflicts"), "the all a my merge git tracker plan in of"),
    Row("conflicts", {}, ("conflicts",), ""),
    Row(
        "conflicts",
        {},
        ("show list see display what which are is any open", "conflict conflicts"),
        "the all me what there are is open recorded unsettled merge any in of tracker plan do we have left",
    ),
    Row("sync", {"remote": True}, ("sync synchronise synchronize resync", REMOTE), "the with to from and tracker a"),
    Row("setup_git", {"check": True}, ("check", "driver"), "the merge git"),
    Row("setup_git", {"remove": True}, ("remove uninstall", "driver"), "the merge git"),
    Row("setup_git", {}, ("install", "driver"), "the merge git"),
    Row("setup_git", {}, ("set setup", "git driver"), "up the merge"),
)
COURTESY = frozenset("please hey kindly now wt".split())
CHOOSING = "keep take use accept prefer choose pick".split()
SETTLING = "settle resolve solve".split()
SIDES = {"ours": "ours", "our": "ours", "mine": "ours", "theirs": "theirs", "their": "theirs"}
FIELDS = {
    **dict.fromkeys(("title", "name"), "title"),
    **dict.fromkeys(("status", "state"), "status"),
    **dict.fromkeys(("assignee", "owner"), "assignee"),
    **dict.fromkeys(("due", "date", "deadline"), "due"),
    **{field: field for field in ("priority", "estimate", "description", "overview")},
    "reason": "status_reason",
}
PASSED_OVER = frozenset(
    "the a all conflict conflicts disagreement of in on for about with by taking using as it stands is version side"
    " task subtask phase".split()
)


def read(text: str, tracker: Tracker | None) -> Command | None:
    """The command, if every word belongs to it. Raises Missing for an id that no item has."""
    said = [word.strip(",.!?\"'“”") for word in text.split()]
    words = [word.casefold() for word in said]
    asked = 2 if words[0] in ASKING_POLITELY and words[1:2] in (["you"], ["we"]) else 0
    kept = [place for place, word in enumerate(words) if place >= asked and word and word not in COURTESY]
    if not kept:
        return None
    paths = [said[place] for place in kept if words[place].endswith((".json", ".md"))]
    words = [words[place] for place in kept if said[place] not in paths]
    row = next((row for row in ROWS if words and row.fits(words)), None)
    if row is None or (paths and row.name != "merge"):
        return None if paths else _settled(words, tracker)
    return Command(row.name, dict(row.slots) | ({"paths": tuple(paths)} if paths else {}))


def _settled(words: list[str], tracker: Tracker | None) -> Command | None:
    """settle 2.1 · settle the title of 2.1 with theirs · keep ours in 2.1"""
    ids = [word for word in words[1:] if _is_id(word)]
    sides = {SIDES[word] for word in words[1:] if word in SIDES}
    fields = {FIELDS[word] for word in words[1:] if word in FIELDS}
    strange = [word for word in words[1:] if word not in {*PASSED_OVER, *ids, *SIDES, *FIELDS, "tracker"}]
    named = ids or ["tracker"] * ("tracker" in words)
    if strange or len(named) != 1 or len(sides) > 1 or len(fields) > 1:
        return None
    opening = words[0]
    speaks_of_it = opening == "settle" or "conflict" in words or "conflicts" in words
    if not (opening in SETTLING and speaks_of_it) and not (opening in CHOOSING and sides):
        return None
    slots = {"item": _ref(named[0], tracker), "side": next(iter(sides), None), "field": next(iter(fields), None)}
    return Command("settle", {name: value for name, value in slots.items() if value is not None})


def _is_id(word: str) -> bool:
    return all(part.isascii() and part.isdecimal() for part in word.split(".")) and word.count(".") < 3


def _ref(id: str, tracker: Tracker | None) -> Ref:
    ref = as_ref(id)
    if tracker is None:
        return ref
    found = tracker.at(ref.id)
    if found is None:
        raise Missing(f"There is no {ref.kind} {id}; nothing was changed.", hint="See what there is: list tasks")
    return Ref(found.kind, found.id, found.item.uid)
