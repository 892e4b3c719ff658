"""Faults of what is derived, and of the program's own state."""

from __future__ import annotations

from infrastructure.selftest import oracle
from infrastructure.selftest.clone import PAGE
from infrastructure.selftest.fault import AUTO, declaring

TYPE_CHECKING = False
if TYPE_CHECKING:
    from infrastructure.selftest.clone import Clone
    from infrastructure.selftest.fault import Oracle

fault = declaring("B")
DRIFT = ("markdown_drift",)


@fault("F18", "the page was edited by hand", AUTO, does=DRIFT, signs=("edited",))
def edited_page(clone: Clone) -> Oracle:
    clone.add(PAGE, "\nMy own words about it.\n")

    def over(clone: Clone) -> str | None:
        if any(b"My own words" in clone.read(name) for name in clone.below(".ecw/kept")):
            return oracle.whole(clone) or ("the edit is still there" if b"My own" in clone.read(PAGE) else None)
        return "the edit is kept nowhere"

    return over


@fault("F19", "the page is missing", AUTO, does=DRIFT, signs=("missing",))
def missing_page(clone: Clone) -> Oracle:
    clone.remove(PAGE)
    return oracle.whole
