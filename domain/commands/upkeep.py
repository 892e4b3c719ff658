"""Upkeep: the page and the file kept in step, checked, and other people's plans read in."""

from __future__ import annotations

from domain.commands.table import Answer, Block, Call, Slot, command, told
from domain.commands.wording import counted, listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.ports import Commit
    from domain.rules import Finding
    from domain.tracker import Tracker


def _is_remote(call: Call) -> bool:
    return bool(call.slots.get("remote"))


def _resource(call: Call) -> str | None:
    """What a circuit may pause: a remote, never the tracker itself."""
    name = call.files.remote() if _is_remote(call) else ""
    return f"git.remote:{name}" if name else None


@command(
    "sync",
    help="Draw the page anew if it differs from the JSON; with remote, fetch, fast-forward and push trackers, too.",
    topic="upkeep",
    phrases=(
        "sync",
        "sync tracker",
        "synchronise the markdown",
        "bring the markdown up to date",
        "sync with the remote",
    ),
    slots=(Slot("remote", "flag"),),
    files=True,
    needs_tracker=lambda call: not _is_remote(call),
    resource=_resource,
)
def sync(_: Tracker, call: Call) -> Answer:
    if _is_remote(call):
        return told(call.files.exchange())
    assert call.name is not None
    commit = call.files.redraw(call.name)
    if not commit.notes:
        return Answer("JSON and Markdown are in sync.", outcome="unchanged", data={"page": "current"})
    from domain.entries import IS_BACK

    # That the page differed is what the healing says; a file put right and a kept copy are news.
    news = tuple(note for note in commit.notes if IS_BACK in note or "a copy is" in note)
    if all(IS_BACK in note for note in commit.notes):
        data = {"page": "current"}
        return Answer("JSON and Markdown are in sync.", warnings=news, data=data, changed_files=True)
    redrawn = _redrawn("Markdown regenerated from JSON (0 data loss).", commit)
    return redrawn.replace(warnings=news, mended="regenerate_page")


def _redrawn(message: str, commit: Commit) -> Answer:
    data = {"page": "regenerated"}
    return Answer(message, warnings=commit.notes, data=data, changed_files=True, problems=commit.problems)


@command(
    "regenerate",
    help="Draw the Markdown page anew from the JSON.",
    topic="upkeep",
    phrases=("regenerate markdown", "regenerate", "rebuild the markdown page", "re-render the page"),
    files=True,
)
def regenerate(_: Tracker, call: Call) -> Answer:
    assert call.name is not None
    commit = call.files.redraw(call.name)
    if not commit.notes:
        return Answer("Markdown is as the JSON says already.", outcome="unchanged", data={"page": "current"})
    return _redrawn("Markdown regenerated from JSON.", commit)


@command(
    "validate",
    help="Check tracker files and their pages against schema and rules.",
    topic="upkeep",
    phrases=("validate", "run validation", "check the file for errors", "is the tracker file valid?"),
    slots=(Slot("paths", "texts"), Slot("strict", "flag")),
    files=True,
    needs_tracker=False,
)
def validate(_: Tracker | None, call: Call) -> Answer:
    """The trackers named, else the one in use, else every one; none need be readable: that is what is asked."""
    places = list(call.slots.get("paths") or ([call.name] if call.name else ()))
    checked = call.files.validate(places)
    findings = tuple(map(_as_error, checked.findings)) if call.slots.get("strict") else checked.findings
    errors = sum(finding.severity == "error" for finding in findings)
    return Answer(
        _verdict(places, checked.files, errors, len(findings) - errors),
        blocks=(Block("text", lines=tuple(map(_line, findings))),) if findings else (),
        data={"files": list(checked.files), "findings": [dict(finding.values()) for finding in findings]},
        outcome="invalid" if errors else None,
    )


def _as_error(finding: Finding) -> Finding:
    return finding.replace(severity="error")


def _verdict(places: list[str], files: tuple[str, ...], errors: int, warnings: int) -> str:
    if not files:
        return "There is no tracker here yet: nothing to validate."
    what = one_line(places[0]) if len(places) == 1 else counted(len(files), "tracker")
    counts = [counted(count, noun) for count, noun in ((errors, "error"), (warnings, "warning")) if count]
    if errors:
        return f"{listed(counts)} in {what}."
    is_or_are = "is" if len(places) == 1 or len(files) == 1 else "are"
    return f"{what} {is_or_are} valid{', with ' + counts[0] if counts else ''}."


def _line(finding: Finding) -> str:
    """As compilers write it, so that editors can jump there; one line, whatever a file is called."""
    place = f"{finding.file or '-'}:{finding.line or 1}"
    return one_line(f"{place}: {finding.severity} {finding.rule}: {finding.message}")


def one_line(text: str) -> str:
    return " ".join(text.split("\n"))


@command(
    "import",
    help="Make a tracker out of a plan in Markdown.",
    topic="upkeep",
    phrases=("import plans/old-plan.md", 'import orchard.md as "Orchard"', "convert docs/roadmap.md to a tracker"),
    slots=(Slot("path", "text", True), Slot("as", "text"), Slot("bullets", "flag")),
    once=True,
    files=True,
    needs_tracker=False,
)
def import_plan(_: Tracker | None, call: Call) -> Answer:
    made = call.files.import_plan(call.slots["path"], call.slots.get("as"), bool(call.slots.get("bullets")))
    counts = {"phase": made.phases, "task": made.tasks, "subtask": made.subtasks, "criterion": made.criteria}
    told = [counted(count, noun) for noun, count in counts.items() if count or noun == "task"]
    return Answer(
        f'Imported "{made.title}" into {made.path}: {listed(told)}.',
        blocks=(
            Block("text", lines=made.summary),
            *([Block("text", lines=made.report, title="What each line was taken for")] if call.dry_run else []),
        ),
        data={
            "path": made.path,
            "title": made.title,
            "counts": counts,
            "summary": list(made.summary),
            "report": list(made.report),
        },
        changed_files=True,
        problems=made.problems,
    )
