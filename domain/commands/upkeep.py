"""Upkeep: the page and the file kept in step, checked, and other people's plans read in."""

from __future__ import annotations

from domain.commands.table import Answer, Block, Call, Slot, command
from domain.commands.wording import counted, listed, verb

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.ports import Commit
    from domain.rules import Finding
    from domain.tracker import Tracker


@command(
    "sync",
    help="Compare the Markdown page with the JSON and draw it anew if they differ.",
    topic="upkeep",
    phrases=("sync", "sync tracker", "synchronise the markdown", "bring the markdown up to date"),
    files=True,
)
def sync(_: Tracker, call: Call) -> Answer:
    assert call.name is not None
    commit = call.files.redraw(call.name)
    if not commit.notes:
        return Answer("JSON and Markdown are in sync.", outcome="unchanged", data={"page": "current"})
    from domain.history import IS_BACK

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
    names = list(call.slots.get("paths") or ([call.name] if call.name else call.files.names()))
    findings = call.files.validate(names)
    errors = sum(finding.severity == "error" for finding in findings)
    failed = errors or (findings and call.slots.get("strict"))
    return Answer(
        _verdict(names, errors, len(findings) - errors),
        blocks=(Block("text", lines=tuple(_line(finding) for finding in findings)),) if findings else (),
        data={"findings": [dict(finding.values()) for finding in findings]},
        outcome="invalid" if failed else None,
    )


def _verdict(names: list[str], errors: int, warnings: int) -> str:
    what = names[0] if len(names) == 1 else counted(len(names), "tracker")
    counts = [counted(count, noun) for count, noun in ((errors, "error"), (warnings, "warning")) if count]
    if errors:
        return f"{listed(counts)} in {what}."
    return f"{what} {verb(names, 'is', 'are')} valid{', with ' + counts[0] if counts else ''}."


def _line(finding: Finding) -> str:
    """As compilers write it, so that editors can jump there."""
    return f"{finding.file or '-'}:{finding.line or 1}: {finding.severity} {finding.rule}: {finding.message}"


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
