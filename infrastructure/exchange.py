"""`wt sync --remote`: this branch and the remote's brought together, as far as nothing of anybody's work is at stake.

It fetches, fast-forwards where git does so without touching uncommitted work, validates, and pushes commits that touch
nothing but trackers. It never commits, merges, forces or stashes: the rest is said, and left to a person.
"""

from __future__ import annotations

import os

from domain import view
from domain.attempt import told as told_changes
from domain.commands.table import Block
from domain.commands.wording import counted, listed
from domain.edits import diff
from domain.errors import Broken, NotHere, ReadOnly, Refused, WtError
from domain.record import Record
from domain.reply import Reply
from infrastructure import git, merging, remotes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from domain.merge import Merged
    from domain.rules import Finding
    from infrastructure.remotes import Tracking
    from infrastructure.trackers import ProjectTrackers

SHOWN = 20
MOST_COMMITS = 500  # that are looked through before a push


class Exchange:
    """One `wt sync --remote`. With a rehearsal nobody is called: the remote is taken as it was last seen."""

    def __init__(self, root: str, trackers: ProjectTrackers, *, timeout: float) -> None:
        self._root = root
        self._trackers = trackers
        self._timeout = timeout  # seconds, for each call over the network
        self._done: list[str] = []
        self._notes: list[str] = []

    def carry_out(self) -> Reply:
        """Raises NotHere where there is nothing to sync with, RemoteFailed, and as a redraw does."""
        follows = remotes.tracking(self._root)
        _must_not_be_in_the_middle(self._root)
        self._redraw()
        if self._trackers.rehearsal:
            self._notes.append(f"The remote was not asked: {follows.name} is taken as it was last seen.")
        else:
            remotes.fetch(self._root, follows.remote, timeout=self._timeout)
        if not remotes.commit_of(self._root, follows.upstream):
            said = f"{follows.remote} has no branch {follows.there.removeprefix('refs/heads/')} (any more)."
            raise NotHere(said, hint=f"Bring it there with: git push -u {follows.remote} {follows.branch}")
        return self._brought_together(follows)

    def _brought_together(self, follows: Tracking) -> Reply:
        ahead, behind = remotes.distance(self._root, follows.upstream)
        if ahead and behind:
            return self._diverged(follows, ahead, behind)
        if behind and (stands_in_the_way := self._fast_forward(follows, behind)):
            return stands_in_the_way
        findings = self._trackers.validate([]).findings
        if errors := [finding for finding in findings if finding.severity == "error"]:
            return self._invalid(follows, errors)
        self._tell_uncommitted()
        return self._pushed(follows, ahead) if ahead else self._reply(follows, f"In step with {follows.name}.")

    def _redraw(self) -> None:
        for name in self._trackers.names():
            try:
                commit = self._trackers.redraw(name)
            except (Broken, ReadOnly):
                continue  # validation will say what is wrong with it
            self._notes += [*commit.notes, *commit.problems]

    # --- fast-forward -------------------------------------------------------------------------------------------------

    def _fast_forward(self, follows: Tracking, behind: int) -> Reply | None:
        """The answer when git refuses to; None when it is done. No command of wt writes meanwhile."""
        what = counted(behind, "commit")
        if self._trackers.rehearsal:
            self._done.append(
                f"{what} of {follows.name} would be fast-forwarded to, if no uncommitted work is in the way"
            )
            return None
        with self._trackers.lock():
            done = git.run(
                self._root, "merge", "--ff-only", "--no-autostash", "--quiet", "--end-of-options", follows.upstream
            )
        if done.code:
            return self._stopped(follows, f"{what} of {follows.name} not fast-forwarded to: {done.said}")
        self._done.append(f"{what} of {follows.name} fast-forwarded to")
        self._redraw()
        return None

    def _stopped(self, follows: Tracking, said: str) -> Reply:
        hint = "Nothing was changed. Commit what is in the way, then say it again."
        return self._reply(follows, f"{said.rstrip(':. ')}.", outcome="invalid", hint=hint)

    def _invalid(self, follows: Tracking, errors: list[Finding]) -> Reply:
        lines = tuple(f"{row.file}:{row.line or 1}: {row.rule}: {row.message}" for row in errors[:SHOWN])
        return self._reply(
            follows,
            f"{counted(len(errors), 'error')} in the trackers, so nothing was pushed.",
            outcome="invalid",
            hint="See them all with: wt validate",
            blocks=(Block("text", lines=lines),),
            findings=[dict(row.values()) for row in errors],
        )

    def _tell_uncommitted(self) -> None:
        names = self._trackers.names()
        paths = [*names, *map(merging.page_of, names)]
        if paths and (rows := git.output(self._root, "status", "--porcelain", "-z", "--", *paths)):
            waiting = sorted({os.fsdecode(row[3:]) for row in rows.split(b"\0") if row})
            self._notes.append(f"Not committed, so only here: {listed(waiting[:SHOWN])}.")

    # --- push ---------------------------------------------------------------------------------------------------------

    def _pushed(self, follows: Tracking, ahead: int) -> Reply:
        what = counted(ahead, "commit")
        if ahead > MOST_COMMITS:
            return self._left_to_you(follows, f"{what} not pushed: too many to look through.")
        commit = remotes.commit_of(self._root, "HEAD")
        if others := _other_paths(self._root, follows.upstream, commit):
            more = f" and {len(others) - 5} more" if len(others) > 5 else ""
            touched = f"{', '.join(sorted(others)[:5])}{more}"
            return self._left_to_you(follows, f"{what} not pushed: they touch more than trackers ({touched}).")
        if self._trackers.rehearsal:
            self._done.append(f"{what} would be pushed to {follows.name}")
        else:
            remotes.push(self._root, follows.remote, commit, follows.there, timeout=self._timeout)
            self._done.append(f"{what} pushed to {follows.name}")
        return self._reply(follows, f"In step with {follows.name}.", pushed=ahead)

    def _left_to_you(self, follows: Tracking, said: str) -> Reply:
        return self._reply(follows, said, hint="Look at them, then push them yourself: git push")

    # --- diverged -----------------------------------------------------------------------------------------------------

    def _diverged(self, follows: Tracking, ahead: int, behind: int) -> Reply:
        """What merging the trackers would give; whether and when to merge is for a person to say."""
        previews = list(_previews(self._root, follows.upstream))
        said = f"Diverged: {counted(ahead, 'commit')} only here, {counted(behind, 'commit')} only in {follows.name}."
        return self._reply(
            follows,
            " ".join([said, *(preview.sentence for preview in previews)]),
            outcome="invalid",
            hint=f"When you are ready: git merge {follows.name}. Trackers it leaves unmerged are merged by: wt merge",
            blocks=tuple(block for preview in previews for block in preview.blocks),
            merging=[preview.document for preview in previews],
        )

    # --- the answer ---------------------------------------------------------------------------------------------------

    def _reply(
        self,
        follows: Tracking,
        said: str,
        *,
        outcome: str | None = None,
        hint: str | None = None,
        blocks: tuple[Block, ...] = (),
        pushed: int = 0,
        **data: object,
    ) -> Reply:
        done = f"{'; '.join(self._done)}. " if self._done else ""
        return Reply(
            outcome or ("changed" if self._done else "unchanged"),
            f"{done}{said}",
            hint=hint,
            warnings=tuple(self._notes),
            blocks=blocks,
            data={"branch": follows.branch, "upstream": follows.name, "done": self._done, "pushed": pushed, **data},
        )


