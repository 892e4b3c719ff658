"""What only `wt` or a person may write: trackers, their pages, what wt keeps, the hooks' own settings, the key."""

from __future__ import annotations

from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Protocol

    class Disk(Protocol):
        """What a guard looks at and never changes. Paths are absolute, with `/`."""

        home: str
        key_folder: str
        modules: tuple[str, ...]
        """What `python -m` starts wt with."""
        doors: tuple[str, ...]
        """Names of modules through which a program could write as wt does, past the command line."""

        def real(self, path: str) -> str:
            """The path with every link in it followed, whether it exists or not."""

        def exists(self, path: str) -> bool: ...

        def is_folder(self, path: str) -> bool: ...

        def names(self, folder: str) -> Sequence[str]:
            """What stands in a folder; nothing when it cannot be read."""

        def text(self, path: str) -> str | None:
            """A file's text; None when it cannot be read, is no text or is too long to be looked through."""

        def variable(self, name: str) -> str | None:
            """A variable of the environment."""

        def trackers(self, root: str) -> Sequence[str]:
            """The trackers of a project, relative to its root."""


OWN = ".ecw"
PLANS = "docs/plans/"
SETTINGS = (
    ".claude/settings.json",
    ".claude/settings.local.json",
    ".codex/hooks.json",
    ".gemini/settings.json",
    ".cursor/hooks.json",
    ".git/hooks/pre-commit",
)


class Place(Record):
    """Something protected: `kind` is tracker, page, state, settings, key or initiative (a new numbered plan)."""

    kind: str
    name: str  # as it is told: relative to the project
    number: int | None = None  # of the initiative


def absolute(path: str, folder: str) -> str:
    """A path from a folder, without `.`, `..` and double slashes."""
    parts: list[str] = []
    for part in (path if path.startswith("/") else f"{folder}/{path}").split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join(parts)


def roots_above(path: str, disk: Disk) -> Iterator[str]:
    """Every folder above a path that is a project of wt's: a nested one hides none."""
    while path not in ("", "/"):
        path = path.rpartition("/")[0]
        if disk.is_folder(f"{path}/{OWN}"):
            yield path


def place_of(path: str, disk: Disk, roots: Sequence[str]) -> Place | None:
    """What is protected about a path; None for every other file. `roots` are the projects the caller stands in."""
    real = disk.real(path)
    found = _place(real, disk)
    if found is None and real != path:
        found = _place(path, disk)
    return found or _linked_state(real, disk, roots)


def _place(path: str, disk: Disk) -> Place | None:
    if path == disk.key_folder or path.startswith(disk.key_folder + "/"):
        return Place("key", "wt's key")
    for root in roots_above(path, disk):
        place = _in_project(path[len(root) + 1 :], root, disk)
        if place:
            return place
    own = path.removeprefix(disk.home + "/")
    return Place("settings", f"~/{own}") if own in SETTINGS[:2] else None


def kind_of(name: str, trackers: Sequence[str]) -> str | None:
    """What a file of a project is that only `wt` or a person may write: tracker, page, state or settings."""
    if name == OWN or name.startswith(f"{OWN}/"):
        return "state"
    if name in SETTINGS:
        return "settings"
    if name in trackers or (name.startswith(PLANS) and name.endswith(".json") and "/" not in name[len(PLANS) :]):
        return "tracker"
    return "page" if name.endswith(".md") and f"{name[:-3]}.json" in trackers else None


def _in_project(name: str, root: str, disk: Disk) -> Place | None:
    in_plans = name.startswith(PLANS)
    file = name.rpartition("/")[2]
    number = file.partition("-")[0]
    if in_plans and number.isdecimal() and "-" in file and not disk.exists(f"{root}/{name}"):
        return Place("initiative", name, int(number[:9]))
    kind = kind_of(name, disk.trackers(root))
    return Place(kind, name) if kind else None


def _linked_state(real: str, disk: Disk, roots: Sequence[str]) -> Place | None:
    """What lies behind a `.ecw` that is itself a link."""
    for root in roots:
        behind = disk.real(f"{root}/{OWN}")
        if behind != f"{root}/{OWN}" and (real == behind or real.startswith(behind + "/")):
            return Place("state", OWN)
    return None


def place_below(path: str, disk: Disk, roots: Sequence[str]) -> Place | None:
    """Something protected that lies in a folder or is the path itself: what would go with it."""
    path = disk.real(path)
    above = path.rstrip("/") + "/"
    for root in dict.fromkeys((*roots, *roots_above(f"{path}/any", disk))):
        names = [OWN, *disk.trackers(root), *(name for name in SETTINGS if disk.exists(f"{root}/{name}"))]
        for name in names:
            if f"{root}/{name}" == path or f"{root}/{name}".startswith(above):
                return Place("state" if name == OWN else "settings" if name in SETTINGS else "tracker", name)
    if (disk.key_folder + "/").startswith(above) and disk.exists(disk.key_folder):
        return Place("key", "wt's key")
    return None


def told_names(disk: Disk, roots: Sequence[str]) -> tuple[str, ...]:
    """The words by which a text speaks of something protected here."""
    trackers = [name for root in roots for name in disk.trackers(root)]
    files = {name.rpartition("/")[2] for name in trackers}
    pages = {f"{file.removesuffix('.json')}.md" for file in files}
    return (OWN, PLANS[:-1], disk.key_folder.rpartition("/")[2], *SETTINGS[:5], *sorted(files | pages))
