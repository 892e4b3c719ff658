"""Better versions of playbooks: tried, told, and proposed to a person."""

from __future__ import annotations

from domain.commands.table import Answer, Block, Call, Slot, command
from domain.commands.wording import counted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from domain.tracker import Tracker

    Document = Mapping[str, Any]  # Any: plain values all through


@command(
    "evolve_playbooks",
    help="Try variations of a playbook on the fault corpus, in throw-away clones; propose what is better to a person.",
    topic="playbooks",
    phrases=("evolve playbook clock_jump", "evolve the playbooks", "evolve the playbook git_sync"),
    slots=(Slot("playbook", "text"),),
    files=True,
    needs_tracker=False,
    once=True,
    counts=False,
)
def evolve_playbooks(_: Tracker | None, call: Call) -> Answer:
    rows = call.playbooks.evolved(call.slots.get("playbook"), rehearsal=call.dry_run)
    if not rows:
        return Answer("No playbook was used here yet.", outcome="unchanged", hint="Name one: wt evolve probe_failure")
    proposed = [row for row in rows if row["proposal"]]
    said = f"{counted(len(proposed), 'better version')} proposed; nothing changes before you agree."
    return Answer(
        said if proposed else "Nothing better was found." if not call.dry_run else "What would be tried:",
        blocks=tuple(map(_block, rows)),
        data={"playbooks": rows},
        changed_files=bool(proposed),
        outcome=None if proposed else "unchanged",
        hint="See and answer it: wt inbox" if proposed else None,
    )


def _block(row: Document) -> Block:
    lines = [_tried(tried) for tried in row["tried"]]
    lines += [f"{row['why'][:1].upper()}{row['why'][1:]}."] if row.get("why") else []
    lines += _proposed(row["proposal"]) if row["proposal"] else []
    return Block("text", lines=tuple(lines), title=f"{row['playbook']} v{row['version']}")


def _tried(tried: Document) -> str:
    said = f"{tried['variation']}: {tried['said']}"
    if "played" not in tried:
        return said
    lost = f"; worse: {tried['lost'][0]}" if tried["lost"] else ""
    return f"{said}: better in {tried['won']} of {tried['played']} trials, as good in {tried['drawn']}{lost}"


def _proposed(proposal: Document) -> Iterator[str]:
    yield f"Proposed as version {proposal['version']} ({proposal['id']}): {proposal['said']}"
    yield f"Evidence: {proposal['in_words']}"
    yield ""
    yield from proposal["diff"]
