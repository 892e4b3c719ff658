"""One fault of the corpus: how it is done, what is right to do about it, and how to tell that it is over."""

from __future__ import annotations

from hashlib import blake2b
from inspect import getsource

from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Protocol

    from infrastructure.selftest.clone import Clone

    Oracle = Callable[
        [Clone], str | None
    ]  # what is still wrong; None when the fault is over. Shares no code with healing
    Inject = Callable[[Clone], Oracle | None]

    class Declare(Protocol):
        """`@fault("F01", "what happens", AUTO, …)` in front of what does it; the rest are fields of `Fault`."""

        def __call__(self, id: str, title: str, expected: str, **fields: Any) -> Callable[[Inject], Inject]: ...


AUTO, ASK, ESCALATE, IGNORE = "auto", "ask", "escalate", "ignore"
DISPOSITIONS = {
    AUTO: "it is put right without a person, and nobody is asked",
    ASK: "a person is asked for leave to do what the program could do",
    ESCALATE: "a person is told and has to do it; nothing is touched",
    IGNORE: "nothing is done about it, and nobody is asked",
}
BEFORE, DURING, AFTER = "before", "during", "after"  # a command
POSITIONS = (BEFORE, DURING, AFTER)
GROUPS = {
    "A": "source of truth",
    "B": "derived and own state",
    "C": "locks and processes",
    "D": "git",
    "E": "remote, network, credentials",
    "F": "host",
    "G": "probes",
    "H": "the healer itself",
    "controls": "nothing is wrong",
}


class Absent(Exception):
    """The fault cannot be done on this machine; says why."""


class Fault(Record):
    """A fault, or one `variant` of it. `expected` is the right disposition, as the table of faults has it.

    `does` are the playbooks that may act on it. `signs` are words or rule ids, one of which must be in what the program
    told before it counts as noticed; with neither signs nor playbooks there is nothing to be noticed, only absorbed.
    `look` is a command that only looks, said before healing. `command` is said at the position; when empty, a task is
    completed. `slow` ones are left to whole runs.
    """

    id: str
    title: str
    group: str
    expected: str
    inject: Inject
    variant: str = ""
    does: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    positions: tuple[str, ...] = POSITIONS
    look: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    slow: bool = False
    between: float = 90.0  # seconds that pass for the project between two runs of healing
    note: str = ""  # where the project has decided otherwise than the table of faults

    @property
    def key(self) -> str:
        return f"{self.id} {self.variant}".strip()

    @property
    def mark(self) -> str:
        """What tells this fault from what it may be some day: what was measured of another is not about this one."""
        declared = [f"{name}={value}" for name, value in self.values() if name != "inject"]
        return blake2b("\n".join([*declared, getsource(self.inject)]).encode(), digest_size=6).hexdigest()

    @property
    def is_noticeable(self) -> bool:
        return bool(self.does or self.signs)

    @property
    def is_control(self) -> bool:
        return self.group == "controls"


CORPUS: dict[str, Fault] = {}


def declaring(group: str) -> Declare:
    """What declares the faults of a group. What does a fault returns its oracle, or None when a whole plan is all."""

    def fault(id: str, title: str, expected: str, **fields: Any) -> Callable[[Inject], Inject]:
        def declare(inject: Inject) -> Inject:
            made = Fault(id, title, group, expected, inject, **fields)
            if made.key in CORPUS:
                raise ValueError(f"there are two faults {made.key}")
            CORPUS[made.key] = made
            return inject

        return declare

    return fault
