"""`wt doctor`: looks at everything that belongs to a tracker, changes nothing; `--fix` does what can be proven."""

from __future__ import annotations

import os

from domain.commands.table import Block
from domain.commands.wording import counted, listed
from domain.errors import Unavailable, WtError
from domain.record import Record
from domain.reply import Reply
from domain.rules import Finding
from infrastructure import repair, setup_git, state_files
from infrastructure.atomic import temporaries
from infrastructure.git import unmerged_paths
from infrastructure.healing import TRACKER
from infrastructure.project import OWN
from infrastructure.regular_files import why
from infrastructure.validation import validate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    Document = Mapping[str, Any]  # Any: plain values all through

    from infrastructure.repair import Past
    from infrastructure.tracker_reads import Seen
    from infrastructure.trackers import ProjectTrackers

HARM = {"DEGRADED": "warning", "UNHEALTHY": "error", "CRITICAL": "error"}
IN_THE_WAY = "take away what stands in the way; wt brings back what it has saved"
OLD = 3600.0  # seconds after which a temporary file belongs to nobody


class Ailment(Record):
    """Something that is not as it should be. `cure` is what `--fix` does about it; `asks` what only a person can do."""

    finding: Finding
    cure: str | None = None
    asks: str | None = None
    remedy: str | None = None  # a row of REMEDIES


