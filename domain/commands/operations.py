"""The operations that a person has to agree to, in the words in which people agree to them."""

from __future__ import annotations

from domain.record import Record


class Operation(Record):
    """`noun` is what was approved, `may` what somebody may do, `doing` what somebody should stop."""

    name: str
    noun: str
    may: str
    doing: str


OPERATIONS = (
    Operation("create_initiative", "initiative creation", "create initiatives", "creating initiatives"),
    Operation("delete_tracker", "tracker deletion", "delete trackers", "deleting trackers"),
    Operation("change_many", "bulk status changes", "change many tasks", "changing many tasks"),
    Operation("remove_checks", "check removal", "remove checks", "removing checks"),
    Operation("heal_at_risk", "healing at risk", "heal at risk", "healing at risk"),
    Operation("delete_many", "bulk deletion", "delete many tasks", "deleting many tasks"),
)
BY_NAME = {operation.name: operation for operation in OPERATIONS}
