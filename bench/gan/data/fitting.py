"""The small classifier as numbers: its first weights, its forward pass, its training.

Two or three convolutions, a hidden layer of 64 features, one logit for each class. Weights are
(kernel, bias, kernel, bias ...), a tuple of float32 arrays.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from bench.gan.backend import Memory, Shape, Tensor, Tensors, tf
from bench.gan.data.digits import Images
from bench.gan.parts import optimizers
from bench.store.arrays import Array

Weights = tuple[Array, ...]
Indices = NDArray[np.integer]

UNITS = 64
"""Features of an image."""

EPOCHS, MOST_STEPS, BATCH, LR = 25, 4000, 64, 2e-3

RECIPE = "2"
"""Raise this when training would give other weights: what users' caches hold is then stale."""


def recipe() -> str:
    """Names everything but the images that the weights follow from."""
    return f"{RECIPE} {UNITS} {EPOCHS} {MOST_STEPS} {BATCH} {LR}"


def _convolutions(shape: Shape) -> tuple[tuple[int, int], ...]:
    """(filters, stride) of each 3 x 3 convolution; the last leaves 3 x 3 to 4 x 4, 8 x 8 of 16."""
    if shape[0] <= 16:
        return (32, 1), (64, 2)
    more = math.ceil(math.log2(max(1.0, shape[0] / 32)))
    return ((16, 2), (32, 2), *[(64, 2)] * (1 + more))


def initial(shape: Shape, classes: int) -> Weights:
    """First weights for images of `shape` (h, w, c), always the same.

    He normal kernels, zero biases. He et al. 2015.
    """
    rng = np.random.default_rng(0)
    height, width, channels = shape
    sizes: list[Shape] = []
    for filters, stride in _convolutions(shape):
        sizes.append((3, 3, channels, filters))
        height, width, channels = -(-height // stride), -(-width // stride), filters
    sizes += [(height * width * channels, UNITS), (UNITS, classes)]
    weights: list[Array] = []
    for size in sizes:
        kernel = rng.normal(size=size) * np.sqrt(2 / np.prod(size[:-1]))
        weights += [kernel.astype(np.float32), np.zeros(size[-1], np.float32)]
    return tuple(weights)


def forward(weights: Tensors, images: Tensor) -> tuple[Tensor, Tensor]:
    """Penultimate features [N, 64] and logits [N, K] of images [N, h, w, c]."""
    x, pairs = images, list(zip(weights[::2], weights[1::2], strict=True))
    convolutions, (hidden, output) = pairs[:-2], pairs[-2:]
    strides = [stride for _, stride in _convolutions(images.shape[1:])]
    for (kernel, bias), stride in zip(convolutions, strides, strict=True):
        x = tf.nn.relu(tf.nn.conv2d(x, kernel, stride, "SAME") + bias)
    flat = tf.reshape(x, (-1, hidden[0].shape[0]))
    features = tf.nn.relu(flat @ hidden[0] + hidden[1])
    return features, features @ output[0] + output[1]


def fit(weights: Weights, known: Images, chosen: Indices, rng: np.random.Generator) -> Weights:
    """The weights after training on the `chosen` ones of labelled images.

    Cross-entropy, Adam (2e-3), batches of 64 for 25 epochs but at most 4000 steps.
    """
    adam = optimizers.adam(beta1=0.9)

    @tf.function(autograph=False)
    def step(
        weights: Tensors, slots: Memory, images: Tensor, labels: Tensor
    ) -> tuple[Tensors, Memory]:
        with tf.GradientTape() as tape:
            tape.watch(weights)
            logits = forward(weights, images)[1]
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
            loss = tf.reduce_mean(losses)
        changes, slots = adam.update(tape.gradient(loss, weights), slots, LR)
        return tuple(w + change for w, change in zip(weights, changes, strict=True)), slots

    assert known.labels is not None
    state: Tensors = tuple(tf.constant(w) for w in weights)
    slots = adam.init(state)
    for batch in _batches(chosen, rng):
        state, slots = step(state, slots, known.images[batch], known.labels[batch])
    return tuple(w.numpy() for w in state)


def _batches(chosen: Indices, rng: np.random.Generator) -> Iterator[Indices]:
    """Indices of full batches, epoch after epoch in a new order."""
    size = min(BATCH, len(chosen))
    each = len(chosen) // size
    for done in range(min(EPOCHS * each, MOST_STEPS)):
        if done % each == 0:
            chosen = rng.permutation(chosen)
        yield chosen[done % each * size :][:size]
