"""The Markdown page: what it shows, that no text can become structure, and that a splice equals a full render."""

from __future__ import annotations

import html
from collections import Counter
from pathlib import Path
from typing import Any

import mistune
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.letters import HIDDEN
from domain.rules import findings
from domain.shape import problems, to_document
from domain.tracker import (
    Check,
    Conflict,
    Criterion,
    Evidence,
    Note,
    Phase,
    Subtask,
    Task,
    Tracker,
    Verified,
)
from domain.view import LINES_INLINE, LINES_SHOWN, bar, digest_of, escape, page, phase_section, splice
from tests.samples import NOW, phase, rich_tracker, task, tracker, tracker_with

GOLDEN = Path(__file__).parent / "golden" / "view"
DIGEST = "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"
PLUGINS = ["table", "task_lists", "url", "strikethrough", "footnotes", "def_list", "math", "spoiler"]
READ = mistune.create_markdown(renderer="ast", plugins=PLUGINS)

Token = dict[str, Any]  # Any: what mistune puts into a token of its tree


# --- whole pages -------------------------------------------------------------------------------------------------------

PAGES = {
    "rich.md": rich_tracker(),
    "plain.md": tracker_with("1.1", "1.2", "2.1"),
    "no_phases.md": tracker(),
    "no_tasks.md": tracker(phase(1, title="Build")),
}


def test_the_sample_is_a_tracker_that_could_stand_on_disk() -> None:
    assert list(problems(to_document(rich_tracker()))) == []
    assert findings(rich_tracker(), severity="error") == []


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_the_golden_page(name: str) -> None:
    assert page(PAGES[name], DIGEST) == (GOLDEN / name).read_text(encoding="utf-8")


def test_the_same_tracker_gives_the_same_bytes() -> None:
    assert page(rich_tracker(), DIGEST).encode() == page(rich_tracker(), DIGEST).encode()


def test_the_page_is_its_head_its_phases_and_its_tail() -> None:
    plan = rich_tracker()
    ids = plan.ids_by_uid()
    sections = [phase_section(plan, each, ids) for each in plan.phases]
    assert "\n".join(sections) in page(plan, DIGEST)


# --- what a reader finds -------------------------------------------------------------------------------------------------


def shown(*tasks: Task) -> str:
    return page(tracker(phase(1, *tasks)), DIGEST)


@pytest.mark.parametrize(
    ("status", "cell"),
    [
        ("pending", "| ⬜ pending |"),
        ("in_progress", "| 🔄 in progress |"),
        ("blocked", "| ⛔ blocked (no key) |"),
        ("complete", "| ✅ complete |"),
        ("deferred", "| 💤 deferred |"),
        ("cancelled", "| 🚫 cancelled |"),
    ],
)
def test_every_status_has_its_sign_and_word(status: str, cell: str) -> None:
    assert cell in shown(task(1, status=status, status_reason="no key" if status == "blocked" else None))


def evidence(id: str = "E1", **fields: Any) -> Evidence:  # Any: fields of Evidence
    return Evidence(**({"id": id, "kind": "manual_note", "content": "seen", "at": NOW, "by": "dana"} | fields))


@pytest.mark.parametrize(
    ("fields", "cell"),
    [
        ({}, "| — |"),
        ({"status": "complete"}, "| no evidence |"),
        ({"evidence": (evidence(),)}, "| 📎 1 |"),
        ({"evidence": (evidence(verified=Verified(NOW, "lee")), evidence("E2"))}, "| 📎 2 (1 verified) |"),
        ({"evidence": (evidence(verified=Verified(NOW, "lee")),)}, "| ✅ 1 verified |"),
        ({"criteria": (Criterion("fast", True), Criterion("safe", False))}, "| criteria 1/2 |"),
        ({"evidence": (evidence(),), "criteria": (Criterion("fast", True),)}, "| 📎 1 · criteria 1/1 |"),
    ],
)
def test_the_verification_column_says_what_is_proven(fields: dict[str, Any], cell: str) -> None:
    row = next(line for line in shown(task(1, **fields)).splitlines() if line.startswith("| 1.1 |"))
    assert row.endswith(cell)


