"""Faults of the healer itself: bad playbooks, remedies that do not help, circles, many symptoms of one cause."""

from __future__ import annotations

from infrastructure.selftest import oracle
from infrastructure.selftest.clone import PAGE
from infrastructure.selftest.derived import CIRCUITS, blown_up
from infrastructure.selftest.fault import AFTER, AUTO, BEFORE, ESCALATE, declaring
from infrastructure.selftest.probe_faults import LOOK, probe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from infrastructure.selftest.clone import Clone
    from infrastructure.selftest.fault import Oracle

fault = declaring("H")
DRIFT = ("markdown_drift",)
INDEX_LOCK = ".git/index.lock"


def playbook(clone: Clone, id: str, text: str) -> None:
    clone.write(f".ecw/playbooks/{id}.yaml", f"playbook:\n  id: {id}\n  version: 9\n{text}")


@fault(
    "F67", "a playbook is invalid", AUTO, variant="syntax", does=DRIFT, signs=("playbooks.refused",), look=("doctor",)
)
def bad_syntax(clone: Clone) -> Oracle:
    """It is refused by name; the others work."""
    clone.write(".ecw/playbooks/bad.yaml", "playbook:\n  id: [bad\n")
    clone.remove(PAGE)
    return oracle.whole


@fault(
    "F67",
    "a playbook does what there is not",
    AUTO,
    variant="unknown action",
    does=DRIFT,
    signs=("playbooks.refused",),
    look=("doctor",),
)
def unknown_action(clone: Clone) -> Oracle:
    steps = "  symptoms: pages_stale > 0\n  remediation:\n    primary:\n      - action: delete_everything\n"
    playbook(clone, "bad", steps)
    clone.remove(PAGE)
    return oracle.whole


@fault(
    "F68", "what was done does not pass its validation", ESCALATE, does=("stale_index_lock",), positions=(BEFORE, AFTER)
)
def does_not_help(clone: Clone) -> Oracle:
    """The file that was set aside is back, byte for byte."""
    playbook(
        clone,
        "stale_index_lock",
        "  symptoms: index_lock and index_lock_age > 60s and not index_lock_held\n"
        "  remediation:\n    primary:\n      - action: remove_index_lock\n      - validate: disk_free < 1KB\n"
        "    second:\n      - action: remove_index_lock\n      - validate: disk_free < 2KB\n",
    )
    clone.write(INDEX_LOCK, b"half an index")
    clone.aged(INDEX_LOCK, 600)

    def over(clone: Clone) -> str | None:
        left = clone.read(INDEX_LOCK) if clone.there(INDEX_LOCK) else b""
        return None if left == b"half an index" else "what was set aside is not back"

    return over


BITES = """
page, runs = pathlib.Path({page!r}), here / "runs"
page.unlink(missing_ok=True)
runs.write_text(runs.read_text() + "x" if runs.exists() else "x")
sys.exit(3 if len(runs.read_text()) <= 2 else 0)
"""


@fault(
    "F69",
    "what one playbook puts right, another breaks",
    ESCALATE,
    does=(*DRIFT, "probe_failure"),
    positions=(AFTER,),
    look=LOOK,
)
def circle(clone: Clone) -> Oracle:
    """A probe takes the page away whenever it is asked anew: the same state comes back, and everything stops."""
    again = "  symptoms: pages_stale > 0\n  priority: 0\n  remediation:\n    primary:\n      - action: redraw_pages\n"
    playbook(clone, "markdown_drift", again)
    probe(clone, "bites", BITES.format(page=clone.path(PAGE)))
    return lambda clone: None if [said for said in clone.told if said.data.get("stopped")] else "nothing was stopped"


@fault(
    "F70",
    "one cause has many symptoms",
    AUTO,
    does=("cache_overflow", "healing_state", "interrupted_write", *DRIFT),
    positions=(AFTER,),
)
def many(clone: Clone) -> Oracle:
    """What lies deepest is treated first; then everything is looked at again."""
    cache = blown_up(clone)
    assert cache is not None
    clone.write(f"{CIRCUITS}/circuit%3ax.json", "{")
    clone.remove(PAGE)

    def over(clone: Clone) -> str | None:
        outcomes = clone.lines(".ecw/state/outcomes.jsonl")
        first = outcomes[0]["playbook_id"] if outcomes else None
        return cache(clone) or oracle.whole(clone) or (None if first == "cache_overflow" else f"first came {first}")

    return over
