"""The command table: each noun's file declares its commands when it is imported."""

from __future__ import annotations

from domain.commands import (
    dependencies,
    evidence,
    fields,
    guidance,
    lists,
    phases,
    status,
    subtasks,
    tasks,
    texts,
    trackers,
    upkeep,
)
from domain.commands.table import COMMANDS, Answer, Block, Call, Command, Ref, Settings, Slot, Spec

NOUNS = (trackers, phases, tasks, subtasks, status, fields, texts, dependencies, evidence, lists, upkeep, guidance)

__all__ = ["COMMANDS", "NOUNS", "Answer", "Block", "Call", "Command", "Ref", "Settings", "Slot", "Spec"]