def _must_not_be_in_the_middle(root: str) -> None:
    operation = merging.operation_under_way(root)
    if operation is None and not git.unmerged(root):
        return
    what = f"in the middle of a {operation[0]}" if operation else "left with unmerged files"
    hint = f"Finish that first: wt merge, then {operation[1]}" if operation else "Finish that first: wt merge"
    raise NotHere(f"git is {what}; nothing was synced.", hint=hint)


# --- what a push would bring to others ------------------------------------------------------------------------------


def _other_paths(root: str, upstream: str, commit: str) -> set[str]:
    """What the unpushed commits touch that is neither a tracker nor the page of one, in any of its versions."""
    top, commits = git.text(root, "rev-parse", "--show-toplevel"), f"{upstream}..{commit}"
    brought = remotes.objects_of(top, commits)
    touched = remotes.paths_touched(top, commits)
    return {path for path in touched if not _is_ours(top, path, [upstream, commit], brought.get(path, []))}


def _is_ours(top: str, path: str, commits: list[str], objects: list[str]) -> bool:
    kind = {".json": merging.is_tracker, ".md": _is_page}.get(os.path.splitext(path)[1])
    if kind is None or "\n" in path:
        return False
    texts = [text for text in git.blobs(top, [*(f"{each}:{path}" for each in commits), *objects]) if text is not None]
    return bool(texts) and all(map(kind, texts))


