"""`wt setup schedule`: upkeep once a day by the user's own systemd, or a line for cron; removable, and nothing else."""

from __future__ import annotations

import os
import shlex
import shutil

from domain.commands.table import Block
from domain.errors import NotFound, NotHere, Refused, Unavailable
from domain.record import Record
from domain.reply import Reply
from infrastructure.atomic import Replacement, make_folder, remove_quietly
from infrastructure.codec import digest
from infrastructure.project import OWN
from infrastructure.regular_files import read_file, why
from infrastructure.running import run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MARK = "# Written by wt, digest "
LIMIT = 1 << 16  # bytes
PATIENCE = 20.0  # seconds for systemctl and crontab
ENDS = 1500  # seconds after which upkeep is stopped: all its deadlines together, and some
SERVICE = """[Unit]
Description=Upkeep of the plan in {shown}
ConditionPathIsDirectory={own}

[Service]
Type=oneshot
WorkingDirectory={root}
ExecStart={command}
Nice=10
TimeoutStartSec={ends}
"""
TIMER = """[Unit]
Description=Upkeep of the plan in {shown}, once a day

[Timer]
OnCalendar=daily
Persistent=true
RandomizedDelaySec=1h

[Install]
WantedBy=timers.target
"""


class Unit(Record):
    """One file of systemd: where it lies and what it says, with the digest of itself in its first line."""

    path: str
    text: str

    @property
    def name(self) -> str:
        return os.path.basename(self.path)

    def there(self) -> str:
        """missing, ours (as we would write it), older (as we wrote it once), or edited."""
        try:
            text = read_file(self.path, self.name, LIMIT)[0].decode(errors="replace")
        except NotFound:
            return "missing"
        head, _, body = text.partition("\n")
        if text == self.text:
            return "ours"
        return "older" if head == f"{MARK}{digest(body.encode())}" else "edited"


