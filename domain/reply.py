"""The reply: one value for everything a command can answer (design, section 6)."""

from __future__ import annotations

from domain.errors import EXIT_CODES, ChecksFailed
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from domain.commands.table import Answer, Block, Command
    from domain.errors import WtError

SCHEMA = "wt.reply/1"


class Change(Record):
    """One field of one item, before and after, for people and programs that follow along."""

    item: str
    uid: str
    field: str
    before: Any
    after: Any


class Reply(Record):
    """`outcome` is a row of EXIT_CODES; `blocks` are what people see below `message`."""

    outcome: str
    message: str
    hint: str | None = None
    tracker: str | None = None
    understood: tuple[Command, ...] = ()
    read_as: str | None = None
    candidates: tuple[tuple[str, str], ...] = ()
    changes: tuple[Change, ...] = ()
    warnings: tuple[str, ...] = ()
    blocks: tuple[Block, ...] = ()
    data: Mapping[str, Any] = {}
    healing: tuple[Mapping[str, Any], ...] = ()
    health: Mapping[str, Any] | None = None
    dry_run: bool = False

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.outcome]

    @property
    def ok(self) -> bool:
        return self.exit_code in (0, EXIT_CODES["saved_but"])

    def to_document(self) -> dict[str, Any]:
        """The one object that `--json` prints."""
        asides = {"warnings": list(self.warnings), "read_as": self.read_as, "dry_run": self.dry_run}
        data = dict(self.data) | {key: value for key, value in asides.items() if value}
        return {
            "schema": SCHEMA,
            "ok": self.ok,
            "outcome": self.outcome,
            "tracker": self.tracker,
            "understood": [command.plain() for command in self.understood],
            "message": self.message,
            "hint": self.hint,
            "candidates": [{"id": id, "title": title} for id, title in self.candidates],
            "changes": [dict(change.values()) for change in self.changes],
            "data": data,
            "healing": [dict(step) for step in self.healing],
            "health": dict(self.health) if self.health is not None else None,
        }


def failure(error: WtError, **known: Any) -> Reply:
    """The reply of an error."""
    data = _of(error)
    return Reply(error.outcome, error.message, hint=error.hint, candidates=error.candidates, **{"data": data, **known})


def _of(error: WtError) -> Mapping[str, Any]:
    """What an error tells programs: findings of a broken file, verdicts of enforcement, checks that failed."""
    if isinstance(error.data, list):
        return {"findings": [dict(finding.values()) for finding in error.data]}
    told = error.outcome in ("consent_required", "blocked") or isinstance(error, ChecksFailed)
    return error.data if told and isinstance(error.data, dict) else {}


def of_answers(answers: Sequence[Answer], outcome: str, **known: Any) -> Reply:
    """One reply for one or several answers."""
    said = next((answer.outcome for answer in answers if answer.outcome), None)
    data = dict(answers[0].data) if len(answers) == 1 else {}
    if len(answers) > 1 and any(answer.data for answer in answers):
        data = {"answers": [dict(answer.data) for answer in answers]}
    return Reply(
        said or outcome,
        "\n".join(answer.message for answer in answers),
        hint=next((answer.hint for answer in answers if answer.hint), None),
        warnings=tuple(warning for answer in answers for warning in answer.warnings),
        blocks=tuple(block for answer in answers for block in answer.blocks),
        data=data,
        **known,
    )
