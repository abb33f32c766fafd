"""A game tried on one small batch: do the user's own networks behave as the method takes them to?

Everything here is asked of outputs and gradients, not of the classes of layers. It runs eagerly,
where a sweep is read, in a process that may load TensorFlow (see `bench.grid.own_networks`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from bench import registry
from bench.gan import keys
from bench.gan.backend import keras, tf
from bench.gan.game.game import Batch, Game, State
from bench.gan.methods import meetings, slots
from bench.gan.networks import Layers, Network, own
from bench.gan.tasks import Task
from bench.trial import Method

LEAST = 8
"""Samples in the batch, or a few more where a part needs them."""

NOT_MATRICES = ("bias", "gamma", "beta", "alpha")
"""Weights that normalizers of kernels leave alone on purpose, whatever their shape."""

_KEY = [11, 13]


class Misfit(ValueError):
    """Networks that do not go with a method; the message says why."""


class Tried:
    """The game of a method with networks of the user's own: which function gives which player."""

    def __init__(self, task: Task, method: Method, options: dict[str, Any]) -> None:
        size = next(n for n in range(LEAST, 64) if not meetings.batches(method, None, n))
        self.task, self.method = replace(task, batch=size), method
        self.names = {p[0]: str(options.get(p, "")) for p in ("generator", "discriminator")}
        self.game = Game(self.task, method)
        self._seen: State | None = None

    def refused(self) -> str | None:
        """Why the two do not go together; None where they do."""
        return next(self._reasons(), None)

    def doubts(self) -> list[str]:
        """Reasons to doubt that the two go together."""
        if not self._penalties() or not self.names["d"] or not self._coupled("d"):
            return []
        return [
            f"{self.names['d']} lets the samples of a batch change each other's logits, and "
            f"{self._penalties()[0]} is on one sample's gradient"
        ]

    def _reasons(self) -> Iterator[str]:
        yield from self._left_out()
        yield from self._dead()
        if self.names["g"]:
            yield from self._out_of_reach()
            if registry.normalizer[self.method.g_normalizer].traits.get("reference"):
                yield from self._company()
        if self.names["d"]:
            yield from self._batch_norm()
        yield from self._half_steps()

    def _left_out(self) -> Iterator[str]:
        """Matrices that a part for kernels would not see."""
        for part in slots.asked(self.method):
            player, _, what = part.slot.partition(".")
            if what != "kernels" or not self.names[player]:
                continue
            network = self._network(player)
            seen = {network.model.trainable_variables[i].path for i in network.kernels}
            for v in network.model.variables:
                matrix = len(v.shape) > 1 and v.name not in NOT_MATRICES
                if matrix and v.path not in seen and "moving" not in v.name:
                    how = "train it" if not v.trainable else 'name it "kernel"'
                    yield f"{self.names[player]}: {part.part} would leave out {v.path}: {how}"

    def _dead(self) -> Iterator[str]:
        """Weights without a gradient, and outputs that do not depend on the input."""
        state, batch = self._state, self._batch
        with tf.GradientTape(persistent=True) as tape:
            tape.watch((state.g.weights, state.d.weights, batch.real))
            fake = self.game._generate(state, batch, self._hparams)[0]
            d = self.game._critic(state, batch, self._hparams)[0]
            real, made = (tf.math.sin(d(x)[0]) for x in (self.game._packed(batch.real), fake))
        for player, total, weights in (("g", made, state.g.weights), ("d", real, state.d.weights)):
            if not self.names[player]:
                continue
            slopes = tape.gradient(total, weights)
            variables = self._network(player).model.trainable_variables
            for v, slope in zip(variables, slopes, strict=False):
                if slope is None:
                    yield f"{self.names[player]}: no gradient reaches {v.path}"
        for player, x in (("g", fake), ("d", real)):
            if self.names[player] and float(tf.reduce_max(tf.abs(x - x[:1]))) == 0:
                what = "latents" if player == "g" else "samples"
                yield f"{self.names[player]} gives the same for all {what}"

    def _out_of_reach(self) -> Iterator[str]:
        """A range of the generator's last activation that the samples leave."""
        real = np.asarray(self.task.real(keys.key(0, "range"), 256), np.float32)
        low, high = float(real.min()), float(real.max())
        network, (weights, buffers) = self.game.g, (self._state.g.weights, self._state.g.buffers)
        z = keys.normal(tf.constant(_KEY), (64, self.task.latent))
        found = [self._moved(network, weights, buffers, z, s) for s in (0.0, 0.3, 1.0, 3.0, 10.0)]
        least, most = min(x[0] for x in found), max(x[1] for x in found)
        slack = 0.05 * (high - low)
        if least > low + slack or most < high - slack:
            yield (
                f"{self.names['g']} gives values from {least:.3g} to {most:.3g} whatever its "
                f"weights, and samples go from {low:.3g} to {high:.3g}: end it with another "
                f"activation, such as tanh for images in [-1, 1]"
            )

    def _moved(
        self, network: Network, weights: Any, buffers: Any, z: Any, scale: float
    ) -> tuple[float, float]:
        """(least, largest) finite value that it gives with its weights moved at random."""
        draws = [
            keys.normal(keys.fold(tf.constant(_KEY), i), w.shape, w.dtype)
            for i, w in enumerate(weights)
        ]
        moved = [w + scale * e for w, e in zip(weights, draws, strict=True)]
        x = network(tuple(moved[: network.size]), buffers, z, tf.constant(_KEY))[0].numpy()
        x = x[np.isfinite(x)]
        return (float(x.min()), float(x.max())) if len(x) else (0.0, 0.0)

    def _company(self) -> Iterator[str]:
        if self._coupled("g"):
            yield (
                f"{self.names['g']} lets the samples of a batch change each other, which "
                f"{self.method.g_normalizer} is there to prevent: leave its batch norm out"
            )

    def _batch_norm(self) -> Iterator[str]:
        """Batch norm of the network's own, with a penalty on single samples."""
        if not self._penalties() or not self._coupled("d"):
            return
        layers = self._network("d").layers
        if any(isinstance(layer, keras.layers.BatchNormalization) for layer in layers):
            yield (
                f"{self.names['d']} has batch norm, and {self._penalties()[0]} is on the gradient "
                f"of one sample, which the others of its batch then change: use layer "
                f"normalization, or another penalty"
            )

    def _penalties(self) -> list[str]:
        names = self.method.regularizers
        return [n for n in names if registry.regularizer[n].traits.get("per_sample")]

    def _coupled(self, player: str) -> bool:
        """True where other samples in a batch change the output of the first, in training mode.

        D is asked as the function builds it without the layers of a method, G as it plays.
        """
        if player == "g":
            pairs = [self._batch, self._batch._replace(z=_others(self._batch.z))]
            made = [self.game._generate(self._state, b, self._hparams)[0][0] for b in pairs]
            return bool(tf.reduce_any(made[0] != made[1]))
        sizes = self.task.sizes
        assert sizes
        plain = Layers(pack=self.method.pack, g=Layers())
        d = Network(own.discriminator(self.names["d"], sizes, plain))
        weights, buffers = d.initial()
        moved = [
            w + 0.1 * keys.normal(keys.fold(tf.constant(_KEY), i), w.shape)
            for i, w in enumerate(weights)
        ]  # what begins with zeros shall not hide
        x = self.game._packed(self._batch.real)
        logits = [d(tuple(moved), buffers, y, tf.constant(_KEY))[0] for y in (x, _others(x))]
        away = float(tf.reduce_max(tf.abs(logits[0][0] - logits[1][0])))
        return away > 1e-4 * float(tf.reduce_max(tf.abs(logits[0])))

    def _half_steps(self) -> Iterator[str]:
        """Both halves of the field, as a step computes them."""
        halves = self.game.field(self._hparams)
        for player, half in (("generator", halves.g), ("discriminator", halves.d)):
            try:
                slope = half(self._state, self._batch)
            except Exception as error:
                yield f"a step of the {player} {own.raised(error)}"
                return
            if not all(np.isfinite(np.asarray(x)).all() for x in slope.gradient):
                yield f"the first gradient of the {player} is not finite"

    def _network(self, player: str) -> Network:
        return self.game.g if player == "g" else self.game.d

    @property
    def _hparams(self) -> dict[str, Any]:
        numbers = {"lr_g": 1e-3, "lr_d": 1e-3, "steps": 100.0}
        for kind, name in self.method.parts():
            own_numbers = registry.KINDS[kind][name].defaults
            numbers |= {f"{name}.{k}": v for k, v in own_numbers.items()}
        return {k: tf.constant(v, self.task.dtype) for k, v in numbers.items()}

    @property
    def _state(self) -> State:
        if self._seen is None:
            self._seen = self.game.init(0, self._hparams)
        return self._seen

    @property
    def _batch(self) -> Batch:
        n = self.task.batch * self.method.pack * self.method.batch_factor
        real = tf.constant(np.asarray(self.task.real(keys.key(0, "real"), n)), self.task.dtype)
        z = tf.constant(keys.gaussian(keys.key(0, "z"), (n, self.task.latent), self.task.dtype))
        return Batch(real, z, tf.constant(_KEY), tf.constant(0))


def _others(x: Any) -> Any:
    """The same first row, and other rows behind it."""
    return tf.concat([x[:1], 3.0 - 2.0 * x[1:]], 0)


def tried(task: Task, method: Method, options: dict[str, Any]) -> list[str]:
    """Doubts about the networks of the user's own in the game of a method.

    Raises Misfit, BadNetwork, IllegalMethod or Uncut with the reason where it cannot be played.
    """
    game = Tried(task, method, options)
    reason = game.refused()
    if reason:
        raise Misfit(reason)
    return game.doubts()
