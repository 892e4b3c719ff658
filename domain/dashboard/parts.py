"""What the sections of the page are made of: headings, tables, words for how something is, figures, what is folded."""

from __future__ import annotations

from domain.dashboard.markup import Html, element

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# Mark and colour of a word for how something is; the word stands beside the mark, always.
GOOD, WARNED, BAD, QUIET = "good", "warned", "bad", "quiet"
MARKS = {GOOD: "✓", WARNED: "▲", BAD: "✕", QUIET: "·"}


def section(id: str, title: str, *children: str) -> Html:
    return element("section", element("h2", title, id=id), *children, aria_labelledby=id)


def status(word: str, level: str) -> Html:
    """`✓ closed`."""
    sign = element("span", MARKS[level], aria_hidden="true", class_="sign")
    return element("span", sign, word, class_=f"status {level}")


def quiet(said: str) -> Html:
    """What is said where there is nothing to show."""
    return element("p", said, class_="empty")


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], *, class_: str | None = None) -> Html:
    """A table whose first column names the row. The caption is for those who hear the page."""
    top = element("tr", *(element("th", name, scope="col") for name in head))
    return element(
        "table",
        element("caption", caption, class_="heard"),
        element("thead", top),
        element("tbody", *map(_row, rows)),
        class_=class_,
    )


def _row(cells: Sequence[str]) -> Html:
    first, *rest = cells
    return element("tr", element("th", first, scope="row"), *(element("td", cell) for cell in rest))


def fact_list(facts: Mapping[str, str]) -> Html:
    """A few figures beside one another, each under its name."""
    pairs = [element("div", element("dt", name), element("dd", said)) for name, said in facts.items()]
    return element("dl", *pairs, class_="facts")


def folded(id: str, summary: str, *children: str) -> Html:
    """Shown when somebody asks for it; `id` keeps it open when the page is drawn anew."""
    return element("details", element("summary", summary), *children, id=id)


def figure(picture: str, *caption: str) -> Html:
    return element("figure", picture, element("figcaption", *caption))


def small(said: str) -> Html:
    return element("span", said, class_="small")
