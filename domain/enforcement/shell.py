"""A line of shell taken apart: simple commands with their words, redirections and here-documents; nothing is run.

It is read as a guard reads it, not as a shell does: what cannot be told is said to be uncertain, never taken for
harmless.
"""

from __future__ import annotations

from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

DEPTH_LIMIT = 20  # substitutions inside substitutions
STEPS = 30_000  # that one call is read in: about a third of a second
OPERATORS = ("&&", "||", ";;", "|&", ";", "|", "&", "(", ")", "\n")
REDIRECTS = ("<<<", "<<-", "&>>", "<<", ">>", ">|", ">&", "<>", "<&", "&>", ">", "<")
WRITING = (">", ">>", ">|", "<>", "&>", "&>>", ">&")
PROCESS = ("<(", ">(")
BLANK = " \t\r"
ENDS_A_WORD = frozenset(BLANK + "\n;|&()<>")
RESERVED = frozenset("if then elif else fi do done while until ! { } time case esac in select coproc".split())
NAME_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "v": "\v"}


class Unreadable(ValueError):
    """Shell that is nested too deeply to be read, or too much of it."""


class Budget:
    """How much work one call may cost, however it is nested."""

    def __init__(self, steps: int = STEPS) -> None:
        self._left = steps

    def spend(self, steps: int = 1) -> None:
        """Raises Unreadable when it is used up."""
        self._left -= steps
        if self._left < 0:
            raise Unreadable("so much in one line")

    def spend_on(self, text: str) -> None:
        """What going through a text once costs."""
        self.spend(len(text) // 16)


class Part(Record):
    """A piece of a word: `lit` is text, `var` the name of a variable, `sub` a command whose output stands here."""

    kind: str
    text: str
    quoted: bool = False


class Redirect(Record):
    """`> file`, `2>> file`, `<<< text`; `body` is the text of a here-document."""

    operator: str
    target: tuple[Part, ...]
    body: str | None = None
    is_literal: bool = False  # a here-document whose delimiter was quoted: nothing in it is expanded

    @property
    def writes(self) -> bool:
        return self.operator in WRITING


class Simple(Record):
    """One simple command; `before` is the operator in front of it, `depth` how many brackets stand round it."""

    words: tuple[tuple[Part, ...], ...]
    redirects: tuple[Redirect, ...]
    before: str
    depth: int = 0


def parse(text: str, depth: int = 0, budget: Budget | None = None) -> list[Simple]:
    """The simple commands of a text, in their order. Raises Unreadable."""
    if depth > DEPTH_LIMIT:
        raise Unreadable("what is nested so deeply")
    budget = budget or Budget()
    budget.spend_on(text)
    return _Reader(text, budget).commands()


def substitutions(words: tuple[Part, ...]) -> Iterator[str]:
    """The commands whose output stands in a word."""
    return (part.text for part in words if part.kind == "sub")


class _Reader:
    """Goes through the text once, from left to right."""

    def __init__(self, text: str, budget: Budget) -> None:
        self._text = text.replace("\\\n", "")
        self._budget = budget
        self._at = 0
        self._found: list[Simple] = []
        self._words: list[tuple[Part, ...]] = []
        self._redirects: list[Redirect] = []
        self._before = "\n"
        self._depth = 0
        self._waiting: list[tuple[int, int, str, bool]] = []  # command, redirect, delimiter, whether tabs are stripped

    def commands(self) -> list[Simple]:
        while self._at < len(self._text):
            self._step()
        self._end_command("\n")
        return self._found

    def _step(self) -> None:
        self._budget.spend()
        c = self._text[self._at]
        if c in BLANK:
            self._at += 1
        elif c == "#":
            self._skip_comment()
        elif (operator := self._redirect_operator()) is not None:
            self._redirect(operator)
        elif c in "<>" and self._in_a_test():
            self._at += 1
        elif c in ENDS_A_WORD and not self._text.startswith(PROCESS, self._at):
            self._operator()
        else:
            self._words.append(self._word())

    def _skip_comment(self) -> None:
        end = self._text.find("\n", self._at)
        self._at = len(self._text) if end < 0 else end

    # --- operators ----------------------------------------------------------------------------------------------------

    def _operator(self) -> None:
        operator = next(each for each in OPERATORS if self._text.startswith(each, self._at))
        self._at += len(operator)
        self._end_command(operator)
        if operator == "(":
            self._depth += 1
        elif operator == ")":
            self._depth = max(0, self._depth - 1)
        elif operator == "\n" and self._waiting:
            self._read_bodies()

    def _end_command(self, operator: str) -> None:
        while self._words and self._reserved(self._words[0]):
            del self._words[0]
        if self._words or self._redirects:
            made = Simple(tuple(self._words), tuple(self._redirects), self._before, self._depth)
            self._found.append(made)
            self._words, self._redirects = [], []
            self._before = operator
        elif operator not in ("\n", ";"):
            self._before = operator

    @staticmethod
    def _reserved(word: tuple[Part, ...]) -> bool:
        return len(word) == 1 and not word[0].quoted and word[0].kind == "lit" and word[0].text in RESERVED

    def _in_a_test(self) -> bool:
        """Inside `[[ … ]]`, where `<` and `>` compare."""
        first = self._words[0][0] if self._words else None
        return first is not None and first.text == "[[" and self._words[-1] != (Part("lit", "]]"),)

    # --- redirections -------------------------------------------------------------------------------------------------

    def _redirect_operator(self) -> str | None:
        at = self._at
        if self._in_a_test() or self._text.startswith(PROCESS, at):
            return None
        if self._text[at].isdigit():
            end = at
            while end < len(self._text) and self._text[end].isdigit():
                end += 1
            if self._text[end : end + 1] not in ("<", ">"):
                return None
            self._at = at = end
        return next((each for each in REDIRECTS if self._text.startswith(each, at)), None)

    def _redirect(self, operator: str) -> None:
        self._at += len(operator)
        self._skip_blanks()
        target = self._word() if self._at < len(self._text) and not self._at_an_end() else ()
        if operator in ("<<", "<<-"):
            delimiter = "".join(part.text for part in target)
            literal = any(part.quoted for part in target)
            self._redirects.append(Redirect("<<", (), "", literal))
            self._waiting.append((len(self._found), len(self._redirects) - 1, delimiter, operator == "<<-"))
            return
        if operator == ">&" and target and target[0].text.rstrip("-").isdigit():
            return
        self._redirects.append(Redirect(operator, target))

    def _at_an_end(self) -> bool:
        return self._text[self._at] in ENDS_A_WORD and not self._text.startswith(PROCESS, self._at)

    def _skip_blanks(self) -> None:
        while self._at < len(self._text) and self._text[self._at] in BLANK:
            self._at += 1

    def _read_bodies(self) -> None:
        """The text of the here-documents that the line before asked for."""
        for command, place, delimiter, tabs in self._waiting:
            body = self._body(delimiter, tabs=tabs)
            simple = self._found[command]
            redirects = list(simple.redirects)
            redirects[place] = redirects[place].replace(body=body)
            self._found[command] = simple.replace(redirects=tuple(redirects))
        self._waiting = []

    def _body(self, delimiter: str, *, tabs: bool) -> str:
        lines = []
        while self._at < len(self._text):
            end = self._text.find("\n", self._at)
            end = len(self._text) if end < 0 else end
            line = self._text[self._at : end]
            self._at = end + 1
            line = line.lstrip("\t") if tabs else line
            if line == delimiter:
                break
            lines.append(line)
        return "\n".join(lines)

    # --- words --------------------------------------------------------------------------------------------------------

    def _word(self) -> tuple[Part, ...]:
        parts: list[Part] = []
        plain: list[str] = []
        text = self._text

        def flush() -> None:
            if plain:
                parts.append(Part("lit", "".join(plain)))
                plain.clear()

        while self._at < len(text):
            c = text[self._at]
            if text.startswith(PROCESS, self._at):
                flush()
                self._at += 1
                parts.append(Part("sub", self._bracketed(), True))
            elif c in ENDS_A_WORD and not (self._in_a_test() and c in "<>()"):
                break
            elif c == "'":
                flush()
                parts.append(Part("lit", self._until("'"), True))
            elif c == '"':
                flush()
                parts += self._double_quoted()
            elif c == "\\":
                plain.append(text[self._at + 1 : self._at + 2])
                self._at += 2
            elif c == "`":
                flush()
                parts.append(Part("sub", self._until("`")))
            elif c == "$":
                flush()
                parts += self._dollar(quoted=False)
            else:
                plain.append(c)
                self._at += 1
        flush()
        return tuple(parts) or (Part("lit", ""),)

    def _until(self, quote: str) -> str:
        """Text up to the closing quote, or all that is left."""
        start = self._at + 1
        end = self._text.find(quote, start)
        if end < 0:
            end = len(self._text)
        self._at = end + 1
        return self._text[start:end]

    def _double_quoted(self) -> list[Part]:
        parts: list[Part] = []
        plain: list[str] = []
        self._at += 1
        while self._at < len(self._text) and self._text[self._at] != '"':
            c = self._text[self._at]
            if c == "\\" and self._text[self._at + 1 : self._at + 2] in ('"', "\\", "$", "`"):
                plain.append(self._text[self._at + 1])
                self._at += 2
            elif c in "$`":
                parts.append(Part("lit", "".join(plain), True))
                plain = []
                parts += [Part("sub", self._until("`"), True)] if c == "`" else self._dollar(quoted=True)
            else:
                plain.append(c)
                self._at += 1
        self._at += 1
        return [*parts, Part("lit", "".join(plain), True)]

    def _dollar(self, *, quoted: bool) -> list[Part]:
        after = self._text[self._at + 1 : self._at + 2]
        if after == "(":
            self._at += 1
            return [Part("sub", self._bracketed(), quoted)]
        if after == "'" and not quoted:
            self._at += 1
            return [Part("lit", self._ansi(), True)]
        if after == "{":
            self._at += 1
            return [Part("var", self._until("}"), quoted)]
        if after == '"':
            self._at += 1
            return []
        start = self._at = self._at + 1
        while self._at < len(self._text) and self._text[self._at] in NAME_LETTERS:
            self._at += 1
        if self._at == start and after in tuple("@*#?$!-"):
            self._at += 1
        name = self._text[start : self._at]
        return [Part("var", name, quoted)] if name else [Part("lit", "$", quoted)]

    def _bracketed(self) -> str:
        """From a bracket to its partner, quotes respected; all that is left when it has none."""
        start, open_brackets, text = self._at + 1, 0, self._text
        while self._at < len(text):
            c = text[self._at]
            if c == "\\":
                self._at += 2
                continue
            if c == "'":
                self._until("'")
                continue
            if c == '"':
                self._skip_double_quoted()
                continue
            open_brackets += (c == "(") - (c == ")")
            self._at += 1
            if not open_brackets:
                return text[start : self._at - 1]
        return text[start:]

    def _skip_double_quoted(self) -> None:
        self._at += 1
        while self._at < len(self._text) and self._text[self._at] != '"':
            self._at += 2 if self._text[self._at] == "\\" else 1
        self._at += 1

    def _ansi(self) -> str:
        r"""The text of `$'…'`, where `\x2e` and `\056` are characters."""
        made: list[str] = []
        text = self._text
        self._at += 1
        while self._at < len(text) and text[self._at] != "'":
            if text[self._at] != "\\":
                made.append(text[self._at])
                self._at += 1
                continue
            self._at += 1
            c = text[self._at : self._at + 1]
            self._at += 1
            if c in ("x", "u", "U"):
                made.append(self._code(16, {"x": 2, "u": 4, "U": 8}[c]))
            elif c.isdigit():
                self._at -= 1
                made.append(self._code(8, 3))
            else:
                made.append(ESCAPES.get(c, c))
        self._at += 1
        return "".join(made)

    def _code(self, base: int, size: int) -> str:
        digits = "0123456789abcdef"[:base]
        end = self._at
        while end < min(self._at + size, len(self._text)) and self._text[end].lower() in digits:
            end += 1
        number, self._at = self._text[self._at : end], end
        return chr(min(int(number, base), 0x10FFFF)) if number else ""


def unescaped(text: str) -> str:
    r"""What `printf` and `echo -e` make of `\x2e` and `\056`."""
    return parse("$'" + text.replace("'", "\\'") + "'")[0].words[0][0].text if "\\" in text else text
