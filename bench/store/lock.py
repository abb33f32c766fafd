"""Locks a results folder, so that one runner at a time works on it.

The lock is the operating system's, on an open file: it ends with the process that holds it, kill -9
included, so that no lock is ever left behind.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

_NAME = ".lock"

_TRIES = 10
"""Number of attempts. `holder` takes the lock for a moment, which must not look like a runner."""


class Locked(Exception):
    """The error for a folder that another runner works on; the message says which."""


@contextlib.contextmanager
def lock(folder: Path) -> Iterator[None]:
    """Hold the lock of a results folder. Raises Locked when another process does, OSError where
    the folder cannot be written."""
    with _open(folder, "a+") as file:
        if not _wait(file):
            raise Locked(
                f"{folder} is in use by another sweep ({_read(file)}): wait for it, or stop it"
            )
        file.truncate(0)
        file.write(
            f"process {os.getpid()} on {socket.gethostname()} since {time.strftime('%F %T')}"
        )
        file.flush()
        yield


def holder(folder: Path) -> str | None:
    """The process that holds the lock of a folder: "process 12 on host since ..."; None for
    none."""
    try:
        with _open(folder, "r+") as file:
            return None if _take(file) else _read(file)
    except OSError:
        return None


def _open(folder: Path, mode: str) -> IO[str]:
    """Open the file of the lock. Raises OSError, also where that name is a folder's or a pipe's."""
    place = folder / _NAME
    if os.path.lexists(place) and not place.is_file():
        raise OSError(errno.EINVAL, "it is not a file; remove it", str(place))
    return open(place, mode, encoding="utf-8", errors="replace")


def _wait(file: IO[str]) -> bool:
    for _ in range(_TRIES):
        if _take(file):
            return True
        time.sleep(0.05)
    return False


def _take(file: IO[str]) -> bool:
    try:
        if sys.platform != "win32":
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            import msvcrt

            file.seek(1024)  # beyond what is read: Windows locks bytes, not files
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    except OSError:
        return False
    return True


def _read(file: IO[str]) -> str:
    file.seek(0)
    return file.read() or "it is just starting"
