"""Playbooks that evolve: variations tried in throw-away clones, winners proposed, and taken only by a person."""

from __future__ import annotations

import os
import time
from difflib import unified_diff

import yaml

from domain.errors import NotFound, Refused, Unavailable, WtError
from domain.playbooks import evolution, proposals
from domain.playbooks.evolution import Past, Variation
from domain.playbooks.learning import trials_of
from domain.playbooks.loading import load
from domain.playbooks.playbook import Evidence
from domain.playbooks.proposals import ACCEPTED, OPEN, REJECTED, Proposal
from domain.playbooks.sequential import UNDECIDED
from domain.playbooks.writing import document_of
from infrastructure import playbook_files
from infrastructure.atomic import Replacement, make_folder, read_file, replace_quietly, why
from infrastructure.json_text import dumps, loads
from infrastructure.project import OWN
from infrastructure.repair import keep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import Any

    from domain.playbooks.evolution import Contest, Replayed
    from domain.playbooks.inquiries import Inquiry
    from domain.playbooks.loading import Library
    from domain.playbooks.outcomes import HealingOutcome
    from domain.playbooks.playbook import Playbook

    Document = Mapping[str, Any]  # Any: plain values all through
    Replay = Callable[[str, str, Sequence[str], int], Sequence[Replayed]]  # (id, its YAML, faults, seed)

FOLDER = f"{OWN}/state/proposals"
ROUNDS = 8  # of all faults, each with another seed; then what is undecided stays so
LARGEST = 1 << 20  # bytes of one proposal
WIDTH = 110  # of a line of YAML


def yaml_of(playbook: Playbook) -> str:
    """Its file. Raises ValueError for one written in Python."""
    return yaml.safe_dump(document_of(playbook), sort_keys=False, allow_unicode=True, width=WIDTH)


class Proposals:
    """The proposals of a project, one file each; what was rejected is remembered as long as they are kept."""

    def __init__(self, root: str) -> None:
        self._folder = os.path.join(root, FOLDER)

    def all(self) -> list[Proposal]:
        """The oldest first."""
        found = (self.read(name.removesuffix(".json")) for name in self._names())
        return sorted((each for each in found if each is not None), key=lambda each: (each.at, each.id))

    def _names(self) -> list[str]:
        try:
            return sorted(name for name in os.listdir(self._folder) if name.endswith(".json") and name[0] != ".")
        except OSError:
            return []

    def read(self, id: str) -> Proposal | None:
        try:
            raw, _ = read_file(os.path.join(self._folder, f"{id}.json"), id, LARGEST)
            return proposals.proposal_of(loads(raw.decode()))
        except (WtError, ValueError):
            return None

    def write(self, proposal: Proposal) -> None:
        """Raises Unavailable."""
        try:
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
        except OSError as error:
            raise Unavailable(f"{FOLDER} cannot be made: {why(error)}.") from error
        path = os.path.join(self._folder, proposal.id)
        texts = {".json": dumps(proposal.to_document()), ".diff": "\n".join(proposal.diff) + "\n"}
        if not all(replace_quietly(path + ending, text.encode()) for ending, text in texts.items()):
            raise Unavailable(f"{FOLDER} cannot be written.")


def accepted(root: str) -> list[Proposal]:
    """Those that a person took over."""
    return [proposal for proposal in Proposals(root).all() if proposal.state == ACCEPTED]


