"""The contract of parts that are functions of tensors: losses, regularizers, augmentations, and
dynamics, which are functions of a state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from bench import registry
from bench.gan import keys
from bench.gan.backend import Map, Shape, Tensor, tf
from bench.gan.contract.calls import Calls, Wrong, alike, array, given, pair
from bench.gan.game.game import Game
from bench.gan.parts.regularizers import Seen
from bench.gan.state import Batch, Halves, State
from bench.registry import Part
from bench.trial import Method

B = 6
"""Samples in a batch."""


def loss(part: Part, call: Calls) -> Iterator[str]:
    """Shapes, extreme logits, direction and gradients of (L_G, L_D)."""
    key = [tf.constant([3, 5])] if part.traits.get("draws") else []

    def both(real: Tensor, fake: Tensor) -> Any:
        return call("", part.fn, real, fake, *key)

    logits = tf.constant([-50.0, 50.0, -1e4, 1e4, 0.0, 1.0])
    values = both(logits, -logits)
    if not isinstance(values, tuple) or len(values) != 2:
        yield "does not return a pair (L_G, L_D)"
        return
    for name, value in zip(("L_G", "L_D"), values, strict=True):
        if not tf.is_tensor(value):
            raise Wrong(f"{name} is {given(value)}, needed is a tensor [B]")
        if tuple(value.shape) != (B,):
            yield (
                f"{name} has shape {tuple(value.shape)}, not [B]: return a value per sample, "
                f"and mind that [B, 1] - [B] is [B, B]"
            )
    with tf.GradientTape() as tape:
        tape.watch(logits)
        total = tf.add_n([tf.reduce_sum(v) for v in both(logits, -logits)])
    gradient = tape.gradient(total, logits)
    if not np.isfinite(total) or gradient is None or not np.isfinite(gradient).all():
        yield "is not finite, or has no finite gradient, at logits of +-50 and +-10000"
    a, b = tf.constant([0.3, -1.0]), tf.constant([1.2, 0.4])
    if np.allclose(both(a, b)[1], both(b, a)[1]):
        yield "L_D is the same with real and fake swapped"
    zero = tf.zeros([1], tf.float64)
    if float(both(zero + 0.01, zero - 0.01)[1][0]) >= float(both(zero - 0.01, zero + 0.01)[1][0]):
        yield "L_D does not fall when real logits rise above fake ones: high must mean real"
    x = tf.constant(np.random.default_rng(0).normal(size=2 * B))
    for player, name in enumerate(("L_G", "L_D")):

        def one(x: Tensor, player: int = player) -> Tensor:
            return tf.reduce_sum(both(*tf.split(x, 2))[player])

        yield from _differences(one, x, name, "the logits")


def regularizer(part: Part, call: Calls) -> Iterator[str]:
    """Shape, memory and gradients of a penalty, for each player that may have it."""
    shape = (B, 4, 4, 1) if part.traits.get("images") else (B, 2)
    weights = tf.constant(np.random.default_rng(3).normal(size=(int(np.prod(shape[1:])), 5)))
    for player in part.traits.get("players", "d"):
        penalty = _penalty(part, call, player, shape)
        value = penalty(weights)
        if not tf.is_tensor(value):
            hint = " (one that remembers says so: memory=...)" if isinstance(value, tuple) else ""
            raise Wrong(f"returns {given(value)}, needed is a tensor [B]{hint}")
        if tuple(value.shape) not in ((), (B,)):
            yield f"returns shape {tuple(value.shape)}, not [B] (or one scalar for the batch)"
            return
        if not np.isfinite(value).all():
            yield "is not finite"
        with tf.GradientTape() as tape:
            tape.watch(weights)
            total = tf.reduce_mean(penalty(weights))
        if tape.gradient(total, weights) is None:
            yield (
                "has no gradient by the discriminator's weights: take input gradients inside of "
                "the function with a tape, and convert nothing to numpy"
            )
        elif not ("memory" in part.traits or part.traits.get("images") or part.traits.get("stops")):
            mean = _mean(penalty)
            yield from _differences(mean, weights, "the penalty", "D's weights")


def _mean(penalty: Map) -> Map:
    return lambda w: tf.reduce_mean(penalty(w))


def _penalty(part: Part, call: Calls, player: str, shape: Shape) -> Map:
    """The penalty as a function of the weights of a small player in float64."""
    real, fake = (tf.constant(np.random.default_rng(n).normal(n, 1.0, shape)) for n in (1, 2))
    z = tf.constant(np.random.default_rng(4).normal(size=(B, shape[1])))

    def scores(x: Tensor, w: Tensor) -> Tensor:
        return tf.sin(tf.matmul(tf.reshape(x, [len(x), -1]), w))

    def made(z: Tensor, w: Tensor) -> Tensor:
        size = int(np.prod(shape[1:]))
        wide = tf.tile(w[: shape[1]], [1, -(-size // 5)])[:, :size]
        return tf.reshape(tf.sin(tf.matmul(z, wide)), [-1, *shape[1:]])

    def penalty(w: Tensor) -> Tensor:
        kernels = w, w[0][:, None]  # of a hidden layer, and of the last one
        seen = Seen(
            logits=lambda x: tf.reduce_sum(scores(x, w), 1),
            features=lambda x: tf.matmul(tf.reshape(x, [len(x), -1]), w),
            generate=lambda z: made(z, w),
            player=player,
            z=z,
            weights=(w,),
            kernels=kernels,
            progress=tf.constant(1.0, tf.float64),
            scores=lambda x: scores(x, w),
        )
        shown = seen.generate(z) if player == "g" else fake
        if "memory" not in part.traits:
            return call("", part.fn, seen, real, shown, tf.constant([3, 5]))
        memory = call("its memory(weights, kernels)", part.traits["memory"], (w,), kernels)
        seen = seen._replace(memory=memory)
        found = call("", part.fn, seen, real, shown, tf.constant([3, 5]))
        value, after = pair("", found, "(value, memory)")
        alike("the memory that it returns", after, memory)
        return value

    return penalty


def _differences(fn: Map, x: Tensor, what: str, by: str) -> Iterator[str]:
    """The gradient along one direction against a central difference, in float64."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = fn(x)
    gradient = tape.gradient(value, x)
    if gradient is None:  # a loss of one player need not see all logits
        return
    e = tf.constant(np.random.default_rng(9).normal(size=x.shape))
    exact = float(tf.reduce_sum(gradient * e))
    found = float(fn(x + 1e-5 * e) - fn(x - 1e-5 * e)) / 2e-5
    if abs(exact - found) > 1e-4 * max(abs(exact), abs(found), 1e-2):
        yield (
            f"the gradient of {what} by {by} is {exact:.6g} along a direction in which it rises "
            f"by {found:.6g}: something on the way is held constant, or drawn anew at each call"
        )


