"""A file system that is really full, page by page: the old state stands or the new one, and the answer says which."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.crash.test_every_call import BROKEN, EDITED, LATER, WAYS, cut, made, plans, sound, ticked  # noqa: F401
from tests.e2e.conftest import Project

Figure = Callable[[str, float], None]
PAGE = 4096
MOST = 20  # pages that are left; no command here needs more


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, of one MB; skipped where none may be mounted."""
    folder = tmp_path / "small"
    folder.mkdir()
    if shutil.which("mount") is None:
        pytest.skip("there is no mount")
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "wt-test", str(folder)], capture_output=True)
    if done.returncode:
        pytest.skip("mounting is not permitted")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path, pages: int) -> Path:
    """All but so many pages."""
    filler = folder / "filler"
    free = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize // PAGE
    filler.write_bytes(bytes(max(free - pages, 0) * PAGE))
    return filler


CASES = [
    *(pytest.param(words, sound, id=name) for name, words in WAYS.items()),
    *(pytest.param(words, cut, id=name) for name, words in BROKEN.items()),
    *(pytest.param(words, ticked, id=name) for name, words in EDITED.items()),
]


@pytest.mark.parametrize(("words", "spoil"), CASES)
def test_on_a_full_disk_nothing_is_lost_and_the_answer_is_true(
    made: Path,  # noqa: F811  # the fixture
    small: Path,
    words: tuple[str, ...],
    spoil: Callable[[Project], object],
    figure: Figure,
) -> None:
    outcomes = set()
    for pages in range(MOST + 1):
        shutil.rmtree(small / "here", ignore_errors=True)
        shutil.copytree(made, small / "here")
        project = Project(small / "here")
        spoil(project)
        old, filler = plans(project), fill(small, pages)
        done = project.say(*words, env=LATER)
        outcomes.add(done.code)
        assert done.code in (0, 1, 6), (pages, done)
        assert "fault of its own" not in done.err, (pages, done)
        if done.code == 1:
            assert plans(project) in (old, plans(Project(made))), (pages, done)
        else:
            assert plans(project) != old or words[0] in ("adopt", "regenerate"), (pages, done)
        if project.path("demo.json").exists():
            assert project.say("--tracker", "demo", "show 1.1").code == 0, pages
        filler.unlink()
        if project.path("demo.json").exists():
            assert project.say("--tracker", "demo", "note on 1.1: after", env=LATER).code == 0, pages
            assert project.say("validate", "docs/plans/demo.json").code == 0
    assert outcomes >= {0, 1}
    figure("commands on a disk that was really full", MOST + 1)
