"""Checks of tasks that have run: what they allow, and the evidence they leave."""

from __future__ import annotations

from domain.commands.changing import current, evidence_issued, put
from domain.commands.table import Block
from domain.commands.wording import counted
from domain.errors import Blocked
from domain.proof import wanted
from domain.tracker import Evidence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from domain.commands.table import Call
    from domain.proof import Proof, Wanted
    from domain.tracker import Check, Found, Task, Tracker

KINDS = {"command": "command_output", "test": "command_output", "file": "file_reference", "commit": "manual_note"}


def to_complete(found: Iterable[Found]) -> list[Found]:
    """Those that are tasks with checks and not complete yet."""
    return [item for item in found if item.kind == "task" and item.item.verify and item.item.status != "complete"]


def all_wanted(found: Iterable[Found]) -> tuple[Wanted, ...]:
    return tuple(each for item in found for each in wanted(item.id, item.item))


def must_hold(tracker: Tracker, call: Call, found: Sequence[Found]) -> None:
    """Raises Blocked when a check of one of these tasks failed, or has not run."""
    for item in found:
        checks = current(tracker, item).verify
        if any(check not in call.proofs for check in checks):
            said = f"The checks of task {item.id} have not run on it as it is now; nothing was changed."
            raise Blocked(said, hint="Say it again: they run first.")
        failed = [call.proofs[check] for check in checks if not call.proofs[check].passed]
        if failed:
            raise Blocked(
                f"Task {item.id} cannot be completed: {failure(failed[0])}",
                hint=f"Mend what it found, then say it again. Look closer: run the checks of {item.id}",
                data={"checks": [document(call.proofs[check]) for check in checks]},
            )


def document(proof: Proof) -> dict[str, object]:
    """A run of a check, for programs."""
    check = {"kind": proof.check.kind, "value": proof.check.value}
    return check | {name: value for name, value in proof.values() if name != "check"}


def failure(proof: Proof) -> str:
    """`its check "pytest -q" failed (exit 1): 2 failed, 10 passed`."""
    first = next((line.strip() for line in proof.said.split("\n") if line.strip()), "")
    return f'its check "{named(proof.check)}" failed ({proof.how}){f": {first}" if first else "."}'


def named(check: Check) -> str:
    """A check in a sentence: a command is its own name."""
    return check.value if check.kind == "command" else f"{check.kind} {check.value}"


def with_evidence(tracker: Tracker, call: Call, found: Iterable[Found]) -> Tracker:
    """The tracker with what the checks of these tasks came to, as evidence."""
    for item in found:
        task = current(tracker, item)
        issued = evidence_issued(tracker)
        pieces = [_evidence(call, call.proofs[check], issued + n) for n, check in enumerate(task.verify, 1)]
        counting = tracker.replace(evidence_issued=issued + len(pieces))
        tracker = put(counting, call, item, evidence=(*task.evidence, *pieces))
    return tracker


def _evidence(call: Call, proof: Proof, number: int) -> Evidence:
    return Evidence(
        f"E{number}",
        KINDS[proof.check.kind],
        _content(proof),
        call.now,
        call.actor,
        command=proof.command,
        exit_code=proof.exit_code,
        commit=proof.commit,
        sha256=proof.sha256,
        duration_ms=proof.duration_ms,
        uid=call.new_uid(),
    )


def _content(proof: Proof) -> str:
    if proof.check.kind == "file":
        return proof.check.value
    return proof.how if proof.check.kind == "commit" else proof.said or "(no output)"


def told(call: Call, tasks: Iterable[Task]) -> tuple[Block, ...]:
    """What ran, and how it ended, a line each."""
    ran = [call.proofs[check] for task in tasks for check in task.verify if check in call.proofs]
    lines = tuple(f"{'✓' if proof.passed else '✗'} {named(proof.check)} ({_how(proof)})" for proof in ran)
    return (Block("text", lines=lines),) if lines else ()


def _how(proof: Proof) -> str:
    return proof.how if proof.duration_ms is None else f"{proof.how}, {proof.duration_ms / 1000:.1f} s"


def rehearsed(found: Iterable[Found]) -> tuple[str, ...]:
    """What a rehearsal says instead of running anything."""
    return tuple(
        f"Task {item.id}: {counted(len(item.item.verify), 'check')} would run first"
        f" ({', '.join(map(named, item.item.verify))})."
        for item in found
    )
