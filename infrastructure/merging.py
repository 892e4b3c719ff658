"""Merging trackers in git: the driver that git calls, and `wt merge` where git has left a tracker unmerged."""

from __future__ import annotations

import os

from domain import view
from domain.commands.table import Block
from domain.commands.wording import counted, listed
from domain.errors import Broken, NotHere, ReadOnly, Refused, Unavailable, Usage, WtError
from domain.merge import Merged, merge
from domain.record import Record
from domain.reply import Reply
from infrastructure import git
from infrastructure.any_layout import decode
from infrastructure.atomic import replace_quietly
from infrastructure.codec import digest
from infrastructure.json_text import dumps
from infrastructure.regular_files import read_file
from infrastructure.repair import keep
from infrastructure.tracker_writes import encoded, must_be_readable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from domain.merge import Disagreement
    from domain.tracker import Tracker
    from infrastructure.git import Unmerged
    from infrastructure.tracker_writes import Committed
    from infrastructure.trackers import ProjectTrackers

VERSIONS = 200  # of a tracker, among which the one is looked for that a page was drawn from
BY_HAND = "Compare the sides in git and decide by hand."


# --- the driver: git hands over three files and expects the result in the second ----------------------------------


class Driven(Record):
    """What git is answered: 0 is merged, anything else leaves the file unmerged; the lines are for standard error."""

    code: int
    lines: tuple[str, ...] = ()


def drive(arguments: Sequence[str], *, size_limit: int) -> Driven:
    """Merge what git hands over: `%O %A %B %P %L`, that is base, ours, theirs, the path, the size of markers.

    Conflicts that only a person can decide are recorded in the tracker, so the merge goes through and git is answered
    0. What cannot be read as a tracker is left as it is, and git is answered 1. A page is drawn of what its trackers
    make together. Files that are none of ours are merged as text. Raises Usage.
    """
    if len(arguments) != 5:
        raise Usage("git calls the merge driver with five arguments: %O %A %B %P %L.", hint="Set it up: wt setup git")
    base, ours, theirs, name, marker_size = arguments
    try:
        before, one, two = (read_file(path, name, size_limit)[0] for path in (base, ours, theirs))
        if name.endswith(".md") and _are_drawn(one, two):
            return _drawn(ours, name, (before, one, two), size_limit)
        if name.endswith(".md") or not any(map(is_tracker, (one, two))):
            return _as_text(base, ours, theirs, marker_size)
        merged = merged_bytes(name, before or None, one, two)
        return _written(ours, name, merged, size_limit)
    except WtError as error:
        return Driven(1, (f"wt: {name} is left unmerged. {error.message}", f"wt: {error.hint or BY_HAND}"))


def _are_drawn(*pages: bytes) -> bool:
    """Whether each is a page that wt drew: there is nothing in it that the trackers do not hold."""
    return all(view.digest_of(page.decode(errors="replace")) for page in pages)


def _drawn(path: str, name: str, pages: tuple[bytes, ...], size_limit: int) -> Driven:
    """The page of the merged tracker: each page names the tracker it was drawn from, and git has kept that.

    Where it has not, as in the middle of a criss-cross, ours stays and the next change draws it anew.
    """
    base, ours, theirs = (view.digest_of(page.decode(errors="replace")) for page in pages)
    kept = _kept_states(name.removesuffix(".md") + ".json", {state for state in (base, ours, theirs) if state})
    if ours not in kept or theirs not in kept or (base and base not in kept):
        return Driven(0, (f"wt: {name} is drawn anew by the next change of its tracker, or by: wt merge",))
    data = _together(name, kept.get(base or ""), kept[ours], kept[theirs], size_limit)
    page = view.page(decoded(data, name), digest(data))
    if not replace_quietly(path, page.encode()):
        raise Unavailable(f"The merged {name} could not be written.")
    return Driven(0)


def _kept_states(name: str, wanted: set[str]) -> dict[str, bytes]:
    """The versions of a file that git has kept and whose digests are wanted."""
    found: dict[str, bytes] = {}
    for raw in git.kept_versions(".", name, VERSIONS):
        if (state := digest(raw)) in wanted:
            found[state] = raw
        if len(found) == len(wanted):
            break
    return found


