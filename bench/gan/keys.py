"""Random numbers without state: a key is an int32 pair, the same key gives the same numbers.

Two places draw. Outside of the compiled step NumPy draws real samples and latents (`generator`),
several times faster than TensorFlow does. Inside, penalties, dropout and augmentation draw from
keys that come with their batch (`uniform`, `normal`), and say `alg="philox"` because TensorFlow's
default generator depends on the device and on the compiler. Bits are then equal everywhere, but
XLA makes other *floats* of them than TensorFlow's kernels do, so floats are made of bits here.
"""

from __future__ import annotations

import hashlib
import math
from typing import TypeAlias

import numpy as np

from bench.gan.backend import Key, Tensor, tf

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
    return generator(key).standard_normal(shape, dtype)  # type: ignore[call-overload]


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
