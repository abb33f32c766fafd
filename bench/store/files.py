"""Writes files that are whole or not there, as everything in a results folder is.

A file is written under another name in the same folder and renamed when it is whole, so that a
reader never sees half a file and a killed writer leaves none.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
from pathlib import Path

TEMPORARY = ".tmp-"
"""Prefix of the name of a file that is not whole yet."""

LARGEST_TEXT = 64 * 2**20
"""Most bytes of a file that somebody writes by hand: a TOML file, a plugin."""

_KINDS = (
    (stat.S_ISDIR, os.strerror(errno.EISDIR)),
    (stat.S_ISFIFO, "it is a pipe, not a file: save its content to a file first"),
    (stat.S_ISSOCK, "it is a socket, not a file"),
    (lambda mode: not stat.S_ISREG(mode), "it is a device, not a file"),
)


class StoreError(Exception):
    """A results folder that cannot be read or written; the message says which and why."""

    full = False
    """True where the disk has no room."""
    written = False
    """True where it is about a file that was to be written."""

    @classmethod
    def of(cls, file: Path, error: OSError) -> StoreError:
        """The error for a file or folder that the operating system could not write."""
        told = cls(f"cannot write {file}: {error.strerror}")
        told.written = True
        told.full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        return told


def write(file: Path, content: bytes, durable: bool = True) -> None:
    """Write a file at once: temporary name, flush to disk, rename, flush the folder.

    Without `durable` the file may be lost when the machine stops, not before. Raises StoreError.
    """
    try:
        descriptor, name = tempfile.mkstemp(prefix=TEMPORARY, dir=file.parent)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
                stream.flush()
                if durable:
                    os.fsync(stream.fileno())
            os.chmod(name, 0o644)
            os.replace(name, file)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        if durable:
            _sync_folder(file.parent)
    except OSError as error:
        raise StoreError.of(file, error) from error


def read(file: str | Path, most: int | None = None) -> bytes:
    """Read a file that may be anything: a pipe or a device is refused before it is waited for.

    `most` is the number of bytes above which a file is refused. Raises OSError, whose `strerror`
    says in words what is wrong and whose `filename` says where.
    """
    descriptor = open_regular(file)
    with os.fdopen(descriptor, "rb") as stream:
        size = os.fstat(descriptor).st_size
        if most is not None and size > most:
            text = f"it has {size / 2**20:.0f} MiB, which is more than {most / 2**20:.0f}"
            raise OSError(errno.EFBIG, text, str(file))
        return stream.read()


def open_regular(file: str | Path) -> int:
    """Open a regular file, or a link to one, to read it -> its descriptor. Raises OSError for
    whatever else has that name, at once and in words."""
    try:
        # without O_NONBLOCK, opening a pipe waits for somebody who writes into it
        flags = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        descriptor = os.open(file, os.O_RDONLY | flags)
    except ValueError as error:  # a zero byte in its name
        raise OSError(errno.EINVAL, "no file has such a name", str(file)) from error
    except OSError as error:
        raise OSError(error.errno, _words(file, error), str(file)) from error
    mode = os.fstat(descriptor).st_mode
    wrong = next((words for of, words in _KINDS if of(mode)), None)
    if wrong:
        os.close(descriptor)
        raise OSError(errno.EISDIR if stat.S_ISDIR(mode) else errno.EINVAL, wrong, str(file))
    return descriptor


def _words(file: str | Path, error: OSError) -> str:
    """The reason why a file cannot be opened."""
    if isinstance(error, FileNotFoundError) and os.path.islink(file):
        return "it is a link to nothing"
    if error.errno == errno.ENXIO:
        return "it is a socket, not a file"
    return error.strerror or str(error)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":  # elsewhere a folder cannot be opened, and rename is durable enough
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def tidy(folder: Path) -> None:
    """Remove the files that killed writers have left in a results folder."""
    for file in (*folder.glob(f"*/{TEMPORARY}*"), *folder.glob(f"{TEMPORARY}*")):
        with contextlib.suppress(OSError):  # a folder of that name is not ours
            file.unlink()


def head(file: str | Path, size: int) -> bytes:
    """Read the first bytes of a regular file, `size` at most. Raises OSError."""
    descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    try:
        return os.read(descriptor, size)
    finally:
        os.close(descriptor)


def ends(file: str | Path, size: int = 4096) -> tuple[bytes, bytes]:
    """Read the first bytes of a file, `size` at most, and its last two. Raises OSError."""
    descriptor = open_regular(file)
    try:
        first = os.read(descriptor, size)
        length = os.fstat(descriptor).st_size
        if length <= len(first):
            return first, first[-2:]
        os.lseek(descriptor, -2, os.SEEK_END)
        return first, os.read(descriptor, 2)
    finally:
        os.close(descriptor)
