"""git, called so that a repository cannot make it run anything: no hooks, no monitor, no pager, no prompt."""

from __future__ import annotations

import os

from domain.errors import RemoteFailed, Unavailable
from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Mapping

SAFE = (
    "git",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.pager=cat",
    "-c",
    "protocol.ext.allow=never",
)
TIMEOUT = 30.0
MOST_BYTES = 1 << 28  # of all versions of a file that are read together
HANDED_DOWN = ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_CEILING_DIRECTORIES")
"""What a caller may still say about git; GIT_DIR and its like would turn our calls to another repository."""


class Done(Record):
    """What a call of git came to."""

    code: int
    out: bytes
    said: str  # on standard error, its first line


class Unmerged(Record):
    """A path that git could not merge: the object of each side, None where a side does not have the file."""

    path: str
    base: str | None = None
    ours: str | None = None
    theirs: str | None = None


def environment(env: Mapping[str, str]) -> dict[str, str]:
    """The environment of every call: only our own repository, never a question, messages in one language."""
    kept = {name: value for name, value in env.items() if not name.startswith("GIT_") or name in HANDED_DOWN}
    ours = {"GIT_TERMINAL_PROMPT": "0", "GIT_LITERAL_PATHSPECS": "1", "GIT_PAGER": "cat", "LC_ALL": "C"}
    return kept | ours | {"GIT_NO_LAZY_FETCH": "1"}  # a look at history never goes to the network


def run(folder: str, *arguments: str, timeout: float = TIMEOUT, given: bytes = b"") -> Done:
    """Call git in a folder, `given` on its standard input. Raises Unavailable when it is missing or does not answer."""
    import subprocess

    command = [*SAFE, "-C", folder, *arguments]
    try:
        done = subprocess.run(
            command,
            input=given,
            capture_output=True,
            timeout=timeout,
            env=environment(os.environ),
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"git {arguments[0]} did not answer within {timeout:g} s.") from error
    except OSError as error:
        raise Unavailable("git is not installed, or cannot be run.") from error
    said = done.stderr.decode(errors="replace").strip().partition("\n")[0]
    return Done(done.returncode, done.stdout, said)


def output(folder: str, *arguments: str, given: bytes = b"") -> bytes:
    """What git answers. Raises Unavailable with what it said when it could not do it."""
    done = run(folder, *arguments, given=given)
    if done.code:
        raise Unavailable(f"git {arguments[0]} failed: {done.said or f'exit code {done.code}'}.")
    return done.out


def text(folder: str, *arguments: str, given: bytes = b"") -> str:
    return os.fsdecode(output(folder, *arguments, given=given)).removesuffix("\n")


def is_work_tree(folder: str) -> bool:
    """Whether the folder belongs to a working tree of git."""
    return run(folder, "rev-parse", "--is-inside-work-tree").out.strip() == b"true"


def path_in_repository(folder: str, name: str) -> str:
    """Where git keeps one of its own files for this working tree."""
    return os.path.join(folder, text(folder, "rev-parse", "--git-path", name))


def unmerged(folder: str) -> list[Unmerged]:
    """Regular files below the folder that a merge, a rebase or a cherry-pick left unmerged; paths from there."""
    sides = {"1": "base", "2": "ours", "3": "theirs"}
    found: dict[str, dict[str, str]] = {}
    for row in output(folder, "ls-files", "--unmerged", "-z").split(b"\0"):
        about, _, path = row.partition(b"\t")
        mode, name, stage = about.decode("ascii").split() if path else ("", "", "")
        if mode.startswith("100"):
            found.setdefault(os.fsdecode(path), {})[sides[stage]] = name
    return [Unmerged(path, **sides) for path, sides in found.items()]


def unmerged_paths(folder: str) -> set[str]:
    """The paths that git left unmerged; none where there is no git."""
    try:
        return {file.path for file in unmerged(folder)}
    except Unavailable:
        return set()


def blob(folder: str, name: str) -> bytes:
    """The bytes of an object that git itself named."""
    return output(folder, "cat-file", "blob", name)