def test_only_the_priorities_that_call_for_attention_are_marked() -> None:
    text = shown(*(task(n, priority=p) for n, p in enumerate(("low", "medium", "high", "critical"), 1)))
    assert [word for word in ("low", "medium", "high", "critical") if word in text] == ["high", "critical"]


def test_dependencies_are_named_by_the_ids_of_their_tasks_in_stored_order() -> None:
    plan = tracker(
        phase(1, task(1, uid="first-one")),
        phase(2, task(1, uid="second-one"), task(2, depends_on=("second-one", "first-one"))),
    )
    assert "- 2.2 depends on 2.1, 1.1\n" in page(plan, DIGEST)


def test_a_dependency_on_nothing_known_is_shown_as_such() -> None:
    assert "- 1.1 depends on ⚠️ unknown task `gone-task`\n" in shown(task(1, depends_on=("gone-task",)))


def test_conflicts_are_shown_with_both_sides_at_their_item() -> None:
    subtask = Subtask(3, "sub-three", "Mix", False)
    conflicts = (Conflict("title", "Mix", None, item="sub-three"), Conflict("labels", ["a", "b"], [], at=NOW))
    text = shown(task(1, subtasks=(subtask,), conflicts=conflicts))
    assert "**Two branches disagree about title of subtask 1.1.3.** Ours: `Mix`. Theirs: nothing." in text
    assert "**Two branches disagree about labels of task 1.1.** Ours: `a`, `b`. Theirs: nothing." in text


def test_conflicts_of_the_tracker_and_of_a_phase_are_shown() -> None:
    title = Conflict("title", "A", "B")
    plan = tracker(phase(1, conflicts=(title,)), conflicts=(Conflict("overview", {"open": True, "n": 1}, "B"),))
    text = page(plan, DIGEST)
    assert "title of phase 1.** Ours: `A`. Theirs: `B`." in text
    assert "overview of the tracker.** Ours: open yes, n `1`. Theirs: `B`." in text


def test_short_output_stands_open_and_long_output_is_folded_away() -> None:
    def output(lines: int) -> str:
        text = "\n".join(f"line {n}" for n in range(1, lines + 1))
        return shown(task(1, evidence=(evidence(kind="command_output", content=text),)))

    assert "<details>" not in output(LINES_INLINE)
    assert f"<summary>Output ({LINES_INLINE + 1} lines)</summary>" in output(LINES_INLINE + 1)
    longest = output(LINES_SHOWN + 5)
    assert f"Output ({LINES_SHOWN + 5} lines, the last {LINES_SHOWN})" in longest
    assert "line 5\n" not in longest and "line 6\n" in longest


def test_output_cannot_close_its_own_fence() -> None:
    text = shown(task(1, evidence=(evidence(kind="command_output", content="a\n````\n## Phase 9: x\r- [x] done"),)))
    (block,) = [token for token in tokens(READ(text)) if token["type"] == "block_code"]
    assert block["raw"] == "a\n````\n## Phase 9: x\n- [x] done\n"


# --- progress -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("percent", "expected"), [(0, "░░░░"), (1, "█░░░"), (50, "██░░"), (99, "███░"), (100, "████")])
def test_the_bar_is_full_only_at_a_hundred_and_empty_only_at_zero(percent: int, expected: str) -> None:
    assert bar(percent, 4) == expected


def test_cancelled_tasks_do_not_count() -> None:
    text = shown(task(1, status="complete"), task(2, status="cancelled"), task(3))
    assert "| 1. Phase 1 | 🔄 in progress | 1 of 2 | `██████████░░░░░░░░░░` 50% |" in text


# --- the digest ------------------------------------------------------------------------------------------------------------


def test_the_last_line_carries_the_digest() -> None:
    text = page(rich_tracker(), DIGEST)
    assert DIGEST in text.splitlines()[-1]
    assert digest_of(text) == DIGEST


