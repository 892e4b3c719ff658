"""Sentences about probes and reality checks, which are named as in no other sentence."""

from __future__ import annotations

from domain.commands.table import Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.tracker import Tracker

PASSED_OVER = frozenset("the a an all please hey kindly now do me could you can would".split())
SAID = {
    "reality check": Command("reality_check", {}),
    "run reality check": Command("reality_check", {}),
    "check reality": Command("reality_check", {}),
    "deep reality check": Command("reality_check", {"deep": True}),
    "run deep reality check": Command("reality_check", {"deep": True}),
    "list probes": Command("list_probes", {}),
    "show probes": Command("list_probes", {}),
    "probes list": Command("list_probes", {}),
    "probes": Command("list_probes", {}),
    "which probes are there": Command("list_probes", {}),
    "test probes": Command("test_probes", {}),
    "selftest probes": Command("test_probes", {}),
    "probes selftest": Command("test_probes", {}),
    "run probes": Command("reality_check", {}),
    "probes run": Command("reality_check", {}),
}


def read(text: str, _: Tracker | None) -> Command | None:
    """The command, if every word of the text belongs to it."""
    words = [word.strip(",?!.") for word in text.split()]
    low = [word.casefold() for word in words if word.casefold() not in PASSED_OVER and word]
    known = SAID.get(" ".join(low))
    if known is not None:
        return known
    if len(low) == 3 and low[:2] in (["run", "probe"], ["probes", "run"], ["ask", "probe"]):
        return Command("run_probe", {"probe": low[2]})
    return None
