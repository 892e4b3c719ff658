"""What two sound trackers can break when they come together: evidence ids, dependencies on deleted tasks, circles."""

from __future__ import annotations

from domain.edits import Edit
from domain.merge.fields import IDENTITY, Dispute, text_of
from domain.record import Record
from domain.rules import dependencies, find_cycle
from domain.shape import to_document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.tracker import Evidence, Task, Tracker

    Upkeep = tuple[list[Edit], list[str], list[Dispute]]  # to be done, to be told, to be decided by a person
    Graph = dict[str, tuple[str, ...]]

identity = IDENTITY["evidence"]


# --- evidence: no id twice ----------------------------------------------------------------------------------------


class Piece(Record):
    """A piece of evidence and where it is: `place` counts within its task."""

    id: str
    task: Task
    place: int
    evidence: Evidence


def evidence_upkeep(tracker: Tracker, base: Tracker | None) -> Upkeep:
    """New ids for evidence that has the id of another piece: what bore it before keeps it, then the older one."""
    before = {_of(piece): piece.evidence.id for piece in _pieces(base)} if base else {}
    pieces = sorted(_pieces(tracker), key=lambda piece: (piece.evidence.id != before.get(_of(piece)), _age(piece)))
    taken, late = set(), []
    for piece in pieces:
        if piece.evidence.id in taken:
            late.append(piece)
        taken.add(piece.evidence.id)
    highest = max((tracker.evidence_issued or 0, *map(_number, taken)))
    fresh = {(piece.task.uid, piece.place): f"E{highest + count}" for count, piece in enumerate(late, 1)}
    edits = [_with_fresh_ids(task, fresh) for task in {piece.task.uid: piece.task for piece in late}.values()]
    if late or tracker.evidence_issued not in (None, highest):
        edits.append(Edit("set", "tracker", tracker.uid, "evidence_issued", None, highest + len(late)))
    return edits, [_told(piece, fresh[piece.task.uid, piece.place]) for piece in late], []


def _pieces(tracker: Tracker) -> Iterator[Piece]:
    for phase in tracker.phases:
        for index, row in enumerate(phase.tasks.column("evidence")):
            for place, evidence in enumerate(row):
                task = phase.tasks[index]
                yield Piece(f"{phase.number}.{task.number}", task, place, evidence)


def _of(piece: Piece) -> object:
    return identity(piece.evidence)


def _age(piece: Piece) -> tuple[str, ...]:
    return piece.evidence.at, text_of(_of(piece)), piece.task.uid


def _number(id: str) -> int:
    return int(id[1:]) if id[:1] == "E" and id[1:].isdecimal() and len(id) < 12 else 0


def _with_fresh_ids(task: Task, fresh: dict[tuple[str, int], str]) -> Edit:
    rows = [_with_id(piece, fresh.get((task.uid, place))) for place, piece in enumerate(task.evidence)]
    return Edit("set", "task", task.uid, "evidence", None, [to_document(row) for row in rows])


def _with_id(piece: Evidence, id: str | None) -> Evidence:
    return piece if id is None else piece.replace(id=id, was=(*piece.was, piece.id))


def _told(piece: Piece, id: str) -> str:
    return f"Evidence {piece.evidence.id} of task {piece.id} had the id of another piece and is now {id}."


# --- dependencies: on tasks that are there, and in no circle ------------------------------------------------------


def without_dangling(tracker: Tracker) -> Upkeep:
    """Without dependencies on tasks that one side deleted while the other let a task wait for them."""
    known = {uid for phase in tracker.phases for uid in phase.tasks.column("uid")}
    edits, notes = [], []
    for uid, on in dependencies(tracker).items():
        if not known.issuperset(on):
            edits.append(_depending(uid, on, tuple(other for other in on if other in known)))
            notes.append(f"Task {tracker.ids_by_uid()[uid]} no longer depends on what one side deleted.")
    return edits, notes, []


def without_circles(tracker: Tracker, ours: Tracker, theirs: Tracker) -> Upkeep:
    """Without circles that neither side had: one dependency of one side is left out, and a person is asked."""
    before, graph = dependencies(tracker), dependencies(tracker)
    one, two = dependencies(ours), dependencies(theirs)
    ids, disputes = tracker.ids_by_uid(), []
    while circle := find_cycle(graph):
        task, on = _left_out(tracker, circle, one, two)
        graph[task] = tuple(other for other in graph[task] if other != on)
        said = (ids[on] if on in side.get(task, ()) else None for side in (one, two))
        disputes.append(Dispute(task, "depends_on", *said))
    edits = [_depending(uid, on, graph[uid]) for uid, on in before.items() if graph[uid] != on]
    return edits, [], disputes


def _left_out(tracker: Tracker, circle: list[str], one: Graph, two: Graph) -> tuple[str, str]:
    """Of the links that only one side has, that of the task changed last. No side has a circle, so there is one."""
    links = [(task, circle[at + 1]) for at, task in enumerate(circle[:-1])]
    of_one_side = [(a, b) for a, b in links if (b in one.get(a, ())) != (b in two.get(a, ()))]
    changed_at = {task.uid: task.updated_at for _, task in tracker.tasks() if task.uid in circle}
    return max(of_one_side or links, key=lambda link: (changed_at[link[0]], link))


def _depending(uid: str, before: tuple[str, ...], after: tuple[str, ...]) -> Edit:
    return Edit("set", "task", uid, "depends_on", list(before), list(after) or None)
