"""`wt adopt`: takes over what somebody wrote into the page, from the page itself or the copy that was kept of it."""

from __future__ import annotations

import os

from domain import view
from domain.adoption import adopted
from domain.commands.table import Block
from domain.commands.wording import counted
from domain.errors import NotFound, Unavailable
from domain.reply import Reply
from infrastructure.codec import digest
from infrastructure.project import OWN
from infrastructure.regular_files import read_file
from infrastructure.repair import Past

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.adoption import Adopted
    from domain.tracker import Tracker
    from infrastructure.tracker_reads import Seen
    from infrastructure.trackers import ProjectTrackers


def adopt(
    trackers: ProjectTrackers, name: str, path: str | None, root: str, *, at: str, new_uid: Callable[[], str]
) -> Reply:
    """One change: everything that can be read. Raises NotFound when no edited page is there, and as an update does."""
    file = trackers.saying("adopt").open(name)
    seen = file.read()
    place = path or _edited_page(root, name, seen)
    text = _text(place)
    base = _base(root, seen, view.digest_of(text), trackers.size_limit)
    found: list[Adopted] = []

    def change(tracker: Tracker) -> Tracker:
        found[:] = [adopted(text, base, tracker, at=at, new_uid=new_uid)]
        return found[0].tracker if found[0].taken else tracker

    if trackers.rehearsal:
        change(seen.tracker)
        return _reply(found[0], name, root, place, (), ()).replace(dry_run=True)
    commit = file.update(change, seen)
    return _reply(found[0], name, root, place, commit.problems, commit.notes)


def _edited_page(root: str, name: str, seen: Seen) -> str:
    """The page, if it is not what wt drew of the tracker; else the newest copy of an edited one that was kept."""
    page = os.path.join(root, name.removesuffix(".json") + ".md")
    try:
        raw, _ = read_file(page, "the page", 1 << 30)
        if raw.decode(errors="replace") != view.page(seen.tracker, digest(seen.raw)) and b"## Phase " in raw:
            return page
    except (NotFound, Unavailable):
        pass
    kept = _kept(root, os.path.basename(name).removesuffix(".json"))
    if not kept:
        raise NotFound(f"The page of {name} was not edited, and no copy of an edited one was kept.")
    return kept[-1]


def _kept(root: str, stem: str) -> list[str]:
    """Copies of the pages of a tracker, oldest first."""
    folder = os.path.join(root, OWN, "kept")
    try:
        names = [name for name in os.listdir(folder) if name.endswith(".md") and name[:-12] == stem[:50]]
    except OSError:
        return []
    return sorted((os.path.join(folder, name) for name in names), key=lambda path: os.lstat(path).st_mtime_ns)


def _text(path: str) -> str:
    return read_file(path, path, 1 << 30)[0].decode(errors="replace")


def _base(root: str, seen: Seen, state: str | None, size_limit: int) -> Tracker:
    """The tracker that the page was drawn from, where that state is known; else the present one."""
    past = Past(root, seen.name, seen.tracker.uid, size_limit)
    for entry in reversed(past.effective()):
        if entry.after == state and (found := past.state(entry.seq)) is not None:
            return found.tracker
    return seen.tracker


def _reply(
    found: Adopted, name: str, root: str, place: str, problems: tuple[str, ...], notes: tuple[str, ...]
) -> Reply:
    where = os.path.relpath(place, root)
    said = f"{counted(len(found.taken), 'thing')} taken over from {where}."
    left = f" {counted(len(found.left), 'line')} could not be read." if found.left else ""
    blocks = [Block("text", lines=found.taken)] if found.taken else []
    blocks += [Block("text", lines=found.left, title="Left as it was")] if found.left else []
    outcome = "saved_but" if problems else "changed" if found.taken else "unchanged"
    message = f"Saved, but {'; '.join(problems)}. ({said}{left})" if problems else said + left
    data = {"taken": list(found.taken), "left": list(found.left), "page": where}
    return Reply(outcome, message, tracker=name, blocks=tuple(blocks), data=data, warnings=notes)