def test_the_digest_survives_foreign_line_ends() -> None:
    assert digest_of(page(tracker(), DIGEST).replace("\n", "\r\n")) == DIGEST


@pytest.mark.parametrize("text", ["", "# A plan\n", f"# A plan\n\nJSON digest: `{DIGEST}`\n"])
def test_a_page_without_our_last_line_has_no_digest(text: str) -> None:
    assert digest_of(text) is None


# --- text stays text --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["Lay bricks", "Größe prüfen", "Ship v1.2 - now, R & D", "meet @ noon: 17", "日本語", "C, D (E)"]
)
def test_ordinary_titles_stay_as_they_are(text: str) -> None:
    assert escape(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\nb\r\n\tc", "a b c"),
        ("*a* _b_ ~~c~~", r"\*a\* \_b\_ \~\~c\~\~"),
        ("[x](y) ![z]", r"\[x\](y) !\[z\]"),
        ("a | b ` c \\ d", r"a &#124; b &#96; c \\ d"),
        ("<!-- x --> &amp;", "&lt;!-- x --&gt; &amp;amp;"),
        ("## not a heading", r"\#\# not a heading"),
        ("see https://a.example, soon", "see `https://a.example`, soon"),
        ("www.a.example", "`www.a.example`"),
        ("mail a@b.example to @dana", "mail `a@b.example` to `@dana`"),
        ("fixes #12 and GH-3", "fixes `#12` and `GH-3`"),
        (
            "since 4f9c2ab and (c0ffee254729296a45a3885639ac7e10f9d54979)",
            "since `4f9c2ab` and `(c0ffee254729296a45a3885639ac7e10f9d54979)`",
        ),
        ("a :tada: for $x^2$", "a `:tada:` for `$x^2$`"),
        ("x|http://a`b", "x&#124;`http://a`&#96;b"),
        ("\x1b[31mred\u202e", r"\\u001b\[31mred\\u202e"),
    ],
)
def test_what_could_act_is_shown_instead(text: str, expected: str) -> None:
    assert escape(text) == expected


FRAGMENTS = (
    *(
        "|",
        "\\",
        "`",
        "``",
        "```",
        "~~~",
        "*",
        "**",
        "_",
        "[",
        "]",
        "(",
        ")",
        "<",
        ">",
        "#",
        "##",
        "-",
        "+",
        "=",
        "===",
        "---",
        ":-",
        "!",
    ),
    *(
        "\n",
        "\r",
        "\r\n",
        "\t",
        "    ",
        "\n\n",
        " ",
        "\n- [x] ",
        "\n| a | b |\n",
        "|---|---|",
        "\n# ",
        "\n> ",
        "\n1. ",
        "\n2) ",
        "\n:   ",
    ),
    *(
        "https://a.example/x",
        "http://",
        "ftp://b.example",
        "www.c.example",
        "d@e.example",
        "@dana",
        "#12",
        "GH-1",
        "mailto:f@g.example",
    ),
    *(
        "<b>",
        "</details>",
        "<!--",
        "-->",
        "<script>",
        "&lt;",
        "&#35;",
        "&",
        "[a](b)",
        "![a](b)",
        "[^1]",
        "[^1]: x",
        "[a]: http://x.example",
    ),
    *(
        ":x:",
        "$y$",
        "$$",
        "~~",
        "^a^",
        ">!",
        "!<",
        "[!NOTE]",
        "c0ffee254729296a45a3885639ac7e10f9d54979",
        "## Phase 1: x",
        "\n## Progress\n",
    ),
    *(
        "\x00",
        "\x0b",
        "\x0c",
        "\x1b[31m",
        "\x85",
        "\u2028",
        "\u202e",
        "\u200b",
        "\ufeff",
        "\U000e0041",
        "é",
        "日本",
        "word",
        "a b",
    ),
)
NASTY = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=3), max_size=8).map("".join)
TITLES = NASTY.filter(str.strip)
MAYBE = st.none() | NASTY