class Doctor:
    """Examines the trackers of a project, also those that cannot be read and those whose file is gone."""

    def __init__(
        self,
        root: str,
        trackers: ProjectTrackers,
        *,
        seconds: float,
        health: Callable[[], Document],
        only: str | None = None,
    ) -> None:
        """`health` is how `wt` itself is doing, as `wt health` tells it."""
        self._root = root
        self._trackers = trackers
        self.health = health
        self._today = trackers.today
        self._seconds = seconds  # since the epoch, now
        self._size_limit = trackers.size_limit
        self._only = only

    def names(self) -> list[str]:
        return self._trackers.looked_at(self._only)

    def examine(self) -> list[Ailment]:
        """Every ailment, those of the project first."""
        trackers = (ailment for name in self.names() for ailment in self._tracker(name))
        return [*self._operations(), *self._project(), *self._playbooks(), *trackers]

    def _operations(self) -> Iterator[Ailment]:
        """What speaks against health besides the trackers, which are looked at more closely below."""
        for signal in self.health()["signals"]:
            if signal["status"] in HARM and not signal["name"].startswith(TRACKER):
                rule = f"health.{signal['status'].lower()}"
                yield _ailment(rule, HARM[signal["status"]], signal["reason"], f"{OWN}/state")

    def _project(self) -> Iterator[Ailment]:
        if not os.path.isfile(os.path.join(self._root, OWN, ".gitignore")):
            said = f"{OWN}/ with its .gitignore is missing, as in a fresh clone"
            yield _ailment("own.missing", "warning", said, OWN, cure=f"make {OWN}/", remedy="prepare")
        if setup_git.is_half_done(self._root):
            said = "the merge driver it names is not in the config of this clone: wt setup git"
            yield _ailment("git.driver", "warning", said, setup_git.FILE)
        folders = sorted({os.path.dirname(name) for name in self.names()} | {f"{OWN}/state"})
        for folder in folders:
            for left in temporaries(os.path.join(self._root, folder), self._seconds, OLD):
                said = f"a command that died has left {left}"
                yield _ailment(
                    "file.half-written", "warning", said, f"{folder}/{left}", cure="take it away", remedy="sweep"
                )

    def _playbooks(self) -> Iterator[Ailment]:
        """The project's own playbooks that are refused; where there is none, nobody reads YAML."""
        if not os.path.isdir(os.path.join(self._root, OWN, "playbooks")):
            return
        from infrastructure.playbook_files import read

        for problem in read(self._root).problems:
            found = Finding("playbooks.refused", "warning", "$", problem.reason, problem.origin, problem.line)
            yield Ailment(found)

    def _tracker(self, name: str) -> Iterator[Ailment]:
        try:
            seen = self._trackers.open(name).read()
        except WtError as error:
            yield from self._unreadable(name, error)
            return
        if seen.fault is not None:
            cure = f"put back the last saved state, from {seen.fault.proven.origin}"
            yield _ailment("file.damaged", "error", f"the file {seen.fault.what}", name, cure=cure, remedy="redraw")
        else:
            yield from self._sound(name, seen)
        try:
            yield from self._past(repair.Past(self._root, name, seen.tracker.uid, self._size_limit), seen)
        except Unavailable as error:
            yield Ailment(Finding("file.unreadable", "error", "$", error.message, name, None), asks=IN_THE_WAY)

    def _unreadable(self, name: str, error: WtError) -> Iterator[Ailment]:
        """What a person must decide: each problem, and once what can be done."""
        found = (
            error.data
            if isinstance(error.data, list)
            else [Finding("file.unreadable", "error", "$", error.message, name, 1)]
        )
        asks = self._question(name)
        for finding in found:
            yield Ailment(finding.replace(file=finding.file or name), asks=asks)

    def _question(self, name: str) -> str:
        if name in unmerged_paths(self._root):
            return "git has left it unmerged: wt merge"
        try:
            raw = repair.bytes_of(self._root, name, self._size_limit)
            past = repair.find_past(self._root, name, raw, self._size_limit)
        except Unavailable:
            return IN_THE_WAY
        by_hand = "mend that line by hand"
        if states := past.numbers() if past else []:
            return f"{by_hand}, or put back the last saved state: wt restore {states[-1]}"
        if repair.git_has(self._root, name, self._size_limit):
            return f"{by_hand}; git has a version of it that can be read: git log {name}"
        return by_hand

    def _sound(self, name: str, seen: Seen) -> Iterator[Ailment]:
        for finding in validate(self._root, [name], self._today, self._size_limit):
            if finding.rule.startswith("page.") and finding.rule != "page.unreadable":
                cure = "draw the page anew" + (
                    ", with a copy of what stands there" if finding.rule not in ("page.stale", "page.missing") else ""
                )
                yield Ailment(finding, cure=cure, remedy="redraw")
            else:
                yield Ailment(finding)

    def _past(self, past: Past, seen: Seen) -> Iterator[Ailment]:
        entries, damaged = past.journal.entries()
        where = os.path.relpath(past.journal.path, self._root)
        if damaged:
            yield _ailment(
                "journal.damaged", "warning", f"{counted(damaged, 'line')} torn or damaged, passed over", where
            )
        found = past.standing(seen.state, seen.tracker) if seen.fault is None else None
        if found is not None and found.kind == "new":
            said = "there is no journal of it here, as in a fresh clone; it begins with the next change"
            yield _ailment("journal.missing", "warning", said, where)
        if found is not None and found.abandoned is not None:
            said = f"the last entry was never done: {found.abandoned.sentence}"
            yield _ailment("journal.ahead", "warning", said, where, cure="mark it as abandoned", remedy="note")
        if found is not None and found.kind == "outside":
            said = "the file was changed outside wt"
            yield _ailment(
                "journal.behind", "warning", said, where, cure="journal that as an external edit", remedy="note"
            )
        yield from self._backups(past, bool(entries))

    def _backups(self, past: Past, used: bool) -> Iterator[Ailment]:
        kept = past.backups.all()
        bad = [snapshot for snapshot in kept if snapshot.read(self._size_limit) is None]
        for snapshot in bad:
            where = os.path.relpath(snapshot.path, self._root)
            cure = "set it aside and take a new one"
            yield _ailment("backup.damaged", "error", "the snapshot is damaged", where, cure=cure, remedy="snapshot")
        if used and not kept:
            where = os.path.relpath(past.backups.folder, self._root)
            yield _ailment(
                "backup.missing", "warning", "there is no snapshot", where, cure="take one", remedy="snapshot"
            )

    # --- carrying out -------------------------------------------------------------------------------------------------

    def carry_out(self, ailments: Sequence[Ailment]) -> list[str]:
        """What can be proven, done: each tracker once, under the lock, copies first. Returns what was done."""
        wanted = {ailment.remedy for ailment in ailments if ailment.remedy}
        done: list[str] = []
        if wanted & {"prepare", "sweep"}:
            self._prepare()
            folders = {os.path.dirname(name) for name in self.names()} | {f"{OWN}/state"}
            done += _swept(self._root, folders, self._seconds) if "sweep" in wanted else ()
        for name in self.names():
            try:
                done += self._trackers.open(name).settled()
            except WtError as error:
                done.append(error.message)
            except OSError as error:
                done.append(f"{name}: {why(error)}")
        return done

    def _prepare(self) -> None:
        try:
            state_files.prepare(self._root)
        except OSError as error:
            raise Unavailable(f"{OWN}/ cannot be made: {why(error)}.") from error


