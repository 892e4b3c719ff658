"""Faults of the remote, the network and credentials: local work goes on, nothing is forced, no person is replaced."""

from __future__ import annotations

import json
import os
import time

from domain.proof import Declared
from infrastructure import trust
from infrastructure.credentials import WHERE
from infrastructure.selftest import oracle
from infrastructure.selftest.clone import DAY, Clone
from infrastructure.selftest.fault import AFTER, ASK, AUTO, ESCALATE, declaring
from infrastructure.selftest.version_control import code_pushed_elsewhere, colleague, history, pushed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from infrastructure.selftest.fault import Oracle

fault = declaring("E")
SYNC = ("sync", "--remote")
ATTEMPTS = 3  # of one command
SLOWEST = 2.5  # seconds that a command may take that waits for a remote which answers after five


def answering(clone: Clone, said: str, *, when: str = "true") -> None:
    """The server of the remote says no for as long as something is so; `when` is shell text."""
    clone.shim(
        f'case " $* " in *" ls-remote "*|*" fetch "*|*" push "*) if {when}; then echo "{said}" >&2; exit 128; fi;; esac'
    )


def asked(clone: Clone, what: str) -> int:
    """How often git was told to fetch, push …; the person's own calls count, too."""
    return sum(f" {what} " in f" {call} " for call in clone.calls())


def _works_alone(clone: Clone) -> str | None:
    """What needs no remote goes on."""
    said = clone.here("progress")
    return oracle.whole(clone) or (None if said.is_done else said.words)


def _goes_on(most: int = ATTEMPTS) -> Oracle:
    """The remote was asked so often at most, and nothing else is held up."""

    def over(clone: Clone) -> str | None:
        tries = asked(clone, "fetch")
        return _works_alone(clone) or (None if tries <= most else f"the remote was asked {tries} times")

    return over


# --- nobody answers ---------------------------------------------------------------------------------------------------


@fault("F46", "the name of the remote is not known", AUTO, variant="name", signs=("unreachable",), look=SYNC)
def no_such_host(clone: Clone) -> Oracle:
    answering(clone, "fatal: unable to access 'https://example.org/': Could not resolve host: example.org")
    return _goes_on()


@fault("F46", "the remote refuses connections", AUTO, variant="refused", signs=("unreachable",), look=SYNC, slow=True)
def connection_refused(clone: Clone) -> Oracle:
    answering(clone, "ssh: connect to host example.org port 22: Connection refused")
    return _goes_on()


@fault("F46", "the remote does not answer in time", AUTO, variant="time", signs=("Timeout",), look=SYNC, slow=True)
def timed_out(clone: Clone) -> Oracle:
    answering(clone, "ssh: connect to host example.org port 22: Connection timed out")
    return _goes_on()


def _in_step(clone: Clone) -> str | None:
    said = clone.here(*SYNC)
    return _works_alone(clone) or (None if said.is_done else f"the remote is not reached: {said.words}")


@fault(
    "F46",
    "the remote was away until it was paused, and is back",
    AUTO,
    variant="back",
    does=("circuit_open",),
)
def back_again(clone: Clone) -> Oracle:
    answering(clone, "fatal: Could not resolve host: example.org", when='[ -e "$0.down" ]')
    down = os.path.join(clone.bin, "git.down")
    clone.write(down, b"")
    for _ in range(2):
        clone.here(*SYNC)
    clone.remove(down)
    return _in_step


# --- it answers that it cannot ----------------------------------------------------------------------------------------

NO_HEADERS = "git shows no headers, so Retry-After is not seen here; whoever reads the status of an answer is told"
BUSY = "fatal: unable to access 'https://example.org/': The requested URL returned error: "


def _twice(clone: Clone, status: int) -> Oracle:
    """The third answer is a good one."""
    answering(clone, f"{BUSY}{status}", when='[ ! -e "$0.2" ] && { [ ! -e "$0.1" ] && touch "$0.1" || touch "$0.2"; }')

    def over(clone: Clone) -> str | None:
        known = clone.git("rev-parse", "--quiet", "--verify", "origin/main^{commit}")
        return _goes_on()(clone) or (None if known else "the remote is not known")

    return over


@fault("F47", "the server is overloaded, twice", AUTO, variant="503", signs=("503",), look=SYNC, note=NO_HEADERS)
def overloaded(clone: Clone) -> Oracle:
    return _twice(clone, 503)


@fault("F47", "the server counts calls, twice", AUTO, variant="429", signs=("Rate limit",), look=SYNC, slow=True)
def rate_limited(clone: Clone) -> Oracle:
    return _twice(clone, 429)


@fault("F47", "the server stays overloaded", AUTO, variant="for long", signs=("503",), look=SYNC, slow=True)
def overloaded_for_long(clone: Clone) -> Oracle:
    answering(clone, f"{BUSY}503")
    return _goes_on()


# --- it does not let us in --------------------------------------------------------------------------------------------

DENIED = "fatal: Authentication failed for 'https://example.org/'"
CREDENTIAL = ("credential_expired",)


