"""The game of a task and a method: initial state, vector field, and the players' moves.

Everything here is a pure function of tensors, built inside the trace of `bench.gan.step`: numbers
(`hparams`) are tensors too, so that one trace serves all of them. Nothing stops gradients between
the players: a half of the field simply asks for the gradient by one player's weights, and whoever
needs derivatives of the whole field (consensus, unrolling, the Jacobian) finds them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from bench import registry
from bench.gan import keys
from bench.gan.backend import tf
from bench.gan.networks import Network, Tensors, initialized
from bench.gan.tasks import Task
from bench.trial import Method

HParams = Mapping[str, Any]

SIGNALS = (
    "loss_g",
    "loss_d",
    "gradient_g",
    "gradient_d",
    "logit_real",
    "logit_fake",
    "logit_scale",
    "weight_norm",
)
"""Training signals of every step, in the order in which a step reports them: losses (without
penalties), gradient norms (with them), mean logits of the real and of the fake batch and their mean
size. The last, the norm of all weights of both players, is taken once a call."""


class Batch(NamedTuple):
    """Draws of one gradient: real samples [B, ...], latent z [B, latent], key int32 [2]."""

    real: Any
    z: Any
    key: Any


class Player(NamedTuple):
    """One player: trainable weights, buffers (batch-norm statistics, seeds), optimizer slots."""

    weights: Tensors
    buffers: Tensors
    slots: Any


class State(NamedTuple):
    """Everything that a step changes. `norm` is the memory of D's normalizer, `signals` the last
    value of each training signal."""

    g: Player
    d: Player
    norm: Any
    signals: dict[str, Any]


class Slope(NamedTuple):
    """One player's half of the field at a state, and what came with computing it."""

    gradient: Tensors
    buffers: Tensors
    norm: Any
    signals: dict[str, Any]


class Halves(NamedTuple):
    """Two functions, one of each player: of the vector field, or of the motion."""

    g: Callable[[State, Any], Any]
    d: Callable[[State, Any], Any]


