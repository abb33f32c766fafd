"""Any source of images -> arrays of the wanted form, with what a plan says of them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.gan.data.other_kinds import other_kind
from bench.gan.data.sources import arrays, folder, kept, named
from bench.gan.data.sources.decode import SUFFIXES
from bench.gan.data.sources.pixels import (
    LEAST,
    BadCount,
    Decoded,
    Wanted,
    drawn,
    fitted,
    hashes,
    in_channels,
    ordered,
)
from bench.store import cache
from bench.store.arrays import Array
from bench.store.files import read
from bench.trial import File, digest

RECIPE = "1"
"""Raise this when the same files would give other arrays: what users' caches hold is then stale."""


@dataclass(frozen=True)
class Found:
    """A source in a wanted form, without its arrays."""

    digest: str
    """16 hex digits of the arrays."""
    count: int
    """The number of images."""
    size: int
    """The side of an image in pixels."""
    channels: int
    """1 or 3."""
    classes: int
    """The number of classes, 0 where there are none."""
    words: str
    """A sentence for a plan: count, shape, classes, and what was done to how many."""


MANY = 2000
"""Files from which on a reader wants to know why nothing happens."""

_say: ContextVar[Callable[[str], None]] = ContextVar("say", default=lambda text: None)


@contextmanager
def telling(say: Callable[[str], None]) -> Iterator[None]:
    """Within it, `say` is told when decoding takes long."""
    before = _say.set(say)
    try:
        yield
    finally:
        _say.reset(before)


seen: dict[str, Found] = {}
"""The sources that this process has found, by their digests."""


def find(path: str, wanted: Wanted) -> Found:
    """Find a source in a wanted form. It is decoded, and kept, where that was not done before.

    Raises ValueError in words, with the name of the source.
    """
    opened = _opened(path)
    key = f"decoded-{RECIPE}-" + digest(repr((_pillow(), wanted, opened.content)).encode())
    found = _known(key) or _decoded(opened, wanted, key)[0]
    if opened.listing:  # other files than images change nothing of what is kept
        found = replace(found, words=found.words + _left(opened.listing, found.count))
    seen[found.digest] = found
    return found


def load(file: File, wanted: Wanted) -> Decoded:
    """The images of a source in a wanted form. Raises ValueError in words, also where a file has a
    digest and its images have another."""
    if file.digest and (found := kept.load(file.digest)):
        return found
    # what cannot be read was refused, or allowed to be left out, when the trial was planned
    skip = wanted.skip or bool(file.digest)
    wanted = Wanted(wanted.size, wanted.channels, wanted.n, skip)
    found = _decoded(_opened(file.path), wanted, "")[1]
    if file.digest and found.digest != file.digest:
        raise ValueError(f"{file}: not the images that this trial was planned with")
    return found


def labelled(path: str) -> bool:
    """True where a source has classes. Raises ValueError."""
    if path in named.NAMED:
        return named.NAMED[path].labelled
    if Path(path).is_dir():
        return bool(folder.listing(Path(path)).classes)
    return arrays.labelled(path)


@dataclass(frozen=True)
class _Opened:
    """A source before it is decoded."""

    path: str
    content: tuple[str, ...]
    """Names the bytes of all of its files, with their classes."""
    listing: folder.Listing | None = None
    hashes: Sequence[bytes] = ()
    wrong: dict[str, str] | None = None


def _opened(path: str) -> _Opened:
    """A source with the hashes of its bytes. Raises ValueError."""
    if path in named.NAMED:
        digests = [digest(read(file)) for file in named.places(path)]
        return _Opened(path, ("named", path, *digests))
    if not Path(path).is_dir():
        return _Opened(path, ("arrays", _bytes(path)))
    found = folder.listing(Path(path))
    hashed, wrong = folder.contents(found)
    pairs = [
        f"{file.label} {one.hex() or file.name}"
        for file, one in zip(found.files, hashed, strict=True)
    ]
    content = ("folder", *found.classes, "", *sorted(pairs), *found.closed)
    return _Opened(path, content, found, hashed, wrong)


def _bytes(path: str) -> str:
    """The digest of a file's bytes. Raises ValueError for one that is no .npz."""
    if Path(path).suffix.lower() in SUFFIXES and Path(path).is_file():
        raise ValueError(f"{path}: one image; needed is a folder of them, or an .npz")
    if reason := other_kind(path, arrays.NEEDED):
        raise ValueError(reason)
    try:
        return digest(read(path))
    except OSError as error:
        if os.path.lexists(path):
            raise ValueError(f"{path}: {error.strerror}") from error
        known = " and ".join(named.NAMED)
        text = f"no such folder and no such file; images of other packages are {known}"
        raise ValueError(f"{path}: {text}") from error


