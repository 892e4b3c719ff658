"""The two primitives everything durable stands on: replace a file whole, and hold the one writer's lock."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.errors import Busy, NotFound, Unavailable
from infrastructure import atomic
from infrastructure.atomic import Lock, Replacement, make_folder, replace_quietly, sweep
from infrastructure.regular_files import read_file

ROOT = Path(__file__).parent.parent


class Recorder:
    """Stands before `os` in one module: notes each call, and fails the one it was told to fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, fail: tuple[str, int] | None = None, nth: int = 1) -> None:
        self.calls: list[str] = []
        self._fail = fail
        self._left = nth
        for name in ("open", "write", "fsync", "rename", "close", "unlink", "utime"):
            monkeypatch.setattr(atomic.os, name, self._wrapped(name, getattr(os, name)))

    def _wrapped(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **more: Any) -> Any:
            self.calls.append(self._told(name, args))
            if self._fail and self._fail[0] == name:
                self._left -= 1
                if not self._left:
                    if name == "close":
                        real(*args)
                    raise OSError(self._fail[1], os.strerror(self._fail[1]))
            return real(*args, **more)

        return call

    @staticmethod
    def _told(name: str, args: tuple[Any, ...]) -> str:
        if name == "open":
            flags = [
                flag
                for flag in ("O_EXCL", "O_NOFOLLOW", "O_DIRECTORY")
                if args[1] & getattr(os, flag) == getattr(os, flag)
            ]
            return " ".join(["open", *flags])
        return name


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "plan.json"
    path.write_bytes(b"old")
    return path


def replace(path: Path, data: bytes = b"new") -> str | None:
    with Replacement(str(path), data) as replacement:
        return replacement.commit()


# --- replacing ---------------------------------------------------------------------------------------------------------


