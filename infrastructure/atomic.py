"""The two primitives everything durable stands on: replace a file whole, and hold the one writer's lock."""

from __future__ import annotations

import os
import time

from domain.errors import LockHeld, Unavailable
from infrastructure.regular_files import SAFE, must_be_regular, why

try:
    import fcntl
except ImportError:  # a platform without flock: filelock serves it
    fcntl = None  # type: ignore[assignment]  # asked for before use

TYPE_CHECKING = False
if TYPE_CHECKING:
    from filelock import FileLock

_OPEN_DIRECTORY = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_TEMPORARY = ".wt-tmp"
_CAN_STAMP = os.utime in os.supports_fd
_NAME = 200  # bytes of the lock that say who holds it


def sync(fd: int) -> None:
    """fsync, down to the platter where the platform wants it said (macOS). Raises OSError: never retried."""
    full = getattr(fcntl, "F_FULLFSYNC", None)
    if full is not None:
        fcntl.fcntl(fd, full)
    else:
        os.fsync(fd)


def write_all(fd: int, data: bytes) -> None:
    """Write the whole of it: the system may take less at a time. Raises OSError."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]


class Replacement:
    """A file on its way to replace another: written and synced under a random name, then renamed over it.

    `commit` makes it visible and durable; leaving the block without it takes the temporary file away.
    """

    def __init__(self, path: str, data: bytes, *, durable: bool = True) -> None:
        self._path = path
        self._folder, self._target = os.path.split(path)
        self._data = data
        self._durable = durable
        self._temporary = ""
        self._written = (0, 0, 0)

    def __enter__(self) -> Replacement:
        name = f".{self._target}.{os.urandom(6).hex()}{_TEMPORARY}"
        self._temporary = os.path.join(self._folder, name)
        fd = os.open(self._temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | SAFE, 0o666)
        try:
            try:
                self._write(fd)
            finally:
                os.close(fd)
        except BaseException:
            self._discard()
            raise
        return self

    def _write(self, fd: int) -> None:
        self._keep_mode(fd)
        self._reserve(fd)
        write_all(fd, self._data)
        self._stamp(fd)
        if self._durable:
            sync(fd)
        stat = os.fstat(fd)
        self._written = (stat.st_ino, stat.st_size, stat.st_mtime_ns)

    def _reserve(self, fd: int) -> None:
        """Room for all of it. Where nothing is synced, ext4 would else write it out at once when it is renamed."""
        if self._durable or not self._data or not hasattr(os, "posix_fallocate"):
            return
        try:
            os.posix_fallocate(fd, 0, len(self._data))
        except OSError:
            return  # not every file system can; one that is full says so when it is written

    @staticmethod
    def _stamp(fd: int) -> None:
        """A time to the nanosecond; kernels stamp with a coarser clock, so any later write shows in the time."""
        if _CAN_STAMP:
            now = time.time_ns()
            os.utime(fd, ns=(now, now))

    def _keep_mode(self, fd: int) -> None:
        try:
            os.fchmod(fd, os.stat(self._path).st_mode & 0o777)
        except (FileNotFoundError, PermissionError):
            return

    def commit(self) -> str | None:
        """Rename over the target. Returns what went wrong after that point, if anything (the file is in by then)."""
        os.rename(self._temporary, self._path)
        self._temporary = ""
        if not self._durable:
            return None
        try:
            sync_folder(self._folder)
        except OSError as error:
            return f"the folder could not be synced ({why(error)}), so a power cut may still take this back"
        return None

    def stat(self) -> os.stat_result | None:
        """The stat of the file as we left it; None when somebody has changed or replaced it since the rename."""
        try:
            now = os.lstat(self._path)
        except OSError:
            return None
        return now if self._written == (now.st_ino, now.st_size, now.st_mtime_ns) else None

    def __exit__(self, *_: object) -> None:
        self._discard()

    def _discard(self) -> None:
        if self._temporary:
            try:
                os.unlink(self._temporary)
            except OSError:
                pass  # swept later: it carries our suffix
            self._temporary = ""


def sync_folder(path: str) -> None:
    fd = os.open(path, _OPEN_DIRECTORY)
    try:
        sync(fd)
    finally:
        os.close(fd)


def make_folder(path: str, mode: int = 0o777) -> None:
    """A folder and what is missing above it, each durable; `mode` is the folder's own. Raises OSError."""
    if os.path.isdir(path):
        return
    above = os.path.dirname(path)
    make_folder(above)
    try:
        os.mkdir(path, mode)
    except FileExistsError:
        if not os.path.isdir(path):
            raise
    sync_folder(above)


def sync_path(folder: str, root: str) -> None:
    """Sync a folder and those above it up to `root`: whoever made them may have died before that. Raises OSError."""
    sync_folder(folder)
    while folder != root and folder != (folder := os.path.dirname(folder)):
        sync_folder(folder)


def replace_quietly(path: str, data: bytes) -> bool:
    """Replace a file that can be made again (page, own state): atomic, not synced. False when it could not be done."""
    try:
        with Replacement(path, data, durable=False) as replacement:
            replacement.commit()
    except OSError:
        return False
    return True


def place_private(path: str, data: bytes) -> bool:
    """A new file that nobody else may read, whole or not at all; False when there is one. Raises OSError."""
    temporary = f"{path}.{os.urandom(6).hex()}{_TEMPORARY}"
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | SAFE, 0o600)
    try:
        try:
            write_all(fd, data)
            sync(fd)
        finally:
            os.close(fd)
        os.link(temporary, path)
    except FileExistsError:
        return False
    finally:
        remove_quietly(temporary)
    return True


