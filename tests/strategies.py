"""Random trackers for laws: every field, hostile texts, conflicts and extensions that look like fields."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from domain.tracker import (
    CHECK_KINDS,
    EVIDENCE_KINDS,
    PRIORITIES,
    STATUSES,
    Check,
    Conflict,
    Criterion,
    Evidence,
    Note,
    Phase,
    Rows,
    Subtask,
    Task,
    Tracker,
    Verified,
)

AT = "2026-01-05T09:00:00Z"
LOOK_ALIKES = (
    '","status":"complete"',
    "\n ]",
    "\n ,{",
    "\n]}",
    '","uid":"other-uid"',
    ',"due":"2020-01-01"',
    '"tasks":[',
    "\\",
    '\\"',
    "\u2028\u2029\x85",
    "\x1b[31m",
    "\u202e",
    "日本 é 🏠",
    "]}",
)
KEYS = (
    *("status", "due", "priority", "title", "subtasks", "depends_on", "evidence", "notes", "tasks"),
    *("conflicts", "extensions", "updated_at", "was", "uid", "number", "labels", "verify"),
)

characters = st.characters(codec="utf-8", exclude_characters="\0")
texts = st.one_of(st.sampled_from(LOOK_ALIKES), st.text(characters, max_size=10))
titles = texts.filter(str.strip)
dates = st.dates().map(str)
times = st.sampled_from((AT, "2024-02-29T23:59:60Z", "2026-01-05T09:00:00.123456Z"))
numbers = st.integers(-(2**53) + 1, 2**53 - 1)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | numbers | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | texts, below, max_size=3),
    max_leaves=6,
)
extensions = st.none() | st.dictionaries(st.sampled_from(KEYS) | texts, json_values, max_size=3)
word_lists = st.lists(texts, max_size=2).map(tuple)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def few(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(strategy, max_size=2).map(tuple)


class Uids:
    """Fresh uids, so that a random tracker breaks no rule."""

    def __init__(self) -> None:
        self.made = 0

    def new(self, _: object = None) -> str:
        self.made += 1
        return f"uid-{self.made:06d}"


def as_read(value: Any) -> Any:
    """A list that stands for a whole conflict side is a tuple once it was read."""
    return tuple(value) if isinstance(value, list) else value


conflicts = few(
    st.builds(
        Conflict,
        st.sampled_from(KEYS),
        json_values.map(as_read),
        json_values.map(as_read),
        maybe(st.just("uid-item")),
        maybe(times),
    )
)
notes = few(st.builds(Note, times, texts, texts, maybe(st.just("note-uid"))))
criteria = few(st.builds(Criterion, texts, st.booleans(), maybe(st.just("criterion-uid"))))
checks = few(st.builds(Check, st.sampled_from(CHECK_KINDS), texts))


@st.composite
def evidence(draw: st.DrawFn, id: str) -> Evidence:
    return Evidence(
        id,
        draw(st.sampled_from(EVIDENCE_KINDS)),
        draw(texts),
        AT,
        draw(texts),
        command=draw(maybe(texts)),
        exit_code=draw(maybe(st.integers(-1, 255))),
        duration_ms=draw(maybe(st.integers(0, 10**6))),
        verified=draw(maybe(st.builds(Verified, times, texts))),
        was=draw(word_lists),
    )


@st.composite
def tasks(draw: st.DrawFn, number: int, uids: Uids, earlier: list[str]) -> Task:
    uid = uids.new()
    subtasks = tuple(
        Subtask(n, uids.new(), draw(titles), draw(st.booleans()), draw(word_lists))
        for n in range(1, draw(st.integers(0, 2)) + 1)
    )
    pieces = [draw(evidence(f"E{uids.made * 10 + n}")) for n in range(draw(st.integers(0, 2)))]
    return Task(
        number,
        uid,
        draw(titles),
        draw(st.sampled_from(STATUSES)),
        draw(times),
        draw(times),
        priority=draw(maybe(st.sampled_from(PRIORITIES))),
        assignee=draw(maybe(texts)),
        labels=draw(word_lists),
        due=draw(maybe(dates)),
        estimate=draw(maybe(texts)),
        description=draw(maybe(texts)),
        notes=draw(notes),
        criteria=draw(criteria),
        depends_on=tuple(draw(st.lists(st.sampled_from(earlier), max_size=2, unique=True))) if earlier else (),
        subtasks_issued=draw(maybe(st.just(len(subtasks) + 1))),
        subtasks=subtasks,
        evidence=tuple(pieces),
        verify=draw(checks),
        conflicts=draw(conflicts),
        status_reason=draw(maybe(texts)),
        was=draw(word_lists),
        started_at=draw(maybe(times)),
        completed_at=draw(maybe(times)),
        extensions=draw(extensions),
    )


@st.composite
def trackers(draw: st.DrawFn, most_tasks: int = 3) -> Tracker:
    """A valid tracker: whatever it holds, `decode(encode(tracker))` must give it back."""
    uids, earlier, phases = Uids(), [], []
    for number in range(1, draw(st.integers(0, 3)) + 1):
        rows = []
        for n in range(1, draw(st.integers(0, most_tasks)) + 1):
            rows.append(draw(tasks(n, uids, earlier)))
            earlier.append(rows[-1].uid)
        phases.append(_phase(draw, number, rows, uids))
    return Tracker(
        uids.new(),
        draw(titles),
        AT,
        len(phases) + draw(st.integers(0, 2)),
        tuple(phases),
        initiative=draw(maybe(st.integers(0, 99))),
        overview=draw(maybe(texts)),
        conflicts=draw(conflicts),
        extensions=draw(extensions),
        schema=draw(maybe(st.just("https://example.org/tracker.schema.json"))),
    )


def _phase(draw: st.DrawFn, number: int, rows: list[Task], uids: Uids) -> Phase:
    return Phase(
        number,
        uids.new(),
        draw(titles),
        len(rows) + draw(st.integers(0, 2)),
        Rows(rows),
        description=draw(maybe(texts)),
        conflicts=draw(conflicts),
        was=draw(word_lists),
        extensions=draw(extensions),
    )
