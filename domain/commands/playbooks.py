"""Playbooks and healing by hand: what is known, what would be done, doing it, stopping it, and what became of it."""

from __future__ import annotations

from domain.commands.healing_reports import share
from domain.commands.layout import table
from domain.commands.table import Answer, Block, Call, Need, Slot, command
from domain.commands.wording import counted, listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from domain.tracker import Tracker

    Document = Mapping[str, Any]  # Any: plain values all through

SHOWN = 20
MARKS = {"healed": "✓", "asked": "?", "escalated": "?", "stopped": "✗"}
SAID = {True: "yes", False: "no", None: "unknown"}


# --- looking ----------------------------------------------------------------------------------------------------------


@command(
    "list_playbooks",
    help="List the playbooks: what each is for, its risk, how often it helped.",
    topic="playbooks",
    phrases=("playbook list", "list the playbooks", "show all playbooks", "which playbooks are there?"),
    needs_tracker=False,
)
def list_playbooks(_: Tracker | None, call: Call) -> Answer:
    rows, problems = call.playbooks.listed(), call.playbooks.problems()
    columns = {
        "Playbook": [_name(row) for row in rows],
        "For": [str(row["title"]) for row in rows],
        "Risk": [str(row["risk"]) for row in rows],
        "Helped": [str(row["confidence"]) for row in rows],
    }
    return Answer(
        f"{counted(len(rows), 'playbook')}:",
        blocks=(table(columns),),
        warnings=tuple(f"Refused: {problem}" for problem in problems),
        data={"playbooks": rows, "refused": problems},
    )


def _name(row: Document) -> str:
    version = f" v{row['version']}" if row["version"] > 1 else ""
    return f"{row['id']}{version}" + ("" if row["enabled"] else " (disabled)")


@command(
    "show_playbook",
    help="Show a playbook: its symptoms, what it does in which order, when it asks.",
    topic="playbooks",
    phrases=("playbook show markdown_drift", "show the playbook markdown_drift", "show playbook disk_full"),
    slots=(Slot("playbook", "text", True),),
    needs_tracker=False,
)
def show_playbook(_: Tracker | None, call: Call) -> Answer:
    found = call.playbooks.shown(call.slots["playbook"])
    lines = [f"Symptom: {symptom}" for symptom in found["symptoms"]]
    lines += [f"Looked at first: {check}" for check in found["diagnosis"]]
    for stage in found["stages"]:
        lines += [f"{stage['name']}: {_action(step)}" for step in stage["steps"]]
        lines += [f"{stage['name']}: helped when {condition}" for condition in stage["validate"]]
    lines += _escalation(found["escalate"])
    lines.append(f"Helped: {found['confidence']}")
    lines += [f"{row['stage']} has helped in {share(row)}" for row in found["learnt"]]
    return Answer(
        f"{found['id']}, version {found['version']}, {found['origin']}: {found['title']}.",
        blocks=(Block("text", lines=tuple(lines)),),
        data=found,
    )


def _action(step: Document) -> str:
    only = f" if {step['only_if']}" if step["only_if"] else ""
    return f"{step['action']} ({step['risk']}{only}): {step['meaning']}"


def _escalation(rules: Document) -> list[str]:
    lines = [f"For a person at once: {condition}" for condition in rules["immediate"]]
    lines.append(f"For a person after {counted(rules['after_attempts'], 'attempt')} ({rules['severity']})")
    return lines + ([f"Advice: {rules['recommended']}"] if rules["recommended"] else [])


@command(
    "validate_playbooks",
    help="Check the project's own playbooks in .ecw/playbooks; exit 1 when one is refused.",
    topic="playbooks",
    phrases=("playbook validate", "validate the playbooks", "are the playbooks valid?"),
    needs_tracker=False,
)
def validate_playbooks(_: Tracker | None, call: Call) -> Answer:
    problems, rows = call.playbooks.problems(), call.playbooks.listed()
    if not problems:
        return Answer(f"All {counted(len(rows), 'playbook')} are valid.", data={"refused": [], "valid": len(rows)})
    return Answer(
        f"{counted(len(problems), 'problem')}; the other {counted(len(rows), 'playbook')} are used.",
        blocks=(Block("text", lines=tuple(problems)),),
        data={"refused": problems, "valid": len(rows)},
        outcome="invalid",
        hint=problems[0],
    )


