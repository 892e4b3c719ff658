"""What a line of shell would do to what is protected, read command by command; nothing is run."""

from __future__ import annotations

from domain.enforcement.programs import (
    CODE_OPTIONS,
    HIDING,
    LANGUAGES,
    PROGRAMS,
    READERS,
    SHELLS,
    SPECIAL,
    TAKES_A_WORD_FIRST,
    TAKES_WHOLE_FOLDERS,
    TERMINALS,
    WRAPPERS,
    WRITERS,
)
from domain.enforcement.protected import OWN, PLANS, Place, absolute, place_below, place_of, told_names
from domain.enforcement.shell import Budget, Unreadable, parse
from domain.enforcement.words import Expansion, assignment, edits_in_place, has_letter, options_of, value_of
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.enforcement.protected import Disk
    from domain.enforcement.shell import Part, Redirect, Simple

LOOK = 4  # steps that a look at a file costs
MOST_RUNS = 200  # lines of shell found inside the line
MOST_STARTED = 20  # texts in a file of program text that are read as lines of shell, none longer than this:
LONGEST_LITERAL = 500


class Finding(Record):
    """One thing that a call would do: `decision` is deny or ask; a nested call of wt has its words in `words`."""

    decision: str
    kind: str  # of the place, or `wt`
    name: str
    words: tuple[str, ...] = ()
    disguised: bool = False  # a call of wt that hides the agent, or gives itself a terminal


