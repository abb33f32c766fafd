"""A game tried on one small batch: do the user's own networks behave as the method takes them to?

Everything here is asked of outputs and gradients, not of the classes of layers. It runs eagerly,
where a sweep is read, in a process that may load TensorFlow (see `bench.grid.own_networks`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property

import numpy as np

from bench import registry
from bench.gan import keys
from bench.gan.backend import Tensor, Tensors, keras, tf
from bench.gan.game.game import Game, Play
from bench.gan.methods import meetings, slots
from bench.gan.networks import Layers, Network, own
from bench.gan.state import Batch, HParams, Player, State
from bench.gan.tasks import Task
from bench.trial import Method, Scalar

LEAST = 8
"""Samples in the batch, or a few more where a part needs them."""

NOT_MATRICES = ("bias", "gamma", "beta", "alpha")
"""Weights that normalizers of kernels leave alone on purpose, whatever their shape."""

_KEY = [11, 13]


class Misfit(ValueError):
    """Networks that do not go with a method; the message says why."""


class Tried:
    """The game of a method on one small batch, and the user's functions that its networks are of.

    `names` says which function ("file:function") gives the generator, "g", and the discriminator,
    "d"; "" where the network is none of the user's own.
    """

    def __init__(self, task: Task, method: Method, options: Mapping[str, Scalar]) -> None:
        size = next(n for n in range(LEAST, 64) if not meetings.batches(method, None, n))
        self.task, self.method = replace(task, batch=size), method
        self.names = {p[0]: str(options.get(p, "")) for p in ("generator", "discriminator")}
        self.game = Game(self.task, method)

    def network(self, player: str) -> Network:
        """The network of a player, "g" or "d"."""
        return self.game.networks.of(player)

    @cached_property
    def play(self) -> Play:
        """The game with every part's defaults, and common learning rates."""
        return self.game.bind(self._hparams)

    @cached_property
    def state(self) -> State:
        """The state before the first step."""
        return self.game.init(0, self._hparams)

    @cached_property
    def batch(self) -> Batch:
        """The draws of one gradient, always the same."""
        n = self.task.batch * self.method.pack * self.method.batch_factor
        real = tf.constant(np.asarray(self.task.real(keys.key(0, "real"), n)), self.task.dtype)
        z = tf.constant(keys.gaussian(keys.key(0, "z"), (n, self.task.latent), self.task.dtype))
        return Batch(real, z, tf.constant(_KEY), tf.constant(0))

    @property
    def per_sample(self) -> list[str]:
        """The method's penalties on the gradient or the logit of a single sample."""
        names = self.method.regularizers
        return [n for n in names if registry.regularizer[n].traits.get("per_sample")]

    def coupled(self, player: str) -> bool:
        """True where other samples in a batch change the output of the first, in training mode.

        D is asked as the function builds it without the layers of a method, G as it plays.
        """
        if player == "g":
            pairs = [self.batch, self.batch._replace(z=_others(self.batch.z))]
            made = [self.play.players.generate(self.state, b)[0][0] for b in pairs]
            return bool(tf.reduce_any(made[0] != made[1]))
        sizes = self.task.sizes
        assert sizes
        plain = Layers(pack=self.method.pack, g=Layers())
        d = Network(own.discriminator(self.names["d"], sizes, plain))
        weights, buffers = d.initial()
        moved = _moved(weights, 0.1)  # what begins with zeros shall not hide
        x = self.play.players.packed(self.batch.real)
        logits = [d(moved, buffers, y, tf.constant(_KEY))[0] for y in (x, _others(x))]
        away = float(tf.reduce_max(tf.abs(logits[0][0] - logits[1][0])))
        return away > 1e-4 * float(tf.reduce_max(tf.abs(logits[0])))

    @cached_property
    def _hparams(self) -> HParams:
        numbers = {"lr_g": 1e-3, "lr_d": 1e-3, "steps": 100.0}
        for kind, name in self.method.parts():
            own_numbers = registry.KINDS[kind][name].defaults
            numbers |= {f"{name}.{k}": v for k, v in own_numbers.items()}
        return {k: tf.constant(v, self.task.dtype) for k, v in numbers.items()}


def left_out(game: Tried) -> Iterator[str]:
    """Matrices that a part for kernels would not see."""
    for part in slots.asked(game.method):
        player, _, what = part.slot.partition(".")
        if what != "kernels" or not game.names[player]:
            continue
        network = game.network(player)
        seen = {network.model.trainable_variables[i].path for i in network.kernels}
        for v in network.model.variables:
            matrix = len(v.shape) > 1 and v.name not in NOT_MATRICES
            if matrix and v.path not in seen and "moving" not in v.name:
                how = "train it" if not v.trainable else 'name it "kernel"'
                yield f"{game.names[player]}: {part.part} would leave out {v.path}: {how}"


