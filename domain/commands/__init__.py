"""The command table. A sentence loads the one file that declares its command, a look at the table loads them all."""

from __future__ import annotations

from domain.commands.table import DECLARED, Answer, Block, Call, Command, Ref, Settings, Slot, Spec, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

NOUNS = (
    "trackers",
    "phases",
    "tasks",
    "places",
    "deletion",
    "subtasks",
    "status",
    "bulk",
    "fields",
    "texts",
    "dependencies",
    "evidence",
    "checks",
    "probes",
    "selftest",
    "progress",
    "items",
    "lists",
    "upkeep",
    "merging",
    "wellbeing",
    "playbooks",
    "healing_reports",
    "dashboard",
    "alerts",
    "periodic",
    "evolution",
    "past",
    "consents",
    "inbox",
    "guidance",
)
# Where the frequent commands are declared. One that is missing here is found all the same, by loading every file.
HOMES = {
    "add_task": "tasks",
    "add_subtask": "subtasks",
    "check": "subtasks",
    "set_status": "status",
    "set_field": "fields",
    "add_note": "texts",
    "add_dependency": "dependencies",
    "attach_evidence": "evidence",
    "move": "places",
    "rename": "tasks",
    "show_progress": "progress",
    "show_item": "items",
    "list": "lists",
    "next": "lists",
    "remaining": "lists",
    "blocked": "lists",
    "search": "lists",
    "history": "past",
    "undo": "past",
    "redo": "past",
}


class Commands:
    """name -> Spec of every command, in the order of the help."""

    def __getitem__(self, name: str) -> Spec:
        if name not in DECLARED and name in HOMES:
            _load(HOMES[name])
        if name not in DECLARED:
            _load(*NOUNS)
        return DECLARED[name]

    def _all(self) -> dict[str, Spec]:
        _load(*NOUNS)
        order = {noun: place for place, noun in enumerate(NOUNS)}
        return dict(sorted(DECLARED.items(), key=lambda row: order[row[1].run.__module__.rpartition(".")[2]]))

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __contains__(self, name: object) -> bool:
        return name in self._all()

    def values(self) -> list[Spec]:
        return list(self._all().values())

    def items(self) -> list[tuple[str, Spec]]:
        return list(self._all().items())


def _load(*nouns: str) -> None:
    for noun in nouns:
        __import__(f"{__name__}.{noun}")


COMMANDS = Commands()

__all__ = ["COMMANDS", "NOUNS", "Answer", "Block", "Call", "Command", "Ref", "Settings", "Slot", "Spec", "Word"]
