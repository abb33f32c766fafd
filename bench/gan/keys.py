"""Random numbers without state: a key is an int32 pair, the same key gives the same numbers.

Two places draw. Outside of the compiled step NumPy draws real samples and the bits of latents
(`generator`, `bits`), several times faster than TensorFlow does. Inside, penalties, dropout and
augmentation draw from keys that come with their batch (`uniform`, `normal`), and say `alg="philox"`
because TensorFlow's default generator depends on the device and on the compiler. Bits are then
equal everywhere, but XLA makes other *floats* of them than TensorFlow's kernels do, so floats are
made of bits here.
"""

from __future__ import annotations

import functools
import hashlib
import math
from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from bench.gan.backend import Key, Tensor, tf

PIECE = 2**15
"""Normal numbers are made by multiples of so many outside of the compiled step."""

NEAR = (
    *(2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087),
    *(-0.00125372503, -0.00417768164, 0.246640727, 1.50140941),
)
FAR = (
    *(-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773),
    *(-0.0076224613, 0.00943887047, 1.00167406, 2.83297682),
)
"""The inverse error function divided by x, for w = -log(1 - x^2): below 5 in powers of w - 2.5,
from there in powers of sqrt(w) - 3; the highest power first."""

Shape: TypeAlias = "tuple[int, ...] | Tensor"
"""Sizes of the axes; a tensor, int32 [rank], where some are known only when a step runs."""


def key(seed: int, stream: str, index: int = 0) -> np.ndarray:
    """The key of one stream ("init", "real", ...) of a seed, int32 [2]; `index` counts its keys.

    Streams are independent: a part that draws more numbers shifts nobody else's.
    """
    digest = hashlib.sha256(f"{seed}/{stream}/{index}".encode()).digest()
    return np.frombuffer(digest[:8], dtype="<i4").astype(np.int32)


def generator(key: np.ndarray) -> np.random.Generator:
    """A NumPy generator that starts from a key."""
    return np.random.Generator(np.random.SFC64(key.view(np.uint32).tolist()))


def gaussian(key: np.ndarray, shape: tuple[int, ...], dtype: str) -> np.ndarray:
    """Standard normal NumPy array of one key."""
    return normals(generator(key), shape).astype(dtype, copy=False)


def normals(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Standard normal NumPy array, float32, of the next bits of a generator.

    NumPy makes the bits and XLA the numbers: twice as fast as NumPy's own normal numbers.
    """
    # whole pieces, so that XLA compiles it for few sizes
    size = math.prod(shape)
    padded = max(1, -(-size // PIECE)) * PIECE
    with tf.init_scope():  # a part may ask while its step is traced
        made: np.ndarray = _quantiles()(bits(rng, (padded,))).numpy()
    return made[:size].reshape(shape)


def bits(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """The next bits of a generator that makes 64 at once, as an array of int32."""
    size = math.prod(shape)
    words = rng.bit_generator.random_raw(-(-size // 2))
    return words.astype("<u8", copy=False).view("<i4")[:size].reshape(shape)


def quantiles(bits: Tensor) -> Tensor:
    """Random bits, int32 [...], -> standard normal numbers, float32 [...], inside a function.

    Each is the normal quantile of a number made of 24 bits; the largest possible one is 5.4. The
    inverse error function is that of Giles 2012, "Approximating the erfinv function", in single
    precision. Equal with and without XLA to rounding.
    """
    # the middle of one of 2^24 equal parts of (-1, 1); exact in float32
    x = (tf.cast(tf.bitwise.right_shift(bits, 8), tf.float32) + 0.5) * 2.0**-23
    w = -tf.math.log((1 - x) * (1 + x))
    near, far = _polynomial(NEAR, w - 2.5), _polynomial(FAR, tf.sqrt(w) - 3)
    return math.sqrt(2) * x * tf.where(w < 5, near, far)


@functools.cache
def _quantiles() -> Callable[[np.ndarray], Tensor]:
    return tf.function(quantiles, jit_compile=True, autograph=False)


def _polynomial(coefficients: Sequence[float], x: Tensor) -> Tensor:
    """The polynomial with these coefficients, the highest power's first, by Horner's rule."""
    value = tf.zeros_like(x)
    for c in coefficients:
        value = c + value * x
    return value


def fold(key: Key, n: int) -> Key:
    """Another key for each n, inside a compiled function: int32 [2]."""
    return key + tf.constant([0, n])


def split(key: Key, shape: tuple[int, ...]) -> Key:
    """New keys from one, inside a compiled function: int32 [*shape, 2]."""
    return tf.random.stateless_uniform((*shape, 2), key, None, None, tf.int32, alg="philox")


def uniform(key: Key, shape: Shape, dtype: str = "float32") -> Tensor:
    """Uniform on [0, 1): 24 random bits each, equal bit for bit with and without XLA."""
    bits = tf.random.stateless_uniform(shape, key, None, None, tf.uint32, alg="philox")
    # by way of int32, whose conversion is exact under every compiler
    whole = tf.cast(tf.bitwise.right_shift(bits, tf.constant(8, tf.uint32)), tf.int32)
    return tf.cast(whole, dtype) * 2.0**-24


def normal(key: Key, shape: Shape, dtype: str = "float32") -> Tensor:
    """Standard normal by Box and Muller, from `uniform`; equal with and without XLA to rounding."""
    first, second = tf.unstack(split(key, (2,)))
    radius = tf.sqrt(-2.0 * tf.math.log1p(-uniform(first, shape, dtype)))
    return radius * tf.cos(2 * math.pi * uniform(second, shape, dtype))
