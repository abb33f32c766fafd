"""Optimizers: hyper-parameters -> Optimizer(init, update), after optax.

`init(weights) -> slots` and `update(gradients, slots, lr) -> (changes, slots)`, all in tuples of
tensors. A change is added to its weight. Keras's own optimizers are no pure functions on the
TensorFlow backend (`stateless_apply` raises there); these equal them where their eps stands in the
same place, which a test holds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from bench.gan.backend import Memory, Tensor, Tensors, tf
from bench.ranges import Decay, Momentum, NonNegative, Positive
from bench.registry import optimizer


class Optimizer(NamedTuple):
    """A motion along gradients."""

    init: Callable[[Tensors], Memory]
    """Weights -> slots: what the optimizer remembers at first."""

    update: Callable[[Tensors, Memory, Tensor], tuple[Tensors, Memory]]
    """(gradients, slots, learning rate []) -> (changes of the weights, new slots)."""

    measured: Callable[[Tensors, Memory], Tensors] | None = None
    """(weights, slots) -> the weights that are measured, where they are not those that the player
    plays with: an average, say. The decorator of such a one says `measures`."""


@optimizer(also=("gradient descent", "GDA", "momentum", "heavy ball", "SGD with momentum"))
def sgd(*, momentum: Momentum = 0.0) -> Optimizer:
    """m <- momentum m - lr g; w <- w + m. Heavy ball; plain descent at 0. Polyak 1964."""

    def update(gradients: Tensors, slots: Tensors, lr: Tensor) -> tuple[Tensors, Tensors]:
        slots = tuple(momentum * m - lr * g for m, g in zip(slots, gradients, strict=True))
        return slots, slots

    return Optimizer(_zeros, update)


def _too_large(**numbers: float) -> str | None:
    """The reason why an eps above 1 is refused: it is a learning rate of nearly 0 by another
    name."""
    if numbers["eps"] <= 1:
        return None
    return f"eps = {numbers['eps']:g} divides every step by more than 1: at most 1, or a smaller lr"


@optimizer(also=("RMS prop",), forbids=_too_large)
def rmsprop(*, rho: Decay = 0.9, eps: Positive = 1e-8, start: NonNegative = 0.0) -> Optimizer:
    """s <- rho s + (1 - rho) g^2 from s = start; w <- w - lr g / (sqrt(s) + eps).

    Tieleman & Hinton 2012. eps beside the root, as in PyTorch (whose rho, alpha, is 0.99). Keras
    and TensorFlow have it under the root: g / sqrt(s + e) is the same where s is far above both e
    and eps^2, and has the same bound at s = 0 for eps = sqrt(e). So TensorFlow 1's RMSProp (e =
    1e-10, s from 1) is eps = 1e-5, start = 1; Keras's e = 1e-7 is eps = 3e-4. Under the root, 1e-8
    would be as large as the squared gradients of a Wasserstein critic with weights clipped to 0.01.
    """

    def init(weights: Tensors) -> Tensors:
        return tuple(tf.zeros_like(w) + tf.cast(start, w.dtype) for w in weights)

    def update(gradients: Tensors, slots: Tensors, lr: Tensor) -> tuple[Tensors, Tensors]:
        slots = _averages(slots, tuple(g**2 for g in gradients), rho)
        changes = tuple(-lr * g / (_root(s) + eps) for g, s in zip(gradients, slots, strict=True))
        return changes, slots

    return Optimizer(init, update)


class Moments(NamedTuple):
    """Adam's memory after t steps."""

    first: Tensors
    """m: averages of the gradients, from 0."""

    second: Tensors
    """s: averages of their squares, from 0."""

    power1: Tensor
    """beta1^t, []; 1 at first."""

    power2: Tensor
    """beta2^t, []; 1 at first."""


