"""trials.xz: all results of a sweep in one small file, for publication.

A line for each trial, the content of its file, in the order of the ids. One file instead of
thousands has a quarter of their size, since what trials have in common is stored once.
"""

from __future__ import annotations

import functools
import lzma
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from bench.store import files
from bench.store.files import StoreError

NAME = "trials.xz"

_ID = re.compile(rb'"id":"([0-9a-f]+)"')


def write(folder: Path, contents: Iterable[bytes]) -> None:
    """Store the contents of the files of trials, which hold no line breaks. Raises StoreError."""
    files.write(folder / NAME, lzma.compress(b"".join(line + b"\n" for line in contents), preset=9))


def read(folder: Path) -> Mapping[str, bytes]:
    """Id of each archived trial -> content of its file; empty without an archive. Raises
    StoreError."""
    try:
        stat = (folder / NAME).stat()
    except (FileNotFoundError, NotADirectoryError):
        return {}
    return _read(folder / NAME, stat.st_mtime_ns, stat.st_size)


@functools.lru_cache(maxsize=4)
def _read(file: Path, changed: int, size: int) -> Mapping[str, bytes]:
    """Read an archive; kept while the file is the same, since a report asks for each trial
    alone."""
    try:
        lines = lzma.decompress(file.read_bytes()).splitlines()
    except (OSError, lzma.LZMAError) as error:
        raise StoreError(
            f"{file}: not an archive of this program ({error}); copy it again from where it came"
        ) from error
    found = [(_ID.search(line), line) for line in lines]
    return {match[1].decode(): line for match, line in found if match}
