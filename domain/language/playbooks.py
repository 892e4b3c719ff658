"""Sentences about playbooks and healing: `run the playbook disk_full`. Every word of them has to be one of these."""

from __future__ import annotations

from domain.commands.table import Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.tracker import Tracker

NOUNS = frozenset("playbook playbooks".split())
# The words that stand in front of or behind the noun, for each command; the first that fits is meant.
VERBS = (
    ("playbook_history", "show history", "history", "what did do", "what have done"),
    ("plan_healing", "plan", "what would do", "rehearse"),
    ("explain_playbook", "explain", "why does act", "why does not act", "why did act", "why did not act"),
    ("validate_playbooks", "validate", "check", "are valid"),
    ("evolve_playbooks", "evolve", "improve"),
    ("run_playbook", "run", "execute", "start"),
    ("enable_playbook", "enable", "turn on", "switch on"),
    ("disable_playbook", "disable", "turn off", "switch off"),
    ("show_playbook", "show", "describe", "print", "open"),
    ("list_playbooks", "list", "show", "", "which are there", "which exist", "what are there"),
)
NEEDS_ID = frozenset("explain_playbook run_playbook enable_playbook disable_playbook show_playbook".split())
TAKES_NONE = frozenset("list_playbooks validate_playbooks".split())
PASSED_OVER = frozenset("the a me us all of for now again called named my our it please hey kindly".split())
REPORTS = frozenset(
    ("heal report", "healing report", "show healing report", "show heal report", "report healing", "what was healed")
)
HEALING = {
    "heal": frozenset(
        ("heal", "heal project", "heal everything", "heal yourself", "heal what is broken", "heal this project")
    ),
    "plan_healing": frozenset(("heal plan", "plan healing", "what would heal do", "what would be healed")),
    "stop_healing": frozenset(("heal stop", "stop healing", "pause healing", "stop heal", "turn healing off")),
    "resume_healing": frozenset(
        ("heal resume", "resume healing", "go on healing", "continue healing", "turn healing on")
    ),
}


def read(text: str, _: Tracker | None = None) -> Command | None:
    """The command, if every word of the text belongs to it; a task's title may speak of playbooks, too."""
    words = [word.strip("\"'“”`,.!?") for word in text.split()]
    kept = [word for word in words if word and word.casefold() not in PASSED_OVER]
    low = [word.casefold() for word in kept]
    if not any(word in NOUNS for word in low):
        return _report(low) or _about_healing(" ".join(low)) or _about_an_alert(kept)
    return _about_playbooks(low)


def _report(low: list[str]) -> Command | None:
    """`heal report since 7d`; what a report may begin with is judged where it is made."""
    since = low[-1] if low[-2:-1] == ["since"] else None
    said = " ".join(low[:-2] if since else low)
    return Command("heal_report", {"since": since} if since else {}) if said in REPORTS else None


def _about_healing(said: str) -> Command | None:
    return next((Command(name, {}) for name, sentences in HEALING.items() if said in sentences), None)


def _about_an_alert(words: list[str]) -> Command | None:
    """`heal the alert in alert.json`: the file as it was written."""
    low = [word.casefold() for word in words]
    if len(words) < 3 or low[0] != "heal" or low[1] not in ("alert", "alerts"):
        return None
    rest = words[3:] if low[2] in ("in", "from") else words[2:]
    return Command("take_alert", {"path": rest[0]}) if len(rest) == 1 else None


def _about_playbooks(low: list[str]) -> Command | None:
    for name, *ways in VERBS:
        for way in ways:
            id = _rest(low, way.split())
            if id is None or (not id and name in NEEDS_ID) or (id and name in TAKES_NONE):
                continue
            return Command(name, {"playbook": id} if id else {})
    return None


def _rest(low: list[str], way: list[str]) -> str | None:
    """The one word beside the noun and the words of this way; empty when there is none, None for other words."""
    rest = [word for word in low if word not in NOUNS]
    for word in way:
        if word not in rest:
            return None
        rest.remove(word)
    if len(rest) > 1 or any(not _is_id(word) for word in rest):
        return None
    return rest[0] if rest else ""


def _is_id(word: str) -> bool:
    return word[:1].isalpha() and word.isascii() and all(c.isalnum() or c == "_" for c in word)
