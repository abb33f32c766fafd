"""TensorFlow and Keras, imported when first used.

The parts of the catalogue are read by commands that must answer at once (`--help`, the plan of a
sweep), and importing TensorFlow takes seconds. So modules of `bench.gan` say
`from bench.gan.backend import tf` and use it inside functions only.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras
    import tensorflow as tf
else:

    class _Lazy:
        """A module that is imported at the first look at one of its names."""

        def __init__(self, name: str) -> None:
            self._name = name

        def __getattr__(self, attribute: str) -> Any:
            return getattr(importlib.import_module(self._name), attribute)

    tf = _Lazy("tensorflow")
    keras = _Lazy("keras")

if TYPE_CHECKING:
    from keras import Model
    from keras.layers import Layer
    from tensorflow import Tensor
else:  # names for annotations: TensorFlow stays unloaded
    Tensor = Model = Layer = Any

Tensors = tuple[Tensor, ...]
"""Weights, buffers or gradients of a network."""

Key = Tensor
"""The state of a random stream, int32 [2]: see `bench.gan.keys`."""

Critic = Callable[..., tuple[Tensor, Tensors]]
"""A discriminator as a function of what it is shown: x [B, ...] -> (logits [B], buffers)."""

THREADS = {
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}


def one_thread() -> None:
    """One thread a trial, and a quiet TensorFlow. Works only before TensorFlow is imported.

    One trial per core with one thread beats one trial on all cores, and it makes results
    reproducible bit for bit. Neither loky nor Dask limits TensorFlow's own thread pools.
    """
    os.environ.update(THREADS)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")


@functools.cache
def differentiable_slices() -> None:
    """Let XLA differentiate slices (and so joined tensors) any number of times.

    Within XLA, TensorFlow's derivative of a slice is an operation that has no derivative itself:
    whoever differentiates a joined tensor three times, as `symplectic` does, would find none. It
    writes a small tensor into a large one, so it is linear in both.
    """

    from tensorflow.compiler.tf2xla.python.xla import dynamic_update_slice

    def gradient(op: Any, dy: Any) -> tuple[Any, Any, None]:
        _, update, start = op.inputs
        rest = dynamic_update_slice(dy, tf.zeros_like(update), start)
        return rest, tf.slice(dy, start, tf.shape(update, out_type=start.dtype)), None

    # KeyError: this TensorFlow has a derivative of its own
    with contextlib.suppress(KeyError):
        tf.RegisterGradient("XlaDynamicUpdateSlice")(gradient)


__all__ = ["Critic", "Key", "Layer", "Model", "Tensor", "Tensors"]
__all__ += ["differentiable_slices", "keras", "one_thread", "tf"]
