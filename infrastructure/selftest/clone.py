"""A throw-away project for one trial: a plan with a history, a remote, a home, a clock and a git of its own."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import random
import shutil
import subprocess
import sys
import time

from domain.record import Record
from infrastructure import bootstrap, router

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    Document = dict[str, Any]  # Any: JSON as parsed
    Happen = Callable[[], object]

SOURCES = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PLAN, PAGE = "docs/plans/release.json", "docs/plans/release.md"
WORK = "src/main.py"  # committed, and changed since
NOTES = "notes.txt"  # never committed
HOUR, DAY = 3600.0, 86_400.0
LONGEST = 60.0  # seconds of one command
KEPT = ("PATH", "LANG", "TMPDIR", "SYSTEMROOT")
MARK = ".wt-selftest"  # lies beside every throw-away project, and nowhere else

SAID = (
    'init "Release"',
    *(f"add phase {name}" for name in ("Design", "Build", "Test", "Ship")),
    *(f"add task to phase {phase}: {verb} the {thing}" for phase, verb, things in (
        (1, "Sketch", ("login", "search", "report", "export", "import", "help", "map")),
        (2, "Write", ("login", "search", "report", "export", "import", "help", "map", "index")),
        (3, "Check", ("login", "search", "report", "export", "import", "help", "map")),
        (4, "Announce", ("login", "search", "report", "export", "import", "help", "map", "end")),
    ) for thing in things),
    "add subtask to 2.1: Draw the form",
    "add subtask to 2.1: Ask for the password",
    "2.2 depends on 2.1",
    "3.1 depends on 2.1",
    "3.2 depends on 2.2",
    "set priority of 2.3 to high",
    "assign 2.4 to dana",
    "note on 2.1: the form has to work without scripts",
    "complete 1.1-1.5",
    "complete 2.1",
    "start 2.2",
    "block 2.5 because the format is not decided",
    "defer 4.8",
)  # fmt: skip


class Said(Record):
    """What the program answered: its exit code, and the reply as data."""

    code: int
    reply: Mapping[str, Any]  # Any: an object of JSON

    @property
    def is_done(self) -> bool:
        """Whether it said that it has done what it was told, or that it was so already."""
        return self.code in (0, 6)

    @property
    def data(self) -> Mapping[str, Any]:
        found = self.reply.get("data")
        return found if isinstance(found, dict) else {}

    @property
    def words(self) -> str:
        """Everything that it told a person."""
        healing = [str(step.get("text", "")) for step in self.reply.get("healing") or ()]
        told = [self.reply.get("message"), self.reply.get("hint"), *(self.data.get("warnings") or ()), *healing]
        return "\n".join(str(each) for each in told if each)


class Clone:
    """One project of its own, in a folder that nothing else uses. Its clock stands until somebody waits."""

    def __init__(self, folder: str, chance: random.Random, *, now: float) -> None:
        self.folder = folder
        self.root = os.path.join(folder, "project")
        self.remote = os.path.join(folder, "remote.git")
        self.home = os.path.join(folder, "home")
        self.bin = os.path.join(folder, "bin")
        self.chance = chance
        self.now = now
        self.as_process = False
        self.extra: dict[str, str] = {}  # of the environment
        self.expected: dict[
            tuple[str, str], object
        ] = {}  # (uid, field): what the fault has rightly changed in the plan
        self.told: list[Said] = []  # what the program answered in this trial
        self.drawn: set[str] = set()  # digests of pages as the program drew them
        self.ends: list[Happen] = []  # what a fault must take away again: processes, mounts, locks

    # --- time and surroundings ----------------------------------------------------------------------------------------

    def wait(self, seconds: float) -> None:
        """Time passes for the program; nobody waits for it."""
        self.now += seconds

    @property
    def env(self) -> dict[str, str]:
        """All that the program is told of the world: nothing of the one that this runs in."""
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        path = f"{self.bin}{os.pathsep}{kept.get('PATH', os.defpath)}"
        own = {
            "HOME": self.home,
            "PATH": path,
            "USER": "sam",
            "WT_ACTOR": "sam",
            "WT_NOW": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.now)),
            "WT_RETRY_DELAY": "0.01",
            "NO_COLOR": "1",
            "GIT_CONFIG_GLOBAL": os.path.join(self.home, ".gitconfig"),
            "GIT_CONFIG_NOSYSTEM": "1",
        }
        return kept | own | self.extra

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """This process stands in the project and sees its surroundings."""
        before, folder = dict(os.environ), os.getcwd()
        os.environ.clear()
        os.environ.update(self.env)
        os.chdir(self.root)
        try:
            yield
        finally:
            os.chdir(folder)
            os.environ.clear()
            os.environ.update(before)

    def close(self) -> None:
        """Take away what the fault brought along. Idempotent."""
        while self.ends:
            self.ends.pop()()

    # --- the program --------------------------------------------------------------------------------------------------

    def say(self, *arguments: str) -> Said:
        """The program from its command line to its exit code; a process of its own where this trial wants that."""
        said = self.process(*arguments) if self.as_process else self.here(*arguments)
        self.told.append(said)
        return said

    def here(self, *arguments: str) -> Said:
        """The same in this process, of which nobody is told."""
        raw = [io.BytesIO(), io.BytesIO()]
        out, err = (io.TextIOWrapper(each, encoding="utf-8", write_through=True) for each in raw)
        with self.entered(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = router.main(["--json", *arguments])
        return Said(code, _object(raw[0].getvalue()))

    def process(self, *arguments: str) -> Said:
        """The program as it is really started."""
        done = subprocess.run(
            self.command(*arguments), cwd=self.root, env=self.env, capture_output=True, timeout=LONGEST, check=False
        )
        return Said(done.returncode, _object(done.stdout))

    def at_once(self, *sentences: str) -> None:
        """Several processes that begin at the same moment."""
        started = [
            subprocess.Popen(self.command(each), cwd=self.root, env=self.env, stdout=subprocess.PIPE, stderr=-3)
            for each in sentences
        ]
        for process in started:
            out, _ = process.communicate(timeout=LONGEST)
            self.told.append(Said(process.returncode, _object(out)))

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, os.path.join(SOURCES, "scripts", "wt.py"), "--json", *arguments]

    def meanwhile(self, sentence: str, happen: Happen) -> Said:
        """A command in whose middle something happens: after it was read, before it takes the lock."""
        with self.entered():
            invocation = router.read_arguments(["--json", sentence])
            wired = bootstrap.session(invocation, dict(os.environ), self.root, lambda real: _Meanwhile(real, happen))
            reply = wired.handle(sentence)
        self.told.append(Said(reply.exit_code, reply.to_document()))
        return self.told[-1]

    def do(self, *sentences: str) -> None:
        """Commands that have to work. Raises RuntimeError."""
        for sentence in sentences:
            said = self.here(sentence)
            if not said.is_done:
                raise RuntimeError(f"{sentence}: {said.words}")
        self.note_page()

    def note_page(self) -> None:
        """The page as it stands was drawn by the program: it can be drawn again."""
        if self.there(PAGE):
            self.drawn.add(hashlib.sha256(self.read(PAGE)).hexdigest())

    # --- files --------------------------------------------------------------------------------------------------------

    def path(self, name: str) -> str:
        return os.path.join(self.root, name)

    def read(self, name: str) -> bytes:
        with open(self.path(name), "rb") as file:
            return file.read()

    def write(self, name: str, data: bytes | str) -> None:
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "wb") as file:
            file.write(data.encode() if isinstance(data, str) else data)

    def add(self, name: str, data: str) -> None:
        with open(self.path(name), "a", encoding="utf-8") as file:
            file.write(data)

    def fill(self, name: str) -> None:
        """With zeros, until there is no room left at all."""
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(b"\0" * 4096):
                pass

    def remove(self, name: str) -> None:
        path = self.path(name)
        shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)

    def there(self, name: str) -> bool:
        return os.path.lexists(self.path(name))

    def below(self, name: str) -> list[str]:
        """Every file below a folder, by its name from the root, in order."""
        found = []
        for folder, _, files in os.walk(self.path(name)):
            found += [os.path.relpath(os.path.join(folder, file), self.root) for file in files]
        return sorted(found)

    def aged(self, name: str, seconds: float) -> None:
        """As if the file were so old already, by the clock of the project."""
        os.utime(self.path(name), (self.now - seconds,) * 2)

    def document(self) -> Document:
        """The plan as it stands in the file. Raises ValueError, OSError."""
        found: Document = json.loads(self.read(PLAN))
        return found

    def lines(self, name: str) -> list[Any]:
        """The JSON objects of a log, one a line; what is none is left out. Empty without the log."""
        if not self.there(name):
            return []
        return [found for line in self.read(name).split(b"\n") if (found := _object(line)).keys() - {"message"}]

    def task(self, id: str) -> Document:
        """A task of the plan as it stands in the file."""
        phase, number = map(int, id.split("."))
        row = next(each for each in self.document()["phases"] if each["number"] == phase)
        return dict(next(each for each in row["tasks"] if each["number"] == number))

    def uid(self, id: str) -> str:
        return str(self.task(id)["uid"])

    def replace(self, name: str, old: bytes, new: bytes) -> None:
        """The first place where a file says so says something else. Raises ValueError when there is none."""
        raw = self.read(name)
        if old not in raw:
            raise ValueError(f"{name} does not say {old!r}")
        self.write(name, raw.replace(old, new, 1))

    def rewrite(self, change: Callable[[Document], object]) -> None:
        """Somebody edits the plan by hand: well formed, in a layout of their own."""
        document = self.document()
        change(document)
        self.write(PLAN, json.dumps(document, indent=2, ensure_ascii=False))

    # --- git ----------------------------------------------------------------------------------------------------------

    def git(self, *arguments: str, folder: str | None = None, fails: bool = False) -> str:
        """git as a person calls it. Raises RuntimeError unless it ended as expected."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=folder or self.root,
            env=self.env,
            capture_output=True,
            timeout=LONGEST,
            check=False,
        )
        if (done.returncode != 0) != fails:
            raise RuntimeError(f"git {' '.join(arguments)}: {done.stderr.decode(errors='replace')}")
        return done.stdout.decode(errors="replace").strip()

    def commit(self, message: str) -> None:
        self.git("add", "docs", ".ecw/.gitignore", "src")
        self.git("commit", "-q", "--no-verify", "-m", message)

    def shim(self, script: str) -> None:
        """A git in front of the real one: `script` is shell text; what it lets through goes on to the real git."""
        os.makedirs(self.bin, exist_ok=True)
        real = shutil.which("git", path=os.environ.get("PATH", os.defpath))
        path = os.path.join(self.bin, "git")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f'#!/bin/sh\necho "$*" >> "{self.bin}/calls"\n{script}\nexec "{real}" "$@"\n')
        os.chmod(path, 0o755)

    def calls(self) -> list[str]:
        """What the git in front was asked, in order."""
        try:
            with open(os.path.join(self.bin, "calls"), encoding="utf-8") as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []


