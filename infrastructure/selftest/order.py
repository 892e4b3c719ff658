"""What a run of the corpus is told and what it answers: on both sides of the process that it runs in."""

from __future__ import annotations

import json
import sys
from random import Random

from domain.errors import WtError
from domain.record import Record
from infrastructure.selftest.fault import AFTER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from infrastructure.selftest.fault import Fault
    from infrastructure.selftest.runner import Trial

    Document = dict[str, Any]  # Any: plain values all through

PLAYBOOKS = ".ecw/playbooks"


class Order(Record):
    """Which faults, drawn from which seed. `playbook` (its id, its YAML) stands in for the one of that id."""

    folder: str
    only: tuple[str, ...] = ()
    fast: bool = False
    seed: int = 0
    keep: bool = False
    playbook: tuple[str, str] | None = None

    def positions(self, fault: Fault) -> Sequence[str]:
        """All that make sense for it; a fast run draws one; a playbook has to do it all by itself, after a command."""
        if self.playbook is not None:
            return fault.positions[-1:]
        if self.fast:
            return (Random(f"{self.seed} {fault.key}").choice(fault.positions),)
        return fault.positions

    def to_document(self) -> Document:
        return dict(self.values())


def order_of(document: Mapping[str, Any]) -> Order:
    playbook = document["playbook"]
    lists = {"only": tuple(document["only"]), "playbook": tuple(playbook) if playbook else None}
    return Order(**{**document, **lists})


def serve() -> None:
    """Carry out the order that stands on standard input, and say what became of it."""
    order = order_of(json.load(sys.stdin))
    out, sys.stdout = sys.stdout, sys.stderr  # nothing else may speak on it
    try:
        told: Document = {"trials": [trial.to_document() for trial in carried_out(order)]}
    except WtError as error:
        told = {"refused": error.message, "hint": error.hint}
    json.dump(told, out)
    out.flush()


def carried_out(order: Order) -> list[Trial]:
    """Raises Refused for a fault that there is not."""
    from infrastructure.selftest.corpus import chosen
    from infrastructure.selftest.runner import Runner

    faults = chosen(order.only, fast=order.fast, seed=order.seed)
    runner = Runner(order.folder, seed=order.seed, keep=order.keep, prepare=_with_playbook(order.playbook))
    whole = not order.fast and order.playbook is None
    return [
        runner.trial(fault, position, as_process=whole and position == AFTER)
        for fault in faults
        for position in order.positions(fault)
    ]


def _with_playbook(playbook: tuple[str, str] | None) -> Any:  # Any: what a runner takes
    if playbook is None:
        return None
    id, text = playbook
    return lambda clone: clone.write(f"{PLAYBOOKS}/{id}.yaml", text)
