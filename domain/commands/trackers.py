"""Trackers: a new plan, or a numbered one, which is an initiative and needs a person to agree."""

from __future__ import annotations

from domain.commands import values
from domain.commands.table import Answer, Call, Need, Slot, command
from domain.errors import Refused, WtError
from domain.tracker import Tracker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.ports import Commit, Trackers

SLUG_LIMIT = 50


def slug(text: str) -> str:
    """A file name: ASCII fold, lower case, words joined by `-`, at most 50 characters; empty when no letter is left."""
    from unicodedata import normalize  # only needed when a file is made

    folded = normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode().replace("'", "")
    words = "".join(letter if letter.isalnum() else " " for letter in folded).split()
    return "-".join(words)[:SLUG_LIMIT].rstrip("-")


def unnumbered_slug(title: str, uid: str) -> str:
    """A file name that does not look like an initiative's: those begin with a number, and a person agreed to them."""
    name = slug(title)
    if not name:
        return f"tracker-{uid[:6]}"
    return slug(f"tracker {name}") if name[0].isdigit() else name


def blank(call: Call, title: str, initiative: int | None = None) -> Tracker:
    return Tracker(call.new_uid(), title, call.now, 0, (), initiative)


def _created(what: str, path: str, commit: Commit) -> Answer:
    return Answer(
        f"{what} created in {path}.",
        hint='Begin with a phase: add phase "Build".',
        data={"path": path},
        changed_files=True,
        problems=commit.problems,
    )


@command(
    "create_tracker",
    help="Start a new tracker.",
    topic="trackers",
    phrases=(
        'init "Handbook"',
        'start a new tracker called "Handbook"',
        "create a tracker named Office move",
        "new tracker: Winter upkeep",
    ),
    slots=(Slot("title", "text", True),),
    files=True,
    once=True,
    needs_tracker=False,
)
def create_tracker(_: Tracker | None, call: Call) -> Answer:
    title = values.title(call.slots["title"])
    tracker = blank(call, title)
    path, commit = call.files.create(unnumbered_slug(title, tracker.uid), tracker)
    return _created(f'Tracker "{title}"', path, commit)


def _consent(_: Tracker | None, call: Call) -> Need:
    return Need("create_initiative", "Creating new Initiative requires user approval.", call.slots.get("number"))


@command(
    "create_initiative",
    help="Start a numbered tracker; a person must agree.",
    topic="trackers",
    phrases=(
        'create initiative 20 "Payment rework"',
        "create initiative 21",
        'start an initiative called "Quiet season"',
        "create a new initiative",
    ),
    slots=(Slot("number", "number"), Slot("title", "text")),
    files=True,
    once=True,
    needs_tracker=False,
    consent=_consent,
    kept_from_subagents=True,
)
def create_initiative(_: Tracker | None, call: Call) -> Answer:
    asked = call.slots.get("number")
    number = asked if asked is not None else max(_numbers(call.files), default=0) + 1
    while True:
        try:
            return _begun(call, number)
        except NumberTaken:
            if asked is not None:
                raise
            number += 1  # somebody else took it just now


class NumberTaken(Refused):
    """Another initiative bears that number."""


def _begun(call: Call, number: int) -> Answer:
    title = values.title(call.slots.get("title") or f"Initiative {number}")
    name, tracker = slug(f"{number} {title}"), blank(call, title, number)
    path, commit = call.files.create(name, tracker, lambda: _must_be_free(call.files, number))
    told = f"Initiative {number}" + ("" if title == f"Initiative {number}" else f' "{title}"')
    return _created(told, path, commit)


def _must_be_free(trackers: Trackers, number: int) -> None:
    taken = _numbers(trackers)
    if number in taken:
        hint = "Without a number it takes the next."
        raise NumberTaken(f"Initiative {number} exists already: {taken[number]}.", hint=hint)


def _numbers(trackers: Trackers) -> dict[int, str]:
    """Number -> path of every initiative."""
    found = {}
    for name in trackers.names():
        number = _number(trackers, name)
        if number is not None:
            found[number] = name
    return found


def _number(trackers: Trackers, name: str) -> int | None:
    """The number in the file or, when it cannot be read, the one its name begins with."""
    try:
        return trackers.read(name).tracker.initiative
    except WtError:
        first = name.rpartition("/")[2].partition("-")[0]
        return int(first) if first.isdecimal() else None
