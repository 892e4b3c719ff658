"""How well `wt` itself is doing: health, failures, what was healed, what waits for a person, circuits."""

from __future__ import annotations

from domain.commands.layout import table
from domain.commands.table import Answer, Block, Call, Slot, command
from domain.commands.wording import counted, listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from domain.tracker import Tracker

    Record = Mapping[str, Any]  # Any: a line of the log, or a part of it

SICK = ("UNHEALTHY", "CRITICAL")
SHOWN = 20


@command(
    "health",
    help="Show how well wt itself is doing; exit 1 when that is badly.",
    topic="upkeep",
    phrases=("health", "health check", "how healthy is the tracker?", "show circuits"),
    needs_tracker=False,
    counts=False,
)
def health(_: Tracker | None, call: Call) -> Answer:
    lines, document = call.healer.health()
    outcome = "invalid" if document["status"] in SICK else None
    details = tuple(line.strip() for line in (lines if outcome else lines[1:]))
    hint = document["action"] if outcome else None
    return Answer(lines[0], blocks=(Block("text", lines=details),), data=document, outcome=outcome, hint=hint)


@command(
    "show_errors",
    help="Show the latest failures of wt: when, what, and how each ended.",
    topic="upkeep",
    phrases=("show errors", "show error log", "which errors occurred?"),
    needs_tracker=False,
    counts=False,
)
def show_errors(_: Tracker | None, call: Call) -> Answer:
    failures = call.healer.failures()
    if not failures:
        return Answer("No failures are on record.", data={"errors": []})
    shown = failures[-SHOWN:]
    columns = {
        "When": [str(failure["at"]) for failure in shown],
        "Operation": [str(failure["operation"]) for failure in shown],
        "Category": [str(failure["category"]) for failure in shown],
        "What": [str(failure["symptom"]) for failure in shown],
        "Outcome": [str(failure["outcome"]) for failure in shown],
    }
    return Answer(f"{_last(len(shown), failures)}:", blocks=(table(columns),), data={"errors": list(shown)})


def _last(shown: int, failures: Sequence[Record]) -> str:
    if shown < len(failures):
        return f"The last {shown} of {counted(len(failures), 'failure')}"
    return counted(shown, "failure")


@command(
    "healing_statistics",
    help="Show how often what failed, and how often healing helped.",
    topic="upkeep",
    phrases=("healing statistics", "show healing statistics", "show the healing stats"),
    needs_tracker=False,
    counts=False,
)
def healing_statistics(_: Tracker | None, call: Call) -> Answer:
    known = call.healer.statistics()
    if not known["failures"]:
        return Answer("Nothing failed yet, so nothing had to be healed.", data=known)
    tried = known["recoveries"]
    return Answer(
        f"{counted(known['failures'], 'failure')}, {_share(tried)}.",
        blocks=(
            _groups(known["by_category"], "Category"),
            _groups(known["by_cause"], "Cause"),
            *_recurring(known["recurring"]),
        ),
        data=known,
    )


def _share(tried: Record) -> str:
    """`3 of 4 recovered (75%, at least 35%)`."""
    if not tried["tried"]:
        return "nothing that could be healed"
    least = f"{tried['at_least'] * 100 // 1:.0f}%"  # a lower bound rounded up would promise too much
    return f"{tried['recovered']} of {tried['tried']} recovered ({tried['rate']:.0%}, at least {least})"


def _groups(groups: Mapping[str, Record], name: str) -> Block:
    rows = list(groups.items())
    return table(
        {
            name: [key for key, _ in rows],
            "Failures": [str(group["failures"]) for _, group in rows],
            "Healed": [_share(group) if group["tried"] else "not tried" for _, group in rows],
            "Escalated": [str(group["escalated"]) for _, group in rows],
        },
        f"By {name.lower()}",
    )


def _recurring(faults: Sequence[Record]) -> tuple[Block, ...]:
    if not faults:
        return ()
    lines = tuple(f"{fault['cause']}: {fault['failures']} times ({fault['fingerprint']})" for fault in faults)
    return (Block("text", lines=lines, title="What keeps coming back: healing only eases it, look for the cause"),)


@command(
    "show_escalations",
    help="Show what healing handed to a person, with what to do about it.",
    topic="upkeep",
    phrases=("show escalations", "what was escalated?", "list the escalations"),
    needs_tracker=False,
    counts=False,
)
def show_escalations(_: Tracker | None, call: Call) -> Answer:
    waiting = call.healer.escalations()[-SHOWN:]
    if not waiting:
        return Answer("Nothing was escalated.", data={"escalations": []})
    blocks = tuple(Block("text", lines=_told(each), title=f"{each['at']} {each['operation']}") for each in waiting)
    return Answer(f"{counted(len(waiting), 'escalation')}:", blocks=blocks, data={"escalations": list(waiting)})


def _told(escalation: Record) -> tuple[str, ...]:
    context = escalation.get("context") or {}
    lines = [f"{escalation['category']}: {escalation['symptom']}"]
    lines += [str(context[name]) for name in ("text", "advice") if context.get(name)]
    return tuple(line for text in dict.fromkeys(lines) for line in text.splitlines())


# --- circuits ---------------------------------------------------------------------------------------------------------


@command(
    "reset_circuit",
    help="Close a circuit that paused a resource, or all of them.",
    topic="upkeep",
    phrases=("reset circuit", "reset the circuit of git.remote:origin", "reset all circuits"),
    slots=(Slot("resource", "text"),),
    files=True,
    needs_tracker=False,
)
def reset_circuit(_: Tracker | None, call: Call) -> Answer:
    names = call.healer.circuits(call.slots.get("resource"))
    if not call.dry_run:
        call.healer.reset(names)
    if not names:
        return Answer("No circuit was ever opened, so none had to be reset.", outcome="unchanged")
    noun = "Circuit" if len(names) == 1 else "Circuits"
    return Answer(f"{noun} {listed(names)} reset to CLOSED.", data={"circuits": names}, changed_files=True)


@command(
    "isolate_circuit",
    help="Pause all work that needs a resource until its circuit is reset.",
    topic="upkeep",
    phrases=(
        "isolate circuit git.remote:origin",
        "isolate the circuit of git.remote:origin",
        "please isolate circuit git.remote:origin",
    ),
    slots=(Slot("resource", "text", True),),
    files=True,
    needs_tracker=False,
)
def isolate_circuit(_: Tracker | None, call: Call) -> Answer:
    resource = call.slots["resource"]
    if not call.dry_run:
        call.healer.isolate(resource)
    return Answer(
        f"Circuit {resource} isolated: what needs it is paused until it is reset.",
        data={"circuits": [resource]},
        changed_files=True,
        hint=f"Go on with: reset circuit {resource}",
    )
