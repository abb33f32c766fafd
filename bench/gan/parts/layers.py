"""Keras layers that Keras lacks. Importing this module imports TensorFlow: files that shall not say
`from bench.gan.parts import layers` (see `bench.gan.backend`).

A layer is built from the shape of its input with the batch axis, which is None there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from bench.gan import keys
from bench.gan.backend import Shape, Tensor
from bench.gan.parts.needs import GROUP
from bench.gan.program import stored


class Dense(keras.layers.Dense):
    """Keras's dense layer, whose derivatives XLA computes faster: see `product`."""

    def call(self, x: Tensor, training: bool | None = None) -> Tensor:
        """x [B, n] -> activation(x @ kernel + bias) [B, units]."""
        y = product(x, tf.convert_to_tensor(self.kernel))
        return self.activation(y + self.bias if self.use_bias else y)


FEW = 4
"""Columns up to which a derivative of a matrix product is taken column by column."""


@tf.custom_gradient
def product(x: Tensor, w: Tensor) -> tuple[Tensor, Any]:
    """x @ w, x [B, n], w [n, m]; its derivatives are written so that XLA computes them fast.

    A generator of points ends in two columns. XLA takes ten times as long for products with an
    inner axis of 2, or with 2 columns, as for sums over columns. It is also slow with a product
    whose left side it has to read transposed: storing that side first takes a third off.
    """
    if not tf.executing_eagerly():
        # of this graph: in a branch of `tf.cond` a derivative finds no tensor from outside
        x, w = tf.identity(x), tf.identity(w)
    columns = w.shape[1]

    def slopes(dy: Tensor) -> tuple[Tensor, Tensor]:
        if columns == 1:
            return tf.matmul(dy, w, transpose_b=True), tf.matmul(x, dy, transpose_a=True)
        if columns > FEW:
            return tf.matmul(dy, w, transpose_b=True), tf.matmul(stored(tf.transpose(x)), dy)
        each = tf.unstack(dy, axis=1), tf.unstack(w, axis=1)
        dx = tf.add_n([a[:, None] * b for a, b in zip(*each, strict=True)])
        return dx, tf.stack([tf.linalg.matvec(x, a, transpose_a=True) for a in each[0]], 1)

    return tf.matmul(x, w), slopes


class Dropout(keras.layers.Layer):
    """Dropout whose mask is the same with and without XLA (Keras's own differs).

    Its seed is a buffer that the trainer overwrites before each call, see `bench.gan.networks`.
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate
        self.seed = keras.random.SeedGenerator(0)

    def call(self, x: Tensor, training: bool = False) -> Tensor:
        """x with a share of its elements 0 and the others scaled up; x itself in evaluation."""
        return _dropped(x, self.rate, self.seed) if training else x


def _dropped(x: Tensor, rate: Tensor, seed: keras.random.SeedGenerator) -> Tensor:
    """Each element 0 with probability `rate`, or divided by 1 - rate."""
    keep = keys.uniform(tf.cast(seed.next(), tf.int32), tf.shape(x), x.dtype) >= rate
    return tf.where(keep, x / (1 - rate), tf.zeros_like(x))


class Point(keras.layers.Layer):
    """Trainable numbers, `start` at first, whatever the input: a generator that ignores z, or the
    number of a player. [B, k] -> [B, size]."""

    def __init__(self, size: int, start: float = 1.0, **options: Any) -> None:
        super().__init__(**options)
        self.size, self.start = size, start

    def build(self, shape: Shape) -> None:
        """Make the numbers."""
        start = keras.initializers.Constant(self.start)
        self.theta = self.add_weight(shape=(self.size,), initializer=start, name="theta")

    def call(self, z: Tensor) -> Tensor:
        """Theta for every row of z."""
        return 0 * z[:, :1] + self.theta


class Affine(keras.layers.Layer):
    """mu + sd z with two trainable numbers, both `start` at first. [B, 1] -> [B, 1]."""

    def __init__(self, start: float, **options: Any) -> None:
        super().__init__(**options)
        self.start = start

    def build(self, shape: Shape) -> None:
        """Make the numbers."""
        start = keras.initializers.Constant(self.start)
        self.numbers = self.add_weight(shape=(2,), initializer=start, name="numbers")

    def call(self, z: Tensor) -> Tensor:
        """The affine map of each z."""
        numbers = tf.convert_to_tensor(self.numbers)
        return numbers[0] + numbers[1] * z


class Powers(keras.layers.Layer):
    """x -> (x, x^2), the features of a quadratic discriminator. [B, 1] -> [B, 2]."""

    def call(self, x: Tensor) -> Tensor:
        """Both powers side by side."""
        return tf.concat([x, x**2], -1)


class RatedDropout(Dropout):
    """Dropout whose rate is a hyper-parameter: a buffer with its name, overwritten by the trainer
    as the seed is."""

    def __init__(self, hparam: str) -> None:
        super().__init__(0.0)
        self.rate = self.add_weight(
            shape=(), initializer="zeros", trainable=False, name=hparam, dtype="float32"
        )

    def call(self, x: Tensor, training: bool = False) -> Tensor:
        """The same as `Dropout`, at the rate of the moment."""
        if not training:
            return x
        return _dropped(x, tf.cast(tf.convert_to_tensor(self.rate), x.dtype), self.seed)


class MinibatchStd(keras.layers.Layer):
    """[B, F] -> [B, F + 1]: beside each sample the mean deviation of its group of min(4, B)."""

    def call(self, x: Tensor) -> Tensor:
        """Groups are samples i, i + B/4, i + B/2, i + 3B/4, as in ProGAN's code."""
        size = tf.minimum(GROUP, tf.shape(x)[0])
        groups = tf.reshape(x, (size, -1, x.shape[-1]))
        variance = tf.reduce_mean((groups - tf.reduce_mean(groups, 0)) ** 2, 0)
        std = tf.reduce_mean(tf.sqrt(variance + 1e-8), 1, keepdims=True)
        return tf.concat([x, tf.tile(std, (size, 1))], 1)

    def compute_output_shape(self, shape: Shape) -> Shape:
        """One feature more."""
        return (shape[0], shape[1] + 1)


