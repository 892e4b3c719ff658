"""`validate`: every problem of every file with its rule, path and line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import shape
from domain.rules import Finding
from domain.shape import key_path
from domain.tracker import Tracker
from infrastructure.codec import encode
from infrastructure.json_lines import first_fault, line_of
from infrastructure.tracker_files import TrackerFile
from infrastructure.validation import validate
from tests.samples import large_tracker, phase, rich_tracker, task, tracker, tracker_with
from tests.strategies import json_values, texts

Document = dict[str, Any]  # Any: JSON that tests bend
NAME = "docs/plans/plan.json"


def write(root: Path, text: str | bytes, name: str = NAME) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)


def found(root: Path, *names: str) -> list[Finding]:
    return validate(str(root), names or (NAME,), "2026-02-01", 1 << 29)


def told(root: Path) -> list[tuple[str, str, int | None]]:
    return [(finding.rule, finding.path, finding.line) for finding in found(root)]


def store(root: Path, plan: Tracker, name: str = NAME) -> None:
    TrackerFile(str(root), name, size_limit=1 << 29, lock_timeout=1).create(plan)


def bent(
    root: Path, bend: Callable[[Document], object], plan: Tracker | None = None, *, indent: int | None = None
) -> list[tuple[str, str, int | None]]:
    """What is told of a tracker whose document was bent."""
    document = shape.to_document(plan or tracker_with("1.1", "1.2"))
    bend(document)
    write(root, json.dumps(document, indent=indent))
    return told(root)


# --- whole files --------------------------------------------------------------------------------------------------------


def test_a_tracker_that_wt_wrote_has_no_errors(tmp_path: Path) -> None:
    store(tmp_path, rich_tracker())
    assert [finding for finding in found(tmp_path) if finding.severity == "error"] == []


def test_every_file_is_judged_and_named(tmp_path: Path) -> None:
    for name, text in (("a.json", ""), ("b.json", "{"), ("c.json", encode(tracker_with("1.1")))):
        write(tmp_path, text, name)
    names = [(finding.file, finding.rule) for finding in found(tmp_path, "a.json", "b.json", "c.json", "none.json")]
    assert names == [
        ("a.json", "file.empty"),
        ("b.json", "file.not-a-tracker"),
        ("c.md", "page.missing"),
        ("none.json", "file.unreadable"),
    ]


@pytest.mark.parametrize(
    ("rule", "text", "line", "said"),
    [
        ("empty", b"", 1, "is empty"),
        ("empty", b" \n\n", 1, "is empty"),
        ("not-a-tracker", b"[]", 1, "is not a wt tracker"),
        ("not-json", b'{"schema_version":1,\n"phases":[\n', 3, "a value is missing"),
        ("not-json", b'{"schema_version":1,"title":"cut', 1, "Unterminated string"),
        ("not-a-tracker", b'{"schema_version":1}', 1, "is not a wt tracker"),
        ("duplicate-key", b'{"schema_version":1,\n"phases":[],\n"phases":[]}', 3, "the key 'phases' stands twice"),
        ("not-json", b'{"schema_version":1,\n"phases":[],\n"uid":NaN}', 3, "NaN is not JSON"),
        ("conflict-markers", b'{"schema_version":1,\n<<<<<<< HEAD\n"phases":[]}', 2, "git conflict markers"),
        ("conflict-markers", b'<<<<<<< HEAD\n"phases":[]}', 1, "git conflict markers"),
        ("not-text", b'{"schema_version":1,\n"phases":[\xff]}', 2, "byte 31 is not UTF-8"),
        ("not-text", b'{"schema_version":1,\n"phases":[\x00]}', 2, "byte 31 is NUL"),
        ("not-text", b"\xff\xfe{\x00", 1, "byte 0 is not UTF-8"),
    ],
)
def test_a_file_that_is_no_tracker_is_one_finding_with_its_line(
    tmp_path: Path, rule: str, text: bytes, line: int, said: str
) -> None:
    write(tmp_path, text)
    (only,) = found(tmp_path)
    assert (only.rule, only.severity, only.file, only.line) == (f"file.{rule}", "error", NAME, line)
    assert said in only.message


def test_a_newer_file_is_a_warning(tmp_path: Path) -> None:
    assert bent(tmp_path, lambda d: d.update(schema_version=7), indent=1) == [("schema.newer", "$.schema_version", 2)]
    assert found(tmp_path)[0].severity == "warning"


# --- the shape ----------------------------------------------------------------------------------------------------------


def test_every_departure_from_the_shape_is_listed_with_its_line(tmp_path: Path) -> None:
    def bend(document: Document) -> None:
        document["titel"] = "x"
        first, second = document["phases"][0]["tasks"]
        first |= {"status": "done", "due": "2026-02-30", "labels": "x", "a.b": 1}
        del second["uid"]

    listed = bent(tmp_path, bend, indent=1)
    assert "titel" in (tmp_path / NAME).read_text().split("\n")[34]
    assert listed == [
        ("schema.value", "$.phases[0].tasks[0].status", 18),
        ("schema.value", "$.phases[0].tasks[0].due", 21),
        ("schema.value", "$.phases[0].tasks[0].labels", 22),
        ("schema.unknown-key", "$.phases[0].tasks[0]['a.b']", 23),
        ("schema.missing-key", "$.phases[0].tasks[1]", 25),
        ("schema.unknown-key", "$.titel", 35),
    ]


def test_more_problems_than_a_screen_holds_are_all_listed(tmp_path: Path) -> None:
    write(tmp_path, encode(large_tracker(300)).replace('"status":"pending"', '"status":"done"'))
    assert len(found(tmp_path)) == 300


def test_a_huge_wrong_value_does_not_fill_the_screen(tmp_path: Path) -> None:
    bent(tmp_path, lambda d: d.update(phases="x" * 100_000, title=["y" * 100_000]))
    assert max(len(finding.message) for finding in found(tmp_path)) < 300


@pytest.mark.parametrize(
    "document",
    [
        '["schema_version","phases"]',
        '"\\"schema_version\\" \\"phases\\""',
        '{"schema_version":[],"phases":{}}',
        '{"schema_version":1,"phases":[[],1,null,{"tasks":[[]]}]}',
    ],
)
def test_any_wrong_type_is_found(tmp_path: Path, document: str) -> None:
    write(tmp_path, document)
    assert found(tmp_path)
    assert all(finding.severity == "error" for finding in found(tmp_path))


# --- the rules ----------------------------------------------------------------------------------------------------------


def rules(root: Path, plan: Tracker) -> list[tuple[str, str, int | None]]:
    (root / NAME).unlink(missing_ok=True)
    write(root, encode(plan))
    return [row for row in told(root) if not row[0].startswith("page.")]


def test_numbers_and_uids_that_stand_twice_are_found(tmp_path: Path) -> None:
    assert rules(tmp_path, tracker(phase(1, task(1), task(1, uid="other-uid")))) == [
        ("number.duplicate", "$.phases[0].tasks[1]", 4)
    ]
    assert rules(tmp_path, tracker(phase(1, task(1), task(2, uid="task-0001")))) == [
        ("uid.duplicate", "$.phases[0].tasks[1].uid", 4)
    ]
    assert rules(tmp_path, tracker(phase(1), phase(1).replace(uid="other-uid"))) == [
        ("number.duplicate", "$.phases[1]", 4)
    ]


def test_dependencies_that_dangle_or_go_in_circles_are_found(tmp_path: Path) -> None:
    assert rules(tmp_path, tracker(phase(1, task(1, depends_on=("nowhere",))))) == [
        ("dependency.unknown", "$.phases[0].tasks[0].depends_on", 3)
    ]
    circle = tracker(phase(1, task(1, depends_on=("task-0002",)), task(2, depends_on=("task-0001",))))
    assert rules(tmp_path, circle) == [("dependency.cycle", "$.phases[0].tasks[0].depends_on", 3)]
    assert "1.1 -> 1.2 -> 1.1" in found(tmp_path)[0].message
    assert rules(tmp_path, tracker(phase(1, task(1, depends_on=("task-0001",))))) == [
        ("dependency.cycle", "$.phases[0].tasks[0].depends_on", 3)
    ]


def test_a_chain_of_three_thousand_dependencies_is_no_circle(tmp_path: Path) -> None:
    rows = [
        task(n, uid=f"task-{n:06d}", depends_on=(f"task-{n + 1:06d}",) if n < 3_000 else ()) for n in range(1, 3_001)
    ]
    assert rules(tmp_path, tracker(phase(1, *rows))) == []


def test_hidden_characters_in_a_title_are_a_warning(tmp_path: Path) -> None:
    for hidden in ("\x1b[31mred", "safe\u202eexe", "a\u200bb", "\u2066x", "tag\U000e0041"):
        assert rules(tmp_path, tracker(phase(1, task(1, hidden)))) == [
            ("text.invisible", "$.phases[0].tasks[0].title", 3)
        ]
    assert rules(tmp_path, tracker(phase(1, task(1, "שלום 日本 é 🏠 | <b>")))) == []


# --- the page -----------------------------------------------------------------------------------------------------------


def test_the_page_is_judged_too(tmp_path: Path) -> None:
    store(tmp_path, tracker_with("1.1"))
    page = tmp_path / "docs/plans/plan.md"
    drawn = page.read_text()

    def rule() -> list[tuple[str, str | None]]:
        return [(finding.rule, finding.file) for finding in found(tmp_path)]

    page.write_text(drawn.replace("Task 1.1", "My task"))
    assert rule() == [("page.edited", "docs/plans/plan.md")]
    page.write_bytes(b"\xff")
    assert rule() == [("page.foreign", "docs/plans/plan.md")]
    page.unlink()
    assert rule() == [("page.missing", "docs/plans/plan.md")]
    page.mkdir()
    assert rule() == [("page.unreadable", "docs/plans/plan.md")]
    page.rmdir()
    page.write_text(drawn)
    assert rule() == []
    write(tmp_path, (tmp_path / NAME).read_text().replace("Task 1.1", "Newer"))
    assert rule() == [("page.stale", "docs/plans/plan.md")]


# --- lines --------------------------------------------------------------------------------------------------------------


def places(value: Any, path: str = "$") -> Iterator[tuple[str, Any]]:
    yield path, value
    if isinstance(value, dict):
        for key, below in value.items():
            yield from places(below, key_path(path, key))
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from places(below, f"{path}[{index}]")


class Marked:
    """Writes a document so that every value knows the line it begins on."""

    def __init__(self, indent: bool) -> None:
        self.text = ""
        self.lines: dict[str, int] = {}
        self._break = "\n" if indent else ""

    def put(self, value: Any, path: str = "$") -> None:
        self.lines[path] = self.text.count("\n") + 1
        if isinstance(value, dict):
            self._all(
                "{",
                "}",
                [
                    (json.dumps(key, ensure_ascii=False) + ": ", below, key_path(path, key))
                    for key, below in value.items()
                ],
            )
        elif isinstance(value, list):
            self._all("[", "]", [("", below, f"{path}[{index}]") for index, below in enumerate(value)])
        else:
            self.text += json.dumps(value, ensure_ascii=False)

    def _all(self, opening: str, closing: str, rows: list[tuple[str, Any, str]]) -> None:
        self.text += opening + self._break
        for index, (label, below, path) in enumerate(rows):
            self.text += (", " + self._break if index else "") + label
            self.put(below, path)
        self.text += self._break + closing


@pytest.mark.parametrize("indent", [True, False])
def test_the_line_of_every_path_is_right(indent: bool) -> None:
    marked = Marked(indent)
    document = shape.to_document(rich_tracker()) | {"odd key": 1, "a.b": {"c[0]": '\\"'}}
    marked.put(document)
    assert json.loads(marked.text) == document
    assert {path: line_of(marked.text, path) for path in marked.lines} == marked.lines


def test_the_line_of_every_task_in_the_canonical_layout_is_its_own() -> None:
    text = encode(rich_tracker())
    for path, value in places(json.loads(text)):
        if isinstance(value, dict) and "title" in value and ".tasks[" in path and "subtasks" not in path:
            assert (
                text.split("\n")[line_of(text, path) - 1]
                .lstrip(" ,")
                .startswith(f'{{"number":{value["number"]},"uid":"{value["uid"]}"')
            )


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(texts, json_values, max_size=3))
def test_the_line_of_every_path_of_any_document_is_right(document: Document) -> None:
    marked = Marked(indent=True)
    marked.put(document)
    assert {path: line_of(marked.text, path) for path in marked.lines} == marked.lines


def test_a_path_that_is_not_there_gives_the_line_above_it() -> None:
    text = '{\n"a": [\n{"b": 1}]}'
    assert [line_of(text, path) for path in ("$.a[0].c", "$.a[5]", "$.x.y", "$", "$.a[0].b[3]")] == [3, 2, 1, 1, 3]


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.sampled_from(["$.a", "$[0]", "$['x']", "$.a[1].b", "", "nonsense", "$['"]))
def test_any_text_and_path_have_some_line(text: str, path: str) -> None:
    assert 1 <= line_of(text, path) <= text.count("\n") + 1


def test_a_key_that_stands_twice_is_found_wherever_it_is() -> None:
    assert first_fault('{"a": {"b": 1},\n"c": [{"b": 1, "a": 2,\n"b": 3}]}', int) == (
        "the key 'b' stands twice in one object",
        3,
    )
    assert first_fault('{"a": {"b": 1}, "c": {"b": 1}}', int) is None


def test_many_findings_in_a_large_file_take_one_walk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from infrastructure import json_lines

    walks = []
    real = json_lines._values
    monkeypatch.setattr(json_lines, "_values", lambda text: walks.append(1) or real(text))
    write(tmp_path, encode(large_tracker(300)).replace('"status":"pending"', '"status":"complete"'))
    assert len(found(tmp_path)) == 301
    assert len(walks) == 1
