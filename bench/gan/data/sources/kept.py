"""Keeps decoded images in the user's cache, under the digest of their numbers.

The trials of a sweep map the file into their memory, so that all of them together hold it once.
What is damaged or missing is decoded again; the oldest are removed when they are too large.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

import numpy as np

from bench.gan.data.sources.pixels import Decoded
from bench.store import cache, files
from bench.store.arrays import Array

MOST_BYTES = 2**33
"""Most bytes that are kept."""

_IMAGES, _LABELS = ".images.npy", ".labels.npy"


def folder() -> Path:
    """The folder of all that is kept; it need not exist."""
    return cache.folder() / "images"


def has(digest: str) -> bool:
    """True where images of this digest are kept, whole or damaged."""
    return (folder() / f"{digest}{_IMAGES}").is_file()


def load(digest: str) -> Decoded | None:
    """The images of a digest; None where they are not kept, or are not those any more."""
    file, labels = (folder() / f"{digest}{end}" for end in (_IMAGES, _LABELS))
    try:
        images = np.load(file, mmap_mode="r", allow_pickle=False)
        classes = np.load(labels, allow_pickle=False) if labels.exists() else None
        found = Decoded(images, classes)
        if found.digest != digest:
            return None
        os.utime(file)
    except (OSError, ValueError, EOFError):
        return None
    return found


def keep(found: Decoded) -> None:
    """Keep images, if the folder can be written and they are not too large."""
    digest = found.digest
    if found.images.nbytes > MOST_BYTES:
        return
    with suppress(OSError):
        folder().mkdir(parents=True, exist_ok=True)
        if found.labels is not None:
            _write(folder() / f"{digest}{_LABELS}", found.labels)
        _write(folder() / f"{digest}{_IMAGES}", found.images)
        _bound()


def _write(file: Path, array: Array) -> None:
    """Write an array at once: a reader sees all of it or none."""
    descriptor, name = tempfile.mkstemp(prefix=files.TEMPORARY, dir=file.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            np.save(stream, array, allow_pickle=False)
        os.replace(name, file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _bound() -> None:
    """Remove the images that were not asked for for the longest time, until the others are small
    enough; the newest stay."""
    kept = [(f.stat().st_mtime_ns, f) for f in folder().glob(f"*{_IMAGES}")]
    size = 0
    for place, (_, file) in enumerate(sorted(kept, key=lambda pair: pair[0], reverse=True)):
        size += file.stat().st_size
        if place and size > MOST_BYTES:
            file.unlink()
            file.with_name(file.name.replace(_IMAGES, _LABELS)).unlink(missing_ok=True)
