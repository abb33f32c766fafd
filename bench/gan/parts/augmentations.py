"""Augmentations: (x, key, progress, *, ...) -> what the discriminator sees of x [B, ...].

They are applied to real and to fake samples, in the steps of both players, with draws of their own
at each call: d(T(x)) takes the place of d(x) in losses and penalties, so that a gradient penalty
is by the sample before T. `key` is for the draws of one call, int32 [2]; `progress` is the share of
the training that is done, in [0, 1]. The trait `images` marks those that need images [B, H, W, C].
"""

from __future__ import annotations

from bench.gan import keys
from bench.gan.backend import Key, Tensor, tf
from bench.ranges import NonNegative, PositiveShare
from bench.registry import augmentation


@augmentation(also=("input noise", "noise"))
def instance_noise(
    x: Tensor, key: Key, progress: Tensor, *, std: NonNegative = 0.1, until: PositiveShare = 0.5
) -> Tensor:
    """x + s n, n ~ N(0, 1), s = std * max(0, 1 - progress/until). [B, ...] -> [B, ...].

    Annealed to nothing at the share `until` of the training. Sønderby et al. 2017; Arjovsky &
    Bottou 2017. The numbers are ours: a tenth of the data's deviation, half of the training.
    """
    s = std * tf.nn.relu(1 - progress / until)
    return x + s * keys.normal(key, tf.shape(x), x.dtype)


@augmentation(
    images=True,
    also=(
        "differentiable augmentation",
        "ADA",
        "adaptive discriminator augmentation",
        "cutout",
        "translation",
    ),
)
def diffaugment(x: Tensor, key: Key, progress: Tensor) -> Tensor:
    """Color, translation by up to 1/8 and a cutout of 1/2, each differentiable. [B,H,W,C].

    brightness + U(-1/2, 1/2), saturation * U(0, 2), contrast * U(1/2, 3/2) about the means, then
    a shift with zeros moved in, then a square of zeros. Zhao et al. 2020, and their code.
    """
    color, shift, cut = tf.unstack(keys.split(key, (3,)))
    return _cutout(_shifted(_colored(x, color), shift), cut)


def flipped_and_shifted(x: Tensor, key: Key) -> Tensor:
    """Each image mirrored with probability 1/2 and shifted by up to an eighth. [B, H, W, C]."""
    flip, shift = tf.unstack(keys.split(key, (2,)))
    mirrored = keys.uniform(flip, (tf.shape(x)[0], 1, 1, 1), x.dtype) < 0.5
    return _shifted(tf.where(mirrored, tf.reverse(x, [2]), x), shift)


def _colored(x: Tensor, key: Key) -> Tensor:
    """Brightness, saturation and contrast of each image changed, in this order. [B, H, W, C]."""
    brightness, saturation, contrast = tf.unstack(
        keys.uniform(key, (3, tf.shape(x)[0], 1, 1, 1), x.dtype)
    )
    x = x + brightness - 0.5
    if x.shape[-1] > 1:  # one channel is its own grey
        grey = tf.reduce_mean(x, -1, keepdims=True)
        x = (x - grey) * 2 * saturation + grey
    mean = tf.reduce_mean(x, [1, 2, 3], keepdims=True)
    return (x - mean) * (contrast + 0.5) + mean


def _shifted(x: Tensor, key: Key) -> Tensor:
    """Each image moved by whole pixels, up to an eighth of its height and width; zeros come in."""
    n = tf.shape(x)[0]
    for axis, draw in zip((1, 2), tf.unstack(keys.uniform(key, (2, n), "float32")), strict=True):
        size = x.shape[axis]
        most = int(size * 0.125 + 0.5)
        # pad with zeros on both sides, then cut the window that begins at the offset
        offset = tf.cast(tf.floor(draw * (2 * most + 1)), tf.int32)
        padding = [[0, 0]] * 4
        padding[axis] = [most, most]
        x = tf.gather(
            tf.pad(x, padding), offset[:, None] + tf.range(size)[None], axis=axis, batch_dims=1
        )
    return x


def _cutout(x: Tensor, key: Key) -> Tensor:
    """A square of half the height and width set to 0, its centre anywhere in the image."""
    outside = []
    draws = tf.unstack(keys.uniform(key, (2, tf.shape(x)[0]), "float32"))
    for axis, draw in zip((1, 2), draws, strict=True):
        size = x.shape[axis]
        cut = int(size * 0.5 + 0.5)
        # the centre is uniform over the axis, so that the square may lie partly outside
        first = tf.cast(tf.floor(draw * (size + 1 - cut % 2)), tf.int32) - cut // 2
        place = tf.range(size)[None] - first[:, None]
        outside.append((place < 0) | (place >= cut))
    keep = outside[0][:, :, None, None] | outside[1][:, None, :, None]
    return tf.where(keep, x, tf.zeros_like(x))
