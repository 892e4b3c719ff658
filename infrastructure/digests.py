"""What tells one version of a tracker from every other: BLAKE2b over its bytes, without importing hashlib."""

from __future__ import annotations

try:
    from _blake2 import blake2b
except ImportError:  # a Python whose private names moved
    from hashlib import blake2b


def digest(data: bytes) -> str:
    """`blake2b:` and 32 hexadecimal digits (RFC 7693, 16 bytes)."""
    return "blake2b:" + blake2b(data, digest_size=16).hexdigest()
