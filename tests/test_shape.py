"""The shape of a tracker file: dates and times, the check of every load, and the published JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from domain import shape
from domain.shape import from_document, in_order, is_date, is_time, problems, to_document
from domain.tracker import Tracker
from tests.samples import rich_tracker
from tests.strategies import json_values, trackers

ROOT = Path(__file__).parent.parent
SCHEMA = shape.json_schema()
VALIDATOR = Draft202012Validator(SCHEMA)
laws = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


# --- dates and times -----------------------------------------------------------------------------------------------------


def exists(text: str) -> bool:
    try:
        return len(text) == 10 and text[4] == "-" and text.isascii() and str(date.fromisoformat(text)) == text
    except ValueError:
        return False


near_dates = st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", fullmatch=True) | st.builds(
    "{:04d}-{:02d}-{:02d}".format, st.integers(0, 9999), st.integers(0, 13), st.integers(0, 32)
)


@settings(max_examples=500)
@given(near_dates | st.dates().map(str) | st.text(max_size=12))
def test_a_date_is_what_the_calendar_has(text: str) -> None:
    assert is_date(text) == exists(text)


@settings(max_examples=500)
@given(
    st.builds(
        "{}T{:02d}:{:02d}:{:02d}{}Z".format,
        near_dates,
        *[st.integers(0, 61)] * 3,
        st.sampled_from(["", ".5", ".123456"]),
    )
)
def test_a_time_is_what_a_clock_shows(text: str) -> None:
    leap = text.replace(":60", ":59") if text[16:19] == ":60" else text  # datetime knows no leap second
    try:
        datetime.fromisoformat(leap)
        shown = True
    except ValueError:
        shown = False
    assert is_time(text) == (shown and exists(text[:10]))


@pytest.mark.parametrize(
    "value",
    [
        "2026-1-05",
        "2026-01-05 ",
        "2026-01-05\n",
        "٢٠٢٦-01-05",
        "0000-01-01",
        "2025-02-29",
        "1900-02-29",
        "2026/01/05",
        "",
        None,
        20260105,
        ["2026-01-05"],
    ],
)
def test_what_only_looks_like_a_date_is_none(value: object) -> None:
    assert not is_date(value)


@pytest.mark.parametrize(
    "value",
    [
        "2026-01-05T09:00:00",
        "2026-01-05T09:00:00+00:00",
        "2026-01-05 09:00:00Z",
        "2026-01-05T09:00:00.Z",
        "2026-01-05T24:00:00Z",
        "2026-01-05T09:00:00.٣Z",
        "2026-01-05T09:00:00Z\n",
        "2026-02-30T09:00:00Z",
        "2026-01-05Z",
        "Z",
        "",
        None,
        0,
    ],
)
def test_what_only_looks_like_a_time_is_none(value: object) -> None:
    assert not is_time(value)


# --- documents and values ---------------------------------------------------------------------------------------------------


@laws
@given(trackers())
def test_a_document_stands_for_its_value(plan: Tracker) -> None:
    document = to_document(plan)
    assert list(problems(document)) == []
    assert from_document(document) == plan
    assert from_document(json.loads(json.dumps(document))) == plan


@laws
@given(trackers(), st.randoms())
def test_keys_in_any_order_are_put_into_file_order(plan: Tracker, chance: Any) -> None:
    document = to_document(plan) | {"phases": []}
    keys = list(document)
    chance.shuffle(keys)
    assert list(in_order({key: document[key] for key in keys}, shape.TRACKER)) == list(document)


# --- the schema and the check of every load ---------------------------------------------------------------------------------

# Where the two differ, the check is the stricter one: a date must exist, `$` of a Python pattern lets a line break pass,
# 1.0 is an integer to JSON Schema, and an extension may be any depth.
STRICTER = (
    "must be a date like",
    "must be a UTC time like",
    "must be 6 to 40 of",
    "must be a whole number",
    "schema_version must be 1",
    "is nested deeper",
)


def spots(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in items:
        yield from spots(below, (*path, key))


BASE = to_document(rich_tracker())
SPOTS = [spot for spot in spots(BASE) if spot]
wrong_values = st.sampled_from(
    [
        "",
        " ",
        "x" * 501,
        "2026-02-30",
        "2026-01-05",
        "abc",
        "abcdef\n",
        "done",
        0,
        -1,
        1.0,
        1.5,
        2**53,
        True,
        False,
        None,
        [],
        {},
        [None],
        ["a", 1],
        [[]],
    ]
)


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    document = deepcopy(BASE)
    for _ in range(draw(st.integers(1, 3))):
        *path, last = draw(st.sampled_from(SPOTS))
        try:
            above = document
            for step in path:
                above = above[step]
            if draw(st.integers(0, 4)) == 0:
                del above[last]
            elif isinstance(above, dict) and draw(st.integers(0, 5)) == 0:
                above[draw(st.sampled_from(["titel", "status", "tasks", "a.b", ""]))] = draw(wrong_values)
            else:
                above[last] = draw(wrong_values | json_values)
        except (KeyError, IndexError, TypeError, AttributeError):
            continue  # an earlier mutation took the place away
    return document


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
def test_the_schema_and_the_check_agree(document: Any) -> None:
    found = list(problems(document))
    errors = [error.message for error in VALIDATOR.iter_errors(document)]
    only_here = all(any(words in message for words in STRICTER) for _, _, message in found)
    assert bool(found) == bool(errors) or (only_here and not errors), (found, errors)


def test_both_accept_a_tracker_that_uses_every_field() -> None:
    assert list(problems(BASE)) == [] == list(VALIDATOR.iter_errors(BASE))


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_the_published_schema_is_the_one_made_from_the_model() -> None:
    published = ROOT / "docs" / "tracker.schema.json"
    assert published.read_text(encoding="utf-8") == json.dumps(SCHEMA, indent=2) + "\n"


def test_every_field_of_every_record_has_a_row_in_its_shape() -> None:
    for record, rows in shape.BY_RECORD.items():
        assert {shape.attribute(key) for key, _ in rows.rows} == set(record._fields), record.__name__


def test_extensions_have_a_limit_of_depth() -> None:
    deep: Any = 1
    for _ in range(shape.DEPTH_LIMIT):
        deep = {"a": deep}
    assert next(problems(BASE | {"extensions": {"a": deep}}))[1:] == (
        "$.extensions",
        "extensions is nested deeper than 64",
    )


@pytest.mark.parametrize(
    ("key", "path"),
    [("title", "$.title"), ("$schema", "$.$schema"), ("a b", "$['a b']"), ("a'b\\", "$['a\\'b\\\\']"), ("", "$['']")],
)
def test_the_path_of_an_odd_key_is_quoted(key: str, path: str) -> None:
    assert shape.key_path("$", key) == path
