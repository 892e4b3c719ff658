"""argv -> sentence or subcommand: the door of the program, which imports next to nothing before it knows which."""

from __future__ import annotations

import gc
import os
import sys

from domain.errors import Invalid, Usage, WtError
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from domain.reply import Reply

INTERRUPTED = 130
UNHEARD = 141  # whoever read our answer has gone, as `head` does
COMPLETING = "_WT_COMPLETE"  # set by the shell's completion script


class Invocation(Record):
    """The command line, options taken out wherever they stood."""

    words: tuple[str, ...] = ()
    dashed: int | None = None  # how many words stood before `--`
    tracker: str | None = None
    format: str | None = None
    actor: str | None = None
    json: bool = False
    dry_run: bool = False
    skip_consent: bool = False
    enforce_evidence: bool = False
    explain: bool = False
    verbose: bool = False
    show_health: bool = False
    no_self_healing: bool = False
    version: bool = False
    help: bool = False


class Option(Record):
    """A global option: `--name` or `--name VALUE`, anywhere before `--`."""

    name: str
    field: str
    takes: str | None
    meaning: str


OPTIONS = (
    Option("--tracker", "tracker", "NAME", "The tracker to use: its .md, its .json or the bare name."),
    Option("--json", "json", None, "Answer with exactly one JSON object on standard output."),
    Option(
        "--format",
        "format",
        "FORMAT",
        "`json` means `--json`, `text` is usual; `prometheus` is for `wt health`, `github`, `sarif` and `junit` are for"
        " `wt validate`, `markdown` is for `wt heal report`.",
    ),
    Option("--dry-run", "dry_run", None, "Show what would happen; write nothing."),
    Option("--explain", "explain", None, "Show step by step how the sentence is read; change nothing."),
    Option("--skip-consent", "skip_consent", None, "For scripts: do what otherwise asks for consent."),
    Option("--enforce-evidence", "enforce_evidence", None, "Refuse to complete a task without proof."),
    Option("--actor", "actor", "NAME", "Who is acting."),
    Option("--verbose", "verbose", None, "Say more: the reading and every field that changed."),
    Option("--show-health", "show_health", None, "Say after the answer how well wt itself is doing."),
    Option("--no-self-healing", "no_self_healing", None, "Attempt once, heal nothing: for debugging."),
    Option("--version", "version", None, "Print the version."),
    Option("--help", "help", None, "Print help."),
    Option("-h", "help", None, "Print help."),
)
EXPORTS = {
    "prometheus": "health",
    "github": "validate",
    "sarif": "validate",
    "junit": "validate",
    "markdown": "heal_report",
}
"""format -> the one command whose answer has it"""
FORMATS = ("json", "text", *EXPORTS)
SUBCOMMANDS = tuple(
    "heal playbook init import validate docs completion doctor restore adopt consent setup hook merge sync trust"
    " probes dashboard inbox approve deny upkeep evolve selftest".split()
)
CONSENT = {"list": "show_consent", "grant": "grant_consent", "revoke": "revoke_consent"}
SET_UPS = ("claude", "git", "schedule")
PLAYBOOK_VERBS = ("list", "show", "validate", "explain", "plan", "run", "enable", "disable", "history")
_BY_NAME = {option.name: option for option in OPTIONS}


# --- the command line ------------------------------------------------------------------------------------------------


def read_arguments(arguments: Sequence[str]) -> Invocation:
    """Take the options out. Raises Usage for an unknown one, or one without its value."""
    fields: dict[str, Any] = {}  # Any: each field has the type its option says
    words: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        if argument == "--":
            fields["dashed"] = len(words)
            words += rest
        elif option := _option(argument, words):
            fields[option.field] = _value(option, argument, rest)
        else:
            words.append(argument)
    if fields.get("format", "text") not in FORMATS:
        raise Usage(f"There is no format {fields['format']}.", hint=f"Formats: {', '.join(FORMATS)}.")
    fields["json"] = fields.get("json", False) or fields.get("format") == "json"
    return Invocation(words=tuple(words), **fields)


