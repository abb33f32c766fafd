"""Data sets of images: their form, names and halves; the small digits of scikit-learn."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.store.arrays import Array
from bench.trial import digest


@dataclass(frozen=True, eq=False)
class Images:
    """A data set."""

    images: NDArray[np.float32]
    """[N, h, w, c] in [-1, 1]."""

    labels: NDArray[np.integer] | None = None
    """The class of each image, 0 ... K - 1, [N]; None where nobody knows."""


def digits8() -> Images:
    """The 1797 hand-written digits 8 x 8 x 1 of scikit-learn (UCI, Alpaydin & Kaynak 1998)."""
    table = _table()
    images, labels = table[:, :-1], table[:, -1]
    scaled = (images / 8 - 1).astype(np.float32)
    return Images(scaled.reshape(-1, 8, 8, 1), labels.astype(np.int64))


def _table() -> Array:
    """Pixels 0 ... 16 and class of each digit, float64 [1797, 65]. The file is scikit-learn's,
    which is not imported for it: that takes a second."""
    package = find_spec("sklearn")
    file = Path(package.origin if package and package.origin else "").parent / _FILE
    if file.is_file():
        return np.loadtxt(file, delimiter=",")
    from sklearn.datasets import load_digits  # which knows where it has the file by now

    return np.column_stack(load_digits(return_X_y=True))


_FILE = Path("datasets/data/digits.csv.gz")


def fingerprint(known: Images) -> str:
    """16 hex digits of images and labels as they are in memory."""
    return hashed(*(a for a in (known.images, known.labels) if a is not None))


def hashed(*arrays: Array) -> str:
    """16 hex digits of arrays as they are in memory: their types, shapes and numbers."""
    heads = [f"{array.dtype.str} {array.shape} ".encode() for array in arrays]
    numbers = [np.ascontiguousarray(array).data for array in arrays]
    return digest(*(piece for pair in zip(heads, numbers, strict=True) for piece in pair))


def split(known: Images, share: float = 2 / 3) -> tuple[Images, Images]:
    """A data set in two, in fixed random order: to train on, and to hold back."""
    order = np.random.default_rng(0).permutation(len(known.images))
    cut = int(share * len(order))
    return _picked(known, order[:cut]), _picked(known, order[cut:])


def _picked(known: Images, i: NDArray[np.integer]) -> Images:
    """The images of some indices, with their labels."""
    return Images(known.images[i], None if known.labels is None else known.labels[i])


def few(known: Images, n: int) -> tuple[Images, Images | None]:
    """(n images of a data set, the others), in fixed random order, of each class as many as of any
    other where there are labels. With n = 0: (the whole data set, None)."""
    if n == 0:
        return known, None
    order = spread(len(known.images), known.labels)
    return _picked(known, order[:n]), _picked(known, order[n:])


def spread(count: int, labels: NDArray[np.integer] | None) -> NDArray[np.integer]:
    """The places 0 ... count - 1 of a data set in fixed random order; where there are labels
    [count], the first n of them are of each class as many as of any other."""
    order = np.random.default_rng(0).permutation(count)
    if labels is None:
        return order
    mixed = labels[order]
    # the place of each image among those of its class; a stable sort keeps the random order
    place = np.empty(count, int)
    for label in np.unique(mixed):
        own = mixed == label
        place[own] = np.arange(own.sum())
    return order[np.argsort(place, kind="stable")]


def stacked(known: Images, rng: np.random.Generator, n: int) -> Array:
    """n draws of three independent images as the channels of one, [n, h, w, 3]; known [M, h, w, 1].

    Metz et al. 2017: with ten classes it has 1,000 modes.
    """
    three = known.images[rng.integers(len(known.images), size=(n, 3)), ..., 0]
    return np.moveaxis(three, 1, -1)
