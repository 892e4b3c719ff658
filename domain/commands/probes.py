"""Reality: what probes say of what is claimed, which tasks are disputed, and whether the probes see anything."""

from __future__ import annotations

from domain.commands.layout import table
from domain.commands.table import Answer, Block, Call, Slot, command
from domain.commands.wording import counted, listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from domain.tracker import Tracker

    Row = Mapping[str, Any]  # Any: plain values of several types


@command(
    "reality_check",
    help="Ask the probes whether reality agrees with what is claimed; exit 1 when one disagrees.",
    topic="reality",
    phrases=("reality check", "run a reality check", "deep reality check"),
    slots=(Slot("deep", "flag"),),
    needs_tracker=False,
    counts=False,
)
def reality_check(_: Tracker | None, call: Call) -> Answer:
    return _answer(call.probes.look("deep" if call.slots.get("deep") else "normal", keep=not call.dry_run))


@command(
    "run_probe",
    help="Ask one probe, whatever it costs; exit 1 when it disagrees.",
    topic="reality",
    phrases=("run probe disk", "run the probe git-state", "probes run clock"),
    slots=(Slot("probe", "text", True),),
    needs_tracker=False,
    counts=False,
)
def run_probe(_: Tracker | None, call: Call) -> Answer:
    return _answer(call.probes.look("deep", call.slots["probe"], keep=not call.dry_run))


def _answer(report: Row) -> Answer:
    answers, disputes = report["answers"], report["disputes"]
    trouble = bool(disputes) or any(row["verdict"] in ("DISAGREE", "BROKEN") for row in answers)
    vetoes = report["consensus"]["vetoes"]
    said = f"{report['line'][:1].upper()}{report['line'][1:]}{', degraded' if report['degraded'] else ''}."
    return Answer(
        said + (f" {listed(list(vetoes))} {'vetoes' if len(vetoes) == 1 else 'veto'}." if vetoes else ""),
        blocks=(_verdicts(answers), *_disputed(disputes)),
        warnings=tuple(f"Refused: {refused}" for refused in report["refused"]),
        data=report,
        outcome="invalid" if trouble else None,
        hint="A person decides what is right; no claim was changed." if trouble else None,
    )


def _verdicts(rows: Sequence[Row]) -> Block:
    return table(
        {
            "Verdict": [row["verdict"] for row in rows],
            "Probe": [row["probe"] + (" (veto)" if row["veto"] else "") for row in rows],
            "Claim": [row["claim"] for row in rows],
            "Evidence": ["; ".join(row["evidence"]) for row in rows],
        }
    )


def _disputed(rows: Iterable[Row]) -> tuple[Block, ...]:
    """Both sides of every dispute."""
    return tuple(
        Block(
            "text",
            title=f"Disputed: {row['id']} {row['title']} (since {row['since'][:10]})",
            lines=(
                f"claimed: {'; '.join(row['claim'])}",
                *(f"{probe}: {', '.join(evidence)}" for probe, evidence in row["reality"].items()),
            ),
        )
        for row in rows
    )


@command(
    "list_probes",
    help="List the probes, what each said last, and how much its word weighs.",
    topic="reality",
    phrases=("list probes", "show the probes", "which probes are there?"),
    needs_tracker=False,
)
def list_probes(_: Tracker | None, call: Call) -> Answer:
    rows, refused = call.probes.rows(), call.probes.refused()
    columns = {
        "Probe": [row["probe"] + (" (veto)" if row["veto"] else "") for row in rows],
        "Claim": [row["claim"] for row in rows],
        "Group": [row["group"] for row in rows],
        "Cost": [row["cost"] for row in rows],
        "Last": [_last(row) for row in rows],
        "Weight": [f"{row['weight']:.2f}" for row in rows],
        "Tested": ["sees nothing" if row["vacuous"] else f"{row['right']}/{row['runs']}" for row in rows],
    }
    return Answer(
        f"{counted(len(rows), 'probe')}:",
        blocks=(table(columns),),
        warnings=tuple(f"Refused: {each}" for each in refused),
        data={"probes": rows, "refused": refused, "signals": dict(call.probes.signals())},
    )


def _last(row: Row) -> str:
    return "quarantined" if row["quarantined"] else row["verdict"] or "not asked"


@command(
    "test_probes",
    help="Show each probe what it claims to see, in throw-away projects; one that misses it loses its weight.",
    topic="reality",
    phrases=("test the probes", "probes selftest", "selftest the probes"),
    needs_tracker=False,
    counts=False,
)
def selftest(tracker: Tracker, call: Call) -> Answer:
    if call.dry_run:
        return list_probes(tracker, call)
    rows = call.probes.selftest()
    ran = [row for row in rows if row["tested"]]
    good = [row for row in ran if row["control"] and row["seen"]]
    columns = {
        "Probe": [row["probe"] for row in rows],
        "Result": [_result(row) for row in rows],
        "It said": ["; ".join(row["said"]) for row in rows],
    }
    said = f"{len(good)} of {counted(len(ran), 'probe')} agreed with what was sound and saw what was not."
    outcome = None if len(good) == len(ran) else "invalid"
    return Answer(said, blocks=(table(columns),), data={"probes": rows}, outcome=outcome)


def _result(row: Row) -> str:
    if not row["tested"]:
        return "not tested: it has no inject"
    if row["vacuous"]:
        return "sees nothing: it agreed with what was wrong"
    if not row["control"]:
        return "did not agree with what was sound"
    return "sees it" if row["seen"] else "did not see it"
