"""Every rule a finding can name: how grave it is, what it means. The docs, SARIF and the tests read these rows."""

from __future__ import annotations

from domain.record import Record
from domain.rules import RULES


class Row(Record):
    """`told_by` is `validate` (and so `doctor`, which asks it) or `doctor` alone."""

    id: str
    severity: str
    meaning: str
    told_by: str = "validate"


OF_FILES = (
    Row("file.unreadable", "error", "The file is missing, too large, no regular file, or may not be read."),
    Row("file.empty", "error", "The file holds nothing."),
    Row("file.not-text", "error", "The file is not UTF-8 text."),
    Row("file.conflict-markers", "error", "git could not merge the file and has left its markers in it."),
    Row("file.not-a-tracker", "error", "The file has no `schema_version` or no `phases`."),
    Row(
        "file.not-json",
        "error",
        "The file is not strict JSON: a fault of syntax, NaN, a number or a depth beyond all use.",
    ),
    Row("file.duplicate-key", "error", "A key stands twice in one object, so that one of the values would be lost."),
)
OF_THE_SHAPE = (
    Row("schema.newer", "warning", "A later wt wrote the file: this one reads it and does not judge it."),
    Row("schema.type", "error", "An object or a list is expected here, and something else stands here."),
    Row("schema.value", "error", "A field holds what it must not hold."),
    Row("schema.missing-key", "error", "A field is missing that must be there."),
    Row("schema.unknown-key", "error", "A field nobody knows; what is your own belongs under `extensions`."),
)
OF_THE_PAGE = (
    Row("page.missing", "error", "There is no Markdown page beside the tracker."),
    Row("page.unreadable", "error", "What stands in the page's place cannot be read."),
    Row("page.conflict-markers", "error", "git could not merge the page and has left its markers in it."),
    Row("page.foreign", "error", "What stands in the page's place was not drawn by wt."),
    Row("page.edited", "error", "The page was drawn from this tracker and edited by hand since; see `wt adopt`."),
    Row("page.stale", "warning", "The page was drawn from another version of the tracker."),
)
OF_THE_JOURNAL = (
    Row(
        "journal.gap", "warning", "A commit does not begin where the one before it ended: one between them is missing."
    ),
    Row("journal.unreadable", "warning", "The journal cannot be read."),
)
OF_THE_DOCTOR = (
    Row("file.damaged", "error", "The file is broken, and it is proven what belongs there.", "doctor"),
    Row("file.half-written", "warning", "A command that died has left a temporary file.", "doctor"),
    Row("playbooks.refused", "warning", "A playbook of the project cannot be used; the others are.", "doctor"),
    Row("own.missing", "warning", "`.ecw/` with its `.gitignore` is missing, as in a fresh clone.", "doctor"),
    Row(
        "git.driver", "warning", "`.gitattributes` names wt's merge driver, and this clone does not have it.", "doctor"
    ),
    Row("journal.damaged", "warning", "Lines of the journal are torn or damaged; they are passed over.", "doctor"),
    Row("journal.missing", "warning", "There is no journal here, as in a fresh clone.", "doctor"),
    Row("journal.ahead", "warning", "The last entry never reached the file: nobody was told it was done.", "doctor"),
    Row(
        "journal.behind", "warning", "The file was changed outside wt, and no command has journaled that yet.", "doctor"
    ),
    Row("backup.damaged", "error", "A snapshot is not what it was when it was taken.", "doctor"),
    Row("backup.missing", "warning", "There is a journal and no snapshot.", "doctor"),
    Row("health.degraded", "warning", "wt itself does less well than it should; see `wt health`.", "doctor"),
    Row("health.unhealthy", "error", "wt itself does badly; see `wt health`.", "doctor"),
    Row("health.critical", "error", "wt itself hardly works; see `wt health`.", "doctor"),
)


def rule_book() -> tuple[Row, ...]:
    """All of them, in the order in which a file is looked at."""
    of_trackers = tuple(Row(rule.id, rule.severity, rule.meaning) for rule in RULES)
    return (*OF_FILES, *OF_THE_SHAPE, *of_trackers, *OF_THE_PAGE, *OF_THE_JOURNAL, *OF_THE_DOCTOR)
