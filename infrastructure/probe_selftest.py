"""Testing probes: each is shown a sound project, then one in which just what it claims to see is wrong."""

from __future__ import annotations

import os
import shutil
import tempfile

from domain.errors import WtError
from domain.probes.verdicts import AGREE, DISAGREE, Verdict, broken
from infrastructure import git
from infrastructure.atomic import Replacement
from infrastructure.built_in_probes import PROBES, World
from infrastructure.project import OWN, tracker_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from infrastructure.probe_files import ProbeFile

    Inject = Callable[[World], World]

AUTHOR = ("-c", "user.name=wt", "-c", "user.email=wt@localhost", "-c", "commit.gpgsign=false")
LEFT_OUT = shutil.ignore_patterns(".git", "node_modules", "__pycache__", ".venv")


def tested(world: World, declared: Sequence[ProbeFile], make_sample: Callable[[str], None]) -> list[Mapping[str, Any]]:
    """A row for every probe: whether it agreed with what was sound (control) and saw what was not (seen)."""
    with tempfile.TemporaryDirectory(prefix="wt-probes-") as folder:
        sample = os.path.join(folder, "sample")
        os.mkdir(sample)
        make_sample(sample)
        built_in = [_built_in(id, sample, os.path.join(folder, id), world) for id in PROBES]
        return built_in + [
            _declared(file, world, os.path.join(folder, f"declared-{at}")) for at, file in enumerate(declared)
        ]


# --- built in ---------------------------------------------------------------------------------------------------------


def _built_in(id: str, sample: str, folder: str, world: World) -> Mapping[str, Any]:
    shutil.copytree(sample, folder, symlinks=True)
    there = world.replace(root=folder, names=tuple(tracker_names(folder)))
    control = _said(id, there)
    seen = _said(id, INJECTIONS[id](there))
    return _row(id, control, seen)


def _said(id: str, world: World) -> Verdict:
    """The one that decides: a disagreement, if there is any."""
    try:
        said = PROBES[id][1](world)
    except (WtError, OSError, ValueError) as error:
        return broken(str(error))
    verdicts = said if isinstance(said, list) else [said]
    return (
        next((each for each in verdicts if each.verdict != AGREE), verdicts[0])
        if verdicts
        else broken("it said nothing")
    )


def _row(id: str, control: Verdict, seen: Verdict) -> Mapping[str, Any]:
    return {
        "probe": id,
        "tested": True,
        "control": control.verdict == AGREE,
        "seen": seen.verdict == DISAGREE,
        "vacuous": seen.verdict == AGREE,
        "said": list(seen.evidence),
        "control_said": list(control.evidence),
    }


INJECTIONS: dict[str, Inject] = {}


def injecting(id: str) -> Callable[[Callable[[World], World | None]], Callable[[World], World | None]]:
    """Declare what makes the claim of a probe false; it returns another world where the project stays as it is."""

    def declare(inject: Callable[[World], World | None]) -> Callable[[World], World | None]:
        INJECTIONS[id] = lambda world: inject(world) or world
        return inject

    return declare


def _put(path: str, data: bytes) -> None:
    with Replacement(path, data, durable=False) as file:
        file.commit()


def _tracker(world: World) -> str:
    return os.path.join(world.root, world.names[0])


def _reworded(world: World, old: bytes, new: bytes) -> None:
    _put(_tracker(world), world.raw(world.names[0]).replace(old, new, 1))


@injecting("json-valid")
def _truncated(world: World) -> None:
    _put(_tracker(world), world.raw(world.names[0])[:-20])


@injecting("schema")
def _odd_status(world: World) -> None:
    _reworded(world, b'"status":"pending"', b'"status":"odd"')


@injecting("refs-acyclic")
def _circle(world: World) -> None:
    """1.2 depends on 1.1 in the sample; now 1.1 depends on 1.2, too."""
    first, second = world.document(world.names[0])["phases"][0]["tasks"][:2]
    own = f'"uid":"{first["uid"]}"'.encode()
    line = next(line for line in world.raw(world.names[0]).split(b"\n") if own in line)
    told = line.replace(b'"created_at"', f'"depends_on":["{second["uid"]}"],"created_at"'.encode(), 1)
    _reworded(world, line, told)


@injecting("markdown-in-sync")
def _edited_page(world: World) -> None:
    page = _tracker(world).removesuffix(".json") + ".md"
    with open(page, "rb") as file:
        _put(page, file.read() + b"\nby hand\n")


@injecting("history-append-only")
def _lost_line(world: World) -> None:
    folder = os.path.join(world.root, OWN, "journal")
    path = os.path.join(folder, os.listdir(folder)[0])
    with open(path, "rb") as file:
        lines = file.read().splitlines(keepends=True)
    _put(path, b"".join(lines[:1] + lines[2:]))


