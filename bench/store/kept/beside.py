"""Keeps what is slow to find of a results folder in a folder of it, `.cache/`.

It may be deleted. Nothing in it is a result: no command lists, copies or counts it. A name holds
all that the content depends on. What is damaged is found again, what cannot be written is not kept.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

from bench.store import files

FOLDER = ".cache"
"""The name of the folder."""
LEAST = 500
"""Number of trials from which on keeping pays: fewer are read in the time of an import."""
MOST_FILES = 6
"""Most files that are kept; the oldest goes first."""
MOST_BYTES = 2**28
"""Most bytes that they have together."""

_MARKS = {
    "CACHEDIR.TAG": b"Signature: 8a477f597d28d172789f06886806bc55\n# made by gan-stability-bench\n",
    ".gitignore": b"*\n",
}
"""Files that tell backups and git to leave the folder out."""
_DIGEST = hashlib.sha256().digest_size

_used: ContextVar[bool] = ContextVar("used", default=True)


@contextmanager
def used(yes: bool) -> Iterator[None]:
    """Within it, what is kept beside results is read and written, or with False neither."""
    before = _used.set(yes)
    try:
        yield
    finally:
        _used.reset(before)


def load(folder: Path, name: str) -> bytes | None:
    """The content that is kept under a name in a results folder; None where there is none, or it is
    damaged."""
    if not _used.get():
        return None
    try:
        found = files.read(folder / FOLDER / name, MOST_BYTES)
    except OSError:
        return None
    digest, content = found[:_DIGEST], found[_DIGEST:]
    return content if hashlib.sha256(content).digest() == digest else None


def keep(folder: Path, name: str, content: bytes) -> None:
    """Keep a content under a name, if the folder can be written and it is not too large."""
    own = folder / FOLDER
    if not _used.get() or len(content) > MOST_BYTES - _DIGEST:
        return
    with suppress(OSError, files.StoreError):
        own.mkdir(exist_ok=True)
        for mark, text in _MARKS.items():
            if not os.path.lexists(own / mark):
                files.write(own / mark, text, durable=False)
        files.write(own / name, hashlib.sha256(content).digest() + content, durable=False)
        _bound(own)


def _bound(own: Path) -> None:
    """Remove the oldest files, until those that are left are few and small enough."""
    with os.scandir(own) as entries:
        found = [(e.stat().st_mtime_ns, e) for e in entries if e.name not in _MARKS and e.is_file()]
    size = 0
    for place, (_, entry) in enumerate(sorted(found, key=lambda pair: -pair[0])):
        size += entry.stat().st_size
        if place and (place >= MOST_FILES or size > MOST_BYTES):
            os.unlink(entry)
