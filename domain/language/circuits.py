"""Sentences about circuits: `reset the circuit of git.remote:origin`. A resource is named as in no other sentence."""

from __future__ import annotations

from domain.commands.table import Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.tracker import Tracker

VERBS = {
    "reset_circuit": "reset close".split(),
    "isolate_circuit": "isolate pause open".split(),
}
NOUNS = frozenset("circuit circuits breaker breakers".split())
PASSED_OVER = frozenset("the all circuit".split())
COURTESY = frozenset("please hey kindly now".split())
ASKING = frozenset(
    "show list check what which how is are the all any status state states opened paused isolated".split()
)


def read(text: str, _: Tracker | None = None) -> Command | None:
    """The command, if every word of the text belongs to it; a task's title may speak of circuits, too."""
    words = [word for word in text.strip().rstrip(".!").split() if word.strip(",").casefold() not in COURTESY]
    low = [word.casefold().rstrip("?") for word in words]
    opening = next(iter(low), "")
    if opening in ASKING | NOUNS and set(low) <= ASKING | NOUNS | {"open", "closed"}:
        return Command("health", {})
    name = next((name for name, verbs in VERBS.items() if opening in verbs), None)
    nouns = [place for place, word in enumerate(low) if word in NOUNS]
    at = nouns[1] if len(nouns) > 1 and nouns[1] == nouns[0] + 1 else next(iter(nouns), None)  # a circuit breaker
    if name is None or at is None or any(word not in PASSED_OVER for word in low[1:at]):
        return None
    resource = _resource(words[at + 1 :])
    if resource is None or (not resource and name == "isolate_circuit"):
        return None
    return Command(name, {"resource": resource} if resource else {})


def _resource(words: list[str]) -> str | None:
    """The name behind `of` or `for`, or one that can be nothing else; empty for no name, None for other words."""
    marked = bool(words) and words[0].casefold() in ("of", "for")
    rest = words[marked:]
    if not words:
        return ""
    if len(rest) != 1 or not (marked or "." in rest[0] or ":" in rest[0]):
        return None
    return rest[0].strip("\"'“”")
