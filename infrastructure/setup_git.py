"""`wt setup git`: the merge driver and the check before a commit, added to what is there, removable."""

from __future__ import annotations

import os
import shlex
import sys

from domain.commands.table import Block
from domain.errors import NotFound, NotHere, Refused, Unavailable
from domain.reply import Reply
from infrastructure import git, pre_commit
from infrastructure.atomic import Replacement
from infrastructure.project import PLANS
from infrastructure.regular_files import read_file, why

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

FILE = ".gitattributes"
DRIVERS = {
    "wt": ("json", "wt: trackers, item by item"),
    "wt-page": ("md", "wt: pages, drawn anew from their tracker"),
}
ARGUMENTS = "merge-driver %O %A %B %P %L"
BEGIN, END = b"# wt: begin", b"# wt: end"
NEW_FILE, NO_LAST_LINE_END = b" of a file of its own", b" behind a line without an end"
LINES = [f"{PLANS}/*.{ending} merge={name}".encode() for name, (ending, _) in DRIVERS.items()]
LIMIT = 1 << 20


def program() -> tuple[str, ...]:
    """How git starts this very wt, from wherever it is called."""
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    return sys.executable, os.path.join(root, "scripts", "wt.py")


def command(program: Sequence[str]) -> str:
    """The line that git hands to a shell; a `%` of our own is doubled, for git fills in what follows one."""
    return f"{shlex.join(program).replace('%', '%%')} {ARGUMENTS}"


def set_up(root: str, program: Sequence[str], *, dry_run: bool = False) -> Reply:
    """Have git merge the trackers of this clone item by item. Raises NotHere without git, Refused, Unavailable."""
    _must_be_in_git(root)
    wanted = {key: value for name in DRIVERS for key, value in _settings(name, program).items()}
    now = {key: git.config(root, key) for key in wanted}
    for name in DRIVERS:
        _must_be_ours(now[f"merge.{name}.driver"], name)
    before = _attributes(root)
    after = with_block(before)
    changed = {key: value for key, value in wanted.items() if now[key] != value}
    hooked, instead = pre_commit.set_up(root, dry_run=dry_run)
    if not changed and after == before and not hooked:
        return Reply("unchanged", "git merges the trackers of this clone item by item already.", hint=instead)
    if not dry_run:
        for key, value in changed.items():
            git.set_config(root, key, value)
        _write(root, before, after)
    files = [FILE] if after != before else []
    checks = "" if instead else ", and a commit checks them"
    advice = f"Commit {FILE}. Other clones need `wt setup git` once; without it: wt merge" if files else None
    return Reply(
        "changed",
        f"git merges the trackers of this clone item by item{checks}.",
        hint=" ".join(filter(None, (advice, instead))) or None,
        data={"attributes": files, "config": sorted(changed), "hooks": [pre_commit.NAME] if hooked else []},
        dry_run=dry_run,
    )


def remove(root: str, *, dry_run: bool = False) -> Reply:
    """Take out what `set_up` put in, and nothing else. Raises NotHere without git, Unavailable."""
    _must_be_in_git(root)
    ours = [f"merge.{name}.{key}" for name in DRIVERS if is_ours(_driver(root, name)) for key in ("name", "driver")]
    there = [key for key in ours if git.config(root, key) is not None]
    before = _attributes(root)
    after = without_block(before)
    hooked = pre_commit.remove(root, dry_run=dry_run)
    if not there and after == before and not hooked:
        return Reply("unchanged", "The merge driver is not set up here.")
    if not dry_run:
        for key in there:
            git.unset_config(root, key)
        _write(root, before, after)
    files = [FILE] if after != before else []
    return Reply(
        "changed",
        "git merges the trackers of this clone as text again.",
        hint="What it then leaves unmerged is merged by: wt merge",
        data={"attributes": files, "config": there, "hooks": [pre_commit.NAME] if hooked else []},
        dry_run=dry_run,
    )


def check(root: str) -> Reply:
    """Whether git would call the driver, and whether the driver is there. Raises NotHere without git, Unavailable."""
    _must_be_in_git(root)
    wrong = [problem for name in DRIVERS for problem in _problems(root, name)]
    wrong += pre_commit.problems(root)
    if not wrong:
        return Reply("answered", "git merges the trackers of this clone item by item.", data={"problems": []})
    return Reply(
        "invalid",
        "git does not merge the trackers of this clone item by item.",
        hint="Set it up: wt setup git",
        blocks=(Block("text", lines=tuple(wrong)),),
        data={"problems": wrong},
    )


