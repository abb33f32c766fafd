"""Writes files that are whole or not there, as everything in a results folder is.

A file is written under another name in the same folder and renamed when it is whole, so that a
reader never sees half a file and a killed writer leaves none.
"""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

TEMPORARY = ".tmp-"
"""Prefix of the name of a file that is not whole yet."""


class StoreError(Exception):
    """A results folder that cannot be read or written; the message says which and why."""

    full = False
    """True where the disk has no room."""

    @classmethod
    def of(cls, file: Path, error: OSError) -> StoreError:
        """The error for a file or folder that the operating system could not write."""
        told = cls(f"cannot write {file}: {error.strerror}")
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


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":  # elsewhere a folder cannot be opened, and rename is durable enough
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def ends(file: str, size: int = 4096) -> tuple[bytes, bytes]:
    """Read the first bytes of a file, `size` at most, and its last two. Raises OSError."""
    descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        first = os.read(descriptor, size)
        length = os.fstat(descriptor).st_size
        if length <= len(first):
            return first, first[-2:]
        os.lseek(descriptor, -2, os.SEEK_END)
        return first, os.read(descriptor, 2)
    finally:
        os.close(descriptor)
