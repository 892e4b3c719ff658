"""Checks: what completing a task runs to prove it, and which commands of a project a person trusts."""

from __future__ import annotations

from domain.commands import proofs
from domain.commands.changing import current, put
from domain.commands.layout import table
from domain.commands.table import Answer, Call, Need, Slot, command
from domain.commands.wording import counted, listed
from domain.errors import ChecksFailed, NotFound, Refused
from domain.proof import wanted
from domain.tracker import CHECK_KINDS, Check

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.proof import Wanted
    from domain.tracker import Found, Tracker

SHELL_SIGNS = ("|", "||", "&", "&&", ";", ">", ">>", "<", "2>&1", "2>", "&>")


@command(
    "add_check",
    help="Name what proves a task: a command, a test, a file or a commit; completing it runs that first.",
    topic="evidence",
    phrases=(
        "verify 5.3 with `pytest -q`",
        "5.3 is verified by tests/test_x.py existing",
        "verify 5.3 with the test tests/test_x.py",
        "5.3 is verified by the commit v1.0",
        'add a check to 5.3: "make lint"',
    ),
    slots=(Slot("item", "task", True), Slot("kind", "word", True), Slot("value", "text", True)),
    changes=True,
)
def add_check(tracker: Tracker, call: Call) -> Answer:
    found = call.one(tracker, "item", "task")
    check = Check(call.slots["kind"], _value(call.slots["kind"], call.slots["value"]))
    known = current(tracker, found).verify
    if check in known:
        return Answer(f"{_named(check)} proves task {found.id} already.", tracker)
    changed = put(tracker, call, found, verify=(*known, check))
    trust = "A person has to trust the command first: wt trust" if check.kind in ("command", "test") else None
    return Answer(f"{_named(check)} has to hold before task {found.id} is complete.", changed, hint=trust)


def _named(check: Check) -> str:
    return f"The {check.kind} {check.value}"


def _value(kind: str, said: str) -> str:
    """The check as it is kept. Raises Refused for what can never hold or is not what it seems."""
    if kind not in CHECK_KINDS:
        raise Refused(f"{kind!r} is no kind of check.", hint=f"Kinds: {', '.join(CHECK_KINDS)}.")
    value = said.strip()
    if not value or "\n" in value or "\0" in value:
        raise Refused("A check is one line that is not empty.", hint="Put a longer one into a script.")
    if kind == "file" and (value.startswith("/") or ".." in value.split("/")):
        raise Refused(f"{value} lies outside this project.", hint="Name a file from the project's folder.")
    if kind in ("commit", "test") and value.startswith("-"):
        raise Refused(f"{value} would be read as an option.", hint=f"Name a {kind}.")
    if kind == "command" and _wants_a_shell(value):
        raise Refused(
            "No shell reads a check: it is split into words, and signs like | and && mean nothing.",
            hint=f"Say so when you want one: sh -c '{value}'",
        )
    return value


def _wants_a_shell(line: str) -> bool:
    """Whether a word of it is a sign that only a shell understands. Raises Refused for a quote that does not end."""
    import shlex

    try:
        words = shlex.split(line)
    except ValueError:
        raise Refused("A quote in this command does not end.", hint="Close it.") from None
    return any(word in SHELL_SIGNS or (word.endswith(";") and len(word) > 1) for word in words) or words[:1] == [""]


def _removal(tracker: Tracker, call: Call) -> Need:
    found = call.one(tracker, "item", "task")
    gone = listed([proofs.named(check) for check in _meant(found, call)])
    return Need("remove_checks", f"Taking the check {gone} from task {found.id} requires user approval.")


@command(
    "remove_check",
    help="Take a check, or all of them, from a task; a person must agree.",
    topic="evidence",
    phrases=(
        "remove check 1 of 5.3",
        "remove the check `pytest -q` from 5.3",
        "remove all checks of 5.3",
    ),
    slots=(Slot("item", "task", True), Slot("check", "value")),
    changes=True,
    consent=_removal,
    kept_from_subagents=True,
)
def remove_check(tracker: Tracker, call: Call) -> Answer:
    found = call.one(tracker, "item", "task")
    gone = _meant(found, call)
    left = tuple(check for check in current(tracker, found).verify if check not in gone)
    noun = "Check" if len(gone) == 1 else "Checks"
    said = f"{noun} {listed([proofs.named(check) for check in gone])} taken from task {found.id}."
    return Answer(said, put(tracker, call, found, verify=left))


