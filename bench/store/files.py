"""Files that are whole or not there: how everything in a results folder is written.

A file is written under another name in the same folder and renamed when it is whole, so that a
reader never sees half a file and a killed writer leaves none.
"""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

TEMPORARY = ".tmp-"
"""What the name of a file begins with until it is whole."""


class StoreError(Exception):
    """A results folder that cannot be read or written; the message says which and why. `full` tells
    a disk without room from what would be wrong with any disk."""

    full = False

    @classmethod
    def of(cls, file: Path, error: OSError) -> StoreError:
        """What the operating system says about writing a file or folder."""
        told = cls(f"cannot write {file}: {error.strerror}")
        told.full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        return told


def write(file: Path, content: bytes, durable: bool = True) -> None:
    """Write a file at once: temporary name, flush to disk, rename, flush the folder.

    Raises StoreError. What is not `durable` may be lost when the machine stops, not before.
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
    """The first bytes of a file, `size` at most, and its last two. Raises OSError."""
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