def augmentation(part: Part, call: Calls) -> Iterator[str]:
    """Shape, repeatability and gradient, at the beginning, the middle and the end of a training."""
    shape = (B, 8, 8, 1) if part.traits.get("images") else (B, 2)
    x = keys.normal(tf.constant([1, 2]), shape)
    for progress in (0.25, 0.0, 1.0):
        arguments = tf.constant([3, 5]), tf.constant(progress)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = call("", part.fn, x, *arguments)
        if not tf.is_tensor(y):
            raise Wrong(f"returns {given(y)}, needed is a tensor [B, ...]")
        if y.shape != x.shape:
            raise Wrong(f"turns shape {tuple(x.shape)} into {tuple(y.shape)}")
        if not np.array_equal(y, call("", part.fn, x, *arguments)):
            yield "gives other numbers for the same key: draw from the key, with bench.gan.keys"
        if tape.gradient(y, x) is None:
            yield "has no gradient by its input: G learns through it"


def dynamics(part: Part, call: Calls) -> Iterator[str]:
    """The number of its batches, what it remembers, and one step of a tiny game."""
    remedy = "@dynamics(batches=lambda d_steps, g_steps: d_steps + g_steps)"
    if "batches" not in part.traits:
        yield f"is registered without batches: {remedy}"
        return
    steps = [(1, 1)] if part.traits.get("simultaneous") else [(1, 1), (3, 1), (1, 2)]
    for counts in steps:
        n = call(f"its batches{counts}", part.traits["batches"], *counts)
        if not isinstance(n, int) or n < 1:
            yield f"its batches{counts} is {n!r}, not a number of batches: {remedy}"
            return
    game, state, hparams = _game(part, call)
    n = part.traits["batches"](1, 1)
    batches = [_batch(game, i) for i in range(n)]
    field, move = halves(game, hparams)
    after = call("", part.fn, state, field, move, batches)
    if not isinstance(after, State):
        raise Wrong(f"returns {given(after)}, needed is the state after a step")
    for name in ("g", "d", "norm", "motion"):
        alike(f"its state.{name}", getattr(after, name), getattr(state, name))
    moved = [
        any(not np.array_equal(a, b) for a, b in zip(old.weights, new.weights, strict=True))
        for old, new in ((state.g, after.g), (state.d, after.d))
    ]
    if not any(moved):
        yield "moves neither player: use move.g(state, slope) and move.d(state, slope)"


def halves(game: Game, hparams: dict[str, Any]) -> tuple[Halves, Halves]:
    """The vector field and the motion of a game with its numbers."""
    play = game.bind(hparams)
    return play.field, play.move


def _game(part: Part, call: Calls) -> tuple[Game, State, dict[str, Any]]:
    """A tiny game on the ring that is played with the dynamics, and its first state."""
    method = Method("checked", dynamics=part.name, unroll=2 if part.traits.get("unrolls") else 0)
    task = replace(registry.task["ring8"](batch=8, units=4, latent=3), xla=False)
    numbers = {"lr_g": 1e-2, "lr_d": 1e-2, "steps": 100.0}
    for kind, name in method.parts():
        numbers |= {f"{name}.{k}": v for k, v in registry.KINDS[kind][name].defaults.items()}
    hparams = {name: tf.constant(value, task.dtype) for name, value in numbers.items()}
    game = Game(task, method)
    state = game.init(0, hparams)
    if "memory" in part.traits:
        call("its memory(state)", part.traits["memory"], state)
    return game, state, hparams


def _batch(game: Game, place: int) -> Batch:
    """The draws of one gradient."""
    task = game.task
    real = tf.constant(array("real", task.real(keys.key(place, "real"), 8), 8, *task.shape))
    z = keys.gaussian(keys.key(place, "z"), (8, task.latent), task.dtype)
    return Batch(real, tf.constant(z), tf.constant([11, 13 + place]), tf.constant(0))
