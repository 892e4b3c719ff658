"""Sentences about circuits: `reset the circuit of git.remote:origin`. A resource's name is no word of any other sentence."""

from __future__ import annotations

from domain.commands.table import Command

VERBS = {
    "reset_circuit": "reset close".split(),
    "isolate_circuit": "isolate pause open".split(),
}
NOUNS = frozenset("circuit circuits breaker breakers".split())
PASSED_OVER = frozenset("please the all circuit now".split())


def read(text: str) -> Command | None:
    """The command, if every word of the text belongs to it; a task's title may speak of circuits, too."""
    words = text.strip().rstrip(".!").split()
    low = [word.casefold() for word in words]
    opening = next((word for word in low if word != "please"), "")
    name = next((name for name, verbs in VERBS.items() if opening in verbs), None)
    at = next((place for place, word in enumerate(low) if word in NOUNS and low[place + 1 : place + 2] != ["breaker"]), None)
    if name is None or at is None or any(word not in PASSED_OVER for word in low[low.index(opening) + 1 : at]):
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
