"""Programs whose options say what they write, and builtins of the shell that change what a later word means."""

from __future__ import annotations

from domain.enforcement.protected import Place
from domain.enforcement.shell import unescaped
from domain.enforcement.words import edits_in_place, has_letter, options_of, value_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from domain.enforcement.shell_calls import ShellReading

AGENT_SIGNS = ("CLAUDECODE", "CLAUDE_CODE_CHILD_SESSION", "CLAUDE_CODE_SESSION_ID", "CLAUDE_CODE_ENTRYPOINT")
KEY_SIGNS = ("HOME", "XDG_DATA_HOME", "LOCALAPPDATA")  # they say where wt looks for its key
MOST_RUNS = 20  # programs that one `find` starts
HIDING = AGENT_SIGNS + KEY_SIGNS
PROGRAMS = ("wt", "work-tracker", "wt.py")
READERS = frozenset(
    "cat head tail less more bat grep egrep fgrep rg ag ack jq wc diff cmp comm ls ll dir tree stat file du df cksum"
    " b2sum md5sum sha1sum sha256sum sha512sum test [ [[ echo printf true false : cut uniq nl od hexdump column fold"
    " fmt tac rev tr basename dirname realpath readlink pwd which type whereis mkdir export declare local typeset"
    " readonly read sleep seq date whoami id uname ps kill wait jobs fg bg set shift exit return break continue"
    " history man help nproc lsof mdcat glow pygmentize check-jsonschema paste join base64 base32 strings zcat gzcat"
    " look pr expand unexpand colordiff icdiff delta vimdiff get-content gc select-string sls get-childitem gci test-"
    " path measure-object get-item gi get-filehash write-host write-output resolve-path convertfrom-json format-table"
    " format-list select-object where-object sort-object out-string".split()
)
WRITERS = frozenset(
    "rm mv rmdir unlink shred srm trash trash-put truncate touch chmod chown chgrp chattr setfacl ln link rename mmv"
    " sponge ed ex vi vim nvim emacs nano pico split csplit tee mkfifo mknod rsync scp dos2unix unix2dos mdformat"
    " fallocate install cp dd set-content add-content out-file clear-content remove-item ri del erase move-item mi"
    " copy-item cpi rename-item rni new-item ni set-item set-itemproperty tee-object export-csv export-clixml".split()
)
TAKES_WHOLE_FOLDERS = frozenset("mv rsync trash trash-put move-item mi rename-item rename".split())
SHELLS = frozenset("sh bash zsh dash ksh ash fish mksh pwsh powershell".split())
LANGUAGES = (
    "python",
    "pypy",
    "node",
    "nodejs",
    "perl",
    "ruby",
    "php",
    "lua",
    "deno",
    "bun",
    "rscript",
    "tclsh",
    "osascript",
)
CODE_OPTIONS = {
    "perl": "eE",
    "ruby": "e",
    "node": "ep",
    "nodejs": "ep",
    "php": "r",
    "lua": "e",
    "deno": "",
    "bun": "ep",
}
WRAPPERS = {  # program -> its options that take a value
    "sudo": "-u -g -h -p -C -T -U -D",
    "doas": "-u -C",
    "env": "-u -C -S --unset --chdir",
    "command": "",
    "builtin": "",
    "exec": "-a",
    "nohup": "",
    "time": "-f -o",
    "nice": "-n",
    "ionice": "-c -n -p",
    "stdbuf": "-i -o -e",
    "setsid": "",
    "timeout": "-s -k",
    "caffeinate": "-t -w",
    "chronic": "",
    "strace": "-o -e -p -s",
    "busybox": "",
    "uv": "",
    "poetry": "",
    "pipenv": "",
    "hatch": "",
    "uvx": "--from",
    "pipx": "--spec",
    "npx": "-p",
    "unbuffer": "",
    "ltrace": "-o -e",
    "watch": "-n",
    "flock": "-w -E",
    "spawn": "",
    "&": "",
}
TAKES_A_WORD_FIRST = {"timeout": 1, "flock": 1, "uv": 1, "poetry": 1, "pipenv": 1, "hatch": 1, "pipx": 1}
TERMINALS = frozenset("script unbuffer expect socat tmux screen".split())


