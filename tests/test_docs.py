"""The documentation that the program prints is the documentation that is kept."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from domain.commands import COMMANDS
from domain.errors import EXIT_CODES
from infrastructure.docs_pages import FILES, PAGES
from infrastructure.project import SETTINGS
from infrastructure.router import OPTIONS

ROOT = Path(__file__).resolve().parent.parent
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
SUBCOMMAND_OPTIONS = {
    "--fast",
    "--only",
    "--seed",
    "--keep",
    "--as",
    "--bullets",
    "--strict",
    "--check",
    "--remove",
    "--remote",
    "--plan",
    "--stop",
    "--resume",
    "--output",
    "--serve",
    "--port",
    "--alert",
    "--note",
    "--now",
}
OTHERS = {"--svg", "--quiet", "--sizes", "--rounds", "--markdown"}  # of pip, and of our own scripts


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_a_printed_page_is_the_one_that_is_kept(name: str) -> None:
    assert page(FILES[name]) == PAGES[name](), f"wt docs {name} > {FILES[name]}"


def test_every_command_and_phrase_stands_in_its_page() -> None:
    kept = page("docs/COMMANDS.md")
    for name, spec in COMMANDS.items():
        assert f"\n### {name}\n" in kept
        assert all(f'`wt "{phrase}"`' in kept for phrase in spec.phrases)


def test_every_option_and_setting_stands_in_its_page() -> None:
    kept = page("docs/SETTINGS.md")
    for option in OPTIONS:
        assert f"| `{option.name}" in kept
    for setting in SETTINGS:
        assert f"| `{setting.key}` |" in kept
        assert not setting.env or f"`{setting.env}`" in kept


@pytest.mark.parametrize(
    "name", ["README.md", "docs/RULES.md", "docs/SETTINGS.md", "docs/COMMANDS.md", "CLAUDE.md", "docs/ARCHITECTURE.md"]
)
def test_every_option_that_a_page_speaks_of_exists(name: str) -> None:
    assert set(OPTION.findall(page(name))) <= {option.name for option in OPTIONS} | SUBCOMMAND_OPTIONS | OTHERS


def test_the_exit_codes_of_the_readme_are_the_programs() -> None:
    rows = re.findall(r"^\| (\d+) \|", page("README.md").partition("## Exit codes")[2].partition("\n## ")[0], re.M)
    assert list(map(int, rows)) == sorted(set(EXIT_CODES.values()))


def test_the_pages_that_the_readme_points_to_exist() -> None:
    for target in re.findall(r"\]\(([\w./-]+)\)", page("README.md")):
        assert (ROOT / target).exists(), target