def is_tracked(folder: str, path: str) -> bool:
    """Whether git knows the file, merged or not."""
    return bool(output(folder, "ls-files", "-z", "--", path))


def add(folder: str, paths: list[str]) -> None:
    """Put these files, and nothing else, into the index: an unmerged one counts as resolved by that.

    As they are: a filter of the repository's settings would be a program that it runs.
    """
    prefix = text(folder, "rev-parse", "--show-prefix")
    for path in paths:
        with open(os.path.join(folder, path), "rb") as file:
            mode = 0o100755 if os.fstat(file.fileno()).st_mode & 0o100 else 0o100644
            name = output(folder, "hash-object", "-w", "--no-filters", "--stdin", given=file.read()).strip()
        entry = b"%o %s\t%s\0" % (mode, name, os.fsencode(prefix + path))
        output(folder, "update-index", "--add", "-z", "--index-info", given=entry)


def config(folder: str, key: str) -> str | None:
    """A setting of this clone; None when it is not set."""
    done = run(folder, "config", "--local", "--get", key)
    return os.fsdecode(done.out).removesuffix("\n") if done.code == 0 else None


def set_config(folder: str, key: str, value: str) -> None:
    output(folder, "config", "--local", key, value)


def unset_config(folder: str, key: str) -> None:
    output(folder, "config", "--local", "--unset", key)


# --- versions of a file -----------------------------------------------------------------------------------------------


class Version(Record):
    """A commit that changed a file: the bytes it found (None: no file) and the bytes it left."""

    commit: str
    seconds: int  # since the epoch, when it was written
    author: str
    subject: str
    before: bytes | None
    after: bytes | None


