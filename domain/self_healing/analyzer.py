"""What a failure means: an error becomes a symptom, a symptom a diagnosis with its category, cause and what to do."""

from __future__ import annotations

from hashlib import sha256

from domain.record import Record
from domain.self_healing.causes import CAUSES, DECLARED, UNCLASSIFIED, Category, Cause

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TEXT_LIMIT = 500
NO_FACTS: Mapping[str, object] = {}


class Symptom(Record):
    """A failure as it was seen: `Symptom("fatal: Could not resolve host: github.com")`, or all that an exception tells.

    `kinds` are the names of the exception's classes and of those that caused it, nearest first; `declared` is the
    category our own errors carry on their class; `status` a code of HTTP; `facts` what a refusal offers (`slot`,
    `word`, `means`).
    """

    text: str
    operation: str = ""
    resource: str = ""
    kinds: tuple[str, ...] = ()
    declared: str | None = None
    errno: int | None = None
    status: int | None = None
    retry_after: float | None = None
    facts: Mapping[str, object] = NO_FACTS
    idempotent: bool = True

    @classmethod
    def of(cls, error: Exception, *, operation: str = "", resource: str = "", idempotent: bool = True) -> Symptom:
        """All that an exception and its causes tell."""
        chain = list(_chain(error))
        facts = getattr(error, "data", None)
        return cls(
            redacted(_text(error)),
            operation,
            resource,
            tuple(kind.__name__ for link in chain for kind in type(link).__mro__ if kind is not object),
            getattr(error, "category", None),
            next((link.errno for link in chain if isinstance(link, OSError) and link.errno), None),
            _status(error),
            _retry_after(error),
            facts if isinstance(facts, dict) else NO_FACTS,
            idempotent,
        )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: list[int] = []
    while error is not None and id(error) not in seen:
        yield error
        seen.append(id(error))
        error = error.__cause__


def _text(error: Exception) -> str:
    """What it says, and what the program it speaks of wrote to its standard error."""
    stderr = getattr(error, "stderr", None)
    if isinstance(stderr, bytes):
        stderr = stderr.decode(errors="replace")
    return "\n".join(part for part in (str(error), stderr) if isinstance(part, str) and part)


def redacted(text: str) -> str:
    """Without the name and password that a URL may hold, and not longer than anybody reads."""
    return " ".join(_without_user(word) for word in text[: 4 * TEXT_LIMIT].split(" "))[:TEXT_LIMIT]


def _without_user(word: str) -> str:
    scheme, mark, rest = word.partition("://")
    place, slash, path = rest.partition("/")
    _, at, host = place.rpartition("@")
    return f"{scheme}{mark}…@{host}{slash}{path}" if mark and at else word


def _status(error: Exception) -> int | None:
    """The HTTP status that an exception of a client library carries."""
    response = getattr(error, "response", None)
    for holder, name in ((error, "code"), (error, "status"), (response, "status_code"), (response, "status")):
        value = getattr(holder, name, None)
        if isinstance(value, int) and 100 <= value < 600:
            return value
    return None


def _retry_after(error: Exception) -> float | None:
    """The seconds a server asked for. A date instead of seconds is passed over: there is no clock here."""
    said = getattr(error, "retry_after", None)
    headers = getattr(error, "headers", None) or getattr(getattr(error, "response", None), "headers", None)
    if said is None and headers is not None and hasattr(headers, "get"):
        said = headers.get("Retry-After")
    try:
        seconds = float(said or 0)
    except (TypeError, ValueError):
        return None
    return seconds if 0 < seconds < 86_400 else None


class Diagnosis(Record):
    """A symptom and what it means. `words` are shown to people, `advice` says what they can do."""

    symptom: Symptom
    category: Category
    cause: str
    words: str
    advice: str
    once: bool = False
    counts: bool = False
    cost: float = 1.0
    action: str = ""

    @property
    def fingerprint(self) -> str:
        """The same for the same fault at the same place, whatever numbers, names and times its text holds."""
        symptom = self.symptom
        known = self.cause != UNCLASSIFIED.name
        told = "" if known else " ".join(symptom.kinds[:1] + tuple(filter(str.isalpha, symptom.text.split()[:12])))
        marks = (
            self.category,
            self.cause,
            symptom.operation,
            symptom.resource,
            str(symptom.facts.get("word", "")),
            told,
        )
        return sha256("\0".join(marks).encode(errors="replace")).hexdigest()[:16]


class SymptomAnalyzer:
    """
    Classifies errors using pattern matching.

    Reference: Kephart & Chess (2003), Section 3.2 "Analyze"
    """

    def __init__(self, causes: tuple[Cause, ...] = CAUSES) -> None:
        self._causes = causes

    def analyze(self, symptom: Symptom) -> Diagnosis:
        """
        Classifies error into categories:
        - TRANSIENT: Network timeouts, rate limits
        - VALIDATION: Invalid input, schema errors
        - RESOURCE: File not found, permission denied
        - CORRUPTION: Data integrity failures
        - UNKNOWN: Unclassified errors

        What an error of ours declares is its category; patterns then only find the cause within it.
        """
        declared = Category(symptom.declared) if symptom.declared in list(Category) else Category.UNKNOWN
        said, status = symptom.text.casefold(), symptom.status or _status_said(symptom.text)
        for cause in self._causes:
            if declared in (Category.UNKNOWN, cause.category) and cause.tells(symptom, said, status):
                return _diagnosed(cause, symptom, status)
        return _diagnosed(DECLARED.get(declared, UNCLASSIFIED), symptom, status)


def _status_said(text: str) -> int | None:
    """The HTTP status in `The requested URL returned error: 503`, `HTTP 429`, `503 Service Unavailable`."""
    words = text.casefold().replace(":", " ").replace("=", " ").split()
    for before, word in zip(["", *words], words, strict=False):
        number = word.strip(".,;()'\"")
        leads = before.startswith("http") or before in ("error", "status", "code")
        if len(number) == 3 and number.isdecimal() and "4" <= number[0] <= "5" and (leads or word is words[0]):
            return int(number)
    return None


def _diagnosed(cause: Cause, symptom: Symptom, status: int | None) -> Diagnosis:
    if {"word", "means"} <= set(symptom.facts) and cause.category == Category.VALIDATION:
        words = f"Invalid {symptom.facts.get('slot', 'value')} '{symptom.facts['word']}'"
    else:
        told = {"status": status or "with an error", "text": _first_line(symptom.text), "kind": _kind(symptom)}
        words = cause.words.format(place=_place(symptom), **told)
    advice = cause.advice.format(place=_place(symptom))
    return Diagnosis(
        symptom, cause.category, cause.name, words, advice, cause.once, cause.counts, cause.cost, cause.action
    )


def _place(symptom: Symptom) -> str:
    """Where time ran out."""
    kind = symptom.resource.split(":")[0]
    return kind if kind in ("disk", "git", "probe") else "network"


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "an error without words")[:200]


def _kind(symptom: Symptom) -> str:
    return f"{symptom.kinds[0]}: " if symptom.kinds else ""
