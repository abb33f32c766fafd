"""Several networks as one player: the generators of MAD-GAN, the pairs of CoGAN.

A game has two players, each with its weights in one tuple, so several generators are one Keras
model with several ends and several discriminators one with several columns: [B, K] scores in
place of [B, 1]. Which layers are tied is decided here, from the networks that a task builds for
one pair; a tied layer is one layer, called more than once. A block is a layer with a kernel and
all that follows it up to the next kernel. Only a `keras.Sequential` can be cut into blocks; of
other networks no layers are tied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain

from bench.gan.backend import Layer, Model, Shape, Tensor, keras, tf
from bench.gan.networks.levels import through
from bench.gan.parts import layers

Pair = tuple[Model, Model]
"""A generator and a discriminator."""

Build = Callable[[], Pair]
"""A function that makes the networks of one pair anew."""

Block = list[Layer]


class Uncut(ValueError):
    """A network that cannot be taken apart as a method needs it; the message says why."""


def several(build: Build, n: int) -> Pair:
    """n generators with a common first block, and a discriminator of n + 1 classes.

    The i-th generator makes rows i, i + n, ... of a batch, from the latents of these rows: an equal
    mixture. D's last layer gives scores [B, n + 1]: real first, then the generators. `build()`
    makes one generator and one discriminator [B, ...] -> [B, 1]. Ghosh et al. 2018; the tied block
    is the one of their code for points.
    """
    (first, d), *others = [build() for _ in range(n)]
    models = [first, *(g for g, _ in others)]
    z = _input(first)
    own = [_blocks(g) for g in models]
    tied = 1 if len(own[0]) > 1 else 0
    common = _through(own[0][:tied], z)
    made = [_through(blocks[tied:], layers.EveryNth(i, n)(common)) for i, blocks in enumerate(own)]
    return keras.Model(z, layers.Interleaved()(made)), _classes(d, n + 1)


def coupled(build: Build, shape: Shape) -> Pair:
    """Generators with all blocks tied but the last, discriminators with all tied but the first.

    Samples of `shape` [h, w, c] are pictures of several domains side by side; `build()` makes the
    networks of one domain, as many times as it fits. D gives a column of scores for each domain:
    [B, K]. Liu & Tuzel 2016, section 3; the ties are those of their code for digits.
    """
    pairs = [build()]
    width = pairs[0][0].output_shape[2]
    count = shape[1] // width
    pairs += [build() for _ in range(count - 1)]
    gs, ds = ([_blocks(model) for model in models] for models in zip(*pairs, strict=True))
    if min(len(gs[0]), len(ds[0])) < 2:
        raise Uncut("coupled needs keras.Sequential networks of at least two layers with kernels")
    z = _input(pairs[0][0])
    common = _through(gs[0][:-1], z)
    made = [_through(blocks[-1:], common) for blocks in gs]
    x = keras.Input(shape, dtype=pairs[0][1].inputs[0].dtype)
    seen = [_through(ds[i][:1], layers.Strip(i, width)(x)) for i in range(count)]
    scores = [_through(ds[0][1:], h) for h in seen]
    g = keras.Model(z, keras.layers.Concatenate(axis=2)(made))
    return g, keras.Model(x, keras.layers.Concatenate()(scores))


def logits(scores: Tensor, generators: int) -> Tensor:
    """D's scores [B, K] as logits that are high on real samples.

    One column is the logit itself, [B]. Several generators give the log odds of real, [B]:
    s_0 - log sum_i e^{s_i}, so that sig(logit) is the softmax of the first class. K domains give
    their logits one after the other, [K B].
    """
    if scores.shape[-1] == 1:
        return tf.squeeze(scores, -1)
    if generators > 1:
        return scores[:, 0] - tf.reduce_logsumexp(scores[:, 1:], 1)
    return tf.reshape(tf.transpose(scores), [-1])


def _input(model: Model) -> Tensor:
    """A new input like that of a model."""
    return keras.Input(model.input_shape[1:], dtype=model.inputs[0].dtype)


def _blocks(model: Model) -> list[Block]:
    """The layers of a Sequential, cut before each kernel but the first; else the whole model."""
    if not isinstance(model, keras.Sequential):
        return [[model]]
    blocks: list[Block] = [[]]
    for layer in model.layers:
        if hasattr(layer, "kernel") and any(hasattr(x, "kernel") for x in blocks[-1]):
            blocks.append([])
        blocks[-1].append(layer)
    return blocks


def _through(blocks: Iterable[Block], x: Tensor) -> Tensor:
    """The output of the last of these blocks, one after the other from x on."""
    return through(chain.from_iterable(blocks), x)


def _classes(d: Model, n: int) -> Model:
    """The discriminator with n scores in place of one: its last layer made anew."""
    last = [layer for layer in d.layers if hasattr(layer, "kernel")][-1]
    if not isinstance(last, keras.layers.Dense) or last.units != 1:
        raise Uncut("several generators need a discriminator that ends in Dense(1)")
    made = keras.layers.Dense.from_config(last.get_config() | {"units": n, "name": "classes"})
    return keras.Model(d.inputs, made(last.input))