def dead(game: Tried) -> Iterator[str]:
    """Weights without a gradient, and outputs that do not depend on the input."""
    state, batch, players = game.state, game.batch, game.play.players
    with tf.GradientTape(persistent=True) as tape:
        tape.watch((state.g.weights, state.d.weights, batch.real))
        fake, d = players.generate(state, batch)[0], players.critic(state, batch)[0]
        real, made = (tf.math.sin(d(x)[0]) for x in (players.packed(batch.real), fake))
    own = bool(game.names["d"]) and fake.dtype.is_floating
    cut, reached = own and tape.gradient(made, fake) is None, True
    for player, total, weights in (("g", made, state.g.weights), ("d", real, state.d.weights)):
        if not game.names[player] or (player == "g" and cut):
            continue
        slopes = tape.gradient(total, weights)
        variables = game.network(player).model.trainable_variables
        for v, slope in zip(variables, slopes, strict=False):
            if slope is None:
                reached = False
                yield f"{game.names[player]}: no gradient reaches {v.path}"
    if cut and reached:
        yield (
            f"{game.names['d']}: no gradient comes back to its samples, so that no generator could "
            "learn from it: leave out what stops it, such as a rounding or a stop_gradient"
        )
    for player, x in (("g", fake), ("d", real)):
        if game.names[player] and float(tf.reduce_max(tf.abs(x - x[:1]))) == 0:
            what = "latents" if player == "g" else "samples"
            yield f"{game.names[player]} gives the same for all {what}"


def out_of_reach(game: Tried) -> Iterator[str]:
    """A range of the generator's last activation that the samples leave."""
    if not game.names["g"]:
        return
    real = np.asarray(game.task.real(keys.key(0, "range"), 256), np.float32)
    low, high = float(real.min()), float(real.max())
    z = keys.normal(tf.constant(_KEY), (64, game.task.latent))
    # from weights as they start to weights that saturate whatever can saturate
    found = [_span(game.network("g"), game.state.g, z, s) for s in (0.0, 0.3, 1.0, 3.0, 10.0)]
    least, most = min(x[0] for x in found), max(x[1] for x in found)
    slack = 0.05 * (high - low)
    if least > low + slack or most < high - slack:
        yield (
            f"{game.names['g']} gives values from {least:.3g} to {most:.3g} whatever its "
            f"weights, and samples go from {low:.3g} to {high:.3g}: end it with another "
            f"activation, such as tanh for images in [-1, 1]"
        )


def company(game: Tried) -> Iterator[str]:
    """Batch norm of the network's own under a normalizer that keeps samples apart."""
    name = game.method.g_normalizer
    reference = registry.normalizer[name].traits.get("reference")
    if game.names["g"] and reference and game.coupled("g"):
        yield (
            f"{game.names['g']} lets the samples of a batch change each other, which "
            f"{name} is there to prevent: leave its batch norm out"
        )


def batch_norm(game: Tried) -> Iterator[str]:
    """Batch norm of the network's own, with a penalty on single samples."""
    if not game.names["d"] or not game.per_sample or not game.coupled("d"):
        return
    layers = game.network("d").layers
    if any(isinstance(layer, keras.layers.BatchNormalization) for layer in layers):
        yield (
            f"{game.names['d']} has batch norm, and {game.per_sample[0]} is on the gradient "
            f"of one sample, which the others of its batch then change: use layer "
            f"normalization, or another penalty"
        )


def half_steps(game: Tried) -> Iterator[str]:
    """Both halves of the field, as a step computes them."""
    field = game.play.field
    for player, half in (("generator", field.g), ("discriminator", field.d)):
        try:
            slope = half(game.state, game.batch)
        except Exception as error:
            yield f"a step of the {player} {own.raised(error)}"
            return
        if not all(np.isfinite(np.asarray(x)).all() for x in slope.gradient):
            yield f"the first gradient of the {player} is not finite"


CHECKS = (left_out, dead, out_of_reach, company, batch_norm, half_steps)
"""All checks in the order in which they are made. Each yields the reasons why a game cannot be
played; the first one counts."""


def doubts(game: Tried) -> list[str]:
    """Reasons to doubt that networks and method go together, though they can be played."""
    if not game.per_sample or not game.names["d"] or not game.coupled("d"):
        return []
    return [
        f"{game.names['d']} lets the samples of a batch change each other's logits, and "
        f"{game.per_sample[0]} is on one sample's gradient"
    ]


def tried(task: Task, method: Method, options: Mapping[str, Scalar]) -> list[str]:
    """Doubts about the networks of the user's own in the game of a method.

    `options` are the task's. Raises Misfit, BadNetwork, IllegalMethod or Uncut with the reason
    where the game cannot be played.
    """
    game = Tried(task, method, options)
    reason = next((reason for check in CHECKS for reason in check(game)), None)
    if reason:
        raise Misfit(reason)
    return doubts(game)


def _others(x: Tensor) -> Tensor:
    """The same first row, and other rows behind it."""
    return tf.concat([x[:1], 3.0 - 2.0 * x[1:]], 0)


def _moved(weights: Tensors, scale: float) -> Tensors:
    """Weights w + scale e, e standard normal and the same at each call."""
    draws = [
        keys.normal(keys.fold(tf.constant(_KEY), i), w.shape, w.dtype)
        for i, w in enumerate(weights)
    ]
    return tuple(w + scale * e for w, e in zip(weights, draws, strict=True))


def _span(network: Network, player: Player, z: Tensor, scale: float) -> tuple[float, float]:
    """(least, largest) finite value that a network gives with its weights moved at random."""
    weights = _moved(player.weights, scale)[: network.size]
    x = network(weights, player.buffers, z, tf.constant(_KEY))[0].numpy()
    x = x[np.isfinite(x)]
    return (float(x.min()), float(x.max())) if len(x) else (0.0, 0.0)
