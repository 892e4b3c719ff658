"""The page stands alone, is sound HTML whatever the texts are, and can be read without eyes, colours or a mouse."""

from __future__ import annotations

import time
from base64 import b64encode
from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.dashboard import Board, page, plan_of
from domain.dashboard.markup import element, escaped
from domain.dashboard.style import DARK, LIGHT, STYLE
from domain.letters import HIDDEN
from domain.tracker import Tracker
from tests.dashboard.boards import NOW, Parsed, full_board, outcome
from tests.samples import large_tracker, rich_tracker, tracker

EMPTY = Board(project="garden", at="2026-01-05T09:00:00Z", seconds=NOW, playbooks=(), probes=(), foreseen=())
BOARDS = {
    "full": full_board(),
    "empty": EMPTY,
    "unreadable": Board(project="x", at="2026-01-05T09:00:00Z", seconds=NOW, troubles=("a", "b")),
    "rich": EMPTY.replace(plans=(plan_of("docs/plans/rich.json", rich_tracker(), (), "2026-03-01"),)),
    "no phases": EMPTY.replace(plans=(plan_of("docs/plans/none.json", tracker(), (), "2026-03-01"),)),
}


@pytest.fixture(params=BOARDS, scope="module")
def parsed(request: pytest.FixtureRequest) -> Parsed:
    return Parsed(page(BOARDS[request.param]))


# --- texts stay texts -------------------------------------------------------------------------------------------------

SHAPE = Parsed(page(full_board())).shape


@settings(max_examples=150, deadline=None)
@given(st.text(min_size=1, max_size=80))
@example("</title><script>alert(1)</script>")
@example('"><img src=x onerror=alert(1)>')
@example("' onmouseover='alert(1)")
@example("<!-- --> ]]> </style><style>*{display:none}</style>")
@example("&lt;script&gt; &#60; &amp;amp; &quot")
@example("\u202eevil\u2066\x00\x1b[31m\ud800\U000e0041")
@example("{{7*7}} ${x} {text}")
def test_no_text_adds_an_element_or_an_attribute(text: str) -> None:
    drawn = Parsed(page(full_board(text)))
    assert drawn.shape == SHAPE
    assert drawn.others == []


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60))
@example("&lt;b&gt; &amp;amp; &#60; &quot")
def test_a_text_is_read_as_it_was_written_and_what_is_invisible_is_shown(text: str) -> None:
    drawn = Parsed(element("p", text, title=text))
    shown = "".join(data for _, data in drawn.texts)
    assert shown == drawn.nodes[0].attributes["title"]
    assert not (set(shown) - set("\t\n\r")) & HIDDEN
    if not set(text) & HIDDEN and text.isprintable():
        assert shown == text


def test_what_would_reverse_a_title_is_seen() -> None:
    assert escaped("a\u202eb\x00\ud800") == "a\\u202eb\\u0000\\ud800"


def test_a_page_can_always_be_written() -> None:
    assert b"ud800" in page(full_board("\ud800")).encode("utf-8")


# --- it stands alone --------------------------------------------------------------------------------------------------


def test_the_page_asks_for_nothing_and_runs_nothing(parsed: Parsed) -> None:
    assert not parsed.all("script", "link", "img", "iframe", "object", "form", "base", "use", "image")
    names = {name for node in parsed.nodes for name in node.attributes}
    assert not {name for name in names if name.startswith("on")} | names & {"src", "srcset", "style", "action"}
    assert {node.attributes["href"][0] for node in parsed.all("a")} == {"#"}
    assert "url(" not in STYLE and "@import" not in STYLE


def test_the_policy_of_the_page_lets_only_its_own_style_in(parsed: Parsed) -> None:
    policies = [
        node.attributes["content"]
        for node in parsed.all("meta")
        if node.attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    style = "".join(data for tag, data in parsed.texts if tag == "style")
    digest = b64encode(sha256(style.encode()).digest()).decode()
    assert policies == [
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
    ]


def test_the_same_board_is_drawn_the_same() -> None:
    assert page(full_board()) == page(full_board())


# --- it can be read in every way --------------------------------------------------------------------------------------


def test_the_page_has_landmarks_a_language_and_a_title(parsed: Parsed) -> None:
    assert [len(parsed.all(tag)) for tag in ("header", "nav", "main", "footer", "h1", "title")][:5] == [1] * 5
    assert parsed.nodes[0].attributes == {"lang": "en"}
    assert all(node.attributes.get("aria-label") for node in parsed.all("nav"))


def test_headings_follow_one_another_without_a_gap(parsed: Parsed) -> None:
    levels = [int(node.tag[1]) for node in parsed.all("h1", "h2", "h3", "h4", "h5")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))


def test_every_picture_says_what_it_shows_or_stands_beside_words(parsed: Parsed) -> None:
    ids = {node.attributes["id"]: node for node in parsed.nodes if "id" in node.attributes}
    for node in parsed.all("svg"):
        if node.attributes.get("aria-hidden") == "true":
            continue
        assert node.attributes["role"] == "img"
        named = [ids[id].tag for id in node.attributes["aria-labelledby"].split()]
        assert named == ["title", "desc"]
        assert "figure" in node.above


def test_every_id_is_there_once_and_every_reference_leads_somewhere(parsed: Parsed) -> None:
    ids = [node.attributes["id"] for node in parsed.nodes if "id" in node.attributes]
    assert len(set(ids)) == len(ids)
    wanted = [id for node in parsed.nodes for id in node.attributes.get("aria-labelledby", "").split()]
    wanted += [node.attributes["href"][1:] for node in parsed.all("a")]
    assert set(wanted) <= set(ids)


