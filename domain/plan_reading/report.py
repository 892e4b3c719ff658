"""What the import took for what: counts, every line with its reading, and both in words."""

from __future__ import annotations

from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

PLURALS = {
    "phase": "phases",
    "task": "tasks",
    "subtask": "subtasks",
    "criterion": "criteria",
    "duplicate": "duplicates",
    "legend": "legend lines",
    "placeholder": "placeholders",
    "comment": "comments",
}
MADE = ("phase", "task", "subtask", "criterion")


class Taken(Record):
    """One piece of the plan and what it was taken for; `item` is the id it got or belongs to (`3`, `3.2`, `3.2.1`)."""

    line: int | None
    kind: str
    text: str
    item: str | None = None


class Duplicate(Record):
    """Work that is listed again on `line`; it was kept where it stood first or stood whole, on `first_line`."""

    line: int | None
    first_line: int | None
    text: str
    ticked: bool = False


class Offer(Record):
    """A list of plain bullets under a heading: `--bullets` makes tasks of it."""

    line: int | None
    heading: str
    count: int


class Report(Record):
    """The whole reading. `counts` holds (kind, how many) for every kind that occurred."""

    title: str
    counts: tuple[tuple[str, int], ...]
    rows: tuple[Taken, ...]
    duplicates: tuple[Duplicate, ...] = ()
    offers: tuple[Offer, ...] = ()
    left_out: tuple[Taken, ...] = ()

    def count(self, kind: str) -> int:
        return dict(self.counts).get(kind, 0)


def in_words(report: Report) -> str:
    """A few lines for a person: what came of the plan, what did not and why."""
    return "\n".join(_sentences(report))


def listed(report: Report) -> str:
    """Every piece with its line and what it was taken for; text without an item is in the overview."""
    return "\n".join(f"{_line(row.line)}{_reading(row)}: {_one_line(row.text)}" for row in report.rows)


def _reading(row: Taken) -> str:
    if row.item:
        return f"{row.kind} {row.item}"
    return "overview" if row.kind == "text" else row.kind


def _sentences(report: Report) -> Iterator[str]:
    made = [_counted(report, kind) for kind in MADE if report.count(kind)]
    yield f'"{report.title}": {", ".join(made)}.' if made else f'"{report.title}": no work found.'
    if linked := report.count("dependency"):
        yield f"{linked} {'dependency' if linked == 1 else 'dependencies'} taken over."
    if report.duplicates:
        yield f"Listed twice and kept once: {_counted(report, 'duplicate')} ({_examples(report.duplicates)})."
    if no_work := [_counted(report, kind) for kind in ("legend", "placeholder", "comment") if report.count(kind)]:
        yield f"Not work: {', '.join(no_work)}."
    for row in report.left_out:
        yield f"Left out{f', line {row.line}' if row.line else ''}: {row.text}"
    if report.offers:
        total = sum(offer.count for offer in report.offers)
        under = ", ".join(f'"{offer.heading}" ({offer.count})' for offer in report.offers[:4])
        more = f" and {len(report.offers) - 4} more" if len(report.offers) > 4 else ""
        kept = f"{total} plain {'bullet' if total == 1 else 'bullets'} kept as text"
        yield f"{kept}, under {under}{more}; --bullets makes tasks of them."
    if report.rows:
        yield "All other text is kept in the overview and the descriptions."


def _counted(report: Report, kind: str) -> str:
    number = report.count(kind)
    return f"{number} {PLURALS[kind] if number != 1 else PLURALS[kind].removesuffix('s') if kind == 'legend' else kind}"


def _examples(duplicates: tuple[Duplicate, ...]) -> str:
    known = [double for double in duplicates[:3] if double.line and double.first_line]
    shown = [f"line {double.line} is line {double.first_line}" for double in known]
    return ", ".join(shown) + (", …" if len(duplicates) > 3 else "") if shown else "see the list"


def _line(line: int | None) -> str:
    return f"line {line}: " if line else ""


def _one_line(text: str) -> str:
    return " ".join(text.split())
