"""The report of healing in words: for a terminal as a plain page, and as Markdown."""

from __future__ import annotations

from domain.commands.table import Answer, Block, Call, Slot, command
from domain.commands.wording import counted, sentence
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from domain.tracker import Tracker

    Document = Mapping[str, Any]  # Any: plain values all through
    Time = Callable[[float], str]  # as people read it

TITLE = "Self-Healing Report"
SHOWN = 20  # of one list; all of them stand in the data
SUMMED = (
    ("resolved", "Auto-Resolved"),
    ("agreed", "Resolved with a person"),
    ("escalated", "Escalated"),
    ("stopped", "Stopped by a guard"),
)


class Entry(Record):
    """A line of a section, with what belongs to it: numbered, a point of a list, or plain.

    `ids` are the treatments that it is drawn from.
    """

    text: str
    details: tuple[str, ...] = ()
    is_numbered: bool = False
    is_point: bool = False
    ids: tuple[str, ...] = ()


Section = tuple[str, list[Entry]]


@command(
    "heal_report",
    help="Report what healing did: healed, handed to a person, learnt; every figure with what it was counted on.",
    topic="playbooks",
    phrases=("heal report", "show the healing report", "heal report since 2026-01-01", "heal report since 30d"),
    slots=(Slot("since", "text"), Slot("ids", "flag")),
    needs_tracker=False,
)
def heal_report(_: Tracker | None, call: Call) -> Answer:
    found = call.playbooks.report(call.slots.get("since"))
    time = call.playbooks.time
    lines = page(found, time, with_ids=bool(call.slots.get("ids")))
    return Answer(TITLE, blocks=(Block("text", lines=tuple(lines)),), data={"report": found})


# --- pages ------------------------------------------------------------------------------------------------------------


def page(found: Document, time: Time, *, with_ids: bool) -> list[str]:
    lines = ["=" * len(TITLE), _period(found, time)]
    for title, entries in _sections(found, time):
        lines += ["", title.upper(), "-" * len(title)]
        number = 0
        for entry in entries:
            number += entry.is_numbered
            mark = f"{number}. " if entry.is_numbered else "- " if entry.is_point else ""
            lines.append(f"{mark}{entry.text}")
            lines += [f"   - {detail}" for detail in entry.details]
            lines += [f"   - ids: {', '.join(entry.ids)}"] if with_ids and entry.ids else []
    return lines


def markdown(found: Document, time: Time) -> str:
    """The whole report as a page of Markdown, with the ids that each line is drawn from."""
    lines = [f"# {TITLE}", "", _literal(_period(found, time))]
    for title, entries in _sections(found, time):
        lines += ["", f"## {title}", ""]
        for entry in entries:
            lines.append(f"{'1.' if entry.is_numbered else '-'} {_literal(entry.text)}")
            lines += [f"   - {_literal(detail)}" for detail in entry.details]
            lines += [f"   - ids: {', '.join(f'`{id}`' for id in entry.ids)}"] if entry.ids else []
    return "\n".join(lines) + "\n"


def _literal(text: str) -> str:
    """Nothing in it is Markdown or HTML: what went wrong is told as it was said."""
    for sign in "\\`*_[]<>#|":
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split())


def _period(found: Document, time: Time) -> str:
    return f"Period: {time(found['since'])} - {time(found['until'])} (UTC)"


def _sections(found: Document, time: Time) -> Iterator[Section]:
    yield "Healing summary", _summary(found)
    yield "Successful healings", _cut([_healing(row, time) for row in found["healings"]])
    yield "Escalations", _cut([_escalation(row, time) for row in found["escalations"]])
    if found["judged"]:
        yield "Prevented", [*_prevented(found), *_cut([_judged(row, time) for row in found["judged"]])]
    yield "Learning insights", list(_insights(found["insights"]))
    yield "Playbook evolution", [_change(row) for row in found["evolution"]] or [Entry("None.")]


def _cut(entries: list[Entry]) -> list[Entry]:
    """The latest; how many more there are is said."""
    if not entries:
        return [Entry("None.")]
    more = len(entries) - SHOWN
    return [*entries[-SHOWN:], *([Entry(f"And {more} before these (--json tells them all).")] if more > 0 else [])]


# --- lines ------------------------------------------------------------------------------------------------------------


def _summary(found: Document) -> list[Entry]:
    summary = found["summary"]
    entries = [Entry(f"Total Issues: {summary['total']}")]
    entries += [
        Entry(f"{said}: {share(summary[end])}", ids=tuple(summary[end]["ids"]))
        for end, said in SUMMED
        if summary[end]["helped"] or end in ("resolved", "escalated")
    ]
    recovery = summary["recovery"]
    if recovery["n"]:
        said = f"{_duration(recovery['mean'])}, median {_duration(recovery['median'])} (n {recovery['n']})"
        entries.append(Entry(f"Mean Recovery: {said}", ids=tuple(recovery["ids"])))
    return entries