@command(
    "explain_playbook",
    help="Show every condition of a playbook as it is now, with the signals behind it.",
    topic="playbooks",
    phrases=(
        "playbook explain markdown_drift",
        "explain the playbook markdown_drift",
        "why does the playbook disk_full not act?",
    ),
    slots=(Slot("playbook", "text", True),),
    needs_tracker=False,
)
def explain_playbook(_: Tracker | None, call: Call) -> Answer:
    found = call.playbooks.explained(call.slots["playbook"])
    conditions = {
        "Condition": [str(row["condition"]) for row in found["conditions"]],
        "Holds": [SAID[row["holds"]] for row in found["conditions"]],
    }
    signals = {
        "Signal": list(found["signals"]),
        "Now": [_value(value) for value in found["signals"].values()],
    }
    verdict = "its symptoms are there" if found["is_sick"] else "nothing to do: no symptom is known to be there"
    return Answer(f"{found['id']}: {verdict}.", blocks=(table(conditions), table(signals)), data=found)


def _value(value: object) -> str:
    if value is None or isinstance(value, bool):
        return SAID[value]
    return f"{value:g}" if isinstance(value, float) else str(value)


@command(
    "plan_healing",
    help="Show what healing would do now, action by action, and touch nothing.",
    topic="playbooks",
    phrases=("playbook plan", "playbook plan markdown_drift", "what would the playbook disk_full do?", "heal plan"),
    slots=(Slot("playbook", "text"),),
    needs_tracker=False,
    counts=False,
)
def plan_healing(_: Tracker | None, call: Call) -> Answer:
    return _planned(call.playbooks.planned(call.slots.get("playbook")))


def _planned(found: Document) -> Answer:
    troubles = found["troubles"]
    asides = [f"{row['playbook']}: {row['why']}" for row in found["waiting"]]
    asides += [f"{row['playbook']}: not known: {row['symptom']}" for row in found["unknown"]]
    blocks = [_plan(trouble) for trouble in troubles]
    if asides:
        blocks.append(Block("text", lines=tuple(asides), title="Not now"))
    if found["off"]:
        blocks.append(Block("text", lines=(str(found["off"]),)))
    said = f"{counted(len(troubles), 'trouble')} to heal:" if troubles else "Nothing needs healing."
    return Answer(said, blocks=tuple(blocks), data=found)


def _plan(trouble: Document) -> Block:
    lines = [f"symptom: {symptom}" for symptom in trouble["symptoms"]]
    lines += [f"foretold: {line}" for line in trouble["foretold"]]
    lines += [f"{check}: {SAID[holds]}" for check, holds in trouble["diagnosis"].items()]
    if trouble["for_a_person"]:
        lines.append(f"a person is asked: {trouble['for_a_person']}")
    else:
        lines += [_intent(row) for row in trouble["actions"]]
        lines.append(f"so far: {trouble['confidence']}")
    return Block("text", lines=tuple(lines), title=f"{trouble['playbook']} v{trouble['version']}: {trouble['title']}")


def _intent(row: Document) -> str:
    said = {"will": "will be done", "asks": "asks a person", "nothing": "nothing to do", "unwanted": "left out"}
    objects = f" on {listed(list(row['objects'][:3]))}" if row["objects"] else ""
    more = f" and {len(row['objects']) - 3} more" if len(row["objects"]) > 3 else ""
    reason = f" ({row['reason']})" if row["reason"] and row["verdict"] in ("asks", "unwanted") else ""
    return f"{row['stage']}: {row['action']} ({row['risk']}){objects}{more}: {said[row['verdict']]}{reason}"


