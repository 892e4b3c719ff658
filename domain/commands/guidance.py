"""Help, read off the command table: every topic, one topic, or the commands nearest to what was asked."""

from __future__ import annotations

from domain.commands import COMMANDS
from domain.commands.layout import table
from domain.commands.table import TOPICS, Answer, Block, Call, Slot, Spec, command
from domain.commands.wording import listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.tracker import Tracker

# What is not a command and still asked about.
EXPLAINED = {
    "ids": (
        "3 is phase 3, 3.2 its second task, 3.2.1 the first subtask of that, E2 a piece of evidence.",
        "Numbers never change and are never given again. What moves keeps answering to its old id.",
        "A title does instead of an id when it fits exactly one item: finish the audit report.",
    ),
    "ranges": (
        "2.1-2.4, 2.1 to 2.4 and 2.1..2.4 all mean tasks 2.1, 2.2, 2.3 and 2.4.",
        "Lists and ranges mix: complete 1.3, 2.3-2.5 and 6.2. Leave some out with but not: defer 2.1-2.4 but not 2.3.",
        "If one id of a list does not exist, nothing is changed.",
    ),
    "dates": (
        "2026-01-31, 31 January, Jan 31, today, tomorrow, Friday, next Monday, in two weeks, end of March.",
        "A date is read after by, due, until, on, before, after and since.",
    ),
    "scopes": (
        "all, everything, every and the rest speak of many tasks at once: a person must agree to such a change.",
        "They can be limited: all tasks in phase 3, everything assigned to dana, all blocked tasks, but not 3.2.",
    ),
    "consent": (
        "Creating an initiative, deleting a tracker or a phase with tasks, and changes by scope ask first (exit 4).",
        "At a terminal a person answers yes or approved; elsewhere the request waits for them: wt consent.",
        "They may approve as needed (you may create initiatives as needed) and stop it (stop creating initiatives).",
        "--skip-consent is for scripts that a person wrote; it skips consent and nothing else.",
    ),
}


@command(
    "help",
    help="Show what can be said, as a whole or by topic.",
    topic="help",
    phrases=("help", "what can I say?", "how do I add a subtask?", "help with evidence", "explain how ranges work"),
    slots=(Slot("topic", "text"),),
    needs_tracker=False,
)
def help_command(_: Tracker | None, call: Call) -> Answer:
    said = call.slots.get("topic")
    if not said:
        return _everything()
    topic = said.strip().casefold()
    if topic in EXPLAINED:
        return _explained(topic)
    specs = _about(topic)
    return _commands(topic, specs) if specs else _nearest(said)


def _everything() -> Answer:
    """One example of each command, topic by topic."""
    by_topic = {topic: [spec for spec in COMMANDS.values() if spec.topic == topic] for topic in TOPICS}
    return Answer(
        "Say what you want in a sentence, like these:",
        blocks=tuple(_examples(topic, specs) for topic, specs in by_topic.items() if specs),
        hint=f"More: help with dependencies. Explained too: {', '.join(EXPLAINED)}.",
        data={
            "topics": [
                {"topic": topic, "commands": [_summary(spec) for spec in specs]} for topic, specs in by_topic.items()
            ],
            "explained": list(EXPLAINED),
        },
    )


def _examples(topic: str, specs: list[Spec]) -> Block:
    return table({"Say": [spec.phrases[0] for spec in specs], "It does": [spec.help for spec in specs]}, topic.title())


def _summary(spec: Spec) -> dict[str, str]:
    return {"command": spec.name, "example": spec.phrases[0], "help": spec.help}


def _explained(topic: str) -> Answer:
    lines = EXPLAINED[topic]
    return Answer(f"About {topic}:", blocks=(Block("text", lines=lines),), data={"topic": topic, "text": list(lines)})


def _about(topic: str) -> list[Spec]:
    """The command of this name, else those of the topic, else those whose name or help holds the word."""
    name = topic.replace(" ", "_")
    if name in COMMANDS:
        return [COMMANDS[name]]
    word = topic.removesuffix("s")
    return [spec for spec in COMMANDS.values() if spec.topic.removesuffix("s") == word] or [
        spec for spec in COMMANDS.values() if word and (word in spec.name.split("_") or word in spec.help.casefold())
    ]


def _commands(topic: str, specs: list[Spec]) -> Answer:
    """Every phrase and what it does."""
    return Answer(
        f"About {topic.replace('_', ' ')}:",
        blocks=tuple(Block("text", lines=spec.phrases, title=spec.help) for spec in specs),
        data={"topic": topic, "commands": [{**_summary(spec), "phrases": list(spec.phrases)} for spec in specs]},
    )


def _nearest(said: str) -> Answer:
    from difflib import get_close_matches  # it costs as much as a whole command, and help is rarely misspelt

    known = [*TOPICS, *EXPLAINED, *COMMANDS]
    near = get_close_matches(said.casefold().replace(" ", "_"), known, n=3, cutoff=0.5) or list(TOPICS)
    return Answer(
        f'There is no help on "{said}".',
        hint=f"Try help with {listed([name.replace('_', ' ') for name in near]).replace(' and ', ' or ')}.",
        data={"topic": said, "nearest": near},
    )