def _denied(clone: Clone, command: str = "", *, is_trusted: bool = False) -> Oracle:
    """Until there is a token. It is asked once, and nobody makes a token unasked."""
    token = os.path.join(clone.bin, "git.token")
    answering(clone, DENIED, when='[ ! -e "$0.token" ]')
    if command:
        clone.write(WHERE, json.dumps({"credential_command": command.format(token=token)}))
    if is_trusted:
        with clone.entered():
            trust.store(clone.root).add(Declared(WHERE, command.format(token=token)), "2026-01-01T00:00:00Z", "dana")

    def over(clone: Clone) -> str | None:
        if os.path.exists(token):
            return "a credential was made without leave"
        return _goes_on(1)(clone)

    return over


@fault("F48", "the credential has expired", ESCALATE, variant="expired", does=CREDENTIAL, look=SYNC)
def expired(clone: Clone) -> Oracle:
    return _denied(clone)


@fault(
    "F48",
    "a command renews the credential; nobody trusts it",
    ESCALATE,
    variant="declared",
    does=CREDENTIAL,
    look=SYNC,
    slow=True,
)
def expired_and_declared(clone: Clone) -> Oracle:
    return _denied(clone, "touch {token}")


@fault("F48", "a command renews the credential, and is trusted", ASK, variant="trusted", does=CREDENTIAL, look=SYNC)
def expired_and_trusted(clone: Clone) -> Oracle:
    return _denied(clone, "touch {token}", is_trusted=True)


# --- it does not take what is pushed ----------------------------------------------------------------------------------


def plan_committed(clone: Clone) -> None:
    """Nothing but the plan, which may go to the remote without a person."""
    clone.git("add", "docs")
    clone.git("commit", "-q", "--no-verify", "-m", "the plan")


def _there(clone: Clone) -> str:
    return clone.git("for-each-ref", folder=clone.remote)


def _nothing_forced(clone: Clone, pushes: int) -> Oracle:
    """The remote's branches stand as they do now, ours too, and no more was tried than that."""
    theirs, ours = _there(clone), clone.git("rev-parse", "HEAD")

    def over(clone: Clone) -> str | None:
        if _there(clone) != theirs:
            return "the remote was changed"
        if clone.git("rev-parse", "HEAD") != ours:
            return "the branch was moved"
        tries = asked(clone, "push")
        return oracle.whole(clone) or (None if tries <= pushes else f"it was pushed {tries} times")

    return over


@fault("F49", "the remote has work that is not here", ESCALATE, variant="known", does=("git_sync",), look=SYNC)
def newer_there(clone: Clone) -> Oracle:
    plan_committed(clone)
    code_pushed_elsewhere(clone)
    clone.shim("")
    return _nothing_forced(clone, 0)


@fault(
    "F49",
    "somebody pushes between our fetch and our push",
    ESCALATE,
    variant="in between",
    signs=("newer work",),
    look=SYNC,
    slow=True,
)
def newer_meanwhile(clone: Clone) -> Oracle:
    """The real remote says no: our git is told to fetch nothing."""
    plan_committed(clone)
    other = colleague(clone)
    other.write("src/theirs.py", "print('theirs')\n")
    pushed(other)
    clone.shim('case " $* " in *" fetch "*) exit 0;; esac')
    return _nothing_forced(clone, 1)


@fault("F50", "the remote's rules do not allow the push", ESCALATE, signs=("Rejected by the remote",), look=SYNC)
def protected(clone: Clone) -> Oracle:
    hook = os.path.join(clone.remote, "hooks", "pre-receive")
    clone.write(hook, '#!/bin/sh\necho "protected branch: ask for a review" >&2\nexit 1\n')
    os.chmod(hook, 0o755)
    plan_committed(clone)
    clone.shim("")
    return _nothing_forced(clone, 1)


@fault(
    "F51",
    "the server's certificate is not valid yet, for the clock is behind",
    ESCALATE,
    does=("clock_jump",),
    signs=("certificate",),
    look=SYNC,
    positions=(AFTER,),
)
def clock_behind(clone: Clone) -> Oracle:
    """The cause is named: it is the clock, not the network."""
    clone.wait(-3 * DAY)
    answering(
        clone,
        "fatal: unable to access 'https://example.org/': SSL certificate problem: certificate is not yet valid",
    )

    def over(clone: Clone) -> str | None:
        asks = [row["recommended_action"] for said in clone.told for row in said.data.get("inquiries", ())]
        told = [*(said.words for said in clone.told), *asks]
        named = any("clock" in text or "date of this machine" in text for text in told)
        return _goes_on(1)(clone) or (None if named else "the clock is not named")

    return over


@fault("F52", "the remote answers ten times as slowly as it did", AUTO, positions=(AFTER,), look=SYNC)
def slow(clone: Clone) -> Oracle:
    """Nobody waits for longer than was said, neither for a sync nor for healing."""
    clone.extra |= {"WT_REMOTE_TIMEOUT": "0.3", "WT_RETRY_MAX": "1"}
    clone.shim('case " $* " in *" ls-remote "*|*" fetch "*) sleep 5;; esac')
    stood = history(clone)

    def over(clone: Clone) -> str | None:
        began = time.monotonic()
        clone.here("heal")
        took = time.monotonic() - began
        if took > SLOWEST:
            return f"healing has waited {took:.1f} s for the remote"
        return _works_alone(clone) or (None if history(clone) == stood else "something was moved")

    return over
