"""Probes that a project declares: `.ecw/probes/*.yaml`, read safely, each mistake told with its line."""

from __future__ import annotations

import os

from domain.errors import WtError
from domain.probes.declaration import mistakes, probe_from
from domain.proof import Declared
from domain.record import Record
from infrastructure.project import OWN
from infrastructure.regular_files import read_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from domain.probes.declaration import Probe

FOLDER = f"{OWN}/probes"
ENDINGS = (".yaml", ".yml")
SIZE_LIMIT = 1 << 13
MOST_BRACKETS = 100  # a declaration is flat; nested ones take the parser time that grows with their square


class ProbeFile(Record):
    """A file of one declared probe; `wrong` says why there is none."""

    where: str
    text: str
    probe: Probe | None = None
    wrong: tuple[str, ...] = ()

    @property
    def declared(self) -> Declared:
        """What a person has to trust: the whole file, and the programs of the project that it starts."""
        commands = (self.probe.command, self.probe.setup, self.probe.inject) if self.probe else ()
        return Declared(self.where, self.text, tuple(command for command in commands if command))


def probe_files(root: str, taken: Collection[str] = ()) -> list[ProbeFile]:
    """Every declaration of the project, in order of name; an id that is `taken` or used twice is refused."""
    try:
        names = sorted(os.listdir(os.path.join(root, FOLDER)))
    except OSError:
        return []
    found: list[ProbeFile] = []
    known = set(taken)
    for name in names:
        if name.endswith(ENDINGS):
            file = _read(root, f"{FOLDER}/{name}")
            if file.probe is not None and file.probe.id in known:
                file = file.replace(probe=None, wrong=(f"there is another probe {file.probe.id}",))
            known |= {file.probe.id} if file.probe else set()
            found.append(file)
    return found


def _read(root: str, where: str) -> ProbeFile:
    import yaml  # only where a project declares probes

    try:
        text = read_file(os.path.join(root, where), where, SIZE_LIMIT)[0].decode()
        if text.count("[") + text.count("{") > MOST_BRACKETS:
            raise ValueError
        document = yaml.safe_load(text)
        lines = _lines(yaml.compose(text, Loader=yaml.SafeLoader))
    except (WtError, UnicodeDecodeError) as error:
        return ProbeFile(where, "", wrong=(getattr(error, "message", "it is not UTF-8"),))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        return ProbeFile(where, "", wrong=(_yaml_mistake(error),))
    wrong = tuple(f"line {lines.get(key, 1)}: {said}" for key, said in mistakes(document))
    return ProbeFile(where, text, None if wrong else probe_from(document, where), wrong)


def _yaml_mistake(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    line = f"line {mark.line + 1}: " if mark is not None else ""
    return f"{line}{getattr(error, 'problem', None) or 'this is no YAML that is read here'}"


def _lines(node: object) -> dict[str, int]:
    """The line of every key; an alias or a nested thing stays where its key is."""
    rows = getattr(node, "value", None)
    if not isinstance(rows, list) or not all(isinstance(row, tuple) for row in rows):
        return {}
    return {str(key.value): key.start_mark.line + 1 for key, _ in rows}