class ShellReading:
    """Reads one line of shell; what it found stands in `findings`."""

    def __init__(self, text: str, disk: Disk, folder: str, roots: Sequence[str]) -> None:
        self.findings: list[Finding] = []
        self.disk = disk
        self.roots = roots
        self.names = told_names(disk, roots)
        self.text = text
        self.folders: list[tuple[str, ...]] = [(folder,)]
        self.made: dict[str, str] = {}  # files that an earlier command of the line wrote
        self.in_terminal = False
        self.hides_agent = False  # from here on
        self._hidden_once = False  # for one command
        self.budget = Budget()
        self._runs = 0
        self._scripts: set[str] = set()  # that were read: a script may name itself
        self.expansion = Expansion(disk, lambda inner: self.run(inner, depth=self._nested + 1), self.budget)
        self._nested = 0

    def read(self) -> list[Finding]:
        """Raises Unreadable."""
        self.run(self.text)
        return self.findings

    # --- lines and commands -------------------------------------------------------------------------------------------

    def run(self, text: str, stdin: str | None = "", depth: int | None = None) -> str | None:
        """Read a line; returns what it prints, as far as that can be told. Raises Unreadable."""
        before, self._nested = self._nested, self._nested + 1 if depth is None else depth
        self._runs += 1
        if self._runs > MOST_RUNS:
            raise Unreadable("so many lines in one")
        bottom, outside = len(self.folders), self.folders[-1]
        printed: list[str | None] = []
        for simple in parse(text, self._nested, self.budget):
            self._enter(bottom, simple.depth)
            piped = simple.before in ("|", "|&") and bool(printed)
            output = self._command(simple, printed.pop() if piped else stdin, piped=piped)
            printed.append(output)
        self._enter(bottom, 0)
        if depth is not None:
            self.folders[-1] = outside
        self._nested = before
        known = [each for each in printed if each is not None]
        return "".join(known) if len(known) == len(printed) else None

    def _enter(self, bottom: int, depth: int) -> None:
        """Brackets have folders of their own."""
        while len(self.folders) < bottom + depth:
            self.folders.append(self.folders[-1])
        del self.folders[bottom + depth :]

    @property
    def folder(self) -> str:
        return self.folders[-1][0]

    def _command(self, simple: Simple, stdin: str | None, *, piped: bool) -> str | None:
        rest = list(simple.words)
        while rest and (assigned := assignment(rest[0])):
            self._assign(*assigned)
            del rest[0]
        hidden, self._hidden_once = self._hidden_once, self._hidden_once and bool(rest)
        self.hides_agent = self.hides_agent or (hidden and not rest)
        expanded = self.expansion.words(rest, self.folder)
        stdin = self._redirected(simple.redirects, stdin)
        words = list(expanded.texts)
        output = self.program(words, stdin, certain=expanded.certain, piped=piped) if words else stdin
        self._written(simple.redirects, output)
        self._hidden_once = False
        return output

    def _assign(self, name: str, value: tuple[Part, ...]) -> None:
        made = self.expansion.word(value, self.folder, assigned=True)
        self.expansion.variables[name] = made.texts if made.certain else None
        self._hidden_once = self._hidden_once or name in HIDING

    def _redirected(self, redirects: Sequence[Redirect], stdin: str | None) -> str | None:
        """What stands on standard input; writing redirections are judged on the way."""
        for redirect in redirects:
            target = self.expansion.word(redirect.target, self.folder) if redirect.target else None
            if redirect.body is not None:
                stdin = redirect.body if redirect.is_literal else self._expanded(redirect.body)
            elif target is None:
                continue
            elif redirect.operator == "<<<":
                stdin = target.texts[0] if target.certain and target.texts else None
            elif redirect.writes:
                self.writes(target.texts, certain=target.certain)
            elif target.texts:
                stdin = self.text_of(target.texts[0])
                self.reads(target.texts)
        return stdin

    def _expanded(self, body: str) -> str | None:
        """A here-document with its variables and commands filled in."""
        if "$" not in body and "`" not in body:
            return body
        quoted = '"' + body.replace('"', '\\"') + '"'
        word = parse(quoted, self._nested, self.budget)[0].words[0]
        made = self.expansion.word(word, self.folder, assigned=True)
        return made.texts[0] if made.texts else ""

    def _written(self, redirects: Sequence[Redirect], output: str | None) -> None:
        """Remember what the line wrote into files, for a script that it starts later."""
        for redirect in redirects:
            if redirect.writes and redirect.target and output is not None:
                for path in self.expansion.word(redirect.target, self.folder).texts:
                    self.made[absolute(path, self.folder)] = output

    # --- files --------------------------------------------------------------------------------------------------------

    def paths(self, text: str) -> list[str]:
        return [absolute(text, folder) for folder in self.folders[-1]]

    def place(self, text: str) -> Place | None:
        """What is protected about a path. Raises Unreadable when too many were looked at."""
        self.budget.spend(LOOK)
        if not text or len(text) > 4096 or "\0" in text:
            return None
        return next(filter(None, (place_of(path, self.disk, self.roots) for path in self.paths(text))), None)

    def below(self, text: str) -> Place | None:
        self.budget.spend(LOOK)
        if len(text) > 4096 or "\0" in text:
            return None
        return next(filter(None, (place_below(path, self.disk, self.roots) for path in self.paths(text))), None)

    def writes(self, texts: Sequence[str], *, certain: bool = True, whole: bool = False, asks: bool = False) -> None:
        """These paths would be written; with `whole` also what lies below them."""
        for text in texts:
            place = self.place(text) or (self.below(text) if whole else None)
            if place is not None:
                self.found("ask" if asks and place.kind != "key" else "deny", place)
        if not certain and self.speaks(self.text):
            self.found("ask" if asks else "deny", Place("uncertain", ""))

    def reads(self, texts: Sequence[str]) -> None:
        """These paths would be read, which only the key is kept from."""
        for text in texts:
            if self.disk.key_folder.rpartition("/")[2] in text or "*" in text:
                place = self.place(text)
                if place is not None and place.kind == "key":
                    self.found("deny", place)

    def found(self, decision: str, place: Place) -> None:
        self.findings.append(Finding(decision, place.kind, place.name))

    def text_of(self, path: str) -> str | None:
        """A file's text, as it is or as this line made it."""
        for each in self.paths(path):
            text = self.made.get(each)
            if text is None:
                text = self.disk.text(each)
            if text is not None:
                return text
        return None

    def script_of(self, path: str) -> str | None:
        """The text of a file that is about to be run, once."""
        here = absolute(path, self.folder)
        if here in self._scripts:
            return None
        self._scripts.add(here)
        return self.text_of(path)

    def speaks(self, text: str) -> bool:
        return any(name in text for name in self.names)

    # --- programs -----------------------------------------------------------------------------------------------------

    def program(self, words: list[str], stdin: str | None, *, certain: bool = True, piped: bool = False) -> str | None:
        """One program and its words; returns what it prints, as far as that can be told."""
        self.budget.spend()
        words = self._unwrapped(words)
        if not words:
            return None
        name = self.name_of(words[0])
        self.reads(words[1:])
        if self._is_wt(name, words):
            self._wt(words)
            return None
        special = SPECIAL.get(name)
        if special is not None:
            return special(self, words, stdin)
        if name in SHELLS:
            return self._shell(words, stdin, piped=piped)
        language = next((each for each in LANGUAGES if name.startswith(each)), None)
        if language:
            self._language(language, words, stdin)
        elif name in READERS:
            return stdin if name in ("head", "tail") and len(words) == 1 else None
        elif name in WRITERS:
            self._writer(name, words, certain=certain)
            return stdin if name == "tee" else None
        else:
            self._unknown(name, words, stdin, certain=certain)
        return None

    @staticmethod
    def name_of(word: str) -> str:
        name = word.rpartition("/")[2].lower()
        return name.removesuffix(".exe")

    def _unwrapped(self, words: list[str]) -> list[str]:
        """Without `sudo`, `env NAME=value`, `timeout 5` … in front."""
        for _ in range(8):
            name = self.name_of(words[0]) if words else ""
            if name not in WRAPPERS:
                break
            if name in TERMINALS:
                self.in_terminal = True
            words = self._behind(name, words[1:])
        return words

    def _behind(self, name: str, words: list[str]) -> list[str]:
        taking = WRAPPERS[name].split()
        while words and (words[0].startswith("-") or (name == "env" and "=" in words[0])):
            word = words.pop(0)
            if name == "env":
                self._environment(word, words)
            if word in taking and words:
                value = words.pop(0)
                if word in ("-S", "--split-string"):
                    words[:0] = value.split()
        return words[TAKES_A_WORD_FIRST.get(name, 0) :]

    def _environment(self, word: str, after: Sequence[str]) -> None:
        """`env -i`, `env -u CLAUDECODE`, `env CLAUDECODE=`: who runs the command would be hidden."""
        said = word.partition("=")[0] if not word.startswith("-") else word.removeprefix("--unset=").removeprefix("-u")
        if (
            word in ("-i", "-", "--ignore-environment")
            or said in HIDING
            or (word in ("-u", "--unset") and after[:1] and after[0] in HIDING)
        ):
            self._hidden_once = True

    def _writer(self, name: str, words: list[str], *, certain: bool) -> None:
        options, operands = options_of(words[1:])
        whole = name in TAKES_WHOLE_FOLDERS or has_letter(options, "rR", "--recursive", "-recurse")
        if name in ("cp", "copy-item", "cpi", "install", "scp") and not has_letter(
            options, "ls", "--link", "--symbolic-link"
        ):
            operands = self._destinations(words, options, operands)
            self.writes(operands, certain=certain)
            return
        if name in ("mv", "move-item", "mi", "ln"):
            operands = [*operands, *self._destinations(words, options, operands)]
        if name == "rsync":
            operands = operands[-1:]
        named = [word.partition("=")[2] for word in words[1:] if "=" in word]
        self.writes(
            [*operands, *named, *(value_of(words, ("-Path", "-FilePath", "-LiteralPath")))],
            certain=certain,
            whole=whole,
        )

    def _destinations(self, words: list[str], options: Sequence[str], operands: list[str]) -> list[str]:
        """Where `cp a b folder` writes: `folder/a`, `folder/b`."""
        target = value_of(words, ("-t", "--target-directory", "-Destination"))
        if not target and len(operands) < 2:
            return operands
        folder, sources = (target[0], operands) if target else (operands[-1], operands[:-1])
        inside = [f"{folder}/{source.rstrip('/').rpartition('/')[2]}" for source in sources]
        is_folder = any(map(self.disk.is_folder, self.paths(folder)))
        return (
            [*inside, folder]
            if not is_folder
            else inside
            + [
                place
                for place, source in zip(inside, sources, strict=True)
                if any(map(self.disk.is_folder, self.paths(source))) and self._whole(place, source)
            ]
        )

    def _whole(self, place: str, source: str) -> bool:
        """A folder copied onto one that holds something protected."""
        held = self.below(place)
        if held is not None:
            self.found("deny", held)
        return False

    def _unknown(self, name: str, words: list[str], stdin: str | None, *, certain: bool) -> None:
        """A program nobody here knows: a script is read, and of a file that is protected a person is asked."""
        if "/" in words[0] and (text := self.script_of(words[0])):
            self.script(text, words[1:], stdin)
        given = [piece for word in words[1:] for piece in (word, word.partition("=")[2]) if piece]
        self.writes(given, certain=certain, asks=True)

    # --- shells and other languages -----------------------------------------------------------------------------------

    def _shell(self, words: list[str], stdin: str | None, *, piped: bool) -> str | None:
        for at, word in enumerate(words[1:], 1):
            if word.startswith("-") and not word.startswith("--") and "c" in word[1:].lower():
                self._positional(words[at + 2 :])
                return self.run(" ".join(words[at + 1 : at + 2]))
        _, operands = options_of(words[1:])
        if operands:
            text = self.script_of(operands[0])
            return self.script(text, operands[1:], stdin, shell=True) if text else None
        if stdin:
            return self.run(stdin)
        if stdin is None and self.speaks(self.text):
            self.found("deny", Place("uncertain", ""))
        return None

    def _positional(self, values: Sequence[str]) -> None:
        for at, value in enumerate(values):
            self.expansion.variables[str(at)] = (value,)
        self.expansion.variables["@"] = self.expansion.variables["*"] = tuple(values[1:])

    def script(self, text: str, arguments: Sequence[str], stdin: str | None, *, shell: bool = False) -> str | None:
        """A file that is about to be run: shell is read command by command, other languages as text."""
        first = text.partition("\n")[0]
        language = next((each for each in LANGUAGES if each in first.lower()), None) if first.startswith("#!") else None
        if language is None and (shell or first.startswith("#!")):
            self._positional(["", *arguments])
            return self.run(text)
        if language:
            self.code(text, arguments, stdin, is_file=True)
        return None

    def _language(self, language: str, words: list[str], stdin: str | None) -> None:
        letters = CODE_OPTIONS.get(language, "c")
        code: list[str] = []
        for at, word in enumerate(words[1:], 1):
            ends_in_code = word.startswith("-") and not word.startswith("--") and word[-1] in letters
            if ends_in_code or word in ("eval", "--eval", "--execute"):
                code += words[at + 1 : at + 2]
            elif word[:2] in [f"-{letter}" for letter in letters] and len(word) > 2:
                code.append(word[2:])
        options, operands = options_of(words[1:])
        if language in ("perl", "ruby") and edits_in_place(options):
            self.writes(operands)
        if code:
            self.code("\n".join(code), [word for word in words[1:] if word not in code], stdin)
        elif "-m" in words:
            self._module(words[words.index("-m") + 1 :])
        elif operands and operands[0] != "-":
            text = self.script_of(operands[0])
            if text:
                self.code(text, operands[1:], stdin, is_file=True)
        elif stdin:
            self.code(stdin, operands[1:], "")

    def _module(self, words: Sequence[str]) -> None:
        """`python -m json.tool in out` writes its second operand; other modules are not known."""
        _, operands = options_of(words[1:])
        if words[:1] == ["json.tool"]:
            self.writes(operands[1:2])
        elif words[:1] not in (["pytest"], ["ruff"], ["mypy"], ["pip"], ["venv"]):
            self.writes(operands, asks=True)

    def code(self, text: str, arguments: Sequence[str], stdin: str | None, *, is_file: bool = False) -> None:
        """Program text of another language."""
        from domain.enforcement import code

        given = "\n".join((*arguments, stdin or ""))
        self.budget.spend_on(text + given)
        lines = code.started(text)
        for line in [line for line in lines if len(line) <= LONGEST_LITERAL][:MOST_STARTED] if is_file else lines:
            self._started(line, text)
        if code.enters_by_import(text, self.disk.doors) and not is_file:
            self.found("deny", Place("import", ""))
        speaks = code.speaks_of(text, self.names) or self.speaks(given) or any(map(self.place, arguments))
        if speaks and code.may_write(text):
            files = [f"{name}/" if name == OWN else name for name in self.names if name != PLANS.rstrip("/")]
            exact = any(name in form for form in (*code.readings(text), given) for name in files)
            self.found("deny" if exact or not is_file else "ask", Place("code", ""))
        elif code.speaks_of(text, (self.disk.key_folder.rpartition("/")[2],)) and not is_file:
            self.found("deny", Place("key", "wt's key"))

    def _started(self, line: str, text: str) -> None:
        """A line of shell inside a program: of a text that is no shell nothing is learnt."""
        terminal = self.in_terminal
        self.in_terminal = terminal or "pty" in text
        self.run(line)
        self.in_terminal = terminal

    # --- wt itself ----------------------------------------------------------------------------------------------------

    def _is_wt(self, name: str, words: list[str]) -> bool:
        if name in PROGRAMS:
            return True
        if name.startswith(("python", "pypy")):
            rest = [word for word in words[1:] if not word.startswith("-") or word == "-m"]
            if rest[:1] == ["-m"]:
                return rest[1:2] != [] and rest[1] in self.disk.modules
            return bool(rest) and self.name_of(self._behind_links(rest[0])) in PROGRAMS
        if "/" in words[0] and self.name_of(self._behind_links(words[0])) in PROGRAMS:
            return True
        hidden = "--skip-consent" in words[1:] or words[1:3] in (["consent", "grant"], ["consent", "revoke"])
        return hidden and name not in READERS and name not in ("git", "sed", "awk", "find")

    def _behind_links(self, path: str) -> str:
        return self.disk.real(absolute(path, self.folder))

    def _wt(self, words: list[str]) -> None:
        at = next(
            (
                i
                for i, word in enumerate(words)
                if self.name_of(self._behind_links(word)) in PROGRAMS or word in self.disk.modules
            ),
            0,
        )
        given = tuple(words[at + 1 :])
        disguised = self.hides_agent or self._hidden_once or self.in_terminal
        self.findings.append(Finding("look", "wt", "", given, disguised))