def _option(argument: str, words: Sequence[str]) -> Option | None:
    """The option that an argument is; None for a word. Raises Usage for what looks like one and is none."""
    name, equals, _ = argument.partition("=")
    option = _BY_NAME.get(name)
    if option and (equals or name == argument):
        return option
    if not _looks_like_an_option(argument, words) or (words and words[0] in SUBCOMMANDS):
        return None  # after a subcommand's name an unknown option is left for the subcommand to judge
    from difflib import get_close_matches

    near = get_close_matches(name, _BY_NAME, 1)
    raise Usage(f"There is no option {name}.", hint=f"Did you mean {near[0]}?" if near else 'See "wt --help".')


def _looks_like_an_option(argument: str, words: Sequence[str]) -> bool:
    """One whole argument: text with a space in it is never one, nor is a single `-x` amid the words of a sentence."""
    if argument.split() != [argument]:
        return False
    long = argument.startswith("--") and argument[2:3].isalpha()
    return long or (not words and argument.startswith("-") and argument[1:].isalpha())


def _value(option: Option, argument: str, rest: Iterator[str]) -> str | bool:
    _, equals, value = argument.partition("=")
    if option.takes is None:
        if equals:
            raise Usage(f"{option.name} takes no value.")
        return True
    if not equals:
        value = next(rest, "")
    if not value or (not equals and value.partition("=")[0] in _BY_NAME):
        raise Usage(f"{option.name} needs a value: {option.name} {option.takes}.")
    return value


def is_subcommand(invocation: Invocation) -> bool:
    """A first word is a subcommand only when the rest can be its arguments; else it begins a sentence."""
    words, dashed = invocation.words, invocation.dashed
    if not words or words[0] not in SUBCOMMANDS or dashed == 0:
        return False
    rest = words[1:]
    if invocation.help or any(word.startswith("-") for word in words[1:dashed]):
        return True
    if words[0] == "selftest":
        return not rest
    if words[0] == "validate":
        return dashed == 1 or all(map(_is_place, rest))
    if words[0] == "merge":
        return all(map(_is_place, rest))
    if words[0] == "sync":
        return False  # without an option it is a sentence
    if words[0] == "setup":
        return not rest or (len(rest) == 1 and rest[0] in SET_UPS)
    if words[0] == "import":
        return len(rest) == 1 and _is_place(rest[0])
    if words[0] == "restore":
        return not rest or (len(rest) == 1 and rest[0].isdecimal())
    if words[0] == "playbook":
        return bool(rest) and rest[0] in PLAYBOOK_VERBS and len(rest) <= 2
    if words[0] == "adopt":
        return not rest or (len(rest) == 1 and _is_place(rest[0]))
    if words[0] == "consent":
        return not rest or (rest[0] in CONSENT and len(rest) <= 2)
    if words[0] == "probes":
        return not rest or rest in (("list",), ("selftest",)) or (rest[0] == "run" and len(rest) <= 2)
    if words[0] == "trust":
        return not rest or rest == ("list",) or (rest[0] == "revoke" and len(rest) <= 2)
    if words[0] == "heal":
        return rest in ((), ("report",))
    if words[0] in ("approve", "deny"):
        return not rest or (len(rest) == 1 and " " not in rest[0])
    return not rest if words[0] in ("doctor", "dashboard", "inbox") else len(rest) <= 1


def _is_place(word: str) -> bool:
    """Whether a word names a file or a folder, there or not, or a tracker that is there."""
    if "/" in word or word.endswith((".json", ".md", ".markdown", ".txt")) or os.path.lexists(word):
        return True
    from infrastructure.project import PLANS, find_root

    return os.path.lexists(os.path.join(find_root(os.getcwd()), PLANS, word + ".json"))


# --- what is done with it --------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; returns the exit code. Only KeyboardInterrupt and BrokenPipeError come out."""
    given = sys.argv[1:] if arguments is None else arguments
    if given[:1] == ["hook"] and not {"--help", "-h"} & set(given):
        from infrastructure import hooks

        return hooks.main(given[1:])
    try:
        if [*given[:1]] == ["merge-driver"]:
            return _driven([*given[1:]])
        return _dispatch(list(map(as_text, given)))
    except WtError as error:
        return _told(error, given, health=True)
    except ModuleNotFoundError as error:
        return _told(without(error), given)
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001  # the door of the command line: a fault of ours is told in two lines
        return _told(fault(error), given)


