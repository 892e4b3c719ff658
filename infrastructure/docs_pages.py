"""Pages of the documentation that the program prints from its own tables; a test compares them with docs/."""

from __future__ import annotations

import json

from domain import shape
from domain.commands import COMMANDS
from domain.commands.guidance import EXPLAINED
from domain.commands.table import SLOT_KINDS
from domain.errors import EXIT_CODES
from domain.language.lexicon import PRIORITIES, STATUS_OF, STATUSES, VERBS
from domain.language.mood import WHY_NOT
from domain.rule_book import rule_book
from infrastructure.project import SETTINGS
from infrastructure.router import OPTIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from domain.commands.table import Spec
    from infrastructure.project import Setting


def commands() -> str:
    """docs/COMMANDS.md: every command, what it does, what it takes, how it is said."""
    topics: dict[str, list[Spec]] = {}
    for spec in COMMANDS.values():
        topics.setdefault(spec.topic, []).append(spec)
    parts = [
        "# Commands\n\nPrinted by `wt docs commands`. Every command is said as a sentence; the ones below are"
        " examples, not a list of what is understood.\n"
    ]
    for topic, specs in topics.items():
        parts.append(f"\n## {topic.capitalize()}\n")
        parts += [_command(spec) for spec in specs]
    parts.append(_slot_kinds())
    return "".join(parts)


def _command(spec: Spec) -> str:
    needs = " Needs consent." if spec.consent is not None else ""
    said = "\n".join(f'- `wt "{phrase}"`' for phrase in spec.phrases)
    slots = ", ".join(f"`{slot.name}`{'' if slot.required else '?'} ({slot.kind})" for slot in spec.slots)
    return f"\n### {spec.name}\n\n{spec.help}{needs}\n\n{said}\n" + (f"\nSlots: {slots}\n" if slots else "")


def _slot_kinds() -> str:
    rows = "\n".join(f"| {kind} | {meaning} |" for kind, meaning in SLOT_KINDS.items())
    return f"\n## Kinds of slots\n\n| kind | meaning |\n|---|---|\n{rows}\n"


def settings() -> str:
    """docs/SETTINGS.md: options, settings, environment, exit codes."""
    options = "\n".join(
        f"| `{option.name}{' ' + option.takes if option.takes else ''}` | {option.meaning} |" for option in OPTIONS
    )
    rows = "\n".join(map(_setting, SETTINGS))
    codes = "\n".join(f"| {outcome} | {code} |" for outcome, code in EXIT_CODES.items())
    return (
        "# Options, settings, exit codes\n\nPrinted by `wt docs settings`.\n\n## Options\n\n"
        f"They may stand anywhere before `--`.\n\n| option | meaning |\n|---|---|\n{options}\n\n## Settings\n\n"
        "Flags win over the environment, the environment over `.ecw/config.json`, that over your own settings file,"
        " that over the default.\n\n"
        f"| key | type | default | environment | meaning |\n|---|---|---|---|---|\n{rows}\n\n"
        "`WT_NOW` (a UTC time) fixes the clock, for tests and demonstrations. `NO_COLOR` and `FORCE_COLOR` decide about"
        " colours.\n\n"
        f"## Exit codes\n\n| outcome | exit |\n|---|---|\n{codes}\n\nCtrl-C exits 130.\n"
    )


def _setting(setting: Setting) -> str:
    env = f"`{setting.env}`" if setting.env else ""
    kind = setting.kind.replace("|", " or ")
    return f"| `{setting.key}` | {kind} | {_default(setting.default)} | {env} | {setting.meaning} |"


def _default(value: object) -> str:
    return "none" if value in (None, []) else f"`{value}`"


READING = (
    "Words are read as orders (`complete 2.3`), as statements (`2.3 is done`, `I finished 2.3`) or as questions"
    " (`is 2.3 done?`). A question never changes anything.",
    "Text in quotes, or behind the colon of `add task to phase 2: …`, is a title, whatever words it holds.",
    "Several orders in one sentence are one change: `start 2.1 and assign 2.2 to dana`. If one of them cannot be done,"
    " none is.",
    "Typos are corrected in the words below, never in ids, names or titles. What is destructive is never guessed.",
    "When a sentence was not read word for word, the answer says how: `(read as: set 2.3 to complete)`."
    " `--explain` shows every step and changes nothing.",
)
NOT_DONE = {
    "not": "don't complete 1.2",
    "if": "if 1.1 is done complete 1.2",
    "will": "I will finish 1.2 tomorrow",
    "maybe": "maybe 1.2 is done",
    "said": "dana said 1.2 is done",
    "should": "1.2 should be done",
    "or": "complete 1.1 or 1.2",
}
WORDS_SHOWN = 14


