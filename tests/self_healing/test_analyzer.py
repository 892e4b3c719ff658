"""What a failure means: our own errors say it themselves, strangers are known by their number, class or words."""

from __future__ import annotations

import errno
import json
import subprocess
from urllib.error import HTTPError, URLError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import errors
from domain.errors import (
    Blocked,
    Broken,
    Busy,
    Invalid,
    LockHeld,
    NotFound,
    ReadOnly,
    Refused,
    Unavailable,
    Usage,
    WtError,
)
from domain.self_healing import Category, CircuitOpen, Diagnosis, Symptom, SymptomAnalyzer
from domain.self_healing.causes import CAUSES


def diagnosed(given: Exception | str, resource: str = "git.remote:origin") -> Diagnosis:
    symptom = Symptom(given, resource=resource) if isinstance(given, str) else Symptom.of(given, resource=resource)
    return SymptomAnalyzer().analyze(symptom)


def judged(given: Exception | str) -> tuple[str, str]:
    diagnosis = diagnosed(given)
    return diagnosis.category.name, diagnosis.cause


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


def http(status: int, headers: dict[str, str] | None = None) -> HTTPError:
    from email.message import Message

    message = Message()
    for name, value in (headers or {}).items():
        message[name] = value
    return HTTPError("https://api.example.org", status, "no", message, None)


