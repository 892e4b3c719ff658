"""Letters that nobody sees."""

from __future__ import annotations

HIDDEN = frozenset(
    chr(code)
    for first, last in (
        *((0x00, 0x1F), (0x7F, 0x9F)),  # C0, DEL, C1
        *((0x61C, 0x61C), (0x200B, 0x200F), (0x2028, 0x2029), (0x202A, 0x202E), (0x2060, 0x206F), (0xFEFF, 0xFEFF)),
    )
    for code in range(first, last + 1)
)


def has_hidden(text: str) -> bool:
    """Control, bidi-control or zero-width characters (Trojan Source, CVE-2021-42574); tag characters too."""
    return not (text.isascii() and text.isprintable()) and any(c in HIDDEN or 0xE0000 <= ord(c) < 0xE0080 for c in text)
