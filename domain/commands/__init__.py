"""The command table: each noun's file declares its commands when it is imported."""

from __future__ import annotations

from domain.commands import (
    deletion,
    dependencies,
    evidence,
    fields,
    guidance,
    items,
    lists,
    phases,
    places,
    progress,
    status,
    subtasks,
    tasks,
    texts,
    trackers,
    upkeep,
)
from domain.commands.table import COMMANDS, Answer, Block, Call, Command, Ref, Settings, Slot, Spec

NOUNS = (
    trackers,
    phases,
    tasks,
    places,
    deletion,
    subtasks,
    status,
    fields,
    texts,
    dependencies,
    evidence,
    progress,
    items,
    lists,
    upkeep,
    guidance,
)

__all__ = ["COMMANDS", "NOUNS", "Answer", "Block", "Call", "Command", "Ref", "Settings", "Slot", "Spec"]