STRANGERS = [
    (OSError(errno.ENOSPC, "No space left on device"), "RESOURCE", "disk full"),
    (OSError(errno.EDQUOT, "Quota"), "RESOURCE", "disk full"),
    (OSError(errno.EIO, "Input/output error"), "RESOURCE", "disk fault"),
    (OSError(errno.EROFS, "Read-only"), "RESOURCE", "read-only disk"),
    (PermissionError(errno.EACCES, "Permission denied"), "RESOURCE", "permissions"),
    (PermissionError(errno.EPERM, "Operation not permitted"), "RESOURCE", "permissions"),
    (FileNotFoundError(errno.ENOENT, "No such file or directory", "git"), "RESOURCE", "not found"),
    (OSError(errno.EMFILE, "Too many open files"), "RESOURCE", "out of memory or handles"),
    (MemoryError(), "RESOURCE", "out of memory or handles"),
    (InterruptedError(errno.EINTR, "Interrupted system call"), "TRANSIENT", "interrupted call"),
    (OSError(errno.EBUSY, "Device or resource busy"), "TRANSIENT", "in use"),
    (ConnectionResetError(errno.ECONNRESET, "reset"), "TRANSIENT", "remote unreachable"),
    (BrokenPipeError(errno.EPIPE, "pipe"), "TRANSIENT", "remote unreachable"),
    (TimeoutError("timed out"), "TRANSIENT", "timeout"),
    (subprocess.TimeoutExpired(["git", "push"], 10), "TRANSIENT", "timeout"),
    (caused(URLError("x"), TimeoutError()), "TRANSIENT", "timeout"),
    (http(503), "TRANSIENT", "service unavailable"),
    (http(500), "TRANSIENT", "service unavailable"),
    (http(429), "TRANSIENT", "rate limit"),
    (http(401), "RESOURCE", "credentials"),
    (http(403), "RESOURCE", "credentials"),
    (http(404), "RESOURCE", "not found"),
    (http(422), "VALIDATION", "invalid input"),
    (json.JSONDecodeError("Expecting value", "{", 1), "CORRUPTION", "unreadable JSON"),
    (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"), "CORRUPTION", "unreadable JSON"),
    (ZeroDivisionError("division by zero"), "UNKNOWN", "unclassified"),
    (ValueError("a bug of ours"), "UNKNOWN", "unclassified"),
]


@pytest.mark.parametrize(("error", "category", "cause"), STRANGERS, ids=lambda value: repr(value)[:40])
def test_a_stranger_is_known_by_its_number_or_class(error: Exception, category: str, cause: str) -> None:
    assert judged(error) == (category, cause)


SPOKEN = [
    ("fatal: Unable to create '/r/.git/index.lock': File exists.", "TRANSIENT", "git index.lock"),
    ("Another git process seems to be running in this repository", "TRANSIENT", "git index.lock"),
    ("fatal: unable to access 'https://x/': Could not resolve host: x", "TRANSIENT", "remote unreachable"),
    ("ssh: connect to host x port 22: Connection refused", "TRANSIENT", "remote unreachable"),
    ("ssh: connect to host x port 22: Connection timed out", "TRANSIENT", "timeout"),
    ("fatal: the remote end hung up unexpectedly", "TRANSIENT", "remote unreachable"),
    ("fatal: unable to access 'https://x/': The requested URL returned error: 503", "TRANSIENT", "service unavailable"),
    ("error: RPC failed; HTTP 502 curl 22", "TRANSIENT", "service unavailable"),
    ("503 Service Unavailable", "TRANSIENT", "service unavailable"),
    ("The requested URL returned error: 429", "TRANSIENT", "rate limit"),
    ("API rate limit exceeded for user", "TRANSIENT", "rate limit"),
    ("fatal: Authentication failed for 'https://x/'", "RESOURCE", "credentials"),
    ("git@x: Permission denied (publickey).", "RESOURCE", "credentials"),
    ("fatal: could not read Username for 'https://x': terminal prompts disabled", "RESOURCE", "credentials"),
    ("The requested URL returned error: 403", "RESOURCE", "credentials"),
    ("server certificate verification failed: certificate has expired", "RESOURCE", "certificate"),
    ("fatal: detected dubious ownership in repository at '/r'", "RESOURCE", "git ownership"),
    ("fatal: not a git repository (or any of the parent directories): .git", "RESOURCE", "not a repository"),
    ("error: Your local changes ... you have unmerged paths", "RESOURCE", "git operation under way"),
    ("! [rejected] main -> main (non-fast-forward)", "VALIDATION", "remote is ahead"),
    ("! [remote rejected] main -> main (pre-receive hook declined)", "VALIDATION", "rejected by the remote"),
    ("error: object file .git/objects/ab is empty", "CORRUPTION", "git object"),
    ("write error: No space left on device", "RESOURCE", "disk full"),
    ("Timeout", "TRANSIENT", "timeout"),
    ("Invalid status 'DONE'", "VALIDATION", "invalid input"),
    ("bad ID", "VALIDATION", "invalid input"),
    ("File not found", "RESOURCE", "not found"),
    ("permission denied", "RESOURCE", "permissions"),
    ("Checksum mismatch", "CORRUPTION", "unreadable JSON"),
    ("invalid JSON", "CORRUPTION", "unreadable JSON"),
    ("JSON and Markdown out of sync", "CORRUPTION", "page out of sync"),
    ("task 503 went wrong", "UNKNOWN", "unclassified"),
    ("", "UNKNOWN", "unclassified"),
]


@pytest.mark.parametrize(("text", "category", "cause"), SPOKEN)
def test_what_git_and_others_say_is_known_by_its_words(text: str, category: str, cause: str) -> None:
    assert judged(text) == (category, cause)


OWN = [
    (Refused("no"), "VALIDATION", "refused"),
    (Usage("no"), "VALIDATION", "refused"),
    (NotFound("There is no task 9.9."), "VALIDATION", "refused"),
    (Blocked("no"), "VALIDATION", "refused"),
    (LockHeld("Another command is writing"), "TRANSIENT", "lock held"),
    (Busy("changed by another program"), "TRANSIENT", "changed meanwhile"),
    (CircuitOpen("x", 60), "TRANSIENT", "circuit open"),
    (Unavailable("no"), "RESOURCE", "resource"),
    (caused(Unavailable("no"), OSError(errno.ENOSPC, "full")), "RESOURCE", "disk full"),
    (caused(Unavailable("no"), OSError(errno.EIO, "sync")), "RESOURCE", "disk fault"),
    (ReadOnly("newer"), "RESOURCE", "future schema"),
    (Broken("cut off"), "CORRUPTION", "unreadable JSON"),
    (Invalid("failed"), "UNKNOWN", "unclassified"),
]


@pytest.mark.parametrize(("error", "category", "cause"), OWN, ids=lambda value: repr(value)[:40])
def test_our_own_errors_carry_their_category_and_patterns_only_find_the_cause(
    error: Exception, category: str, cause: str
) -> None:
    assert judged(error) == (category, cause)


def test_a_title_that_sounds_like_a_failure_does_not_change_what_an_error_of_ours_is() -> None:
    assert judged(NotFound("There is no task called 'fix: connection timed out (503)'."))[0] == "VALIDATION"


def test_every_category_of_our_errors_is_one_of_the_guide() -> None:
    ours = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, WtError)]
    assert {kind.category for kind in ours} <= {category.value for category in Category}


