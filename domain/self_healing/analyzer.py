"""What a failure means: an error becomes a symptom, a symptom a diagnosis with its category, cause and what to do."""

from __future__ import annotations

from enum import StrEnum
from hashlib import sha256

from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TEXT_LIMIT = 500
NO_FACTS: Mapping[str, object] = {}


class Category(StrEnum):
    """User guide, "Error Categories"."""

    TRANSIENT = "TRANSIENT"
    VALIDATION = "VALIDATION"
    RESOURCE = "RESOURCE"
    CORRUPTION = "CORRUPTION"
    UNKNOWN = "UNKNOWN"


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


class Cause(Record):
    """One known cause: what tells it, what it is called, what a person can do.

    `once`: neither another attempt nor a repair of ours can help. `blameless`: it does not speak against the resource,
    so no breaker counts it. `cost` is what a retry takes from the budget, `action` what mends it when that is not the
    usual action of its category.
    """

    name: str
    category: Category
    words: str
    advice: str
    errnos: tuple[str, ...] = ()
    statuses: tuple[int, ...] = ()
    kinds: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    once: bool = False
    blameless: bool = False
    cost: float = 1.0
    action: str = ""

    @property
    def counts(self) -> bool:
        return self.category in (Category.TRANSIENT, Category.RESOURCE) and not self.blameless

    def tells(self, symptom: Symptom, said: str, status: int | None) -> bool:
        return (
            status in self.statuses
            or symptom.errno in _numbers(self.errnos)
            or any(kind in symptom.kinds for kind in self.kinds)
            or any(text in said for text in self.texts)
        )


def _numbers(names: tuple[str, ...]) -> list[int]:
    """The numbers of errnos on this platform; some platforms lack some of them."""
    import errno

    return [number for name in names if (number := getattr(errno, name, None)) is not None]


TRANSIENT, VALIDATION, RESOURCE, CORRUPTION = list(Category)[:4]
SAY_AGAIN = "See what is allowed, then say it again."
DOCTOR = "Run wt doctor: it shows what can be proven and asks."
SOON = "Try again in a moment."