def _together(name: str, base: bytes | None, ours: bytes, theirs: bytes, size_limit: int) -> bytes:
    """What git makes of three versions: the one that changed or, when both did, what the driver writes."""
    if ours == theirs or theirs == base:
        return ours
    return theirs if ours == base else encoded(merged_bytes(name, base, ours, theirs).tracker, size_limit)


def is_tracker(raw: bytes) -> bool:
    """Whether a file means to be a tracker, sound or not."""
    return b'"schema_version"' in raw and b'"phases"' in raw


def _as_text(base: str, ours: str, theirs: str, marker_size: str) -> Driven:
    """What git does with a file that nobody claims."""
    labels = ("-L", "ours", "-L", "base", "-L", "theirs")
    done = git.run(".", "merge-file", "-q", f"--marker-size={marker_size}", *labels, "--", ours, base, theirs)
    return Driven(min(done.code, 1), (done.said,) if done.said else ())


def _written(path: str, name: str, merged: Merged, size_limit: int) -> Driven:
    if not replace_quietly(path, encoded(merged.tracker, size_limit)):
        raise Unavailable(f"The merged {name} could not be written.")
    return Driven(0, tuple(f"wt: {line}" for line in told(name, merged)))


def told(name: str, merged: Merged) -> list[str]:
    """The merge of one tracker in lines."""
    lines = [f"{name}: {note}" for note in merged.notes]
    if merged.conflicts:
        lines.append(f"{name}: {counted(len(merged.conflicts), 'conflict')} recorded in it, for a person to decide:")
        lines += [f"  {' | '.join(row)}" for row in _rows(merged.conflicts)]
    return lines


def _rows(conflicts: Iterable[Disagreement]) -> list[tuple[str, str, str, str]]:
    return [(conflict.id, conflict.field, shown(conflict.ours), shown(conflict.theirs)) for conflict in conflicts]


def shown(value: object) -> str:
    said = value if isinstance(value, str) else "nothing" if value is None else dumps(value)
    return said if len(said) <= 60 else said[:59] + "…"


def merged_bytes(name: str, base: bytes | None, ours: bytes, theirs: bytes) -> Merged:
    """Three versions of a file as one tracker. Raises Broken, ReadOnly, Refused."""
    before = decoded(base, f"{name} (base)") if base is not None else None
    one, two = decoded(ours, f"{name} (ours)"), decoded(theirs, f"{name} (theirs)")
    merged = merge(before, one, two, at=max(_last_change(one), _last_change(two)))
    must_be_readable(None, merged.tracker)
    return merged


def _last_change(tracker: Tracker) -> str:
    """What conflicts are dated by, rather than by the clock: every clone that merges the same writes the same bytes."""
    changes: list[str] = [at for phase in tracker.phases for at in phase.tasks.column("updated_at")]
    return max([tracker.created_at, *changes])


def decoded(raw: bytes, name: str) -> Tracker:
    decoded = decode(raw, name)
    if decoded.read_only:
        raise ReadOnly(f"{name} {decoded.read_only}.", hint="Update wt to merge it.")
    return decoded.tracker


# --- wt merge: from the three versions that git keeps in its index ------------------------------------------------


class Resolved(Record):
    """One tracker that was merged: what it says, what became of the write, what stands in the index now."""

    name: str
    merged: Merged
    commit: Committed | None = None
    staged: tuple[str, ...] = ()

    def sentence(self, *, rehearsed: bool) -> str:
        count = len(self.merged.conflicts)
        asked = f" {counted(count, 'conflict').capitalize()} recorded in it, for a person to decide." if count else ""
        return f"{self.name} {'would be ' if rehearsed else ''}merged.{asked}"

    @property
    def table(self) -> Block:
        head, rows = ("Item", "Field", "Ours", "Theirs"), tuple(_rows(self.merged.conflicts))
        return Block("table", head=head, rows=rows, title=f"Conflicts in {self.name}")

    @property
    def document(self) -> dict[str, object]:
        return {
            "tracker": self.name,
            "conflicts": [dict(conflict.values()) for conflict in self.merged.conflicts],
            "notes": list(self.merged.notes),
            "staged": list(self.staged),
        }