def _object(raw: bytes) -> Mapping[str, Any]:
    """The reply that was printed; what is none is a reply without anything in it."""
    try:
        found = json.loads(raw)
    except ValueError:
        return {"message": raw.decode(errors="replace")}
    return found if isinstance(found, dict) else {}


class _Meanwhile:
    """The trackers of a project, in which something happens before the first of them is changed."""

    def __init__(self, real: Any, happen: Happen) -> None:
        self._real = real
        self._happen = [happen]

    def __getattr__(self, name: str) -> Any:  # Any: everything else is as it was
        return getattr(self._real, name)

    def saying(self, sentence: str, consent: str | None = None) -> _Meanwhile:
        self._real = self._real.saying(sentence, consent)
        return self

    def writer(self, name: str) -> Any:  # Any: a store
        return _Opened(self._real.writer(name), self._happen)


class _Opened:
    def __init__(self, real: Any, happen: list[Happen]) -> None:
        self._real = real
        self._happen = happen

    def __getattr__(self, name: str) -> Any:  # Any: everything else is as it was
        return getattr(self._real, name)

    def update(self, *what: Any) -> Any:  # Any: what the store takes, and gives
        if self._happen:
            self._happen.pop()()
        return self._real.update(*what)


# --- making ----------------------------------------------------------------------------------------------------------


