"""Program text of other languages (`python -c`, `node -e`, scripts), looked through for what it would write."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

WRITES = (
    "write",
    "unlink",
    "remove",
    "rename",
    "os.replace",
    "truncate",
    "shutil",
    "rmtree",
    "rmdir",
    "copy",
    "link",
    "dump(",
    "touch",
    "chmod",
    "system",
    "subprocess",
    "popen",
    "spawn",
    "exec",
    "eval",
    "__import__",
    "getattr",
    "importlib",
    "ctypes",
    "mmap",
    "fileinput",
    "sqlite3.connect",
    "open(f",
    "file_put_contents",
    "fopen",
    "rm_rf",
    "fileutils",
    "delete",
    "move",
    "filehandle",
    "in_place",
    "'w'",
    '"w"',
    "'wb",
    '"wb',
    "'wt",
    '"wt',
    "'w+",
    '"w+',
    "'a'",
    '"a"',
    "'r+",
    '"r+',
    "'x'",
    '"x"',
    "'ab",
    '"ab',
    '">',
    "'>",
    "'+<",
    '"+<',
    "o_wronly",
    "o_rdwr",
    "o_creat",
)
STARTS = ("system", "subprocess", "popen", "spawn", "exec", "run(", "call(", "`", "pty")
MOST_LITERALS = 200
MOST_DECODED = 8


def may_write(code: str) -> bool:
    """Whether anything in the text could change a file; `open(…)` alone reads."""
    lowered = code.lower()
    return any(mark in lowered for mark in WRITES) or ("path(" in lowered and ".replace(" in lowered)


def enters_by_import(code: str, doors: Sequence[str]) -> bool:
    """Whether it uses the parts of `wt` that write, without the command line in front of them."""
    squeezed = " ".join(code.split())
    return ("import" in code or "run_" in code) and any(door in squeezed for door in doors)


def speaks_of(code: str, names: Sequence[str]) -> bool:
    """Whether one of these names stands in the text: plainly, put together from pieces, escaped or encoded."""
    return any(name in text for text in readings(code) for name in names)


def readings(code: str) -> list[str]:
    """The text; without what joins pieces of text; with its escapes resolved; and what its encoded literals hold."""
    joined = code.translate({ord(c): None for c in "\"'+ \t\n\\()"}).replace(",", "/").replace("//", "/")
    found = [code, joined]
    if "\\" in code:
        from domain.enforcement.shell import unescaped

        found.append(unescaped(code))
    for literal in literals(code):
        if len(found) > MOST_DECODED:
            break
        decoded = decoded_text(literal)
        if decoded:
            found.append(decoded)
    return found


def literals(code: str) -> list[str]:
    """The texts in quotes, in their order, escapes left as they are."""
    found: list[str] = []
    at = 0
    while len(found) < MOST_LITERALS:
        at = _next_quote(code, at)
        if at < 0:
            break
        mark = code[at] * 3 if code.startswith(code[at] * 3, at) else code[at]
        end = _end_of(code, at + len(mark), mark)
        found.append(code[at + len(mark) : end])
        at = end + len(mark)
    return found


def _next_quote(code: str, at: int) -> int:
    places = [place for place in (code.find("'", at), code.find('"', at), code.find("`", at)) if place >= 0]
    return min(places, default=-1)


def _end_of(code: str, at: int, mark: str) -> int:
    end = code.find(mark, at)
    while end > at and code[end - 1] == "\\" and code[end - 2] != "\\":
        end = code.find(mark, end + 1)
    return len(code) if end < 0 else end


def decoded_text(literal: str) -> str | None:
    """What a base64 or hexadecimal text says; None when it is neither, or says no text."""
    from binascii import Error, a2b_base64, unhexlify

    compact = "".join(literal.split()).replace("\\n", "")
    if len(compact) < 8:
        return None
    for decode in (unhexlify, a2b_base64):
        try:
            text = decode(compact.encode("ascii")).decode()
        except (ValueError, Error):
            continue
        if text.isprintable() or "\n" in text:
            return text
    return None


def started(code: str) -> list[str]:
    """Lines of shell that the program may start: each literal, and the literals of a statement as one line."""
    if not any(mark in code for mark in STARTS):
        return []
    statements = [line for line in code.replace(";", "\n").split("\n") if any(mark in line for mark in STARTS)]
    lines = [" ".join(literals(line)) for line in statements[:MOST_LITERALS]]
    return [line for line in (*lines, *(each for each in literals(code) if " " in each)) if line.strip()]
