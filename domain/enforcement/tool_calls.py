"""What a tool call of an agent would do to what only `wt` or a person may change."""

from __future__ import annotations

from domain.enforcement.protected import Place, absolute, place_of
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from domain.enforcement.protected import Disk
    from domain.enforcement.shell_calls import Finding

LONGEST_LINE = 131_072  # bytes: what Linux takes as one argument
MOST_VALUES = 2000
PATH_KEYS = (
    "file_path",
    "notebook_path",
    "path",
    "filePath",
    "target_file",
    "file",
    "filename",
    "destination",
    "target",
)
COMMAND_KEYS = ("command", "cmd", "script", "shell_command")
SHELL_TOOLS = frozenset(
    "bash powershell monitor shell run_shell_command terminal exec local_shell unified_exec".split()
)
PATCH_TOOLS = ("apply_patch", "applypatch", "patch")
LOOKING_TOOLS = frozenset(
    "read grep glob ls notebookread read_file read_many_files list_directory search_file_content webfetch websearch"
    " task agent todowrite todoread skill askuserquestion exitplanmode enterplanmode toolsearch bashoutput taskoutput"
    " killshell".split()
)
LOOKING_WORDS = (
    "read",
    "get",
    "list",
    "search",
    "view",
    "find",
    "fetch",
    "show",
    "stat",
    "query",
    "tree",
    "info",
    "grep",
)


class Judgement(Record):
    """`deny`, `ask` or `pass`, with what to say; `wt` are the calls of wt inside, still to be judged."""

    decision: str = "pass"
    reason: str = ""
    places: tuple[Place, ...] = ()
    wt: tuple[Finding, ...] = ()


class TooLong(ValueError):
    """A command that no shell would take as one argument."""


def judged(tool: str, given: Mapping[str, object], disk: Disk, folder: str, roots: Sequence[str]) -> Judgement:
    """What may become of a call, as far as files go. Raises ValueError for what cannot be read."""
    findings = list(_findings(tool, given, disk, folder, roots))
    wt = tuple(finding for finding in findings if finding.kind == "wt")
    for decision in ("deny", "ask"):
        found = [each for each in findings if each.decision == decision and each.kind != "wt"]
        if found:
            places = tuple(dict.fromkeys(_as_place(each) for each in found))
            return Judgement(decision, reason(places[0], decision), places, wt)
    return Judgement(wt=wt)


def _as_place(finding: Finding) -> Place:
    number = finding.name.rpartition("/")[2].partition("-")[0]
    return Place(finding.kind, finding.name, int(number[:9]) if finding.kind == "initiative" else None)


def _findings(
    tool: str, given: Mapping[str, object], disk: Disk, folder: str, roots: Sequence[str]
) -> Iterator[Finding]:
    name = tool.lower()
    command = next((value for key in COMMAND_KEYS if (value := given.get(key))), None)
    if name in PATCH_TOOLS:
        yield from _patch(given, disk, folder, roots)
    elif command is not None and (name in SHELL_TOOLS or not name.startswith("mcp__")):
        yield from _shell(command, disk, folder, roots, windows=name == "powershell")
    if name.startswith("mcp__"):
        yield from _foreign(name.rpartition("__")[2], given, disk, folder, roots)
    elif name not in PATCH_TOOLS:
        looks = name in LOOKING_TOOLS
        yield from _paths((given.get(key) for key in PATH_KEYS), disk, folder, roots, looks=looks)


def _paths(
    values: Iterator[object], disk: Disk, folder: str, roots: Sequence[str], *, looks: bool
) -> Iterator[Finding]:
    for value in values:
        if not isinstance(value, str) or not value or len(value) > 4096 or "\0" in value:
            continue
        path = value.replace("\\", "/")
        path = disk.home + path[1:] if path.startswith("~/") else path
        place = place_of(absolute(path, folder), disk, roots)
        if place is not None and (place.kind == "key" or not looks):
            yield _finding("deny", place)


def _finding(decision: str, place: Place) -> Finding:
    from domain.enforcement.shell_calls import Finding

    return Finding(decision, place.kind, place.name)


def _shell(command: object, disk: Disk, folder: str, roots: Sequence[str], *, windows: bool) -> Iterator[Finding]:
    from domain.enforcement.shell_calls import ShellReading

    text = command if isinstance(command, str) else " ".join(map(str, command)) if isinstance(command, list) else ""
    if len(text) > LONGEST_LINE:
        raise TooLong("a command that is too long to be read")
    if windows:
        text = text.replace("\\", "/").replace("`", "")
    reading = ShellReading(text, disk, folder, roots)
    yield from reading.read()
    if windows and "::" in text and reading.speaks(text):
        from domain.enforcement.code import may_write

        if may_write(text):
            yield _finding("deny", Place("code", ""))


def _patch(given: Mapping[str, object], disk: Disk, folder: str, roots: Sequence[str]) -> Iterator[Finding]:
    from domain.enforcement.git_calls import patched
    from domain.enforcement.shell_calls import ShellReading

    reading = ShellReading("", disk, folder, roots)
    patched(reading, list(_texts(given)))
    yield from reading.findings


def _foreign(
    verb: str, given: Mapping[str, object], disk: Disk, folder: str, roots: Sequence[str]
) -> Iterator[Finding]:
    """A tool of an MCP server: what it does is told by its name alone."""
    looks = any(word in LOOKING_WORDS for word in verb.replace("-", "_").split("_")) and "write" not in verb
    values = (text for text in _texts(given) if "\n" not in text and len(text) < 4096)
    yield from _paths(values, disk, folder, roots, looks=looks)
    for key in COMMAND_KEYS:
        if isinstance(given.get(key), str):
            yield from _shell(given[key], disk, folder, roots, windows=False)


def _texts(value: object) -> Iterator[str]:
    """Every text in a JSON value, up to a number of them."""
    waiting = [value]
    for _ in range(MOST_VALUES):
        if not waiting:
            return
        each = waiting.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each[:MOST_VALUES]


SAY = 'Say what should change: wt "mark 2.1 complete", wt "add task to phase 2: …" (wt help).'
REASONS = {
    "key": "wt's key is for wt alone; it is neither read nor written by a tool.",
    "initiative": "{name} would be a new initiative, which needs a person's consent. Ask the person.",
    "code": f"This program would write what wt alone writes. {SAY}",
    "import": f"The parts of wt that write are used through its command line. {SAY}",
    "uncertain": f"Which file this writes cannot be told, and it speaks of what wt alone writes. {SAY}",
    "tree": "This replaces the whole working tree, the tracker with it. Leave docs/plans and .ecw out of it.",
}
FILES = ("tracker", "page", "state", "settings")
ASKED = "{name} is written by wt alone, and what this program does with it is not known. May it run?"


def reason(place: Place, decision: str) -> str:
    """Why, and the legal way."""
    if decision == "ask" and place.kind in FILES:
        return ASKED.format(name=place.name)
    return REASONS.get(place.kind, "{name} is written by wt or by a person alone.").format(name=place.name)