@st.composite
def tasks(draw: st.DrawFn, number: int) -> Task:
    subtasks = tuple(
        Subtask(n, f"sub-{n:03d}", title, n % 2 == 0, ("1.1",))
        for n, title in enumerate(draw(st.lists(TITLES, max_size=2)), 1)
    )
    pieces = st.builds(
        evidence,
        id=NASTY,
        kind=st.sampled_from(("command_output", "file_reference", "manual_note")),
        content=NASTY,
        by=NASTY,
        command=MAYBE,
        commit=MAYBE,
        verified=st.none() | st.builds(Verified, at=st.just(NOW), by=NASTY),
    )
    return task(
        number,
        draw(TITLES),
        draw(st.sampled_from(("pending", "blocked", "complete"))),
        assignee=draw(MAYBE),
        labels=tuple(draw(st.lists(NASTY, max_size=2))),
        estimate=draw(MAYBE),
        description=draw(MAYBE),
        status_reason=draw(MAYBE),
        was=tuple(draw(st.lists(NASTY, max_size=1))),
        subtasks=subtasks,
        evidence=tuple(draw(st.lists(pieces, max_size=2))),
        notes=tuple(Note(NOW, by, text) for by, text in draw(st.lists(st.tuples(NASTY, NASTY), max_size=2))),
        criteria=tuple(Criterion(text, False) for text in draw(st.lists(NASTY, max_size=2))),
        verify=tuple(Check("command", text) for text in draw(st.lists(NASTY, max_size=1))),
        conflicts=tuple(Conflict(text, text, None) for text in draw(st.lists(NASTY, max_size=1))),
    )


@st.composite
def phases(draw: st.DrawFn, number: int) -> Phase:
    count = draw(st.integers(0, 2))
    return phase(number, *(draw(tasks(n)) for n in range(1, count + 1)), title=draw(TITLES), description=draw(MAYBE))


@st.composite
def trackers(draw: st.DrawFn) -> Tracker:
    count = draw(st.integers(1, 2))
    return tracker(*(draw(phases(n)) for n in range(1, count + 1)), title=draw(TITLES), overview=draw(MAYBE))


def tokens(tree: Any) -> list[Token]:  # Any: mistune calls its tree a text or a list
    """Every token of a tree, in order."""
    return [found for token in tree for found in (token, *tokens(token.get("children", ())))]


def text_of(token: Token) -> str:
    """What a reader sees of a heading or a cell."""
    if token["type"] == "text":
        return html.unescape(token["raw"])
    return "".join(map(text_of, token["children"])) if "children" in token else str(token["raw"])


def visible(text: str) -> str:
    """The one line that a title must read as."""
    marked = "".join(
        f"\\u{ord(c):04x}"
        if c in HIDDEN and c not in "\t\n\r"
        else f"\\U{ord(c):08x}"
        if 0xE0000 <= ord(c) < 0xE0080
        else c
        for c in text
    )
    return " ".join(marked.split())


def has_details(task: Task) -> bool:
    parts = (task.subtasks, task.evidence, task.notes, task.criteria, task.description, task.verify, task.conflicts)
    return any(parts)


def lines(text: str) -> list[str]:
    return text.strip("\r\n").replace("\r\n", "\n").replace("\r", "\n").split("\n")


def allowed(plan: Tracker) -> Counter[str]:
    """How often each kind of structure may stand in the page of a plan."""
    found = [task for _, task in plan.tasks()]
    pieces = [piece for task in found for piece in task.evidence if piece.kind == "command_output"]
    outputs = [lines(piece.content) for piece in pieces if piece.content.strip()]
    lists = [items for task in found for items in (task.criteria, task.verify, task.evidence, task.notes)]
    count = Counter(
        heading=2 + len(plan.phases) + sum(map(has_details, found)),
        table=1 + sum(bool(len(phase.tasks)) for phase in plan.phases),
        table_row=len(found) + len(plan.phases) + 1,
        task_list_item=sum(len(task.subtasks) for task in found),
        list=sum(map(bool, lists)) + sum(bool(task.subtasks) for task in found),
        list_item=sum(map(len, lists)),
        block_quote=sum(len(task.conflicts) for task in found),
        block_html=1 + 2 * sum(len(output) > LINES_INLINE for output in outputs),
        thematic_break=1,
        block_code=len(outputs),
    )
    return +count


