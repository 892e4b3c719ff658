"""The whole corpus: every fault of the table, the controls, and what is left out with the reason."""

from __future__ import annotations

import importlib
from random import Random

from domain.errors import Refused
from infrastructure.selftest.fault import CORPUS, GROUPS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from infrastructure.selftest.fault import Fault

FILES = (
    "truth",
    "derived",
    "processes",
    "version_control",
    "remote",
    "host",
    "foretold",
    "probe_faults",
    "healer",
    "controls",
)
TABLE = (*(f"F{number:02}" for number in range(1, 71)), *(f"C{number}" for number in range(1, 9)))
LEFT_OUT: dict[str, str] = {  # id -> why
    "F12": "there is no older schema yet: the first is still the only one",
}


def corpus() -> list[Fault]:
    """Every fault with its variants, in the order of the table."""
    for name in FILES:
        importlib.import_module(f"infrastructure.selftest.{name}")
    order = {id: place for place, id in enumerate(TABLE)}
    return sorted(CORPUS.values(), key=lambda fault: order[fault.id])


def chosen(only: Sequence[str], *, fast: bool, seed: int) -> list[Fault]:
    """Those that were named, or all; a fast run draws some. Raises Refused for an unknown id."""
    wanted = {id.upper() for id in only}
    unknown = sorted(wanted - set(TABLE))
    if unknown:
        raise Refused(f"There is no fault {unknown[0]}.", hint="Faults are F01 to F70, controls C1 to C8.")
    if wanted:
        return [fault for fault in corpus() if fault.id in wanted]
    return _drawn(corpus(), Random(seed)) if fast else corpus()


def _drawn(faults: Sequence[Fault], chance: Random) -> list[Fault]:
    """A third of the quick faults of every group, in one variant each, and all controls."""
    found = []
    for group in GROUPS:
        by_id: dict[str, list[Fault]] = {}
        for fault in faults:
            if fault.group == group and not fault.slow:
                by_id.setdefault(fault.id, []).append(fault)
        ids = sorted(by_id) if group == "controls" else sorted(chance.sample(sorted(by_id), (len(by_id) + 2) // 3))
        found += [chance.choice(by_id[id]) for id in ids]
    return found
