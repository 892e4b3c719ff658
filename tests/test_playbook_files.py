"""Playbooks as YAML: read safely, with the line of everything; wt's own are all sound."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from domain.playbooks.actions import ACTIONS, LEFT_OUT, RISKS, ROLLBACKS
from domain.playbooks.conditions import parse
from domain.playbooks.fields import json_schema
from domain.playbooks.metrics import LAYERS, METRICS
from infrastructure.playbook_files import SHIPPED, built_in, read

GOOD = "playbook:\n  id: {id}\n  symptoms: pages_stale > 0\n"


def refused(root: Path, text: str | bytes, name: str = "bad.yaml") -> str:
    """The problem of a file that stands beside a good one; the good one is used."""
    folder = root / ".ecw/playbooks"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    (folder / "good.yaml").write_text(GOOD.format(id="good"))
    found = read(str(root))
    assert found.get("good") is not None
    (problem,) = found.problems
    return problem.text


def test_wt_brings_at_least_fourteen_playbooks_and_all_are_sound() -> None:
    found = built_in()
    assert found.problems == ()
    assert len(found.playbooks) >= 14
    assert all(playbook.tests and playbook.title for playbook in found.playbooks)


@pytest.mark.parametrize("path", sorted(Path(SHIPPED).glob("*.yaml")), ids=lambda path: path.stem)
def test_a_shipped_file_agrees_with_the_published_schema(path: Path) -> None:
    assert list(Draft202012Validator(json_schema()).iter_errors(yaml.safe_load(path.read_text()))) == []


def test_a_file_is_refused_with_its_line(tmp_path: Path) -> None:
    text = "playbook:\n  id: bad\n  symptoms:\n    - in_git\n    - pages_stal > 0\n"
    assert refused(tmp_path, text) == (
        ".ecw/playbooks/bad.yaml:5: playbook.symptoms[1]: there is no metric 'pages_stal'; did you mean pages_stale?"
    )


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("playbook: [", 1, "this is not YAML"),
        ("playbook:\n  id: x\n  id: y\n", 3, "the key id stands twice"),
        ("playbook:\n  a: &a [1]\n  b: *a\n", 2, "aliases are not taken"),
        ("playbook: !!python/object/apply:os.system ['true']\n", 1, "this is not YAML"),
        ("", 1, "the file is empty"),
        (b"\xff\xfe\x00", 1, "this is not UTF-8"),
        ("playbook:\n  id: x\n  symptoms: " + "[" * 50 + "]" * 50, 3, "this holds too much"),
        ("--- 1\n--- 2\n", 2, "this is not YAML"),
        ("playbook:\n\tid: x\n", 2, "this is not YAML"),
    ],
)
def test_what_is_no_plain_yaml_is_refused(tmp_path: Path, text: str, line: int, reason: str) -> None:
    said = refused(tmp_path, text)
    assert said.startswith(f".ecw/playbooks/bad.yaml:{line}: ")
    assert reason in said


def test_a_bomb_of_aliases_is_refused_at_once(tmp_path: Path) -> None:
    rows = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)]
    assert "aliases are not taken" in refused(tmp_path, "\n".join(rows))


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    assert "larger than the limit" in refused(tmp_path, "# " + "x" * (1 << 16))


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(GOOD.format(id="secret"))
    (tmp_path / ".ecw/playbooks").mkdir(parents=True)
    (tmp_path / ".ecw/playbooks/link.yaml").symlink_to(tmp_path / "secret")
    assert "symbolic link" in read(str(tmp_path)).problems[0].reason


def test_dates_stay_text(tmp_path: Path) -> None:
    (tmp_path / ".ecw/playbooks").mkdir(parents=True)
    (tmp_path / ".ecw/playbooks/own.yaml").write_text(GOOD.format(id="own") + "  last_updated: 2025-08-16\n")
    found = read(str(tmp_path)).get("own")
    assert found is not None and found.last_updated == "2025-08-16"


def test_a_read_without_playbooks_of_its_own_finds_the_built_in_ones(tmp_path: Path) -> None:
    assert read(str(tmp_path)).playbooks == built_in().playbooks


# --- the tables -------------------------------------------------------------------------------------------------------


def test_every_action_has_a_known_risk_and_way_back() -> None:
    for action in ACTIONS.values():
        assert action.risk in RISKS and action.rollback in ROLLBACKS
        assert action.cap > 0 and action.timeout > 0
        assert action.risk in ("R0", "R1") or action.rollback != "nothing" or not action.idempotent
    assert not set(ACTIONS) & set(LEFT_OUT)


def test_every_metric_has_a_known_layer_and_its_alarm_can_be_read() -> None:
    for metric in METRICS.values():
        assert metric.layer in LAYERS
        assert not metric.alarm or metric.name in parse(metric.alarm).metrics
