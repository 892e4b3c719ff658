"""Whatever stands where a tracker should be: a clear line, the right exit code, nothing lost, no hang, no traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain import shape, view
from domain.errors import WtError
from domain.letters import has_hidden
from domain.reply import Reply, failure
from domain.tracker import Tracker
from infrastructure import console
from infrastructure.any_layout import BOM
from infrastructure.codec import encode
from infrastructure.project import choose
from infrastructure.router import Invocation
from infrastructure.tracker_files import TrackerFile
from tests.samples import phase, rich_tracker, task, tracker, tracker_with

ROOT = Path(__file__).parent.parent
NAME = "docs/plans/plan.json"
GOOD = encode(rich_tracker()).encode()
DOCUMENT = shape.to_document(tracker_with("1.1", "1.2"))


def store(root: Path) -> TrackerFile:
    return TrackerFile(str(root), NAME, size_limit=1 << 29, lock_timeout=0.05, holder="me")


def put(root: Path, raw: bytes) -> Path:
    path = root / NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)
    return path


def rename_first(plan: Tracker) -> Tracker:
    return plan.replace(title="Renamed")


def refusals(root: Path) -> list[WtError]:
    """What reading and changing answer."""
    answers = []
    for work in (store(root).read, lambda: store(root).update(rename_first)):
        with pytest.raises(WtError) as caught:
            work()
        answers.append(caught.value)
    return answers


def printed(error: WtError, capsys: pytest.CaptureFixture[str], *, as_json: bool = False) -> tuple[int, str, str]:
    code = console.show(failure(error), Invocation(json=as_json), env={})
    out, err = capsys.readouterr()
    return code, out, err


def bend(**changes: Any) -> bytes:
    return json.dumps(DOCUMENT | changes).encode()


def bend_task(**changes: Any) -> bytes:
    document = json.loads(json.dumps(DOCUMENT))
    document["phases"][0]["tasks"][0] |= changes
    return json.dumps(document, indent=1).encode()


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


CONFLICT = b'<<<<<<< HEAD\n  {"number":1}\n=======\n  {"number":2}\n>>>>>>> theirs\n'
BROKEN = {
    "empty": (b"", "is empty"),
    "blank": (b"\n \r\n", "is empty"),
    "cut in the middle": (GOOD[: len(GOOD) // 2], "line "),
    "cut at the end": (GOOD[:-3], "line "),
    "latin 1": (GOOD.replace(b"Payment", b"Paym\xe9nt", 1), "is not UTF-8"),
    "utf-16": (GOOD.decode().encode("utf-16"), "is not UTF-8"),
    "zeros after a power cut": (b"\0" * len(GOOD), "is NUL"),
    "a zero byte": (GOOD.replace(b"Payment", b"Paym\0nt", 1), "is NUL"),
    "a key twice": (GOOD.replace(b'"title":', b'"uid":"again1","title":', 1), "the key 'uid' stands twice"),
    "not a number": (bend(initiative=float("nan")), "NaN is not JSON"),
    "a huge number": (bend().replace(b'"phases_issued": 1', b'"phases_issued": ' + b"9" * 10_000), "is too large"),
    "a number beyond 2^53": (bend(phases_issued=2**53), "must lie between"),
    "a float beyond floats": (bend().replace(b'"phases_issued": 1', b'"phases_issued": 1e999'), "is too large"),
    "depth": (bend().replace(b'"phases": [', b'"phases": [' + b"[" * 100_000), "nested deeper"),
    "depth within reach": (bend(extensions={"a": json.loads(nested(200))}), "nested deeper"),
    "conflict markers": (GOOD.replace(b"\n  {", b"\n" + CONFLICT + b"  {", 1), "line 3: holds git conflict markers"),
    "half a character": (bend().replace(b"Demo", b"\\ud83d"), "surrogate"),
    "a list": (b'["schema_version", "phases"]', "must be an object"),
    "no tracker": (b'{"name": "package"}', "is not a wt tracker"),
    "a web page": (b"<!doctype html>", "is not a wt tracker"),
    "an unknown key": (bend(mood="good"), "unknown key 'mood'"),
    "a wrong type": (bend(phases={"a": 1}), "phases must be a list"),
    "a wrong status": (bend_task(status="DONE"), "status must be one of"),
    "a date that does not exist": (bend_task(due="2026-02-30"), "due must be a date"),
    "an empty title": (bend_task(title="  "), "title must not be empty"),
    "a number twice": (bend_task(number=2), "task numbers used twice"),
    "a uid twice": (bend_task(uid="task-01-002"), "two items share the uid"),
    "a dangling dependency": (bend_task(depends_on=["nowhere"]), "depends on an unknown task"),
    "a circle": (bend_task(depends_on=["task-01-001"]), "in a circle: 1.1 -> 1.1"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_with_one_clear_line_and_left_alone(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    raw, said = BROKEN[name]
    path = put(tmp_path, raw)
    for error in refusals(tmp_path):
        code, out, err = printed(error, capsys)
        assert (code, out) == (5, "")
        assert err.startswith(NAME) and said in err
        assert len(err.splitlines()) <= 2 and len(err) < 500
        assert not has_hidden(err.replace("\n", ""))
    assert path.read_bytes() == raw
    assert not path.with_suffix(".md").exists()


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_one_json_object_for_programs(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, BROKEN[name][0])
    code, out, err = printed(refusals(tmp_path)[0], capsys, as_json=True)
    reply = json.loads(out)
    assert (code, err, reply["outcome"], reply["ok"]) == (5, "", "broken", False)
    assert all(finding["line"] >= 1 and finding["file"] == NAME for finding in reply["data"]["findings"])
    assert reply["data"]["findings"]
    assert out.rstrip("\n").isascii() and out.rstrip("\n").isprintable()


@pytest.mark.parametrize("name", BROKEN)
def test_the_program_answers_alike_in_a_process_of_its_own(tmp_path: Path, name: str) -> None:
    """In a test other modules are imported already, and what depends on that would not show."""
    raw, said = BROKEN[name]
    path = put(tmp_path, raw)
    env = {key: value for key, value in os.environ.items() if not key.startswith("WT_")} | {"HOME": str(tmp_path)}
    command = [sys.executable, str(ROOT / "scripts/wt.py"), "--actor", "dana", "show progress"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr.startswith(NAME) and said in done.stderr
    assert len(done.stderr.splitlines()) <= 2
    assert path.read_bytes() == raw


@pytest.mark.parametrize(
    "raw",
    [GOOD, BOM + GOOD, GOOD.replace(b"\n", b"\r\n"), json.dumps(json.loads(GOOD), indent=8).encode(), b"\n\n" + GOOD],
)
def test_every_other_layout_is_read_and_becomes_canonical_with_the_next_change(tmp_path: Path, raw: bytes) -> None:
    path = put(tmp_path, raw)
    assert store(tmp_path).read().tracker == rich_tracker()
    assert path.read_bytes() == raw
    store(tmp_path).update(rename_first)
    assert path.read_bytes() == encode(rename_first(rich_tracker())).encode()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_any_bytes_are_refused_and_left_alone(tmp_path: Path, raw: bytes) -> None:
    path = put(tmp_path, raw)
    for error in refusals(tmp_path):
        assert error.exit_code == 5
    assert path.read_bytes() == raw


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_tracker_is_never_half_read(tmp_path: Path, data: st.DataObject) -> None:
    raw = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(raw)))
        raw[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=10))
    path = put(tmp_path, bytes(raw))
    try:
        seen = store(tmp_path).read().tracker
    except WtError:
        assert path.read_bytes() == bytes(raw)
        return
    store(tmp_path).update(rename_first)
    assert store(tmp_path).read().tracker == rename_first(seen)


# --- size ---------------------------------------------------------------------------------------------------------------

HUGE = 50 * 2**20


@pytest.mark.parametrize(
    "raw",
    [
        b"[" + b"0," * (HUGE // 2) + b"0]",
        b"\0" * HUGE,
        b"\xe9" * HUGE,
        b"x" * HUGE,
        b"[" * HUGE,
        b"\n" * HUGE,
        b'{"schema_version":1,"phases":' + b"[" * HUGE,
    ],
    ids=["numbers", "zeros", "not UTF-8", "letters", "brackets", "lines", "a tracker's beginning"],
)
def test_a_huge_file_that_is_no_tracker_is_refused_at_once(tmp_path: Path, raw: bytes) -> None:
    put(tmp_path, raw)
    start = time.monotonic()
    with pytest.raises(WtError, match=r"plan\.json"):
        store(tmp_path).read()
    assert time.monotonic() - start < 2


def test_a_file_beyond_the_limit_is_not_even_read(tmp_path: Path) -> None:
    path = put(tmp_path, b"")
    os.truncate(path, 2**40)
    with pytest.raises(WtError, match="larger than the limit of 512 MB"):
        store(tmp_path).read()


# --- places -------------------------------------------------------------------------------------------------------------


def a_folder(path: Path) -> None:
    path.mkdir()


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def a_link(path: Path) -> None:
    path.with_name("elsewhere").write_bytes(GOOD)
    path.symlink_to("elsewhere")


@pytest.mark.parametrize("make", [a_folder, a_pipe, a_link])
def test_what_is_no_file_is_refused_without_hanging(
    tmp_path: Path, make: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "docs/plans").mkdir(parents=True)
    make(tmp_path / NAME)
    for error in refusals(tmp_path):
        code, _, err = printed(error, capsys)
        assert code == 1
        assert err.startswith(f"{NAME} cannot be read: ")


def test_nothing_there_is_not_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for error in refusals(tmp_path):
        assert printed(error, capsys)[0] == 3


@pytest.mark.parametrize("wanted", ["../plan", "/etc/passwd", "a\0b", "docs/../../x"])
def test_a_path_outside_the_repository_is_a_usage_error(
    tmp_path: Path, wanted: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(WtError) as caught:
        choose(str(tmp_path), str(tmp_path), wanted, None)
    code, out, err = printed(caught.value, capsys)
    assert (code, out) == (2, "")
    assert err.isascii() and "\0" not in err


def test_a_name_that_acts_on_a_terminal_is_shown_harmless(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(WtError) as caught:
        choose(str(tmp_path), str(tmp_path), "\x1b[31m\u202ered\x9b", None)
    _, _, err = printed(caught.value, capsys)
    assert "\\u001b" in err and "\\u202e" in err and "\\u009b" in err
    assert not has_hidden(err.replace("\n", ""))


# --- disks --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 kB; skipped where mounting is not allowed."""
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip(f"mounting is not allowed here: {done.stderr.decode().strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_loses_nothing_and_says_so(small_disk: Path) -> None:
    store(small_disk).create(rich_tracker())
    before = (small_disk / NAME).read_bytes()
    with pytest.raises(OSError, match="No space"), (small_disk / "ballast").open("wb", buffering=0) as ballast:
        while ballast.write(b"x" * 4096):
            pass
    with pytest.raises(WtError, match=r"no space left on device.*Nothing was changed") as caught:
        store(small_disk).update(rename_first)
    assert caught.value.exit_code == 1
    assert (small_disk / NAME).read_bytes() == before
    assert [path for path in small_disk.rglob("*") if path.name.endswith(".wt-tmp")] == []
    assert store(small_disk).read().tracker == rich_tracker()
    (small_disk / "ballast").unlink()
    store(small_disk).update(rename_first)
    assert store(small_disk).read().tracker.title == "Renamed"


@pytest.fixture
def read_only(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A project nobody may write to: by its mode bits, or for root (whom those do not bind) by its mount."""
    if os.geteuid():
        put(tmp_path, GOOD)
        folders = [path for path in (tmp_path, *tmp_path.rglob("*")) if path.is_dir()]
        for folder in folders:
            folder.chmod(0o500)
        yield tmp_path
        for folder in folders:
            folder.chmod(0o700)
        return
    disk: Path = request.getfixturevalue("small_disk")
    put(disk, GOOD)
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    yield disk


def test_a_read_only_project_is_read_and_not_written(read_only: Path) -> None:
    assert store(read_only).read().tracker == rich_tracker()
    with pytest.raises(WtError, match="cannot be made") as caught:
        store(read_only).update(rename_first)
    assert caught.value.exit_code == 1
    with pytest.raises(WtError, match="cannot be made"):
        TrackerFile(str(read_only), "docs/plans/new.json", size_limit=1 << 20, lock_timeout=0).create(rich_tracker())
    assert (read_only / NAME).read_bytes() == GOOD


# --- texts --------------------------------------------------------------------------------------------------------------

HOSTILE = (
    "\x1b]0;owned\x07\x1b[31mred",
    "safe\u202etxt.exe",
    "two\nlines\r\nand\x85more\u2028",
    "| a | b |",
    "<script>alert(1)</script> <!-- ",
    "- [x] done\n# Heading\n```",
    '","status":"complete"',
    "[link](javascript:alert(1)) ![](x)",
    "\x00\x7f\x9b",
    "\U000e0041\u200b\u2066",
)


@pytest.mark.parametrize("title", HOSTILE)
def test_a_hostile_title_is_kept_in_the_file_and_harmless_elsewhere(
    tmp_path: Path, title: str, capsys: pytest.CaptureFixture[str]
) -> None:
    plain, hostile = tracker(phase(1, task(1, "plain"))), tracker(phase(1, task(1, title)))
    store(tmp_path).create(plain)
    store(tmp_path).update(lambda plan: plan.with_task(1, task(1, title)))
    assert store(tmp_path).read().tracker == hostile
    page = (tmp_path / "docs/plans/plan.md").read_text(encoding="utf-8")
    assert not has_hidden(page.replace("\n", ""))
    assert page.count("\n") == view.page(plain, "x").count("\n")
    console.show(Reply("answered", title), Invocation(), env={})
    out, _ = capsys.readouterr()
    assert not has_hidden(out.replace("\n", ""))