def language() -> str:
    """docs/LANGUAGE.md: how a sentence is read, and the words there are for things."""
    rules = "\n".join(f"- {rule}" for rule in READING)
    refused = "\n".join(f"| `{said}` | {WHY_NOT[why][0]} |" for why, said in NOT_DONE.items())
    topics = "".join(
        f"\n## {name.capitalize()}\n\n" + "\n".join(f"- {line}" for line in lines) + "\n"
        for name, lines in EXPLAINED.items()
    )
    verbs = {verb: VERBS[verb] for verb in STATUS_OF if verb in VERBS}
    return (
        "# What can be said\n\nPrinted by `wt docs language`. Every command: [COMMANDS.md](COMMANDS.md).\n\n"
        f"## How a sentence is read\n\n{rules}\n\n"
        f"## What is never carried out\n\n| said | answered |\n|---|---|\n{refused}\n{topics}"
        f"\n## Words\n\n{_words('order', verbs)}\n{_words('status', STATUSES)}\n{_words('priority', PRIORITIES)}"
    )


def _words(head: str, rows: Mapping[str, str]) -> str:
    shown = {name: ", ".join(_spelt(word) for word in words.split()[:WORDS_SHOWN]) for name, words in rows.items()}
    return f"| {head} | words, among others |\n|---|---|\n" + "".join(
        f"| {_spelt(n)} | {w} |\n" for n, w in shown.items()
    )


def _spelt(word: str) -> str:
    return word.replace("_", " ")


def rules() -> str:
    """docs/RULES.md: what `validate` and `doctor` can find."""
    told = {"validate": "`wt validate`, and `wt doctor`, which asks it", "doctor": "`wt doctor` alone"}
    tables = "".join(f"\n## {told[who]}\n\n{_rows(who)}" for who in told)
    return (
        "# Rules\n\nPrinted by `wt docs rules`. A rule id means the same in every later version.\n\n"
        "`wt validate` exits 0 when there are no errors, 1 when there are, 2 when the command line is wrong; with"
        " `--strict` every warning is an error. Findings stand in `data.findings` with `--json`; `--format github`,"
        f" `sarif` and `junit` are for continuous integration.\n{tables}"
    )


def _rows(who: str) -> str:
    rows = [row for row in rule_book() if row.told_by == who]
    return "| rule | severity | meaning |\n|---|---|---|\n" + "".join(
        f"| `{row.id}` | {row.severity} | {row.meaning} |\n" for row in rows
    )


def schema() -> str:
    """docs/tracker.schema.json: JSON Schema of the tracker file."""
    return json.dumps(shape.json_schema(), indent=2) + "\n"


def playbook_schema() -> str:
    """docs/playbook.schema.json: JSON Schema of a playbook file."""
    from domain.playbooks.fields import json_schema

    return json.dumps(json_schema(), indent=2) + "\n"


def escalation_schema() -> str:
    """docs/escalation.schema.json: JSON Schema of a project's escalation rules."""
    from domain.playbooks.escalation import json_schema

    return json.dumps(json_schema(), indent=2) + "\n"


def healing() -> str:
    """docs/HEALING.md: what healing looks at, what it may do, what keeps it from doing harm."""
    from infrastructure.healing_page import page

    return page()


PAGES: dict[str, Callable[[], str]] = {
    "commands": commands,
    "language": language,
    "rules": rules,
    "settings": settings,
    "schema": schema,
    "playbook-schema": playbook_schema,
    "escalation-schema": escalation_schema,
    "healing": healing,
}
FILES = {
    "commands": "docs/COMMANDS.md",
    "language": "docs/LANGUAGE.md",
    "rules": "docs/RULES.md",
    "settings": "docs/SETTINGS.md",
    "schema": "docs/tracker.schema.json",
    "playbook-schema": "docs/playbook.schema.json",
    "escalation-schema": "docs/escalation.schema.json",
    "healing": "docs/HEALING.md",
}