def versions(folder: str, path: str, most: int) -> list[Version]:
    """The newest commits on the current branch that changed a file, newest first; none where there is no git."""
    if "\n" in path:
        return []  # `cat-file --batch` reads one name a line
    commits = _commits(folder, path, most)
    names = [f"{name}:./{path}" for commit in commits for name in (commit[0], commit[1] or commit[0] + "^")]
    found = _each_once(folder, names) if names else []
    return [
        Version(commit, int(seconds), author, subject, found[at * 2 + 1], found[at * 2])
        for at, (commit, _, seconds, author, subject) in enumerate(commits[: len(found) // 2])
    ]


def _each_once(folder: str, names: list[str]) -> list[bytes | None]:
    """The bytes of objects, in order, until they are too many: what one commit leaves is what the next one finds."""
    asked = "".join(f"{name}\n" for name in names).encode()
    rows = run(folder, "cat-file", "--batch-check", given=asked).out.decode(errors="replace").splitlines()
    ids = [row.split()[0] if " blob " in row else None for row in rows]
    sizes = {row.split()[0]: int(row.split()[2]) for row in rows if " blob " in row}
    wanted, total = list[str](), 0
    for name, size in sizes.items():
        total += size
        if total > MOST_BYTES:
            break
        wanted.append(name)
    texts = dict(zip(wanted, blobs(folder, wanted), strict=True))
    kept = next((at for at, name in enumerate(ids) if name is not None and name not in texts), len(ids))
    return [texts.get(name or "") for name in ids[:kept]]


def _commits(folder: str, path: str, most: int) -> list[list[str]]:
    """[commit, first parent, seconds, author, subject] of each."""
    form = "--format=%H%x1f%P%x1f%at%x1f%an%x1f%s"
    try:
        done = run(folder, "log", f"-n{most}", "-z", "--no-show-signature", form, "--", path)
    except Unavailable:
        return []
    rows = [row.split("\x1f") for row in done.out.decode(errors="replace").split("\0") if row.count("\x1f") >= 4]
    return [[row[0], row[1].partition(" ")[0], row[2], row[3], "\x1f".join(row[4:])] for row in rows]


def blobs(folder: str, names: list[str]) -> list[bytes | None]:
    """The bytes of many objects in one call; None for one that does not exist, or whose name is more than one line."""
    asked = "".join(f"{_in_one_line(name)}\n" for name in names).encode(errors="surrogateescape")
    rest = run(folder, "cat-file", "--batch", given=asked).out
    found: list[bytes | None] = []
    for _ in names:
        head, _, rest = rest.partition(b"\n")
        size = head.rpartition(b" ")[2]
        if not size.isdigit():
            found.append(None)
            continue
        found.append(rest[: int(size)])
        rest = rest[int(size) + 1 :]
    return found


def _in_one_line(name: str) -> str:
    return name if "\n" not in name else "of several lines:"


def latest(folder: str, path: str) -> Version | None:
    """The newest commit on the current branch that changed a file."""
    return next(iter(versions(folder, path, 1)), None)


def kept_versions(folder: str, path: str, most: int) -> Iterator[bytes]:
    """What the newest commits of all branches, and what was stashed, made of a file: each version once, newest first.

    Nothing where there is no git.
    """
    done = run(folder, "log", f"-n{most}", "--all", "--format=%H", "--", path)
    asked = "".join(f"{commit}:./{path}\n" for commit in done.out.decode("ascii").split()) if "\n" not in path else ""
    rows = run(folder, "cat-file", "--batch-check", given=asked.encode()).out.decode(errors="replace").splitlines()
    names = dict.fromkeys(row.partition(" ")[0] for row in rows if " blob " in row)
    return (raw for name in names if (raw := next(iter(blobs(folder, [name])))) is not None)


def holds(folder: str, *texts: bytes) -> bool:
    """Whether git has kept one of these texts: whatever a checkout, a stash or a bisect has put there is such a one."""
    try:
        names = [text(folder, "hash-object", "--stdin", given=each) for each in texts]
        known = run(folder, "cat-file", "--batch-check", given="".join(f"{name}\n" for name in names).encode())
    except Unavailable:
        return False
    return b" blob " in known.out


def is_gone(folder: str, path: str) -> bool:
    """Whether git took a file away that it has known: the index lacks it, or a sparse checkout leaves it out."""
    try:
        standing = run(folder, "ls-files", "-t", "-z", "--", path)
        if standing.code == 0 and standing.out:
            return standing.out.startswith(b"S ")
        return bool(run(folder, "log", "-n1", "--all", "--format=%H", "--", path).out.strip())
    except Unavailable:
        return False


# --- over the network, without a question, and never for longer than is said ---------------------------------------

SIGNING_IN = ("GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS")  # how a person does, where nobody is asked
QUIET = ("-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "submodule.recurse=false")
LONGEST = 300  # characters of what git said


def over_network(folder: str, *arguments: str, timeout: float) -> None:
    """Call git where it talks to a remote. Raises RemoteFailed with what it said.

    It has a session of its own: ssh finds no terminal to ask on, and all that git has started ends with it.
    """
    import subprocess

    process = subprocess.Popen(
        [*SAFE, *QUIET, "-C", folder, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=_signing_in(os.environ),
        start_new_session=True,
    )
    try:
        said = process.communicate(timeout=timeout)[1]
    except subprocess.TimeoutExpired as error:
        _end(process)
        raise RemoteFailed(f"git {arguments[0]} timed out after {timeout:g} s.") from error
    if process.returncode:
        raise RemoteFailed(f"git {arguments[0]} failed: {_in_a_line(said.decode(errors='replace'))}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """git and the helpers it has started, where the platform knows groups of processes."""
    import signal

    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.communicate()


def _signing_in(env: Mapping[str, str]) -> dict[str, str]:
    handed_down = {name: env[name] for name in SIGNING_IN if name in env}
    return {name: value for name, value in environment(env).items() if name != "GIT_NO_LAZY_FETCH"} | handed_down


def _in_a_line(said: str) -> str:
    """What git said, without its hints and without the password that an address may hold."""
    words = [word for line in said.splitlines() if not line.startswith("hint:") for word in line.split()]
    return " ".join(map(_without_password, words))[:LONGEST] or "it did not say why"


def _without_password(word: str) -> str:
    scheme, mark, rest = word.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}" if mark else word