@optimizer(forbids=_too_large)
def adam(*, beta1: Decay = 0.5, beta2: Decay = 0.999, eps: Positive = 1e-8) -> Optimizer:
    """w <- w - lr m^ / (sqrt(s^) + eps), m^ = m/(1 - beta1^t), s^ = s/(1 - beta2^t).

    Kingma & Ba 2015, alg. 1. Keras adds eps to sqrt(s) before the correction (the paper's
    "epsilon hat"), which differs by far less than eps = 1e-8 can show. beta1 = 0.5 is the GAN
    literature's value (Radford et al. 2016), not Keras's.
    """

    def init(weights: Tensors) -> Moments:
        one = tf.ones([], weights[0].dtype)
        return Moments(_zeros(weights), _zeros(weights), one, one)

    def update(gradients: Tensors, slots: Moments, lr: Tensor) -> tuple[Tensors, Moments]:
        first = _averages(slots.first, gradients, beta1)
        second = _averages(slots.second, tuple(g**2 for g in gradients), beta2)
        power1, power2 = slots.power1 * beta1, slots.power2 * beta2
        changes = tuple(
            -lr * (m / (1 - power1)) / (_root(s / (1 - power2)) + eps)
            for m, s in zip(first, second, strict=True)
        )
        return changes, Moments(first, second, power1, power2)

    return Optimizer(init, update)


@optimizer(
    also=(
        "OMD",
        "OGD",
    )
)
def optimistic_sgd() -> Optimizer:
    """w <- w - 2 lr g_t + lr g_{t-1}: OMD, optimistic gradient descent. Daskalakis et al. 2018.

    The first step has g_{-1} = g_0, a plain step. In circulation: code that keeps a reference to
    the gradient's buffer, whose "previous" gradient is then the present one.
    """

    def update(gradients: Tensors, slots: Previous, lr: Tensor) -> tuple[Tensors, Previous]:
        return _optimistic(tuple(-lr * g for g in gradients), slots)

    return Optimizer(_no_previous, update)


@optimizer(also=("OAdam",))
def optimistic_adam(*, beta1: Decay = 0.5, beta2: Decay = 0.9, eps: Positive = 1e-8) -> Optimizer:
    """w <- w - 2 lr u_t + lr u_{t-1}, u = m^ / (sqrt(s^) + eps) as in `adam`.

    The first step has u_{-1} = u_0. Daskalakis et al. 2018, alg. 1; defaults of Gidel et al. 2019.
    """
    inner = adam(beta1=beta1, beta2=beta2, eps=eps)

    def init(weights: Tensors) -> tuple[Moments, Previous]:
        return inner.init(weights), _no_previous(weights)

    def update(
        gradients: Tensors, slots: tuple[Moments, Previous], lr: Tensor
    ) -> tuple[Tensors, tuple[Moments, Previous]]:
        changes, moments = inner.update(gradients, slots[0], lr)
        changes, previous = _optimistic(changes, slots[1])
        return changes, (moments, previous)

    return Optimizer(init, update)


class Previous(NamedTuple):
    """The memory of an optimistic step."""

    changes: Tensors
    """The change before this one; 0 before the first."""

    there: Tensor
    """1 where there was one, 0 before the first step; []."""


def _no_previous(weights: Tensors) -> Previous:
    return Previous(_zeros(weights), tf.zeros([], weights[0].dtype))


def _optimistic(changes: Tensors, previous: Previous) -> tuple[Tensors, Previous]:
    """Twice this change minus the one before."""
    there = previous.there
    pairs = zip(changes, previous.changes, strict=True)
    forward = tuple(c + there * (c - p) for c, p in pairs)
    return forward, Previous(changes, tf.ones_like(there))


def _root(x: Tensor) -> Tensor:
    """sqrt(x), with the derivative 0 at 0 and not infinite: whoever differentiates through a step
    (unrolling) would get NaN for a weight whose gradients have all been 0."""

    @tf.custom_gradient
    def root(x: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
        y = tf.sqrt(x)

        def gradient(dy: Tensor) -> Tensor:
            there = y > 0
            return tf.where(there, dy / (2 * tf.where(there, y, tf.ones_like(y))), 0)

        return y, gradient

    return root(x)


def _zeros(weights: Tensors) -> Tensors:
    return tuple(tf.zeros_like(w) for w in weights)


def _averages(old: Tensors, new: Tensors, rate: Tensor) -> Tensors:
    """rate * old + (1 - rate) * new, one by one."""
    return tuple(rate * a + (1 - rate) * b for a, b in zip(old, new, strict=True))
