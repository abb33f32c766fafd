"""Reads the user's array files (.npz), and says in words whatever is wrong with one."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Pick = Callable[[list[str]], Iterable[str]]
"""A choice: the names of all arrays of a file -> those that are wanted."""

_ZIP, _NPY = b"PK", b"\x93NUMPY"


def read(path: str | Path, pick: Pick = lambda names: names) -> tuple[list[str], dict[str, Array]]:
    """Read an .npz file -> the names of all its arrays, and the wanted ones. Unpickles nothing.

    Raises ValueError, with the name of the file, where it is absent, empty, cut off, damaged, of
    another kind, or where a wanted array is pickled or takes more memory than there is.
    """
    if not Path(path).is_file():
        raise ValueError(f"{path}: no such file")
    try:
        with open(path, "rb") as stream:  # np.load itself leaves a damaged file open
            return _parsed(stream, pick)
    except (ValueError, OSError) as error:
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
        with np.load(stream, allow_pickle=False) as file:
            return file.files, {name: file[name] for name in pick(file.files)}
    except Exception as error:  # of a damaged archive, zipfile, zlib and numpy raise a dozen kinds
        raise ValueError(str(error) or type(error).__name__) from error