def _cd(reading: ShellReading, words: list[str], stdin: str | None) -> None:
    target = next((word for word in words[1:] if not word.startswith("-")), reading.disk.home)
    folders = tuple(dict.fromkeys(reading.paths(target)))
    there = all(map(reading.disk.is_folder, folders)) and words[0] != "popd"
    reading.folders[-1] = folders if there else tuple(dict.fromkeys((*folders, *reading.folders[-1])))[:8]


def _echo(reading: ShellReading, words: list[str], stdin: str | None) -> str:
    text = " ".join(word for word in words[1:] if word not in ("-n", "-e", "-E", "-ne", "-en"))
    return unescaped(text)


def _printf(reading: ShellReading, words: list[str], stdin: str | None) -> str:
    operands = [word for word in words[1:] if word != "--"]
    if not operands:
        return ""
    form, given = unescaped(operands[0]), operands[1:]
    for value in given:
        form = form.replace("%s", value, 1).replace("%b", unescaped(value), 1)
    return form if "%" not in form else "\n".join([form, *given])


def _cat(reading: ShellReading, words: list[str], stdin: str | None) -> str | None:
    _, operands = options_of(words[1:])
    if not operands or operands == ["-"]:
        return stdin
    texts = [reading.text_of(operand) for operand in operands]
    return "".join(text for text in texts if text) if all(text is not None for text in texts) else None


def _base64(reading: ShellReading, words: list[str], stdin: str | None) -> str | None:
    from domain.enforcement.code import decoded_text

    options, operands = options_of(words[1:])
    given = reading.text_of(operands[0]) if operands else stdin
    decodes = has_letter(options, "dDr", "--decode")
    return decoded_text(given) if decodes and given else None


def _ls(reading: ShellReading, words: list[str], stdin: str | None) -> str | None:
    printed: list[str] = []
    for operand in options_of(words[1:])[1] or ["."]:
        folders = [path for path in reading.paths(operand) if reading.disk.is_folder(path)]
        printed += [name for folder in folders for name in reading.disk.names(folder)][:1000] if folders else [operand]
    return "\n".join(printed)


def _grep(reading: ShellReading, words: list[str], stdin: str | None) -> str | None:
    """`grep -l word files` prints names of these files."""
    options, operands = options_of(words[1:])
    return "\n".join(operands[1:]) if has_letter(options, "l", "--files-with-matches") else None


def _eval(reading: ShellReading, words: list[str], stdin: str | None) -> str | None:
    return reading.run(" ".join(words[1:]))


def _source(reading: ShellReading, words: list[str], stdin: str | None) -> str | None:
    text = reading.script_of(words[1]) if len(words) > 1 else None
    return reading.run(text) if text else None


def _alias(reading: ShellReading, words: list[str], stdin: str | None) -> None:
    for word in words[1:]:
        reading.run(word.partition("=")[2])


def _trap(reading: ShellReading, words: list[str], stdin: str | None) -> None:
    reading.run(" ".join(words[1:2]))


def _unset(reading: ShellReading, words: list[str], stdin: str | None) -> None:
    for word in words[1:]:
        reading.expansion.variables[word] = ("",)
        if word.partition("=")[0] in HIDING:
            reading.hides_agent = True


def _export(reading: ShellReading, words: list[str], stdin: str | None) -> None:
    for word in words[1:]:
        name, equals, value = word.partition("=")
        if equals:
            reading.expansion.variables[name] = (value,)
        if name in HIDING and (equals or "-n" in words):
            reading.hides_agent = True


def _for(reading: ShellReading, words: list[str], stdin: str | None) -> None:
    if len(words) > 2:
        reading.expansion.variables[words[1]] = tuple(words[3:]) if words[2] == "in" else None