def test_a_replacement_is_written_synced_renamed_and_its_folder_synced(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder(monkeypatch)
    replace(target)
    assert recorder.calls == [
        "open O_EXCL O_NOFOLLOW",
        "write",
        "utime",
        "fsync",
        "close",
        "rename",
        "open O_DIRECTORY",
        "fsync",
        "close",
    ]
    assert target.read_bytes() == b"new"


@pytest.mark.parametrize("data", [b"", b"x", b"x" * 3_000_000])
def test_what_was_given_is_what_stands_there(target: Path, data: bytes) -> None:
    assert replace(target, data) is None
    assert target.read_bytes() == data


def test_a_short_write_is_continued(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(atomic.os, "write", lambda fd, data: real(fd, bytes(data[:3])))
    replace(target, b"0123456789")
    assert target.read_bytes() == b"0123456789"


def test_a_short_write_of_a_private_file_is_continued(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(atomic.os, "write", lambda fd, data: real(fd, bytes(data[:3])))
    assert atomic.place_private(str(target.with_name("new")), b"0123456789")
    assert target.with_name("new").read_bytes() == b"0123456789"


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
@pytest.mark.parametrize("call", ["open", "write", "fsync", "close", "rename"])
def test_a_failure_before_the_rename_leaves_the_old_bytes_and_nothing_else(
    target: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int
) -> None:
    with monkeypatch.context() as patched:
        Recorder(patched, fail=(call, code))
        with pytest.raises(OSError, match=os.strerror(code)):
            replace(target)
    assert [path.name for path in target.parent.iterdir()] == ["plan.json"]
    assert target.read_bytes() == b"old"


def test_a_failed_sync_is_never_tried_again(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(monkeypatch, fail=("fsync", errno.EIO))
    with pytest.raises(OSError, match="error"):
        replace(target)
    assert recorder.calls.count("fsync") == 1
    assert "rename" not in recorder.calls


def test_a_failed_sync_of_the_folder_is_told_and_the_file_is_in(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Recorder(monkeypatch, fail=("fsync", errno.EIO), nth=2)
    problem = replace(target)
    assert problem is not None and "power cut" in problem
    assert target.read_bytes() == b"new"


def test_an_interrupt_leaves_no_temporary_file(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(atomic.os, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        replace(target)
    assert [path.name for path in target.parent.iterdir()] == ["plan.json"]


def test_a_replacement_that_is_not_committed_changes_nothing(target: Path) -> None:
    with Replacement(str(target), b"new"):
        pass
    assert [path.name for path in target.parent.iterdir()] == ["plan.json"]
    assert target.read_bytes() == b"old"


def test_the_mode_of_the_file_is_kept(target: Path) -> None:
    target.chmod(0o640)
    replace(target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_link_in_the_place_of_the_file_is_replaced_and_never_written_through(tmp_path: Path) -> None:
    victim, link = tmp_path / "victim", tmp_path / "plan.json"
    victim.write_bytes(b"precious")
    link.symlink_to(victim)
    replace(link)
    assert victim.read_bytes() == b"precious"
    assert not link.is_symlink()


def test_the_stat_of_a_replacement_is_of_what_we_wrote(target: Path) -> None:
    with Replacement(str(target), b"new") as replacement:
        replacement.commit()
    assert replacement.stat() == target.stat()


def test_a_write_after_ours_shows_even_in_the_same_moment_and_size(target: Path) -> None:
    for _ in range(20):
        with Replacement(str(target), b"new") as replacement:
            replacement.commit()
        with target.open("r+b") as file:
            file.write(b"NEW")
        assert replacement.stat() is None


def test_replacing_quietly_does_not_sync_and_says_whether_it_worked(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder(monkeypatch)
    assert replace_quietly(str(target), b"new")
    assert "fsync" not in recorder.calls
    assert not replace_quietly(str(target.parent / "missing" / "file"), b"new")


def test_temporary_files_of_the_dead_are_swept_after_an_hour(tmp_path: Path) -> None:
    now = time.time()
    for name, age in (
        (".plan.json.aa.wt-tmp", 4000),
        (".plan.json.bb.wt-tmp", 10),
        ("mine.wt-tmp", 4000),
        (".other", 4000),
    ):
        (tmp_path / name).write_bytes(b"")
        os.utime(tmp_path / name, (now - age, now - age))
    sweep(str(tmp_path), now)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".other", ".plan.json.bb.wt-tmp", "mine.wt-tmp"]
    sweep(str(tmp_path / "missing"), now)


def test_a_new_folder_is_synced_into_the_one_above(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(monkeypatch)
    make_folder(str(tmp_path / "docs" / "plans"))
    assert recorder.calls.count("fsync") == 2
    make_folder(str(tmp_path / "docs" / "plans"))
    assert recorder.calls.count("fsync") == 2
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match="exists"):
        make_folder(str(tmp_path / "file"))


# --- reading ------------------------------------------------------------------------------------------------------------


def test_a_file_is_read_whole_with_the_stat_it_had(target: Path) -> None:
    target.write_bytes(b"x" * 3_000_000)
    assert read_file(str(target), "plan.json", 1 << 30) == (b"x" * 3_000_000, target.stat())


def test_a_file_that_grows_while_it_is_read_is_read_to_its_end(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.read
    monkeypatch.setattr(atomic.os, "read", lambda fd, size: real(fd, min(size, 2)))
    target.write_bytes(b"0123456789")
    assert read_file(str(target), "plan.json", 1 << 30)[0] == b"0123456789"


def not_a_file(path: Path, kind: str) -> None:
    path.unlink()
    if kind == "a folder":
        path.mkdir()
    elif kind == "a pipe":
        os.mkfifo(path)
    elif kind == "a link":
        path.symlink_to("/etc/hostname")
    elif kind == "a circle of links":
        path.symlink_to(path)
    elif kind == "a link to nothing":
        path.symlink_to("nowhere")


@pytest.mark.parametrize("kind", ["a folder", "a pipe", "a link", "a circle of links", "a link to nothing"])
def test_only_regular_files_are_read_and_nothing_hangs(target: Path, kind: str) -> None:
    not_a_file(target, kind)
    with pytest.raises(
        Unavailable, match=r"plan\.json cannot be read: (it is not a regular file|a symbolic link is not followed)\."
    ):
        read_file(str(target), "plan.json", 1 << 30)


def test_what_is_missing_or_too_large_is_said(target: Path) -> None:
    with pytest.raises(NotFound, match=r"plan\.json does not exist"):
        read_file(str(target.parent / "other"), "plan.json", 10)
    with pytest.raises(NotFound, match="does not exist"):
        read_file(str(target / "below"), "plan.json", 10)
    with pytest.raises(Unavailable, match="larger than the limit"):
        read_file(str(target), "plan.json", 2)
    with pytest.raises(Unavailable, match="too long"):
        read_file(str(target.parent / ("x" * 300)), "plan.json", 10)


# --- the lock -----------------------------------------------------------------------------------------------------------

HOLD = """
import sys
from infrastructure.atomic import Lock
with Lock(sys.argv[1], timeout=5, holder="process 1 of dana"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock until its input ends."""
    command = [sys.executable, "-c", HOLD, str(tmp_path / "lock")]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        yield process
        process.kill()


def lock(tmp_path: Path, timeout: float = 0.05) -> Lock:
    return Lock(str(tmp_path / "lock"), timeout=timeout, holder="process 2 of lee")


def test_a_held_lock_is_busy_after_the_deadline_and_says_who(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    start = time.monotonic()
    with pytest.raises(Busy, match="process 1 of dana") as caught, lock(tmp_path):
        pass
    assert 0.04 < time.monotonic() - start < 2
    assert caught.value.exit_code == 75
    assert signal.getsignal(signal.SIGALRM) == signal.SIG_DFL
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_a_lock_of_the_dead_is_free_at_once(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with lock(tmp_path, timeout=0):
        assert (tmp_path / "lock").read_text().strip() == "process 2 of lee"


def test_whoever_waits_gets_the_lock_when_it_is_let_go(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    assert holder.stdin is not None
    threading.Timer(0.05, holder.stdin.close).start()
    with lock(tmp_path, timeout=5):
        assert holder.wait() == 0


def test_the_lock_file_is_never_another(tmp_path: Path) -> None:
    with lock(tmp_path):
        inode = (tmp_path / "lock").stat().st_ino
    for _ in range(3):
        with lock(tmp_path):
            assert (tmp_path / "lock").stat().st_ino == inode
    assert (tmp_path / "lock").stat().st_ino == inode


def test_a_lock_is_let_go_when_its_block_fails(tmp_path: Path) -> None:
    with pytest.raises(KeyError), lock(tmp_path):
        raise KeyError
    with lock(tmp_path, timeout=0):
        pass


def test_a_link_in_the_place_of_the_lock_is_refused_and_its_target_kept(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    (tmp_path / "lock").symlink_to(victim)
    with pytest.raises(Unavailable, match="cannot be opened"), lock(tmp_path):
        pass
    assert victim.read_bytes() == b"precious"


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_is_said_and_never_taken_for_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def flock(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(atomic.fcntl, "flock", flock)
    with pytest.raises(Unavailable, match="cannot be taken"), lock(tmp_path):
        pass


def in_a_thread(work: Callable[[], None]) -> list[BaseException]:
    failed: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001  # handed to the test
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    return failed


def test_a_thread_waits_without_an_alarm(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    def busy() -> None:
        with pytest.raises(Busy, match="dana"), lock(tmp_path):
            pass

    def taken() -> None:
        with lock(tmp_path, timeout=5):
            pass

    assert in_a_thread(busy) == []
    assert holder.stdin is not None
    threading.Timer(0.05, holder.stdin.close).start()
    assert in_a_thread(taken) == []


def test_without_flock_filelock_holds_the_same_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atomic, "fcntl", None)
    with lock(tmp_path):
        inode = (tmp_path / "lock").stat().st_ino
        with pytest.raises(Busy, match="Another command is writing"), lock(tmp_path, timeout=0.05):
            pass
    with lock(tmp_path, timeout=0):
        assert (tmp_path / "lock").stat().st_ino == inode


def test_without_flock_a_holder_is_respected_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, holder: subprocess.Popen[str]
) -> None:
    monkeypatch.setattr(atomic, "fcntl", None)
    with pytest.raises(Busy, match="dana"), lock(tmp_path):
        pass
    holder.kill()
    holder.wait()
    with lock(tmp_path, timeout=1):
        pass