class MinibatchDiscrimination(keras.layers.Layer):
    """[B, F] -> [B, F + kernels]: how near the other samples are, in each of some projections."""

    def __init__(self, kernels: int, dimension: int) -> None:
        super().__init__()
        self.kernels, self.dimension = kernels, dimension

    def build(self, shape: Shape) -> None:
        """Make T [F, kernels * dimension]."""
        size = (shape[-1], self.kernels * self.dimension)
        start = keras.initializers.RandomNormal(stddev=0.05)
        self.projection = self.add_weight(shape=size, initializer=start, name="projection")

    def call(self, x: Tensor) -> Tensor:
        """x beside o_ik = sum_j exp(-||M_ik - M_jk||_1) - 1."""
        m = tf.reshape(x @ self.projection, (-1, self.kernels, self.dimension))
        pairs = [tf.abs(c[:, None] - c[None]) for c in tf.unstack(m, axis=-1)]
        distance = sum(pairs)  # term by term: XLA on a CPU is slow at sums over a short last axis
        return tf.concat([x, tf.reduce_sum(tf.exp(-distance), 1) - 1], 1)

    def compute_output_shape(self, shape: Shape) -> Shape:
        """One feature more for each kernel."""
        return (shape[0], shape[1] + self.kernels)


class Chain(keras.layers.Layer):
    """CHAIN's layer, [B, ..., C] -> the same: x psi_min / psi of a channel with probability p.

    psi [C] is the root mean square over batch and pixels, an average over steps, of real and of
    generated batches apart; psi_min the least of its channels. The gradient through psi is that of
    the present batch. The choice is made for each channel of each sample. In evaluation the mean
    over the choice, by the average of both psi^2. Four buffers: "chain.p" and "step.made" (1 for
    generated samples) are overwritten by the trainer; `squares` [2, C] are psi^2; `noted` is the
    squared norm of the batch's mean, which the penalty is on.
    """

    def __init__(self) -> None:
        super().__init__()
        self.seed = keras.random.SeedGenerator(0)
        self.p, self.made, self.noted = (
            self.add_weight(shape=(), initializer="zeros", trainable=False, name=name)
            for name in ("chain.p", "step.made", "noted")
        )

    def build(self, shape: Shape) -> None:
        """Make the averages of the squares, 1 at first."""
        self.squares = self.add_weight(
            shape=(2, shape[-1]), initializer="ones", trainable=False, name="squares"
        )

    def call(self, x: Tensor, training: bool = False) -> Tensor:
        """x, with some of its channels scaled."""
        p = tf.cast(tf.convert_to_tensor(self.p), x.dtype)
        kept = tf.convert_to_tensor(self.squares)
        if not training:
            psi2 = tf.reduce_mean(kept, 0)
            return (1 - p) * x + p * x * tf.sqrt(tf.reduce_min(psi2) / (psi2 + CHAIN_EPS))
        axes = list(range(len(x.shape) - 1))
        square = tf.reduce_mean(x**2, axes)
        made = tf.convert_to_tensor(self.made) > 0
        row = tf.where(made, kept[1], kept[0])
        row = CHAIN_DECAY * row + (1 - CHAIN_DECAY) * tf.stop_gradient(square)
        rows = tf.where(made, kept[0], row), tf.where(made, row, kept[1])
        self.squares.assign(tf.stack(rows))
        self.noted.assign(tf.reduce_sum(tf.reduce_mean(x, axes) ** 2))
        # the value is the average's root, the slope that of the present square
        psi = tf.sqrt(row + CHAIN_EPS)
        psi = psi + (square - tf.stop_gradient(square)) / (2 * psi)
        shape = tf.concat([tf.shape(x)[:1], *[[1] for _ in axes[1:]], tf.shape(x)[-1:]], 0)
        draws = keys.uniform(tf.cast(self.seed.next(), tf.int32), shape, x.dtype)
        return tf.where(draws < p, x / psi * tf.sqrt(tf.reduce_min(row)), x)


