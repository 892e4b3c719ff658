"""What wt keeps to be quicker, and can make again: everything below `.ecw/cache`."""

from __future__ import annotations

import os

from infrastructure.project import OWN

CACHE = f"{OWN}/cache"


def cached(root: str) -> list[tuple[str, int, float]]:
    """(name, bytes, when it was last used) of every file in wt's own caches, what was unused longest first."""
    found = []
    for folder, _, files in os.walk(os.path.join(root, CACHE)):
        for file in files:
            path = os.path.join(folder, file)
            stat = os.lstat(path)
            found.append((os.path.relpath(path, root), stat.st_size, max(stat.st_atime, stat.st_mtime)))
    return sorted(found, key=lambda row: row[2])
