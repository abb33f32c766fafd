"""Arrays of images in an `.npz`, of any size: read, and checked in words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.gan.data.sources.pixels import LEAST, MOST_NUMBERS, over_white
from bench.store.arrays import Array, read

NAMES = ("x_train", "y_train")
"""The arrays of a file: images, and the class of each, as in `keras.datasets.mnist`."""

NEEDED = "needed is a folder of images, or one .npz with x_train [n, h, w] or [n, h, w, c]"
"""The images that a task takes."""


def labelled(path: str | Path) -> bool:
    """True where a file has classes. Raises ValueError where it is no .npz."""
    return "y_train" in read(path, lambda names: [])[0]


def images(path: str | Path) -> tuple[Array, Array | None, bool]:
    """(images [n, h, w, 1 or 3], the class of each, whether some were transparent) of an .npz.

    `x_train` is [n, h, w] or [n, h, w, c] with 1 to 4 channels: grey or colours, with or without
    opacity, which is put on white. Integers are 0 ... 255 and become uint8. Floats become float32
    in [-1, 1]: they are taken for [0, 1] where none is negative, else for [-1, 1]. `y_train` [n]
    are integers of at least two classes, numbered anew in their order. Raises ValueError.
    """
    names, found = read(path, lambda names: [name for name in NAMES if name in names])
    if "x_train" not in found:
        raise ValueError(f"{path}: no array x_train; there is: {', '.join(names) or 'nothing'}")
    x, y = found["x_train"], found.get("y_train")
    for wrong in (*_image_faults(x), *_label_faults(y, x)):
        raise ValueError(f"{path}: {wrong}")
    labels = None if y is None else np.unique(y, return_inverse=True)[1].astype(np.int64)
    x = x if x.ndim == 4 else x[..., None]
    if x.dtype.kind != "f":
        x = x.astype(np.uint8)
        return _opaque(x, labels)
    return x.astype(np.float32) if x.min() < 0 else (2 * x - 1).astype(np.float32), labels, False


def _opaque(x: Array, labels: Array | None) -> tuple[Array, Array | None, bool]:
    if x.shape[3] in (1, 3):
        return x, labels, False
    return over_white(x), labels, bool((x[..., -1] < 255).any())


def _image_faults(x: Array) -> Iterator[str]:
    needed = "needed is [n, h, w] or [n, h, w, c]"
    if x.ndim not in (3, 4) or not x.size or (x.ndim == 4 and not 1 <= x.shape[3] <= 4):
        first = x.ndim == 4 and x.shape[1] in (1, 3)
        hint = ": its channels come first, x.transpose(0, 2, 3, 1) puts them last" if first else ""
        yield f"x_train has shape {x.shape}, {needed}{hint}"
    elif len(x) < LEAST:
        yield f"x_train has {len(x)} images, needed are at least {LEAST}"
    elif x.size > MOST_NUMBERS:
        yield f"x_train has {x.size:,} numbers, the most are {MOST_NUMBERS:,}"
    elif x.dtype.kind not in "uif":
        yield f"x_train has type {x.dtype}, needed are integers 0 ... 255 or floats"
    elif x.dtype.kind == "f":
        yield from _float_faults(x)
    elif x.min() < 0 or x.max() > 255:
        yield f"x_train has integers {x.min()} ... {x.max()}, needed are 0 ... 255"
    elif x.max() <= 1:
        yield "x_train has no integer above 1, needed are 0 ... 255 (or floats 0 ... 1)"
    elif x.min() == x.max():
        yield f"x_train has the one value {x.min()} everywhere"


def _float_faults(x: Array) -> Iterator[str]:
    low, high = x.min(), x.max()
    if not np.isfinite(x).all():
        yield "x_train has values that are not finite (NaN or infinity)"
    elif low < -1 or high > 1:
        yield f"x_train has floats {low:g} ... {high:g}, needed are [0, 1] or [-1, 1]"
    elif low == high:
        yield f"x_train has the one value {low:g} everywhere"
    elif x.ndim == 4 and x.shape[3] in (2, 4):
        yield f"x_train has {x.shape[3]} channels of floats: opacity is read of integers only"


def _label_faults(y: Array | None, x: Array) -> Iterator[str]:
    if y is None:
        return
    if y.shape != x.shape[:1]:
        yield f"y_train has shape {y.shape}, needed is {x.shape[:1]}: one for each image"
    elif y.dtype.kind not in "ui":
        yield f"y_train has type {y.dtype}, needed are integers"
    elif len(np.unique(y)) < 2:
        yield "y_train has one class only; leave it out, or give at least two"
