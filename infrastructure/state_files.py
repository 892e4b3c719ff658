"""What one working tree remembers about a tracker, under `.ecw/state`: never the truth, always safe to delete."""

from __future__ import annotations

import os

from infrastructure.atomic import replace_quietly
from infrastructure.project import OWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    Signature = list[int]

GITIGNORE = "# Only settings are shared; everything else here belongs to one working tree.\n*\n!.gitignore\n!config.json\n"


def signature(stat: os.stat_result) -> Signature:
    """What tells one version of a file from the next: size, times in ns, inode."""
    return [stat.st_size, stat.st_mtime_ns, stat.st_ino, stat.st_ctime_ns]


def prepare(root: str) -> None:
    """Make `.ecw/` (it must be a real folder) with its `.gitignore`, on the first write. Raises OSError."""
    folder = os.path.join(root, OWN)
    if os.path.islink(folder):
        raise NotADirectoryError(20, "is a symbolic link", folder)
    os.makedirs(os.path.join(folder, "state"), mode=0o700, exist_ok=True)
    ignore = os.path.join(folder, ".gitignore")
    if not os.path.lexists(ignore):
        replace_quietly(ignore, GITIGNORE.encode())


class Memory:
    """The signatures of the file and the page as we last wrote or checked them."""

    def __init__(self, root: str, name: str) -> None:
        stem = name.removesuffix(".json").replace("%", "%25").replace("/", "%2F")
        self._path = os.path.join(root, OWN, "state", stem + ".json")

    def recall(self) -> Remembered:
        """What is remembered; nothing when there is no memory or it cannot be read."""
        from infrastructure.codec import loads

        try:
            with open(self._path, "rb") as file:
                document = loads(file.read(1 << 16).decode())
            return Remembered(document["file"], document["page"])
        except (OSError, ValueError, KeyError, TypeError):
            return Remembered([], [])

    def remember(self, file: Signature, page: Signature) -> None:
        """Keep both, if there is a place to keep them: a fresh clone or a read-only folder simply stays cold."""
        from infrastructure.codec import dumps

        if os.path.isdir(os.path.dirname(self._path)):
            replace_quietly(self._path, dumps({"file": file, "page": page}).encode())

    def forget(self) -> None:
        try:
            os.unlink(self._path)
        except OSError:
            return


class Remembered:
    def __init__(self, file: Signature, page: Signature) -> None:
        self.file = file
        self.page = page
