"""Folders of image files: which there are, of which class, and how they are decoded."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench.gan.data.sources.decode import SUFFIXES, Unreadable, decode
from bench.gan.data.sources.pixels import LEAST, MOST_NUMBERS, Wanted, drawn
from bench.store import files
from bench.store.arrays import Array

MOST_FILES = 1_000_000
"""Most files of a folder."""

MOST_BYTES = 2**28
"""Most bytes of one file."""

LISTED = 10
"""Most files that an error names."""


class File(NamedTuple):
    """An image file of a folder."""

    name: str
    """The path in the folder."""
    label: int
    """The class, by the subfolder that it lies in; 0 where there are no classes."""


@dataclass
class Listing:
    """The files of a folder."""

    root: Path
    """The folder."""
    files: list[File] = field(default_factory=list)
    """Image files, by their names."""
    classes: tuple[str, ...] = ()
    """The subfolders that are classes, in the order of their names; none: there are no classes."""
    others: list[str] = field(default_factory=list)
    """Files of other kinds, by their names."""
    closed: list[str] = field(default_factory=list)
    """Subfolders that cannot be opened, each with its reason."""
    beside: bool = False
    """True where images lie beside the subfolders, which are then no classes."""


def listing(root: Path) -> Listing:
    """The image files of a folder and of all folders in it. Raises ValueError in words.

    Names that begin with a dot are left out. A folder that several links lead to counts once, so
    that a circle of links ends.
    """
    found = Listing(root)
    names: list[str] = []
    for name in _walk(root, found):
        (names if name.lower().endswith(SUFFIXES) else found.others).append(name)
        if len(names) + len(found.others) > MOST_FILES:
            raise ValueError(f"{root}: more than {MOST_FILES:,} files")
    names.sort(key=os.fsencode)
    tops = [name.partition(os.sep)[0] if os.sep in name else "" for name in names]
    classes = tuple(dict.fromkeys(tops))
    found.beside = "" in classes and len(classes) > 1
    if len(classes) > 1 and not found.beside:
        found.classes = classes
    number = {top: i if found.classes else 0 for i, top in enumerate(classes)}
    found.files = [File(name, number[top]) for name, top in zip(names, tops, strict=True)]
    if not names:
        raise ValueError(f"{root}: {_none(found)}")
    return found


def _walk(root: Path, found: Listing) -> Iterator[str]:
    """The paths of all files below a folder, relative to it."""
    waiting, known = [""], set[tuple[int, int]]()
    while waiting:
        folder = waiting.pop()
        try:
            status = os.stat(root / folder)
            if (status.st_dev, status.st_ino) in known:
                continue
            known.add((status.st_dev, status.st_ino))
            with os.scandir(root / folder) as entries:
                inside = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            found.closed.append(f"{shown(folder)} ({error.strerror})")
            continue
        for entry in inside:
            name = os.path.join(folder, entry.name)
            if entry.name.startswith(".") or entry.name == "__MACOSX":
                continue
            if _is_folder(entry):
                waiting.append(name)
            else:
                yield name


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a circle of links that lead to no folder
        return False


def _none(found: Listing) -> str:
    """Words for a folder without images."""
    told = "no images in this folder"
    if found.closed:
        return f"{told}: {found.closed[0]}"
    if found.others:
        names = listed(found.others, 3)
        told += f", but {len(found.others):,} other file{'s'[: len(found.others) > 1]}: {names}"
    return f"{told}; needed are PNG, JPEG, WebP or BMP (subfolders are classes), or an .npz"


def contents(found: Listing) -> tuple[list[bytes], dict[str, str]]:
    """A hash of each file's bytes, and the reason for each name that cannot be opened, whose hash
    is empty."""
    hashes, wrong = [], {}
    for name, _ in found.files:
        try:
            hashes.append(hashlib.sha256(files.read(found.root / name, MOST_BYTES)).digest())
        except OSError as error:
            hashes.append(b"")
            wrong[name] = error.strerror or str(error)
    return hashes, wrong


class Read(NamedTuple):
    """The images of a folder, decoded."""

    images: Array
    """uint8 [n, size, size, 1 or 3]."""
    labels: Array
    """The class of each, int64 [n]."""
    done: Counter[str]
    """Words for each thing that was done, and to how many of them."""


def decoded(found: Listing, hashes: Sequence[bytes], wrong: dict[str, str], wanted: Wanted) -> Read:
    """Decode the files of a folder; with `n`, as many of them as are drawn.

    `wrong` are files that could not be opened. Raises ValueError, with all that cannot be read,
    where they are not to be left out, and where too few images or too many numbers remain.
    """
    count = min(wanted.n or len(found.files), len(found.files))
    shape = (wanted.size, wanted.size, 1 if wanted.channels == 1 else 3)
    check_size(found.root, count, shape)
    images, done = np.empty((count, *shape), np.uint8), Counter[str]()
    labels: list[int] = []
    faults = dict(wrong)
    for i in drawn([file.label for file in found.files], hashes):
        name, label = found.files[i]
        if len(labels) == count:
            break
        if name in faults:
            continue
        try:
            images[len(labels)], how = decode(found.root / name, *shape[1:])
        except Unreadable as error:
            faults[name] = str(error)
            continue
        labels.append(label)
        done += how
    _check_faults(found, faults, wanted)
    if len(labels) < LEAST:
        count, text = len(labels), "image" if len(labels) == 1 else "images"
        raise ValueError(f"{found.root}: {count} {text}, needed are at least {LEAST}")
    return Read(images[: len(labels)], np.array(labels, np.int64), done)


def check_size(root: Path | str, count: int, shape: tuple[int, ...]) -> None:
    """Raises ValueError where so many images of a shape are too many numbers."""
    numbers = count * int(np.prod(shape))
    if numbers > MOST_NUMBERS:
        text = " x ".join(map(str, shape))
        most = MOST_NUMBERS // int(np.prod(shape))
        raise ValueError(
            f"{root}: {count:,} images of {text} are {numbers / 2**30:.1f} GiB: "
            f"give n, at most {most:,}, or a smaller size"
        )


def _check_faults(found: Listing, faults: dict[str, str], wanted: Wanted) -> None:
    told = [f"{shown(name)} ({why})" for name, why in sorted(faults.items())]
    told += found.closed
    if told and not wanted.skip:
        one = "1 file cannot" if len(told) == 1 else f"{len(told):,} files cannot"
        raise ValueError(
            f"{found.root}: {one} be read (of {len(found.files):,}):\n    {listed(told, LISTED)}"
            "\n    mend or remove them, or leave them out with skip_unreadable = true"
        )


def listed(names: Sequence[str], most: int) -> str:
    """The first of some names, and the number of the others."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(map(shown, names[:most])) + more


def shown(name: str) -> str:
    """The name of a file in one line, whatever is in it."""
    plain = name if name.isprintable() else ascii(name)[1:-1]
    return plain if len(plain) <= 120 else f"{plain[:60]} ... {plain[-50:]}"
