"""What running a check came to: the values that commands, ports and the runner of checks share."""

from __future__ import annotations

from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.tracker import Check, Task


class Wanted(Record):
    """A check that has to run before something may be done: `id` is its task's, `5.3`."""

    id: str
    uid: str
    check: Check


class Proof(Record):
    """One run of a check. `how` says in words how it ended, `said` is the tail of what it said."""

    check: Check
    passed: bool
    how: str
    said: str = ""
    command: str | None = None  # as it was run
    exit_code: int | None = None
    commit: str | None = None  # what the working tree stood at
    sha256: str | None = None  # of all that was said, or of the file
    duration_ms: int | None = None


class Declared(Record):
    """A command that a project brings: where it stands, and the text that a person is shown.

    Where the text is a whole file, `commands` are those it holds; else it is one itself.
    """

    where: str
    text: str
    commands: tuple[str, ...] = ()


def wanted(id: str, task: Task) -> tuple[Wanted, ...]:
    return tuple(Wanted(id, task.uid, check) for check in task.verify)
