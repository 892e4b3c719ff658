"""What the words of a shell command stand for: variables, braces, file patterns; as far as a text can tell."""

from __future__ import annotations

from domain.enforcement.protected import absolute
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from domain.enforcement.protected import Disk
    from domain.enforcement.shell import Budget, Part

MOST = 64  # texts that one word may stand for
LONGEST = 1 << 13
LONGEST_BRACES = 2000
PATTERN = "*?["
LONGEST_PATTERN = 255  # no name of a file is longer


class Words(Record):
    """The words of a command after expansion; `certain` is False where a part of one cannot be told."""

    texts: tuple[str, ...]
    certain: bool = True


class Expansion:
    """Expands words with what is known of variables, folders and the output of commands."""

    def __init__(self, disk: Disk, output: Callable[[str], str | None], budget: Budget) -> None:
        """`output` is what a command would print, None when that cannot be told."""
        self._disk = disk
        self._output = output
        self.variables: dict[str, tuple[str, ...] | None] = {"IFS": (" ",)}
        self._budget = budget

    def words(self, words: Sequence[tuple[Part, ...]], folder: str) -> Words:
        texts: list[str] = []
        certain = True
        for word in words:
            made = self.word(word, folder)
            texts += made.texts
            certain = certain and made.certain
        return Words(tuple(texts), certain)

    def word(self, word: tuple[Part, ...], folder: str, *, assigned: bool = False) -> Words:
        """The texts of one word: several when it holds braces, a pattern, or a variable with several values."""
        found, certain, splits, pattern = [""], True, False, False
        for part in word:
            values = self._values(part)
            if values is None:
                certain, values = False, ("",)
            splits = splits or (part.kind != "lit" and not part.quoted)
            pattern = pattern or (not part.quoted and any(c in value for value in values for c in PATTERN))
            if part.kind == "lit" and not part.quoted and "{" in part.text[:LONGEST_BRACES]:
                values = tuple(braces(part.text))
            found = [(before + value)[:LONGEST] for before in found for value in values[:MOST]][:MOST]
            self._budget.spend_on("".join(found))
        if assigned:
            return Words(tuple(map(self._with_home, found)), certain)
        if splits:
            found = [piece for text in found for piece in text.split()] or ([""] if not certain else [])
        if not word[0].quoted:
            found = [self._with_home(text) for text in found]
        if pattern:
            found = [name for text in found for name in self._files(text, folder)]
        return Words(tuple(found), certain)

    def _values(self, part: Part) -> tuple[str, ...] | None:
        if part.kind == "lit":
            return (part.text,)
        if part.kind == "var":
            return self._variable(part.text)
        printed = self._output(part.text)
        return None if printed is None else (printed.rstrip("\n"),)

    def _variable(self, text: str) -> tuple[str, ...] | None:
        name = text
        for operator in (":-", ":=", "-", "="):
            name, found, default = text.partition(operator)
            if found and name.isidentifier():
                return self._known(name) or (default,)
            name = text
        return self._known(name)

    def _known(self, name: str) -> tuple[str, ...] | None:
        if name in self.variables:
            return self.variables[name]
        value = self._disk.home if name == "HOME" else self._disk.variable(name)
        return None if value is None else (value,)

    def _with_home(self, text: str) -> str:
        return self._disk.home + text[1:] if text == "~" or text.startswith("~/") else text

    def _files(self, text: str, folder: str) -> list[str]:
        """The files that a pattern names; the text itself when it names none."""
        if not any(c in text for c in PATTERN):
            return [text]
        found = [""]
        for part in absolute(text, folder).split("/")[1:]:
            found = [f"{above}/{name}" for above in found for name in self._matching(above or "/", part)][: MOST * 16]
        return found or [text]

    def _matching(self, folder: str, part: str) -> Sequence[str]:
        if not any(c in part for c in PATTERN) or len(part) > LONGEST_PATTERN:
            return (part,)
        names = self._disk.names(folder)
        self._budget.spend(len(names) * (1 + part.count("*") // 4))
        return [name for name in names if (part[0] == "." or name[0] != ".") and fits(name, part)]


def fits(name: str, pattern: str) -> bool:
    """Whether a name fits a pattern of `*`, `?` and `[abc]`, in time proportional to their product at most."""
    at = start = star = 0
    starred = False
    while at < len(name):
        size = _one(name[at], pattern, start) if start < len(pattern) and pattern[start] != "*" else 0
        if size:
            at, start = at + 1, start + size
        elif start < len(pattern) and pattern[start] == "*":
            starred, start, star = True, start + 1, at
            back = start
        elif starred:
            star += 1
            at, start = star, back
        else:
            return False
    return not pattern[start:].strip("*")


def _one(c: str, pattern: str, at: int) -> int:
    """How many characters of the pattern one character of the name uses up; 0 when it does not fit."""
    if pattern[at] == "?":
        return 1
    end = pattern.find("]", at + 2) if pattern[at] == "[" else -1
    if end < 0:
        return int(pattern[at] == c)
    chosen = pattern[at + 1 : end]
    inverted = chosen[:1] in ("!", "^")
    return (end - at + 1) if _in_set(c, chosen[inverted:]) != inverted else 0


def _in_set(c: str, chosen: str) -> bool:
    if chosen.startswith("["):
        return True  # a class like [:alpha:]: taken as fitting
    ranges = (chosen[i - 1] <= c <= chosen[i + 1] for i in range(1, len(chosen) - 1) if chosen[i] == "-")
    return c in chosen or any(ranges)


def braces(text: str, most: int = MOST) -> list[str]:
    """`a{b,c}d` as `abd` and `acd`; what has no comma in its braces stays."""
    if len(text) > LONGEST_BRACES:
        return [text]
    done: list[str] = []
    waiting = [text]
    while waiting and len(done) + len(waiting) <= most:
        each = waiting.pop()
        start, end, pieces = _brace(each)
        if end < 0:
            done.append(each)
        else:
            waiting += [each[:start] + piece + each[end + 1 :] for piece in pieces]
    return done + waiting


def _brace(text: str) -> tuple[int, int, list[str]]:
    """The first innermost pair of braces with a comma in it: from, to, what stands between the commas."""
    end = text.find("}")
    while end >= 0:
        start = text.rfind("{", 0, end)
        if start >= 0 and "," in text[start:end]:
            return start, end, text[start + 1 : end].split(",")
        end = text.find("}", end + 1)
    return 0, -1, []


def assignment(word: tuple[Part, ...]) -> tuple[str, tuple[Part, ...]] | None:
    """`NAME=value` as name and value; None for any other word."""
    first = word[0]
    name, equals, rest = first.text.partition("=")
    name = name.removesuffix("+")
    if first.kind != "lit" or first.quoted or not equals or not name.isidentifier():
        return None
    return name, (first.replace(text=rest), *word[1:])


def options_of(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Options and operands; behind `--` there are only operands."""
    if "--" in words:
        at = list(words).index("--")
        before, after = words[:at], list(words[at + 1 :])
    else:
        before, after = words, []
    is_option = [word.startswith("-") and word != "-" for word in before]
    options = [word for word, option in zip(before, is_option, strict=True) if option]
    return options, [word for word, option in zip(before, is_option, strict=True) if not option] + after


def has_letter(options: Sequence[str], letters: str, *long: str) -> bool:
    """Whether one of these short options is set, alone or in a cluster, or one of the long ones."""
    return any(
        (not option.startswith("--") and any(c in option[1:] for c in letters)) or option.split("=")[0] in long
        for option in options
    )


def value_of(words: Sequence[str], names: Mapping[str, object] | Sequence[str]) -> list[str]:
    """The values of an option: `-o x`, `-ox`, `--output x`, `--output=x`."""
    found = []
    for at, word in enumerate(words):
        name, equals, value = word.partition("=")
        if word in names:
            found += list(words[at + 1 : at + 2])
        elif equals and name in names:
            found.append(value)
        elif word[:2] in names and not word.startswith("--"):
            found.append(word[2:])
    return found


def edits_in_place(options: Sequence[str]) -> bool:
    """`perl -pi -e`, `-i.bak`, `-0777pi`: an `i` in a cluster before anything that takes the rest of it."""
    for option in options:
        for c in option[1:]:
            if c == "i":
                return True
            if c in "eEMmIx-":
                break
    return False
