"""JSON text <-> plain values through the C scanner and encoder: importing `json` would cost seven milliseconds."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    Document = dict[str, Any]  # JSON as parsed
    Scan = Callable[[str, int], tuple[Any, int]]


TWICE = "stands twice in one object"


def _repeated(pairs: list[tuple[str, Any]]) -> str:
    seen: set[str] = set()
    return next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]  # add returns None


class _Strict:
    """What the C scanner asks of its decoder: no NaN, no number that overflows, no key twice."""

    strict = True
    object_hook = None

    @staticmethod
    def object_pairs_hook(pairs: list[tuple[str, Any]]) -> Document:
        document = dict(pairs)
        if len(document) != len(pairs):
            from domain.shape import shown

            raise ValueError(f"the key {shown(_repeated(pairs))} {TWICE}")
        return document

    @staticmethod
    def parse_float(text: str) -> float:
        number = float(text)
        if number in (float("inf"), float("-inf")):
            raise ValueError(f"the number {text[:20]} is too large")
        return number

    @staticmethod
    def parse_int(text: str) -> int:
        if len(text) > 17:
            raise ValueError(f"the number {text[:20]}… is too large")
        return int(text)

    @staticmethod
    def parse_constant(text: str) -> float:
        raise ValueError(f"{text} is not JSON")


class _Trusted(_Strict):
    """For lines we wrote or checked ourselves: plain dicts, without the look at duplicate keys."""

    object_pairs_hook = None  # type: ignore[assignment]  # what the scanner takes for "no hook"


class _Lenient(_Trusted):
    """For what other programs send: whatever number it holds, and control characters in texts."""

    strict = False

    @staticmethod
    def parse_float(text: str) -> float:
        return float(text)

    @staticmethod
    def parse_int(text: str) -> int:
        return int(text) if len(text) <= 17 else 0  # digits without end take time without end

    @staticmethod
    def parse_constant(text: str) -> float:
        return 0.0


def _not_json(value: object) -> Any:
    raise TypeError(f"{type(value).__name__} is not a JSON value")


try:
    from _json import encode_basestring, make_encoder, make_scanner  # private, so guarded

    _strict_scan: Scan = make_scanner(_Strict)  # type: ignore[arg-type]  # it reads attributes, whoever has them
    scan: Scan = make_scanner(_Trusted)  # type: ignore[arg-type]
    lenient_scan: Scan = make_scanner(_Lenient)  # type: ignore[arg-type]
    _options = (None, _not_json, encode_basestring, None, ":", ",", False, False, False)
    _chunks: Callable[[object, int], Iterable[str]] = make_encoder(*_options)
    _chunks({"a": [1, "b", None]}, 0)
except (ImportError, AttributeError, TypeError):  # a Python whose private names moved
    from json.decoder import JSONArray, JSONObject, scanstring  # type: ignore[attr-defined]  # the stubs leave them out
    from json.encoder import JSONEncoder
    from json.scanner import py_make_scanner  # type: ignore[attr-defined]

    class _Slow(_Strict):
        """The same rules for the pure Python scanner, which wants the parts handed to it."""

        def __init__(self, pairs_hook: Any) -> None:
            self.parse_object, self.parse_array, self.parse_string = JSONObject, JSONArray, scanstring
            self.object_pairs_hook = pairs_hook  # type: ignore[method-assign]
            self.memo: dict[str, str] = {}

    _strict_scan = py_make_scanner(_Slow(_Strict.object_pairs_hook))
    scan = py_make_scanner(_Slow(None))

    class _SlowLenient(_Lenient, _Slow):
        """The same for payloads."""

    lenient_scan = py_make_scanner(_SlowLenient(None))
    _encoder = JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)

    def _slow_chunks(value: object, _: int) -> list[str]:
        return [_encoder.encode(value)]

    _chunks = _slow_chunks


def dumps(value: object) -> str:
    """Compact JSON, non-ASCII as it is. Raises ValueError for NaN and infinities."""
    return "".join(_chunks(value, 0))


def dumps_ascii(value: object) -> str:
    """JSON for a terminal or a pipe: everything beyond printable ASCII is escaped, so nothing can act on a screen."""
    text = dumps(value)
    if text.isascii() and "\x7f" not in text:
        return text
    return "".join(c if " " <= c < "\x7f" else _escaped(c) for c in text)


def _escaped(c: str) -> str:
    code = ord(c)
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


class NotJson(ValueError):
    """Text that is not strict JSON: what is wrong, and on which line where that is known."""

    def __init__(self, what: str, line: int | None = None) -> None:
        super().__init__(what if line is None else f"line {line}: {what}")
        self.what = what
        self.line = line


def loads(text: str) -> Any:
    """Strict JSON: no key twice, no NaN, no half characters, no endless nesting. Raises NotJson for anything else."""
    start = len(text) - len(text.lstrip(_SPACE))
    try:
        value, end = _scanned(text, start)
    except StopIteration as error:
        raise NotJson(_NO_VALUE, line_at(text, error.value)) from None
    except RecursionError:
        from domain.shape import DEPTH_LIMIT

        raise NotJson(f"nested deeper than {DEPTH_LIMIT}") from None
    except ValueError as error:
        raise _fault(text, error) from None
    if rest := text[end:].lstrip(_SPACE):
        raise NotJson("more text after the end", line_at(text, len(text) - len(rest)))
    if (at := _half_character(text)) is not None:
        raise NotJson("half of a surrogate pair, which no file can keep", line_at(text, at))
    return value


def _scanned(text: str, start: int) -> tuple[Any, int]:
    try:
        return _strict_scan(text, start)
    except SystemError:  # it words a syntax error with a class of json.decoder, and fails when nobody has imported that
        import json.decoder  # noqa: F401

        return _strict_scan(text, start)


_SPACE = " \n\r\t"
_NO_VALUE = "a value is missing or misspelt"


def line_at(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _fault(text: str, error: ValueError) -> NotJson:
    """The scanner's syntax errors know their place; for what our hooks refuse it is looked for."""
    at = getattr(error, "pos", None)
    if at is not None:
        what = getattr(error, "msg", str(error))
        return NotJson(_NO_VALUE if what == "Expecting value" else what, line_at(text, at))
    from infrastructure.json_lines import first_fault

    return NotJson(*(first_fault(text, lambda word: _strict_scan(word, 0)) or (str(error),)))


def _half_character(text: str) -> int | None:
    """Where an escape like `\\ud83d` stands without its other half: it could be read, but never written again."""
    if "\\ud" not in text and "\\uD" not in text:
        return None
    at = text.find("\\")
    while at >= 0:  # from escape to escape, so that a backslash behind a backslash begins none
        size = 2
        if text[at + 1] == "u" and "d800" <= (code := text[at + 2 : at + 6].lower()) <= "dfff":
            other = text[at + 6 : at + 12].lower()
            if code >= "dc00" or not ("\\udc00" <= other <= "\\udfff"):
                return at
            size = 12
        at = text.find("\\", at + size)
    return None