def test_only_transient_and_resource_causes_count_against_a_resource() -> None:
    assert {cause.category for cause in CAUSES if cause.counts} == {Category.TRANSIENT, Category.RESOURCE}


@pytest.mark.parametrize("error", [LockHeld("x"), CircuitOpen("x", 60), OSError(errno.EIO, "sync"), Refused("x")])
def test_what_another_attempt_cannot_better_is_known_as_such(error: Exception) -> None:
    diagnosis = diagnosed(error)
    assert diagnosis.once or diagnosis.category != Category.TRANSIENT


def test_words_and_advice_are_for_people() -> None:
    assert diagnosed(TimeoutError("timed out")).words == "Timeout (network)"
    assert diagnosed(TimeoutError("timed out"), "disk:/mnt").words == "Timeout (disk)"
    assert diagnosed(http(503)).words == "The service answered 503"
    assert diagnosed(OSError(errno.ENOSPC, "x")).advice == "Free some space, then repeat the command."
    assert diagnosed(KeyError("x")).words == "KeyError: 'x'"


def test_a_refusal_that_offers_a_meaning_is_worded_as_the_guide_does() -> None:
    refused = Refused("'DONE' is not a status.", data={"slot": "status", "word": "DONE", "means": "complete"})
    assert diagnosed(refused).words == "Invalid status 'DONE'"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"Retry-After": "7"}, 7.0), ({}, None), ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, None)],
)
def test_what_a_server_asks_to_wait_is_heard(headers: dict[str, str], seconds: float | None) -> None:
    assert Symptom.of(http(429, headers)).retry_after == seconds


def test_what_a_program_wrote_to_its_standard_error_is_read() -> None:
    error = subprocess.CalledProcessError(128, ["git"], stderr=b"fatal: Authentication failed")
    assert judged(error) == ("RESOURCE", "credentials")


def test_passwords_in_addresses_do_not_reach_a_symptom() -> None:
    text = "fatal: unable to access 'https://dana:hunter2@example.org/x.git/': error; ssh://u@h/p, a@b.c"
    symptom = Symptom.of(RuntimeError(text))
    assert "hunter2" not in symptom.text
    assert "https://…@example.org/x.git/" in symptom.text
    assert symptom.text.endswith("a@b.c")


def test_a_chain_of_causes_that_bites_its_tail_ends() -> None:
    one, two = ValueError("one"), ValueError("two")
    one.__cause__, two.__cause__ = two, one
    assert judged(one) == ("UNKNOWN", "unclassified")


@given(st.text(), st.text())
def test_any_text_is_diagnosed_and_marked(text: str, resource: str) -> None:
    diagnosis = diagnosed(text, resource)
    assert diagnosis.category in Category
    assert len(diagnosis.fingerprint) == 16
    assert diagnosis.words


def test_the_same_fault_has_the_same_fingerprint_whatever_its_numbers() -> None:
    one, two = KeyError("a 17"), KeyError("a 9183")
    assert diagnosed(one).fingerprint == diagnosed(two).fingerprint
    assert diagnosed(one).fingerprint != diagnosed(TypeError("a 17")).fingerprint
    assert diagnosed(one).fingerprint != diagnosed(one, "git.remote:fork").fingerprint
