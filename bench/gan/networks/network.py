"""A Keras model as a pure function."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from bench.gan import keys
from bench.gan.backend import Key, Layer, Model, Shape, Tensor, Tensors, keras, tf

Built = TypeVar("Built")


class Network:
    """A Keras model as a pure function of its weights and buffers.

    Buffers are what training changes without a gradient: batch-norm statistics, and the seeds of
    random layers, which are overwritten from the key at every call. The model keeps only the
    structure; its own variables are read once, by `initial`.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        """The structure. Its variables keep the values that it was built with."""

        self.kernels = [
            i for i, v in enumerate(model.trainable_variables) if v.name.endswith("kernel")
        ]
        """The places of the kernels among the weights."""

        self.size = len(model.trainable_variables)
        """The number of weights (arrays, not numbers)."""

        self.labelled = len(model.inputs) > 1
        """True where it is told the class of each sample."""

        # the places of seeds, and of buffers named as a hyper-parameter, among the buffers
        buffers = list(enumerate(model.non_trainable_variables))
        self._seeds = [i for i, v in buffers if "seed_generator" in v.path]
        self._numbers = {i: v.name for i, v in buffers if "." in v.name}

    @property
    def shape(self) -> Shape:
        """The shape of one input, without the batch axis."""
        return tuple(self.model.inputs[0].shape[1:])

    @property
    def layers(self) -> list[Layer]:
        """All layers, those inside of others too."""
        return list(self.model._flatten_layers(include_self=False, recursive=True))

    @cached_property
    def features(self) -> Network | None:
        """The same network up to its last hidden layer: [B, ...] -> [B, F].

        None where that layer cannot be told, as it is inside of another one or is used twice.
        """
        trained = [layer for layer in self.model.layers if layer.trainable_variables]
        last = [layer for layer in trained if hasattr(layer, "kernel")][-1:]
        behind = trained[trained.index(last[0]) + 1 :] if last else trained
        if not last or len(last[0]._inbound_nodes) > 1 or any(map(_holds_kernels, behind)):
            return None
        model = keras.Model(self.model.inputs, [self.model.outputs[0], last[0].input])
        return _Second(model)

    def initial(self) -> tuple[Tensors, Tensors]:
        """(weights, buffers) that the model was built with."""
        model = self.model
        return tuple(
            tuple(tf.convert_to_tensor(v.value) for v in variables)
            for variables in (model.trainable_variables, model.non_trainable_variables)
        )  # type: ignore[return-value]

    def noted(self, buffers: Tensors) -> Tensors:
        """Those of the buffers that are named "noted": what layers measured in their last call."""
        names = (v.name for v in self.model.non_trainable_variables)
        return tuple(b for b, name in zip(buffers, names, strict=True) if name == "noted")

    def __call__(
        self,
        weights: Tensors,
        buffers: Tensors,
        x: Tensor,
        key: Key | None = None,
        hparams: Mapping[str, Tensor] | None = None,
        label: Tensor | None = None,
    ) -> tuple[Tensor, Tensors]:
        """(output, buffers). With a key in training mode, without one in evaluation mode.

        Buffers that are named as a hyper-parameter ("dropout.rate") take its value, where it is
        given. `label` [B, classes] is for networks of a second input.
        """
        training = key is not None
        given = list(buffers)
        for i, name in self._numbers.items():
            if hparams and name in hparams:
                given[i] = tf.cast(hparams[name], given[i].dtype)
        for n, i in enumerate(self._seeds if training else ()):
            given[i] = tf.cast(keys.fold(key, n), given[i].dtype)
        inputs = [x, label] if self.labelled else x
        y, changed = self.model.stateless_call(list(weights), given, inputs, training=training)
        return y, tuple(changed)


def _holds_kernels(layer: Layer) -> bool:
    """True where a layer holds one with a `kernel`, as BigGAN's embedding does not."""
    return any(hasattr(inner, "kernel") for inner in layer._flatten_layers(include_self=False))


class _Second(Network):
    """A network of two outputs, of which the second counts."""

    def __call__(self, *args: Any) -> tuple[Tensor, Tensors]:
        """(the second output, buffers)."""
        outputs, buffers = super().__call__(*args)
        return outputs[1], buffers


def initialized(build: Callable[[], Built], seed: int, *, only_keras: bool = False) -> Built:
    """build(), with Keras's initializers drawing from `seed`, global generators as before but for
    TensorFlow's, which begins anew at `seed`.

    To set that one costs all that TensorFlow has made ready to run: it optimizes each compiled
    function again. `only_keras` leaves it alone, for where nothing draws from it. Keras does not.
    """
    saved = random.getstate(), np.random.get_state()  # noqa: NPY002 - Keras draws from this one
    try:
        with tf.Graph().as_default() if only_keras else contextlib.nullcontext():
            keras.utils.set_random_seed(seed)  # TensorFlow's seed of that graph alone
        return build()
    finally:
        random.setstate(saved[0])
        np.random.set_state(saved[1])  # noqa: NPY002
