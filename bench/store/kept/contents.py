"""Reads the contents of many trials, and names what was read: two of one name are the same bytes.

Sizes and times of files are no such names: a file that is written again within one tick of the
clock, at the same length, has the old ones.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from bench.store import archive, files, listing


def read(folder: Path, ids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """(name, content) of each trial; a file in trials/ comes before one in the archive. Raises
    OSError and StoreError."""
    published = archive.read(folder)
    digest = archive.digest(folder)
    for id, file in _files(folder, ids, published):
        content = files.read(file) if file else published[id]
        yield _name(content) if file else f"{digest} {id}", content


def names(folder: Path, ids: Iterable[str]) -> list[str]:
    """A name of the content of each of these trials. Those of an archive are named without
    unpacking it. Raises OSError and StoreError."""
    index = archive.index(folder)
    return [
        _name(files.read(file)) if file else f"{index.digest} {id}"
        for id, file in _files(folder, ids, index.ids)
    ]


def ends(folder: Path, ids: Iterable[str]) -> Iterator[tuple[str, tuple[bytes, bytes]]]:
    """(id, first and last bytes of its content) of each trial; none where it cannot be read."""
    published = archive.read(folder)
    for id, file in _files(folder, ids, published):
        try:
            found = files.ends(file) if file else (published[id][:4096], published[id][-2:])
        except OSError:
            found = b"", b""
        yield id, found


def _name(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _files(
    folder: Path, ids: Iterable[str], published: Collection[str]
) -> Iterator[tuple[str, str | None]]:
    """(id, file of the trial); None in place of a file where the archive has it alone."""
    trials = os.path.join(folder, "trials")
    for id in ids:
        file = os.path.join(trials, f"{id}.json")
        alone = id in published and not (os.path.isfile(file) and not listing.no_trial(file))
        yield id, None if alone else file
