"""Data sets of images, and the classifiers whose features they are compared by.

`digits` are those of scikit-learn, `glyphs` are rendered from fonts, `npz` reads a user's own file.
"""

from bench.gan.data.digits import (
    Images,
    digits8,
    few,
    fingerprint,
    hashed,
    split,
    spread,
    stacked,
)
from bench.gan.data.glyphs import FILL, FINE, FONTS, SIDE, atlas, glyphs28
from bench.gan.data.npz import NPZ_LEAST, NPZ_SHAPE, check_npz, digest, labelled, load_npz

__all__ = [
    "FILL",
    "FINE",
    "FONTS",
    "NPZ_LEAST",
    "NPZ_SHAPE",
    "SIDE",
    "Images",
    "atlas",
    "check_npz",
    "digest",
    "digits8",
    "few",
    "fingerprint",
    "glyphs28",
    "hashed",
    "labelled",
    "load_npz",
    "split",
    "spread",
    "stacked",
]
