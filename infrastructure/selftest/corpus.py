"""The whole corpus: every fault of the table, the controls, and what is left out with the reason."""

from __future__ import annotations

import hashlib
import importlib

from domain.errors import Refused
from infrastructure.selftest.fault import CORPUS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from infrastructure.selftest.fault import Fault

FILES = (
    "truth",
    "derived",
    "processes",
    "host",
    "probe_faults",
    "healer",
    "controls",
)
TABLE = (*(f"F{number:02}" for number in range(1, 71)), *(f"C{number}" for number in range(1, 9)))
LEFT_OUT: dict[str, str] = {}  # id -> why


def corpus() -> list[Fault]:
    """Every fault with its variants, in the order of the table."""
    for name in FILES:
        importlib.import_module(f"infrastructure.selftest.{name}")
    order = {id: place for place, id in enumerate(TABLE)}
    return sorted(CORPUS.values(), key=lambda fault: order[fault.id])


def chosen(only: Sequence[str], *, fast: bool) -> list[Fault]:
    """Those that were named, or all; a fast run leaves out the slow ones. Raises Refused for an unknown id."""
    wanted = {id.upper() for id in only}
    unknown = sorted(wanted - set(TABLE))
    if unknown:
        raise Refused(f"There is no fault {unknown[0]}.", hint="Faults are F01 to F70, controls C1 to C8.")
    found = [fault for fault in corpus() if not wanted or fault.id in wanted]
    return [fault for fault in found if wanted or not (fast and fault.slow)]


def version(faults: Iterable[Fault] | None = None) -> str:
    """What tells one corpus from another: ids, variants, what is right and where it is done."""
    rows = [f"{f.key}|{f.title}|{f.expected}|{','.join(f.positions)}" for f in faults or corpus()]
    rows += [f"{id}|{why}" for id, why in LEFT_OUT.items()]
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()[:12]