CHAIN_DECAY, CHAIN_EPS = 0.9, 1e-5
"""Decay of the averages of squares, and what is added to them, in the code of CHAIN's authors."""


class PixelNorm(keras.layers.Layer):
    """x / sqrt(mean over channels of x^2 + 1e-8)."""

    def call(self, x: Tensor) -> Tensor:
        """Each pixel, or each vector, at a length of sqrt(channels)."""
        return x * tf.math.rsqrt(tf.reduce_mean(x**2, -1, keepdims=True) + 1e-8)


class GroupNorm(keras.layers.GroupNormalization):
    """Group normalization with 8 groups, or as many below 8 as divide the channels."""

    def __init__(self) -> None:
        super().__init__(groups=8, epsilon=1e-5)

    def build(self, shape: Shape) -> None:
        """Choose the number of groups."""
        self.groups = math.gcd(8, shape[-1])
        super().build(shape)


class VirtualBatchNorm(keras.layers.Layer):
    """Batch normalization by the statistics of a reference batch and of the sample itself.

    The first `reference` rows are the reference batch, normalized by their own statistics; every
    other row by r ref + (1 - r) own, r = reference / (reference + 1), of mean and mean square.
    """

    def __init__(self, reference: int) -> None:
        super().__init__()
        self.reference = reference

    def build(self, shape: Shape) -> None:
        """Make scale and shift of each channel."""
        self.scale = self.add_weight(shape=(shape[-1],), initializer="ones", name="scale")
        self.shift = self.add_weight(shape=(shape[-1],), initializer="zeros", name="shift")

    def call(self, x: Tensor) -> Tensor:
        """Rows see the reference batch and themselves, never each other."""
        # mean and mean square of each row over its pixels, then of the reference over its rows
        inner = list(range(1, len(x.shape) - 1))
        own = [tf.reduce_mean(y, inner, keepdims=True) if inner else y for y in (x, x**2)]
        ref = [tf.reduce_mean(y[: self.reference], 0, keepdims=True) for y in own]
        r = self.reference / (self.reference + 1)
        is_reference = tf.range(tf.shape(x)[0]) < self.reference
        is_reference = tf.reshape(is_reference, (-1, *[1] * (len(x.shape) - 1)))
        mean, square = (
            tf.where(is_reference, a, r * a + (1 - r) * b) for a, b in zip(ref, own, strict=True)
        )
        return (x - mean) * tf.math.rsqrt(square - mean**2 + 1e-5) * self.scale + self.shift


class EveryNth(keras.layers.Layer):
    """[B, ...] -> rows i, i + n, i + 2 n ...: those of the i-th of n, [about B/n, ...]."""

    def __init__(self, i: int, n: int) -> None:
        super().__init__()
        self.i, self.n = i, n

    def call(self, x: Tensor) -> Tensor:
        """The rows i, i + n, i + 2 n ... of x."""
        return x[self.i :: self.n]

    def compute_output_shape(self, shape: Shape) -> tuple[int | None, ...]:
        """The same for each row; how many there will be is not known."""
        return (None, *shape[1:])


class Interleaved(keras.layers.Layer):
    """n tensors -> [B, ...], one row of each in turn: the inverse of `EveryNth` for all i of n.

    The later ones may be one row shorter.
    """

    def call(self, parts: Sequence[Tensor]) -> Tensor:
        """Rows 0 of all tensors, then rows 1 ...; short ones are filled up, and cut at the end."""
        size = tf.add_n([tf.shape(part)[0] for part in parts])
        most = tf.shape(parts[0])[0]
        full = [self._filled(part, most) for part in parts]
        rows = tf.reshape(tf.stack(full, 1), (-1, *parts[0].shape[1:]))
        return rows[:size]

    def _filled(self, part: Tensor, most: Tensor) -> Tensor:
        rest = [[0, 0]] * (len(part.shape) - 1)
        return tf.pad(part, [[0, most - tf.shape(part)[0]], *rest])

    def compute_output_shape(self, shapes: Sequence[Shape]) -> tuple[int | None, ...]:
        """The same for each row; how many there will be is not known."""
        return (None, *shapes[0][1:])


class Strip(keras.layers.Layer):
    """[B, h, w, c] -> the i-th strip of a width, [B, h, width, c]."""

    def __init__(self, i: int, width: int) -> None:
        super().__init__()
        self.i, self.width = i, width

    def call(self, x: Tensor) -> Tensor:
        """Columns i width to (i + 1) width."""
        return x[:, :, self.i * self.width : (self.i + 1) * self.width]

    def compute_output_shape(self, shape: Shape) -> Shape:
        """The same height, the width of a strip."""
        return (*shape[:2], self.width, *shape[3:])
