"""trials.xz: all results of a sweep in one small file, for publication.

A line for each trial, the content of its file, in the order of the ids. One file instead of
thousands has a quarter of their size, since what trials have in common is stored once.
"""

from __future__ import annotations

import functools
import lzma
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from bench.store import files
from bench.store.encoding import identity
from bench.store.files import StoreError

NAME = "trials.xz"

_PIECE = 2**22
"""Bytes that are unpacked at a time."""
_LONGEST = 64 * 2**20
"""Most bytes of one trial. A file that unpacks to more without a line break holds no trials."""
_MEMORY = 512 * 2**20
"""Most bytes that unpacking itself may take; what `write` has written takes 65 MiB."""


class _Archive(NamedTuple):
    lines: Mapping[str, bytes]
    damage: str


def write(folder: Path, contents: Iterable[bytes]) -> None:
    """Store the contents of the files of trials, which hold no line breaks. Raises StoreError."""
    files.write(folder / NAME, lzma.compress(b"".join(line + b"\n" for line in contents), preset=9))


def read(folder: Path) -> Mapping[str, bytes]:
    """Id of each archived trial -> content of its file; empty without an archive.

    Of an archive that was cut off, the trials before the cut. Raises StoreError for a file in which
    there is none.
    """
    return _found(folder).lines


def damage(folder: Path) -> str:
    """The reason why trials of an archive are lost; "" where none are. Raises StoreError."""
    return _found(folder).damage


def _found(folder: Path) -> _Archive:
    file = folder / NAME
    if not os.path.exists(file):
        return _Archive({}, "a link to nothing" if os.path.islink(file) else "")
    try:
        stat = file.stat()
    except OSError as error:
        raise StoreError(f"cannot read {file}: {error.strerror}") from error
    return _read(file, stat.st_mtime_ns, stat.st_size)


@functools.lru_cache(maxsize=4)
def _read(file: Path, changed: int, size: int) -> _Archive:
    """Read an archive; kept while the file is the same, since a report asks for each trial
    alone."""
    lines: dict[str, bytes] = {}
    lost, why = 0, ""
    try:
        for line in _lines(files.read(file)):
            if (id := identity(line)) and line.endswith(b"}"):
                lines[id] = line
            else:
                lost += 1
    except (OSError, EOFError, lzma.LZMAError) as error:
        why = getattr(error, "strerror", None) or str(error)
    if (why or lost) and not lines:
        reason = why or "no line of it is a trial"
        raise StoreError(
            f"{file}: not an archive of this program ({reason}); copy it again from where it came"
        )
    if why:
        return _Archive(lines, f"{why}; {len(lines)} trials before that are read")
    return _Archive(lines, f"{lost} of its lines are no trials" if lost else "")


def _lines(content: bytes) -> Iterator[bytes]:
    """The whole lines of a packed file. Raises LZMAError where it is damaged, EOFError where it was
    cut off, after the lines before that."""
    if not content:
        raise EOFError("it is empty")
    unpack = lzma.LZMADecompressor(memlimit=_MEMORY)
    rest = b""
    while not unpack.eof:
        piece = unpack.decompress(content, max_length=_PIECE)
        content = b""
        if not piece and unpack.needs_input:
            raise EOFError("it was cut off")
        *whole, rest = (rest + piece).split(b"\n")
        yield from whole
        if len(rest) > _LONGEST:
            raise lzma.LZMAError("it unpacks to something else")
    if unpack.unused_data.strip(b"\0"):
        raise lzma.LZMAError("there is something behind its end")
    if rest:
        yield rest
