"""Reads array files (.npz) of any origin, and says in words whatever is wrong with one."""

from __future__ import annotations

import contextlib
import io
import os
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from bench.store import files

Array = NDArray[Any]
Pick = Callable[[list[str]], Iterable[str]]
"""A choice: the names of all arrays of a file -> those that are wanted."""

_ZIP, _NPY = b"PK", b"\x93NUMPY"

_LARGE = 2**28
"""Bytes of an array from which on its file is looked at for a trap."""
_PACKED = 500
"""Most bytes that one byte of a file holds. Numbers that were measured never pack as well."""


def read(path: str | Path, pick: Pick = lambda names: names) -> tuple[list[str], dict[str, Array]]:
    """Read an .npz file -> the names of all its arrays, and the wanted ones. Unpickles nothing.

    Raises ValueError, with the name of the file, where it is absent, empty, cut off, damaged, of
    another kind, no file at all, or where a wanted array is pickled, no plain one, or takes more
    memory than there is.
    """
    try:
        # a stream of our own: np.load itself leaves a damaged file open
        with os.fdopen(files.open_regular(path), "rb") as stream:
            return _parsed(stream, pick)
    except OSError as error:
        folder = isinstance(error, IsADirectoryError)
        reason = "no such file, but a folder" if folder else error.strerror or error
        if not os.path.lexists(path):
            reason = "no such file"
        raise ValueError(f"{path}: {reason}") from error
    except ValueError as error:
        raise ValueError(f"{path}: not an .npz file of plain arrays ({error})") from error


def parse(content: bytes) -> dict[str, Array]:
    """Read all arrays of an .npz file from its bytes. Raises ValueError with the reason."""
    return _parsed(io.BytesIO(content), lambda names: names)[1]


def _parsed(stream: IO[bytes], pick: Pick) -> tuple[list[str], dict[str, Array]]:
    start = stream.read(len(_NPY))
    stream.seek(0)
    if not start:
        raise ValueError("it is empty")
    if start == _NPY:
        raise ValueError("it is a single array; write it with numpy.savez")
    if not start.startswith(_ZIP):
        raise ValueError("it is no zip archive")
    try:
        with zipfile.ZipFile(stream) as packed:
            members = _members(packed)
            wanted = list(pick(list(members)))
            for name in wanted:
                _check(packed, members[name])
            return list(members), {name: _array(packed, members[name]) for name in wanted}
    except Exception as error:  # of a damaged archive, zipfile, zlib and numpy raise a dozen kinds
        raise ValueError(str(error)[:200] or type(error).__name__) from error


def _members(packed: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Name of each array -> its place. Raises ValueError for a name that is there twice, and where
    something else than arrays is in it."""
    found: dict[str, zipfile.ZipInfo] = {}
    for info in packed.infolist():
        name = info.filename.removesuffix(".npy")
        if name in found:
            raise ValueError(f"two arrays are called {name}")
        found[name] = info
    if found and not any(info.filename.endswith(".npy") for info in found.values()):
        raise ValueError(f"a zip archive of other things: {', '.join(found)[:100]}")
    return found


def _check(packed: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
    """Raises ValueError, before anything is unpacked, for what is no plain array and for one that
    is too large."""
    with packed.open(info) as stream:
        shape, dtype = _header(stream)
    if dtype.hasobject:
        raise ValueError("Object arrays cannot be loaded: they are Python code")
    if dtype.names:
        raise ValueError(f"{info.filename} holds records ({', '.join(dtype.names)[:60]})")
    size = dtype.itemsize
    for length in shape:
        size *= length
    if size > info.file_size:
        raise ValueError(f"{info.filename} is cut off: it has {info.file_size} bytes of {size}")
    if size > _LARGE and size > _PACKED * max(1, info.compress_size):
        raise ValueError(f"{info.filename} unpacks to {_PACKED} times its size: no measured data")
    if size > _memory():
        text = f"{info.filename} takes {size / 2**30:.1f} GiB, this machine has"
        raise ValueError(f"{text} {_memory() / 2**30:.1f}")


def _header(stream: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Shape and type of an array. Raises ValueError for what is none."""
    readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    try:
        version = npy.read_magic(stream)
    except ValueError as error:
        raise ValueError("a member of it is no array") from error
    if version not in readers:
        raise ValueError("it holds an array of records")
    shape, _, dtype = readers[version](stream)
    return shape, dtype


def _array(packed: zipfile.ZipFile, info: zipfile.ZipInfo) -> Array:
    with packed.open(info) as stream:
        found: Array = npy.read_array(stream, allow_pickle=False)
        with contextlib.suppress(EOFError):
            stream.read()  # so that the checksum is compared
        return found


def _memory() -> int:
    """Bytes of memory that this machine has."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 2**34
