"""Digits rendered from fonts: as many different ones as are drawn, without a download."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from bench.gan import keys
from bench.gan.backend import Key, Tensor, tf
from bench.store.arrays import Array
from bench.store.cache import for_matplotlib

FONTS = (
    *(f"DejaVuSans{s}" for s in ("", "-Bold", "-Oblique", "-BoldOblique")),
    *(f"DejaVuSansMono{s}" for s in ("", "-Bold", "-Oblique", "-BoldOblique")),
    *(f"DejaVuSerif{s}" for s in ("", "-Bold", "-Italic", "-BoldItalic")),
    *(f"STIXGeneral{s}" for s in ("", "Bol", "Italic", "BolIta")),
    *("cmr10", "cmb10", "cmss10", "cmtt10"),
)
SIDE = 28
"""Pixels of an image's side."""
FILL = 20
"""The larger side of a digit in pixels, before the jitter; as in MNIST."""
FINE = 2
"""Pixels of the atlas per pixel of an image."""
# the largest jitter, either way; chosen so that no digit is cut off
ROTATION = 0.2  # radians
SHEAR = 0.15
SHIFT = 1.0  # pixels
SCALE = 0.1


def glyphs28(key: Key, n: int) -> tuple[Tensor, Tensor]:
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


def _jitter(u: Tensor) -> Tensor:
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
    for_matplotlib()
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
