"""Growing networks: when which level of an image counts, as a function of the progress.

Everything is computed from the first step on, and levels that are not there yet weigh nothing: so
one trace serves the whole training. Importing this module imports TensorFlow.
"""

from __future__ import annotations

from collections.abc import Sequence

import keras
import tensorflow as tf

from bench.gan.backend import Shape, Tensor
from bench.gan.networks.levels import UNTIL


def alpha(progress: Tensor, until: Tensor, level: int, levels: int) -> Tensor:
    """Weight of a level 1 ... levels - 1: 0 before it fades in, 1 after.

    2 levels - 1 phases of equal length up to `until`: level 0 alone, level 1 fades in, level 1
    settles, level 2 fades in ... Karras et al. 2018, figure 2.
    """
    phase = progress / until * (2 * levels - 1)
    return tf.clip_by_value(phase - (2 * level - 1), 0.0, 1.0)


def mixed(old: Tensor, new: Tensor, weight: Tensor) -> Tensor:
    """(1 - weight) old + weight new, exactly one of them at 0 and 1."""
    return (1 - weight) * old + weight * new


def halved(x: Tensor) -> Tensor:
    """Images of half the side: means of 2 x 2 pixels."""
    return tf.nn.avg_pool2d(x, 2, 2, "VALID")


def doubled(x: Tensor) -> Tensor:
    """Images of twice the side: each pixel four times."""
    return tf.repeat(tf.repeat(x, 2, 1), 2, 2)


def shown(x: Tensor, progress: Tensor, levels: int, until: Tensor = UNTIL) -> Tensor:
    """Real images as sharp as the generator's are at this progress. x [B, s, s, c] -> the same."""
    # the image at all sides, the smallest first
    pyramid = [x]
    for _ in range(levels - 1):
        pyramid.insert(0, halved(pyramid[0]))
    # then up again, mixed at each level as the generator's images are
    image = pyramid[0]
    for level in range(1, levels):
        weight = alpha(progress, until, level, levels)
        image = mixed(doubled(image), pyramid[level], weight)
    return image


class Fade(keras.layers.Layer):
    """(old, new) -> mixed by the weight of a level at the progress of the moment.

    Progress and end of growth are buffers that the trainer overwrites; evaluation finds the last.
    """

    def __init__(self, level: int, levels: int) -> None:
        super().__init__()
        self.level, self.levels = level, levels
        numbers = {"step.progress": 0.0, "progan.until": UNTIL}
        self.progress, self.until = (
            self.add_weight(
                shape=(), initializer=keras.initializers.Constant(v), trainable=False, name=name
            )
            for name, v in numbers.items()
        )

    def call(self, inputs: tuple[Tensor, Tensor]) -> Tensor:
        """The mixture, of the shape of either."""
        old, new = inputs
        progress, until = (tf.convert_to_tensor(v) for v in (self.progress, self.until))
        return mixed(old, new, alpha(progress, until, self.level, self.levels))

    def compute_output_shape(self, shapes: Sequence[Shape]) -> Shape:
        """The shape of the old one."""
        return shapes[0]
