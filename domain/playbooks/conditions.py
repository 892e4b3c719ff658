"""Conditions: a small typed grammar without templates or evaluation, in which what is unknown is not false."""

from __future__ import annotations

import re

from domain.playbooks.metrics import METRICS
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.playbooks.metrics import Value

    Values = Mapping[str, Value]

UNITS = {
    "duration": {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0},
    "size": {"B": 1.0, "KB": 1e3, "MB": 1e6, "GB": 1e9},
    "percent": {"%": 1.0},
}
_KIND_OF = {unit: (kind, factor) for kind, units in UNITS.items() for unit, factor in units.items()}
ORDERING = ("<=", ">=", "<", ">")
COMPARISONS = (*ORDERING, "==", "!=")
WORDS = frozenset("and or not in true false".split())
PLAIN = ("count", "percent", "number")  # kinds that a number without a unit can be
LONGEST, DEEPEST = 1000, 20
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)(?P<unit>[A-Za-z%]+)?|(?P<name>[A-Za-z_][\w.]*)"
    r"|(?P<text>\"[^\"]*\"|'[^']*')|(?P<sign><=|>=|==|!=|[<>()\[\],*]))"
)


class ConditionError(ValueError):
    """What is wrong with a condition, in words that name the place."""


class Operand(Record):
    """A metric, times a factor, or a value that was written down. `kind` is a row of KINDS, or `number`."""

    kind: str
    metric: str = ""
    value: Value = None
    factor: float = 1.0

    def of(self, values: Values) -> Value:
        found = values.get(self.metric) if self.metric else self.value
        if self.factor == 1.0 or not isinstance(found, (int, float)):
            return found
        return found * self.factor


class Comparison(Record):
    """One comparison; `in` has its options in `right`. A flag alone is compared with true."""

    left: Operand
    sign: str
    right: tuple[Operand, ...]

    def holds(self, values: Values) -> bool | None:
        left = self.left.of(values)
        answers = [_compared(left, self.sign, option.of(values)) for option in self.right]
        if True in answers:
            return True
        return None if None in answers else False

    def metrics(self) -> set[str]:
        return {operand.metric for operand in (self.left, *self.right) if operand.metric}


class Joined(Record):
    """`and`, `or` and `not` after Kleene: what is known decides where it can."""

    word: str
    parts: tuple[Expression, ...]

    def holds(self, values: Values) -> bool | None:
        answers = [part.holds(values) for part in self.parts]
        if self.word == "not":
            return None if answers[0] is None else not answers[0]
        decisive = self.word == "or"
        if decisive in answers:
            return decisive
        return None if None in answers else not decisive

    def metrics(self) -> set[str]:
        return set().union(*(part.metrics() for part in self.parts))


Expression = Comparison | Joined


class Condition(Record):
    """A condition as it was written, and what it means."""

    text: str
    meaning: Expression

    def holds(self, values: Values) -> bool | None:
        """True, False, or None when what is known does not decide it."""
        return self.meaning.holds(values)

    @property
    def metrics(self) -> frozenset[str]:
        return frozenset(self.meaning.metrics())


def _compared(left: Value, sign: str, right: Value) -> bool | None:
    if left is None or right is None:
        return None
    if sign in ("==", "in"):
        return left == right
    if sign == "!=":
        return left != right
    assert not isinstance(left, str) and not isinstance(right, str)  # the kinds were compared at load
    return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[sign]


# --- reading ----------------------------------------------------------------------------------------------------------


def parse(text: str) -> Condition:
    """Raises ConditionError for what is no condition, for an unknown metric and for kinds that do not compare."""
    if len(text) > LONGEST:
        raise ConditionError(f"a condition has at most {LONGEST} characters")
    return Condition(" ".join(text.split()), _Reader(_tokens(text)).whole())


class _Token(Record):
    kind: str  # number name text sign
    text: str
    unit: str = ""


def _tokens(text: str) -> list[_Token]:
    found, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise ConditionError(f"{text[at:].strip()[:20]!r} is no part of a condition")
        kind = next(name for name in ("number", "name", "text", "sign") if match[name] is not None)
        found.append(_Token(kind, match[kind], match["unit"] or ""))
        at = match.end()
    return found