class Game:
    """The networks of a (task, method) and the functions of its game."""

    def __init__(self, task: Task, method: Method) -> None:
        self.task, self.method = task, method
        self.layer = registry.normalizer[method.normalizer].fn().layer
        self.g, self.d = (Network(model) for model in task.networks(self.layer))

    def init(self, seed: int, hparams: HParams) -> State:
        """The state of a seed before its first step. Runs eagerly."""
        key = keys.key(seed, "init")
        models = initialized(lambda: self.task.networks(self.layer), int(key[0]) & 0x7FFFFFFF)
        g, d = (Network(model).initial() for model in models)
        slots = self._optimizer(hparams).init
        norm = self._normalizer(hparams).init(self._kernels(d[0]), key)
        signals = dict.fromkeys(SIGNALS[:-1], tf.zeros([], self.task.dtype))
        return State(Player(*g, slots(g[0])), Player(*d, slots(d[0])), norm, signals)

    def field(self, hparams: HParams) -> Halves:
        """The vector field, (grad_G L_G, grad_D L_D): (state, batch) -> Slope of each player."""
        part = registry.loss[self.method.loss]

        def loss(real: Any, fake: Any) -> tuple[Any, Any]:
            values = part.fn(real, fake, **_own(part.name, hparams))
            return tf.reduce_mean(values[0]), tf.reduce_mean(values[1])

        def field_g(state: State, batch: Batch) -> Slope:
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(state.g.weights)
                fake, buffers = self._generate(state, batch)
                d, _ = self._critic(state, batch, hparams)
                value, _ = loss(d(batch.real)[0], d(fake)[0])
            gradient = tape.gradient(value, state.g.weights)
            signals = {"loss_g": value, "gradient_g": length(gradient)}
            return Slope(gradient, buffers, state.norm, signals)

        def field_d(state: State, batch: Batch) -> Slope:
            fake, _ = self._generate(state, batch)
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(state.d.weights)
                d, norm = self._critic(state, batch, hparams)
                real_logits, buffers = d(batch.real)
                fake_logits, buffers = d(fake, 1, buffers)
                _, value = loss(real_logits, fake_logits)
                total = value + self._penalty(lambda x: d(x)[0], batch, fake, hparams)
            gradient = tape.gradient(total, state.d.weights)
            signals = {
                "loss_d": value,
                "gradient_d": length(gradient),
                "logit_real": tf.reduce_mean(real_logits),
                "logit_fake": tf.reduce_mean(fake_logits),
                "logit_scale": tf.reduce_mean(tf.abs(tf.stack([real_logits, fake_logits]))),
            }
            return Slope(gradient, buffers, norm, signals)

        return Halves(field_g, field_d)

    def move(self, hparams: HParams) -> Halves:
        """The motion: (state, slope) -> state after that player's optimizer step."""
        update = self._optimizer(hparams).update
        project = self._normalizer(hparams).project

        def step(player: Player, slope: Slope, lr: Any) -> Player:
            changes, slots = update(slope.gradient, player.slots, lr)
            weights = tuple(w + c for w, c in zip(player.weights, changes, strict=True))
            return Player(weights, slope.buffers, slots)

        def move_g(state: State, slope: Slope) -> State:
            g = step(state.g, slope, hparams["lr_g"])
            return state._replace(g=g, signals=state.signals | slope.signals)

        def move_d(state: State, slope: Slope) -> State:
            d = step(state.d, slope, hparams["lr_d"])
            d = d._replace(weights=project(d.weights))
            return state._replace(d=d, norm=slope.norm, signals=state.signals | slope.signals)

        return Halves(move_g, move_d)

    def logits(self, state: State, hparams: HParams, x: Any) -> Any:
        """D in evaluation mode, with its normalizer. x [N, ...] -> [N]."""
        weights, _ = self._effective(state, hparams)
        return tf.squeeze(self.d(weights, state.d.buffers, x)[0], -1)

    def _effective(self, state: State, hparams: HParams) -> tuple[Tensors, Any]:
        """D's normalized weights, and the normalizer's memory."""
        kernels = self._kernels(state.d.weights)
        kernels, norm = self._normalizer(hparams).apply(kernels, state.norm)
        effective = list(state.d.weights)
        for i, kernel in zip(self.d.kernels, kernels, strict=True):
            effective[i] = kernel
        return tuple(effective), norm

    def _generate(self, state: State, batch: Batch) -> tuple[Any, Tensors]:
        return self.g(state.g.weights, state.g.buffers, batch.z, batch.key)

    def _critic(self, state: State, batch: Batch, hparams: HParams) -> tuple[Any, Any]:
        """The normalized discriminator, x -> (logits [B], buffers), and the normalizer's memory.

        Calls with the same `nth` drop out the same units, so that a penalty on the real batch
        sees the discriminator that the loss saw (and XLA computes the common part once).
        """
        effective, norm = self._effective(state, hparams)
        branches = keys.split(batch.key, (2,))

        def d(x: Any, nth: int = 0, buffers: Tensors = state.d.buffers) -> tuple[Any, Tensors]:
            logits, buffers = self.d(effective, buffers, x, branches[nth])
            # [B], not [B, 1]: [B, 1] - [B] broadcasts to [B, B] without an error
            return tf.squeeze(logits, -1), buffers

        return d, norm

    def _penalty(self, d: Any, batch: Batch, fake: Any, hparams: HParams) -> Any:
        """Sum of the regularizers' means over the batch, each with draws of its own."""
        total = tf.zeros([], fake.dtype)
        for i, name in enumerate(self.method.regularizers):
            key = keys.split(keys.fold(batch.key, i + 1), ())
            penalty = registry.regularizer[name].fn(d, batch.real, fake, key, **_own(name, hparams))
            total += tf.reduce_mean(penalty)
        return total

    def _kernels(self, weights: Tensors) -> Tensors:
        return tuple(weights[i] for i in self.d.kernels)

    def _optimizer(self, hparams: HParams) -> Any:
        name = self.method.optimizer
        return registry.optimizer[name].fn(**_own(name, hparams))

    def _normalizer(self, hparams: HParams) -> Any:
        name = self.method.normalizer
        return registry.normalizer[name].fn(**_own(name, hparams))


def length(tensors: Tensors) -> Any:
    """Euclidean norm of all numbers. One sum over their concatenation: a sum for each of a dozen
    small tensors costs a small network a tenth of its step."""
    return tf.norm(tf.concat([tf.reshape(t, [-1]) for t in tensors], 0))


def _own(part: str, hparams: HParams) -> dict[str, Any]:
    """The hyper-parameters of one part: {"gamma": 1.0} of {"r1.gamma": 1.0, "lr_g": ...}."""
    prefix = part + "."
    return {k.removeprefix(prefix): v for k, v in hparams.items() if k.startswith(prefix)}