def is_half_done(root: str) -> bool:
    """Whether the attributes, which are in git, name the driver, and this clone does not have it, or no longer."""
    before = _attributes(root)
    if before is None or BEGIN not in before or not git.is_work_tree(root):
        return False
    return any(_problems(root, name) for name in DRIVERS)


def is_broken(root: str) -> bool:
    """Whether what was set up here is not in force any more: a driver, or the check before a commit."""
    return is_half_done(root) or (_is_set_up(root) and bool(pre_commit.problems(root)))


def _is_set_up(root: str) -> bool:
    return git.is_work_tree(root) and any(is_ours(_driver(root, name)) for name in DRIVERS)


def _problems(root: str, name: str) -> list[str]:
    ending, _ = DRIVERS[name]
    found = []
    if _attribute(root, f"{PLANS}/plan.{ending}") != name:
        found.append(f"{FILE} does not say merge={name} for {PLANS}/*.{ending}.")
    driver = _driver(root, name)
    if driver is None:
        found.append(f"merge.{name}.driver is not set in the config of this clone.")
    elif not is_ours(driver):
        found.append(f"merge.{name}.driver is not a driver of wt: {driver}")
    else:
        missing = [part for part in shlex.split(driver)[:2] if not os.path.exists(part.replace("%%", "%"))]
        found += [f"merge.{name}.driver names {part}, which is not there." for part in missing]
    return found


# --- the config of the clone: only through git --------------------------------------------------------------------


def _settings(name: str, program: Sequence[str]) -> dict[str, str]:
    return {f"merge.{name}.name": DRIVERS[name][1], f"merge.{name}.driver": command(program)}


def _driver(root: str, name: str) -> str | None:
    return git.config(root, f"merge.{name}.driver")


def is_ours(driver: str | None) -> bool:
    """Whether a driver was set by wt, this one or one that was installed elsewhere."""
    return driver is not None and driver.endswith(f" {ARGUMENTS}")


def _must_be_ours(driver: str | None, name: str) -> None:
    if driver is not None and not is_ours(driver):
        raise Refused(
            f"merge.{name}.driver is set to something else in this clone; nothing was changed.",
            hint="Take it out of the config of this clone first, or keep it and use wt merge.",
        )


def _must_be_in_git(root: str) -> None:
    if not git.is_work_tree(root):
        raise NotHere("This folder is in no working tree of git; nothing was changed.", hint="Begin with: git init")


def _attribute(root: str, path: str) -> str:
    """The merge driver that git would use for a path, whatever file says so."""
    return git.output(root, "check-attr", "-z", "merge", "--", path).decode(errors="replace").split("\0")[2]


# --- .gitattributes: a block between two lines, in the file's own line ends ---------------------------------------


def _attributes(root: str) -> bytes | None:
    try:
        return read_file(os.path.join(root, FILE), FILE, LIMIT)[0]
    except NotFound:
        return None


def _write(root: str, before: bytes | None, after: bytes | None) -> None:
    path = os.path.join(root, FILE)
    try:
        if after is None and before is not None:
            os.unlink(path)
        elif after is not None and after != before:
            with Replacement(path, after) as replacement:
                replacement.commit()
    except OSError as error:
        raise Unavailable(f"{FILE} could not be written: {why(error)}.") from error


def with_block(before: bytes | None) -> bytes:
    """The file with our lines at its end, where they win over what stands above them."""
    rest = without_block(before)
    text = rest or b""
    end = b"\r\n" if b"\r\n" in text else b"\n"
    open_end = bool(text) and not text.endswith(b"\n")
    note = NEW_FILE if rest is None else NO_LAST_LINE_END if open_end else b""
    block = end.join([BEGIN + note, *LINES, END, b""])
    return text + (end if open_end else b"") + block


def without_block(now: bytes | None) -> bytes | None:
    """The file as it was before; None when there was none. Lines that somebody put between ours stay."""
    if now is None:
        return None
    lines = now.splitlines(keepends=True)
    begin = next((at for at, line in enumerate(lines) if line.startswith(BEGIN)), None)
    end = next((at for at, line in enumerate(lines) if line.rstrip() == END), -1)
    if begin is None or end < begin:
        return now
    note, line_end = lines[begin].rstrip()[len(BEGIN) :], b"\r\n" if lines[begin].endswith(b"\r\n") else b"\n"
    above = lines[:begin]
    below = [*(line for line in lines[begin + 1 : end] if line.rstrip() not in LINES), *lines[end + 1 :]]
    if note == NO_LAST_LINE_END and above and not below:
        above[-1] = above[-1].removesuffix(line_end)
    if note == NEW_FILE and not above and not below:
        return None
    return b"".join([*above, *below])