def share(tally: Document) -> str:
    """`10 of 12 (83%, 95% sure: 55–95%)`; below ten the percentage is n/a."""
    if not tally["n"]:
        return "0"
    rate = "n/a" if tally["rate"] is None else f"{tally['rate']:.0%}"
    low, high = tally["interval"]
    return f"{tally['helped']} of {tally['n']} ({rate}, 95% sure: {low * 100:.0f}–{high:.0%})"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.2g} seconds" if seconds < 10 else f"{seconds:.0f} seconds"
    if seconds < 7200:
        return f"{seconds / 60:.1f} minutes"
    return f"{seconds / 3600:.1f} hours"


def _healing(row: Document, time: Time) -> Entry:
    attempts = f" in {row['attempts']} attempts" if row["attempts"] > 1 else ""
    agreed = (
        f", agreed by {row['by']}" if row["by"] else ", after a person was asked" if row["ended"] == "agreed" else ""
    )
    details = [
        f"Symptom: {'; '.join(row['symptoms'])}",
        f"Action: {', '.join(row['actions'])}{': ' if row['said'] else ''}{'; '.join(row['said'])}",
        f"Recovery: {_duration(row['recovery'])}{attempts}",
        f"Result: the symptoms are gone and nothing was lost{agreed}",
    ]
    return Entry(_head(row, time), tuple(details), is_numbered=True, ids=tuple(row["ids"]))


def _escalation(row: Document, time: Time) -> Entry:
    known = [f"{name} {_plain(value)}" for name, value in row["context"].items() if _is_plain(value)]
    details = [f"Reason: {row['reason'] or 'nothing helped'}"]
    details += [f"Tried: {', '.join(row['tried'])}"] if row["tried"] else []
    details += [f"Context: {', '.join(known)}"] if known else []
    details += [f"Action Required: {row['action_required']}"] if row["action_required"] else []
    details += [f"Inquiry: {row['inquiry']} ({row['state'] or 'not kept'})"] if row["inquiry"] else []
    return Entry(_head(row, time), tuple(details), is_numbered=True, ids=tuple(row["ids"]))


def _head(row: Document, time: Time) -> str:
    return f"{row['title']} ({time(row['at'])}, {row['playbook']} v{row['version']})"


def _is_plain(value: object) -> bool:
    return value is not None and isinstance(value, (str, int, float))


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _prevented(found: Document) -> list[Entry]:
    said = f"Prevented, by replay with the treatment and without: {share(found['prevented'])}"
    return [Entry(said, ids=tuple(found["prevented"]["ids"]))]


def _judged(row: Document, time: Time) -> Entry:
    came = [
        f"{said} it came after {_duration(row[key])}" if row[key] is not None else f"{said} it did not come"
        for key, said in (("without", "without"), ("treated", "with"))
    ]
    said = f"{row['fault']} ({time(row['at'])}, {row['playbook_id']}): {'; '.join(came)}"
    return Entry(said, is_numbered=True, ids=(row["outcome"],))


def _insights(found: Document) -> Iterator[Entry]:
    for row in found["actions"]:
        yield Entry(f"{row['action']} helped: {_rate(row)}", is_point=True, ids=tuple(row["helped"]["ids"]))
    for row in found["playbooks"]:
        usual = f"; usually by {', '.join(row['common_actions'])}" if row["common_actions"] else ""
        worth = "n/a" if row["effectiveness"] is None else f"{row['effectiveness']:.2f}"
        said = f"playbook {row['playbook']} helped: {_rate(row)}, effectiveness {worth}{usual}"
        yield Entry(said, is_point=True, ids=tuple(row["helped"]["ids"]))
    for row in found["patterns"]:
        advice = (f"Recommendation: {row['recommendation']}",)
        yield Entry(f"New pattern detected: {row['said']}", advice, is_point=True, ids=tuple(row["ids"]))
    fixes = found["fixes"]
    if fixes:
        times = sum(fix["times"] for fix in fixes)
        yield Entry(
            f"Known fixes: {len(fixes)}, which healed {counted(times, 'time')}", is_point=True, ids=tuple(_ids(fixes))
        )
    if not (found["actions"] or found["patterns"] or fixes):
        yield Entry("None yet.")


def _ids(rows: list[Document]) -> Iterator[str]:
    for row in rows:
        yield from row["ids"]


def _rate(row: Document) -> str:
    changed = f", {row['trend']}" if row["trend"] != "n/a" else ""
    return f"{share(row['helped'])}{changed}"


def _change(row: Document) -> Entry:
    details = (
        *((sentence(row["said"]),) if row["said"] else ()),
        f"Success: {share(row['before'])} → {share(row['after'])}",
        sentence(f"change: {row['trend']}"),
    )
    ids = (*row["before"]["ids"], *row["after"]["ids"])
    return Entry(f"{row['playbook']}: v{row['from']} → v{row['to']}", details, is_point=True, ids=ids)
