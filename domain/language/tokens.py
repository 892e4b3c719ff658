"""Text becomes tokens: one folded spelling for the grammar, with places that lead back to the text as typed."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

QUOTES = {'"': '"', "“": "”", "„": "“”", "«": "»", "‘": "’", "‹": "›", "'": "'’", "`": "`", "「": "」"}
ENDINGS = (
    ("n't", "not"),
    ("'re", "are"),
    ("'ve", "have"),
    ("'ll", "will"),
    ("'d", "would"),
    ("'m", "am"),
    ("'s", "'s"),
)
WHOLE = {
    "can't": "can not", "cannot": "can not", "cant": "can not", "won't": "will not", "wont": "will not",
    "ain't": "is not", "dont": "do not", "doesnt": "does not", "didnt": "did not", "isnt": "is not",
    "arent": "are not", "wasnt": "was not",
    "hasnt": "has not", "havent": "have not", "shouldnt": "should not", "wouldnt": "would not", "couldnt": "could not",
    "mustnt": "must not", "neednt": "need not", "werent": "were not",
    "whats": "what is", "hows": "how is", "wheres": "where is", "whos": "who is", "let's": "lets", "im": "i am",
    "ive": "i have", "gonna": "going to", "wanna": "want to", "gotta": "have to",
}  # fmt: skip
_SKIP = "\x00"
HIDDEN = "\u200b\u2060\ufeff\u00ad\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def _folding() -> dict[int, str]:
    table = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}  # full-width forms
    for folded, written in (
        ('"', "“”„‟«»″"), ("'", "‘’‚‛′´ʼ"), ("-", "‐‑‒−﹣"), ("–", "–—―"), (".", "。．"), (",", "，、"), (":", "："),
        (" ", "\u00a0\u2002\u2003\u2007\u2009\u202f\u3000\t\r\x0b\x0c"), ("\n", "\u2028\u2029\u0085"),
        ("?", "？؟"), ("!", "！"), (_SKIP, HIDDEN + "\u200c\u200d\ufe0f"),
    ):  # fmt: skip
        table |= {ord(character): folded for character in written}
    return table


_FOLD: dict[int, str] = {}
BOXES = {"[x]": "check", "[ ]": "uncheck"}
ARROWS = ("->", "=>", "→", "⇒", "➡")
CHEERS = "✅✔☑🎉👍🙏🙂😀😊🚀✨"


class Token:
    """One word, id or sign. `text` is folded to lower case; `start` and `end` are places in the text as typed."""

    __slots__ = ("end", "kind", "start", "text")

    def __init__(self, kind: str, text: str, start: int, end: int) -> None:
        self.kind = kind  # word id number code date quoted sign line
        self.text = text
        self.start = start
        self.end = end

    def __repr__(self) -> str:
        return f"{self.kind}:{self.text}"


def fold(text: str) -> str:
    """The text in plain lower-case spelling, character for character as long as it was."""
    if text.isascii():
        return "".join(c if " " <= c <= "~" or c == "\n" else " " for c in text.lower())
    if not _FOLD:
        _FOLD.update(_folding())
    return "".join(map(_folded, text))


def _folded(character: str) -> str:
    plain = _FOLD.get(ord(character), character)
    if plain == _SKIP or plain == "\n":
        return plain
    if plain.isdecimal() and not plain.isascii():
        return str(int(plain))
    if plain < " " or plain == "\x7f" or "\x80" <= plain <= "\x9f":
        return " "
    low = plain.lower()
    return low if len(low) == 1 else plain


def tokenise(text: str) -> list[Token]:
    """The tokens of a text, contractions opened ("don't" is `do not`)."""
    folded = fold(text)
    if _SKIP not in folded:
        return [opened for token in _scan(text, folded) for opened in _opened(token)]
    places = [at for at, character in enumerate(folded) if character != _SKIP]
    seen = tokenise("".join(text[at] for at in places))
    places.append(len(text))
    return [Token(token.kind, token.text, places[token.start], places[token.end - 1] + 1) for token in seen]


def _scan(text: str, folded: str) -> Iterator[Token]:
    at, size = 0, len(folded)
    while at < size:
        character = folded[at]
        if character == " " or text[at] in CHEERS:
            at += 1
            continue
        end = _quoted_end(text, folded, at) if text[at] in QUOTES else 0
        box = BOXES.get(folded[at : at + 3])
        if end:
            yield Token("quoted", text[at + 1 : end - 1], at, end)
        elif box:
            end = at + 3
            yield Token("word", box, at, end)
        elif folded.startswith(("../", "./", "~/"), at):
            end = _word_end(folded, at + 1 + (folded[at + 1] == "."))
            yield Token("code", folded[at:end], at, end)
        elif character.isdecimal():
            end = _number_end(folded, at)
            yield _word(folded[at:end], at, end)
        elif character.isalpha() or (character in "@#_" and folded[at + 1 : at + 2].isalnum()):
            end = _word_end(folded, at)
            yield _word(folded[at:end], at, end)
        elif folded[at : at + 2] in ARROWS or character in ARROWS:
            end = at + (1 if character in ARROWS else 2)
            yield Token("word", "to", at, end)
        else:
            end = at + 1
            yield Token("line" if character == "\n" else "sign", character, at, end)
        at = end


def _quoted_end(text: str, folded: str, at: int) -> int:
    """Where the quote that opens here is closed, 0 if it does not open one or never closes."""
    if at and folded[at - 1].isalnum():
        return 0
    closers = QUOTES.get(text[at], "")
    end = at + 1
    while end < len(text):
        after = folded[end + 1] if end + 1 < len(text) else " "
        if text[end] in closers and not after.isalnum() and not text[end - 1].isspace():
            return end + 1
        if text[end] == "\n":
            return 0
        end += 1
    return 0


def _number_end(folded: str, at: int) -> int:
    end, size = at, len(folded)
    while end < size and (
        folded[end].isalnum()
        or (folded[end] == "." and folded[end + 1 : end + 2].isdecimal())
        or (folded[end] in "-/" and _inside_date(folded, at, end))
    ):
        end += 1
    return end + 2 if folded[end : end + 2] == "'s" and not folded[end + 2 : end + 3].isalnum() else end


def _inside_date(folded: str, at: int, end: int) -> bool:
    """Whether this sign stands between the numbers of a date (2026-01-22, 22/01/2026), not of a range (2.1-2.4)."""
    head, rest = folded[at:end], folded[end + 1 : end + 6]
    if "." in head or not rest[:1].isdecimal():
        return False
    digits = len(rest) - len(rest.lstrip("0123456789"))
    second = rest[digits : digits + 1] == folded[end]
    return ((len(head) == 4 or (len(head) <= 2 and folded[end] == "/")) and second) or head.count(folded[end]) == 1


def _word_end(folded: str, at: int) -> int:
    end, size = at + 1, len(folded)
    while end < size:
        character = folded[end]
        inner = character in "'-./\\@" and folded[end + 1 : end + 2].isalnum()
        if not (character.isalnum() or character == "_" or inner or _inside_address(folded, end)):
            break
        end += 1
    return end


def _inside_address(folded: str, end: int) -> bool:
    return folded[end : end + 3] == "://" or folded[end - 1 : end + 2] == "://" or folded[end - 2 : end + 1] == "://"


def _word(text: str, start: int, end: int) -> Token:
    if text[0] == "#" and text[1:].replace(".", "").isdecimal():
        text = text[1:]
    return Token(_kind(text), text, start, end)


def _kind(text: str) -> str:
    parts = text.split(".")
    if len(parts) == 3 and len(parts[2]) == 4 and text.replace(".", "").isdecimal():
        return "date"  # 27.03.2026
    if all(part.isdecimal() for part in parts):
        return "id" if len(parts) > 1 else "number"
    if len(text) == 10 and text[4] == text[7] == "-" and text.replace("-", "").isdecimal():
        return "date"
    if text.count("/") == 2 and text.replace("/", "").isdecimal():
        return "date"
    plain = text.replace("'", "").replace("-", "").replace("_", "").lstrip("@")
    return "word" if plain.isalpha() else "code"


def _opened(token: Token) -> Iterator[Token]:
    if token.kind == "quoted":
        yield from _unquoted(token)
        return
    for word in _words(token.text, token.kind):
        kind = token.kind if word == token.text else "word" if word == "'s" else _kind(word)
        yield Token(kind, word, token.start, token.end)


def _words(text: str, kind: str) -> list[str]:
    if kind == "id" or kind == "number" or kind == "date":
        return [text]
    if text in WHOLE:
        return WHOLE[text].split()
    for ending, word in ENDINGS:
        if text.endswith(ending) and len(text) > len(ending):
            head = text[: -len(ending)]
            return [head, word]
    return [text]


def _unquoted(token: Token) -> Iterator[Token]:
    """Quotes round an id or two are only quotes: what they hold is read."""
    inner = tokenise(token.text) if len(token.text) <= 20 else []
    if inner and all(part.kind == "id" for part in inner):
        shift = token.start + 1
        yield from (Token(part.kind, part.text, part.start + shift, part.end + shift) for part in inner)
    else:
        yield token


def tidy(text: str) -> str:
    """A title or note as it is kept: on one line, without control and hiding characters."""
    kept = "".join(" " if c < " " or c == "\x7f" else c for c in text if c not in HIDDEN)
    return " ".join(kept.split())