def _decoded(opened: _Opened, wanted: Wanted, key: str) -> tuple[Found, Decoded]:
    """Decode a source, and keep what was found under a key, where there is one."""
    files = len(opened.listing.files) if opened.listing else 0
    if (count := min(files, wanted.n or files)) >= MANY:
        _say.get()(f"decoding {count:,} images of {opened.path}, once: this can take minutes ...")
    images, labels, done = _read(opened, wanted)
    folder.check_size(opened.path, len(images), (wanted.size, wanted.size, images.shape[3]))
    images, how = fitted(images, wanted.size)
    images = in_channels(images, wanted.channels)
    images, labels = _some(images, labels, wanted, opened.path)
    made = ordered(images, labels)
    if images.min() == images.max():
        raise ValueError(f"{opened.path}: all pixels of all images have one value")
    classes = 0 if labels is None else int(labels.max()) + 1
    shape = made.images.shape
    words = _words(opened, made, done + how)
    found = Found(made.digest, shape[0], shape[1], shape[3], classes, words)
    if key:
        kept.keep(made)
        cache.keep(key, asdict(found))
    return found, made


def _read(opened: _Opened, wanted: Wanted) -> tuple[Array, Array | None, Counter[str]]:
    """Images of any size, the class of each, and what was done to them."""
    if opened.path in named.NAMED:
        source = named.NAMED[opened.path]
        images, labels = source.images(named.places(opened.path), wanted.size)
        return images, labels, Counter()
    if opened.listing is None:
        images, labels, some = arrays.images(opened.path)
        return images, labels, Counter({"transparent, on white": len(images)} if some else {})
    found = folder.decoded(opened.listing, opened.hashes, opened.wrong or {}, wanted)
    return found.images, found.labels if opened.listing.classes else None, found.done


def _some(
    images: Array, labels: Array | None, wanted: Wanted, path: str
) -> tuple[Array, Array | None]:
    """The `n` images that are wanted, drawn by their contents. Raises ValueError where there are
    fewer, or a class is lost."""
    if wanted.n > len(images) or 0 < wanted.n < LEAST:
        reason = f"there are {len(images):,}" if wanted.n > len(images) else f"least are {LEAST}"
        raise BadCount(f"{path}: n = {wanted.n:,} images are wanted, {reason}")
    if 0 < wanted.n < len(images):
        classes = [0] * len(images) if labels is None else labels.tolist()
        chosen = drawn(classes, hashes(images))[: wanted.n]
        images = images[chosen]
        labels = None if labels is None else labels[chosen]
    if labels is not None and len(np.unique(labels)) <= labels.max():
        raise ValueError(f"{path}: a class is left without any image: n is {wanted.n or 'all'}")
    return images, labels


def _words(opened: _Opened, made: Decoded, done: Counter[str]) -> str:
    """A sentence about decoded images."""
    count, high, wide, channels = made.images.shape
    colours = "grey" if channels == 1 else "RGB"
    told = f"{count:,} images {high} x {wide}, {colours}"
    if opened.path in named.NAMED:
        told += f" ({named.NAMED[opened.path].about})"
    listing = opened.listing
    if made.labels is not None:
        names = f" ({folder.listed(listing.classes, 5)})" if listing else ""
        told += f", {int(made.labels.max()) + 1} classes{names}"
    return told + "".join(f"; {number:,} {what}" for what, number in sorted(done.items()))


def _left(listing: folder.Listing, count: int) -> str:
    """Words about the files of a folder that are no images of the data."""
    told = ""
    if listing.beside:
        told += "; images lie beside the subfolders, which are therefore no classes"
    if left := len(listing.files) - count:
        told += f"; {left:,} image files left out"
    if listing.others:
        told += f"; {len(listing.others):,} other files ({folder.listed(listing.others, 3)})"
    return told


def _known(key: str) -> Found | None:
    """The finding of an earlier process that is kept under a key, if its images are kept too."""
    stored: Any = cache.load(key)
    try:
        found = Found(**stored)
    except TypeError:
        return None
    return found if kept.has(found.digest) else None


def _pillow() -> str:
    from importlib.metadata import version

    return version("pillow")