def _read(reading: ShellReading, words: list[str], stdin: str | None) -> None:
    values = tuple(stdin.split()) if stdin else None
    for word in options_of(words[1:])[1]:
        reading.expansion.variables[word] = values


def _sed(reading: ShellReading, words: list[str], stdin: str | None) -> None:
    options, operands = options_of(words[1:])
    if "--in-place" in {option.partition("=")[0] for option in options} or edits_in_place(options):
        reading.writes(operands)
        if not operands or reading.expansion.variables.get("_uncertain"):
            reading.writes((), certain=False)
    for script in words[1:]:
        for piece in script.split("w ")[1:]:
            reading.writes([piece.partition("\n")[0].strip("'}; ")])


def _awk(reading: ShellReading, words: list[str], stdin: str | None) -> None:
    if "inplace" in words:
        reading.writes(options_of(words[1:])[1])
    program = " ".join(word for word in words[1:] if "{" in word or ">" in word or "(" in word)
    if ">" not in program and "system" not in program and "|" not in program:
        return
    assigned = [word.partition("=")[2] for word in words[1:] if "=" in word and "{" not in word]
    reading.writes(assigned)
    if reading.speaks(program):
        reading.found("deny", Place("code", ""))
    for line in program.split('"')[1::2]:
        reading.run(line)


def _find(reading: ShellReading, words: list[str], stdin: str | None) -> str | None:
    at = next((i for i, word in enumerate(words[1:], 1) if word.startswith(("-", "(", "!"))), len(words))
    starts, tests = words[1:at] or ["."], words[at:]
    reading.writes(value_of(tests, ("-fprint", "-fprintf", "-fls")))
    runs = [i for i, word in enumerate(tests) if word in ("-exec", "-execdir", "-ok", "-okdir")]
    patterns = value_of(tests, ("-name", "-iname", "-path", "-wholename", "-ipath"))
    chosen = [place for start in starts if (place := reading.place(start) or reading.below(start))]
    if chosen and patterns:
        chosen = [place for place in chosen if _may_meet(reading, patterns)]
    if "-delete" in tests and chosen:
        reading.found("deny", chosen[0])
    for i in runs[:MOST_RUNS]:
        inner = tests[i + 1 :]
        end = next((j for j, word in enumerate(inner) if word in (";", "+")), len(inner))
        _with_names(reading, inner[:end], chosen)
    return "\n".join(_tracker_files(reading)) if chosen and not runs else None


def _tracker_files(reading: ShellReading) -> list[str]:
    return [f"{root}/{name}" for root in reading.roots for name in reading.disk.trackers(root)]


def _may_meet(reading: ShellReading, patterns: Sequence[str]) -> bool:
    """Whether a pattern of `find` fits the name of something protected."""
    from domain.enforcement.words import fits

    files = [name.rpartition("/")[2] for name in reading.names] + ["config.json", "consent-state.json", "plans", "docs"]
    return any(fits(name, pattern.rpartition("/")[2]) for pattern in patterns for name in files)


def _with_names(reading: ShellReading, inner: list[str], chosen: Sequence[Place]) -> None:
    """`find … -exec program {}`, `… | xargs program`: the program is given names of protected files."""
    if not inner:
        return
    if not chosen:
        reading.program(list(inner), "")
        return
    before = len(reading.findings)
    names = _tracker_files(reading)[:3]
    filled = [
        name for word in inner for name in ([word] if "{}" not in word else [word.replace("{}", n) for n in names])
    ]
    reading.program(filled if "{}" in " ".join(inner) else [*inner, *names], "")
    del reading.findings[before + 1 :]


