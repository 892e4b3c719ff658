"""Everything that can be refused or can fail: the class holds the sentence, the hint, the outcome and the category."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

EXIT_CODES = {
    "changed": 0,
    "unchanged": 0,
    "answered": 0,
    "invalid": 1,
    "clarify": 2,
    "refused": 2,
    "not_found": 3,
    "consent_required": 4,
    "blocked": 4,
    "broken": 5,
    "saved_but": 6,
    "busy": 75,
}


class WtError(Exception):
    """The family: `message` says what happened, `hint` what to do, `outcome` names the row of the reply contract."""

    outcome = "invalid"
    category = "UNKNOWN"
    hint: str | None = None

    def __init__(
        self, message: str, *, hint: str | None = None, candidates: Iterable[tuple[str, str]] = (), data: object = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint or self.hint
        self.candidates = tuple(candidates)
        self.data = data

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.outcome]


class Usage(WtError):
    """The command line itself is off."""

    outcome = "refused"
    category = "VALIDATION"


class Refused(WtError):
    """A sentence that must not be carried out: a cycle, an impossible date, a bad value, a negation."""

    outcome = "refused"
    category = "VALIDATION"


class Clarify(WtError):
    """Not understood, or more than one reading: asked back, nothing changed."""

    outcome = "clarify"
    category = "VALIDATION"


class NotFound(WtError):
    """No such item or tracker."""

    outcome = "not_found"
    category = "VALIDATION"


class ConsentRequired(WtError):
    """Only a person may allow this."""

    outcome = "consent_required"
    category = "VALIDATION"


class Blocked(WtError):
    """Enforcement says no."""

    outcome = "blocked"
    category = "VALIDATION"


class Invalid(WtError):
    """The operation failed and nothing changed."""

    outcome = "invalid"


class ChecksFailed(Invalid):
    """Checks that somebody asked for have run, and do not hold."""

    category = "VALIDATION"


class NotYet(Invalid):
    """Understood, but its work is not part of this version."""

    category = "VALIDATION"


class NotHere(Invalid):
    """The place does not have what that needs: no git, no remote, a branch that follows none. Nothing changed."""

    category = "VALIDATION"


class RemoteFailed(Invalid):
    """A remote, or the way to it, failed. What kind of failure that is, git's own words say (category UNKNOWN)."""


class Unavailable(Invalid):
    """A file, folder or disk did not do what it was asked: permissions, space, a missing folder."""

    category = "RESOURCE"


class Broken(WtError):
    """The tracker cannot be read and a person must decide; nothing was touched."""

    outcome = "broken"
    category = "CORRUPTION"


class Busy(WtError):
    """Somebody else holds the lock, or a circuit is open: try again later."""

    outcome = "busy"
    category = "TRANSIENT"


class LockHeld(Busy):
    """The one writer's lock was held past the deadline: another wait would be no better, so it is not tried again."""


class ReadOnly(Invalid):
    """The file was written by a newer version: it can be read, never written."""

    category = "RESOURCE"