def _meant(found: Found, call: Call) -> list[Check]:
    """The check of a number or a text; all of them when none is said. Raises NotFound."""
    which, checks = call.slots.get("check"), list(found.item.verify)
    if not checks:
        raise _no_checks(found)
    if which is None:
        return checks
    if isinstance(which, int):
        chosen = checks[which - 1 : which] if which > 0 else []
    else:
        chosen = [check for check in checks if which in (check.value, proofs.named(check))]
    if not chosen:
        told = listed([f"{n}. {proofs.named(check)}" for n, check in enumerate(checks, 1)])
        raise NotFound(f"Task {found.id} has no check {which}.", hint=f"It has: {told}")
    return chosen


def _no_checks(found: Found) -> NotFound:
    return NotFound(f"Task {found.id} has no checks.", hint=f"Name one: verify {found.id} with `pytest -q`")


# --- running them by hand ---------------------------------------------------------------------------------------------


def _all(tracker: Tracker, call: Call) -> tuple[Wanted, ...]:
    found = call.one(tracker, "item", "task")
    return wanted(found.id, found.item)


@command(
    "run_checks",
    help="Run the checks of a task and keep what they said as evidence; exit 1 when one does not hold.",
    topic="evidence",
    phrases=("run the checks of 5.3", "run all checks for 5.3", "rerun the checks of 5.3"),
    slots=(Slot("item", "task", True),),
    changes=True,
    proves=_all,
)
def run_checks(tracker: Tracker, call: Call) -> Answer:
    found = call.one(tracker, "item", "task")
    task = current(tracker, found)
    if not task.verify:
        raise _no_checks(found)
    if call.dry_run:
        return Answer(f"The checks of task {found.id} were not run.", tracker, warnings=proofs.rehearsed([found]))
    failed = [call.proofs[check] for check in task.verify if check in call.proofs and not call.proofs[check].passed]
    if failed:
        ran = counted(len(task.verify), "check")
        said = f"{len(failed)} of {ran} of task {found.id} failed: {proofs.failure(failed[0])}"
        raise ChecksFailed(said, data={"checks": [proofs.document(call.proofs[check]) for check in task.verify]})
    proofs.must_hold(tracker, call, [found])
    changed = proofs.with_evidence(tracker, call, [found])
    held = f"{counted(len(task.verify), 'check')} of task {found.id} ran and held."
    return Answer(held, changed, blocks=proofs.told(call, [task]))


# --- trust ------------------------------------------------------------------------------------------------------------


@command(
    "grant_trust",
    help="Show every command that the project brings and nobody trusts yet, and ask; a person at a terminal only.",
    topic="evidence",
    phrases=("trust the commands of this project", "trust the commands", "trust commands of this project"),
    files=True,
    needs_tracker=False,
    kept_from_subagents=True,
    once=True,
)
def grant_trust(_: Tracker, call: Call) -> Answer:
    if call.dry_run:
        return list_trust(_, call)
    granted, denied = call.prover.grant()
    data = {"trusted": granted, "not_trusted": denied}
    if not granted:
        what = f"; {counted(len(denied), 'command')} not trusted" if denied else ": every command is trusted already"
        return Answer(f"Nothing new is trusted{what}.", outcome="unchanged", data=data)
    return Answer(f"{counted(len(granted), 'command')} trusted until changed.", changed_files=True, data=data)


@command(
    "list_trust",
    help="List the commands that the project brings, and which of them are trusted.",
    topic="evidence",
    phrases=("list trusted commands", "trust list", "which commands are trusted?"),
    needs_tracker=False,
)
def list_trust(_: Tracker, call: Call) -> Answer:
    rows = call.prover.commands()
    data = {"commands": [{"where": where, "command": text, "trusted": is_} for where, text, is_ in rows]}
    if not rows:
        return Answer("This project brings no commands, and none is trusted.", data=data)
    columns = {
        "No": [str(number) for number in range(1, len(rows) + 1)],
        "Trusted": ["yes" if is_ else "no" for _, _, is_ in rows],
        "Command": [text for _, text, _ in rows],
        "In": [where for where, _, _ in rows],
    }
    trusted = sum(is_ for _, _, is_ in rows)
    return Answer(f"{counted(len(rows), 'command')}, {trusted} trusted:", blocks=(table(columns),), data=data)


@command(
    "revoke_trust",
    help="Trust a command of the project no longer, by its text or its number in the list, or none at all.",
    topic="evidence",
    phrases=("revoke all trust", "revoke trust in `pytest -q`", "trust revoke 1"),
    slots=(Slot("which", "text"),),
    files=True,
    needs_tracker=False,
    once=True,
)
def revoke_trust(_: Tracker, call: Call) -> Answer:
    which = call.slots.get("which")
    if call.dry_run:
        return list_trust(_, call)
    gone = call.prover.revoke(which)
    if not gone:
        return Answer("No command here was trusted.", outcome="unchanged", data={"revoked": []})
    return Answer(f"No longer trusted: {listed(gone)}.", changed_files=True, data={"revoked": gone})