@injecting("journal-replay")
def _older_state(world: World) -> None:
    folder = os.path.join(world.root, OWN, "backups")
    folder = os.path.join(folder, os.listdir(folder)[0])
    first = next(name for name in sorted(os.listdir(folder)) if name.endswith(".json"))
    with open(os.path.join(folder, first), "rb") as file:
        _put(_tracker(world), file.read())


@injecting("lock-sane")
def _lock_is_a_folder(world: World) -> None:
    path = os.path.join(world.root, OWN, "lock")
    os.unlink(path)
    os.mkdir(path)


@injecting("permissions")
def _read_only(world: World) -> None:
    os.chmod(_tracker(world), 0o444)


@injecting("disk")
def _full(world: World) -> World:
    return world.replace(free=lambda _: 0)


@injecting("clock")
def _back_in_time(world: World) -> World:
    return world.replace(seconds=0.0)


@injecting("git-state")
def _detached(world: World) -> None:
    git.output(world.root, "checkout", "-q", "--detach")


@injecting("tracker-committed")
def _not_in_git(world: World) -> None:
    git.output(world.root, "rm", "-q", "--cached", world.names[0])


@injecting("remote-in-sync")
def _not_pushed(world: World) -> None:
    git.output(world.root, *AUTHOR, "commit", "-q", "--allow-empty", "--no-verify", "-m", "not pushed")


@injecting("credentials")
def _locked_out(world: World) -> None:
    git.set_config(world.root, "core.sshCommand", "sh -c 'echo Permission denied >&2; exit 255' --")
    git.output(world.root, "remote", "set-url", "origin", "ssh://nobody@localhost/sample")


@injecting("enforcement-hooks")
def _driver_gone(world: World) -> None:
    git.unset_config(world.root, "merge.wt.driver")


@injecting("commit-reachable")
def _other_history(world: World) -> None:
    git.output(world.root, "checkout", "-q", "--orphan", "other")
    _not_pushed(world)


@injecting("artefact-there")
def _artefact_gone(world: World) -> None:
    os.unlink(os.path.join(world.root, "README.md"))


# --- declared ---------------------------------------------------------------------------------------------------------


def _declared(file: ProbeFile, world: World, folder: str) -> Mapping[str, Any]:
    """In a copy of the project. What is wrong is made so by its own `inject`; without one nothing can be said."""
    import shlex

    from infrastructure.reality import CACHE, run_declared
    from infrastructure.running import run

    probe = file.probe
    assert probe is not None
    if probe.inject is None:
        return {
            "probe": probe.id,
            "tested": False,
            "control": False,
            "seen": False,
            "vacuous": False,
            "said": [],
            "control_said": [],
        }
    shutil.copytree(world.root, folder, symlinks=True, ignore=LEFT_OUT)
    own = {CACHE: f"{folder}.cache"}
    os.mkdir(own[CACHE])
    control = run_declared(probe, folder, world.env, own)
    made = run(shlex.split(probe.inject), folder, timeout=probe.timeout, env=world.env)
    seen = run_declared(probe, folder, world.env, own) if made.code == 0 else broken(f"inject ended with {made.code}")
    return _row(probe.id, control, seen)


def make_sample(folder: str, say: Callable[[str, str], None]) -> None:
    """A small sound project with git, a remote, a task that is complete with a proof, and one that waits for it."""
    _put(os.path.join(folder, "README.md"), b"A sample.\n")
    os.mkdir(os.path.join(folder, OWN))
    git.output(folder, "init", "-q", "-b", "main", ".")
    git.output(folder, "add", "README.md")
    git.output(folder, *AUTHOR, "commit", "-q", "--no-verify", "-m", "A readme")
    for sentence in SAMPLE:
        say(folder, sentence)
    from infrastructure import setup_git

    setup_git.set_up(folder, setup_git.program())
    git.output(folder, "add", "docs", ".gitattributes")
    git.output(folder, *AUTHOR, "commit", "-q", "--no-verify", "-m", "A plan")
    remote = f"{folder}.remote"
    git.output(os.path.dirname(folder), "init", "-q", "--bare", remote)
    git.output(folder, "remote", "add", "origin", remote)
    git.output(folder, "push", "-q", "--no-verify", "--set-upstream", "origin", "main")


SAMPLE = (
    'create a tracker called "Sample"',
    "add phase Build",
    "add task to phase 1: Write the readme",
    "add task to phase 1: Read it",
    "1.2 depends on 1.1",
    "1.1 is verified by README.md existing",
    "complete 1.1",
)
