"""What is written of a playbook is read as the same playbook again."""

from __future__ import annotations

import pytest
import yaml
from jsonschema import Draft202012Validator

from domain.playbooks.evolution import Past, variations
from domain.playbooks.fields import json_schema
from domain.playbooks.loading import load
from domain.playbooks.playbook import REGISTERED, Playbook, Scope
from domain.playbooks.writing import document_of, lasting
from infrastructure.evolution import yaml_of
from infrastructure.playbook_files import built_in, decoded
from tests.playbooks.worlds import made

WRITTEN = [playbook for playbook in built_in().playbooks if playbook.id not in REGISTERED]


def read_back(playbook: Playbook) -> Playbook:
    found, problems = load(decoded(yaml_of(playbook).encode(), playbook.origin))
    assert found is not None, problems
    return found.replace(digest=playbook.digest)


@pytest.mark.parametrize("playbook", WRITTEN, ids=lambda playbook: playbook.id)
def test_a_built_in_playbook_is_read_back_as_it_is(playbook: Playbook) -> None:
    assert read_back(playbook) == playbook
    assert list(Draft202012Validator(json_schema()).iter_errors(yaml.safe_load(yaml_of(playbook)))) == []


@pytest.mark.parametrize("playbook", WRITTEN, ids=lambda playbook: playbook.id)
def test_so_is_each_variation_of_it(playbook: Playbook) -> None:
    for variation in variations(playbook, Past()):
        assert read_back(variation.playbook) == variation.playbook


def test_a_scope_without_any_file_is_not_one_without_bounds() -> None:
    bounded = made("drift", "redraw_pages", scope=Scope(paths=(), max_objects=3))
    assert read_back(bounded).scope == bounded.scope


def test_what_is_written_in_python_has_no_file() -> None:
    for playbook in REGISTERED.values():
        with pytest.raises(ValueError, match="is written in Python"):
            document_of(playbook)


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.0, "0s"), (1.5, "1.5s"), (90.0, "90s"), (600.0, "10m"), (7200.0, "2h"), (604_800.0, "7d")]
)
def test_times_are_written_as_people_do(seconds: float, said: str) -> None:
    assert lasting(seconds) == said