def test_every_table_has_a_caption_and_heads_of_columns_and_rows(parsed: Parsed) -> None:
    count = {tag: len(parsed.all(tag)) for tag in ("table", "caption", "thead", "tbody")}
    assert len(set(count.values())) == 1
    assert all(node.attributes["scope"] in ("col", "row") for node in parsed.all("th"))
    rows = [node for node in parsed.all("tr") if node.above[-1] == "tbody"]
    assert len(rows) == sum(node.attributes["scope"] == "row" for node in parsed.all("th"))


def test_every_figure_has_a_caption_and_a_table_beside_it(parsed: Parsed) -> None:
    assert len(parsed.all("figure")) == len(parsed.all("figcaption"))
    folded = {node.attributes["id"] for node in parsed.all("details")}
    curves = {
        node.attributes["aria-labelledby"].split("-title")[0] for node in parsed.all("svg") if "role" in node.attributes
    }
    beside = {id.replace("-curve", "-steps").replace("time-line", "treatments") for id in curves}
    assert beside <= folded


def test_the_first_link_leads_past_the_header(parsed: Parsed) -> None:
    assert parsed.all("a")[0].attributes == {"href": "#content", "class": "skip"}
    assert parsed.all("main")[0].attributes["id"] == "content"


def test_no_mark_of_how_something_is_stands_without_its_word(parsed: Parsed) -> None:
    signs = [index for index, (_, text) in enumerate(parsed.texts) if text in ("✓", "▲", "✕", "·")]
    assert all(parsed.texts[index + 1][1].strip() for index in signs)


def colours(palette: str) -> dict[str, str]:
    pairs = [part.split(":") for part in palette.replace("\n", "").split(";") if part.strip()]
    return {name.strip().removeprefix("--"): value.strip() for name, value in pairs}


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, "contrast ratio"."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_has_the_contrast_that_wcag_asks_for(palette: str) -> None:
    named = colours(palette)
    for ground in ("ground", "sheet"):
        texts = {
            name: contrast(named[name], named[ground]) for name in ("ink", "soft", "good", "warned", "bad", "accent")
        }
        assert min(texts.values()) >= 4.5, texts
        shapes = {name: contrast(named[name], named[ground]) for name in ("under-way", "stuck", "accent")}
        assert min(shapes.values()) >= 3, shapes


def test_the_guard_of_contrast_sees_what_is_too_faint() -> None:
    assert contrast("#777777", "#888888") < 4.5 < contrast("#000000", "#ffffff") == pytest.approx(21)


# --- what it says -----------------------------------------------------------------------------------------------------


def said(board: Board) -> str:
    return Parsed(page(board)).said("style", "title", "desc")


def test_where_nothing_is_known_that_is_said_kindly() -> None:
    told = said(EMPTY)
    for words in (
        "There is no plan yet.",
        "Nothing waits for you.",
        "Nothing had to be healed",
        "n/a",
        "Too little was measured",
    ):
        assert words in told


def test_a_plan_that_cannot_be_read_is_shown_as_such_beside_the_others() -> None:
    told = said(full_board("Lay bricks"))
    assert "cannot be read" in told and "1 of 2" in told


@pytest.mark.parametrize(("trials", "words"), [(9, "n/a below ten"), (10, "72 to 100%")])
def test_a_rate_is_told_from_ten_treatments_on_and_with_its_bounds(trials: int, words: str) -> None:
    rows = [outcome(n / 10, "page_drift") for n in range(trials)]
    assert words in said(EMPTY.replace(outcomes=rows, playbooks=[{"id": "page_drift", "enabled": True}]))


def test_what_is_to_come_is_told_with_its_evidence_and_what_was_prevented_with_its_count() -> None:
    told = said(full_board("disk: full in 11 h"))
    for words in ("near", "far", "no end in sight", "Prevented: 1 of 2 treatments before the fact", "not prevented"):
        assert words in told


def test_treatments_older_than_thirty_days_count_for_playbooks_and_are_no_incidents() -> None:
    rows = [outcome(31, "page_drift")]
    told = said(EMPTY.replace(outcomes=rows, playbooks=[{"id": "page_drift", "enabled": True}]))
    assert "Nothing had to be healed in the last thirty days." in told
    assert "n/a below ten" in told


def test_many_playbooks_share_the_last_lane() -> None:
    rows = [outcome(n, f"book_{n:02d}") for n in range(12)]
    drawn = Parsed(page(EMPTY.replace(outcomes=rows)))
    lanes = [text for tag, text in drawn.texts if tag == "text" and ("book" in text or "others" in text)]
    assert len(lanes) == 8 and lanes[-1] == "5 others"


def test_of_very_many_treatments_the_newest_are_drawn_and_that_is_said() -> None:
    rows = [outcome(n / 100, "b") for n in range(1000)][::-1]
    drawn = Parsed(page(EMPTY.replace(outcomes=rows)))
    marks = [
        node for node in drawn.all("path") if "mark" in node.attributes["class"] and "figcaption" not in node.above
    ]
    assert len(marks) == 500 and "the newest 500 of 1000" in drawn.said()


def test_every_kind_of_result_has_a_form_of_its_own() -> None:
    rows = [outcome(n, "b", result) for n, result in enumerate(("healed", "asked", "escalated", "stopped"))]
    drawn = Parsed(page(EMPTY.replace(outcomes=rows)))
    forms = {node.attributes["d"] for node in drawn.all("path") if "mark" in node.attributes["class"]}
    assert len(forms) == 4


def test_ten_thousand_tasks_make_a_small_page_quickly() -> None:
    began = time.process_time()
    large: Tracker = large_tracker(10_000)
    drawn = page(EMPTY.replace(plans=(plan_of("docs/plans/large.json", large, (), "2026-03-01"),)))
    assert len(drawn.encode()) < 2_000_000
    assert time.process_time() - began < 2