PLAIN = {"paragraph", "block_text", "text", "codespan", "strong", "emphasis", "linebreak", "softbreak", "blank_line"}
PARTS = {"table_head", "table_body", "table_cell"}


def structure(text: str) -> Counter[str]:
    kinds = Counter(token["type"] for token in tokens(READ(text)))
    return Counter({kind: count for kind, count in kinds.items() if kind not in PLAIN | PARTS})


@settings(max_examples=80, deadline=None)
@given(trackers())
def test_no_text_can_add_a_row_a_box_a_heading_html_or_a_link(plan: Tracker) -> None:
    assert structure(page(plan, DIGEST)) == allowed(plan)


@settings(max_examples=80, deadline=None)
@given(TITLES, NASTY)
def test_titles_and_owners_read_back_as_they_were_written(title: str, owner: str) -> None:
    plan = tracker(phase(1, task(1, title, assignee=owner), title=title), title=title)
    found = tokens(READ(page(plan, DIGEST)))
    headings = [text_of(token) for token in found if token["type"] == "heading"]
    cells = [text_of(token) for token in found if token["type"] == "table_cell"]
    assert headings == [visible(title), f"Phase 1: {visible(title)}", "Progress"]
    assert cells[6:12] == ["1.1", visible(title), "⬜ pending", visible(owner) or "—", "—", "—"]


@settings(max_examples=80, deadline=None)
@given(NASTY)
def test_a_command_reads_back_as_it_was_run(command: str) -> None:
    found = tokens(READ(shown(task(1, evidence=(evidence(command=command),)))))
    spans = [token["raw"] for token in found if token["type"] == "codespan"]
    assert (visible(command) in spans) == bool(visible(command))


@settings(max_examples=80, deadline=None)
@given(NASTY)
def test_texts_of_several_lines_begin_nothing_but_paragraphs(text: str) -> None:
    plan = tracker(phase(1, description=text), overview=text)
    kinds = {token["type"] for token in tokens(READ(page(plan, DIGEST).partition("## Progress")[0]))}
    assert kinds <= PLAIN | {"heading", "block_html"}


def test_line_breaks_and_paragraphs_of_an_overview_are_kept() -> None:
    text = page(tracker(overview="One\r\n- two\n\n\n  3. three"), DIGEST)
    assert "One\\\n\\- two\n\n&nbsp;&nbsp;3\\. three\n" in text


# --- splicing ----------------------------------------------------------------------------------------------------------------


def spliced(before: Tracker, after: Tracker) -> str | None:
    found = splice(page(before, DIGEST).encode(), before, after, "sha256:new")
    return None if found is None else found.decode()


def test_an_ordinary_status_change_is_spliced() -> None:
    before = rich_tracker()
    charge = before.task(2, 1)
    assert charge is not None
    after = before.with_task(2, charge.with_status("complete", NOW))
    assert spliced(before, after) == page(after, "sha256:new")


def test_an_added_task_is_spliced() -> None:
    before = rich_tracker()
    after = before.with_phase(before.phases[2].with_new_task(task(3, "Celebrate", depends_on=("switch-over",))))
    assert spliced(before, after) == page(after, "sha256:new")


def test_a_new_title_and_a_new_overview_are_spliced() -> None:
    before = rich_tracker()
    after = before.replace(title="Payments, again", overview=None)
    assert spliced(before, after) == page(after, "sha256:new")


def test_nothing_is_spliced_when_phases_came_went_or_moved() -> None:
    plan = tracker_with("1.1", "2.1", "3.1")
    one, two, three = plan.phases
    for others in ((one, two), (one, three, two), (*plan.phases, phase(4)), (one, two, three.replace(number=4))):
        assert spliced(plan, plan.replace(phases=others)) is None


