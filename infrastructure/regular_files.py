"""Files that must be regular ones: read whole or from the end, and logs that may lose their last line."""

from __future__ import annotations

import os
from stat import S_ISREG

from domain.errors import NotFound, Unavailable

SAFE = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | SAFE


def read_file(path: str, name: str, limit: int) -> tuple[bytes, os.stat_result]:
    """The bytes of a regular file and its stat. Never follows a link at the end, never hangs on a FIFO.

    Raises NotFound, Unavailable.
    """
    try:
        fd = os.open(path, _READ)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFound(f"{name} does not exist.") from error
    except OSError as error:
        what = "a symbolic link is not followed" if os.path.islink(path) else why(error)
        raise Unavailable(f"{name} cannot be read: {what}.") from error
    try:
        stat = os.fstat(fd)
        if not S_ISREG(stat.st_mode):
            raise Unavailable(f"{name} cannot be read: it is not a regular file.")
        if stat.st_size > limit:
            raise Unavailable(f"{name} is larger than the limit of {limit // 2**20} MB.")
        return _all_bytes(fd, stat.st_size), stat
    except OSError as error:
        raise Unavailable(f"{name} cannot be read: {why(error)}.") from error
    finally:
        os.close(fd)


def _all_bytes(fd: int, size: int) -> bytes:
    data = os.read(fd, size + 1)
    while more := os.read(fd, 1 << 20):  # it is growing, or a signal cut the first read short
        data += more
    return data


def why(error: OSError) -> str:
    """What the system says, as the end of a sentence."""
    return (error.strerror or str(error)).lower()


def append_quietly(path: str, line: str) -> bool:
    """Add a line to a log that may lose its last one: a single write, not synced. False when it could not be done.

    The line break stands in front, too, so that a line torn by a full disk spoils no other.
    """
    try:
        fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0) | SAFE, 0o600)
    except OSError:
        return False
    try:
        must_be_regular(fd, path)
        os.write(fd, f"\n{line}\n".encode(errors="replace"))
    except OSError:
        return False
    finally:
        os.close(fd)
    return True


def read_tail(path: str, size: int) -> tuple[bytes, bool]:
    """(the last `size` bytes of a file, whether that is all of it); nothing when there is no file. Raises OSError."""
    try:
        fd = os.open(path, _READ)
    except (FileNotFoundError, NotADirectoryError):
        return b"", True
    try:
        whole = must_be_regular(fd, path).st_size
        start = max(whole - size, 0)
        os.lseek(fd, start, os.SEEK_SET)
        return _all_bytes(fd, whole - start), start == 0
    finally:
        os.close(fd)


def must_be_regular(fd: int, path: str) -> os.stat_result:
    stat = os.fstat(fd)
    if not S_ISREG(stat.st_mode):
        raise OSError(22, "it is not a regular file", path)
    return stat
