"""Evidence: why a task may be called done, and who has looked at it."""

from __future__ import annotations

from domain.commands import values
from domain.commands.changing import current, evidence_issued, put
from domain.commands.table import Answer, Call, Slot, as_ref, command
from domain.commands.wording import listed, sentence, verb
from domain.errors import NotFound, Refused
from domain.tracker import EVIDENCE_KINDS, Evidence, Found, Verified

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.commands.table import Ref
    from domain.tracker import Tracker


@command(
    "attach_evidence",
    help="Attach a file, the output of a command or a note to a task, as evidence.",
    topic="evidence",
    phrases=(
        "attach evidence to 2.2: draft.docx",
        "attach the file docs/audit/report.pdf to 1.5 as evidence",
        'add a manual note as evidence to 1.3: "Three interviews held"',
        'record command output for 5.1: "12 passed in 3s"',
    ),
    slots=(
        Slot("item", "task", True),
        Slot("content", "text", True),
        Slot("type", "word"),
        Slot("command", "text"),
        Slot("exit_code", "number"),
    ),
    changes=True,
)
def attach_evidence(tracker: Tracker, call: Call) -> Answer:
    found = call.one(tracker, "item", "task")
    piece = _evidence(tracker, call)
    counting = tracker.replace(evidence_issued=int(piece.id[1:]))
    changed = put(counting, call, found, evidence=(*current(tracker, found).evidence, piece))
    return Answer(
        f"Evidence {piece.id} ({piece.kind.replace('_', ' ')}) attached to task {found.id}.",
        changed,
        warnings=(f"The command ended with exit code {piece.exit_code}.",) if piece.exit_code else (),
        data={"ids": [piece.id]},
    )


def _evidence(tracker: Tracker, call: Call) -> Evidence:
    said = call.slots
    ran = said.get("command")
    return Evidence(
        f"E{evidence_issued(tracker) + 1}",
        _kind(call),
        said["content"] if ran else values.text(said["content"]),  # a command may have had nothing to say
        call.now,
        call.actor,
        command=ran,
        exit_code=said.get("exit_code"),
        uid=call.new_uid(),
    )


def _kind(call: Call) -> str:
    """The type that was said, else what the content looks like."""
    said = call.slots.get("type")
    if said is None:
        ran = call.slots.get("command") is not None or call.slots.get("exit_code") is not None
        return "command_output" if ran else _looks_like(call.slots["content"])
    if said not in EVIDENCE_KINDS:
        raise Refused(f"{said!r} is not a type of evidence.", hint=f"Types: {', '.join(EVIDENCE_KINDS)}.")
    return str(said)


def _looks_like(content: str) -> str:
    """A path has no blanks, and a folder or an ending."""
    one_word = len(content.split()) == 1 and "://" not in content
    ending = content.rpartition(".")[2]
    is_path = one_word and ("/" in content or ("." in content and ending.isalnum() and not ending.isdecimal()))
    return "file_reference" if is_path else "manual_note"


@command(
    "verify_evidence",
    help="Say that you have looked at evidence, one piece or all of a task, and it holds.",
    topic="evidence",
    phrases=("verify E1", "verify the evidence of 1.1", "verify evidence for 5.3", "mark E1 as verified"),
    slots=(Slot("item", "item", True),),
    changes=True,
)
def verify_evidence(tracker: Tracker, call: Call) -> Answer:
    found, ids = _meant(tracker, call)
    task = current(tracker, found)
    seen = Verified(call.now, call.actor)
    pieces = tuple(p.replace(verified=seen) if p.id in ids and not p.verified else p for p in task.evidence)
    changed = put(tracker, call, found, evidence=pieces)
    what = f"evidence {listed(ids)} of task {found.id} {verb(ids, 'is', 'are')} verified"
    return Answer(sentence(f"{what} already" if changed is tracker else what), changed)


def _meant(tracker: Tracker, call: Call) -> tuple[Found, list[str]]:
    """The task, and the ids of the evidence that is to be verified."""
    ref = as_ref(call.slots["item"])
    if ref.kind == "evidence":
        found, piece = evidence_at(tracker, ref)
        return found, [piece.id]
    found = call.one(tracker, "item", "task")
    if not found.item.evidence:
        hint = f"Attach it first: attach evidence to {found.id}: …"
        raise NotFound(f"Task {found.id} has no evidence to verify.", hint=hint)
    return found, [piece.id for piece in found.item.evidence]


def all_evidence(tracker: Tracker) -> Iterator[tuple[Found, Evidence]]:
    """Every piece with its task, in the order of the plan."""
    for phase in tracker.phases:
        for index, pieces in enumerate(phase.tasks.column("evidence")):
            for piece in pieces:
                task = phase.tasks[index]
                yield Found("task", f"{phase.number}.{task.number}", task, phase, task), piece


def evidence_at(tracker: Tracker, ref: Ref) -> tuple[Found, Evidence]:
    """The piece of this id, else the one that bore it before, and its task. No id is given twice: no uid is needed."""
    pieces = list(all_evidence(tracker))
    known = [row for row in pieces if row[1].id == ref.id] or [row for row in pieces if ref.id in row[1].was]
    if not known:
        raise NotFound(f"There is no evidence {ref.id}.", hint="See what there is: list all evidence")
    return known[0]
