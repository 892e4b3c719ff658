"""Boards for tests: one on which everything is shown, with one text wherever a text can stand; and the page parsed."""

from __future__ import annotations

from html.parser import HTMLParser
from itertools import pairwise
from typing import Any, NamedTuple

from domain.dashboard import Board, Plan, plan_of
from domain.edits import diff
from domain.entries import Deed, Entry, beginning, entry_of
from domain.playbooks.outcomes import HealingOutcome, Taken
from domain.shape import iso_of, to_document
from domain.tracker import Tracker
from tests.samples import phase, task, tracker

NOW = 1_767_603_600.0  # 2026-01-05T09:00:00Z
DAY = 86_400.0


def full_board(text: str = "Lay bricks", **changes: Any) -> Board:  # Any: fields of Board
    """Every section with something in it; `text` stands wherever a text comes from outside."""
    return Board(
        project=text,
        at=iso_of(NOW),
        seconds=NOW,
        plans=(plan(text), Plan("docs/plans/broken.json", text, problem=text)),
        health=health(text),
        probes=[probe("disk", "AGREE", text), probe("git", "DISAGREE", text), probe("ci", "BROKEN", text)],
        signals={"consensus_score": 75.0, "coverage": 0.8, "consensus_degraded": 1.0, "disputed_tasks": 1.0},
        outcomes=[
            outcome(days, text, result) for days, result in enumerate(("healed", "asked", "escalated", "stopped"))
        ],
        playbooks=[{"id": text, "enabled": False}, {"id": f"{text} too", "enabled": True}],
        waiting=[question(text)],
        foreseen=[prediction(text), prediction(text, near=False), prediction(text, seconds=None, near=False)],
        prevented=[judgement(text), judgement(text, prevented=False)],
        upkeep=[{"period": text, "at": NOW, "due": True}, {"period": text, "at": None, "due": False}],
        off=text,
        troubles=(text,),
    ).replace(**changes)


def plan(text: str) -> Plan:
    first = tracker(phase(1, task(1, text), task(2, text), title=text), title=text)
    statuses = {
        "status": "blocked",
        "status_reason": text,
    }
    second = first.with_task(1, first.phases[0].tasks[0].replace(status="complete"))
    third = second.with_task(1, second.phases[0].tasks[1].replace(**statuses, due="2025-12-01"))
    entries = history(first, second, third)
    return plan_of("docs/plans/demo.json", third, entries[::-1], iso_of(NOW)[:10], (text,))


def history(*states: Tracker) -> list[Entry]:
    """A journal in which the tracker went through these states, one a day up to now."""
    made = [beginning(states[0], to_document(states[0]))]
    made += [diff(before, after) for before, after in pairwise(states)]
    days = len(states) - 1
    return [
        entry_of(
            Deed(iso_of(NOW - (days - seq) * DAY), "alex", "said", edits=edits),
            seq + 1,
            "docs/plans/demo.json",
            str(seq) if seq else None,
            str(seq + 1),
        )
        for seq, edits in enumerate(made)
    ]


def health(text: str) -> dict[str, Any]:
    circuit = {"resource": text, "state": "OPEN", "seconds_left": 30.0, "failures": 5, "reason": "", "errors": [text]}
    return {
        "status": "DEGRADED",
        "meaning": text,
        "operations": 20,
        "success_rate": 0.85,
        "at_least": 0.68,
        "avg_latency_ms": 12.0,
        "p95_latency_ms": 80.0,
        "reasons": [text],
        "circuits": [circuit],
    }


def probe(id: str, verdict: str, text: str) -> dict[str, Any]:
    return {
        "probe": f"{id} {text}",
        "claim": text,
        "verdict": verdict,
        "age": 120,
        "weight": 1.39,
        "veto": True,
        "vacuous": False,
        "quarantined": False,
    }


def outcome(days: float, playbook: str, result: str = "healed") -> HealingOutcome:
    return HealingOutcome(
        id=f"o{days}",
        playbook_id=playbook,
        version=1,
        timestamp=NOW - days * DAY,
        symptoms=(playbook,),
        result=result,
        fingerprint="f",
        lineage="l",
        duration=0.2,
        steps=(Taken(playbook, "primary", "R1", "done"),),
        error=playbook,
    )


def question(text: str) -> dict[str, Any]:
    """A row of the inbox."""
    said = {"kind": text, "severity": text, "what": text, "details": [text], "answer": text}
    return {**said, "at": iso_of(NOW - DAY), "until": iso_of(NOW + DAY)}


def prediction(text: str, *, seconds: float | None = 3600.0, near: bool = True) -> dict[str, Any]:
    return {"line": text, "seconds": seconds, "near": near}


def judgement(text: str, *, prevented: bool = True) -> dict[str, Any]:
    return {"at": NOW - DAY, "playbook_id": text, "fault": text, "prevented": prevented}


# --- the page, parsed -------------------------------------------------------------------------------------------------

VOID = ("meta", "br")


class Node(NamedTuple):
    """An element where it begins."""

    tag: str
    attributes: dict[str, str]
    above: tuple[str, ...]  # tags


class Parsed(HTMLParser):
    """Every element and every piece of text, in order, with what stands above it."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.nodes: list[Node] = []
        self.texts: list[tuple[str, str]] = []  # (tag it stands in, text)
        self.others: list[str] = []  # comments and declarations
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == [], "an element was left open"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.nodes.append(Node(tag, {name: value or "" for name, value in attrs}, tuple(self._open)))
        assert len({name for name, _ in attrs}) == len(attrs), f"{tag} has an attribute twice"
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        self.texts.append((self._open[-1] if self._open else "", data))

    def handle_comment(self, data: str) -> None:
        self.others.append(data)

    @property
    def shape(self) -> list[tuple[str, tuple[str, ...]]]:
        """Elements and the names of their attributes: what no text may change."""
        return [(node.tag, tuple(node.attributes)) for node in self.nodes]

    def all(self, *tags: str) -> list[Node]:
        return [node for node in self.nodes if node.tag in tags]

    def said(self, *but: str) -> str:
        """The text of the page, but for that of some elements."""
        return " ".join(text for tag, text in self.texts if tag not in but)
