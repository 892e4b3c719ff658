"""History that other clones made: read from the git log of the tracker, through the same edits."""

from __future__ import annotations

import time

from domain.edits import diff
from domain.errors import WtError
from domain.history import Deed, beginning, effective, entry_of
from domain.shape import to_document
from infrastructure import git
from infrastructure.any_layout import decode
from infrastructure.digests import digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.history import Entry
    from domain.tracker import Tracker
    from infrastructure.git import Version

VERSIONS = 200


def history(root: str, name: str, journal: list[Entry]) -> list[Entry]:
    """The journal's entries and git's commits as one history, newest first.

    A commit of what this working tree did is told by the journal, which knows it better; a change from outside that
    git brought is told by git's commits.
    """
    done = effective(journal)
    here = {entry.after for entry in done if entry.kind != "external"}
    versions = git.versions(root, name, VERSIONS)
    brought = {digest(version.after) for version in versions if version.after is not None}
    own = [entry for entry in done if entry.kind != "external" or entry.after not in brought]
    read = _Reading(name)
    foreign = [read.entry(version) for version in versions if version.after and digest(version.after) not in here]
    rows = [*reversed(own), *filter(None, foreign)]
    return sorted(rows, key=lambda entry: entry.at, reverse=True)  # a stable sort: within a second the order stays


class _Reading:
    """Versions as trackers, each decoded once: the one before a commit is the one after another."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._decoded: dict[str, Tracker | None] = {}

    def entry(self, version: Version) -> Entry | None:
        """What a commit changed; None when that is nothing, or cannot be read."""
        after = self._tracker(version.after)
        if after is None:
            return None
        before = self._tracker(version.before)
        edits = diff(before, after) if before else beginning(after, to_document(after))
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(version.seconds))
        deed = Deed(at, version.author, version.subject, "git", edits=edits)
        states = [digest(raw) if raw else None for raw in (version.before, version.after)]
        return entry_of(deed, 0, self._name, *states) if edits else None

    def _tracker(self, raw: bytes | None) -> Tracker | None:
        if raw is None:
            return None
        key = digest(raw)
        if key not in self._decoded:
            self._decoded[key] = _readable(lambda: decode(raw, self._name).tracker)
        return self._decoded[key]


def _readable(read: Callable[[], Tracker]) -> Tracker | None:
    try:
        return read()
    except WtError:
        return None