def _driven(arguments: list[str]) -> int:
    """git calls this for a file that both sides of a merge changed; what it hands over is no command line of ours."""
    from infrastructure import bootstrap, console, merging

    size_limit = bootstrap.session(Invocation()).trackers.size_limit
    done = merging.drive(arguments, size_limit=size_limit)
    console.complain(done.lines)
    return done.code


def as_text(argument: str) -> str:
    """An argument as text: UTF-8, also where the locale says otherwise. Raises Usage for other bytes."""
    try:
        argument.encode()
    except UnicodeEncodeError:
        try:
            return os.fsencode(argument).decode()
        except UnicodeError:
            raise Usage("That is not UTF-8 text, so it was not read.", hint="Write it in UTF-8.") from None
    return argument


def _dispatch(given: list[str]) -> int:
    invocation = read_arguments(given)
    if invocation.version or not invocation.words or is_subcommand(invocation) or COMPLETING in os.environ:
        from infrastructure import cli

        return cli.main(invocation)
    return _sentence(invocation)


def _sentence(invocation: Invocation) -> int:
    from infrastructure import bootstrap, console

    text = " ".join(invocation.words)
    if invocation.format in EXPORTS:
        return _exported(text, invocation)
    session = bootstrap.session(invocation)
    if invocation.help:  # `wt add --help`
        return console.show(session.help(text), invocation)
    if invocation.explain:
        return console.explain(session.explain(text), invocation)
    reply = session.handle(text)
    if reply.outcome == "clarify" and reply.candidates and console.can_ask(invocation):
        from infrastructure import terminal

        reply = terminal.settled(reply, text, session.handle)
    return console.show(reply, invocation, questions=session.questions)


def _exported(text: str, invocation: Invocation) -> int:
    """`health --format prometheus` and its like. Rehearsed, for the sentence may hold quite another order."""
    from infrastructure import bootstrap, exports

    session = bootstrap.session(invocation.replace(dry_run=True))
    return exports.show(session.handle(text), invocation, session.root)


def _told(error: WtError, given: Sequence[str], *, health: bool = False) -> int:
    from domain.reply import failure
    from infrastructure import console

    reply = failure(error)
    if health and "--show-health" in _options(given):
        reply = _with_health(reply)
    return console.show(reply, Invocation(json=_wants_json(given)))


def _with_health(reply: Reply) -> Reply:
    """What failed before there was a command shows how well wt is doing, too."""
    from infrastructure import bootstrap

    try:
        return bootstrap.session(Invocation(show_health=True)).told(reply)
    except WtError as error:
        return reply.replace(health=bootstrap.unknown_health(error.message))


def _wants_json(given: Sequence[str]) -> bool:
    """Read off a command line that may be wrong elsewhere."""
    before = _options(given)
    if "--json" in before or "--format=json" in before:
        return True
    return "--format" in before and before[before.index("--format") + 1 :][:1] == ["json"]


def _options(given: Sequence[str]) -> list[str]:
    """What may be options of a command line."""
    return list(given)[: list(given).index("--")] if "--" in given else list(given)


def without(error: ModuleNotFoundError) -> WtError:
    package = (error.name or "?").partition(".")[0]
    return Invalid(
        f"wt needs the Python package {package} for that, and it is not installed.",
        hint=f"Install it: {sys.executable} -m pip install {package}",
    )


def fault(error: Exception) -> WtError:
    """What nobody foresaw: told with its place, so that it can be reported."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f" ({os.path.basename(trace.tb_frame.f_code.co_filename)}, line {trace.tb_lineno})" if trace else ""
    return Invalid(
        f"wt met a fault of its own: {type(error).__name__}: {str(error)[:200]}{place}.",
        hint='Please report it with what you typed; "wt validate" says whether the tracker is sound.',
    )


def run(at_the_end: Callable[[], None] | None = None) -> None:
    """The console script: leave at once, without tearing the interpreter down (a millisecond that buys nothing)."""
    gc.disable()
    try:
        code = main()
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:
        code = UNHEARD
    if at_the_end:
        at_the_end()
    os._exit(code)