def test_nothing_is_spliced_when_an_id_changed() -> None:
    plan = tracker_with("1.1", "1.2", "2.1")
    first = plan.phases[0]
    assert spliced(plan, plan.with_phase(first.without_task(1))) is None
    renumbered = first.without_task(2).with_new_task(first.tasks[1].replace(number=7))
    assert spliced(plan, plan.with_phase(renumbered)) is None


def test_nothing_is_spliced_when_a_task_moved_and_kept_its_number() -> None:
    plan = tracker(phase(1, task(1, uid="wanderer")), phase(2), phase(3, task(1, depends_on=("wanderer",))))
    one, two, three = plan.phases
    after = plan.replace(phases=(one.without_task(1), two.with_new_task(one.tasks[0]), three))
    assert spliced(plan, after) is None


def test_nothing_is_spliced_when_a_phase_waited_for_the_task_that_came() -> None:
    plan = tracker(phase(1), phase(2, task(1, depends_on=("late-comer",))))
    after = plan.with_phase(plan.phases[0].with_new_task(task(1, uid="late-comer")))
    assert spliced(plan, after) is None


def test_a_page_with_other_sections_is_never_spliced_into() -> None:
    plan = tracker_with("1.1", "2.1")
    whole = page(plan, DIGEST)
    without, twice = (
        whole.replace("## Phase 2", "## Part 2"),
        whole.replace("## Progress", "## Phase 2: Task\n\n## Progress"),
    )
    for other in ("", without, twice, whole.partition("## Progress")[0]):
        assert splice(other.encode(), plan, plan, DIGEST) is None


@st.composite
def edits(draw: st.DrawFn) -> tuple[Tracker, Tracker]:
    """A plan, and what a few edits made of it."""
    before = after = draw(trackers())
    uids = st.sampled_from([task.uid for _, task in before.tasks()] + ["task-0009", "gone-task"])
    for _ in range(draw(st.integers(0, 3))):
        after = draw(edited(after, uids))
    return before, after


@st.composite
def edited(draw: st.DrawFn, plan: Tracker, uids: st.SearchStrategy[str]) -> Tracker:
    chosen = draw(st.sampled_from(plan.phases))
    kind = draw(
        st.sampled_from(("status", "title", "note", "box", "depend", "add", "remove", "phase", "rename", "shuffle"))
    )
    if kind == "rename":
        return plan.replace(title=draw(TITLES))
    if kind == "phase":
        return plan.replace(phases=(*plan.phases, phase(plan.phases[-1].number + 1)))
    if kind == "shuffle":
        return plan.replace(phases=plan.phases[::-1])
    if kind == "add":
        return plan.with_phase(chosen.with_new_task(task(chosen.tasks_issued + 1, draw(TITLES), uid="task-0009")))
    if not len(chosen.tasks):
        return plan.with_phase(chosen.replace(title=draw(TITLES)))
    if kind == "remove":
        return plan.with_phase(chosen.without_task(chosen.tasks[0].number))
    changes: dict[str, dict[str, object]] = {
        "status": {"status": "complete"},
        "title": {"title": draw(TITLES)},
        "depend": {"depends_on": (draw(uids),)},
    }
    if kind in ("note", "box"):
        return plan.with_phase(
            chosen.with_task(with_more(draw(st.sampled_from(list(chosen.tasks))), kind, draw(TITLES)))
        )
    return plan.with_phase(chosen.with_task(chosen.tasks[-1].replace(**changes[kind])))


def with_more(task: Task, kind: str, text: str) -> Task:
    if kind == "note":
        return task.replace(notes=(*task.notes, Note(NOW, "alex", text)))
    return task.replace(subtasks=tuple(box.replace(done=not box.done) for box in task.subtasks))


@settings(max_examples=80, deadline=None)
@given(edits())
def test_a_splice_equals_the_whole_page_or_is_refused(pair: tuple[Tracker, Tracker]) -> None:
    before, after = pair
    assert spliced(before, after) in (None, page(after, "sha256:new"))
