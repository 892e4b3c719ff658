"""What a probe says of a claim: it agrees, disagrees, does not know, or is broken itself (and then says nothing)."""

from __future__ import annotations

from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

AGREE, DISAGREE, UNKNOWN, BROKEN = VERDICTS = ("AGREE", "DISAGREE", "UNKNOWN", "BROKEN")
KNOWN = (AGREE, DISAGREE)
DO_NOT_KNOW = 75  # EX_TEMPFAIL of sysexits.h
CRASH = "Traceback (most recent call last)"  # Python leaves 1 as exit code, which would mean that it disagrees
EVIDENCE_LINES = 5
LINE_LENGTH = 200


class Verdict(Record):
    """One answer. `about` is empty for the project, else the uid of the task that is claimed to be complete."""

    verdict: str
    evidence: tuple[str, ...] = ()
    about: str = ""


def agree(*evidence: str) -> Verdict:
    return Verdict(AGREE, evidence)


def disagree(*evidence: str) -> Verdict:
    return Verdict(DISAGREE, evidence)


def unknown(why: str) -> Verdict:
    return Verdict(UNKNOWN, (why,))


def broken(why: str) -> Verdict:
    return Verdict(BROKEN, (why,))


def of_exit(code: int, said: str, minimum: int) -> Verdict:
    """The verdict of a declared probe: 0 agrees, 1 disagrees, 75 does not know, anything else is broken.

    A last line that is a JSON object may hold `checked`, `failed` and `evidence`.
    """
    lines = [line for line in said.splitlines() if line.strip()]
    told: dict[str, Any] = {}  # Any: JSON as parsed, until it is checked
    if lines and lines[-1].lstrip().startswith("{"):
        try:
            told = _report(lines.pop())
        except ValueError as error:
            return broken(f"its report is malformed: {error}")
    evidence = tuple(told.get("evidence", lines))[-EVIDENCE_LINES:]
    evidence = tuple(line[:LINE_LENGTH] for line in evidence)
    if code not in (0, 1, DO_NOT_KNOW):
        return Verdict(BROKEN, (f"it ended with {code}", *evidence))
    if code and CRASH in said:
        return Verdict(BROKEN, ("it crashed", *evidence))
    if code == DO_NOT_KNOW:
        return Verdict(UNKNOWN, evidence or ("it does not know",))
    if minimum and told.get("checked", 0) < minimum:
        return unknown(f"it looked at {told.get('checked', 0)} things, fewer than {minimum}")
    if code == 0 and told.get("failed"):
        return broken(f"it ended with 0 and reports {told['failed']} failed")
    return Verdict(DISAGREE if code else AGREE, evidence)


def _report(line: str) -> dict[str, Any]:
    """Raises ValueError."""
    import json

    told = json.loads(line)
    counts = [told.get(key, 0) for key in ("checked", "failed")]
    evidence = told.get("evidence", [])
    if any(type(count) is not int or count < 0 for count in counts):
        raise ValueError("checked and failed are counts")
    if not isinstance(evidence, list) or not all(isinstance(each, str) for each in evidence):
        raise ValueError("evidence is a list of texts")
    return dict(told)