@command(
    "playbook_history",
    help="Show what became of the latest treatments, of all playbooks or of one.",
    topic="playbooks",
    phrases=(
        "playbook history",
        "playbook history markdown_drift",
        "show the history of the playbook markdown_drift",
        "what did the playbooks do?",
    ),
    slots=(Slot("playbook", "text"),),
    needs_tracker=False,
)
def playbook_history(_: Tracker | None, call: Call) -> Answer:
    found = call.playbooks.history(call.slots.get("playbook"))
    if not found:
        return Answer("No playbook was needed yet.", data={"outcomes": []})
    shown = found[-SHOWN:]
    columns = {
        "When": [call.playbooks.time(row["timestamp"]) for row in shown],
        "Playbook": [str(row["playbook_id"]) for row in shown],
        "Did": [", ".join(row["actions_taken"]) or "nothing" for row in shown],
        "Result": [str(row["result"]) for row in shown],
        "Seconds": [f"{row['duration']:.2f}" for row in shown],
        "Why": [str(row["error"]) for row in shown],
    }
    said = f"The last {len(shown)} of {counted(len(found), 'treatment')}:" if len(shown) < len(found) else ""
    return Answer(said or f"{counted(len(found), 'treatment')}:", blocks=(table(columns),), data={"outcomes": shown})


# --- doing ------------------------------------------------------------------------------------------------------------


def _wants_leave(_: Tracker | None, call: Call) -> Need | None:
    """A person is asked where it would begin with what is risky; what comes later leaves an inquiry instead."""
    planned = call.playbooks.planned(call.slots["playbook"])
    actions = [row for trouble in planned["troubles"] for row in trouble["actions"]]
    first = next((row for row in actions if row["verdict"] in ("will", "asks")), None)
    if first is None or first["verdict"] != "asks" or first["risk"] != "R2":
        return None
    action, reason = first["action"].replace("_", " "), first["reason"]
    return Need("heal_at_risk", f"Healing at risk requires user approval: {action}, for {reason}.")


@command(
    "run_playbook",
    help="Treat what one playbook is made for, if its symptoms are there.",
    topic="playbooks",
    phrases=("playbook run markdown_drift", "run the playbook markdown_drift", "run playbook disk_full now"),
    slots=(Slot("playbook", "text", True),),
    files=True,
    needs_tracker=False,
    once=True,
    consent=_wants_leave,
    counts=False,
)
def run_playbook(_: Tracker | None, call: Call) -> Answer:
    id = call.slots["playbook"]
    if call.dry_run:
        return _planned(call.playbooks.planned(id))
    return healed(call.playbooks.heal(id, agreed=_wants_leave(None, call) is not None))


@command(
    "heal",
    help="Look at everything a playbook is made for, heal what may be healed, ask about the rest.",
    topic="playbooks",
    phrases=("heal", "heal the project", "heal everything", "heal yourself", "please heal what is broken"),
    files=True,
    needs_tracker=False,
    once=True,
    counts=False,
)
def heal(_: Tracker | None, call: Call) -> Answer:
    if call.dry_run:
        return _planned(call.playbooks.planned(None))
    return healed(call.playbooks.heal(None, agreed=False))


def healed(report: Document) -> Answer:
    outcomes, asked = report["outcomes"], report["inquiries"]
    lines = [_line(outcome) for outcome in outcomes]
    lines += [f"? {inquiry['symptom']}: {inquiry['last_error']}" for inquiry in asked if not inquiry["playbook_id"]]
    lines += [f"  {inquiry['recommended_action']}" for inquiry in asked if inquiry["recommended_action"]]
    lines += [f"· {row['playbook']}: {row['why']}" for row in report["waiting"]]
    lines += notified(report["notified"]) + _others(report["others_waiting"])
    lines += [f"It keeps coming back: task {task} is about the root cause." for task in report["tasks"]]
    acted = any(outcome["actions_taken"] for outcome in outcomes)
    left = report["stopped"] or len(outcomes) > _count(outcomes, "healed") or asked
    but = f" But {'; '.join(report['problems'])}." if report["problems"] else ""
    return Answer(
        f"{_verdict(report)}{but}",
        blocks=(Block("text", lines=tuple(lines)),) if lines else (),
        data=report,
        changed_files=acted,
        outcome="invalid" if left else None if acted or report["problems"] else "unchanged",
        hint=_advice(report) if left else None,
        problems=tuple(report["problems"]),
    )


def notified(rows: Sequence[Document]) -> list[str]:
    """Who was told outside, or could not be."""
    return [f"· {row['channel']}: {row['result']}" + (f" ({row['why']})" if row["why"] else "") for row in rows]


