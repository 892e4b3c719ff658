"""Known causes of failures: what tells each, what it is called, what a person can do."""

from __future__ import annotations

from enum import StrEnum

from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.self_healing.analyzer import Symptom


class Category(StrEnum):
    """User guide, "Error Categories"."""

    TRANSIENT = "TRANSIENT"
    VALIDATION = "VALIDATION"
    RESOURCE = "RESOURCE"
    CORRUPTION = "CORRUPTION"
    UNKNOWN = "UNKNOWN"


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
