"""What a plan is read as: fixtures in tests/plans, outlines as expected text, and laws for any text at all."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain import shape
from domain.plan_reading import Report, in_words, listed, read_plan
from domain.rules import findings
from domain.tracker import Task, Tracker
from infrastructure import any_layout, codec
from infrastructure.markdown_reader import read_blocks

PLANS = Path(__file__).parent / "plans"
NOW = "2026-03-01T09:00:00Z"
MARKS = {"complete": "x", "pending": " ", "in_progress": "~", "blocked": "!", "deferred": ">", "cancelled": "-"}


def uids() -> Callable[[], str]:
    numbers = iter(range(1, 10**6))
    return lambda: f"uid{next(numbers):06}"


def read(text: str, *, bullets: bool = False, hint: str = "Hint") -> tuple[Tracker, Report]:
    return read_plan(read_blocks(text), title_hint=hint, now=NOW, new_uid=uids(), actor="ann", bullets=bullets)


def plan(name: str) -> str:
    return (PLANS / name).read_bytes().decode()


def tasks(text: str) -> list[Task]:
    return [task for _, task in read(text)[0].tasks()]


def only(text: str) -> Task:
    (task,) = tasks(text)
    return task


def outline(tracker: Tracker) -> str:
    ids = tracker.ids_by_uid()
    lines = [f"# {tracker.title}"]
    for phase, task in tracker.tasks():
        if not lines or f"## {phase.number}. {phase.title}" not in lines:
            lines.append(f"## {phase.number}. {phase.title}")
        facts = [*task.labels, task.priority, task.assignee and f"@{task.assignee}", task.due, task.estimate]
        facts += [f"needs {ids[uid]}" for uid in task.depends_on]
        shown = ", ".join(str(fact) for fact in facts if fact)
        lines.append(f"[{MARKS[task.status]}] {task.title}" + (f" ({shown})" if shown else ""))
        lines += [f"  [{'x' if step.done else ' '}] {step.title}" for step in task.subtasks]
        lines += [f"  <{'x' if criterion.met else ' '}> {criterion.text}" for criterion in task.criteria]
    return "\n".join(lines)


# --- whole plans ----------------------------------------------------------------------------------------------------


def test_a_mixed_plan_becomes_phases_tasks_subtasks_and_criteria() -> None:
    assert outline(read(plan("garden-house.md"))[0]) == (
        "# Garden house\n"
        "## 1. Ground\n"
        "[x] Clear the plot (GH-001, @mira)\n"
        "[x] Dig the trench (GH-002, @Tomas, 2h)\n"
        "  [x] mark the line\n"
        "  [x] dig to frost depth\n"
        "[x] Pour the footing (GH-003, P, needs 1.2)\n"
        "## 2. Walls\n"
        "[~] Frame the walls (GH-010, high, 2026-05-04, 3 days, needs 1.3)\n"
        "  [x] cut the sills\n"
        "  [ ] raise the corner posts\n"
        "  <x> every post is plumb\n"
        "  < > the frame does not rack\n"
        "[!] Board the walls (GH-011, @Ann, 9 h, needs 2.1)\n"
        "[~] Hang the door (GH-020, @Ann, 4 h)\n"
        "[ ] Fit the window (GH-021, 6 h)\n"
        "## 4. Roof\n"
        "[ ] Lay the battens\n"
        "[~] Order the tiles\n"
        "[!] Fix the ridge\n"
        "[-] Copper gutter"
    )


def test_the_report_says_in_a_few_lines_what_was_taken_for_what() -> None:
    assert in_words(read(plan("garden-house.md"))[1]) == (
        '"Garden house": 3 phases, 11 tasks, 4 subtasks, 2 criteria.\n'
        "3 dependencies taken over.\n"
        "Listed twice and kept once: 2 duplicates (line 73 is line 61, line 84 is line 80).\n"
        "Not work: 4 legend lines, 2 placeholders, 1 comment.\n"
        '2 plain bullets kept as text, under "Ideas for later" (2); --bullets makes tasks of them.\n'
        "All other text is kept in the overview and the descriptions."
    )


def test_the_full_list_names_each_line_its_reading_and_its_item() -> None:
    lines = listed(read(plan("garden-house.md"))[1]).split("\n")
    assert {
        "line 1: title: Garden house",
        "line 5: overview: A small house for tools, and a bench in the sun. See the drawing (drawings/house.pdf).",
        "line 9: legend: Not started",
        "line 31: task 1.2: GH-002 Dig the trench (2h)",
        "line 32: subtask 1.2: mark the line",
        "line 39: task 2.1: GH-010: Frame the walls 🔄",
        "line 43: field 2.1: Effort: 3 days",
        "line 58: criterion 2.1: every post is plumb",
        "line 73: duplicate 2.2: | GH-011 | Board the walls | todo | Ann | 9 | |",
        "line 85: placeholder 4: [ ] ...",
    } <= set(lines)


def test_text_that_is_no_work_is_kept_where_it_stood() -> None:
    tracker, _ = read(plan("garden-house.md"))
    assert tracker.overview is not None
    assert "| sill | the lowest beam of a wall |" in tracker.overview
    assert "drawing (drawings/house.pdf)" in tracker.overview
    assert [phase.description for phase in tracker.phases] == [
        "Goal: a level place that stays dry.",
        None,
        "<!-- - [ ] not a task either -->",
    ]
    assert [(task.description, task.status_reason) for task in tracker.phases[1].tasks][:2] == [
        (
            "Use the larch boards from the barn.\n\n→ raise the corner posts\n\n"
            "```sh\n- [ ] this box is only text\nsaw --length 240\n```",
            None,
        ),
        ("- Supplier: Holz & Co", "Blocked by the late delivery"),
    ]
    assert [note.text for note in tracker.phases[1].tasks[2].notes] == ["hinges are in the shed"]


def test_plans_in_other_languages_are_read() -> None:
    assert outline(read(plan("werkstatt.md"))[0]) == (
        "# Umbau der Werkstatt\n"
        "## 1. Woche 1: Räumen\n"
        "[x] Regale leeren\n"
        "[ ] Boden schleifen (@jonas)\n"
        "## 2. Woche 2: Einrichten\n"
        "[x] Werkbank bauen (@Jonas, 2026-03-14, 2 Tage)\n"
        "[ ] Licht verlegen (@Ute, 2026-03-21, 4 Stunden)\n"
        "## 3. 第3周: 收尾\n"
        "[ ] 打扫房间"
    )


def test_the_columns_of_a_board_are_statuses() -> None:
    assert outline(read(plan("board.md"))[0]) == (
        "# Reading club\n## 1. Backlog\n[ ] Pick the autumn books\n## 2. In progress\n[~] Book the room\n## 3. Done\n[x] Send the survey"
    )


def test_a_page_about_one_task_becomes_one_task() -> None:
    tracker, _ = read(plan("one-task.md"))
    assert outline(tracker) == (
        "# Find a new room\n## 1. Find a new room\n[~] Find a new room (CLUB-7, room, urgent, high, @Ann)\n"
        "  <x> it seats twelve people\n  < > it costs less than forty a month"
    )
    assert tracker.overview is not None and "id: CLUB-7" in tracker.overview


def test_numbered_headings_of_which_one_has_a_status_are_tasks() -> None:
    assert outline(read(plan("release-notes.md"))[0]) == (
        "# Release train\n## 1. Current state\n[x] Faster start (1)\n[~] Offline mode (2)\n[ ] Dark theme (3)"
    )


def test_plain_bullets_are_offered_and_taken_only_when_asked_for() -> None:
    text = plan("release-notes.md")
    _, report = read(text)
    assert [(offer.heading, offer.count) for offer in report.offers] == [("Ideas", 2)]
    tracker, report = read(text, bullets=True)
    assert [(task.title, [step.title for step in task.subtasks]) for task in tracker.phases[-1].tasks] == [
        ("plugins", []),
        ("a phone app", ["with a camera"]),
    ]
    assert report.offers == ()


def test_windows_line_ends_change_nothing() -> None:
    text = plan("crlf.md")
    assert "\r\n" in text
    assert read(text) == read(text.replace("\r\n", "\n"))


@pytest.mark.parametrize("text", ["", "\n", "   \n\t\n", "\ufeff"])
def test_an_empty_file_is_an_empty_tracker(text: str) -> None:
    tracker, report = read(text, hint="Nothing yet")
    assert (tracker.title, tracker.phases, tracker.overview) == ("Nothing yet", (), None)
    assert in_words(report) == '"Nothing yet": no work found.'


# --- single readings ------------------------------------------------------------------------------------------------


def test_phases_keep_the_number_they_had() -> None:
    text = (
        "# P\n## Phase 0: Zero\n- [ ] a\n## Phase 3: Three\n- [ ] b\n## Phase 2FA: Login\n- [ ] c\n## Extras\n- [ ] d\n"
    )
    tracker, _ = read(text)
    assert [(phase.number, phase.title) for phase in tracker.phases] == [
        (4, "Phase 0: Zero"),
        (3, "Three"),
        (5, "Phase 2FA: Login"),
        (6, "Extras"),
    ]
    assert tracker.phases_issued == 6


def test_a_phase_told_first_and_listed_later_is_one_phase() -> None:
    tracker, _ = read("# P\n## Phase 1: Base\nWhy we do it.\n## Checklist\n### Phase 1: Base\n- [ ] a\n")
    assert [(phase.title, phase.tally.total) for phase in tracker.phases] == [("Base", 1)]
    assert "Why we do it." in (tracker.phases[0].description or "")


@pytest.mark.parametrize(
    ("heading", "id", "title"),
    [
        ("### WORK-001: Read", "WORK-001", "Read"),
        ("### [TASK-7] Read", "TASK-7", "Read"),
        ("#### Task 3.2 Read", "3.2", "Read"),
        ("### Task 4: Read", "4", "Read"),
        ("### T012 - Read", "T012", "Read"),
        ("### wörk", None, None),
        ("### UTF-8 everywhere", None, None),
        ("### ADR-004: We use files", None, None),
        ("### Phase 2: Read", None, None),
    ],
)
def test_headings_that_look_like_tasks_are_tasks(heading: str, id: str | None, title: str | None) -> None:
    found = tasks(f"# P\n## Work\n{heading}\nSome words.\n")
    assert [(task.labels[0], task.title) for task in found] == ([(id, title)] if id else [])


def test_ids_are_told_from_words_by_their_series() -> None:
    found = tasks(
        "- [ ] T001 [US1] Add users\n- [ ] T002 Add roles\n- [ ] GPT-4 support\n- [ ] 3.2.1 Ship\n- [ ] 3.2.2 Rest\n"
    )
    assert [(task.title, task.labels) for task in found] == [
        ("Add users", ("T001", "US1")),
        ("Add roles", ("T002",)),
        ("GPT-4 support", ()),
        ("Ship", ("3.2.1",)),
        ("Rest", ("3.2.2",)),
    ]


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("**Status:** ✅ Complete", "complete"),
        ("Status: in progress", "in_progress"),
        ("- **Status**: BLOCKED (no key)", "blocked"),
        ("- Status: on hold", "deferred"),
        ("**Estado:** completado", "complete"),
        ("**状态**: 进行中", "in_progress"),
        ("**Status:** 🚧", "in_progress"),
        ("**Status:** glorious", "pending"),
        ("No status at all", "pending"),
    ],
)
def test_a_status_line_under_a_task_heading_is_its_status(line: str, status: str) -> None:
    assert only(f"# P\n### WORK-001: Read\n{line}\n").status == status


def test_a_status_nobody_knows_stays_in_the_text() -> None:
    assert only("# P\n### WORK-001: Read\n**Status:** glorious\n").description == "Status: glorious"


@pytest.mark.parametrize(
    ("box", "status"),
    [
        ("[x] a", "complete"),
        ("[X] a", "complete"),
        ("[ ] a", "pending"),
        ("[~] a", "in_progress"),
        ("[/] a", "in_progress"),
        ("[-] a", "in_progress"),
        ("[!] a", "blocked"),
        ("[>] a", "deferred"),
        ("[ ] ~~a~~", "cancelled"),
        ("[x] ~~a~~", "complete"),
        ("[ ] a (deferred to spring)", "deferred"),
        ("[ ] a 🔄", "in_progress"),
        ("[ ] a ✅", "pending"),
        ("[ ] [BLOCKED] a", "blocked"),
    ],
)
def test_boxes_say_the_status(box: str, status: str) -> None:
    assert only(f"- {box}\n").status == status


def test_a_legend_of_the_plan_decides_what_its_marks_mean() -> None:
    assert only("`[-]` = cancelled · `[ ]` = open\n\n- [-] a\n").status == "cancelled"


@pytest.mark.parametrize(
    "table",
    [
        "| Term | Meaning |\n|---|---|\n| done | all is well |\n| open | not yet |",
        "| Risk | Impact | Mitigation |\n|---|---|---|\n| rain | high | a roof |",
        "| Phase | Status | Progress |\n|---|---|---|\n| Phase 1 | Done | 100% |",
        "| Date | Author | Action | Notes |\n|---|---|---|---|\n| 2026-01-01 | Ann | Created | first |",
        "| Status | Count |\n|---|---|\n| done | 3 |",
        "| Bot | Status |\n|---|---|\n| a | ✅ RUNNING |",
        "| File | Locked by task | Agent |\n|---|---|---|\n| a.py | TASK-1 | Ann |",
        "| Work items | Can run in parallel |\n|---|---|\n| A-1, A-2 | yes, both of them at once |",
        "| ID | Title | Category | Status |\n|---|---|---|---|\n| DISC-1 | it rains | nature | CAPTURED |",
    ],
)
def test_tables_that_list_no_work_stay_text(table: str) -> None:
    tracker, _ = read(f"# P\n\n{table}\n")
    assert tracker.phases == ()
    assert table.split("\n")[2] in (tracker.overview or "")


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("| Task | Owner |\n|---|---|\n| dig | Ann |", "[ ] dig (@Ann)"),
        ("| Task ID | Description | Check |\n|---|---|---|\n| D-1 | dig | by eye |", "[ ] dig (D-1)"),
        ("| Feature | Status |\n|---|---|\n| **login** | ✅ Fixed |", "[x] login"),
        ("| Item | Done | Priority |\n|---|---|---|\n| dig | [x] | P0 |", "[x] dig (critical)"),
        ("| # | Component | Depends on | Status |\n|---|---|---|---|\n| 1 | dig | none | 🔄 |", "[~] dig (1)"),
    ],
)
def test_tables_that_list_work_are_tasks(table: str, expected: str) -> None:
    assert outline(read(f"# P\n\n{table}\n")[0]).split("\n")[2:] == [expected]


def test_one_work_in_a_table_and_under_a_heading_is_one_task() -> None:
    text = (
        "# P\n\n| Work item | Status | Depends on |\n|---|---|---|\n| W-1 | Done | - |\n| W-2 | Open | W-1 |\n\n"
        "## Phase 1: All\n\n### W-1: Read\n\n### W-2: Write\n- [ ] a step\n"
    )
    tracker, report = read(text)
    assert outline(tracker) == "# P\n## 1. All\n[x] Read (W-1)\n[ ] Write (W-2, needs 1.1)\n  [ ] a step"
    assert [(double.line, double.first_line) for double in report.duplicates] == [(5, 10), (6, 12)]


def test_the_same_words_in_other_phases_are_other_work() -> None:
    assert len(tasks("# P\n## Phase 1: A\n- [x] Verify\n## Phase 2: B\n- [ ] Verify\n")) == 2


def test_two_tasks_with_one_id_by_mistake_are_both_kept() -> None:
    assert [task.title for task in tasks("- [ ] T-1: dig a hole\n- [ ] T-1: paint fence\n")] == [
        "dig a hole",
        "paint fence",
    ]


def test_criteria_without_a_task_are_tasks() -> None:
    assert outline(read("# P\n## Success criteria\n- [ ] it holds\n")[0]) == "# P\n## 1. Success criteria\n[ ] it holds"


def test_a_task_with_tasks_inside_keeps_its_own_row() -> None:
    text = "# P\n## Phase 1: A\n### W-1: Base\n**Status:** open\n#### 1.1: Part\n- [x] a\n#### 1.2: Rest\n- [ ] b\n"
    assert outline(read(text)[0]) == ("# P\n## 1. A\n[ ] Base (W-1)\n[x] Part (1.1)\n  [x] a\n[ ] Rest (1.2)\n  [ ] b")


def test_steps_without_boxes_are_subtasks() -> None:
    assert [step.title for step in only("# P\n## Task 1: A\n### Step 1: cut\nText.\n### Step 2: glue\n").subtasks] == [
        "cut",
        "glue",
    ]


def test_a_plain_item_with_boxes_inside_is_a_task_and_a_label_is_a_group() -> None:
    text = "## Work\n1. **Prepare**\n   - [x] sweep\n- Later:\n  - [ ] paint\n"
    tracker, _ = read(text)
    assert outline(tracker) == "# Hint\n## 1. Work\n[x] Prepare\n  [x] sweep\n[ ] paint"
    assert tracker.phases[0].tasks[1].description == "In: Later"


def test_dependencies_that_close_a_circle_are_left_out_and_told() -> None:
    tracker, report = read("- [ ] A-1: dig (depends on A-2)\n- [ ] A-2: cut (depends on A-1)\n")
    first, second = (task for _, task in tracker.tasks())
    assert (first.depends_on, second.depends_on) == ((second.uid,), ())
    assert [(row.line, row.text) for row in report.left_out] == [(2, '"cut" would depend on itself: depends on A-1')]
    assert 'Left out, line 2: "cut" would depend on itself: depends on A-1' in in_words(report)
    assert second.description == "depends on A-1"


def test_dependencies_that_name_nothing_known_stay_in_the_text() -> None:
    assert only("# P\n### W-1: Dig\n**Depends on:** the weather\n").description == "Depends on: the weather"


def test_a_title_too_long_is_cut_and_kept_whole_in_the_description() -> None:
    text = "word " * 200
    task = only(f"- [ ] {text}\n")
    assert len(task.title) <= shape.TITLE_LIMIT and task.title.endswith("…")
    assert task.description == text.strip()


def test_titles_hold_nothing_invisible() -> None:
    assert only("- [ ] dig\u202e a\u200b hole\x85\n").title == "dig a hole"


def test_mojibake_is_read_as_it_stands() -> None:
    tracker, _ = read("# CafÃ© â\x80\x93 plan\n- [x] crÃ¨me brÃ»lÃ©e\n")
    assert outline(tracker) == "# CafÃ© â plan\n## 1. CafÃ© â plan\n[x] crÃ¨me brÃ»lÃ©e"


# --- laws for any text ------------------------------------------------------------------------------------------------

WORDS = st.sampled_from(
    [
        "dig",
        "cut",
        "W-1",
        "T001",
        "1.2",
        "done",
        "blocked",
        "Owner:",
        "due",
        "Depends",
        "on:",
        "Phase",
        "2:",
        "@ann",
        "(2h)",
        "✅",
        "🔄",
        "—",
        "[a](b)",
        "**bold**",
        "`code`",
        "~~gone~~",
        "TBD",
    ]
)
PHRASES = st.lists(WORDS, max_size=6).map(" ".join)
STARTS = st.sampled_from(
    [
        "# ",
        "## ",
        "### ",
        "- [ ] ",
        "- [x] ",
        "  - [x] ",
        "    - [~] ",
        "- ",
        "  - ",
        "1. ",
        "> ",
        "> - [ ] ",
        "```",
        "<!-- ",
        "--> ",
        "",
        "",
        "| Task | Status |",
        "|---|---|",
        "| dig | done |",
        "| W-1 | open |",
        "---",
        "Acceptance criteria:",
        "## Phase 1: ",
        "### W-1: ",
        "    ",
    ]
)
LINES = st.builds(
    lambda start, phrase, end: start + phrase + end, STARTS, PHRASES, st.sampled_from(["\n", "\n\n", "\r\n"])
)
PAGES = st.lists(LINES, max_size=14).map("".join) | st.text(max_size=120)


def letters(text: str) -> str:
    return "".join(letter for letter in text if letter.isalnum())


def words_of(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [text for inner in value for text in words_of(inner)] if isinstance(value, list) else []


def kept(tracker: Tracker, report: Report) -> str:
    return "\n".join(
        letters(text) for text in [*words_of(shape.to_document(tracker)), *(row.text for row in report.rows)]
    )


def lines_with_words(text: str) -> list[str]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd").split("\n")
    marks = re.compile(r"^(?:\s*(?:>|#+(?=\s)|[-*+](?=\s)|\d+[.)](?=\s)|\[.\](?=\s)))*")
    bare = [marks.sub("", line) for line in lines]
    return [line for line in bare if len(re.findall(r"[^\W_]+", line)) >= 3]


@settings(max_examples=300, deadline=None)
@given(PAGES, st.booleans())
@example("- [ ] " + "x" * 600, False)
@example("# " + "long " * 200, True)
@example("# W-1: a b c\n- [ ] W-1: d e f\n", False)
def test_any_text_becomes_a_valid_tracker_and_no_line_is_lost(text: str, bullets: bool) -> None:
    tracker, report = read(text, bullets=bullets)
    assert list(shape.problems(shape.to_document(tracker))) == []
    assert findings(tracker, severity="error") == []
    decoded = any_layout.decode(codec.encode(tracker).encode(), "plan")
    assert (decoded.tracker, decoded.canonical) == (tracker, True)
    everything = kept(tracker, report)
    assert [line for line in lines_with_words(text) if letters(line) not in everything] == []


@settings(max_examples=50, deadline=None)
@given(PAGES)
def test_the_same_text_is_read_the_same_way(text: str) -> None:
    assert read(text) == read(text)


@pytest.mark.parametrize(
    "piece", ["- [ ] a\n", "**a ", "[[[[", "`", "> ", "| a | b |\n", "<!-- ", "  - [ ] x\n    ", "* * ", "# T-1: x\n"]
)
def test_hostile_repetition_is_read_in_time(piece: str) -> None:
    start = perf_counter()
    read(piece * 2000)
    assert perf_counter() - start < 5
