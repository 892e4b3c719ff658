"""Markdown as blocks: structure from mistune, words complete, lines true."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from domain.plan_reading.blocks import Block, as_text, every
from infrastructure.markdown_reader import plain, read_blocks, text_of


def shapes(text: str) -> list[tuple[str, str]]:
    return [(block.kind, block.text) for block in every(read_blocks(text))]


def boxes(text: str) -> list[tuple[str | None, str]]:
    return [(block.box, block.text) for block in every(read_blocks(text)) if block.kind == "item"]


def test_every_kind_of_block_is_read_with_its_line() -> None:
    text = "# Plan\n\nwords\n\n- [x] one\n  - two\n\n| a | b |\n|---|---|\n| c | d |\n\n```sh\nls\n```\n\n> said\n\n<!-- no -->\n"
    found = [(block.kind, block.line) for block in every(read_blocks(text))]
    assert found == [
        ("heading", 1),
        ("paragraph", 3),
        ("item", 5),
        ("item", 6),
        ("table", 8),
        ("code", 12),
        ("quote", 16),
        ("paragraph", 16),
        ("comment", 18),
    ]


def test_the_marks_in_boxes_are_kept_as_they_are() -> None:
    text = "- [ ] a\n- [x] b\n- [X] c\n- [~] d\n- [/] e\n- [-] f\n- [!] g\n1. [x] h\n* [ ] i\n- [ ]\\* j\n- [P] k\n- [link](to) l"
    assert boxes(text) == [
        (" ", "a"),
        ("x", "b"),
        ("X", "c"),
        ("~", "d"),
        ("/", "e"),
        ("-", "f"),
        ("!", "g"),
        ("x", "h"),
        (" ", "i"),
        (" ", "j"),
        (None, "[P] k"),
        (None, "link (to) l"),
    ]


def test_drawn_boxes_and_boxes_without_a_list_are_boxes_too() -> None:
    assert boxes("☐ sweep\n☑ mop\n") == [(" ", "sweep"), ("x", "mop")]
    assert boxes("To do:\n[ ] sweep\n[x] mop\nthe kitchen\n") == [(" ", "sweep"), ("x", "mop\nthe kitchen")]


def test_boxes_in_code_and_comments_are_no_items() -> None:
    text = "```\n- [ ] a\n```\n\n    - [ ] b\n\n<!--\n- [ ] c\n\n- [x] d\n-->\n\nsay `- [ ] e`\n"
    assert boxes(text) == []


def test_deeply_nested_boxes_are_all_found() -> None:
    text = "\n".join("  " * depth + f"- [ ] level {depth}" for depth in range(20))
    assert len(boxes(text)) == 20


def test_front_matter_is_no_heading() -> None:
    blocks = read_blocks("---\nid: 7\ntitle: Shed\n---\n# Shed\n")
    assert blocks == [Block("front", "id: 7\ntitle: Shed", 1), Block("heading", "Shed", 5, 1)]


def test_a_row_of_the_wrong_width_does_not_cost_the_table() -> None:
    (table,) = read_blocks("| a | b |\n|---|---|\n| x | y | z |\n| short |\n| `p\\|q` | r |\n")
    assert [row.cells for row in table.rows] == [("x", "y | z"), ("short", ""), ("p|q", "r")]
    assert [row.line for row in table.rows] == [3, 4, 5]


def test_inline_markup_is_resolved_and_no_word_is_lost() -> None:
    assert plain("**bold** *it* __b__ ~~gone~~ `a*b*c` \\*x\\*") == "bold it __b__ gone a*b*c *x*"
    assert plain("[docs](https://a.b/c_d_e) and ![](pic.png)") == "docs (https://a.b/c_d_e) and pic.png"
    assert plain('[ü](<a b> "why") <https://x.y>') == 'ü (a b "why") https://x.y'
    assert plain("snake_case_name, src/__init__.py, 2 * 3 * 4") == "snake_case_name, src/__init__.py, 2 * 3 * 4"
    assert plain("[text][ref] &amp; more") == "[text][ref] &amp; more"


def test_link_definitions_stay_in_the_text() -> None:
    assert shapes("see [a]\n\n[a]: https://example.org/a\n") == [
        ("paragraph", "see [a]"),
        ("paragraph", "[a]: https://example.org/a"),
    ]


def test_line_ends_marks_and_broken_characters_do_no_harm() -> None:
    assert shapes("\ufeff# T\r\n\r\n- [x] a\r- [ ] b\r\n") == [("heading", "T"), ("item", "a"), ("item", "b")]
    assert shapes("a\0b \ud800c") == [("paragraph", "a\ufffdb \ufffd\ufffd\ufffdc")]
    assert read_blocks("") == []
    assert read_blocks("\n \n\t\n") == []


def test_files_in_other_encodings_are_read() -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
        assert shapes(text_of("# Café – Umbau\n".encode(encoding))) == [("heading", "Café – Umbau")]


def test_text_that_is_no_work_reads_as_before() -> None:
    text = "## Notes\n\nOne line\nand the next.\n\n- a\n  - b\n- c\n\n3. d\n4. e\n\n> said\n\n| a | b |\n| --- | --- |\n| c | d |\n\n```py\nx = 1\n```"
    assert as_text(read_blocks(text)) == text.replace("- c\n\n3. d", "- c\n3. d")


@given(st.text(alphabet="ab*_`[]()!<>\\~ \n-#|:.1x\"'", max_size=80))
def test_no_letter_is_lost_between_text_and_blocks(text: str) -> None:
    kept = "".join(
        c
        for block in every(read_blocks(text))
        for c in block.text + "".join(block.header) + str(block.rows) + block.info
    )
    assert [c for c in text if c in "ab"] == [
        c for c in kept.replace("cells", "").replace("line", "").replace("Row", "") if c in "ab"
    ]
