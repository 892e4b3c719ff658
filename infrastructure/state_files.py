"""What one working tree remembers about a tracker, under `.ecw/state`: never the truth, always safe to delete."""

from __future__ import annotations

import os

from domain.errors import WtError
from domain.record import Record
from infrastructure.project import OWN
from infrastructure.regular_files import read_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Signature = str

SNAPSHOT_EVERY = 50  # commits
SHARED = (".gitignore", "config.json", "probes/", "probes/*", "playbooks/", "playbooks/*", "escalation.yaml")
GITIGNORE = (
    "# Only settings, probes, playbooks and escalation rules are shared; the rest belongs to one working tree.\n*\n"
    + "".join(f"!{name}\n" for name in SHARED)
)


def signature(stat: os.stat_result) -> Signature:
    """What tells one version of a file from the next: size, times in ns, inode. The empty text stands for no file."""
    return f"{stat.st_size} {stat.st_mtime_ns} {stat.st_ino} {stat.st_ctime_ns}"


def prepare(root: str) -> None:
    """Make `.ecw/` (it must be a real folder) with its `.gitignore`, on the first write. Raises OSError."""
    from infrastructure.atomic import make_folder, replace_quietly  # a read makes nothing

    folder = os.path.join(root, OWN)
    if os.path.islink(folder):
        raise NotADirectoryError(20, "is a symbolic link", folder)
    make_folder(folder)
    os.makedirs(os.path.join(folder, "state"), mode=0o700, exist_ok=True)
    ignore = os.path.join(folder, ".gitignore")
    if not os.path.lexists(ignore):
        replace_quietly(ignore, GITIGNORE.encode())


class Remembered(Record):
    """Signatures: the tracker as last written or checked, the page as last drawn, the tracker it was drawn from.

    And what the journal knows of them: the digest of the tracker that bears the signature `file`, the number of the
    last entry that reached the file, number and day of the newest snapshot.
    """

    file: Signature = ""
    page: Signature = ""
    page_of: Signature = ""
    state: str = ""
    uid: str = ""
    seq: int = 0
    snapshot: int = 0
    snapshot_day: str = ""

    def wants_snapshot(self, seq: int, day: str) -> bool:
        """Whether the commit `seq` on `day` (ISO date) takes one: the first, every fiftieth, the first of a day."""
        return not self.snapshot or seq - self.snapshot >= SNAPSHOT_EVERY or day > self.snapshot_day


def _as(default: object, value: Any) -> Any:  # Any: JSON as parsed, until it is of the type of the field
    """A number where a number belongs, else text. Raises ValueError, TypeError."""
    return int(value) if type(default) is int else str(value)


class Memory:
    """Where the signatures of one tracker are kept."""

    def __init__(self, root: str, name: str) -> None:
        self._path = os.path.join(root, OWN, "state", name.replace("%", "%25").replace("/", "%2F"))

    def recall(self) -> Remembered:
        """What is remembered; nothing when there is no memory or it cannot be read."""
        from infrastructure.json_text import loads

        try:
            document = loads(read_file(self._path, "the memory", 1 << 16)[0].decode())
            return Remembered(**{key: _as(default, document[key]) for key, default in Remembered._defaults.items()})
        except (WtError, ValueError, KeyError, TypeError):
            return Remembered()

    def remember(self, remembered: Remembered) -> None:
        """Keep it, if there is a place to keep it: a fresh clone or a read-only folder simply stays cold."""
        from infrastructure.atomic import replace_quietly
        from infrastructure.json_text import dumps

        if os.path.isdir(os.path.dirname(self._path)):
            replace_quietly(self._path, dumps(dict(remembered.values())).encode())

    def forget(self) -> None:
        try:
            os.unlink(self._path)
        except OSError:
            return


def missing_names(root: str) -> list[str]:
    """Trackers that are remembered and whose file is not there."""
    try:
        files = sorted(os.listdir(os.path.join(root, OWN, "state")))
    except OSError:
        return []
    names = [file.replace("%2F", "/").replace("%25", "%") for file in files if "%2F" in file and file.endswith(".json")]
    return [name for name in names if not os.path.lexists(os.path.join(root, name))]
