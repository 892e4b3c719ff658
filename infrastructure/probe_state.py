"""What one working tree remembers of probes, under `.ecw/state`: answers, reliability, disputes. All of it may go."""

from __future__ import annotations

import os

from domain.errors import WtError
from domain.probes.consensus import Consensus, Reliability, Vote, Watch, consensus
from domain.probes.disputes import Dispute
from domain.probes.verdicts import VERDICTS, Verdict
from domain.record import Record
from infrastructure.atomic import Lock, Replacement
from infrastructure.json_text import dumps, loads
from infrastructure.project import OWN
from infrastructure.regular_files import read_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from domain.probes.declaration import Probe

LARGEST = 4 << 20
LOCK_TIMEOUT = 5.0
DISPUTES = "disputes.json"


class Answered(Record):
    """What a probe said last. `declared` is the digest of its declaration then."""

    verdicts: tuple[Verdict, ...]
    at: float  # seconds since 1970
    declared: str = ""


class Known(Record):
    """probe -> what it said last and how reliable it is; `watch` over all of them."""

    answers: dict[str, Answered]
    measured: dict[str, Reliability]
    watch: Watch
    quarantined: frozenset[str] = frozenset()  # probes that nobody could mend: they know nothing until asked by name

    def votes(self, probes: Iterable[tuple[Probe, str]], now: float) -> list[Vote]:
        """What every probe of today said last; an answer to an older declaration counts as none."""
        return [self.vote(probe, declared, now) for probe, declared in probes]

    def vote(self, probe: Probe, declared: str, now: float) -> Vote:
        measured = self.measured.get(probe.id, Reliability())
        answer = self.answers.get(probe.id)
        if answer is None or answer.declared != declared or probe.id in self.quarantined:
            return Vote(probe, (), 0.0, measured)
        return Vote(probe, answer.verdicts, now - answer.at, measured)

    def consensus(self, probes: Iterable[tuple[Probe, str]], now: float) -> Consensus | None:
        """What the answers come to; None before any probe was asked."""
        claimed = [row for row in probes if self._is_claimed(*row)]
        return consensus(self.votes(claimed, now)) if self.answers else None

    def _is_claimed(self, probe: Probe, declared: str) -> bool:
        """One that was asked and found nobody who claims what it looks at has no vote."""
        answer = self.answers.get(probe.id)
        return answer is None or answer.declared != declared or bool(answer.verdicts)


NOTHING = Known({}, {}, Watch())


class ProbeState:
    """The documents, each replaced whole; one that cannot be read is an empty one."""

    def __init__(self, root: str) -> None:
        self._folder = os.path.join(root, OWN, "state")

    def known(self) -> Known:
        document = self._document("probes.json")
        try:
            return Known(
                {id: _answered(row) for id, row in document.get("answers", {}).items()},
                {id: Reliability(**row) for id, row in document.get("measured", {}).items()},
                Watch(**document.get("watch", {})),
                frozenset(document.get("quarantined", ())),
            )
        except (TypeError, KeyError, ValueError, AttributeError):
            return NOTHING

    def disputes(self) -> dict[str, tuple[Dispute, ...]]:
        """tracker's uid -> its disputes."""
        try:
            return {uid: tuple(map(_dispute, rows)) for uid, rows in self._document(DISPUTES).items()}
        except (TypeError, KeyError, AttributeError):
            return {}

    def keep(self, change: Callable[[Known], Known], disputes: dict[str, tuple[Dispute, ...]] | None = None) -> None:
        """One transaction under a lock of its own. Where there is no place to keep it nothing is kept."""
        if not os.path.isdir(self._folder):
            return
        with Lock(os.path.join(self._folder, "probes.lock"), timeout=LOCK_TIMEOUT, holder=f"process {os.getpid()}"):
            self._write("probes.json", _of_known(change(self.known())))
            if disputes is not None:
                merged = self.disputes() | disputes
                rows = {uid: [_of_dispute(each) for each in found] for uid, found in merged.items() if found}
                self._write(DISPUTES, rows)

    def _document(self, name: str) -> dict[str, Any]:  # Any: JSON as parsed
        try:
            found = loads(read_file(os.path.join(self._folder, name), name, LARGEST)[0].decode())
        except (WtError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _write(self, name: str, document: dict[str, Any]) -> None:
        path = os.path.join(self._folder, name)
        if not document and not os.path.lexists(path):
            return
        try:
            with Replacement(path, dumps(document).encode(), durable=False) as file:
                file.commit()
        except OSError:
            return  # a full disk must not hide what the probes said


# --- documents <-> values ---------------------------------------------------------------------------------------------


def _answered(row: dict[str, Any]) -> Answered:
    verdicts = tuple(Verdict(v["verdict"], tuple(v["evidence"]), v["about"]) for v in row["verdicts"])
    if any(verdict.verdict not in VERDICTS for verdict in verdicts):
        raise ValueError("no verdict")
    return Answered(verdicts, float(row["at"]), row["declared"])


def _dispute(row: dict[str, Any]) -> Dispute:
    reality = {probe: tuple(evidence) for probe, evidence in row["reality"].items()}
    return Dispute(row["uid"], row["since"], row["completed_at"], tuple(row["claim"]), reality)


def _of_known(known: Known) -> dict[str, Any]:
    answers = {
        id: {
            "at": answer.at,
            "declared": answer.declared,
            "verdicts": [dict(each.values()) for each in answer.verdicts],
        }
        for id, answer in known.answers.items()
    }
    measured = {id: dict(each.values()) for id, each in known.measured.items()}
    watch, quarantined = dict(known.watch.values()), sorted(known.quarantined)
    rows = {"answers": answers, "measured": measured, "watch": watch, "quarantined": quarantined}
    return {"schema": "wt.probes/1", **rows}


def _of_dispute(dispute: Dispute) -> dict[str, Any]:
    return dict(dispute.values())
