"""History that other clones made: read from the git log of the tracker, through the same edits."""

from __future__ import annotations

from domain.edits import diff
from domain.entries import Deed, beginning, effective, entry_of
from domain.errors import WtError
from domain.shape import iso_of, to_document
from infrastructure import git
from infrastructure.any_layout import decode
from infrastructure.codec import decode_canonical, digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.edits import Edit
    from domain.entries import Entry
    from domain.tracker import Tracker
    from infrastructure.git import Version

VERSIONS = 200
UNREADABLE = (
    ValueError,
    KeyError,
    TypeError,
    IndexError,
    AttributeError,
    AssertionError,
)  # of lines that are none of ours


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
        self._decoded: dict[bytes, Tracker] = {}

    def entry(self, version: Version) -> Entry | None:
        """What a commit changed; None when that is nothing, or cannot be read."""
        edits = self._edits(version)
        if not edits:
            return None
        at = iso_of(version.seconds)
        deed = Deed(at, version.author, version.subject, "git", edits=edits)
        states = [digest(raw) if raw else None for raw in (version.before, version.after)]
        return entry_of(deed, 0, self._name, *states)

    def _edits(self, version: Version) -> tuple[Edit, ...]:
        """Line by line, for most lines are the same; what is not laid out so is read whole."""
        try:
            return _between(self._lines(version.before), self._lines(version.after))
        except UNREADABLE:
            before, after = self._whole(version.before), self._whole(version.after)
            return _between(before, after) if after is not None else ()

    def _lines(self, raw: bytes | None) -> Tracker | None:
        if raw is None:
            return None
        if raw not in self._decoded:
            self._decoded[raw] = decode_canonical(raw.decode())
        return self._decoded[raw]

    def _whole(self, raw: bytes | None) -> Tracker | None:
        try:
            return decode(raw, self._name).tracker if raw is not None else None
        except WtError:
            return None


def _between(before: Tracker | None, after: Tracker | None) -> tuple[Edit, ...]:
    if after is None:
        return ()
    return diff(before, after) if before else beginning(after, to_document(after))