def made(folder: str, now: float) -> Clone:
    """The project that every trial gets a copy of: four phases, thirty tasks, three days of history, all pushed."""
    clone = Clone(folder, random.Random(0), now=now - 3 * DAY)
    for path in (clone.root, clone.home, os.path.join(clone.root, ".ecw"), os.path.join(clone.root, "src")):
        os.makedirs(path)
    with open(os.path.join(folder, MARK), "w", encoding="utf-8"):
        pass
    _begin_git(clone)
    for sentence in SAID:
        clone.wait(HOUR)
        clone.do(sentence)
    _push(clone)
    clone.now = now - HOUR
    clone.do("complete 1.6", "progress")
    clone.add(WORK, "print('not committed yet')\n")
    clone.write(NOTES, "Nobody else has seen this.\n")
    return clone


def _begin_git(clone: Clone) -> None:
    with open(os.path.join(clone.home, ".gitconfig"), "w", encoding="utf-8") as file:
        file.write("[user]\n\tname = Sam\n\temail = sam@example.org\n[commit]\n\tgpgsign = false\n[gc]\n\tauto = 0\n")
    clone.git("init", "-q", "-b", "main", ".")
    clone.write(WORK, "print('hello')\n")


def _push(clone: Clone) -> None:
    """Relative, so that a copy of both is a clone with its own remote."""
    clone.commit("A plan")
    clone.git("init", "-q", "--bare", "-b", "main", clone.remote, folder=clone.folder)
    clone.git("remote", "add", "origin", "../remote.git")
    clone.git("push", "-q", "--no-verify", "--set-upstream", "origin", "main")


def copied(template: Clone, folder: str, chance: random.Random, now: float) -> Clone:
    """A clone for one trial, an hour after the last change."""
    shutil.copytree(template.folder, folder, symlinks=True)
    return Clone(folder, chance, now=now)