def _xargs(reading: ShellReading, words: list[str], stdin: str | None) -> str | None:
    at = 1
    while at < len(words) and words[at].startswith("-"):
        at += 2 if words[at] in ("-I", "-n", "-P", "-L", "-d", "-E", "-s", "-a") else 1
    inner = words[at:] or ["echo"]
    marker = next(iter(value_of(words[:at], ("-I", "--replace"))), "{}")
    if stdin is not None:
        names = stdin.split()
        if any(marker in word for word in inner):
            filled = [
                made
                for word in inner
                for made in ([word.replace(marker, n) for n in names] if marker in word else [word])
            ]
            return reading.program(filled, "")
        return reading.program([*inner, *names], "")
    if reading.speaks(reading.text):
        _with_names(reading, [word.replace(marker, "{}") for word in inner], (Place("uncertain", ""),))
        return None
    return reading.program(inner, None)


def _script(reading: ShellReading, words: list[str], stdin: str | None) -> None:
    """`script -qc "…" /dev/null`, `script -q /dev/null …`, `tmux new "…"`: a terminal made for a command."""
    before, reading.in_terminal = reading.in_terminal, True
    for word in words[1:]:
        reading.run(word.partition("EXEC:")[2].strip("'\"") or word if " " in word or "EXEC:" in word else "")
    _, operands = options_of(words[1:])
    for at in range(min(len(operands), 4)):
        if reading.name_of(operands[at]) in PROGRAMS or operands[at] in ("sh", "bash", "python3", "python", "env"):
            reading.program(operands[at:], "")
            break
    if stdin:
        reading.run(stdin)
    reading.in_terminal = before


def _git(reading: ShellReading, words: list[str], stdin: str | None) -> str | None:
    from domain.enforcement.git_calls import git

    return git(reading, words, stdin)


def _patch(reading: ShellReading, words: list[str], stdin: str | None) -> None:
    from domain.enforcement.git_calls import patched

    _, operands = options_of(words[1:])
    reading.writes(operands[:1])
    sources = [*value_of(words, ("-i", "--input")), *operands[1:2]]
    patched(reading, [reading.text_of(source) for source in sources] or [stdin])


def _output(*names: str) -> Callable[[ShellReading, list[str], str | None], None]:
    """A program that writes where an option says."""

    def read(reading: ShellReading, words: list[str], stdin: str | None) -> None:
        reading.writes(value_of(words, names))

    return read


def _yq(reading: ShellReading, words: list[str], stdin: str | None) -> None:
    options, operands = options_of(words[1:])
    if has_letter(options, "i", "--inplace", "--in-place"):
        reading.writes(operands)


def _tar(reading: ShellReading, words: list[str], stdin: str | None) -> None:
    options, operands = options_of(words[1:])
    if has_letter(options, "x", "--extract") or (operands and "x" in operands[0] and "." not in operands[0]):
        folders = value_of(words, ("-C", "--directory")) or ["."]
        reading.writes([f"{folder}/{name}" for folder in folders for name in operands], whole=True)


SPECIAL: dict[str, Callable[[ShellReading, list[str], str | None], str | None]] = {
    "cd": _cd,
    "pushd": _cd,
    "popd": _cd,
    "set-location": _cd,
    "echo": _echo,
    "printf": _printf,
    "cat": _cat,
    "base64": _base64,
    "xxd": _base64,
    "ls": _ls,
    "grep": _grep,
    "rg": _grep,
    "eval": _eval,
    "iex": _eval,
    "invoke-expression": _eval,
    "source": _source,
    ".": _source,
    "alias": _alias,
    "trap": _trap,
    "unset": _unset,
    "export": _export,
    "declare": _export,
    "for": _for,
    "read": _read,
    "sed": _sed,
    "gsed": _sed,
    "awk": _awk,
    "gawk": _awk,
    "mawk": _awk,
    "find": _find,
    "xargs": _xargs,
    "parallel": _xargs,
    "script": _script,
    "tmux": _script,
    "screen": _script,
    "expect": _script,
    "socat": _script,
    "git": _git,
    "patch": _patch,
    "curl": _output("-o", "--output"),
    "wget": _output("-O", "--output-document"),
    "sort": _output("-o", "--output"),
    "pandoc": _output("-o", "--output"),
    "openssl": _output("-out"),
    "yq": _yq,
    "tar": _tar,
}