# The first that fits is the cause, so the narrow ones stand before the wide. Texts are in lower case: git's (under
# LC_ALL=C), curl's, ssh's, the system's.
CAUSES = (
    # our own, by class
    Cause(
        "circuit open",
        TRANSIENT,
        "{text}",
        "Wait until the pause is over, or reset the circuit.",
        kinds=("CircuitOpen",),
        once=True,
        blameless=True,
    ),
    # It has waited its time already: waiting twice as long helps nobody.
    Cause(
        "lock held", TRANSIENT, "Another command holds the lock", SOON, kinds=("LockHeld",), once=True, blameless=True
    ),
    Cause(
        "changed meanwhile",
        TRANSIENT,
        "The tracker was changed by another program",
        SOON,
        kinds=("Busy",),
        blameless=True,
    ),
    Cause(
        "future schema",
        RESOURCE,
        "The file was written by a newer version",
        "Update wt to change it.",
        kinds=("ReadOnly",),
        blameless=True,
    ),
    # refusals of a remote that works
    Cause(
        "remote is ahead",
        VALIDATION,
        "Rejected (the remote has newer work)",
        "Fetch and merge first; nothing is ever forced.",
        texts=("non-fast-forward", "(fetch first)", "updates were rejected because", "not possible to fast-forward"),
    ),
    Cause(
        "rejected by the remote",
        VALIDATION,
        "Rejected by the remote",
        "Its rules do not allow this push: read what it says.",
        texts=("pre-receive hook declined", "protected branch", "[remote rejected]"),
    ),
    Cause(
        "rate limit",
        TRANSIENT,
        "Rate limit",
        "Wait a while: the service counts calls.",
        statuses=(429,),
        texts=("rate limit", "ratelimit", "too many requests", "abuse detection"),
    ),
    Cause(
        "credentials",
        RESOURCE,
        "Credentials expired or refused",
        "Sign in to the remote again, then repeat the command.",
        statuses=(401, 403, 407),
        texts=(
            "authentication failed",
            "could not read username",
            "could not read password",
            "terminal prompts disabled",
            "permission denied (publickey",
            "invalid username or password",
            "bad credentials",
            "token has expired",
            "token expired",
            "credentials have expired",
            "host key verification failed",
        ),
    ),
    Cause(
        "certificate",
        RESOURCE,
        "The server's certificate is not valid",
        "Check the date of this machine, then its certificates.",
        kinds=("SSLCertVerificationError",),
        texts=("certificate verify failed", "ssl certificate problem", "certificate has expired"),
    ),
    # git
    Cause(
        "git index.lock",
        TRANSIENT,
        "Another git command holds index.lock",
        "If no git command is running, delete .git/index.lock.",
        texts=("index.lock", "another git process seems to be running"),
        blameless=True,
    ),
    Cause(
        "git ownership",
        RESOURCE,
        "git does not trust the owner of this repository",
        "Read what git says about safe.directory and decide.",
        texts=("dubious ownership",),
        blameless=True,
    ),
    Cause(
        "git operation under way",
        RESOURCE,
        "git is in the middle of a merge or a rebase",
        "Finish or abort that first.",
        texts=("not concluded your merge", "rebase in progress", "you have unmerged paths", "unmerged files"),
        blameless=True,
    ),
    Cause(
        "not a repository",
        RESOURCE,
        "This is not a git repository",
        "Run it inside one.",
        texts=("not a git repository",),
        blameless=True,
    ),
    Cause(
        "git object",
        CORRUPTION,
        "A git object is damaged",
        "Run git fsck; fetch what is missing from the remote.",
        texts=("object file", "loose object", "bad object", "index file corrupt", "bad index file"),
        once=True,
    ),
    # network
    Cause(
        "timeout",
        TRANSIENT,
        "Timeout ({place})",
        "Check the {place}, then repeat the command.",
        errnos=("ETIMEDOUT",),
        statuses=(408,),
        kinds=("TimeoutError", "TimeoutExpired", "Timeout", "TimeoutException"),
        texts=("timed out", "timeout"),
        cost=2.0,
    ),
    Cause(
        "service unavailable",
        TRANSIENT,
        "The service answered {status}",
        "Nothing is wrong here: try again later.",
        statuses=(500, 502, 503, 504, 520, 521, 522, 523, 524, 529),
        texts=("service unavailable", "bad gateway", "internal server error"),
    ),
    Cause(
        "remote unreachable",
        TRANSIENT,
        "Remote unreachable",
        "Check the connection; local work goes on without it.",
        errnos=(
            "ECONNREFUSED",
            "ECONNRESET",
            "ECONNABORTED",
            "EHOSTUNREACH",
            "EHOSTDOWN",
            "ENETUNREACH",
            "ENETDOWN",
            "EPIPE",
        ),
        kinds=("ConnectionError", "gaierror"),
        texts=(
            "could not resolve host",
            "name resolution",
            "name or service not known",
            "connection refused",
            "connection reset",
            "connection closed by",
            "network is unreachable",
            "no route to host",
            "hung up unexpectedly",
            "early eof",
            "failed to connect",
            "couldn't connect",
            "unexpected disconnect",
            "gnutls_handshake",
            "ssl_error_syscall",
        ),
    ),
    # the machine
    Cause(
        "disk full",
        RESOURCE,
        "Disk full",
        "Free some space, then repeat the command.",
        errnos=("ENOSPC", "EDQUOT"),
        statuses=(507,),
        texts=("no space left on device", "disk quota exceeded", "disk full"),
    ),
    # Never repeated: after a failed sync the kernel may have dropped what it could not write; a second one "succeeds".
    Cause(
        "disk fault",
        RESOURCE,
        "The disk failed",
        "The old state stands. Look after the disk, then repeat the command.",
        errnos=("EIO",),
        texts=("input/output error",),
    ),
    Cause(
        "read-only disk",
        RESOURCE,
        "The disk is read-only",
        "Make it writable, then repeat the command.",
        errnos=("EROFS",),
        texts=("read-only file system",),
    ),
    Cause(
        "permissions",
        RESOURCE,
        "Permission denied",
        "Ask the owner of the file, or change its permissions yourself.",
        errnos=("EACCES", "EPERM"),
        kinds=("PermissionError",),
        texts=("permission denied", "operation not permitted"),
    ),
    Cause(
        "interrupted call",
        TRANSIENT,
        "Interrupted call",
        "Repeat the command.",
        errnos=("EINTR", "EAGAIN"),
        kinds=("InterruptedError", "BlockingIOError"),
        texts=("interrupted system call", "resource temporarily unavailable"),
        blameless=True,
    ),
    Cause(
        "in use",
        TRANSIENT,
        "The file is in use",
        SOON,
        errnos=("EBUSY", "ETXTBSY", "EDEADLK"),
        texts=("resource busy", "text file busy"),
        blameless=True,
    ),
    Cause(
        "out of memory or handles",
        RESOURCE,
        "Out of memory or file handles",
        "Close other programs, then repeat the command.",
        errnos=("EMFILE", "ENFILE", "ENOMEM"),
        kinds=("MemoryError",),
        texts=("too many open files", "cannot allocate memory"),
    ),
    Cause(
        "not found",
        RESOURCE,
        "File not found",
        "Check the path, and that the program it names is installed.",
        errnos=("ENOENT", "ENOTDIR"),
        statuses=(404, 410),
        kinds=("FileNotFoundError",),
        texts=("file not found", "no such file or directory", "repository not found", "does not appear to be a git"),
    ),
    # data
    Cause(
        "page out of sync",
        CORRUPTION,
        "JSON and Markdown out of sync",
        'Say "sync" to draw the page again.',
        texts=("out of sync", "stale markdown", "edited by hand"),
        action="regenerate_page",
    ),
    Cause(
        "unreadable JSON",
        CORRUPTION,
        "The JSON cannot be read",
        DOCTOR,
        kinds=("Broken", "JSONDecodeError", "UnicodeDecodeError"),
        texts=(
            "invalid json",
            "checksum mismatch",
            "hash mismatch",
            "data integrity",
            "conflict marker",
            "unterminated string",
        ),
    ),
    Cause(
        "invalid input",
        VALIDATION,
        "{text}",
        SAY_AGAIN,
        statuses=(400, 409, 422),
        texts=(
            "invalid status",
            "is not a status",
            "invalid id",
            "bad id",
            "not a valid",
            "invalid input",
            "schema error",
            "schema violation",
        ),
    ),
)

# Our own errors say their category themselves; this is what they are when none of the causes above is known.
DECLARED = {
    TRANSIENT: Cause("busy", TRANSIENT, "{text}", SOON, blameless=True),
    VALIDATION: Cause("refused", VALIDATION, "{text}", SAY_AGAIN),
    RESOURCE: Cause("resource", RESOURCE, "{text}", "See what is missing, then repeat the command."),
    CORRUPTION: Cause("damaged", CORRUPTION, "{text}", DOCTOR),
}
UNCLASSIFIED = Cause(
    "unclassified",
    Category.UNKNOWN,
    "{kind}{text}",
    "No known failure: what is known about it was kept for whoever looks into it.",
)


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
