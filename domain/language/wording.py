"""The plainest sentence for a command: what `read as`, hints and undo say; it is read as that command again."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from domain.commands.table import Command

WORDS = {"in_progress": "in progress"}
NAMES = {"assignee": "owner", "due": "due date"}


def canonical(command: Command) -> str:
    """The plainest sentence that is read as this command."""
    plain = command.plain()["slots"]
    say = SENTENCES.get(command.name)
    return say(plain) if say else command.name.replace("_", " ")


def _ids(ids: list[str] | tuple[str, ...]) -> str:
    said = [_item(id) for id in ids]
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"


def _item(id: str) -> str:
    if id == "tracker":
        return "the tracker"
    return id if "." in id or id[0] == "E" else f"phase {id}"


def _because(slots: Mapping[str, Any]) -> str:
    return f" because {slots['reason']}" if slots.get("reason") else ""


def _quoted(text: str) -> str:
    return f'"{text}"' if '"' not in text else f"“{text}”"


def _scope(scope: str) -> str:
    limits = {} if scope == "all" else dict(part.partition(":")[::2] for part in scope.split("+"))
    words = ["all"]
    if "status" in limits:
        words.append(WORDS.get(limits["status"], limits["status"]))
    if "priority" in limits:
        words.append(f"{limits['priority']} priority")
    words.append("tasks")
    if "phase" in limits:
        words.append(f"in phase {limits['phase']}")
    if "assignee" in limits:
        words.append(f"assigned to {limits['assignee']}")
    if "label" in limits:
        words.append(f"labelled {_quoted(limits['label'])}")
    return " ".join(words)


def _status(slots: Mapping[str, Any]) -> str:
    return f"set {_ids(slots['items'])} to {WORDS.get(slots['status'], slots['status'])}{_because(slots)}"


def _bulk(slots: Mapping[str, Any]) -> str:
    spared = f" except {_ids(slots['except'])}" if slots.get("except") else ""
    return f"set {_scope(slots['scope'])} to {WORDS.get(slots['status'], slots['status'])}{spared}{_because(slots)}"


def _field(slots: Mapping[str, Any]) -> str:
    items, field, value = _ids(slots["items"]), slots["field"], slots["value"]
    name = NAMES.get(field, field)
    if field == "labels" and value is not None:
        labels = " and ".join(map(_quoted, value))
        return {"remove": f"remove label {labels} from {items}", "set": f"set labels of {items} to {labels}"}.get(
            slots.get("mode", "add"), f"label {items} {labels}"
        )
    if value is None:
        return f"clear the {name} of {items}"
    if field == "description":
        return f"set the description of {items} to {_quoted(value)}"
    return f"set the {name} of {items} to {value}"


def _add_task(slots: Mapping[str, Any]) -> str:
    more = [
        f"priority {slots['priority']}" if "priority" in slots else "",
        f"due {slots['due']}" if "due" in slots else "",
    ]
    more += [
        f"assigned to {slots['assignee']}" if "assignee" in slots else "",
        f"estimate {slots['estimate']}" if "estimate" in slots else "",
    ]
    more += [f"label {_quoted(slots['labels'][0])}" if slots.get("labels") else ""]
    more += [f"depends on {_ids(slots['depends_on'])}" if slots.get("depends_on") else ""]
    said = " ".join(part for part in more if part)
    return f"add task {_quoted(slots['title'])} to {_item(slots['parent'])}{' ' + said if said else ''}"


def _delete(slots: Mapping[str, Any]) -> str:
    scope = str(slots.get("scope", ""))
    if scope.startswith("subtasks:"):
        return f"delete all subtasks of {scope.partition(':')[2]}"
    spared = f" except {_ids(slots['except'])}" if slots.get("except") else ""
    return f"delete {_scope(scope)}{spared}" if scope else f"delete {_ids(slots['items'])}"


def _reorder(slots: Mapping[str, Any]) -> str:
    for side in ("before", "after"):
        if side in slots:
            return f"move {_item(slots['item'])} {side} {_item(slots[side])}"
    spot = slots["position"]
    return f"move {_item(slots['item'])} " + (f"to position {spot}" if isinstance(spot, int) else f"{spot}")


def _unlink(slots: Mapping[str, Any]) -> str:
    on = f" on {_ids(slots['on'])}" if slots.get("on") else ""
    return f"remove the {'dependency' if on else 'dependencies'} of {_ids(slots['items'])}{on}"


def _evidence(slots: Mapping[str, Any]) -> str:
    kind = {"file_reference": "file ", "command_output": "output ", "manual_note": "note "}.get(
        slots.get("type", ""), ""
    )
    return f"attach {kind}evidence to {slots['item']}: {slots['content']}"


def _remove_check(slots: Mapping[str, Any]) -> str:
    which = slots.get("check")
    if which is None:
        return f"remove all checks of {slots['item']}"
    return f"remove check {which if isinstance(which, int) else _quoted(which)} of {slots['item']}"


def _criterion(verb: str, slots: Mapping[str, Any]) -> str:
    which = slots.get("criterion")
    if isinstance(which, int):
        return f"{verb} criterion {which} of {slots['item']}"
    return (
        f"{verb} the criterion {_quoted(which)} of {slots['item']}"
        if which
        else f"{verb} all criteria of {slots['item']}"
    )


def _list(slots: Mapping[str, Any]) -> str:
    if slots.get("what"):
        return f"list {slots['what']}"
    words = ["list", *(word for word in ("overdue", "ready") if slots.get(word))]
    words += [WORDS.get(slots["status"], slots["status"])] if slots.get("status") else []
    words += [f"{slots['priority']} priority"] if slots.get("priority") else []
    words += ["unassigned"] if "assignee" in slots and slots["assignee"] is None else []
    words.append("tasks")
    words += [f"in phase {slots['phase']}"] if slots.get("phase") else []
    words += [f"assigned to {slots['assignee']}"] if slots.get("assignee") else []
    words += [f"with label {_quoted(slots['label'])}"] if slots.get("label") else []
    if "due_after" in slots and "due_before" in slots:
        return " ".join([*words, f"due after {slots['due_after']} and before {slots['due_before']}"])
    words += [f"due {slots['due']}"] if slots.get("due") else []
    words += [f"due before {slots['due_before']}"] if slots.get("due_before") else []
    words += [f"due after {slots['due_after']}"] if slots.get("due_after") else []
    return " ".join(words)


def _of(words: str, slots: Mapping[str, Any]) -> str:
    phase = f" in phase {slots['phase']}" if slots.get("phase") else ""
    return f"{words}{phase}" + (f" for {slots['assignee']}" if slots.get("assignee") else "")


def _history(slots: Mapping[str, Any]) -> str:
    words = f"show the last {slots['count']} changes" if slots.get("count") else "show history"
    words += f" of {_item(slots['item'])}" if slots.get("item") else ""
    words += f" by {slots['assignee']}" if slots.get("assignee") else ""
    return words + (f" since {slots['since']}" if slots.get("since") else "")


def _show(slots: Mapping[str, Any]) -> str:
    return (
        f"show the {slots['part']} of {_item(slots['item'])}" if slots.get("part") else f"show {_item(slots['item'])}"
    )


def _initiative(slots: Mapping[str, Any]) -> str:
    number = f" {slots['number']}" if slots.get("number") else ""
    return f"create initiative{number}" + (f" {_quoted(slots['title'])}" if slots.get("title") else "")


def _settle(slots: Mapping[str, Any]) -> str:
    item, field = _item(slots["item"]), slots.get("field")
    what = f"the {NAMES.get(field, field).replace('_', ' ')} of {item}" if field else item
    return f"settle {what}" + (f" with {slots['side']}" if slots.get("side") else "")


def _inquiry(verb: str, slots: Mapping[str, Any]) -> str:
    said = " ".join(filter(None, (verb, "inquiry", slots.get("inquiry"), "now" if slots.get("now") else "")))
    return f"{said}: {slots['note']}" if slots.get("note") else said


def _merge_driver(slots: Mapping[str, Any]) -> str:
    step = "check" if slots.get("check") else "remove" if slots.get("remove") else "install"
    return f"{step} the merge driver"


SENTENCES: dict[str, Any] = {  # a function of the plain slots each
    "create_tracker": lambda s: f"create a tracker called {_quoted(s['title'])}",
    "create_initiative": _initiative,
    "add_phase": lambda s: (
        f"add phase {_quoted(s['title'])}"
        + (f" with the description {_quoted(s['description'])}" if s.get("description") else "")
    ),
    "add_task": _add_task,
    "add_subtask": lambda s: (
        f"add subtask{'s' * (len(s['titles']) > 1)} {' and '.join(map(_quoted, s['titles']))} to {s['parent']}"
    ),
    "set_status": _status,
    "bulk_set_status": _bulk,
    "check": lambda s: f"check {_ids(s['items'])}",
    "uncheck": lambda s: f"uncheck {_ids(s['items'])}",
    "set_field": _field,
    "rename": lambda s: f"rename {_item(s['item'])} to {_quoted(s['title'])}",
    "delete": _delete,
    "move": lambda s: f"move {_ids(s['items'])} to {_item(s['to'])}",
    "reorder": _reorder,
    "add_dependency": lambda s: f"make {_ids(s['items'])} depend on {_ids(s['on'])}",
    "remove_dependency": _unlink,
    "attach_evidence": _evidence,
    "verify_evidence": lambda s: (
        f"verify the evidence of {s['item']}" if s["item"][0] != "E" else f"verify {s['item']}"
    ),
    "add_check": lambda s: f"verify {s['item']} with the {s['kind']} {_quoted(s['value'])}",
    "remove_check": _remove_check,
    "run_checks": lambda s: f"run the checks of {s['item']}",
    "reality_check": lambda s: f"{'deep ' if s.get('deep') else ''}reality check",
    "run_probe": lambda s: f"run probe {s['probe']}",
    "list_probes": lambda s: "list probes",
    "test_probes": lambda s: "test the probes",
    "grant_trust": lambda s: "trust the commands of this project",
    "list_trust": lambda s: "list trusted commands",
    "revoke_trust": lambda s: f"revoke trust in {_quoted(s['which'])}" if s.get("which") else "revoke all trust",
    "add_note": lambda s: f"note on {_ids(s['items'])}: {s['text']}",
    "add_criterion": lambda s: f"add criterion to {s['item']}: {s['text']}",
    "meet_criterion": lambda s: _criterion("meet", s),
    "unmeet_criterion": lambda s: _criterion("unmeet", s),
    "answer_consent": lambda s: s["answer"],
    "show_inbox": lambda s: "show the whole inbox" if s.get("all") else "show the inbox",
    "approve_inquiry": lambda s: _inquiry("approve", s),
    "deny_inquiry": lambda s: _inquiry("deny", s),
    "show_progress": lambda s: (
        "show progress" + (f" of phase {s['phase']}" if s.get("phase") else " of all trackers" if s.get("all") else "")
    ),
    "show_item": _show,
    "list": _list,
    "next": lambda s: _of(f"show the next {s['count']} tasks" if s.get("count") else "show next task", s),
    "remaining": lambda s: _of("show what remains", s),
    "blocked": lambda s: _of("show blocked tasks", s),
    "search": lambda s: f"search for {_quoted(s['query'])}",
    "history": _history,
    "help": lambda s: f"help with {s['topic']}" if s.get("topic") else "help",
    "health": lambda s: "check health",
    "self_test": lambda s: "run a fast self test" if s.get("fast") else "run the self test",
    "show_errors": lambda s: "show errors",
    "healing_statistics": lambda s: "healing statistics",
    "show_escalations": lambda s: "show escalations",
    "reset_circuit": lambda s: f"reset the circuit of {s['resource']}" if s.get("resource") else "reset all circuits",
    "isolate_circuit": lambda s: f"isolate the circuit of {s['resource']}",
    "sync": lambda s: "sync with the remote" if s.get("remote") else "sync",
    "merge": lambda s: " ".join(["merge", *map(_quoted, s.get("paths") or ())]),
    "setup_git": _merge_driver,
    "conflicts": lambda s: "show conflicts",
    "settle": _settle,
    "list_playbooks": lambda s: "list the playbooks",
    "show_playbook": lambda s: f"show the playbook {s['playbook']}",
    "validate_playbooks": lambda s: "validate the playbooks",
    "explain_playbook": lambda s: f"explain the playbook {s['playbook']}",
    "plan_healing": lambda s: f"plan the playbook {s['playbook']}" if s.get("playbook") else "plan healing",
    "run_playbook": lambda s: f"run the playbook {s['playbook']}",
    "enable_playbook": lambda s: f"enable the playbook {s['playbook']}",
    "disable_playbook": lambda s: f"disable the playbook {s['playbook']}",
    "playbook_history": lambda s: f"playbook history {s['playbook']}" if s.get("playbook") else "playbook history",
    "heal": lambda s: "heal",
    "take_alert": lambda s: f"heal alert {s['path']}",
    "show_upkeep": lambda s: "show the upkeep",
    "do_upkeep": lambda s: "do the upkeep that is due" if s["period"] == "due" else f"do the {s['period']} upkeep",
    "show_predictions": lambda s: "show predictions",
    "stop_healing": lambda s: "stop healing",
    "evolve_playbooks": lambda s: (
        f"evolve the playbook {s['playbook']}" if s.get("playbook") else "evolve the playbooks"
    ),
    "heal_report": lambda s: f"heal report since {s['since']}" if s.get("since") else "heal report",
    "resume_healing": lambda s: "resume healing",
    "draw_dashboard": lambda s: "draw the dashboard" + (f" to {s['output']}" if s.get("output") else ""),
    "regenerate": lambda s: "regenerate markdown",
    "validate": lambda s: "validate the tracker",
    "undo": lambda s: f"undo the last {s['count']} changes" if s.get("count") else "undo",
    "redo": lambda s: f"redo the last {s['count']} changes" if s.get("count") else "redo",
    "import": lambda s: f"import {_quoted(s['path'])}" + (f" as {_quoted(s['as'])}" if s.get("as") else ""),
}
