"""What a call of git would do to what is protected: history is free, the working tree of trackers is not."""

from __future__ import annotations

from domain.enforcement.protected import Place
from domain.enforcement.words import has_letter, options_of, value_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.enforcement.shell_calls import ShellReading

GLOBAL_VALUES = ("-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path", "--config-env")
ONLY_LOOKS = ("--check", "--stat", "--numstat", "--summary", "--cached", "--index-info")
WHOLE_TREE = Place("tree", "")


def git(reading: ShellReading, words: list[str], stdin: str | None) -> str | None:
    at = 1
    outside = reading.folders[-1]
    while at < len(words) and words[at].startswith("-"):
        value = words[at + 1] if at + 1 < len(words) else ""
        if words[at] in ("-C", "--work-tree"):
            reading.folders[-1] = tuple(reading.paths(value))
        elif words[at] == "-c":
            _configured(reading, value.partition("=")[2])
        at += 2 if words[at] in GLOBAL_VALUES else 1
    rule = RULES.get(words[at]) if at < len(words) else None
    if rule is not None:
        rule(reading, words[at + 1 :], stdin)
    listed = _listed(reading, words[at + 1 :]) if words[at : at + 1] == ["ls-files"] else None
    reading.folders[-1] = outside
    return listed


def _listed(reading: ShellReading, words: list[str]) -> str | None:
    """The trackers among what `git ls-files` prints."""
    from domain.enforcement.words import fits

    _, patterns = options_of(words)
    trackers = [f"{root}/{name}" for root in reading.roots for name in reading.disk.trackers(root)]
    met = [name for name in trackers if not patterns or any(fits(name, f"*{pattern}*") for pattern in patterns)]
    return "\n".join(met) or None


def _configured(reading: ShellReading, value: str) -> None:
    """An alias that is a line of shell."""
    if value.startswith("!"):
        reading.run(value[1:])


def _covered(reading: ShellReading, paths: Sequence[str]) -> list[Place]:
    """What is protected at or below these paths, but for `:!docs/plans` and its like."""
    excluded = [
        path.lstrip(":!^").removeprefix("(exclude)") for path in paths if path.startswith((":!", ":^", ":(exclude)"))
    ]
    wanted = [
        path.removeprefix(":/").removeprefix(":(top)") or "."
        for path in paths
        if not path.startswith((":!", ":^", ":(exclude)"))
    ]
    found = [place for path in wanted if (place := reading.place(path) or reading.below(path))]
    if excluded and found:
        return [] if {"docs/plans", ".ecw"} <= {path.strip("/") for path in excluded} else found
    return found


def _takes(reading: ShellReading, paths: Sequence[str]) -> None:
    for place in _covered(reading, paths)[:1]:
        reading.found("deny", place)


def _asks(reading: ShellReading) -> None:
    """The whole working tree changes: a person may decide, when there is something protected in it."""
    if reading.below(".") or any(map(reading.below, reading.roots)):
        reading.found("ask", WHOLE_TREE)


def _checkout(reading: ShellReading, words: list[str], stdin: str | None) -> None:
    options, operands = options_of(words)
    if any(option.startswith("--pathspec-from-file") for option in options):
        _asks(reading)
    _takes(reading, operands)
    if has_letter(options, "f", "--force"):
        _asks(reading)


def _restore(reading: ShellReading, words: list[str], stdin: str | None) -> None:
    options, operands = options_of(words)
    staged = has_letter(options, "S", "--staged") and not has_letter(options, "W", "--worktree")
    if any(option.startswith("--pathspec-from-file") for option in options):
        _asks(reading)
    if not staged:
        _takes(reading, operands)


def _clean(reading: ShellReading, words: list[str], stdin: str | None) -> None:
    options, operands = options_of(words)
    if has_letter(options, "n", "--dry-run"):
        return
    if operands or has_letter(options, "xX"):
        _takes(reading, operands or ["."])
    else:
        _asks(reading)


def _reset(reading: ShellReading, words: list[str], stdin: str | None) -> None:
    if {"--hard", "--merge", "--keep"} & set(words):
        _asks(reading)


def _stash(reading: ShellReading, words: list[str], stdin: str | None) -> None:
    if words[:1] in (["list"], ["show"], ["drop"], ["clear"], ["create"]):
        return
    paths = words[words.index("--") + 1 :] if "--" in words else []
    if paths:
        _takes(reading, paths)
    else:
        _asks(reading)


def _apply(reading: ShellReading, words: list[str], stdin: str | None) -> None:
    _, operands = options_of(words)
    if not set(ONLY_LOOKS) & set(words):
        patched(reading, [reading.text_of(path) for path in operands] or [stdin])


def patched(reading: ShellReading, texts: Sequence[str | None]) -> None:
    """What the patches change; of one that cannot be read a person is asked."""
    for text in texts:
        if text is None:
            _asks(reading)
            continue
        for line in text.split("\n"):
            if line.startswith(("--- ", "+++ ", "rename to ", "rename from ", "*** ")):
                path = line.rpartition(" to ")[2] if "rename" in line else line[4:].partition("\t")[0]
                path = path.removeprefix("Update File: ").removeprefix("Add File: ").removeprefix("Delete File: ")
                path = path.removeprefix("Move to: ").strip()
                reading.writes([path, *([path[2:]] if path[1:2] == "/" else [])])


def _remove(reading: ShellReading, words: list[str], stdin: str | None) -> None:
    options, operands = options_of(words)
    if not has_letter(options, "n", "--dry-run"):
        _takes(reading, operands)


def _move(reading: ShellReading, words: list[str], stdin: str | None) -> None:
    _, operands = options_of(words)
    if len(operands) > 1:
        inside = [f"{operands[-1]}/{source.rpartition('/')[2]}" for source in operands[:-1]]
        _takes(reading, operands[:-1])
        reading.writes([operands[-1], *inside])


def _switch(reading: ShellReading, words: list[str], stdin: str | None) -> None:
    if has_letter(options_of(words)[0], "f", "--force", "--discard-changes"):
        _asks(reading)


def _plumbing(reading: ShellReading, words: list[str], stdin: str | None) -> None:
    _, operands = options_of(words)
    _takes(reading, operands)
    if has_letter(words, "au", "--all", "--reset"):
        _asks(reading)


def _config(reading: ShellReading, words: list[str], stdin: str | None) -> None:
    for word in words:
        _configured(reading, word)
    if "core.hooksPath" in words or any(word.startswith("merge.wt") for word in words):
        options, operands = options_of(words)
        if len(operands) > 1 or has_letter(options, "", "--unset", "--add", "--replace-all"):
            reading.found("ask", Place("settings", "the hooks of git"))


def _archive(reading: ShellReading, words: list[str], stdin: str | None) -> None:
    reading.writes(value_of(words, ("-o", "--output")))


RULES = {
    "checkout": _checkout,
    "restore": _restore,
    "clean": _clean,
    "reset": _reset,
    "stash": _stash,
    "apply": _apply,
    "am": _apply,
    "rm": _remove,
    "mv": _move,
    "switch": _switch,
    "checkout-index": _plumbing,
    "read-tree": _plumbing,
    "config": _config,
    "archive": _archive,
    "show": _archive,
    "diff": _archive,
}
