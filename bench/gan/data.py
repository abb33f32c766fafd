"""Image data sets: small digits of scikit-learn, digits rendered from fonts, a user's own file.

Each gives images float32 [N, h, w, c] in [-1, 1] and, where known, labels int [N].
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.gan import keys
from bench.gan.backend import tf
from bench.store.arrays import read

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Images:
    """Images [N, h, w, c] in [-1, 1]; labels 0 ... K - 1 [N], or None."""

    images: Array
    labels: Array | None = None


def digits8() -> Images:
    """The 1797 hand-written digits 8 x 8 x 1 of scikit-learn (UCI, Alpaydin & Kaynak 1998)."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    scaled = (images / 8 - 1).astype(np.float32)
    return Images(scaled.reshape(-1, 8, 8, 1), labels.astype(np.int64))


def fingerprint(known: Images) -> str:
    """16 hex digits of images and labels as they are in memory."""
    hashed = hashlib.sha256()
    for array in (known.images, known.labels):
        if array is not None:
            hashed.update(f"{array.dtype.str} {array.shape} ".encode())
            hashed.update(np.ascontiguousarray(array).data)
    return hashed.hexdigest()[:16]


def split(known: Images, share: float = 2 / 3) -> tuple[Images, Images]:
    """A data set in two, in fixed random order: to train on, and to hold back."""
    order = np.random.default_rng(0).permutation(len(known.images))
    cut = int(share * len(order))
    pick = lambda i: Images(known.images[i], None if known.labels is None else known.labels[i])  # noqa: E731
    return pick(order[:cut]), pick(order[cut:])


def stacked(known: Images, rng: np.random.Generator, n: int) -> Array:
    """n draws of three independent images as the channels of one, [n, h, w, 3]; known [M, h, w, 1].

    Metz et al. 2017: with ten classes it has 1,000 modes.
    """
    three = known.images[rng.integers(len(known.images), size=(n, 3)), ..., 0]
    return np.moveaxis(three, 1, -1)


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
    """Whether the file has labels. Raises ValueError like `load_npz`."""
    return _read(path)[1] is not None


def digest(path: str | Path) -> str:
    """16 hex digits of the arrays in the file, not of its bytes: the same images packed again, or
    by another version of numpy, are the same data. Raises ValueError like `load_npz`."""
    hashed = hashlib.sha256()
    for name, array in zip(("x_train", "y_train"), _read(path), strict=True):
        if array is not None:
            hashed.update(f"{name} {array.dtype.newbyteorder('<').str} {array.shape} ".encode())
            little = array.astype(array.dtype.newbyteorder("<"), copy=False)
            hashed.update(np.ascontiguousarray(little).data)
    return hashed.hexdigest()[:16]


NPZ_SHAPE = (28, 28, 1)
NPZ_LEAST = 100


def _read(path: str | Path) -> tuple[Array, Array | None]:
    """x_train and y_train as they are in the file, checked."""
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


FONTS = (
    *(f"DejaVuSans{s}" for s in ("", "-Bold", "-Oblique", "-BoldOblique")),
    *(f"DejaVuSansMono{s}" for s in ("", "-Bold", "-Oblique", "-BoldOblique")),
    *(f"DejaVuSerif{s}" for s in ("", "-Bold", "-Italic", "-BoldItalic")),
    *(f"STIXGeneral{s}" for s in ("", "Bol", "Italic", "BolIta")),
    *("cmr10", "cmb10", "cmss10", "cmtt10"),
)
SIDE = 28
FILL = 20  # as in MNIST, the larger side of a digit has 20 of 28 pixels before the jitter
FINE = 2  # atlas pixels per image pixel

# the largest jitter, either way; chosen so that no digit is cut off
ROTATION = 0.2  # radians
SHEAR = 0.15
SHIFT = 1.0  # pixels
SCALE = 0.1


def glyphs28(key: Any, n: int) -> tuple[Any, Any]:
    """n digits drawn from fonts with a random affine jitter, white on black.

    -> (images float32 [n, 28, 28, 1] in [-1, 1], labels int32 [n]); pure in its key (int32 [2]).
    Fonts and digits have equal chances; rotation, shear, scale and shift are uniform.
    """
    glyphs = tf.constant(atlas())
    first, second = tf.unstack(keys.split(key, (2,)))
    which = tf.cast(keys.uniform(first, (n,)) * len(FONTS) * 10, tf.int32)
    images = tf.raw_ops.ImageProjectiveTransformV3(
        images=tf.gather(glyphs, which),
        transforms=_jitter(2 * keys.uniform(second, (n, 6)) - 1),
        output_shape=(SIDE, SIDE),
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    )
    return 2 * images - 1, which % 10


def _jitter(u: Any) -> Any:
    """Projective transforms [n, 8], image pixels -> atlas pixels, from u in [-1, 1) [n, 6]."""
    angle, shear, wide, high, right, down = tf.unstack(u, axis=1)
    cos, sin = tf.cos(ROTATION * angle), tf.sin(ROTATION * angle)
    x, y = FINE * (1 + SCALE * wide), FINE * (1 + SCALE * high)
    shear = SHEAR * shear
    a, b = x * (cos + shear * sin), x * (shear * cos - sin)
    c, d = y * sin, y * cos
    # the centre of the image, moved by the shift, falls on the centre of the atlas
    u0, v0 = (SIDE - 1) / 2 + SHIFT * right, (SIDE - 1) / 2 + SHIFT * down
    middle = (FINE * SIDE - 1) / 2
    zero = tf.zeros_like(a)
    rows = [a, b, middle - a * u0 - b * v0, c, d, middle - c * u0 - d * v0, zero, zero]
    return tf.stack(rows, axis=1)


@cache
def atlas() -> Array:
    """All digits of all fonts, rendered once: float32 [fonts * 10, 56, 56, 1] in [0, 1].

    Glyph i shows the digit i % 10.
    """
    glyphs = np.stack([_render(font, str(digit)) for font in FONTS for digit in range(10)])
    glyphs.setflags(write=False)
    return glyphs


def _render(font: str, text: str) -> Array:
    """One glyph, centred, its larger side 20 of 28 pixels, anti-aliased -> [56, 56, 1]."""
    import matplotlib
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath
    from matplotlib.transforms import Affine2D

    file = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{font}.ttf"
    path = TextPath((0, 0), text, size=100, prop=FontProperties(fname=str(file)))
    box, side = path.get_extents(), FINE * SIDE
    centred = Affine2D().translate(-(box.x0 + box.x1) / 2, -(box.y0 + box.y1) / 2)
    placed = centred.scale(FINE * FILL / max(box.width, box.height)).translate(side / 2, side / 2)
    renderer = RendererAgg(side, side, 72)
    pen = renderer.new_gc()
    pen.set_linewidth(0)
    renderer.draw_path(pen, path, placed, (1.0, 1.0, 1.0, 1.0))
    alpha = np.asarray(renderer.buffer_rgba())[..., 3:]
    return alpha.astype(np.float32) / 255