class _Reader:
    """Recursive descent; `or` binds least, then `and`, then `not`."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def whole(self) -> Expression:
        found = self._joined("or")
        if (rest := self._peek()) is not None:
            raise ConditionError(f"{rest.text!r} stands where the condition should end")
        return found

    def _joined(self, word: str) -> Expression:
        parts = [self._part(word)]
        while self._takes(word):
            parts.append(self._part(word))
        return parts[0] if len(parts) == 1 else Joined(word, tuple(parts))

    def _part(self, word: str) -> Expression:
        return self._joined("and") if word == "or" else self._negated()

    def _negated(self) -> Expression:
        self._depth += 1
        if self._depth > DEEPEST:
            raise ConditionError("the condition is nested too deeply")
        found = Joined("not", (self._negated(),)) if self._takes("not") else self._test()
        self._depth -= 1
        return found

    def _test(self) -> Expression:
        if self._takes("("):
            found = self._joined("or")
            self._must("(", ")")
            return found
        left = self._operand()
        negated = self._takes("not")
        if self._takes("in"):
            found = _checked(Comparison(left, "in", self._options()))
            return Joined("not", (found,)) if negated else found
        sign = next((sign for sign in COMPARISONS if self._takes(sign)), None)
        if sign is None or negated:
            return _flag(left)
        return _checked(Comparison(left, sign, (self._operand(),)))

    def _options(self) -> tuple[Operand, ...]:
        self._must("in", "[")
        options = [self._operand()]
        while self._takes(","):
            options.append(self._operand())
        self._must("[", "]")
        return tuple(options)

    def _operand(self) -> Operand:
        token = self._peek()
        if token is None or token.kind == "sign" or token.text in ("and", "or", "not", "in"):
            raise ConditionError(
                f"a value is missing before {token.text!r}" if token else "a value is missing at the end"
            )
        self._at += 1
        if token.kind == "name":
            return _named(token.text) if not self._takes("*") else self._times(_named(token.text))
        if token.kind == "text":
            return Operand("text", value=token.text[1:-1])
        return _number(token)

    def _times(self, operand: Operand) -> Operand:
        token = self._peek()
        if token is None or token.kind != "number" or token.unit or operand.kind in ("flag", "text"):
            raise ConditionError("only a number with a unit can be multiplied, and only by a plain number")
        self._at += 1
        return operand.replace(factor=float(token.text))

    def _peek(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _takes(self, text: str) -> bool:
        token = self._peek()
        if token is None or token.kind not in ("name", "sign") or token.text != text:
            return False
        self._at += 1
        return True

    def _must(self, opened: str, text: str) -> None:
        if not self._takes(text):
            raise ConditionError(f"{text!r} is missing after {opened!r}")


def _named(name: str) -> Operand:
    if name in ("true", "false"):
        return Operand("flag", value=name == "true")
    if name not in METRICS:
        raise ConditionError(f"there is no metric {name!r}{nearest(name, METRICS)}")
    return Operand(METRICS[name].kind, metric=name)


def nearest(name: str, known: Mapping[str, object] | tuple[str, ...]) -> str:
    """`; did you mean …?` for a name that is close to a known one, else nothing."""
    from difflib import get_close_matches  # only for who mistyped

    near = get_close_matches(name, list(known), 1)
    return f"; did you mean {near[0]}?" if near else ""


def _number(token: _Token) -> Operand:
    number = float(token.text)
    if not token.unit:
        return Operand("number", value=number)
    if token.unit not in _KIND_OF:
        raise ConditionError(f"there is no unit {token.unit!r}; units are {', '.join(_KIND_OF)}")
    kind, factor = _KIND_OF[token.unit]
    return Operand(kind, value=number * factor)


def _flag(operand: Operand) -> Comparison:
    if operand.kind != "flag" or not operand.metric:
        said = operand.metric or "that value"
        raise ConditionError(f"{said} is compared with nothing")
    return Comparison(operand, "==", (Operand("flag", value=True),))


def _checked(test: Comparison) -> Comparison:
    """Raises ConditionError for kinds that do not compare."""
    for right in test.right:
        _must_compare(test.left, right)
        if test.sign in ORDERING and test.left.kind in ("flag", "text"):
            raise ConditionError(f"{test.left.metric or 'that'} has no order, so {test.sign} says nothing of it")
        _must_be_possible(test.left, right)
    return test


def _must_compare(left: Operand, right: Operand) -> None:
    if left.kind == right.kind or (left.kind in PLAIN and right.kind in PLAIN):
        return
    named = left if left.metric else right
    other = right if named is left else left
    if other.kind == "number" and named.kind in UNITS:
        raise ConditionError(f"{named.metric} needs a number with a unit ({', '.join(UNITS[named.kind])})")
    raise ConditionError(f"{named.metric or 'that'} is a {named.kind} and cannot be compared with a {other.kind}")


def _must_be_possible(left: Operand, right: Operand) -> None:
    for named, other in ((left, right), (right, left)):
        texts = METRICS[named.metric].texts if named.metric else ()
        if texts and isinstance(other.value, str) and other.value not in texts:
            raise ConditionError(f"{named.metric} is never {other.value!r}; it is one of {', '.join(texts)}")


# --- durations and sizes beside conditions ----------------------------------------------------------------------------


def seconds(text: str) -> float:
    """`10m` -> 600. Raises ConditionError."""
    tokens = _tokens(text)
    if len(tokens) == 1 and tokens[0].kind == "number":
        found = _number(tokens[0])
        if found.kind == "duration" and isinstance(found.value, float):
            return found.value
    raise ConditionError(f"{text!r} is no duration; say 30s, 5m, 2h or 7d")
