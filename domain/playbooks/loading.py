"""From what a file holds to playbooks: an invalid one is refused by name, with line and reason; the others run."""

from __future__ import annotations

from domain.playbooks.conditions import nearest
from domain.playbooks.fields import PLAYBOOK, Wrong
from domain.playbooks.playbook import Escalation, Evidence, Gate, Playbook, Scope, Stage, Step, Throttle
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    Rows = Mapping[str, Any]  # Any: read by the rows of `fields`


class Problem(Record):
    """Why a file is not used. `line` counts from 1."""

    origin: str
    line: int
    reason: str

    @property
    def text(self) -> str:
        return f"{self.origin}:{self.line}: {self.reason}"


class Source(Record):
    """A file as decoded: `lines` says where each path (`playbook.symptoms[0]`) stands; `digest` what it says in all."""

    origin: str
    data: object
    lines: Mapping[str, int]
    digest: str = ""

    def problem(self, path: str, reason: str) -> Problem:
        return Problem(self.origin, self._line(path), f"{path}: {reason}" if path else reason)

    def _line(self, path: str) -> int:
        while path and path not in self.lines:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.lines.get(path, 1)


class Library(Record):
    """The playbooks that can be used, in order, and what is wrong with the rest."""

    playbooks: tuple[Playbook, ...]
    problems: tuple[Problem, ...]

    def get(self, id: str) -> Playbook | None:
        return next((playbook for playbook in self.playbooks if playbook.id == id), None)


def load(source: Source) -> tuple[Playbook | None, tuple[Problem, ...]]:
    """One file. Every field that is wrong is told, not only the first."""
    try:
        rows, problems = _fields(source)
    except Wrong as error:
        return None, (source.problem(error.path, error.reason),)
    if problems:
        return None, problems
    try:
        return _playbook(rows, source), ()
    except Wrong as error:
        return None, (source.problem(error.path, error.reason),)


def _fields(source: Source) -> tuple[Rows, tuple[Problem, ...]]:
    """Each field by itself, so that one wrong field hides no other. Raises Wrong for what is no playbook at all."""
    data = source.data
    if not isinstance(data, dict) or not isinstance(data.get("playbook"), dict) or len(data) != 1:
        raise Wrong("", "a playbook file holds one mapping, playbook")
    fields, problems, read = {field.key: field for field in PLAYBOOK}, [], {}
    for key, value in data["playbook"].items():
        path, field = f"playbook.{key}", fields.get(key)
        try:
            if field is None:
                raise Wrong(path, f"there is no field {key!r}{nearest(str(key), fields)}")
            read[key] = field.kind.read(value, path)
        except Wrong as error:
            problems.append(source.problem(error.path, error.reason))
    missing = [field.key for field in fields.values() if field.required and field.key not in data["playbook"]]
    problems += [source.problem("playbook", f"{key} is missing") for key in missing]
    return read, tuple(problems)


def _playbook(rows: Rows, source: Source) -> Playbook:
    taken = (
        "id version priority timeout symptoms rollback requires conflicts tests docs last_updated success_rate".split()
    )
    return Playbook(
        **{key: rows[key] for key in taken if key in rows},
        title=rows.get("title", rows["id"].replace("_", " ").capitalize()),
        stages=tuple(_stage(name, steps) for name, steps in rows.get("remediation", {}).items()),
        when=_gate(rows.get("when", {})),
        diagnosis=tuple(row["check"] for row in rows.get("diagnosis", ())),
        throttle=Throttle(**rows.get("throttle", {})),
        scope=Scope(**rows.get("scope", {})),
        escalate=Escalation(**rows.get("escalate", {})),
        evidence=Evidence(**rows.get("evidence", {})),
        origin=source.origin,
        digest=source.digest,
    )


def _stage(name: str, rows: Sequence[Rows]) -> Stage:
    path = f"playbook.remediation.{name}"
    for at, row in enumerate(rows):
        if ("action" in row) == ("validate" in row) or ("validate" in row and len(row) > 1):
            raise Wrong(f"{path}[{at}]", "a row is either one action with what belongs to it, or one validate")
    steps = [row for row in rows if "action" in row]
    if not steps:
        raise Wrong(path, "a stage has at least one action")
    return Stage(
        name,
        tuple(Step(row["action"], row.get("risk", "R0"), row.get("timeout"), row.get("if")) for row in steps),
        tuple(row["validate"] for row in rows if "validate" in row),
    )


def _gate(rows: Rows) -> Gate:
    held = rows.get("for", 1)
    is_looks = isinstance(held, int)
    return Gate(rows.get("condition"), 0.0 if is_looks else held, held if is_looks else 1)


# --- all of them together ---------------------------------------------------------------------------------------------


def library(built_in: Iterable[Playbook], sources: Iterable[Source], refused: Iterable[Problem] = ()) -> Library:
    """Built-in playbooks and those of the project's files, which may replace one by an equal or higher version."""
    known = {playbook.id: playbook for playbook in built_in}
    own: dict[str, str] = {}
    problems = list(refused)
    for source in sources:
        found, wrong = load(source)
        problems += wrong
        if found is None:
            continue
        reason = _clash(found, known.get(found.id), own.get(found.id))
        if reason is not None:
            problems.append(source.problem("playbook.id", reason))
            continue
        known[found.id], own[found.id] = found, source.origin
    kept = _whole(known, problems)
    order = sorted(kept.values(), key=lambda playbook: (playbook.priority, playbook.id))
    return Library(tuple(order), tuple(problems))


def _clash(found: Playbook, before: Playbook | None, own: str | None) -> str | None:
    if own is not None:
        return f"{found.id} is declared in {own} already"
    if before is not None and found.version < before.version:
        return f"version {found.version} is older than the built-in {before.version} of {found.id}"
    return None


def _whole(known: Mapping[str, Playbook], problems: list[Problem]) -> dict[str, Playbook]:
    """Without those that name a playbook which does not exist, or that wait for each other in a circle."""
    kept = dict(known)
    for playbook in known.values():
        named = [name for name in (*playbook.requires, *playbook.conflicts) if name not in known]
        if named:
            reason = f"requires or conflicts names {named[0]}, which is no playbook{nearest(named[0], known)}"
        elif _waits_for_itself(playbook.id, known):
            reason = f"{playbook.id} requires itself, in a circle"
        else:
            continue
        problems.append(Problem(playbook.origin, 1, reason))
        del kept[playbook.id]
    return kept


def _waits_for_itself(id: str, known: Mapping[str, Playbook]) -> bool:
    seen: set[str] = set()
    waiting = [id]
    while waiting:
        for name in known[waiting.pop()].requires:
            if name == id:
                return True
            if name in known and name not in seen:
                seen.add(name)
                waiting.append(name)
    return False
