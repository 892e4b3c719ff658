"""Alerts taken from a file or standard input: read within limits, remembered, handed to healing or to a person."""

from __future__ import annotations

import sys

from domain.errors import NotFound, Refused, Unavailable, WtError
from domain.playbooks import alerts
from domain.playbooks.alerts import NoAlert
from infrastructure.healing_state import HealingLog
from infrastructure.json_text import loads
from infrastructure.regular_files import why

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from domain.playbooks.alerts import Alert
    from domain.playbooks.escalation import Rule
    from domain.playbooks.playbook import Playbook
    from infrastructure.healing_world import ProjectWorld

    Document = Mapping[str, Any]  # Any: plain values all through

LARGEST = 1 << 20  # bytes
ONCE_WITHIN = 60.0  # seconds in which the same alert is a reason to look once
HOUR, MOST_AN_HOUR = 3600.0, 60
LOG = "alerts"
SCHEMA = "wt.alerted/1"
HEALED, ASKED, HELD_BACK, RESOLVED = "looked into", "for a person", "held back", "resolved"


class Alerting:
    """Takes the alerts of one project."""

    def __init__(self, root: str, world: ProjectWorld, playbooks: Sequence[Playbook], rules: Sequence[Rule]) -> None:
        self._world = world
        self._playbooks = playbooks
        self._rules = rules
        self._log = HealingLog(root, name=LOG)

    def take(self, path: str, heal: Callable[[set[str]], Document], *, rehearsal: bool) -> Document:
        """What became of the alerts of a file (`-`: standard input), and what `heal` reported of playbooks concerned.

        Raises NotFound, Unavailable, Refused for what is no alert, and what `heal` raises.
        """
        lately = list(self._lately())
        taken = [self._taken(alert, lately, rehearsal=rehearsal) for alert in _read(path)]
        ids = {id for _, told in taken for id in told["playbooks"]}
        if rehearsal:
            return {"alerts": [told for _, told in taken], "report": None, "playbooks": sorted(ids)}
        report = heal(ids) if ids else None
        self._ask([alert for alert, told in taken if told["result"] == ASKED])
        return {"alerts": [told for _, told in taken], "report": report, "playbooks": sorted(ids)}

    def _taken(self, alert: Alert, lately: list[Document], *, rehearsal: bool) -> tuple[Alert, Document]:
        """What becomes of it; one that is a reason to do something is remembered."""
        told = self._judged(alert, lately)
        if told["result"] in (HEALED, ASKED):
            line = {"schema": SCHEMA, "at": self._world.now(), **told}
            lately.append(line)
            if not rehearsal:
                self._remember(line)
        return alert, told

    def _judged(self, alert: Alert, lately: Iterable[Document]) -> Document:
        if alert.status == alerts.RESOLVED:
            return _told(alert, RESOLVED)
        if self._is_too_often(alert, lately):
            return _told(alert, HELD_BACK)
        ids = alerts.concerned(alert, self._playbooks, self._rules)
        return _told(alert, HEALED if ids else ASKED, ids)

    def _is_too_often(self, alert: Alert, lately: Iterable[Document]) -> bool:
        now, known = self._world.now(), list(lately)
        same = [line for line in known if line.get("fingerprint") == alert.fingerprint]
        return any(now - _at(line) < ONCE_WITHIN for line in same) or len(known) >= MOST_AN_HOUR

    def _lately(self) -> Iterable[Document]:
        """The alerts of the last hour that were a reason to do something."""
        now = self._world.now()
        for line in self._log.read():
            if isinstance(line, dict) and line.get("schema") == SCHEMA and 0 <= now - _at(line) < HOUR:
                yield line

    def _remember(self, line: Document) -> None:
        try:
            self._log.append(line)
        except (WtError, OSError) as error:
            self._world.problems.append(f"the alert could not be logged ({error})")

    def _ask(self, left: Iterable[Alert]) -> None:
        for alert in left:
            known = [standing for standing in self._world.inquiries() if standing.state in ("open", "denied")]
            if not any(standing.inquiry.fingerprint == alert.fingerprint for standing in known):
                self._world.ask(alerts.inquiry(alert, self._world.new_id(), self._world.now()))


def _at(line: Document) -> float:
    at = line.get("at")
    return float(at) if isinstance(at, (int, float)) else 0.0


def _told(alert: Alert, result: str, ids: Iterable[str] = ()) -> Document:
    return {
        "source": alert.source,
        "symptom": alert.symptom,
        "severity": alert.severity,
        "fingerprint": alert.fingerprint,
        "result": result,
        "playbooks": sorted(ids),
    }


def _read(path: str) -> list[Alert]:
    raw = _bytes(path)
    if len(raw) > LARGEST:
        raise Refused(f"That is larger than {LARGEST >> 20} MB, so it is no alert.", hint="Send fewer at once.")
    try:
        return alerts.read(loads(raw.decode()))
    except NoAlert as error:
        raise Refused(f"That is no alert: {error}.", hint="See what one looks like: wt docs healing") from None
    except (ValueError, RecursionError):
        raise Refused("That is no alert: it is not JSON.", hint="See what one looks like: wt docs healing") from None


def _bytes(path: str) -> bytes:
    if path == "-":
        stdin = sys.stdin
        if stdin is None or stdin.isatty():
            raise Refused("An alert is expected on standard input.", hint="Pipe it in, or name a file.")
        return stdin.buffer.read(LARGEST + 1)
    try:
        with open(path, "rb") as file:
            return file.read(LARGEST + 1)
    except FileNotFoundError:
        raise NotFound(
            f"There is no file {path}.", hint="Name a file with an alert, or - for standard input."
        ) from None
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {why(error)}.") from error
