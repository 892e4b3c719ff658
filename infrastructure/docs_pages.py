"""Pages of the documentation that the program prints from its own tables; a test compares them with docs/."""

from __future__ import annotations

import json

from domain import shape
from domain.commands import COMMANDS
from domain.commands.table import SLOT_KINDS
from domain.errors import EXIT_CODES
from infrastructure.project import SETTINGS
from infrastructure.router import OPTIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

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


def schema() -> str:
    """docs/tracker.schema.json: JSON Schema of the tracker file."""
    return json.dumps(shape.json_schema(), indent=2) + "\n"


PAGES: dict[str, Callable[[], str]] = {"commands": commands, "settings": settings, "schema": schema}
FILES = {"commands": "docs/COMMANDS.md", "settings": "docs/SETTINGS.md", "schema": "docs/tracker.schema.json"}
