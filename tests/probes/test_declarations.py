"""Declared probes: every mistake is told; and what their exit means."""

from __future__ import annotations

import pytest

from domain.probes.declaration import KEYS, Probe, mistakes, probe_from
from domain.probes.verdicts import AGREE, BROKEN, DISAGREE, UNKNOWN, of_exit

SOUND = {"id": "smoke", "claim": "the site answers", "command": "./smoke.sh", "group": "ci"}


def test_a_sound_declaration_is_a_probe() -> None:
    assert list(mistakes(SOUND)) == []
    made = probe_from({**SOUND, "veto": True, "cost": "deep"}, ".ecw/probes/smoke.yaml")
    assert made == Probe(
        "smoke", "the site answers", "ci", veto=True, cost="deep", command="./smoke.sh", origin=".ecw/probes/smoke.yaml"
    )


@pytest.mark.parametrize(
    ("change", "key", "said"),
    [
        ({"id": "No Good"}, "id", "must be at most"),
        ({"id": 5}, "id", "must be at most"),
        ({"claim": ""}, "claim", "one line"),
        ({"command": "one\ntwo"}, "command", "one line"),
        ({"command": "echo 'open"}, "command", "does not end"),
        ({"inject": "echo 'open"}, "inject", "does not end"),
        ({"group": "mine"}, "group", "one of local-fs"),
        ({"cost": "free"}, "cost", "cheap, normal, deep"),
        ({"veto": "yes"}, "veto", "true or false"),
        ({"timeout": 0}, "timeout", "from 0.1"),
        ({"timeout": True}, "timeout", "a number"),
        ({"ttl": float("nan")}, "ttl", "a number"),
        ({"reliability": 0.2}, "reliability", "from 0.5 to 1"),
        ({"minimum": -1}, "minimum", "from 0"),
        ({"comand": "x"}, "comand", "did you mean command?"),
        ({"zzz": "x"}, "zzz", "there are id"),
        ({"group": "llm", "veto": True}, "veto", "no veto"),
    ],
)
def test_every_mistake_is_told_with_its_key(change: dict[str, object], key: str, said: str) -> None:
    found = list(mistakes({**SOUND, **change}))
    assert [row[0] for row in found] == [key] and said in found[0][1]


@pytest.mark.parametrize("document", [None, [], "text", 5])
def test_what_is_no_mapping_is_no_probe(document: object) -> None:
    assert [key for key, _ in mistakes(document)] == [""]


def test_what_is_missing_is_named_at_once() -> None:
    assert [said for _, said in mistakes({"group": "ci"})] == [
        "id is missing",
        "claim is missing",
        "command is missing",
    ]
    assert set(SOUND) <= set(KEYS)


@pytest.mark.parametrize(
    ("code", "said", "minimum", "verdict"),
    [
        (0, "", 0, AGREE),
        (1, "red", 0, DISAGREE),
        (75, "", 0, UNKNOWN),
        (2, "", 0, BROKEN),
        (126, "", 0, BROKEN),
        (127, "sh: not found", 0, BROKEN),
        (-9, "", 0, BROKEN),
        (0, '{"checked": 3, "failed": 0}', 1, AGREE),
        (0, '{"checked": 0, "failed": 0}', 1, UNKNOWN),
        (0, "", 1, UNKNOWN),
        (1, '{"checked": 3, "failed": 1, "evidence": ["test_x"]}', 1, DISAGREE),
        (0, '{"checked": 3, "failed": 1}', 1, BROKEN),
        (0, '{"checked": "three"}', 0, BROKEN),
        (0, '{"checked": -1}', 0, BROKEN),
        (0, '{"evidence": "one"}', 0, BROKEN),
        (0, '{"half', 0, BROKEN),
    ],
)
def test_the_exit_contract(code: int, said: str, minimum: int, verdict: str) -> None:
    assert of_exit(code, said, minimum).verdict == verdict


def test_evidence_comes_from_the_report_else_from_the_last_lines() -> None:
    assert of_exit(1, 'noise\n{"evidence": ["a", "b"]}', 0).evidence == ("a", "b")
    assert of_exit(1, "\n".join(f"line {n}" for n in range(20)), 0).evidence == tuple(
        f"line {n}" for n in range(15, 20)
    )