class Evolution:
    """Tries variations and lays winners before a person; never changes a playbook by itself."""

    def __init__(
        self,
        root: str,
        library: Library,
        outcomes: Sequence[HealingOutcome],
        *,
        replay: Replay,
        ask: Callable[[Inquiry], None],
        new_id: Callable[[], str],
        now: float,
        by: str,
    ) -> None:
        self._root = root
        self._library = library
        self._outcomes = outcomes
        self._replay = replay
        self._ask = ask
        self._new_id = new_id
        self._now = now
        self._by = by
        self._kept = Proposals(root)

    # --- trying -------------------------------------------------------------------------------------------------------

    def evolve(self, playbook: Playbook | None, *, rehearsal: bool) -> list[Document]:
        """One row for the playbook, or for each that was used here; nothing is tried in a rehearsal."""
        used = {outcome.playbook_id for outcome in self._outcomes}
        chosen = [playbook] if playbook is not None else [p for p in self._library.playbooks if p.id in used]
        return [self._row(each, rehearsal=rehearsal) for each in chosen]

    def _row(self, playbook: Playbook, *, rehearsal: bool) -> Document:
        row: Document = {"playbook": playbook.id, "version": playbook.version, "tried": [], "proposal": None}
        why = self._hindrance(playbook)
        if why is not None:
            return {**row, "why": why}
        past = self._past(playbook.id)
        found = evolution.beaten(playbook, past)
        if found is not None and self._is_new(evolution.swapped(playbook, found)):
            return self._with_log(playbook, found, row, rehearsal=rehearsal)
        return self._with_variations(playbook, past, row, rehearsal=rehearsal)

    def _hindrance(self, playbook: Playbook) -> str | None:
        waiting = [each for each in self._kept.all() if each.playbook_id == playbook.id and each.state == OPEN]
        if any(each.base == playbook.digest for each in waiting):
            return "a better version waits for an answer already"
        try:
            document_of(playbook)
        except ValueError as error:
            return str(error)
        return None

    def _past(self, id: str) -> Past:
        own = tuple(outcome for outcome in self._outcomes if outcome.playbook_id == id)
        return Past(own, tuple(trials_of(own)))

    def _is_new(self, variation: Variation) -> bool:
        mark = proposals.mark_of(variation.playbook)
        return all(each.mark != mark or each.state == OPEN for each in self._kept.all())

    # --- by what was measured here ------------------------------------------------------------------------------------

    def _with_log(self, playbook: Playbook, found: evolution.Beaten, row: Document, *, rehearsal: bool) -> Document:
        variation = evolution.swapped(playbook, found)
        told = {"variation": variation.name, "said": variation.said, "decision": found.verdict.decision}
        if rehearsal:
            return {**row, "tried": [told]}
        counted = Evidence(found.after.helped, found.after.trials - found.after.helped, "treatments in this project")
        proposal = self._proposed(playbook, variation, counted, proposals.evidence_of_log(found))
        return {**row, "tried": [told], "proposal": _shown(proposal)}

    # --- by the fault corpus ------------------------------------------------------------------------------------------

    def _with_variations(self, playbook: Playbook, past: Past, row: Document, *, rehearsal: bool) -> Document:
        varied = [each for each in evolution.variations(playbook, past) if self._is_new(each)]
        if not varied:
            return {**row, "why": "there is nothing to vary that was not tried or rejected before"}
        if not playbook.tests:
            return {**row, "why": "it names no fault that it could be tried on"}
        if rehearsal:
            return {**row, "tried": [{"variation": each.name, "said": each.said} for each in varied]}
        return self._with_corpus(playbook, varied, row)

    def _with_corpus(self, playbook: Playbook, varied: Sequence[Variation], row: Document) -> Document:
        arena = _Arena(self._replay, playbook)
        played = [(variation, arena.contest(variation)) for variation in varied]
        tried = [_tried(variation, found) for variation, found in played]
        won = max((each for each in played if each[1].is_won), key=lambda each: each[1].won, default=None)
        if won is None:
            is_played = any(found.played for _, found in played)
            why = "none of them was better" if is_played else "the corpus has none of its faults that can be done here"
            return {**row, "tried": tried, "why": why}
        variation, found = won
        faults = f"fault corpus: {', '.join(playbook.tests)}"
        counted = Evidence(found.after.helped, found.after.trials - found.after.helped, faults)
        proposal = self._proposed(playbook, variation, counted, proposals.evidence_of_contest(found, playbook.tests))
        return {**row, "tried": tried, "proposal": _shown(proposal)}

    def _proposed(self, playbook: Playbook, variation: Variation, counted: Evidence, evidence: Document) -> Proposal:
        today = time.strftime("%Y-%m-%d", time.gmtime(self._now))
        newer = variation.playbook.replace(evidence=counted, success_rate=None, last_updated=today)
        text = yaml_of(newer)
        proposal = Proposal(
            self._new_id(),
            self._now,
            playbook.id,
            newer.version,
            variation.name,
            variation.said,
            playbook.digest,
            proposals.mark_of(newer),
            text,
            tuple(_diff(playbook, text, newer.version)),
            evidence,
        )
        self._kept.write(proposal)
        self._ask(proposals.inquiry_of(proposal))
        return proposal

    # --- a person's answer --------------------------------------------------------------------------------------------

    def accept(self, inquiry: Inquiry) -> str:
        """Write the newer version into the project's folder of playbooks; what was done, in words.

        Raises NotFound for a proposal that is gone, Refused when the playbook is another by now, Unavailable.
        """
        proposal = self._open(inquiry)
        playbook = self._library.get(proposal.playbook_id)
        if playbook is None or playbook.digest != proposal.base:
            raise Refused(
                f"The playbook {proposal.playbook_id} has changed since that was proposed.",
                hint=f"Try again what is better: wt evolve {proposal.playbook_id}",
            )
        name = self._place(playbook)
        _must_be_sound(proposal, name)
        self._replace(name, proposal.text)
        self._kept.write(proposal.replace(state=ACCEPTED, by=self._by))
        return f"{name} holds version {proposal.version} of the playbook {proposal.playbook_id} now; commit it."

    def reject(self, inquiry: Inquiry) -> str:
        """Raises NotFound, Unavailable."""
        proposal = self._open(inquiry)
        self._kept.write(proposal.replace(state=REJECTED, by=self._by))
        return f"Rejected: {proposal.said} is not proposed again for the playbook {proposal.playbook_id}."

    def _open(self, inquiry: Inquiry) -> Proposal:
        found = self._kept.read(inquiry.id)
        if found is None:
            raise NotFound("That proposal is gone.", hint="Make it again: wt evolve")
        return found

    def _place(self, playbook: Playbook) -> str:
        """The file that declares it; a new one for a built-in playbook. Raises Refused where another file stands."""
        if playbook.origin.startswith(f"{playbook_files.FOLDER}/"):
            return playbook.origin
        name = f"{playbook_files.FOLDER}/{playbook.id}.yaml"
        if os.path.lexists(os.path.join(self._root, name)):
            raise Refused(f"{name} is in the way.", hint="Move it, then answer again.")
        return name

    def _replace(self, name: str, text: str) -> None:
        """What stood there is kept. Raises Unavailable."""
        path = os.path.join(self._root, name)
        folder = os.path.dirname(path)
        if os.path.islink(folder) or os.path.islink(path):
            raise Unavailable(f"{name} cannot be written: a symbolic link is not followed.")
        try:
            make_folder(folder)
            if os.path.lexists(path):
                keep(self._root, os.path.basename(name), read_file(path, name, LARGEST)[0], ".yaml")
            with Replacement(path, text.encode()) as replacement:
                replacement.commit()
        except OSError as error:
            raise Unavailable(f"{name} cannot be written: {why(error)}.") from error


