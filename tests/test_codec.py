"""Text <-> tracker: nothing is lost, nothing is misread, and lines nobody touched stay as they are."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain import shape
from domain.edits import apply, diff
from domain.errors import Broken, ReadOnly, WtError
from domain.tracker import Task, Tracker
from infrastructure import any_layout
from infrastructure.any_layout import decode
from infrastructure.codec import decode_canonical, encode, encode_document
from infrastructure.json_text import NotJson, dumps, dumps_ascii, loads
from tests.samples import large_tracker, phase, rich_tracker, task, tracker, tracker_with
from tests.strategies import json_values, trackers
from tests.test_edits import trackers as overlapping_trackers

ROOT = Path(__file__).parent.parent
FIELDS = Task._fields
laws = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def read(text: str) -> Tracker:
    return decode(text.encode(), "plan.json").tracker


# --- laws --------------------------------------------------------------------------------------------------------------


@laws
@given(trackers())
def test_what_was_written_is_what_is_read(plan: Tracker) -> None:
    assert read(encode(plan)) == plan


@laws
@given(trackers())
def test_reading_as_lines_and_reading_whole_agree(plan: Tracker) -> None:
    assert decode_canonical(encode(plan)) == plan


@laws
@given(trackers())
def test_every_column_is_the_field_of_every_task(plan: Tracker) -> None:
    for lines, whole in zip(decode_canonical(encode(plan)).phases, plan.phases, strict=True):
        for field in FIELDS:
            assert lines.tasks.column(field) == [getattr(row, field) for row in whole.tasks], field


@laws
@given(trackers())
def test_what_is_read_before_the_lines_are_split_is_the_same(plan: Tracker) -> None:
    text = encode(plan)
    for field in ("uid", "status"):
        assert [phase.tasks.column(field) for phase in decode_canonical(text).phases] == [
            [getattr(row, field) for row in phase.tasks] for phase in plan.phases
        ]
    for field in ("assignee", "priority", "due"):
        assert [phase.tasks.distinct(field) for phase in decode_canonical(text).phases] == [
            {getattr(row, field) for row in phase.tasks} - {None} for phase in plan.phases
        ]
    for lines, whole in zip(decode_canonical(text).phases, plan.phases, strict=True):
        for row in whole.tasks:
            assert lines.tasks.mentions(row.uid)
            assert all(lines.tasks.mentions(uid) for uid in row.depends_on)
        assert lines.tasks.tally == whole.tally
    for lines in decode_canonical(text).phases:
        before, split = lines.tasks.text, "\n".join(map(str, lines.tasks.raw))
        assert (before, lines.tasks.decoded) == (lines.tasks.text, frozenset()) == (split, frozenset())
        assert all(lines.tasks[index] for index in range(len(lines.tasks)))
        assert lines.tasks.decoded == frozenset(range(len(lines.tasks)))


@laws
@given(trackers())
def test_a_value_and_its_document_are_written_alike(plan: Tracker) -> None:
    text = encode(plan)
    assert encode_document(shape.to_document(plan)) == text
    assert encode(decode_canonical(text)) == text


@laws
@given(trackers())
def test_a_line_of_the_file_is_a_task(plan: Tracker) -> None:
    rows = [line for line in encode(plan).split("\n") if line.startswith("  ")]
    found = [shape.from_document(json.loads(line.lstrip(" ,")), shape.TASK) for line in rows]
    assert found == [row for _, row in plan.tasks()]


@laws
@given(trackers(), st.data())
def test_lines_nobody_touched_stay_byte_for_byte(plan: Tracker, data: st.DataObject) -> None:
    text = encode(plan)
    before = decode_canonical(text)
    places = [(p.number, t.number) for p, t in plan.tasks()]
    if not places:
        return
    number, row = data.draw(st.sampled_from(places))
    changed = before.task(number, row)
    assert changed is not None
    after = encode(before.with_task(number, changed.replace(title="Another title")))
    old, new = text.split("\n"), after.split("\n")
    assert len(old) == len(new)
    assert sum(a != b for a, b in zip(old, new, strict=True)) <= 1


@laws
@given(overlapping_trackers(), overlapping_trackers())
def test_edits_apply_to_lines_as_they_do_to_values(a: Tracker, b: Tracker) -> None:
    assert apply(diff(a, b), decode_canonical(encode(a))) == b


@laws
@given(json_values)
def test_json_comes_back(value: object) -> None:
    assert loads(dumps(value)) == json.loads(dumps(value)) == value


@laws
@given(json_values)
def test_json_for_a_terminal_holds_only_printable_ascii(value: object) -> None:
    text = dumps_ascii(value)
    assert json.loads(text) == value
    assert text.isascii() and text.isprintable()


# --- the layout ----------------------------------------------------------------------------------------------------------


def test_one_phase_header_and_one_task_a_line() -> None:
    lines = encode(tracker_with("1.1", "1.2", "2.1")).split("\n")
    starts = [
        '{"schema_version":1,',
        ' {"number":1,',
        '  {"number":1,',
        '  ,{"number":2,',
        " ]}",
        ' ,{"number":2,',
        '  {"number":1,',
        " ]}",
        "]}",
        "",
    ]
    assert [line[: len(start)] for line, start in zip(lines, starts, strict=True)] == starts


def test_an_appended_task_touches_one_line_and_the_count() -> None:
    before = tracker_with("1.1", "1.2")
    after = before.with_phase(before.phases[0].with_new_task(task(3)))
    old, new = encode(before).split("\n"), encode(after).split("\n")
    assert [line for line in old if line not in new] == [old[1]]
    assert [line for line in new if line not in old] == [new[1], new[4]]


def test_empty_lists_and_absent_fields_are_not_written() -> None:
    text = encode(tracker(phase(1, task(1))))
    assert not any(f'"{key}"' in text for key in ("labels", "notes", "due", "extensions", "conflicts", "was"))


def test_every_layout_of_the_same_document_gives_the_same_canonical_text() -> None:
    plan = rich_tracker()
    document = json.loads(encode(plan))
    shuffled = json.loads(json.dumps(document), object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    for text in (
        json.dumps(document),
        json.dumps(document, indent=4),
        json.dumps(shuffled),
        encode(plan).replace("\n", "\r\n"),
    ):
        decoded = decode(text.encode(), "plan.json")
        assert (encode(decoded.tracker), decoded.canonical) == (encode(plan), False)


def test_a_byte_order_mark_is_read_but_is_not_canonical() -> None:
    plan = rich_tracker()
    decoded = decode(any_layout.BOM + encode(plan).encode(), "plan.json")
    assert (decoded.tracker, decoded.canonical) == (plan, False)
    assert decode(encode(plan).encode(), "plan.json").canonical


def test_extensions_are_kept_as_they_are() -> None:
    kept = {"z": [1, 2.5, {"b": None, "a": "é"}], "a": {"status": "complete"}}
    text = encode(tracker(phase(1, task(1, extensions=kept), extensions=kept), extensions=kept))
    assert text.count(json.dumps(kept, ensure_ascii=False, separators=(",", ":"))) == 3
    assert encode(read(text)) == text


def test_fields_that_only_a_conflict_or_an_extension_names_are_absent() -> None:
    from domain.tracker import Conflict

    plain = {"due": "2020-01-01", "priority": "high", "notes": [1], "labels": ["x"], "subtasks": 5}
    hostile = {"x": 1, **plain}
    row = task(1, conflicts=(Conflict("due", hostile, hostile),), extensions=hostile)
    tasks = decode_canonical(encode(tracker(phase(1, row)))).phases[0].tasks
    assert [tasks.column(field) for field in ("due", "priority", "notes", "labels", "subtasks")] == [
        [None],
        [None],
        [()],
        [()],
        [()],
    ]


# --- strict JSON -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("", 1, "a value is missing"),
        ('{"a":\n 1,\n}', 3, "property name"),
        ('{"a":\n}', 2, "a value is missing"),
        ('{"a": 1}\n\nx', 3, "more text"),
        ('{"a": 1,\n"b": {"c": 1,\n"c": 2}}', 3, "the key 'c' stands twice"),
        ('[1,\n{"a": 1}, {"a": 1,\n"a": 1}]', 3, "the key 'a' stands twice"),
        ("[1,\nNaN]", 2, "NaN is not JSON"),
        ("[1,\n-Infinity]", 2, "-Infinity is not JSON"),
        ("[1,\n1e999]", 2, "too large"),
        (f"[1,\n{'9' * 5000}]", 2, "too large"),
        ('["\\ud83d"]', 1, "surrogate"),
        ('["fine \\\\ud83d",\n"\\udc00"]', 2, "surrogate"),
        ('["\\uD83D\\u0041"]', 1, "surrogate"),
        ('["a\nb"]', 1, "control character"),
    ],
)
def test_what_is_not_strict_json_is_refused_with_its_line(text: str, line: int, what: str) -> None:
    with pytest.raises(NotJson, match=what) as caught:
        loads(text)
    assert caught.value.line == line


def test_pairs_and_escaped_backslashes_are_no_half_characters() -> None:
    assert loads(r'["\ud83d\ude00", "\\ud83d", "\\\ud83d\ude00"]') == ["😀", "\\ud83d", "\\😀"]


def test_depth_without_end_is_refused() -> None:
    with pytest.raises(NotJson, match="deeper"):
        loads("[" * 100_000)


def test_a_repeated_key_among_many_is_found_at_once() -> None:
    text = "{" + ",".join(f'"k{n}":0' for n in range(100_000)) + ',"k7":0}'
    with pytest.raises(NotJson, match="k7"):
        loads(text)


def test_numbers_that_cannot_be_written_are_not_written() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        dumps(float("nan"))


# --- versions ----------------------------------------------------------------------------------------------------------------


def newer_text(**more: object) -> bytes:
    document = shape.to_document(tracker_with("1.1")) | {"schema_version": 2, "mood": "good"} | more
    return json.dumps(document).encode()


def test_a_newer_file_is_read_without_what_is_unknown_and_is_read_only() -> None:
    decoded = decode(newer_text(), "plan.json")
    assert decoded.tracker == tracker_with("1.1")
    assert decoded.read_only == "was written by a newer wt (schema version 2)"
    assert not decoded.canonical


def test_a_newer_file_that_cannot_be_read_is_not_called_broken() -> None:
    with pytest.raises(ReadOnly, match="newer wt"):
        decode(newer_text(title=["a", "b"]), "plan.json")


@pytest.mark.parametrize("version", [0, -1, "1", None, True, [], {}, 1.5, "x" * 1000])
def test_a_version_that_is_none_is_broken(version: object) -> None:
    with pytest.raises(Broken, match="schema_version"):
        decode(newer_text(schema_version=version), "plan.json")


def test_an_older_document_is_brought_up_step_by_step() -> None:
    steps = {
        -1: lambda document: document | {"schema_version": 0, "title": document["name"]},
        0: lambda document: {key: value for key, value in document.items() if key != "name"} | {"schema_version": 1},
    }
    old = {"schema_version": -1, "name": "Old"}
    assert any_layout.migrated(old, steps) == {"schema_version": 1, "title": "Old"}
    assert any_layout.migrated({"schema_version": 1}, steps) == {"schema_version": 1}
    assert any_layout.migrated(["no", "object"], steps) == ["no", "object"]


# --- what is broken is said with its line -----------------------------------------------------------------------------------


def test_the_first_problem_is_named_with_its_line_and_all_are_in_the_data() -> None:
    text = encode(tracker_with("1.1", "1.2", "1.3")).replace('"status":"pending"', '"status":"done"')
    with pytest.raises(Broken) as caught:
        read(text)
    assert caught.value.message.startswith("plan.json: line 3: status must be one of pending, ")
    assert caught.value.message.endswith("(and 2 more)")
    assert [finding.line for finding in caught.value.data] == [3, 4, 5]
    assert caught.value.hint


@pytest.mark.parametrize(
    "key", ["a.b", "a[b]", "[", "]", "'", "a['", "\x1b[31m", "", " ", "x" * 10_000, "é", "$x", "a\\"]
)
def test_any_unknown_key_is_refused_by_name(key: str) -> None:
    document = shape.to_document(tracker_with("1.1"))
    document["phases"][0]["tasks"][0][key] = 1
    with pytest.raises(Broken, match="unknown key") as caught:
        decode(json.dumps(document, indent=1).encode(), "plan.json")
    assert len(caught.value.message) < 200
    assert "\x1b" not in caught.value.message


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_any_bytes_give_a_tracker_or_one_clear_refusal(raw: bytes) -> None:
    with pytest.raises(WtError) as caught:
        decode(raw, "plan.json")
    assert caught.value.message.startswith("plan.json")


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_damaged_tracker_gives_a_tracker_or_one_clear_refusal(data: st.DataObject) -> None:
    raw = bytearray(encode(rich_tracker()).encode())
    start = data.draw(st.integers(0, len(raw)))
    raw[start : start + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=12))
    try:
        found = decode(bytes(raw), "plan.json").tracker
    except WtError as error:
        assert error.message.startswith("plan.json")
    else:
        assert decode_canonical(encode(found)) == found


# --- what is not decoded -----------------------------------------------------------------------------------------------------


def decoded(plan: Tracker) -> int:
    """How many tasks of a tracker have been decoded."""
    return sum(isinstance(row, Task) for phase in plan.phases for row in phase.tasks.raw)


def test_a_progress_report_decodes_no_task() -> None:
    plan = decode_canonical(encode(large_tracker(200)))
    assert plan.tally.pending == 200
    assert plan.ids_by_uid() and plan.statuses_by_uid()
    assert decoded(plan) == 0


def test_one_task_asked_for_is_one_task_decoded() -> None:
    plan = decode_canonical(encode(large_tracker(200)))
    assert plan.task(2, 7) is not None
    assert decoded(plan) == 1


# --- the scanner, in a process that never imported json ----------------------------------------------------------------------

NOT_JSON = (
    "",
    "{",
    '{"a":\n}',
    "[1,\nNaN]",
    '{"a":1,\n"a":2}',
    "1" * 50,
    "[1e999]",
    '["\\ud83d"]',
    "[1] x",
    "[1 2]",
    '["',
    '{"a"',
    '{"a":1,',
    "tru",
)
ALONE = """
import sys
from infrastructure import json_text
assert "json" not in sys.modules
for text in {texts!r}:
    try:
        json_text.loads(text)
    except json_text.NotJson as error:
        print(error.line, error.what)
