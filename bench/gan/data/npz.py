"""A user's own images: a file of the layout of `keras.datasets.mnist`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench import trial
from bench.gan.backend import Shape
from bench.gan.data.digits import Images
from bench.gan.data.other_kinds import other_kind
from bench.store.arrays import Array, read


def load_npz(path: str | Path) -> Images:
    """A user's own images: `x_train` [n, 28, 28] or [n, 28, 28, 1], and `y_train` [n] or none.

    Values: integers 0 ... 255, or floats, which are taken for [0, 1] if none is negative and for
    [-1, 1] otherwise. At least 100 images. Labels: integers of at least two classes; they are
    numbered anew, 0 ... K - 1, in their order. The layout of `keras.datasets.mnist`.
    Raises ValueError where the file is anything else, with its name, what it holds and what it
    should hold.
    """
    images, labels = _read(path)
    if images.dtype.kind == "f":
        scaled = images if images.min() < 0 else 2 * images - 1
    else:
        scaled = images / np.float32(127.5) - 1
    scaled = scaled.astype(np.float32).reshape(len(images), *NPZ_SHAPE)
    return Images(scaled, None if labels is None else np.unique(labels, return_inverse=True)[1])


def check_npz(path: str | Path) -> None:
    """Raises ValueError where `load_npz` would. Reads the whole file; needs no TensorFlow."""
    _read(path)


def labelled(path: str | Path) -> bool:
    """True where the file has labels. Raises ValueError like `load_npz`."""
    return _read(path)[1] is not None


def digest(path: str | Path) -> str:
    """16 hex digits of the arrays in the file, not of its bytes: the same images packed again, or
    by another version of numpy, are the same data. Raises ValueError like `load_npz`."""
    pieces: list[bytes | memoryview] = []
    for name, array in zip(("x_train", "y_train"), _read(path), strict=True):
        if array is not None:
            little = array.astype(array.dtype.newbyteorder("<"), copy=False)
            pieces.append(f"{name} {little.dtype.str} {array.shape} ".encode())
            pieces.append(np.ascontiguousarray(little).data)
    return trial.digest(*pieces)


NPZ_SHAPE: Shape = (28, 28, 1)
"""The shape of one image."""
NPZ_LEAST = 100
"""Fewest images of a file."""


def _read(path: str | Path) -> tuple[Array, Array | None]:
    """x_train and y_train as they are in the file, checked."""
    if reason := other_kind(path):
        raise ValueError(reason)
    names, arrays = read(path, lambda names: [n for n in ("x_train", "y_train") if n in names])
    if "x_train" not in arrays:
        raise ValueError(f"{path}: no array x_train; there is: {', '.join(names) or 'nothing'}")
    images, labels = arrays["x_train"], arrays.get("y_train")
    for wrong in (*_image_faults(images), *_label_faults(labels, images)):
        raise ValueError(f"{path}: {wrong}")
    return images, labels


def _image_faults(images: Array) -> Iterator[str]:
    if images.ndim < 3 or images.shape[1:] not in (NPZ_SHAPE, NPZ_SHAPE[:2]):
        yield f"x_train has shape {images.shape}, needed is [n, 28, 28] or [n, 28, 28, 1]"
    elif len(images) < NPZ_LEAST:
        yield f"x_train has {len(images)} images, needed are at least {NPZ_LEAST}"
    elif images.dtype.kind not in "uif":
        yield f"x_train has type {images.dtype}, needed are integers 0 ... 255 or floats"
    elif images.dtype.kind == "f":
        yield from _float_faults(images)
    elif images.min() < 0 or images.max() > 255:
        yield f"x_train has integers {images.min()} ... {images.max()}, needed are 0 ... 255"
    elif images.max() <= 1:
        yield "x_train has no integer above 1, needed are 0 ... 255 (or floats 0 ... 1)"
    elif images.min() == images.max():
        yield f"x_train has the one value {images.min()} everywhere"


def _float_faults(images: Array) -> Iterator[str]:
    low, high = images.min(), images.max()
    if not np.isfinite(images).all():
        yield "x_train has values that are not finite (NaN or infinity)"
    elif low < -1 or high > 1:
        yield f"x_train has floats {low:g} ... {high:g}, needed are [0, 1] or [-1, 1]"
    elif low == high:
        yield f"x_train has the one value {low:g} everywhere"


def _label_faults(labels: Array | None, images: Array) -> Iterator[str]:
    if labels is None:
        return
    if labels.shape != images.shape[:1]:
        yield f"y_train has shape {labels.shape}, needed is {images.shape[:1]}: one for each image"
    elif labels.dtype.kind not in "ui":
        yield f"y_train has type {labels.dtype}, needed are integers"
    elif len(np.unique(labels)) < 2:
        yield "y_train has one class only; leave it out, or give at least two"