def resolve(
    root: str, wanted: Sequence[str], trackers: ProjectTrackers, *, size_limit: int, dry_run: bool = False
) -> Reply:
    """Merge the trackers that git left unmerged, all or the ones wanted, and mark them as resolved.

    Works in a merge, a rebase, a cherry-pick and a stash alike, in every worktree, with or without the driver. Raises
    NotFound, Usage, NotHere without git, and the first error when nothing could be merged.
    """
    if not git.is_work_tree(root):
        raise NotHere("There is nothing to merge: this folder is in no working tree of git.")
    waiting = {file.path: file for file in git.unmerged(root)}
    names = [trackers.choose(name) for name in wanted] or _unmerged_trackers(root, waiting.values())
    done, failed = [], []
    for name in names:
        try:
            if name in waiting:
                done.append(_Resolution(root, waiting[name], size_limit).carry_out(trackers, dry_run))
            elif page_of(name) in waiting:
                done.append(_page_resolved(root, name, trackers, dry_run))
        except WtError as error:
            failed.append(error)
    if failed and not done:
        raise failed[0]
    redrawn = () if dry_run else _redrawn(trackers, [name for name in names or trackers.names() if name not in waiting])
    return _reply(root, done, failed, redrawn, dry_run)


def page_of(name: str) -> str:
    return name.removesuffix(".json") + ".md"


def _unmerged_trackers(root: str, waiting: Iterable[Unmerged]) -> list[str]:
    """Trackers that are unmerged, or whose page alone is: each task has a line, so git may have merged the JSON."""
    names: dict[str, None] = {}
    for file in waiting:
        sides = [git.blob(root, side) for side in (file.ours, file.theirs) if side]
        if file.path.endswith(".json") and any(map(is_tracker, sides)):
            names[file.path] = None
        elif file.path.endswith(".md") and sides and _are_drawn(*sides):
            names[file.path.removesuffix(".md") + ".json"] = None
    return list(names)


def _page_resolved(root: str, name: str, trackers: ProjectTrackers, dry_run: bool) -> Resolved:
    """A tracker that git merged, and whose page it could not merge."""
    page, file = page_of(name), trackers.open(name)
    nothing_else = Merged(file.read().tracker)
    if dry_run:
        return Resolved(name, nothing_else)
    commit = file.redraw()
    git.add(root, [page])
    return Resolved(name, nothing_else, commit, (page,))


def _redrawn(trackers: ProjectTrackers, names: Sequence[str]) -> tuple[str, ...]:
    """Pages that a merge by the driver left behind their tracker."""
    notes: list[str] = []
    for name in names:
        try:
            file = trackers.open(name)
            if file.page_problem(file.read()) == "out of date":
                notes += file.redraw().notes
        except WtError:
            continue  # whoever asks for that tracker is told what is wrong with it
    return tuple(notes)