"""


def run(script: str) -> str:
    """What a script says in an interpreter of its own."""
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_syntax_errors_are_worded_where_json_was_never_imported() -> None:
    told = run(ALONE.format(texts=NOT_JSON)).splitlines()
    assert len(told) == len(NOT_JSON)


# --- the fallback ------------------------------------------------------------------------------------------------------------

WITHOUT_JSON = """
import sys
from infrastructure import any_layout, codec, json_text
from tests.samples import rich_tracker
tracker = rich_tracker()
text = codec.encode(tracker)
assert any_layout.decode(text.encode(), "plan.json").tracker == tracker == codec.decode_canonical(text)
assert [p.tasks.column("notes") for p in codec.decode_canonical(text).phases] == [[t.notes for t in p.tasks] for p in tracker.phases]
sys.stdout.buffer.write(text.encode())
for bad in {texts!r}:
    try:
        json_text.loads(bad)
    except json_text.NotJson as error:
        print(error)
"""
BLOCKED = 'sys.modules["_json"] = None\nfrom infrastructure import json_text\nassert json_text.scan.__module__ == "json.scanner"\n'


def test_without_the_private_module_everything_reads_and_writes_the_same() -> None:
    script = WITHOUT_JSON.format(texts=(*NOT_JSON, "[" * 50_000))
    assert run("import sys\n" + BLOCKED + script) == run(script)