class Schedule:
    """The upkeep of one project, in the schedule of the user who runs this."""

    def __init__(self, root: str, program: Sequence[str], env: Mapping[str, str]) -> None:
        """`program` is how this very wt is started, from wherever."""
        self._root = root
        self._command = (*program, "upkeep", "due")
        self._env = env
        self._id = digest(os.path.realpath(root).encode()).rpartition(":")[2][:8]

    # --- what would be written ----------------------------------------------------------------------------------------

    @property
    def folder(self) -> str:
        said = self._env.get("XDG_CONFIG_HOME", "").strip()
        return os.path.join(said or os.path.join(self._env.get("HOME", ""), ".config"), "systemd", "user")

    def units(self) -> tuple[Unit, Unit]:
        """The service and its timer."""
        command = " ".join(map(_quoted, self._command))
        plain = {"shown": _one_line(self._root), "root": _escaped(self._root), "own": _escaped(f"{self._root}/{OWN}")}
        service = SERVICE.format(**plain, command=command, ends=ENDS)
        return self._unit("service", service), self._unit("timer", TIMER.format(**plain))

    def _unit(self, ending: str, text: str) -> Unit:
        path = os.path.join(self.folder, f"wt-upkeep-{self._id}.{ending}")
        return Unit(path, f"{MARK}{digest(text.encode())}\n{text}")

    def cron_line(self) -> str:
        """The same for cron, at a minute of the night that differs from project to project."""
        minute = int(self._id, 16) % 60
        command = f"cd {shlex.quote(self._root)} && {shlex.join(self._command)} >/dev/null 2>&1"
        return f"{minute} 4 * * * {command.replace('%', chr(92) + '%')}"

    def has_systemd(self) -> bool:
        """Whether the user's own systemd runs, so that it can be told."""
        running = os.path.isdir(os.path.join(self._env.get("XDG_RUNTIME_DIR") or "/nowhere", "systemd"))
        return running and self._found("systemctl") is not None

    # --- the four things that can be asked of it ----------------------------------------------------------------------

    def shown(self) -> str:
        """What setting it up would write, or the line to add."""
        if not self.has_systemd():
            return f"{self.cron_line()}\n"
        return "\n".join(f"# {unit.path}\n{unit.text}" for unit in self.units())

    def set_up(self, *, dry_run: bool) -> Reply:
        """Raises NotHere outside a project, Refused for a unit that somebody edited, Unavailable."""
        self._must_be_a_project()
        if not self.has_systemd():
            return self._for_cron()
        units = self.units()
        if all(unit.there() == "ours" for unit in units) and self._is_enabled():
            return Reply("unchanged", "Upkeep is in the schedule already.", data=_data(units))
        self._must_be_ours(units)
        if not dry_run:
            self._write(units)
        return Reply(
            "changed",
            f"Upkeep that is due is done once a day by {units[1].name}.",
            hint=f"See it with: systemctl --user list-timers {units[1].name}",
            blocks=(Block("text", lines=tuple(unit.path for unit in units)),),
            data=_data(units),
            dry_run=dry_run,
        )

    def remove(self, *, dry_run: bool) -> Reply:
        """Take out what `set_up` put in. Raises Refused for a unit that somebody edited, Unavailable."""
        units = [unit for unit in self.units() if unit.there() != "missing"]
        if not units:
            return self._not_in_systemd()
        self._must_be_ours(units)
        if not dry_run:
            self._take_out(units)
        return Reply("changed", "Upkeep is no longer in the schedule.", data=_data(units), dry_run=dry_run)

    def check(self) -> Reply:
        """Whether upkeep is in the schedule. Raises NotHere outside a project."""
        self._must_be_a_project()
        wrong = self._problems() if self.has_systemd() else self._missing_in_cron()
        if not wrong:
            return Reply("answered", "Upkeep is in the schedule.", data={"problems": []})
        return Reply(
            "invalid",
            "Upkeep is not in the schedule.",
            hint="Set it up: wt setup schedule",
            blocks=(Block("text", lines=tuple(wrong)),),
            data={"problems": wrong},
        )

    # --- systemd ------------------------------------------------------------------------------------------------------

    def _problems(self) -> list[str]:
        told = {"missing": "is missing", "older": "is of an older setup", "edited": "was edited by somebody"}
        units = self.units()
        wrong = [f"{unit.path} {told[unit.there()]}." for unit in units if unit.there() != "ours"]
        return wrong or ([] if self._is_enabled() else [f"{units[1].name} is not enabled."])

    def _is_enabled(self) -> bool:
        return self._systemctl("is-enabled", self.units()[1].name)[0]

    def _must_be_ours(self, units: Sequence[Unit]) -> None:
        edited = [unit.path for unit in units if unit.there() == "edited"]
        if edited:
            raise Refused(
                f"{edited[0]} was edited by somebody; nothing was changed.", hint="Take that file away first."
            )

    def _write(self, units: tuple[Unit, Unit]) -> None:
        """Files first, then systemd is told; when it will not take them they are taken away again."""
        try:
            make_folder(self.folder)
            for unit in units:
                with Replacement(unit.path, unit.text.encode()) as replacement:
                    replacement.commit()
        except OSError as error:
            raise Unavailable(f"The units could not be written: {why(error)}.") from error
        for words in (("daemon-reload",), ("enable", "--now", units[1].name)):
            taken, said = self._systemctl(*words)
            if not taken:
                self._take_out(units)
                raise Unavailable(f"systemd did not take the timer: {said or 'it said nothing'}.")

    def _take_out(self, units: Sequence[Unit]) -> None:
        self._systemctl("disable", "--now", self.units()[1].name)
        left = [unit.path for unit in units if not remove_quietly(unit.path) and os.path.lexists(unit.path)]
        self._systemctl("daemon-reload")
        if left:
            raise Unavailable(f"{left[0]} could not be taken away.")

    def _systemctl(self, *words: str) -> tuple[bool, str]:
        program = self._found("systemctl")
        if program is None:
            return False, "there is no systemctl"
        done = run([program, "--user", *words], self._root, timeout=PATIENCE, env=self._env)
        return done.code == 0, done.out.decode(errors="replace").strip() or done.why

    # --- cron ---------------------------------------------------------------------------------------------------------

    def _for_cron(self) -> Reply:
        if not self._missing_in_cron():
            return Reply("unchanged", "Upkeep is in the schedule of cron already.", data={"cron": self.cron_line()})
        return Reply(
            "answered",
            "Your systemd does not run here, so nothing was written. This line lets cron do it:",
            hint="Add it with: crontab -e",
            blocks=(Block("text", lines=(self.cron_line(),)),),
            data={"cron": self.cron_line(), "units": []},
        )

    def _missing_in_cron(self) -> list[str]:
        program = self._found("crontab")
        if program is not None:
            done = run([program, "-l"], self._root, timeout=PATIENCE, env=self._env)
            if self.cron_line() in done.out.decode(errors="replace").split("\n"):
                return []
        return ["Your systemd does not run here, and the line of wt setup schedule is not in your crontab."]

    def _not_in_systemd(self) -> Reply:
        if self._missing_in_cron():
            return Reply("unchanged", "Upkeep is not in the schedule.")
        return Reply(
            "answered",
            "wt writes to no crontab; this line is in yours:",
            hint="Take it out with: crontab -e",
            blocks=(Block("text", lines=(self.cron_line(),)),),
            data={"cron": self.cron_line()},
        )

    # --- what they share ----------------------------------------------------------------------------------------------

    def _found(self, program: str) -> str | None:
        return shutil.which(program, path=self._env.get("PATH"))

    def _must_be_a_project(self) -> None:
        if not os.path.isdir(os.path.join(self._root, OWN)):
            raise NotHere("There is nothing of wt here to keep up.", hint='Start a tracker with: wt init "Title"')


def _data(units: Sequence[Unit]) -> dict[str, object]:
    return {"units": [unit.path for unit in units]}


def _escaped(text: str) -> str:
    """A path as a value of its own: `%` begins a specifier, a line end would begin another key."""
    if any(not character.isprintable() for character in text):
        raise Refused("The name of this project's folder has control characters; systemd cannot be told of it.")
    return text.replace("%", "%%")


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text).replace("%", "%%")


def _quoted(word: str) -> str:
    """One argument of a command line, as systemd reads it."""
    return '"' + _escaped(word).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$") + '"'