class _Resolution:
    """The merge of one tracker out of the index."""

    def __init__(self, root: str, file: Unmerged, size_limit: int) -> None:
        self._root = root
        self._file = file
        self._size_limit = size_limit
        self._sides: list[Tracker] = []
        self._kept: list[str] = []

    def carry_out(self, trackers: ProjectTrackers, dry_run: bool) -> Resolved:
        name = self._file.path
        merged = self._merged()
        if dry_run:
            return Resolved(name, merged)
        commit = trackers.open(name).resolve(merged.tracker, self._sides[0], self._refuse_if_mended)
        paths = (name, page_of(name)) if git.is_tracked(self._root, page_of(name)) else (name,)
        commit = commit.replace(notes=(*self._kept, *commit.notes))
        try:
            git.add(self._root, list(paths))
        except Unavailable as error:
            said = f"{error.message.rstrip('.')}: mark it as resolved with git add"
            return Resolved(name, merged, commit.replace(problems=(*commit.problems, said)))
        return Resolved(name, merged, commit, paths)

    def _merged(self) -> Merged:
        file = self._file
        if file.ours is None or file.theirs is None:
            said = f"{file.path} was deleted on one side and changed on the other: that is for a person to decide."
            raise Refused(said, hint="In git, add keeps the file and rm lets it go.")
        base = self._blob(file.base) if file.base else None
        ours, theirs = self._blob(file.ours), self._blob(file.theirs)
        merged = merged_bytes(file.path, base, ours, theirs)
        self._sides = [decoded(ours, file.path), decoded(theirs, file.path), merged.tracker]
        return merged

    def _blob(self, name: str) -> bytes:
        raw = git.blob(self._root, name)
        if len(raw) > self._size_limit:
            raise Unavailable(f"{self._file.path} is larger than the limit of {self._size_limit // 2**20} MB.")
        return raw

    def _refuse_if_mended(self, raw: bytes) -> None:
        """What stands there is one side, what git left with markers, or this merge, killed: nobody's own solution."""
        try:
            stands = decode(raw, self._file.path).tracker
        except (Broken, ReadOnly):
            kept = keep(self._root, self._file.path, raw)
            self._kept.append(f"What git left of {self._file.path} is kept in {kept}")
            return
        if stands not in self._sides:
            said = f"{self._file.path} was mended by hand already; nothing was written."
            raise Refused(said, hint="Take it as it is with git add, or check out one side of it and merge again.")


# --- the answer ---------------------------------------------------------------------------------------------------


def _reply(
    root: str, done: Sequence[Resolved], failed: Sequence[WtError], redrawn: Sequence[str], dry_run: bool
) -> Reply:
    if not done:
        outcome = "changed" if redrawn else "unchanged"
        return Reply(outcome, "Nothing to merge: git has left no tracker unmerged.", warnings=tuple(redrawn))
    problems = [problem for one in done if one.commit for problem in one.commit.problems]
    notes = [note for one in done for note in (*one.merged.notes, *(one.commit.notes if one.commit else ()))]
    lines = [one.sentence(rehearsed=dry_run) for one in done] + [error.message for error in failed]
    return Reply(
        failed[0].outcome if failed else "saved_but" if problems else "changed",
        "\n".join(lines) if not problems else f"Saved, but {'; '.join(problems)}.\n" + "\n".join(lines),
        hint=failed[0].hint if failed else _what_now(root, dry_run),
        tracker=done[0].name if len(done) == 1 else None,
        warnings=(*notes, *_who_is_who(root, done), *redrawn),
        blocks=tuple(one.table for one in done if one.merged.conflicts),
        data={"merged": [one.document for one in done]},
        dry_run=dry_run,
    )


OPERATIONS = (
    ("rebase-merge", "rebase", "git rebase --continue"),
    ("rebase-apply", "rebase", "git rebase --continue"),
    ("CHERRY_PICK_HEAD", "cherry-pick", "git cherry-pick --continue"),
    ("REVERT_HEAD", "revert", "git revert --continue"),
    ("MERGE_HEAD", "merge", "git commit"),
)


def operation_under_way(root: str) -> tuple[str, str] | None:
    """What git is in the middle of, and how it goes on."""
    for file, name, command in OPERATIONS:
        if os.path.exists(git.path_in_repository(root, file)):
            return name, command
    return None


def _what_now(root: str, dry_run: bool) -> str | None:
    if dry_run:
        return None
    if left := [file.path for file in git.unmerged(root)]:
        return f"Still unmerged: {listed(left[:8])}."
    operation = operation_under_way(root)
    return f"Look at it, then go on with: {operation[1]}" if operation else None


def _who_is_who(root: str, done: Sequence[Resolved]) -> tuple[str, ...]:
    """A rebase turns the words round: it plays your commits onto the other branch."""
    operation = operation_under_way(root)
    if operation and operation[0] == "rebase" and any(one.merged.conflicts for one in done):
        return ("In a rebase, ours is the branch you rebase onto, and theirs is your own commit.",)
    return ()