def _swept(root: str, folders: Iterable[str], seconds: float) -> list[str]:
    from infrastructure.atomic import sweep

    for folder in folders:
        sweep(os.path.join(root, folder), seconds)
    return ["temporary files were taken away"]


def _ailment(
    rule: str, severity: str, message: str, file: str, *, cure: str | None = None, remedy: str | None = None
) -> Ailment:
    return Ailment(Finding(rule, severity, "$", message, file, None), cure, None, remedy)


# --- the answer -------------------------------------------------------------------------------------------------------


def visit(doctor: Doctor, *, fix: bool) -> Reply:
    """Examine; with `fix`, carry out the plan and examine again."""
    before = doctor.examine()
    if not fix:
        return _reply(before, _verdict(before)).replace(health=doctor.health())
    plan = [ailment for ailment in before if ailment.remedy]
    done = doctor.carry_out(plan) if plan else []
    after = doctor.examine()
    left = [ailment for ailment in after if ailment.remedy]
    said = f"{counted(len(plan) - len(left), 'thing')} put right." if plan else "Nothing needed to be put right."
    if left:
        said += f" {counted(len(left), 'thing')} could not be."
    reply = _reply(after, said, plan=_plan(plan))
    outcome = "changed" if plan and reply.outcome == "answered" else reply.outcome
    data = dict(reply.data) | {"done": done}
    return reply.replace(outcome=outcome, warnings=tuple(done), data=data, health=doctor.health())


def _reply(ailments: Sequence[Ailment], said: str, plan: Sequence[str] | None = None) -> Reply:
    rows = _plan(ailments) if plan is None else plan
    asks = list(dict.fromkeys(f"{ailment.finding.file}: {ailment.asks}" for ailment in ailments if ailment.asks))
    blocks = [Block("text", lines=tuple(_line(ailment.finding) for ailment in ailments))] if ailments else []
    if rows:
        blocks.append(Block("text", lines=tuple(rows), title="Plan" if plan is None else "Done"))
    if asks:
        blocks.append(Block("text", lines=tuple(asks), title="For a person to decide"))
    return Reply(
        _outcome(ailments),
        said,
        hint="Carry the plan out with: wt doctor --fix" if rows and plan is None else None,
        blocks=tuple(blocks),
        data={
            "findings": [dict(ailment.finding.values()) for ailment in ailments],
            "plan": [
                {"file": ailment.finding.file, "rule": ailment.finding.rule, "cure": ailment.cure}
                for ailment in ailments
                if ailment.cure
            ],
            "questions": asks,
        },
    )


def _plan(ailments: Iterable[Ailment]) -> list[str]:
    return list(dict.fromkeys(f"{ailment.finding.file}: {ailment.cure}" for ailment in ailments if ailment.cure))


def _outcome(ailments: Sequence[Ailment]) -> str:
    if any(ailment.asks for ailment in ailments):
        return "broken"
    return "invalid" if any(ailment.cure or ailment.finding.severity == "error" for ailment in ailments) else "answered"


def _verdict(ailments: Sequence[Ailment]) -> str:
    if not ailments:
        return "All is well."
    curable = sum(bool(ailment.remedy) for ailment in ailments)
    asked = sum(bool(ailment.asks) for ailment in ailments)
    parts = [counted(len(ailments), "finding")]
    parts += [f"{curable} can be put right"] if curable else []
    parts += [f"{asked} for a person to decide"] if asked else []
    return f"{listed(parts)}."


def _line(finding: Finding) -> str:
    place = f"{finding.file}:{finding.line}" if finding.line else finding.file
    return f"{place}: {finding.severity} {finding.rule}: {finding.message}"
