"""HTML that is built, never pasted together: whatever is not `Html` already is text, and stays text."""

from __future__ import annotations

from domain.letters import HIDDEN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

VOID = frozenset(("meta", "br"))
_ESCAPES = {
    **{ord(c): f"\\u{ord(c):04x}" for c in HIDDEN if c not in "\t\n\r"},
    **{code: f"\\U{code:08x}" for code in range(0xE0000, 0xE0080)},
    **{code: f"\\u{code:04x}" for code in range(0xD800, 0xE000)},  # half a character: no page may hold it
    **{ord(c): name for c, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;"))},
}


class Html(str):
    """Markup that was built here."""

    __slots__ = ()


def escaped(text: str) -> Html:
    """Text as it is read: no element, attribute or reference; control and invisible characters as visible escapes."""
    return text if isinstance(text, Html) else Html(text.translate(_ESCAPES))


def element(name: str, /, *children: str, **attributes: object) -> Html:
    """`<name attribute="…">children</name>`.

    Underscores of an attribute's name stand for hyphens, one at its end for nothing (`class_`); an attribute that is
    None is left out.
    """
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escaped(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in VOID:
        return Html(f"<{name}{given}>")
    return Html(f"<{name}{given}>{''.join(map(escaped, children))}</{name}>")


def together(parts: Iterable[str], between: str = "") -> Html:
    """Parts behind one another, each escaped unless it is markup."""
    return Html(escaped(between).join(map(escaped, parts)))
