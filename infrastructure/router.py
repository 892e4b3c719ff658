"""argv -> sentence, subcommand or hook: the door of the program, which imports next to nothing before it knows which."""

from __future__ import annotations

import gc
import os
import sys

from domain.errors import Usage, WtError
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED = 130


class Invocation(Record):
    """The command line, options taken out wherever they stood."""

    words: tuple[str, ...] = ()
    tracker: str | None = None
    format: str | None = None
    actor: str | None = None
    json: bool = False
    dry_run: bool = False
    skip_consent: bool = False
    enforce_evidence: bool = False
    explain: bool = False
    verbose: bool = False
    version: bool = False
    help: bool = False
    after_dashes: bool = False  # whether `--` stood before the first word: then it is a sentence


class Option(Record):
    """A global option: `--name` or `--name VALUE`, anywhere before `--`."""

    name: str
    field: str
    takes: str | None
    meaning: str


OPTIONS = (
    Option("--tracker", "tracker", "NAME", "The tracker to use: its .md, its .json or the bare name."),
    Option("--json", "json", None, "Answer with exactly one JSON object on standard output."),
    Option("--format", "format", "FORMAT", "`--format json` means `--json`."),
    Option("--dry-run", "dry_run", None, "Show what would happen; write nothing."),
    Option("--explain", "explain", None, "Show step by step how the sentence is read; change nothing."),
    Option("--skip-consent", "skip_consent", None, "For scripts: do what otherwise asks for consent."),
    Option("--enforce-evidence", "enforce_evidence", None, "Refuse to complete a task without proof."),
    Option("--actor", "actor", "NAME", "Who is acting."),
    Option("--verbose", "verbose", None, "Say more."),
    Option("--version", "version", None, "Print the version."),
    Option("--help", "help", None, "Print help."),
    Option("-h", "help", None, "Print help."),
)
_BY_NAME = {option.name: option for option in OPTIONS}
SUBCOMMANDS = ("init", "import", "validate", "docs", "completion")


def read_arguments(arguments: Sequence[str]) -> Invocation:
    """Take the options out. Raises Usage for an unknown one, or one without its value."""
    fields: dict[str, object] = {}
    words: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        if argument == "--":
            fields["after_dashes"] = not words
            words += rest
        elif not _is_option(argument):
            words.append(argument)
        else:
            name, _, value = argument.partition("=")
            option = _known(name, words)
            if option is None:
                words.append(argument)
            elif option.takes is None:
                fields[option.field] = True
            else:
                fields[option.field] = value or next(rest, None) or _missing(option)
    if fields.get("format") == "json":
        fields["json"] = True
    return Invocation(words=tuple(words), **fields)


def _is_option(argument: str) -> bool:
    """An option is one whole argument; text with a space in it is never one."""
    return argument.startswith("-") and len(argument) > 1 and " " not in argument and (argument[1] == "-" or argument == "-h")


def _known(name: str, words: list[str]) -> Option | None:
    """The option of that name; after a subcommand's name an unknown one is left for the subcommand to judge."""
    option = _BY_NAME.get(name)
    if option is None and not (words and words[0] in SUBCOMMANDS):
        from difflib import get_close_matches

        near = get_close_matches(name, _BY_NAME, 1)
        raise Usage(f"There is no option {name}.", hint=f"Did you mean {near[0]}?" if near else 'See "wt --help".')
    return option


def _missing(option: Option) -> str:
    raise Usage(f"{option.name} needs a value: {option.name} {option.takes}.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; returns the exit code. Never raises but on Ctrl-C inside a test."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _dispatch(given)
    except WtError as error:
        return _say_error(error, given)


def _dispatch(given: list[str]) -> int:
    invocation = read_arguments(given)
    if invocation.version or is_subcommand(invocation) or not invocation.words or (invocation.help and len(given) < 3):
        from infrastructure import cli

        return cli.main(invocation, given)
    return _sentence(invocation)


def is_subcommand(invocation: Invocation) -> bool:
    """A first word is a subcommand only when the rest can be its arguments; else it begins a sentence."""
    words = invocation.words
    if not words or words[0] not in SUBCOMMANDS or invocation.after_dashes:
        return False
    rest = [word for word in words[1:] if not word.startswith("-")]
    if invocation.help or len(rest) != len(words) - 1:
        return True
    if words[0] == "validate":
        return all(_is_place(word) for word in rest)
    if words[0] == "import":
        return bool(rest) and _is_place(rest[0]) and len(rest) == 1
    if words[0] == "init":
        return len(rest) <= 1
    return len(rest) <= 1


def _is_place(word: str) -> bool:
    """Whether a word names a file or a folder, there or not."""
    return os.path.lexists(word) or "/" in word or word.endswith((".json", ".md", ".markdown", ".txt"))


def _sentence(invocation: Invocation) -> int:
    from infrastructure import bootstrap, console

    session = bootstrap.session(invocation)
    text = " ".join(invocation.words)
    if invocation.explain:
        return console.explained(session.explain(text), invocation)
    return console.show(session.handle(text), invocation)


def _say_error(error: WtError, given: list[str]) -> int:
    from domain.reply import failure
    from infrastructure import console

    wants_json = "--json" in given or "--format=json" in given
    return console.show(failure(error), Invocation(json=wants_json))


def run() -> None:
    """The console script: leave at once, without tearing the interpreter down (a millisecond that buys nothing)."""
    gc.disable()
    try:
        code = main()
        sys.stdout.flush()
        sys.stderr.flush()
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:
        code = 141  # whoever read our answer has gone, as `head` does
    os._exit(code)