def rotate(path: str, older: str, limit: int) -> bool:
    """Rename a log that outgrew `limit` bytes to `older`, over the one before it; who still writes there loses nothing.

    False when it was not too large (any more). Called under a lock of the caller's. Raises OSError.
    """
    if os.stat(path).st_size <= limit:
        return False
    os.rename(path, older)
    return True


def append_durably(path: str, data: bytes) -> None:
    """Append to a file and sync it; a last line that was torn off is fenced by a line break first. Raises OSError."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_NONBLOCK", 0) | SAFE, 0o600)
    try:
        size = must_be_regular(fd, path).st_size
        if not size:
            sync_folder(os.path.dirname(path))  # first: whoever finds a line here need not ask whether the name is safe
        torn = size and os.pread(fd, 1, size - 1) != b"\n"
        write_all(fd, b"\n" + data if torn else data)
        sync(fd)
    finally:
        os.close(fd)


def be_silent() -> None:
    """Read from nowhere and write to nowhere, as far as the standard streams go."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nowhere, fd)


def remove_quietly(path: str) -> bool:
    """Take a file away that nobody needs any more. False when it could not be done."""
    try:
        os.unlink(path)
    except OSError:
        return False
    return True


def set_aside(path: str) -> None:
    """Give a damaged file a name under which nobody takes it for a good one. Raises OSError."""
    os.rename(path, path + ".damaged")


def sweep(folder: str, now: float) -> None:
    """Take away temporary files of commands that died more than an hour ago; called under the lock."""
    for name in temporaries(folder, now, 3600):
        remove_quietly(os.path.join(folder, name))


def temporaries(folder: str, now: float, older: float) -> list[str]:
    """Names of temporary files of ours that are older than so many seconds."""
    try:
        names = [name for name in os.listdir(folder) if name.endswith(_TEMPORARY) and name.startswith(".")]
        return [name for name in sorted(names) if now - os.lstat(os.path.join(folder, name)).st_mtime > older]
    except OSError:
        return []


class Lock:
    """The one writer's lock: `flock` on a file that is never unlinked, replaced or emptied by opening it."""

    def __init__(self, path: str, *, timeout: float, holder: str) -> None:
        self._path = path
        self._timeout = timeout
        self._holder = holder
        self._fd = -1
        self._elsewhere: FileLock | None = None

    def __enter__(self) -> Lock:
        try:
            self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | SAFE, 0o600)
        except OSError as error:
            raise Unavailable(f"The lock {self._path} cannot be opened: {why(error)}.") from error
        try:
            self._take()
        except OSError as error:
            os.close(self._fd)
            raise Unavailable(f"The lock {self._path} cannot be taken: {why(error)}.") from error
        except BaseException:
            os.close(self._fd)
            raise
        self._sign()
        return self

    def _take(self) -> None:
        if fcntl is None:
            self._take_elsewhere()
            return
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._wait()

    def _take_elsewhere(self) -> None:
        """A platform without flock: filelock locks the same file its own way."""
        from filelock import FileLock, Timeout

        self._elsewhere = FileLock(self._path)
        try:
            self._elsewhere.acquire(timeout=self._timeout)
        except Timeout:
            raise self._busy() from None

    def _wait(self) -> None:
        """A blocking flock with an alarm as deadline: the kernel queues the waiters, polling would starve some."""
        import signal

        def ring(*_: object) -> None:
            raise _TimeUp

        try:
            before = signal.signal(signal.SIGALRM, ring)
        except ValueError:  # only the main thread may set an alarm; a program that calls us from another one polls
            self._poll()
            return
        try:
            self._wait_for_alarm()
        except _TimeUp:
            raise self._busy() from None
        finally:
            signal.signal(signal.SIGALRM, before if before is not None else signal.SIG_DFL)

    def _wait_for_alarm(self) -> None:
        """The alarm may ring at any moment until it is off, so that is inside the caller's `try`."""
        import signal

        signal.setitimer(signal.ITIMER_REAL, max(self._timeout, 0.001))
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _poll(self) -> None:
        deadline = time.monotonic() + self._timeout
        while True:
            try:
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise self._busy() from None
                time.sleep(0.01)

    def _busy(self) -> LockHeld:
        said = f"Another command is writing ({self._who()}); waited {self._timeout:g} s."
        return LockHeld(said, hint="Try again in a moment.")

    def _who(self) -> str:
        try:
            return os.pread(self._fd, _NAME, 0).decode(errors="replace").strip() or "it did not leave its name"
        except OSError:
            return "it did not leave its name"

    def _sign(self) -> None:
        """For messages only: who holds the lock. A reader may see it late, nothing depends on it.

        Written over in one piece: to empty a file first makes ext4 write it out at once.
        """
        try:
            os.pwrite(self._fd, self._holder.encode()[:_NAME].ljust(_NAME), 0)
        except OSError:
            return

    def __exit__(self, *_: object) -> None:
        try:
            os.close(self._fd)  # the kernel frees a flock with its descriptor
        except OSError:
            pass  # it is freed whatever close answers, and what was done under it is done
        if self._elsewhere is not None:
            self._elsewhere.release()


def is_locked(path: str) -> bool | None:
    """Whether somebody holds the lock on this file just now; None where that cannot be seen. Raises OSError."""
    if fcntl is None:
        return None
    fd = os.open(path, os.O_RDONLY | SAFE)
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False


class _TimeUp(Exception):
    """The alarm rang while waiting for the lock."""