def _is_page(raw: bytes) -> bool:
    return view.digest_of(raw.decode(errors="replace")) is not None


# --- what a merge would give ----------------------------------------------------------------------------------------


class Preview(Record):
    """One tracker that both sides changed: what the merge would be, or why there would be none."""

    name: str
    merged: Merged | None
    changes: tuple[tuple[str, str, str], ...]  # (item, field, value) that the other side brings
    problem: str = ""

    @property
    def sentence(self) -> str:
        if self.merged is None:
            return f"{self.name} could not be merged: {self.problem}"
        return f"{merging.Resolved(self.name, self.merged).sentence(rehearsed=True)}"

    @property
    def blocks(self) -> tuple[Block, ...]:
        if self.merged is None:
            return ()
        more = [("", "", f"and {len(self.changes) - SHOWN} more")] if len(self.changes) > SHOWN else []
        rows = (*self.changes[:SHOWN], *more)
        brought = Block("table", rows=rows, head=("Item", "Field", "Becomes"), title=f"What comes to {self.name}")
        disputed = merging.Resolved(self.name, self.merged).table
        return (*([brought] if self.changes else []), *([disputed] if self.merged.conflicts else []))

    @property
    def document(self) -> dict[str, object]:
        if self.merged is None:
            return {"tracker": self.name, "problem": self.problem}
        rows = [dict(zip(("item", "field", "becomes"), change, strict=True)) for change in self.changes]
        return merging.Resolved(self.name, self.merged).document | {"changes": rows}


def _previews(root: str, upstream: str) -> Iterable[Preview]:
    top = git.text(root, "rev-parse", "--show-toplevel")
    base = git.text(top, "merge-base", "--end-of-options", "HEAD", upstream).partition("\n")[0]
    both = remotes.paths_between(top, base, "HEAD") & remotes.paths_between(top, base, upstream)
    for path in sorted(path for path in both if path.endswith(".json") and "\n" not in path):
        before, ours, theirs = git.blobs(top, [f"{commit}:{path}" for commit in (base, "HEAD", upstream)])
        if any(side is not None and merging.is_tracker(side) for side in (ours, theirs)):
            yield _preview(path, before, ours, theirs)


def _preview(path: str, base: bytes | None, ours: bytes | None, theirs: bytes | None) -> Preview:
    try:
        if ours is None or theirs is None:
            raise Refused("it was deleted on one side and changed on the other.")
        mine, merged = merging.decoded(ours, path), merging.merged_bytes(path, base, ours, theirs)
    except WtError as error:
        return Preview(path, None, (), error.message)
    brought = told_changes(diff(mine, merged.tracker), mine, merged.tracker)
    return Preview(path, merged, tuple((row.item, row.field, merging.shown(row.after)) for row in brought))