def _others(waiting: int) -> list[str]:
    """What waits besides what was asked now."""
    wait = "waits" if waiting == 1 else "wait"
    return [f"· {counted(waiting, 'other question')} {wait} for a person: wt inbox"] if waiting else []


def _count(outcomes: Sequence[Document], result: str) -> int:
    return sum(outcome["result"] == result for outcome in outcomes)


def _line(outcome: Document) -> str:
    did = "; ".join(step["said"] for step in outcome["steps"] if step["result"] == "done")
    said = [outcome["playbook_id"], did if outcome["success"] else outcome["error"]]
    said += [f"foretold: {each['line']}" for each in outcome["foretold"]]
    back = any(step["is_back"] for step in outcome["steps"])
    return f"{MARKS[outcome['result']]} {': '.join(filter(None, said))}{' (taken back)' if back else ''}"


def _verdict(report: Document) -> str:
    outcomes = report["outcomes"]
    healed, rest = _count(outcomes, "healed"), len(report["inquiries"])
    if report["stopped"]:
        return f"{str(report['stopped'])[:1].upper()}{str(report['stopped'])[1:]}."
    parts = [f"{counted(healed, 'trouble')} healed"] if healed else []
    parts += [f"{rest} for a person to decide"] if rest else []
    if parts:
        return f"{listed(parts)}."
    if report["waiting"]:
        return "Nothing was done: what there is has to wait."
    return (
        f"Nothing needs healing ({counted(report['playbooks'], 'playbook')}, {counted(report['signals'], 'signal')})."
    )


def _advice(report: Document) -> str:
    if report["stopped"] and not report["outcomes"]:
        return "Let healing go on with: wt heal --resume"
    advice = [inquiry["recommended_action"] for inquiry in report["inquiries"] if inquiry["recommended_action"]]
    if advice:
        return str(advice[0])
    return "Answer it: wt inbox" if report["inquiries"] else "See why: wt playbook history"


@command(
    "stop_healing",
    help="Stop healing, also one that is under way, until it is resumed.",
    topic="playbooks",
    phrases=("heal stop", "stop healing", "pause healing", "stop all healing now"),
    files=True,
    needs_tracker=False,
)
def stop_healing(_: Tracker | None, call: Call) -> Answer:
    if not call.dry_run:
        call.playbooks.stop()
    return Answer("Healing is stopped.", changed_files=True, hint="Go on with: wt heal --resume")


@command(
    "resume_healing",
    help="Let healing go on after it was stopped, or had turned itself off.",
    topic="playbooks",
    phrases=("heal resume", "resume healing", "go on healing", "turn healing on again"),
    files=True,
    needs_tracker=False,
)
def resume_healing(_: Tracker | None, call: Call) -> Answer:
    if not call.dry_run:
        call.playbooks.resume()
    return Answer("Healing goes on.", changed_files=True)


@command(
    "enable_playbook",
    help="Let a playbook act again.",
    topic="playbooks",
    phrases=("playbook enable markdown_drift", "enable the playbook markdown_drift", "turn playbook disk_full on"),
    slots=(Slot("playbook", "text", True),),
    files=True,
    needs_tracker=False,
)
def enable_playbook(_: Tracker | None, call: Call) -> Answer:
    return _switched(call, enabled=True)


@command(
    "disable_playbook",
    help="Keep a playbook from acting in this working tree.",
    topic="playbooks",
    phrases=("playbook disable markdown_drift", "disable the playbook markdown_drift", "turn playbook disk_full off"),
    slots=(Slot("playbook", "text", True),),
    files=True,
    needs_tracker=False,
)
def disable_playbook(_: Tracker | None, call: Call) -> Answer:
    return _switched(call, enabled=False)


def _switched(call: Call, *, enabled: bool) -> Answer:
    id, now = call.slots["playbook"], "enabled" if enabled else "disabled"
    is_enabled = call.playbooks.shown(id)["enabled"]
    if is_enabled == enabled:
        return Answer(f"The playbook {id} is {now} already.", outcome="unchanged")
    if not call.dry_run:
        call.playbooks.enable(id, enabled)
    return Answer(f"The playbook {id} is {now}.", data={"playbook": id, "enabled": enabled}, changed_files=True)
