"""The page of the figures is written by the run that took them."""

from __future__ import annotations

from tests.crash.figures import PAGE, block, counted, with_block


def test_counts_are_added_up_and_of_waits_the_longest_is_kept() -> None:
    assert counted(["3 states", "4 states", "7 longest wait, ms", "5 longest wait, ms"]) == {
        "longest wait, ms": 7,
        "states": 7,
    }


def test_only_the_block_of_the_page_is_written_anew() -> None:
    page = PAGE.read_text(encoding="utf-8")
    made = with_block(page, block({"states": 1234}, "2026-01-05", "2 cores"))
    assert "| States | 1,234 |" in made
    assert with_block(made, block({}, "", "")) == with_block(page, block({}, "", ""))


def test_the_figures_of_the_last_run_name_no_loss() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| Of them lost")]
    assert rows and all(row.endswith("| 0 |") for row in rows)