class _Arena:
    """Champion and challengers on the same faults with the same seeds; the champion's trials are made once."""

    def __init__(self, replay: Replay, champion: Playbook) -> None:
        self._replay = replay
        self._champion = champion
        self._text = yaml_of(champion)
        self._known: list[Sequence[Replayed]] = []

    def contest(self, variation: Variation) -> Contest:
        """Round after round until it is decided, or lost."""
        text = yaml_of(variation.playbook)
        old: list[Replayed] = []
        new: list[Replayed] = []
        for seed in range(ROUNDS):
            pairs = list(zip(self._of_champion(seed), self._trials(text, seed), strict=True))
            old += [a for a, b in pairs if a.counts and b.counts]
            new += [b for a, b in pairs if a.counts and b.counts]
            found = evolution.contest(old, new)
            if found.lost or found.verdict.decision != UNDECIDED or not found.won:
                break
        return found

    def _of_champion(self, seed: int) -> Sequence[Replayed]:
        if len(self._known) == seed:
            self._known.append(self._trials(self._text, seed))
        return self._known[seed]

    def _trials(self, text: str, seed: int) -> Sequence[Replayed]:
        return self._replay(self._champion.id, text, self._champion.tests, seed)


def _must_be_sound(proposal: Proposal, name: str) -> None:
    """Raises Refused for a text that is no playbook, which only somebody who changed the proposal can bring about."""
    found, problems = load(playbook_files.decoded(proposal.text.encode(), name))
    if found is None or found.id != proposal.playbook_id or found.version != proposal.version:
        reason = problems[0].text if problems else "it is another playbook"
        raise Refused(f"That proposal cannot be used: {reason}.", hint="Make it again: wt evolve")


def _diff(playbook: Playbook, text: str, version: int) -> Iterable[str]:
    before, after = yaml_of(playbook).splitlines(), text.splitlines()
    names = f"{playbook.id} v{playbook.version} ({playbook.origin})", f"{playbook.id} v{version}"
    return unified_diff(before, after, *names, lineterm="")


def _tried(variation: Variation, found: Contest) -> Document:
    return {
        "variation": variation.name,
        "said": variation.said,
        "played": found.played,
        "won": found.won,
        "drawn": found.drawn,
        "lost": list(found.lost),
        "decision": found.verdict.decision,
        "before": found.before.to_document(),
        "after": found.after.to_document(),
    }


def _shown(proposal: Proposal) -> Document:
    return proposal.to_document() | {"in_words": proposals.in_words(proposal.evidence)}
